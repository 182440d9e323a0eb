"""Kullback-Leibler divergence from a softmax distribution."""

from sympy import log

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    data,
    define,
    exp,
    indices,
    param,
    tensor,
    total,
)


def kl_divergence_of_softmax() -> Model:
    """``KL = sum_i p_i log(p_i / q_i)``, ``q_i = e^{s_i} / sum_j e^{s_j}``."""
    (C,) = axes("C")
    i, j, l = indices("i j l", C)
    p, s = data("p", C, domain=Domain(simplex=True)), param("s", C)
    q, KL = tensor("q", (C,)), tensor("KL")
    return build(
        "kl_divergence_of_softmax",
        [p, s],
        [
            define(q[i], exp(s[i]) / total(exp(s[j]), j)),
            define(KL(), total(p[i] * log(p[i] / q[i]), i)),
        ],
        letters=[i, j, l],
        latex={"KL": r"\mathrm{KL}"},
        title="Kullback-Leibler divergence from a softmax distribution",
        kind="information",
        source="CENG501 week 5, Kullback-Leibler divergence",
    )
