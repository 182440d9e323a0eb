"""What tanh takes away."""

from sympy import tanh

from symderive.model import (
    Model,
    axes,
    build,
    data,
    define,
    indices,
    tensor,
)


def tanhshrink() -> Model:
    """``y = x - tanh(x)``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    return build(
        "tanhshrink",
        [x],
        [define(y[i], x[i] - tanh(x[i]))],
        sample=i,
        letters=[i],
        hide={i: ["x", "y"]},
        title="What tanh takes away",
        kind="activations",
        source="PyTorch, torch.nn.Tanhshrink",
    )
