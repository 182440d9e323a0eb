"""A log-sum-exp less some of its own terms: only the others are left, and nothing cancels."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Add, Mul
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import (
    TRUE,
    Compare,
    Element,
    Index,
    Reduce,
    Softplus,
    all_of,
    close,
    compare,
    conjuncts,
    free_indices,
    in_order,
    mentions,
    negate,
    open_with,
    replace,
)
from symderive.rewrite.fold import bindings
from symderive.stabilise.known import Known
from symderive.stabilise.matching import row, without


def _less_own_term(node: Add, known: Known) -> Expr | None:
    terms = in_order(node.args)
    for place, term in enumerate(terms):
        for factor in Mul.make_args(term):
            if isinstance(factor, Reduce) and factor.kind == "lse" and factor.cond == TRUE:
                rest = terms[:place] + terms[place + 1 :]
                joined = _joined(factor, term / factor, rest, known)
                if joined is not None:
                    return joined
    return None


def _joined(total: Reduce, number: Expr, rest: Sequence[Expr], known: Known) -> Expr | None:
    """``number * total`` and ``rest``, if ``rest`` has the entry at a label as its opposite.

    A label picks one entry; at an index that runs, every entry would need a sum of its own.
    """
    letters, _, body = known.opened(total)
    if len(letters) != 1:
        return None
    for binding in bindings(body, letters, Add(*rest)):
        ((letter, label),) = binding.items()
        if not isinstance(label, Element) or not free_indices(label) <= free_indices(total):
            continue
        own: Expr = replace(body, binding)
        left = without(rest, Add(*(-number * part for part in Add.make_args(own))))
        if left is not None:
            others = close("lse", letters, body, compare("!=", letter, label))
            return Add(*left, number * Softplus(others - own))
    return None


def _less_part(node: Add, known: Known) -> Expr | None:
    terms = in_order(node.args)
    for term in terms:
        for part in Mul.make_args(term):
            if not _has_condition(part):
                continue
            for other in terms:
                total = -other / (term / part)
                if other != term and (joined := _joined_parts(total, part, known)) is not None:
                    rest = [left for left in terms if left not in (term, other)]
                    return Add(*rest, -(term / part) * joined)
    return None


def _less_total_inside(node: Reduce, known: Known) -> Expr | None:
    if not _has_condition(node) or not isinstance(node.body, Add):
        return None
    letters, cond, body = known.opened(node)
    for term in in_order(body.args):
        if isinstance(term, Mul) and isinstance(-term, Reduce) and not mentions(term, *letters):
            joined = _joined_parts(-term, close("lse", letters, body - term, cond), known)
            if joined is not None:
                return -joined
    return None


def _has_condition(expr: Expr) -> bool:
    return isinstance(expr, Reduce) and expr.kind == "lse" and expr.cond != TRUE


def _joined_parts(total: Expr, part: Reduce, known: Known) -> Expr | None:
    """``total - part``, if both are of the same terms, of which ``part`` has some."""
    if not (isinstance(total, Reduce) and total.kind == "lse"):
        return None
    letters, cond, body = known.opened(part)
    if [letter.axis for letter in letters] != [bound.axis for bound in total.bound]:
        return None
    every, terms = open_with(total, letters)
    more = [one for one in conjuncts(cond) if one not in conjuncts(every)]
    if terms != body or all_of((every, *more)) != cond or not more:
        return None
    others = _log_sum_exp(letters, body, all_of((every, negate(all_of(more)))))
    return Softplus(others - part)


def _log_sum_exp(letters: Sequence[Index], body: Expr, cond: Basic) -> Expr:
    """The log-sum-exp of ``body``; of one entry it is that entry."""
    if isinstance(cond, Compare) and cond.op == "==" and len(letters) == 1:
        for side, place in (cond.args[1:], cond.args[:0:-1]):
            if side == letters[0] and not mentions(place, *letters):
                entry: Expr = replace(body, {letters[0]: place})
                return entry
    return close("lse", letters, body, cond)


OTHERS = (
    row(
        "less own term",
        "lse[l](u[l]) - u[y] = softplus(lse[l != y](u[l]) - u[y])",
        _less_own_term,
        Add,
        words="only the others count: no cancellation",
        needs=(Reduce,),
    ),
    row(
        "less some terms",
        "lse[l](u[l]) - lse[l if c](u[l]) = softplus(lse[l if not c](u[l]) - lse[l if c](u[l]))",
        _less_part,
        Add,
        words="only the others count: no cancellation",
        needs=(Reduce,),
    ),
    row(
        "less all terms",
        "lse[l if c](u[l] - lse[k](u[k])) = -softplus(lse[l if not c](u[l]) - lse[l if c](u[l]))",
        _less_total_inside,
        Reduce,
        words="only the others count: no cancellation",
    ),
)
