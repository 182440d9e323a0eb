"""What every node knows of all that is below it: indices, names, how deeply reductions nest."""

from __future__ import annotations

from typing import Any, NamedTuple

from sympy.core.basic import Basic

from symderive.expr.graph import children
from symderive.expr.nodes import Bound, Element, Index, Reduce

#: Facts depend on their node alone: what has been computed is kept, up to so many.
_MOST_KEPT = 100_000


class Facts(NamedTuple):
    """Of the graph below ``node``: what a traversal would find, without one.

    ``height`` is one more than the largest number of a reduction below, 0 where there is none;
    ``numbered`` says whether every reduction's number is the height of what is below it; ``names``
    are those of the tensors.
    """

    node: Basic
    height: int
    indices: frozenset[Index]
    bounds: frozenset[Bound]
    numbered: bool
    names: frozenset[str]


#: By identity: SymPy compares two equal nodes that are not one object part by part.
_kept: dict[int, Facts] = {}
_NONE: frozenset[Any] = frozenset()


def facts(root: Basic) -> Facts:
    """The facts of ``root``, from those of its parts.

    >>> from symderive.expr import Axis, Index, Tensor, close
    >>> N, C = Axis("N"), Axis("C")
    >>> i, j, s = Index("i", N), Index("j", C), Tensor("s", (N, C))
    >>> found = facts(close("sum", [j], s[i, j]))
    >>> found.height, set(found.indices), found.numbered
    (1, {i}, True)
    """
    global _kept  # noqa: PLW0603 - replaced as a whole: who still reads the old one may go on
    found = _kept.get(id(root))
    if found is not None:
        return found
    if len(_kept) > _MOST_KEPT:
        _kept = {}
    kept = _kept
    stack = [root]
    while stack:
        node = stack[-1]
        below = []
        missing = False
        for part in children(node):
            known = kept.get(id(part))
            if known is None:
                stack.append(part)
                missing = True
            else:
                below.append(known)
        if not missing:
            stack.pop()
            kept[id(node)] = _facts(node, below)
    return kept[id(root)]


def _facts(node: Basic, below: list[Facts]) -> Facts:
    kind = type(node)
    if not below:
        return Facts(
            node,
            0,
            frozenset((node,)) if kind is Index else _NONE,
            frozenset((node,)) if kind is Bound else _NONE,
            True,
            frozenset((node.tensor.name,)) if isinstance(node, Element) else _NONE,
        )
    height = max([part.height for part in below])
    numbered = all(part.numbered for part in below)
    if kind is Reduce:
        number = node.bound[0].height
        numbered = numbered and number == height
        height = max(height, number + 1)
    names = _union([part.names for part in below])
    if isinstance(node, Element) and node.tensor.name not in names:
        names = names | {node.tensor.name}
    return Facts(
        node,
        height,
        _union([part.indices for part in below]),
        _union([part.bounds for part in below]),
        numbered,
        names,
    )


def _union(sets: list[frozenset[Any]]) -> frozenset[Any]:
    """The union; one of ``sets`` itself where it holds the others."""
    largest = max(sets, key=len)
    if all(part <= largest for part in sets):
        return largest
    return frozenset().union(*sets)
