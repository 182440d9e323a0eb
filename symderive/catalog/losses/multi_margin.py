"""Multiclass margin loss of scores."""

from symderive.model import (
    Model,
    axes,
    build,
    condition,
    const,
    define,
    indices,
    label,
    maximum,
    mean,
    param,
    size,
    tensor,
    total,
)


def multi_margin() -> Model:
    """``L_i = (1 / C) sum_{j != y_i} max(0, margin - s_{y_i} + s_j)``."""
    N, C = axes("N C")
    (i,), (j, m, l) = indices("i", N), indices("j m l", C)
    s, y = param("s", N, C), label("y", N, into=C)
    margin = const("margin", 1)
    L, loss = tensor("L", (N,)), tensor("loss")
    others = condition(j, "!=", y[i])
    return build(
        "multi_margin",
        [s, y, margin],
        [
            define(
                L[i], total(maximum(0, margin() - s[i, y[i]] + s[i, j]), j, where=others) / size(C)
            ),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, j, m, l],
        hide={i: ["s"]},
        latex={"margin": r"\Delta"},
        title="Multiclass margin loss of scores",
        kind="losses",
        source="PyTorch, torch.nn.MultiMarginLoss",
    )
