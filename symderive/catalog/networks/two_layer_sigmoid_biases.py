"""Two-layer network of sigmoids with biases."""

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


def two_layer_sigmoid_biases() -> Model:
    """``h_ij = sigmoid(net^h_ij)``, ``net^h_ij = sum_k w^h_jk x_ik + b^h_j``, and so on with ``o``.

    ``L_i = (1 / 2) sum_c (yhat_ic - y_ic)^2``, summed over all samples.
    """
    N, D, H, C = axes("N D H C")
    (i,), (k, l) = indices("i", N), indices("k l", D)
    (j, n), (c, m) = indices("j n", H), indices("c m", C)
    x, y = data("x", N, D), data("y", N, C)
    w_h, b_h, w_o, b_o = param("w_h", H, D), param("b_h", H), param("w_o", C, H), param("b_o", C)
    net_h, h = tensor("net_h", (N, H)), tensor("h", (N, H))
    net_o, yhat = tensor("net_o", (N, C)), tensor("yhat", (N, C))
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "two_layer_sigmoid_biases",
        [x, y, w_h, b_h, w_o, b_o],
        [
            define(net_h[i, j], total(w_h[j, k] * x[i, k], k) + b_h[j]),
            define(h[i, j], sigmoid(net_h[i, j])),
            define(net_o[i, c], total(w_o[c, j] * h[i, j], j) + b_o[c]),
            define(yhat[i, c], sigmoid(net_o[i, c])),
            define(L[i], total((yhat[i, c] - y[i, c]) ** 2, c) / 2),
            define(loss(), total(L[i], i)),
        ],
        sample=i,
        letters=[i, j, k, c, n, l, m],
        latex={
            "w_h": "w^{h}",
            "b_h": "b^{h}",
            "w_o": "w^{o}",
            "b_o": "b^{o}",
            "net_h": r"\mathit{net}^{h}",
            "net_o": r"\mathit{net}^{o}",
            "yhat": r"\hat{y}",
        },
        title="Two-layer network of sigmoids with biases",
        kind="networks",
        source="CENG501 week 5, backpropagation",
    )
