"""Slopes of logarithms of what vanishes far out: quotients of two numbers that are both 0 there."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Add, Pow, S, log, sqrt
from sympy.core.expr import Expr

from symderive.expr import Erfc, Exp, Expm1, Sigmoid, Softplus

#: An operation, what it is taken of, and to which power.
Slope = tuple[str, Expr, int]


def apart(factors: Iterable[Expr]) -> tuple[list[Expr], list[Slope]]:
    """Quotients such as ``sigmoid(u) / softplus(u)`` of a product, and its other factors.

    The others are ``exp(-v**2) / erfc(v)`` and ``exp(v - exp(v)) / -expm1(-exp(v))``.

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
        elif isinstance(base, Expm1) and isinstance(-base.args[0], Exp):
            (v,) = (-base.args[0]).args
            taken = _taken_beside(left, v, times, found)
            left.append(S.NegativeOne**taken)
            slope = ("gumbel_slope", v, taken)
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


def _is_less_positive(term: Expr) -> bool:
    """Whether a term of an exponent is one of those that are less than 0 by their form."""
    number, function = term.as_coeff_Mul()
    return bool(number.is_negative) and isinstance(function, Softplus | Exp)


def _taken_beside(factors: list[Expr], exponent: Expr, most: int, slopes: list[Slope]) -> int:
    """How often ``exp(v - exp(v))`` was a factor, up to ``most``; so often it is taken out.

    Where v is the logarithm of a softplus, its sigmoid is taken out beside it.
    """
    for place, factor in enumerate(factors):
        if not isinstance(factor, Exp):
            continue
        terms = Add.make_args(factor.args[0])
        for taken in range(most, 0, -1):
            others = [term for term in terms if term != -taken * Exp(exponent)]
            if len(others) == len(terms):
                continue
            wanted = Add.make_args(taken * exponent)
            factors[place] = Exp(Add(*others, *(-term for term in wanted)))
            if all(term in others for term in wanted):
                return taken
            if taken == 1 and _softplus_beside(factors, place, wanted, slopes):
                return taken
            if all(_is_less_positive(term) for term in others):
                return taken
            factors[place] = factor
    return 0


def _softplus_beside(
    factors: list[Expr], place: int, terms: Iterable[Expr], slopes: list[Slope]
) -> bool:
    """Whether ``terms`` have the logarithm of a softplus, whose sigmoid is there to be taken."""
    for term in terms:
        softplus = term.args[0] if isinstance(term, log) else None
        if not isinstance(softplus, Softplus):
            continue
        (u,) = softplus.args
        power = factors[place].args[0] + term
        inside = -Softplus(-u) in Add.make_args(power)
        if inside or _taken(factors, Sigmoid(u), 1):
            factors[place] = Exp(power + Softplus(-u) if inside else power)
            slopes.append(("softplus_slope", u, 1))
            return True
    return False
