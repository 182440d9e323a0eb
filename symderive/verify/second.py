"""Second derivatives against differences of the gradient, and their code against the equations."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

from symderive.model import GradientModel, Model, SecondModel
from symderive.model.evaluate import Point, Position, mp_field
from symderive.model.points import positions
from symderive.verify.generated import Call, Case, Places, array_of, cases_over, entries_of, largest
from symderive.verify.gradients import DIFFERENCE_DIGITS, DIGITS, KINK, STEP_DIGITS
from symderive.verify.reference import Arrays, Reference
from symderive.verify.sampling import smooth_points, some
from symderive.verify.stabilised import compared, compared_over
from symderive.verify.tally import Entries, Tally

#: Where the code of second derivatives is run.
PLACES = Places((1, 2, 3), (17, 5, 4, 3, 2), extreme=3)

#: A change of the inputs: names to the changes of their entries.
Direction = Mapping[str, Entries]


class SecondReference(Reference):
    """What the results of a second derivative are, evaluated as its equations say."""

    def __init__(self, second: SecondModel) -> None:
        tensors = {equation.name: equation.tensor for equation in second.equations}
        self.primal, self.derived = second.primal.equations, second.derived
        self.names = dict(second.results)
        self.tensors = {name: tensors[result] for name, result in second.results}
        self.compiled = {}


def with_tangents(second: SecondModel, point: Point, seed: int = 0) -> Point:
    """``point`` with random tangents, and a random cotangent if there is one; exact in float32."""
    rng = random.Random(seed)  # noqa: S311 - points, not secrets
    inputs: dict[str, Any] = dict(point.inputs)
    cotangent = [] if second.cotangent is None else [second.cotangent]
    for tensor in (*cotangent, *(tensor for _, tensor in second.tangents)):
        inputs[tensor.name] = {
            place: rng.randrange(1, 9) / 4 * rng.choice((-1, 1))
            for place in positions(tensor.axes, point.sizes)
        }
    return Point(point.sizes, inputs)


def with_unit(gradients: GradientModel, point: Point) -> Point:
    """``point`` with 1 for the cotangent of the output, if it has none."""
    one: dict[str, Any] = {gradients.cotangent.name: {(): 1}}
    return Point(point.sizes, {**one, **point.inputs})


def against_differences(
    model: Model, gradients: GradientModel, second: SecondModel, seed: int = 0, most: int = 8
) -> Tally:
    """Compare with differences of the gradient, taken in 100 digits, at smooth points.

    What is close to a kink is left out.
    """
    tally, reference, slope = Tally(floor=1.0), SecondReference(second), _Slope(gradients)
    for plain in some(list(smooth_points(model, seed + 2, most, times=2)), most):
        point = with_tangents(second, plain, seed)
        found = reference.at(point, DIGITS)
        for name, wanted in _wanted(second, with_unit(gradients, point), slope).items():
            defined = {p: v for p, v in wanted.items() if math.isfinite(abs(found[name][p]))}
            tally.compare(found[name], defined, name, point)
    return tally


def _wanted(second: SecondModel, point: Point, slope: _Slope) -> dict[str, Entries]:
    """What the results should be: along the tangents, or along each entry in turn."""
    if second.tangents:
        direction = {name: point.inputs[tensor.name] for name, tensor in second.tangents}
        along = slope.along(point, direction)
        return {name: along[name] for name, _ in second.results}
    wanted: dict[str, Entries] = {}
    for name, _ in second.results:
        places = positions(second.primal.tensor(name).axes, point.sizes)
        columns = {place: slope.along(point, {name: {place: 1}})[name] for place in places}
        wanted[name] = {
            (*row, *place): value
            for place, column in columns.items()
            for row, value in column.items()
        }
    return wanted


class _Slope:
    """Central differences of a gradient."""

    def __init__(self, gradients: GradientModel) -> None:
        self.reference = Reference(gradients)
        self.number = mp_field(DIFFERENCE_DIGITS).number
        self.step = self.number(10) ** -STEP_DIGITS

    def along(self, point: Point, direction: Direction) -> Arrays:
        """The derivative of the gradient along ``direction``; nan on a kink."""
        here = self.reference.at(point, DIFFERENCE_DIGITS)
        above = self._at(point, direction, self.step)
        below = self._at(point, direction, -self.step)
        return {
            name: {
                place: self._slope(below[name][place], value, above[name][place])
                for place, value in array.items()
            }
            for name, array in here.items()
        }

    def _slope(self, below: Any, here: Any, above: Any) -> Any:
        right, left = (above - here) / self.step, (here - below) / self.step
        if not abs(right - left) <= KINK * max(1, abs(right)) or abs(right) * KINK > 1:
            return math.nan
        return (right + left) / 2

    def _at(self, point: Point, direction: Direction, step: Any) -> Arrays:
        inputs: dict[str, Any] = dict(point.inputs)
        for name, entries in direction.items():
            moved_entries: dict[Position, Any] = dict(point.inputs[name])
            for place, by in entries.items():
                start = self.number(moved_entries[place])
                moved_entries[place] = start + step * self.number(by)
            inputs[name] = moved_entries
        return self.reference.at(Point(point.sizes, inputs), DIFFERENCE_DIGITS)


def against_each_other(
    model: Model, first: SecondModel, other: SecondModel, seed: int = 0, most: int = 4
) -> Tally:
    """Compare two forms of one second derivative at ordinary and extreme points."""
    references = SecondReference(first), SecondReference(other)
    point = partial(with_tangents, first, seed=seed)
    return compared_over(model, partial(compared, *references), point, seed, most)


def hvp_against_hessian(
    model: Model, hvp: SecondModel, hessian: SecondModel, seed: int = 0, most: int = 4
) -> Tally:
    """Each block of the Hessian times a tangent of its input alone; and that it is symmetric."""
    tally = Tally(floor=1.0)
    products, blocks = SecondReference(hvp), SecondReference(hessian)
    for plain in some(list(smooth_points(model, seed, most)), most):
        given = with_tangents(hvp, plain, seed)
        found = blocks.at(given, DIGITS)
        for name, tensor in hvp.tangents:
            zero = {t.name: dict.fromkeys(given.inputs[t.name], 0) for _, t in hvp.tangents}
            tangent = given.inputs[tensor.name]
            alone = Point(given.sizes, {**given.inputs, **zero, tensor.name: tangent})
            block, rank = found[name], len(tensor.axes)
            wanted = {
                row: sum(block[(*row, *column)] * by for column, by in tangent.items())
                for row in tangent
            }
            tally.compare(products.at(alone, DIGITS)[name], wanted, name, alone)
            turned = {p[rank:] + p[:rank]: value for p, value in block.items()}
            tally.compare(block, turned, name, given)
    return tally


def second_cases(model: Model, second: SecondModel, seed: int = 0) -> tuple[Case, ...]:
    """Ordinary points, a larger one, and extreme ones, with the exact results."""
    completed = partial(with_tangents, second, seed=seed)
    return cases_over(model, SecondReference(second), completed, PLACES, seed)


@dataclass(frozen=True)
class Run:
    """The functions of a module, run in one precision."""

    module: ModuleType
    dtype: str
    tolerance: float

    def against_model(
        self, model: Model, second: SecondModel, found: Sequence[Case], product: str = "hvp"
    ) -> Tally:
        """Run the ``product`` or ``hessian`` at every case; errors count as those of gradients do.

        Raises :class:`CheckError` if an input is changed, a dtype is not kept, or NumPy warns.
        """
        import numpy as np

        info = np.finfo(self.dtype)
        tally = Tally(floor=float(info.tiny) / float(info.eps))
        for each in found:
            wanted = each.wanted
            if any(largest(array.values()) > float(info.max) for array in wanted.values()):
                continue  # no numbers of this precision
            call = Call(model, self.module, each.point, np.dtype(self.dtype))
            with np.errstate(over="raise", divide="raise", invalid="raise"):
                results = _results(call, second, product)
            for name, array in results.items():
                entries = entries_of(array, wanted[name], self.dtype)
                if each.excuses(entries, self.dtype):
                    continue
                tally.add(each.judged(name, entries, tally.floor, self.tolerance))
            call.check_inputs()
        return tally


def _results(call: Call, second: SecondModel, product: str) -> Mapping[str, Any]:
    """What the function of the module returns, by input."""
    arrays = list(call.arrays)
    upstream = []
    if second.cotangent is not None:
        entries = call.point.inputs[second.cotangent.name]
        upstream = [array_of(second.cotangent.axes, call.point, entries, call.dtype)]
    if second.tangents:
        tangent = {
            name: array_of(tensor.axes, call.point, call.point.inputs[tensor.name], call.dtype)
            for name, tensor in second.tangents
        }
        function = getattr(call.module, product)
        results: Mapping[str, Any] = function(*arrays, tangent, *upstream, **call.consts)
        return results
    return {
        name: call.module.hessian(*arrays, *upstream, **call.consts, **{call.wrt: name})
        for name, _ in second.results
    }
