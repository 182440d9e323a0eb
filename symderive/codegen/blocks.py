"""Runs of steps in NumPy, a block of rows at a time: their arrays stay in the cache."""

from __future__ import annotations

from collections.abc import Sequence

from symderive.codegen.ir import (
    Broadcast,
    Contraction,
    Gather,
    Map,
    Node,
    Put,
    Reduction,
    Rename,
    Var,
    reachable,
    without,
)
from symderive.codegen.plan import Fusing
from symderive.codegen.program import Program

#: Entries of an array in a block, 256 KB in float64; twice as many where rows have more than one,
#: since steps that pick entries of rows cost the more, the fewer rows there are in a block.
ENTRIES = 1 << 15
#: Fewer passes over arrays of full size are not worth the loop.
_FEWEST = 4


def fusing(program: Program) -> Fusing | None:
    """How blocks are formed; not at all beside matrix products, whose time the rest does not count.

    A product takes longer than all passes over its operands, and measured gains were none.
    """
    nodes = reachable(program.roots)
    if any(isinstance(node, Contraction) and _is_matrix_product(node) for node in nodes):
        return None
    widest = max((node.rank for node in nodes), default=0)

    made_of: dict[int, frozenset[Var]] = {}
    for node in nodes:
        made_of[node.uid] = frozenset(node.dims).union(*(made_of[a.uid] for a in node.args))

    def accepts(node: Node, row: Var) -> bool:
        # In a block the name of an array stands for some of its rows: none may be read as a whole.
        whole = any(row not in arg.dims and row in made_of[arg.uid] for arg in node.args)
        known = isinstance(node, Map | Reduction | Contraction | Gather | Put | Broadcast | Rename)
        return known and not whole and node.dims[:1] == (row,)

    def pays(inside: Sequence[Node], row: Var) -> bool:
        del row
        passes = [n for n in inside if max(n.rank, *(arg.rank for arg in n.args)) == widest]
        return widest > 0 and len(passes) >= _FEWEST

    return Fusing(accepts, pays, in_place=True)


def _is_matrix_product(node: Contraction) -> bool:
    """Whether each entry of an operand is used for many of the result."""
    left, right = (without(part.dims, node.over) for part in (node.left, node.right))
    return bool(set(left) - set(right) or set(right) - set(left))
