"""A neuron with a sigmoid."""

from symderive.model import (
    Model,
    axes,
    build,
    data,
    define,
    indices,
    param,
    sigmoid,
    tensor,
    total,
)


def neuron() -> Model:
    """``yhat_i = sigmoid(net_i)``, ``net_i = sum_k w_k x_ik + b``."""
    N, D = axes("N D")
    (i,), (k, m) = indices("i", N), indices("k m", D)
    x, w, b = data("x", N, D), param("w", D), param("b")
    net, yhat = tensor("net", (N,)), tensor("yhat", (N,))
    return build(
        "neuron",
        [x, w, b],
        [
            define(net[i], total(w[k] * x[i, k], k) + b()),
            define(yhat[i], sigmoid(net[i])),
        ],
        sample=i,
        letters=[i, k, m],
        title="A neuron with a sigmoid",
        kind="networks",
        source="CENG501 week 5, a neuron with sigmoid function",
    )
