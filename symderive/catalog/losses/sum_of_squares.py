"""Sum of squared errors."""

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


def sum_of_squares() -> Model:
    """``L_i = sum_j (s_j - y_j)^2``."""
    N, C = axes("N C")
    (i,), (j, m, l) = indices("i", N), indices("j m l", C)
    s, y = param("s", N, C), data("y", N, C)
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "sum_of_squares",
        [s, y],
        [
            define(L[i], total((s[i, j] - y[i, j]) ** 2, j)),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, j, m, l],
        hide={i: ["s", "y"]},
        title="Sum of squared errors",
        kind="losses",
        source="CENG501 week 5, squared error loss",
    )
