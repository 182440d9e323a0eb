"""0-1 loss of several classes with linear scores."""

from symderive.model import (
    Model,
    argmax,
    axes,
    bracket,
    build,
    condition,
    data,
    define,
    indices,
    label,
    mean,
    param,
    tensor,
    total,
)


def zero_one_multiclass() -> Model:
    """``L_i = I(v_i != y_i)``, ``v_i = argmax_j f_j``, ``f_j = sum_k w_jk x_ik``."""
    N, C, D = axes("N C D")
    (i,), (j, m, l), (k,) = indices("i", N), indices("j m l", C), indices("k", D)
    x, y, w = data("x", N, D), label("y", N, into=C), param("w", C, D)
    f, v = tensor("f", (N, C)), tensor("v", (N,), C)
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "zero_one_multiclass",
        [x, y, w],
        [
            define(f[i, j], total(w[j, k] * x[i, k], k)),
            define(v[i], argmax(f[i, j], j)),
            define(L[i], bracket(condition(v[i], "!=", y[i]))),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, j, m, l, k],
        hide={i: ["f"]},
        title="0-1 loss of several classes with linear scores",
        kind="losses",
        source="CENG501 week 5, 0-1 loss",
    )
