"""What users found lost far out or near 1: value and gradient against thousands of digits."""

from __future__ import annotations

import numpy as np
import pytest

from symderive import compile as compiled
from symderive.codegen import generate_source, load_module
from symderive.derive import gradient
from symderive.model.evaluate import Compiled, Evaluator, Point, mp_field
from symderive.notation.sym import read_model
from symderive.stabilise import stabilise, stabilise_gradient
from tests.fuzz.journey import LEVELS, agree, reference, run

#: A model, its sizes, and points at which it once lost all digits or overflowed.
MODELS = {
    "survival by partial sums of a softmax": (
        """
        param s[T]
        label t in T
        data d in {0, 1}
        index u, v: T
        p[u] = exp(s[u])/sum[v](exp(s[v]))
        F[u] = sum[v if v <= u](p[v])
        loss = -d*log(p[t]) - (1 - d)*log(1 - F[t])
        """,
        [
            {"s": [900, 0, 3], "t": 0, "d": 0},
            {"s": [900, 0, 3], "t": 0, "d": 1},
            {"s": [0, 1, 1000], "t": 2, "d": 1},
            {"s": [0, 60, -1000], "t": 1, "d": 0},
        ],
    ),
    "the part of a softmax behind a label": (
        """
        param s[T]
        label t in T
        index u, v: T
        p[u] = exp(s[u])/sum[v](exp(s[v]))
        S[u] = sum[v if v > u](p[v])
        loss = -log(S[t])
        """,
        [{"s": [0, 60, 80], "t": 0}, {"s": [900, 0, 3], "t": 0}, {"s": [0, -800, 3], "t": 1}],
    ),
    "four parameters: a curve between two asymptotes": (
        """
        param t
        param c
        param d
        data y in {0, 1}
        p = sigmoid(c) + (sigmoid(d) - sigmoid(c))*sigmoid(t)
        loss = -y*log(p) - (1 - y)*log(1 - p)
        """,
        [
            {"t": 40, "c": -1, "d": 40, "y": 0},
            {"t": 1000, "c": -3, "d": 999, "y": 0},
            {"t": -900, "c": -1002, "d": -997, "y": 1},
        ],
    ),
    "one less the square of a probability": (
        """
        param s[C]
        label y in C
        index j, l: C
        p[j] = exp(s[j])/sum[l](exp(s[l]))
        loss = -log(1 - p[y]**2) + (1 - p[y]**0.5)
        """,
        [{"s": [50, 0, 1], "y": 0}, {"s": [800, 0, 1], "y": 0}, {"s": [0, 300, 1], "y": 0}],
    ),
    "a complementary log-log link, by name": (
        """
        param s
        h = exp(s)
        p = 1 - exp(-h)
        loss = -log(p) - log(1 - p)/4
        """,
        [{"s": -800}, {"s": -1e4}, {"s": -740}, {"s": 3}],
    ),
    "a complementary log-log link, in one line": (
        """
        param s
        data y
        loss = -(y*log(1 - exp(-exp(s))) + (1 - y)*(-exp(s)))
        """,
        [{"s": -800, "y": 1}, {"s": -1e4, "y": 0}, {"s": -740, "y": 0.25}, {"s": 3, "y": 1}],
    ),
    "a mixture of discretised logistics": (
        """
        param mu[K]
        param ls[K]
        param a[K]
        data x
        index c, d: K
        w[c] = exp(a[c])/sum[d](exp(a[d]))
        hi[c] = sigmoid((x + 0.5 - mu[c])*exp(-ls[c]))
        lo[c] = sigmoid((x - 0.5 - mu[c])*exp(-ls[c]))
        loss = -log(sum[c](w[c]*(hi[c] - lo[c])))
        """,
        [
            {"mu": [0, 3], "ls": [0, 1], "a": [1, 2], "x": 60},
            {"mu": [0, 3], "ls": [0, 1], "a": [1, 2], "x": -900},
            {"mu": [0, 3], "ls": [-1, 30], "a": [800, 2], "x": 2000},
        ],
    ),
    "noisy or": (
        """
        param s[T]
        index t: T
        loss = -log(1 - prod[t](1 - sigmoid(s[t])))
        """,
        [{"s": [-800, -801, -900]}, {"s": [40, -3, 1]}, {"s": [-4000, -1, 1]}],
    ),
    "noisy or with a leak": (
        """
        data x[K] in [0, oo)
        param w[K]
        param b
        q = exp(-exp(b))*prod[k](exp(-exp(w[k])*x[k]))
        loss = -log(1 - q)
        """,
        [{"x": [1, 0], "w": [-50, 3], "b": -50}, {"x": [1, 2], "w": [-1, 3], "b": 2}],
    ),
    "complementary log-log": (
        """
        param s[N]
        data y[N] in {0, 1}
        index i: N
        p[i] = 1 - exp(-exp(s[i]))
        loss = -sum[i](y[i]*log(p[i]) + (1 - y[i])*log(1 - p[i]))
        """,
        [{"s": [-4000, -800, 1000], "y": [1, 1, 1]}, {"s": [3, -50, 5], "y": [1, 0, 0]}],
    ),
    "one less an exponential of what is small": (
        "param s\nparam t in (0, oo)\nL = log(1 - exp(-t*exp(s))) + log(1 - exp(-softplus(s)*2))",
        [{"s": -4000, "t": 3}, {"s": 2, "t": 1}, {"s": -40, "t": 1e-9}],
    ),
    "odds of all but the label": (
        """
        param s[C]
        label y in C
        data b
        index j, l: C
        p[j] = exp(s[j])/sum[l](exp(s[l]))
        loss = log(b/(1 - p[y]))
        """,
        [{"s": [1000, 0, 1], "y": 0, "b": 0.3}],
    ),
    "Clayton copula": (
        "param a\ndata u in (0, 1)\ndata v in (0, 1)\nloss = (2 + 1/a)*log(u**(-a) + v**(-a) - 1)",
        [{"a": 1000, "u": 0.5, "v": 0.25}, {"a": 2, "u": 0.5, "v": 0.25}],
    ),
    "Box-Cox": (
        "param lam\ndata y in (0, oo)\nloss = (y**lam - 1)/lam",
        [{"lam": 2.0**-20, "y": 3}, {"lam": 2, "y": 3}],
    ),
    "a variance with a floor": (
        "param om\nparam r\nloss = log(exp(om) + r**2)",
        [{"om": -1000, "r": 0}, {"om": 1000, "r": 3}, {"om": -1000, "r": 2}],
    ),
    "reweighted contrast": (
        """
        param s[N, N]
        index i, j, k: N
        n[i, j] = exp(s[i, j])/sum[k if k != i](exp(s[i, k]))
        loss = mean[i](log(1 + sum[j if j != i](n[i, j]*exp(s[i, j]))))
        """,
        [{"s": [[6, 800, -5], [1, 2, 3], [1, 3, 2]]}],
    ),
    "a clipped weight": (
        "param l\nw = exp(l)\nloss = min(w, 5)/(w + 1)",
        [{"l": 710}, {"l": 10000}, {"l": 1}],
    ),
    "an inactive knot": (
        "param g\nparam u\nloss = exp(g)*relu(u) + exp(g)*max(0, u)**3",
        [{"g": 1000, "u": -1}, {"g": 1, "u": 2}],
    ),
}


