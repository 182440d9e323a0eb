"""The problems as loops by hand, compiled by numba: what one writes who wants them fused."""

from __future__ import annotations

from collections.abc import Callable
from math import erf, exp, expm1, log, log1p, sqrt, tanh
from typing import Any

import numba
import numpy as np
from problems import Arrays, Problem

compiled = numba.njit(error_model="numpy", fastmath={"reassoc", "contract"})


@compiled
def scores_in_place(s: Any, y: Any, out: Any) -> float:
    n, c = s.shape
    real = s.dtype.type
    loss = 0.0
    for i in range(n):
        most = s[i, 0]
        for j in range(c):
            most = max(most, s[i, j])
        at = s[i, y[i]]
        total = real(0)
        for j in range(c):
            out[i, j] = exp(s[i, j] - most)
        for j in range(c):
            total += out[i, j]
        loss += most - at + log(total)
        scale = real(1) / (total * real(n))
        for j in range(c):
            out[i, j] *= scale
        out[i, y[i]] -= real(1) / real(n)
    return loss / n


@compiled
def hinge_in_place(s: Any, y: Any, out: Any) -> float:
    n, c = s.shape
    real = s.dtype.type
    loss = 0.0
    each = real(1) / real(n)
    for i in range(n):
        at = s[i, y[i]] - real(1)
        total, count = real(0), real(0)
        for j in range(c):
            e = s[i, j] - at
            above = e > real(0) and j != y[i]
            total += e if above else real(0)
            count += real(1) if above else real(0)
            out[i, j] = each if above else real(0)
        out[i, y[i]] = -count * each
        loss += total
    return loss / n


@compiled
def binary_in_place(s: Any, y: Any) -> tuple[float, float]:
    real = s.dtype.type
    n = real(len(s))
    loss, total = 0.0, 0.0
    for i in range(len(s)):
        e = exp(-abs(s[i]))
        loss += max(s[i], real(0)) - y[i] * s[i] + log1p(e)
        s[i] = ((real(1) if s[i] >= real(0) else e) / (real(1) + e) - y[i]) / n
        total += s[i]
    return loss / n, total


@compiled
def sigmoid_in_place(x: Any) -> None:
    real = x.dtype.type
    flat = x.reshape(-1)
    for i in range(len(flat)):
        flat[i] = real(1) / (real(1) + exp(-flat[i]))


@compiled
def error_in_place(o: Any, y: Any) -> float:
    real = o.dtype.type
    loss = 0.0
    for i in range(o.shape[0]):
        for c in range(o.shape[1]):
            e = o[i, c] - y[i, c]
            loss += e * e
            o[i, c] = e * o[i, c] * (real(1) - o[i, c])
    return loss / 2


@compiled
def times_slope(d: Any, h: Any) -> None:
    real = d.dtype.type
    for i in range(d.shape[0]):
        for j in range(d.shape[1]):
            d[i, j] *= h[i, j] * (real(1) - h[i, j])


@compiled
def _sigmoid(x: Any, y: Any, g: Any) -> None:
    real = x.dtype.type
    for i in range(len(x)):
        e = exp(-abs(x[i]))
        s = real(1) / (real(1) + e)
        y[i] = s if x[i] >= real(0) else e * s
        g[i] = e * s * s


@compiled
def _softplus(x: Any, y: Any, g: Any) -> None:
    real = x.dtype.type
    for i in range(len(x)):
        e = exp(-abs(x[i]))
        y[i] = max(x[i], real(0)) + log1p(e)
        g[i] = (real(1) if x[i] >= real(0) else e) / (real(1) + e)


@compiled
def _swish(x: Any, y: Any, g: Any) -> None:
    real = x.dtype.type
    for i in range(len(x)):
        e = exp(-abs(x[i]))
        t = real(1) / (real(1) + e)
        s = t if x[i] >= real(0) else e * t
        y[i] = x[i] * s
        g[i] = s + x[i] * e * t * t


@compiled
def _elu(x: Any, y: Any, g: Any) -> None:
    real = x.dtype.type
    for i in range(len(x)):
        e = real(expm1(min(x[i], real(0))))
        y[i] = x[i] if x[i] >= real(0) else e
        g[i] = e + real(1)


@compiled
def _gelu(x: Any, y: Any, g: Any) -> None:
    real = x.dtype.type
    for i in range(len(x)):
        phi = real(0.5) * (real(1) + erf(x[i] * real(sqrt(0.5))))
        y[i] = x[i] * phi
        g[i] = phi + x[i] * real(0.3989422804014327) * exp(real(-0.5) * x[i] * x[i])


@compiled
def _tanh(x: Any, y: Any, g: Any) -> None:
    real = x.dtype.type
    for i in range(len(x)):
        t = tanh(x[i])
        y[i] = t
        g[i] = real(1) - t * t


def softmax_nll(x: Any, y: Any, w: Any) -> Any:
    s = x @ w.T
    return scores_in_place(s, y, s), s.T @ x


def hinge(x: Any, y: Any, w: Any) -> Any:
    s = x @ w.T
    return hinge_in_place(s, y, s), s.T @ x


def binary(x: Any, y: Any, w: Any, b: Any) -> Any:
    s = x @ w + b
    loss, total = binary_in_place(s, y)
    return loss, s @ x, total


def network(x: Any, y: Any, w_h: Any, w_o: Any) -> Any:
    h = x @ w_h.T
    sigmoid_in_place(h)
    o = h @ w_o.T
    sigmoid_in_place(o)
    loss = error_in_place(o, y)
    dh = o @ w_o
    times_slope(dh, h)
    return loss, dh.T @ x, o.T @ h


def scores(s: Any, y: Any) -> Any:
    out = np.empty_like(s)
    return scores_in_place(s, y, out), out


def _elementwise(loop: Callable[..., None]) -> Callable[..., Any]:
    def function(x: Any) -> Any:
        y, g = np.empty_like(x), np.empty_like(x)
        loop(x, y, g)
        return y, g

    return function


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "softmax_nll": softmax_nll,
    "hinge": hinge,
    "binary": binary,
    "network": network,
    "scores": scores,
    "sigmoid": _elementwise(_sigmoid),
    "softplus": _elementwise(_softplus),
    "swish": _elementwise(_swish),
    "elu": _elementwise(_elu),
    "gelu": _elementwise(_gelu),
    "tanh": _elementwise(_tanh),
}


def candidates(problem: Problem, inputs: Arrays) -> dict[str, Callable[[], Any]]:
    """Loops by hand."""
    if problem.name not in FUNCTIONS:
        return {}
    function = FUNCTIONS[problem.name]
    return {"numba by hand": lambda: function(**inputs)}
