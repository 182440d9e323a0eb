"""Swish activation with a slope."""

from symderive.model import (
    Model,
    axes,
    build,
    const,
    data,
    define,
    indices,
    sigmoid,
    tensor,
)


def swish_beta() -> Model:
    """``y = x sigmoid(beta x)``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    beta = const("beta", 1)
    return build(
        "swish_beta",
        [x, beta],
        [define(y[i], x[i] * sigmoid(beta() * x[i]))],
        sample=i,
        letters=[i],
        hide={i: ["x", "y"]},
        title="Swish activation with a slope",
        kind="activations",
        source="CENG501 week 5, swish",
    )
