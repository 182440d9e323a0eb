"""Points at which rounding decides are left out, and no others."""

from __future__ import annotations

import pytest

from symderive.derive import gradient
from symderive.model.evaluate import Point
from symderive.verify.gradients import against_mpmath, against_sympy
from symderive.verify.noise import Noise
from symderive.verify.sampling import WhereDefined
from tests.verify.test_user_models import model_of

#: Where the first period that counts is the last there is, nothing is left of 1.
SURVIVAL = """
param s[N, T]
label t[N] in T
data  e[N] in {0, 1}
p[i, k] = exp(s[i, k]) / sum[m](exp(s[i, m]))
F[i]    = sum[k <= t[i]](p[i, k])
loss    = -sum[i](e[i] * log(p[i, t[i]]) + (1 - e[i]) * log(1 - F[i]))
"""


def survival_at(scores, period, event):
    model = model_of(SURVIVAL)
    sizes = {axis: 1 if axis.name == "N" else len(scores) for axis in model.axes}
    return Point(
        sizes,
        {
            "s": {(0, place): score for place, score in enumerate(scores)},
            "t": {(0,): period},
            "e": {(0,): event},
        },
    )


@pytest.mark.parametrize("event", [0, 1])
@pytest.mark.parametrize(
    "scores", [(-1, 0), (-1.4609375, 1.048828125, -0.072265625), (0.4404, 0.6933, 0.3613, 2.5)]
)
def test_nothing_left_of_one_is_noise(scores, event):
    noise = Noise(model_of(SURVIVAL))
    last = len(scores) - 1
    assert noise.decides(survival_at(scores, last, event))
    assert not noise.decides(survival_at(scores, last - 1, event))


def test_what_is_small_is_not_noise():
    saturated = survival_at((2000, 0), 0, 0)  # what is left of 1 is e**-2000
    assert not Noise(model_of(SURVIVAL)).decides(saturated)
    shared = Noise(model_of("param a\nparam b\nloss = 1 / (a - b)"))
    assert not shared.decides(Point({}, {"a": {(): 1 + 2.0**-50}, "b": {(): 1}}))


@pytest.mark.parametrize("text", ["(a - b)**2", "log(1 + (a - b)**2)", "exp(a - b)"])
def test_what_cancels_where_it_may_is_not_noise(text):
    noise = Noise(model_of(f"param t\na = exp(log(2) * t)\nb = 2**t\nloss = {text}"))
    assert not noise.decides(Point({}, {"t": {(): 0.3}}))


@pytest.mark.parametrize("text", ["1/(a - b)", "sqrt(a - b)", "log(a - b)", "(a - b)**t"])
def test_what_cancels_where_it_must_not_is(text):
    noise = Noise(model_of(f"param t\na = exp(log(3) * t) * 7\nb = 7 * 3**t\nloss = {text}"))
    assert noise.decides(Point({}, {"t": {(): 0.3}}))


def test_such_points_are_left_out():
    points = [survival_at((-1, 0), 1, 0), survival_at((-1, 0), 0, 0)]
    assert list(WhereDefined(model_of(SURVIVAL), smooth=True)(points)) == points[1:]
    model = model_of(SURVIVAL)
    for tally in (against_sympy(model, gradient(model)), against_mpmath(model, gradient(model))):
        assert tally.points > 20
        assert tally.worst < 1e-30
