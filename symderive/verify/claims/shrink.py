"""A counterexample made smaller: fewer positions, then integers near 0, then short fractions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sympy.core.basic import Basic

from symderive.expr import Axis, Index
from symderive.model.evaluate import Point, Position
from symderive.model.model import Declaration
from symderive.model.points import contains, positions
from symderive.verify.claims.effort import Effort

#: Whether a point still refutes; where, with both sides.
Failing = Callable[[Point], "tuple[dict[Index, int], tuple[Any, Any]] | None"]
#: Operations that shrinking may take.
WORK = 120_000


@dataclass(frozen=True)
class Found:
    """A point that refutes a claim, the positions of its free indices there, both sides."""

    point: Point
    env: Mapping[Index, int]
    sides: tuple[Any, Any]


def shrink(
    found: Found,
    inputs: tuple[Declaration, ...],
    fixed: frozenset[str],
    failing: Failing,
    effort: Effort,
    *,
    sizes_stay: bool = False,
) -> Found:
    """The smallest point in reach of ``found`` that still fails; ``fixed`` names stay.

    With them, or where asked for, sizes do.
    """
    effort.more(WORK)
    changed = True
    while changed:
        changed = False
        for candidate in _smaller(found.point, inputs, fixed, sizes_stay or bool(fixed)):
            if effort.over:
                return found
            still = failing(candidate)
            if still is not None:
                found = Found(candidate, *still)
                changed = True
                break
    return found


def _smaller(
    point: Point, inputs: tuple[Declaration, ...], fixed: frozenset[str], sizes_stay: bool
) -> Iterator[Point]:
    """Simpler points, the boldest first."""
    if not sizes_stay:
        for axis in sorted(point.sizes, key=lambda axis: -point.sizes[axis]):
            for gone in reversed(range(point.sizes[axis])):
                if point.sizes[axis] > 1:
                    smaller = without_position(point, inputs, axis, gone)
                    if smaller is not None:
                        yield smaller
    for declaration in inputs:
        if declaration.name in fixed:
            continue
        table = point.inputs[declaration.name]
        if declaration.domain.simplex:
            yield from _simpler_rows(point, declaration)
            continue
        for place, value in table.items():
            for other in _simpler(value, declaration):
                yield _with(point, declaration.name, {place: other})


def _with(point: Point, name: str, entries: Mapping[Position, Any]) -> Point:
    return Point(point.sizes, {**point.inputs, name: {**point.inputs[name], **entries}})


def _simpler(value: Any, declaration: Declaration) -> Iterator[Any]:
    """Simpler values of one entry: every one is simpler than ``value`` by :func:`_cost`."""
    if declaration.tensor.label_of is not None:
        yield from range(value)
        return
    if isinstance(value, Basic):
        candidates: list[Any] = [0, 1, -1, 2, -2]
        cost = (3, 0, 0)
    else:
        cost = _cost(value)
        whole = round(value)
        candidates = [0, 1, -1, 2, -2, 3, -3, 5, -5, 10, -10, abs(whole), whole]
        size, side = abs(whole), 1 if whole > 0 else -1
        candidates += [side * 10 ** (len(str(size)) - 1)]
        candidates += [whole // 2, whole // 2 + 1]
        candidates += [side * (size - size // part) for part in (4, 8, 32, 256) if size > part]
        candidates += [whole - 1, whole + 1, -whole]
        if not isinstance(value, int):
            candidates += [Fraction(n, 2) for n in (1, -1, 3, -3)]
            candidates += [Fraction(round(value * d), d) for d in (2, 4, 10, 100, 1000)]
    default = declaration.default
    if default is not None and default.is_Rational:
        candidates.insert(0, Fraction(int(default.p), int(default.q)))
    for other in candidates:
        if isinstance(other, Fraction) and other.denominator == 1:
            other = int(other)  # noqa: PLW2901 - the same number, written short
        if _cost(other) < cost and contains(declaration.domain, other):
            yield other


def _cost(value: Any) -> tuple[int, Any, Any]:
    """Integers before fractions, small ones first, positive before negative."""
    fraction = Fraction(value)
    if fraction.denominator == 1:
        return (0, abs(fraction), fraction < 0)
    return (1, fraction.denominator, (abs(fraction), fraction < 0))


def _simpler_rows(point: Point, declaration: Declaration) -> Iterator[Point]:
    """Rows of a simplex that are all at one position, or spread evenly."""
    axes = declaration.tensor.axes
    if not axes:
        return
    size = point.sizes[axes[-1]]
    table = point.inputs[declaration.name]
    for row in positions(axes[:-1], point.sizes):
        now = [table[*row, place] for place in range(size)]
        options: list[list[Any]] = [
            [int(place == corner) for place in range(size)] for corner in range(size)
        ]
        options.append([Fraction(1, size)] * size)
        if size > 1:
            options += [[Fraction(n, 4), Fraction(4 - n, 4), *[0] * (size - 2)] for n in (2, 1, 3)]
        costs = [sum(Fraction(v).denominator for v in option) for option in options]
        current = sum(Fraction(v).denominator for v in now)
        for option, cost in zip(options, costs, strict=True):
            if cost < current:
                entries = {(*row, place): option[place] for place in range(size)}
                yield _with(point, declaration.name, entries)


def without_position(
    point: Point, inputs: tuple[Declaration, ...], axis: Axis, gone: int
) -> Point | None:
    """``point`` without one position of ``axis``; None if something needs that position."""
    tables: dict[str, Mapping[Position, Any]] = {}
    for declaration in inputs:
        tensor = declaration.tensor
        table: dict[Position, Any] = {}
        for place, entry in point.inputs[declaration.name].items():
            value = entry
            on = [k for k, own in enumerate(tensor.axes) if own == axis]
            if any(place[k] == gone for k in on):
                continue
            if tensor.label_of == axis:
                if value == gone:
                    return None
                value -= value > gone
            moved = tuple(p - (k in on and p > gone) for k, p in enumerate(place))
            table[moved] = value
        if declaration.domain.simplex and tensor.axes and tensor.axes[-1] == axis:
            for row in {place[:-1] for place in table}:
                missing = 1 - sum(v for place, v in table.items() if place[:-1] == row)
                table[*row, 0] += missing
        tables[declaration.name] = table
    others = {name: t for name, t in point.inputs.items() if name not in tables}
    return Point({**point.sizes, axis: point.sizes[axis] - 1}, {**others, **tables})
