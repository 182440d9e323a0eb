"""Softmax negative log-likelihood (cross-entropy) with linear scores."""

from sympy import log

from symderive.model import (
    Model,
    axes,
    build,
    data,
    define,
    exp,
    indices,
    label,
    mean,
    param,
    tensor,
    total,
)


def softmax_nll() -> Model:
    """``L_i = -log p_{y_i}``, ``p_j = e^{s_j} / sum_l e^{s_l}``, ``s_j = sum_k w_jk x_ik``."""
    N, C, D = axes("N C D")
    (i,), (j, m, l), (k,) = indices("i", N), indices("j m l", C), indices("k", D)
    x, y, w = data("x", N, D), label("y", N, into=C), param("w", C, D)
    s, p = tensor("s", (N, C)), tensor("p", (N, C))
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "softmax_nll",
        [x, y, w],
        [
            define(s[i, j], total(w[j, k] * x[i, k], k)),
            define(p[i, j], exp(s[i, j]) / total(exp(s[i, l]), l)),
            define(L[i], -log(p[i, y[i]])),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, j, m, l, k],
        hide={i: ["s", "p"]},
        title="Softmax negative log-likelihood (cross-entropy) with linear scores",
        kind="losses",
        source="CENG501 week 5, softmax classifier",
    )
