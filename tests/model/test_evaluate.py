"""The reference evaluator: what a model means, element by element."""

import math
import random

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Abs, Function, Integer, Mul, Pow, Rational, S, erf, log, oo, pi, sign, sqrt

from symderive.catalog import hinge, softmax_nll
from symderive.errors import CheckError, InputError, NotSupportedError
from symderive.expr import (
    FALSE,
    TRUE,
    AllOf,
    AnyOf,
    Axis,
    Compare,
    Exp,
    Index,
    Iverson,
    Log2,
    MaxOf,
    MinOf,
    NamedReduce,
    Sigmoid,
    Size,
    Softplus,
    Tensor,
    Where,
    Xdivy,
    Xlogy,
    all_of,
    any_of,
    close,
    compare,
)
from symderive.model import (
    Equation,
    axes,
    indices,
)
from symderive.model.evaluate import FLOAT, Compiled, Evaluator, Point, mp_field
from symderive.model.points import assignments, points, positions

N, C, D = axes("N C D")
(i, n), (j, l), (k,) = indices("i n", N), indices("j l", C), indices("k", D)
x, z, y = Tensor("x", (N,)), Tensor("z", (N, C)), Tensor("y", (N,), label_of=C)
t, u = Tensor("t"), Tensor("u")
q = Tensor("q", (C,))
NAN = math.nan

POINT = Point(
    {N: 2, C: 3, D: 1},
    {
        "t": {(): 2},
        "u": {(): -3},
        "x": {(0,): 0, (1,): -1.5},
        "z": {(a, b): 10 * a + b for a in range(2) for b in range(3)},
        "y": {(0,): 2, (1,): 0},
        "q": {(0,): 5, (1,): 7, (2,): 7},
    },
)


def seeded(seed):
    return random.Random(seed)  # noqa: S311 - points, not secrets


def value(expr, env=None, field=FLOAT):
    return Evaluator([], POINT, field).evaluate(expr, env or {})


def slope(expr, *wrt, env=None):
    return Evaluator([], POINT).derivative(expr, env or {}, *(wrt or [("t", ())]))


# Values

VALUES = {
    "number": (Rational(1, 4), 0.25),
    "pi": (pi, math.pi),
    "size": (Size(C), 3),
    "scalar": (t(), 2),
    "sum": (t() + u() + 5, 4),
    "product": (2 * t() * u(), -12),
    "quotient": (t() / u(), -2 / 3),
    "one over": (1 / t(), 0.5),
    "one over a power": (5 / t() ** 3, 0.625),
    "over several": (1 / (t() * Size(C)), 1 / 6),
    "square": (u() ** 2, 9),
    "cube": (u() ** 3, -27),
    "root": (sqrt(t()), math.sqrt(2)),
    "one over a root": (1 / sqrt(t()), math.sqrt(0.5)),
    "root of a negative": (sqrt(u()), NAN),
    "symbolic power": (t() ** u(), 0.125),
    "power of a number": (Integer(2) ** t(), 4),
    "logarithm": (log(t()), math.log(2)),
    "log of a negative": (log(u()), NAN),
    "log 2": (Log2(t()), 1),
    "exponential": (Exp(u()), math.exp(-3)),
    "error function": (erf(t()), math.erf(2)),
    "absolute": (Abs(u()), 3),
    "sign": (sign(u()), -1),
    "sigmoid": (Sigmoid(u()), 1 / (1 + math.exp(3))),
    "softplus": (Softplus(u()), math.log1p(math.exp(-3))),
    "xlogy": (Xlogy(t(), t()), 2 * math.log(2)),
    "xdivy": (Xdivy(u(), t()), -1.5),
    "maximum": (MaxOf(u(), t(), 0), 2),
    "minimum": (MinOf(u(), t(), 0), -3),
    "where": (Where(compare("<", u(), t()), 1, 2), 1),
    "otherwise": (Where(compare(">", u(), t()), 1, 2), 2),
    "bracket": (Iverson(compare("<=", u(), t())), 1),
    "closed bracket": (3 * Iverson(compare(">", u(), t())), 0),
    "sum over": (close("sum", [j], q[j]), 19),
    "sum over two": (close("sum", [i, j], z[i, j]), 36),
    "sum with a condition": (close("sum", [j], q[j], compare("!=", j, y[i])), {i: 0}, 12),
    "sum of one": (close("sum", [j], S.One), 3),
    "product over": (close("prod", [j], q[j]), 245),
    "maximum over": (close("max", [j], q[j]), 7),
    "minimum over": (close("min", [j], -q[j]), -7),
    "maximum over two": (close("max", [i, j], z[i, j]), 12),
    "log-sum-exp": (close("lse", [j], q[j]), 7 + math.log(2 + math.exp(-2))),
    "arg max": (close("argmax", [j], q[j]), 1),
    "arg min": (close("argmin", [j], q[j]), 0),
    "nested": (close("sum", [i], close("max", [j], z[i, j]) * x[i]), -18),
    "gather": (z[i, y[i]], {i: 0}, 2),
    "element": (z[i, j], {i: 1, j: 2}, 12),
    "index": (i, {i: 1}, 1),
    "label": (y[i], {i: 0}, 2),
    "diagonal": (close("sum", [i], Tensor("A", (N, N))[i, i]), 4),
    "infinite": (-oo * t() ** 2, -math.inf),
}


