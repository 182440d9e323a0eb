"""Entropy of a softmax distribution."""

from sympy import log

from symderive.model import (
    Model,
    axes,
    build,
    define,
    exp,
    indices,
    param,
    tensor,
    total,
)


def entropy_of_softmax() -> Model:
    """``H = -sum_i q_i log q_i``, ``q_i = e^{s_i} / sum_j e^{s_j}``."""
    (C,) = axes("C")
    i, j, l = indices("i j l", C)
    s, q, H = param("s", C), tensor("q", (C,)), tensor("H")
    return build(
        "entropy_of_softmax",
        [s],
        [
            define(q[i], exp(s[i]) / total(exp(s[j]), j)),
            define(H(), -total(q[i] * log(q[i]), i)),
        ],
        letters=[i, j, l],
        title="Entropy of a softmax distribution",
        kind="information",
        source="CENG501 week 5, information entropy",
    )
