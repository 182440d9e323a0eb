"""Limits: by rules where the parts have limits, else by values that are ever closer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import islice, pairwise
from typing import Any, Literal, TypeAlias, cast

from sympy import S
from sympy.core.expr import Expr

from symderive.errors import InputError, NotSupportedError
from symderive.expr import Index
from symderive.model.claims import Claim, LimitOf
from symderive.model.evaluate import Point
from symderive.model.fields import Field, is_nan, mp_field
from symderive.model.model import Model
from symderive.model.points import contains
from symderive.verify.claims.compare import DEEPLY, DIGITS, Trial
from symderive.verify.claims.effort import Effort, price
from symderive.verify.claims.intervals import UndecidedError
from symderive.verify.claims.irrational import NearField, is_short
from symderive.verify.claims.limit_rules import prove_limit
from symderive.verify.claims.meeting import fraction
from symderive.verify.claims.sampling import claim_points
from symderive.verify.claims.shrink import Found
from symderive.verify.claims.special import special_points
from symderive.verify.claims.verdict import Verdict, counterexample, nothing_to_judge

#: Operations; points (of everything else) at which the limit is taken.
WORK, MOST = 300_000, 40
#: Operations for points at ties, kinks and zeros.
SPECIAL = 150_000
#: Steps: by factors of 4, then by squaring; the digits that the farthest need.
STEPS, SQUARINGS, MANY = 10, 9, 800
#: How near the last value must be, relative to the size of what is claimed; how far is far.
_NEAR, _FAR = 10**-20, 1000
#: By which part each step must bring it nearer (or not less farther), to count as on its way.
_STEADY = 0.9

#: ``open``: nothing can be told from the values.
Course: TypeAlias = Literal["arrives", "misses", "open"]


@dataclass
class _Tally:
    """What the values along the ways said: limits that were reached, those that were not."""

    reached: int = 0
    open: int = 0
    sizes: set[int] = field(default_factory=set)
    missed: Found | None = None
    last: Found | None = None


def judge_limit(claim: Claim, model: Model) -> Verdict:
    """Judge ``limit[t -> a](A) = B`` (either side): by rules, else by values along ``t``."""
    left, right = claim.left, claim.right
    if isinstance(right, LimitOf):
        left, right = right, left
    if not isinstance(left, LimitOf) or not isinstance(right, Expr) or claim.relation != "=":
        raise NotSupportedError(f"a limit is judged in 'limit[..](A) = B' only: {claim.text}")
    trial = Trial(model, replace(claim, left=left.body, right=right), effort=Effort(WORK))
    found = _survey(trial, left)
    sizes = tuple(sorted(found.sizes))
    if found.missed is None and found.last is None:
        raise nothing_to_judge(claim, "point was found at which both sides are defined on the way")
    if found.missed is not None or not found.reached:
        return _refuted(claim, trial, found)
    rules = prove_limit(claim, left, right, model)
    if rules is not None:
        how = f"by rewriting: {', '.join(rules)}"
        return Verdict(claim, "proved", how, found.reached, DIGITS, sizes, rules=rules)
    how = f"numerically: {found.reached} limits along values ever closer, {DIGITS} digits and more"
    if found.open:
        how += f"; {found.open} places where nothing settles are left out"
    return Verdict(claim, "verified", how, found.reached, DIGITS, sizes)


def _survey(trial: Trial, limit: LimitOf) -> _Tally:
    """The values at points, until one way misses what is claimed."""
    name = limit.scalar.tensor.name
    declared = [d for d in trial.sides.inputs if d.name == name]
    if not declared:
        raise InputError(
            f"{trial.claim.text}: {name} is no scalar of the claim, nor an input of it"
        )
    if not limit.target.is_number:
        raise InputError(
            f"{trial.claim.text}: a limit toward a number or oo was expected, not {limit.target}"
        )
    paths = [
        path
        for path in _toward(limit.target)
        if all(contains(declared[0].domain, value) for value in path)
    ]
    tally = _Tally()
    points = list(islice(_spread(claim_points(trial.sides, trial.claim), name), MOST))
    _walk_all(trial, points, name, paths, tally)
    if tally.missed is None and not trial.claim.point:
        trial.effort.more(SPECIAL)
        found = _spread(special_points(trial, name, points), name)
        _walk_all(trial, found, name, paths, tally)
    return tally


def _walk_all(
    trial: Trial, points: Iterable[Point], name: str, paths: list[list[Any]], tally: _Tally
) -> None:
    for point in points:
        for path in paths:
            _walk(trial, point, name, path, tally)
        if tally.missed is not None or trial.effort.over:
            return


def _walk(trial: Trial, point: Point, name: str, path: list[Any], tally: _Tally) -> None:
    for env, want, values in _courses(trial, point, name, path):
        course = _course([value for _, value in values], want)
        tally.open += course == "open"
        tally.reached += course != "open"
        if course != "open":
            tally.sizes.update(point.sizes.values())
        at, value = values[-1]
        tally.last = Found(Point(point.sizes, {**point.inputs, name: {(): at}}), env, (value, want))
        if course == "misses":
            tally.missed = tally.missed or tally.last


def _spread(points: Iterable[Point], name: str) -> Iterator[Point]:
    """Points without repetition of what the limit leaves."""
    seen = set()
    for point in points:
        rest = {n: dict(t) for n, t in point.inputs.items() if n != name}
        values = [abs(float(v)) for table in rest.values() for v in table.values()]
        key = (repr(sorted(rest.items())), repr(point.sizes))
        if key not in seen and max(values, default=0) <= 20:
            seen.add(key)
            yield point


def _toward(target: Expr) -> list[list[Any]]:
    """The ways toward the target, from each side: first steps by 4, then by squaring."""
    far = [4**k for k in range(1, STEPS + 1)] + [10 ** (2**k) for k in range(3, SQUARINGS)]
    if target in (S.Infinity, S.NegativeInfinity):
        sign = 1 if target == S.Infinity else -1
        return [[sign * value for value in far]]
    if target.is_Rational:
        base = Fraction(int(target.p), int(target.q))
    else:
        base = fraction(mp_field(MANY + 200).number(target))
    return [[base + sign * Fraction(1, value) for value in far] for sign in (1, -1)]


def _courses(
    trial: Trial, point: Point, name: str, path: list[Any]
) -> Iterator[tuple[dict[Index, int], Any, list[tuple[Any, Any]]]]:
    """For each position: what is claimed, and the values on the way that are known for certain."""
    found: dict[tuple[tuple[Index, int], ...], tuple[Any, list[tuple[Any, Any]]]] = {}
    short = is_short(Point(point.sizes, {n: t for n, t in point.inputs.items() if n != name}))
    for value in path:
        moved = Point(point.sizes, {**point.inputs, name: {(): value}})
        for env in trial.environments_at(moved):
            known = _known(trial, moved, env) if short else _nearly_known(trial, moved, env)
            if known is not None:
                one, want = known
                found.setdefault(tuple(env.items()), (want, []))[1].append((value, one))
    for key, (want, values) in found.items():
        yield dict(key), want, values


def _known(trial: Trial, point: Point, env: Mapping[Index, int]) -> tuple[Any, Any] | None:
    """Both sides, whose usual digits are certain; None where cancellation leaves none."""
    for digits in (DIGITS, MANY):
        numbers = trial.rigorously(digits)
        try:
            with numbers.working():
                sides = trial.values(trial.surely_at(point, numbers), env)
                sure = all(side.narrow(25) or side.tiny(1000) for side in sides)
        except (UndecidedError, OverflowError):
            sure = False
        if sure:
            one, other = trial.values(trial.at(point, digits), env)
            return trial.real(one), trial.real(other)
    one, other = trial.values(trial.at(point, DIGITS), env)
    infinite = abs(one) == float("inf") or abs(other) == float("inf")
    return (one, other) if infinite and not (is_nan(one) or is_nan(other)) else None


def _nearly_known(trial: Trial, point: Point, env: Mapping[Index, int]) -> tuple[Any, Any] | None:
    """Both sides at numbers that are no fractions, in very many digits."""
    field = NearField(mp_field(DEEPLY))
    evaluator = trial.sides.at(point, cast("Field", field), trial.effort, price(DEEPLY))
    one, other = trial.values(evaluator, env)
    return None if is_nan(one) or is_nan(other) else (trial.real(one), trial.real(other))


def _course(values: list[Any], want: Any) -> Course:
    """Whether ``values`` approach ``want``."""
    if len(values) < 4 or is_nan(want) or any(is_nan(v) for v in values[-3:]):
        return "open"
    if abs(want) == float("inf"):
        return _growing([v * (1 if want > 0 else -1) for v in values])
    if any(abs(v) == float("inf") for v in values[-2:]):
        return "misses"
    size = max(1, abs(want))
    off = [abs(v - want) for v in values[-4:]]
    if off[-1] <= _NEAR * size:
        return "arrives"
    moves = [abs(b - a) for a, b in pairwise(values[-4:])]
    if all(b <= a * _STEADY for a, b in pairwise(off)):
        near = off[-1] <= size / 5 and _leads_to(values[-3:], want)
        return "arrives" if near else "open"
    settled = moves[-1] <= off[-1] / 1000 or all(b <= a * _STEADY for a, b in pairwise(moves))
    away = off[-1] > _FAR * size or _growing([abs(v) for v in values]) == "arrives"
    return "misses" if settled or away else "open"


def _leads_to(values: list[Any], want: Any) -> bool:
    """Whether values that become nearer to ``want`` are not about to pass it.

    If their steps shrink by one factor, what they lead to is Aitken's extrapolation.
    """
    one, other = values[1] - values[0], values[2] - values[1]
    if abs(other) > abs(one) * _STEADY:
        return False
    aim = values[2] - other * other / (other - one)
    return bool(abs(aim - want) <= abs(values[2] - want) / 2)


def _growing(values: list[Any]) -> Course:
    """Whether values go to infinity: they are there, or their steps do not become smaller."""
    if values[-1] == float("inf"):
        return "arrives"
    moves = [b - a for a, b in pairwise(values[-4:])]
    if all(move > 0 for move in moves) and all(b >= a * _STEADY for a, b in pairwise(moves)):
        return "arrives"
    return "misses" if moves[-1] <= abs(values[-1]) / 1000 else "open"


def _refuted(claim: Claim, trial: Trial, tally: _Tally) -> Verdict:
    found = tally.missed or tally.last
    axes: Mapping[str, Any] = {d.name: d.tensor.axes for d in trial.sides.inputs}
    example = counterexample(found.point, found.env, axes, found.sides) if found else None
    how = "the values do not approach what is claimed; here far along the way"
    if tally.missed is None:
        how = "the values settle nowhere; here far along the way"
    return Verdict(claim, "refuted", how, tally.reached, DIGITS, counterexample=example)
