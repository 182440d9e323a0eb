"""Squared error with linear predictions."""

from symderive.model import (
    Model,
    axes,
    build,
    data,
    define,
    indices,
    mean,
    param,
    tensor,
    total,
)


def squared_error() -> Model:
    """``L_i = (yhat_i - y_i)^2`` with ``yhat_i = sum_k w_k x_ik + b``."""
    N, D = axes("N D")
    (i,), (k, m) = indices("i", N), indices("k m", D)
    x, y, w, b = data("x", N, D), data("y", N), param("w", D), param("b")
    yhat, L, loss = tensor("yhat", (N,)), tensor("L", (N,)), tensor("loss")
    return build(
        "squared_error",
        [x, y, w, b],
        [
            define(yhat[i], total(w[k] * x[i, k], k) + b()),
            define(L[i], (yhat[i] - y[i]) ** 2),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, k, m],
        title="Squared error with linear predictions",
        kind="losses",
        source="CENG501 week 5, squared error loss",
    )
