"""The stabilised model against the model as written: equal in exact arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import islice
from types import MappingProxyType
from typing import Any

from mpmath.ctx_mp import MPContext

from symderive.model import GradientModel, Model
from symderive.model.evaluate import Point
from symderive.verify.reference import PRECISIONS, SETTLED, Arrays, Reference, with_cotangent
from symderive.verify.sampling import extreme_points, ordinary_points
from symderive.verify.tally import Tally

#: Smaller values count as 0: what cancels leaves less than this, what saturates leaves more.
FLOOR = MPContext().mpf(10) ** -1500
#: For each point that counts, how many more are tried for one at which something is defined.
PASSED_OVER = 12


def against_written(
    model: Model, written: GradientModel, stable: GradientModel, seed: int = 0, most: int = 4
) -> Tally:
    """Compare value and gradients of ``stable`` with ``written``, ordinary and extreme points."""
    first, second = Reference(written), Reference(stable)
    point = partial(with_cotangent, written, seed=seed)
    return compared_over(model, partial(compared, first, second), point, seed, most)


def compared_over(
    model: Model,
    compare: Callable[[Point], Tally],
    completed: Callable[[Point], Point],
    seed: int,
    most: int,
) -> Tally:
    """What ``compare`` counts at ordinary and at extreme points, ``completed`` before.

    At ``most`` of each kind; those at which nothing is defined are passed over.
    """
    tally = Tally(floor=FLOOR)
    kinds = (
        ordinary_points(model, seed, most_labels=3),
        extreme_points(model, seed, most=most * PASSED_OVER),
    )
    for found in kinds:
        telling = 0
        for plain in islice(found, most * PASSED_OVER):
            one = compare(completed(plain))
            tally.add(one)
            telling += one.points > 0
            if telling == most:
                break
    return tally


def compared(first: Reference, second: Reference, point: Point) -> Tally:
    """How far ``second`` is from ``first`` at ``point``, all cancellation apart.

    Where they differ, more digits have the last word: 60 and 120 may agree on what is wrong, as
    where 1 is added to 10**868. What even those leave of large terms counts as 0.
    """
    most = PRECISIONS[-1]
    tally = _differences(point, first.exact(point), second.exact(point))
    if tally.worst < 10.0**-SETTLED:
        return tally
    wanted, found = first.at(point, most), second.at(point, most)
    tally = _differences(point, wanted, found)
    if tally.worst < 10.0**-SETTLED:
        return tally
    lost = MPContext().mpf(10) ** (SETTLED - most)
    terms = first.of_magnitudes().at(point, most)
    floors = {
        name: lost * max(map(abs, array.values()), default=0) for name, array in terms.items()
    }
    return _differences(point, wanted, found, floors)


def _differences(
    point: Point, wanted: Arrays, found: Arrays, floors: Mapping[str, Any] = MappingProxyType({})
) -> Tally:
    tally = Tally(floor=FLOOR)
    for name, array in wanted.items():
        one = Tally(floor=max(FLOOR, floors.get(name, FLOOR)))
        one.compare(found[name], array, name, point)
        tally.add(one)
    return tally
