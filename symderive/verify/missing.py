"""Positions that do not exist: where nothing is, no maximum is attained."""

from __future__ import annotations

from symderive.errors import CheckError
from symderive.model.evaluate import Compiled, Evaluator, Point, Position
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
