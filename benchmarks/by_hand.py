"""NumPy by hand: plain, as the formulas read; tuned, as one writes what has to be fast; the floor.

Each takes the inputs and gives the value and the gradients. The tuned functions work in place, take
exponentials once, sum rows as products, keep blocks of rows in the cache. The floor does the matrix
products alone, or one copy for each array that comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import erf, pi, sqrt
from typing import Any, TypeAlias

import numpy as np

#: The value, then the gradients.
Result: TypeAlias = tuple[Any, ...]
Table: TypeAlias = dict[str, Callable[..., Result]]

#: Bytes of an array of which a block of rows is worked on at a time.
BLOCK = 1 << 17


def blocks(array: Any) -> Iterator[slice]:
    """Slices of rows, each of about ``BLOCK`` bytes."""
    rows = max(1, BLOCK // max(1, array[:1].nbytes))
    for start in range(0, len(array), rows):
        yield slice(start, start + rows)


# --- plain -----------------------------------------------------------------------------------


def softmax_nll_plain(x: Any, y: Any, w: Any) -> Result:
    loss, grad = scores_plain(x @ w.T, y)
    return loss, grad.T @ x


def scores_plain(s: Any, y: Any) -> Result:
    i = np.arange(len(y))
    e = np.exp(s - s.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(p[i, y]).mean()
    p[i, y] -= 1
    return loss, p / len(y)


def hinge_plain(x: Any, y: Any, w: Any) -> Result:
    i = np.arange(len(y))
    s = x @ w.T
    e = np.maximum(0, s - s[i, y][:, None] + 1)
    e[i, y] = 0
    grad = (e > 0).astype(x.dtype)
    grad[i, y] = -grad.sum(axis=1)
    return e.sum(axis=1).mean(), grad.T @ x / x.dtype.type(len(y))


def binary_plain(x: Any, y: Any, w: Any, b: Any) -> Result:
    s = x @ w + b
    loss = (np.maximum(s, 0) - y * s + np.log1p(np.exp(-np.abs(s)))).mean()
    ds = (1 / (1 + np.exp(-s)) - y) / x.dtype.type(len(y))
    return loss, x.T @ ds, ds.sum()


def network_plain(x: Any, y: Any, w_h: Any, w_o: Any) -> Result:
    h = 1 / (1 + np.exp(-(x @ w_h.T)))
    o = 1 / (1 + np.exp(-(h @ w_o.T)))
    error = o - y
    do = error * o * (1 - o)
    dh = do @ w_o * h * (1 - h)
    return (error**2).sum() / 2, dh.T @ x, do.T @ h


def sigmoid_plain(x: Any) -> Result:
    y = 1 / (1 + np.exp(-x))
    return y, y * (1 - y)


def softplus_plain(x: Any) -> Result:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))), 1 / (1 + np.exp(-x))


def swish_plain(x: Any) -> Result:
    s = 1 / (1 + np.exp(-x))
    return x * s, s + x * s * (1 - s)


def elu_plain(x: Any) -> Result:
    e = np.expm1(np.minimum(x, 0))
    return np.where(x >= 0, x, e), np.where(x >= 0, x.dtype.type(1), e + 1)


_erf = np.frompyfunc(erf, 1, 1)


def gelu_plain(x: Any) -> Result:
    """NumPy has no erf: that of Python, element by element."""
    phi = (1 + _erf(x / sqrt(2)).astype(x.dtype)) / 2
    density = np.exp(-x * x / 2) / x.dtype.type(sqrt(2 * pi))
    return x * phi, phi + x * density


def tanh_plain(x: Any) -> Result:
    y = np.tanh(x)
    return y, 1 - y * y


PLAIN: Table = {
    "softmax_nll": softmax_nll_plain,
    "hinge": hinge_plain,
    "binary": binary_plain,
    "network": network_plain,
    "scores": scores_plain,
    "sigmoid": sigmoid_plain,
    "softplus": softplus_plain,
    "swish": swish_plain,
    "elu": elu_plain,
    "gelu": gelu_plain,
    "tanh": tanh_plain,
}

# --- tuned -----------------------------------------------------------------------------------


def softmax_nll_tuned(x: Any, y: Any, w: Any) -> Result:
    s = x @ w.T
    loss, grad = _scores_in_place(s, y)
    return loss, grad.T @ x


def scores_tuned(s: Any, y: Any) -> Result:
    return _scores_in_place(s, y, np.empty_like(s))


def _scores_in_place(s: Any, y: Any, out: Any = None) -> Result:
    """Loss and gradient; the gradient takes the memory ``out``, or that of the scores."""
    n, c = s.shape
    out = s if out is None else out
    ones = np.ones(c, s.dtype)
    i = np.arange(n)
    loss = 0.0
    for rows in blocks(s):
        e, label = out[rows], y[rows]
        k = i[: len(label)]
        shift = s[rows].max(axis=1)
        at = s[rows][k, label] - shift
        np.subtract(s[rows], shift[:, None], out=e)
        np.exp(e, out=e)
        total = e @ ones
        loss += (np.log(total) - at).sum()
        e *= (1 / (total * n))[:, None]
        e[k, label] -= e.dtype.type(1 / n)
    return loss / n, out


def hinge_tuned(x: Any, y: Any, w: Any) -> Result:
    n = len(y)
    s = x @ w.T
    ones = np.ones(len(w), s.dtype)
    i = np.arange(n)
    loss = 0.0
    for rows in blocks(s):
        e, label = s[rows], y[rows]
        k = i[: len(label)]
        e -= (e[k, label] - e.dtype.type(1))[:, None]
        e[k, label] = 0
        np.maximum(e, 0, out=e)
        loss += (e @ ones).sum()
        np.multiply(e > 0, e.dtype.type(1 / n), out=e)
        e[k, label] = -(e @ ones)
    return loss / n, s.T @ x


def binary_tuned(x: Any, y: Any, w: Any, b: Any) -> Result:
    n = len(y)
    s = x @ w
    s += b
    e = np.exp(-np.abs(s))
    loss = (np.maximum(s, 0) - y * s + np.log1p(e)).sum() / n
    ds = np.maximum(e, s >= 0) / (1 + e)
    ds -= y
    ds /= n
    return loss, ds @ x, ds.sum()


def network_tuned(x: Any, y: Any, w_h: Any, w_o: Any) -> Result:
    h = _logistic(x @ w_h.T)
    o = _logistic(h @ w_o.T)
    error = o - y
    loss = np.vdot(error, error) / 2
    error *= o
    error *= np.subtract(1, o, out=o)
    dh = error @ w_o
    dw_o = error.T @ h
    dh *= h
    dh *= np.subtract(1, h, out=h)
    return loss, dh.T @ x, dw_o


def _logistic(x: Any) -> Any:
    np.negative(x, out=x)
    np.exp(x, out=x)
    x += 1
    return np.divide(1, x, out=x)


def _blocked(part: Callable[[Any, Any, Any], None]) -> Callable[[Any], Result]:
    """Value and derivative, a block at a time, written into new arrays."""

    def function(x: Any) -> Result:
        value, grad = np.empty_like(x), np.empty_like(x)
        rows = BLOCK // x.itemsize
        for start in range(0, len(x), rows):
            at = slice(start, start + rows)
            part(x[at], value[at], grad[at])
        return value, grad

    return function


def _sigmoid(x: Any, value: Any, grad: Any) -> None:
    np.abs(x, out=grad)
    np.negative(grad, out=grad)
    np.exp(grad, out=grad)
    below = 1 + grad
    np.maximum(grad, x >= 0, out=value)
    value /= below
    grad /= below
    grad /= below


def _softplus(x: Any, value: Any, grad: Any) -> None:
    e = np.exp(-np.abs(x))
    np.maximum(x, 0, out=value)
    value += np.log1p(e)
    np.maximum(e, x >= 0, out=grad)
    e += 1
    grad /= e


def _swish(x: Any, value: Any, grad: Any) -> None:
    e = np.exp(-np.abs(x))
    below = 1 + e
    s = np.maximum(e, x >= 0)
    s /= below
    np.multiply(x, s, out=value)
    e /= below
    e /= below
    np.multiply(x, e, out=grad)
    grad += s


def _elu(x: Any, value: Any, grad: Any) -> None:
    np.minimum(x, 0, out=value)
    np.exp(value, out=grad)
    np.expm1(value, out=value)
    np.maximum(x, value, out=value)


def _tanh(x: Any, value: Any, grad: Any) -> None:
    np.tanh(x, out=value)
    np.multiply(value, value, out=grad)
    np.subtract(1, grad, out=grad)


def _gelu(x: Any, value: Any, grad: Any) -> None:
    """With erfc of Abramowitz and Stegun 7.1.26: five terms, 1.5e-7 off."""
    np.multiply(x, x, out=grad)
    grad *= -0.5
    np.exp(grad, out=grad)
    z = np.abs(x)
    t = 1 / (1 + (0.3275911 / sqrt(2)) * z)
    tail = 1.061405429 * t
    for number in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        tail += number
        tail *= t
    tail *= grad
    tail *= 0.5
    phi = np.where(x >= 0, 1 - tail, tail)
    np.multiply(x, phi, out=value)
    grad *= x
    grad *= 1 / sqrt(2 * pi)
    grad += phi


TUNED: Table = {
    "softmax_nll": softmax_nll_tuned,
    "hinge": hinge_tuned,
    "binary": binary_tuned,
    "network": network_tuned,
    "scores": scores_tuned,
    "sigmoid": _blocked(_sigmoid),
    "softplus": _blocked(_softplus),
    "swish": _blocked(_swish),
    "elu": _blocked(_elu),
    "gelu": _blocked(_gelu),
    "tanh": _blocked(_tanh),
}

# --- the floor -------------------------------------------------------------------------------


def _linear_floor(x: Any, y: Any, w: Any) -> Result:
    del y
    s = x @ w.T
    return 0.0, s.T @ x


def _binary_floor(x: Any, y: Any, w: Any, b: Any) -> Result:
    del y, b
    s = x @ w
    return 0.0, s @ x


def _network_floor(x: Any, y: Any, w_h: Any, w_o: Any) -> Result:
    del y
    h = x @ w_h.T
    o = h @ w_o.T
    dh = o @ w_o
    return 0.0, dh.T @ x, o.T @ h


def _scores_floor(s: Any, y: Any) -> Result:
    del y
    return 0.0, s.copy()


def _map_floor(x: Any) -> Result:
    return x.copy(), x.copy()


FLOOR: Table = {
    "softmax_nll": _linear_floor,
    "hinge": _linear_floor,
    "binary": _binary_floor,
    "network": _network_floor,
    "scores": _scores_floor,
    **dict.fromkeys(("sigmoid", "softplus", "swish", "elu", "gelu", "tanh"), _map_floor),
}
