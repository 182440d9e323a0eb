"""Numbers known up to an interval, rounded outward by mpmath: what they decide is decided."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from numbers import Rational as PythonRational
from typing import Any

from mpmath.ctx_iv import MPIntervalContext
from mpmath.ctx_mp import MPContext
from sympy.core.basic import Basic
from sympy.core.numbers import Rational

from symderive.model.fields import Number


class UndecidedError(Exception):
    """An interval is too wide to tell which branch is taken, or a function leaves its domain."""


class Interval:
    """A real number that lies in ``inner``; a comparison that it leaves open raises."""

    __slots__ = ("inner",)

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    @property
    def low(self) -> Interval:
        return Interval(self.inner.a)

    @property
    def high(self) -> Interval:
        return Interval(self.inner.b)

    @property
    def exact(self) -> bool:
        """Whether it is one number."""
        return bool(self.inner.delta == 0)

    @property
    def whole(self) -> int | None:
        """The whole number that it is; None if it is none, or not for certain."""
        middle = self.inner.a.mid
        return int(middle) if self.exact and middle == int(middle) else None

    def narrow(self, digits: int) -> bool:
        """Whether it is known to ``digits`` digits."""
        size = abs(self.inner).b
        return bool(self.inner.delta <= size * 10**-digits)

    def tiny(self, digits: int) -> bool:
        """Whether it is less than ``10**-digits`` for certain."""
        return bool(abs(self.inner).b < 10**-digits)

    def __repr__(self) -> str:
        return f"[{float(self.inner.a.mid)}, {float(self.inner.b.mid)}]"

    def __add__(self, other: Any) -> Any:
        inner = _inner(other)
        return NotImplemented if inner is NotImplemented else Interval(self.inner + inner)

    __radd__ = __add__

    def __mul__(self, other: Any) -> Any:
        inner = _inner(other)
        return NotImplemented if inner is NotImplemented else Interval(self.inner * inner)

    __rmul__ = __mul__

    def __neg__(self) -> Interval:
        return Interval(-self.inner)

    def __abs__(self) -> Interval:
        return Interval(abs(self.inner))

    def __eq__(self, other: object) -> bool:
        if other is self:
            return True
        inner = _inner(other)
        if inner is NotImplemented:
            if other is NOWHERE:
                raise UndecidedError
            unknown: bool = NotImplemented
            return unknown
        point = self.inner.delta == 0 and (not hasattr(inner, "delta") or inner.delta == 0)
        if point:
            return bool(self.inner.a == (inner.a if hasattr(inner, "a") else inner))
        if bool(_decided(self.inner, "<", inner)) or bool(_decided(self.inner, ">", inner)):
            return False
        raise UndecidedError

    def __hash__(self) -> int:
        raise TypeError("an interval is no key")

    def __lt__(self, other: Any) -> bool:
        return self._compare("<", other)

    def __le__(self, other: Any) -> bool:
        return self._compare("<=", other)

    def __gt__(self, other: Any) -> bool:
        return self._compare(">", other)

    def __ge__(self, other: Any) -> bool:
        return self._compare(">=", other)

    def _compare(self, op: str, other: Any) -> bool:
        inner = _inner(other)
        if inner is NotImplemented and other is not NOWHERE:
            unknown: bool = NotImplemented
            return unknown
        found = None if other is NOWHERE else _decided(self.inner, op, inner)
        if found is None:
            raise UndecidedError
        return found


def _inner(value: Any) -> Any:
    if isinstance(value, Interval):
        return value.inner
    return value if isinstance(value, int | float) else NotImplemented


def _decided(one: Any, op: str, other: Any) -> bool | None:
    found = {
        "<": lambda: one < other,
        "<=": lambda: one <= other,
        ">": lambda: one > other,
        ">=": lambda: one >= other,
    }[op]()
    return None if found is None else bool(found)


class _Nowhere:
    """Stands for what is no real number: it spreads as nan does, and decides nothing."""

    def __getattr__(self, name: str) -> Any:
        raise UndecidedError if not name.startswith("__") else AttributeError(name)

    def _spread(self, _: object = None) -> _Nowhere:
        return self

    def _undecided(self, _: object = None) -> Any:
        raise UndecidedError

    __neg__ = __abs__ = __add__ = __radd__ = __mul__ = __rmul__ = _spread
    __lt__ = __le__ = __gt__ = __ge__ = _undecided


#: The number that is none.
NOWHERE: Number = _Nowhere()


class IntervalField:
    """Intervals of ``digits`` decimal digits; what has no real value raises UndecidedError.

    >>> from symderive.verify.claims.intervals import IntervalField
    >>> field = IntervalField(30)
    >>> bool(field.exp(field.number(1)) > field.number(2))
    True
    """

    def __init__(self, digits: int) -> None:
        self.context = context = MPIntervalContext()
        context.dps = digits
        self.real = MPContext()
        self.real.dps = digits + 10
        self.digits = digits
        self.zero, self.one = Interval(context.mpf(0)), Interval(context.mpf(1))
        self.nan: Number = NOWHERE
        self.inf: Number = NOWHERE

    def working(self) -> AbstractContextManager[Any]:
        """Numbers of this field know their digits: nothing to set."""
        return nullcontext()

    def between(self, low: Interval, high: Interval) -> Interval:
        """The interval around both."""
        return Interval(self.context.mpf([low.inner.a, high.inner.b]))

    def number(self, value: Any) -> Any:
        """An interval that holds ``value``."""
        mpf = self.context.mpf
        if isinstance(value, Interval):
            return value
        if isinstance(value, Basic):
            if isinstance(value, Rational):
                return Interval(mpf(int(value.p)) / int(value.q))
            number = value.evalf(self.digits + 15)
            if not number.is_Float:
                raise UndecidedError
            return self._around(self.real.mpf(str(number)))
        if isinstance(value, PythonRational):
            return Interval(mpf(int(value.numerator)) / int(value.denominator))
        if not self.real.isfinite(value):
            raise UndecidedError
        return Interval(mpf(value))

    def _around(self, value: Any) -> Interval:
        """What lies within the rounding of a function computed to ten digits more."""
        slack = abs(value) * self.real.mpf(10) ** -(self.digits + 2)
        return Interval(self.context.mpf([value - slack, value + slack]))

    def exp(self, x: Interval) -> Interval:
        if self.context.mpf(10**7).b < abs(x.inner).b:
            raise UndecidedError
        return Interval(self.context.exp(x.inner))

    def expm1(self, x: Interval) -> Interval:
        return Interval(self.exp(x).inner - 1)

    def log(self, x: Interval) -> Any:
        if not x > 0:
            return self.nan
        return Interval(self.context.log(x.inner))

    def log2(self, x: Interval) -> Any:
        if x.exact and x > 0:  # of a power of two it is exact
            man, exponent = self.real.make_mpf(x.inner._mpi_[0]).man_exp
            if man == 1:
                return self.number(int(exponent))
        return self.divide(self.log(x), self.log(self.number(2)))

    def log1p(self, x: Interval) -> Any:
        return self.log(Interval(x.inner + 1))

    def sin(self, x: Interval) -> Interval:
        return Interval(self.context.sin(x.inner))

    def cos(self, x: Interval) -> Interval:
        return Interval(self.context.cos(x.inner))

    def tanh(self, x: Interval) -> Interval:
        """``1 - 2 / (e^{2x} + 1)``, which is monotone: each end apart."""
        ends = []
        for end in (x.inner.a, x.inner.b):
            value = 1 - 2 / (self.exp(Interval(2 * end)).inner + 1)
            ends.append(value)
        return Interval(self.context.mpf([ends[0].a, ends[1].b]))

    def erf(self, x: Interval) -> Interval:
        """Monotone: computed at both ends with digits to spare, and widened."""
        low, high = (self._around(self.real.erf(self.real.make_mpf(end._mpi_[0]))) for end in
                     (x.inner.a, x.inner.b))  # fmt: skip
        return Interval(self.context.mpf([low.inner.a, high.inner.b]))

    def erfc(self, x: Interval) -> Interval:
        """Monotone, downward: computed at both ends with digits to spare, and widened."""
        high, low = (self._around(self.real.erfc(self.real.make_mpf(end._mpi_[0]))) for end in
                     (x.inner.a, x.inner.b))  # fmt: skip
        return Interval(self.context.mpf([low.inner.a, high.inner.b]))

    def divide(self, a: Any, b: Any) -> Any:
        if b == 0:
            return self.nan
        if a is self.nan:
            return a
        return Interval(a.inner / b.inner)

    def power(self, base: Interval, exponent: Interval) -> Any:
        n = exponent.whole
        if n is not None:
            if n >= 0:
                return Interval(base.inner**n)
            return self.divide(self.one, Interval(base.inner**-n))
        if not base > 0:
            if bool(base == 0) and exponent > 0:
                return self.zero
            raise UndecidedError
        return self.exp(Interval(exponent.inner * self.context.log(base.inner)))


def separated(one: Any, other: Any) -> bool:
    """Whether two intervals have no number in common."""
    try:
        return bool(one < other) or bool(one > other)
    except UndecidedError:
        return False
