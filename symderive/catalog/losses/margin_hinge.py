"""Hinge loss of the margin."""

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


def margin_hinge() -> Model:
    """``L = max(0, 1 - t)``, ``t = y f(x)``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    t, L = data("t", N), tensor("L", (N,))
    return build(
        "margin_hinge",
        [t],
        [define(L[i], maximum(0, 1 - t[i]))],
        sample=i,
        letters=[i],
        hide={i: ["t", "L"]},
        title="Hinge loss of the margin",
        kind="losses",
        source="CENG501 week 5, losses of the margin t = y f(x)",
    )
