"""Modules for numba: right for every model, fused, in the given precision, and only where it fits.

Loops are ordinary Python, too: with the compiler off they run as they stand, which is how every
model is checked; a few are compiled.
"""

from __future__ import annotations

import re
from unittest import mock

import numpy as np
import pytest

import symderive as sd
from symderive import catalog
from symderive.codegen import generate_source, load_module
from symderive.derive import gradient
from symderive.errors import InputError
from symderive.notation.sym import read_model
from symderive.stabilise import stabilise, stabilise_gradient
from tests.codegen.models import MODELS

numba = pytest.importorskip("numba", reason="numba is an extra")

#: All odd models, some of the catalog; of these a few are compiled.
NAMES = (*MODELS, *catalog.names()[::6], "softmax_nll", "hinge")
COMPILED = ("softmax_nll", "hinge", "elu")


def source_of(model):
    names = [declaration.name for declaration in model.real_inputs]
    gradients = stabilise_gradient(gradient(stabilise(model).model, names))
    return gradients, generate_source(gradients, target="numba", definition=model)


@pytest.fixture
def interpreted():
    """Loops run as Python."""
    with mock.patch.object(numba.config, "DISABLE_JIT", True):
        yield


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("name", dict.fromkeys(NAMES))
def test_value_and_gradient_are_those_of_the_model(name, against):
    model = MODELS[name] if name in MODELS else catalog.load(name)
    gradients, source = source_of(model)
    against(model, gradients, source, load_module(source, model.name), np.float64)


@pytest.mark.untraced
@pytest.mark.parametrize(
    ("name", "dtype"),
    [*((name, np.float64) for name in COMPILED), (COMPILED[0], np.float32)],
)
def test_compiled_loops_say_the_same(name, dtype, against):
    model = catalog.load(name)
    gradients, source = source_of(model)
    against(model, gradients, source, load_module(source, model.name), dtype)


@pytest.mark.usefixtures("interpreted")
def test_a_row_that_only_one_gradient_leaves_is_not_read_for_another():
    text = """param s[N, C]
    param t[N, C]
    const alpha = 1/2 in (0, 1)
    index i: N; j, l: C
    p[i, j] = exp(s[i, j]) / sum[l](exp(s[i, l]))
    q[i, j] = exp(t[i, j]) / sum[l](exp(t[i, l]))
    L = mean[i](log(sum[j](p[i, j]**alpha * q[i, j]**(1 - alpha))) / (alpha - 1))"""
    model = read_model("\n".join(map(str.strip, text.split("\n"))), "apart")
    module = load_module(source_of(model)[1], "apart")
    s = np.arange(6.0).reshape(2, 3)
    both = module.value_and_grad(s, s[::-1] / 2, wrt=("s", "t", "alpha"))[1]
    for name, gradient_ in both.items():
        alone = module.value_and_grad(s, s[::-1] / 2, wrt=(name,))[1][name]
        assert np.allclose(alone, gradient_, rtol=1e-12)


@pytest.mark.usefixtures("interpreted")
def test_an_array_that_nobody_asks_for_has_no_transpose():
    text = """data keep[C] in (0, oo)
    param s[N, C]
    index i: N; j, l: C
    p[i, j] = keep[j] * exp(s[i, j]) / sum[l](keep[l] * exp(s[i, l]))
    L = sum[i, j](p[i, j]**2)"""
    model = read_model("\n".join(map(str.strip, text.split("\n"))), "keys")
    module = load_module(source_of(model)[1], "keys")
    keep, s = np.array([1.0, 2.0, 0.5]), np.arange(6.0).reshape(2, 3)
    value, both = module.value_and_grad(keep, s, wrt=("keep", "s"))
    for name in ("keep", "s"):
        alone = module.value_and_grad(keep, s, wrt=(name,))
        assert alone[0] == value
        assert np.array_equal(alone[1][name], both[name])


# --- what is fused, and what is not -----------------------------------------------------------


def body(source, name="value_and_vjp"):
    return source.split(f"def {name}(")[1].split("errstate", 1)[1].split("\ndef ")[0]


