"""The shape of an expression as a graph: parts of a node, every node once."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any

from sympy.core.basic import Basic

from symderive.expr.nodes import Element


def children(node: Basic) -> tuple[Basic, ...]:
    """The parts of a node that a traversal enters (not the head of an element)."""
    args: tuple[Basic, ...] = node.args
    return args[1:] if isinstance(node, Element) else args


def subexpressions(*roots: Basic) -> Iterator[Basic]:
    """Every distinct node object below ``roots``, children before parents, each once."""
    seen: set[int] = set()
    stack: list[Any] = list(reversed(roots))
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind is tuple:  # all of its parts have been yielded
            yield node[0]
        elif id(node) not in seen:
            seen.add(id(node))
            parts = node.args[1:] if kind is Element else node.args  # as children, without a call
            if parts:
                stack.append((node,))
                stack.extend(parts[::-1])
            else:
                yield node


def unknown(root: Basic, known: Container[int]) -> list[Basic]:
    """Every distinct node below ``root`` whose ``id`` is not ``known``, children before parents.

    What is below a known node is taken to be known too.
    """
    if id(root) in known:
        return []
    seen: set[int] = set()
    order: list[Basic] = []
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        if type(node) is tuple:
            order.append(node[0])
        elif id(node) not in seen and id(node) not in known:
            seen.add(id(node))
            parts = node.args[1:] if type(node) is Element else node.args
            if parts:
                stack.append((node,))
                stack.extend(parts[::-1])
            else:
                order.append(node)
    return order
