"""The one constructor of sums: whatever it does, the value is that of adding up all terms."""

from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Add, Integer, Mul, Rational, S, cos

from symderive.expr import (
    FALSE,
    TRUE,
    Axis,
    Exp,
    Fresh,
    Index,
    Reduce,
    Size,
    Tensor,
    all_of,
    any_of,
    close,
    compare,
    free_indices,
    iverson,
    replace,
    subexpressions,
)
from symderive.model.evaluate import Evaluator, Point
from symderive.rewrite import make_sum, normalise, split_brackets, times

N, C = Axis("N"), Axis("C")
i, n, h, r = (Index(letter, N) for letter in "inhr")
j, m, l, q = (Index(letter, C) for letter in "jmlq")
x, w, A, B = Tensor("x", (N,)), Tensor("w", (C,)), Tensor("A", (N, C)), Tensor("B", (C, C))
y, z, t = Tensor("y", (N,), C), Tensor("z", (C,), C), Tensor("t")
LETTERS = (i, n, h, r, j, m, l, q)


def point(sizes, values, labels):
    """Inputs filled from two short lists, over and over."""

    def fill(axes, numbers, kind):
        places = product(*(range(sizes[axis]) for axis in axes))
        return {place: kind(numbers[k % len(numbers)]) for k, place in enumerate(places)}

    inputs = {name.name: fill(name.axes, values, float) for name in (x, w, A, B, t)}
    for name in (y, z):
        inputs[name.name] = fill(name.axes, labels, lambda label: label % sizes[C])
    return Point(sizes, inputs)


@st.composite
def positions(draw, axis, depth=1):
    """An index or a label that points into ``axis``."""
    letters = [letter for letter in LETTERS if letter.axis == axis]
    if depth and axis == C and draw(st.booleans()):
        return y[draw(positions(N, 0))] if draw(st.booleans()) else z[draw(positions(C, 0))]
    return draw(st.sampled_from(letters))


@st.composite
def conditions(draw, depth=1):
    """A comparison of positions or of reals, a conjunction, a disjunction, or none."""
    kind = draw(st.sampled_from(["position"] * 4 + ["real", "all", "any", "none"]))
    if kind == "position" or (depth == 0 and kind in ("all", "any")):
        axis = draw(st.sampled_from([N, C]))
        operator = draw(st.sampled_from(["==", "==", "!=", "<", ">="]))
        return compare(operator, draw(positions(axis)), draw(positions(axis)))
    if kind == "real":
        return compare(draw(st.sampled_from([">", "<="])), draw(leaves()), S.Zero)
    if kind == "none":
        return TRUE
    join = all_of if kind == "all" else any_of
    return join([draw(conditions(0)), draw(conditions(0))])


@st.composite
def leaves(draw):
    """An element, of an input that has values."""
    tensor = draw(st.sampled_from([x, w, A, B, t]))
    slots = tuple(draw(positions(axis)) for axis in tensor.axes)
    return tensor[slots] if slots else tensor()


@st.composite
def bodies(draw, depth=2):
    """Sums, products, powers and functions of elements and brackets, sums under binders too."""
    kind = draw(st.sampled_from(["leaf", "bracket", "add", "mul", "mul", "power", "f", "sum"]))
    if depth == 0 or kind == "leaf":
        return draw(leaves())
    if kind == "bracket":
        return iverson(draw(conditions()))
    if kind == "add":
        return draw(bodies(depth - 1)) - 2 * draw(bodies(depth - 1))
    if kind == "mul":
        return draw(bodies(depth - 1)) * draw(bodies(depth - 1))
    if kind == "power":
        return draw(bodies(depth - 1)) ** 2
    if kind == "f":
        return cos(draw(bodies(depth - 1)))
    index = draw(st.sampled_from([r, q]))
    cond = draw(conditions().filter(lambda cond: cond != FALSE))
    return close("sum", [index], draw(bodies(depth - 1)), cond)


