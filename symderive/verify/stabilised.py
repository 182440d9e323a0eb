"""The stabilised model against the model as written: equal in exact arithmetic."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice
from typing import Any

from mpmath.ctx_mp import MPContext

from symderive.model import GradientModel, Model
from symderive.model.evaluate import Point
from symderive.model.points import points
from symderive.verify.reference import PRECISIONS, SETTLED, Reference, with_cotangent
from symderive.verify.sampling import extreme_points
from symderive.verify.tally import Tally

#: Smaller values count as 0: what cancels leaves less than this, what saturates leaves more.
FLOOR = MPContext().mpf(10) ** -1500


def against_written(
    model: Model, written: GradientModel, stable: GradientModel, seed: int = 0, most: int = 4
) -> Tally:
    """Compare value and gradients of ``stable`` with ``written``, ordinary and extreme points."""
    tally = Tally(floor=FLOOR)
    first, second = Reference(written), Reference(stable)
    for plain in _points(model, seed, most):
        point = with_cotangent(written, plain, seed)
        tally.add(compared(first, second, point, FLOOR))
    return tally


def compared(first: Reference, second: Reference, point: Point, floor: Any) -> Tally:
    """How far ``second`` is from ``first`` at ``point``, all cancellation apart.

    Where they differ, more digits have the last word: 60 and 120 may agree on what is wrong, as
    where 1 is added to 10**868.
    """
    tally = Tally(floor=floor)
    for digits in (0, PRECISIONS[-1]):
        wanted, found = (
            reference.at(point, digits) if digits else reference.exact(point)
            for reference in (first, second)
        )
        tally = Tally(floor=floor)
        for name, array in wanted.items():
            tally.compare(found[name], array)
        if tally.worst < 10.0**-SETTLED:
            break
    return tally


def _points(model: Model, seed: int, most: int) -> Iterator[Point]:
    rng = random.Random(seed)  # noqa: S311 - points, not secrets
    yield from islice(points(model, rng, most_labels=3), most)
    yield from extreme_points(model, seed, most=most)
