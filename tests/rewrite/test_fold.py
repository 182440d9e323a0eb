"""Named intermediates put back: the value stays, and what was named is found again."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Add, Integer, Mul, Rational, S, expand, log, sqrt, tanh

from symderive.expr import (
    Axis,
    Exp,
    Fresh,
    Index,
    Sigmoid,
    Tensor,
    close,
    compare,
    elements,
    iverson,
    mentions,
    replace,
)
from symderive.model.evaluate import Evaluator, Point
from symderive.rewrite import Named, fold, named_all, through_value
from symderive.rewrite.fold import bindings, with_sigmoids

N, C = Axis("N"), Axis("C")
i, n = Index("i", N), Index("n", N)
j, l, m = (Index(letter, C) for letter in "jlm")
s, p, a = Tensor("s", (N, C)), Tensor("p", (N, C)), Tensor("a", (C,))
x, y, q = Tensor("x", (N,)), Tensor("y", (N,)), Tensor("y_label", (N,), C)
t, z = Tensor("t"), Tensor("z")

SOFTMAX = Named(p[i, j], Exp(s[i, j]) / close("sum", [l], Exp(s[i, l])))


def at(values, sizes=(2, 3)):
    """A point, with softmax itself as the values of what is named."""
    N_, C_ = sizes
    inputs = {
        "s": {(k, c): values[(3 * k + c) % len(values)] for k in range(N_) for c in range(C_)},
        "a": {(c,): values[-1 - c % len(values)] for c in range(C_)},
        "x": {(k,): values[k % len(values)] for k in range(N_)},
        "t": {(): values[0]},
        "y_label": {(k,): (k + 1) % C_ for k in range(N_)},
    }
    weights = {k: [math.exp(inputs["s"][k, c]) for c in range(C_)] for k in range(N_)}
    inputs["p"] = {(k, c): weights[k][c] / sum(weights[k]) for k in range(N_) for c in range(C_)}
    return Evaluator([], Point({N: N_, C: C_}, inputs))


factors = st.sampled_from(
    [
        Exp(s[i, j]),
        Exp(s[i, l]),
        1 / Exp(s[i, m]),
        close("sum", [l], Exp(s[i, l])),
        1 / close("sum", [l], Exp(s[i, l])),
        1 / close("sum", [l], Exp(s[i, l])),
        SOFTMAX.value,
        SOFTMAX.value,
        replace(SOFTMAX.value, {j: q[i]}),
        replace(SOFTMAX.value, {j: l}) ** 2,
        a[j],
        1 - SOFTMAX.value,
        iverson(compare("==", j, l)),
        Integer(-2),
    ]
)
terms = st.lists(factors, min_size=1, max_size=4).map(lambda found: Mul(*found))
expressions = st.lists(terms, min_size=1, max_size=3).map(lambda found: Add(*found))
values = st.lists(st.floats(-2, 2), min_size=1, max_size=4)


@given(expressions, values, st.integers(0, 2), st.integers(0, 2), st.integers(0, 2))
def test_putting_back_keeps_the_value(expr, numbers, first, second, third):
    evaluator = at(numbers)
    env = {i: first % 2, j: first, l: second, m: third}
    before, after = (evaluator.evaluate(e, env) for e in (expr, fold(expr, [SOFTMAX])))
    assert math.isclose(before, after, rel_tol=1e-9, abs_tol=1e-9)


@given(expressions)
def test_putting_back_twice_changes_nothing_more(expr):
    once = fold(expr, [SOFTMAX])
    assert fold(once, [SOFTMAX]) == once


def test_every_occurrence_is_found_whatever_its_indices():
    value = SOFTMAX.value
    assert fold(value, [SOFTMAX]) == p[i, j]
    assert fold(replace(value, {j: q[i], i: n}), [SOFTMAX]) == p[n, q[i]]
    assert fold(value**2 * replace(value, {j: l}), [SOFTMAX]) == p[i, j] ** 2 * p[i, l]
    assert fold(close("sum", [l], a[l] * replace(value, {j: l})), [SOFTMAX]) == close(
        "sum", [l], a[l] * p[i, l]
    )


def test_the_row_of_another_index_is_not_mistaken_for_it():
    crossed = Exp(s[i, j]) / close("sum", [l], Exp(s[n, l]))
    assert not mentions(fold(crossed, [SOFTMAX]), p[i, j], p[n, j])


def test_a_square_is_not_taken_for_one_factor():
    outer = Named(p[i, j], a[j] * x[i] * t())
    both = Named(s[j, l], a[j] * a[l] * t())
    assert fold(a[m] * t(), [both]) == a[m] * t()
    assert fold(a[m] ** 2 * t(), [both]) == s[m, m]
    assert fold(a[m] * x[n] * t(), [outer]) == p[n, m]


def test_half_of_a_definition_is_not_the_definition():
    assert fold(Exp(s[i, j]), [SOFTMAX]) == Exp(s[i, j])


def test_a_sum_or_a_function_is_found_whole():
    named = Named(z(), x[i] + t())
    assert fold(tanh(x[i] + t()), [named]) == tanh(z())
    named = Named(y[i], log(x[i]))
    assert fold(t() / log(x[n]), [named]) == t() / y[n]


def test_a_reciprocal_is_found():
    named = Named(y[i], 1 / (1 + Exp(-x[i])))
    assert fold(named.value, [named]) == y[i]
    assert fold(Exp(-x[i]) * named.value, [named]) == Exp(-x[i]) * y[i]


def test_a_root_is_found_in_its_powers():
    squares = close("sum", [l], s[i, l] ** 2)
    root = Named(x[i], sqrt(squares))
    assert fold(s[i, j] / sqrt(squares), [root]) == s[i, j] / x[i]
    assert fold(sqrt(squares), [root]) == x[i]
    assert fold(a[j] * squares ** Rational(-3, 2), [root]) == a[j] / x[i] ** 3
    other = close("sum", [l], s[n, l] ** 2)
    assert fold(1 / (sqrt(squares) * sqrt(other)), [root]) == 1 / (x[i] * x[n])
    assert fold(squares ** Rational(1, 3), [root]) == squares ** Rational(1, 3)
    assert fold(1 + squares, [root]) == 1 + squares


def test_a_definition_with_a_number_in_front_is_left():
    named = Named(y[i], 2 * x[i] * t())
    assert fold(2 * x[i] * t() * a[j], [named]) == 2 * x[i] * t() * a[j]


def test_a_scalar_definition_needs_no_binding():
    named = Named(z(), t() ** 2 + 1)
    assert list(bindings(named.value, named.indices, x[i])) == [{}]
    assert fold(x[i] * (t() ** 2 + 1), [named]) == x[i] * z()


def test_only_what_is_worth_it_is_named():
    found = named_all([(y[i], x[i]), (p[i, j], SOFTMAX.value), (z(), Integer(3))])
    assert [named.name for named in found] == [p[i, j]]


# In terms of the own value.

SIGMA = 1 / (1 + Exp(-x[i]))
TANH = (Exp(x[i]) - Exp(-x[i])) / (Exp(x[i]) + Exp(-x[i]))


@pytest.mark.parametrize(
    ("value", "slope", "expected"),
    [
        (SIGMA, Exp(-x[i]) * SIGMA**2, y[i] * (1 - y[i])),
        (Exp(x[i]) / (1 + Exp(x[i])), Exp(x[i]) / (1 + Exp(x[i])) ** 2, y[i] * (1 - y[i])),
        (TANH, 1 - TANH**2, 1 - y[i] ** 2),
        (Exp(2 * x[i]), 2 * Exp(2 * x[i]), 2 * y[i]),
        (Exp(x[i] / 3), Exp(x[i] / 3) / 3, y[i] / 3),
        (Exp(x[i]) - 1, Exp(x[i]), y[i] + 1),
        (t() * (Exp(x[i]) - 1), t() * Exp(x[i]), y[i] + t()),
        (SIGMA, S.One, Integer(1)),
    ],
)
def test_a_derivative_is_found_in_terms_of_its_own_value(value, slope, expected):
    assert expand(through_value(Named(y[i], value), slope) - expected) == 0


@pytest.mark.parametrize(
    ("value", "slope"),
    [
        (x[i] ** 2, 2 * x[i]),  # no exponential
        (Exp(x[i]) + Exp(t()), Exp(x[i])),  # two exponents
        (Exp(x[i]) + Exp(-x[i]), Exp(x[i]) - Exp(-x[i])),  # not determined rationally
        (x[i] * SIGMA, SIGMA + x[i] * Exp(-x[i]) * SIGMA**2),  # y/x: x may be 0
        (t() * SIGMA, t() * Exp(-x[i]) * SIGMA**2),  # y/t: t may be 0
        (log(1 + Exp(x[i])), Exp(x[i]) / (1 + Exp(x[i]))),  # not rational
        (Exp(x[i]) + Exp(x[i] * t()), Exp(x[i])),  # exponents that are no multiples
        (SIGMA, Exp(-x[i] / 2) * SIGMA),  # a root of the value
        (close("sum", [n], Exp(x[n])), Exp(x[i])),  # under a sum
    ],
)
def test_where_that_would_divide_by_0_or_leads_nowhere_it_is_left(value, slope):
    assert through_value(Named(y[i], value), slope) is None


@given(
    st.sampled_from([SIGMA, TANH, Exp(2 * x[i]) - 1, 3 / (2 + Exp(x[i])), (1 - SIGMA) / 2]),
    st.integers(-2, 2),
    st.integers(0, 2),
    st.floats(-2, 2),
)
def test_through_its_value_a_derivative_keeps_its_own(value, shift, power, number):
    slope = Exp(shift * x[i]) * (SIGMA + 1) ** power
    found = through_value(Named(y[i], value), slope)
    if found is None:
        return
    assert not any(element.tensor == x for element in elements(found))
    point = Point({N: 1}, {"x": {(0,): number}})
    mine = Evaluator([], point).evaluate(value, {i: 0})
    named = Evaluator([], Point({N: 1}, {"y": {(0,): mine}}))
    assert math.isclose(
        named.evaluate(found, {i: 0}),
        Evaluator([], point).evaluate(slope, {i: 0}),
        rel_tol=1e-6,
        abs_tol=1e-9,
    )


def test_an_identity_is_found_once_whatever_the_names():
    memo = {}
    for tensor in (x, Tensor("other", (N,))):
        named = Named(y[i], replace(SIGMA, {x[i]: tensor[i]}))
        slope = replace(Exp(-x[i]) * SIGMA**2, {x[i]: tensor[i]})
        assert through_value(named, slope, memo) == y[i] * (1 - y[i])
    assert len(memo) == 1


def test_a_formula_that_is_too_long_is_not_searched():
    long = Add(*(Exp(Rational(k) * x[i]) * Tensor(f"c{k}")() for k in range(1, 60)))
    assert through_value(Named(y[i], long), long) is None


def test_sigmoids_are_seen():
    u = x[i] + t()
    assert with_sigmoids(Exp(u) / (1 + Exp(u))) == Sigmoid(u)
    assert with_sigmoids(t() / (1 + Exp(-u)) - a[j]) == t() * Sigmoid(u) - a[j]
    assert with_sigmoids(1 / (1 + Exp(u))) == Sigmoid(-u)
    kept = 1 / (2 + Exp(u)) + 1 / (1 + Exp(u)) ** 2 + 1 / (1 + t())
    assert with_sigmoids(kept) == kept


def test_a_square_above_is_no_sigmoid():
    assert with_sigmoids(Exp(x[i]) ** 2 / (1 + Exp(x[i]))) == Exp(x[i]) ** 2 / (1 + Exp(x[i]))


def test_fresh_letters_bind_as_well_as_written_ones():
    fresh = Fresh()
    letter = fresh.index(C)
    assert fold(replace(SOFTMAX.value, {j: letter}), [SOFTMAX]) == p[i, letter]
