"""Threshold unit."""

from symderive.model import (
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


def threshold() -> Model:
    """``y = x`` for ``x > theta``, else the constant ``v``."""
    (N,) = axes("N")
    (i,) = indices("i", N)
    x, y = data("x", N), tensor("y", (N,))
    theta, v = const("theta", 1), const("v", 0)
    return build(
        "threshold",
        [x, theta, v],
        [define(y[i], where(condition(x[i], ">", theta()), x[i], v()))],
        sample=i,
        letters=[i],
        hide={i: ["x", "y"]},
        title="Threshold unit",
        kind="activations",
        source="PyTorch, torch.nn.Threshold",
    )
