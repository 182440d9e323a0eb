"""Shapes: convex, concave, increasing, decreasing, along a scalar or every line of an input."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, cycle, islice
from typing import Any

from sympy import S

from symderive.errors import CheckError, InputError, SymderiveError
from symderive.expr import TRUE, Index
from symderive.model.claims import Claim
from symderive.model.evaluate import Evaluator, Point, Position
from symderive.model.fields import FLOAT, is_nan
from symderive.model.model import Declaration, Domain, Model
from symderive.model.points import contains
from symderive.verify.claims.boxes import Cover, cover
from symderive.verify.claims.compare import DIGITS, Trial
from symderive.verify.claims.corrections import other_relation
from symderive.verify.claims.curvature import worst_lines
from symderive.verify.claims.edges import edge_points
from symderive.verify.claims.effort import Effort
from symderive.verify.claims.intervals import UndecidedError
from symderive.verify.claims.sampling import FAR, claim_points, exact, larger_points
from symderive.verify.claims.shrink import without_position
from symderive.verify.claims.verdict import (
    Counterexample,
    Verdict,
    counterexample,
    nothing_to_judge,
    shown,
)

#: Operations for the points of one claim, in floats, for larger axes, for making a failure small.
WORK, ROUGHLY, LARGER, SMALLER = 120_000, 60_000, 60_000, 40_000
#: The same for points at the edge of a condition, twice.
EDGES = 40_000
#: What counts as a wrong sign, relative to the size of the values.
_SLACK = 10**-30
#: Points; those through which a line has all steps; how much farther out the others are.
_MOST, _CLOSELY, _FACTORS = 400, 8, (1, 3, 1, 10, 2, 1, 50)
#: Steps from a point along a line, short and long.
_STEPS = (1, 2, 5, Fraction(1, 2), Fraction(1, 8), Fraction(1, 64), *FAR[:2])
#: Axes of this size are small enough for a counterexample.
_SMALL = 3
#: Those that are tried in floats.
_ROUGH = (Fraction(1, 2), 1, 2, 4)
#: Shorter ones, for kinks and jumps that only what is near sees.
_SHORT = (Fraction(1, 10**4), Fraction(1, 10**8), Fraction(1, 10**13))


@dataclass(frozen=True)
class _Bend:
    """Three points on a line at equal distance, at one position, with the values there."""

    points: tuple[Point, Point, Point]
    env: dict[Index, int]
    values: tuple[Any, Any, Any]


def judge_shape(claim: Claim, model: Model) -> Verdict:
    """Judge the shape of ``claim``: intervals over the domain prove it, lines refute it."""
    found = _judge(claim, model)
    if found.kind != "refuted" or found.counterexample is None:
        return found
    slip, corrected = other_relation(claim, lambda other: _judge(other, model).holds)
    return replace(found, slip=slip, corrected=corrected)


def _judge(claim: Claim, model: Model) -> Verdict:
    if claim.along not in {d.name for d in (*model.real_inputs, *claim.scalars)}:
        raise InputError(
            f"{claim.text}: {claim.along} is computed; a shape along an input, or a scalar behind"
            " 'for', was expected"
        )
    trial = Trial(model, replace(claim, right=S.Zero), effort=Effort(WORK))
    declared = [d for d in trial.sides.inputs if d.name == claim.along]
    if not declared:
        how = f"it does not depend on {claim.along}"
        return Verdict(claim, "proved", how, rules=("a constant",))
    count = 0
    sizes: set[int] = set()
    failed: _Bend | None = None
    wide = bool(trial.sides.axes)
    found = chain(
        _bends(trial, declared[0]),
        _worst_bends(trial, declared[0]) if wide else (),
        _bends_at_edges(trial, declared[0]) if claim.given != TRUE else (),
    )
    for bend in found:
        count += 1
        sizes.update(bend.points[0].sizes.values())
        if _wrong(claim, bend.values) and _certainly(trial, claim, bend):
            failed = bend
            break
    if not count:
        where = "it is defined" if claim.given == TRUE else "its condition holds and it is defined"
        raise nothing_to_judge(claim, f"line was found along {claim.along} on which {where}")
    covered = Cover(0)
    if failed is None:
        covered = cover(
            claim, trial, declared[0], lambda *near: _bent(trial, claim, declared[0], *near)
        )
        failed = covered.found
    if failed is not None:
        smallest = _smallest(trial, claim, failed)
        return Verdict(
            claim, "refuted", _said(claim), count, DIGITS, tuple(sorted(sizes)),
            _written(trial, smallest),
        )  # fmt: skip
    if covered.pieces:
        how = f"by interval arithmetic, on {covered.pieces} intervals that cover the domain"
        return Verdict(claim, "proved", how, count, DIGITS, rules=("interval arithmetic",))
    order = "second differences" if claim.relation in ("convex", "concave") else "differences"
    how = f"numerically: {order} at {count} places along lines, {DIGITS} digits"
    return Verdict(claim, "verified", how, count, DIGITS, tuple(sorted(sizes)))


def _said(claim: Claim) -> str:
    return {
        "convex": "in the middle it lies above the mean of both ends",
        "concave": "in the middle it lies below the mean of both ends",
        "increasing": "it falls from one point to the next",
        "decreasing": "it rises from one point to the next",
    }[claim.relation]


def _wrong(claim: Claim, values: tuple[Any, Any, Any]) -> bool:
    """Whether three values on a line contradict the shape, beyond rounding."""
    low, middle, high = values
    if any(is_nan(v) or abs(v) == float("inf") for v in values):
        return False
    size = max(abs(low), abs(middle), abs(high), 1)
    return bool(_excess(claim.relation, low, middle, high) < -_SLACK * size)


def _excess(relation: str, low: Any, middle: Any, high: Any) -> Any:
    """What is not negative if three values on a line have the shape."""
    match relation:
        case "convex":
            return low + high + -(middle + middle)
        case "concave":
            return middle + middle + -low + -high
        case "increasing":
            return high + -low
    return low + -high


def _certainly(trial: Trial, claim: Claim, bend: _Bend) -> bool:
    """Whether intervals agree that the shape is contradicted."""
    for digits in (60, 300, 2000):
        field = trial.rigorously(digits)
        with field.working():
            try:
                low, middle, high = (
                    trial.evaluate(trial.surely_at(point, field), trial.sides.parts[0], bend.env)
                    for point in bend.points
                )
                return bool(_excess(claim.relation, low, middle, high) < 0)
            except (UndecidedError, OverflowError):
                continue
    return False


def _bends(trial: Trial, along: Declaration) -> Iterator[_Bend]:
    """Lines through points: all steps through a few, then some through many, near and far."""
    rng = random.Random(3)  # noqa: S311 - points, not secrets
    steps = (*_STEPS, *_SHORT) if trial.branches else _STEPS
    points = list(islice(claim_points(trial.sides, trial.claim), _MOST))
    wide = bool(trial.sides.axes)
    closely = points[:: max(1, len(points) // _CLOSELY)][:_CLOSELY] if wide else points
    others = [point for point in points if point not in closely] if wide else []
    rng.shuffle(others)
    factors = cycle(_FACTORS)
    lines: list[tuple[Point, Sequence[Any]]] = [(point, steps) for point in closely]
    lines += [(_farther_out(p, along, next(factors)), rng.sample(steps, 2)) for p in others]
    for point, lengths in lines:
        for direction in _directions(trial.claim, point, along, rng):
            for step in lengths:
                three = _three(point, along, direction, step)
                if three is not None:
                    yield from _evaluated(trial, three)
                if trial.effort.over:
                    return


def _bends_at_edges(trial: Trial, along: Declaration) -> Iterator[_Bend]:
    """Lines through points at the edge of the condition, those along which it is worst first."""
    rng = random.Random(13)  # noqa: S311 - points, not secrets
    trial.effort.more(EDGES)
    bases = list(islice(claim_points(trial.sides, trial.claim), _MOST))
    points = list(islice(edge_points(trial, bases, along.name), _MOST))
    if trial.sides.axes:
        yield from _bends_on(trial, along, worst_lines(trial, along, points))
    rng.shuffle(points)
    trial.effort.more(EDGES)
    for point in points:
        for direction in _directions(trial.claim, point, along, rng):
            yield from _bends_on(trial, along, [(point, direction)])
        if trial.effort.over:
            return


def _bends_on(
    trial: Trial, along: Declaration, lines: Iterable[tuple[Point, dict[Position, Any]]]
) -> Iterator[_Bend]:
    """Short steps through each point, in its direction."""
    for point, direction in lines:
        for step in (Fraction(1, 64), *_SHORT):
            three = _three(point, along, direction, step)
            if three is not None:
                yield from _evaluated(trial, three)


def _worst_bends(trial: Trial, along: Declaration) -> Iterator[_Bend]:
    """Lines along which slopes or second derivatives are worst, and lines with larger axes."""
    points = list(islice(claim_points(trial.sides, trial.claim), _MOST))
    yield from _rough_bends(trial, along, points)
    yield from _bends_on(trial, along, worst_lines(trial, along, points))
    trial.effort.more(LARGER)
    for point in larger_points(trial.sides):
        table = point.inputs[along.name]
        directions = [{place: int(place == one) for place in table} for one in [*table][:2]]
        for direction in (*directions, dict.fromkeys(table, 1)):
            for step in (Fraction(1), Fraction(1, 8)):
                three = None if along.domain.simplex else _three(point, along, direction, step)
                if three is not None:
                    yield from _evaluated(trial, three)
        if trial.effort.over:
            return


def _rough_bends(trial: Trial, along: Declaration, points: Sequence[Point]) -> Iterator[_Bend]:
    """Lines in every direction, of which floats say that the shape fails on them."""
    rng = random.Random(9)  # noqa: S311 - points, not secrets
    trial.effort.more(ROUGHLY)
    for point in rng.sample(points, len(points)):
        for direction in _directions(trial.claim, point, along, rng):
            for step in _ROUGH:
                three = _three(point, along, direction, step)
                values = None if three is None else _in_floats(trial, three)
                if three is not None and values and any(_far_wrong(trial, v) for v in values):
                    yield from _evaluated(trial, three)
                if trial.effort.over:
                    return


def _in_floats(trial: Trial, three: tuple[Point, Point, Point]) -> list[tuple[Any, Any, Any]]:
    evaluators = [trial.sides.at(point, FLOAT, trial.effort, 1) for point in three]
    try:
        found = []
        for env in trial.environments(three[1], evaluators[1]):
            low, middle, high = (float(e.evaluate(trial.sides.parts[0], env)) for e in evaluators)
            found.append((low, middle, high))
    except (SymderiveError, ArithmeticError, ValueError):
        return []
    return found


def _far_wrong(trial: Trial, values: tuple[Any, Any, Any]) -> bool:
    """Whether values contradict the shape by far more than floats are off."""
    size = max(map(abs, values))
    return bool(size < math.inf and _excess(trial.claim.relation, *values) < -1e-9 * size)


def _farther_out(point: Point, along: Declaration, factor: int) -> Point:
    """``point`` with what is moved so many times as far out, as far as its domain allows."""
    table = point.inputs[along.name]
    if along.domain.simplex or any(not isinstance(v, int | Fraction) for v in table.values()):
        return point
    moved = {place: exact(Fraction(value) * factor) for place, value in table.items()}
    inside = {p: v if contains(along.domain, v) else table[p] for p, v in moved.items()}
    return Point(point.sizes, {**point.inputs, along.name: inside})


def _bent(
    trial: Trial, claim: Claim, along: Declaration, point: Point, width: Fraction
) -> _Bend | None:
    """A line around ``point``, about as long as a piece is wide, that contradicts the shape."""
    for part in (1, Fraction(1, 8)):
        three = _three(point, along, {(): 1}, width * part)
        for bend in () if three is None else _evaluated(trial, three):
            if _wrong(claim, bend.values) and _certainly(trial, claim, bend):
                return bend
    return None


def _directions(
    claim: Claim, point: Point, along: Declaration, rng: random.Random
) -> Iterator[dict[Position, Any]]:
    """The direction of one entry, and one of all of them; where it is to rise, no entry falls."""
    table = point.inputs[along.name]
    if not along.domain.simplex:
        one = rng.choice(list(table))
        yield {place: int(place == one) for place in table}
    if along.domain.simplex:
        yield from _between_entries(point, along, rng)
    elif len(table) > 1:
        rises = claim.relation in ("increasing", "decreasing")
        yield {place: rng.choice((0, 1, 2) if rises else (-2, -1, 0, 1, 2)) for place in table}


def _between_entries(
    point: Point, along: Declaration, rng: random.Random
) -> Iterator[dict[Position, Any]]:
    """What one entry of a row of a simplex gains, another one loses."""
    table = point.inputs[along.name]
    rows: dict[Position, list[Position]] = {}
    for place in table:
        rows.setdefault(place[:-1], []).append(place)
    row = rng.choice(list(rows.values()))
    if len(row) > 1:
        gains, loses = rng.sample(row, 2)
        yield {place: (place == gains) - (place == loses) for place in table}


def _three(
    point: Point, along: Declaration, direction: dict[Position, Any], step: Any
) -> tuple[Point, Point, Point] | None:
    """The point, and those a step away on both sides, if all lie in the domain."""
    table = point.inputs[along.name]
    found = []
    for sign in (-1, 0, 1):
        moved = {}
        for place, entry in table.items():
            if not isinstance(entry, int | Fraction):
                return None
            value = exact(Fraction(entry) + sign * step * direction[place])
            if not contains(along.domain, value):
                return None
            if along.domain.simplex and value < 0:
                return None
            moved[place] = value
        found.append(Point(point.sizes, {**point.inputs, along.name: moved}))
    return found[0], found[1], found[2]


def _evaluated(trial: Trial, three: tuple[Point, Point, Point]) -> Iterator[_Bend]:
    evaluators = [trial.at(point) for point in three]
    try:
        for env in trial.environments(three[1], evaluators[1]):
            if not all(_is_given(trial, evaluator, env) for evaluator in evaluators):
                continue
            low, middle, high = (trial.evaluate(e, trial.sides.parts[0], env) for e in evaluators)
            if not any(is_nan(v) for v in (low, middle, high)):
                yield _Bend(three, env, (low, middle, high))
    except (CheckError, InputError):
        return


def _is_given(trial: Trial, evaluator: Evaluator, env: dict[Index, int]) -> bool:
    given = trial.sides.parts[1]
    return given == TRUE or bool(evaluator.evaluate(given, env))


def _smallest(trial: Trial, claim: Claim, bend: _Bend) -> _Bend:
    """The same failure with simpler numbers, where it is quickly found."""
    trial.effort.more(SMALLER)
    along = next(d for d in trial.sides.inputs if d.name == claim.along)
    if max(bend.points[0].sizes.values(), default=0) > _SMALL:
        bend = _at_small_sizes(trial, claim, along) or bend
        trial.effort.more(SMALLER)
    smaller = _smaller(trial, claim, bend, along)
    while smaller is not None:
        bend = smaller
        smaller = _smaller(trial, claim, bend, along)
    return bend


def _at_small_sizes(trial: Trial, claim: Claim, along: Declaration) -> _Bend | None:
    """Another failure, with small axes, if one is quickly found."""
    rng = random.Random(3)  # noqa: S311 - points, not secrets
    points = islice(claim_points(trial.sides, claim), _MOST)
    small = [p for p in points if max(p.sizes.values(), default=0) <= _SMALL]
    for point in sorted(small, key=lambda p: sum(p.sizes.values())):
        for direction in _directions(claim, point, along, rng):
            for step in _ROUGH:
                three = _three(point, along, direction, step)
                for bend in () if three is None else _evaluated(trial, three):
                    if _wrong(claim, bend.values) and _certainly(trial, claim, bend):
                        return bend
                if trial.effort.over:
                    return None
    return None


def _smaller(trial: Trial, claim: Claim, bend: _Bend, along: Declaration) -> _Bend | None:
    for candidate in _simpler(bend, trial, along):
        if trial.effort.over:
            return None
        for other in _evaluated(trial, candidate):
            if _wrong(claim, other.values) and _certainly(trial, claim, other):
                return other
    return None


#: Short fractions.
_PARTS: tuple[Any, ...] = tuple(Fraction(n, 4) for n in (2, -2, 6, 1, 3, -1, -3))


def _simpler(bend: _Bend, trial: Trial, along: Declaration) -> Iterator[tuple[Point, Point, Point]]:
    """All three points with one entry of the middle, or the step, replaced by a simpler one."""
    middle = bend.points[1]
    yield from _fewer(bend, trial)
    for declaration in trial.sides.inputs:
        if declaration.tensor.label_of is not None or declaration.domain.simplex:
            continue
        for place, value in middle.inputs[declaration.name].items():
            if not isinstance(value, int | Fraction):
                continue
            for other in (0, 1, -1, 2, round(value), *_PARTS):
                if _cost(other) >= _cost(value) or not contains(declaration.domain, other):
                    continue
                shifted = []
                for point in bend.points:
                    old = point.inputs[declaration.name]
                    moved = exact(Fraction(old[place]) + other - Fraction(value))
                    inputs = {**point.inputs, declaration.name: {**old, place: moved}}
                    shifted.append(Point(point.sizes, inputs))
                if all(_inside(p, declaration.name, declaration.domain) for p in shifted):
                    yield shifted[0], shifted[1], shifted[2]
    table = [point.inputs[along.name] for point in bend.points]
    moves = {place: Fraction(table[2][place]) - Fraction(table[1][place]) for place in table[1]}
    longest = max(map(abs, moves.values()))
    for step in (1, *_PARTS):
        if step > 0 and _cost(step) < _cost(longest) and not along.domain.simplex:
            three = _three(middle, along, {p: m / longest for p, m in moves.items()}, step)
            if three is not None:
                yield three


def _fewer(bend: _Bend, trial: Trial) -> Iterator[tuple[Point, Point, Point]]:
    """All three points without one position of an axis."""
    for axis, size in bend.points[1].sizes.items():
        for gone in range(size if size > 1 else 0):
            without = [without_position(p, trial.sides.inputs, axis, gone) for p in bend.points]
            fewer = [point for point in without if point is not None]
            if len(fewer) == len(without):
                yield fewer[0], fewer[1], fewer[2]


def _inside(point: Point, name: str, domain: Domain) -> bool:
    return all(contains(domain, value) for value in point.inputs[name].values())


def _cost(value: Any) -> tuple[int, Any, bool]:
    fraction = Fraction(value)
    return (fraction.denominator, abs(fraction), fraction < 0)


def _written(trial: Trial, bend: _Bend) -> Counterexample:
    """The middle point written out; the moved array at all three points."""
    axes = {d.name: d.tensor.axes for d in trial.sides.inputs}
    name = trial.claim.along
    sides = (bend.values[1], bend.values[1])
    found = [counterexample(point, bend.env, axes, sides) for point in bend.points]
    values = [(n, v) for n, v in found[1].values if n != name]
    for suffix, one in zip(("_before", "", "_after"), found, strict=True):
        values += [(f"{name}{suffix}", v) for n, v in one.values if n == name]
    low, middle, high = (shown(value) for value in bend.values)
    return Counterexample(
        found[1].sizes, tuple(values), found[1].positions, middle, f"({low}, {high})",
        names="here, (before, after)",
    )  # fmt: skip
