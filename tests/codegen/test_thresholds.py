"""Sums beyond a threshold: by order what the mask says, ties, nan and large scores included."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import symderive as sd
from symderive.codegen import generate_source

OPS = ("<", "<=", ">", ">=")

MODELS = {
    "cox": """
        data  x[N, D]
        data  t[N]
        data  c[N]
        param w[D]
        s[i] = sum[k](w[k] * x[i, k])
        r[i] = log(sum[j if t[j] >= t[i]](exp(s[j])))
        loss = sum[i](c[i] * (r[i] - s[i]))
    """,
    "sums": """
        param f[N]
        data  t[N]
        u[i] = sum[j if t[j] < t[i]](f[j])
        v[i] = sum[j if t[i] <= t[j]](f[j] * f[i])
        loss = sum[i](u[i] * v[i])
    """,
    "other_levels": """
        param f[N]
        data  t[N]
        data  q[M]
        g[m] = sum[i if t[i] > q[m]](f[i]**2)
        h[m] = max[i if t[i] <= q[m]](f[i])
        loss = sum[m](g[m])
    """,
    "extra_axes": """
        param f[N, D]
        data  t[N]
        data  a[N]
        g[i, k] = sum[j if t[j] >= t[i]](a[i] * f[j, k] * a[j])
        loss = sum[i, k](g[i, k]**2)
    """,
    "batches": """
        param f[B, N]
        data  t[B, N]
        g[b, i] = sum[j if t[b, j] >= t[b, i]](f[b, j])
        h[b, i] = sum[j if t[b, j] < t[b, i]](exp(f[b, j] - f[b, i]))
        loss = sum[b, i](g[b, i] * h[b, i])
    """,
    "shared_axis": """
        param f[N, D]
        data  t[N]
        data  q[N, D]
        g[i, k] = sum[j if t[j] > q[i, k]](f[j, k])
        loss = sum[i, k](g[i, k]**2)
    """,
    "counts": """
        data  t[N]
        param w
        n[i] = sum[j if t[j] > t[i]](1)
        loss = sum[i](w * n[i]**2)
    """,
    "pairs": """
        param f[N]
        data  t[N]
        data  a[N]
        q = sum[i, j if t[i] <= t[j]](f[j] * a[i] * f[i])
        loss = sum[i, j if t[j] < t[i]](exp(f[j] - f[i]) * a[i]) * q
    """,
    "extremes": """
        param f[N]
        data  t[N]
        u[i] = max[j if t[j] >= t[i]](f[j])
        v[i] = min[j if t[j] <= t[i]](f[j])
        loss = sum[i](u[i] * v[i])
    """,
}


def model(name):
    return sd.parse(MODELS[name], name)


@pytest.mark.parametrize("stable", [True, False], ids=["stable", "as written"])
@pytest.mark.parametrize("name", MODELS)
def test_values_and_gradients_are_those_of_the_equations(name, stable, checked):
    checked(model(name), "fast", stable, np.float64, 1e-9, most=12)


@pytest.mark.parametrize("name", MODELS)
def test_float32_stays_float32(name, checked):
    checked(model(name), "fast", True, np.float32, 2e-3, most=3)


@pytest.mark.parametrize("name", MODELS)
def test_no_array_of_pairs_is_made_when_fast(name):
    whole = sd.generate(model(name), "fast")
    source = whole.partition("import numpy")[2].partition("def _inputs")[0]
    fast = [line for line in source.splitlines() if not line.strip().startswith("#")]
    assert any("_ranked_" in line for line in fast)
    assert not any(f" {op} " in line and "None" in line for op in OPS for line in fast)
    assert not any("_masked_sum" in line or "mask[" in line for line in fast)
    assert "_ranked_" not in sd.generate(model(name), "readable")


def log_sum_exp(found):
    """With the sum of the exponentials rounded once."""
    most = max(found, default=-math.inf)
    if math.isnan(sum(found)) or math.isinf(most):
        return sum(found) if math.isnan(sum(found)) else most
    return float(most + math.log(math.fsum(math.exp(value - most) for value in found)))


def plain(op, kind, values, keys, levels):
    """The reduction, pair by pair."""
    compare = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}[op]
    reduce = {
        "sum": sum,
        "max": lambda found: max(found, default=-math.inf),
        "min": lambda found: min(found, default=math.inf),
        "lse": log_sum_exp,
    }[kind]
    chosen = [[v for v, t in zip(values, keys, strict=True) if compare(t, q)] for q in levels]
    return np.array([reduce(found) for found in chosen], dtype=float)


BODIES = {"sum": "sum[j if {}](f[j])", "max": "max[j if {}](f[j])", "min": "min[j if {}](f[j])"}
BODIES["lse"] = "log(sum[j if {}](exp(f[j])))"


@pytest.fixture(scope="module")
def reductions():
    """One module with every kind and comparison."""
    made = {}
    for op, kind in itertools.product(OPS, BODIES):
        right = BODIES[kind].format(f"t[j] {op} q[m]")
        text = f"data t[N]\ndata q[M]\nparam f[N]\nu[m] = {right}"
        made[op, kind] = sd.compile(sd.parse(text, "one"))
    return made


@pytest.mark.parametrize("n", [0, 1, 2, 3, 50])
@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("op", OPS)
def test_every_kind_and_comparison_with_ties(reductions, op, kind, n):
    rng = np.random.default_rng(n)
    keys, values = rng.integers(0, 5, n) * 1.0, rng.standard_normal(n)
    for levels in (np.arange(-1, 6) * 1.0, np.array([])):
        found = reductions[op, kind].value(keys, levels, values)
        wanted = plain(op, kind, values, keys, levels)
        np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("op", OPS)
def test_nan_compares_with_nothing_and_what_is_excluded_does_not_count(reductions, op, kind):
    keys = np.array([1.0, np.nan, -np.inf, 2.0, np.inf, 1.0, np.nan])
    levels = np.array([1.0, np.nan, np.inf, -np.inf, 1.5])
    values = np.array([0.5, 7.0, 1.0, -2.0, 3.0, 0.25, np.nan])
    found = reductions[op, kind].value(keys, levels, values)
    np.testing.assert_allclose(found, plain(op, kind, values, keys, levels), rtol=1e-14)
    values[3] = np.nan  # now for the levels alone that include it
    found = reductions[op, kind].value(keys, levels, values)
    wanted = plain(op, kind, values, keys, levels)
    included = np.isnan(plain(op, "sum", values, keys, levels))
    assert np.isnan(found[included]).all()
    np.testing.assert_allclose(found[~included], wanted[~included], rtol=1e-14)


def test_a_log_sum_exp_is_exact_however_far_its_terms_are_apart(reductions):
    rng = np.random.default_rng(0)
    for spread in (1.0, 100.0, 1e4, 1e6):
        keys, values = rng.permutation(200) * 1.0, rng.standard_normal(200) * spread
        for order in (values, np.sort(values), np.sort(values)[::-1]):
            ranked = np.empty(200)
            ranked[np.argsort(keys)] = order
            found = reductions[">=", "lse"].value(keys, keys, ranked)
            wanted = plain(">=", "lse", ranked, keys, keys)
            np.testing.assert_allclose(found, wanted, rtol=4e-16, atol=4e-16 * spread)


def test_running_sums_are_as_exact_as_sums(reductions):
    n = 20_000
    keys, values = np.arange(n) * 1.0, np.full(n, 0.1)
    found = reductions["<=", "sum"].value(keys, keys, values)
    np.testing.assert_allclose(found, 0.1 * np.arange(1, n + 1), rtol=2e-14)
    small = reductions["<=", "sum"].value(*(a.astype(np.float32) for a in (keys, keys, values)))
    np.testing.assert_allclose(small, np.float32(0.1) * np.arange(1.0, n + 1), rtol=1e-7)


def test_gradients_of_extreme_scores_are_those_of_all_pairs():
    fast, slow = (sd.compile(model("cox"), level) for level in ("fast", "readable"))
    rng = np.random.default_rng(1)
    x, t = rng.standard_normal((40, 3)), rng.integers(0, 9, 40) * 1.0
    c, w = rng.integers(0, 2, 40) * 1.0, 300 * rng.standard_normal(3)
    (one, first), (other, second) = (f.value_and_grad(x, t, c, w) for f in (fast, slow))
    np.testing.assert_allclose(one, other, rtol=1e-13)
    np.testing.assert_allclose(first["w"], second["w"], rtol=1e-11)


def test_a_sum_of_no_terms_is_0_whatever_it_is_multiplied_by():
    text = "data t[N]\ndata n[N]\nparam f[N]\nu[i] = sum[j if t[j] > t[i]](f[j] / n[i])"
    made = sd.compile(sd.parse(text, "shares"))
    t, f = np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0])
    np.testing.assert_allclose(made.value(t, [2.0, 4.0, 0.0], f), [3.0, 1.0, 0.0])
    np.testing.assert_allclose(made.value(t, [2.0, 0.0, np.nan], f), [3.0, np.inf, 0.0])


@pytest.mark.parametrize("op", OPS)
def test_a_tie_goes_to_the_first_position(op):
    rng = np.random.default_rng(3)
    text = f"data t[N]\ndata q[M]\nparam f[N]\nu[m] = max[j if t[j] {op} q[m]](f[j])"
    fast, slow = (sd.compile(sd.parse(text, "one"), level) for level in ("fast", "readable"))
    for n in (1, 2, 3, 30):
        t, f = rng.integers(0, 4, n) * 1.0, rng.integers(0, 3, n) * 1.0
        q = np.arange(-1.0, 5.0)
        cotangent = rng.standard_normal(6)
        (one, first), (other, second) = (
            made.value_and_vjp(t, q, f, cotangent) for made in (fast, slow)
        )
        np.testing.assert_array_equal(one, other)
        np.testing.assert_allclose(first["f"], second["f"], atol=1e-15)


def test_large_samples_need_no_pairs():
    made = sd.compile(model("cox"))
    n = 100_000  # all pairs would need 80 GB
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((n, 2)), rng.permutation(n) * 1.0
    value, grads = made.value_and_grad(x, t, np.ones(n), np.zeros(2))
    assert abs(value - math.lgamma(n + 1)) < 1e-6 * value
    assert np.isfinite(grads["w"]).all()


@pytest.mark.parametrize(
    "right",
    [
        "sum[j if t[j] == t[i]](f[j])",
        "sum[j if t[j] >= t[i] and j != i](f[j])",
        "sum[j if t[j] >= t[i]](f[j] * sin(f[i] * f[j]))",
        "sum[j if t[j] >= f[j]](f[j] * f[i])",
    ],
)
def test_what_is_no_threshold_keeps_its_mask(right, checked):
    text = f"data t[N]\nparam f[N]\nu[i] = {right}"
    kept = sd.parse(text, f"kept_{right}")
    assert "_ranked_" not in sd.generate(kept)
    checked(kept, "fast", True, np.float64, 1e-9, most=6)


def test_a_module_with_thresholds_is_in_form():
    source = generate_source(model("batches"))
    assert source.endswith("\n")
    assert "\n\n\n\n" not in source
    assert max(map(len, source.splitlines())) <= 100
