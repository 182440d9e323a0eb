"""Entropy of a softmax distribution with temperature."""

from sympy import S, log

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    const,
    define,
    exp,
    indices,
    param,
    tensor,
    total,
)


def entropy_of_softmax_temperature() -> Model:
    """``H = -sum_i p_i log p_i``, ``p_i = e^{s_i / T} / sum_j e^{s_j / T}``."""
    (C,) = axes("C")
    i, j, l = indices("i j l", C)
    s, T = param("s", C), const("T", 1, Domain(low=S.Zero))
    p, H = tensor("p", (C,)), tensor("H")
    return build(
        "entropy_of_softmax_temperature",
        [s, T],
        [
            define(p[i], exp(s[i] / T()) / total(exp(s[j] / T()), j)),
            define(H(), -total(p[i] * log(p[i]), i)),
        ],
        letters=[i, j, l],
        title="Entropy of a softmax distribution with temperature",
        kind="information",
        source="CENG501 week 5, softmax with temperature",
    )
