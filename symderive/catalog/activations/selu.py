"""Scaled exponential linear unit."""

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
    exp,
    indices,
    tensor,
    where,
)


def selu() -> Model:
    """``y = scale x`` for ``x > 0``, else ``scale alpha (e^x - 1)``.

    The constants keep mean 0 and variance 1 from layer to layer.
    """
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    positive = Domain(low=S.Zero)
    alpha = const("alpha", Rational("1.6732632423543772848170429916717"), positive)
    scale = const("scale", Rational("1.0507009873554804934193349852946"), positive)
    return build(
        "selu",
        [x, alpha, scale],
        [define(y[i], scale() * where(condition(x[i], ">", 0), x[i], alpha() * (exp(x[i]) - 1)))],
        sample=i,
        letters=[i],
        hide={i: ["x", "y"]},
        latex={"scale": r"\lambda"},
        title="Scaled exponential linear unit",
        kind="activations",
        source="PyTorch, torch.nn.SELU",
    )
