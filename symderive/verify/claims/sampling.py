"""Where a claim is tried: small sizes first, every pattern of labels, round, smooth, far out."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import islice, product
from math import isqrt
from typing import Any

from sympy import Rational
from sympy.core.basic import Basic

from symderive.expr import Axis, Size, subexpressions
from symderive.model.claims import Claim
from symderive.model.evaluate import Point, Position
from symderive.model.model import Domain, Model
from symderive.model.points import contains, points
from symderive.verify.claims.sides import Sides

#: How far out values are tried where the domain allows it.
FAR = (10, 100, 1000, 10000, 10**6)
#: Values near 0 (or the low end of a domain) that are tried.
NEAR = tuple(Fraction(n, 1000) for n in (500, 250, 100, 750, 1500, 2000, 3000, 5000, 10, 1))
#: Choices of sizes, and points for each of them.
MOST_SIZES, MOST_EACH = 30, 14
#: Points far out; points that meet something; points with larger axes; points at random.
MOST_FAR, MOST_MEETING, MOST_LARGER, MOST_RANDOM = 150, 80, 60, 240
#: Sizes that are tried in every combination go up to this; these are tried for one axis apart.
LARGEST, LARGER, MOST_SIZE = 3, (4, 5, 7), 12
#: Larger ones still; how many terms all sums may have there, and where a claim names the size.
HUGE, MOST_TERMS, MOST_NAMED = (20, 80), 10_000, 40_000

#: Sizes that are tried where a claim computes with them.
COUNTED = range(8, 25)
#: Numbers of a claim beyond it are no places to look at.
LARGEST_NUMBER = 10**40


def exact(value: Any) -> Any:
    """A number without rounding: an int, a fraction, or what SymPy has for it."""
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        value = Fraction(value)
    elif isinstance(value, Rational):
        value = Fraction(int(value.p), int(value.q))
    if isinstance(value, Fraction) and value.denominator == 1:
        return int(value)
    return value


def claim_points(sides: Sides, claim: Claim, seed: int = 0) -> Iterator[Point]:
    """Points for a claim, the simplest first; with a ``with`` clause, that one."""
    rng = random.Random(seed)  # noqa: S311 - points, not secrets
    if claim.point or isinstance(claim.right, tuple):
        yield from _given_points(sides, claim, rng)
        return
    labels = any(d.tensor.label_of is not None for d in sides.inputs)
    for sizes in _size_choices(sides.axes):
        for _ in range(1 if labels else 2):
            yield from islice(_at_sizes(sides, sizes, rng), MOST_EACH)
    if not sides.axes:
        for _ in range(3):
            yield from _at_sizes(sides, {}, rng)
    yield from farther_points(sides, rng)


def farther_points(sides: Sides, rng: random.Random) -> Iterator[Point]:
    """Points far out, at kinks and ties, with larger axes, and near what the claim names."""
    numbers = constants(sides)
    yield from _in_turn(
        _all_far(sides, random.Random(4)),  # noqa: S311 - no secret
        islice(_far_points(sides, rng, numbers), MOST_FAR),
        islice(_meeting(sides, rng), MOST_MEETING),
        islice(_larger(sides, rng, numbers), MOST_LARGER),
        islice(_wide(sides, rng, numbers), MOST_RANDOM),
    )


def _in_turn(*sources: Iterator[Point]) -> Iterator[Point]:
    """One point of each source after the other, until all are empty."""
    waiting = list(sources)
    while waiting:
        for source in tuple(waiting):
            point = next(source, None)
            if point is None:
                waiting.remove(source)
            else:
                yield point


def _small(sides: Sides, rng: random.Random) -> Iterator[Point]:
    """Points of small sizes at random, for ever."""
    while True:
        sizes = {axis: rng.choice((1, 2, 2, 3)) for axis in sides.axes}
        skip = rng.randrange(4)
        yield from islice(_at_sizes(sides, sizes, rng), skip, skip + 1)


def _meeting(sides: Sides, rng: random.Random) -> Iterator[Point]:
    """Points at kinks and ties."""
    from symderive.verify.claims.meeting import meeting_points

    return meeting_points(sides, islice(_small(sides, rng), 2 * MOST_MEETING), rng)


def larger_points(sides: Sides) -> Iterator[Point]:
    """Points with one axis larger than usual: by the numbers of the claim, and beyond.

    Beside values at random stand equal ones.
    """
    return _larger(sides, random.Random(2), constants(sides))  # noqa: S311 - no secret


def _larger(sides: Sides, rng: random.Random, numbers: Sequence[Any]) -> Iterator[Point]:
    near = [n + step for n in numbers if isinstance(n, int) for step in (0, 1, -1)]
    sizes = dict.fromkeys([LARGER[0], *(n for n in near if LARGEST < n <= MOST_SIZE), *LARGER[1:]])
    choices = []
    for size in sizes:
        for axis in sides.axes:
            others = {other: rng.choice((1, 2)) for other in sides.axes if other != axis}
            choices.append({**others, axis: size})
    if sides.axes:
        choices.append(dict.fromkeys(sides.axes, LARGER[0]))
    named = [dict.fromkeys(sides.axes, 1) | {a: n} for n in near for a in sides.axes]
    named += [dict.fromkeys(sides.axes, isqrt(n) + 1) for n in near if n > 0 and sides.axes]
    huge = [dict.fromkeys(sides.axes, 1) | {a: n} for n in HUGE for a in sides.axes]
    counted = [dict.fromkeys(sides.axes, 1) | {a: n} for a in _counted(sides) for n in COUNTED]
    for further, most in ((named, MOST_NAMED), (huge, MOST_TERMS), (counted, MOST_TERMS)):
        choices += [c for c in further if max(c.values()) > LARGER[-1] and sides.terms(c) <= most]
    for choice in choices:
        found = list(islice(_at_sizes(sides, choice, rng), 2))
        yield from found
        yield from (level(sides, point, zero=zero) for point in found[:1] for zero in (False, True))


def _counted(sides: Sides) -> list[Axis]:
    """The axes whose sizes the claim itself computes with."""
    sizes = {node.axis for node in subexpressions(*sides.parts) if isinstance(node, Size)}
    return [axis for axis in sides.axes if axis in sizes]


def level(sides: Sides, point: Point, *, zero: bool) -> Point:
    """``point`` with all entries of a real input equal, in a simplex, too; 0 where it may be."""
    inputs = dict(point.inputs)
    for declaration in sides.inputs:
        table = inputs[declaration.name]
        if declaration.tensor.label_of is not None or not declaration.tensor.axes or not table:
            continue
        row = point.sizes[declaration.tensor.axes[-1]]
        level = Fraction(1, row) if declaration.domain.simplex else next(iter(table.values()))
        if zero and not declaration.domain.simplex and contains(declaration.domain, 0):
            level = 0
        inputs[declaration.name] = dict.fromkeys(table, exact(level))
    return Point(point.sizes, inputs)


def _wide(sides: Sides, rng: random.Random, numbers: Sequence[Any]) -> Iterator[Point]:
    """Points with several entries far out, near an end, or equal to those of another input."""
    free = [d for d in sides.inputs if d.tensor.label_of is None]
    marks = {d.name: _marks(d.domain, numbers) for d in free if not d.domain.simplex}
    if not free:
        return
    for turn, point in enumerate(_small(sides, rng)):
        inputs = {name: dict(table) for name, table in point.inputs.items()}
        part = rng.choice((0.2, 0.5, 1.0)) if turn % 2 else 0.0
        for declaration in free:
            table = inputs[declaration.name]
            if marks.get(declaration.name):
                for place in table:
                    if rng.random() < part:
                        table[place] = rng.choice(marks[declaration.name])
            other = rng.choice(free)
            alike = other.tensor.axes == declaration.tensor.axes and other.domain == (
                declaration.domain
            )
            if alike and rng.random() < 0.25:
                inputs[declaration.name] = dict(inputs[other.name])
        yield Point(point.sizes, inputs)


def _size_choices(axes: Sequence[Axis]) -> list[dict[Axis, int]]:
    """Every choice of sizes, the smallest first, but all 2 and all 3 right after all 1.

    Of many axes it is a selection. Much is 0 where any axis has one position alone, or two.
    """
    sizes = range(1, LARGEST + 1)
    if len(axes) <= 3:
        chosen = sorted(product(sizes, repeat=len(axes)), key=lambda c: (sum(c), max(c, default=0)))
    else:
        rng = random.Random(len(axes))  # noqa: S311 - no secret
        chosen = [(size,) * len(axes) for size in sizes]
        chosen += [
            tuple(2 if k == place else 1 for k in range(len(axes))) for place in range(len(axes))
        ]
        chosen += [tuple(rng.choice(sizes) for _ in axes) for _ in range(10)]
        chosen = sorted(dict.fromkeys(chosen), key=lambda c: (sum(c), max(c)))
    level = [c for c in chosen if len(set(c)) < 2]
    chosen = [*level, *(c for c in chosen if c not in level)]
    return [dict(zip(axes, choice, strict=True)) for choice in chosen[:MOST_SIZES]]


def _at_sizes(sides: Sides, sizes: Mapping[Axis, int], rng: random.Random) -> Iterator[Point]:
    """Points of these sizes: labels in every pattern, values round and smooth in turn."""
    stub = Model("", (), ())
    order = tuple(next(points(stub, rng, (1,), also=sides.inputs, exactly=True)).sizes)
    wanted = [sizes[axis] for axis in order]
    found = points(stub, rng, wanted or (1,), also=sides.inputs, most_labels=9, exactly=True)
    for point in found:
        if [point.sizes[axis] for axis in order] != wanted:
            return
        yield Point({**sizes}, {name: _exact(table) for name, table in point.inputs.items()})


def smaller_points(sides: Sides, point: Point) -> Iterator[Point]:
    """Further points with smaller axes than ``point`` has, the smallest first."""
    rng = random.Random(1)  # noqa: S311 - points, not secrets
    total = sum(point.sizes.values())
    for sizes in _size_choices(sides.axes):
        if sum(sizes.values()) < total:
            yield from _at_sizes(sides, sizes, rng)
            yield from _at_sizes(sides, sizes, rng)


def _exact(table: Mapping[Position, Any]) -> dict[Position, Any]:
    return {place: exact(value) for place, value in table.items()}


def _far_points(sides: Sides, rng: random.Random, numbers: Sequence[Any]) -> Iterator[Point]:
    """Points with one input far out, at an end of its domain, or beside a constant."""
    open_to = [d for d in sides.inputs if d.tensor.label_of is None and not d.domain.simplex]
    shapes = [dict.fromkeys(sides.axes, 1), dict.fromkeys(sides.axes, 2)]
    tries = max((len(_marks(d.domain, numbers)) for d in open_to), default=0)
    for turn in range(tries):
        for declaration in open_to:
            marks = _marks(declaration.domain, numbers)
            if turn >= len(marks):
                continue
            sizes = shapes[turn % 2] if declaration.tensor.axes else shapes[1 - turn % 2]
            for point in islice(_at_sizes(sides, sizes, rng), turn % 4, turn % 4 + 1):
                inputs = dict(point.inputs)
                table = dict(inputs[declaration.name])
                chosen = list(table) if turn % 3 == 2 else [rng.choice(list(table))]
                for place in chosen:
                    table[place] = marks[turn]
                yield Point(point.sizes, {**inputs, declaration.name: table})


def _all_far(sides: Sides, rng: random.Random) -> Iterator[Point]:
    """Points with every input far out, all on one side, or some on the other."""
    free = [d for d in sides.inputs if d.tensor.label_of is None and not d.domain.simplex]
    shape = dict.fromkeys(sides.axes, 2)
    for turn, far in enumerate(FAR if len(free) > 1 else ()):
        for signs in ((1,), (-1,), (1, -1)):
            for point in islice(_at_sizes(sides, shape, rng), turn % 4, turn % 4 + 1):
                inputs = dict(point.inputs)
                for declaration in free:
                    value = far * rng.choice(signs)
                    if contains(declaration.domain, value):
                        inputs[declaration.name] = dict.fromkeys(inputs[declaration.name], value)
                yield Point(point.sizes, inputs)


def _marks(domain: Domain, numbers: Sequence[Any]) -> list[Any]:
    """Values of a domain worth a try: near the constants of the claim, at the ends, far out."""
    if domain.values:
        return [exact(value) for value in domain.values]
    small = Fraction(1, 10**6)
    near = [v for n in numbers for v in (n, n + 1, n - 1, n + small, n - small, 2 * n)]
    ends = [exact(e) for e in (domain.low, domain.high) if e.is_Rational]
    close_by = (small, small**2, Fraction(1, 1000), *(Fraction(1, 2 * n) for n in numbers))
    near += [v for e in (*ends, 0) for step in (0, *close_by) for v in (e + step, e - step)]
    if len(ends) == 2:
        near += [ends[0] + (ends[1] - ends[0]) * Fraction(k, 16) for k in range(1, 16)]
    far = [v for base in (0, *ends) for n in FAR for v in (base + n, base - n)]
    close = [base + sign * n for base in (0, *ends[:1]) for n in NEAR for sign in (1, -1)]
    marks = [exact(value) for value in (*close, *far, *near)]
    return [v for v in dict.fromkeys(marks) if contains(domain, v)]


def constants(sides: Sides) -> list[Any]:
    """The numbers that stand in the claim and its equations, with both signs."""
    roots: list[Basic] = [*sides.parts, *(e.rhs for e in sides.equations)]
    roots += [slope.of for slope in sides.slopes.values()]
    found = [
        Fraction(int(n.p), int(n.q))
        for n in subexpressions(*roots)
        if isinstance(n, Rational) and abs(n) <= LARGEST_NUMBER and n.q <= LARGEST_NUMBER
    ]
    found = sorted({v for n in found for v in (n, -n)}, key=lambda v: (abs(v), v))
    return [exact(v) for v in found if v not in (0, 1, -1)][:12]


def _given_points(sides: Sides, claim: Claim, rng: random.Random) -> Iterator[Point]:
    """The point of a ``with`` clause; a const takes its default, what else is free varies.

    So do sizes that neither the point nor a list of rounded numbers tells.
    """
    given = dict(claim.point)
    sizes: dict[Axis, int] = {}
    fixed: dict[str, dict[Position, Any]] = {}
    for declaration in sides.inputs:
        value = given.get(declaration.name)
        if value is None:
            if declaration.default is not None:
                fixed[declaration.name] = {(): exact(declaration.default)}
            continue
        fixed[declaration.name] = dict(_entries(value))
        for axis in declaration.tensor.axes:
            sizes.setdefault(axis, len(value))
            value = value[0]
    for equation in sides.equations:
        if equation.name in given:
            fixed[equation.name] = dict(_entries(given[equation.name]))
            value = given[equation.name]
            for axis in equation.tensor.axes:
                sizes.setdefault(axis, len(value))
                value = value[0]
    written = claim.right
    for index in claim.free:
        if isinstance(written, tuple):
            sizes.setdefault(index.axis, len(written))
            written = written[0]
    rest = [axis for axis in sides.axes if axis not in sizes]
    free = [d for d in sides.inputs if d.name not in fixed]
    for choice in _size_choices(rest):
        whole = {**choice, **sizes}
        for point in islice(_at_sizes(sides, whole, rng), MOST_EACH if free else 1):
            yield Point(whole, {**point.inputs, **fixed})


def _entries(value: Any, prefix: Position = ()) -> Iterator[tuple[Position, Any]]:
    if isinstance(value, tuple):
        for place, part in enumerate(value):
            yield from _entries(part, (*prefix, place))
    else:
        yield prefix, exact(value)
