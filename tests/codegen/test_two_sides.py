"""Both sides of a softplus with weights that are 1 in all: one of them, to the last digits."""

from __future__ import annotations

from functools import cache

import mpmath
import numpy as np
import pytest

from symderive.codegen import generate_source, load_module
from symderive.codegen.ir import Graph, Map, Var, reachable
from symderive.codegen.passes import two_sides
from symderive.codegen.program import Program
from symderive.derive import gradient
from symderive.notation.sym import read_model
from symderive.stabilise import stabilise, stabilise_gradient

N0 = Var(0, "N", 0)

#: The same loss as people write it: either side first, by the logarithm, with the signs turned.
WRITTEN = {
    "softplus": "L[i] = (1 - y[i])*softplus(s[i]) + y[i]*softplus(-s[i])",
    "turned": "L[i] = y[i]*softplus(-s[i]) + (1 - y[i])*softplus(s[i])",
    "logarithms": "L[i] = -y[i]*log(sigmoid(s[i])) - (1 - y[i])*log(1 - sigmoid(s[i]))",
    "other class": "L[i] = y[i]*softplus(s[i]) + (1 - y[i])*softplus(-s[i])",
    "by name": "p[i] = 1/(1 + exp(-s[i]))\nL[i] = -(y[i]*log(p[i]) + (1 - y[i])*log(1 - p[i]))",
}

SCORES = [0.0, 1e-300, 1e-9, 0.3, 5.0, 36.0, 40.0, 745.0, 1e4]
LABELS = [0.0, 1.0, 0.25, 0.5, 1 - 2**-40, 2**-60, -2.0, 3.0]


@cache
def made(text, target="numpy"):
    model = read_model(f"data y[N]\nparam s[N]\n{text}", "sides")
    gradients = stabilise_gradient(gradient(stabilise(model).model, ["s"]))
    source = generate_source(gradients, level="fast", target=target, definition=model)
    return load_module(source, "sides"), source


def exact(s, y):
    """The loss and its slope, and how large their terms are."""
    s, y = mpmath.mpf(float(s)), mpmath.mpf(float(y))
    with mpmath.workdps(5000 if abs(s) > 1000 else 500):
        side = mpmath.log1p(mpmath.exp(s)), mpmath.log1p(mpmath.exp(-s))
        slope = 1 / (1 + mpmath.exp(-s)), 1 / (1 + mpmath.exp(s))
        loss = (1 - y) * side[0], y * side[1]
        by_s = (1 - y) * slope[0], -y * slope[1]
        return sum(loss), sum(by_s), sum(map(abs, loss)), sum(map(abs, by_s))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    ("written", "target"), [*((way, "numpy") for way in WRITTEN), ("other class", "numba")]
)
def test_value_and_slope_are_right_however_it_is_written(written, target, dtype):
    module, source = made(WRITTEN[written], target)
    assert "copysign" in source
    reach = SCORES if dtype == np.float64 else [s for s in SCORES if s != 1e-300]
    s, y = (a.ravel().astype(dtype) for a in np.meshgrid([*reach, *(-s for s in reach)], LABELS))
    with np.errstate(all="raise"):
        value, grads = module.value_and_vjp(y, s)
    ulp = float(np.finfo(dtype).eps)
    smallest = float(np.finfo(dtype).tiny)
    turned = written == "other class"
    for place in range(len(s)):
        at = -s[place] if turned else s[place]
        loss, slope, size, steepness = exact(at, y[place])
        wanted = -slope if turned else slope
        assert abs(float(value[place]) - loss) <= 6 * ulp * size + smallest, (s[place], y[place])
        assert abs(float(grads["s"][place]) - wanted) <= 6 * ulp * steepness + smallest


def test_zeros_of_either_sign_have_the_slope_of_zero():
    module, _ = made(WRITTEN["softplus"])
    value, grads = module.value_and_vjp(np.array([0.25, 0.25]), np.array([0.0, -0.0]))
    assert np.allclose(value, np.log(2), rtol=1e-15)
    assert grads["s"].tolist() == [0.25, 0.25]


def test_what_is_infinite_or_no_number_stays_so():
    module, _ = made(WRITTEN["softplus"])
    value, _ = module.value_and_vjp(np.array([1.0, 0.0, 0.5]), np.array([-np.inf, np.inf, np.nan]))
    assert value[0] == value[1] == np.inf
    assert np.isnan(value[2])


@pytest.mark.parametrize(
    ("weight", "opposite", "joined"),
    [
        ("1 - q", True, True),
        ("2 - q", True, False),
        ("1 - r", True, False),
        ("1 - q", False, False),
    ],
)
def test_only_weights_that_are_one_in_all_on_opposite_sides(weight, opposite, joined):
    graph = Graph()
    x, q, r = (graph.input(name, (N0,)) for name in "xqr")
    number, other = weight.split(" - ")
    rest = graph.map("subtract", graph.constant(int(number)), {"q": q, "r": r}[other])
    there = graph.map("multiply", rest, graph.map("softplus", x))
    side = graph.map("negative", x) if opposite else x
    here = graph.map("multiply", q, graph.map("softplus", side))
    found = two_sides(Program(graph, (), (("", graph.map("add", there, here)),)))
    left = [node.op for node in reachable(found.roots) if isinstance(node, Map)]
    assert ("softplus" not in left) == joined
