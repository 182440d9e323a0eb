"""Hinge embedding loss."""

from sympy import S

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    condition,
    const,
    data,
    define,
    indices,
    maximum,
    mean,
    param,
    tensor,
    where,
)


def hinge_embedding() -> Model:
    """``L_i = d_i`` for ``y_i = 1``, else ``max(0, margin - d_i)``.

    ``d_i`` is the distance of a pair, ``y_i`` 1 if the two belong together, else -1.
    """
    (N,) = axes("N")
    (i,) = indices("i", N)
    d, y = param("d", N), data("y", N, domain=Domain(values=(S(-1), S(1))))
    margin = const("margin", 1)
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "hinge_embedding",
        [d, y, margin],
        [
            define(L[i], where(condition(y[i], "==", 1), d[i], maximum(0, margin() - d[i]))),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i],
        latex={"margin": r"\Delta"},
        title="Hinge embedding loss",
        kind="losses",
        source="PyTorch, torch.nn.HingeEmbeddingLoss",
    )
