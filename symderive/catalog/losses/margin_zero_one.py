"""0-1 loss of the margin."""

from symderive.model import (
    Model,
    axes,
    bracket,
    build,
    condition,
    data,
    define,
    indices,
    tensor,
)


def margin_zero_one() -> Model:
    """``L = I(t < 0)``, ``t = y f(x)``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    t, L = data("t", N), tensor("L", (N,))
    return build(
        "margin_zero_one",
        [t],
        [define(L[i], bracket(condition(t[i], "<", 0)))],
        sample=i,
        letters=[i],
        hide={i: ["t", "L"]},
        title="0-1 loss of the margin",
        kind="losses",
        source="CENG501 week 5, losses of the margin t = y f(x)",
    )
