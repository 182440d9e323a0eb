"""Square loss of the margin."""

from symderive.model import (
    Model,
    axes,
    build,
    data,
    define,
    indices,
    tensor,
)


def margin_square() -> Model:
    """``L = (1 - t)^2``, ``t = y f(x)``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    t, L = data("t", N), tensor("L", (N,))
    return build(
        "margin_square",
        [t],
        [define(L[i], (1 - t[i]) ** 2)],
        sample=i,
        letters=[i],
        hide={i: ["t", "L"]},
        title="Square loss of the margin",
        kind="losses",
        source="CENG501 week 5, losses of the margin t = y f(x)",
    )
