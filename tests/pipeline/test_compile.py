"""Compiling: a live module, its source, and what it has and has not."""

from __future__ import annotations

import numpy as np
import pytest

import symderive as sd
from symderive.pipeline import Compiled, CompileRequest
from symderive.pipeline import compile as compile_model


def test_the_functions_are_live():
    f = sd.compile(sd.catalog.softmax_nll())
    rng = np.random.default_rng(0)
    x, y, w = rng.normal(size=(4, 3)), np.array([0, 1, 1, 0]), rng.normal(size=(2, 3))
    value, grads = f.value_and_grad(x, y, w)
    assert value == f.value(x, y, w)
    again, vjp = f.value_and_vjp(x, y, w)
    assert again == value
    np.testing.assert_array_equal(vjp["w"], grads["w"])
    step = 1e-6 * rng.normal(size=w.shape)
    slope = (f.value(x, y, w + step) - f.value(x, y, w - step)) / 2
    np.testing.assert_allclose(slope, (grads["w"] * step).sum(), rtol=1e-6)


def test_every_real_input_has_its_gradient():
    f = sd.compile("hinge")
    x, y, w = np.ones((2, 3)), np.array([0, 1]), np.zeros((2, 3))
    _, grads = f.value_and_grad(x, y, w, wrt=("x", "w", "Delta"))
    assert {name: np.shape(grad) for name, grad in grads.items()} == {
        "x": (2, 3),
        "w": (2, 3),
        "Delta": (),
    }


def test_extreme_scores_are_no_trouble():
    x, y = np.array([[1000.0, -1000.0]]), np.array([1])
    value, grads = sd.compile("softmax_nll").value_and_grad(x, y, np.eye(2))
    assert value == 2000.0
    assert np.isfinite(grads["w"]).all()


def test_an_output_with_indices_has_no_value_and_grad():
    f = sd.compile("sigmoid")
    assert hasattr(f, "value_and_vjp")
    assert not hasattr(f, "value_and_grad")
    with pytest.raises(AttributeError, match="its output is not a scalar; use value_and_vjp"):
        _ = f.value_and_grad


def test_the_source_is_the_module():
    f = sd.compile("relu")
    assert isinstance(f, Compiled)
    assert f.source == sd.generate("relu")
    assert f.module.__doc__ in f.source
    assert repr(f) == f"<relu, compiled: {len(f.source.splitlines())} lines of NumPy>"


def test_levels_differ_in_form_alone():
    fast, readable = (
        compile_model(CompileRequest("hinge", level)) for level in ("fast", "readable")
    )
    assert fast.source != readable.source
    x, y, w = np.ones((2, 3)), np.array([0, 1]), np.zeros((2, 3))
    assert fast.value(x, y, w) == readable.value(x, y, w)


def test_what_ran_before_does_not_matter():
    first = sd.generate("softmax_nll")
    for name in ("hinge", "tanh", "binary_logistic"):
        sd.generate(name)
        sd.derive(name)
    assert sd.generate("softmax_nll") == first


def test_an_unknown_model_is_an_input_error():
    with pytest.raises(sd.InputError, match="did you mean relu"):
        sd.compile("relju")
