"""Kullback-Leibler divergence of two distributions."""

from sympy import log

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    data,
    define,
    indices,
    param,
    tensor,
    total,
)


def kl_divergence() -> Model:
    """``KL = sum_i p_i log(p_i / q_i)``, in nats."""
    (C,) = axes("C")
    i, j, l = indices("i j l", C)
    simplex = Domain(simplex=True)
    p, q = data("p", C, domain=simplex), param("q", C, domain=simplex)
    KL = tensor("KL")
    return build(
        "kl_divergence",
        [p, q],
        [define(KL(), total(p[i] * log(p[i] / q[i]), i))],
        letters=[i, j, l],
        latex={"KL": r"\mathrm{KL}"},
        title="Kullback-Leibler divergence of two distributions",
        kind="information",
        source="CENG501 week 5, Kullback-Leibler divergence",
    )
