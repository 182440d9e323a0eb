"""An inequality followed downhill: from points where it is tight, one entry after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations
from typing import Any

from symderive.model.evaluate import Point
from symderive.model.fields import is_nan
from symderive.model.model import Declaration
from symderive.model.points import contains
from symderive.verify.claims.compare import Trial
from symderive.verify.claims.sampling import exact
from symderive.verify.claims.shrink import Found

#: Operations for one claim; points to start from, each for the gap itself and for its share.
WORK, STARTS = 40_000, 3
#: A point with more entries is not started from.
MOST_ENTRIES = 12
#: Steps of one entry.
STEPS = (Fraction(1), Fraction(1, 4), Fraction(1, 32), Fraction(1, 1000), Fraction(1, 10**5))


@dataclass(frozen=True)
class _Tight:
    """How far a claim is from failing at a point, itself and relative to its sides."""

    gap: Any
    share: Any
    failed: Found | None


def descend(trial: Trial, points: Sequence[Point]) -> tuple[Found | None, list[Point]]:
    """Where an inequality fails, if walking from the tightest of ``points`` leads there.

    If not, the points at which it ends.
    """
    ends: list[Point] = []
    entries = any(d.tensor.label_of is None and not d.domain.values for d in trial.sides.inputs)
    if trial.claim.point or not entries:
        return None, ends
    trial.effort.more(WORK)
    looked = trial.effort.spent + WORK / 3
    known = []
    for point in points:
        if sum(len(point.inputs[d.name]) for d in trial.sides.inputs) > MOST_ENTRIES:
            continue
        tight = _tight(trial, point)
        if tight is not None:
            known.append((tight, point))
        if trial.effort.spent > looked:
            break
    for measure in ("share", "gap"):
        known.sort(key=lambda pair: getattr(pair[0], measure))
        by_sizes: dict[Any, tuple[_Tight, Point]] = {}
        for tight, point in known:
            by_sizes.setdefault(tuple(sorted(point.sizes.values())), (tight, point))
        for start, point in [*by_sizes.values()][:STARTS]:
            found, end = _walk(trial, point, start, measure)
            ends.append(end)
            if found is not None or trial.effort.over:
                return found, ends
    return None, ends


def _walk(trial: Trial, point: Point, start: _Tight, measure: str) -> tuple[Found | None, Point]:
    """Steps that make the gap smaller, as long as there are any; where they end."""
    best = getattr(start, measure)
    for step in STEPS:
        better = True
        while better and not trial.effort.over:
            better = False
            for moved in _moves(trial.sides.inputs, point, step):
                tight = _tight(trial, moved)
                if tight is None:
                    continue
                if tight.failed is not None:
                    return tight.failed, moved
                if getattr(tight, measure) < best:
                    best, point, better = getattr(tight, measure), moved, True
                    break
    return None, point


def _tight(trial: Trial, point: Point) -> _Tight | None:
    """The least gap at any position; None where the sides have no finite value."""
    up = 1 if trial.claim.relation.startswith(">") else -1
    least: _Tight | None = None
    for env, (left, right), outcome in trial.outcomes(point):
        if is_nan(left) or is_nan(right):
            continue
        gap = (left + -right) * up
        size = abs(left) + abs(right)
        share = gap / size if 0 < size < float("inf") else float("inf")
        if outcome == "fails":
            return _Tight(gap, share, Found(point, env, (left, right)))
        if is_nan(gap) or is_nan(share) or abs(gap) == float("inf"):
            continue
        if least is None or share < least.share:
            least = _Tight(gap, share, None)
    return least


def _moves(inputs: tuple[Declaration, ...], point: Point, step: Fraction) -> Iterator[Point]:
    """``point`` with one entry a step away; in a simplex, another one gives what it gains."""
    for declaration in inputs:
        if declaration.tensor.label_of is not None or declaration.domain.values:
            continue
        table = point.inputs[declaration.name]
        if any(not isinstance(value, int | Fraction) for value in table.values()):
            continue
        for changed in _changes(declaration, list(table), step):
            entries = {place: Fraction(table[place]) + by for place, by in changed.items()}
            if all(_allowed(declaration, value) for value in entries.values()):
                short = {place: exact(value) for place, value in entries.items()}
                yield Point(point.sizes, {**point.inputs, declaration.name: {**table, **short}})


def _allowed(declaration: Declaration, value: Fraction) -> bool:
    return value >= 0 if declaration.domain.simplex else contains(declaration.domain, value)


def _changes(
    declaration: Declaration, places: list[Any], step: Fraction
) -> Iterator[dict[Any, Fraction]]:
    if not declaration.domain.simplex:
        yield from ({place: side * step} for place in places for side in (1, -1))
        return
    for gains, loses in permutations(places, 2):
        if gains[:-1] == loses[:-1]:
            yield {gains: step / 4, loses: -step / 4}
