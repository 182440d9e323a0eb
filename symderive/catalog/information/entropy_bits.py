"""Entropy of a distribution in bits."""

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    define,
    indices,
    log2,
    param,
    tensor,
    total,
)


def entropy_bits() -> Model:
    """``H = -sum_i p_i log_2 p_i``, in bits."""
    (C,) = axes("C")
    i, j, l = indices("i j l", C)
    p, H = param("p", C, domain=Domain(simplex=True)), tensor("H")
    return build(
        "entropy_bits",
        [p],
        [define(H(), -total(p[i] * log2(p[i]), i))],
        letters=[i, j, l],
        title="Entropy of a distribution in bits",
        kind="information",
        source="CENG501 week 5, information entropy",
    )
