"""Smooth absolute error."""

from sympy import Abs, S

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
    mean,
    param,
    tensor,
    where,
)


def smooth_l1() -> Model:
    """``L_i = r_i^2 / (2 beta)`` for ``|r_i| < beta``, else ``|r_i| - beta / 2``.

    ``r_i = yhat_i - y_i``.
    """
    (N,) = axes("N")
    (i,) = indices("i", N)
    yhat, y = param("yhat", N), data("y", N)
    beta = const("beta", 1, Domain(low=S.Zero))
    r, L, loss = tensor("r", (N,)), tensor("L", (N,)), tensor("loss")
    linear = Abs(r[i]) - beta() / 2
    return build(
        "smooth_l1",
        [yhat, y, beta],
        [
            define(r[i], yhat[i] - y[i]),
            define(
                L[i], where(condition(Abs(r[i]), "<", beta()), r[i] ** 2 / (2 * beta()), linear)
            ),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i],
        title="Smooth absolute error",
        kind="losses",
        source="PyTorch, torch.nn.SmoothL1Loss",
    )
