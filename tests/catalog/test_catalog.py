"""What holds for every model: it says what it is, and its gradient and derivation are right."""

from __future__ import annotations

import inspect
import math
import random
from functools import cache
from importlib import import_module
from itertools import islice
from pathlib import Path

import pytest

from symderive import catalog
from symderive.derive import derive, gradient
from symderive.errors import InputError
from symderive.model.evaluate import Evaluator, Point
from symderive.model.points import points, positions
from symderive.verify.lines import check_derivation


def test_a_file_holds_the_model_of_its_name_and_kind(model):
    definition = getattr(catalog, model.name)
    assert definition().name == model.name
    folder = Path(inspect.getfile(definition)).parent.name
    assert model.kind == folder
    assert definition.__module__ == f"symderive.catalog.{folder}.{model.name}"


def test_a_model_says_what_it_is(model):
    definition = getattr(catalog, model.name)
    assert "``" in inspect.getdoc(definition)
    assert model.title
    assert model.source
    assert import_module(definition.__module__).__doc__


def test_every_kind_has_models():
    assert {catalog.load(name).kind for name in catalog.names()} == {
        "activations",
        "information",
        "losses",
        "networks",
    }


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(InputError, match=r"'sofmax' is not in the catalog; did you mean softmax"):
        catalog.load("sofmax")
    near = r"'logistic_regression' .* did you mean binary_logistic or margin_logistic or"
    with pytest.raises(InputError, match=near):
        catalog.load("logistic_regression")
    with pytest.raises(InputError, match=r"'qqq' is not in the catalog; symderive list names all$"):
        catalog.load("qqq")


def test_the_adjoints_are_the_derivatives(model):
    """By every real input, at smooth, round and mixed points, for random cotangents."""
    names = tuple(declaration.name for declaration in model.real_inputs)
    found = gradient(model, names)
    output = model.output.tensor
    rng = random.Random(model.name)  # noqa: S311 - points, not secrets
    compared = 0
    for point in islice(points(model, rng, most_labels=3), 0, None, 2):
        places = positions(output.axes, point.sizes)
        seed = {place: rng.choice((1.0, -0.5, 2.0)) for place in places}
        inputs = {**point.inputs, found.cotangent.name: seed}
        adjoints = Evaluator(found.equations, Point(point.sizes, inputs))
        duals = Evaluator(model.equations, point)
        for name, adjoint in found.gradients:
            for where in positions(model.tensor(name).axes, point.sizes):
                slopes = [derivative(duals, model, place, (name, where)) for place in places]
                wanted = math.fsum(seed[p] * slope for p, slope in zip(places, slopes, strict=True))
                if math.isfinite(wanted):
                    assert adjoints.value(adjoint, where) == pytest.approx(wanted, 1e-9, 1e-9)
                    compared += 1
    assert compared


def derivative(evaluator, model, place, wrt):
    letters = dict(zip(model.output.indices, place, strict=True))
    return float(evaluator.derivative(model.output.element, letters, wrt))


@cache
def derivation(name, wrt):
    return derive(catalog.load(name), wrt=wrt)


def test_every_line_of_the_derivations_holds(model):
    for wrt in model.default_wrt():
        evidence = check_derivation(derivation(model.name, wrt))
        assert evidence.lines
        assert evidence.comparisons
