"""Parametric rectified linear unit."""

from symderive.model import (
    Model,
    axes,
    bracket,
    build,
    condition,
    data,
    define,
    indices,
    param,
    tensor,
)


def prelu() -> Model:
    """``y = I(x < 0) alpha x + I(x >= 0) x`` with a slope ``alpha`` that is learned."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    alpha = param("alpha")
    return build(
        "prelu",
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
        title="Parametric rectified linear unit",
        kind="activations",
        source="CENG501 week 5, parametric ReLU",
    )
