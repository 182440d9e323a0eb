"""A component of a mixture that is far too narrow: what vanishes is 0 beside what overflows."""

from __future__ import annotations

import numpy as np
import pytest

from symderive.codegen import generate_source, load_module
from symderive.derive import gradient
from symderive.notation.sym import read_model
from symderive.stabilise import stabilise, stabilise_gradient

DECLARED = "data t\nparam m[K]\nparam ls[K]\nparam lp[K]\n"

#: One loss, by other names.
WAYS = {
    "exponents": """c[k] = lp[k] - ls[k] - (t - m[k])**2/(2*exp(2*ls[k]))
loss = -log(sum[k](exp(c[k])))""",
    "scales": """sig[k] = exp(ls[k])
z[k] = (t - m[k])/sig[k]
c[k] = lp[k] - ls[k] - z[k]**2/2
loss = -log(sum[k](exp(c[k])))""",
    "precisions": """z[k] = (t - m[k])*exp(-ls[k])
q[k] = z[k]**2/2 + ls[k]
loss = -log(sum[k](exp(lp[k] - q[k])))""",
    "samples": """z[i, k] = (t - m[k])*exp(-ls[k])*x[i]
q[i, k] = z[i, k]**2/2 + ls[k]
loss = sum[i](-log(sum[k](exp(lp[k] - q[i, k]))))""",
    "densities": """sig[k] = exp(ls[k])
d[i, k] = exp(-(t - m[k])**2*x[i]/(2*sig[k]**2))/sig[k]*exp(lp[k])
f[i] = sum[k](d[i, k])
loss = -sum[i](log(f[i]))""",
}

SAMPLED = ("samples", "densities")


def module_of(way, level):
    text = DECLARED + ("data x[N] in [0, oo)\n" if way in SAMPLED else "") + WAYS[way]
    model = read_model(text, "narrow")
    stable = stabilise_gradient(gradient(stabilise(model).model, ["m", "ls", "lp", "t"]))
    return load_module(generate_source(stable, level=level, definition=model), "narrow")


@pytest.mark.parametrize("level", ["fast", "readable"])
@pytest.mark.parametrize("way", WAYS)
def test_a_component_that_is_too_narrow_has_no_gradient(way, level):
    module = module_of(way, level)
    for dtype, scales in ((np.float64, (-360, -1e4)), (np.float32, (-50, -1e3))):
        for scale in scales:
            t, m, ls, lp = (np.array(v, dtype) for v in (0.5, [0, 1], [scale, 0], [0, 0]))
            more = (np.ones(1, dtype),) if way in SAMPLED else ()
            with np.errstate(all="raise"):
                value, grads = module.value_and_vjp(t, m, ls, lp, *more, wrt=("t", "m", "ls", "lp"))
            assert np.isclose(value, 0.125)
            assert np.allclose(grads["m"], [0, 0.5])
            assert np.allclose(grads["ls"], [0, 0.75])
            assert np.allclose(grads["lp"], [0, -1])
            assert np.isclose(grads["t"], -0.5)


def test_two_components_that_count_are_as_before():
    module = module_of("exponents", "fast")
    t, m, ls, lp = 0.5, np.array([0.0, 1.0]), np.array([-0.5, 0.25]), np.array([0.0, -0.3])
    _, grads = module.value_and_vjp(t, m, ls, lp, wrt=("m", "ls"))
    for name, array in (("m", m), ("ls", ls)):
        for k in range(2):
            ends = []
            for step in (1e-6, -1e-6):
                moved = array.copy()
                moved[k] += step
                ends.append(module.value(t, *((moved if a is array else a) for a in (m, ls, lp))))
            assert np.isclose(grads[name][k], (ends[0] - ends[1]) / 2e-6, rtol=1e-6)
