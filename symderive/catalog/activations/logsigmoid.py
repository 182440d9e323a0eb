"""Logarithm of the sigmoid."""

from sympy import log

from symderive.model import (
    Model,
    axes,
    build,
    data,
    define,
    exp,
    indices,
    tensor,
)


def logsigmoid() -> Model:
    """``y = log(1 / (1 + e^{-x}))``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    return build(
        "logsigmoid",
        [x],
        [define(y[i], log(1 / (1 + exp(-x[i]))))],
        sample=i,
        letters=[i],
        hide={i: ["x", "y"]},
        title="Logarithm of the sigmoid",
        kind="activations",
        source="PyTorch, torch.nn.LogSigmoid",
    )
