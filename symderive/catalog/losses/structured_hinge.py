"""Structured hinge loss over a finite set of outputs."""

from sympy import S

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    data,
    define,
    indices,
    label,
    largest,
    mean,
    param,
    tensor,
    total,
)


def structured_hinge() -> Model:
    """``L_i = max_v (Delta_{y_i v} + sum_k w_k phi_ivk) - sum_k w_k phi_{i y_i k}``.

    ``v`` runs over the candidates, ``phi`` are features of input and candidate, ``Delta`` is the
    cost of ``v`` where ``y_i`` is right.
    """
    N, V, D = axes("N V D")
    (i,), (v, u), (k, m) = indices("i", N), indices("v u", V), indices("k m", D)
    non_negative = Domain(low=S.Zero, low_closed=True)
    phi, Delta = data("phi", N, V, D), data("Delta", V, V, domain=non_negative)
    y, w = label("y", N, into=V), param("w", D)
    score, right = total(w[k] * phi[i, v, k], k), total(w[k] * phi[i, y[i], k], k)
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "structured_hinge",
        [phi, Delta, y, w],
        [
            define(L[i], largest(Delta[y[i], v] + score, v) - right),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
        letters=[i, v, u, k, m],
        title="Structured hinge loss over a finite set of outputs",
        kind="losses",
        source="CENG501 week 5, structured loss functions",
    )
