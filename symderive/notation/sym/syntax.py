"""The tree of a line as it is written: names are not looked up yet.

``at`` is the offset of a node in the line; ``depth`` how deeply brackets, signs and exponents nest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a line."""

    at: int
    depth: int


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A literal number, in its digits."""

    text: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A name alone."""

    name: str


@dataclass(frozen=True, slots=True)
class Call(Node):
    """``name(arguments)``."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Ref(Node):
    """``name[items]``, ``name[items if condition]``, or either with ``(body)`` behind it."""

    name: str
    items: tuple[Node, ...]
    condition: Node | None = None
    body: tuple[Node, ...] | None = None


@dataclass(frozen=True, slots=True)
class Group(Node):
    """``(body)``."""

    body: Node


@dataclass(frozen=True, slots=True)
class Bracket(Node):
    """``[items]``: the Iverson bracket of a condition, or an array written out."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Sign(Node):
    """``-body`` or ``+body``."""

    sign: str
    body: Node


@dataclass(frozen=True, slots=True)
class Power(Node):
    """``base ** exponent``."""

    base: Node
    exponent: Node


@dataclass(frozen=True, slots=True)
class Chain(Node):
    """Terms joined by ``+ -``, or factors by ``* /``; ``marks[n]`` stands before ``parts[n+1]``."""

    marks: tuple[str, ...]
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """``left mark right``, or a chain of these, which has no meaning; ``places`` of the marks."""

    marks: tuple[str, ...]
    parts: tuple[Node, ...]
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Junction(Node):
    """Parts joined by ``and``, or by ``or``."""

    word: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    """``not body``."""

    body: Node


@dataclass(frozen=True, slots=True)
class Arrow(Node):
    """``left -> right``, in the brackets of a limit."""

    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Derivative(Node):
    """``d of / d wrt``, read from ``dL[i]/dw[j]`` or from ``d(body)/dt``."""

    of: Node
    wrt: Node


# --- lines ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Word:
    """A word and where it stands."""

    at: int
    name: str


@dataclass(frozen=True, slots=True)
class Interval:
    """``(low, high)`` with either kind of bracket at either end."""

    at: int
    low: Node
    high: Node
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True, slots=True)
class Values:
    """``{a, b, ..}``."""

    at: int
    members: tuple[Node, ...]


#: What stands behind ``in``: an interval, a set, or a word.
Region = Interval | Values | Word


@dataclass(frozen=True, slots=True)
class DeclarationLine:
    """``role name[axes] = default in region``."""

    at: int
    role: str
    name: Word
    axes: tuple[Word, ...]
    default: Node | None = None
    region: Region | None = None


@dataclass(frozen=True, slots=True)
class LettersLine:
    """``index i: N; j, m: C`` or ``sample i: N``: letters with their axis."""

    at: int
    word: str
    groups: tuple[tuple[tuple[Word, ...], Word], ...]


@dataclass(frozen=True, slots=True)
class HideLine:
    """``hide letter on names``."""

    at: int
    letter: Word
    names: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class NameLine:
    """``name word latex``."""

    at: int
    name: Word
    latex: Word


@dataclass(frozen=True, slots=True)
class EquationLine:
    """``left = right``."""

    at: int
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """``claim left relation right`` with what follows; ``relation`` is empty if none is there."""

    at: int
    relation: Word
    left: Node
    right: Node | None
    along: Word | None
    scalars: tuple[tuple[Word, Region], ...]
    conditions: tuple[Node, ...]
    point: tuple[tuple[Word, Node], ...]


Line = DeclarationLine | LettersLine | HideLine | NameLine | EquationLine | ClaimLine


def plain(node: Node) -> Node:
    """``node`` without parentheses around it."""
    while isinstance(node, Group):
        node = node.body
    return node


def is_condition(node: Node) -> bool:
    """Whether ``node`` is written as a condition."""
    return isinstance(plain(node), Comparison | Junction | Not)


def parts(node: Node) -> tuple[Node, ...]:
    """The parts of a node."""
    match node:
        case Call():
            return node.arguments
        case Ref():
            condition = () if node.condition is None else (node.condition,)
            return (*node.items, *condition, *(node.body or ()))
        case Group() | Sign() | Not():
            return (node.body,)
        case Bracket():
            return node.items
        case Power():
            return (node.base, node.exponent)
        case Chain() | Comparison() | Junction():
            return node.parts
        case Arrow():
            return (node.left, node.right)
        case Derivative():
            return (node.of, node.wrt)
    return ()


def walk(root: Node) -> Iterator[Node]:
    """A node and all below it, from left to right."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(parts(node)))
