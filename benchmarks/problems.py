"""The problems that are measured: the model, the inputs, the sizes, and what is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

Arrays: TypeAlias = dict[str, Any]

#: N x C x D: samples, classes (or outputs), inputs.
SIZES = {"S": (32, 10, 64), "M": (1024, 100, 512), "L": (8192, 1000, 784)}
ELEMENTS = 1_000_000


@dataclass(frozen=True)
class Problem:
    """What every candidate computes: the value of ``model``, and its gradient by ``wrt``.

    The output is a number, or an array if ``is_map``: then the gradient is that of its sum.
    """

    name: str
    title: str
    model: str
    wrt: tuple[str, ...]
    sizes: tuple[str, ...]
    inputs: Callable[[np.random.Generator, str, Any], Arrays]
    is_map: bool = False


def _linear(rng: np.random.Generator, size: str, dtype: Any) -> Arrays:
    n, c, d = SIZES[size]
    return {
        "x": rng.normal(size=(n, d)).astype(dtype),
        "y": rng.integers(0, c, n),
        "w": (rng.normal(size=(c, d)) / np.sqrt(d)).astype(dtype),
    }


def _binary(rng: np.random.Generator, size: str, dtype: Any) -> Arrays:
    n, _, d = SIZES[size]
    return {
        "x": rng.normal(size=(n, d)).astype(dtype),
        "y": rng.integers(0, 2, n).astype(dtype),
        "w": (rng.normal(size=d) / np.sqrt(d)).astype(dtype),
        "b": dtype(0.1),
    }


def _scores(rng: np.random.Generator, size: str, dtype: Any) -> Arrays:
    n, c, _ = SIZES[size]
    return {"s": rng.normal(size=(n, c)).astype(dtype), "y": rng.integers(0, c, n)}


def _network(rng: np.random.Generator, size: str, dtype: Any) -> Arrays:
    n, c, d = SIZES[size]
    h = d // 2
    return {
        "x": rng.normal(size=(n, d)).astype(dtype),
        "y": rng.uniform(size=(n, c)).astype(dtype),
        "w_h": (rng.normal(size=(h, d)) / np.sqrt(d)).astype(dtype),
        "w_o": (rng.normal(size=(c, h)) / np.sqrt(h)).astype(dtype),
    }


def _elements(rng: np.random.Generator, size: str, dtype: Any) -> Arrays:
    del size
    return {"x": (3 * rng.normal(size=ELEMENTS)).astype(dtype)}


_EVERY = ("S", "M", "L")

PROBLEMS = (
    Problem("softmax_nll", "softmax NLL, linear", "softmax_nll", ("w",), _EVERY, _linear),
    Problem("hinge", "hinge, linear", "hinge", ("w",), _EVERY, _linear),
    Problem("binary", "binary logistic, linear", "binary_logistic", ("w", "b"), _EVERY, _binary),
    Problem("network", "sigmoid MLP", "two_layer_sigmoid", ("w_h", "w_o"), ("S", "M"), _network),
    Problem("scores", "NLL on scores", "cross_entropy_of_scores", ("s",), _EVERY, _scores),
    *(
        Problem(name, name, name, ("x",), ("1e6",), _elements, is_map=True)
        for name in ("sigmoid", "softplus", "swish", "elu", "gelu", "tanh")
    ),
)
