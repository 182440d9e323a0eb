"""Binary cross-entropy of a score."""

from sympy import S, log

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


def bce_with_logits() -> Model:
    """``L_i = -y_i log q_i - (1 - y_i) log(1 - q_i)``, ``q_i = 1 / (1 + e^{-s_i})``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    unit = Domain(S.Zero, S.One, low_closed=True, high_closed=True)
    s, y = param("s", N), data("y", N, domain=unit)
    q, L, loss = tensor("q", (N,)), tensor("L", (N,)), tensor("loss")
    return build(
        "bce_with_logits",
        [s, y],
        [
            define(q[i], 1 / (1 + exp(-s[i]))),
            define(L[i], -y[i] * log(q[i]) - (1 - y[i]) * log(1 - q[i])),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i],
        title="Binary cross-entropy of a score",
        kind="losses",
        source="PyTorch, torch.nn.BCEWithLogitsLoss; CENG501 week 5, logistic loss",
    )
