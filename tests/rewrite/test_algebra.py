"""Small algebra: every rewriting keeps the value, and is chosen only if it is shorter."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Add, Integer, Mul, Pow, Rational, S, pi

from symderive.expr import Axis, Exp, Index, Size, Tensor, Xdivy, close, compare, iverson
from symderive.model.evaluate import Evaluator, Point
from symderive.rewrite import as_quotients, common_factor, powers, weight
from symderive.rewrite.algebra import tidy

C = Axis("C")
j, l = Index("j", C), Index("l", C)
a, b, c, d = (Tensor(name, (C,))[j] for name in "abcd")
SUM = close("sum", [l], Tensor("a", (C,))[l])

leaves = st.sampled_from([a, b, c, 1 / a, 1 / b, b**2, a**-2, SUM, S.NegativeOne, Integer(3), d])
products = st.lists(leaves, min_size=1, max_size=4).map(lambda found: Mul(*found))
sums = st.lists(products, min_size=1, max_size=3).map(lambda found: Add(*found))
quotients = st.one_of(
    sums,
    st.builds(Xdivy, products, products),
    st.builds(lambda u, v: u * Xdivy(*v), sums, st.tuples(products, sums)),
)
numbers = st.lists(st.floats(0.25, 4), min_size=4, max_size=4)


def value(expr, given_numbers):
    names = "abcd"
    inputs = {name: {(0,): x, (1,): x + 1} for name, x in zip(names, given_numbers, strict=True)}
    return Evaluator([], Point({C: 2}, inputs)).evaluate(expr, {j: 1})


def same(first, second, given_numbers):
    one, other = value(first, given_numbers), value(second, given_numbers)
    return (
        math.isnan(one) or math.isinf(one) or math.isclose(one, other, rel_tol=1e-7, abs_tol=1e-7)
    )


@given(sums, numbers)
def test_a_common_factor_keeps_the_value(expr, given_numbers):
    assert same(expr, common_factor(expr), given_numbers)


@given(quotients, numbers)
def test_fractions_keep_their_value_and_get_no_longer(expr, given_numbers):
    brought = as_quotients(expr)
    assert same(expr, brought, given_numbers)
    assert weight(brought) <= weight(expr)


@given(products, numbers)
def test_the_powers_of_a_product_make_it_up(expr, given_numbers):
    coefficient, table = powers(expr)
    assert same(expr, Mul(coefficient, *(Pow(base, e) for base, e in table.items())), given_numbers)


@given(sums, numbers)
def test_a_tidy_sign_keeps_the_value(expr, given_numbers):
    assert same(expr, tidy(expr), given_numbers)


def test_what_every_term_has_stands_in_front():
    assert common_factor(a * b - a * c) == a * (b - c)
    assert common_factor(a**2 * b - a**3) == a**2 * (b - a)
    assert common_factor(b / a**2 + c / a) == (b / a + c) / a
    assert common_factor(a + b) == a + b
    assert common_factor(a * b) == a * b


def test_powers_that_are_equal_are_common_whatever_they_are():
    exponent = Tensor("g")()
    assert common_factor(a**exponent * b - a**exponent * c) == a**exponent * (b - c)
    assert common_factor(a**exponent * b - a ** (2 * exponent) * c).is_Add


def test_what_is_left_may_be_a_number():
    assert common_factor(Add(Mul(2, a, evaluate=False), a, evaluate=False)) == 3 * a


def test_a_fraction_cancels_against_a_factor():
    assert as_quotients(a * Xdivy(b, a)) == b
    assert as_quotients(a * (1 - a) * (Xdivy(1 - b, 1 - a) - Xdivy(b, a))) in (a - b, -(b - a))


def test_a_fraction_of_itself_is_1():
    assert as_quotients(c * Xdivy(a, a)) == c


def test_what_would_take_long_is_left():
    long = Add(*(1 / (a + k) for k in range(1, 20))) * (a + 1)
    assert as_quotients(long) == long


def test_brackets_and_sums_stay_whole():
    bracket = iverson(compare("==", j, l))
    expr = bracket * a * Xdivy(SUM, a)
    assert as_quotients(expr) == bracket * SUM
    assert as_quotients(a + b) == a + b


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (-a * (b - c), a * (c - b)),
        (-a * b, -a * b),
        (2 * a * (b - c), 2 * a * (b - c)),
        (-(a + b) * c, -(a + b) * c),
        (a - b, a - b),
    ],
)
def test_a_sign_goes_where_it_spares_one(expr, expected):
    assert tidy(expr) == expected


def test_the_weight_is_what_a_reader_counts():
    assert weight(a) == 1
    assert weight(a * b) > weight(a)
    assert weight(-a) == weight(S.NegativeOne * a)
    assert weight(Size(C)) == weight(pi) == 1
    assert weight(Rational(1, 2)) == 1
    assert weight(S.One) == 0
    shared = Exp(a + b)
    assert weight(shared * (1 + shared)) > 2 * weight(shared)
    assert weight(a, b) == weight(a) + weight(b)
