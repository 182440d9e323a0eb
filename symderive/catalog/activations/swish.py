"""Swish (SiLU) activation."""

from symderive.model import (
    Model,
    axes,
    build,
    data,
    define,
    indices,
    sigmoid,
    tensor,
)


def swish() -> Model:
    """``y = x sigmoid(x)``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    return build(
        "swish",
        [x],
        [define(y[i], x[i] * sigmoid(x[i]))],
        sample=i,
        letters=[i],
        hide={i: ["x", "y"]},
        title="Swish (SiLU) activation",
        kind="activations",
        source="CENG501 week 5, swish",
    )
