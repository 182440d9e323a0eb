"""0-1 loss of two classes with a linear score."""

from sympy import S

from symderive.model import (
    Domain,
    Model,
    axes,
    bracket,
    build,
    condition,
    data,
    define,
    indices,
    mean,
    param,
    tensor,
    total,
)


def zero_one() -> Model:
    """``L_i = I(y_i f_i < 0)``, ``f_i = sum_k w_k x_ik + b``, ``y_i`` 1 or -1."""
    N, D = axes("N D")
    (i,), (k, m) = indices("i", N), indices("k m", D)
    x, y = data("x", N, D), data("y", N, domain=Domain(values=(S(-1), S(1))))
    w, b = param("w", D), param("b")
    f, L, loss = tensor("f", (N,)), tensor("L", (N,)), tensor("loss")
    return build(
        "zero_one",
        [x, y, w, b],
        [
            define(f[i], total(w[k] * x[i, k], k) + b()),
            define(L[i], bracket(condition(y[i] * f[i], "<", 0))),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, k, m],
        title="0-1 loss of two classes with a linear score",
        kind="losses",
        source="CENG501 week 5, 0-1 loss",
    )
