"""The optimisers step as their papers say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from symderive.lecture.optimisers import Adam, Momentum

RULES = [Momentum(0.1, 0.9), Momentum(0.1, 0.0), Adam(0.1)]


def course(rule, gradient, start, steps):
    params, memory = {"w": np.array(start)}, None
    memory = rule.start(params)
    for _ in range(steps):
        params, memory = rule.step(params, {"w": gradient(params["w"])}, memory)
    return params["w"]


def test_momentum_is_the_recurrence_of_second_order():
    # w_{t+1} = w_t - eta f'(w_t) + m (w_t - w_{t-1})
    before = now = 2.0
    for _ in range(30):
        before, now = now, now - 0.1 * 3 * now + 0.9 * (now - before)
    assert math.isclose(course(Momentum(0.1, 0.9), lambda w: 3 * w, [2.0], 30)[0], now)


def test_without_momentum_it_is_gradient_descent():
    assert math.isclose(course(Momentum(0.1, 0.0), lambda w: 2 * w, [1.0], 20)[0], 0.8**20)


def test_adam_is_the_algorithm_of_its_paper():
    w, m, v = 1.5, 0.0, 0.0
    for t in range(1, 26):
        g = math.cos(w) + 0.2
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        w -= 0.1 * (m / (1 - 0.9**t)) / (math.sqrt(v / (1 - 0.999**t)) + 1e-8)
    assert math.isclose(course(Adam(0.1), lambda w: np.cos(w) + 0.2, [1.5], 25)[0], w)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_quadratic_is_minimised(rule):
    target = np.array([[1.0, -2.0], [0.5, 3.0]])
    found = course(rule, lambda w: w - target, np.zeros((2, 2)), 1000)
    assert np.allclose(found, target, atol=1e-4)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_arguments_stay_as_they_are(rule):
    params, grads = {"w": np.ones(3)}, {"w": np.full(3, 0.5)}
    memory = rule.start(params)
    first, _ = rule.step(params, grads, memory)
    second, _ = rule.step(params, grads, memory)
    assert np.array_equal(params["w"], np.ones(3))
    assert np.array_equal(grads["w"], np.full(3, 0.5))
    assert np.array_equal(first["w"], second["w"])
    assert not np.array_equal(first["w"], params["w"])
