"""Products and sums in which rounding would be seen are right to a few ulps; others stay."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from sympy import Rational, S, sqrt, tanh

from symderive import catalog
from symderive.codegen import generate_source, load_module
from symderive.derive import gradient
from symderive.expr import Erfc, Exp, Sigmoid, Tensor
from symderive.model import axes, build, data, define, indices
from symderive.stabilise import stabilise, stabilise_gradient

(N,) = axes("N")
(i,) = indices("i", N)
x = data("x", N)
u = x.tensor[i]
f = Tensor("f", (N,))

#: Tails in both precisions, where results get to be subnormal, and huge arguments.
TAILS = {
    np.float64: np.concatenate([np.linspace(-760, -690, 200), np.linspace(-39, -36, 100)]),
    np.float32: np.concatenate([np.linspace(-110, -80, 200), np.linspace(-15, -12, 100)]),
}


def source_of(formula, level="fast"):
    model = build("f", [x], [define(f[i], formula)])
    return generate_source(model, level=level)


def module_of(formula, level="fast"):
    return load_module(source_of(formula, level), "f")


def ulps(found, right):
    """The largest error, in units of the last place of what is right."""
    unit = np.spacing(np.array([abs(float(value)) for value in right], found.dtype))
    return max(
        abs(mpmath.mpf(float(a)) - b) / mpmath.mpf(float(unit_of))
        for a, b, unit_of in zip(found, right, unit, strict=True)
    )


VANISHING = {
    "exponential": (u * Exp(u), lambda v: v * mpmath.exp(v)),
    "sigmoid": (u * Sigmoid(u), lambda v: v / (1 + mpmath.exp(-v))),
    "powers": (u**3 * Sigmoid(2 * u), lambda v: v**3 / (1 + mpmath.exp(-2 * v))),
    "square": (u**2 * Exp(-(u**2) / 2), lambda v: v**2 * mpmath.exp(-v * v / 2)),
    "error function": (
        u * Erfc(-u / sqrt(2)),
        lambda v: v * mpmath.erfc(-v / mpmath.sqrt(2)),
    ),
    "its own scale": (u**2 * Erfc(-u / 2), lambda v: v**2 * mpmath.erfc(-v / 2)),
}


@pytest.mark.parametrize("name", VANISHING)
@pytest.mark.parametrize("dtype", TAILS)
@pytest.mark.parametrize("level", ["fast", "readable"])
def test_a_product_with_what_vanishes_has_all_its_digits(name, dtype, level):
    formula, right = VANISHING[name]
    at = TAILS[dtype].astype(dtype)
    found = module_of(formula, level).value(at)
    assert found.dtype == dtype
    with mpmath.workdps(60):
        assert ulps(found, [right(mpmath.mpf(float(v))) for v in at]) <= 8


@pytest.mark.parametrize("name", VANISHING)
def test_what_vanishes_wins_over_what_overflows(name):
    found = module_of(VANISHING[name][0]).value(np.array([-1e300, -1e150, -np.inf]))
    assert (found == 0).all()


def test_a_product_of_other_names_is_left_alone():
    z = data("z", N)
    model = build("f", [x, z], [define(f[i], z.tensor[i] * Sigmoid(u))])
    assert "_damped" not in generate_source(model)
    for name in ("entropy", "softmax_nll", "binary_cross_entropy", "glu"):
        if name in catalog.names():
            assert "_damped" not in generate_source(catalog.load(name)), name


def test_nothing_is_computed_twice_where_nothing_vanishes():
    module = module_of(u * Sigmoid(u))
    at = np.linspace(-30, 30, 101)
    np.testing.assert_array_equal(module.value(at), at * module._sigmoid(at))


def test_a_straight_line_is_exact_beside_its_root():
    module = module_of(u / 6 + S.Half)
    at = np.nextafter(np.full(3, -3.0), [-4, -3, 0])
    np.testing.assert_array_equal(module.value(at), (at + 3) / 6)
    assert "/ 6" not in source_of(u / 4 + S.Half)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("scale", [1, -3, Rational(1, 2)])
def test_a_number_less_its_tanh_does_not_cancel(dtype, scale):
    at = np.concatenate([10.0 ** np.linspace(-10, 1, 100), np.linspace(-3, 3, 100)]).astype(dtype)
    found = module_of(scale * u - scale * tanh(u)).value(at)
    with mpmath.workdps(60):
        exact = [mpmath.mpf(float(v)) for v in at]
        right = [mpmath.mpf(float(scale)) * (v - mpmath.tanh(v)) for v in exact]
        assert ulps(found, right) <= 5


def test_a_quotient_by_a_power_vanishes_where_the_power_overflows():
    found = module_of((1 + u) ** -2).value(np.array([1e155, 1e160]))
    np.testing.assert_allclose(found, [1e-310, 1e-320], rtol=1e-3)


@pytest.mark.parametrize(("dtype", "most"), [(np.float64, 4), (np.float32, 4)])
def test_the_tail_is_as_exact_as_it_says(dtype, most):
    at = np.concatenate([np.linspace(-6, 12, 1500), [0.0, 1e-30, -1e-30]]).astype(dtype)
    module = module_of(Erfc(u / sqrt(2)))
    found = module.value(at)
    assert f"off by at most {most} ulp" in module._tail.__doc__
    with mpmath.workdps(40):
        right = [mpmath.erfc(mpmath.mpf(float(v)) / mpmath.sqrt(2)) for v in at]
        assert ulps(found, right) <= most


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("level", ["fast", "readable"])
def test_all_classes_but_the_label_may_be_masked(level, dtype):
    """With -oo for every rival the loss is 0 and so is its gradient, whatever the label's score."""
    model = catalog.load("cross_entropy_of_scores")
    gradients = stabilise_gradient(gradient(stabilise(model).model, ["s"]))
    module = load_module(generate_source(gradients, level=level), "f")
    s = np.full((2, 3), -np.inf, dtype)
    s[0, 1], s[1, 0], s[1, 2] = 2, 800, 3
    value, grads = module.value_and_vjp(s, np.array([1, 0]))
    assert value == 0
    np.testing.assert_array_equal(grads["s"], 0)
