"""Mean absolute error."""

from sympy import Abs

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
)


def l1() -> Model:
    """``L_i = |yhat_i - y_i|``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    yhat, y = param("yhat", N), data("y", N)
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "l1",
        [yhat, y],
        [
            define(L[i], Abs(yhat[i] - y[i])),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i],
        title="Mean absolute error",
        kind="losses",
        source="PyTorch, torch.nn.L1Loss",
    )
