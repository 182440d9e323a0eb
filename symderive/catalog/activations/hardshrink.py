"""Hard shrinkage."""

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


def hardshrink() -> Model:
    """``y = x`` for ``x > lambda`` and ``x < -lambda``, else ``0``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    lambd = const("lambd", Rational(1, 2), Domain(low=S.Zero, low_closed=True))
    below = where(condition(x[i], "<", -lambd()), x[i], 0)
    return build(
        "hardshrink",
        [x, lambd],
        [define(y[i], where(condition(x[i], ">", lambd()), x[i], below))],
        sample=i,
        letters=[i],
        hide={i: ["x", "y"]},
        latex={"lambd": r"\lambda"},
        title="Hard shrinkage",
        kind="activations",
        source="PyTorch, torch.nn.Hardshrink",
    )
