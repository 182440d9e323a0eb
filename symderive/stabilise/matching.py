"""How products and sums are taken apart for the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, TypeVar

from sympy import Add, Mul, Pow, S, log
from sympy.core.expr import Expr

from symderive.expr import Exp, Reduce, Xdivy, close, in_order
from symderive.rewrite.rule import Rule
from symderive.stabilise.known import Known

Payload = TypeVar("Payload")


@lru_cache(maxsize=10_000)
def powers_of(expr: Expr) -> tuple[tuple[Expr, Expr], ...]:
    """The factors of ``expr`` as (base, exponent), in no certain order; a number is one base."""
    return tuple(
        (factor, S.One) if factor.is_number else factor.as_base_exp()
        for factor in Mul.make_args(expr)
    )


def powers_opened(expr: Expr) -> Iterator[tuple[Expr, Expr]]:
    """The factors as (base, exponent), with ``a / b`` for ``xdivy(a, b)``.

    >>> from symderive.expr import Tensor
    >>> a, b = Tensor("a")(), Tensor("b")()
    >>> sorted(map(str, powers_opened(2 * Xdivy(a, b))))
    ['(2, 1)', '(a, 1)', '(b, -1)']
    """
    for base, exponent in powers_of(expr):
        if isinstance(base, Xdivy) and exponent == S.One:
            yield base.args[0], exponent
            yield base.args[1], S.NegativeOne
        else:
            yield base, exponent


def is_fraction(exponent: Expr) -> bool:
    """Whether a power with this exponent divides, or takes a root."""
    return bool(exponent.is_number and (exponent.is_negative or not exponent.is_Integer))


def split(
    factors: Iterable[tuple[Expr, Expr]], chosen: Callable[[Expr, Expr], bool]
) -> tuple[list[Expr], Expr]:
    """The powers that are chosen, and the product of the others."""
    picked: list[Expr] = []
    rest: list[Expr] = []
    for base, exponent in factors:
        (picked if chosen(base, exponent) else rest).append(Pow(base, exponent))
    return picked, Mul(*rest)


def exponents_of(expr: Expr) -> tuple[list[Expr], list[Expr]]:
    """The exponents of the exponentials that are factors of ``expr``, and its other factors."""
    found: list[Expr] = []
    rest: list[Expr] = []
    for base, exponent in powers_of(expr):
        if isinstance(base, Exp):
            found.append(exponent * base.args[0])
        else:
            rest.append(Pow(base, exponent))
    return found, rest


def without(terms: Iterable[Expr], taken: Expr) -> list[Expr] | None:
    """``terms`` without those of the sum ``taken``; None if they are not all there."""
    left = list(terms)
    there = set(left)
    for term in Add.make_args(taken):
        if term not in there or term not in left:
            return None
        left.remove(term)
    return left


def without_factors(factors: Iterable[Expr], taken: Expr) -> list[Expr] | None:
    """``factors`` without those of the product ``taken``; None if they are not all there."""
    left = list(factors)
    for factor in Mul.make_args(taken):
        if factor not in left:
            return None
        left.remove(factor)
    return left


def paired(
    node: Add,
    find: Callable[[Expr, Expr], tuple[Expr, Payload] | None],
    partner: Callable[[Expr, Payload], Expr],
    together: Callable[[Expr, Payload], Expr],
) -> Expr | None:
    """Terms of a sum joined: ``t * F`` for a factor F that is found, and what goes with it.

    ``find(base, exponent)`` gives F and what to remember of it, ``partner(t, ..)`` the other term
    (or sum of terms), ``together(t, ..)`` what all of them are.
    """
    if not any(find(*power) for term in node.args for power in powers_of(term)):
        return None
    terms = in_order(node.args)
    there = set(terms)
    for position, term in enumerate(terms):
        for factor, payload in _found(term, find):
            rest = term / factor
            wanted = partner(rest, payload)
            if not there.issuperset(Add.make_args(wanted)):
                continue
            others = without(terms[:position] + terms[position + 1 :], wanted)
            if others is not None:
                return Add(*others, together(rest, payload))
    return None


def _found(
    term: Expr, find: Callable[[Expr, Expr], tuple[Expr, Payload] | None]
) -> Iterator[tuple[Expr, Payload]]:
    for factor in in_order(Mul.make_args(term)):
        found = find(*powers_of(factor)[0])
        if found is not None:
            yield found


def map_terms(node: Expr, known: Known, change: Callable[[Expr], Expr]) -> Expr:
    """A sum, finite or over indices, with every term changed."""
    if isinstance(node, Reduce):
        letters, cond, body = known.opened(node)
        return close(node.kind, letters, change(body), cond)
    return Add(*(change(term) for term in node.args))


def logarithm(expr: Expr) -> Expr:
    """``log(expr)``, undone at once where ``expr`` is an exponential."""
    return expr.args[0] if isinstance(expr, Exp) else log(expr)


def at_least_one(exponent: Expr) -> bool:
    """Whether a power with this exponent has its base as a factor."""
    return bool(exponent.is_number and (exponent - 1).is_nonnegative)


def is_other_power(exponent: Expr) -> bool:
    """Whether a power with this exponent vanishes with its base, and is not the base itself."""
    return bool(exponent.is_number and exponent.is_positive and exponent != S.One)


def row(
    name: str,
    identity: str,
    match: Callable[[Any, Known], Expr | None],
    *heads: type,
    words: str,
    given: str = "",
    needs: tuple[type, ...] = (),
) -> Rule[Known]:
    """A row of the table; ``words`` is the reason, ``given`` the condition."""
    return Rule(name, identity, (words,), heads, match, given, frozenset(needs or heads))
