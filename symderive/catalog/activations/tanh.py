"""Hyperbolic tangent activation."""

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


def tanh() -> Model:
    """``y = (e^x - e^{-x}) / (e^x + e^{-x})``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    return build(
        "tanh",
        [x],
        [define(y[i], (exp(x[i]) - exp(-x[i])) / (exp(x[i]) + exp(-x[i])))],
        sample=i,
        letters=[i],
        hide={i: ["x", "y"]},
        title="Hyperbolic tangent activation",
        kind="activations",
        source="CENG501 week 5, tanh",
    )
