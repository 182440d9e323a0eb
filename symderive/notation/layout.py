"""A formula as it stands on paper: names spelled, letters chosen, order fixed.

Every way to print an expression (LaTeX, terminal text) reads these nodes, so that they cannot
differ in order, sign or letter.
"""

from __future__ import annotations

from dataclasses import dataclass


class Layout:
    """A node of a formula on paper."""

    __slots__ = ()


@dataclass(frozen=True)
class Word(Layout):
    """A letter, a name or a number, as LaTeX and as text."""

    latex: str
    text: str
    number: bool = False


@dataclass(frozen=True)
class Scripted(Layout):
    """A name with what hangs on it: ``above`` belongs to the name, ``slots`` are its indices."""

    base: Word
    above: Word | None = None
    slots: tuple[Layout, ...] = ()


@dataclass(frozen=True)
class Call(Layout):
    """A function of the table :data:`symderive.notation.spelling.CALLS` and its arguments."""

    function: str
    args: tuple[Layout, ...]


@dataclass(frozen=True)
class Sum(Layout):
    """Terms in order, each with whether it is subtracted; one subtracted term is a negation."""

    terms: tuple[tuple[bool, Layout], ...]


@dataclass(frozen=True)
class Product(Layout):
    """Two or more factors, in order."""

    factors: tuple[Layout, ...]


@dataclass(frozen=True)
class Fraction(Layout):
    """``top`` over ``bottom``."""

    top: Layout
    bottom: Layout


@dataclass(frozen=True)
class Power(Layout):
    """``base`` to an exponent."""

    base: Layout
    exponent: Layout


@dataclass(frozen=True)
class Exponential(Layout):
    """``e`` to an exponent."""

    exponent: Layout


@dataclass(frozen=True)
class Root(Layout):
    """A square root."""

    body: Layout


@dataclass(frozen=True)
class Magnitude(Layout):
    """An absolute value."""

    body: Layout


@dataclass(frozen=True)
class Big(Layout):
    """A reduction: ``sum``, ``prod``, ``max``, .. over ``letters``, where ``cond`` holds.

    If ``cond`` is a relation whose left side is the one letter, it stands for both. A letter that
    occurs nowhere below says itself what it runs over.
    """

    kind: str
    letters: tuple[Layout, ...]
    cond: Layout | None
    body: Layout


@dataclass(frozen=True)
class Relation(Layout):
    """Two sides and the relation between them, in its text form such as ``!=``."""

    op: str
    left: Layout
    right: Layout


@dataclass(frozen=True)
class Junction(Layout):
    """Conditions joined by ``and`` or by ``or``."""

    word: str
    parts: tuple[Layout, ...]


@dataclass(frozen=True)
class Indicator(Layout):
    """1 where the condition holds, else 0."""

    cond: Layout


@dataclass(frozen=True)
class Cases(Layout):
    """``yes`` where the condition holds, else ``no``."""

    cond: Layout
    yes: Layout
    no: Layout


@dataclass(frozen=True)
class Differential(Layout):
    """The derivative of ``of`` by ``wrt``, as one fraction; of nothing: the operator alone.

    ``direct``: along one equation, the other names in it held fixed.
    """

    of: Layout | None
    wrt: Layout
    direct: bool = False


@dataclass(frozen=True)
class Derived(Layout):
    """The operator ``d/d wrt`` in front of what it is applied to; ``direct`` as above."""

    wrt: Layout
    body: Layout
    direct: bool = False


@dataclass(frozen=True)
class Underbrace(Layout):
    """``body`` with its value below a brace."""

    body: Layout
    under: Layout


ONE = Word("1", "1", number=True)

#: How tightly a formula holds together: what needs parentheses where.
RELATION, SUM, PREFIX, PRODUCT, POWER, ATOM = range(6)

_TIGHTNESS: dict[type[Layout], int] = {
    Relation: RELATION,
    Junction: RELATION,
    Sum: SUM,
    Big: PREFIX,
    Derived: PREFIX,
    Product: PRODUCT,
    Fraction: PRODUCT,
    Power: POWER,
    Exponential: POWER,
}


def tightness(node: Layout) -> int:
    """How tightly ``node`` holds together, from RELATION to ATOM."""
    if isinstance(node, Underbrace):
        return tightness(node.body)
    return _TIGHTNESS.get(type(node), ATOM)


def product(factors: tuple[Layout, ...]) -> Layout:
    """A product without products among its factors; a sign of the first factor goes in front."""
    flat: list[Layout] = []
    for factor in factors:
        flat.extend(factor.factors if isinstance(factor, Product) else (factor,))
    if len(flat) == 1:
        return flat[0]
    first = flat[0]
    if isinstance(first, Sum) and len(first.terms) == 1 and first.terms[0][0]:
        inner = first.terms[0][1]
        rest = tuple(flat[1:]) if inner == ONE else (inner, *flat[1:])
        return Sum(((True, product(rest)),))
    return Product(tuple(flat))


def total(terms: tuple[Layout, ...]) -> Layout:
    """A sum; the sign of a term becomes the sign between two terms."""
    signed: list[tuple[bool, Layout]] = []
    for term in terms:
        if isinstance(term, Sum) and len(term.terms) == 1:
            signed.append(term.terms[0])
        else:
            signed.append((False, term))
    if len(signed) == 1 and not signed[0][0]:
        return signed[0][1]
    return Sum(tuple(signed))


def negative(node: Layout) -> Layout:
    """``node`` with a minus sign in front."""
    return Sum(((True, node),))
