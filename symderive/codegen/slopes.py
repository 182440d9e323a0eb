"""Slopes of logarithms of what vanishes far out: quotients of two numbers that are both 0 there."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Add, Pow, S, sqrt
from sympy.core.expr import Expr

from symderive.expr import Erfc, Exp, Sigmoid, Softplus

#: An operation, what it is taken of, and to which power.
Slope = tuple[str, Expr, int]


def apart(factors: Iterable[Expr]) -> tuple[list[Expr], list[Slope]]:
    """``exp(-v**2) / erfc(v)``, ``sigmoid(u) / softplus(u)`` of a product, and its other factors.

    >>> from symderive.expr import Tensor
    >>> u, w = Tensor("u")(), Tensor("w")()
    >>> apart([w, Sigmoid(u), 1 / Softplus(u)])
    ([w], [('softplus_slope', u, 1)])
    """
    left = list(factors)
    found: list[Slope] = []
    for factor in tuple(left):
        base, exponent = factor.as_base_exp()
        if not (exponent.is_Integer and exponent.is_negative):
            continue
        times = int(-exponent)
        if isinstance(base, Softplus):
            (u,) = base.args
            taken = _taken(left, Sigmoid(u), times)
            slope = ("softplus_slope", u, taken)
        elif isinstance(base, Erfc):
            (v,) = base.args
            taken = _taken_from_exponent(left, v**2, times)
            slope = ("hazard", sqrt(2) * v, taken)
        else:
            continue
        if taken:
            left.remove(factor)
            if taken < times:
                left.append(Pow(base, taken - times))
            found.append(slope)
    return [factor for factor in left if factor != S.One], found


def _taken(factors: list[Expr], wanted: Expr, most: int) -> int:
    """How often ``wanted`` was a factor, up to ``most``; so often it is taken out."""
    for place, factor in enumerate(factors):
        base, exponent = factor.as_base_exp()
        if base == wanted and exponent.is_Integer and exponent.is_positive:
            taken = min(int(exponent), most)
            factors[place] = base ** (exponent - taken)
            return taken
    return 0


def _taken_from_exponent(factors: list[Expr], square: Expr, most: int) -> int:
    """How often ``exp(-square)`` was a factor, up to ``most``; so often it is taken out."""
    number, rest = square.as_coeff_Mul()
    for place, factor in enumerate(factors):
        base, exponent = factor.as_base_exp()
        if not isinstance(base, Exp) or exponent != S.One:
            continue
        for term in Add.make_args(base.args[0]):
            times, other = term.as_coeff_Mul()
            whole = -times / number if other == rest else S.Zero
            if whole.is_Integer and whole.is_positive:
                taken = min(int(whole), most)
                factors[place] = Exp(base.args[0] + taken * square)
                return taken
    return 0
