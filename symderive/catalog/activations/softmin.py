"""Softmin."""

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


def softmin() -> Model:
    """``p_j = e^{-s_j} / sum_l e^{-s_l}``."""
    N, C = axes("N C")
    (i,), (j, m, l) = indices("i", N), indices("j m l", C)
    s, p = data("s", N, C), tensor("p", (N, C))
    return build(
        "softmin",
        [s],
        [define(p[i, j], exp(-s[i, j]) / total(exp(-s[i, l]), l))],
        sample=i,
        letters=[i, j, m, l],
        hide={i: ["s", "p"]},
        title="Softmin",
        kind="activations",
        source="PyTorch, torch.nn.Softmin",
    )
