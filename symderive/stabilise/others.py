"""A log-sum-exp less one of its own terms: only the other terms are left, and nothing cancels."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Add, Mul
from sympy.core.expr import Expr

from symderive.expr import (
    TRUE,
    Element,
    Reduce,
    Softplus,
    close,
    compare,
    free_indices,
    in_order,
    open_fresh,
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
    letters, _, body = open_fresh(total, known.fresh)
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


OTHERS = (
    row(
        "less own term",
        "lse[l](u[l]) - u[y] = softplus(lse[l != y](u[l]) - u[y])",
        _less_own_term,
        Add,
        words="only the others count: no cancellation",
        needs=(Reduce,),
    ),
)
