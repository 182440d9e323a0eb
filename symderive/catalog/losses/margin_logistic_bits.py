"""Logistic loss of the margin in bits."""

from symderive.model import (
    Model,
    axes,
    build,
    data,
    define,
    exp,
    indices,
    log2,
    tensor,
)


def margin_logistic_bits() -> Model:
    """``L = log_2(1 + e^{-t})``, ``t = y f(x)``: 1 at ``t = 0``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    t, L = data("t", N), tensor("L", (N,))
    return build(
        "margin_logistic_bits",
        [t],
        [define(L[i], log2(1 + exp(-t[i])))],
        sample=i,
        letters=[i],
        hide={i: ["t", "L"]},
        title="Logistic loss of the margin in bits",
        kind="losses",
        source="CENG501 week 5, losses of the margin t = y f(x)",
    )
