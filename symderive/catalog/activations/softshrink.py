"""Soft shrinkage."""

from sympy import Rational, S

from symderive.model import (
    Domain,
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


def softshrink() -> Model:
    """``y = x - lambda`` for ``x > lambda``, ``x + lambda`` for ``x < -lambda``, else ``0``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    lambd = const("lambd", Rational(1, 2), Domain(low=S.Zero, low_closed=True))
    below = where(condition(x[i], "<", -lambd()), x[i] + lambd(), 0)
    return build(
        "softshrink",
        [x, lambd],
        [define(y[i], where(condition(x[i], ">", lambd()), x[i] - lambd(), below))],
        sample=i,
        letters=[i],
        hide={i: ["x", "y"]},
        latex={"lambd": r"\lambda"},
        title="Soft shrinkage",
        kind="activations",
        source="PyTorch, torch.nn.Softshrink",
    )
