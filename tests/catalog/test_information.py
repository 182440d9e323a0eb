"""Measures of information have the values of their formulas, with 0 log 0 = 0."""

from __future__ import annotations

import pytest
from mpmath import exp, fsum, inf, log, mpf

from symderive import catalog
from symderive.model.evaluate import Evaluator, Point


def xlogy(x, y):
    if x == 0:
        return mpf(0)
    return x * log(y) if y else -inf


def entropy(p):
    return -fsum(xlogy(a, a) for a in p)


def cross_entropy(p, q):
    return -fsum(xlogy(a, b) for a, b in zip(p, q, strict=True))


def divergence(p, q):
    return cross_entropy(p, q) - entropy(p)


def softmax(s):
    return [exp(score) / fsum(map(exp, s)) for score in s]


FORMULAS = {
    "cross_entropy": cross_entropy,
    "cross_entropy_bits": lambda p, q: cross_entropy(p, q) / log(2),
    "cross_entropy_of_softmax": lambda p, s: cross_entropy(p, softmax(s)),
    "entropy": entropy,
    "entropy_bits": lambda p: entropy(p) / log(2),
    "entropy_of_softmax": lambda s: entropy(softmax(s)),
    "entropy_of_softmax_temperature": lambda s, T: entropy(softmax([score / T for score in s])),
    "kl_divergence": divergence,
    "kl_divergence_bits": lambda p, q: divergence(p, q) / log(2),
    "kl_divergence_of_softmax": lambda p, s: divergence(p, softmax(s)),
}


def test_every_measure_has_a_formula_here():
    names = {name for name in catalog.names() if catalog.load(name).kind == "information"}
    assert names == set(FORMULAS)


@pytest.mark.parametrize("name", FORMULAS)
def test_values(checked, name):
    assert checked(catalog.load(name), FORMULAS[name])


def test_tables_of_the_lecture():
    """0.80, 0.15 and 0.05 take 0.32, 2.74 and 4.32 bits; two fair coins take 2."""
    model = catalog.load("cross_entropy_bits")
    (C,) = model.axes
    q = {(0,): 0.8, (1,): 0.15, (2,): 0.05}
    bits = []
    for place in q:
        p = {other: 1e-300 if other != place else 1 for other in q}
        bits.append(Evaluator(model.equations, Point({C: 3}, {"p": p, "q": q})).value("H"))
    assert bits == pytest.approx([0.32, 2.74, 4.32], abs=0.005)
    coins = Point({C: 4}, {"p": dict.fromkeys([(n,) for n in range(4)], 0.25)})
    assert Evaluator(catalog.load("entropy_bits").equations, coins).value("H") == 2
