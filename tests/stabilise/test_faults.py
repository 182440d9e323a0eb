"""Planted faults: every row with its sign, a factor, an index or a condition changed is caught."""

from __future__ import annotations

import dataclasses

import pytest
from sympy import Integer, log

from symderive import catalog
from symderive.derive import gradient
from symderive.errors import CheckError
from symderive.expr import (
    TRUE,
    Element,
    Exp,
    Reduce,
    Softplus,
    bottom_up,
    close,
    elements,
    subexpressions,
)
from symderive.model import (
    Equation,
    axes,
    build,
    condition,
    data,
    define,
    exp,
    indices,
    label,
    param,
    tensor,
    total,
)
from symderive.rewrite import rule as rules
from symderive.rewrite.rule import Rewrite
from symderive.stabilise import (
    Checker,
    naming,
    prove,
    prove_gradient,
    stabilise,
    stabilise_gradient,
)
from symderive.stabilise.known import Known, Sign

N, C = axes("N C")
(i,), (l,) = indices("i", N), indices("l", C)


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


def guard(after, _):
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


FAULTS = (sign, factor, term, index, guard, argument)
SCALED = (
    "reciprocal of signed sum",
    "reciprocal beside signed sum",
    "log of signed sum",
    "log beside signed sum",
    "sign of signed sum",
)
#: A shift by anything will do, not only by the maximum, and of all as well as of some.
HARMLESS = {
    ("shifted softmax", index),
    ("shifted log-sum-exp", index),
    ("covariance", index),
    ("absent", guard),
    *((name, guard) for name in SCALED),
    *((name, index) for name in SCALED if name != "reciprocal beside signed sum"),
}


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
    growing = dataclasses.replace(
        rows.BY_NAME["log exp"], match=lambda node, known: log(1 + node.args[0])
    )
    rewriter = rules.Rewriter(Known((), ()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "_MOST_STEPS", 5)
        with pytest.raises(CheckError, match="does not come to an end"):
            rewriter.settle("y", log(rows.x), lambda expr: [growing])


# Faults of the machinery around the rows: the proof of a whole model sees them.


def test_a_definition_put_in_at_the_wrong_index_is_caught(monkeypatch):
    def unmoved(self, element):
        equation = self.written.get(element.tensor.name)
        return None if equation is None else equation.rhs

    monkeypatch.setattr(Known, "definition", unmoved)
    faults = prove(stabilise(catalog.load("softmax_nll"))).faults
    assert [fault for fault in faults if "definition of" in fault]


def test_a_name_put_in_at_the_wrong_index_is_caught(monkeypatch):
    model = two_likelihoods()
    assert prove(stabilise(model))
    found = naming._instance

    def shifted(value, letters, node):
        table = found(value, letters, node)
        return table and dict.fromkeys(table, i)

    monkeypatch.setattr(naming, "_instance", shifted)
    faults = prove(stabilise(model)).faults
    assert faults
    assert all("computed once" in fault for fault in faults)


def two_likelihoods():
    """One log-sum-exp, at ``i`` and at the label ``t[i]``."""
    s, t, loss = param("s", N, C), label("t", N, into=N), tensor("loss")
    first, second = (total(exp(s[at, l]), l) for at in (i, t[i]))
    a = tensor("a", (N,))
    ends = total(a[i] + log(second), i)
    return build("two", [s, t], [define(a[i], log(first) ** 2), define(loss(), ends)])


def test_a_step_that_loses_a_guard_is_caught():
    x, u, loss = data("x", N), tensor("u", (N,)), tensor("loss")
    guarded = total(u[i], i, where=condition(x[i], ">", 1))
    model = build("logs", [x], [define(u[i], exp(x[i])), define(loss(), guarded)])
    output = model.output
    bare = close("sum", (i,), u[i])
    assert not Checker(model).holds(Rewrite("planted", "loss", output.rhs, bare, ()))


def test_a_wrong_gradient_is_caught():
    model = catalog.load("softmax_nll")
    right = gradient(model)
    stable = stabilise_gradient(gradient(stabilise(model).model))
    assert prove_gradient(right, stable)
    *others, last = stable.adjoints
    wrong = dataclasses.replace(
        stable, adjoints=(*others, dataclasses.replace(last, rhs=-last.rhs))
    )
    assert prove_gradient(right, wrong).faults == ("∂w",)
