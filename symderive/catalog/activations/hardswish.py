"""Swish in three pieces."""

from symderive.model import (
    Model,
    axes,
    build,
    condition,
    data,
    define,
    indices,
    tensor,
    where,
)


def hardswish() -> Model:
    """``y = 0`` for ``x <= -3``, ``x`` for ``x >= 3``, else ``x (x + 3) / 6``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    above = where(condition(x[i], ">=", 3), x[i], x[i] * (x[i] + 3) / 6)
    return build(
        "hardswish",
        [x],
        [define(y[i], where(condition(x[i], "<=", -3), 0, above))],
        sample=i,
        letters=[i],
        hide={i: ["x", "y"]},
        title="Swish in three pieces",
        kind="activations",
        source="PyTorch, torch.nn.Hardswish",
    )
