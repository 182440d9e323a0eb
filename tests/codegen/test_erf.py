"""The error function of generated modules, whose docstring states its error."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from sympy import erf

from symderive.codegen import generate_source, load_module
from symderive.expr import Tensor
from symderive.model import axes, build, data, define, indices


@pytest.fixture(scope="module")
def module():
    (N,) = axes("N")
    (i,) = indices("i", N)
    x = data("x", N)
    model = build("erf", [x], [define(Tensor("f", (N,))[i], erf(x.tensor[i]))])
    return load_module(generate_source(model), "erf")


GRID = np.concatenate(
    [
        np.linspace(0, 7, 3000),
        10.0 ** np.linspace(-320, 300, 400),
        [5e-324, 2.2250738585072014e-308, 5.95, 6.0, np.nextafter(6.0, 7), 1.7e308],
    ]
)


@pytest.mark.parametrize(("dtype", "ulps"), [(np.float64, 2), (np.float32, 3)])
def test_the_stated_error_holds(module, dtype, ulps):
    with np.errstate(all="ignore"):
        x = np.unique(GRID.astype(dtype))
    x = x[np.isfinite(x)]
    found = module.value(x)
    assert found.dtype == dtype
    assert f"at most {2} ulp in float64 and {3} ulp in float32" in module._erf.__doc__
    exact = [mpmath.erf(mpmath.mpf(float(value))) for value in x]
    unit = np.spacing(np.array([float(value) for value in exact], dtype))
    worst = max(
        abs(mpmath.mpf(float(a)) - b) / mpmath.mpf(float(u))
        for a, b, u in zip(found, exact, unit, strict=True)
    )
    assert worst <= ulps


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_signs_ends_and_dtypes(module, dtype):
    x = np.array([-np.inf, -7, -0.0, 0.0, 0.5, 7, np.inf, np.nan], dtype)
    found = module.value(x)
    assert found.dtype == dtype
    np.testing.assert_allclose(found[[0, 1, 5, 6]], [-1, -1, 1, 1], rtol=1e-16)
    assert np.isnan(found[7])
    assert np.signbit(found[2])
    assert not np.signbit(found[3])
    assert abs(float(found[4]) - 0.5204998778130465) < 2 * np.finfo(dtype).eps + 1e-16
