"""Softplus activation."""

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


def softplus() -> Model:
    """``y = log(1 + e^x)``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    return build(
        "softplus",
        [x],
        [define(y[i], log(1 + exp(x[i])))],
        sample=i,
        letters=[i],
        hide={i: ["x", "y"]},
        title="Softplus activation",
        kind="activations",
        source="CENG501 week 5, softplus",
    )
