"""Poisson negative log-likelihood of a rate."""

from sympy import Rational, S, log

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    const,
    data,
    define,
    indices,
    mean,
    param,
    tensor,
)


def poisson_nll_rate() -> Model:
    """``L_i = r_i - y_i log(r_i + epsilon)``, up to a constant; ``r_i`` is the rate."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    non_negative = Domain(low=S.Zero, low_closed=True)
    r, y = param("r", N, domain=non_negative), data("y", N, domain=non_negative)
    epsilon = const("epsilon", Rational("1e-8"), Domain(low=S.Zero))
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "poisson_nll_rate",
        [r, y, epsilon],
        [
            define(L[i], r[i] - y[i] * log(r[i] + epsilon())),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i],
        title="Poisson negative log-likelihood of a rate",
        kind="losses",
        source="PyTorch, torch.nn.PoissonNLLLoss with log_input=False",
    )
