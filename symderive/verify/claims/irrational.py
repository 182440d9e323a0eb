"""Where a claim fails at a number that is no fraction: a kink or a tie, or where sides touch.

Such a number is found to thousands of digits. What is nearer to 0 there than can be by chance is
0, and decides comparisons as 0 does.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from itertools import chain, pairwise, product
from typing import Any, TypeAlias, cast

from symderive.errors import CheckError, InputError, SymderiveError
from symderive.expr import Index
from symderive.model.evaluate import Evaluator, Point
from symderive.model.fields import Field, MpField, is_nan, mp_field
from symderive.model.model import Declaration
from symderive.model.points import contains
from symderive.verify.claims.compare import DEEPLY, FRACTIONS, Trial, Watched
from symderive.verify.claims.effort import price
from symderive.verify.claims.exactly import Exact, ExactField
from symderive.verify.claims.judge import first_failure
from symderive.verify.claims.meeting import (
    DENOMINATOR,
    DIGITS,
    STEPS,
    Entry,
    Gap,
    Value,
    along,
    between,
    fraction,
    gaps,
    movable,
    moved,
)
from symderive.verify.claims.shrink import Found
from symderive.verify.claims.solving import solutions

#: Operations for one claim; points to start from, entries that are moved, entries moved together.
WORK, BASES, ENTRIES, TOGETHER = 60_000, 3, 3, 3
#: Digits of a first look; turns of Newton's method and of the secant's.
FIRST, TURNS, SECANTS = 100, 40, 16
#: Digits of fractions that are as good as such a number, where a claim fails near it.
SHORT = (6, 20, 40)

_Env: TypeAlias = dict[Index, int]


class Near(Exact):
    """A number of many digits, equal to what is as near to it as half of them say."""

    __slots__ = ()

    def _compare(self, other: Any, relation: Callable[[Any, Any], bool]) -> Any:
        apart = self + -other if isinstance(other, Exact | int) else None
        return super()._compare(other, relation) if apart is None else relation(apart.value, 0)


class NearField(ExactField):
    """Numbers of many digits; what is nearer to 0 than half of them say is 0.

    >>> from symderive.model.fields import mp_field
    >>> field = NearField(mp_field(200))
    >>> root = field.power(field.number(2), field.number(Fraction(1, 2)))
    >>> root * root + -2 == 0, root + -1 == 0, root * root > 2
    (True, False, False)
    """

    def __init__(self, inner: Any) -> None:
        super().__init__(inner)
        self.tiny = inner.number(Fraction(1, 10 ** (self.digits // 2)))
        self.zero, self.one = self.number(0), self.number(1)

    def short(self, value: Any) -> Any:
        """A number of this field; what has no finite value stays one of the field below."""
        if is_nan(value) or abs(value) == float("inf"):
            return value
        return Near(self.inner.zero if abs(value) < self.tiny else value, self)

    def number(self, value: Any) -> Any:
        return value if isinstance(value, Exact) else self.short(self.inner.number(value))

    def _function(self, name: str, x: Any, _: tuple[int, int] | None = None) -> Any:
        return self.short(getattr(self.inner, name)(self.settled(x)))

    def log2(self, x: Any) -> Any:
        return self._function("log2", x)

    def divide(self, a: Any, b: Any) -> Any:
        return self.short(self.inner.divide(self.settled(a), self.settled(b)))

    def power(self, base: Any, exponent: Any) -> Any:
        return self.short(self.inner.power(self.settled(base), self.settled(exponent)))


def at_irrational(
    trial: Trial, points: Sequence[Point], lowest: Sequence[Point]
) -> tuple[Found | None, bool]:
    """Where the claim fails, if it is at a kink near ``points`` or where sides touch.

    And whether that is at no fraction. ``lowest`` are where an inequality is tightest.
    """
    if trial.claim.relation == "~" or trial.claim.point:
        return None, False
    trial.effort.more(WORK)
    field = NearField(Watched(DEEPLY))
    near, tight = (list(filter(_has_fractions, some)) for some in (points, lowest))
    for point in chain(
        solutions(trial, near),
        roots_of(trial, gaps(trial.sides), near),
        _touching(trial, tight),
    ):
        short = is_short(point)
        found = first_failure(trial, point) if short else _fails(trial, point, field)
        if found is not None or trial.effort.over:
            return found, not short
    return None, False


def _has_fractions(point: Point) -> bool:
    """Whether all numbers of ``point`` are fractions: ends of domains need not be."""
    values = (value for table in point.inputs.values() for value in table.values())
    return all(isinstance(value, int | Fraction) for value in values)


def is_short(point: Point) -> bool:
    """Whether the numbers of ``point`` are such as others are tried at."""
    return all(
        Fraction(value).denominator < 10**FIRST
        for table in point.inputs.values()
        for value in table.values()
    )


def _fails(trial: Trial, point: Point, field: NearField) -> Found | None:
    """The first position where the claim fails, if no exponential on the way is too small."""
    if any(_is_at_end(d, point, field) for d in trial.sides.inputs):
        return None
    watched = field.inner
    watched.farthest = 0.0
    evaluator = trial.sides.at(point, cast("Field", field), trial.effort, price(DEEPLY) * FRACTIONS)
    try:
        for env in trial.environments(point, evaluator):
            left, right = trial.values(evaluator, env)
            if any(is_nan(side) or abs(side) == float("inf") for side in (left, right)):
                continue
            apart = field.short(left - right)
            fails = {
                "=": apart != 0,
                "<": apart >= 0,
                "<=": apart > 0,
                ">": apart <= 0,
                ">=": apart < 0,
            }
            if fails[trial.claim.relation] and watched.farthest < DEEPLY / 4:
                return Found(point, env, (left, right if apart != 0 else left))
            trial.comparisons += 1
            trial.solved += 1
    except (CheckError, InputError):
        pass
    return None


def _is_at_end(declaration: Declaration, point: Point, field: NearField) -> bool:
    """Whether a value at ``point`` is an end of the domain that does not belong to it."""
    domain = declaration.domain
    closed = (domain.low_closed, domain.high_closed)
    ends = [e for e, own in zip(domain.bounds, closed, strict=True) if e.is_finite and not own]
    values = point.inputs.get(declaration.name, {}).values() if ends else ()
    return any(field.number(value) == field.number(end) for value in values for end in ends)


def roots_of(trial: Trial, formulas: Sequence[Gap], points: Sequence[Point]) -> Iterator[Point]:
    """Points with one entry moved to where one of ``formulas`` changes its sign."""
    rng = random.Random(3)  # noqa: S311 - points, not secrets
    quick, deep = mp_field(DIGITS), mp_field(DEEPLY)
    for gap, base in product(formulas, _spread(points)):
        env = {letter: rng.randrange(base.sizes[letter.axis]) for letter in gap.letters}
        of = partial(Evaluator.evaluate, expr=gap.expr, env=env)
        for declaration, place in movable(trial.sides, base)[:ENTRIES]:
            if trial.effort.over:
                return
            trial.effort.spend(len(STEPS) + SECANTS * price(DEEPLY))
            entry, start = (declaration, place), Fraction(base.inputs[declaration.name][place])
            roots = _roots(along(trial.sides, base, entry, of, quick), declaration, start)
            for near in sorted(roots, key=lambda root: (root < 0, abs(root))):
                root = _polished(along(trial.sides, base, entry, of, deep), near, deep)
                if root is not None and contains(declaration.domain, root):
                    found = moved(base, declaration.name, place, root)
                    if trial.claim.relation != "=":
                        yield from (_shortened(found, [entry], digits) for digits in SHORT)
                    yield found


def _spread(points: Sequence[Point]) -> list[Point]:
    """A few points, of different sizes where there are such."""
    by_sizes = {tuple(sorted(p.sizes.values())): p for p in reversed(points)}
    chosen = [*by_sizes.values()][::-1]
    return (chosen if len(chosen) > 1 else [*points[1:]])[:BASES]


def _roots(value: Value, declaration: Declaration, start: Fraction) -> Iterator[Fraction]:
    """Where a value changes its sign without a jump, at no short fraction."""
    places = [start + step for step in STEPS if contains(declaration.domain, start + step)]
    known = [(at, v) for at in places if (v := value(at)) is not None]
    for (low, one), (high, other) in pairwise(known):
        if one * other >= 0:
            continue
        near = between(value, (low, one), (high, other))
        there, short = value(near), value(near.limit_denominator(DENOMINATOR))
        small = 10.0 ** (10 - DIGITS)
        if there is not None and abs(there) < small and (short is None or abs(short) > small):
            yield near


def _polished(value: Value, near: Fraction, field: MpField) -> Fraction | None:
    """A root to all digits of ``field``, by secants."""
    one = near
    other = near + Fraction(1, 10**DIGITS)
    left, right = value(one), value(other)
    for _ in range(SECANTS):
        if left is None or right is None:
            return None
        if right in (0, left):
            break
        step = field.number(other - one) * right / (right - left)
        one, left = other, right
        other = fraction(field.number(other) - step)
        right = value(other)
    if right is None or abs(right) > field.number(Fraction(1, 10 ** (field.digits * 2 // 3))):
        return None
    return other


def _touching(trial: Trial, lowest: Sequence[Point]) -> Iterator[Point]:
    """Points where the gap of an inequality is least, short ones and one of many digits."""
    if trial.claim.relation == "=":
        return
    for point in lowest:
        entries = movable(trial.sides, point)
        groups = [entries] if 0 < len(entries) <= TOGETHER else []
        groups += [[entry] for entry in entries[:ENTRIES]] if len(entries) > 1 else []
        for env in trial.environments_at(point):
            for group in groups:
                if trial.effort.over:
                    return
                near = _least(trial, point, env, group, mp_field(FIRST))
                if near is None:
                    continue
                yield from (_shortened(near, group, digits) for digits in SHORT)
                least = _least(trial, near, env, group, mp_field(DEEPLY))
                if least is not None:
                    yield least


def _shortened(point: Point, group: Sequence[Entry], digits: int) -> Point:
    for declaration, place in group:
        value = point.inputs[declaration.name][place]
        short = Fraction(round(Fraction(value) * 10**digits), 10**digits)
        if contains(declaration.domain, short):
            point = moved(point, declaration.name, place, short)
    return point


def _least(
    trial: Trial, point: Point, env: _Env, group: Sequence[Entry], field: MpField
) -> Point | None:
    """``point`` with the entries of ``group`` where the sides touch, by Newton's method.

    None where that does not converge, or the sides stay apart.
    """
    up = 1 if trial.claim.relation.startswith(">") else -1

    def put(values: Sequence[Any]) -> Point:
        found = point
        for (declaration, place), value in zip(group, values, strict=True):
            found = moved(found, declaration.name, place, fraction(value))
        return found

    def gap(values: Sequence[Any]) -> Any:
        there = trial.sides.at(put(values), field, trial.effort, price(field.digits))
        left, right = trial.values(there, env)
        return field.number(left - right) * up

    at = [field.number(point.inputs[declaration.name][place]) for declaration, place in group]
    h = field.number(Fraction(1, 10 ** (field.digits // 3)))
    try:
        for _ in range(TURNS):
            if trial.effort.over:
                return None
            step = _newton(gap, at, h, field)
            length = max(map(abs, step))
            at = [a - s / max(1, length) for a, s in zip(at, step, strict=True)]
            if length < h**2 * 10**12:
                break
        inside = all(
            contains(declaration.domain, fraction(a))
            for (declaration, _), a in zip(group, at, strict=True)
        )
        return put(at) if inside and gap(at) < h else None
    except (SymderiveError, ZeroDivisionError, ValueError):
        return None


def _newton(
    gap: Callable[[Sequence[Any]], Any], at: list[Any], h: Any, field: MpField
) -> list[Any]:
    """A step of Newton's method towards where a slope is 0, from differences of width ``h``."""

    def beside(*places: int, by: Any = h) -> Any:
        return gap([a + by * places.count(k) for k, a in enumerate(at)])

    size = range(len(at))
    here, ahead, back = gap(at), [beside(k) for k in size], [beside(k, by=-h) for k in size]
    slopes = field.context.matrix([(ahead[k] - back[k]) / (2 * h) for k in size])
    bends = field.context.matrix(len(at), len(at))
    for k in size:
        bends[k, k] = (ahead[k] - 2 * here + back[k]) / h**2
        for m in range(k):
            bends[k, m] = bends[m, k] = (beside(k, m) - ahead[k] - ahead[m] + here) / h**2
    if not all(map(field.context.isfinite, [*slopes, *bends])):
        raise ZeroDivisionError
    try:
        return list(field.context.lu_solve(bends, slopes))
    except TypeError:  # mpmath looks for a pivot in a column of zeros
        raise ZeroDivisionError from None
