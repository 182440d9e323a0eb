"""What a user's model asks of the checks themselves: no fault is found where there is none."""

from __future__ import annotations

import math

import numpy as np
import pytest

from symderive.codegen import Second, generate_source, load_module
from symderive.derive import derive, gradient, hessian, hvp
from symderive.errors import InputError
from symderive.model.evaluate import Evaluator, Point
from symderive.notation.sym import read_model
from symderive.stabilise import (
    stabilise,
    stabilise_for_second,
    stabilise_gradient,
    stabilise_second,
)
from symderive.verify import check_derivation, verify_model
from symderive.verify.generated import Case, against_model, cases
from symderive.verify.gradients import against_mpmath, against_sympy
from symderive.verify.reference import Reference
from symderive.verify.sampling import HOPELESS, WhereDefined
from symderive.verify.second import against_each_other
from symderive.verify.stabilised import against_written

COUNTED = """
data  there[N, T] in {0, 1}
param w[N, T]
n[i]  = sum[t](there[i, t])
b[i]  = sum[t](there[i, t] * w[i, t]) / max(n[i], 1)
loss  = sum[i](b[i]**2)
"""

COX = """
data  time[N] in (0, oo)
data  event[N] in {0, 1}
param s[N]
r[i]  = log(sum[j if time[j] >= time[i]](exp(s[j])))
loss  = sum[i](event[i] * (r[i] - s[i]))
"""

NEIGHBOURS = """
param e[N, N]
label y[N] in C
p[i, n] = exp(e[i, n]) / sum[r != i](exp(e[i, r]))
loss = sum[i](sum[n if n != i and y[n] == y[i]](p[i, n]))
"""

NEAREST = """
param w[N]
label g[N] in G
c[i] = sum[n if n != i and g[n] == g[i]](1)
h[i] = where(c[i] > 0, min[n if n != i and g[n] == g[i]](w[n]), w[i])
loss = sum[i](h[i]**2)
"""

WEIGHTED = """
param s[N, M]
data  y[N, M] in {0, 1}
a[i] = log(1 + sum[j](y[i, j] * exp(s[i, j])))
loss = sum[i](a[i]**2) / 2
"""

SHARES = """
data  x[N]
param g[E]
h[i, e] = g[e] * x[i]
p[i, e] = exp(h[i, e]) / sum[f](exp(h[i, f]))
n[e] = sum[i](p[i, e])
loss = sum[e](n[e]**2) / sum[e](n[e])**2
"""


INFINITE = {"a": {(): math.inf}}


def model_of(text):
    return read_model(text, "model")


def in_full(model):
    """The gradient by every real input, as written and stable."""
    names = [declaration.name for declaration in model.real_inputs]
    stable = stabilise_gradient(gradient(stabilise(model).model, names))
    return gradient(model, names), stable


def second_of(model):
    base = stabilise_for_second(model)
    return Second(stabilise_second(hvp(base)), stabilise_second(hessian(base)))


def module_of(model):
    second = second_of(model)
    return load_module(generate_source(in_full(model)[1], second=second), "model")


def test_an_input_with_a_finite_domain_may_lie_on_a_kink():
    model = model_of(COUNTED)
    tally = against_sympy(model, gradient(model, ["there", "w"]))
    assert tally.points > 10
    assert tally.worst < 1e-40


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_what_is_0_at_every_point_is_0_up_to_rounding(dtype):
    model = model_of(COX)
    written, stable = in_full(model)
    module = load_module(generate_source(stable), "model")
    tolerance = {"float64": 1e-10, "float32": 1e-3}[dtype]
    tally = against_model(model, module, cases(model, written), dtype, tolerance)
    assert tally.points > 500
    assert tally.worst <= tolerance


def test_rounding_of_names_does_not_hide_a_wrong_factor():
    model = model_of(COX)
    written, stable = in_full(model)
    source = generate_source(stable)
    wrong = source.replace('grads["s"] = ds', 'grads["s"] = ds * (1 + 1e-6)')
    assert wrong != source
    tally = against_model(
        model, load_module(wrong, "model"), cases(model, written)[4:8], "float64", 1e-10
    )
    assert tally.worst > 1e-10


def test_terms_that_are_infinite_excuse_nothing():
    nothing = {"a": {(): 0.0}}
    case = Case(Point({}, {}), nothing, lambda *_: nothing, lambda *_: nothing, lambda: INFINITE)
    assert case.rounding == {"a": math.inf}
    assert case.judged("a", {(): 1e-3}, 1e-290, 1e-10).worst > 1


