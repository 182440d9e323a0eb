"""Range, growth and shape of activations: what is said is judged, what is not known is not said."""

from __future__ import annotations

import math

import pytest

from symderive.catalog import load
from symderive.lecture.shapes import facts, of_one_number

SAID = {
    "sigmoid": ("(0, 1)", "increasing", "neither convex nor concave"),
    "relu": ("[0, oo)", "increasing", "convex"),
    "swish": ("[-0.278.., oo)", "not monotone", "neither convex nor concave"),
}


@pytest.mark.parametrize("name", SAID)
def test_what_is_said(name):
    found = facts(of_one_number(load(name)))
    assert tuple(fact.said for fact in found) == SAID[name]


def test_the_least_value_of_swish():
    least = min(x / (1 + math.exp(-x)) for x in (n / 1000 for n in range(-3000, 0)))
    assert f"{least:.3f}" == "-0.278"


@pytest.mark.parametrize("name", ["prelu", "maxout", "softmax", "hinge"])
def test_what_is_no_function_of_one_number(name):
    assert of_one_number(load(name)) is None
