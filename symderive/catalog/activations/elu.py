"""Exponential linear unit."""

from symderive.model import (
    Model,
    axes,
    build,
    condition,
    const,
    data,
    define,
    exp,
    indices,
    tensor,
    where,
)


def elu() -> Model:
    """``y = x`` for ``x >= 0``, else ``alpha (e^x - 1)``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    alpha = const("alpha", 1)
    return build(
        "elu",
        [x, alpha],
        [define(y[i], where(condition(x[i], ">=", 0), x[i], alpha() * (exp(x[i]) - 1)))],
        sample=i,
        letters=[i],
        hide={i: ["x", "y"]},
        title="Exponential linear unit",
        kind="activations",
        source="CENG501 week 5, ELU",
    )