@st.composite
def here(draw):
    """A point, and a position for each letter."""
    sizes = {N: draw(st.integers(1, 3)), C: draw(st.integers(1, 3))}
    values = draw(st.lists(st.integers(-2, 2), min_size=1, max_size=5))
    labels = draw(st.lists(st.integers(0, 2), min_size=1, max_size=4))
    where = draw(st.integers(0, 2))
    env = {letter: where % sizes[letter.axis] for letter in LETTERS}
    return point(sizes, values, labels), env


bound = st.lists(st.sampled_from([h, r, l, q]), min_size=1, max_size=3, unique=True)


def value(expr, at, env):
    return Evaluator([], at).evaluate(expr, env)


def added_up(indices, body, cond, at, env):
    """The sum, term by term."""
    total = 0.0
    for values in product(*(range(at.sizes[index.axis]) for index in indices)):
        inner = {**env, **dict(zip(indices, values, strict=True))}
        if value(cond, at, inner):
            total += value(body, at, inner)
    return total


@given(bound, bodies(), conditions(), here())
def test_a_sum_is_the_sum_of_its_terms(indices, body, cond, place):
    at, env = place
    built = make_sum(indices, body, cond)
    assert not free_indices(built) & set(indices)
    assert math.isclose(
        value(built, at, env), added_up(indices, body, cond, at, env), rel_tol=1e-9, abs_tol=1e-9
    )


@given(bound, bodies(), conditions())
def test_the_normal_form_of_a_normal_form_is_itself(indices, body, cond):
    once = normalise(make_sum(indices, body, cond), Fresh(100))
    assert normalise(once, Fresh(200)) == once


@given(bodies(), here())
def test_the_normal_form_has_the_same_value(body, place):
    at, env = place
    assert math.isclose(
        value(normalise(body, Fresh(100)), at, env),
        value(body, at, env),
        rel_tol=1e-9,
        abs_tol=1e-9,
    )


@given(bound, bodies(), conditions())
def test_the_letters_of_a_sum_do_not_matter(indices, body, cond):
    others = Fresh(300).like(indices)
    table = dict(zip(indices, others, strict=True))
    renamed = make_sum(others, replace(body, table), replace(cond, table))
    assert renamed == make_sum(indices, body, cond)


def test_of_equal_indices_the_first_one_stays_whatever_the_letters():
    body = close("sum", [n], A[h, l], compare("==", h, n))
    others = Fresh(300).like([h, r, l])
    renamed = replace(body, dict(zip([h, r, l], others, strict=True)))
    assert make_sum(others, renamed, compare("==", *others[:2])) == make_sum(
        [h, r, l], body, compare("==", h, r)
    )


def test_no_letter_is_taken_twice_when_an_inner_sum_is_opened():
    others = Fresh(300).like([h, r])
    inner = close("sum", [r], x[i], compare("==", others[0], i))
    assert make_sum(others, inner) == Size(N) ** 2 * x[i]


def test_a_delta_contracts_its_index():
    assert make_sum([j], iverson(compare("==", j, m)) * w[j]) == w[m]


def test_a_delta_contracts_to_a_label():
    assert make_sum([j], iverson(compare("==", j, y[i])) * A[i, j]) == A[i, y[i]]


def test_a_delta_on_a_label_is_a_condition_that_stays():
    kept = make_sum([i], iverson(compare("==", j, y[i])) * x[i])
    assert isinstance(kept, Reduce)
    assert kept == close("sum", [n], x[n], compare("==", j, y[n]))


def test_an_index_may_not_be_contracted_to_what_mentions_it():
    body = iverson(compare("==", j, z[j])) * w[j]
    assert make_sum([j], body) == close("sum", [j], w[j], compare("==", j, z[j]))


def test_two_deltas_of_one_index_leave_one_condition():
    body = iverson(compare("==", j, m)) * iverson(compare("==", j, y[i])) * w[j]
    assert make_sum([j], body) in (
        iverson(compare("==", m, y[i])) * w[m],
        iverson(compare("==", m, y[i])) * w[y[i]],
    )


