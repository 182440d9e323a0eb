"""Margin ranking loss."""

from sympy import S

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


def margin_ranking() -> Model:
    """``L_i = max(0, -y_i (a_i - b_i) + margin)``, ``y_i`` 1 if a should rank above b, else -1."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    a, b, y = param("a", N), param("b", N), data("y", N, domain=Domain(values=(S(-1), S(1))))
    margin = const("margin", 0)
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "margin_ranking",
        [a, b, y, margin],
        [
            define(L[i], maximum(0, -y[i] * (a[i] - b[i]) + margin())),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i],
        latex={"margin": r"\Delta"},
        title="Margin ranking loss",
        kind="losses",
        source="PyTorch, torch.nn.MarginRankingLoss",
    )
