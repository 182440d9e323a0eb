"""Binary cross-entropy of a probability."""

from sympy import S, log

from symderive.model import (
    Domain,
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


def bce() -> Model:
    """``L_i = -(y_i log q_i + (1 - y_i) log(1 - q_i))``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    unit = Domain(S.Zero, S.One, low_closed=True, high_closed=True)
    q, y = param("q", N, domain=Domain(S.Zero, S.One)), data("y", N, domain=unit)
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "bce",
        [q, y],
        [
            define(L[i], -(y[i] * log(q[i]) + (1 - y[i]) * log(1 - q[i]))),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i],
        title="Binary cross-entropy of a probability",
        kind="losses",
        source="PyTorch, torch.nn.BCELoss",
    )
