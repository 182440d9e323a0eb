"""Claims: statements about a model, as they were read; they are judged elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import TRUE, Axis, Element, Index
from symderive.model.model import Declaration

#: How the two sides relate, or the shape that the left side has.
Relation: TypeAlias = Literal[
    "=", "<=", ">=", "<", ">", "~", "convex", "concave", "increasing", "decreasing"
]


class DerivativeOf(Expr):
    """``d of / d wrt``: of an expression with respect to an element; never evaluated here.

    ``dL[i]/dw[j, k]`` is ``DerivativeOf(L[i], w[j, k])``, the derivative along all equations.
    """

    is_commutative = True
    is_number = False

    @property
    def of(self) -> Expr:
        return self.args[0]

    @property
    def wrt(self) -> Element:
        element: Element = self.args[1]
        return element

    def _eval_is_extended_real(self) -> bool:
        return True

    def _sympystr(self, printer: Any) -> str:
        return f"d({printer._print(self.of)})/d{printer._print(self.wrt)}"

    _sympyrepr = _sympystr


class LimitOf(Expr):
    """``limit[scalar -> target](body)``; never evaluated here."""

    is_commutative = True
    is_number = False

    @property
    def scalar(self) -> Element:
        element: Element = self.args[0]
        return element

    @property
    def target(self) -> Expr:
        return self.args[1]

    @property
    def body(self) -> Expr:
        return self.args[2]

    def _eval_is_extended_real(self) -> bool:
        return True

    def _sympystr(self, printer: Any) -> str:
        scalar, target, body = map(printer._print, self.args)
        return f"limit[{scalar} -> {target}]({body})"

    _sympyrepr = _sympystr


@dataclass(frozen=True)
class Rounded:
    """A number as it was written: all that rounds to ``value`` in the last digit, ``unit``."""

    value: Expr
    unit: Expr


#: An array written out: numbers, and tuples of them.
Written: TypeAlias = "Expr | tuple[Written, ...]"
WrittenRounded: TypeAlias = "Rounded | tuple[WrittenRounded, ...]"


@dataclass(frozen=True)
class Clash:
    """Why a claim is ill-typed: axes or indices that do not fit, and where.

    Where an index stands on the wrong axis: ``index``, and the axis that ``expected`` says.
    """

    what: str
    line: int = field(compare=False)
    column: int = field(compare=False)
    index: Index | None = None
    expected: Axis | None = None


@dataclass(frozen=True)
class Claim:
    """A claim about a model: ``left relation right``.

    ``right`` is None for a shape, whose ``along`` is the name of a scalar or an input; for ``~`` it
    is a rounded number, or an array of them over ``free`` in this order. ``free`` are the free
    indices, in order of appearance. The claim is made where ``given`` holds, for all values of
    ``scalars`` in their domains, or at ``point`` alone (labels count from 0). A claim with
    ``clashes`` is ill-typed: its sides are as written, but mean nothing. ``sums`` are the terms of
    its sums in the order in which they were typed; ``given_at`` is the line and the column of its
    condition.
    """

    text: str
    relation: Relation
    left: Expr
    right: Expr | WrittenRounded | None
    free: tuple[Index, ...] = ()
    along: str = ""
    given: Basic = TRUE
    scalars: tuple[Declaration, ...] = ()
    point: tuple[tuple[str, Written], ...] = ()
    clashes: tuple[Clash, ...] = ()
    sums: tuple[tuple[Expr, ...], ...] = field(default=(), compare=False)
    line: int = field(default=1, compare=False)
    column: int = field(default=1, compare=False)
    given_at: tuple[int, int] = field(default=(1, 1), compare=False)

    def __str__(self) -> str:
        return self.text
