"""What fast modules do with large arrays alone: selects by bits, transposes by strips."""

from __future__ import annotations

import numpy as np
import pytest

import symderive as sd

PIECES = """
    param x[N]
    data  a[N]
    y[i] = where(x[i] > a[i], x[i], 3 * a[i]) + [x[i] > 0] * exp(x[i])
"""
TURNED = """
    param x[N]
    data  A[N, N]
    f = sum[i, j](x[i] * A[i, j] * x[j])
"""


def by_numpy(x, a):
    with np.errstate(over="ignore"):
        return np.where(x > a, x, 3 * a) + np.where(x > 0, np.exp(x), 0)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("size", [10, 4096, 70_000])
def test_a_select_by_bits_is_where(dtype, size):
    made = sd.compile(sd.parse(PIECES, "pieces"))
    assert "_select" in made.source
    assert "_bracket" in made.source
    rng = np.random.default_rng(0)
    x, a = (rng.normal(size=size).astype(dtype) for _ in range(2))
    x[:6] = [0.0, -0.0, np.inf, -np.inf, np.nan, 1]
    a[3:6] = [-np.inf, 1, np.nan]
    found = made.value(x, a)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, by_numpy(x, a), rtol=4 * np.finfo(dtype).eps)
    _, grads = made.value_and_vjp(x, a, wrt=("x", "a"))
    tiny = 8 * np.finfo(dtype).eps
    with np.errstate(over="ignore"):
        wanted = (x > a) + np.where(x > 0, np.exp(x), 0)
    np.testing.assert_allclose(grads["x"], wanted, rtol=tiny)
    np.testing.assert_array_equal(grads["a"], np.where(x <= a, 3, 0))


def test_views_and_masked_overflow_are_taken_as_they_come():
    made = sd.compile(sd.parse(PIECES, "pieces"))
    base = np.random.default_rng(1).normal(size=(10_000, 2)) * 500
    x, a = base[::-1, 0], base[:, 1]
    np.testing.assert_allclose(made.value(x, a), by_numpy(x, a), rtol=1e-15)


@pytest.mark.parametrize("size", [3, 512, 520])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_transpose_by_strips_is_the_transpose(size, order):
    made = sd.compile(sd.parse(TURNED, "turned"), with_="hessian")
    assert "_turned" in made.source
    a = np.asarray(np.random.default_rng(0).random((size, size)), order=order)
    np.testing.assert_array_equal(made.hessian(a[0].copy(), a), a + a.T)
    np.testing.assert_array_equal(made.hessian(a[0].copy(), a[::-1]), a[::-1] + a[::-1].T)


LOGISTIC = """
    data  x[N, D]
    param w[D]
    s[i] = sum[k](w[k] * x[i, k])
    loss = mean[i](softplus(s[i]))
"""


@pytest.mark.parametrize("shape", [(0, 3), (5, 0), (7, 3), (500, 60), (2100, 260), (2, 600_000)])
@pytest.mark.parametrize("order", ["C", "F"])
def test_vectors_through_one_matrix_are_their_products(shape, order):
    """In one piece each, together, and by blocks of rows."""
    made = sd.compile(sd.parse(LOGISTIC, "logistic"), with_="hvp")
    assert "_through" in made.source
    rng = np.random.default_rng(0)
    x = np.asarray(rng.normal(size=shape), order=order)
    w, v = rng.normal(size=(2, shape[1])) / 10
    s = x @ w
    wanted = x.T @ (x @ v / (2 + 2 * np.cosh(s))) / shape[0] if shape[0] else np.full(shape[1], 0)
    found = made.hvp(x, w, {"w": v})["w"]
    scale = np.abs(wanted).max(initial=1e-300)
    np.testing.assert_allclose(found, wanted, atol=1e-13 * scale)
