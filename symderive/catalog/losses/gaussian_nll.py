"""Gaussian negative log-likelihood."""

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
    maximum,
    mean,
    param,
    tensor,
)


def gaussian_nll() -> Model:
    """``L_i = (log u_i + (mu_i - y_i)^2 / u_i) / 2``, ``u_i = max(v_i, epsilon)``.

    Up to a constant; ``v_i`` is the variance.
    """
    (N,) = axes("N")
    (i,) = indices("i", N)
    mu, v, y = param("mu", N), param("v", N, domain=Domain(low=S.Zero)), data("y", N)
    epsilon = const("epsilon", Rational("1e-6"), Domain(low=S.Zero))
    u, L, loss = tensor("u", (N,)), tensor("L", (N,)), tensor("loss")
    return build(
        "gaussian_nll",
        [mu, v, y, epsilon],
        [
            define(u[i], maximum(v[i], epsilon())),
            define(L[i], (log(u[i]) + (mu[i] - y[i]) ** 2 / u[i]) / 2),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i],
        title="Gaussian negative log-likelihood",
        kind="losses",
        source="PyTorch, torch.nn.GaussianNLLLoss",
    )