def test_an_activation_is_one_loop_over_its_elements():
    _, source = source_of(catalog.load("swish"))
    (loops,) = re.findall(r"(?ms)^def _pullback_rows.*?\Z", source)
    assert loops.count("for ") == 1
    assert loops.count("_loop_exp(") == 1
    assert "np." not in body(source).replace("np.empty", "")


def test_matrix_products_stay_with_numpy():
    _, source = source_of(catalog.load("softmax_nll"))
    assert "s = x.dot(w.T)" in body(source)
    assert "dw = ds.T.dot(x)" in body(source)
    assert ".dot(" not in source.split("def _pullback_rows(")[1]


def test_what_sums_over_the_rows_ends_a_run():
    _, source = source_of(catalog.load("mse"))
    assert ".sum()" in body(source) or "vdot" in body(source)
    assert "_loop_sum" not in source


def test_a_model_of_scalars_has_no_loops(models):
    names = [name for name, found in models.items() if not found.axes]
    assert names
    for name in names:
        _, source = source_of(models[name])
        assert "numba" not in source


def loops_of(name):
    (found,) = re.findall(r"(?ms)^def _pullback_rows.*?(?=^@|\Z)", source_of(catalog.load(name))[1])
    return found


def test_a_label_is_written_after_the_loop_unless_the_loop_reads_it():
    loops = loops_of("cross_entropy_of_scores")
    assert re.search(r"\n {12}ds\[i, y_i\] \+?= ", loops)
    assert "t1_ = real(0) if j == y_i else exp_t_" in loops


def test_a_sum_over_a_row_is_taken_while_its_entries_are_computed():
    loops = loops_of("cross_entropy_of_scores")
    assert "total = _loop_plus(total, t1_)" in loops
    assert "_loop_sum" not in loops


def test_no_row_has_a_view_of_its_own():
    for name in ("cross_entropy_of_scores", "softmax_nll", "hinge"):
        assert not re.search(r"= d?s\[i\]$", loops_of(name), re.MULTILINE)


def test_a_function_of_one_number_a_row_waits_for_those_of_all_rows():
    before, after = loops_of("cross_entropy_of_scores").split("L[i] = t1_sum_")
    assert "log1p" not in before
    assert "    for i in range(N):\n        L[i] = _loop_log1p(L[i])\n" in after


def test_loops_take_the_type_of_numbers_from_a_result():
    _, source = source_of(catalog.load("cross_entropy_of_scores"))
    loops = re.findall(r"(?m)^def _\w+_rows\(", source)
    assert source.count("    real = L.dtype.type\n") == len(loops) == 4
    assert "dtype.type, " not in source


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "swish"])
def test_a_function_and_its_slope_divide_once(name):
    assert len(re.findall(r" / ", loops_of(name))) == 1


def test_both_sides_of_a_piece_share_an_exponential():
    powers = re.findall(r"_loop_exp(?:m1)?\((\w+)\)", loops_of("elu"))
    assert len(powers) == 2
    assert len(set(powers)) == 1


def test_numbers_in_loops_have_the_type_of_the_arrays():
    for name in ("gelu", "softmax_nll", "hinge"):
        _, source = source_of(catalog.load(name))
        loops = source.split("def _pullback_rows", 1)[1]
        inside = loops.split("):", 1)[1]
        bare = re.sub(r"real\([^()]*\)|np\.empty\([^()]*\)|\w+\d\w*", "", inside)
        assert not re.search(r"[-+*/] *\d", bare), bare


def test_the_target_has_one_level():
    with pytest.raises(InputError, match="fast"):
        generate_source(catalog.load("relu"), target="numba", level="readable")
    with pytest.raises(InputError, match="'numpy' or 'numba'"):
        generate_source(catalog.load("relu"), target="cuda")


def test_gradients_nobody_asks_for_are_not_computed():
    _, source = source_of(catalog.load("sigmoid"))
    module = load_module(source, "sigmoid")
    x = np.linspace(-3, 3, 7)
    value, grads = module.value_and_vjp(x, wrt=())
    assert grads == {}
    np.testing.assert_allclose(value, 1 / (1 + np.exp(-x)), rtol=1e-15)


