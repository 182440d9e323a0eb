"""Softmax with temperature."""

from sympy import S

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    const,
    data,
    define,
    exp,
    indices,
    tensor,
    total,
)


def softmax_temperature() -> Model:
    """``p_j = e^{s_j / T} / sum_l e^{s_l / T}``; the higher ``T``, the flatter ``p``."""
    N, C = axes("N C")
    (i,), (j, m, l) = indices("i", N), indices("j m l", C)
    s, p = data("s", N, C), tensor("p", (N, C))
    T = const("T", 1, Domain(low=S.Zero))
    return build(
        "softmax_temperature",
        [s, T],
        [define(p[i, j], exp(s[i, j] / T()) / total(exp(s[i, l] / T()), l))],
        sample=i,
        letters=[i, j, m, l],
        hide={i: ["s", "p"]},
        title="Softmax with temperature",
        kind="activations",
        source="CENG501 week 5, softmax with temperature",
    )
