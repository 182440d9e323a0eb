"""Absolute error."""

from sympy import Abs

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


def absolute_error() -> Model:
    """``L_i = sum_j |s_j - y_j|``."""
    N, C = axes("N C")
    (i,), (j, m, l) = indices("i", N), indices("j m l", C)
    s, y = param("s", N, C), data("y", N, C)
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "absolute_error",
        [s, y],
        [
            define(L[i], total(Abs(s[i, j] - y[i, j]), j)),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, j, m, l],
        hide={i: ["s", "y"]},
        title="Absolute error",
        kind="losses",
        source="CENG501 week 5, absolute value loss",
    )
