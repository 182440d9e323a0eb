"""Printed LaTeX read back: what random expressions print means what they mean."""

from __future__ import annotations

import itertools
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Abs, Add, Mul, Pow, Rational, S, log, sign, sqrt, tanh

from symderive.catalog import hinge, softmax_nll
from symderive.errors import CheckError
from symderive.expr import (
    AllOf,
    AnyOf,
    Compare,
    Exp,
    Expm1,
    Fresh,
    Iverson,
    Log1p,
    Log2,
    MaxOf,
    MinOf,
    Sigmoid,
    Size,
    Softplus,
    Tensor,
    Where,
    Xlogy,
    close,
    free_indices,
)
from symderive.model import axes, build, const, data, define, indices, label, param
from symderive.model.evaluate import Compiled, Evaluator
from symderive.model.points import assignments, points
from symderive.notation import Printer
from symderive.notation.readback import (
    Asked,
    Braced,
    Mark,
    Pending,
    Slope,
    Summed,
    Times,
    Value,
    read,
)

N, C, D = axes("N C D")
(i,), (j, m, l), (k, n) = indices("i", N), indices("j m l", C), indices("k n", D)
x, y, w = data("x", N, D).tensor, label("y", N, into=C).tensor, param("w_h", C, D).tensor
s, e, t, b, u = (
    Tensor("s", (N, C)),
    Tensor("e", (N, C)),
    Tensor("t"),
    Tensor("b_1", (C,)),
    Tensor("u", (C, C)),
)
MODEL = build(
    "all",
    [
        data("x", N, D),
        label("y", N, into=C),
        param("w_h", C, D),
        param("t"),
        param("b_1", C),
        const("Delta", 1),
    ],
    [
        define(s[i, j], b[j] * t() + 1),
        define(e[i, j], s[i, j] ** 2),
        define(u[j, m], b[j] * b[m]),
    ],
    sample=i,
    letters=[i, j, m, l, k, n],
    hide={i: ["s", "e"]},
)
Delta = MODEL.tensor("Delta")

LEAVES = [
    *(s[i, a] for a in (j, m, y[i])),
    *(e[i, a] for a in (j, y[i])),
    *(w[a, c] for a in (j, y[i]) for c in (k,)),
    x[i, k],
    b[j],
    b[y[i]],
    u[j, m],
    u[m, y[i]],
    u[j, j],
    t(),
    Delta(),
    Size(C),
    S.One,
    S(2),
    Rational(3, 2),
    -S.One,
]
POSITIONS = [j, m, y[i]]


def conditions(values):
    places = st.sampled_from(POSITIONS)
    atoms = st.one_of(
        st.builds(Compare, st.sampled_from(["==", "!=", "<", ">="]), places, places),
        st.builds(Compare, st.sampled_from(["<", ">=", ">", "<="]), values, values),
    )
    pairs = st.tuples(atoms, atoms)
    return st.one_of(atoms, pairs.map(lambda p: AllOf(*p)), pairs.map(lambda p: AnyOf(*p)))


def composed(inner):
    conds = conditions(inner)
    bound = st.sampled_from([(j,), (m,), (k,), (i,), (j, m)])
    kinds = st.sampled_from(["sum", "sum", "max", "min", "prod", "lse"])
    unary = [
        Exp,
        Sigmoid,
        Softplus,
        tanh,
        Abs,
        sign,
        Expm1,
        lambda v: log(1 + v**2),
        lambda v: Log2(2 + v**2),
        lambda v: Log1p(v**2),
        lambda v: sqrt(v**2 + 1),
        lambda v: 1 / (v**2 + 1),
        lambda v: (v**2 + 1) ** Rational(-3, 2),
        lambda v: -v,
        lambda v: Pow(v, 2),
        lambda v: Xlogy(v, 1 + v**2),
    ]
    pairs = st.tuples(inner, inner)
    return st.one_of(
        pairs.map(lambda p: Add(*p)),
        pairs.map(lambda p: p[0] - p[1]),
        pairs.map(lambda p: Mul(*p)),
        pairs.map(lambda p: p[0] / (1 + p[1] ** 2)),
        st.builds(lambda f, v: f(v), st.sampled_from(unary), inner),
        pairs.map(lambda p: MaxOf(*p)),
        pairs.map(lambda p: MinOf(*p)),
        st.builds(Iverson, conds),
        st.builds(lambda c, v: Iverson(c) * v, conds, inner),
        st.builds(lambda c, p: Where(c, *p), conds, pairs),
        st.builds(lambda kind, over, v: close(kind, over[:1], v), kinds, bound, inner),
        st.builds(lambda over, c, v: close("sum", over, v, c), bound, conds, inner),
    )


EXPRESSIONS = st.recursive(st.sampled_from(LEAVES), composed, max_leaves=7)
COMPILED = Compiled(MODEL.equations)
RANDOM = random.Random(0)  # noqa: S311 - points, not secrets
POINTS = [point for point in points(MODEL, RANDOM) if min(point.sizes.values()) > 1][:2]


def value(evaluator, expr, env):
    try:
        return complex(evaluator.evaluate(expr, env))
    except (ZeroDivisionError, OverflowError, ValueError):
        return complex(math.nan)


