"""Linear layer."""

from symderive.model import (
    Model,
    axes,
    build,
    data,
    define,
    indices,
    param,
    tensor,
    total,
)


def linear() -> Model:
    """``yhat_ic = sum_k w_ck x_ik + b_c``."""
    N, D, C = axes("N D C")
    (i,), (k, l), (c, m) = indices("i", N), indices("k l", D), indices("c m", C)
    x, w, b = data("x", N, D), param("w", C, D), param("b", C)
    yhat = tensor("yhat", (N, C))
    return build(
        "linear",
        [x, w, b],
        [define(yhat[i, c], total(w[c, k] * x[i, k], k) + b[c])],
        sample=i,
        letters=[i, c, k, m, l],
        title="Linear layer",
        kind="networks",
        source="PyTorch, torch.nn.Linear",
    )
