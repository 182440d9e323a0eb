"""Bound indices: their letters do not matter, and nothing can be captured."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import S

from symderive.expr import (
    TRUE,
    Axis,
    Bound,
    Element,
    Exp,
    Fresh,
    Index,
    Reduce,
    Tensor,
    bottom_up,
    close,
    compare,
    free_indices,
    iverson,
    open_fresh,
    open_with,
    replace,
)
from symderive.model.evaluate import Evaluator, Point

C = Axis("C")
s, t, y = Tensor("s", (C,)), Tensor("t", (C,)), Tensor("y", (C,), C)
j, l, m = (Index(letter, C) for letter in "jlm")

POINT = Point(
    {C: 3},
    {
        "s": {(0,): 2, (1,): -1, (2,): 3},
        "t": {(0,): 1, (1,): 0, (2,): -2},
        "y": {(0,): 1, (1,): 2, (2,): 0},
    },
)


@dataclass(frozen=True)
class Leaf:
    """An element or a bracket of the index that stands ``up`` binders above."""

    up: int
    kind: str


@dataclass(frozen=True)
class Node:
    kind: str
    parts: tuple
    guard: str = ""


leaves = st.builds(Leaf, st.integers(0, 4), st.sampled_from(["s", "gather", "bracket", "hole"]))


def _nodes(inner):
    pairs = st.tuples(inner, inner)
    return st.one_of(
        st.builds(Node, st.sampled_from(["add", "mul"]), pairs),
        st.builds(
            Node,
            st.sampled_from(["sum", "max", "prod"]),
            st.tuples(inner),
            st.sampled_from(["", "==", "!=", "<"]),
        ),
    )


shapes = st.recursive(leaves, _nodes, max_leaves=8)


def written(shape, letters, scope=(j,), hole=lambda index: t[index]):
    """The expression of a shape; each binder takes the next of ``letters`` for its index."""
    if isinstance(shape, Leaf):
        index = scope[-1 - shape.up % len(scope)]
        if shape.kind == "hole":
            return hole(index)
        if shape.kind == "s":
            return s[index]
        return s[y[index]] if shape.kind == "gather" else iverson(compare("<", scope[0], index))
    if shape.kind in ("add", "mul"):
        a, b = (written(part, letters, scope, hole) for part in shape.parts)
        return a + b if shape.kind == "add" else a * b
    index = letters[len(scope) - 1]
    body = written(shape.parts[0], letters, (*scope, index), hole)
    cond = compare(shape.guard, scope[-1], index) if shape.guard else TRUE
    return close(shape.kind, [index], body, cond)


def same(replaced, value):
    """What has no value, as 0 times the largest of nothing, may become one: 0."""
    return replaced == value or value != value  # noqa: PLR0124 - nan is nan here


def some_letters(prefix):
    return [Index(f"{prefix}{number}", C) for number in range(20)]


@given(shapes)
def test_letters_of_bound_indices_do_not_matter(shape):
    assert written(shape, some_letters("a")) == written(shape, some_letters("b"))


@given(shapes)
def test_what_is_closed_is_free_no_more(shape):
    assert free_indices(written(shape, some_letters("a"))) <= {j}


@given(shapes, st.integers(0, 2))
def test_replacing_a_free_index_by_the_letter_of_a_binder_captures_nothing(shape, position):
    expr = written(shape, [l, *some_letters("a")])
    evaluator = Evaluator([], POINT)
    renamed = replace(expr, {j: l})
    assert same(evaluator.evaluate(renamed, {l: position}), evaluator.evaluate(expr, {j: position}))


@given(shapes, st.integers(0, 2))
def test_replacing_a_free_index_by_a_label_captures_nothing(shape, position):
    expr = written(shape, some_letters("a"))
    evaluator = Evaluator([], POINT)
    target = POINT.inputs["y"][position,]
    there = replace(expr, {j: y[l]})
    assert same(evaluator.evaluate(there, {l: position}), evaluator.evaluate(expr, {j: target}))


@given(shapes)
def test_closing_what_was_opened_gives_the_same(shape):
    reduction = close("sum", [m], written(shape, some_letters("a"), (j, m)))
    letters, cond, body = open_fresh(reduction, Fresh())
    assert close("sum", letters, body, cond) == reduction


@given(shapes)
def test_the_order_of_renaming_and_closing_does_not_matter(shape):
    body = written(shape, some_letters("a"), (j, m))
    assert replace(close("sum", [m], body), {j: l}) == close("sum", [m], replace(body, {j: l}))


@given(shapes)
def test_a_reduction_brought_in_captures_nothing(shape):
    inside = close("sum", [m], Exp(s[m]) * s[l])
    grown = bottom_up(
        written(shape, some_letters("a")),
        lambda node: inside if isinstance(node, Element) and node.tensor == t else node,
    )
    assert grown == written(shape, some_letters("b"), hole=lambda index: inside)


@given(shapes)
def test_a_reduction_built_around_bound_indices_captures_nothing(shape):
    def around(node):
        return close("max", [m], node * s[m]) if is_hole(node) else node

    def is_hole(node):
        return isinstance(node, Element) and node.tensor == t

    grown = bottom_up(written(shape, some_letters("a")), around)
    assert grown == written(
        shape, some_letters("b"), hole=lambda index: close("max", [m], t[index] * s[m])
    )


@given(shapes)
def test_replacing_an_element_by_a_reduction_captures_nothing(shape):
    outside = Tensor("u", (C,))[l]
    expr = written(shape, some_letters("a"), hole=lambda index: outside * t[index])
    inside = close("sum", [m], Exp(s[m]))
    assert replace(expr, {outside: inside}) == written(
        shape, some_letters("b"), hole=lambda index: inside * t[index]
    )


def test_bound_indices_are_numbered_by_the_height_of_their_binder():
    inner = close("sum", [l], s[l] * s[j])
    outer = close("sum", [j], inner)
    assert (inner.bound, outer.bound) == ((Bound(0, 0, C),), (Bound(1, 0, C),))


def test_a_replacement_that_brings_in_a_reduction_renumbers_the_binders_around_it():
    outer = close("sum", [j], s[j] * s[m])
    grown = replace(outer, {s[m]: close("sum", [l], Exp(s[l]))})
    assert grown == close("sum", [j], s[j] * close("sum", [l], Exp(s[l])))


def test_a_replacement_that_removes_a_reduction_renumbers_the_binders_around_it():
    inner = close("sum", [l], Exp(s[l]))
    shrunk = replace(close("sum", [j], s[j] * inner), {inner: s[m]})
    assert shrunk == close("sum", [j], s[j] * s[m])


def test_several_indices_of_one_binder_have_slots():
    both = close("sum", [j, l], s[j] * s[l], compare("<", j, l))
    assert [index.slot for index in both.bound] == [0, 1]
    assert both == close("sum", [l, j], s[l] * s[j], compare("<", l, j))


def test_opening_with_a_label_puts_it_everywhere():
    node = close("sum", [j], s[j], compare("!=", j, l))
    cond, body = open_with(node, [y[m]])
    assert (cond, body) == (compare("!=", y[m], l), s[y[m]])


def test_fresh_indices_never_repeat():
    fresh = Fresh()
    assert len({fresh.index(C) for _ in range(5)} | set(fresh.like([j, l]))) == 7


def test_opening_takes_one_letter_for_each_bound_index():
    with pytest.raises(ValueError, match="zip"):
        open_with(close("sum", [j], s[j]), [l, m])


def test_a_sum_whose_body_becomes_zero_is_zero():
    assert replace(close("sum", [j], s[j] * s[m]), {s[m]: S.Zero}) == 0


def test_a_sum_whose_condition_becomes_false_is_zero():
    node = close("sum", [j], s[j], compare("<", l, m))
    assert replace(node, {l: m}) == 0


def test_other_reductions_over_nothing_stay():
    node = close("max", [j], s[j], compare("<", l, m))
    assert isinstance(replace(node, {l: m}), Reduce)
