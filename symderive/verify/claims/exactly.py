"""Numbers that stay fractions as long as they are: comparisons at kinks are then decided."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from fractions import Fraction
from math import isqrt
from numbers import Rational as PythonRational
from typing import Any

from sympy.core.numbers import Rational

from symderive.model.fields import Number

#: Fractions of more bits become numbers of the inner field; so do higher powers.
MOST_BITS, MOST_POWER = 400, 30


class Exact:
    """A fraction; with anything else it is a number of the field it belongs to."""

    __slots__ = ("field", "value")

    def __init__(self, value: Fraction, field: ExactField) -> None:
        self.value, self.field = value, field

    def __repr__(self) -> str:
        return str(self.value)

    @property
    def inner(self) -> Any:
        """The number in the field below."""
        return self.field.inner.number(self.value)

    def _with(self, other: Any, exact: Callable[[Any, Any], Any]) -> Any:
        if isinstance(other, Exact):
            return self.field.short(exact(self.value, other.value))
        if isinstance(other, int):
            return self.field.short(exact(self.value, other))
        if self.field.takes(other):
            return exact(self.inner, other)
        return NotImplemented

    def __add__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: a + b)

    __radd__ = __add__

    def __mul__(self, other: Any) -> Any:
        return self._with(other, lambda a, b: a * b)

    __rmul__ = __mul__

    def __neg__(self) -> Exact:
        return type(self)(-self.value, self.field)

    def __abs__(self) -> Exact:
        return type(self)(abs(self.value), self.field)

    def _compare(self, other: Any, relation: Callable[[Any, Any], bool]) -> Any:
        if isinstance(other, Exact):
            return relation(self.value, other.value)
        if isinstance(other, int | float):
            return relation(self.value, other)
        return relation(self.inner, other) if self.field.takes(other) else NotImplemented

    def __eq__(self, other: object) -> Any:
        return self._compare(other, lambda a, b: a == b)

    def __hash__(self) -> int:
        return hash(self.value)

    def __lt__(self, other: Any) -> Any:
        return self._compare(other, lambda a, b: a < b)

    def __le__(self, other: Any) -> Any:
        return self._compare(other, lambda a, b: a <= b)

    def __gt__(self, other: Any) -> Any:
        return self._compare(other, lambda a, b: a > b)

    def __ge__(self, other: Any) -> Any:
        return self._compare(other, lambda a, b: a >= b)


class ExactField:
    """Fractions on top of another field, whose numbers take over where a function leaves them.

    >>> from symderive.model.fields import mp_field
    >>> from symderive.verify.claims.exactly import ExactField
    >>> from fractions import Fraction
    >>> field = ExactField(mp_field(20))
    >>> field.number(Fraction(2, 7)) * field.number(7) == field.number(2)
    True
    """

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.digits: int = inner.digits
        self.kind = type(inner.one)
        self.zero, self.one = Exact(Fraction(0), self), Exact(Fraction(1), self)
        self.nan: Number = inner.nan
        self.inf: Number = inner.inf

    def working(self) -> AbstractContextManager[Any]:
        """Within it, numbers of the inner field are computed with its digits."""
        found: AbstractContextManager[Any] = getattr(self.inner, "working", nullcontext)()
        return found

    def takes(self, value: Any) -> bool:
        """Whether a number is of the field below."""
        return isinstance(value, self.kind) or value is self.nan or value is self.inf

    def short(self, value: Fraction) -> Any:
        """A fraction that is not too long, or a number of the inner field."""
        if value.numerator.bit_length() + value.denominator.bit_length() > MOST_BITS:
            return self.inner.number(value)
        return Exact(value, self)

    def settled(self, value: Any) -> Any:
        """A number of the inner field."""
        return value.inner if isinstance(value, Exact) else value

    def number(self, value: Any) -> Any:
        if isinstance(value, Exact):
            return value
        if isinstance(value, Rational):
            return self.short(Fraction(int(value.p), int(value.q)))
        if isinstance(value, PythonRational):
            return self.short(Fraction(int(value.numerator), int(value.denominator)))
        if isinstance(value, float) and value == value and abs(value) != float("inf"):  # noqa: PLR0124 - nan
            return self.short(Fraction(value))
        return self.inner.number(value)

    def _function(self, name: str, x: Any, fixed: tuple[int, int] | None = None) -> Any:
        """A function of the inner field; ``fixed`` is where its value is known exactly."""
        if fixed is not None and isinstance(x, Exact) and x.value == fixed[0]:
            return self.number(fixed[1])
        return getattr(self.inner, name)(self.settled(x))

    def exp(self, x: Any) -> Any:
        return self._function("exp", x, (0, 1))

    def expm1(self, x: Any) -> Any:
        return self._function("expm1", x, (0, 0))

    def log(self, x: Any) -> Any:
        return self._function("log", x, (1, 0))

    def log2(self, x: Any) -> Any:
        if isinstance(x, Exact) and x.value > 0:
            over, under = x.value.numerator, x.value.denominator
            if over & (over - 1) == 0 and under & (under - 1) == 0:
                return self.number(over.bit_length() - under.bit_length())
        return self._function("log2", x)

    def log1p(self, x: Any) -> Any:
        return self._function("log1p", x, (0, 0))

    def sin(self, x: Any) -> Any:
        return self._function("sin", x, (0, 0))

    def cos(self, x: Any) -> Any:
        return self._function("cos", x, (0, 1))

    def tanh(self, x: Any) -> Any:
        return self._function("tanh", x, (0, 0))

    def erf(self, x: Any) -> Any:
        return self._function("erf", x, (0, 0))

    def divide(self, a: Any, b: Any) -> Any:
        if isinstance(a, Exact) and isinstance(b, Exact) and b.value != 0:
            return self.short(a.value / b.value)
        return self.inner.divide(self.settled(a), self.settled(b))

    def power(self, base: Any, exponent: Any) -> Any:
        if isinstance(base, Exact) and isinstance(exponent, Exact):
            found = _power(base.value, exponent.value)
            if found is not None:
                return self.short(found)
        return self.inner.power(self.settled(base), self.settled(exponent))


def _power(base: Fraction, exponent: Fraction) -> Fraction | None:
    """A power that is a fraction for certain, and short."""
    if exponent.denominator == 1 and abs(exponent) <= MOST_POWER and (base or exponent > 0):
        return Fraction(base**exponent.numerator)
    if exponent == Fraction(1, 2) and base >= 0:
        over, under = isqrt(base.numerator), isqrt(base.denominator)
        if Fraction(over, under) ** 2 == base:
            return Fraction(over, under)
    return None
