"""Conditions: simplification keeps their meaning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Integer, Rational, S

from symderive.expr import (
    FALSE,
    TRUE,
    AllOf,
    AnyOf,
    Axis,
    Compare,
    Index,
    Iverson,
    Tensor,
    all_of,
    any_of,
    compare,
    comparisons,
    conjuncts,
    disjuncts,
    iverson,
    negate,
)
from symderive.expr.conditions import MIRRORED
from symderive.model.evaluate import Evaluator, Point
from symderive.model.points import assignments

C = Axis("C")
i, j, l = (Index(letter, C) for letter in "ijl")
x = Tensor("x", (C,))

simple = st.builds(
    compare,
    st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
    st.sampled_from([i, j, l]),
    st.sampled_from([i, j, l]),
)
conditions = st.recursive(
    simple,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(all_of),
        st.lists(inner, max_size=3).map(any_of),
        inner.map(negate),
    ),
    max_leaves=6,
)


def truth(cond):
    """The truth table of a condition over i, j, l."""
    evaluator = Evaluator([], Point({C: 3}))
    return [evaluator.evaluate(cond, env) for env in assignments([i, j, l], {C: 3})]


@given(conditions)
def test_negation_holds_where_the_condition_does_not(cond):
    assert truth(negate(cond)) == [not holds for holds in truth(cond)]


@given(st.lists(conditions, max_size=4))
def test_a_conjunction_holds_where_all_do(conds):
    expected = [all(row) for row in zip(*map(truth, conds), strict=True)] or [True] * 27
    assert truth(all_of(conds)) == expected


@given(st.lists(conditions, max_size=4))
def test_a_disjunction_holds_where_one_does(conds):
    expected = [any(row) for row in zip(*map(truth, conds), strict=True)] or [False] * 27
    assert truth(any_of(conds)) == expected


@given(st.lists(simple, max_size=4), st.randoms())
def test_order_and_repetition_do_not_matter(conds, rng):
    shuffled = conds * 2
    rng.shuffle(shuffled)
    assert all_of(shuffled) == all_of(conds)
    assert any_of(shuffled) == any_of(conds)


@given(simple)
def test_negating_a_comparison_twice_gives_it_back(cond):
    assert negate(negate(cond)) == cond


@given(conditions)
def test_parts_build_the_condition_again(cond):
    assert all_of(conjuncts(cond)) == cond
    assert any_of(disjuncts(cond)) == cond


@pytest.mark.parametrize("op", ["==", "!="])
def test_equality_has_no_direction(op):
    assert compare(op, i, j) == compare(op, j, i)


@pytest.mark.parametrize("op", ["==", "!=", "<", "<=", ">", ">="])
def test_a_mirrored_comparison_means_the_same(op):
    assert truth(compare(op, i, j)) == truth(compare(MIRRORED[op], j, i))


@pytest.mark.parametrize(
    ("op", "expected"),
    [("==", FALSE), ("!=", TRUE), ("<", TRUE), ("<=", TRUE), (">", FALSE), (">=", FALSE)],
)
def test_numbers_are_compared_at_once(op, expected):
    assert compare(op, Rational(1, 3), Rational(1, 2)) == expected


@pytest.mark.parametrize(
    ("op", "expected"),
    [("==", TRUE), ("!=", FALSE), ("<", FALSE), ("<=", TRUE), (">", FALSE), (">=", TRUE)],
)
def test_equal_sides_are_compared_at_once(op, expected):
    assert compare(op, x[i], x[i]) == expected


def test_a_contradiction_is_false():
    assert all_of([compare("==", i, j), compare("!=", i, j)]) == FALSE


def test_a_tautology_is_true():
    assert any_of([compare("<", i, j), compare(">=", i, j)]) == TRUE


def test_a_stronger_alternative_is_absorbed():
    weak, other = compare("<", i, j), compare("==", j, l)
    assert any_of([weak, all_of([weak, other])]) == weak


def test_one_part_stands_alone():
    cond = compare("<", i, j)
    assert all_of([cond]) == any_of([cond]) == cond


def test_true_and_false_have_no_parts():
    assert conjuncts(TRUE) == disjuncts(FALSE) == ()


def test_the_negation_of_true_is_false():
    assert (negate(TRUE), negate(FALSE)) == (FALSE, TRUE)


def test_only_a_condition_has_a_negation():
    with pytest.raises(TypeError, match="not a condition: i"):
        negate(i)


def test_a_decided_bracket_is_a_number():
    assert (iverson(TRUE), iverson(FALSE)) == (S.One, S.Zero)


def test_an_open_bracket_stays():
    assert iverson(compare("<", i, j)) == Iverson(Compare("<", i, j))


def test_the_comparisons_of_a_condition_are_listed():
    parts = [compare("<", i, j), compare("<", j, l), compare("<", x[i], Integer(0))]
    cond = any_of([parts[0], all_of(parts[1:])])
    assert isinstance(cond, AnyOf)
    assert isinstance(all_of(parts[1:]), AllOf)
    assert set(comparisons(cond)) == set(parts)


def test_true_has_no_comparison():
    assert list(comparisons(TRUE)) == []
