"""Memoised traversal: each shared node is visited once, however often it occurs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sympy import S
from sympy.core.basic import Basic

from symderive.expr.conditions import all_of, any_of, compare, iverson
from symderive.expr.graph import children, subexpressions
from symderive.expr.nodes import (
    FALSE,
    TRUE,
    AllOf,
    AnyOf,
    Bound,
    Compare,
    Element,
    Index,
    Iverson,
    Reduce,
    Where,
)


def with_children(node: Basic, parts: tuple[Basic, ...]) -> Basic:
    """The node with other parts; conditions are decided where they can be, binders renumbered."""
    old = children(node)
    if len(old) == len(parts) and all(a is b for a, b in zip(old, parts, strict=True)):
        return node
    match node:
        case Element():
            return Element(node.tensor, *parts)
        case Compare():
            return compare(node.op, parts[1], parts[2])
        case AllOf():
            return all_of(parts)
        case AnyOf():
            return any_of(parts)
        case Iverson():
            return iverson(parts[0])
        case Where() if parts[0] in (TRUE, FALSE):
            return parts[1] if parts[0] == TRUE else parts[2]
        case Reduce():
            kind, bound, cond, body = parts
            if node.kind == "sum" and (cond == FALSE or body == S.Zero):
                return S.Zero
            return renumber(node.func(kind, bound, cond, body))
    return node.func(*parts)


def bottom_up(
    root: Basic, step: Callable[[Basic], Basic], memo: dict[int, tuple[Basic, Basic]] | None = None
) -> Basic:
    """Rebuild ``root`` from its leaves, applying ``step`` to every rebuilt node.

    Under a binder, ``step`` sees bound indices as constants and must not mention them in what it
    brings in from elsewhere. ``memo`` may be shared between calls with the same ``step``.
    """
    memo = {} if memo is None else memo
    for node in subexpressions(root):
        if id(node) not in memo:
            parts = tuple(memo[id(child)][1] for child in children(node))
            memo[id(node)] = (node, step(with_children(node, parts)))
    return memo[id(root)][1]


def replace(root: Basic, table: Mapping[Basic, Basic]) -> Basic:
    """Put other nodes for the keys of ``table``, everywhere, all at once.

    Keys and values may hold free indices, never bound ones: then nothing can be captured.
    What a replacement brings in is not searched again.
    """
    if not table:
        return root
    memo: dict[int, tuple[Basic, Basic]] = {}
    stack: list[tuple[Basic, bool]] = [(root, False)]
    while stack:
        node, entered = stack.pop()
        if entered:
            parts = tuple(memo[id(child)][1] for child in children(node))
            memo[id(node)] = (node, with_children(node, parts))
        elif id(node) not in memo:
            if node in table:
                memo[id(node)] = (node, table[node])
            else:
                stack.append((node, True))
                stack.extend((child, False) for child in children(node))
    return memo[id(root)][1]


def height(root: Basic) -> int:
    """How deeply reductions nest below ``root``."""
    return max(
        (node.bound[0].height + 1 for node in subexpressions(root) if type(node) is Reduce),
        default=0,
    )


def renumber(node: Reduce) -> Reduce:
    """Number the bound indices of ``node`` by the height that its body and condition have now."""
    now = max(height(node.body), height(node.cond))
    if not isinstance(node.bound[0], Bound) or node.bound[0].height == now:
        return node
    table: dict[Basic, Basic] = {b: Bound(now, b.slot, b.axis) for b in node.bound}
    return Reduce(
        node.args[0],
        [table[b] for b in node.bound],
        replace(node.cond, table),
        replace(node.body, table),
    )


def elements(*roots: Basic) -> list[Element]:
    """The distinct elements below ``roots``, those in slots of others included."""
    return list(dict.fromkeys(n for n in subexpressions(*roots) if isinstance(n, Element)))


def free_indices(*roots: Basic) -> set[Index]:
    """The free indices below ``roots``."""
    return {node for node in subexpressions(*roots) if isinstance(node, Index)}


def mentions(root: Basic, *targets: Basic) -> bool:
    """Whether one of ``targets`` occurs in ``root``."""
    wanted = set(targets)
    return any(node in wanted for node in subexpressions(root))
