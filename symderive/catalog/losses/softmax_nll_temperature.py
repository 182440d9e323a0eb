"""Softmax negative log-likelihood with temperature."""

from sympy import S, log

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
    label,
    mean,
    param,
    tensor,
    total,
)


def softmax_nll_temperature() -> Model:
    """``L_i = -log p_{y_i}``, ``p_j = e^{s_j / T} / sum_l e^{s_l / T}``.

    ``s_j = sum_k w_jk x_ik``.
    """
    N, C, D = axes("N C D")
    (i,), (j, m, l), (k,) = indices("i", N), indices("j m l", C), indices("k", D)
    x, y, w = data("x", N, D), label("y", N, into=C), param("w", C, D)
    T = const("T", 1, Domain(low=S.Zero))
    s, p = tensor("s", (N, C)), tensor("p", (N, C))
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "softmax_nll_temperature",
        [x, y, w, T],
        [
            define(s[i, j], total(w[j, k] * x[i, k], k)),
            define(p[i, j], exp(s[i, j] / T()) / total(exp(s[i, l] / T()), l)),
            define(L[i], -log(p[i, y[i]])),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, j, m, l, k],
        hide={i: ["s", "p"]},
        title="Softmax negative log-likelihood with temperature",
        kind="losses",
        source="CENG501 week 5, softmax with temperature",
    )
