"""What a printed line is made of: a tree with its order fixed, over SymPy leaves.

SymPy cannot hold ``1 * I(..) * x`` or ``2(a + b)`` and orders factors its own way. A typesetter
prints these trees and may not reorder or drop anything; a check evaluates the very same trees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import TRUE, Element, Index, Tensor


class Display:
    """A node of a printed line."""

    __slots__ = ()


@dataclass(frozen=True)
class Leaf(Display):
    """An expression, printed as the notation prints expressions."""

    expr: Expr


@dataclass(frozen=True)
class Partial(Display):
    """``d of / d wrt``, along all equations between the two.

    ``direct`` means along the equation of ``of`` alone, the other names in it held fixed; it is
    said only where the two differ.
    """

    of: Element
    wrt: Element
    direct: bool = False


@dataclass(frozen=True)
class Derivative(Display):
    """``d/d wrt`` applied to a display: a derivative that is still to be taken."""

    body: Display
    wrt: Element
    direct: bool = False


@dataclass(frozen=True)
class Adjoint(Display):
    """A named adjoint: ``delta`` of an element, the derivative of ``of`` by it."""

    of: Element
    element: Element


@dataclass(frozen=True)
class Product(Display):
    """Factors, in this order; a sum or a negative number among them is put in parentheses."""

    factors: tuple[Display, ...]


@dataclass(frozen=True)
class Sum(Display):
    """Terms, in this order."""

    terms: tuple[Display, ...]


@dataclass(frozen=True)
class Quotient(Display):
    """A fraction."""

    top: Display
    bottom: Display


@dataclass(frozen=True)
class Power(Display):
    """A power of a display."""

    base: Display
    exponent: Expr


@dataclass(frozen=True)
class Total(Display):
    """``sum over indices, where cond, of body``."""

    indices: tuple[Index, ...]
    cond: Basic
    body: Display


@dataclass(frozen=True)
class Brace(Display):
    """``body`` with its value ``under`` a brace; both mean the same."""

    body: Display
    under: Display


@dataclass(frozen=True)
class Step:
    """One ``= right`` of a chain of equalities, with the rule that leads to it.

    ``left`` is given at the start of a chain and None where the chain goes on; a chain keeps its
    left side when its first step is not shown. ``reason`` mixes words with expressions and
    conditions, which print as mathematics. ``level`` is the coarsest detail at which the step is
    shown: ``result``, ``slide`` or ``full``.
    """

    rule: str
    right: Display
    left: Display | None = None
    reason: tuple[str | Basic, ...] = ()
    level: str = "slide"


@dataclass(frozen=True)
class Block:
    """A chain of steps that hold under ``case``, with what it is for.

    ``kind`` is one of ``goal``, ``definitions``, ``gradient``, ``local``, ``adjoint``, ``case``,
    ``merged``, ``closing``, ``stabilise``, ``update``, ``note``. ``subject`` is what the block
    derives.
    """

    kind: str
    steps: tuple[Step, ...] = ()
    case: Basic = TRUE
    subject: Display | None = None
    text: str = ""
    level: str = "slide"


@dataclass(frozen=True)
class Goal:
    """What a derivation is of: an element, by an element."""

    of: Element
    wrt: Element

    @property
    def partial(self) -> Partial:
        return Partial(self.of, self.wrt)


def parts(node: Display) -> tuple[Display, ...]:
    """The displays directly below ``node``."""
    match node:
        case Product(factors):
            return factors
        case Sum(terms):
            return terms
        case Quotient(top, bottom):
            return (top, bottom)
        case Power(base, _):
            return (base,)
        case Total(_, _, body) | Derivative(body, _, _):
            return (body,)
        case Brace(body, under):
            return (body, under)
    return ()


def walk(node: Display) -> Iterator[Display]:
    """``node`` and every display below it."""
    yield node
    for part in parts(node):
        yield from walk(part)


def with_parts(node: Display, change: Callable[[Display], Display]) -> Display:
    """``node`` with each display directly below it changed; factors of a factor are factors."""
    match node:
        case Product(factors):
            changed = [change(factor) for factor in factors]
            flat = [p.factors if isinstance(p, Product) else (p,) for p in changed]
            return Product(tuple(chain.from_iterable(flat)))
        case Sum(terms):
            return Sum(tuple(change(term) for term in terms))
        case Quotient(top, bottom):
            return Quotient(change(top), change(bottom))
        case Power(base, exponent):
            return Power(change(base), exponent)
        case Total(indices, cond, body):
            return Total(indices, cond, change(body))
        case Brace(body, under):
            return Brace(change(body), change(under))
    return node


def leaves(node: Display) -> Iterator[Expr]:
    """The expressions at the leaves, in print order."""
    for part in walk(node):
        match part:
            case Leaf(expr):
                yield expr
            case Partial(of, wrt, _):
                yield of
                yield wrt
            case Adjoint(_, element):
                yield element
            case Derivative(_, wrt, _):
                yield wrt


def tensors(node: Display) -> set[Tensor]:
    """The tensors that a display mentions."""
    from symderive.expr import elements

    return {element.tensor for expr in leaves(node) for element in elements(expr)}
