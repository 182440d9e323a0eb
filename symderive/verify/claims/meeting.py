"""Points that meet a kink, a tie or a comparison exactly: found by moving one entry."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any, TypeAlias

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
from symderive.model.evaluate import Evaluator, Point, Position
from symderive.model.fields import MpField, is_nan, mp_field
from symderive.model.model import Declaration
from symderive.model.points import contains
from symderive.rewrite import is_positional
from symderive.verify.claims.sides import Sides

#: Digits, the largest denominator of a place, and the formulas that are looked at.
DIGITS, DENOMINATOR, MOST = 40, 10**6, 24
#: Steps from an entry, for a look at what is no straight line; turns of a search; searches.
STEPS = sorted(s * Fraction(n, 8) for n in (1, 3, 8, 17, 50, 170, 900, 8000) for s in (1, -1))
MOST_TURNS, MOST_SEARCHES = 60, 12
#: A value as one entry moves; None where it has none.
Value: TypeAlias = "Callable[[Fraction], Any]"
#: An input and a position in it.
Entry: TypeAlias = tuple[Declaration, Position]


@dataclass(frozen=True)
class Gap:
    """A formula that is 0 at a kink or a tie, and its free letters."""

    expr: Expr
    letters: tuple[Index, ...]


def gaps(sides: Sides) -> list[Gap]:
    """The differences that the claim and its equations compare with 0."""
    roots: list[Basic] = [*sides.parts, *(slope.of for slope in sides.slopes.values())]
    roots += [part for e in sides.equations for part in (e.rhs, e.where)]
    return gaps_in(roots)


def gaps_in(roots: Iterable[Basic]) -> list[Gap]:
    """The differences that ``roots`` compare with 0."""
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

    for root in roots:
        visit(root)
    movable = [e for e in found if any(isinstance(n, Expr) for n in subexpressions(e))]
    return [Gap(e, tuple(sorted(free_indices(e), key=str))) for e in movable[:MOST]]


def meeting(
    sides: Sides, point: Point, gap: Gap, rng: random.Random, *, field: MpField, search: bool = True
) -> Iterator[Point]:
    """``point`` with one entry moved to where ``gap`` is 0, if that is found; else nearest to 0.

    What is no straight line in that entry takes a ``search``.
    """
    env = {letter: rng.randrange(point.sizes[letter.axis]) for letter in gap.letters}
    entries = movable(sides, point)
    rng.shuffle(entries)
    for declaration, place in entries[:4]:
        start = Fraction(point.inputs[declaration.name][place])
        value = along(
            sides, point, (declaration, place), lambda e: e.evaluate(gap.expr, env), field
        )
        places = [*_zero_of_line(value, start, field)]
        if not places and search:
            inside = [start + step for step in STEPS if contains(declaration.domain, start + step)]
            places = [*_zero_nearby(value, inside)]
        found = [at for at in places if contains(declaration.domain, at)]
        yield from (moved(point, declaration.name, place, at) for at in found)
        if found:
            return


def movable(sides: Sides, point: Point) -> list[Entry]:
    """The entries that may have any value near the one they have."""
    return [
        (declaration, place)
        for declaration in sides.inputs
        if declaration.tensor.label_of is None
        and not declaration.domain.values
        and not declaration.domain.simplex
        for place in point.inputs[declaration.name]
    ]


def along(
    sides: Sides, point: Point, entry: Entry, of: Callable[[Evaluator], Any], field: MpField
) -> Value:
    """What ``of`` finds as one entry moves; None where it has no finite value."""
    declaration, place = entry

    def value(at: Fraction) -> Any:
        try:
            found = of(sides.at(moved(point, declaration.name, place, at), field))
        except SymderiveError:
            return None
        return None if is_nan(found) or abs(found) == float("inf") else found

    return value


def _zero_of_line(value: Value, start: Fraction, field: MpField) -> Iterator[Fraction]:
    """Where a value is 0, if it is affine."""
    values = [value(start + step) for step in range(3)]
    if any(v is None for v in values):
        return
    slope = values[1] - values[0]
    bend = values[2] - 2 * values[1] + values[0]
    if slope == 0 or abs(bend) > abs(slope) * 10**-20:
        return
    off = -values[0] / slope
    near = fraction(off).limit_denominator(DENOMINATOR)
    if abs(field.number(near) - off) < 10 ** -(DIGITS - 10):
        yield start + near


def zeros(value: Value, start: Fraction) -> Iterator[Fraction]:
    """Where a value is 0 or changes its sign, as near as a fraction comes; not where it touches 0.

    >>> from symderive.model.fields import mp_field
    >>> number = mp_field(DIGITS).number
    >>> sorted(zeros(lambda at: number(at * at - 4), Fraction(1)))
    [Fraction(-2, 1), Fraction(2, 1)]
    """
    straight = list(_zero_of_line(value, start, mp_field(DIGITS)))
    if straight:
        yield from straight
        return
    known = [
        (at, v) for step in (Fraction(0), *STEPS) if (v := value(at := start + step)) is not None
    ]
    for (low, one), (high, other) in pairwise(sorted(known, key=lambda pair: pair[0])):
        if one == 0 and other != 0:
            yield low
        elif one * other < 0:
            near = between(value, (low, one), (high, other))
            short = near.limit_denominator(DENOMINATOR)
            there = value(short)
            is_zero = there is not None and abs(there) < 10 ** -(DIGITS - 10)
            yield short if is_zero else near.limit_denominator(10**15)


def _zero_nearby(value: Value, places: list[Fraction]) -> Iterator[Fraction]:
    """A fraction among ``places`` or between them at which a value is 0; else where it is least."""
    known = [(at, v) for at in places if (v := value(at)) is not None]
    if len(known) < 2:
        return
    for (low, one), (high, other) in pairwise(known):
        if (one < 0) != (other < 0):
            near = between(value, (low, one), (high, other)).limit_denominator(DENOMINATOR)
            there = value(near)
            if there is not None and abs(there) < 10 ** -(DIGITS - 10):
                yield near
            return
    side = 1 if known[0][1] > 0 else -1
    least = min(range(len(known)), key=lambda k: side * known[k][1])
    low, high = known[max(least - 1, 0)][0], known[min(least + 1, len(known) - 1)][0]
    for _ in range(MOST_TURNS):
        one, two = low + (high - low) * Fraction(3, 8), low + (high - low) * Fraction(5, 8)
        left, right = value(one), value(two)
        if left is None or right is None:
            return
        low, high = (low, two) if side * left <= side * right else (one, high)
        low, high = (end.limit_denominator(10**30) for end in (low, high))
    yield ((low + high) / 2).limit_denominator(DENOMINATOR)
    yield ((low + high) / 2).limit_denominator(10**15)


def between(value: Value, low: tuple[Fraction, Any], high: tuple[Fraction, Any]) -> Fraction:
    """Where a value changes its sign, by the rule of false position (the Illinois form)."""
    (a, left), (b, right) = low, high
    at = a
    for _ in range(MOST_TURNS):
        at = b - fraction(right / (right - left)) * (b - a)
        there = value(at)
        if there is None or there == 0 or abs(b - a) < Fraction(1, 10**DIGITS):
            break
        if (there < 0) != (right < 0):
            a, left = b, right
        else:
            left = left / 2
        b, right = at, there
        b = b.limit_denominator(10**DIGITS)
    return at


def fraction(value: Any) -> Fraction:
    """A number of mpmath as a fraction.

    >>> from symderive.model.fields import mp_field
    >>> fraction(mp_field(20).number(-0.75))
    Fraction(-3, 4)
    """
    man, exponent = value.man_exp
    size = Fraction(int(man)) * Fraction(2) ** int(exponent)
    return -size if value < 0 else size


def moved(point: Point, name: str, place: Any, value: Any) -> Point:
    """``point`` with another value for one entry."""
    short = int(value) if value == int(value) else value
    return Point(point.sizes, {**point.inputs, name: {**point.inputs[name], place: short}})


def meeting_points(sides: Sides, bases: Iterator[Point], rng: random.Random) -> Iterator[Point]:
    """For each point of ``bases`` those that meet the next kink, tie or comparison."""
    found = gaps(sides)
    if not found:
        return
    field = mp_field(DIGITS)
    for turn, base in enumerate(bases):
        gap = found[turn % len(found)]
        yield from meeting(sides, base, gap, rng, field=field, search=turn < MOST_SEARCHES)
