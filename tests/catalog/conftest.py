"""Models of the catalog at points, as nested lists: what an independent formula takes."""

from __future__ import annotations

import random

import pytest
from mpmath import isinf, isnan, mp, mpf

from symderive import catalog
from symderive.model.evaluate import Evaluator, Point, mp_field
from symderive.model.model import Domain
from symderive.model.points import points, positions, rounded

#: Enough for 1 - 1 / (1 + e^-1000).
DIGITS = 500
FAR = 1000


@pytest.fixture(autouse=True)
def _precise():
    with mp.workdps(DIGITS):
        yield


def nested(entries, axes, sizes, number=mpf, place=()):
    """The entries of an array by position as nested lists of numbers."""
    if len(place) == len(axes):
        return number(entries[place])
    size = sizes[axes[len(place)]]
    return [nested(entries, axes, sizes, number, (*place, n)) for n in range(size)]


def as_lists(model, point):
    """The inputs of ``model`` at ``point`` by name."""
    return {
        d.name: nested(
            point.inputs[d.name], d.tensor.axes, point.sizes, int if d.role == "label" else mpf
        )
        for d in model.declarations
    }


def far_points(model, rng):
    """Points with scores in the thousands, wherever the domains allow it."""
    for point in list(points(model, rng, most_labels=2))[::2]:
        inputs = dict(point.inputs)
        for declaration in model.real_inputs:
            if declaration.domain == Domain() and declaration.role != "const":
                inputs[declaration.name] = {
                    place: rounded(declaration.domain, rng) + FAR * rng.choice((-1, 0, 1))
                    for place in inputs[declaration.name]
                }
        yield Point(point.sizes, inputs)


@pytest.fixture
def checked():
    """Compares a model's output with a formula of its inputs, at random, round and far points."""

    def check(model, formula, rows=()):
        rng = random.Random(model.name)  # noqa: S311 - points, not secrets
        found = [*points(model, rng, most_labels=6), *far_points(model, rng)]
        found += [Point(found[-1].sizes, {**found[-1].inputs, **row}) for row in rows]
        for point in found:
            evaluator = Evaluator(model.equations, point, mp_field(DIGITS))
            output = model.output.tensor
            values = {
                place: evaluator.value(output.name, place)
                for place in positions(output.axes, point.sizes)
            }
            agree(nested(values, output.axes, point.sizes), formula(**as_lists(model, point)))
        return len(found)

    return check


def agree(found, wanted):
    """Nested lists are equal up to rounding; where the formula is undefined, anything is."""
    if isinstance(wanted, list):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            agree(one, other)
    elif isinf(wanted):
        assert found == wanted
    elif not isnan(wanted):
        assert abs(found - wanted) <= mpf(10) ** -25 * max(1, abs(wanted))


@pytest.fixture(params=catalog.names())
def model(request):
    return catalog.load(request.param)
