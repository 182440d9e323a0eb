"""Exact arithmetic, guarded beforehand: SymPy evaluates what it is given, whatever the cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import log10
from typing import Any

from sympy import (
    Add,
    Function,
    I,
    Integer,
    Mul,
    Pow,
    Rational,
    S,
    arg,
    conjugate,
    im,
    nan,
    re,
    zoo,
)
from sympy.calculus.accumulationbounds import AccumulationBounds
from sympy.core.basic import Basic
from sympy.core.expr import Expr
from sympy.core.numbers import Number

#: Limits of the language.
MOST_DIGITS = 1000
LARGEST_EXPONENT = 1000

_TOO_LARGE = 10**MOST_DIGITS
_FOREIGN = (re, im, arg, conjugate)
#: What nests deeper than this is not evaluated by SymPy.
DEEP = 40
#: A number nearer to 0 than this is not told from 0.
_NEAR = Rational(1, 10**15)
#: So deep may functions and powers nest in a number: SymPy's questions evaluate it again and again.
_MOST_LEVELS = 8
#: So many digits of denominators are added at once.
_MANY_DIGITS = 5 * MOST_DIGITS


class NumberError(Exception):
    """A number that the language does not have; the message says what was expected."""


def literal(text: str) -> Expr:
    """The exact number that a literal stands for.

    >>> literal("0.5"), literal("1e-5"), literal("12")
    (1/2, 1/100000, 12)
    """
    mantissa, _, exponent = text.lower().partition("e")
    whole, _, fraction = mantissa.partition(".")
    if len((whole + fraction).lstrip("0")) > MOST_DIGITS:
        raise NumberError(_digits("the number"))
    power = exponent.lstrip("+-").lstrip("0")
    if len(power) > 4 or int(power or 0) > LARGEST_EXPONENT:
        raise NumberError(f"the exponent is too large; expected at most {LARGEST_EXPONENT}")
    shift = int(exponent or 0) - len(fraction)
    digits = int(whole + fraction) if whole + fraction else 0
    value = Integer(digits * 10**shift) if shift >= 0 else Rational(digits, 10**-shift)
    return _short(value)


def power(base: Expr, exponent: Expr, *, evaluate: bool = True) -> Expr:
    """``base ** exponent``; ``evaluate`` as in :func:`applied`."""
    if isinstance(exponent, Rational):
        if max(abs(exponent.p), exponent.q) > LARGEST_EXPONENT:
            raise NumberError(f"the exponent is too large; expected at most {LARGEST_EXPONENT}")
        number = base if isinstance(base, Rational) else base.as_coeff_Mul()[0]
        large = max(abs(number.p), number.q, 1) if isinstance(number, Rational) else 1
        if log10(large) * abs(exponent) > MOST_DIGITS:
            raise NumberError(_digits("the power"))
        if base is S.Zero and exponent.is_negative:
            raise NumberError("this divides by 0; expected a divisor that is not 0")
    if not evaluate and (isinstance(base, Add | Function) or not isinstance(exponent, Rational)):
        return Pow(base, exponent, evaluate=False)
    if is_constant(base) and is_constant(exponent) and not exponent.is_integer:
        _sure(base)
        if base.is_extended_negative:
            raise NumberError("a root of a negative number is not real; expected a base >= 0")
    return _legal(Pow(base, exponent))


def product(factors: Sequence[Expr]) -> Expr:
    """The product; numbers are multiplied one by one, so that none grows unseen.

    Not so sums of numbers: SymPy multiplies out what is one number times one sum.
    """
    numbers: Expr = S.One
    rest = []
    for factor in factors:
        if is_constant(factor) and not isinstance(factor, Add):
            numbers = _legal(Mul(numbers, factor))
        else:
            rest.append(factor)
    return _legal(Mul(numbers, *rest)) if rest else numbers


def total(terms: Sequence[Expr]) -> Expr:
    """The sum."""
    digits = 0
    for term in terms:
        coefficient = term if isinstance(term, Rational) else term.as_coeff_Mul()[0]
        digits += coefficient.q.bit_length() // 4 if isinstance(coefficient, Rational) else 0
    if digits <= _MANY_DIGITS:
        return _legal(Add(*terms))
    result: Expr = S.Zero
    for first in range(0, len(terms), 32):
        result = _legal(Add(result, *terms[first : first + 32]))
    return result


def applied(
    function: Callable[..., Any], arguments: Iterable[Expr], *, evaluate: bool = True
) -> Expr:
    """``function(arguments)``; what SymPy would leave the reals for stays as it is written.

    Without ``evaluate`` SymPy is not asked: its questions about what nests deeply take too long.
    """
    arguments = tuple(arguments)
    if not evaluate:
        return function(*arguments, evaluate=False)
    for argument in arguments:
        if is_constant(argument):
            _sure(argument)
    result: Expr = function(*arguments)
    if isinstance(function, type) and type(result) is not function and result.has(*_FOREIGN):
        result = function(*arguments, evaluate=False)
    return _legal(result)


def is_constant(expr: Expr) -> bool:
    """Whether ``expr`` is a number."""
    return isinstance(expr, Number) or bool(expr.is_number)


def _sure(value: Expr) -> None:
    """Refuse an irrational number that is hard to tell from 0: SymPy might search without end."""
    if not isinstance(value, Add):
        return
    near = value.evalf(20, maxn=60)
    if isinstance(near, Number) and abs(near) < _NEAR:
        raise NumberError("the number cannot be told from 0; expected a plainer one")


def _legal(value: Expr) -> Expr:
    """``value``, unless it is no real number, too long or too involved."""
    if value in (nan, zoo) or isinstance(value, AccumulationBounds):
        raise NumberError("this is not a real number; expected one")
    if isinstance(value, Mul | Add | Pow) and any(part in (I, zoo, nan) for part in value.args):
        raise NumberError("this is not a real number; expected one")
    if not isinstance(value, Number) and is_constant(value):
        if value.has(I, nan, zoo, AccumulationBounds):
            raise NumberError("this is not a real number; expected one")
        if _levels(value) > _MOST_LEVELS:
            raise NumberError(
                f"the number nests deeper than {_MOST_LEVELS}; expected a plainer number"
            )
    _short(value)
    return value


def _levels(value: Basic) -> int:
    """How deep functions and powers nest."""
    below = max(map(_levels, value.args), default=0)
    return below + isinstance(value, Pow | Function)


def _short(value: Expr) -> Expr:
    for part in (value, *value.args) if isinstance(value, Mul | Add | Pow) else (value,):
        if isinstance(part, Mul):
            part = part.as_coeff_Mul()[0]  # noqa: PLW2901 - the number in front of a term
        if isinstance(part, Rational) and max(abs(part.p), part.q) >= _TOO_LARGE:
            raise NumberError(_digits("the number"))
    return value


def _digits(what: str) -> str:
    return f"{what} is too long; expected at most {MOST_DIGITS:,} digits"
