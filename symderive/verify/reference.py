"""What a gradient's equations mean at a point: by the reference evaluator, to any precision."""

from __future__ import annotations

import copy
import math
import random
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from typing import Any

from sympy import Abs, Add, Mul, Pow
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.errors import CheckError, InputError
from symderive.expr import Iverson, Reduce, Where, children, with_children
from symderive.model import Equation, GradientModel
from symderive.model.evaluate import FLOAT, Compiled, Evaluator, Point, mp_field
from symderive.model.fields import Field
from symderive.model.points import positions
from symderive.verify.missing import missing_positions
from symderive.verify.tally import Entries, Tally

#: The values of an output and of its gradients: names to arrays.
Arrays = dict[str, Entries]

#: Decimal digits, each tried if those before did not settle the value.
PRECISIONS = (60, 120, 480, 1920)
#: Two precisions agree when they agree to this many digits.
SETTLED = 50


def with_cotangent(gradients: GradientModel, point: Point, seed: int = 0) -> Point:
    """``point`` with a random cotangent for the output, exact in float32."""
    rng = random.Random(seed)  # noqa: S311 - points, not secrets
    places = positions(gradients.cotangent.axes, point.sizes)
    cotangent = {place: rng.randrange(1, 9) / 4 * rng.choice((-1, 1)) for place in places}
    return Point(point.sizes, {**point.inputs, gradients.cotangent.name: cotangent})


class Reference:
    """The output of a gradient model and its gradients, evaluated as their equations say."""

    def __init__(self, gradients: GradientModel) -> None:
        self.primal, self.derived = gradients.primal.equations, gradients.adjoints
        output = gradients.primal.output
        self.names = {output.name: output.name, **dict(gradients.gradients)}
        self.tensors = {output.name: output.tensor}
        for name, _ in gradients.gradients:
            self.tensors[name] = gradients.primal.tensor(name)
        self.compiled: dict[int, Compiled] = {}

    @property
    def equations(self) -> tuple[Equation, ...]:
        """The model's own equations, then those that were derived."""
        return (*self.primal, *self.derived)

    def of_magnitudes(self) -> Reference:
        """The same with the absolute value of every term in what was derived.

        A result that was computed with rounding is no more exact than these say.
        """
        other = copy.copy(self)
        other.derived = tuple(replace(e, rhs=magnitude(e.rhs)) for e in self.derived)
        other.compiled = {}
        return other

    def _program(self, digits: int) -> Compiled:
        if digits not in self.compiled:
            field: Field = mp_field(digits) if digits else FLOAT
            self.compiled[digits] = Compiled(self.equations, field)
        return self.compiled[digits]

    def at(self, point: Point, digits: int = 0) -> Arrays:
        """All values at ``point``, in ``digits`` decimal digits; 0 for floats."""
        compiled = self._program(digits)
        evaluator = Evaluator(compiled, point, overrides=missing_positions(compiled, point))
        return {
            name: {
                place: evaluator.value(adjoint, place)
                for place in positions(self.tensors[name].axes, point.sizes)
            }
            for name, adjoint in self.names.items()
        }

    def with_names_moved(self, point: Point, pattern: int, by: float, digits: int = 0) -> Arrays:
        """All values at ``point`` if whatever gets a name is moved before it is used.

        Entries by the factor ``1 + by`` or ``1 - by``, taking turns after ``2**pattern`` of them:
        as if each array were rounded.
        """
        compiled = self._program(digits)
        given: dict[str, Entries] = {**missing_positions(compiled, point)}
        turn = 0
        for equation in self.equations:
            if equation.tensor.label_of is not None:
                continue
            evaluator, moved = Evaluator(compiled, point, overrides=given), {}
            for place in positions(equation.tensor.axes, point.sizes):
                with suppress(CheckError, InputError):
                    value = evaluator.value(equation.name, place)
                    moved[place] = value * (1 + by * (-1) ** (turn >> pattern))
                turn += 1
            given[equation.name] = moved
        return {name: given[adjoint] for name, adjoint in self.names.items()}

    def exact(self, point: Point) -> Arrays:
        """All values at ``point``, right to 50 digits however much cancels on the way.

        The precision grows until two agree, or to the last one; what is infinite there is nan.
        """
        before: Arrays = {}
        for low, high in pairwise(PRECISIONS):
            before = before or self.at(point, low)
            after = self.at(point, high)
            if all(_agree(before[name], after[name], low) for name in after):
                return after
            before = after
        return {
            name: {place: value if _finite(value) else math.nan for place, value in array.items()}
            for name, array in before.items()
        }


def magnitude(node: Basic) -> Basic:
    """``node`` with the absolute value of every term of its sums.

    >>> from sympy import Symbol
    >>> a, b = Symbol("a", real=True), Symbol("b", real=True)
    >>> magnitude((a - b) * b)
    (Abs(a) + Abs(b))*Abs(b)
    """
    match node:
        case Add() | Mul() | Where() | Reduce(kind="sum"):
            return with_children(node, tuple(magnitude(part) for part in children(node)))
        case Pow() if node.exp.is_Integer:
            return Pow(magnitude(node.base), node.exp)
        case Expr() if not isinstance(node, Iverson):
            return Abs(node)
    return node


def _agree(first: Entries, second: Entries, digits: int) -> bool:
    """Whether two precisions, the lower of ``digits``, agree on an array.

    Where all that is left is small, what it is the rest of may have been lost in both.
    """
    if not all(_finite(value) for value in (*first.values(), *second.values())):
        return False
    if all(abs(value) < 10.0 ** (SETTLED - digits) for value in second.values()):
        return False
    tally = Tally()
    tally.compare(first, second)
    return tally.worst < 10.0**-SETTLED


def _finite(value: Any) -> bool:
    return bool(abs(value) < math.inf)
