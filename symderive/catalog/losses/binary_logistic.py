"""Binary logistic loss (binary cross-entropy) with a linear score."""

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


def binary_logistic() -> Model:
    """``L_i = -y_i log q_i - (1 - y_i) log(1 - q_i)``, ``q_i = sigmoid(sum_k w_k x_ik + b)``."""
    N, D = axes("N D")
    (i,), (k, m) = indices("i", N), indices("k m", D)
    unit = Domain(S.Zero, S.One, low_closed=True, high_closed=True)
    x, y, w, b = data("x", N, D), data("y", N, domain=unit), param("w", D), param("b")
    s, q = tensor("s", (N,)), tensor("q", (N,))
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "binary_logistic",
        [x, y, w, b],
        [
            define(s[i], total(w[k] * x[i, k], k) + b()),
            define(q[i], 1 / (1 + exp(-s[i]))),
            define(L[i], -y[i] * log(q[i]) - (1 - y[i]) * log(1 - q[i])),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, k, m],
        title="Binary logistic loss (binary cross-entropy) with a linear score",
        kind="losses",
        source="CENG501 week 5, logistic loss",
    )
