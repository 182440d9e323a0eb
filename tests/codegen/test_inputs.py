"""What generated functions accept, what they refuse and how they say so."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import symderive

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]])
Y = np.array([1, 0])
W = np.array([[0.1, 0.2, 0.3], [-0.3, 0.2, -0.1], [0.0, 0.5, 1.0], [2.0, 1.0, 0.0]])


@pytest.fixture
def nll(make, models):
    return make(models["stable_nll"]).module


@pytest.mark.parametrize(
    ("inputs", "error", "message"),
    [
        ((X[0], Y, W), ValueError, r"x: an array of shape \(N, D\) was expected, got shape \(3,\)"),
        (
            (X, Y[:1], W),
            ValueError,
            r"y: .*\(N,\) = \(2,\) was expected to fit x, got shape \(1,\)",
        ),
        ((X, Y, W[:, :2]), ValueError, r"w: .*\(C, D\) = \(4, 3\) .* fit x, got shape \(4, 2\)"),
        ((X, [1, 4], W), ValueError, r"y: positions on axis C of size 4 were expected, got 4"),
        ((X, [1, -1], W), ValueError, r"y: positions on axis C of size 4 were expected, got -1"),
        ((X, [1.0, 0.0], W), TypeError, r"y: integers were expected, got dtype float64"),
        ((X, [True, False], W), TypeError, r"y: integers were expected, got dtype bool"),
        ((X + 0j, Y, W), TypeError, r"x: real numbers were expected, got dtype complex128"),
        ((X.astype(str), Y, W), TypeError, r"x: real numbers were expected, got dtype <U"),
        ((X.astype(object), Y, W), TypeError, r"x: real numbers were expected, got dtype object"),
        ((np.ma.masked_invalid(X), Y, W), TypeError, r"x: an array without a mask was expected"),
        ((X, np.ma.array(Y, mask=[0, 1]), W), TypeError, r"y: .* expected, got a masked array"),
        (
            (X, np.array([1, 2**63], np.uint64), W),
            ValueError,
            r"y: .* axis C .*got 9223372036854775808",
        ),
        ((None, Y, W), TypeError, r"x: real numbers were expected, got dtype object"),
        (([[1.0], [1.0, 2.0]], Y, W), ValueError, r"x: an array was expected: .*inhomogeneous"),
    ],
)
def test_wrong_inputs_are_named(nll, inputs, error, message):
    for function in (nll.value, nll.value_and_grad, nll.value_and_vjp):
        with pytest.raises(error, match=message):
            function(*inputs)


def test_a_wrong_square_is_named(make, models):
    module = make(models["diagonals"]).module
    with pytest.raises(ValueError, match=r"A: an array of shape \(C, C\) = \(2, 2\) was expected"):
        module.value(np.ones((2, 3)), np.ones(2))


def test_an_unknown_wrt_is_named_with_the_choices(nll):
    with pytest.raises(ValueError, match=r"wrt: one of x, w was expected, got 'y'"):
        nll.value_and_grad(X, Y, W, wrt=("w", "y"))


@pytest.mark.parametrize("wrt", [3, None, 1.5])
def test_what_is_no_name_is_no_wrt(nll, wrt):
    with pytest.raises(ValueError, match=rf"wrt: one of x, w was expected, got {wrt}"):
        nll.value_and_grad(X, Y, W, wrt=wrt)


SCALED = "data x[N]\nparam w[N]\nconst c = 2\nloss = c * sum[i](w[i] * x[i])"


def test_what_is_too_large_for_a_dtype_is_infinite_without_a_warning():
    module = symderive.compile(symderive.parse(SCALED), with_=("hvp",))
    x, w = np.array([1e200, 1.0]), np.array([1.0, 2.0], np.float32)
    few = x[1:].astype(np.float32), w[:1]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, grads = module.value_and_grad(x, w)  # the gradient has the dtype of w
        _, scaled = module.value_and_vjp(*few, np.float64(1e300))
        large, _ = module.value_and_grad(*few, c=1e300)
        moved = module.hvp(*few, {"w": np.array([1e300])})
    assert grads["w"].dtype == np.float32
    assert np.isinf(grads["w"][0])
    assert np.isinf(scaled["w"]).all()
    assert np.isinf(large)
    assert moved["w"].dtype == np.float32


def test_a_number_that_no_float_holds_is_refused():
    module = symderive.compile(symderive.parse(SCALED))
    with pytest.raises(ValueError, match="c: a number that a float can hold was expected"):
        module.value(np.ones(1), np.ones(1), c=10**400)


def test_no_labels_are_right_for_no_classes(nll):
    _, grads = nll.value_and_vjp(np.zeros((0, 3)), np.zeros(0, int), np.zeros((0, 3)))
    assert grads["w"].shape == (0, 3)


def test_a_cotangent_has_the_shape_of_the_output(make, models):
    module = make(models["softmax"]).module
    with pytest.raises(ValueError, match=r"cotangent: shape \(2, 3\) was expected.*got \(3,\)"):
        module.value_and_vjp(X, np.ones(3))
    with pytest.raises(TypeError, match=r"cotangent: real numbers were expected"):
        module.value_and_vjp(X, X + 0j)


def test_a_masked_cotangent_is_refused(make, models):
    module = make(models["softmax"]).module
    with pytest.raises(TypeError, match="cotangent: an array without a mask was expected"):
        module.value_and_vjp(X, np.ma.ones(X.shape))


def test_a_constant_is_a_number(make, models):
    module = make(models["functions"]).module
    with pytest.raises(ValueError, match=r"alpha: a number was expected, got shape \(2,\)"):
        module.value(X[0], 1.0, alpha=[1.0, 2.0])


def test_consts_are_keywords_with_their_defaults(make, models):
    module = make(models["functions"]).module
    with pytest.raises(TypeError, match="positional"):
        module.value(X[0], 1.0, 0.5)
    assert np.array_equal(module.value(X[0], 1.0), module.value(X[0], 1.0, alpha=1 / 3))


def test_arrays_may_be_given_by_name_and_as_lists(nll):
    expected = nll.value(X, Y, W)
    assert nll.value(w=W.tolist(), y=Y.tolist(), x=X.tolist()) == expected


def test_wrt_may_be_one_name_and_keeps_its_order(nll):
    _, grads = nll.value_and_grad(X, Y, W, wrt="x")
    assert list(grads) == ["x"]
    _, grads = nll.value_and_grad(X, Y, W, wrt=["w", "x", "w"])
    assert list(grads) == ["w", "x"]
    _, grads = nll.value_and_grad(X, Y, W, wrt=())
    assert grads == {}


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_the_dtype_of_floats_is_kept(make, models, level, dtype):
    module = make(models["softmax_used_twice"], level).module
    value, grads = module.value_and_grad(X.astype(dtype), Y, W.astype(dtype), wrt=("w", "x"))
    assert value.dtype == grads["w"].dtype == grads["x"].dtype == dtype


@pytest.mark.parametrize("dtype", [np.int64, np.int8, np.uint8, np.bool_])
def test_integers_and_booleans_are_computed_as_float64(nll, dtype):
    x, w = (X > 0).astype(dtype), (W > 0.2).astype(dtype)
    value, grads = nll.value_and_grad(x, Y, w)
    assert value.dtype == grads["w"].dtype == np.float64
    exact, _ = nll.value_and_grad(x.astype(float), Y, w.astype(float))
    assert value == exact


def test_mixed_dtypes_are_computed_in_the_common_one(nll):
    value, grads = nll.value_and_grad(X.astype(np.float32), Y, W, wrt=("x", "w"))
    assert value.dtype == np.float64
    assert (grads["x"].dtype, grads["w"].dtype) == (np.float32, np.float64)


@pytest.mark.parametrize("odd", ["x", "w"])
def test_one_input_of_the_other_byte_order_is_converted(nll, odd):
    swapped = np.dtype(np.float64).newbyteorder()
    given = {"x": X, "w": W}
    value, grads = nll.value_and_grad(**(given | {odd: given[odd].astype(swapped)}), y=Y)
    exact, expected = nll.value_and_grad(X, Y, W)
    assert value == exact
    np.testing.assert_array_equal(grads["w"], expected["w"])
    assert grads["w"].dtype == (swapped if odd == "w" else np.float64)


@pytest.mark.parametrize("number", [np.float64(0.5), np.array(0.5), np.float64(1e300)])
def test_a_number_of_another_dtype_widens_the_arrays(make, models, number):
    module = make(models["functions"]).module
    single = X[0].astype(np.float32)
    value, grads = module.value_and_vjp(single, number, alpha=0.25, wrt=("b",))
    assert value.dtype == grads["b"].dtype == np.float64
    exact, expected = module.value_and_vjp(single.astype(float), number, alpha=0.25, wrt=("b",))
    np.testing.assert_array_equal(value, exact)
    np.testing.assert_array_equal(grads["b"], expected["b"])


@pytest.mark.parametrize("number", [1e39, -1e39, np.inf, np.nan, 7e4, 0.1])
def test_python_numbers_that_the_arrays_cannot_hold_warn_of_nothing(make, models, number):
    module = make(models["functions"]).module
    with np.errstate(all="raise"):
        value, _ = module.value_and_vjp(X[0].astype(np.float32), number, alpha=0.25)
        half, _ = module.value_and_vjp(X[0].astype(np.float16), number, alpha=0.25)
    assert (value.dtype, half.dtype) == (np.float32, np.float16)


def test_python_numbers_adapt_to_the_arrays(make, models):
    module = make(models["functions"]).module
    value, grads = module.value_and_vjp(X[0].astype(np.float32), 0.5, alpha=0.25, wrt=("b",))
    assert value.dtype == grads["b"].dtype == np.float32
    value, _ = module.value_and_vjp(X[0].astype(np.float32), np.float64(0.5), alpha=0.25)
    assert value.dtype == np.float64


def test_only_python_numbers_are_float64(make, models):
    module = make(models["scalars"]).module
    value, grads = module.value_and_grad(1, c=2)
    assert value.dtype == grads["b"].dtype == np.float64


@pytest.mark.parametrize("dtype", [np.int32, np.uint64, np.int8])
def test_labels_of_every_integer_dtype(nll, dtype):
    assert nll.value(X, Y.astype(dtype), W) == nll.value(X, Y, W)
    with pytest.raises(ValueError, match="positions on axis C"):
        nll.value(X, np.array([1, np.iinfo(dtype).max], dtype), W)


def test_an_axis_that_no_array_has_still_refuses_negative_labels(make, models):
    module = make(models["same_axis_nowhere"]).module
    assert module.value([1.0, 2.0], [7, 7]) == 9.0
    with pytest.raises(ValueError, match="y: positions on axis C were expected, got -1"):
        module.value([1.0, 2.0], [7, -1])


def test_strided_and_read_only_inputs(nll):
    x = np.asfortranarray(X)
    x.flags.writeable = False
    w = np.repeat(W, 2, axis=0)[::2]
    value, grads = nll.value_and_grad(x, Y[::-1][::-1], w, wrt=("x", "w"))
    exact, expected = nll.value_and_grad(X, Y, W, wrt=("x", "w"))
    assert value == pytest.approx(exact)
    np.testing.assert_allclose(grads["w"], expected["w"])


def test_results_are_nobody_elses(make, models, level):
    for name in ("identity", "repeated", "outer", "constant", "sum_of_two"):
        made = make(models[name], level)
        rng = np.random.default_rng(0)
        shapes = {d.name: [3] * len(d.tensor.axes) for d in made.model.declarations}
        inputs = {d.name: rng.normal(size=shapes[d.name]) for d in made.model.declarations}
        cotangent = np.ones([3] * len(made.model.output.tensor.axes))
        value, again, grads = made.call(inputs, cotangent)
        results = [value, again, *grads.values()]
        everyone = [*results, *inputs.values(), cotangent]
        for result in results:
            others = [other for other in everyone if other is not result]
            assert not any(np.shares_memory(result, other) for other in others), name
            assert np.ndim(result) == 0 or result.flags.writeable
