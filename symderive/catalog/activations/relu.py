"""Rectified linear unit."""

from symderive.model import (
    Model,
    axes,
    build,
    data,
    define,
    indices,
    maximum,
    tensor,
)


def relu() -> Model:
    """``y = max(0, x)``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    return build(
        "relu",
        [x],
        [define(y[i], maximum(0, x[i]))],
        sample=i,
        letters=[i],
        hide={i: ["x", "y"]},
        title="Rectified linear unit",
        kind="activations",
        source="CENG501 week 5, ReLU",
    )
