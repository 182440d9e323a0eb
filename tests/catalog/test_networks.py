"""Networks have the values of a forward pass written without indices; the builder builds any."""

from __future__ import annotations

import pytest
from mpmath import exp, fsum, log

from symderive import catalog
from symderive.catalog import network
from symderive.derive import derive, gradient
from symderive.errors import InputError
from symderive.verify.lines import check_derivation


def sigmoid(s):
    return 1 / (1 + exp(-s))


def dot(a, b):
    return fsum(x * y for x, y in zip(a, b, strict=True))


def layer(w, b, row, activation=lambda s: s):
    return [activation(dot(of_unit, row) + bias) for of_unit, bias in zip(w, b, strict=True)]


def mean(values):
    values = list(values)
    return fsum(values) / len(values)


def nll(scores, y):
    return log(fsum(map(exp, scores))) - scores[y]


def half_squared(a, b):
    return fsum((x - y) ** 2 for x, y in zip(a, b, strict=True)) / 2


def logistic(s, y):
    q = sigmoid(s)
    return -(y * log(q) if y else 0) - ((1 - y) * log(1 - q) if y != 1 else 0)


def zeros(w):
    return [0] * len(w)


def two_layer_sigmoid_biases(*, x, y, w_h, b_h, w_o, b_o):
    return fsum(
        half_squared(layer(w_o, b_o, layer(w_h, b_h, row, sigmoid), sigmoid), target)
        for row, target in zip(x, y, strict=True)
    )


def two_layer_sigmoid(x, y, w_h, w_o):
    biases = {"b_h": zeros(w_h), "b_o": zeros(w_o)}
    return two_layer_sigmoid_biases(x=x, y=y, w_h=w_h, w_o=w_o, **biases)


def of_default(*, x, y, w1, b1, w2, b2):
    return mean(
        nll(layer(w2, b2, layer(w1, b1, row, lambda s: max(0, s))), label)
        for row, label in zip(x, y, strict=True)
    )


FORMULAS = {
    "linear": lambda x, w, b: [layer(w, b, row) for row in x],
    "network": of_default,
    "neuron": lambda x, w, b: [sigmoid(dot(w, row) + b) for row in x],
    "two_layer_sigmoid": two_layer_sigmoid,
    "two_layer_sigmoid_biases": two_layer_sigmoid_biases,
}


def test_every_network_has_a_formula_here():
    names = {name for name in catalog.names() if catalog.load(name).kind == "networks"}
    assert names == set(FORMULAS)


@pytest.mark.parametrize("name", FORMULAS)
def test_values(checked, name):
    assert checked(catalog.load(name), FORMULAS[name])


def three_layers(*, x, y, alpha, w1, b1, alpha1, w2, b2, alpha2, w3, b3):
    """Of prelu, and leaky_relu on top."""

    def prelu(slope):
        return lambda s: s if s >= 0 else slope * s

    def f(row):
        hidden = layer(w2, b2, layer(w1, b1, row, prelu(alpha1)), prelu(alpha2))
        return prelu(alpha)(dot(w3, hidden) + b3)

    return mean(abs(f(row) - target) for row, target in zip(x, y, strict=True))


def decayed(*, x, y, Delta, decay, w1, w2):
    """Of tanh, without biases, with the multiclass hinge loss."""

    def tanh(s):
        return (exp(2 * s) - 1) / (exp(2 * s) + 1)

    def hinge(scores, y):
        return fsum(max(0, s - scores[y] + Delta) for j, s in enumerate(scores) if j != y)

    def loss(row, label):
        return hinge(layer(w2, zeros(w2), layer(w1, zeros(w1), row, tanh)), label)

    squares = fsum(value**2 for w in (w1, w2) for row in w for value in row)
    return mean(loss(row, label) for row, label in zip(x, y, strict=True)) + decay / 2 * squares


@pytest.mark.parametrize(
    ("model", "formula"),
    [
        (network(("H", "M"), "prelu", "l1", output="leaky_relu"), three_layers),
        (network(("H", "H"), "prelu", "l1", output="leaky_relu"), three_layers),
        (network(("C", "D"), "prelu", "l1", output="leaky_relu"), three_layers),
        (network(("H",), "tanh", "hinge", biases=False, l2=True), decayed),
        (
            network((), loss="half_squared_error", output="sigmoid"),
            lambda x, y, w1, b1: mean(
                half_squared(layer(w1, b1, row, sigmoid), target)
                for row, target in zip(x, y, strict=True)
            ),
        ),
        (
            network((), loss="binary_logistic"),
            lambda x, y, w1, b1: mean(
                logistic(dot(w1, row) + b1, target) for row, target in zip(x, y, strict=True)
            ),
        ),
    ],
    ids=["two widths", "one width", "widths of data and classes", "decay", "no layer", "one score"],
)
def test_values_of_networks_that_are_built(checked, model, formula):
    assert checked(model, formula)


