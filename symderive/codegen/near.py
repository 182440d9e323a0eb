"""A shorter way, where no exponential is too large: log-sum-exps from a score that is there.

``softplus(lse[j](a) - c)`` is ``log1p(Z)`` with ``Z = sum[j](exp(a - c))``, and its slopes are
``exp(a - c) / (1 + Z)``: no maximum, no shift, each exponential once. A function that goes this way
looks at ``Z``, and goes the long way if it is too large, or nan.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TypeGuard

from symderive.codegen.ir import Constant, Graph, Map, Node, Put, Reduction, reachable
from symderive.codegen.program import Program, rewrite


@dataclass(frozen=True)
class _Odds:
    """``exp(a - c)``, their sum, and its share: of a log-sum-exp ``level`` less ``base``, c."""

    level: Reduction
    base: Node
    powers: Node
    total: Node

    def share(self, graph: Graph) -> Node:
        """``sigmoid(lse(a) - c)``."""
        return graph.map("divide", self.total, self._all(graph))

    def rest(self, graph: Graph) -> Node:
        """``sigmoid(c - lse(a))``."""
        return graph.map("divide", graph.constant(1), self._all(graph))

    def _all(self, graph: Graph) -> Node:
        return graph.map("add", graph.constant(1), self.total)


def near(program: Program) -> Program | None:
    """``program`` by the shorter way, and what it is to look at; None where there is none."""
    way = _Way(program.graph)
    shorter = rewrite(program, way.rule)
    if not way.odds or any(_is_level(node) for node in reachable(shorter.roots)):
        return None
    there = {node.uid for node in reachable(shorter.roots)}
    looks = tuple(odds.total for odds in way.odds.values() if odds.total.uid in there)
    return replace(shorter, looks=looks)


class _Way:
    """What has been found on the way: odds by the differences that they stand for."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.odds: dict[int, _Odds] = {}
        self._shares: dict[int, _Odds] = {}
        self._whole: dict[int, _Odds] = {}

    def rule(self, _: Node, node: Node) -> Node:
        match node:
            case Map(op="softplus", operands=(Map(op="subtract") as part,)):
                odds = self._of(part)
                return node if odds is None else self.graph.map("log1p", odds.total)
            case Map(op="sigmoid", operands=(Map(op="subtract") as part,)):
                odds = self._of(part)
                if odds is None:
                    return node
                share = odds.share(self.graph)
                self._shares[share.uid] = odds
                return share
            case Map(op="multiply"):
                return self._product(node)
            case Put(mode="set"):
                base = self._around(node.base, node)
                return self.graph.rebuild(node, [base, *node.args[1:]])
        return node

    def _of(self, part: Map) -> _Odds | None:
        """The odds for ``lse(a) - c``, where c has no index that is summed over."""
        level, base = part.operands
        if not _is_level(level) or not level.dims or set(base.dims) - set(level.dims):
            return None
        if part.uid not in self.odds:
            powers = self._powers(level.source, base)
            total = self.graph.reduce("sum", powers, level.over)
            self.odds[part.uid] = _Odds(level, base, powers, total)
        return self.odds[part.uid]

    def _powers(self, scores: Node, base: Node) -> Node:
        """The powers of all scores; where one is left out, so is its power."""
        if isinstance(scores, Put) and scores.mode == "set" and _is_left_out(scores.value):
            slots = tuple(zip(scores.at, scores.indices, strict=True))
            return self.graph.put(self._power(scores.base, base), slots, self.graph.constant(0))
        return self._power(scores, base)

    def _power(self, scores: Node, base: Node) -> Node:
        return self.graph.map("exp", self.graph.map("subtract", scores, base))

    def _product(self, node: Map) -> Node:
        """``exp(a - lse(a)) * sigmoid(lse(a) - c)`` is ``exp(a - c) * sigmoid(c - lse(a))``."""
        factors = _factors(node)
        for share in factors:
            odds = self._shares.get(share.uid)
            power = next((f for f in factors if odds and _less(f, odds.level)), None)
            if odds is None or power is None:
                continue
            whole = self._power(power.operands[0].operands[0], odds.base)  # type: ignore[attr-defined]
            self._whole[whole.uid] = odds
            result = self.graph.map("multiply", odds.rest(self.graph), whole)
            for factor in factors:
                if factor is not share and factor is not power:
                    result = self.graph.map("multiply", factor, result)
            return result
        return node

    def _around(self, node: Node, hole: Put) -> Node:
        """``node`` with powers of scores that have that hole already: it is filled anyway."""
        if node.uid in self._whole:
            odds = self._whole[node.uid]
            source = odds.level.source
            if isinstance(source, Put) and (source.at, source.indices) == (hole.at, hole.indices):
                return odds.powers
        if isinstance(node, Map) and node.rank == hole.rank:
            return self.graph.rebuild(node, [self._around(part, hole) for part in node.operands])
        return node


def _is_left_out(value: Node) -> bool:
    """Whether a score is -oo."""
    return isinstance(value, Constant) and value.value == -math.inf


def _is_level(node: Node) -> TypeGuard[Reduction]:
    return isinstance(node, Reduction) and node.kind == "lse"


def _factors(node: Node) -> list[Node]:
    if isinstance(node, Map) and node.op == "multiply":
        return [factor for part in node.operands for factor in _factors(part)]
    return [node]


def _less(power: Node, level: Reduction) -> bool:
    """Whether ``power`` is the exponential of scores less their log-sum-exp."""
    match power:
        case Map(op="exp", operands=(Map(op="subtract", operands=(scores, other)),)):
            source = level.source
            own = (source, source.base) if isinstance(source, Put) else (source,)
            return other is level and any(scores is part for part in own)
    return False