@pytest.mark.parametrize("case", VALUES)
@pytest.mark.parametrize("field", [FLOAT, mp_field(30)], ids=["float", "mpmath"])
def test_an_expression_has_the_value_it_says(case, field):
    expr, *env, expected = VALUES[case]
    square = {"A": {(a, b): 3 * a - b + 1 for a in range(2) for b in range(2)}}
    point = Point(POINT.sizes, {**POINT.inputs, **square})
    found = Evaluator([], point, field).evaluate(expr, env[0] if env else {})
    assert float(found) == pytest.approx(expected, rel=1e-14, nan_ok=True)


NOTHING = [
    ("sum", 0),
    ("prod", 1),
    ("max", -math.inf),
    ("min", math.inf),
    ("lse", -math.inf),
]


@pytest.mark.parametrize(("kind", "expected"), NOTHING)
def test_a_reduction_over_nothing_has_its_neutral_value(kind, expected):
    assert value(close(kind, [j], q[j], compare(">", q[j], Integer(9)))) == expected


@pytest.mark.parametrize("kind", ["argmax", "argmin"])
def test_nothing_has_no_arg_max(kind):
    with pytest.raises(CheckError, match=f"{kind} over nothing has no position"):
        value(close(kind, [j], q[j], compare(">", q[j], Integer(9))))


@pytest.mark.parametrize("kind", ["argmax", "argmin"])
def test_the_first_of_equal_values_is_taken(kind):
    assert value(close(kind, [j], S.One, compare(">", q[j], Integer(5)))) == 1


UNDEFINED = log(u())  # of a negative number


@pytest.mark.parametrize("kind", ["max", "min", "argmax", "argmin"])
def test_the_extremum_of_what_is_undefined_is_the_undefined(kind):
    body = Where(compare("==", j, y[i]), UNDEFINED, q[j])
    found = value(close(kind, [j], body), {i: 0})
    assert found == 2 if kind.startswith("arg") else math.isnan(found)


@pytest.mark.parametrize("node", [MaxOf, MinOf])
@pytest.mark.parametrize("place", [0, 1])
def test_the_maximum_with_something_undefined_is_undefined(node, place):
    args = [t(), t()]
    args[place] = UNDEFINED
    assert math.isnan(value(node(*args)))


# Conditions

HOLDS, FAILS = compare("<", u(), t()), compare(">", u(), t())