# --- the functions that loops call ------------------------------------------------------------


@pytest.mark.untraced
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", ["softplus", "elu", "gelu"])
def test_loops_are_as_exact_as_the_module_without(name, dtype):
    """Over the whole range of exponents, beside the module for NumPy: a few ulp, no nan."""
    model = catalog.load(name)
    gradients, source = source_of(model)
    plain = load_module(generate_source(gradients, definition=model), name)
    loops = load_module(source, name)
    limits = np.finfo(dtype)
    ends = np.array([0, limits.tiny, limits.smallest_subnormal, limits.max, np.inf], dtype)
    ranges = [np.linspace(-50, 50, 4001), np.linspace(700, 800, 101), np.linspace(80, 110, 301)]
    x = np.concatenate([*ranges, ends, -ends]).astype(dtype)
    value, grads = loops.value_and_vjp(x)
    wanted, wanted_grads = plain.value_and_vjp(x)
    for got, want in ((value, wanted), (grads["x"], wanted_grads["x"])):
        assert got.dtype == dtype
        assert np.array_equal(np.isfinite(got), np.isfinite(want))
        there = np.isfinite(want)
        # Beside a root a neighbour says how large the terms are that cancel.
        size = np.abs(want[there])
        size = np.maximum(size, np.maximum(np.roll(size, 1), np.roll(size, -1)))
        scale = np.spacing(np.clip(size, limits.tiny, limits.max / 2))
        assert np.max(np.abs(got[there] - want[there]) / scale) <= 40


def test_names_that_loops_use_are_the_users_too():
    text = """
    data np[N, C]
    label math[N] in C
    param real[C]
    param numba
    e[i, j] = max(0, np[i, j] * real[j] - np[i, math[i]] + numba)
    loop[i, j] = e[i, j]**2 * exp(-e[i, j]) / (1 + max[l](e[i, l]))
    L = sum[i, j](loop[i, j])
    """
    model = sd.parse(text)
    loops, plain = sd.compile(model, target="numba"), sd.compile(model)
    rng = np.random.default_rng(0)
    given = rng.normal(size=(5, 3)), rng.integers(0, 3, 5), rng.normal(size=3), 0.5
    value, grads = loops.value_and_grad(*given, wrt=("np", "real", "numba"))
    wanted, slopes = plain.value_and_grad(*given, wrt=("np", "real", "numba"))
    np.testing.assert_allclose(value, wanted, rtol=1e-14)
    for name, slope in slopes.items():
        np.testing.assert_allclose(grads[name], slope, rtol=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        # The largest of numbers that are all one; and what all rows share, chosen by a condition.
        (
            "data x[N, C]\nparam w[N]\nparam b[C]\nindex j: C\nf[i] = max[j](2 * w[i])\n"
            "loss = sum[i, j](f[i] * (x[i, j] - b[j])**2)"
        ),
        (
            "data z[N]\nparam w[N]\ne = sum[i if w[i] <= 0](3 * w[i])\ng = max(0, e)**2\n"
            "loss = sum[i](w[i] * g * z[i]) + sum[i if w[i] <= 0](w[i] * g)"
        ),
    ],
)
def test_what_rows_share_is_a_number(text):
    model = sd.parse(text)
    loops, plain = sd.compile(model, target="numba"), sd.compile(model)
    rng = np.random.default_rng(1)
    sizes = {"N": 4, "C": 3}
    given = [rng.normal(size=[sizes[a.name] for a in d.tensor.axes]) for d in model.declarations]
    for names in (model.default_wrt(), tuple(d.name for d in model.declarations)):
        value, grads = loops.value_and_grad(*given, wrt=names)
        wanted, slopes = plain.value_and_grad(*given, wrt=names)
        np.testing.assert_allclose(value, wanted, rtol=1e-14)
        for name in names:
            np.testing.assert_allclose(grads[name], slopes[name], rtol=1e-12)
