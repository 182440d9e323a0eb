"""Softmax with inverse temperature."""

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


def softmax_beta() -> Model:
    """``p_j = e^{beta s_j} / sum_l e^{beta s_l}``; the larger ``beta``, the nearer to arg max."""
    N, C = axes("N C")
    (i,), (j, m, l) = indices("i", N), indices("j m l", C)
    s, p = data("s", N, C), tensor("p", (N, C))
    beta = const("beta", 1, Domain(low=S.Zero))
    return build(
        "softmax_beta",
        [s, beta],
        [define(p[i, j], exp(beta() * s[i, j]) / total(exp(beta() * s[i, l]), l))],
        sample=i,
        letters=[i, j, m, l],
        hide={i: ["s", "p"]},
        title="Softmax with inverse temperature",
        kind="activations",
        source="CENG501 week 5, more on softmax",
    )
