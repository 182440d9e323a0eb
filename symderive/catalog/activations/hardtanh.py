"""Hyperbolic tangent in three straight pieces."""

from symderive.model import (
    Model,
    axes,
    build,
    condition,
    const,
    data,
    define,
    indices,
    tensor,
    where,
)


def hardtanh() -> Model:
    """``y = low`` for ``x <= low``, ``high`` for ``x >= high``, else ``x``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    low, high = const("low", -1), const("high", 1)
    above = where(condition(x[i], ">=", high()), high(), x[i])
    return build(
        "hardtanh",
        [x, low, high],
        [define(y[i], where(condition(x[i], "<=", low()), low(), above))],
        sample=i,
        letters=[i],
        hide={i: ["x", "y"]},
        title="Hyperbolic tangent in three straight pieces",
        kind="activations",
        source="PyTorch, torch.nn.Hardtanh",
    )
