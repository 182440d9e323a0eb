"""Logarithm of softmax."""

from sympy import log

from symderive.model import (
    Model,
    axes,
    build,
    data,
    define,
    exp,
    indices,
    tensor,
    total,
)


def log_softmax() -> Model:
    """``y_j = log(e^{s_j} / sum_l e^{s_l})``."""
    N, C = axes("N C")
    (i,), (j, m, l) = indices("i", N), indices("j m l", C)
    s, y = data("s", N, C), tensor("y", (N, C))
    return build(
        "log_softmax",
        [s],
        [define(y[i, j], log(exp(s[i, j]) / total(exp(s[i, l]), l)))],
        sample=i,
        letters=[i, j, m, l],
        hide={i: ["s", "y"]},
        title="Logarithm of softmax",
        kind="activations",
        source="PyTorch, torch.nn.LogSoftmax",
    )
