"""Multi-label hinge loss."""

from sympy import S

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    data,
    define,
    indices,
    maximum,
    mean,
    param,
    tensor,
    total,
)


def multilabel_hinge() -> Model:
    """``L_i = sum_j max(0, 1 - y_ij f_j)``, ``y_ij`` 1 if label j belongs to sample i, else -1."""
    N, C = axes("N C")
    (i,), (j, m, l) = indices("i", N), indices("j m l", C)
    f, y = param("f", N, C), data("y", N, C, domain=Domain(values=(S(-1), S(1))))
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "multilabel_hinge",
        [f, y],
        [
            define(L[i], total(maximum(0, 1 - y[i, j] * f[i, j]), j)),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, j, m, l],
        hide={i: ["f"]},
        title="Multi-label hinge loss",
        kind="losses",
        source="CENG501 week 5, many correct labels",
    )
