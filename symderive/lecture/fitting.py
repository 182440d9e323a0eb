"""Demos E1 and E2: small networks that learn from data with nothing but their generated modules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from symderive import catalog
from symderive.lecture.datasets import CLASSES, Dataset, wave
from symderive.lecture.optimisers import Adam, Momentum, Optimiser
from symderive.lecture.training import Array, Course, compiled_part, initial, train
from symderive.model import Model
from symderive.pipeline import Compiled, CompileRequest
from symderive.pipeline import compile as compile_model


@dataclass(frozen=True)
class Task:
    """What is learned: which network, of what sizes, for how many steps, from which seed."""

    hidden: tuple[int, ...]
    samples: int
    steps: int
    optimisers: tuple[Optimiser[Any], ...]
    seed: int = 0

    def network(self, loss: str) -> tuple[Model, dict[str, int]]:
        """The network with tanh between its layers, and the sizes of its hidden axes."""
        sizes = {f"H{number}": size for number, size in enumerate(self.hidden, 1)}
        return catalog.network(tuple(sizes), "tanh", loss), sizes


@dataclass(frozen=True)
class Fit:
    """A trained network: the data, what each optimiser made of it, and how to ask it."""

    data: Dataset
    courses: Mapping[str, Course]
    answers: Compiled

    def answer(self, x: Array, params: Mapping[str, Array]) -> Array:
        """What the network says of ``x[N, D]``: numbers, or a probability for each class."""
        return np.asarray(self.answers.value(x=x, **params))

    def accuracy(self, course: Course) -> float:
        """The part of the labels that it gets right."""
        said = self.answer(self.data.x, course.last).argmax(axis=1)
        return float((said == self.data.y).mean())


REGRESSION = Task((16,), 60, 2500, (Momentum(0.05), Adam(0.01)))
CLASSIFICATION = Task((16, 16), 240, 400, (Momentum(0.2), Adam(0.02)))


def regression(task: Task = REGRESSION, keep: int = 40) -> Fit:
    """E1: a network of one input learns a wave from noisy samples, by the squared error."""
    data = wave(task.samples, task.seed)
    model, sizes = task.network("squared_error")
    courses = _courses(task, model, data, {**sizes, "D": 1}, keep)
    return Fit(data, courses, compiled_part(model, "yhat"))


def classification(name: str, task: Task = CLASSIFICATION, keep: int = 40) -> Fit:
    """E2: a network of two inputs learns the classes of a data set, by the likelihood.

    ``name`` is one of ``circle``, ``spiral``, ``xor``.
    """
    data = CLASSES[name](task.samples, task.seed)
    model, sizes = task.network("softmax_nll")
    sizes |= {"D": 2, "C": int(data.y.max()) + 1}
    return Fit(data, _courses(task, model, data, sizes, keep), compiled_part(model, "p"))


def _courses(
    task: Task, model: Model, data: Dataset, sizes: dict[str, int], keep: int
) -> dict[str, Course]:
    """What each optimiser makes of the same start."""
    compiled = compile_model(CompileRequest(model))
    params = initial(model, sizes, task.seed)
    arrays = {"x": data.x, "y": data.y}
    return {
        one.name: train(compiled, arrays, params, one, steps=task.steps, keep=keep)
        for one in task.optimisers
    }
