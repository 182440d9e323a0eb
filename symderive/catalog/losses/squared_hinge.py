"""Squared multiclass hinge loss with linear scores."""

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
    maximum,
    mean,
    param,
    tensor,
    total,
)


def squared_hinge() -> Model:
    """``L_i = sum_{j != y_i} max(0, s_j - s_{y_i} + Delta)^2``, ``s_j = sum_k w_jk x_ik``."""
    N, C, D = axes("N C D")
    (i,), (j, m, l), (k,) = indices("i", N), indices("j m l", C), indices("k", D)
    x, y, w = data("x", N, D), label("y", N, into=C), param("w", C, D)
    Delta = const("Delta", 1)
    s, e = tensor("s", (N, C)), tensor("e", (N, C))
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "squared_hinge",
        [x, y, w, Delta],
        [
            define(s[i, j], total(w[j, k] * x[i, k], k)),
            define(e[i, j], maximum(0, s[i, j] - s[i, y[i]] + Delta())),
            define(L[i], total(e[i, j] ** 2, j, where=condition(j, "!=", y[i]))),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, j, m, l, k],
        hide={i: ["s", "e"]},
        title="Squared multiclass hinge loss with linear scores",
        kind="losses",
        source="CENG501 week 5, hinge loss, squared",
    )
