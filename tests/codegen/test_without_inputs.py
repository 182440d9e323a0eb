"""Models without real inputs: there is nothing to differentiate by, and the module says so."""

import ast

import numpy as np
import pytest

from symderive import compile as compiled
from symderive.codegen import generate_source
from symderive.derive import gradient
from symderive.notation.sym import read_model
from symderive.stabilise import stabilise, stabilise_gradient

CONSTANT = "L = 3**9"
LABELS = """
label y[N] in C
label z[N] in C
index i: N
L = mean[i]([y[i] == z[i]])
"""


@pytest.mark.parametrize(
    ("level", "target"), [("readable", "numpy"), ("fast", "numpy"), ("fast", "numba")]
)
def test_a_constant_has_no_gradients(level, target):
    module = compiled(read_model(CONSTANT, "constant"), level, target=target)
    assert module.value() == 3**9
    assert module.value_and_grad() == (3**9, {})
    assert module.value_and_vjp(2.0) == (3**9, {})
    with pytest.raises(ValueError, match="shape"):
        module.value_and_vjp(np.ones(2))
    with pytest.raises(ValueError, match="wrt"):
        module.value_and_grad(wrt="x")


def test_labels_alone_have_no_gradients():
    module = compiled(read_model(LABELS, "labels"))
    y, z = np.array([0, 1, 2, 1]), np.array([0, 1, 1, 1])
    assert module.value_and_grad(y, z) == (0.75, {})


@pytest.mark.parametrize("text", [CONSTANT, LABELS])
def test_every_function_that_is_called_is_defined(text):
    model = read_model(text, "model")
    tree = ast.parse(generate_source(stabilise_gradient(gradient(stabilise(model).model, []))))
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert {name for name in called if name.startswith("_")} <= defined
