"""Sums of a root, or of a quotient by it, and what is nearly as large: multiplied by the conjugate.

The results have unwieldy derivatives: they are for equations that are not differentiated again.
"""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Abs, Add, Mul, Pow, S, sqrt
from sympy.core.expr import Expr

from symderive.expr import MaxOf, in_order
from symderive.stabilise.known import Known
from symderive.stabilise.matching import paired, powers_of, row, without


def _root_less_number(node: Add, _: Known) -> Expr | None:
    def root(base: Expr, exponent: Expr) -> tuple[Expr, tuple[Expr, Expr]] | None:
        if exponent != S.Half or not isinstance(base, Add):
            return None
        number, rest = base.as_coeff_Add()
        return (sqrt(base), (number, rest)) if number.is_positive else None

    def together(t: Expr, found: tuple[Expr, Expr]) -> Expr:
        number, rest = found
        return t * rest / (sqrt(number) + sqrt(number + rest))

    return paired(node, root, lambda t, found: -t * sqrt(found[0]), together)


def _root_and_term(node: Add, known: Known) -> Expr | None:
    for term, root, u, c in _roots(node, S.Half, known):
        t = term / root
        for side in (u, -u):
            others = without(node.args, t * side)
            if others is not None:
                others.remove(term)
                return Add(*others, t * (c / (root + Abs(u)) + 2 * MaxOf(side, S.Zero)))
    return None


def _one_and_root_quotient(node: Add, known: Known) -> Expr | None:
    for term, root, u, c in _roots(node, -S.Half, known):
        t = term * root / u
        for one, side in ((t, u), (-t, -u)):
            others = without(node.args, one)
            if others is not None:
                others.remove(term)
                small = c / (root * (root + Abs(u)))
                return Add(*others, one * (small + 2 * MaxOf(side, S.Zero) / root))
    return None


def _roots(node: Add, exponent: Expr, known: Known) -> Iterator[tuple[Expr, Expr, Expr, Expr]]:
    """Terms with ``sqrt(u**2 + c)**(2 * exponent)``, c > 0: each with the root, u and c."""
    for term in in_order(node.args):
        for base, power in powers_of(term):
            if power != exponent or not isinstance(base, Add):
                continue
            for square in in_order(base.args):
                u, c = _root_of_square(square), base - square
                if u is not None and known.positive(c):
                    yield term, sqrt(base), u, c


def _root_of_square(square: Expr) -> Expr | None:
    """What is squared, of one of its two signs; None for a number, or no square."""
    number, rest = square.as_coeff_Mul()
    powers = list(powers_of(rest))
    if rest == S.One or not all(e.is_Integer and e.is_even and e.is_positive for _, e in powers):
        return None
    root = sqrt(number)
    return Mul(root, *(Pow(b, e / 2) for b, e in powers)) if root.is_Rational else None


def _one_and_signed_fraction(node: Add, known: Known) -> Expr | None:
    for term in in_order(node.args):
        for base, power in powers_of(term):
            if power != S.NegativeOne or not isinstance(base, Add):
                continue
            for size in in_order(base.args):
                number, rest = size.as_coeff_Mul()
                c = base - size
                if not isinstance(rest, Abs) or not number.is_positive or not known.positive(c):
                    continue
                u = number * rest.args[0]
                t = term * base / u
                for one, side in ((t, u), (-t, -u)):
                    others = without(node.args, one)
                    if others is not None:
                        others.remove(term)
                        return Add(*others, one * (c + 2 * MaxOf(side, S.Zero)) / base)
    return None


ROOTS = (
    row(
        "root less number",
        "sqrt(c**2 + u) - c = u / (c + sqrt(c**2 + u))",
        _root_less_number,
        Add,
        words="no cancellation",
        given="c > 0",
        needs=(Pow,),
    ),
    row(
        "root and term",
        "sqrt(u**2 + c) + u = c / (sqrt(u**2 + c) + abs(u)) + 2 * max(u, 0)",
        _root_and_term,
        Add,
        words="no cancellation",
        given="c > 0",
        needs=(Pow,),
    ),
    row(
        "one and root quotient",
        "1 + u / r = c / (r * (r + abs(u))) + 2 * max(u, 0) / r, where r = sqrt(u**2 + c)",
        _one_and_root_quotient,
        Add,
        words="no cancellation",
        given="c > 0",
        needs=(Pow,),
    ),
    row(
        "one and signed fraction",
        "1 + u / (c + abs(u)) = (c + 2 * max(u, 0)) / (c + abs(u))",
        _one_and_signed_fraction,
        Add,
        words="no cancellation",
        given="c > 0",
        needs=(Abs,),
    ),
)
