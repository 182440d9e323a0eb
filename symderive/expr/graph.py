"""The shape of an expression as a graph: parts of a node, every node once."""

from __future__ import annotations

from collections.abc import Iterator

from sympy.core.basic import Basic

from symderive.expr.nodes import Axis, Bound, Element, Index, Tensor

#: Nodes that a traversal does not enter.
LEAVES = (Axis, Tensor, Index, Bound)


def children(node: Basic) -> tuple[Basic, ...]:
    """The parts of a node that a traversal enters (not the head of an element)."""
    if isinstance(node, Element):
        return tuple(node.args[1:])
    return () if isinstance(node, LEAVES) else tuple(node.args)


def subexpressions(*roots: Basic) -> Iterator[Basic]:
    """Every distinct node object below ``roots``, children before parents, each once."""
    seen: set[int] = set()
    stack: list[tuple[Basic, bool]] = [(root, False) for root in reversed(roots)]
    while stack:
        node, entered = stack.pop()
        if entered:
            yield node
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(children(node)))
