"""Sums taken apart and put back mean the same, and get shorter."""

from __future__ import annotations

import math

from hypothesis import assume, given
from sympy import S, log

from symderive.expr import Axis, Exp, Fresh, Index, Size, Tensor, Xlogy, close, compare, iverson
from symderive.rewrite import Named, UnitSum, collect, normalised, turned, weight
from tests.rewrite.test_sums import bodies, here, value

C = Axis("C")
i, j, l = (Index(letter, C) for letter in "ijl")
p, q, s, t = (Tensor(name, (C,)) for name in "pqst")
y, H, T = Tensor("y", (), C), Tensor("H"), Tensor("T")
SOFTMAX = Exp(s[j]) / close("sum", [l], Exp(s[l]))


@given(bodies(), here())
def test_every_way_on_has_the_same_value(body, place):
    at, env = place
    expected = value(body, at, env)
    assume(math.isfinite(expected))
    for way in collect(body, [], [], Fresh(100)):
        found = value(way.expr, at, env)
        assert math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9)


@given(bodies())
def test_it_gets_shorter_or_stays(body):
    ways = collect(body, [], [], Fresh(100))
    assert not ways or weight(ways[-1].expr) < weight(body)


def test_a_sum_of_one_of_two_indices_is_no_distribution():
    A = Tensor("A", (C, C))
    unit = UnitSum(A[i, j], j)
    assert collect(close("sum", [l], A[i, l]) * q[j], [], [unit], Fresh())[-1].expr == q[j]
    assert collect(close("sum", [l], A[l, j]) * q[j], [], [unit], Fresh()) == []
    assert collect(close("sum", [l], A[l, l]) * q[j], [], [unit], Fresh()) == []


def test_a_sum_with_a_condition_is_no_distribution():
    part = close("sum", [l], p[l], compare("!=", l, j))
    assert collect(part * q[j], [], [UnitSum(p[i], i)], Fresh()) == []


def test_what_divides_by_its_own_sum_is_a_distribution():
    assert normalised(p[j], SOFTMAX, Fresh()) == UnitSum(p[j], j)


def test_what_divides_by_another_sum_is_none():
    assert normalised(p[j], Exp(s[j]) / close("sum", [l], Exp(t[l])), Fresh()) is None
    part = close("sum", [l], Exp(s[l]), compare("!=", l, y()))
    assert normalised(p[j], Exp(s[j]) / part, Fresh()) is None


def test_what_adds_up_to_one_is_a_distribution():
    mixed = (1 - T()) * iverson(compare("==", j, y())) + T() * SOFTMAX * 0 + T() * q[j]
    assert normalised(p[j], mixed, Fresh()) is None
    smoothed = (1 - T()) * iverson(compare("==", j, y())) + T() / Size(C)
    assert normalised(p[j], smoothed, Fresh()) == UnitSum(p[j], j)


def test_a_sum_with_a_factor_is_put_back():
    entropy = Named(H(), -close("sum", [l], Xlogy(p[l], p[l])))
    long = q[j] * close("sum", [l], p[l] * log(p[l])) + q[j] * t[j]
    assert collect(long, [entropy], [], Fresh())[-1].expr == q[j] * (t[j] - H())


def test_a_condition_is_turned_where_a_number_stands_alone():
    assert turned(iverson(compare(">", 2 - 3 * T(), S.Zero))) == iverson(
        compare("<", 3 * T(), 2 + S.Zero)
    )
    for lhs in (T() - 1, 1 + T(), 1 - T() - q[j], -T()):
        cond = iverson(compare(">", lhs, S.Zero))
        assert turned(cond) == cond
