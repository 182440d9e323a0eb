"""Gated linear unit."""

from symderive.model import (
    Model,
    axes,
    build,
    data,
    define,
    indices,
    sigmoid,
    tensor,
)


def glu() -> Model:
    """``y = a sigmoid(b)``: the input in two halves, one a gate for the other."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    a, b, y = data("a", N), data("b", N), tensor("y", (N,))
    return build(
        "glu",
        [a, b],
        [define(y[i], a[i] * sigmoid(b[i]))],
        sample=i,
        letters=[i],
        hide={i: ["a", "b", "y"]},
        title="Gated linear unit",
        kind="activations",
        source="PyTorch, torch.nn.GLU",
    )