def same(one, other):
    if math.isnan(one.real) or math.isnan(other.real):
        return True
    return one == other or abs(one - other) <= 1e-8 * max(1.0, abs(one), abs(other))


def assert_same(expr, back):
    """Both have the same value wherever both have one."""
    letters = sorted(free_indices(expr, back), key=lambda index: index.name)
    for point in POINTS:
        evaluator = Evaluator(COMPILED, point)
        for env in itertools.islice(assignments(letters, point.sizes), 6):
            assert same(value(evaluator, expr, env), value(evaluator, back, env))


@given(expr=EXPRESSIONS, shown=st.booleans())
@settings(max_examples=250)
def test_what_is_printed_means_the_same(expr, shown):
    printer = Printer(MODEL, "show" if shown else "hide")
    (reading,) = read(printer.latex(expr), MODEL, hidden=not shown)
    assert isinstance(reading, Value)
    assert_same(expr, reading.expr)


def only(latex, model=None):
    (reading,) = read(latex, model or softmax_nll())
    return reading


P = softmax_nll()
p_, s_ = P.tensor("p"), P.tensor("s")


def test_hidden_indices_are_put_back():
    assert only("p_j").expr == p_[i, j]
    assert only("p_{y_i}").expr == p_[i, P.tensor("y")[i]]
    assert only("p_{ij}").expr == p_[i, j]


def test_a_shown_page_leaves_nothing_out():
    with pytest.raises(CheckError, match="subscripts"):
        read("p_j", P, hidden=False)


def test_a_bound_letter_is_not_hidden():
    with pytest.raises(CheckError, match="subscripts"):
        read(r"\sum_i p_j", P)


def test_letters_may_stand_for_fresh_indices():
    fresh = Fresh().index(C)
    (reading,) = read(r"p_m + p_j", P, letters={"m": fresh})
    assert reading.expr == p_[i, fresh] + p_[i, j]
    (reading,) = read(r"\sum_m p_m", P, letters={"m": fresh})
    assert reading.expr == close("sum", [m], p_[i, m])


def test_derivatives_are_trees_of_their_own():
    assert only(r"\frac{\partial L_i}{\partial p_j}") == Slope(P.tensor("L")[i], p_[i, j])
    direct = only(r"\frac{\partial L_i}{\partial p_j}\Big|_{\mathrm{direct}}")
    assert direct == Slope(P.tensor("L")[i], p_[i, j], direct=True)
    pending = only(r"\frac{\partial}{\partial s_m}\,(p_j - s_j)")
    assert pending == Pending(Value(p_[i, j] - s_[i, j]), s_[i, m])
    over = only(r"\frac{\partial e^{s_j}}{\partial s_m}")
    assert over == Pending(Value(Exp(s_[i, j])), s_[i, m])
    assert only(r"\frac{\partial s_j}{\partial s_m}") == Pending(Value(s_[i, j]), s_[i, m])


def test_braces_sums_and_named_adjoints():
    tree = only(r"\sum_m \delta^s_m\;\underbrace{\frac{\partial s_m}{\partial w_{jk}}}_{x_{ik}}")
    assert isinstance(tree, Summed)
    mark, brace = tree.body.factors
    assert mark == Mark(s_[i, m])
    assert isinstance(brace, Braced)
    assert brace.under == Value(P.tensor("x")[i, k])
    assert isinstance(tree.body, Times)


def test_the_question_of_a_goal():
    left, right = read(r"\frac{\partial L_i}{\partial w_{jk}} = {?}", P)
    assert isinstance(left, Slope)
    assert right == Asked()


def test_a_broken_line_reads_as_it_would_in_one_piece():
    rows = "L_i &= -p_j \\\\[2pt]\n&\\quad + s_j \\\\[2pt]\n&= p_j"
    left, one, other = read(rows, P)
    assert one.expr == s_[i, j] - p_[i, j]
    assert other.expr == p_[i, j]
    assert left.expr == P.tensor("L")[i]


@pytest.mark.parametrize(
    "latex",
    [
        "",
        "p_j +",
        "q_j",
        "p_{jkl}",
        r"\mathbb{J}(j = m)",
        r"\frac{p_j}",
        "(p_j",
        "p_j)",
        r"\operatorname{foo}(p_j)",
        r"\sum_{p_j > 0} p_j",
        r"\delta^{q}_j",
        r"\unknown{p_j}",
        r"\underbrace{p_j}",
        r"\frac{\partial L_i}{\partial (p_j + 1)}",
        r"\max_j \frac{\partial L_i}{\partial p_j}",
        r"\begin{cases} p_j & \text{when } j = m \\ 0 & \text{otherwise} \end{cases}",
        r"\log_3 p_j",
        r"p_j^10",
        r"\mathbb{I}(p_j)",
        r"\sqrt{\frac{\partial L_i}{\partial p_j}}",
    ],
)
def test_what_the_printer_never_prints_is_an_error(latex):
    with pytest.raises(CheckError, match="cannot be read back"):
        read(latex, P)


def test_a_name_takes_its_sign_from_a_function():
    e_ = hinge().tensor("e")
    assert only(r"\exp(e_j)", hinge()).expr == Exp(e_[i, j])
    assert only("e_j^2", hinge()).expr == e_[i, j] ** 2
