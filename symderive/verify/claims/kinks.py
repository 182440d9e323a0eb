"""Another subgradient: a claim that differs from the convention at kinks alone, within reason."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from symderive.expr import Index, free_indices, subexpressions
from symderive.model.claims import Claim, DerivativeOf
from symderive.model.evaluate import Point, Position
from symderive.model.fields import is_nan
from symderive.model.points import positions
from symderive.verify.claims.compare import DIGITS, Trial
from symderive.verify.claims.judge import WORK, Survey, given_names, written_down
from symderive.verify.claims.sampling import claim_points
from symderive.verify.claims.shrink import Found, shrink
from symderive.verify.claims.verdict import Verdict

#: How far from a kink its sides are looked at, and how exact a derivative there is.
_STEP, _SLACK = Fraction(1, 10**12), 10**-5
_MOST = 40


def only_at_kinks(claim: Claim, survey: Survey) -> Verdict | None:
    """The verdict ``other subgradient``, if every failure of ``claim`` allows it.

    If not, ``survey`` has failed where it does not.
    """
    if not isinstance(claim.left, DerivativeOf) or any(
        isinstance(node, DerivativeOf) for node in subexpressions(claim.left.of)
    ):
        return None
    trial = survey.trial
    trial.effort.more(WORK)
    if survey.irrational and survey.failed is not None:
        return _at_one(claim, survey, survey.failed)
    failures = 0
    first = None
    for point in claim_points(trial.sides, claim):
        for env, sides, outcome in trial.outcomes(point):
            if outcome != "fails":
                continue
            failures += 1
            if not within(trial, point, env, sides):
                survey.failed = Found(point, env, sides)
                return None
            first = first or Found(point, env, sides)
        if failures >= _MOST or trial.effort.over:
            break
    if first is None:
        return None

    def failing(point: Point) -> tuple[dict[Index, int], tuple[Any, Any]] | None:
        for env, sides, outcome in trial.outcomes(point):
            if outcome == "fails" and within(trial, point, env, sides):
                return dict(env), sides
        return None

    comparisons = trial.comparisons
    fixed = given_names(claim, trial)
    smallest = shrink(first, trial.sides.inputs, fixed, failing, trial.effort)
    return _other(claim, survey, smallest, comparisons)


def _at_one(claim: Claim, survey: Survey, found: Found) -> Verdict | None:
    """The verdict where the only kink that was found has an entry that is no fraction."""
    alone = within(survey.trial, found.point, dict(found.env), found.sides, alone=True)
    return _other(claim, survey, found, survey.trial.comparisons) if alone else None


def _other(claim: Claim, survey: Survey, found: Found, comparisons: int) -> Verdict:
    return Verdict(
        claim,
        "other subgradient",
        "it differs from the convention at kinks only, and lies between the slopes on both sides",
        comparisons,
        DIGITS,
        survey.tried_sizes,
        written_down(claim, survey.trial, found),
    )


def within(
    trial: Trial,
    point: Point,
    env: dict[Index, int],
    sides: tuple[Any, Any],
    *,
    alone: bool = False,
) -> bool:
    """Whether the right side is a subgradient at ``point``, a kink.

    In every direction that is looked at, its slope lies between the slopes of both sides. All
    entries that the claim tells count together: a slope of 1 for each of two entries that tie is
    none, though it would be one for either. ``alone`` looks at the one entry.
    """
    if any(is_nan(side) or abs(side) == float("inf") for side in sides):
        return False
    wrt = trial.claim.left.wrt
    evaluator = trial.at(point)
    place = tuple(int(evaluator.evaluate(slot, env)) for slot in wrt.slots)
    claimed = (not alone and _claimed(trial, point, env)) or {place: sides[1]}
    kinks = 0
    for direction in _directions(place, list(claimed)):
        low, high = _slopes(trial, point, env, direction)
        if is_nan(low) or is_nan(high) or high - low == float("inf"):
            return False
        slope = sum(by * claimed[where] for where, by in direction.items())
        slack = _SLACK * max(1, abs(low), abs(high)) * 10**-4
        if not low - slack <= slope <= high + slack:
            return False
        kinks += bool(high - low > slack)
    return kinks > 0


def _claimed(trial: Trial, point: Point, env: dict[Index, int]) -> dict[Position, Any]:
    """What is claimed for every entry, where the letters of the claim run over them all.

    Entries of which the claim says nothing are left out: any slope by them will do. So are those
    of which it says something for another position of what is derived.
    """
    wrt = trial.claim.left.wrt
    shared = free_indices(trial.claim.left.of)
    letters = [slot for slot in wrt.slots if slot in trial.claim.free]
    if len(set(letters)) < len(wrt.slots):
        return {}
    evaluator = trial.at(point)
    told = [dict(each) for each in trial.environments(point, evaluator)]
    found = {}
    for position in positions(wrt.tensor.axes, point.sizes):
        here = {**env, **dict(zip(letters, position, strict=True))}
        if here in told and all(here[letter] == env[letter] for letter in shared & set(letters)):
            found[position] = trial.values(evaluator, here)[1]
    return found


def _directions(place: Position, places: list[Position]) -> Iterator[dict[Position, int]]:
    """The entry alone, all together, and a few at random."""
    yield {place: 1}
    if len(places) > 1:
        yield dict.fromkeys(places, 1)
        rng = random.Random(len(places))  # noqa: S311 - no secret
        for _ in range(6):
            yield {where: rng.choice((-1, 0, 1)) for where in places}


def _slopes(
    trial: Trial, point: Point, env: dict[Index, int], direction: dict[Position, int]
) -> tuple[Any, Any]:
    """The slopes along ``direction`` on both sides of ``point``, the smaller one first."""
    here = trial.evaluate(trial.at(point), trial.claim.left.of, env)
    slopes = []
    for side in (1, -1):
        step = side * _STEP
        moved = _moved(trial, point, {place: step * by for place, by in direction.items()})
        there = trial.evaluate(trial.at(moved), trial.claim.left.of, env)
        slopes.append((there - here) / trial.real(step))
    return min(slopes), max(slopes)


def _moved(trial: Trial, point: Point, steps: Mapping[Position, Fraction]) -> Point:
    """``point`` with entries moved; those of an equation are given, all others computed."""
    tensor = trial.claim.left.wrt.tensor
    evaluator = trial.at(point)
    table = {
        place: evaluator.value(tensor.name, place) for place in positions(tensor.axes, point.sizes)
    }
    number = trial.field_of(DIGITS).number
    moved = {place: value + number(steps.get(place, 0)) for place, value in table.items()}
    return Point(point.sizes, {**point.inputs, tensor.name: moved})
