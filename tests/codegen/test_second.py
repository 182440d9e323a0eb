"""Generated Hessians and Hessian-vector products: what they accept, and what they are made of."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import symderive as sd
from symderive.codegen.ir import Graph, Var
from symderive.codegen.symmetric import halves, is_non_negative, with_roots
from symderive.errors import InputError
from symderive.notation.sym import read_model

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]])
Y = np.array([1, 0])
W = np.array([[0.1, 0.2, 0.3], [-0.3, 0.2, -0.1], [0.0, 0.5, 1.0], [2.0, 1.0, 0.0]])
V = np.linspace(-1, 1, 12).reshape(4, 3)
LEVELS = ("fast", "readable")


@pytest.fixture(scope="module", params=LEVELS)
def nll(request):
    return sd.compile("softmax_nll", request.param, with_=("hvp", "hessian"))


@pytest.fixture(scope="module", params=LEVELS)
def logistic(request):
    return sd.compile("binary_logistic", request.param, with_=("hvp", "hessian"))


def test_a_hessian_has_the_axes_of_its_input_twice_and_gives_the_products(nll):
    hessian = nll.hessian(X, Y, W)
    assert hessian.shape == (4, 3, 4, 3)
    product = nll.hvp(X, Y, W, {"w": V})
    assert list(product) == ["w"]
    np.testing.assert_allclose(np.tensordot(hessian, V), product["w"], atol=1e-15)
    flat = hessian.reshape(12, 12)
    np.testing.assert_allclose(flat, flat.T, atol=1e-17)
    assert np.linalg.eigvalsh(flat).min() > -1e-15


def test_every_input_has_its_block_and_all_have_one_product(logistic):
    y, w, b = np.array([0.0, 1.0]), W[0], 0.5
    assert logistic.hessian(X, y, w, b).shape == (3, 3)
    assert logistic.hessian(X, y, w, b, wrt="b").shape == ()
    one = logistic.hvp(X, y, w, b, {"b": 0.0, "w": V[0]})
    assert sorted(one) == ["b", "w"]
    np.testing.assert_allclose(one["w"], logistic.hessian(X, y, w, b) @ V[0])
    other = logistic.hvp(X, y, w, b, {"b": 2.0, "w": 0 * V[0]})
    np.testing.assert_allclose(other["b"], 2 * logistic.hessian(X, y, w, b, wrt="b"))


def test_float32_stays_float32(nll):
    x, w, v = (array.astype(np.float32) for array in (X, W, V))
    assert nll.hessian(x, Y, w).dtype == np.float32
    assert nll.hvp(x, Y, w, {"w": v})["w"].dtype == np.float32
    assert nll.hvp(x, Y, w, {"w": V})["w"].dtype == np.float32


def test_inputs_and_tangents_are_not_changed(nll):
    given = [X.copy(), Y.copy(), W.copy(), V.copy()]
    nll.hvp(*given[:3], {"w": given[3]})
    nll.hessian(*given[:3])
    assert all(map(np.array_equal, given, (X, Y, W, V)))


@pytest.mark.parametrize(
    ("tangent", "error", "message"),
    [
        ({}, ValueError, r"tangent: arrays for w were expected, got none"),
        ({"x": X}, ValueError, r"tangent: arrays for w were expected, got x"),
        ({"w": V, "x": X}, ValueError, r"tangent: arrays for w were expected, got w, x"),
        ({"w": V[:2]}, ValueError, r"tangent\['w'\]: shape \(4, 3\) .* as w, got \(2, 3\)"),
        ({"w": V + 0j}, TypeError, r"tangent\['w'\]: real numbers .* got dtype complex128"),
        ({"w": None}, TypeError, r"tangent\['w'\]: real numbers .* got dtype object"),
        ({"w": [[1.0], [1.0, 2.0]]}, ValueError, r"tangent\['w'\]: an array was expected"),
        (V, TypeError, r"tangent: a dictionary with w was expected, got ndarray"),
    ],
)
def test_a_wrong_tangent_is_named(nll, tangent, error, message):
    with pytest.raises(error, match=message):
        nll.hvp(X, Y, W, tangent)


@pytest.mark.parametrize("wrt", ["x", "y", "", (), ("w", "w"), ("w", "b")])
def test_a_hessian_is_by_one_input(logistic, wrt):
    with pytest.raises(ValueError, match=r"wrt: one of w, b was expected, got"):
        logistic.hessian(X, [0.0, 1.0], W[0], 0.5, wrt=wrt)


def test_other_inputs_are_checked_as_for_values(nll):
    for function in (lambda *args: nll.hvp(*args, {"w": V}), nll.hessian):
        with pytest.raises(ValueError, match=r"y: positions on axis C of size 4 were expected"):
            function(X, [1, 4], W)


def test_an_output_that_is_no_scalar_takes_a_cotangent():
    made = sd.compile("sigmoid", with_=("hvp", "hessian"))
    x, c, v = np.array([0.5, -2.0]), np.array([3.0, 0.5]), np.array([1.0, 10.0])
    s = 1 / (1 + np.exp(-x))
    second = s * (1 - s) * (1 - 2 * s)
    np.testing.assert_allclose(made.hvp(x, {"x": v})["x"], second * v)
    np.testing.assert_allclose(made.hvp(x, {"x": v}, c)["x"], c * second * v)
    np.testing.assert_allclose(made.hessian(x, c), np.diag(c * second))
    with pytest.raises(ValueError, match=r"cotangent: shape \(2,\) was expected"):
        made.hessian(x, c[:1])


def test_what_was_not_asked_for_is_not_there():
    with pytest.raises(AttributeError, match=r"hinge has no hvp; compile it with_=\('hvp',\)"):
        _ = sd.compile("hinge").hvp
    assert "def hvp" not in sd.generate("hinge", with_="hessian")
    with pytest.raises(
        InputError, match=r"with 'hess': hvp, hessian, gauss_newton or out was expected"
    ):
        sd.compile("hinge", with_="hess")


def test_names_of_ours_give_way_to_those_of_the_user():
    text = "param tangent[N]; param blocks; param wrt".replace("; ", "\n")
    model = sd.parse(text + "\nloss = sum[i](exp(tangent[i]) * blocks * wrt)")
    made = sd.compile(model, with_=("hvp", "hessian"))
    zero, one = np.zeros(2), np.ones(2)
    np.testing.assert_allclose(made.hessian(zero, 1.0, 2.0), 2 * np.eye(2))
    product = made.hvp(zero, 1.0, 2.0, {"tangent": one, "blocks": 0.0, "wrt": 0.0})
    assert product["blocks"] == 4.0


def test_no_array_has_the_samples_twice():
    made = sd.compile("binary_logistic", with_="hessian")
    n = 200_000  # a diagonal of n x n would need 300 GB
    x, y, w = np.ones((n, 1)), np.zeros(n), np.zeros(1)
    np.testing.assert_allclose(made.hessian(x, y, w, 0.0), [[0.25]])


def test_the_hessian_of_a_positive_weight_is_one_array_and_its_transpose():
    assert "t3.T.dot(t3)" in sd.generate("binary_logistic", with_="hessian")


def test_a_module_is_the_same_for_every_hash_seed():
    code = (
        "import symderive as sd; print(sd.generate('two_layer_sigmoid', with_=('hvp','hessian')))"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(made) == 1


# --- symmetric products ---------------------------------------------------------------------------

GRAPH = Graph()
I, J, L, K, M = (
    Var(*key) for key in ((0, "N", 0), (1, "C", 0), (1, "C", 1), (2, "D", 0), (2, "D", 1))
)
P = GRAPH.input("p", (I, J))
D = GRAPH.input("d", (I,))
Z = GRAPH.input("z", (I, K))


def other(node, variables):
    return GRAPH.rename(node, variables)


@pytest.mark.parametrize(
    ("factors", "left", "weights"),
    [
        ([P, other(P, (I, L))], [P], []),
        ([other(P, (I, L)), D, P], [P], [D]),
        ([P, Z, other(Z, (I, M)), other(P, (I, L))], [P, Z], []),
        ([GRAPH.map("exp", P), GRAPH.map("exp", other(P, (I, L)))], [GRAPH.map("exp", P)], []),
    ],
)
def test_a_symmetric_product_is_seen(factors, left, weights):
    found = halves(factors, (I,))
    assert list(found.left) == left
    assert list(found.weights) == weights


@pytest.mark.parametrize(
    "factors",
    [
        [P, Z],
        [P, other(P, (I, L)), Z],
        [P, P],
        [P, GRAPH.map("exp", other(P, (I, L)))],
        [P, other(P, (I, L)), P, other(P, (I, L))],
        [GRAPH.map("multiply", P, Z), GRAPH.map("multiply", other(P, (I, L)), Z)],
    ],
)
def test_what_is_not_symmetric_is_left(factors):
    assert halves(factors, (I,)) is None


def test_a_weight_that_may_be_negative_has_no_root():
    for weight, split in ((D, False), (GRAPH.map("square", D), True)):
        product = GRAPH.contract(GRAPH.map("multiply", weight, P), other(P, (I, L)), (I,))
        changed = with_roots(GRAPH, product)
        assert (changed is not product) == split


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (GRAPH.constant(0), True),
        (GRAPH.constant(-1), False),
        (GRAPH.size("N"), True),
        (D, False),
        (GRAPH.map("exp", D), True),
        (GRAPH.map("negative", GRAPH.map("exp", D)), False),
        (GRAPH.map("multiply", D, D), True),
        (GRAPH.map("multiply", D, GRAPH.map("exp", D)), False),
        (GRAPH.map("divide", GRAPH.map("exp", D), GRAPH.size("N")), True),
        (GRAPH.map("subtract", GRAPH.constant(1), GRAPH.map("sigmoid", D)), False),
        (GRAPH.map("maximum", D, GRAPH.constant(0)), True),
        (GRAPH.map("minimum", D, GRAPH.constant(0)), False),
        (GRAPH.reduce("sum", GRAPH.map("square", P), (J,)), True),
        (GRAPH.reduce("lse", GRAPH.map("square", P), (J,)), False),
        (GRAPH.map("log1p", GRAPH.map("exp", D)), True),
    ],
)
def test_the_sign_of_an_array_follows_from_its_form(node, expected):
    assert is_non_negative(node) is expected


def test_a_long_sum_is_written_term_by_term():
    """Every term was looked at twice, and the terms inside of it as often: it did not end."""
    factors = range(2, 26)
    terms = " + ".join(f"sin({n} * x[i, j]) * u[i]" for n in factors)
    model = read_model(f"param x[N, M]\nparam u[N]\nloss = sum[i, j]({terms})", "long")
    x, u = np.array([[0.5, -1.0, 0.25]]), np.array([2.0])
    found = sd.compile(model, with_=("hessian",)).hessian(x, u)
    wanted = -sum(n**2 * np.sin(n * x) for n in factors) * u
    np.testing.assert_allclose(found[0, :, 0, :], np.diag(wanted[0]), rtol=1e-12)
