"""The shorter way where no exponential is too large, and the long one beyond."""

import numpy as np
import pytest

import symderive as sd
from symderive.codegen import generate_source, load_module
from symderive.derive import gradient
from symderive.notation.sym import read_model
from symderive.stabilise import stabilise, stabilise_gradient

SCORES = """
data  s[N, C]
label y[N] in C
p[i, j] = exp(s[i, j]) / sum[l](exp(s[i, l]))
L[i] = -log(p[i, y[i]])
loss = mean[i](L[i])
"""
TARGETS = """
data  s[N, C]
data  t[N, C] in simplex
L[i] = -sum[j](t[i, j] * log(exp(s[i, j]) / sum[l](exp(s[i, l]))))
loss = sum[i](L[i])
"""


def module(text, **options):
    model = read_model(text, "near")
    names = [declaration.name for declaration in model.real_inputs]
    gradients = stabilise_gradient(gradient(stabilise(model).model, names))
    return load_module(generate_source(gradients, definition=model, **options), "near")


@pytest.fixture(scope="module", params=["numpy", "numba"])
def scores(request):
    return module(SCORES, target=request.param)


def by_mpmath(s, y):
    """Loss and gradient of one row in 60 digits."""
    from mpmath import exp, log, mp, mpf

    with mp.workdps(60):
        powers = [exp(mpf(float(value)) - mpf(float(s[y]))) for value in s]
        total = sum(powers)
        others = sum(power for j, power in enumerate(powers) if j != y)
        return float(log(1 + others)), [
            float(power / total if j != y else -others / total) for j, power in enumerate(powers)
        ]


@pytest.mark.untraced
@pytest.mark.parametrize("real", [np.float64, np.float32])
@pytest.mark.parametrize("far", [0, 1, 41, 42, 345, 346, 709, 1e4])
@pytest.mark.parametrize("sign", [1, -1])
def test_both_ways_give_the_truth(scores, real, far, sign):
    s = np.array([[0.25, sign * far, -1.5, sign * far - 0.5]], dtype=real)
    for y in range(4):
        value, grads = scores.value_and_grad(s, np.array([y]), wrt=("s",))
        loss, slopes = by_mpmath(s[0], y)
        tiny = float(np.finfo(real).tiny)
        precise = 64 * float(np.finfo(real).eps) * max(1, abs(far))
        assert value == pytest.approx(loss, rel=precise, abs=tiny)
        assert grads["s"][0] == pytest.approx(slopes, rel=precise, abs=tiny)
        assert grads["s"].dtype == real
        assert value == scores.value(s, np.array([y]))


def test_one_row_far_out_takes_all_the_long_way_and_nothing_else(scores, monkeypatch):
    def never(*_):
        raise AssertionError

    rng = np.random.default_rng(0)
    s, y = rng.normal(size=(50, 7)), rng.integers(0, 7, 50)
    near_value, near = scores.value_and_grad(s, y, wrt=("s",))
    far_value, far = scores._value_and_vjp_far(s, y, None, ("s",), {"s": s})
    assert near_value == pytest.approx(far_value, rel=1e-14)
    np.testing.assert_allclose(near["s"], far["s"], rtol=1e-13)
    monkeypatch.setattr(scores, "_value_and_vjp_far", never)
    scores.value_and_grad(s, y, wrt=("s",))
    s[3, y[3]] = -1000
    with pytest.raises(AssertionError):
        scores.value_and_grad(s, y, wrt=("s",))


@pytest.mark.parametrize("where", ["label", "other", "all others"])
def test_masked_and_missing_scores(scores, where):
    s, y = np.array([[1.0, 2.0, 3.0]]), np.array([1])
    if where == "label":
        s[0, 1] = -np.inf
    elif where == "other":
        s[0, 0] = -np.inf
    else:
        s[0, [0, 2]] = -np.inf
    value, grads = scores.value_and_grad(s, y, wrt=("s",))
    wanted = {"label": np.inf, "other": np.log1p(np.exp(1.0)), "all others": 0.0}[where]
    assert value == pytest.approx(wanted)
    assert not np.isnan(grads["s"]).any()


def test_nan_goes_through(scores):
    value, grads = scores.value_and_grad(np.array([[1.0, np.nan]]), np.array([0]), wrt=("s",))
    assert np.isnan(value)
    assert np.isnan(grads["s"]).any()


def test_nothing_to_sum(scores):
    value, grads = scores.value_and_grad(np.zeros((2, 1)), np.array([0, 0]), wrt=("s",))
    assert value == 0
    assert not grads["s"].any()
    with np.errstate(all="ignore"):
        assert (
            scores.value_and_vjp(np.zeros((0, 3)), np.zeros(0, int), wrt=("s",))[1]["s"].size == 0
        )


def test_what_is_there_to_be_read_has_one_way():
    model = read_model(SCORES, "near")
    gradients = stabilise_gradient(gradient(stabilise(model).model, ["s"]))
    assert "_far" not in generate_source(gradients, definition=model, level="readable")


def test_where_the_log_sum_exp_is_used_otherwise_there_is_one_way():
    model = read_model(TARGETS, "near")
    gradients = stabilise_gradient(gradient(stabilise(model).model, ["s", "t"]))
    assert "_far" not in generate_source(gradients, definition=model)


def test_results_go_into_arrays_of_the_caller_on_both_ways():
    compiled = sd.compile(read_model(SCORES, "near"), with_="out")
    y = np.array([0, 1])
    for far in (0.0, 1000.0):
        s = np.array([[0.0, far, 1.0], [far, 0.0, 1.0]])
        room = np.full_like(s, np.nan)
        value, grads = compiled.value_and_grad(s, y, wrt=("s",), out={"s": room})
        assert grads["s"] is room
        plain, wanted = compiled.value_and_grad(s, y, wrt=("s",))
        assert value == plain
        np.testing.assert_array_equal(room, wanted["s"])


HINGE = """
data  s[N, C]
label y[N] in C
e[i, j] = max(0, s[i, j] - s[i, y[i]] + 1)
L[i] = sum[j != y[i]](e[i, j])
loss = mean[i](L[i])
"""


def test_one_hole_serves_the_value_and_the_mask():
    source = generate_source(gradient(read_model(HINGE, "holes"), ["s"]))
    body = source.split("def value_and_vjp")[1]
    assert body.count("[i_part, y_part] = 0") == 1


def test_no_hole_for_all_where_one_reads_what_is_there():
    text = HINGE.replace("loss = mean[i](L[i])", "loss = mean[i](L[i]) + sum[i, j](e[i, j]**2)")
    found = module(text, level="fast")
    plain = module(text, level="readable")
    rng = np.random.default_rng(1)
    s, y = rng.normal(size=(9, 4)), rng.integers(0, 4, 9)
    value, grads = found.value_and_grad(s, y, wrt=("s",))
    wanted, slopes = plain.value_and_grad(s, y, wrt=("s",))
    assert value == pytest.approx(wanted)
    np.testing.assert_allclose(grads["s"], slopes["s"], rtol=1e-12, atol=1e-14)
