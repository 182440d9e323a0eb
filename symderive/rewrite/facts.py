"""What is known to hold: equalities of indices, comparisons, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable

from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import (
    FALSE,
    TRUE,
    AllOf,
    AnyOf,
    Compare,
    Size,
    bottom_up,
    conjuncts,
    in_order,
    negate,
)


def is_positional(cond: Basic) -> bool:
    """Whether ``cond`` is a comparison of indices and labels, not of reals."""
    if not isinstance(cond, Compare) or isinstance(cond.lhs, Size):
        return False
    return getattr(cond.lhs, "axis", None) is not None


class Facts:
    """Conditions taken to hold; equalities of positions are closed under transitivity.

    >>> from symderive.expr import Axis, Index, compare, iverson
    >>> i, j, k = (Index(letter, Axis("C")) for letter in "ijk")
    >>> facts = Facts([compare("==", i, j), compare("!=", j, k)])
    >>> facts.apply(iverson(compare("==", i, k)))
    0
    """

    def __init__(self, conds: Iterable[Basic] = ()) -> None:
        self.parts: tuple[Basic, ...] = tuple(
            dict.fromkeys(part for cond in conds for part in conjuncts(cond))
        )
        self._leader: dict[Basic, Basic] = {}
        for part in self.parts:
            if is_positional(part) and part.op == "==":
                first, second = in_order([self._find(part.lhs), self._find(part.rhs)])
                if first != second:
                    self._leader[second] = first
        self._known = {self._canonical(part) for part in self.parts}

    def _find(self, term: Basic) -> Basic:
        while term in self._leader:
            term = self._leader[term]
        return term

    def _canonical(self, cond: Basic) -> Basic:
        if not is_positional(cond):
            return cond
        return Compare(cond.op, self._find(cond.lhs), self._find(cond.rhs))

    def same(self, first: Expr, second: Expr) -> bool:
        """Whether two positions are known to be equal."""
        return bool(self._find(first) == self._find(second))

    def decide(self, cond: Basic) -> Basic:
        """TRUE or FALSE where the facts decide ``cond``, else what they leave of it."""
        if not self.parts:
            return cond
        match cond:
            case AllOf() | AnyOf():
                decided: Basic = bottom_up(cond, self._step)
                return decided
            case Compare():
                return self._compare(cond)
        return cond

    def _compare(self, cond: Compare) -> Basic:
        if not self.parts:
            return cond
        canonical = self._canonical(cond)
        if is_positional(cond) and canonical.lhs == canonical.rhs:
            return TRUE if cond.op in ("==", "<=", ">=") else FALSE
        if canonical in self._known or self._mirror(canonical) in self._known:
            return TRUE
        denied = self._canonical(negate(cond))
        if denied in self._known or self._mirror(denied) in self._known:
            return FALSE
        return cond

    @staticmethod
    def _mirror(cond: Basic) -> Basic:
        mirrored = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
        if not isinstance(cond, Compare):
            return cond
        return Compare(mirrored[cond.op], cond.rhs, cond.lhs)

    def _step(self, node: Basic) -> Basic:
        return self._compare(node) if isinstance(node, Compare) else node

    def apply(self, expr: Expr) -> Expr:
        """``expr`` with every comparison that the facts decide decided."""
        if not self.parts:
            return expr
        result: Expr = bottom_up(expr, self._step)
        return result

    def contradictory(self) -> bool:
        """Whether the facts exclude each other."""
        return any(
            Facts(p for p in self.parts if p != part).decide(part) == FALSE for part in self.parts
        )