def test_a_contradiction_is_0():
    assert make_sum([j], w[j] * iverson(compare("!=", j, m)), compare("==", j, m)) == 0
    assert make_sum([j], w[j], FALSE) == 0


def test_only_the_factor_with_the_delta_is_distributed():
    body = (iverson(compare("==", j, m)) - w[j]) * (w[j] + t()) * t()
    built = make_sum([j], body)
    assert built == t() * (w[m] + t()) - t() * make_sum([j], w[j] * (w[j] + t()))


def test_what_does_not_depend_on_an_index_stands_outside():
    assert make_sum([i, j], x[i] * w[j]) == make_sum([i], x[i]) * make_sum([j], w[j])
    assert make_sum([j], t() * w[j]) == t() * close("sum", [j], w[j])


def test_conditions_tie_indices_together():
    built = make_sum([i, n, j], x[i] * x[n] * w[j], compare("<", i, n))
    assert built == close("sum", [j], w[j]) * close("sum", [i, n], x[i] * x[n], compare("<", i, n))


def test_an_unused_index_becomes_a_size():
    assert make_sum([i, j], t()) == Size(N) * Size(C) * t()
    assert make_sum([j], t(), compare("!=", j, m)) == (Size(C) - 1) * t()


def test_an_unused_index_with_a_label_in_its_condition_is_counted():
    counted = make_sum([j], t(), compare("!=", j, z[j]))
    assert counted == t() * close("sum", [j], S.One, compare("!=", j, z[j]))


def test_a_sum_inside_is_opened_where_its_condition_pins_an_index():
    inner = close("sum", [i], x[i], compare("==", y[i], j))
    assert make_sum([j], w[j] * inner) == close("sum", [i], x[i] * w[y[i]])


def test_numbers_stand_in_front():
    built = make_sum([j], Rational(1, 2) * w[j])
    assert built.as_coeff_Mul()[0] == Rational(1, 2)


def test_fresh_indices_are_not_those_that_occur():
    taken = Index("n'7", N)
    assert make_sum([taken], x[taken] * x[i]) == x[i] * close("sum", [n], x[n])


def test_times_joins_brackets_and_sees_contradictions():
    a, b = compare("==", i, n), compare("<", i, h)
    assert times(iverson(a), iverson(b)) == iverson(all_of([a, b]))
    assert times(iverson(a), iverson(compare("!=", i, n)), x[i]) == 0
    assert times(iverson(a) ** 3, x[i]) == iverson(a) * x[i]


def test_brackets_are_found_at_any_depth_of_a_product():
    a, b = compare("==", i, n), compare("<", i, h)
    conds, rest = split_brackets([Mul(iverson(a), x[i], evaluate=False), iverson(b) ** 2 * t()])
    assert (set(conds), rest) == ({a, b}, [x[i], t()])
    assert split_brackets([1 / (1 + iverson(a))])[0] == []


def test_a_power_of_a_bracket_is_the_bracket():
    bracket = iverson(compare("==", i, n))
    assert normalise(bracket**2 + x[i], Fresh()) == bracket + x[i]


def test_the_normal_form_keeps_reductions_of_other_kinds():
    largest = close("max", [j], w[j] * t())
    assert normalise(largest, Fresh()) == largest


@pytest.mark.parametrize("kind", ["prod", "max", "min", "lse"])
def test_nothing_is_pulled_out_of_other_reductions(kind):
    node = close(kind, [j], t() * w[j])
    assert normalise(Add(node, t()), Fresh()) == node + t()


def test_a_large_sum_of_products_is_not_multiplied_out():
    body = Mul(*(w[j] + Exp(w[j] * k) for k in range(1, 8))) * iverson(compare("==", j, m))
    built = make_sum([j], body)
    assert sum(1 for _ in subexpressions(built)) < 60
    assert isinstance(built, Mul)


def test_integers_are_sums_of_ones():
    assert make_sum([j], S.One) == Size(C)
    assert make_sum([i], Integer(3), compare("==", i, n)) == 3
