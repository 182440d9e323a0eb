"""Mean squared error."""

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


def mse() -> Model:
    """``L_i = (yhat_i - y_i)^2``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    yhat, y = param("yhat", N), data("y", N)
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "mse",
        [yhat, y],
        [
            define(L[i], (yhat[i] - y[i]) ** 2),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i],
        title="Mean squared error",
        kind="losses",
        source="PyTorch, torch.nn.MSELoss",
    )
