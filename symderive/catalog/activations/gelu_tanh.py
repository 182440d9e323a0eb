"""Gaussian error linear unit, approximated by tanh."""

from sympy import Rational, pi, sqrt, tanh

from symderive.model import (
    Model,
    axes,
    build,
    data,
    define,
    indices,
    tensor,
)


def gelu_tanh() -> Model:
    """``y = x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    inner = sqrt(2 / pi) * (x[i] + Rational("0.044715") * x[i] ** 3)
    return build(
        "gelu_tanh",
        [x],
        [define(y[i], x[i] * (1 + tanh(inner)) / 2)],
        sample=i,
        letters=[i],
        hide={i: ["x", "y"]},
        title="Gaussian error linear unit, approximated by tanh",
        kind="activations",
        source="PyTorch, torch.nn.GELU with approximate='tanh'",
    )
