"""Leaky rectified linear unit."""

from sympy import Rational

from symderive.model import (
    Model,
    axes,
    bracket,
    build,
    condition,
    const,
    data,
    define,
    indices,
    tensor,
)


def leaky_relu() -> Model:
    """``y = I(x < 0) alpha x + I(x >= 0) x`` with a small slope ``alpha``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    alpha = const("alpha", Rational(1, 100))
    return build(
        "leaky_relu",
        [x, alpha],
        [
            define(
                y[i],
                bracket(condition(x[i], "<", 0)) * alpha() * x[i]
                + bracket(condition(x[i], ">=", 0)) * x[i],
            )
        ],
        sample=i,
        letters=[i],
        hide={i: ["x", "y"]},
        title="Leaky rectified linear unit",
        kind="activations",
        source="CENG501 week 5, leaky ReLU",
    )
