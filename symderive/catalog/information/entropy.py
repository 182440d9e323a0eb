"""Entropy of a distribution."""

from sympy import log

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    define,
    indices,
    param,
    tensor,
    total,
)


def entropy() -> Model:
    """``H = -sum_i p_i log p_i``, in nats."""
    (C,) = axes("C")
    i, j, l = indices("i j l", C)
    p, H = param("p", C, domain=Domain(simplex=True)), tensor("H")
    return build(
        "entropy",
        [p],
        [define(H(), -total(p[i] * log(p[i]), i))],
        letters=[i, j, l],
        title="Entropy of a distribution",
        kind="information",
        source="CENG501 week 5, information entropy",
    )
