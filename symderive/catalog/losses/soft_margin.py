"""Soft margin loss."""

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


def soft_margin() -> Model:
    """``L_i = (1 / C) sum_j log(1 + e^{-y_ij s_j})``, ``y_ij`` 1 or -1."""
    N, C = axes("N C")
    (i,), (j, m, l) = indices("i", N), indices("j m l", C)
    s, y = param("s", N, C), data("y", N, C, domain=Domain(values=(S(-1), S(1))))
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "soft_margin",
        [s, y],
        [
            define(L[i], mean(log(1 + exp(-y[i, j] * s[i, j])), j)),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, j, m, l],
        hide={i: ["s"]},
        title="Soft margin loss",
        kind="losses",
        source="PyTorch, torch.nn.SoftMarginLoss",
    )
