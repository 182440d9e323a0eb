"""Results put into arrays of the caller: the same numbers, in that very memory, or an error."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

import symderive as sd
from symderive import catalog

MODELS = (
    "sigmoid",
    "elu",
    "softmax",
    "softmax_nll",
    "hinge",
    "cross_entropy_of_scores",
    "two_layer_sigmoid",
    "binary_logistic",
)
SIZES = {"N": 5, "D": 4, "C": 3}


def call(name, target="numpy", level="fast"):
    """The function with ``out``, the inputs, and what is asked for."""
    model = catalog.load(name)
    rng = np.random.default_rng(0)
    inputs = {}
    for declaration in model.declarations:
        tensor = declaration.tensor
        shape = tuple(SIZES.get(axis.name, 3) for axis in tensor.axes)
        if tensor.label_of is not None:
            inputs[declaration.name] = rng.integers(0, 3, shape)
        elif declaration.role != "const":
            inputs[declaration.name] = rng.uniform(0.1, 0.9, shape)
    made = sd.compile(model, level, with_="out", target=target)
    wrt = tuple(d.name for d in model.real_inputs if d.role != "const")
    return made, inputs, wrt


@pytest.mark.parametrize("level", ["fast", "readable"])
@pytest.mark.parametrize("name", MODELS)
def test_results_lie_in_the_arrays_given_and_are_the_same(name, level):
    made, inputs, wrt = call(name, level=level)
    value, wanted = made.value_and_vjp(**inputs, wrt=wrt)
    out = {key: np.full_like(array, np.nan) for key, array in wanted.items() if array.ndim}
    output = made.model.output.name
    if value.ndim:
        out[output] = np.full_like(value, np.nan)
    again, found = made.value_and_vjp(**inputs, wrt=wrt, out=out)
    np.testing.assert_array_equal(again, value)
    assert (again is out.get(output)) == bool(value.ndim)
    for key, array in wanted.items():
        np.testing.assert_array_equal(found[key], array)
        assert not array.ndim or found[key] is out[key]


def test_products_and_blocks_are_computed_there():
    source = sd.generate("softmax_nll", with_="out")
    assert 'dw = np.matmul(ds.T, x, out=rooms["w"])' in source
    assert '_room(rooms["x"]' in sd.generate("sigmoid", with_="out")


def test_what_is_not_asked_for_is_left_alone_and_loops_have_it_too():
    made, inputs, _ = call("sigmoid")
    room = np.full(5, 7.0)
    made.value_and_vjp(**inputs, wrt=(), out={"x": room})
    assert (room == 7).all()
    pytest.importorskip("numba")
    made, inputs, _ = call("sigmoid", "numba")
    value, grads = made.value_and_vjp(**inputs, out={"x": room})
    assert grads["x"] is room
    np.testing.assert_allclose(room, value * (1 - value))


def test_without_it_nothing_changes():
    plain, more = sd.generate("softmax_nll"), sd.generate("softmax_nll", with_="out")
    assert "rooms" not in plain
    assert "out=None" not in plain.partition("def _inputs")[0]
    assert more != plain


@pytest.mark.parametrize(
    ("out", "error", "match"),
    [
        ([1], TypeError, "dictionary"),
        ({"b": np.zeros(3)}, ValueError, "names among"),
        ({"w": np.zeros((3, 3))}, ValueError, r"shape \(3, 4\)"),
        ({"w": np.zeros((3, 4), np.float32)}, ValueError, "float32"),
        ({"w": [1.0]}, ValueError, "written"),
        ({"w": np.broadcast_to(0.0, (3, 4))}, ValueError, "written"),
        ({"w": as_strided(np.zeros(1), (3, 4), (0, 0))}, ValueError, "a place for each entry"),
    ],
)
def test_what_does_not_fit_is_told(out, error, match):
    made, inputs, _ = call("softmax_nll")
    with pytest.raises(error, match=match):
        made.value_and_grad(**inputs, out=out)


def test_memory_of_an_input_or_another_result_is_refused():
    made, inputs, _ = call("softmax_nll")
    with pytest.raises(ValueError, match="shares memory"):
        made.value_and_grad(**inputs, out={"w": inputs["w"]})
    made, inputs, wrt = call("sigmoid")
    room = np.empty(5)
    with pytest.raises(ValueError, match="another result"):
        made.value_and_vjp(**inputs, wrt=wrt, out={"x": room, "y": room})
