"""Another subgradient: a claim that differs from the convention at kinks alone, within reason."""

from __future__ import annotations

from typing import Any

from symderive.expr import Index, subexpressions
from symderive.model.claims import Claim, DerivativeOf
from symderive.model.evaluate import Point
from symderive.model.fields import is_nan
from symderive.verify.claims.compare import DIGITS, Trial
from symderive.verify.claims.judge import WORK, Survey, written_down
from symderive.verify.claims.sampling import claim_points
from symderive.verify.claims.shrink import Found, shrink
from symderive.verify.claims.verdict import Verdict

#: How far from a kink its sides are looked at, and how exact a derivative there is.
_STEP, _SLACK = 10**-12, 10**-5
_MOST = 40


def only_at_kinks(claim: Claim, survey: Survey) -> Verdict | None:
    """The verdict ``other subgradient``, if every failure of ``claim`` allows it."""
    if not isinstance(claim.left, DerivativeOf) or any(
        isinstance(node, DerivativeOf) for node in subexpressions(claim.left.of)
    ):
        return None
    trial = survey.trial
    trial.effort.more(WORK)
    failures = 0
    first = None
    for point in claim_points(trial.sides, claim):
        for env, sides, outcome in trial.outcomes(point):
            if outcome != "fails":
                continue
            failures += 1
            if not _within(trial, point, env, sides):
                return None
            first = first or Found(point, env, sides)
        if failures >= _MOST or trial.effort.over:
            break
    if first is None:
        return None

    def failing(point: Point) -> tuple[dict[Index, int], tuple[Any, Any]] | None:
        for env, sides, outcome in trial.outcomes(point):
            if outcome == "fails" and _within(trial, point, env, sides):
                return dict(env), sides
        return None

    comparisons = trial.comparisons
    fixed = frozenset(name for name, _ in claim.point)
    smallest = shrink(first, trial.sides.inputs, fixed, failing, trial.effort)
    return Verdict(
        claim,
        "other subgradient",
        "it differs from the convention at kinks only, and lies between the slopes on both sides",
        comparisons,
        DIGITS,
        tuple(sorted(survey.sizes)),
        written_down(claim, trial, smallest),
    )


def _within(trial: Trial, point: Point, env: dict[Index, int], sides: tuple[Any, Any]) -> bool:
    """Whether the right side lies between the one-sided derivatives at ``point``, a kink."""
    claim = trial.claim
    wrt = claim.left.wrt
    name = wrt.tensor.name
    number = trial.field_of(DIGITS).number
    evaluator = trial.sides.at(point, trial.field_of(DIGITS))
    place = tuple(int(evaluator.evaluate(slot, env)) for slot in wrt.slots)
    here = evaluator.evaluate(_of(trial), env)
    start = evaluator.evaluate(wrt, env)
    slopes = []
    for side in (1, -1):
        step = side * number(_STEP)
        moved = _moved(trial, point, name, place, start + step)
        there = trial.sides.at(moved, trial.field_of(DIGITS)).evaluate(_of(trial), env)
        slopes.append((there + -here) / step)
    if any(is_nan(s) or abs(s) == float("inf") for s in (*slopes, *sides)):
        return False
    low, high = min(slopes), max(slopes)
    slack = _SLACK * max(1, abs(low), abs(high)) * number(10) ** -4
    kink = high - low > slack
    return bool(kink and low - slack <= sides[1] <= high + slack)


def _of(trial: Trial) -> Any:
    return trial.claim.left.of


def _moved(trial: Trial, point: Point, name: str, place: tuple[int, ...], value: Any) -> Point:
    """``point`` with one entry moved; an entry of an equation is given, all others computed."""
    table = {**point.inputs.get(name, {}), place: value}
    if name not in point.inputs and trial.model.equation(name) is not None:
        evaluator = trial.sides.at(point, trial.field_of(DIGITS))
        from symderive.model.points import positions

        axes = trial.model.tensor(name).axes
        table = {p: evaluator.value(name, p) for p in positions(axes, point.sizes)}
        table[place] = value
    return Point(point.sizes, {**point.inputs, name: table})
