"""The shape of an expression as a graph: parts of a node, every node once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Generic, TypeVar

from sympy.core.basic import Basic

from symderive.expr.nodes import Element

_Found = TypeVar("_Found")


class Kept(Generic[_Found]):
    """``compute`` of a node, which depends on the node alone: done once for each object.

    SymPy compares two equal nodes that are not one object part by part, which takes exponential
    time where parts are shared; so nodes are told apart by identity. Up to ``most`` are kept.

    >>> from sympy import Integer
    >>> size = Kept(lambda node: len(node.args), most=100)
    >>> size(Integer(2))
    0
    """

    def __init__(self, compute: Callable[[Basic], _Found], most: int) -> None:
        self.compute = compute
        self.most = most
        self._of: dict[int, tuple[Basic, _Found]] = {}

    def __call__(self, node: Basic) -> _Found:
        found = self._of.get(id(node))
        if found is None:
            if len(self._of) >= self.most:
                self._of = {}
            found = self._of[id(node)] = (node, self.compute(node))
        return found[1]

    def __contains__(self, node: Basic) -> bool:
        return id(node) in self._of


def children(node: Basic) -> tuple[Basic, ...]:
    """The parts of a node that a traversal enters (not the head of an element)."""
    args: tuple[Basic, ...] = node.args
    return args[1:] if type(node) is Element else args


def subexpressions(*roots: Basic) -> Iterator[Basic]:
    """Every distinct node object below ``roots``, children before parents, each once."""
    return iter(_below(roots[0])) if len(roots) == 1 else iter(_walked(roots))


def _walked(roots: Sequence[Basic]) -> list[Basic]:
    seen: set[int] = set()
    order: list[Basic] = []
    stack: list[Any] = list(reversed(roots))
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind is tuple:  # all of its parts have been listed
            order.append(node[0])
        elif id(node) not in seen:
            seen.add(id(node))
            parts = node.args[1:] if kind is Element else node.args  # as children, without a call
            if parts:
                stack.append((node,))
                stack.extend(parts[::-1])
            else:
                order.append(node)
    return order


_below = Kept(lambda root: tuple(_walked((root,))), most=20_000)


def unknown(root: Basic, known: Collection[int]) -> list[Basic]:
    """Every distinct node below ``root`` whose ``id`` is not ``known``, children before parents.

    What is below a known node is taken to be known too.
    """
    if id(root) in known:
        return []
    if not known or root in _below:
        return [node for node in _below(root) if id(node) not in known]
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


class Once:
    """One object for all equal nodes: how often something occurs is then a matter of the formula.

    SymPy makes two equal nodes one object or two, as its cache happens to be filled.

    >>> from symderive.expr import Exp, Tensor
    >>> once, t = Once(), Tensor("t")()
    >>> once(Exp(t)) is once(Exp(Tensor("t")()))
    True
    """

    def __init__(self) -> None:
        self._of: dict[int, tuple[Basic, Basic]] = {}
        self._first: dict[tuple[object, ...], Basic] = {}

    def __call__(self, root: Basic) -> Basic:
        for node in unknown(root, self._of):
            # An element's head is no child, but belongs to what it is.
            parts = tuple([id(self._of[id(child)][1]) for child in children(node)])
            own = node.args[0] if isinstance(node, Element) else type(node) if parts else node
            self._of[id(node)] = (node, self._first.setdefault((own, parts), node))
        return self._of[id(root)][1]