def placed(value):
    """A nested list as a table of places."""
    array = np.asarray(value)
    kind = int if array.dtype.kind == "i" else float
    return {place: kind(array[place]) for place in np.ndindex(array.shape)}


@pytest.mark.untraced
@pytest.mark.parametrize("name", MODELS)
def test_value_and_gradient_are_those_of_thousands_of_digits(name):
    text, points = MODELS[name]
    model = read_model(text, "kept")
    wrt = [declaration.name for declaration in model.real_inputs]
    gradients = stabilise_gradient(gradient(stabilise(model).model, wrt))
    modules = [
        load_module(generate_source(gradients, level=level, definition=model), "kept")
        for level in LEVELS
    ]
    exact = Compiled(model.equations, mp_field(5000))
    for inputs in points:
        tables = {key: placed(value) for key, value in inputs.items()}
        axes = {
            axis: size
            for d in model.declarations
            for axis, size in zip(d.tensor.axes, np.shape(inputs[d.name]), strict=True)
        }
        point = Point(axes, tables)
        places = np.ndindex(tuple(axes[axis] for axis in model.output.tensor.axes))
        ones = dict.fromkeys(places, 1.0)
        entries = [(key, place) for key in wrt for place in tables[key]]
        wanted, largest = reference(model, Evaluator(exact, point), ones, entries)
        wanted = {entry: value for entry, value in wanted.items() if abs(value) < 1e300}
        assert (model.output.name, ()) in wanted or "d" in inputs
        for module in modules:
            found = run(model, module, point, ones)
            assert agree(found, wanted, largest), (inputs, found, wanted)


