"""Cross-entropy of two distributions."""

from sympy import log

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    data,
    define,
    indices,
    param,
    tensor,
    total,
)


def cross_entropy() -> Model:
    """``H = -sum_i p_i log q_i``, in nats."""
    (C,) = axes("C")
    i, j, l = indices("i j l", C)
    simplex = Domain(simplex=True)
    p, q = data("p", C, domain=simplex), param("q", C, domain=simplex)
    H = tensor("H")
    return build(
        "cross_entropy",
        [p, q],
        [define(H(), -total(p[i] * log(q[i]), i))],
        letters=[i, j, l],
        title="Cross-entropy of two distributions",
        kind="information",
        source="CENG501 week 5, cross-entropy",
    )
