"""Cross-entropy of scores."""

from sympy import log

from symderive.model import (
    Model,
    axes,
    build,
    define,
    exp,
    indices,
    label,
    mean,
    param,
    tensor,
    total,
)


def cross_entropy_of_scores() -> Model:
    """``L_i = -log(e^{s_{y_i}} / sum_j e^{s_j})``."""
    N, C = axes("N C")
    (i,), (j, m, l) = indices("i", N), indices("j m l", C)
    s, y = param("s", N, C), label("y", N, into=C)
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "cross_entropy_of_scores",
        [s, y],
        [
            define(L[i], -log(exp(s[i, y[i]]) / total(exp(s[i, j]), j))),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, j, m, l],
        hide={i: ["s"]},
        title="Cross-entropy of scores",
        kind="losses",
        source="PyTorch, torch.nn.CrossEntropyLoss; CENG501 week 5, softmax classifier",
    )
