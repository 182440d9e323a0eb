"""What a function of a module computes, and how passes rewrite it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from symderive.codegen.ir import Graph, Node, reachable


@dataclass(frozen=True)
class Program:
    """What a function of a module computes: its outputs, and the nodes that equations name.

    The first ``always`` outputs are computed whatever is asked for. ``looks`` are sums that have to
    be small enough, or the function goes another way (:mod:`symderive.codegen.near`). ``within``
    has the equations that are computed as a part of another, each with that one.
    """

    graph: Graph
    equations: tuple[tuple[str, Node], ...]
    outputs: tuple[tuple[str, Node], ...]
    always: int = 1
    looks: tuple[Node, ...] = ()
    within: tuple[tuple[str, str], ...] = ()

    @property
    def roots(self) -> list[Node]:
        return [node for _, node in self.outputs]


#: A rule: (old node, the same with new arguments) -> what stands for it.
Rule: TypeAlias = Callable[[Node, Node], Node]


def rewrite(program: Program, rule: Rule) -> Program:
    """Apply ``rule`` to every live node, arguments first; equations that are dead are dropped."""
    new: dict[int, Node] = {}
    for node in reachable(program.roots):
        args = [new[arg.uid] for arg in node.args]
        new[node.uid] = rule(node, program.graph.rebuild(node, args) if args else node)
    return replace(
        program,
        equations=tuple((n, new[node.uid]) for n, node in program.equations if node.uid in new),
        outputs=tuple((n, new[node.uid]) for n, node in program.outputs),
        looks=tuple(new[node.uid] for node in program.looks if node.uid in new),
    )