@pytest.mark.parametrize(
    ("cond", "expected"),
    [
        (TRUE, True),
        (FALSE, False),
        (HOLDS, True),
        (FAILS, False),
        (AllOf(HOLDS, HOLDS), True),
        (AllOf(HOLDS, FAILS), False),
        (AnyOf(FAILS, HOLDS), True),
        (AnyOf(FAILS, FAILS), False),
        (Compare("==", t(), Integer(2)), True),
        (Compare("!=", t(), Integer(2)), False),
        (Compare(">=", t(), Integer(2)), True),
        (Compare("<=", UNDEFINED, t()), False),
        (Compare("!=", UNDEFINED, UNDEFINED), True),
        (Compare("==", y[i], j), True),
        (Compare(">", Size(C), t()), True),
    ],
    ids=str,
)
def test_a_condition_holds_or_not(cond, expected):
    assert value(cond, {i: 0, j: 2}) is expected


# What is excluded is never evaluated: `gone[i]` has no value anywhere

gone = Tensor("gone", (N,))


@pytest.mark.parametrize(
    "expr",
    [
        Iverson(FAILS) * gone[i],
        Mul(2, gone[i], Iverson(FAILS), t(), evaluate=False),
        Mul(gone[i], Mul(t(), Iverson(FAILS), evaluate=False), evaluate=False),
        Mul(gone[i], Pow(Iverson(FAILS), 2, evaluate=False), evaluate=False),
        gone[i] * Pow(t() * Iverson(FAILS), 2, evaluate=False),
        Iverson(FAILS) / gone[i],
        Iverson(FAILS) * Iverson(HOLDS) * log(gone[i]),
        Where(FAILS, gone[i], 0),
        Where(HOLDS, 0, gone[i]),
        close("sum", [j], gone[i], FAILS),
        close("sum", [j, n], gone[n], compare("<", j, j)),
        close("sum", [n], gone[n] * Iverson(compare("<", n, n))),
        Xlogy(x[i], gone[i]),
        Xdivy(x[i], gone[i]),
        Iverson(all_of([compare("!=", j, y[i]), compare("<", gone[i], S.Zero)])),
        1 - Iverson(any_of([compare("==", j, y[i]), compare("<", gone[i], S.Zero)])),
        Iverson(compare("!=", j, Index("m", C))) * Iverson(compare("<", gone[i], S.One)),
    ],
    ids=str,
)
def test_what_is_excluded_is_not_evaluated(expr):
    assert value(expr, {i: 0, j: 2, Index("m", C): 2}) == 0


def test_what_is_not_excluded_is_evaluated():
    with pytest.raises(InputError, match=r"no value is given for gone\[0\]"):
        value(Iverson(HOLDS) * gone[i], {i: 0})


def test_a_bracket_is_a_strong_zero_beside_infinity():
    assert value(Iverson(FAILS) * log(x[i]), {i: 0}) == 0


def test_a_zero_that_is_no_bracket_is_not_strong():
    assert math.isnan(value(Mul(x[i], log(x[i]), evaluate=False), {i: 0}))


def test_a_bracket_below_a_fraction_is_a_number():
    assert value(Mul(t(), Pow(Iverson(FAILS), -1, evaluate=False))) == math.inf


# Derivatives

