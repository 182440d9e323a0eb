"""Cross-entropy with a softmax distribution."""

from sympy import log

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    data,
    define,
    exp,
    indices,
    param,
    tensor,
    total,
)


def cross_entropy_of_softmax() -> Model:
    """``H = -sum_i p_i log q_i``, ``q_i = e^{s_i} / sum_j e^{s_j}``."""
    (C,) = axes("C")
    i, j, l = indices("i j l", C)
    p, s = data("p", C, domain=Domain(simplex=True)), param("s", C)
    q, H = tensor("q", (C,)), tensor("H")
    return build(
        "cross_entropy_of_softmax",
        [p, s],
        [
            define(q[i], exp(s[i]) / total(exp(s[j]), j)),
            define(H(), -total(p[i] * log(q[i]), i)),
        ],
        letters=[i, j, l],
        title="Cross-entropy with a softmax distribution",
        kind="information",
        source="CENG501 week 5, softmax classifier",
    )
