"""Sigmoid (logistic) activation."""

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


def sigmoid() -> Model:
    """``y = 1 / (1 + e^{-x})``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    return build(
        "sigmoid",
        [x],
        [define(y[i], 1 / (1 + exp(-x[i])))],
        sample=i,
        letters=[i],
        hide={i: ["x", "y"]},
        title="Sigmoid (logistic) activation",
        kind="activations",
        source="CENG501 week 5, sigmoid",
    )
