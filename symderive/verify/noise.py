"""Points at which rounding decides what a model is: no checker can tell what is right there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sympy import Mul, Pow, log
from sympy.core.basic import Basic

from symderive.errors import CheckError, InputError
from symderive.expr import Xdivy, Xlogy, bottom_up
from symderive.model import Model
from symderive.model.evaluate import FLOAT, Compiled, Evaluator, Point, mp_field
from symderive.model.fields import watched
from symderive.model.points import positions

#: Smaller floats may be noise, and in some more digits what is smaller still.
SMALL, NOTHING = 1e-6, 1e-15
#: Precisions in which noise shows, and those that know what is small from what is nothing.
FEW_DIGITS, MANY_DIGITS = (30, 41, 50, 60, 73, 87, 100, 120), (480, 960, 1920)


def output_of(model: Model, compiled: Compiled, point: Point) -> Iterator[Any]:
    """The entries of the output of ``model`` that exist at ``point``."""
    evaluator, output = Evaluator(compiled, point), model.output
    for place in positions(output.tensor.axes, point.sizes):
        with suppress(CheckError, InputError):
            yield evaluator.value(output.name, place)


class Noise:
    """Where rounding decides what a model is: it divides by, or has a logarithm or root of noise.

    That is what is left where terms cancel which are equal: another number in each precision.

    >>> from symderive.expr import Tensor
    >>> from sympy import log
    >>> from symderive.model import build, define, param
    >>> t, loss = param("t"), Tensor("loss")
    >>> noise = Noise(build("m", [t], [define(loss(), log(log(2 ** t.tensor()) / log(2) - 3))]))
    >>> [noise.decides(Point({}, {"t": {(): v}})) for v in (3, 4)]
    [True, False]
    """

    def __init__(self, model: Model) -> None:
        # 0 * log(0) is 0 as xlogy; its derivative is not.
        plain = [replace(e, rhs=bottom_up(e.rhs, _multiplied)) for e in model.equations]
        self.model, self.equations = model, tuple(plain)
        self._watched: dict[int, tuple[Compiled, list[Any]]] = {}

    def decides(self, point: Point) -> bool:
        """Whether it does at ``point``."""
        floats = self._seen(point, 0)
        if not any(abs(x) < SMALL for x in floats):
            return False
        few = [self._seen(point, digits) for digits in FEW_DIGITS]
        if any(len(each) != len(floats) for each in few):
            return False
        vague = [
            place
            for place, (first, *rest) in enumerate(zip(floats, *few, strict=True))
            if max(map(abs, rest)) < NOTHING and not (_alike(rest) and (first == 0 or any(rest)))
        ]
        if not vague:
            return False
        many = [self._seen(point, digits) for digits in MANY_DIGITS]
        return all(len(each) == len(floats) for each in many) and not all(
            any(each[place] for each in many) and _alike([each[place] for each in many])
            for place in vague
        )

    def _seen(self, point: Point, digits: int) -> list[Any]:
        """What must not be 0 on the way to the output; in floats for 0 digits."""
        if digits not in self._watched:
            seen: list[Any] = []
            field = watched(mp_field(digits) if digits else FLOAT, seen.append)
            self._watched[digits] = Compiled(self.equations, field), seen
        compiled, seen = self._watched[digits]
        seen.clear()
        for _ in output_of(self.model, compiled, point):
            pass
        return list(seen)


def _multiplied(node: Basic) -> Basic:
    match node:
        case Xlogy():
            return Mul(node.args[0], log(node.args[1]), evaluate=False)
        case Xdivy():
            return Mul(node.args[0], Pow(node.args[1], -1, evaluate=False), evaluate=False)
    return node


def _alike(values: Sequence[Any]) -> bool:
    """Whether they are one number, but for rounding."""
    sizes = [abs(value) for value in values]
    return bool(min(sizes) >= max(sizes) / 2)