def test_names_are_moved_where_they_are_used():
    model = model_of("param a\nb = exp(a)\nc = b - b * b\nloss = c * b")
    written = gradient(model)
    point = Point({}, {"a": {(): 0.5}, "∂loss": {(): 1}})
    by, (b, c) = 2.0**-20, (math.exp(0.5), math.exp(0.5) - math.exp(1))
    found = Reference(written).with_names_moved(point, 0, by)["loss"][()]
    first = b * (1 + by)
    second = (first - first**2) * (1 - by)
    assert found == pytest.approx(second * first * (1 + by), rel=1e-15)
    assert abs(found - b * c) > by * abs(b * c)


def test_where_the_model_names_infinity_nothing_counts_that_is_no_number():
    model = model_of(NEIGHBOURS)
    written = gradient(model)
    for tally in (against_sympy(model, written), against_mpmath(model, written)):
        assert tally.points > 20
        assert tally.worst < 1e-20


def test_points_at_which_nothing_is_defined_are_passed_over():
    model = model_of(NEIGHBOURS)
    base = stabilise_for_second(model)
    tally = against_each_other(model, hvp(model), stabilise_second(hvp(base)))
    assert tally.points > 20
    assert tally.worst < 1e-40


LIFETIMES = """
data  t[N]
data  d[N]
param a
z[i]  = log(t[i]) - a
S[i]  = 1 / (1 + exp(z[i]))
f[i]  = exp(z[i]) / (t[i] * (1 + exp(z[i]))**2)
loss  = -mean[i](where(d[i] == 1, log(f[i]), log(S[i])))
"""

LIFETIME = """
data  t
param a
z     = log(t) - a
f     = exp(z) / (t * (1 + exp(z))**2)
loss  = -log(f)
"""

SPACING = """
param a
param b[N]
h[i]  = log(b[i] - a) + sqrt(1 - 4 * a**2)
loss  = sum[i](h[i])
"""


@pytest.mark.untraced
@pytest.mark.parametrize("text", [LIFETIMES, SPACING])
def test_every_check_finds_points_at_which_the_model_has_a_value(text):
    for row in verify_model(model_of(text)):
        assert (row.verdict, row.points > 0) == ("passed", True), row


def test_where_the_model_has_a_value_points_stay():
    given = [Point({}, {"t": {(): t}, "a": {(): 1}}) for t in (2, -3)]
    first, second = WhereDefined(model_of(LIFETIME))(given)
    assert first is given[0]
    assert second.inputs == {"t": {(): 3}, "a": {(): 1}}


def test_domains_are_kept_where_points_are_moved():
    model = model_of("param a in (-oo, 0)\nparam b\nloss = log(b - a**2)")
    given = Point({}, {"a": {(): -2.0}, "b": {(): -0.5}})
    moved = WhereDefined(model).moved(given)
    assert moved.inputs["a"][()] < 0
    assert moved.inputs["b"][()] > moved.inputs["a"][()] ** 2


def test_a_point_without_a_way_out_stays_and_is_soon_given_up():
    nowhere, point = WhereDefined(model_of("param a\nloss = log(-1 - a**2)")), Point({}, INFINITE)
    for _ in range(HOPELESS):
        assert nowhere.moved(point) is point
    assert nowhere.lost == HOPELESS
    assert nowhere.moved(point) is point
    assert nowhere.lost == HOPELESS


def test_what_overflows_in_floats_alone_has_a_value():
    model = model_of("param s\np = exp(s)\nloss = p / (1 + p)")
    point = Point({}, {"s": {(): 5000}})
    assert WhereDefined(model).moved(point) is point


def test_lines_are_compared_only_where_they_say_something():
    found = check_derivation(derive(model_of("param a\nloss = log(-1 - a**2)"), wrt="a"))
    assert found.lines > 0
    chain = check_derivation(derive(model_of("param a\nloss = sqrt(-1 - a**2)"), wrt="a"))
    assert chain.comparisons == 0


def test_a_name_counts_wherever_its_gradient_uses_it():
    model = model_of(NEIGHBOURS)
    stable = stabilise_second(hvp(stabilise_for_second(model)))
    where = {equation.name: equation.where for equation in stable.equations}
    assert str(where["p"]) == "i != n"


def test_a_part_of_a_condition_may_mean_nothing_where_another_is_false():
    model = model_of(NEAREST)
    written, stable = in_full(model)
    tally = against_written(model, written, stable)
    assert tally.points > 10
    assert tally.worst < 1e-40


@pytest.mark.parametrize(("first", "value"), [(-1.0, 2.0), (1.0, None)])
def test_a_part_without_a_value_counts_where_no_other_is_false(first, value):
    model = model_of("param x[N]\nlabel g[N] in N\nloss = sum[i if g[i] == i and x[i] > 0](x[i])")
    (axis,) = model.axes
    point = Point({axis: 2}, {"x": {(0,): first, (1,): 2.0}, "g": {(1,): 1}})
    evaluator = Evaluator(model.equations, point)
    if value is None:
        with pytest.raises(InputError, match=r"no value is given for g\[0\]"):
            evaluator.value("loss")
    else:
        assert evaluator.value("loss") == value


