"""Losses where they are hard: sure of the label, far apart, masked; no warning escapes."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from symderive import catalog
from symderive.codegen import generate_source, load_module
from symderive.derive import gradient
from symderive.stabilise import stabilise, stabilise_gradient


def module_of(name, level):
    """The module of a model of the catalog."""
    model = catalog.load(name)
    wrt = [declaration.name for declaration in model.real_inputs]
    gradients = stabilise_gradient(gradient(stabilise(model).model, wrt))
    return load_module(generate_source(gradients, level=level), name)


LEVELS = pytest.mark.parametrize("level", ["fast", "readable"])


def exact(scores, label):
    """Loss and gradient of one sample, to 60 digits."""
    with mpmath.workdps(6000 if np.ptp(scores) > 2000 else 600):
        powers = [mpmath.exp(mpmath.mpf(float(s))) for s in scores]
        total = mpmath.fsum(powers)
        rest = mpmath.fsum(p for j, p in enumerate(powers) if j != label)
        grad = [p / total for p in powers]
        grad[label] = -rest / total
        return mpmath.log1p(rest / powers[label]), grad


ROWS = [
    ([40.0, 0.0, -3.0], 0),
    ([300.0, 1.5, -30.0], 0),
    ([0.1, 0.2, 0.3], 1),
    ([1e4, -1e4, 9990.0], 0),
    ([1e4, -1e4, 9990.0], 1),
    ([-1e4, -9999.0, -9950.0], 2),
    ([25.0, -12.0], 0),
    ([-500.0, 3.0], 0),
]


@LEVELS
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("scores", "label"), ROWS, ids=str)
def test_softmax_likelihood_of_scores(level, scores, label, dtype):
    s = np.array([scores], dtype)
    module = module_of("softmax_nll", level)
    with np.errstate(all="raise"):
        loss, grads = module.value_and_grad(
            s, np.array([label]), np.eye(len(scores), dtype=dtype), wrt=("x",)
        )
    wanted, slopes = exact(s[0], label)
    # The difference of two scores is rounded, at the readable level a log-sum-exp is, too.
    rounded = np.ptp(s) if level == "fast" else np.abs(s).max()
    relative = np.finfo(dtype).eps * max(8, rounded)
    tiny = float(np.finfo(dtype).tiny)
    assert abs(loss - wanted) <= relative * abs(wanted) + tiny
    for found, right in zip(grads["x"][0], slopes, strict=True):
        assert abs(float(found) - right) <= relative * abs(right) + tiny


@pytest.mark.parametrize(
    ("level", "others"),
    [("fast", [-np.inf, 1.0]), ("readable", [-np.inf, 1.0]), ("fast", [-np.inf, -np.inf])],
    ids=str,
)
def test_masked_classes_have_no_part(level, others):
    s = np.array([[2.0, *others]])
    module = module_of("cross_entropy_of_scores", level)
    loss, grads = module.value_and_grad(s, np.array([0]), wrt=("s",))
    kept = [value for value in others if value > -np.inf]
    wanted, slopes = exact(np.array([2.0, *kept]), 0)
    assert loss == pytest.approx(float(wanted), rel=1e-15, abs=0)
    assert np.isfinite(grads["s"]).all()
    assert grads["s"][0, 0] == pytest.approx(float(slopes[0]), rel=1e-15, abs=0)
    assert grads["s"][0, 1] == 0


@LEVELS
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("y", [0, 1, 0.25])
def test_binary_cross_entropy_of_logits(level, y, dtype):
    s = np.array([0.0, 1e-30, 0.3, -2.0, 30.0, -40.0, 80.0, -80.0, 1e4, -1e4], dtype)
    module = module_of("bce_with_logits", level)
    for score in s:
        with np.errstate(all="raise", under="ignore"):
            loss, grads = module.value_and_grad(score[None], np.array([y], dtype), wrt=("s",))
        with mpmath.workdps(9000 if abs(score) > 100 else 60):
            x = mpmath.mpf(float(score))
            wanted = mpmath.log1p(mpmath.exp(x)) - y * x
            slope = 1 / (1 + mpmath.exp(-x)) - y
        relative, tiny = 8 * np.finfo(dtype).eps, float(np.finfo(dtype).tiny)
        assert abs(loss - wanted) <= relative * abs(wanted) + tiny
        assert abs(float(grads["s"][0]) - slope) <= relative * abs(slope) + tiny
