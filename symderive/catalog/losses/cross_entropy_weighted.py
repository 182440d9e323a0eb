"""Cross-entropy with class weights."""

from sympy import S, log

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    data,
    define,
    exp,
    indices,
    label,
    param,
    tensor,
    total,
)


def cross_entropy_weighted() -> Model:
    """``L_i = -c_{y_i} log p_{y_i}``, ``loss = sum_i L_i / sum_i c_{y_i}``.

    ``p`` is the softmax of ``s``.
    """
    N, C = axes("N C")
    (i,), (j, m, l) = indices("i", N), indices("j m l", C)
    s, y = param("s", N, C), label("y", N, into=C)
    c = data("c", C, domain=Domain(low=S.Zero))
    p, L, loss = tensor("p", (N, C)), tensor("L", (N,)), tensor("loss")
    return build(
        "cross_entropy_weighted",
        [s, y, c],
        [
            define(p[i, j], exp(s[i, j]) / total(exp(s[i, l]), l)),
            define(L[i], -c[y[i]] * log(p[i, y[i]])),
            define(loss(), total(L[i], i) / total(c[y[i]], i)),
        ],
        sample=i,
        letters=[i, j, m, l],
        hide={i: ["s", "p"]},
        title="Cross-entropy with class weights",
        kind="losses",
        source="PyTorch, torch.nn.CrossEntropyLoss with weight",
    )
