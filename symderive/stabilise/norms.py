"""Slopes of norms: where all that a norm is of is 0, a slope of it is 0, not 0 / 0."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from sympy import Abs, Add, Mul, Pow, S, sign
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import (
    Element,
    Index,
    Iverson,
    Reduce,
    Xdivy,
    compare,
    in_order,
    subexpressions,
)
from symderive.expr import replace as put
from symderive.model import Equation, adjoint_name
from symderive.rewrite.fold import bindings
from symderive.stabilise.known import Known
from symderive.stabilise.matching import powers_of, row
from symderive.stabilise.pairs import may_be_infinite, of_pairs

Powers: TypeAlias = Sequence[tuple[Expr, Expr]]


def _slope_of_norm(node: Mul, known: Known) -> Expr | None:
    """``a[k]**(p - 1) / sum[l](a[l]**p)**(1 - 1/p)``: nothing where all are 0, as its slope is.

    So it is written where what is divided by is a root of a sum that is 0 with all of its terms,
    and above it stands what is 0 with one of them, of at least that degree.
    """
    for power in in_order(node.args):
        base, exponent = power.as_base_exp()
        if exponent.is_positive:
            continue
        inside, root = known.instance(base).as_base_exp()
        totals = [factor for factor in Mul.make_args(inside) if not known.positive(factor)]
        if len(totals) != 1 or not isinstance(totals[0], Add | Reduce):
            continue
        rest = [arg for arg in node.args if arg != power]
        over = _of_degree(totals[0], -exponent * root, rest, known)
        if over:
            below = [factor for factor in rest if factor not in over]
            return Mul(Xdivy(Mul(*over), 1 / power), *below)
    return None


def _power_over_base(node: Mul, known: Known) -> Expr | None:
    """``z / b``, where the name z stands for a product with ``b**p``: that with ``b**(p - 1)``."""
    for base, exponent in powers_of(node):
        if exponent != S.NegativeOne or base.is_number or not known.may_vanish(base):
            continue
        for name in node.args:
            if isinstance(name, Element):
                value = known.instance(name)
                for b, p in powers_of(value):
                    if b == base and not p.is_Rational:
                        beside = node / name * base
                        return Mul(beside, value / base**p, base ** (p - 1))
    return None


def _of_degree(total: Expr, order: Expr, factors: Sequence[Expr], known: Known) -> list[Expr]:
    """The ``factors`` that are 0 where ``total`` is, if they outweigh ``total**order``."""
    terms = _terms_of(total, known)
    if not all(known.non_negative(body) for _, body in terms):
        return []
    own = {factor: _power_of(total, factor, known) for factor in factors}
    if all(n is None or n.is_integer for n in (order, *own.values())):
        return []
    inside = {factor: powers_of(_opened(factor, known)) for factor in factors}
    for letters, body in terms:
        powers = [(_side(base), m) for base, m in powers_of(body) if not known.positive(base)]
        for table in _tables(powers[0][0], letters, inside.values()) if powers else ():
            over: dict[Expr, None] = {}
            for side, m in powers:
                degree = -order * m
                for factor in factors:
                    found = _degree_in(put(side, dict(table)), inside[factor])
                    if found is None and own[factor] is not None:
                        found = own[factor] * m
                    if found is not None:
                        over[factor] = None
                        degree += found
                if not degree.is_nonnegative:
                    break
            else:
                return list(over)
    return []


def _terms_of(total: Expr, known: Known) -> list[tuple[tuple[Index, ...], Expr]]:
    if isinstance(total, Reduce):
        letters, _, body = known.opened(total)
        return [(letters, body)] if total.kind == "sum" else []
    return [((), term) for term in in_order(total.args)]


def _side(base: Expr) -> Expr:
    """What is 0 where ``base`` is, and has no further sign."""
    return base.args[0] if isinstance(base, Abs | sign) else base


def _tables(
    side: Expr, letters: Sequence[Index], products: Iterable[Powers]
) -> Iterator[Mapping[Basic, Basic]]:
    """Values of ``letters`` for which ``side`` may occur in one of ``products``."""
    for powers in products:
        for base, _ in powers:
            yield from bindings(side, letters, _side(base))


def _opened(factor: Expr, known: Known) -> Expr:
    """The product that a sum is over, or the factor itself."""
    if isinstance(factor, Reduce) and factor.kind == "sum":
        return known.opened(factor)[2]
    return factor


def _degree_in(side: Expr, powers: Powers) -> Expr | None:
    """The exponent of ``side`` among ``powers``; None if it is not there."""
    found = [
        S.Zero if isinstance(base, sign) else exponent
        for base, exponent in powers
        if _side(base) in (side, -side)
    ]
    return Add(*found) if found else None


def _power_of(total: Expr, factor: Expr, known: Known) -> Expr | None:
    """``n`` where ``factor``, by whatever name, is ``total**n``."""
    base, exponent = factor.as_base_exp()
    inside, root = known.instance(base).as_base_exp()
    return exponent * root if inside == total else None


def at_rest(equations: Sequence[Equation], known: Known) -> tuple[Equation, ...]:
    """Adjoints of named sums of squares, and of higher powers: nothing where the sum is 0.

    There the sum is smallest, so all its own slopes are 0, and what they are multiplied with does
    not matter: but where a root of the sum is taken, that is infinite as it is written. So may an
    exponential be, which counts for distances: of a place to itself they are 0.
    """
    sums = {
        adjoint_name(equation.name): equation
        for equation in equations
        if _is_smooth(equation.rhs, known)
    }
    return tuple(
        _masked(equation, sums[equation.name], known) if equation.name in sums else equation
        for equation in equations
    )


def _is_smooth(total: Expr, known: Known) -> bool:
    """Whether ``total`` is a sum of powers above 1, times what is positive: 0 only with slope 0."""
    factors = [factor for factor in Mul.make_args(total) if not known.positive(factor)]
    if len(factors) != 1 or not isinstance(factors[0], Add | Pow | Reduce):
        return False
    terms = [((), factors[0])] if isinstance(factors[0], Pow) else _terms_of(factors[0], known)
    return bool(terms) and all(
        known.non_negative(body)
        and all(m.is_number and m > 1 for b, m in powers_of(body) if not known.positive(b))
        for _, body in terms
    )


def _masked(adjoint: Equation, total: Equation, known: Known) -> Equation:
    """``adjoint`` where what ``total`` defines is not 0, if it may be infinite where that is."""
    element = Element(total.tensor, *adjoint.indices)
    nodes = list(subexpressions(adjoint.rhs))
    divides = any(
        isinstance(node, Pow) and node.exp.is_negative and _is_root(node.base, element, known)
        for node in nodes
    )
    grows = any(may_be_infinite(node, known) for node in nodes)
    if not divides and not (grows and of_pairs(total.rhs, known)):
        return adjoint
    return replace(adjoint, rhs=Iverson(compare("!=", element, S.Zero)) * adjoint.rhs)


def _is_root(base: Expr, total: Expr, known: Known) -> bool:
    return total in (base, known.instance(base).as_base_exp()[0])


NORMS = (
    row(
        "slope of norm",
        "a[k]**m / sum[l](a[l]**p)**(m/p) = xdivy(a[k]**m, sum[l](a[l]**p)**(m/p))",
        _slope_of_norm,
        Mul,
        words="nothing where all are 0",
        given="the a[l] may all be 0",
        needs=(Pow,),
    ),
    row(
        "power over its base",
        "z / b = b**(p - 1) * c, where z = b**p * c",
        _power_over_base,
        Mul,
        words="what is divided by is a factor",
        given="b is not 0: the right side is its limit there",
        needs=(Pow,),
    ),
)
