"""Poisson negative log-likelihood of a log-rate."""

from sympy import S

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    data,
    define,
    exp,
    indices,
    mean,
    param,
    tensor,
)


def poisson_nll() -> Model:
    """``L_i = e^{s_i} - y_i s_i``, up to a constant; ``e^{s_i}`` is the rate."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    s, y = param("s", N), data("y", N, domain=Domain(low=S.Zero, low_closed=True))
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "poisson_nll",
        [s, y],
        [
            define(L[i], exp(s[i]) - y[i] * s[i]),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i],
        title="Poisson negative log-likelihood of a log-rate",
        kind="losses",
        source="PyTorch, torch.nn.PoissonNLLLoss",
    )