SLOPES = {
    "itself": (t(), 1),
    "constant": (u(), 0),
    "sum": (3 * t() + u(), 3),
    "square": (t() ** 2, 4),
    "quotient": (u() / t(), 0.75),
    "power": (t() ** t(), 4 * (1 + math.log(2))),
    "number to a power": (Integer(3) ** t(), 9 * math.log(3)),
    "maximum above": (MaxOf(0, t()), 1),
    "maximum below": (MaxOf(t(), 3), 0),
    "relu at its kink": (MaxOf(0, t() - 2), 0),
    "relu at its kink, written the other way": (MaxOf(t() - 2, 0), 0),
    "minimum at its kink": (MinOf(t() - 2, 0), 0),
    "a tie with pi": (MaxOf(t() * pi, 2 * pi), 0),
    "a tie with a size": (MaxOf(t() + 1, Size(C)), 0),
    "a tie with a function of numbers": (MaxOf(t() * log(2), 2 * log(2)), 0),
    "a tie goes to the first": (MaxOf(t(), t() ** 2 / 2), 1),
    "a tie goes to the first, the other way": (MaxOf(t() ** 2 / 2, t()), 2),
    "absolute": (Abs(u() * t()), 3),
    "absolute at 0": (Abs(t() - 2), 0),
    "sign": (sign(t()), 0),
    "bracket": (Iverson(compare(">", t(), S.One)), 0),
    "bracket times": (Iverson(compare(">", t(), S.One)) * t() ** 2, 4),
    "where": (Where(compare(">", t(), S.One), t() ** 2, UNDEFINED), 4),
    "xlogy by both": (Xlogy(t(), t()), 1 + math.log(2)),
    "xlogy at 0, by the first": (Xlogy(t() - 2, u() + 8), math.log(5)),
    "xlogy at 0, by the second": (Xlogy(x[i], t() - 2), 0),
    "xdivy at 0, by the second": (Xdivy(x[i], t() - 2), 0),
    "behind a kink": (log(MaxOf(0, t() - 3)), 0),
    "sum over": (close("sum", [j], q[j] * t() ** 2), 76),
    "product over": (close("prod", [j], t() + q[j]), 9 * 9 + 2 * 7 * 9),
    "maximum over, at a tie the first": (
        close("max", [j], q[j] + Where(compare("==", j, y[n]), 5, t()) * (t() - 2)),
        2,
    ),
    "log-sum-exp": (
        close("lse", [j], t() * q[j]),
        (14 + 5 * math.exp(-4)) / (2 + math.exp(-4)),
    ),
    "log-sum-exp of nothing": (close("lse", [j], t(), FAILS), 0),
}


@pytest.mark.parametrize("case", SLOPES)
def test_a_derivative_is_the_one_of_the_language(case):
    expr, expected = SLOPES[case]
    assert slope(expr, env={i: 0, n: 0}) == pytest.approx(expected, rel=1e-14, abs=1e-300)


def test_the_derivative_by_an_element_is_that_by_this_element_alone():
    assert slope(close("sum", [j], q[j] ** 2), ("q", (1,))) == 14


def test_a_condition_is_decided_by_values():
    expr = close("sum", [j], q[j] ** 2, compare("<=", q[j], Integer(5)))
    assert slope(expr, ("q", (0,))) == 10


def test_an_arg_max_has_no_derivative():
    v = Tensor("v", (), label_of=C)
    equations = [Equation(v, (), close("argmax", [j], q[j])), Equation(u, (), q[v()] ** 2)]
    evaluator = Evaluator(equations, Point(POINT.sizes, {"q": POINT.inputs["q"]}))
    assert [evaluator.derivative(u(), {}, ("q", (place,))) for place in range(3)] == [0, 14, 0]
    assert evaluator.derivative(v(), {}, ("q", (1,))) == 0


def test_second_derivatives_are_mixed():
    expr = t() ** 3 * u() ** 2
    assert slope(expr, ("t", ()), ("u", ())) == 3 * 4 * 2 * -3
    assert slope(expr, ("u", ()), ("t", ())) == 3 * 4 * 2 * -3
    assert slope(expr, ("t", ()), ("t", ())) == 6 * 2 * 9


def test_no_wrt_is_the_value():
    assert Evaluator([], POINT).derivative(t(), {}) == 2


# Equations

a, b, c = Tensor("a"), Tensor("b"), Tensor("c", (N,))
CHAIN = (
    Equation(a, (), t() ** 2),
    Equation(b, (), a() * t()),
    Equation(c, (i,), b() + x[i] * a()),
)


@pytest.fixture
def chain():
    return Evaluator(CHAIN, POINT)


