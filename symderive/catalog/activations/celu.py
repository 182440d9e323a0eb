"""Continuously differentiable exponential linear unit."""

from sympy import S

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


def celu() -> Model:
    """``y = x`` for ``x > 0``, else ``alpha (e^{x / alpha} - 1)``: its slope has no jump."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    alpha = const("alpha", 1, Domain(low=S.Zero))
    return build(
        "celu",
        [x, alpha],
        [define(y[i], where(condition(x[i], ">", 0), x[i], alpha() * (exp(x[i] / alpha()) - 1)))],
        sample=i,
        letters=[i],
        hide={i: ["x", "y"]},
        title="Continuously differentiable exponential linear unit",
        kind="activations",
        source="PyTorch, torch.nn.CELU",
    )
