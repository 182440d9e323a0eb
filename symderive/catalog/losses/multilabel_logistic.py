"""Multi-label logistic loss."""

from sympy import S, log

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    data,
    define,
    exp,
    indices,
    mean,
    param,
    tensor,
    total,
)


def multilabel_logistic() -> Model:
    """``L_i = -sum_j (y_ij log q_j + (1 - y_ij) log(1 - q_j))``, ``q_j = 1 / (1 + e^{-f_j})``."""
    N, C = axes("N C")
    (i,), (j, m, l) = indices("i", N), indices("j m l", C)
    f, y = param("f", N, C), data("y", N, C, domain=Domain(values=(S(0), S(1))))
    q, L, loss = tensor("q", (N, C)), tensor("L", (N,)), tensor("loss")
    return build(
        "multilabel_logistic",
        [f, y],
        [
            define(q[i, j], 1 / (1 + exp(-f[i, j]))),
            define(L[i], -total(y[i, j] * log(q[i, j]) + (1 - y[i, j]) * log(1 - q[i, j]), j)),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, j, m, l],
        hide={i: ["f", "q"]},
        title="Multi-label logistic loss",
        kind="losses",
        source="CENG501 week 5, many correct labels",
    )
