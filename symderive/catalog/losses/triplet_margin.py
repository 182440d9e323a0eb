"""Triplet margin loss."""

from sympy import Rational, S, sqrt

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    const,
    define,
    indices,
    maximum,
    mean,
    param,
    tensor,
    total,
)


def triplet_margin() -> Model:
    """``L_i = max(0, d_i - e_i + margin)``, ``d_i = |a_i - p_i + epsilon|``, ``e_i`` with ``n_i``.

    The lengths are Euclidean; ``epsilon`` keeps them from 0.
    """
    N, D = axes("N D")
    (i,), (k, m) = indices("i", N), indices("k m", D)
    a, p, n = param("a", N, D), param("p", N, D), param("n", N, D)
    margin, epsilon = const("margin", 1), const("epsilon", Rational("1e-6"), Domain(low=S.Zero))
    d, e = tensor("d", (N,)), tensor("e", (N,))
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "triplet_margin",
        [a, p, n, margin, epsilon],
        [
            define(d[i], sqrt(total((a[i, k] - p[i, k] + epsilon()) ** 2, k))),
            define(e[i], sqrt(total((a[i, k] - n[i, k] + epsilon()) ** 2, k))),
            define(L[i], maximum(0, d[i] - e[i] + margin())),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, k, m],
        latex={"margin": r"\Delta"},
        title="Triplet margin loss",
        kind="losses",
        source="PyTorch, torch.nn.TripletMarginLoss",
    )
