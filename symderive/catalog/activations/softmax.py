"""Softmax."""

from symderive.model import (
    Model,
    axes,
    build,
    data,
    define,
    exp,
    indices,
    tensor,
    total,
)


def softmax() -> Model:
    """``p_j = e^{s_j} / sum_l e^{s_l}``."""
    N, C = axes("N C")
    (i,), (j, m, l) = indices("i", N), indices("j m l", C)
    s, p = data("s", N, C), tensor("p", (N, C))
    return build(
        "softmax",
        [s],
        [define(p[i, j], exp(s[i, j]) / total(exp(s[i, l]), l))],
        sample=i,
        letters=[i, j, m, l],
        hide={i: ["s", "p"]},
        title="Softmax",
        kind="activations",
        source="CENG501 week 5, softmax",
    )
