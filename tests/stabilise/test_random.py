"""Laws, on random formulas: stable forms are equal, in value and gradient, and stay as they are."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sympy import Integer, Rational, log, tanh

from symderive.derive import gradient
from symderive.expr import Sigmoid, Softplus
from symderive.model import axes, build, data, define, exp, indices, param, tensor, total
from symderive.stabilise import prove, prove_gradient, stabilise, stabilise_gradient

(N,) = axes("N")
i, n, m = indices("i n m", N)
x, w = param("x", N), data("w", N)
a, loss = tensor("a", (N,)), tensor("loss")

leaves = st.sampled_from([x[i], w[i], -x[i], x[i] + w[i], x[i] * w[i], Integer(1), Rational(1, 2)])


def positive(reals):
    """Formulas that are greater than 0 everywhere."""
    start = reals.map(exp) | reals.map(Sigmoid) | st.just(Integer(2))
    return st.recursive(
        start,
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda pair: pair[0] + pair[1]),
            st.tuples(inner, inner).map(lambda pair: pair[0] * pair[1]),
            st.tuples(inner, inner).map(lambda pair: pair[0] / pair[1]),
            inner.map(lambda part: part**-2),
            inner.map(summed),
        ),
        max_leaves=4,
    )


def summed(part):
    """The sum of a formula over its index, by a letter that occurs nowhere in it."""
    letter = next((free for free in (n, m) if not part.has(free)), None)
    return total(part.xreplace({i: letter}), letter) if part.has(i) and letter else part


def grown(reals):
    """Formulas of any sign, of ``reals`` and of positive ones of them."""
    return st.one_of(
        positive(reals).map(log),
        positive(reals).map(lambda part: 1 - 1 / (1 + part)),
        positive(reals).map(lambda part: part - 1),
        st.tuples(reals, positive(reals)).map(lambda pair: pair[0] / (1 + pair[1])),
        st.tuples(reals, positive(reals)).map(lambda pair: pair[0] * log(pair[1])),
        reals.map(tanh),
        reals.map(lambda part: part - part * tanh(part) ** 2),
        reals.map(lambda part: Softplus(part) - part),
        st.tuples(reals, reals).map(lambda pair: pair[0] + pair[1]),
    )


@pytest.mark.untraced
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(first=grown(leaves), second=grown(leaves | st.just(a[i])))
def test_a_stable_form_is_equal_and_final(first, second):
    model = build("random", [x, w], [define(a[i], first), define(loss(), total(second, i))])
    made = stabilise(model)
    assert prove(made).faults == ()
    again = stabilise(made.model)
    assert again.model == made.model
    assert not again.rewrites
    stable = stabilise_gradient(gradient(made.model))
    assert prove_gradient(gradient(model), stable).faults == ()
    assert stabilise_gradient(stable) == stable
