"""The problems in autograd, on NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy as np
from autograd.scipy.special import erf, expit, logsumexp
from problems import Arrays, Problem


def softmax_nll(x: Any, y: Any, w: Any) -> Any:
    return scores(np.dot(x, w.T), y)


def scores(s: Any, y: Any) -> Any:
    return np.mean(logsumexp(s, axis=1) - s[np.arange(len(y)), y])


def hinge(x: Any, y: Any, w: Any) -> Any:
    s = np.dot(x, w.T)
    e = np.maximum(0, s - s[np.arange(len(y)), y][:, None] + 1)
    return (np.sum(e) - len(y)) / len(y)


def binary(x: Any, y: Any, w: Any, b: Any) -> Any:
    s = np.dot(x, w) + b
    return np.mean(np.logaddexp(0, s) - y * s)


def network(x: Any, y: Any, w_h: Any, w_o: Any) -> Any:
    h = expit(np.dot(x, w_h.T))
    return np.sum((expit(np.dot(h, w_o.T)) - y) ** 2) / 2


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "softmax_nll": softmax_nll,
    "hinge": hinge,
    "binary": binary,
    "network": network,
    "scores": scores,
    "sigmoid": expit,
    "softplus": lambda x: np.logaddexp(0, x),
    "swish": lambda x: x * expit(x),
    "elu": lambda x: np.where(x >= 0, x, np.expm1(np.minimum(x, 0))),
    "gelu": lambda x: x * (1 + erf(x * 0.5**0.5)) / 2,
    "tanh": np.tanh,
}


def candidates(problem: Problem, inputs: Arrays) -> dict[str, Callable[[], Any]]:
    """Value and gradient on a tape."""
    if problem.name not in FUNCTIONS:
        return {}
    function = FUNCTIONS[problem.name]
    names = list(inputs)
    args = list(inputs.values())
    wanted = tuple(names.index(name) for name in problem.wrt)

    def run() -> Any:
        pull, value = autograd.make_vjp(function, wanted if len(wanted) > 1 else wanted[0])(*args)
        grads = pull(np.ones_like(value))
        return value, *(grads if len(wanted) > 1 else (grads,))

    return {"autograd": run}
