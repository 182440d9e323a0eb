"""Gaussian error linear unit."""

from sympy import erf, sqrt

from symderive.model import (
    Model,
    axes,
    build,
    data,
    define,
    indices,
    tensor,
)


def gelu() -> Model:
    """``y = x Phi(x) = x (1 + erf(x / sqrt(2))) / 2``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    return build(
        "gelu",
        [x],
        [define(y[i], x[i] * (1 + erf(x[i] / sqrt(2))) / 2)],
        sample=i,
        letters=[i],
        hide={i: ["x", "y"]},
        title="Gaussian error linear unit",
        kind="activations",
        source="PyTorch, torch.nn.GELU",
    )
