"""A derived gradient against strangers: SymPy's ``diff`` of the model written out, and mpmath."""

from __future__ import annotations

import math
from typing import Any

from sympy import Rational

from symderive.model import GradientModel, Model
from symderive.model.evaluate import Compiled, Evaluator, Point, Position, mp_field
from symderive.model.points import assignments, positions
from symderive.verify.missing import named_values
from symderive.verify.reference import Reference, with_cotangent
from symderive.verify.sampling import smooth_points, some
from symderive.verify.tally import Entries, Tally
from symderive.verify.written_out import NO_NUMBERS, OnKinkError, WrittenOut

#: Digits in which a gradient is compared.
DIGITS = 50
#: Digits in which differences are taken, and the step that is taken.
DIFFERENCE_DIGITS, STEP_DIGITS = 100, 25
#: One-sided differences that are further apart than this, or steeper than its inverse, show a kink.
KINK = 1e-12


def against_sympy(model: Model, gradients: GradientModel, seed: int = 0, most: int = 9) -> Tally:
    """Compare with SymPy's derivative of the model written out entry by entry.

    Sizes 1 to 3; at most ``most`` patterns of labels for each choice of sizes, all if there are
    no more.
    """
    tally, reference = Tally(floor=1.0), Reference(gradients)
    output = model.output
    for plain in smooth_points(model, seed, most):
        point = with_cotangent(gradients, plain, seed)
        written = WrittenOut(model, point)
        cotangent = point.inputs[gradients.cotangent.name]
        try:
            scalar = sum(
                Rational(factor) * written.value(output.name, place)
                for place, factor in cotangent.items()
            )
        except OnKinkError:
            continue
        if scalar.has(*NO_NUMBERS):
            continue
        derived = reference.at(point, DIGITS)
        for name, _ in gradients.gradients:
            wanted = {
                place: written.number(written.derivative(scalar, name, place), DIGITS)
                for place in positions(model.tensor(name).axes, point.sizes)
                if written.symbols[name, place] not in written.kinks
            }
            tally.compare(*_defined(model, point, name, derived[name], wanted), name, point)
    return tally


def against_mpmath(model: Model, gradients: GradientModel, seed: int = 0, most: int = 12) -> Tally:
    """Compare with differences of the model's own values, taken in 100 digits.

    At ``most`` smooth points of the domain; what is close to a kink all the same is left out.
    """
    tally, reference = Tally(floor=1.0), Reference(gradients)
    compiled = Compiled(model.equations, mp_field(DIFFERENCE_DIGITS))
    for plain in some(list(smooth_points(model, seed + 1, most, times=4)), most):
        point = with_cotangent(gradients, plain, seed)
        derived = reference.at(point, DIGITS)
        slope = _Slope(model, compiled, point, gradients.cotangent.name)
        for name, _ in gradients.gradients:
            places = positions(model.tensor(name).axes, point.sizes)
            wanted = {place: slope.by(name, place) for place in places}
            tally.compare(*_defined(model, point, name, derived[name], wanted), name, point)
    return tally


def _defined(
    model: Model, point: Point, name: str, derived: Entries, wanted: Entries
) -> tuple[Entries, Entries]:
    """Both without the entries at which the chain of the definitions has no derivative.

    ``sqrt(x)**2`` at 0 has one, but not by the chain rule. What counts is forward mode on the
    model's own equations. Where those name infinity, nothing counts that is no number.
    """
    lost = [place for place, value in derived.items() if not abs(value) < math.inf]
    if not lost:
        return derived, wanted
    evaluator = Evaluator(Compiled(model.equations, mp_field(DIGITS)), point)
    if any(abs(value) == math.inf for value in named_values(evaluator, model.equations)):
        return derived, {place: v for place, v in wanted.items() if place not in lost}
    output = model.output
    undefined = set()
    for place in lost:
        slopes = (
            evaluator.derivative(output.element, env, (name, place))
            for env in assignments(output.indices, point.sizes)
        )
        if not all(abs(slope) < math.inf for slope in slopes):
            undefined.add(place)
    return derived, {place: v for place, v in wanted.items() if place not in undefined}


class _Slope:
    """Central differences of the output, weighted with its cotangent."""

    def __init__(self, model: Model, compiled: Compiled, point: Point, cotangent: str) -> None:
        self.output, self.compiled, self.point = model.output.name, compiled, point
        self.cotangent = point.inputs[cotangent]
        self.step = compiled.arithmetic.field.number(10) ** -STEP_DIGITS
        self.here = self._value(point)

    def by(self, name: str, place: Position) -> Any:
        """The derivative by one entry of an input; nan on a kink."""
        value = self.compiled.arithmetic.field.number(self.point.inputs[name][place])
        above = self._moved(name, place, value + self.step)
        below = self._moved(name, place, value - self.step)
        right, left = (above - self.here) / self.step, (self.here - below) / self.step
        if not abs(right - left) <= KINK * max(1, abs(right)) or abs(right) * KINK > 1:
            return math.nan
        return (right + left) / 2

    def _moved(self, name: str, place: Position, value: Any) -> Any:
        inputs = {**self.point.inputs, name: {**self.point.inputs[name], place: value}}
        return self._value(Point(self.point.sizes, inputs))

    def _value(self, point: Point) -> Any:
        evaluator = Evaluator(self.compiled, point)
        return sum(
            factor * evaluator.value(self.output, place) for place, factor in self.cotangent.items()
        )
