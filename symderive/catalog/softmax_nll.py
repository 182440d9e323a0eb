"""Softmax negative log-likelihood with linear scores."""

from sympy import log

from symderive.expr import Exp, Tensor
from symderive.model import Model, axes, build, data, define, indices, label, mean, param, total


def softmax_nll() -> Model:
    """``L_i = -log p_{y_i}`` with ``p_j = e^{s_j} / sum_l e^{s_l}`` and ``s_j = sum_k w_jk x_ik``."""
    N, C, D = axes("N C D")
    (i,), (j, m, l), (k,) = indices("i", N), indices("j m l", C), indices("k", D)
    x, y, w = data("x", N, D), label("y", N, into=C), param("w", C, D)
    X, Y, W = x.tensor, y.tensor, w.tensor
    s, p, L, loss = Tensor("s", (N, C)), Tensor("p", (N, C)), Tensor("L", (N,)), Tensor("loss")
    return build(
        "softmax_nll",
        [x, y, w],
        [
            define(s[i, j], total(W[j, k] * X[i, k], k)),
            define(p[i, j], Exp(s[i, j]) / total(Exp(s[i, l]), l)),
            define(L[i], -log(p[i, Y[i]])),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, j, m, l, k],
        hide={i: ["s", "p"]},
        title="Softmax negative log-likelihood (cross-entropy) with linear scores",
        kind="losses",
        source="CENG501 week 5, softmax classifier",
    )
