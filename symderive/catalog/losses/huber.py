"""Huber loss."""

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


def huber() -> Model:
    """``L_i = r_i^2 / 2`` for ``|r_i| < delta``, else ``delta (|r_i| - delta / 2)``.

    ``r_i = yhat_i - y_i``.
    """
    (N,) = axes("N")
    (i,) = indices("i", N)
    yhat, y = param("yhat", N), data("y", N)
    delta = const("delta", 1, Domain(low=S.Zero))
    r, L, loss = tensor("r", (N,)), tensor("L", (N,)), tensor("loss")
    linear = delta() * (Abs(r[i]) - delta() / 2)
    return build(
        "huber",
        [yhat, y, delta],
        [
            define(r[i], yhat[i] - y[i]),
            define(L[i], where(condition(Abs(r[i]), "<", delta()), r[i] ** 2 / 2, linear)),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i],
        title="Huber loss",
        kind="losses",
        source="PyTorch, torch.nn.HuberLoss",
    )
