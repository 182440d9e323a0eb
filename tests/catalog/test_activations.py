"""Activations have the values of their published formulas, written here once more without indices.

For those of torch.nn the formula is the one in its documentation.
"""

from __future__ import annotations

import pytest
from mpmath import erf, exp, fsum, log, mpf, pi, sqrt, tanh

from symderive import catalog

#: Where pieces meet, beside that, and far out.
SPECIAL = (-1000, -6, -3, -2, -1, -0.5, -0.25, 0, 0.25, 0.5, 1, 2, 3, 6, 7, 1000)


def sigmoid(x):
    return 1 / (1 + exp(-x))


def softmax(scores):
    return [exp(score) / fsum(map(exp, scores)) for score in scores]


def clipped(x, low, high):
    return min(max(x, low), high)


def shrunk(x, lambd):
    if abs(x) <= lambd:
        return mpf(0)
    return x - lambd if x > 0 else x + lambd


ELEMENTWISE = {
    "celu": lambda x, alpha: max(0, x) + min(0, alpha * (exp(x / alpha) - 1)),
    "elu": lambda x, alpha: x if x >= 0 else alpha * (exp(x) - 1),
    "gelu": lambda x: x * (1 + erf(x / sqrt(2))) / 2,
    "gelu_tanh": lambda x: x / 2 * (1 + tanh(sqrt(2 / pi) * (x + mpf("0.044715") * x**3))),
    "hardshrink": lambda x, lambd: x if x > lambd or x < -lambd else mpf(0),
    "hardsigmoid": lambda x: clipped(x + 3, 0, 6) / mpf(6),
    "hardswish": lambda x: x * clipped(x + 3, 0, 6) / 6,
    "hardtanh": lambda x, low, high: low if x <= low else min(x, high),
    "leaky_relu": lambda x, alpha: x if x >= 0 else alpha * x,
    "logsigmoid": lambda x: -log(1 + exp(-x)),
    "mish": lambda x: x * tanh(log(1 + exp(x))),
    "prelu": lambda x, alpha: x if x >= 0 else alpha * x,
    "relu": lambda x: x if x > 0 else mpf(0),
    "relu6": lambda x: clipped(x, mpf(0), mpf(6)),
    "selu": lambda x, alpha, scale: scale * (x if x > 0 else alpha * (exp(x) - 1)),
    "sigmoid": sigmoid,
    "softplus": lambda x: log(1 + exp(x)),
    "softplus_beta": lambda x, beta: log(1 + exp(beta * x)) / beta,
    "softshrink": shrunk,
    "softsign": lambda x: x / (1 + abs(x)),
    "swish": lambda x: x * sigmoid(x),
    "swish_beta": lambda x, beta: x * sigmoid(beta * x),
    "tanh": tanh,
    "tanhshrink": lambda x: x - tanh(x),
    "threshold": lambda x, theta, v: x if x > theta else v,
}

#: Of one row of scores, and constants.
OF_ROWS = {
    "log_softmax": lambda s: [log(p) for p in softmax(s)],
    "softmax": softmax,
    "softmax_base": lambda s, b: softmax([score * log(b) for score in s]),
    "softmax_beta": lambda s, beta: softmax([beta * score for score in s]),
    "softmax_temperature": lambda s, T: softmax([score / T for score in s]),
    "softmin": lambda s: softmax([-score for score in s]),
}


def glu(a, b):
    return [one * sigmoid(other) for one, other in zip(a, b, strict=True)]


def maxout(x, w1, b1, w2, b2):
    def dot(w, row):
        return fsum(a * b for a, b in zip(w, row, strict=True))

    return [max(dot(w1, row) + b1, dot(w2, row) + b2) for row in x]


OTHERS = {"glu": glu, "maxout": maxout}


def test_the_constants_of_selu():
    constants = {d.name: d.default for d in catalog.load("selu").declarations}
    assert float(constants["alpha"]) == 1.6732632423543772848
    assert float(constants["scale"]) == 1.0507009873554804934


def test_every_activation_has_a_formula_here():
    names = {name for name in catalog.names() if catalog.load(name).kind == "activations"}
    assert names == {*ELEMENTWISE, *OF_ROWS, *OTHERS}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_values_of_elementwise_activations(checked, name):
    formula = ELEMENTWISE[name]

    def every(x, **constants):
        return [formula(value, **constants) for value in x]

    model = catalog.load(name)
    defaults = {
        d.name: {(): 2 if d.default is None else mpf(d.default.p) / int(d.default.q)}
        for d in model.declarations
        if d.name != "x"
    }
    rows = [{"x": dict.fromkeys(((0,), (1,), (2,)), value), **defaults} for value in SPECIAL]
    assert checked(model, every, rows) > len(SPECIAL)


@pytest.mark.parametrize("name", OF_ROWS)
def test_values_of_activations_of_rows(checked, name):
    formula = OF_ROWS[name]
    assert checked(
        catalog.load(name), lambda s, **constants: [formula(row, **constants) for row in s]
    )


@pytest.mark.parametrize("name", OTHERS)
def test_values_of_activations_of_several_inputs(checked, name):
    assert checked(catalog.load(name), OTHERS[name])
