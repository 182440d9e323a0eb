"""Softsign activation."""

from sympy import Abs

from symderive.model import (
    Model,
    axes,
    build,
    data,
    define,
    indices,
    tensor,
)


def softsign() -> Model:
    """``y = x / (1 + |x|)``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    return build(
        "softsign",
        [x],
        [define(y[i], x[i] / (1 + Abs(x[i])))],
        sample=i,
        letters=[i],
        hide={i: ["x", "y"]},
        title="Softsign activation",
        kind="activations",
        source="PyTorch, torch.nn.Softsign",
    )
