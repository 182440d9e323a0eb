"""Runs in NumPy by blocks of rows: right however small the blocks, and only where it pays."""

from __future__ import annotations

import numpy as np
import pytest

from symderive import catalog
from symderive.codegen import generate_source, load_module, running
from symderive.derive import gradient
from symderive.stabilise import stabilise, stabilise_gradient
from tests.codegen.models import MODELS


def gradients_of(model):
    names = [declaration.name for declaration in model.real_inputs]
    return stabilise_gradient(gradient(stabilise(model).model, names))


def source_of(name):
    model = catalog.load(name)
    return generate_source(gradients_of(model), definition=model)


@pytest.mark.parametrize("name", [*MODELS, *catalog.names()[::6]])
def test_blocks_of_a_row_or_two_give_the_same(name, against, monkeypatch):
    model = MODELS[name] if name in MODELS else catalog.load(name)
    monkeypatch.setattr(running, "ENTRIES", 2)
    gradients = gradients_of(model)
    source = generate_source(gradients, definition=model)
    against(model, gradients, source, load_module(source, model.name), np.float64)


@pytest.mark.parametrize("name", ["swish", "gelu", "cross_entropy_of_scores", "log_softmax"])
def test_many_passes_without_a_matrix_product_go_block_by_block(name):
    assert "for start in range(0, N, rows):" in source_of(name)


@pytest.mark.parametrize("name", ["softmax_nll", "hinge", "two_layer_sigmoid", "relu"])
def test_beside_a_matrix_product_or_for_few_passes_there_are_no_blocks(name):
    assert "for start in" not in source_of(name)


def test_the_readable_level_has_no_blocks():
    model = catalog.load("swish")
    source = generate_source(gradients_of(model), level="readable", definition=model)
    assert "for start in" not in source


@pytest.mark.parametrize("name", ["swish", "cross_entropy_of_scores"])
def test_blocks_agree_with_one_block(name, monkeypatch):
    """More rows than a block, and a last one that is not full."""
    one = load_module(source_of(name), name)
    monkeypatch.setattr(running, "ENTRIES", 64)
    many = load_module(source_of(name), name)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1001, 5)) if name == "cross_entropy_of_scores" else rng.normal(size=1001)
    labels = (rng.integers(0, 5, 1001),) if x.ndim == 2 else ()
    value, grads = one.value_and_vjp(x, *labels)
    again, others = many.value_and_vjp(x, *labels)
    np.testing.assert_array_equal(value, again)
    for key, array in grads.items():
        np.testing.assert_array_equal(array, others[key])
