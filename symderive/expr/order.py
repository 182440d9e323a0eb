"""One total order of expressions, the same for every SymPy version, process and history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from sympy.core.basic import Basic
from sympy.core.numbers import Number

from symderive.expr.graph import children
from symderive.expr.nodes import Bound, Element, Index, Size, Tensor

Key = tuple[int, str, tuple[Any, ...]]
Node = TypeVar("Node", bound=Basic)

#: A key depends on its node alone: what has been computed is kept, up to so many.
_MOST_KEPT = 100_000


class _Kept:
    """The keys of the nodes seen, by identity, and every key once.

    SymPy compares two equal nodes that are not one object part by part, which takes exponential
    time where parts are shared; so no node is looked up by value here. Equal nodes get one key
    object all the same, because a key is looked up by its parts' identities.
    """

    def __init__(self) -> None:
        self.of: dict[int, tuple[Basic, Key]] = {}
        self.keys: dict[tuple[int, str, tuple[int, ...]], Key] = {}

    def once(self, key: Key) -> Key:
        rank, text, parts = key
        return self.keys.setdefault((rank, text, tuple([id(part) for part in parts])), key)


_kept = _Kept()


def order_key(root: Basic) -> Key:
    """A key that compares with every other key: rank, name, keys of the parts.

    >>> from sympy import Integer
    >>> from symderive.expr import Axis, Index, order_key
    >>> order_key(Integer(2)) < order_key(Index("i", Axis("N")))
    True
    """
    return _keys((root,))[0]


def _keys(roots: Sequence[Basic]) -> list[Key]:
    """The keys of all ``roots``; equal parts share one object, so that comparing keys is quick."""
    global _kept  # noqa: PLW0603 - replaced as a whole: who still reads the old one may go on
    if len(_kept.of) > _MOST_KEPT:
        _kept = _Kept()
    kept = _kept
    of = kept.of
    stack = [root for root in roots if id(root) not in of]
    while stack:
        node = stack[-1]
        parts = children(node)
        missing = [part for part in parts if id(part) not in of]
        if missing:
            stack.extend(missing)
            continue
        stack.pop()
        if id(node) not in of:
            key = _key(node, tuple([of[id(part)][1] for part in parts]))
            of[id(node)] = (node, kept.once(key))
    return [of[id(root)][1] for root in roots]


def _key(node: Basic, parts: tuple[Key, ...]) -> Key:
    match node:
        case Number():
            # Numbers compare by value: the sign and magnitude come as text of fixed width.
            value = float(node) if node.is_finite else float(str(node).replace("oo", "inf"))
            return (0, f"{'+' if value >= 0 else '-'}{abs(value):030.12f}|{node}", ())
        case Size():
            return (1, node.axis.name, ())
        case Index():
            return (2, node.name, ())
        case Bound():
            return (3, f"{node.height:04d}.{node.slot:04d}.{node.axis.name}", ())
        case Element():
            return (4, node.tensor.name, parts)
        case Tensor():
            return (5, node.name, ())
        case _ if not node.args:
            return (6, f"{type(node).__name__}:{node}", ())
        case _ if node.is_Add or node.is_Mul:
            return (7, type(node).__name__, tuple(sorted(parts)))
        case _:
            return (8, type(node).__name__, parts)


def in_order(nodes: Iterable[Node]) -> list[Node]:
    """The nodes, sorted by :func:`order_key`."""
    found = list(nodes)
    keys = _keys(found)
    return [found[place] for place in sorted(range(len(found)), key=keys.__getitem__)]
