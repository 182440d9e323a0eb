"""Curves say what the model says, and change branches where the model does."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from symderive.errors import InputError
from symderive.model.evaluate import Evaluator
from symderive.plots.curves import curves_of, reach
from symderive.plots.directions import line_curves
from symderive.plots.switches import bends, jumps

#: Where branches change, and of those places: where the value jumps, where the slope does.
PLACES = (
    ("tanh", [], [], []),
    ("relu", [0], [], [0]),
    ("hardtanh", [-1, 1], [], [-1, 1]),
    ("relu6", [0, 6], [], [0, 6]),
    ("softshrink", [-0.5, 0.5], [], [-0.5, 0.5]),
    ("hardshrink", [-0.5, 0.5], [-0.5, 0.5], [-0.5, 0.5]),
    ("threshold", [1], [1], [1]),
    ("celu", [0], [], []),
    ("softsign", [0], [], []),
    ("huber", [-1, 0, 1], [], []),
    ("l1", [0], [], [0]),
    ("margin_hinge", [1], [], [1]),
    ("margin_zero_one", [0], [0], [0]),
)


@pytest.mark.parametrize(("name", "changes", "values", "slopes"), PLACES)
def test_branches_change_where_the_formula_says(curve_of, name, changes, values, slopes):
    curve = curve_of(name)
    assert set(slopes) <= set(curve.changes) <= set(changes)
    assert sorted(curve.value_jumps) == values
    assert sorted(curve.slope_jumps) == slopes


def test_a_kink_of_the_derivative_is_one(curve_of):
    curve = curve_of("huber")
    found = [t for t in curve.changes if bends(curve.track.slope, t, curve.scale)]
    assert found == [-1, 1]


@pytest.mark.parametrize(
    "name", ["gelu", "elu", "softmax", "entropy_bits", "gaussian_nll", "neuron"]
)
def test_values_are_those_of_the_reference_evaluator(curve_of, name):
    curve = curve_of(name)
    model = curve.track.member.model
    for t in curve.ts[7:-1:90].tolist():
        evaluator = Evaluator(model.equations, curve.track.point(t))
        expected = evaluator.value(model.output.name, curve.track.at)
        assert math.isclose(curve.track.value(t), expected, rel_tol=1e-12, abs_tol=1e-14)


@pytest.mark.parametrize("name", ["mish", "huber", "softmax", "entropy", "power_error", "glu"])
def test_slopes_are_differences_of_values(curve_of, name):
    track = curve_of(name).track
    for t in (0.2, 0.55, 0.9):
        step = 1e-5
        expected = (track.value(t + step) - track.value(t - step)) / (2 * step)
        assert math.isclose(track.slope(t), expected, rel_tol=1e-6, abs_tol=1e-8)


def test_the_loss_of_a_sample_is_straight_between_its_kinks(request_of):
    (curve,), _ = line_curves(
        request_of("hinge", kind="line", sizes={"C": 6}, seed=5, x=(-4.0, 4.0))
    )
    value, kinks = curve.track.value, sorted(curve.slope_jumps)
    assert len(kinks) >= 3
    for low, high in zip([-4.0, *kinks], [*kinks, 4.0], strict=True):
        middle = (value(low) + value(high)) / 2
        assert math.isclose(value((low + high) / 2), middle, rel_tol=1e-9, abs_tol=1e-9)
    for kink in kinks:
        assert value(kink) < (value(kink - 0.5) + value(kink + 0.5)) / 2


def test_more_samples_keep_the_start_and_the_direction(request_of):
    (one, many), _ = line_curves(request_of("hinge", kind="line", samples=(1, 50)))
    for name in ("w",):
        start, other = (curve.track.member.values[name] for curve in (one, many))
        assert np.array_equal(start, other)
        assert np.array_equal(one.track.directions[0][name], many.track.directions[0][name])


def test_on_a_simplex_the_other_entries_give_way(curve_of):
    track = curve_of("entropy", settings={"p": ((0.2, 0.3, 0.5),)}, over="p[2]").track
    assert np.allclose(track.inputs(0.3)["p"], [0.2, 0.3, 0.5])
    assert np.allclose(track.inputs(0.65)["p"], [0.1, 0.65, 0.25])
    assert np.isnan(track.value(1.2))


@pytest.mark.parametrize("name", ["softmax", "softmax_beta"])
def test_all_entries_of_an_array_are_drawn(request_of, name):
    curves, _ = curves_of(request_of(name, settings={"s": ((1, 2, 3, 4),)}), "curve")
    assert [curve.track.at for curve in curves] == [(0, n) for n in range(4)]
    assert math.isclose(sum(curve.track.value(0.7) for curve in curves), 1)


def test_a_family_has_a_curve_for_each_value(request_of):
    curves, _ = curves_of(request_of("power_error", settings={"q": ((1, 2), (3, 4))}), "curve")
    assert [curve.label for curve in curves] == [f"$q = {n}$" for n in (1, 2, 3, 4)]
    assert [curve.track.value(-2) for curve in curves] == [2, 4, 8, 16]


def test_labels_with_two_values_give_two_curves(request_of):
    curves, _ = curves_of(request_of("soft_margin"), "curve")
    assert math.isclose(curves[0].track.value(1.5), curves[1].track.value(-1.5))


def test_the_range_holds_the_kinks_of_a_function(curve_of):
    low, high = curve_of("relu6").range
    assert low == -4
    assert high > 6
    assert curve_of("relu6", x=(-1.0, 1.0)).range == (-1, 1)


def test_the_range_is_that_of_the_domain(request_of):
    model = request_of("bce").models[0].model
    assert reach(model.declaration("q").domain, (-4, 4)) == (0, 1)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("relu", {"over": "z"}, "no real input is called 'z'; expected one of x"),
        ("relu", {"over": "x[2]"}, "entries count from 1"),
        ("softmax", {"over": "s[1,2,3]"}, "entries count from 1"),
        ("relu", {"over": "x[a]"}, "expected an entry such as x"),
        ("softmax_nll", {"over": "y"}, "no real input is called 'y'"),
        (
            "power_error",
            {"settings": {"q": ((-1.0,),)}},
            "expected values in its domain (0, oo), got",
        ),
        ("softmax", {"settings": {"s": ((1.0, 2.0), (3.0,))}}, "expected rows of one length"),
        ("softmax_nll", {"settings": {"y": ((4.0,),)}, "over": "w"}, "from 1 to 1"),
        ("elu", {"settings": {"alpha": (tuple(range(1, 10)),)}}, "9 curves in one plot"),
        ("relu", {"settings": {"x": ((1.0,),)}}, "on the horizontal axis"),
    ],
)
def test_what_cannot_be_drawn_is_said(request_of, name, options, message):
    with pytest.raises(InputError, match=re.escape(message)):
        curves_of(request_of(name, **options), "curve")


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda t: float(t > 0), True),
        (lambda t: 1e-9 * t + 3.0, False),
        (lambda t: np.sqrt(max(t, 0.0)), False),
        (lambda t: 5 + 1e-3 * (t >= 0), True),
        (lambda t: 1e8 * t, False),
    ],
)
def test_a_jump_is_told_from_a_steep_slope(function, expected):
    assert jumps(function, 0.0, 1.0) is expected
