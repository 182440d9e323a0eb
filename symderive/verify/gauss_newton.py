"""Products with the Gauss-Newton matrix against differences of the network and of its loss."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from symderive.errors import InputError
from symderive.model import Model, SecondModel
from symderive.model.evaluate import Compiled, Evaluator, Point, mp_field
from symderive.model.points import positions
from symderive.verify.gradients import DIFFERENCE_DIGITS, DIGITS, KINK, STEP_DIGITS
from symderive.verify.missing import missing_positions
from symderive.verify.sampling import smooth_points, some
from symderive.verify.second import SecondReference, with_tangents
from symderive.verify.tally import Entries, Tally


def split_of(model: Model) -> str | None:
    """Where the Gauss-Newton matrix of ``model`` splits a loss from its network; None for none.

    >>> from symderive.catalog import relu, two_layer_sigmoid
    >>> split_of(two_layer_sigmoid()), split_of(relu())
    ('yhat', None)
    """
    from symderive.stabilise import network_output

    try:
        return network_output(model)
    except InputError:
        return None


def against_steps(
    model: Model, product: SecondModel, at: str, seed: int = 0, most: int = 4
) -> Tally:
    """Compare ``J^T H J v`` with what steps tell, in 100 digits, at smooth points.

    ``J e`` for each entry e of an input, and ``J v`` for the tangents, are differences of what is
    called ``at``; the entry of the product is the mixed difference of the output along the two,
    everything else kept. No derivative that was derived is used. What is close to a kink is left
    out.
    """
    tally, reference, steps = Tally(floor=1.0), SecondReference(product), _Steps(model, at)
    for plain in some(list(smooth_points(model, seed + 3, most)), most):
        point = with_tangents(product, plain, seed)
        found = reference.at(point, DIGITS)
        tangent = {name: point.inputs[tensor.name] for name, tensor in product.tangents}
        along = steps.of_network(point, tangent)
        for name, entries in tangent.items():
            wanted = {
                place: steps.of_loss(point, steps.of_network(point, {name: {place: 1}}), along)
                for place in entries
            }
            tally.compare(found[name], wanted, name, point)
    return tally


class _Steps:
    """Central differences, of a network by its inputs and of a loss by the network's output."""

    def __init__(self, model: Model, at: str) -> None:
        self.model, self.at = model, at
        self.field = mp_field(DIFFERENCE_DIGITS)
        self.compiled = Compiled(model.equations, self.field)
        self.step = self.field.number(10) ** -STEP_DIGITS

    def of_network(self, point: Point, direction: Mapping[str, Mapping[Any, Any]]) -> Entries:
        """How what is called ``at`` moves along ``direction``."""
        number = self.field.number
        below, above = (
            self._network(
                point,
                {
                    name: {place: side * self.step * number(by) for place, by in entries.items()}
                    for name, entries in direction.items()
                },
            )
            for side in (-1, 1)
        )
        return {place: (above[place] - below[place]) / (2 * self.step) for place in above}

    def _network(self, point: Point, steps: Mapping[str, Entries]) -> Entries:
        inputs: dict[str, Any] = dict(point.inputs)
        for name, entries in steps.items():
            moved = {p: self.field.number(value) for p, value in inputs[name].items()}
            inputs[name] = moved | {p: moved[p] + by for p, by in entries.items()}
        if self.at in inputs:
            return {p: self.field.number(value) for p, value in inputs[self.at].items()}
        there = self._evaluator(Point(point.sizes, inputs), {})
        axes = self.model.tensor(self.at).axes
        return {p: there.value(self.at, p) for p in positions(axes, point.sizes)}

    def of_loss(self, point: Point, one: Entries, other: Entries) -> Any:
        """The mixed second difference of the output along two changes; nan on a kink."""
        start = self._network(point, {})

        def loss(a: int, b: int) -> Any:
            moved = {p: v + self.step * (a * one[p] + b * other[p]) for p, v in start.items()}
            if self.at in point.inputs:
                inputs = {**point.inputs, self.at: moved}
                there = self._evaluator(Point(point.sizes, inputs), {})
            else:
                there = self._evaluator(point, {self.at: moved})
            return there.value(self.model.output.name, ())

        mixed = (loss(1, 1) - loss(1, -1) - loss(-1, 1) + loss(-1, -1)) / (4 * self.step**2)
        bent = loss(1, 1) - 2 * loss(0, 0) + loss(-1, -1)
        return math.nan if abs(bent) > KINK * self.step else mixed

    def _evaluator(self, point: Point, given: Mapping[str, Entries]) -> Evaluator:
        missing = missing_positions(self.compiled, point)
        return Evaluator(self.compiled, point, self.field, {**missing, **given})
