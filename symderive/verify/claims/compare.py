"""Whether the relation of a claim holds at one point: 50 digits, and intervals in doubt."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, cast

from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.errors import CheckError, InputError
from symderive.expr import TRUE, Index, elements
from symderive.model.claims import Claim, Rounded
from symderive.model.evaluate import Evaluator, Point
from symderive.model.fields import Field, MpField, is_nan, mp_field
from symderive.model.model import Model
from symderive.model.points import assignments
from symderive.verify.claims.balls import rigorous_field
from symderive.verify.claims.effort import Effort, price
from symderive.verify.claims.exactly import Exact, ExactField
from symderive.verify.claims.intervals import UndecidedError, separated
from symderive.verify.claims.meeting import gaps
from symderive.verify.claims.sides import Sides
from symderive.verify.missing import names_infinity

#: Decimal digits at every point, and at a few.
DIGITS, MANY_DIGITS = 50, 400
#: Digits that a difference is looked at with before it counts.
DOUBTS = (60, 300, 700, 2000, 9000)
#: Those of them in which numbers tell what intervals leave open.
DEEPLY = DOUBTS[-2]
#: How often, for one claim, the most digits are worth their time.
MOST_DEEP = 3
#: What it costs to make a trial ready, in operations; what one with fractions is worth.
SET_UP, FRACTIONS = 400, 3
#: Where inputs are no larger, what is infinite with many digits is infinite.
SURE = 100
#: Two numbers are equal if they differ by less than this, relative to the larger one.
LOST = 15

#: ``open``: a side is undefined there, or no precision settled it.
Outcome: TypeAlias = Literal["holds", "fails", "open"]


@dataclass
class Trial:
    """Compares the sides of one claim at points; counts what it did.

    A comparison in which one side is not 0 is ``telling``; one at a number that is no fraction
    is ``solved``.
    """

    model: Model
    claim: Claim
    right: Expr | None = None
    comparisons: int = 0
    telling: int = 0
    undefined: int = 0
    deep: int = 0
    tied: int = 0
    solved: int = 0
    effort: Effort = field(default_factory=lambda: Effort(float("inf")))
    sizes: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        other = self.claim.right if self.right is None else self.right
        self.written = None if isinstance(other, Expr) else other
        parts: list[Basic] = [self.claim.left, self.claim.given]
        if isinstance(other, Expr):
            parts.append(other)
        self.sides = Sides(self.model, self.claim, parts)
        self.fields: dict[int, Field] = {}
        self.rigorous: dict[int, Any] = {}
        self.branches = bool(gaps(self.sides)) or self.claim.relation in ("<", ">")
        self.worth = FRACTIONS if self.branches else 1
        self.effort.spend(SET_UP)

    def field_of(self, digits: int) -> Field:
        """The field of so many digits, made once; of fractions, where something is compared."""
        if digits not in self.fields:
            field: Any = mp_field(digits)
            self.fields[digits] = cast("Field", ExactField(field)) if self.branches else field
        return self.fields[digits]

    def at(self, point: Point, digits: int = DIGITS) -> Evaluator:
        """An evaluator of the sides at ``point``, whose work counts."""
        field = self.field_of(digits)
        return self.sides.at(point, field, self.effort, price(digits) * self.worth)

    def surely_at(self, point: Point, field: Any) -> Evaluator:
        """An evaluator in numbers that are rounded outward."""
        return self.sides.at(
            point, field, self.effort, self.worth * price(field.digits, rigorous=True)
        )

    def environments(self, point: Point, evaluator: Evaluator) -> Iterator[dict[Index, int]]:
        """The positions of the free indices for which the claim is made."""
        given = self.sides.parts[1]
        for env in assignments(self.claim.free, point.sizes):
            if given == TRUE or evaluator.evaluate(given, env):
                yield env

    def environments_at(self, point: Point) -> list[dict[Index, int]]:
        """The same at ``point``; none where the condition asks for a position that there is not."""
        try:
            return list(self.environments(point, self.at(point)))
        except (CheckError, InputError):
            return []

    def real(self, value: Any) -> Any:
        """A number of the usual digits."""
        return _settled(self.field_of(DIGITS).number(value))

    def evaluate(self, evaluator: Evaluator, expr: Basic, env: Mapping[Index, int]) -> Any:
        """The value of an expression, as a number of the field that is computed in."""
        return _settled(evaluator.evaluate(expr, env))

    def values(self, evaluator: Evaluator, env: Mapping[Index, int]) -> tuple[Any, Any]:
        """Both sides at one position; for ``~`` the right one is what was written."""
        left = self.evaluate(evaluator, self.sides.parts[0], env)
        if self.written is None:
            return left, self.evaluate(evaluator, self.sides.parts[2], env)
        written: Any = self.written
        for index in self.claim.free:
            if not isinstance(written, tuple):
                break
            written = written[env[index]]
        return left, written

    def outcomes(
        self, point: Point, digits: int = DIGITS
    ) -> Iterator[tuple[dict[Index, int], tuple[Any, Any], Outcome]]:
        """What every position at ``point`` says."""
        evaluator = self.at(point, digits)
        try:
            found = list(self.environments(point, evaluator))
        except (CheckError, InputError):
            self.undefined += 1
            return
        for env in found:
            try:
                sides = self.values(evaluator, env)
            except (CheckError, InputError):  # a position that does not exist: nothing is said
                self.undefined += 1
                continue
            outcome = self.judge(sides, point, env, digits)
            if outcome == "open":
                self.undefined += 1
            else:
                self.comparisons += 1
                self.telling += any(side != 0 for side in sides)
            yield env, sides, outcome

    def judge(
        self, sides: tuple[Any, Any], point: Point, env: Mapping[Index, int], digits: int
    ) -> Outcome:
        """Whether the relation holds; a difference is looked at until it is certain."""
        left, right = sides
        if isinstance(right, Rounded):
            return self._rounds(left, right)
        if is_nan(left) or is_nan(right):
            if is_nan(left) == is_nan(right) or not self._counts(sides, point):
                return "open"
            infinite = names_infinity(self.at(point), self.sides.equations)
            return "open" if infinite else self._undefined(point, env)
        infinite = abs(left) == float("inf") or abs(right) == float("inf")
        relation = self.claim.relation
        if relation in ("<", ">") and not infinite and alike(left, right, digits):
            return self._certain(point, env, digits, tied=True)
        if _holds(relation, left, right, infinite or digits):
            # Hardly on the wrong side: by rounding, or for certain.
            wrong = left > right if relation == "<=" else relation == ">=" and left < right
            return self._certain(point, env, digits) if wrong else "holds"
        if infinite:
            return self._undefined(point, env)
        return self._certain(point, env, digits)

    def _undefined(self, point: Point, env: Mapping[Index, int]) -> Outcome:
        """A side that is infinite or undefined: because it is, or because digits were lost."""
        decided = self._certain(point, env, DIGITS)
        if decided != "open" or reach_of(point) > SURE or self.effort.over:
            return decided
        left, right, farthest = self._deeply(point, env)
        if farthest > DEEPLY:
            return decided
        if is_nan(left) and is_nan(right):
            return "open"
        if is_nan(left) or is_nan(right):
            return "fails" if self._counts((left, right), point) else "open"
        return "holds" if _holds(self.claim.relation, left, right, digits=True) else "fails"

    def _counts(self, sides: tuple[Any, Any], point: Point) -> bool:
        """Whether one side that is undefined tells against the claim.

        That of a derivative does not: a step on its way may be 0 times infinity.
        """
        parts = (self.sides.parts[0], self.sides.parts[-1])
        derived = any(
            element.tensor.name in self.sides.slopes
            for side, part in zip(sides, parts, strict=True)
            for element in (elements(part) if is_nan(side) else ())
        )
        return not derived and self._generic(point)

    def _generic(self, point: Point) -> bool:
        """Whether ``point`` is none of those few at which something may be undefined by chance."""
        if self.claim.point:
            return False
        real = [d for d in self.sides.inputs if d.tensor.label_of is None and not d.domain.values]
        free = [v for d in real if d.default is None for v in point.inputs[d.name].values()]
        consts = [v for d in real if d.default is not None for v in point.inputs[d.name].values()]
        return bool(free) and 0 not in consts and not any(isinstance(v, int) for v in free)

    def _certain(
        self, point: Point, env: Mapping[Index, int], least: int, *, tied: bool = False
    ) -> Outcome:
        """The relation by intervals, ever narrower; equal up to ``least`` digits is equal.

        A strict one, whose sides are ``tied``, fails where they are equal to the last.
        """
        reach = reach_of(point)
        for digits in DOUBTS:
            if digits < least:
                continue
            if digits == DOUBTS[-1]:
                self.deep += 1
                if self.deep > MOST_DEEP:
                    break
            if digits > DOUBTS[1] and self.effort.over:
                break
            small = digits >= DOUBTS[1] and reach <= digits / 15
            field = self.rigorously(digits)
            with field.working():
                try:
                    sides = self.values(self.surely_at(point, field), env)
                    decided = _decide(self.claim.relation, sides, digits, least, small=small)
                except (UndecidedError, OverflowError):
                    continue
            if decided is not None:
                return decided
        return "fails" if tied and self._equal(point, env) else "open"

    def _equal(self, point: Point, env: Mapping[Index, int]) -> bool:
        """Whether both sides are one number to so many digits that nothing tiny can be between.

        So it is where no exponential on the way is as small as the digits are many.
        """
        self.tied += 1
        if self.tied > MOST_DEEP:
            return False
        left, right, farthest = self._deeply(point, env)
        if is_nan(left) or is_nan(right) or farthest > DEEPLY / 4:
            return False
        return alike(left, right, DEEPLY - DEEPLY // 4)

    def _deeply(self, point: Point, env: Mapping[Index, int]) -> tuple[Any, Any, float]:
        """Both sides in very many digits, and how far out an exponential was taken for them."""
        watched = Watched(DEEPLY)
        field = cast("Field", ExactField(watched) if self.branches else watched)
        evaluator = self.sides.at(point, field, self.effort, price(DEEPLY) * self.worth)
        return *self.values(evaluator, env), watched.farthest

    def rigorously(self, digits: int) -> Any:
        """The field of numbers rounded outward, of so many digits, made once."""
        if digits not in self.rigorous:
            field = rigorous_field(digits)
            self.rigorous[digits] = ExactField(field) if self.branches else field
        return self.rigorous[digits]

    def _rounds(self, left: Any, written: Rounded) -> Outcome:
        """Whether ``left`` rounds to the digits written; a half goes to either side."""
        if is_nan(left):
            return "open"
        if abs(left) == float("inf"):
            return "fails"
        number = mp_field(DIGITS).number
        off = abs(left + -number(written.value))
        half = number(written.unit / 2)
        return "holds" if off <= half or alike(off, half, DIGITS) else "fails"


class Watched(MpField):
    """Numbers of many digits; how far out a function was taken that is 1 but for what is lost."""

    def __init__(self, digits: int) -> None:
        super().__init__(digits)
        self.farthest = 0.0

    def _see(self, x: Any) -> Any:
        if self.farthest < abs(x) < float("inf"):
            self.farthest = float(abs(x))
        return x

    def exp(self, x: Any) -> Any:
        return super().exp(self._see(x))

    def tanh(self, x: Any) -> Any:
        return super().tanh(self._see(x))

    def erf(self, x: Any) -> Any:
        return super().erf(self._see(x * x))


def _settled(value: Any) -> Any:
    return value.inner if isinstance(value, Exact) else value


def reach_of(point: Point) -> float:
    """The largest value at a point."""
    values = [abs(v) for table in point.inputs.values() for v in table.values()]
    largest = max(values, default=0)
    return float(largest) if largest < sys.float_info.max else float("inf")


def alike(left: Any, right: Any, digits: int) -> bool:
    """Whether two numbers are equal up to rounding at so many digits."""
    if left == right:
        return True
    size = max(abs(left), abs(right))  # no float is as small as its part that counts
    return bool(abs(left + -right) * 10 ** (digits - LOST) <= size)


def _holds(relation: str, left: Any, right: Any, digits: int | bool) -> bool:
    """Whether the relation holds up to rounding; ``digits`` is True for infinite sides."""
    if left == right:
        return relation in ("=", "<=", ">=")
    if digits is not True and relation in ("=", "<=", ">=") and alike(left, right, digits):
        return True
    if relation in ("<", "<="):
        return bool(left < right)
    return relation in (">", ">=") and bool(left > right)


def _decide(
    relation: str, sides: tuple[Any, Any], digits: int, least: int, *, small: bool
) -> Outcome | None:
    """What two intervals say for certain; None if they are too wide.

    Numbers that are 0 up to that precision are told apart from tiny ones where inputs are
    ``small`` beside it.
    """
    left, right = sides
    apart = separated(left, right)
    narrow = left.narrow(least - LOST) and right.narrow(least - LOST)
    near = digits - digits // 3
    narrow = narrow or (small and left.tiny(near) and right.tiny(near))
    if relation == "=":
        if apart:
            return "fails"
        return "holds" if narrow else None
    if apart:
        less = bool(left < right)
        return "holds" if less == relation.startswith("<") else "fails"
    if relation in ("<", ">"):
        return "fails" if left.exact and right.exact else None
    return "holds" if narrow else None
