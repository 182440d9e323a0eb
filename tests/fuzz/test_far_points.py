"""Short models that lost digits, or more, at one point: value and gradient against 400 digits."""

from __future__ import annotations

import random
import warnings

import numpy as np
import pytest

import symderive as sd
from symderive.codegen import generate_source, load_module
from symderive.derive import gradient, hvp
from symderive.model.evaluate import Compiled, Evaluator, Point, mp_field
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
    "a truncated normal": (
        (
            "param m\ndata x\nZ = (1 + erf((1 - m)/sqrt(2)))/2 - (1 + erf(-m/sqrt(2)))/2\n"
            "loss = -log(exp(-(x - m)**2/2)/Z)"
        ),
        [{"m": 0.5, "x": 0.25}, {"m": 9.0, "x": 0.5}, {"m": -9.0, "x": 0.5}, {"m": 30.0, "x": 0.0}],
    ),
    "an interval of a probit": (
        (
            "param a\nparam b\nP = (1 + erf(b/sqrt(2)))/2\nQ = (1 + erf(a/sqrt(2)))/2\n"
            "loss = -log(P - Q)"
        ),
        [{"a": 9.0, "b": 10.0}, {"a": -40.0, "b": -39.5}, {"a": -0.5, "b": 1.0}],
    ),
    "the mean of a truncated normal": (
        (
            "param a\nparam b\n"
            "loss = (exp(-a**2/2) - exp(-b**2/2))/(erf(b/sqrt(2)) - erf(a/sqrt(2)))"
        ),
        [{"a": 9.0, "b": 10.0}, {"a": -10.0, "b": -9.0}, {"a": -1.0, "b": 0.5}],
    ),
    "one hyperbolic tangent less another": (
        "param a\nparam b\nloss = -log(tanh(b) - tanh(a))",
        [{"a": 40.0, "b": 41.0}, {"a": -31.0, "b": -30.0}, {"a": -400.0, "b": 0.5}],
    ),
    "an interval of a Weibull": (
        "param a\ndata l\ndata r\nloss = -log(exp(-exp(l + a)) - exp(-exp(r + a)))",
        [{"a": 0.5, "l": 0.0, "r": 1.0}, {"a": 5.0, "l": -1.0, "r": 0.5}],
    ),
    "a slip beside a guess": (
        (
            "param a\nparam t\ndata u in {0, 1}\nd = sigmoid(a)\ng = sigmoid(t)\n"
            "p = (1 - d)*g\nloss = -(u*log(p) + (1 - u)*log(1 - p))"
        ),
        [{"u": 0, "a": -800.0, "t": 800.0}, {"u": 1, "a": 800.0, "t": -800.0}],
    ),
    "the logarithm of the largest": (
        "param s[N]\np[i] = sigmoid(s[i])\nloss = -log(max[i](p[i]))",
        [{"s": [40.0, 41.0]}, {"s": [-800.0, -801.0]}, {"s": [0.5, 0.25]}],
    ),
    "a softplus beside another": (
        "param a\nparam b\nloss = log(softplus(a) + softplus(b))",
        [{"a": -800.0, "b": -801.0}, {"a": 0.5, "b": -2.0}],
    ),
    "a mean over all but one": (
        "param s[N]\nloss = log(mean[i](mean[j if j != i](exp(s[i] + s[j]))))",
        [{"s": [-500.0, -501.0]}, {"s": [-5000.0, -5001.0]}, {"s": [0.5, 0.25]}],
    ),
    "a Kumaraswamy distribution": (
        (
            "data y in (0, 1)\nparam la\nparam lb\na = exp(la)\nb = exp(lb)\n"
            "loss = -log(a*b*y**(a - 1)*(1 - y**a)**(b - 1))"
        ),
        [{"y": 0.5, "la": -4.6, "lb": 5.3}, {"y": 0.25, "la": 0.5, "lb": 0.5}],
    ),
    "scores less that of a label": (
        "label y in C\nparam s[C]\nloss = log(sum[c](exp(s[c] - s[y])))",
        [{"y": 0, "s": [-1e17, 1.0]}, {"y": 0, "s": [40.0, 0.0]}, {"y": 1, "s": [0.5, 0.25]}],
    ),
    "a square that is 0 under a logarithm": (
        "data y\nparam x\nparam a\nloss = y*log(x**2 + exp(a))",
        [{"y": 2.0, "x": 0.0, "a": 1.0}, {"y": 2.0, "x": 0.5, "a": -800.0}],
    ),
    "a residual of 0 under Student's t": (
        "data y\nparam m\nparam ln\nloss = (exp(ln) + 1)/2*log(1 + (y - m)**2/exp(ln))",
        [{"y": 0.0, "m": 0.0, "ln": 0.5}, {"y": 1.0, "m": -1.0, "ln": 0.5}],
    ),
    "a weight of 0 under a logarithm": (
        "data y in [0, oo)\nparam s\nparam x\nxi = exp(x)\nloss = log(1 + xi*y/exp(s))/xi",
        [{"y": 0.0, "s": 0.0, "x": 0.0}, {"y": 2.0, "s": 0.5, "x": -1.0}],
    ),
    "a rational quadratic kernel": (
        (
            "param x[N]\nparam la\nal = exp(la)\n"
            "K[i, j] = (1 + (x[i] - x[j])**2/(2*al))**(-al)\nloss = sum[i, j](K[i, j])"
        ),
        [{"x": [0.5, -1.0], "la": 0.5}, {"x": [0.5, 0.5], "la": -1.0}],
    ),
    "a rational quadratic kernel of vectors": (
        (
            "param x[N, N]\nparam la\nparam l\nal = exp(la)\n"
            "K[i, j] = (1 + sum[d]((x[i, d] - x[j, d])**2)/(2*al*exp(2*l)))**(-al)\n"
            "loss = sum[i, j](K[i, j])"
        ),
        [{"x": [[0.5, -1.0], [1.0, 2.0]], "la": -0.5, "l": 0.5}],
    ),
    "a narrow kernel": (
        (
            "param x[N]\nparam g\nS[i, j] = (x[i] - x[j])**2\nK[i, j] = exp(-exp(g)*S[i, j])\n"
            "loss = sum[i, j](K[i, j])"
        ),
        [{"x": [0.5, -1.0], "g": 1002.0}, {"x": [0.5, -1.0], "g": 0.5}],
    ),
    "a narrow kernel of centres": (
        (
            "param x[N]\ndata c[N]\nparam g\n"
            "K[i, k] = exp(-exp(g)*sum[d]((x[i] - c[k])**2*c[d]**2))\n"
            "loss = sum[i](mean[k](K[i, k]))"
        ),
        [
            {"x": [0.5, -1.0], "c": [1.0, 2.0], "g": 1002.0},
            {"x": [0.5, -1.0], "c": [1.0, 2.0], "g": 0.5},
        ],
    ),
    "a narrow kernel in one line": (
        "param x[N]\nparam g\nloss = sum[i, j](exp(-exp(g)*(x[i] - x[j])**2))",
        [{"x": [0.5, -1.0], "g": 1002.0}, {"x": [0.5, -1.0], "g": 0.5}],
    ),
    "a clipped ratio of policies": (
        (
            "data adv[N]\nparam lp[N]\ndata lo[N]\nr[i] = exp(lp[i] - lo[i])\n"
            "loss = -mean[i](min(r[i]*adv[i], max(min(r[i], 6/5), 4/5)*adv[i]))"
        ),
        [
            {"adv": [1.0, -1.0], "lp": [1000.0, -1000.0], "lo": [0.0, 0.5]},
            {"adv": [1.0, -1.0], "lp": [0.5, 0.25], "lo": [0.5, 0.5]},
        ],
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
        inputs = {key: dict(np.ndenumerate(np.array(value))) for key, value in given.items()}
        inputs = {
            key: {at: v.item() for at, v in entries.items()} for key, entries in inputs.items()
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


def test_a_probability_near_1_keeps_its_digits_by_differences_of_scores_too():
    model = read_model("label y in C\nparam s[C]\nloss = log(sum[c](exp(s[c] - s[y])))", "scores")
    module = load_module(sd.compile(model).source, "scores")
    assert module.value(0, np.array([40.0, 0.0])) == pytest.approx(4.24835425529159e-18, rel=1e-14)


#: Norms, and roots of what is named, at a point where all that they are of is 0.
NORMS = {
    "of a power": "param x[N]\nloss = sum[i](x[i]**4)**(1/4)",
    "of a real power": "param x[N]\nconst p in (1, oo) = 3\nloss = sum[i](abs(x[i])**p)**(1/p)",
    "weighted": "param x[N]\ndata w[N] in [0, oo)\nloss = sqrt(sum[i](w[i]*x[i]**2))",
    "of two": "param a\nparam b\nloss = sqrt(a**2 + b**2)",
    "by name": "param x[N]\nS = sum[i](x[i]**2)\nloss = sqrt(S)",
    "of pairs": (
        "param x[N, C]\nd[i, k] = sum[j]((x[i, j] - x[k, j])**2)\n"
        "loss = sum[i, k](exp(-sqrt(d[i, k])))"
    ),
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", NORMS)
def test_a_slope_of_a_norm_is_0_where_all_is_0(name, level):
    model = read_model(NORMS[name], "norm")
    wrt = [declaration.name for declaration in model.declarations if declaration.role == "param"]
    gradients = stabilise_gradient(gradient(stabilise(model).model, wrt))
    module = load_module(generate_source(gradients, level=level, definition=model), "norm")
    inputs = [d for d in model.declarations if d.role != "const"]
    sizes = dict.fromkeys(model.axes, 2)
    zeros = [np.zeros([sizes[axis] for axis in d.tensor.axes]) for d in inputs]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, grads = module.value_and_vjp(*zeros, wrt=tuple(wrt))
    assert all(not np.any(grad) for grad in grads.values())


@pytest.mark.parametrize(
    "text",
    [
        "data y\nparam m\nparam a\nloss = (exp(a) + 1)/2*log(1 + (y - m)**2/exp(a))",
        "data y\nparam m\nparam a\nloss = y*log(m**2 + exp(a))",
        "data y\nparam m\nparam a\nS = (m - y)**2\nloss = log(exp(a) + S)",
    ],
)
def test_second_derivatives_where_a_square_is_0(text):
    model = read_model(text, "square")
    module = load_module(sd.compile(model, with_=("hvp",)).source, "square")
    point = {"y": 2.0, "m": 0.0 if "m**2" in text else 2.0, "a": 0.5}
    tangents = {"m": 1.0, "a": -0.5}
    found = module.hvp(*point.values(), tangents)
    written = hvp(model, ["m", "a"])
    entries = {name: {(): value} for name, value in point.items()}
    entries |= {f"dot'{name}": {(): value} for name, value in tangents.items()}
    evaluator = Evaluator(Compiled(written.equations, mp_field(50)), Point({}, entries))
    for name, result in written.results:
        assert found[name] == pytest.approx(float(evaluator.value(result, ())), rel=1e-14)


#: Models in which a part, or what is raised to a power, is 0, and a point where it is.
WITH_ZEROS = {
    "entropy": (
        "param x[S] in [0, oo)\np[s] = x[s]/sum[t](x[t])\nloss = -sum[s](p[s]*log(p[s]))",
        {"x": [3, 1, 0]},
    ),
    "entropy of positive parts": (
        (
            "param x[S]\nr[s] = max(0, x[s])\np[s] = r[s]/(sum[t](r[t]) + 1)\n"
            "loss = -sum[s](p[s]*log(p[s]*S))"
        ),
        {"x": [1, 2, -1]},
    ),
    "mutual information": (
        (
            "param x[A, B] in [0, oo)\np[a, b] = x[a, b]/sum[c, d](x[c, d])\n"
            "r[a] = sum[b](p[a, b])\nq[b] = sum[a](p[a, b])\n"
            "loss = sum[a, b](p[a, b]*log(p[a, b]/(r[a]*q[b])))"
        ),
        {"x": [[3, 1], [0, 2]]},
    ),
    "power": (
        "param x[S]\nparam h in (1, oo)\nL[s] = abs(x[s])**h\nloss = sum[s](L[s]**2)",
        {"x": [0, 1], "h": 1.5},
    ),
    "curve": (
        "param x in [0, oo)\nparam h in (0, oo)\nloss = x**h/(x**h + 1)",
        {"x": 0, "h": 2},
    ),
    "shares": (
        (
            "param x[S] in [0, oo)\nparam h in (0, oo)\np[s] = x[s]**h/sum[t](x[t]**h)\n"
            "loss = sum[s](p[s]**2)"
        ),
        {"x": [0, 1, 2], "h": 2},
    ),
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", WITH_ZEROS)
def test_what_is_0_leaves_slopes_as_they_are(name, level):
    text, point = WITH_ZEROS[name]
    model = read_model(text, "zeros")
    module = sd.compile(model, level=level)
    given = {name: np.array(value, float) for name, value in point.items()}
    _, grads = module.value_and_grad(*given.values(), wrt=tuple(given))
    for key, array in given.items():
        for place in np.ndindex(array.shape):
            values = []
            for step in (1e-6, -1e-6):
                moved = {**given, key: array.copy()}
                moved[key][place] += step
                values.append(module.value(*moved.values()))
            slope = (values[0] - values[1]) / 2e-6
            if np.isfinite(slope):  # beside 0 there is a value on one side alone
                assert grads[key][place] == pytest.approx(slope, abs=1e-5), (key, place)
            else:
                assert array[place] == 0


@pytest.mark.parametrize(
    "kernel",
    [
        "1/(1 + exp(-4)*d[j, l])",
        "log(1 + exp(a)*d[j, l])",
        "sqrt(d[j, l])",
        "exp(-a*sqrt(d[j, l]))",
        "sqrt(sum[k]((x[j, k] - x[l, k])**2))",
        "sum[k](abs(x[j, k] - x[l, k])**(3/2))",
    ],
)
def test_second_derivatives_of_kernels_where_the_distance_is_0(kernel):
    text = (
        "param x[N, D]\nparam a\nd[j, l] = sum[k]((x[j, k] - x[l, k])**2)\n"
        f"loss = sum[j, l]({kernel})"
    )
    module = sd.compile(read_model(text, "kernel"), with_=("hvp",))
    x, a, along = np.array([[0.5, 1.0], [2.0, -1.0]]), 0.25, np.array([[1.0, 0.5], [-1, 2]])
    gradients = [
        module.value_and_grad(x + step * along, a, wrt=("x",))[1]["x"] for step in (1e-5, -1e-5)
    ]
    found = module.hvp(x, a, {"x": along, "a": 0.0})["x"]
    np.testing.assert_allclose(found, (gradients[0] - gradients[1]) / 2e-5, rtol=1e-6)


@pytest.mark.parametrize("level", LEVELS)
def test_a_mean_over_draws_of_small_probabilities_keeps_its_logarithm(level):
    text = (
        "param u[J, R]\nlabel y in J\np[r] = exp(u[y, r])/sum[j](exp(u[j, r]))\n"
        "loss = -log(mean[r](p[r]))"
    )
    module = sd.compile(read_model(text, "mixed"), level=level)
    value, grads = module.value_and_grad(np.array([[-800.0, -810.0], [0.0, 1.0]]), 0, wrt=("u",))
    # Of the two draws the first counts for all but exp(-11) of the whole.
    share = np.exp(-11) / (1 + np.exp(-11))
    assert value == pytest.approx(800 + np.log(2) - np.log1p(np.exp(-11)), rel=1e-14)
    first = [share - 1, -share]
    np.testing.assert_allclose(grads["u"], [first, [-part for part in first]], rtol=1e-12)
