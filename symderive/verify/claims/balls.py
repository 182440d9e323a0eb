"""Numbers known up to a ball, by Arb (python-flint): fast where it is installed, and rigorous."""

from __future__ import annotations

import operator
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from importlib.util import find_spec
from numbers import Rational as PythonRational
from typing import Any, TypeAlias

from sympy.core.basic import Basic
from sympy.core.numbers import Rational

from symderive.model.fields import Number
from symderive.verify.claims.intervals import NOWHERE, IntervalField, UndecidedError

_Relation: TypeAlias = Callable[[Any, Any], Any]


class Ball:
    """A real number that lies in ``inner``, an ``arb``; an open comparison raises."""

    __slots__ = ("inner",)

    def __init__(self, inner: Any) -> None:
        if not inner.is_finite():
            raise UndecidedError
        self.inner = inner

    @property
    def low(self) -> Ball:
        return Ball(self.inner.lower())

    @property
    def high(self) -> Ball:
        return Ball(self.inner.upper())

    @property
    def exact(self) -> bool:
        """Whether it is one number."""
        return bool(self.inner.is_exact())

    @property
    def whole(self) -> int | None:
        """The whole number that it is; None if it is none, or not for certain."""
        return int(self.inner.unique_fmpz()) if self.exact and self.inner.is_integer() else None

    def narrow(self, digits: int) -> bool:
        """Whether it is known to ``digits`` digits."""
        return bool(self.inner.rel_accuracy_bits() > digits * 3.33 or self.inner.is_zero())

    def tiny(self, digits: int) -> bool:
        """Whether it is less than ``10**-digits`` for certain."""
        return bool(abs(self.inner) < type(self.inner)(10) ** -digits)

    def __repr__(self) -> str:
        return str(self.inner)

    def __add__(self, other: Any) -> Any:
        inner = _inner(other)
        return NotImplemented if inner is NotImplemented else Ball(self.inner + inner)

    __radd__ = __add__

    def __mul__(self, other: Any) -> Any:
        inner = _inner(other)
        return NotImplemented if inner is NotImplemented else Ball(self.inner * inner)

    __rmul__ = __mul__

    def __neg__(self) -> Ball:
        return Ball(-self.inner)

    def __abs__(self) -> Ball:
        return Ball(abs(self.inner))

    def __eq__(self, other: object) -> bool:
        if other is self:
            return True
        return self._compare(other, operator.eq, operator.ne)

    def __hash__(self) -> int:
        raise TypeError("a ball is no key")

    def __lt__(self, other: Any) -> bool:
        return self._compare(other, operator.lt, operator.ge)

    def __le__(self, other: Any) -> bool:
        return self._compare(other, operator.le, operator.gt)

    def __gt__(self, other: Any) -> bool:
        return self._compare(other, operator.gt, operator.le)

    def __ge__(self, other: Any) -> bool:
        return self._compare(other, operator.ge, operator.lt)

    def _compare(self, other: Any, relation: _Relation, opposite: _Relation) -> bool:
        inner = _inner(other)
        if inner is NotImplemented and other is not NOWHERE:
            found: bool = NotImplemented
            return found
        if other is not NOWHERE:
            if relation(self.inner, inner):
                return True
            if opposite(self.inner, inner):
                return False
        raise UndecidedError


def _inner(value: Any) -> Any:
    if isinstance(value, Ball):
        return value.inner
    return value if isinstance(value, int | float) else NotImplemented


class BallField:
    """Balls of ``digits`` decimal digits; what has no real value raises UndecidedError."""

    def __init__(self, digits: int) -> None:
        from flint import arb, ctx, fmpq

        self.arb, self.flint, self.fraction = arb, ctx, fmpq
        self.digits = digits
        self.bits = int(digits * 3.3219280948873626) + 8
        self.zero, self.one = Ball(arb(0)), Ball(arb(1))
        self.nan: Number = NOWHERE
        self.inf: Number = NOWHERE

    def working(self) -> AbstractContextManager[Any]:
        """Within it, numbers of this field are computed with its digits."""
        found: AbstractContextManager[Any] = self.flint.workprec(self.bits)
        return found

    def number(self, value: Any) -> Any:
        """A ball that holds ``value``."""
        if isinstance(value, Ball):
            return value
        if isinstance(value, Basic):
            if isinstance(value, Rational):
                return Ball(self.arb(self.fraction(int(value.p), int(value.q))))
            number = value.evalf(self.digits + 15)
            if not number.is_Float:
                raise UndecidedError
            slack = abs(number) * Rational(1, 10) ** (self.digits + 10)
            return Ball(self.arb(str(number), str(slack)))
        if isinstance(value, PythonRational):
            return Ball(self.arb(self.fraction(int(value.numerator), int(value.denominator))))
        if isinstance(value, int | float):
            return Ball(self.arb(value))
        man, exponent = value.man_exp  # of mpmath: exact
        return Ball(self.arb(int(man)) * self.arb(2) ** int(exponent))

    def between(self, low: Ball, high: Ball) -> Ball:
        """The ball around both."""
        return Ball(low.inner.union(high.inner))

    def exp(self, x: Ball) -> Ball:
        return Ball(x.inner.exp())

    def expm1(self, x: Ball) -> Ball:
        return Ball(x.inner.expm1())

    def log(self, x: Ball) -> Any:
        return Ball(x.inner.log()) if x > 0 else self.nan

    def log2(self, x: Ball) -> Any:
        if not x > 0:
            return self.nan
        power = _power_of_two(x)
        return self.number(power) if power is not None else Ball(x.inner.log_base(2))

    def log1p(self, x: Ball) -> Any:
        return Ball(x.inner.log1p()) if x > -1 else self.nan

    def sin(self, x: Ball) -> Ball:
        return Ball(x.inner.sin())

    def cos(self, x: Ball) -> Ball:
        return Ball(x.inner.cos())

    def tanh(self, x: Ball) -> Ball:
        return Ball(x.inner.tanh())

    def erf(self, x: Ball) -> Ball:
        return Ball(x.inner.erf())

    def divide(self, a: Any, b: Any) -> Any:
        if b == 0:
            return self.nan
        return a if a is self.nan else Ball(a.inner / b.inner)

    def power(self, base: Ball, exponent: Ball) -> Any:
        n = exponent.whole
        if n is not None:
            if n >= 0:
                return Ball(base.inner**n)
            return self.divide(self.one, Ball(base.inner**-n))
        if not base > 0:
            if bool(base == 0) and exponent > 0:
                return self.zero
            raise UndecidedError
        return Ball(base.inner**exponent.inner)


def _power_of_two(x: Ball) -> int | None:
    """The exponent of an exact power of two."""
    if not x.exact:
        return None
    man, exponent = x.inner.man_exp()
    return int(exponent) if man == 1 else None


@cache
def has_arb() -> bool:
    """Whether python-flint is installed (the extra ``proofs``)."""
    return find_spec("flint") is not None


def rigorous_field(digits: int) -> Any:
    """Numbers rounded outward: of Arb where it is installed, else of mpmath.

    >>> from symderive.verify.claims.balls import rigorous_field
    >>> field = rigorous_field(30)
    >>> with field.working():
    ...     bool(field.exp(field.number(1)) > field.number(2))
    True
    """
    make: Callable[[int], Any] = BallField if has_arb() else IntervalField
    return make(digits)
