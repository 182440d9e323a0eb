"""Multi-label soft margin loss."""

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
)


def multilabel_soft_margin() -> Model:
    """``L_i = -(1 / C) sum_j (y_ij log q_j + (1 - y_ij) log(1 - q_j))``.

    ``q_j = 1 / (1 + e^{-s_j})``.
    """
    N, C = axes("N C")
    (i,), (j, m, l) = indices("i", N), indices("j m l", C)
    s, y = param("s", N, C), data("y", N, C, domain=Domain(values=(S(0), S(1))))
    q, L, loss = tensor("q", (N, C)), tensor("L", (N,)), tensor("loss")
    return build(
        "multilabel_soft_margin",
        [s, y],
        [
            define(q[i, j], 1 / (1 + exp(-s[i, j]))),
            define(L[i], -mean(y[i, j] * log(q[i, j]) + (1 - y[i, j]) * log(1 - q[i, j]), j)),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, j, m, l],
        hide={i: ["s", "q"]},
        title="Multi-label soft margin loss",
        kind="losses",
        source="PyTorch, torch.nn.MultiLabelSoftMarginLoss",
    )
