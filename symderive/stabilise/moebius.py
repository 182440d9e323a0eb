"""Quotients ``(a T + b) / (c T + d)`` in one exponential T: a sigmoid, or a hyperbolic tangent."""

from __future__ import annotations

import math

from sympy import Add, Dummy, Mul, Pow, cancel, fraction, gcd, log, tanh
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import Exp, Sigmoid, in_order, replace, subexpressions
from symderive.stabilise.known import Known
from symderive.stabilise.matching import powers_of


def moebius(node: Mul, _: Known) -> Expr | None:
    """The factors of ``node`` that are such a quotient (or a power of one), put together.

    With ``T = e**u``: ``(a T + b) / (c T + d) = b/d + (a/c - b/d) sigmoid(u + log(c/d))``, for
    ``c/d > 0``; it is ``a/c tanh(..)`` where the two constants are opposite.

    >>> from symderive.expr import Tensor
    >>> u = Tensor("u")()
    >>> moebius((Exp(2 * u) - 1) / (Exp(2 * u) + 1), Known((), ()))
    tanh(u)
    >>> moebius((Exp(u) + 3) / (Exp(u) + 1), Known((), ()))
    2*Sigmoid(-u) + 1
    """
    inside: list[tuple[Expr, Expr]] = []
    outside: list[tuple[Expr, Expr]] = []
    for base, exponent in powers_of(node):
        belongs = exponent.is_Integer and _is_polynomial(base)
        (inside if belongs else outside).append((base, exponent))
    degrees = [int(exponent) for base, exponent in inside if isinstance(base, Add)]
    if not any(degree > 0 for degree in degrees) or not any(degree < 0 for degree in degrees):
        return None
    power = math.gcd(*degrees)
    root = Mul(*(Pow(base, exponent / power) for base, exponent in inside))
    value = _as_sigmoid(root)
    if value is None:
        return None
    return Mul(*(Pow(base, exponent) for base, exponent in outside), value**power)


def _is_polynomial(expr: Expr) -> bool:
    """Whether ``expr`` is a sum of numbers and exponentials with numbers before them."""
    return any(isinstance(node, Exp) for node in _atoms(expr)) and all(
        node.is_number or isinstance(node, Exp) for node in _atoms(expr)
    )


def _atoms(expr: Expr) -> list[Expr]:
    return [base for term in Add.make_args(expr) for base, _ in powers_of(term)]


def _as_sigmoid(expr: Expr) -> Expr | None:
    found = _in_one_exponential(expr)
    if found is None:
        return None
    unit, rational, T = found
    top, bottom = (part.as_poly(T) for part in fraction(cancel(rational)))
    if top is None or bottom is None:
        return None
    degrees = [monom[0] for poly in (top, bottom) for monom in poly.monoms() if monom[0]]
    step = min(degrees, default=0)
    if not step or {top.degree(), bottom.degree()} != {step} or set(degrees) != {step}:
        return None
    a, b, c, d = top.nth(step), top.nth(0), bottom.nth(step), bottom.nth(0)
    if d == 0 or not (c / d).is_positive or not all(n.is_Rational for n in (a, b, c, d)):
        return None
    exponent = step * unit + log(c / d)
    high, low = a / c, b / d
    if high == -low:
        return high * tanh(exponent / 2)
    # The smaller constant first: then both terms have one sign, unless the value has a root.
    if abs(high) < abs(low):
        return high + (low - high) * Sigmoid(-exponent)
    return low + (high - low) * Sigmoid(exponent)


def _in_one_exponential(expr: Expr) -> tuple[Expr, Expr, Dummy] | None:
    """``expr`` as a rational function of ``T = e**unit``: unit, function, T."""
    rates: dict[Basic, Expr] = {}
    unit: Expr | None = None
    for node in in_order({n for n in subexpressions(expr) if isinstance(n, Exp)}):
        content, primitive = node.args[0].primitive()
        unit = primitive if unit is None else unit
        if primitive not in (unit, -unit):
            return None
        rates[node] = content if primitive == unit else -content
    if unit is None:
        return None
    step = gcd(list(rates.values())) if len(rates) > 1 else abs(next(iter(rates.values())))
    T = Dummy("T", positive=True)
    table: dict[Basic, Basic] = {node: T ** (rate / step) for node, rate in rates.items()}
    if any(not (rate / step).is_Integer for rate in rates.values()):
        return None
    return step * unit, replace(expr, table), T
