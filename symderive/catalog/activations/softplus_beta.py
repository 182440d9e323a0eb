"""Softplus activation with a sharpness."""

from sympy import S, log

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
    tensor,
)


def softplus_beta() -> Model:
    """``y = log(1 + e^{beta x}) / beta``; it tends to ReLU as ``beta`` grows."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    beta = const("beta", 1, Domain(low=S.Zero))
    return build(
        "softplus_beta",
        [x, beta],
        [define(y[i], log(1 + exp(beta() * x[i])) / beta())],
        sample=i,
        letters=[i],
        hide={i: ["x", "y"]},
        title="Softplus activation with a sharpness",
        kind="activations",
        source="PyTorch, torch.nn.Softplus",
    )
