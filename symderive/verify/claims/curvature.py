"""Where a shape of an array fails: along the entry that falls most, or the line that bends most."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from operator import attrgetter
from typing import Any

import numpy as np

from symderive.errors import SymderiveError
from symderive.model.evaluate import Point, Position
from symderive.model.fields import FLOAT
from symderive.model.model import Declaration
from symderive.model.points import contains
from symderive.verify.claims.compare import Trial
from symderive.verify.claims.sampling import exact

#: Operations for one claim; entries of an array that is looked at; points walked from.
WORK, MOST_ENTRIES, STARTS = 150_000, 8, 4
#: What counts as falling, or as bending the wrong way, relative to the largest slope.
SLACK = 1e-11
#: Steps of one entry, and by how much all of them shrink or grow at once.
STEPS = (Fraction(1), Fraction(1, 4), Fraction(1, 16), Fraction(1, 128))
SCALES = (Fraction(1, 2), Fraction(1, 16), Fraction(2))
#: A direction is made of multiples of this.
GRAIN = 64

Direction = dict[Position, Any]


@dataclass(frozen=True)
class _Worst:
    """The least slope (or bend) at a point, relative to the largest, and where it leads."""

    value: float
    share: float
    direction: Direction


def worst_lines(
    trial: Trial, along: Declaration, points: Iterable[Point]
) -> Iterator[tuple[Point, Direction]]:
    """Points and directions in which a shape along an array is likely to fail.

    At each of ``points`` the least slope, or the least eigenvalue of the second derivatives, is
    looked at; from where it is least, it is followed downhill.
    """
    if trial.sides.slopes or along.domain.simplex or along.domain.values:
        return
    trial.effort.more(WORK)
    looked = trial.effort.spent + WORK / 2
    known: list[tuple[_Worst, Point]] = []
    for point in points:
        worst = _worst(trial, along, point)
        if worst is not None:
            known.append((worst, point))
            if worst.share < -SLACK:
                yield point, worst.direction
        if trial.effort.spent > looked:
            break
    for measure in (attrgetter("share"), attrgetter("value")):
        known.sort(key=lambda pair, of=measure: of(pair[0]))  # type: ignore[misc]
        for start, point in known[:STARTS]:
            yield from _walk(trial, along, point, start, measure)


def _walk(
    trial: Trial,
    along: Declaration,
    point: Point,
    worst: _Worst,
    measure: Callable[[_Worst], float],
) -> Iterator[tuple[Point, Direction]]:
    """Steps that make the least slope or bend smaller, as long as there are any."""
    moves = _moves(along, point)
    while not trial.effort.over:
        moved = next(moves, None)
        if moved is None:
            return
        found = _worst(trial, along, moved)
        if found is not None and measure(found) < measure(worst):
            worst, moves = found, _moves(along, moved)
            if worst.share < -SLACK:
                yield moved, worst.direction


def _moves(along: Declaration, point: Point) -> Iterator[Point]:
    table: dict[Position, Any] = dict(point.inputs[along.name])
    changes = [{place: Fraction(v) * scale for place, v in table.items()} for scale in SCALES]
    changes += [
        {**table, place: Fraction(table[place]) + side * step}
        for step in STEPS
        for place in table
        for side in (1, -1)
    ]
    for entries in changes:
        if entries != table and all(contains(along.domain, v) for v in entries.values()):
            moved = {place: exact(Fraction(v)) for place, v in entries.items()}
            yield Point(point.sizes, {**point.inputs, along.name: moved})


def _worst(trial: Trial, along: Declaration, point: Point) -> _Worst | None:
    """The least slope or bend at any position; None where nothing is known."""
    table = point.inputs[along.name]
    if len(table) > MOST_ENTRIES or any(not isinstance(v, int | Fraction) for v in table.values()):
        return None
    least: _Worst | None = None
    try:
        evaluator = trial.sides.at(point, FLOAT, trial.effort, 1)
        for env in trial.environments(point, evaluator):
            found = _at(trial, along, evaluator, env, list(table))
            if found is not None and (least is None or found.share < least.share):
                least = found
    except (SymderiveError, ArithmeticError, ValueError, IndexError):
        return None
    return least


def _at(
    trial: Trial, along: Declaration, evaluator: Any, env: Any, places: list[Position]
) -> _Worst | None:
    relation, left = trial.claim.relation, trial.sides.parts[0]
    sign = 1.0 if relation in ("convex", "increasing") else -1.0
    wrt = [(along.name, place) for place in places]
    if relation in ("increasing", "decreasing"):
        slopes = np.array([sign * float(evaluator.derivative(left, env, one)) for one in wrt])
        if not np.isfinite(slopes).all() or not slopes.any():
            return None
        least = int(np.argmin(slopes))
        direction: Direction = {place: int(k == least) for k, place in enumerate(places)}
        value = float(slopes[least])
        return _Worst(value, value / float(np.abs(slopes).max()), direction)
    bends = np.zeros((len(wrt), len(wrt)))
    for row, one in enumerate(wrt):
        for column, other in enumerate(wrt[: row + 1]):
            bend = sign * float(evaluator.derivative(left, env, one, other))
            bends[row, column] = bends[column, row] = bend
    if not np.isfinite(bends).all() or not bends.any():
        return None
    values, vectors = np.linalg.eigh(bends)
    vector = vectors[:, 0] / np.abs(vectors[:, 0]).max()
    grains = (round(entry * GRAIN) for entry in vector.tolist())
    direction = {p: Fraction(grain, GRAIN) for p, grain in zip(places, grains, strict=True)}
    return _Worst(float(values[0]), float(values[0] / np.abs(values).max()), direction)
