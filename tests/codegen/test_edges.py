"""Where arrays are empty, and where entries are inf or nan: what IEEE and the model say."""

from __future__ import annotations

import numpy as np
import pytest

INF, NAN = np.inf, np.nan


@pytest.fixture(autouse=True)
def _silence_is_required():
    with np.errstate(all="raise"):
        yield


# --- nothing there ----------------------------------------------------------------------------


def test_the_mean_over_no_samples_is_nan(make, models, level):
    module = make(models["stable_nll"], level).module
    x, y, w = np.ones((0, 3)), np.ones(0, int), np.ones((4, 3))
    value, grads = module.value_and_grad(x, y, w, wrt=("w", "x"))
    assert np.isnan(value)
    assert np.array_equal(grads["w"], np.zeros((4, 3)))
    assert grads["x"].shape == (0, 3)


def test_an_empty_list_of_labels_is_a_list_of_labels(make, models):
    module = make(models["stable_nll"]).module
    assert np.isnan(module.value(np.ones((0, 3)), [], np.ones((4, 3))))


def test_no_features_are_scores_of_zero(make, models, level):
    module = make(models["stable_nll"], level).module
    value, grads = module.value_and_grad(np.ones((2, 0)), [1, 0], np.ones((4, 0)))
    assert value == pytest.approx(np.log(4))
    assert grads["w"].shape == (4, 0)


def test_no_class_can_be_a_label(make, models):
    module = make(models["stable_nll"]).module
    with pytest.raises(ValueError, match="positions on axis C of size 0"):
        module.value(np.ones((2, 3)), [0, 0], np.ones((0, 3)))


@pytest.mark.parametrize(
    ("name", "nothing"),
    [("lse_of_others", -INF), ("max_of_rows", -INF), ("min_of_products", INF)],
)
def test_a_reduction_over_nothing_is_its_neutral(make, models, level, name, nothing):
    made = make(models[name], level)
    if name == "lse_of_others":
        assert np.array_equal(made.module.value(np.ones((2, 1)), [0, 0]), [nothing] * 2)
    elif name == "min_of_products":
        assert np.array_equal(made.module.value(np.ones((2, 0))), [nothing] * 2)
    else:
        assert made.module.value(np.ones((1, 0))) == nothing


def test_where_the_largest_of_nothing_is_has_no_answer(make, models, level):
    module = make(models["max_of_rows"], level).module
    assert module.value(np.ones((1, 0))) == -INF
    with pytest.raises(ValueError, match="axis C: at least one position was expected"):
        module.value_and_grad(np.ones((1, 0)))
    assert module.value_and_grad(np.ones((1, 2)))[0] == 1.0


@pytest.mark.parametrize("shape", [(0, 0), (0, 2), (2, 0), (1, 1)])
def test_empty_axes_everywhere(make, models, level, shape):
    # The models that take no arg max and no label: those ask for an entry.
    for name in ("softmax", "entropy", "pairs", "sizes", "sum_where_positive"):
        made = make(models[name], level)
        sizes = dict(zip("NCD", (*shape, 2), strict=True))
        rng = np.random.default_rng(0)
        inputs = {
            d.name: rng.normal(size=[sizes[axis.name] for axis in d.tensor.axes])
            for d in made.model.declarations
        }
        axes = made.model.output.tensor.axes
        value, _, grads = made.call(inputs, np.ones([sizes[axis.name] for axis in axes]))
        assert np.shape(value) == tuple(sizes[axis.name] for axis in axes)
        for given, grad in grads.items():
            assert grad.shape == inputs[given].shape


def test_a_scatter_of_nothing_is_zero(make, models, level):
    module = make(models["scatter_on_two_axes"], level).module
    found = module.value(np.ones((2, 3)), [], [], np.ones((0, 4)))
    assert np.array_equal(found, np.zeros((2, 3, 4)))


# --- inf and nan ------------------------------------------------------------------------------


def test_log_sum_exp_of_infinite_rows(make, models, level):
    module = make(models["lse_of_others"], level).module
    rows = np.array(
        [
            [9.0, 1.0, -INF],
            [9.0, -INF, -INF],
            [9.0, 1.0, INF],
            [9.0, INF, -INF],
            [9.0, NAN, 1.0],
            [INF, 1.0, 1.0],
            [NAN, 2.0, -INF],
            [0.0, 1e300, -1e300],
        ]
    )
    found = module.value(rows, np.zeros(len(rows), int))
    expected = [1.0, -INF, INF, INF, NAN, 1 + np.log(2), 2.0, 1e300]
    np.testing.assert_allclose(found, expected, rtol=1e-15)


