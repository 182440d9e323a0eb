"""Where gradients and code are checked: smooth points and extreme ones, all reproducible."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from symderive.model import Declaration, Model
from symderive.model.evaluate import Point, Position
from symderive.model.model import REALS
from symderive.model.points import points, positions, rounded, smooth

#: The factor that makes scores extreme: far beyond what ``exp`` can hold in double precision.
EXTREME = 1000

Item = TypeVar("Item")


def some(candidates: Sequence[Item], most: int) -> Sequence[Item]:
    """At most ``most`` of ``candidates``: no regular pattern, but the same ones each time."""
    if len(candidates) <= most:
        return candidates
    chosen = random.Random(most).sample(range(len(candidates)), most)  # noqa: S311 - no secret
    return [candidates[place] for place in sorted(chosen)]


def smooth_points(model: Model, seed: int, most_labels: int, times: int = 1) -> Iterator[Point]:
    """Smooth points of sizes 1 to 3: each pattern of labels ``times`` times.

    At most ``most_labels`` patterns for each choice of sizes.
    """
    rng = random.Random(seed)  # noqa: S311 - points, not secrets
    seen: set[Any] = set()
    for point in points(model, rng, most_labels=most_labels):
        labels = {d.name: point.inputs[d.name] for d in model.declarations if d.role == "label"}
        pattern = (tuple(point.sizes.items()), repr(labels))
        if pattern in seen:
            continue
        seen.add(pattern)
        for _ in range(times):
            reals = {d.name: _smooth_values(d, point, rng) for d in model.real_inputs}
            yield Point(point.sizes, {**labels, **reals})


def _smooth_values(
    declaration: Declaration, point: Point, rng: random.Random
) -> dict[Position, Any]:
    places = positions(declaration.tensor.axes, point.sizes)
    if not declaration.domain.simplex:
        return {place: smooth(declaration.domain, rng) for place in places}
    parts = {place: rng.randrange(1, 64) for place in places}
    return {
        place: part / sum(parts[row] for row in places if row[:-1] == place[:-1])
        for place, part in parts.items()
    }


def extreme_points(
    model: Model, seed: int, sizes: Sequence[int] = (1, 2, 3), most: int = 6
) -> Iterator[Point]:
    """Points at which scores reach thousands: exact in float32, some far apart, some close.

    The inputs that are differentiated by default become 0 or ``+-1000`` plus a small integer, all
    others -1, 0 or 1, wherever their domains allow it.
    """
    rng = random.Random(seed)  # noqa: S311 - points, not secrets
    scaled = set(model.default_wrt())
    for point in islice(points(model, rng, sizes, most_labels=3), most):
        inputs = dict(point.inputs)
        for declaration in model.real_inputs:
            if declaration.domain.simplex or declaration.role == "const":
                continue
            free, far = declaration.domain == REALS, declaration.name in scaled
            inputs[declaration.name] = {
                place: _far(rng, far) if free else rounded(declaration.domain, rng)
                for place in positions(declaration.tensor.axes, point.sizes)
            }
        yield Point(point.sizes, inputs)


def _far(rng: random.Random, far: bool) -> int:
    unit = rng.choice((-1, 0, 1))
    return unit * EXTREME + rng.randrange(-3, 4) if far else unit
