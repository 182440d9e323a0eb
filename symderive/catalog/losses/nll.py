"""Negative log-likelihood of log-probabilities."""

from sympy import S

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    define,
    indices,
    label,
    mean,
    param,
    tensor,
)


def nll() -> Model:
    """``L_i = -u_{y_i}``, ``u_j`` the log-probability of class j."""
    N, C = axes("N C")
    (i,), (j, m, l) = indices("i", N), indices("j m l", C)
    u = param("u", N, C, domain=Domain(high=S.Zero, high_closed=True))
    y = label("y", N, into=C)
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "nll",
        [u, y],
        [
            define(L[i], -u[i, y[i]]),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, j, m, l],
        hide={i: ["u"]},
        title="Negative log-likelihood of log-probabilities",
        kind="losses",
        source="PyTorch, torch.nn.NLLLoss",
    )
