"""Focal loss."""

from sympy import S, log

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    const,
    define,
    exp,
    indices,
    label,
    mean,
    param,
    tensor,
    total,
)


def focal() -> Model:
    """``L_i = -(1 - p_{y_i})^gamma log p_{y_i}``, ``p`` the softmax of ``s``."""
    N, C = axes("N C")
    (i,), (j, m, l) = indices("i", N), indices("j m l", C)
    s, y = param("s", N, C), label("y", N, into=C)
    gamma = const("gamma", 2, Domain(low=S.Zero, low_closed=True))
    p, L, loss = tensor("p", (N, C)), tensor("L", (N,)), tensor("loss")
    return build(
        "focal",
        [s, y, gamma],
        [
            define(p[i, j], exp(s[i, j]) / total(exp(s[i, l]), l)),
            define(L[i], -((1 - p[i, y[i]]) ** gamma()) * log(p[i, y[i]])),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, j, m, l],
        hide={i: ["s", "p"]},
        title="Focal loss",
        kind="losses",
        source="Lin et al., Focal Loss for Dense Object Detection, 2017",
    )
