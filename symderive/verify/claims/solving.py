"""Points at which the equations in the condition of a claim hold, by Newton's method."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice
from typing import Any

from sympy.core.expr import Expr

from symderive.errors import SymderiveError
from symderive.expr import Compare, Index, Size, conjuncts
from symderive.model.evaluate import Point
from symderive.model.fields import MpField, is_nan, mp_field
from symderive.model.points import assignments, contains
from symderive.rewrite import is_positional
from symderive.verify.claims.compare import DEEPLY, Trial
from symderive.verify.claims.effort import price
from symderive.verify.claims.meeting import Entry, fraction, movable, moved
from symderive.verify.claims.sampling import claim_points

#: Operations for one claim; points to start from.
WORK, STARTS = 100_000, 20
#: Digits of a first solution, and how many turns it and the last one may take.
FIRST, TURNS, LAST_TURNS = 60, 40, 14


def equations(trial: Trial) -> list[Expr]:
    """The differences of reals that the condition of a claim says are 0."""
    return [
        part.lhs - part.rhs
        for part in conjuncts(trial.sides.parts[1])
        if isinstance(part, Compare)
        and part.op == "=="
        and not is_positional(part)
        and not isinstance(part.lhs, Size)
    ]


@dataclass(frozen=True)
class _System:
    """Equations at one position, and the entries that are to solve them; those of a group alike."""

    trial: Trial
    base: Point
    env: dict[Index, int]
    residuals: Sequence[Expr]
    groups: Sequence[Sequence[Entry]]

    def at(self, values: Sequence[Fraction]) -> Point:
        """The point at which each group has its value."""
        point = self.base
        for group, value in zip(self.groups, values, strict=True):
            for declaration, place in group:
                point = moved(point, declaration.name, place, value)
        return point

    def inside(self, values: Sequence[Fraction]) -> bool:
        """Whether the values lie in their domains."""
        pairs = zip(self.groups, values, strict=True)
        return all(contains(d.domain, value) for group, value in pairs for d, _ in group)

    def values(self, at: Sequence[Fraction], field: MpField) -> Any:
        """What is to be 0."""
        cost = price(field.digits)
        there = self.trial.sides.at(self.at(at), field, self.trial.effort, cost)
        found = [field.number(there.evaluate(each, self.env)) for each in self.residuals]
        if any(is_nan(value) for value in found):
            raise ValueError
        return field.context.matrix(found)


def solutions(trial: Trial, points: Sequence[Point]) -> Iterator[Point]:
    """Points with as many entries moved as there are equations, to where all of these hold.

    For one equation there are also those with all entries alike.
    """
    residuals = equations(trial)
    if not residuals or trial.claim.point:
        return
    trial.effort.more(WORK)
    rng = random.Random(6)  # noqa: S311 - points, not secrets
    bases = list(islice(claim_points(trial.sides, trial.claim, seed=6), 8 * STARTS))
    rng.shuffle(bases)
    for base in islice(chain(points[:4], bases), STARTS):
        entries = movable(trial.sides, base)
        if len(entries) < len(residuals):
            continue
        env = rng.choice([*assignments(trial.claim.free, base.sizes)] or [{}])
        free = len(entries) > len(residuals)
        choices = [
            [[entry] for entry in rng.sample(entries, len(residuals))] for _ in range(1 + free)
        ]
        if free and len(residuals) == 1:
            choices.append([entries])
        for groups in choices:
            found = _solved(_System(trial, base, env, residuals, groups))
            if found is not None:
                yield found
            if trial.effort.over:
                return


def _solved(system: _System) -> Point | None:
    """The solution near a point to many digits; None where Newton's method finds none."""
    at = [Fraction(system.base.inputs[d.name][place]) for (d, place), *_ in system.groups]
    for field, turns in ((mp_field(FIRST), TURNS), (mp_field(DEEPLY), LAST_TURNS)):
        try:
            found = _newton(system, at, field, turns)
        except (SymderiveError, ArithmeticError, ValueError, TypeError):
            return None
        if found is None:
            return None
        at = found
    return system.at(at) if system.inside(at) else None


def _newton(
    system: _System, at: list[Fraction], field: MpField, turns: int
) -> list[Fraction] | None:
    h = Fraction(1, 10 ** (field.digits // 2))
    enough = field.number(Fraction(1, 10 ** (field.digits * 9 // 10)))
    for _ in range(turns):
        here = system.values(at, field)
        if max(map(abs, here)) < enough:
            return at
        if system.trial.effort.over:
            return None
        slopes = field.context.matrix(len(at), len(at))
        for k in range(len(at)):
            beside = system.values([a + h * (k == n) for n, a in enumerate(at)], field)
            for row in range(len(at)):
                slopes[row, k] = (beside[row] - here[row]) / field.number(h)
        step = field.context.lu_solve(slopes, here)
        length = max(map(abs, step))
        at = [a - fraction(s / max(1, length / 4)) for a, s in zip(at, step, strict=True)]
        at = [a.limit_denominator(10 ** (field.digits + 5)) for a in at]
    return None
