"""Logistic loss of the margin."""

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


def margin_logistic() -> Model:
    """``L = log(1 + e^{-t})``, ``t = y f(x)``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    t, L = data("t", N), tensor("L", (N,))
    return build(
        "margin_logistic",
        [t],
        [define(L[i], log(1 + exp(-t[i])))],
        sample=i,
        letters=[i],
        hide={i: ["t", "L"]},
        title="Logistic loss of the margin",
        kind="losses",
        source="CENG501 week 5, losses of the margin t = y f(x)",
    )
