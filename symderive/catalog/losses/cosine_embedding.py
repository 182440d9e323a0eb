"""Cosine embedding loss."""

from sympy import Rational, S, sqrt

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    condition,
    const,
    data,
    define,
    indices,
    maximum,
    mean,
    param,
    tensor,
    total,
    where,
)


def cosine_embedding() -> Model:
    """``L_i = 1 - c_i`` for ``y_i = 1``, ``max(0, c_i - margin)`` for ``y_i = -1``.

    ``c_i`` is the cosine of a and b; ``epsilon`` keeps their lengths from 0.
    """
    N, D = axes("N D")
    (i,), (k, m) = indices("i", N), indices("k m", D)
    a, b, y = param("a", N, D), param("b", N, D), data("y", N, domain=Domain(values=(S(-1), S(1))))
    margin, epsilon = const("margin", 0), const("epsilon", Rational("1e-12"), Domain(low=S.Zero))
    u, v, c = tensor("u", (N,)), tensor("v", (N,)), tensor("c", (N,))
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "cosine_embedding",
        [a, b, y, margin, epsilon],
        [
            define(u[i], total(a[i, k] ** 2, k) + epsilon()),
            define(v[i], total(b[i, k] ** 2, k) + epsilon()),
            define(c[i], total(a[i, k] * b[i, k], k) / sqrt(u[i] * v[i])),
            define(L[i], where(condition(y[i], "==", 1), 1 - c[i], maximum(0, c[i] - margin()))),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, k, m],
        latex={"margin": r"\Delta"},
        title="Cosine embedding loss",
        kind="losses",
        source="PyTorch, torch.nn.CosineEmbeddingLoss",
    )
