"""The numbers that a model is evaluated in: floats, mpmath, and duals on top of either."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from numbers import Rational as PythonRational
from typing import Any, Protocol, TypeAlias

from mpmath.ctx_mp import MPContext
from mpmath.libmp import mpf_log, mpf_mul, round_nearest
from sympy import Abs, S, cos, erf, exp, log, sign, sin, tanh
from sympy.core.basic import Basic
from sympy.core.numbers import Rational

from symderive.errors import NotSupportedError
from symderive.expr import Erfc, Exp, Expm1, Log1p, Log2, Sigmoid, Softplus, Xdivy, Xlogy

#: A float, an ``mpf``, or a :class:`Dual`; label positions are ints.
Number: TypeAlias = Any
_Unary: TypeAlias = Callable[[Number], Number]
_Binary: TypeAlias = Callable[[Number, Number], Number]

_INF = math.inf
_NAN = math.nan
#: Beyond this binary magnitude an exponential of mpmath would need that many bits.
_MOST_BITS = 4000
#: Whole exponents of more bits are no products any more.
_MOST_TURNS = 40
#: How many exponentials, and how many logarithms, a field keeps.
_KEPT = 4096
#: Bits that the logarithm under a power has beyond those of the power, as in mpmath.
_GUARD = 10
#: Where the asymptotic series of erfc is as exact as it is asked for, by far.
_FAR_OUT = 1e6


class Field(Protocol):
    """Real numbers with the functions of the language, extended by ``oo`` and ``nan`` as IEEE does.

    Nothing raises: ``log(0)`` is ``-oo``, ``1/0`` is ``oo``, ``0/0`` and ``log(-1)`` are ``nan``.
    """

    @property
    def zero(self) -> Number: ...
    @property
    def one(self) -> Number: ...
    @property
    def nan(self) -> Number: ...
    @property
    def inf(self) -> Number: ...

    def number(self, value: Any) -> Number: ...
    def exp(self, x: Number) -> Number: ...
    def expm1(self, x: Number) -> Number: ...
    def log(self, x: Number) -> Number: ...
    def log2(self, x: Number) -> Number: ...
    def log1p(self, x: Number) -> Number: ...
    def sin(self, x: Number) -> Number: ...
    def cos(self, x: Number) -> Number: ...
    def tanh(self, x: Number) -> Number: ...
    def erf(self, x: Number) -> Number: ...
    def erfc(self, x: Number) -> Number: ...
    def divide(self, a: Number, b: Number) -> Number: ...
    def power(self, base: Number, exponent: Number) -> Number: ...


class FloatField:
    """Python floats that overflow to ``inf`` instead of raising."""

    zero, one, nan, inf = 0.0, 1.0, _NAN, _INF

    def number(self, value: Any) -> float:
        """The float nearest to a Python or SymPy number."""
        if isinstance(value, Basic):
            if not isinstance(value, Rational):
                return float(_finite_or_named(value, 25, float))
            value = (int(value.p), int(value.q))
        elif isinstance(value, PythonRational):
            value = (int(value.numerator), int(value.denominator))
        else:
            return float(value)
        try:
            return float(value[0] / value[1])
        except OverflowError:
            return _INF if value[0] > 0 else -_INF

    def exp(self, x: float) -> float:
        try:
            return math.exp(x)
        except OverflowError:
            return _INF

    def expm1(self, x: float) -> float:
        try:
            return math.expm1(x)
        except OverflowError:
            return _INF

    def log(self, x: float) -> float:
        if x > 0:
            return math.log(x)
        return -_INF if x == 0 else _NAN

    def log2(self, x: float) -> float:
        if x > 0:
            return math.log2(x)
        return -_INF if x == 0 else _NAN

    def log1p(self, x: float) -> float:
        if x > -1:
            return math.log1p(x)
        return -_INF if x == -1 else _NAN

    def sin(self, x: float) -> float:
        return math.sin(x) if math.isfinite(x) else _NAN

    def cos(self, x: float) -> float:
        return math.cos(x) if math.isfinite(x) else _NAN

    def tanh(self, x: float) -> float:
        return math.tanh(x)

    def erf(self, x: float) -> float:
        return math.erf(x)

    def erfc(self, x: float) -> float:
        return math.erfc(x)

    def divide(self, a: float, b: float) -> float:
        try:
            return a / b
        except ZeroDivisionError:
            if a == 0 or is_nan(a):
                return _NAN
            return math.copysign(_INF, a) * math.copysign(1.0, b)

    def power(self, base: float, exponent: float) -> float:
        if exponent == 0.5:
            return math.sqrt(base) if base >= 0 else _NAN
        try:
            return math.pow(base, exponent)
        except OverflowError:
            return -_INF if base < 0 and exponent % 2 == 1 else _INF
        except ValueError:  # a zero to a negative power, or a root of a negative number
            if base != 0:
                return _NAN
            return math.copysign(_INF, base) if exponent % 2 == 1 else _INF


class MpField:
    """Numbers of mpmath in a context of its own, so that no global precision matters."""

    def __init__(self, digits: int) -> None:
        self.digits = digits
        self.context = context = MPContext()
        context.dps = digits
        self.zero, self.one = context.mpf(0), context.mpf(1)
        self.nan, self.inf = context.mpf("nan"), context.mpf("inf")
        # In thousands of digits the same exponential takes a millisecond each time it is met, and
        # the same logarithm several; 10**x takes both.
        self._exp = lru_cache(_KEPT)(lambda parts: context.exp(context.make_mpf(parts)))
        self._log = lru_cache(_KEPT)(lambda parts: context.log(context.make_mpf(parts)))
        self._log_for_power = lru_cache(_KEPT)(
            lambda parts: mpf_log(parts, context.prec + _GUARD, round_nearest)
        )

    def number(self, value: Any) -> Number:
        """The number of this precision nearest to a Python, mpmath or SymPy number."""
        mpf = self.context.mpf
        if isinstance(value, Basic):
            if not isinstance(value, Rational):
                return _finite_or_named(value, self.digits + 5, lambda x: mpf(str(x)))
            return mpf(int(value.p)) / int(value.q)
        if isinstance(value, PythonRational):
            return mpf(int(value.numerator)) / int(value.denominator)
        return mpf(value)

    def _enormous(self, x: Number) -> bool:
        return bool(self.context.isfinite(x)) and x != 0 and self.context.mag(x) > _MOST_BITS

    def _has_period(self, x: Number) -> bool:
        """Whether ``x`` may be taken modulo 2 pi: what is enormous has no digits left for that."""
        return bool(self.context.isfinite(x)) and not self._enormous(x)

    def exp(self, x: Number) -> Number:
        if self._enormous(x):
            return self.inf if x > 0 else self.zero
        return self._exp((x if isinstance(x, self.context.mpf) else self.number(x))._mpf_)

    def expm1(self, x: Number) -> Number:
        if self._enormous(x):
            return self.inf if x > 0 else -self.one
        return self.context.expm1(x)

    def log(self, x: Number) -> Number:
        if x > 0:
            return self._log((x if isinstance(x, self.context.mpf) else self.number(x))._mpf_)
        return -self.inf if x == 0 else self.nan

    def log2(self, x: Number) -> Number:
        return self.log(x) / self.context.ln2

    def log1p(self, x: Number) -> Number:
        if x > -1:
            return self.context.log1p(x)
        return -self.inf if x == -1 else self.nan

    def sin(self, x: Number) -> Number:
        return self.context.sin(x) if self._has_period(x) else self.nan

    def cos(self, x: Number) -> Number:
        return self.context.cos(x) if self._has_period(x) else self.nan

    def tanh(self, x: Number) -> Number:
        if self._enormous(x):
            return self.one if x > 0 else -self.one
        return self.context.tanh(x)

    def erf(self, x: Number) -> Number:
        return self.context.erf(x)

    def erfc(self, x: Number) -> Number:
        if x < _FAR_OUT:
            return self.context.erfc(x) if x > -_FAR_OUT else 2 - self.erfc(-x)
        square = x * x  # far out, mpmath gives up: the asymptotic series
        term = total = self.one
        for n in range(1, self.digits):
            term = -term * (2 * n - 1) / (2 * square)
            total += term
            if abs(term) * 10**self.digits < 1:
                break
        return self.exp(-square) * total / (x * self.context.sqrt(self.context.pi))

    def divide(self, a: Number, b: Number) -> Number:
        if b == 0:  # mpmath has no negative zero
            return self.nan if a == 0 or is_nan(a) else self.inf * (1 if a > 0 else -1)
        return a / b

    def power(self, base: Number, exponent: Number) -> Number:
        if base == 0 and exponent < 0:
            return self.inf
        if base == 1 or exponent == 0:
            return self.one
        if base < 0 and not self.context.isint(exponent):
            return self.nan
        if exponent and self.context.mag(exponent) > _MOST_TURNS:
            size = self.exp(exponent * self.log(abs(base)))
            return -size if base < 0 and exponent % 2 else size
        return base**exponent if self.context.isint(2 * exponent) else self._between(base, exponent)

    def _between(self, base: Number, exponent: Number) -> Number:
        """A power that is neither whole nor a root: as mpmath has it, its logarithm kept."""
        base, exponent = self.number(base), self.number(exponent)
        if not (self.context.isnormal(base) and self.context.isnormal(exponent)):
            return base**exponent
        scaled = mpf_mul(self._log_for_power(base._mpf_), exponent._mpf_)
        return self.exp(self.context.make_mpf(scaled))


def _finite_or_named(value: Basic, digits: int, convert: Callable[[Any], Number]) -> Number:
    """A SymPy number that is no fraction: ``oo``, ``nan``, ``pi``, ``sqrt(2)``."""
    named = {S.Infinity: "inf", S.NegativeInfinity: "-inf", S.NaN: "nan"}
    if value in named:
        return convert(named[value])
    number = value.evalf(digits)
    if not number.is_Float and not number.is_Rational:
        raise NotSupportedError(f"{value} is not a real number")
    return convert(number)


#: The field of Python floats.
FLOAT = FloatField()


def mp_field(digits: int = 50) -> MpField:
    """The field of mpmath numbers of ``digits`` decimal digits.

    >>> from symderive.model.fields import mp_field
    >>> print(mp_field(20).exp(1))
    2.7182818284590452354
    """
    return MpField(digits)


def watched(field: Field, see: Callable[[Number], object]) -> Field:
    """``field``, which shows to ``see`` what must not be 0: divisors, and what has a logarithm.

    Bases of powers, too, unless the exponent is a natural number.

    >>> from symderive.model.fields import FLOAT, watched
    >>> seen = []
    >>> field = watched(FLOAT, seen.append)
    >>> field.divide(3.0, field.log(2.0)) > 0, seen
    (True, [2.0, 0.6931471805599453])
    """

    def showing(function: str, shown: Callable[..., Number | None]) -> Callable[..., Number]:
        plain = getattr(field, function)

        def called(*args: Number) -> Number:
            what = shown(*args)
            if what is not None:
                see(what)
            return plain(*args)

        return called

    def base(a: Number, b: Number) -> Number | None:
        return None if 0 <= b < _INF and b == int(b) else a

    other = copy(field)
    for name, shown in (
        ("log", lambda x: x),
        ("log2", lambda x: x),
        ("log1p", lambda x: field.one + x),
        ("divide", lambda a, b: b),
        ("power", base),
    ):
        setattr(other, name, showing(name, shown))
    return other


class Dual:
    """``value + tangent * epsilon`` with ``epsilon**2 = 0``: one forward derivative.

    A number that is no dual has no tangent at all, which is a *strong* zero. Components may be
    duals of a lower ``level``, each with an epsilon of its own: that gives second derivatives.
    """

    __slots__ = ("level", "tangent", "value")

    def __init__(self, value: Number, tangent: Number, level: int = 1) -> None:
        self.value, self.tangent, self.level = value, tangent, level

    def __repr__(self) -> str:
        return f"Dual({self.value}, {self.tangent}, level={self.level})"

    def _mpmath_(self, *_: object) -> Number:
        # mpmath, asked for mpf + dual, would else write out the dual for an error nobody reads.
        raise TypeError("a dual is no number of mpmath")

    def __add__(self, other: Number) -> Dual:
        if type(other) is Dual:
            if other.level == self.level:
                return Dual(self.value + other.value, self.tangent + other.tangent, self.level)
            if other.level > self.level:
                return Dual(self + other.value, other.tangent, other.level)
        return Dual(self.value + other, self.tangent, self.level)

    __radd__ = __add__

    def __mul__(self, other: Number) -> Dual:
        if type(other) is Dual:
            if other.level == self.level:
                tangent = self.tangent * other.value + self.value * other.tangent
                return Dual(self.value * other.value, tangent, self.level)
            if other.level > self.level:
                return Dual(self * other.value, self * other.tangent, other.level)
        return Dual(self.value * other, self.tangent * other, self.level)

    __rmul__ = __mul__

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.tangent, self.level)


def plain(x: Number) -> Number:
    """The number without its tangents.

    >>> from symderive.model.fields import Dual, plain
    >>> plain(Dual(2.0, 1.0))
    2.0
    """
    while type(x) is Dual:
        x = x.value
    return x


def is_nan(x: Number) -> bool:
    """Whether a plain number is ``nan``."""
    return bool(x != x)  # noqa: PLR0124 - what IEEE says, for floats and mpmath alike


def tangent_of(x: Number, level: int, zero: Number) -> Number:
    """The tangent of ``x`` at ``level``; ``zero`` for a number that has none."""
    return x.tangent if type(x) is Dual and x.level == level else zero


def _sigmoid(f: Field | Arithmetic, x: Number) -> Number:
    if plain(x) >= 0:
        return f.divide(f.one, f.one + f.exp(-x))
    power = f.exp(x)
    return f.divide(power, f.one + power)


def _softplus(f: Field, x: Number) -> Number:
    return (x if x > 0 else f.zero) + f.log1p(f.exp(-abs(x)))


def _sign(f: Field, x: Number) -> Number:
    if x == 0:
        return f.zero
    return f.nan if is_nan(x) else (f.one if x > 0 else -f.one)


def _xlogy(f: Field, x: Number, y: Number) -> Number:
    return f.zero if x == 0 else x * f.log(y)


def _xdivy(f: Field, x: Number, y: Number) -> Number:
    return f.zero if x == 0 else f.divide(x, y)


def _by_base(f: Arithmetic, base: Number, exponent: Number, _: Number) -> Number:
    if type(exponent) is not Dual and exponent == 0:
        return f.zero
    return exponent * f.power(base, exponent + -f.one)


def _two_by_root_pi(f: Arithmetic) -> Number:
    return f.field.number(2 / S.Pi**S.Half)


@dataclass(frozen=True)
class Function:
    """A row: how a function is computed on plain numbers, and its partial derivatives.

    ``partials[n](f, *args, value)`` is the derivative by argument n in the arithmetic ``f``;
    None stands for a step function, whose derivative is a strong zero.
    """

    name: str
    value: Callable[..., Number]
    partials: tuple[Callable[..., Number] | None, ...]


#: Written without looking at the symbolic engine's rules, which are checked against these.
FUNCTIONS: dict[str, Function] = {
    row.name: row
    for row in (
        Function("exp", lambda f, x: f.exp(x), (lambda f, x, v: v,)),
        Function("expm1", lambda f, x: f.expm1(x), (lambda f, x, v: f.exp(x),)),
        Function("log", lambda f, x: f.log(x), (lambda f, x, v: f.divide(f.one, x),)),
        Function(
            "log2",
            lambda f, x: f.log2(x),
            (lambda f, x, v: f.divide(f.one, x * f.log(f.field.number(2))),),
        ),
        Function("log1p", lambda f, x: f.log1p(x), (lambda f, x, v: f.divide(f.one, x + f.one),)),
        Function("sin", lambda f, x: f.sin(x), (lambda f, x, v: f.cos(x),)),
        Function("cos", lambda f, x: f.cos(x), (lambda f, x, v: -f.sin(x),)),
        Function(
            "tanh",
            lambda f, x: f.tanh(x),
            (lambda f, x, v: f.sigmoid(x + x) * f.sigmoid(-(x + x)) * f.field.number(4),),
        ),
        Function(
            "erf", lambda f, x: f.erf(x), (lambda f, x, v: f.exp(-(x * x)) * _two_by_root_pi(f),)
        ),
        Function(
            "erfc",
            lambda f, x: f.erfc(x),
            (lambda f, x, v: -(f.exp(-(x * x)) * _two_by_root_pi(f)),),
        ),
        Function("abs", lambda f, x: abs(x), (lambda f, x, v: f.sign(x),)),
        Function("sign", _sign, (None,)),
        Function("sigmoid", _sigmoid, (lambda f, x, v: f.sigmoid(x) * f.sigmoid(-x),)),
        Function("softplus", _softplus, (lambda f, x, v: f.sigmoid(x),)),
        Function(
            "divide",
            lambda f, a, b: f.divide(a, b),
            (lambda f, a, b, v: f.divide(f.one, b), lambda f, a, b, v: -f.divide(v, b)),
        ),
        Function(
            "power",
            lambda f, a, b: f.power(a, b),
            (_by_base, lambda f, a, b, v: f.xlogy(v, a)),
        ),
        Function("xlogy", _xlogy, (lambda f, x, y, v: f.log(y), lambda f, x, y, v: f.xdivy(x, y))),
        Function(
            "xdivy",
            _xdivy,
            (lambda f, x, y, v: f.divide(f.one, y), lambda f, x, y, v: -f.xdivy(v, y)),
        ),
    )
}

#: Functions made of others, which a field may yet know better.
COMPOSED = ("sigmoid", "softplus")

#: The row of each function that may stand in an expression.
OF_CLASS: dict[type, str] = {
    Exp: "exp",
    exp: "exp",
    Expm1: "expm1",
    log: "log",
    Log2: "log2",
    Log1p: "log1p",
    sin: "sin",
    cos: "cos",
    tanh: "tanh",
    erf: "erf",
    Erfc: "erfc",
    Abs: "abs",
    sign: "sign",
    Sigmoid: "sigmoid",
    Softplus: "softplus",
    Xlogy: "xlogy",
    Xdivy: "xdivy",
}


def _value(field: Field, row: Function) -> Callable[..., Number]:
    """How a function is computed in ``field``: as its row says, or as the field does itself."""
    own = getattr(field, row.name, None) if row.name in COMPOSED else None
    return row.value if own is None else lambda _, x: own(x)


class Arithmetic:
    """The functions of a field, on its numbers and on duals over them.

    >>> from symderive.model.fields import FLOAT, Arithmetic, Dual
    >>> Arithmetic(FLOAT).log(Dual(2.0, 1.0)).tangent
    0.5
    """

    exp: _Unary
    expm1: _Unary
    log: _Unary
    log2: _Unary
    log1p: _Unary
    sin: _Unary
    cos: _Unary
    tanh: _Unary
    erf: _Unary
    erfc: _Unary
    abs: _Unary
    sign: _Unary
    sigmoid: _Unary
    softplus: _Unary
    divide: _Binary
    power: _Binary
    xlogy: _Binary
    xdivy: _Binary

    def __init__(self, field: Field) -> None:
        self.field = field
        self.zero, self.one, self.nan, self.inf = field.zero, field.one, field.nan, field.inf
        for row in FUNCTIONS.values():
            setattr(self, row.name, self._lift(row))

    def _lift(self, row: Function) -> Callable[..., Number]:
        field, value = self.field, _value(self.field, row)

        def unary(x: Number) -> Number:
            return value(field, x) if type(x) is not Dual else self._chain(row, (x,))

        def binary(x: Number, y: Number) -> Number:
            if type(x) is not Dual and type(y) is not Dual:
                return value(field, x, y)
            return self._chain(row, (x, y))

        return unary if len(row.partials) == 1 else binary

    def _chain(self, row: Function, args: tuple[Number, ...]) -> Number:
        """The chain rule at the highest level of the arguments."""
        level = max(arg.level for arg in args if type(arg) is Dual)
        moving = [type(arg) is Dual and arg.level == level for arg in args]
        inner = [arg.value if moves else arg for arg, moves in zip(args, moving, strict=True)]
        value = getattr(self, row.name)(*inner)
        tangent = None
        for arg, moves, partial in zip(args, moving, row.partials, strict=True):
            if moves and partial is not None:
                term = partial(self, *inner, value) * arg.tangent
                tangent = term if tangent is None else tangent + term
        return value if tangent is None else Dual(value, tangent, level)

    def logsumexp(self, values: Sequence[Number]) -> Number:
        """``log(sum(exp(values)))``, shifted by the largest; ``-oo`` for none."""
        plains = [plain(value) for value in values]
        if any(is_nan(value) for value in plains):
            return self.nan
        most = max(plains, default=-self.inf)
        if most in (self.inf, -self.inf):
            level = max((v.level for v in values if type(v) is Dual), default=0)
            return Dual(most, self.nan, level) if level else most
        total = self.zero
        for value in values:
            total = total + self.exp(value + -most)
        return self.log(total) + most