def test_softmax_with_masked_scores(make, models, level):
    module = make(models["softmax"], level).module
    scores = np.array([[0.0, -INF, 0.0], [-1e4, 1e4, -INF]])
    value, grads = module.value_and_vjp(scores, np.array([[1.0, 0, 0], [0, 1, 0]]))
    np.testing.assert_array_equal(value, [[0.5, 0, 0.5], [0, 1, 0]])
    np.testing.assert_array_equal(grads["q"], [[0.25, 0, -0.25], [0, 0, 0]])


def test_nll_at_extreme_scores_is_exact(make, models, level):
    module = make(models["stable_nll"], level).module
    x, w = np.array([[1e4]]), np.array([[1.0], [-1.0], [0.999]])
    value, grads = module.value_and_grad(x, [0], w, wrt=("w", "x"))
    assert value == pytest.approx(np.log1p(np.exp(-10.0)), rel=1e-9)
    assert np.isfinite(grads["w"]).all()
    assert module.value(x, [1], w) == pytest.approx(2e4)


def test_what_a_condition_excludes_does_not_count(make, models, level):
    module = make(models["sum_of_others"], level).module
    q = np.array([[1.0, 2.0, INF], [3.0, NAN, 4.0]])
    wide = np.array([[1.0, INF], [2.0, 3.0], [5.0, NAN]])
    found = module.value(q, wide, [2, 1])
    # Row 0 takes entries 0 and 1, row 1 entries 0 and 2.
    np.testing.assert_array_equal(found, [[5.0, INF], [23.0, NAN]])
    wide = np.array([[1.0, 1.0], [2.0, 3.0], [NAN, INF]])
    np.testing.assert_array_equal(module.value(q, wide, [2, 1])[0], [5.0, 7.0])


def test_a_mask_of_reals_is_a_strong_zero(make, models, level):
    module = make(models["sum_where_positive"], level).module
    q, wide = np.array([[1.0, -1.0], [-1.0, -1.0]]), np.array([[1.0, 2.0], [INF, NAN]])
    np.testing.assert_array_equal(module.value(q, wide), [[1.0, 2.0], [0.0, 0.0]])


def test_a_guard_keeps_the_gradient_finite(make, models, level):
    module = make(models["guarded_log"], level).module
    value, grads = module.value_and_grad([0.0, 2.0, -1.0, INF])
    assert value == INF
    np.testing.assert_array_equal(grads["r"], [0.0, 0.5, 0.0, 0.0])
    value, grads = module.value_and_grad([0.0, -INF, NAN])
    assert value == 0
    np.testing.assert_array_equal(grads["r"], [0.0, 0.0, 0.0])


def test_branches_not_taken_do_not_count(make, models, level):
    module = make(models["guarded_branches"], level).module
    value, grads = module.value_and_grad([0.0, -1.0])
    assert value == -0.5
    np.testing.assert_allclose(grads["r"], [0.0, 1.0])


def test_x_log_y_is_zero_where_x_is(make, models, level):
    module = make(models["cross_entropy_of_entries"], level).module
    value, grads = module.value_and_grad([0.0, 0.0, 1.0], [0.0, NAN, 2.0], wrt=("g",))
    assert value == np.log(2.0)
    np.testing.assert_array_equal(grads["g"], [0.0, 0.0, 0.5])


def test_a_bracket_of_an_infinite_cotangent_is_zero_elsewhere(make, models, level):
    module = make(models["or_condition"], level).module
    _, grads = module.value_and_vjp([[1.0, -1.0, -1.0]], [1], [[INF, 1.0, INF]])
    np.testing.assert_array_equal(grads["q"], [[INF, 3.0, 0.0]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_overflow_gives_what_ieee_says(make, models, level, dtype):
    module = make(models["functions"], level).module
    value, _ = module.value_and_vjp(np.array([1e30, -1e30, 700.0], dtype), 1.0)
    assert value.dtype == dtype
    assert value[0] == INF
