"""Absolute error to the power q."""

from sympy import Abs, S

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    const,
    data,
    define,
    indices,
    mean,
    param,
    tensor,
    total,
)


def power_error() -> Model:
    """``L_i = sum_j |s_j - y_j|^q`` with ``q > 0``."""
    N, C = axes("N C")
    (i,), (j, m, l) = indices("i", N), indices("j m l", C)
    s, y = param("s", N, C), data("y", N, C)
    q = const("q", 2, Domain(low=S.Zero))
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "power_error",
        [s, y, q],
        [
            define(L[i], total(Abs(s[i, j] - y[i, j]) ** q(), j)),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, j, m, l],
        hide={i: ["s", "y"]},
        title="Absolute error to the power q",
        kind="losses",
        source="CENG501 week 5, absolute value loss, squared error loss",
    )
