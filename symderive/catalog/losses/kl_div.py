"""Kullback-Leibler divergence from log-probabilities."""

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
    total,
)


def kl_div() -> Model:
    """``L_i = sum_j (p_ij log p_ij - p_ij u_ij)``, ``u_ij`` the predicted log-probability."""
    N, C = axes("N C")
    (i,), (j, m, l) = indices("i", N), indices("j m l", C)
    u = param("u", N, C, domain=Domain(high=S.Zero, high_closed=True))
    p = data("p", N, C, domain=Domain(simplex=True))
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "kl_div",
        [u, p],
        [
            define(L[i], total(p[i, j] * log(p[i, j]) - p[i, j] * u[i, j], j)),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, j, m, l],
        title="Kullback-Leibler divergence from log-probabilities",
        kind="losses",
        source="PyTorch, torch.nn.KLDivLoss with reduction='batchmean'",
    )
