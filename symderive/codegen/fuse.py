"""Runs of steps that work row by row: what they read, what they leave, in which order they stand.

A step is row by row along a variable if each entry of its result needs only the entries of its
operands that have the same position there. A run of such steps can be computed for a few rows at a
time (blocks that stay in cache) or for one (fused loops), whatever the steps are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from symderive.codegen.ir import (
    Broadcast,
    Contraction,
    Gather,
    Input,
    Map,
    Node,
    Put,
    Reduction,
    Rename,
    Var,
)

#: Whether a node that works row by row may be part of a run.
Accepts = Callable[[Node, Var], bool]


class Rows:
    """Says what works row by row; ``stepped`` are the nodes that have statements of their own."""

    def __init__(self, stepped: set[int], accepts: Accepts) -> None:
        self._stepped = stepped
        self._accepts = accepts
        self._memo: dict[tuple[int, Var], bool] = {}

    def works(self, node: Node, row: Var) -> bool:
        """Whether the statement of ``node`` works row by row along ``row``."""
        return row in node.dims and self._inside(node, row)

    def _inside(self, node: Node, row: Var) -> bool:
        key = (node.uid, row)
        if key not in self._memo:
            self._memo[key] = (
                self._by_rows(node, row)
                and self._accepts(node, row)
                and all(self._operand(arg, row) for arg in node.args)
            )
        return self._memo[key]

    def _operand(self, node: Node, row: Var) -> bool:
        if row not in node.dims:
            return True
        if isinstance(node, Input):
            return node.declared.count(row) == 1
        return node.uid in self._stepped or self._inside(node, row)

    def whole(self, node: Node, row: Var) -> set[int]:
        """The steps that the statement of ``node`` reads without a position along ``row``."""
        found: set[int] = set()
        stack = [(arg, False) for arg in node.args]
        while stack:
            arg, free = stack.pop()
            free |= row not in arg.dims
            if arg.uid in self._stepped:
                if free:
                    found.add(arg.uid)
            else:
                stack += [(inner, free) for inner in arg.args]
        return found

    @staticmethod
    def _by_rows(node: Node, row: Var) -> bool:
        match node:
            case Map() | Broadcast():
                return True
            case Reduction():
                return row not in node.over
            case Contraction():
                return row in node.left.dims and row in node.right.dims and row not in node.over
            case Gather():
                given = dict(zip(node.source.dims, node.slots, strict=True))
                return all((slot == row) == (var == row) for var, slot in given.items())
            case Put():
                return row not in node.at
            case Rename():
                given_ = dict(zip(node.source.dims, node.variables, strict=True))
                return all((new == row) == (old == row) for old, new in given_.items())
        return False


def runs(
    order: Sequence[Node],
    reads: Callable[[Node], Sequence[Node]],
    rows: Rows,
    pays: Callable[[Sequence[Node], Var], bool],
) -> Iterator[Node | tuple[Var, tuple[Node, ...]]]:
    """``order`` with its runs gathered: a node by itself, or a row variable with its nodes.

    A step that needs nothing of a run is moved before it, one that does behind it.
    """
    waiting = list(order)
    while waiting:
        first = waiting[0]
        best: tuple[Var, list[Node], list[Node], list[Node]] | None = None
        for row in first.dims:
            if rows.works(first, row):
                found = (row, *_gathered(waiting, row, reads, rows))
                if best is None or len(found[2]) > len(best[2]):
                    best = found
        if best is None or not pays(best[2], best[0]):
            yield first
            waiting = waiting[1:]
            continue
        row, before, inside, after = best
        yield from runs(before, reads, rows, pays)
        yield row, tuple(inside)
        waiting = after


def _gathered(
    waiting: Sequence[Node], row: Var, reads: Callable[[Node], Sequence[Node]], rows: Rows
) -> tuple[list[Node], list[Node], list[Node]]:
    """What stands before, in, and after the run along ``row`` that begins with the first node."""
    before: list[Node] = []
    inside: list[Node] = []
    after: list[Node] = []
    place: dict[int, list[Node]] = {}
    for node in waiting:
        where = [place.get(leaf.uid, before) for leaf in reads(node)]
        if any(found is after for found in where):
            target = after
        elif rows.works(node, row) and not any(
            place.get(uid) is inside for uid in rows.whole(node, row)
        ):
            target = inside
        elif any(found is inside for found in where):
            target = after
        else:
            target = before
        target.append(node)
        place[node.uid] = target
    return before, inside, after
