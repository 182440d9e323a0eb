"""Mish activation."""

from sympy import tanh

from symderive.model import (
    Model,
    axes,
    build,
    data,
    define,
    indices,
    softplus,
    tensor,
)


def mish() -> Model:
    """``y = x tanh(softplus(x))``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    return build(
        "mish",
        [x],
        [define(y[i], x[i] * tanh(softplus(x[i])))],
        sample=i,
        letters=[i],
        hide={i: ["x", "y"]},
        title="Mish activation",
        kind="activations",
        source="PyTorch, torch.nn.Mish",
    )
