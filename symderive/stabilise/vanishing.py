"""What overflows beside an exponential that vanishes faster: both exponents are seen together."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Add, Mul, Pow, S
from sympy.core.expr import Expr

from symderive.expr import Element, Exp, Reduce, close, open_fresh
from symderive.model import adjoint_name
from symderive.rewrite.rule import Rule
from symderive.stabilise.known import Known
from symderive.stabilise.matching import exponents_of, powers_of

_ADJOINT = adjoint_name("")


def _names_beside(node: Mul, known: Known) -> Expr | None:
    """``node`` with the definitions of what vanishes in it and of what overflows beside that."""
    for vanishing in node.args:
        others = [factor for factor in node.args if factor is not vanishing]
        for place, factor in enumerate(others):
            joined = _joined(vanishing, factor, known)
            changed = joined is not None and joined != vanishing * factor
            if changed:
                return Mul(joined, *others[:place], *others[place + 1 :])
    return None


def _joined(vanishing: Expr, factor: Expr, known: Known) -> Expr | None:
    """The product of the two, where the first falls faster than the second grows."""
    if isinstance(vanishing, Reduce) and vanishing.kind == "sum":
        letters, cond, body = open_fresh(vanishing, known.fresh)
        for part in Mul.make_args(body):
            joined = _joined(part, factor, known)
            if joined is not None:
                return close("sum", letters, body / part * joined, cond)
        return None
    value = _vanishing(vanishing, known)
    if value is None:
        return None
    falling = list(_falling(Add(*exponents_of(value)[0]), known))
    if not falling:
        return None
    terms = Add.make_args(factor)
    opened = [_opened(term, falling, known) for term in terms]
    if all(found is None for found in opened):
        return None
    return Add(
        *(
            vanishing * term if found is None else value * found
            for term, found in zip(terms, opened, strict=True)
        )
    )


def _vanishing(factor: Expr, known: Known) -> Expr | None:
    """An exponential, or the adjoint that is a product with one, as it is defined."""
    if isinstance(factor, Exp):
        return factor
    if isinstance(factor, Element) and factor.tensor.name.startswith(_ADJOINT):
        value = known.instance(factor)
        if isinstance(value, Exp | Mul) and exponents_of(value)[0]:
            return value
    return None


def _falling(exponent: Expr, known: Known) -> Iterator[Expr]:
    """For each term of ``exponent`` that is ``-a * exp(w)`` with ``a >= 0``: its w."""
    for term in Add.make_args(exponent):
        number, rest = term.as_coeff_Mul()
        if isinstance(rest, Element):
            value = known.instance(rest)
            if value is not rest and isinstance(value, Add | Mul):
                yield from _falling(Add(*(number * part for part in Add.make_args(value))), known)
        elif known.non_negative(-term):
            w = _exponent(term, known)
            if w != S.Zero:
                yield w


def _exponent(factor: Expr, known: Known) -> Expr:
    """What the exponentials in a product have in the exponent together, names looked up."""
    total: Expr = S.Zero
    for base, times in powers_of(factor):
        if isinstance(base, Exp):
            total += times * base.args[0]
        elif isinstance(base, Element):
            value = known.instance(base)
            if value is not base and isinstance(value, Exp | Mul | Pow):
                total += times * _exponent(value, known)
    return total


def _opened(factor: Expr, falling: list[Expr], known: Known) -> Expr | None:
    """``factor`` with its names looked up, if it grows only as what makes the other one vanish."""
    exponent = _exponent(factor, known)
    if exponent == S.Zero or not any(_grows_with(exponent, w) for w in falling):
        return None
    return _looked_up(factor, known)


def _grows_with(exponent: Expr, w: Expr) -> bool:
    ratio = exponent / w
    return bool(ratio.is_number and ratio.is_positive)


def _looked_up(factor: Expr, known: Known) -> Expr:
    parts = []
    for base, times in powers_of(factor):
        value = known.instance(base)
        opened = value is not base and isinstance(value, Exp | Mul | Pow)
        parts.append(Pow(_looked_up(value, known) if opened else base, times))
    return Mul(*parts)


#: Where ``c = -x**2 * exp(-2*s)``, the product of ``exp(c)`` with ``exp(-s)`` is ``exp(c - s)``: by
#: the name of the first, it would be 0 times infinity.
NAMES_BESIDE: Rule[Known] = Rule(
    "names beside what vanishes",
    "exp(c) * z = exp(c) * x * exp(-s), where c falls faster than exp(-s) grows",
    ("both exponents together",),
    (Mul,),
    _names_beside,
    "c has a term -a * exp(-n*s) with a >= 0",
    frozenset((Mul,)),
)