def test_names_of_a_built_network():
    model = network(("H", "M"), "sigmoid", "squared_error", output="tanh")
    assert [d.name for d in model.declarations] == ["x", "y", "w1", "b1", "w2", "b2", "w3", "b3"]
    assert [str(e.element) for e in model.equations] == [
        "net1[i, h]",
        "a1[i, h]",
        "net2[i, u]",
        "a2[i, u]",
        "net3[i]",
        "yhat[i]",
        "L[i]",
        "loss",
    ]
    assert model.tensor("w2").axes == (model.tensor("a2").axes[1], model.tensor("a1").axes[1])


def test_a_constant_is_shared_and_a_parameter_is_not():
    assert "alpha" in network(("H", "H"), "elu").names
    assert {"alpha1", "alpha2"} <= set(network(("H", "H"), "prelu").default_wrt())


def test_constants_of_the_same_name_stay_apart():
    model = network(("H",), "swish_beta", "smooth_l1", output="softplus_beta")
    defaults = {d.name for d in model.declarations if d.role == "const"}
    assert defaults == {"beta", "beta_1", "beta_2"}


def test_a_constant_makes_way_for_an_equation_of_the_loss():
    assert "v_1" in network(("H",), "threshold", "zero_one_multiclass").names


LOSSES = [name for name in catalog.names() if catalog.load(name).kind == "losses"]


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_with_a_score_takes_a_network(loss):
    """Or is refused, saying why."""
    params = {d.name for d in catalog.load(loss).declarations if d.role == "param"}
    if not params or loss in SEVERAL_OR_NONE:
        with pytest.raises(InputError, match=f"the loss {loss} has no score"):
            network(loss=loss)
    else:
        model = network(loss=loss, biases=False)
        assert not {d.name for d in model.declarations} & params - {"w1", "w2"}
        assert model.equations[-2].name == "L"


SEVERAL_OR_NONE = {
    "cosine_embedding",
    "gaussian_nll",
    "margin_ranking",
    "structured_hinge",
    "triplet_margin",
}

#: Not of one number.
TOGETHER = {"glu", "log_softmax", "maxout", "softmax", "softmax_base", "softmax_beta"}
TOGETHER |= {"softmax_temperature", "softmin"}
ACTIVATIONS = [name for name in catalog.names() if catalog.load(name).kind == "activations"]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_an_elementwise_activation_makes_a_layer(activation):
    """Or is refused, saying why."""
    if activation in TOGETHER:
        with pytest.raises(InputError, match=f"{activation} does not act on each element alone"):
            network(activation=activation)
    else:
        assert network(activation=activation).equation("a1") is not None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"hidden": ("h",)}, "'h' is not the name of an axis, such as H"),
        ({"hidden": ("H-1",)}, "'H-1' is not the name of an axis"),
        ({"hidden": ("",)}, "'' is not the name of an axis"),
        ({"hidden": ("L",)}, "L has two meanings"),
        ({"activation": "rel"}, "'rel' is not in the catalog; did you mean"),
        ({"loss": "softmax_nl"}, "'softmax_nl' is not in the catalog; did you mean softmax_nll"),
        ({"loss": "relu"}, "the loss relu has no score"),
        ({"loss": "neuron"}, "the loss neuron has no score"),
    ],
)
def test_requests_that_do_not_fit(arguments, message):
    with pytest.raises(InputError, match=message):
        network(**arguments)


def test_a_layer_adds_the_same_number_of_adjoints_at_any_depth():
    counts = [len(gradient(network(("H",) * depth, "tanh", "mse")).adjoints) for depth in (2, 3, 6)]
    assert counts[2] - counts[1] == 3 * (counts[1] - counts[0])


def test_the_derivation_of_a_network_with_decay():
    model = network(("H",), "tanh", "squared_error", l2=True)
    assert check_derivation(derive(model, wrt="w1")).comparisons
