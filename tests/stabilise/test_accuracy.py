"""In double precision, at scores of +-1000 and beyond, the stable forms are right.

Right is what the equations as written give in as many digits as that takes.
"""

from __future__ import annotations

import itertools
import math

import pytest

from symderive import catalog
from symderive.derive import gradient
from symderive.model.evaluate import FLOAT, Evaluator, Point, mp_field
from symderive.model.points import positions
from symderive.stabilise import computed, stabilise, stabilise_gradient

#: Smaller numbers are 0 in double precision.
TINY = 1e-300
ENOUGH = mp_field(4500)
SCORES = (0.0, 1e-10, -1e-10, 0.3, -2.0, 30.0, -40.0, 700.0, -700.0, 1000.0, -1000.0)


def near(found, truth, relative):
    assert math.isfinite(found), (found, truth)
    assert abs(found - truth) <= relative * abs(truth) + TINY, (found, float(truth))


def evaluators(model, point, wrt):
    """The stable equations in double precision, the written ones in many digits; the gradients."""
    written = gradient(model, wrt)
    stable = stabilise_gradient(gradient(stabilise(model).model, wrt))
    return (
        Evaluator(stable.equations, point, FLOAT),
        Evaluator(written.equations, point, ENOUGH),
        stable.gradients,
    )


@pytest.mark.parametrize(
    "name", ["sigmoid", "tanh", "softplus", "logsigmoid", "elu", "swish", "softsign"]
)
def test_activations_and_their_derivatives(name):
    model = catalog.load(name)
    (N,) = model.tensor("x").axes
    inputs = {"x": {(place,): score for place, score in enumerate(SCORES)}}
    cotangent = {(place,): 1.0 for place in range(len(SCORES))}
    constants = {d.name: {(): float(d.default)} for d in model.declarations if d.role == "const"}
    point = Point({N: len(SCORES)}, {**inputs, **constants, f"∂{model.output.name}": cotangent})
    stable, exact, _ = evaluators(model, point, ["x"])
    for place, wanted in itertools.product(range(len(SCORES)), (model.output.name, "∂x")):
        near(stable.value(wanted, (place,)), exact.value(wanted, (place,)), 1e-14)


ROWS = [
    [1000.0, -1000.0, 1000.0],
    [-1000.0, -1000.0, -1000.0],
    [1000.0, 999.0, -1000.0],
    [0.0, 0.0, 0.0],
    [-1000.0, 700.0, 0.5],
    [1e4, -1e4, 9999.0],
]


@pytest.mark.parametrize("label", [0, 1, 2])
@pytest.mark.parametrize("scores", ROWS, ids=str)
def test_softmax_likelihood(scores, label):
    model = catalog.load("softmax_nll")
    N, D = model.tensor("x").axes
    C = model.tensor("y").label_of
    point = Point(
        {N: 1, C: 3, D: 1},
        {
            "x": {(0, 0): 1.0},
            "y": {(0,): label},
            "w": {(place, 0): score for place, score in enumerate(scores)},
            "∂loss": {(): 1.0},
        },
    )
    stable, exact, gradients = evaluators(model, point, ["w"])
    reach = max(1.0, *map(abs, scores))
    near(stable.value("loss", ()), exact.value("loss", ()), 1e-15 * reach)
    assert gradients == (("w", "∂w"),)
    for place in range(3):
        found, truth = (side.value("∂w", (place, 0)) for side in (stable, exact))
        assert math.isfinite(found)
        assert abs(found - truth) < 1e-15 * reach


@pytest.mark.parametrize("y", [0, 1, 0.25])
@pytest.mark.parametrize("score", [*SCORES, 1e4, -1e4])
def test_binary_logistic_loss(score, y):
    model = catalog.load("binary_logistic")
    N, D = model.tensor("x").axes
    one = {"x": {(0, 0): 1.0}, "y": {(0,): y}, "w": {(0,): 0.0}, "b": {(): score}}
    point = Point({N: 1, D: 1}, {**one, "∂loss": {(): 1.0}})
    stable, exact, _ = evaluators(model, point, ["w", "b"])
    for wanted, where in (("loss", ()), ("∂w", (0,)), ("∂b", ())):
        near(stable.value(wanted, where), exact.value(wanted, where), 1e-14)


def test_the_written_forms_are_not_right_there():
    """What the rules are for: without them the same evaluator fails."""
    for name, score in (("sigmoid", -1000.0), ("tanh", 1000.0), ("softplus", 1000.0)):
        model = catalog.load(name)
        (N,) = model.tensor("x").axes
        point = Point({N: 1}, {"x": {(0,): score}, f"∂{model.output.name}": {(0,): 1.0}})
        evaluator = Evaluator(gradient(model, ["x"]).equations, point, FLOAT)
        values = [evaluator.value(wanted, (0,)) for wanted in (model.output.name, "∂x")]
        assert not all(map(math.isfinite, values)), name


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "softmax"])
def test_how_it_is_computed_does_not_overflow(name):
    model = stabilise(catalog.load(name)).model
    (step,) = computed(model)
    tensor = model.output.tensor
    sizes = dict.fromkeys(tensor.axes, 3)
    (source,) = (d for d in model.declarations if d.role != "const")
    for value in (1000.0, -1000.0):
        entries = {at: value * (-1) ** sum(at) for at in positions(source.tensor.axes, sizes)}
        point = Point(sizes, {source.name: entries})
        for at in positions(tensor.axes, sizes):
            env = dict(zip(model.output.indices, at, strict=True))
            found = Evaluator((), point, FLOAT).evaluate(step.after, env)
            near(found, Evaluator((), point, ENOUGH).evaluate(step.before, env), 1e-15)
