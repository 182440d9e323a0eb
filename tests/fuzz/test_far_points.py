"""Short models that lost digits, or more, at one point: value and gradient against 400 digits."""

from __future__ import annotations

import random

import pytest

from symderive.codegen import generate_source, load_module
from symderive.derive import gradient
from symderive.model.evaluate import Point
from symderive.notation.sym import read_model
from symderive.stabilise import stabilise, stabilise_gradient
from tests.fuzz.journey import LEVELS, lost

#: What is seen -> the model, and points: numbers, or lists along the one axis of an input.
MODELS = {
    "one less a share of a square": (
        "data x\nparam lr\nloss = 1 - x**2/(x**2 + exp(lr))",
        [{"x": 1e6, "lr": -14.0}, {"x": 1.5, "lr": 0.5}, {"x": 3.0, "lr": -400.0}],
    ),
    "a gain by name": (
        (
            "param lP\nparam lr\nparam F\nP = F**2*exp(lP)\nr = exp(lr)\nK = P/(P + r)\n"
            "P1 = (1 - K)*P\nloss = log(P1)"
        ),
        [
            {"lP": 9.2, "lr": -9.2, "F": 0.9},
            {"lP": 20.0, "lr": -20.0, "F": 0.9},
            {"lP": 400.0, "lr": -400.0, "F": 0.9},
            {"lP": 400.0, "lr": 400.0, "F": -0.5},
        ],
    ),
    "a base category": (
        "param s[K]\np[k] = exp(s[k])/(1 + sum[m](exp(s[m])))\nloss = -log(1 - sum[k](p[k]))",
        [{"s": [20.0, 0.0]}, {"s": [400.0, -400.0]}, {"s": [0.3, -0.2]}],
    ),
    "one less a mean": (
        "param a[N]\np[i] = sigmoid(a[i])\nm = mean[i](p[i])\nloss = -log(1 - m)",
        [{"a": [20.0, 21.0]}, {"a": [400.0, 400.0]}, {"a": [-300.0, 2.0]}],
    ),
    "guessing at one of four": (
        "param a\nc = sigmoid(a)\np = c + (1 - c)/4\nloss = -log(1 - p)",
        [{"a": 40.0}, {"a": 400.0}, {"a": -3.0}],
    ),
    "guessing and slipping": (
        (
            "param a\nparam b\nparam t\ndata u in {0, 1}\nc = sigmoid(a)\nd = sigmoid(b)\n"
            "g = sigmoid(t)\np = c + (1 - c)*d*g\nloss = -(u*log(p) + (1 - u)*log(1 - p))"
        ),
        [{"u": 0, "a": 0.0, "b": 40.0, "t": 40.0}, {"u": 1, "a": 0.5, "b": 2.0, "t": -800.0}],
    ),
    "a power of what a domain leaves": (
        "data k\nparam p in (0, 1)\nloss = -log(p*(1 - p)**k)",
        [{"k": 1100.0, "p": 0.5}, {"k": 2.0, "p": 0.25}],
    ),
    "the logarithm of cases": (
        "data y\nparam la\nn = exp(la)\nloss = -log(where(y == 0, 1/(n + 1), n/(n + 1)))",
        [{"y": 0.0, "la": 800.0}, {"y": 1.0, "la": -800.0}, {"y": 1.0, "la": 0.4}],
    ),
    "a hazard by names": (
        (
            "param t[N]\nph[i] = exp(-t[i]**2/2)/sqrt(2*pi)\nPh[i] = (1 + erf(t[i]/sqrt(2)))/2\n"
            "v[i] = ph[i]/Ph[i]\nloss = sum[i](v[i])"
        ),
        [{"t": [-30.0, 2.0]}, {"t": [-14.0, 0.0]}],
    ),
    "a soft maximum of large numbers": (
        "param x[K]\nparam t\nloss = sum[k](x[k]*exp(t*x[k]))/sum[k](exp(t*x[k]))",
        [{"x": [3000.0, 2999.0, 2998.0], "t": 1.0}, {"x": [0.5, -0.25], "t": 2.0}],
    ),
    "a biweight close to 0": (
        "data u\nloss = where(abs(u) <= 1, (1 - (1 - u**2)**3)/6, 1/6)",
        [{"u": 1e-9}, {"u": 0.5}, {"u": 2.0}],
    ),
    "a sum of squares over nothing": (
        (
            "data r[T]\nparam om\nparam al\nh[t] = exp(om) + exp(al)*sum[u if u < t](r[u]**2)\n"
            "loss = mean[t](log(h[t]) + r[t]**2/h[t])/2"
        ),
        [{"r": [0.0, 1.0, -1.0, 1.0], "om": 0.0, "al": 1.0}, {"r": [0.0], "om": 1.0, "al": -1.0}],
    ),
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", MODELS)
def test_what_is_finite_is_right(name, level):
    text, points = MODELS[name]
    model = read_model(text, "far")
    wrt = [declaration.name for declaration in model.real_inputs]
    gradients = stabilise_gradient(gradient(stabilise(model).model, wrt))
    module = load_module(generate_source(gradients, level=level, definition=model), "far")
    for given in points:
        length = next((len(value) for value in given.values() if isinstance(value, list)), 1)
        inputs = {
            key: {(k,): v for k, v in enumerate(value)} if isinstance(value, list) else {(): value}
            for key, value in given.items()
        }
        point = Point(dict.fromkeys(model.axes, length), inputs)
        rng = random.Random(0)  # noqa: S311 - points, not secrets
        assert lost(model, module, point, rng) == "", given


def test_a_product_with_a_logarithm_is_0_where_it_is():
    model = read_model("data d\nparam z\nf = exp(-exp(-z))\nloss = -d*log(f)", "censored")
    gradients = stabilise_gradient(gradient(stabilise(model).model, ["d", "z"]))
    module = load_module(generate_source(gradients, definition=model), "censored")
    assert module.value(0.0, -800.0) == 0
    _, grads = module.value_and_vjp(0.0, 1.0, wrt=("d", "z"))
    assert grads["d"] == pytest.approx(0.36787944117144233, rel=1e-15)
