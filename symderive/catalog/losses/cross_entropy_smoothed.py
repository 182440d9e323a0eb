"""Cross-entropy with label smoothing."""

from sympy import Rational, S, log

from symderive.model import (
    Domain,
    Model,
    axes,
    bracket,
    build,
    condition,
    const,
    define,
    exp,
    indices,
    label,
    mean,
    param,
    size,
    tensor,
    total,
)


def cross_entropy_smoothed() -> Model:
    """``L_i = -sum_j t_j log p_j``, ``t_j = (1 - epsilon) I(j = y_i) + epsilon / C``.

    ``p`` is the softmax of ``s``.
    """
    N, C = axes("N C")
    (i,), (j, m, l) = indices("i", N), indices("j m l", C)
    s, y = param("s", N, C), label("y", N, into=C)
    epsilon = const(
        "epsilon", Rational(1, 10), Domain(S.Zero, S.One, low_closed=True, high_closed=True)
    )
    p, t = tensor("p", (N, C)), tensor("t", (N, C))
    L, loss = tensor("L", (N,)), tensor("loss")
    hit = bracket(condition(j, "==", y[i]))
    return build(
        "cross_entropy_smoothed",
        [s, y, epsilon],
        [
            define(p[i, j], exp(s[i, j]) / total(exp(s[i, l]), l)),
            define(t[i, j], (1 - epsilon()) * hit + epsilon() / size(C)),
            define(L[i], -total(t[i, j] * log(p[i, j]), j)),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, j, m, l],
        hide={i: ["s", "p", "t"]},
        title="Cross-entropy with label smoothing",
        kind="losses",
        source="PyTorch, torch.nn.CrossEntropyLoss with label_smoothing",
    )
