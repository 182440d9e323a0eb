"""Kullback-Leibler divergence of two log-probabilities."""

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
    total,
)


def kl_div_log_target() -> Model:
    """``L_i = sum_j e^{v_ij} (v_ij - u_ij)``.

    ``v_ij`` is the true, ``u_ij`` the predicted log-probability.
    """
    N, C = axes("N C")
    (i,), (j, m, l) = indices("i", N), indices("j m l", C)
    non_positive = Domain(high=S.Zero, high_closed=True)
    u, v = param("u", N, C, domain=non_positive), data("v", N, C, domain=non_positive)
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "kl_div_log_target",
        [u, v],
        [
            define(L[i], total(exp(v[i, j]) * (v[i, j] - u[i, j]), j)),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, j, m, l],
        title="Kullback-Leibler divergence of two log-probabilities",
        kind="losses",
        source="PyTorch, torch.nn.KLDivLoss with log_target=True, reduction='batchmean'",
    )
