"""Where gradients and code are checked: smooth points and extreme ones, all reproducible."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, TypeVar

from symderive.model import Declaration, Model
from symderive.model.evaluate import FLOAT, Compiled, Point, Position, mp_field
from symderive.model.fields import Field, is_nan
from symderive.model.model import REALS
from symderive.model.points import contains, points, positions, rounded, smooth
from symderive.verify.noise import Noise, output_of

#: The factor that makes scores extreme: far beyond what ``exp`` can hold in double precision.
EXTREME = 1000

#: Where the values of an input are moved if the model has no value at a point, all of them alike:
#: what stands below a logarithm or a root has to be positive, or small, or beyond something else.
MOVES: tuple[Callable[[Any], Any], ...] = (
    abs,
    lambda value: 1 + abs(value),
    lambda value: abs(value) / 8,
    lambda value: value,
    lambda value: -abs(value),
    lambda value: -abs(value) / 8,
)
#: How many ways to move the inputs are tried at a point, and at how many points if none is any use.
WAYS, HOPELESS = 40, 6
#: Digits in which a value is looked for that is lost in floats.
DIGITS = 30

Item = TypeVar("Item")


def some(candidates: Sequence[Item], most: int) -> Sequence[Item]:
    """At most ``most`` of ``candidates``: no regular pattern, but the same ones each time."""
    if len(candidates) <= most:
        return candidates
    chosen = random.Random(most).sample(range(len(candidates)), most)  # noqa: S311 - no secret
    return [candidates[place] for place in sorted(chosen)]


_FIELDS: tuple[Field, ...] = (FLOAT, mp_field(DIGITS))
#: For each real input, the place among :data:`MOVES` of what moves it.
Way = Sequence[int]


class WhereDefined:
    """Points moved, where the model has no value, to where it has one.

    An input without a domain is drawn on both sides of 0, and ``log(t)`` has a value on one.
    Points at which the model has a value stay, and so do those for which no way to move the
    inputs is found, unless rounding decides there: ``log(1 - p)`` at p = 1 has as many values as
    there are precisions. With ``smooth`` what is infinite is no value: it has no derivative.

    >>> from symderive.expr import Tensor, Axis
    >>> from sympy import log
    >>> from symderive.model import build, define, param
    >>> t, loss = param("t"), Tensor("loss")
    >>> defined = WhereDefined(build("of_log", [t], [define(loss(), log(t.tensor()))]))
    >>> [point.inputs["t"][()] for point in defined(Point({}, {"t": {(): v}}) for v in (2, -3))]
    [2, 3]
    """

    def __init__(self, model: Model, seed: int = 0, *, smooth: bool = False) -> None:
        self.model, self.smooth = model, smooth
        self.inputs = [d for d in model.real_inputs if not (d.domain.simplex or d.domain.values)]
        self.rng = random.Random(seed)  # noqa: S311 - points, not secrets
        self.fields = [Compiled(model.equations, field) for field in _FIELDS]
        self.noise = Noise(model)
        #: The last way that led anywhere, and the points that none led away from.
        self.last: list[Way] = []
        self.lost = 0

    def __call__(self, found: Iterable[Point]) -> Iterator[Point]:
        """Each of the points ``found``, moved if need be."""
        return (point for point in map(self.moved, found) if point is not None)

    def moved(self, point: Point) -> Point | None:
        """``point``, or one beside it at which the model has a value; None if rounding decides."""
        rounded_off = self.noise.decides(point)
        if not rounded_off and self._is_defined(point):
            return point
        if self.lost < HOPELESS or self.last:
            for way in self._ways():
                candidate = self._along(way, point)
                if self.has_value(candidate):
                    self.last = [way]
                    return candidate
            self.lost += 1
        return None if rounded_off else point

    def has_value(self, point: Point) -> bool:
        """Whether every entry of the output is a number here: in floats, or in more digits."""
        return self._is_defined(point) and not self.noise.decides(point)

    def _is_defined(self, point: Point) -> bool:
        return any(all(map(self._is_value, self._output(point, each))) for each in self.fields)

    def _is_value(self, value: Any) -> bool:
        return not is_nan(value) and not (self.smooth and abs(value) == math.inf)

    def _output(self, point: Point, compiled: Compiled) -> Iterator[Any]:
        """The entries of the output that exist."""
        return output_of(self.model, compiled, point)

    def _ways(self) -> Iterator[Way]:
        """The last one that was of use, those that treat all inputs alike, and some at random."""
        count = len(self.inputs)
        alike = [[move] * count for move in range(len(MOVES))]
        random_ways = ([self.rng.randrange(len(MOVES)) for _ in range(count)] for _ in range(WAYS))
        return chain(self.last, alike, random_ways)

    def _along(self, way: Way, point: Point) -> Point:
        """The point with its inputs moved ``way``, as far as their domains have it."""
        inputs = dict(point.inputs)
        for declaration, move in zip(self.inputs, way, strict=True):
            entries = {p: MOVES[move](value) for p, value in inputs[declaration.name].items()}
            if all(contains(declaration.domain, value) for value in entries.values()):
                inputs[declaration.name] = entries
        return Point(point.sizes, inputs)


def smooth_points(model: Model, seed: int, most_labels: int, times: int = 1) -> Iterator[Point]:
    """Smooth points of sizes 1 to 3: each pattern of labels ``times`` times.

    At most ``most_labels`` patterns for each choice of sizes, where the model has a value if
    such points are found.
    """
    return WhereDefined(model, seed, smooth=True)(_smooth_points(model, seed, most_labels, times))


def _smooth_points(model: Model, seed: int, most_labels: int, times: int) -> Iterator[Point]:
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
    others -1, 0 or 1, wherever their domains allow it; all of them on the side of 0 on which the
    model has a value.
    """
    return WhereDefined(model, seed)(_extreme_points(model, seed, sizes, most))


def ordinary_points(
    model: Model, seed: int, sizes: Sequence[int] = (1, 2, 3), most_labels: int = 27
) -> Iterator[Point]:
    """Points in the declared domains, smooth ones and round ones, where the model has a value."""
    rng = random.Random(seed)  # noqa: S311 - points, not secrets
    return WhereDefined(model, seed)(points(model, rng, sizes, most_labels=most_labels))


def _extreme_points(model: Model, seed: int, sizes: Sequence[int], most: int) -> Iterator[Point]:
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
