"""Positions that do not exist, where nothing is attained, and names that are no numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from symderive.errors import CheckError, InputError
from symderive.model import Equation
from symderive.model.evaluate import Compiled, Evaluator, Point, Position
from symderive.model.fields import is_nan
from symderive.model.points import positions

#: Stands for a position that does not exist: equal to no position.
NOWHERE = -1


def missing_positions(compiled: Compiled, point: Point) -> dict[str, dict[Position, int]]:
    """For each equation of a label: where it has no position at ``point``, as overrides.

    An arg max over nothing has none, nor has one outside the condition of its equation.

    >>> from symderive.model import argmax, axes, build, condition, data, define, indices, tensor
    >>> from symderive.expr import Tensor
    >>> (N,) = axes("N")
    >>> (i,) = indices("i", N)
    >>> x, best = data("x", N), Tensor("best", (), N)
    >>> right = argmax(x[i], i, where=condition(x[i], ">", 0))
    >>> model = build("best_of_few", [x], [define(best(), right)])
    >>> missing_positions(Compiled(model.equations), Point({N: 1}, {"x": {(0,): -2}}))
    {'best': {(): -1}}
    """
    evaluator = Evaluator(compiled, point)
    found: dict[str, dict[Position, int]] = {}
    for equation in compiled.equations.values():
        if equation.tensor.label_of is None:
            continue
        missing = found.setdefault(equation.name, {})
        for place in positions(equation.tensor.axes, point.sizes):
            try:
                evaluator.value(equation.name, place)
            except CheckError:
                missing[place] = NOWHERE
    return found


def named_values(evaluator: Evaluator, equations: Iterable[Equation]) -> Iterator[Any]:
    """The numbers that ``equations`` give a name, those left out that do not exist."""
    for equation in equations:
        if equation.tensor.label_of is not None:
            continue
        for place in positions(equation.tensor.axes, evaluator.point.sizes):
            with suppress(CheckError, InputError):
                yield evaluator.value(equation.name, place)


def names_infinity(evaluator: Evaluator, equations: Iterable[Equation]) -> bool:
    """Whether ``equations`` name something infinite, or no number."""
    values = named_values(evaluator, equations)
    return any(is_nan(value) or abs(value) == math.inf for value in values)
