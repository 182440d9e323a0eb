"""What is 0 for every pair of the same place, beside an exponential that may be infinite there."""

from __future__ import annotations

from collections.abc import Collection
from itertools import permutations

from sympy import Abs, Add, Mul, Pow, S
from sympy.core.expr import Expr

from symderive.expr import Element, Exp, Index, Reduce, Xdivy, close, in_order, replace
from symderive.expr.facts import facts
from symderive.stabilise.known import Known
from symderive.stabilise.matching import row


def of_pairs(expr: Expr, known: Known) -> bool:
    """Whether ``expr`` is 0 wherever two of its indices are one place, by whatever name."""
    return pair_of(expr, known) is not None


def pair_of(expr: Expr, known: Known, bound: Collection[Index] = ()) -> tuple[Index, Index] | None:
    """Two indices such that ``expr`` is 0 wherever they are one place.

    They are those of a difference ``x[i] - x[j]``, of its size, its powers, products with it, and
    sums of such, as a squared distance is; ``bound`` are indices that are summed over.
    """
    match expr:
        case Element():
            value = known.instance(expr)
            if value is not expr and isinstance(value, Add | Mul | Pow | Reduce):
                return pair_of(value, known, bound)
        case Reduce(kind="sum"):
            letters, _, body = known.opened(expr)
            return pair_of(body, known, {*bound, *letters})
        case Mul():
            found = (pair_of(factor, known, bound) for factor in in_order(expr.args))
            return next(filter(None, found), None)
        case Pow() if expr.exp.is_positive:
            return pair_of(expr.base, known, bound)
        case Abs():
            return pair_of(expr.args[0], known, bound)
        case Add():
            free = [index for index in facts(expr).indices if index not in bound]
            for one, other in permutations(in_order(free), 2):
                if one.axis == other.axis and replace(expr, {one: other}) == S.Zero:
                    return one, other
    return None


def may_be_infinite(node: Expr, known: Known) -> bool:
    """Whether ``node`` is an exponential of what has no bound above."""
    return isinstance(node, Exp) and known.wild(node) and not known.at_most_one(node.args[0])


def _beside_pairs(node: Mul, known: Known) -> Expr | None:
    powers = [factor for factor in node.args if may_be_infinite(factor, known)]
    if len(powers) != 1:
        return None  # they are one exponential first
    others = [factor for factor in node.args if factor is not powers[0]]
    for factor in in_order(others):
        if of_pairs(factor, known):
            others.remove(factor)
            return Mul(Xdivy(factor, Exp(-powers[0].args[0])), *others)
    return None


def _beside_kernels(node: Mul, known: Known) -> Expr | None:
    powers = [factor for factor in node.args if may_be_infinite(factor, known)]
    if len(powers) != 1:
        return None
    others = Mul(*(factor for factor in node.args if factor is not powers[0]))
    return _with_kernel(others, powers[0].args[0], known)


def _with_kernel(expr: Expr, u: Expr, known: Known) -> Expr | None:
    """``expr * exp(u)``, if each of its terms is nothing for a pair and has a kernel of it."""
    match expr:
        case Add():
            terms = [_with_kernel(term, u, known) for term in expr.args]
            return Add(*filter(None, terms)) if all(terms) else None
        case Reduce(kind="sum"):
            letters, cond, body = known.opened(expr)
            joined = _with_kernel(body, u, known)
            return None if joined is None else close("sum", letters, joined, cond)
        case Mul():
            for part in expr.args:
                rest = expr / part
                inside = isinstance(part, Add | Reduce)
                joined = _with_kernel(part, u, known) if inside else _kernel(part, rest, u, known)
                if joined is not None:
                    return joined * rest if inside else joined
    return None


def _kernel(part: Expr, others: Expr, u: Expr, known: Known) -> Expr | None:
    """``part * others * exp(u)``, where ``part`` is ``(1 + xdivy(d, exp(-u)))**-n``."""
    if not isinstance(part, Pow) or not (part.exp.is_number and part.exp <= -1):
        return None
    number, distance = part.base.as_coeff_Add()
    if number != S.One or not isinstance(distance, Xdivy) or distance.args[1] != Exp(-u):
        return None
    share = u / part.exp
    divisor = (Exp(share) + Xdivy(distance.args[0], Exp(-u - share))) ** -part.exp
    for factor in in_order(Mul.make_args(others)):
        if of_pairs(factor, known):
            return Xdivy(factor, divisor) * (others / factor)
    return None


PAIRS = (
    row(
        "pairs beside kernels",
        "(a[i] - a[j]) * exp(u) / (1 + xdivy(d, exp(-u)))**n"
        " = xdivy(a[i] - a[j], (exp(-u/n) + xdivy(d, exp(u/n - u)))**n)",
        _beside_kernels,
        Mul,
        words="nothing for a pair of the same place",
        given="exp(u) may be infinite",
        needs=(Exp, Xdivy),
    ),
    row(
        "pairs",
        "(a[i] - a[j]) * exp(u) = xdivy(a[i] - a[j], exp(-u))",
        _beside_pairs,
        Mul,
        words="nothing for a pair of the same place",
        given="exp(u) may be infinite",
        needs=(Exp,),
    ),
)
