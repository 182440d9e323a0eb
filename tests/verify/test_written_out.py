"""A model written out entry by entry: SymPy's own derivatives, without any rule of ours."""

from __future__ import annotations

import ast
import inspect

import pytest
import sympy as sp
from sympy import Function, Rational, log, sqrt

from symderive import catalog
from symderive.errors import NotSupportedError
from symderive.expr import AllOf, AnyOf, Axis, Element, Index, Tensor, Where, compare
from symderive.model import (
    Domain,
    Equation,
    argmin,
    bracket,
    build,
    condition,
    data,
    define,
    label,
    largest,
    maximum,
    minimum,
    param,
    product,
    tensor,
    total,
)
from symderive.model.evaluate import Evaluator, Point
from symderive.verify import written_out
from symderive.verify.sampling import smooth_points
from symderive.verify.written_out import OnKinkError, WrittenOut, evaluated
from tests.derive.zoo import ZOO

N, C = Axis("N"), Axis("C")
i, n, j = Index("i", N), Index("n", N), Index("j", C)
x, w, loss = data("x", N), param("w"), tensor("loss")


def written(right, inputs, sizes=None, declared=(x, w), left=None):
    left = loss() if left is None else left
    model = build("model", list(declared), [define(left, right)])
    return WrittenOut(model, Point(sizes or {N: 2, C: 2}, inputs))


def value(right, inputs, **more):
    return str(written(right, inputs, **more).value("loss"))


VALUES = {"x": {(0,): 2, (1,): -1}, "w": {(): 3}}


@pytest.mark.parametrize("name", ["tied_weights", "cox", "products", "every_function", "huber"])
def test_what_is_written_out_has_the_value_of_the_model(name):
    model = ZOO[name]()
    for point in smooth_points(model, 3, 2):
        expr = WrittenOut(model, point).value(model.output.name)
        found = WrittenOut(model, point).number(expr, 30)
        wanted = Evaluator(model.equations, point).value(model.output.name)
        assert float(found) == pytest.approx(wanted)


def test_sums_are_expanded_and_entries_are_symbols():
    assert value(total(x[i] ** 2 * w(), i), VALUES) == "w*x_0**2 + w*x_1**2"


def test_a_product_over_an_index_is_expanded():
    assert value(product(x[i] + w(), i), VALUES) == "(w + x_0)*(w + x_1)"


def test_labels_are_numbers():
    y = label("y", N, into=C)
    s = param("s", N, C)
    right = total(s[i, y[i]], i)
    inputs = {"s": {(a, b): a + b for a in (0, 1) for b in (0, 1)}, "y": {(0,): 1, (1,): 0}}
    assert value(right, inputs, declared=(s, y)) == "s_0_1 + s_1_0"


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        (maximum(w(), total(x[i], i)), "w"),
        (minimum(w(), total(x[i], i)), "x_0 + x_1"),
        (largest(x[i] * w(), i), "w*x_0"),
        (Where(condition(w(), "<", 0), w() ** 2, w()), "w"),
        (bracket(condition(w(), ">", 0)) * w(), "w"),
        (total(w(), i, where=condition(x[i], ">", 0)), "w"),
        (total(w(), i, n, where=AllOf(condition(i, "==", n), condition(x[i], "<", 0))), "w"),
        (total(w(), i, where=AnyOf(condition(x[i], "<", 0), condition(w(), ">", 7))), "w"),
        (sp.Abs(x[i]), None),
    ],
)
def test_the_side_that_holds_is_written(right, expected):
    if expected is None:
        right, expected = total(sp.Abs(x[i]) + sp.sign(x[i]), i), "x_0 - x_1"
    assert value(right, VALUES) == expected


def test_a_side_that_does_not_count_is_never_looked_at():
    right = total(log(x[i]) * w(), i, where=condition(x[i], ">", 0))
    assert value(right, VALUES) == "w*log(x_0)"
    right = total(bracket(condition(x[i], ">", 0)) * sqrt(x[i]), i)
    assert value(right, VALUES) == "sqrt(x_0)"


