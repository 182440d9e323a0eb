"""Cross-entropy of two distributions in bits."""

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    data,
    define,
    indices,
    log2,
    param,
    tensor,
    total,
)


def cross_entropy_bits() -> Model:
    """``H = -sum_i p_i log_2 q_i``, in bits."""
    (C,) = axes("C")
    i, j, l = indices("i j l", C)
    simplex = Domain(simplex=True)
    p, q = data("p", C, domain=simplex), param("q", C, domain=simplex)
    H = tensor("H")
    return build(
        "cross_entropy_bits",
        [p, q],
        [define(H(), -total(p[i] * log2(q[i]), i))],
        letters=[i, j, l],
        title="Cross-entropy of two distributions in bits",
        kind="information",
        source="CENG501 week 5, cross-entropy",
    )
