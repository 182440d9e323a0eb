"""Limits: the body at ever larger (or closer) values, and whether it settles at what is claimed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import islice, pairwise
from typing import Any

from sympy import S
from sympy.core.expr import Expr

from symderive.errors import InputError, NotSupportedError
from symderive.expr import Index
from symderive.model.claims import Claim, LimitOf
from symderive.model.evaluate import Point
from symderive.model.fields import is_nan
from symderive.model.model import Model
from symderive.model.points import contains
from symderive.verify.claims.compare import DIGITS, Trial
from symderive.verify.claims.sampling import claim_points
from symderive.verify.claims.shrink import Found
from symderive.verify.claims.verdict import Verdict, counterexample

#: Steps toward the target, and points (of everything else) at which the limit is taken.
STEPS, MOST = 14, 40
#: How near the last value must be to what is claimed, relative to how far it still moves.
_NEAR, _SETTLED = 10**-6, 10**-3


def judge_limit(claim: Claim, model: Model) -> Verdict:
    """Judge ``limit[t -> a](A) = B`` (either side) at points, by values along ``t``."""
    left, right = claim.left, claim.right
    if isinstance(right, LimitOf):
        left, right = right, left
    if not isinstance(left, LimitOf) or not isinstance(right, Expr) or claim.relation != "=":
        raise NotSupportedError(f"a limit is judged in 'limit[..](A) = B' only: {claim.text}")
    plain = replace(claim, left=left.body, right=right)
    trial = Trial(model, plain)
    name = left.scalar.tensor.name
    declared = [d for d in trial.sides.inputs if d.name == name]
    if not declared:
        raise InputError(f"{claim.text}: {name} is no scalar of the claim and no input of it")
    count, open_places = 0, 0
    sizes: set[int] = set()
    for point in islice(_spread(trial, name), MOST):
        along = [v for v in _toward(left.target) if contains(declared[0].domain, v)]
        for env, want, values in _paths(trial, point, name, along):
            outcome = _settles(values, want)
            if outcome is None:
                open_places += 1
                continue
            count += 1
            sizes.update(point.sizes.values())
            if not outcome:
                moved = {**point.inputs, name: {(): along[-1]}}
                found = Found(Point(point.sizes, moved), env, (values[-1], want))
                return _refuted(claim, trial, found, count)
    how = f"numerically: {count} limits along {STEPS} values, {DIGITS} digits"
    if open_places:
        how += f"; {open_places} places where nothing settles are left out"
    if not count:
        return Verdict(claim, "refuted", "the values settle nowhere", 0, DIGITS)
    return Verdict(claim, "verified", how, count, DIGITS, tuple(sorted(sizes)))


def _spread(trial: Trial, name: str) -> Any:
    """Points without repetition of what the limit leaves."""
    seen = set()
    for point in claim_points(trial.sides, trial.claim):
        rest = {n: dict(t) for n, t in point.inputs.items() if n != name}
        values = [abs(float(v)) for table in rest.values() for v in table.values()]
        key = (repr(sorted(rest.items())), repr(point.sizes))
        if key not in seen and max(values, default=0) <= 20:
            seen.add(key)
            yield point


def _toward(target: Expr) -> list[Any]:
    if target in (S.Infinity, S.NegativeInfinity):
        sign = 1 if target == S.Infinity else -1
        return [sign * 4**k for k in range(1, STEPS + 1)]
    base = Fraction(int(target.p), int(target.q)) if target.is_Rational else Fraction(float(target))
    steps = [Fraction(1, 4**k) for k in range(1, STEPS + 1)]
    return [base + s for s in steps] + [base - s for s in steps]


def _paths(trial: Trial, point: Point, name: str, along: list[Any]) -> Any:
    """For each position: what is claimed, and the values on the way."""
    found: dict[tuple[tuple[Index, int], ...], tuple[Any, list[Any]]] = {}
    for value in along:
        moved = Point(point.sizes, {**point.inputs, name: {(): value}})
        evaluator = trial.at(moved)
        for env in trial.environments(moved, evaluator):
            one, want = trial.values(evaluator, env)
            found.setdefault(tuple(env.items()), (want, []))[1].append(one)
    for key, (want, values) in found.items():
        yield dict(key), want, values


def _settles(values: list[Any], want: Any) -> bool | None:
    """Whether ``values`` approach ``want``; None if they are undefined."""
    if not values or is_nan(want) or any(is_nan(v) for v in values[-3:]):
        return None
    if abs(want) == float("inf"):
        return bool(values[-1] == want or (values[-1] * (1 if want > 0 else -1) > 10**3))
    if any(abs(v) == float("inf") for v in values[-2:]):
        return False
    off = [abs(v + -want) for v in values[-4:]]
    size = max(1, abs(want))
    if off[-1] <= _NEAR * size:
        return True
    # Slow: each step must still bring it nearer, by a steady part.
    shrinking = all(b < a * 9 / 10 for a, b in pairwise(off))
    return bool(shrinking and off[-1] <= size / 5)


def _refuted(claim: Claim, trial: Trial, found: Found, count: int) -> Verdict:
    axes: Mapping[str, Any] = {d.name: d.tensor.axes for d in trial.sides.inputs}
    example = counterexample(found.point, found.env, axes, found.sides)
    how = "the values do not approach what is claimed; here far along the way"
    return Verdict(claim, "refuted", how, count, DIGITS, counterexample=example)
