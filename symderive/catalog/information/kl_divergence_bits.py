"""Kullback-Leibler divergence of two distributions in bits."""

from symderive.model import (
    Domain,
    Model,
    axes,
    build,
    data,
    define,
    indices,
    log2,
    param,
    tensor,
    total,
)


def kl_divergence_bits() -> Model:
    """``KL = sum_i p_i log_2(p_i / q_i)``, in bits."""
    (C,) = axes("C")
    i, j, l = indices("i j l", C)
    simplex = Domain(simplex=True)
    p, q = data("p", C, domain=simplex), param("q", C, domain=simplex)
    KL = tensor("KL")
    return build(
        "kl_divergence_bits",
        [p, q],
        [define(KL(), total(p[i] * log2(p[i] / q[i]), i))],
        letters=[i, j, l],
        latex={"KL": r"\mathrm{KL}"},
        title="Kullback-Leibler divergence of two distributions in bits",
        kind="information",
        source="CENG501 week 5, Kullback-Leibler divergence",
    )
