"""Points that meet a kink, a tie or a comparison exactly: found by moving one entry."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

from sympy import Abs, sign
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.errors import SymderiveError
from symderive.expr import (
    Compare,
    Fresh,
    Index,
    MaxOf,
    MinOf,
    Reduce,
    Size,
    children,
    free_indices,
    open_with,
    subexpressions,
)
from symderive.model.evaluate import Point
from symderive.model.fields import MpField, is_nan, mp_field
from symderive.model.points import contains
from symderive.rewrite import is_positional
from symderive.verify.claims.sides import Sides

#: Digits, the largest denominator of a place, and the formulas that are looked at.
DIGITS, DENOMINATOR, MOST = 40, 10**6, 24


@dataclass(frozen=True)
class Gap:
    """A formula that is 0 at a kink or a tie, and its free letters."""

    expr: Expr
    letters: tuple[Index, ...]


def gaps(sides: Sides) -> list[Gap]:
    """The differences that the claim and its equations compare with 0."""
    fresh = Fresh()
    found: dict[Expr, None] = {}
    seen: set[Basic] = set()

    def visit(node: Basic) -> None:
        if node in seen:
            return
        seen.add(node)
        match node:
            case Compare() if not is_positional(node) and not isinstance(node.lhs, Size):
                found[node.lhs - node.rhs] = None
            case MaxOf() | MinOf():
                found.update((a - b, None) for a, b in combinations(node.args, 2))
            case Abs() | sign():
                found[node.args[0]] = None
        if not isinstance(node, Reduce):
            for child in children(node):
                visit(child)
            return
        letters = fresh.like(node.bound)
        cond, body = open_with(node, letters)
        if node.kind not in ("sum", "prod"):
            others = open_with(node, fresh.like(node.bound))
            found[body - others[1]] = None
        visit(cond)
        visit(body)

    roots: list[Basic] = [*sides.parts, *(slope.of for slope in sides.slopes.values())]
    roots += [part for e in sides.equations for part in (e.rhs, e.where)]
    for root in roots:
        visit(root)
    movable = [e for e in found if any(isinstance(n, Expr) for n in subexpressions(e))]
    return [Gap(e, tuple(sorted(free_indices(e), key=str))) for e in movable[:MOST]]


def meeting(
    sides: Sides, point: Point, gap: Gap, rng: random.Random, *, field: MpField
) -> Point | None:
    """``point`` with one entry moved to where ``gap`` is 0, if that is easily found."""
    env = {letter: rng.randrange(point.sizes[letter.axis]) for letter in gap.letters}
    entries = [
        (declaration, place)
        for declaration in sides.inputs
        if declaration.tensor.label_of is None
        and not declaration.domain.values
        and not declaration.domain.simplex
        for place in point.inputs[declaration.name]
    ]
    rng.shuffle(entries)
    for declaration, place in entries[:4]:
        start = Fraction(point.inputs[declaration.name][place])
        value = _zero_of(sides, point, gap, env, (declaration.name, place, start), field=field)
        if value is not None and contains(declaration.domain, value):
            return _with(point, declaration.name, place, value)
    return None


def _zero_of(
    sides: Sides, point: Point, gap: Gap, env: Any, entry: Any, *, field: MpField
) -> Fraction | None:
    """Where ``gap`` is 0, if it is affine in one entry."""
    name, place, start = entry
    values = []
    for step in range(3):
        moved = _with(point, name, place, start + step)
        try:
            values.append(sides.at(moved, field).evaluate(gap.expr, env))
        except SymderiveError:
            return None
    if any(is_nan(v) or abs(v) == float("inf") for v in values):
        return None
    slope = values[1] - values[0]
    bend = values[2] - 2 * values[1] + values[0]
    if slope == 0 or abs(bend) > abs(slope) * 10**-20:
        return None
    off = -values[0] / slope
    near = Fraction(str(field.context.nstr(off, DIGITS))).limit_denominator(DENOMINATOR)
    exact = abs(field.number(near) - off) < 10 ** -(DIGITS - 10)
    return start + near if exact else None


def _with(point: Point, name: str, place: Any, value: Any) -> Point:
    short = int(value) if value == int(value) else value
    return Point(point.sizes, {**point.inputs, name: {**point.inputs[name], place: short}})


def meeting_points(sides: Sides, bases: Iterator[Point], rng: random.Random) -> Iterator[Point]:
    """For each point of ``bases`` one that meets the next kink, tie or comparison."""
    found = gaps(sides)
    if not found:
        return
    field = mp_field(DIGITS)
    for turn, base in enumerate(bases):
        point = meeting(sides, base, found[turn % len(found)], rng, field=field)
        if point is not None:
            yield point
