"""Rectified linear unit up to 6."""

from symderive.model import (
    Model,
    axes,
    build,
    data,
    define,
    indices,
    maximum,
    minimum,
    tensor,
)


def relu6() -> Model:
    """``y = min(max(0, x), 6)``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    return build(
        "relu6",
        [x],
        [define(y[i], minimum(maximum(0, x[i]), 6))],
        sample=i,
        letters=[i],
        hide={i: ["x", "y"]},
        title="Rectified linear unit up to 6",
        kind="activations",
        source="PyTorch, torch.nn.ReLU6",
    )