def test_equations_are_evaluated_along_their_names(chain):
    assert (chain.value("a"), chain.value("b"), chain.value("c", (1,))) == (4, 8, 2)


def test_an_index_may_stand_on_the_left_alone():
    evaluator = Evaluator([Equation(z, (i, j), x[i])], Point(POINT.sizes, {"x": POINT.inputs["x"]}))
    assert evaluator.value("z", (1, 2)) == -1.5


def test_an_input_is_a_value_too(chain):
    assert (chain.value("x", (1,)), chain.value("t")) == (-1.5, 2)


def test_a_label_is_a_whole_number():
    evaluator = Evaluator([Equation(a, (), close("sum", [i], z[i, y[i]]))], POINT)
    assert evaluator.value("a") == 12
    assert type(evaluator.value("y", (0,))) is int


def test_a_defined_label_is_a_whole_number():
    v = Tensor("v", (N,), label_of=C)
    evaluator = Evaluator([Equation(v, (i,), close("argmin", [j], z[i, j]))], POINT)
    assert type(evaluator.value("v", (1,))) is int


def test_derivatives_go_along_all_equations(chain):
    assert chain.derivative(c[i], {i: 1}, ("t", ())) == 3 * 4 - 1.5 * 4


def test_an_element_of_an_equation_is_an_independent_input(chain):
    assert chain.derivative(c[i], {i: 1}, ("a", ())) == 2 - 1.5
    assert chain.derivative(a(), {}, ("b", ())) == 0


def test_second_derivatives_go_along_all_equations(chain):
    assert chain.derivative(c[i], {i: 0}, ("t", ()), ("t", ())) == 12
    assert chain.derivative(b(), {}, ("a", ()), ("t", ())) == 1
    assert chain.derivative(b(), {}, ("t", ()), ("a", ())) == 1
    assert chain.derivative(a() ** 3, {}, ("a", ()), ("t", ()), ("a", ())) == 6 * 4


def test_derivatives_leave_the_values_alone(chain):
    chain.derivative(c[i], {i: 1}, ("t", ()))
    assert chain.value("c", (1,)) == 2


def test_an_override_stands_for_an_equation():
    evaluator = Evaluator(CHAIN, POINT, overrides={"a": {(): 10}})
    assert (evaluator.value("b"), evaluator.value("a")) == (20, 10)
    assert evaluator.derivative(b(), {}, ("t", ())) == 10


def test_an_override_stands_for_one_element():
    evaluator = Evaluator(CHAIN, POINT, overrides={"c": {(0,): 7}})
    assert (evaluator.value("c", (0,)), evaluator.value("c", (1,))) == (7, 2)
    assert evaluator.derivative(c[i], {i: 0}, ("a", ())) == 0


def test_closures_are_shared_between_points():
    compiled = Compiled(CHAIN, mp_field(30))
    other = Point(POINT.sizes, {**POINT.inputs, "t": {(): 3}})
    found = [Evaluator(compiled, point).value("b") for point in (POINT, other)]
    assert found == [8, 27]
    assert found[0].context is compiled.arithmetic.field.context


def test_each_element_is_computed_once():
    count = []

    class Counting(type(FLOAT)):
        def exp(self, x):
            count.append(x)
            return super().exp(x)

    equations = [Equation(a, (), Exp(t())), Equation(b, (), a() * close("sum", [j], a() * q[j]))]
    Evaluator(equations, POINT, Counting()).value("b")
    assert len(count) == 1


def test_shared_parts_are_computed_once():
    node = t()
    for _ in range(60):
        node = MaxOf(node, node + Rational(1, 8))
    assert value(node) == 2 + 60 / 8


def test_shared_parts_depend_on_their_indices():
    part = (q[j] + q[l]) ** 2 + 1
    expr = close("sum", [j, l], Exp(-part) + part)
    pairs = [(p + r) ** 2 + 1 for p in (5, 7, 7) for r in (5, 7, 7)]
    assert value(expr) == pytest.approx(sum(math.exp(-p) + p for p in pairs), rel=1e-14)


