"""The stabilised model against the model as written: equal in exact arithmetic."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice

from mpmath.ctx_mp import MPContext

from symderive.model import GradientModel, Model
from symderive.model.evaluate import Point
from symderive.model.points import points
from symderive.verify.reference import Reference, with_cotangent
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
        wanted, found = first.exact(point), second.exact(point)
        for name, array in wanted.items():
            tally.compare(found[name], array)
    return tally


def _points(model: Model, seed: int, most: int) -> Iterator[Point]:
    rng = random.Random(seed)  # noqa: S311 - points, not secrets
    yield from islice(points(model, rng, most_labels=3), most)
    yield from extreme_points(model, seed, most=most)
