"""What the tests of generated code share: the models, and the comparison with their meaning."""

from __future__ import annotations

import importlib.util
import itertools
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from symderive import catalog
from symderive.codegen import generate_source, load_module
from symderive.codegen.names import TAKEN
from symderive.derive import gradient
from symderive.model import Declaration
from symderive.model.evaluate import Evaluator
from symderive.model.points import points
from symderive.stabilise import stabilise, stabilise_gradient


def _load(name):
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MODELS = dict(_load("models").MODELS)
NAMES = (*MODELS, *catalog.names())


@dataclass(frozen=True)
class Generated:
    """A generated module and the gradient that it was made of."""

    model: object
    gradients: object
    source: str
    module: object

    @property
    def names(self):
        return [name for name, _ in self.gradients.gradients]

    def parameter(self, name):
        """What the tool's own parameter ``name`` is called beside the user's."""
        taken = [d.name for d in self.model.declarations]
        return f"{name}_" if name in taken else name

    def call(self, inputs, cotangent, wrt=None):
        """The value, the value again, and the gradients."""
        consts = {
            (f"{d.name}_" if d.name in TAKEN else d.name): inputs[d.name]
            for d in self.model.declarations
            if d.role == "const"
        }
        given = [inputs[d.name] for d in self.model.declarations if d.role != "const"]
        options = {self.parameter("wrt"): tuple(self.names if wrt is None else wrt)}
        value = self.module.value(*given, **consts)
        again, grads = self.module.value_and_vjp(*given, cotangent, **consts, **options)
        return value, again, grads


_MADE, _GRADIENTS = {}, {}


def gradients_of(model, stable):
    """The gradients of ``model``, found once for all levels of code."""
    key = (model.name, model.equations, stable)
    if key not in _GRADIENTS:
        names = [d.name for d in model.real_inputs]
        if stable:
            _GRADIENTS[key] = stabilise_gradient(gradient(stabilise(model).model, names))
        else:
            _GRADIENTS[key] = gradient(model, names)
    return _GRADIENTS[key]


def generated(model, level="fast", stable=False):
    """The module of ``model``, made once in a session."""
    key = (model.name, model.equations, level, stable)  # names of tests' own models may recur
    if key not in _MADE:
        gradients = gradients_of(model, stable)
        source = generate_source(gradients, level=level)
        _MADE[key] = Generated(model, gradients, source, load_module(source, model.name))
    return _MADE[key]


def array(values, shape, dtype):
    """The array of a table of elements by position."""
    result = np.zeros(shape, dtype)
    for position in itertools.product(*map(range, shape)):
        result[position] = float(values[position]) if dtype != np.int64 else values[position]
    return result if shape else result[()]


def shape_of(tensor, point):
    return tuple(point.sizes[axis] for axis in tensor.axes)


def compare(made, point, dtype, tolerance):
    """Value and gradients against the meaning of the equations, element by element."""
    evaluator = Evaluator(made.gradients.equations, point)
    inputs = {
        d.name: array(
            point.inputs[d.name],
            shape_of(d.tensor, point),
            np.int64 if d.role == "label" else dtype,
        )
        for d in made.model.declarations
    }
    tensor = made.gradients.cotangent
    cotangent = array(point.inputs[tensor.name], shape_of(tensor, point), dtype)
    before = {name: np.copy(value) for name, value in inputs.items()}
    with np.errstate(all="raise"):
        value, again, grads = made.call(inputs, cotangent)
    for name, value_before in before.items():
        assert np.array_equal(inputs[name], value_before), f"{name} was changed"
    output = made.model.output.name
    results = [(output, value), (output, again)]
    results += [(adjoint, grads[name]) for name, adjoint in made.gradients.gradients]
    for name, result in results:
        equation = next(e for e in made.gradients.equations if e.name == name)
        assert np.shape(result) == shape_of(equation.tensor, point), name
        assert result.dtype == dtype, name
        for other in inputs.values():
            assert not np.shares_memory(result, other), f"{name} is an input"
        for position in itertools.product(*map(range, np.shape(result))):
            truth = float(evaluator.value(name, position))
            got = float(np.asarray(result)[position])
            np.testing.assert_allclose(
                got, truth, rtol=tolerance, atol=tolerance, err_msg=f"{name} at {position}"
            )


def points_of(made, most, sizes=(1, 2, 3), seed=1):
    """The first points at which a model is checked, with a cotangent."""
    cotangent = Declaration(made.gradients.cotangent, "data")
    rng = random.Random(seed)  # noqa: S311 - nothing secret
    every = points(made.model, rng, sizes, also=[cotangent])
    return itertools.islice(every, most)


def pytest_generate_tests(metafunc):
    if "model" in metafunc.fixturenames:
        # One worker has all tests of a model, and generates its code once.
        groups = [pytest.param(n, marks=pytest.mark.xdist_group(f"code of {n}")) for n in NAMES]
        metafunc.parametrize("model", groups, indirect=True)
    given = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    if "level" in metafunc.fixturenames and not any("level" in names for names in given):
        metafunc.parametrize("level", ["fast", "readable"])


@pytest.fixture
def model(request):
    """A small model of ours, or one of the catalog."""
    found = MODELS.get(request.param)
    return catalog.load(request.param) if found is None else found


@pytest.fixture
def make():
    """The function that makes a module of a model."""
    return generated


@pytest.fixture
def checked():
    """A function that compares the module of a model with the meaning of its equations."""

    def check(model, level, stable, dtype, tolerance, *, most, sizes=(1, 2, 3)):
        made = generated(model, level, stable)
        for point in points_of(made, most, sizes):
            compare(made, point, dtype, tolerance)

    return check


@pytest.fixture
def against():
    """A function that compares a module made by the test, which the cache does not know."""

    def check(model, gradients, source, module, dtype):
        made = Generated(model, gradients, source, module)
        for point in points_of(made, 9):
            compare(made, point, dtype, 1e-9 if dtype == np.float64 else 2e-3)

    return check


@pytest.fixture
def models():
    """All models by name."""
    return MODELS