def test_a_share_of_nothing_is_0_in_second_derivatives():
    model = model_of(WEIGHTED)
    module = module_of(model)
    s, dot = np.array([[1.0, -2.0], [3.0, 0.5]]), np.array([[0.5, 1.0], [-1.0, 2.0]])
    y = np.array([[0.0, 0.0], [1.0, 1.0]])
    found = module.hvp(s, y, {"s": dot})["s"]
    weights = y[1] * np.exp(s[1])
    a, p = np.log1p(weights.sum()), weights / (1 + weights.sum())
    wanted = p * (p @ dot[1]) + a * (p * dot[1] - p * (p @ dot[1]))
    np.testing.assert_allclose(found[0], 0)
    np.testing.assert_allclose(found[1], wanted, rtol=1e-13)
    block = module.hessian(s, y)
    np.testing.assert_allclose(np.einsum("ijkl,kl->ij", block, dot), found, rtol=1e-13)


def test_factors_of_an_exponential_do_not_overflow_alone():
    module = module_of(model_of(SHARES))
    x, g = np.array([1.0, 1.0]), np.array([2000.0, 1.0, -1999.0])
    block = module.hessian(x, g)
    assert np.isfinite(block).all()
    near = module.hessian(x, g / 2000)
    assert np.abs(near).max() > 0.01


VARIANCE = """
param c[K]
param p[K]
param r
v = sum[k](c[k]**2 * exp(p[k])) + exp(r)
loss = log(v) + 1 / v
"""


def test_second_derivatives_do_not_divide_by_a_weight_that_may_be_0():
    module = module_of(model_of(VARIANCE))
    p, r = np.array([0.3, -1.0]), 0.25
    for c in np.array([[0.0, 0.0], [0.5, 0.0], [-2.0, 1.0]]):
        v = (c**2 * np.exp(p)).sum() + np.exp(r)
        slope, bend = 1 / v - 1 / v**2, 2 / v**3 - 1 / v**2
        by_c, by_p = 2 * c * np.exp(p), c**2 * np.exp(p)
        wanted = bend * np.outer(by_c, by_c) + slope * np.diag(2 * np.exp(p))
        np.testing.assert_allclose(module.hessian(c, p, r), wanted, rtol=1e-13, atol=1e-14)
        wanted = bend * np.outer(by_p, by_p) + slope * np.diag(by_p)
        found = module.hessian(c, p, r, wrt="p")
        np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-14)


#: Models that have no number at some of the points, where groups are empty or sizes are 1.
SOMETIMES = {
    "the mean of a group": (
        "data a[N] in {0, 1}\nparam s[N]\np = sum[i](a[i]*sigmoid(s[i]))/sum[i](a[i])\n"
        "loss = min(p, 1)"
    ),
    "one less all of a softmax": (
        "label y[N] in K\nparam s[N, K]\np[i, k] = exp(s[i, k])/sum[l](exp(s[i, l]))\n"
        "F[i] = sum[k if k <= y[i]](p[i, k])\nloss = -sum[i](log(1 - F[i]))"
    ),
    "a variance of one": (
        "param h[N, D]\nm[d] = mean[n](h[n, d])\nv[d] = sum[n]((h[n, d] - m[d])**2)/(N - 1)\n"
        "loss = sum[d](max(0, 1 - v[d]))"
    ),
}


@pytest.mark.parametrize("name", SOMETIMES)
def test_a_derivation_is_not_refused_where_the_model_has_no_number(name):
    derivations = derive(model_of(SOMETIMES[name]))
    for derivation in derivations if isinstance(derivations, list) else [derivations]:
        assert check_derivation(derivation).comparisons > 20


@pytest.mark.parametrize(
    "text",
    [
        SOMETIMES["a variance of one"],
        "param y[M]\nparam z\nloss = sum[k, l if k != l](y[k]*y[l])/(M*(M - 1)) - mean[k](y[k]*z)",
        (
            "label nest[J] in G\nparam v[J]\nparam l[G]\n"
            "IV[g] = log(sum[j if nest[j] == g](exp(v[j])))\nloss = log(sum[g](exp(l[g] + IV[g])))"
        ),
        "param x[N]\nloss = sum[i, j](abs(x[i] - x[j]))",
    ],
)
def test_sympy_is_asked_where_its_own_expression_is_a_number(text):
    model = model_of(text)
    tally = against_sympy(model, gradient(model))
    assert tally.points > 3
    assert tally.worst < 1e-40
