"""Maxout unit: the larger of two linear functions."""

from symderive.model import (
    Model,
    axes,
    build,
    data,
    define,
    indices,
    maximum,
    param,
    tensor,
    total,
)


def maxout() -> Model:
    """``y_i = max(z1_i, z2_i)``, ``z1_i = sum_k w1_k x_ik + b1``, ``z2_i`` with ``w2``, ``b2``."""
    N, D = axes("N D")
    (i,), (k, m) = indices("i", N), indices("k m", D)
    x = data("x", N, D)
    w1, b1, w2, b2 = param("w1", D), param("b1"), param("w2", D), param("b2")
    z1, z2, y = tensor("z1", (N,)), tensor("z2", (N,)), tensor("y", (N,))
    return build(
        "maxout",
        [x, w1, b1, w2, b2],
        [
            define(z1[i], total(w1[k] * x[i, k], k) + b1()),
            define(z2[i], total(w2[k] * x[i, k], k) + b2()),
            define(y[i], maximum(z1[i], z2[i])),
        ],
        sample=i,
        letters=[i, k, m],
        hide={i: ["z1", "z2", "y"]},
        title="Maxout unit: the larger of two linear functions",
        kind="activations",
        source="CENG501 week 5, maxout",
    )
