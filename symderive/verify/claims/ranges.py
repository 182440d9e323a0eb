"""Numbers that lie between two ends, which may be infinite: for proofs over pieces of a domain."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any, TypeAlias

from symderive.model.fields import Arithmetic, Number
from symderive.verify.claims.balls import rigorous_field
from symderive.verify.claims.intervals import NOWHERE, UndecidedError

#: A number that is exact in its field, or ``inf`` or ``-inf`` as a float.
End: TypeAlias = Any
_INF = math.inf


class Range:
    """All numbers from ``low`` to ``high``; an open comparison is put to the field.

    An end is ``open`` if no value reaches it: that of a domain, or one that rounding moved off.
    """

    __slots__ = ("field", "high", "low", "open_high", "open_low")

    def __init__(
        self,
        low: End,
        high: End,
        field: RangeField,
        open_low: bool = False,
        open_high: bool = False,
    ) -> None:
        self.low, self.high, self.field = low, high, field
        self.open_low, self.open_high = open_low, open_high

    def __repr__(self) -> str:
        return f"[{self.low}, {self.high}]"

    @property
    def exact(self) -> bool:
        """Whether it is one number."""
        return not isinstance(self.low, float) and bool(self.low == self.high)

    @property
    def ends(self) -> tuple[tuple[End, bool], tuple[End, bool]]:
        """Both ends, each with whether it is open."""
        return (self.low, self.open_low), (self.high, self.open_high)

    def holds_zero(self) -> bool:
        """Whether 0 may be one of the values."""
        zero = self.field.inner.zero
        if self.low > zero or self.high < zero:
            return False
        return not ((self.low == zero and self.open_low) or (self.high == zero and self.open_high))

    def below(self, other: Range, *, strictly: bool) -> bool:
        """Whether every value is below (or equal to) every one of ``other``, for certain."""
        if not strictly:
            return bool(self.high <= other.low)
        apart = self.high == other.low and (self.open_high or other.open_low)
        return bool(self.high < other.low or apart)

    def __add__(self, other: Any) -> Any:
        if not _is_plain(other):
            return NotImplemented
        other = self.field.read(other)
        if other is NOWHERE:
            return other
        return Range(
            _sum(self.low, other.low, -1),
            _sum(self.high, other.high, 1),
            self.field,
            _is_sum_open(self.ends[0], other.ends[0]),
            _is_sum_open(self.ends[1], other.ends[1]),
        )

    __radd__ = __add__

    def __mul__(self, other: Any) -> Any:
        if other is self:
            return self.field.raised(self, 2)
        if not _is_plain(other):
            return NotImplemented
        other = self.field.read(other)
        if other is NOWHERE:
            return other
        zero = self.field.inner.zero
        void = not (self.holds_zero() or other.holds_zero())
        pairs = list(product(self.ends, other.ends))
        lows = [
            (_product(a[0], b[0], zero, -1), _is_product_open(a, b, zero, void)) for a, b in pairs
        ]
        highs = [
            (_product(a[0], b[0], zero, 1), _is_product_open(a, b, zero, void)) for a, b in pairs
        ]
        low, high = _least([end for end, _ in lows]), _most([end for end, _ in highs])
        return Range(
            low,
            high,
            self.field,
            all(is_open for end, is_open in lows if end == low),
            all(is_open for end, is_open in highs if end == high),
        )

    __rmul__ = __mul__

    def __neg__(self) -> Range:
        return Range(-self.high, -self.low, self.field, self.open_high, self.open_low)

    def __abs__(self) -> Range:
        zero = self.field.inner.zero
        if self.low >= zero:
            return self
        if self.high <= zero:
            return -self
        far = [(-self.low, self.open_low), (self.high, self.open_high)]
        most = _most([end for end, _ in far])
        is_open = all(is_open for end, is_open in far if end == most)
        return Range(zero, most, self.field, False, is_open)

    def __eq__(self, other: object) -> bool:
        if other is self:
            return True
        that = self.field.read(other)
        if that is NOWHERE or any(
            one.below(two, strictly=True) for one, two in ((self, that), (that, self))
        ):
            return False
        if self.exact and that.exact:
            return bool(self.low == that.low)
        return self.field.choose()

    def __hash__(self) -> int:
        raise TypeError("a range is no key")

    def __lt__(self, other: Any) -> bool:
        that = self.field.read(other)
        return self._decided(self.below(that, strictly=True), that.below(self, strictly=False))

    def __le__(self, other: Any) -> bool:
        that = self.field.read(other)
        return self._decided(self.below(that, strictly=False), that.below(self, strictly=True))

    def __gt__(self, other: Any) -> bool:
        that = self.field.read(other)
        return self._decided(that.below(self, strictly=True), self.below(that, strictly=False))

    def __ge__(self, other: Any) -> bool:
        that = self.field.read(other)
        return self._decided(that.below(self, strictly=False), self.below(that, strictly=True))

    def _decided(self, yes: bool, no: bool) -> bool:
        return yes if yes or no else self.field.choose()


def _is_plain(value: Any) -> bool:
    return isinstance(value, Range | int | float) or value is NOWHERE


def _sum(a: End, b: End, side: int) -> End:
    """``a + b``, rounded to ``side``."""
    if isinstance(a, float) or isinstance(b, float):
        infinite = [x for x in (a, b) if isinstance(x, float)]
        return infinite[0] if len(set(infinite)) == 1 else side * _INF
    found = a + b
    return found.low if side < 0 else found.high


def _is_sum_open(one: tuple[End, bool], other: tuple[End, bool]) -> bool:
    """Whether a sum does not reach its end: unless both terms reach theirs.

    Where one is infinite, the other end does not matter.
    """
    infinite = [is_open for end, is_open in (one, other) if isinstance(end, float)]
    return all(infinite) if infinite else one[1] or other[1]


def _is_product_open(one: tuple[End, bool], other: tuple[End, bool], zero: End, void: bool) -> bool:
    """Whether a product does not reach this end; ``void``: no factor is ever 0."""
    if zero in (one[0], other[0]):
        return void
    return _is_sum_open(one, other)


def _product(a: End, b: End, zero: End, side: int) -> End:
    """``a b``, rounded to ``side``; an end that is infinite times 0 is 0."""
    if zero in (a, b):
        return zero
    if isinstance(a, float) or isinstance(b, float):
        return _INF if (a > zero) == (b > zero) else -_INF
    found = a * b
    return found.low if side < 0 else found.high


def _least(ends: list[End]) -> End:
    best = ends[0]
    for end in ends[1:]:
        best = min(best, end)
    return best


def _most(ends: list[End]) -> End:
    best = ends[0]
    for end in ends[1:]:
        best = max(best, end)
    return best


#: The values of monotone functions at both infinities; None where they have none.
_AT_INFINITY: dict[str, tuple[int | float | None, int | float | None]] = {
    "exp": (0, _INF),
    "expm1": (-1, _INF),
    "log": (None, _INF),
    "log2": (None, _INF),
    "log1p": (None, _INF),
    "tanh": (-1, 1),
    "erf": (-1, 1),
    "sigmoid": (0, 1),
    "softplus": (0, _INF),
}
#: Where a monotone function falls to minus infinity.
_POLES = {"log": 0, "log2": 0, "log1p": -1}


class RangeField:
    """Ranges whose ends have ``digits`` decimal digits.

    A comparison that a range leaves open takes the next of ``answers``; without one it raises
    UndecidedError, and ``asked`` counts it. So every way in which a formula may branch can be gone.
    A divisor may go to 0 at an end that is open.

    >>> from symderive.verify.claims.ranges import RangeField
    >>> field = RangeField(20)
    >>> with field.working():
    ...     x = field.between(-1, 2)
    ...     print(x * x, abs(x), field.exp(x) > 0)
    [0, 4.00000000000000000000] [0, 2.00000000000000000000] True
    """

    def __init__(self, digits: int) -> None:
        self.digits = digits
        self.inner = rigorous_field(digits)
        self.points = Arithmetic(self.inner)
        self.zero, self.one = self.number(0), self.number(1)
        self.nan: Number = NOWHERE
        self.inf: Number = NOWHERE
        self.answers: list[bool] = []
        self.asked = 0

    def working(self) -> Any:
        """Within it, numbers of this field are computed with its digits."""
        return self.inner.working()

    def choose(self) -> bool:
        """The answer to an open comparison."""
        self.asked += 1
        if self.asked > len(self.answers):
            raise UndecidedError
        return self.answers[self.asked - 1]

    def read(self, value: Any) -> Any:
        """``value`` as a range."""
        if isinstance(value, Range) or value is NOWHERE:
            return value
        if value in (_INF, -_INF):
            return Range(value, value, self)
        return self.number(value)

    def number(self, value: Any) -> Range:
        """The range of one number, as narrow as its field can tell."""
        if isinstance(value, Range):
            return value
        with self.working():
            found = self.inner.number(value)
            return Range(found.low, found.high, self)

    def between(
        self, low: Any, high: Any, open_low: bool = False, open_high: bool = False
    ) -> Range:
        """The range with these ends; ``inf`` is an end, too."""
        ends = [self.read(end) for end in (low, high)]
        return Range(ends[0].low, ends[1].high, self, open_low, open_high)

    def _monotone(self, name: str, x: Range) -> Range:
        below, above = _AT_INFINITY[name]
        call: Callable[[Any], Any] = getattr(self.inner, name, None) or getattr(self.points, name)
        ends: list[End] = []
        for end, side in ((x.low, -1), (x.high, 1)):
            if isinstance(end, float):
                limit = above if end > 0 else below
                if limit is None:
                    raise UndecidedError
                ends.append(limit if limit in (_INF, -_INF) else self.number(limit).low)
                continue
            if name in _POLES and end <= _POLES[name]:
                if end < _POLES[name]:
                    raise UndecidedError
                ends.append(-_INF)
                continue
            found = call(end)
            ends.append(found.low if side < 0 else found.high)
        return Range(ends[0], ends[1], self, x.open_low, x.open_high)

    def exp(self, x: Range) -> Range:
        return self._monotone("exp", x)

    def expm1(self, x: Range) -> Range:
        return self._monotone("expm1", x)

    def log(self, x: Range) -> Range:
        return self._monotone("log", x)

    def log2(self, x: Range) -> Range:
        return self._monotone("log2", x)

    def log1p(self, x: Range) -> Range:
        return self._monotone("log1p", x)

    def tanh(self, x: Range) -> Range:
        return self._monotone("tanh", x)

    def erf(self, x: Range) -> Range:
        return self._monotone("erf", x)

    def sigmoid(self, x: Range) -> Range:
        return self._monotone("sigmoid", x)

    def softplus(self, x: Range) -> Range:
        return self._monotone("softplus", x)

    def _wave(self, name: str, x: Range) -> Range:
        """A function between -1 and 1."""
        if isinstance(x.low, float) or isinstance(x.high, float):
            return self.between(-1, 1)
        found = getattr(self.inner, name)(self.inner.between(x.low, x.high))
        unit = self.one.low
        return Range(_most([found.low, -unit]), _least([found.high, unit]), self)

    def sin(self, x: Range) -> Range:
        return self._wave("sin", x)

    def cos(self, x: Range) -> Range:
        return self._wave("cos", x)

    def divide(self, a: Any, b: Any) -> Any:
        if a is NOWHERE or b is NOWHERE:
            return NOWHERE
        zero = self.inner.zero
        if b.holds_zero() or b.low < zero < b.high:
            raise UndecidedError
        low = -_INF if b.high == zero else self._inverse(b.high, -1)
        high = _INF if b.low == zero else self._inverse(b.low, 1)
        return a * Range(low, high, self, b.open_high, b.open_low)

    def _inverse(self, end: End, side: int) -> End:
        if isinstance(end, float):
            return self.inner.zero
        found = self.inner.divide(self.inner.one, end)
        return found.low if side < 0 else found.high

    def raised(self, base: Range, n: int) -> Range:
        """``base**n`` for a whole number ``n`` that is not negative."""
        if n == 0:
            return self.one
        if n % 2 == 0:
            base = abs(base)
        ends: list[End] = []
        for end, side in ((base.low, -1), (base.high, 1)):
            if isinstance(end, float):
                ends.append(end)
                continue
            found = self.inner.power(end, self.inner.number(n))
            ends.append(found.low if side < 0 else found.high)
        return Range(ends[0], ends[1], self, base.open_low, base.open_high)

    def power(self, base: Range, exponent: Range) -> Range:
        if not exponent.exact:
            return self.exp(exponent * self.log(base))
        by = exponent.low
        whole = by.whole
        if whole is not None:
            if whole >= 0:
                return self.raised(base, whole)
            found: Range = self.divide(self.one, self.raised(base, -whole))
            return found
        if base.low < self.inner.zero:
            raise UndecidedError
        if by < self.inner.zero:
            inverse: Range = self.divide(self.one, self.power(base, -exponent))
            return inverse
        ends: list[End] = []
        for end, side in ((base.low, -1), (base.high, 1)):
            if isinstance(end, float):
                ends.append(end)
                continue
            value = self.inner.power(end, by)
            ends.append(value.low if side < 0 else value.high)
        return Range(ends[0], ends[1], self, base.open_low, base.open_high)
