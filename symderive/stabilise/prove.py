"""Whether rewriting changed what a model means: both sides of every step, evaluated."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from symderive.expr import free_indices
from symderive.model import Declaration, Equation, GradientModel, Model
from symderive.model.evaluate import Compiled, Evaluator, Point, mp_field
from symderive.model.points import assignments, points, positions
from symderive.rewrite.rule import Rewrite
from symderive.stabilise.stabilise import Stabilised

#: Decimal digits of the arithmetic, and how many of them may be lost.
_DIGITS, _LOST = 50, 10


@dataclass(frozen=True)
class Proof:
    """How much was compared, and what does not hold."""

    comparisons: int
    faults: tuple[str, ...]

    def __bool__(self) -> bool:
        return not self.faults


def prove(stable: Stabilised, at: Iterable[Point] | None = None, digits: int = _DIGITS) -> Proof:
    """Evaluate both sides of every step of ``stable``, to many digits.

    The points have sizes 1 to 3 and lie in the declared domains, kinks and coincidences of labels
    included, unless others are given (with digits enough for what cancels there).

    >>> from symderive.catalog import load
    >>> from symderive.stabilise import stabilise
    >>> bool(prove(stabilise(load("softmax_nll"))))
    True
    """
    checker = Checker(stable.original, stable.model, at, digits)
    faults = tuple(str(step) for step in stable.rewrites if not checker.holds(step))
    return Proof(checker.comparisons, faults)


def prove_gradient(
    first: GradientModel,
    second: GradientModel,
    at: Iterable[Point] | None = None,
    digits: int = _DIGITS,
) -> Proof:
    """Evaluate the output and all gradients of two models that have them in common."""
    field = mp_field(digits)
    cotangent = Declaration(first.cotangent, "data")
    sides = [Compiled(model.equations, field) for model in (first, second)]
    tensors = [first.primal.output.tensor]
    defined = {equation.name: equation.tensor for equation in first.adjoints}
    tensors += [defined[name] for _, name in first.gradients]
    comparisons = 0
    faults: dict[str, None] = {}
    for point in _chosen(first.primal, at, (cotangent,)):
        left, right = (Evaluator(side, point, field) for side in sides)
        for tensor in tensors:
            for position in positions(tensor.axes, point.sizes):
                values = [side.value(tensor.name, position) for side in (left, right)]
                comparisons += 1
                if not agree(values[0], values[1], digits):
                    faults[tensor.name] = None
    return Proof(comparisons, tuple(faults))


class Checker:
    """Compares the two sides of steps, at points of a model.

    ``also`` is the model that the steps lead to, whose equations may have further names.
    """

    def __init__(
        self,
        original: Model,
        also: Model | None = None,
        at: Iterable[Point] | None = None,
        digits: int = _DIGITS,
    ) -> None:
        self.digits = digits
        self.comparisons = 0
        written = {equation.name: equation for equation in original.equations}
        new = () if also is None else also.equations
        self._counts = {**written, **{equation.name: equation for equation in new}}
        every = {**self._counts, **written}  # the definitions say what is right
        field = mp_field(digits)
        compiled = Compiled(every.values(), field)
        self._at = [
            (point, Evaluator(compiled, point, field)) for point in _chosen(original, at, ())
        ]

    def holds(self, step: Rewrite) -> bool:
        """Whether both sides of ``step`` are equal wherever its equation counts."""
        equation = self._counts[step.equation]
        if not free_indices(step.before, step.after) <= set(equation.indices):
            return False
        for evaluator, env in self._places(equation):
            self.comparisons += 1
            before, after = (evaluator.evaluate(side, env) for side in (step.before, step.after))
            if not agree(before, after, self.digits):
                return False
        return True

    def _places(self, equation: Equation) -> Iterator[tuple[Evaluator, dict[Any, int]]]:
        for point, evaluator in self._at:
            for env in assignments(equation.indices, point.sizes):
                if evaluator.evaluate(equation.where, env):
                    yield evaluator, env


def _chosen(
    model: Model, at: Iterable[Point] | None, also: Iterable[Declaration]
) -> Iterator[Point]:
    if at is not None:
        return iter(at)
    return points(model, random.Random(0), also=also, most_labels=3)  # noqa: S311 - no secret


def agree(before: Any, after: Any, digits: int = _DIGITS) -> bool:
    """Whether two numbers are equal but for the last of ``digits``.

    Where there was no number before (nan), nothing is claimed: a stable form may have one.
    """
    if before == after or before != before:  # noqa: PLR0124 - what IEEE says of nan
        return True
    scale = max(abs(before), abs(after), 1)
    return bool(abs(before - after) <= scale * 10 ** (_LOST - digits))
