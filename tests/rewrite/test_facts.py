"""What follows from facts: sound wherever they hold, and as much as index arithmetic needs."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sympy import Integer

from symderive.expr import (
    FALSE,
    TRUE,
    Axis,
    Index,
    Size,
    Tensor,
    all_of,
    any_of,
    compare,
    iverson,
    negate,
)
from symderive.model.evaluate import Evaluator, Point
from symderive.rewrite import Facts, is_positional

C = Axis("C")
LETTERS = j, m, l = tuple(Index(letter, C) for letter in "jml")
y, u, t = Tensor("y", (C,), C), Tensor("u", (C,)), Tensor("t")
POSITIONS = (*LETTERS, y[j], y[m])
REALS = (u[j], u[m], t(), Integer(0))

comparisons = st.one_of(
    st.builds(
        compare,
        st.sampled_from(["==", "==", "!=", "<", "<=", ">", ">="]),
        st.sampled_from(POSITIONS),
        st.sampled_from(POSITIONS),
    ),
    st.builds(
        compare,
        st.sampled_from(["<", "<=", ">", ">="]),
        st.sampled_from(REALS),
        st.sampled_from(REALS),
    ),
)
conditions = st.one_of(
    comparisons,
    st.lists(comparisons, min_size=2, max_size=3).map(all_of),
    st.lists(comparisons, min_size=2, max_size=3).map(any_of),
)


def places():
    """Every way the letters can lie, with a few labels and values."""
    for size in (1, 2, 3):
        for labels in ([0, 0, 0], [1, 0, 2]):
            inputs = {
                "y": {(place,): labels[place] % size for place in range(size)},
                "u": {(place,): (place - 1) * 2 for place in range(size)},
                "t": {(): 0},
            }
            evaluator = Evaluator([], Point({C: size}, inputs))
            for values in product(range(size), repeat=len(LETTERS)):
                yield evaluator, dict(zip(LETTERS, values, strict=True))


@given(st.lists(conditions, max_size=4), conditions)
def test_where_the_facts_hold_the_decision_is_that_of_the_condition(known, cond):
    facts = Facts(known)
    decided = facts.decide(cond)
    for evaluator, env in places():
        if all(evaluator.evaluate(fact, env) for fact in known):
            assert evaluator.evaluate(decided, env) == evaluator.evaluate(cond, env)


@given(st.lists(conditions, max_size=4), conditions)
def test_an_expression_keeps_its_value_where_the_facts_hold(known, cond):
    expr = iverson(cond) * u[m] + u[j]
    applied = Facts(known).apply(expr)
    for evaluator, env in places():
        if all(evaluator.evaluate(fact, env) for fact in known):
            assert evaluator.evaluate(applied, env) == evaluator.evaluate(expr, env)


@given(st.lists(conditions, min_size=1, max_size=4))
def test_facts_that_exclude_each_other_hold_nowhere(known):
    assume(Facts(known).contradictory())
    for evaluator, env in places():
        assert not all(evaluator.evaluate(fact, env) for fact in known)


@given(comparisons)
def test_a_fact_is_known_and_its_negation_is_not(cond):
    assume(cond not in (TRUE, FALSE))
    facts = Facts([cond])
    assert facts.decide(cond) == TRUE
    assert facts.decide(negate(cond)) == FALSE


def test_equality_is_transitive():
    facts = Facts([compare("==", j, m), compare("==", m, l)])
    assert facts.same(j, l)
    assert facts.decide(compare("==", j, l)) == TRUE
    assert facts.decide(compare("<", j, l)) == FALSE


def test_what_differs_differs_from_all_that_is_equal():
    facts = Facts([compare("==", j, m), compare("!=", m, l)])
    assert facts.decide(compare("==", j, l)) == FALSE


def test_a_mirrored_comparison_is_the_same():
    facts = Facts([compare("<", j, m), compare(">", u[j], t())])
    assert facts.decide(compare(">", m, j)) == TRUE
    assert facts.decide(compare("<", t(), u[j])) == TRUE
    assert facts.decide(compare(">=", t(), u[j])) == FALSE


def test_parts_of_a_condition_are_decided():
    facts = Facts([compare("==", j, m)])
    other = compare("<", u[j], t())
    assert facts.decide(all_of([compare("==", j, m), other])) == other
    assert facts.decide(any_of([compare("!=", j, m), other])) == other


def test_a_contradiction_is_seen():
    assert Facts([compare("==", j, m), compare("!=", m, j)]).contradictory()
    assert not Facts([compare("==", j, m)]).contradictory()


def test_no_facts_decide_nothing():
    cond = compare("==", j, m)
    assert Facts().decide(cond) == cond
    assert Facts().apply(iverson(cond)) == iverson(cond)


@pytest.mark.parametrize(
    ("cond", "expected"),
    [
        (compare("==", j, m), True),
        (compare("<", y[j], m), True),
        (compare("<", u[j], t()), False),
        (compare("<", Size(C), t()), False),
        (TRUE, False),
    ],
)
def test_positions_are_told_from_reals(cond, expected):
    assert is_positional(cond) is expected


def test_what_is_no_condition_stays():
    assert Facts([compare("==", j, m)]).decide(TRUE) == TRUE
