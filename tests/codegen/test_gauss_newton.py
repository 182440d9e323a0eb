"""Products with the Gauss-Newton matrix against ``J^T H J`` written out, and where they split."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import symderive as sd
from symderive import catalog
from symderive.derive import gauss_newton
from symderive.errors import InputError
from symderive.model import Declaration, Model
from symderive.stabilise import network_output, stabilise_for_second

#: Model -> where its loss begins.
NETWORKS = {
    "softmax_nll": "s",
    "network": "s",
    "two_layer_sigmoid": "yhat",
    "binary_logistic": "s",
    "squared_error": "yhat",
    "cross_entropy_of_scores": "s",
}
SIZES = {"N": 4, "D": 3, "C": 3, "H": 2, "K": 3, "P": 2}


def inputs_of(model: Model, rng: np.random.Generator) -> dict[str, np.ndarray]:
    sizes = {axis: SIZES.get(axis.name, 3) for axis in model.axes}
    found = {}
    for declaration in model.declarations:
        tensor, shape = (
            declaration.tensor,
            tuple(sizes[axis] for axis in declaration.tensor.axes),
        )
        if tensor.label_of is not None:
            found[declaration.name] = rng.integers(0, sizes[tensor.label_of], shape)
        elif declaration.role != "const":
            found[declaration.name] = rng.uniform(0.1, 0.9, shape)
    return found


def split(model: Model, at: str) -> tuple[Model | None, Model]:
    """The network that ends with ``at``, and the loss as a function of it."""
    names = [equation.name for equation in model.equations]
    place = names.index(at) + 1 if at in names else 0
    own = Declaration(model.tensor(at), "param")
    others = [
        replace(d, role="data") if d.role == "param" else d
        for d in model.declarations
        if d.name != at
    ]
    top = replace(model, declarations=(*others, own), equations=model.equations[place:])
    lower = replace(model, equations=model.equations[:place]) if place else None
    return lower, top


def written_out(model: Model, at: str, inputs: dict[str, np.ndarray]) -> np.ndarray:
    """``J^T H J`` over all params one after the other, from a Jacobian and a Hessian."""
    lower, top = split(model, at)
    wrt = model.default_wrt()
    if lower is None:
        jacobian, z = np.eye(inputs[at].size), inputs[at]
    else:
        network = sd.compile(lower)
        used = inputs
        z = network.value(**used)
        rows = []
        for unit in np.eye(z.size):
            _, grads = network.value_and_vjp(**used, cotangent=unit.reshape(z.shape), wrt=wrt)
            rows.append(np.concatenate([np.ravel(grads[name]) for name in wrt]))
        jacobian = np.array(rows)
    loss = sd.compile(top, with_="hessian")
    hessian = loss.hessian(**{**inputs, at: z}, wrt=at).reshape(z.size, z.size)
    return jacobian.T @ hessian @ jacobian


@pytest.mark.parametrize("level", ["fast", "readable"])
@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_a_product_is_that_with_the_matrix_written_out(name, level):
    model = catalog.load(name)
    rng = np.random.default_rng(0)
    inputs = inputs_of(model, rng)
    matrix = written_out(model, NETWORKS[name], inputs)
    assert np.linalg.eigvalsh(matrix).min() > -1e-12
    wrt = model.default_wrt()
    tangent = {key: rng.normal(size=inputs[key].shape) for key in wrt}
    made = sd.compile(model, level, with_="gauss_newton")
    product = made.gauss_newton(**inputs, tangent=tangent)
    flat = [np.concatenate([np.ravel(array[key]) for key in wrt]) for array in (tangent, product)]
    np.testing.assert_allclose(flat[1], matrix @ flat[0], rtol=1e-12, atol=1e-15)
    assert np.abs(flat[1]).max() > 1e-4


def test_it_keeps_float32_and_is_not_the_hessian_of_a_network():
    model = catalog.load("two_layer_sigmoid")
    rng = np.random.default_rng(1)
    inputs = inputs_of(model, rng)
    tangent = {key: rng.normal(size=inputs[key].shape) for key in ("w_h", "w_o")}
    made = sd.compile(model, with_=("hvp", "gauss_newton"))
    wide, whole = made.gauss_newton(**inputs, tangent=tangent), made.hvp(**inputs, tangent=tangent)
    assert np.abs(wide["w_h"] - whole["w_h"]).max() > 1e-3
    narrow = {key: value.astype(np.float32) for key, value in inputs.items()}
    product = made.gauss_newton(**narrow, tangent=tangent)
    assert {array.dtype for array in product.values()} == {np.dtype(np.float32)}
    np.testing.assert_allclose(product["w_o"], wide["w_o"], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_the_loss_begins_where_it_is_convex(name):
    assert network_output(stabilise_for_second(catalog.load(name))) == NETWORKS[name]


@pytest.mark.parametrize(
    ("equations", "wanted"),
    [
        ("z[i] = w[i] * x[i]\n L[i] = exp(z[i])\n loss = sum[i](L[i])", "z"),
        ("z[i] = w[i] * x[i]\n L[i] = -log(1 + z[i]**2)\n loss = sum[i](L[i])", None),
        ("z[i] = w[i] ** 3\n L[i] = x[i] * z[i]**2\n loss = sum[i](L[i])", None),
        ("z[i] = w[i] ** 3\n L[i] = abs(x[i]) * z[i]**2\n loss = sum[i](L[i])", "z"),
        ("z[i] = w[i] ** 3\n L[i] = z[i]**2 + w[i]\n loss = sum[i](L[i])", None),
        ("z[i] = w[i] ** 3\n L[i] = z[i] * x[i]\n loss = sum[i](L[i])", None),
        ("z[i] = w[i] ** 3\n L[i] = max(0, 1 - z[i])**2\n loss = sum[i](L[i])", "z"),
        ("z[i] = w[i] ** 3\n L[i] = max(-1, 1 - z[i])**2\n loss = sum[i](L[i])", None),
        ("z[i] = w[i] ** 3\n L[i] = max(0, 1 - z[i])\n loss = sum[i](L[i])", "z"),
        ("z[i] = w[i] ** 3\n L[i] = -log(z[i])\n loss = sum[i](L[i])", "z"),
        ("z[i] = w[i] ** 3\n L[i] = [z[i] > 0] * x[i]\n loss = sum[i](L[i])", None),
    ],
)
def test_convexity_is_seen_by_composition(equations, wanted):
    model = sd.parse(f"data x[N]\nparam w[N]\n{equations}", "m")
    if wanted is not None:
        assert network_output(model) == wanted
        return
    with pytest.raises(InputError, match="Gauss-Newton"):
        network_output(model)


def test_a_split_that_a_path_goes_around_is_refused():
    model = catalog.load("two_layer_sigmoid")
    with pytest.raises(InputError, match="net_h"):
        gauss_newton(model, "net_h")
    with pytest.raises(InputError, match="'x'"):
        gauss_newton(model, "x")


def test_a_map_has_none():
    with pytest.raises(InputError, match="scalar"):
        sd.compile("tanh", with_="gauss_newton")
