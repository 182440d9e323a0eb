"""Continuously differentiable exponential linear unit."""

from sympy import S

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    const,
    data,
    define,
    exp,
    indices,
    maximum,
    minimum,
    tensor,
)


def celu() -> Model:
    """``y = max(0, x) + min(0, alpha (e^{x / alpha} - 1))``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    alpha = const("alpha", 1, Domain(low=S.Zero))
    return build(
        "celu",
        [x, alpha],
        [define(y[i], maximum(0, x[i]) + minimum(0, alpha() * (exp(x[i] / alpha()) - 1)))],
        sample=i,
        letters=[i],
        hide={i: ["x", "y"]},
        title="Continuously differentiable exponential linear unit",
        kind="activations",
        source="PyTorch, torch.nn.CELU",
    )
