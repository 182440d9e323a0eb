"""Multiclass hinge loss with linear scores."""

from symderive.expr import MaxOf, Tensor
from symderive.model import (
    Model,
    axes,
    build,
    condition,
    const,
    data,
    define,
    indices,
    label,
    mean,
    param,
    total,
)


def hinge() -> Model:
    """``L_i = sum_{j != y_i} max(0, s_j - s_{y_i} + Delta)`` with ``s_j = sum_k w_jk x_ik``."""
    N, C, D = axes("N C D")
    (i,), (j, m, l), (k,) = indices("i", N), indices("j m l", C), indices("k", D)
    x, y, w, Delta = data("x", N, D), label("y", N, into=C), param("w", C, D), const("Delta", 1)
    X, Y, W, D_ = x.tensor, y.tensor, w.tensor, Delta.tensor
    s, e, L, loss = Tensor("s", (N, C)), Tensor("e", (N, C)), Tensor("L", (N,)), Tensor("loss")
    return build(
        "hinge",
        [x, y, w, Delta],
        [
            define(s[i, j], total(W[j, k] * X[i, k], k)),
            define(e[i, j], MaxOf(0, s[i, j] - s[i, Y[i]] + D_())),
            define(L[i], total(e[i, j], j, where=condition(j, "!=", Y[i]))),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, j, m, l, k],
        hide={i: ["s", "e"]},
        title="Multiclass hinge loss with linear scores",
        kind="losses",
        source="CENG501 week 5, hinge loss",
    )
