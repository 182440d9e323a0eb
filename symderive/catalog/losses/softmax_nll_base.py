"""Softmax negative log-likelihood with another base."""

from sympy import S, log

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    const,
    data,
    define,
    indices,
    label,
    mean,
    param,
    tensor,
    total,
)


def softmax_nll_base() -> Model:
    """``L_i = -log p_{y_i}``, ``p_j = b^{s_j} / sum_l b^{s_l}``, ``s_j = sum_k w_jk x_ik``."""
    N, C, D = axes("N C D")
    (i,), (j, m, l), (k,) = indices("i", N), indices("j m l", C), indices("k", D)
    x, y, w = data("x", N, D), label("y", N, into=C), param("w", C, D)
    b = const("b", 2, Domain(low=S.One))
    s, p = tensor("s", (N, C)), tensor("p", (N, C))
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "softmax_nll_base",
        [x, y, w, b],
        [
            define(s[i, j], total(w[j, k] * x[i, k], k)),
            define(p[i, j], b() ** s[i, j] / total(b() ** s[i, l], l)),
            define(L[i], -log(p[i, y[i]])),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, j, m, l, k],
        hide={i: ["s", "p"]},
        title="Softmax negative log-likelihood with another base",
        kind="losses",
        source="CENG501 week 5, more on softmax",
    )
