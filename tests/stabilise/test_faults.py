"""Planted faults: every row with its sign, a factor, an index or a condition changed is caught."""

from __future__ import annotations

import dataclasses

import pytest
from sympy import Integer, log

from symderive.expr import (
    TRUE,
    Element,
    Exp,
    Reduce,
    Softplus,
    bottom_up,
    elements,
    subexpressions,
)
from symderive.model import Equation
from symderive.rewrite.rule import Rewrite
from symderive.stabilise import Checker
from symderive.stabilise.known import Known, Sign


@pytest.fixture(scope="module")
def caught(rows):
    """Whether the checker refutes a step from one expression to another."""
    output = Equation(rows.tensor_of_output, (rows.i, rows.n, rows.j), rows.x)
    model = rows.model_of(output)
    checker = Checker(model)

    def refuted(before, after):
        return not checker.holds(Rewrite("planted", output.name, before, after, ()))

    return refuted


def sign(after, _):
    return -after


def factor(after, _):
    return 2 * after


def term(after, _):
    return after + Integer(1) / 1000


def index(after, rows):
    """The first element with an index of its own takes another."""
    for element in elements(after):
        if element.tensor == rows.s_.tensor:
            other = Element(element.tensor, *element.slots[:-1], rows.j)
            return _with(after, element, other)
        if element in (rows.x, rows.z, rows.w):
            return _with(after, element, Element(element.tensor, rows.n))
    return None


def condition(after, _):
    """The first reduction that has a condition loses it."""
    for node in subexpressions(after):
        if isinstance(node, Reduce) and node.cond != TRUE:
            return _with(after, node, Reduce(node.kind, node.bound, TRUE, node.body))
    return None


def argument(after, _):
    """The first function of something is taken of its opposite."""
    for node in subexpressions(after):
        if isinstance(node, Exp | Softplus | log) and elements(node):
            return _with(after, node, node.func(-node.args[0]))
    return None


def _with(expr, node, other):
    return bottom_up(expr, lambda part: other if part == node else part)


FAULTS = (sign, factor, term, index, condition, argument)
#: A shift by anything will do, not only by the maximum.
HARMLESS = {("shifted softmax", index), ("shifted log-sum-exp", index)}


def test_a_changed_result_is_caught(fires, rows, caught):
    name, before, after = fires
    assert not caught(before, after)
    planted = 0
    for fault in FAULTS:
        changed = fault(after, rows)
        if changed not in (None, after) and (name, fault) not in HARMLESS:
            assert caught(before, changed), fault.__name__
            planted += 1
    assert planted >= 3


class Credulous(Known):
    """Takes everything for positive."""

    def sign(self, _):
        return Sign.POSITIVE


NEEDED = (
    "log quotient",
    "log product",
    "log power",
    "log sum exp",
    "log reduced product",
    "softplus",
    "log sum",
    "reciprocal sum",
)


@pytest.mark.parametrize("name", NEEDED)
def test_a_dropped_side_condition_is_caught(name, rows, sweep, caught):
    made = [(expr, sweep(rows.BY_NAME[name], expr, Credulous)) for expr in rows.SILENT[name]]
    fired = [(before, after) for before, after in made if before != after]
    assert any(caught(before, after) for before, after in fired)


def test_a_rule_that_does_not_come_to_an_end_is_an_error_of_ours(rows):
    from symderive.errors import CheckError
    from symderive.rewrite import rule as rules

    growing = dataclasses.replace(
        rows.BY_NAME["log exp"], match=lambda node, known: log(1 + node.args[0])
    )
    rewriter = rules.Rewriter(Known((), ()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "_MOST_STEPS", 5)
        with pytest.raises(CheckError, match="does not come to an end"):
            rewriter.settle("y", log(rows.x), lambda expr: [growing])
