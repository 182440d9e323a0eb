"""Softmax with another base."""

from sympy import S

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    const,
    data,
    define,
    indices,
    tensor,
    total,
)


def softmax_base() -> Model:
    """``p_j = b^{s_j} / sum_l b^{s_l}`` with ``b = e^beta``."""
    N, C = axes("N C")
    (i,), (j, m, l) = indices("i", N), indices("j m l", C)
    s, p = data("s", N, C), tensor("p", (N, C))
    b = const("b", 2, Domain(low=S.One))
    return build(
        "softmax_base",
        [s, b],
        [define(p[i, j], b() ** s[i, j] / total(b() ** s[i, l], l))],
        sample=i,
        letters=[i, j, m, l],
        hide={i: ["s", "p"]},
        title="Softmax with another base",
        kind="activations",
        source="CENG501 week 5, more on softmax",
    )
