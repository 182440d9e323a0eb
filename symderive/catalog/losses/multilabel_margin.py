"""Multi-label margin loss."""

from sympy import S

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    condition,
    data,
    define,
    indices,
    maximum,
    mean,
    param,
    size,
    tensor,
    total,
)


def multilabel_margin() -> Model:
    """``L_i = (1 / C) sum_{j: y_ij = 1} sum_{l: y_il = 0} max(0, 1 - (s_j - s_l))``."""
    N, C = axes("N C")
    (i,), (j, m, l) = indices("i", N), indices("j m l", C)
    s, y = param("s", N, C), data("y", N, C, domain=Domain(values=(S(0), S(1))))
    L, loss = tensor("L", (N,)), tensor("loss")
    right, wrong = condition(y[i, j], "==", 1), condition(y[i, l], "==", 0)
    of_pairs = total(maximum(0, 1 - (s[i, j] - s[i, l])), l, where=wrong)
    return build(
        "multilabel_margin",
        [s, y],
        [
            define(L[i], total(of_pairs, j, where=right) / size(C)),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, j, m, l],
        hide={i: ["s"]},
        title="Multi-label margin loss",
        kind="losses",
        source="PyTorch, torch.nn.MultiLabelMarginLoss, with an indicator for the list of labels",
    )