def test_what_is_0_by_its_condition_is_0_even_in_a_power():
    assert value(total(bracket(condition(x[i], ">", 0)) ** 2 * x[i], i), VALUES) == "x_0"


@pytest.mark.parametrize(
    "right",
    [
        maximum(0, total(x[i], i)),
        bracket(condition(total(x[i], i), ">=", 0)),
        sp.Abs(total(x[i], i)),
        sp.sign(total(x[i], i)),
        largest(x[i] ** 2, i),
        AllOf(condition(w(), ">", 0), condition(total(x[i], i), ">", 0)),
    ],
)
def test_on_a_kink_there_is_no_derivative(right):
    ties = {"x": {(0,): 1, (1,): -1}, "w": {(): 3}}
    right = bracket(right) if isinstance(right, AllOf) else right
    with pytest.raises(OnKinkError):
        written(right, ties).value("loss")


def test_a_conjunction_that_is_false_anyway_has_no_kink():
    ties = {"x": {(0,): 1, (1,): -1}, "w": {(): 3}}
    both = AllOf(condition(total(x[i], i), ">", 0), condition(w(), "<", 0))
    assert value(bracket(both), ties) == "0"


def test_a_comparison_of_an_entry_with_itself_is_exact():
    right = total(x[n], i, n, where=condition(x[n], ">=", x[i]))
    assert value(right, VALUES) == "2*x_0 + x_1"


def test_an_input_with_a_finite_domain_does_not_move():
    y = data("y", N, domain=Domain(values=(sp.Integer(-1), sp.Integer(1))))
    right = total(Where(condition(y[i], "==", 1), x[i], x[i] ** 2), i)
    inputs = {"x": VALUES["x"], "y": {(0,): 1, (1,): -1}}
    assert value(right, inputs, declared=(x, y)) == "x_0 + x_1**2"


def test_arg_min_is_a_position():
    best = Tensor("best", (), N)
    model = build(
        "best", [x], [define(best(), argmin(x[i], i)), define(loss(), x.tensor[best()] ** 2)]
    )
    assert str(WrittenOut(model, Point({N: 2}, VALUES)).value("loss")) == "x_1**2"


def test_over_nothing_a_maximum_is_minus_infinity():
    right = largest(x[i], i, where=condition(x[i], ">", 9))
    assert written(right, VALUES).value("loss") == -sp.oo


def test_what_cannot_be_written_is_named():
    model = ZOO["scalars"]()
    odd = Equation(model.output.tensor, (), Function("zeta")(Element(Tensor("a"))))
    point = next(smooth_points(model, 0, 1))
    with pytest.raises(NotSupportedError, match="zeta"):
        WrittenOut(model.with_equations([odd]), point).value("loss")


def test_a_number_where_there_is_none_is_nan():
    t = sp.Symbol("t", real=True)
    assert evaluated(1 / t, {t: 0}, 20) != evaluated(1 / t, {t: 0}, 20)
    assert evaluated(log(t), {t: -1}, 20) != evaluated(log(t), {t: -1}, 20)
    assert float(evaluated(sp.pi * t / Rational(1, 2), {t: 2}, 20)) == pytest.approx(12.566370614)
    assert evaluated(sp.Abs(t) * sp.sign(t), {t: -2}, 20) == -2


def test_nothing_of_the_engine_is_used():
    imported = [
        node.module
        for node in ast.walk(ast.parse(inspect.getsource(written_out)))
        if isinstance(node, ast.ImportFrom)
    ]
    assert not [name for name in imported if ".derive" in name or ".rewrite" in name]


def test_conditions_of_positions_are_decided_by_the_positions():
    model = catalog.load("hinge")
    point = next(smooth_points(model, 0, 1))
    written = WrittenOut(model, point)
    (i_, *_) = model.equation("L").indices
    assert written.holds(compare("==", i_, i_), {i_: 0}) is True
