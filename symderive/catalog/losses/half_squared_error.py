"""Half the sum of squared errors."""

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


def half_squared_error() -> Model:
    """``L_i = (1 / 2) sum_j (s_j - y_j)^2``."""
    N, C = axes("N C")
    (i,), (j, m, l) = indices("i", N), indices("j m l", C)
    s, y = param("s", N, C), data("y", N, C)
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "half_squared_error",
        [s, y],
        [
            define(L[i], total((s[i, j] - y[i, j]) ** 2, j) / 2),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, j, m, l],
        hide={i: ["s", "y"]},
        title="Half the sum of squared errors",
        kind="losses",
        source="CENG501 week 5, backpropagation",
    )