# Guards


GUARDED = (
    Equation(Tensor("g", (N,)), (i,), log(-x[i]), compare("<", x[i], S.Zero)),
    Equation(a, (), close("sum", [i], Tensor("g", (N,))[i], compare("<", x[i], S.Zero))),
    Equation(b, (), close("sum", [i], Tensor("g", (N,))[i])),
    Equation(c, (i,), Iverson(compare("<", x[i], S.Zero)) * Tensor("g", (N,))[i]),
)


def test_a_guarded_equation_is_evaluated_where_its_condition_holds():
    evaluator = Evaluator(GUARDED, POINT)
    assert evaluator.value("a") == evaluator.value("g", (1,)) == math.log(1.5)
    assert [evaluator.value("c", (place,)) for place in range(2)] == [0, math.log(1.5)]


def test_a_guarded_equation_is_an_error_elsewhere():
    with pytest.raises(
        CheckError, match=r"g\[0\] is used where its condition does not hold: x\[i\] < 0"
    ):
        Evaluator(GUARDED, POINT).value("b")


def test_the_derivative_keeps_to_the_guard():
    evaluator = Evaluator(GUARDED, POINT)
    assert evaluator.derivative(a(), {}, ("x", (1,))) == pytest.approx(1 / -1.5)
    assert evaluator.derivative(a(), {}, ("x", (0,))) == 0
    assert evaluator.derivative(c[i], {i: 0}, ("g", (0,))) == 0
    assert evaluator.derivative(c[i], {i: 1}, ("g", (1,))) == 1


# Depth


def network(layers):
    h = [Tensor(f"h{layer}", (N,)) for layer in range(layers + 1)]
    equations = [
        Equation(h[layer + 1], (i,), Sigmoid(close("sum", [n], h[layer][n]) / 2 + h[layer][i]))
        for layer in range(layers)
    ]
    return equations, Point({N: 2}, {"h0": {(0,): 0.5, (1,): -1}})


@pytest.mark.parametrize("layers", [1, 100, 500])
def test_a_deep_network_needs_no_deep_stack(layers):
    equations, point = network(layers)
    found = Evaluator(equations, point).value(f"h{layers}", (0,))
    h = [0.5, -1.0]
    for _ in range(layers):
        h = [1 / (1 + math.exp(-(sum(h) / 2 + each))) for each in h]
    assert found == pytest.approx(h[0], rel=1e-12)


def test_the_derivative_of_a_deep_network_needs_no_deep_stack():
    equations, point = network(300)
    evaluator = Evaluator(equations, point)
    last = Tensor("h300", (N,))[i]
    assert 0 < evaluator.derivative(last, {i: 0}, ("h280", (0,))) < 1


def test_an_element_that_depends_on_itself_is_an_error():
    equations = [Equation(a, (), b() + 1), Equation(b, (), a() + 1)]
    with pytest.raises(CheckError, match="depends on itself"):
        Evaluator(equations, Point({})).value("a")


# Errors


def test_an_input_without_a_value_is_an_error():
    with pytest.raises(InputError, match="no value is given for w"):
        Evaluator([], Point({})).value("w")


def test_a_position_without_a_value_is_an_error():
    with pytest.raises(InputError, match=r"no value is given for x\[5\]"):
        Evaluator([], POINT).value("x", (5,))


def test_a_wrong_number_of_positions_is_an_error():
    with pytest.raises(InputError, match=r"no value is given for c\[0, 1\]"):
        Evaluator(CHAIN, POINT).value("c", (0, 1))


def test_an_axis_without_a_size_is_an_error():
    with pytest.raises(InputError, match="no size is given for the axis K"):
        value(close("sum", [Index("k", Axis("K"))], S.One))


def test_an_index_without_a_position_is_an_error():
    with pytest.raises(InputError, match=r"x\[i\]: no position is given for the index i"):
        value(x[i])


