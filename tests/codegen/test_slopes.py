"""Logarithms of what vanishes far out, and their slopes: right where softplus and erfc are 0."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from symderive.codegen import generate_source, load_module
from symderive.codegen.slopes import apart
from symderive.derive import gradient
from symderive.expr import Erfc, Exp, Sigmoid, Softplus, Tensor
from symderive.notation.sym import read_model
from symderive.stabilise import stabilise, stabilise_gradient

SOFTPLUS = "param u[N]\nmu[i] = softplus(u[i])\nL[i] = log(mu[i])"
GUMBEL = "param u[N]\np[i] = 1 - exp(-exp(u[i]))\nL[i] = log(p[i])"
SQUARE = "param u[N]\np[i] = sigmoid(u[i])\nL[i] = log(1 - p[i]**2)"
NORMAL = "param u[N]\nPhi[i] = (1 + erf(u[i] / sqrt(2))) / 2\nL[i] = log(Phi[i])"

#: Largest error of value and slope, in ulps of the value or of what the function is at 0.
MOST = {"numpy": 6, "numba": 10}

EDGES = (1e-300, 1e-30, 1e-8, 0.5, 1.0, 37.0, 45.0, 63.99, 64.01, 100.0, 745.0, 800.0, 1e3, 1e4)


def grid():
    dense = np.linspace(-50, 50, 1201)
    edges = np.array([0.0, *EDGES, *(-edge for edge in EDGES)])
    near = np.nextafter(edges, np.inf), np.nextafter(edges, -np.inf)
    return np.unique(np.concatenate([dense, edges, *near]))


def log_softplus(u):
    value = mpmath.log(mpmath.log1p(mpmath.exp(u)))
    return value, mpmath.exp(-mpmath.log1p(mpmath.exp(-u)) - value)


def log_normal(u):
    value = mpmath.log(mpmath.erfc(-u / mpmath.sqrt(2)) / 2)
    return value, mpmath.exp(-u * u / 2 - value) / mpmath.sqrt(2 * mpmath.pi)


def log_gumbel(u):
    w = mpmath.exp(u)
    if w > 10**6:
        return mpmath.mpf(0), mpmath.mpf(0)
    return mpmath.log(-mpmath.expm1(-w)), w / mpmath.expm1(w)


def log_less_square(u):
    p, less = 1 / (1 + mpmath.exp(-u)), 1 / (1 + mpmath.exp(u))
    return mpmath.log(less) + mpmath.log(1 + p), -2 * p**2 / (1 + p)


def made(text, target, level="fast"):
    model = read_model(text, "far_out")
    gradients = stabilise_gradient(gradient(stabilise(model).model, ["u"]))
    source = generate_source(gradients, level=level, target=target, definition=model)
    return load_module(source, "far_out")


#: Text, truth, and how many times as much as ``MOST`` is the rounding of exponents alone.
TRUTHS = [
    (SOFTPLUS, log_softplus, lambda u: 1),
    (NORMAL, log_normal, lambda u: 1),
    (GUMBEL, log_gumbel, lambda u: max(1, np.exp(min(u, 7.0)))),
    (SQUARE, log_less_square, lambda u: max(1, 2 * abs(u))),
]


#: Loops take seconds to compile: in one precision but for the first, whose operations all share.
CASES = [
    (*row, target, real)
    for row in TRUTHS
    for target in MOST
    for real in (np.float64, np.float32)
    if not (target == "numba" and real is np.float32 and row[0] != SOFTPLUS)
]


@pytest.mark.parametrize(("text", "truth", "room", "target", "real"), CASES)
def test_value_and_slope_are_right_everywhere(text, truth, room, target, real):
    if target == "numba":
        pytest.importorskip("numba")
    u = np.unique(grid().astype(real))
    value, grads = made(text, target).value_and_vjp(u, np.ones_like(u))
    info = np.finfo(real)
    with mpmath.workdps(60):
        for place, x in enumerate(u):
            for got, wanted in zip((value, grads["u"]), truth(mpmath.mpf(float(x))), strict=True):
                if abs(wanted) > float(info.max):
                    continue
                assert np.isfinite(got[place]), (x, wanted)
                # Near a root, and where the slope of u**2 rounds, in ulps of what is subtracted.
                scale = max(abs(wanted), mpmath.mpf(float(info.tiny)) / float(info.eps))
                scale = max(scale, mpmath.mpf(0.5)) if got is value else scale
                off = abs(mpmath.mpf(float(got[place])) - wanted) / scale / float(info.eps)
                assert off <= MOST[target] * room(float(x)), (x, off)


@pytest.mark.parametrize("level", ["readable", "fast"])
@pytest.mark.parametrize("text", [text for text, *_ in TRUTHS])
def test_far_out_nothing_warns_and_all_is_finite(text, level):
    u = np.array([-1e4, -800.0, -40.0, 0.0, 40.0, 800.0, 1e4])
    with np.errstate(all="raise"):
        value, grads = made(text, "numpy", level).value_and_vjp(u, np.ones_like(u))
    assert np.isfinite(value).all()
    assert np.isfinite(grads["u"]).all()


u, v, w = Tensor("u")(), Tensor("v")(), Tensor("w")()


def test_slopes_are_taken_as_often_as_they_are_there():
    assert apart([Sigmoid(u) ** 3, Softplus(u) ** -2]) == (
        [Sigmoid(u)],
        [("softplus_slope", u, 2)],
    )
    assert apart([Sigmoid(u), Softplus(u) ** -2])[0] == [1 / Softplus(u)]
    assert apart([Sigmoid(v), 1 / Softplus(u)]) == ([Sigmoid(v), 1 / Softplus(u)], [])
    left, slopes = apart([w, Exp(w - v**2), 1 / Erfc(v)])
    assert (left, slopes[0][0], slopes[0][2]) == ([w, Exp(w)], "hazard", 1)
    assert apart([Exp(w), 1 / Erfc(v)])[1] == []