SMOOTHING = """
data y[T] in (0, oo)
param a
index t, u: T
a1 = sigmoid(a)
n[t] = sum[u if u < t](1)
l[t] = (1 - a1)**n[t] + sum[u if u < t](a1*(1 - a1)**(n[t] - n[u] - 1)*y[u])
loss = log(sum[t]((y[t]/l[t] - 1)**2)) + 2*mean[t](log(l[t]))
"""


@pytest.mark.untraced
def test_a_second_derivative_of_sums_over_nothing_is_a_number():
    module = compiled(read_model(SMOOTHING, "smoothing"), with_=("hvp",))
    step = 1e-5
    for y in ([1.0, 2.0, 3.0], [1.3, 2.1, 0.7]):
        ahead, behind = (module.value_and_grad(np.array(y), 0.3 + h)[1]["a"] for h in (step, -step))
        found = module.hvp(np.array(y), 0.3, {"a": 1.0})["a"]
        assert np.isclose(found, (ahead - behind) / (2 * step), rtol=1e-6)


PAIRS = """
param g[T]
param d[T]
index t, u: T
loss = sum[t, u if g[t] > g[u]](2**g[t]*(d[t] - d[u])) + sum[t](g[t]*log(T) + g[t]*log(T - 1))
"""


@pytest.mark.parametrize("level", LEVELS)
def test_numbers_beside_a_logarithm_leave_float32_as_it_is(level):
    module = compiled(read_model(PAIRS, "pairs"), level=level)
    values = [np.array([1, 2.5, 0], real) for real in (np.float32, np.float64)]
    (low, few), (high, many) = (module.value_and_grad(v, v + 1, wrt=("g", "d")) for v in values)
    assert low.dtype == few["g"].dtype == few["d"].dtype == np.float32
    assert np.isclose(low, high, rtol=1e-6)
    assert all(np.allclose(few[name], many[name], rtol=1e-5) for name in few)


ROOTS = {
    "(x[i] + sqrt(x[i]**2 + 4))/2": (lambda x: 1 / -x, lambda x: 1 / x**2),
    "(1 + x[i]/sqrt(1 + x[i]**2))/2": (lambda x: 1 / (4 * x**2), lambda x: -1 / (2 * x**3)),
    "(1 + x[i]/(1 + abs(x[i])))/2": (lambda x: 1 / (2 - 2 * x), lambda x: 1 / (2 * (1 - x) ** 2)),
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("link", ROOTS)
def test_what_is_left_beside_a_root_is_kept(link, level):
    module = compiled(read_model(f"param x[N]\ny[i] = {link}", "link"), level=level)
    x = np.array([-1e10, -1e40])
    (value, grads), exact = module.value_and_vjp(x, np.ones(2)), ROOTS[link]
    assert np.allclose(value, exact[0](x), rtol=1e-14, atol=0)
    assert np.allclose(grads["x"], exact[1](x), rtol=1e-14, atol=0)
    both = module.value(np.array([3.0, -3.0]))
    assert both[0] - both[1] == pytest.approx(3.0 if "4" in link else 2 * both[0] - 1, rel=1e-15)


#: What is subtracted from 1 in an exponential, by name: rewriting once did not end.
HAZARDS = ("exp(s)", "softplus(s)", "sigmoid(s)", "erfc(s)", "2*exp(s)", "1 - exp(-exp(s))")


@pytest.mark.parametrize("hazard", HAZARDS)
def test_rewriting_ends_whatever_a_name_stands_for(hazard):
    text = f"param s\nh = {hazard}\ng = h\nloss = h - log(1 - exp(-h)) - log(1 - exp(-2*g))"
    value, grads = compiled(read_model(text, "hazard")).value_and_grad(0.3)
    ahead, behind = (compiled(read_model(text, "hazard")).value(0.3 + h) for h in (1e-6, -1e-6))
    assert np.isfinite(value)
    assert grads["s"] == pytest.approx((ahead - behind) / 2e-6, rel=1e-8)