def test_a_reduction_that_is_not_closed_is_an_error():
    with pytest.raises(NotSupportedError, match="is not closed"):
        value(NamedReduce("sum", [j], TRUE, q[j]))


def test_a_function_without_a_row_is_named():
    with pytest.raises(NotSupportedError, match=r"f \(f\(t\)\) has no value in a model"):
        value(Function("f")(t()))


# Whole models, against formulas written out on their own


def softmax_loss(p):
    sizes = {axis.name: size for axis, size in p.sizes.items()}
    at, w, label_ = p.inputs["x"], p.inputs["w"], p.inputs["y"]
    loss = mpmath.mpf(0)
    for row in range(sizes["N"]):
        scores = [
            mpmath.fsum(mpmath.mpf(w[g, f]) * at[row, f] for f in range(sizes["D"]))
            for g in range(sizes["C"])
        ]
        z_ = mpmath.fsum(map(mpmath.exp, scores))
        loss -= mpmath.log(mpmath.exp(scores[label_[row,]]) / z_)
    return loss / sizes["N"]


def hinge_loss(p):
    sizes = {axis.name: size for axis, size in p.sizes.items()}
    at, w, label_ = p.inputs["x"], p.inputs["w"], p.inputs["y"]
    loss = mpmath.mpf(0)
    for row in range(sizes["N"]):
        scores = [
            mpmath.fsum(mpmath.mpf(w[g, f]) * at[row, f] for f in range(sizes["D"]))
            for g in range(sizes["C"])
        ]
        right = scores[label_[row,]]
        for g in range(sizes["C"]):
            if g != label_[row,]:
                loss += max(0, scores[g] - right + p.inputs["Delta"][()])
    return loss / sizes["N"]


LOSSES = [(softmax_nll, softmax_loss), (hinge, hinge_loss)]


@pytest.mark.parametrize(("model", "loss"), LOSSES)
def test_a_model_has_the_value_of_its_formula(model, loss):
    model = model()
    compiled = Compiled(model.equations, mp_field(40))
    for point in points(model, seeded(1)):
        with mpmath.workdps(50):
            expected, found = loss(point), Evaluator(compiled, point).value("loss")
            assert abs(mpmath.mpf(found) - expected) < 1e-35


def away_from_kinks(model, point):
    """Smooth points: no value at a kink, whatever the sizes."""
    return model.name != "hinge" or all(
        isinstance(v, float) and v % 1 for v in point.inputs["x"].values()
    )


@pytest.mark.parametrize(("model", "loss"), LOSSES)
def test_a_model_has_the_derivatives_of_its_formula(model, loss):
    model = model()
    compiled = Compiled(model.equations, mp_field(40))
    output = model.output.element
    for point in points(model, seeded(2)):
        if not away_from_kinks(model, point):
            continue
        evaluator = Evaluator(compiled, point)
        for place in positions(model.tensor("w").axes, point.sizes):

            def moved(value, place=place, point=point):
                w = {**point.inputs["w"], place: value}
                return loss(Point(point.sizes, {**point.inputs, "w": w}))

            with mpmath.workdps(50):
                expected = mpmath.diff(moved, mpmath.mpf(point.inputs["w"][place]))
                found = mpmath.mpf(evaluator.derivative(output, {}, ("w", place)))
                assert abs(found - expected) < 1e-15


@given(st.integers(0, 2**32))
def test_a_sum_of_derivatives_is_the_derivative_of_the_sum(seed):
    model = softmax_nll()
    point = next(iter(points(model, seeded(seed))))
    evaluator = Evaluator(model.equations, point)
    scores = model.equation("L").element
    for env in assignments(model.equation("L").indices, point.sizes):
        slopes = [
            evaluator.derivative(scores, env, ("s", (env[model.sample], place)))
            for place in range(point.sizes[C])
        ]
        assert abs(sum(slopes)) < 1e-12
