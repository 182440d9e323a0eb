"""Sigmoid in three straight pieces."""

from sympy import Rational

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


def hardsigmoid() -> Model:
    """``y = 0`` for ``x <= -3``, ``1`` for ``x >= 3``, else ``x / 6 + 1 / 2``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    above = where(condition(x[i], ">=", 3), 1, x[i] / 6 + Rational(1, 2))
    return build(
        "hardsigmoid",
        [x],
        [define(y[i], where(condition(x[i], "<=", -3), 0, above))],
        sample=i,
        letters=[i],
        hide={i: ["x", "y"]},
        title="Sigmoid in three straight pieces",
        kind="activations",
        source="PyTorch, torch.nn.Hardsigmoid",
    )
