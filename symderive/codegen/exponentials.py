"""Exponentials, taken once: log-sum-exp and softmax share theirs, so do sigmoid and softplus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from symderive.codegen.ir import (
    Dims,
    Gather,
    Graph,
    Map,
    Node,
    Put,
    Reduction,
    Rename,
    Var,
    is_bracket,
    reachable,
    users_of,
)
from symderive.codegen.program import Program, rewrite


@dataclass(frozen=True)
class _LogSum:
    """The parts of a log-sum-exp: ``shift + log(total)``, where ``total`` sums ``powers``."""

    source: Node
    over: Dims
    shift: Node
    powers: Node
    total: Node


def log_sum_exp(program: Program) -> Program:
    """``lse(s)`` is ``m + log sum exp(s - m)``; ``exp(s - lse(s))`` shares its exponentials.

    The shift m is the maximum, or 0 where that is infinite: then rows with entries -oo, or oo,
    or nothing but -oo come out as they should.
    """
    return _log_sum_exp(program, _left_over(program), every=True)


def close_first(program: Program) -> Program:
    """The same for those alone from which the very scores are subtracted."""
    return _log_sum_exp(program, _left_over(program), every=False)


def _left_over(program: Program) -> set[int]:
    """Differences of scores and their log-sum-exp that are used, but not as an exponent alone."""
    nodes = reachable(program.roots)
    users = users_of(nodes)
    kept = {node.uid for node in program.roots}
    return {
        node.uid
        for node in nodes
        if isinstance(node, Map)
        and node.op == "subtract"
        and any(_is_lse(part) and part.rank < node.rank for part in node.operands)
        and (
            node.uid in kept
            or any(not (isinstance(u, Map) and u.op == "exp") for u in users[node.uid])
        )
    }


def _is_lse(node: Node) -> bool:
    return isinstance(node, Reduction) and node.kind == "lse"


def _log_sum_exp(program: Program, left_over: set[int], *, every: bool) -> Program:
    graph = program.graph
    taken = _Taken(graph)
    nodes = [node for node in reachable(program.roots) if node.uid in left_over]
    wanted = {part.uid for node in nodes for part in node.args}

    def rule(old: Node, node: Node) -> Node:
        if isinstance(node, Reduction) and node.kind == "lse":
            return taken.expand(node) if every or old.uid in wanted else node
        if isinstance(node, Map) and old.uid in left_over:
            return taken.to_the_last(node)
        match node:
            case Put(mode="set") | Map(op="where"):
                return taken.guarded(node)
            case Map(op="exp"):
                return taken.quotient(*taken.difference(node)) or node
            case Map(op="subtract" | "add"):
                return taken.close_first(node)
        return node

    return rewrite(program, rule)


class _Taken:
    """The log-sum-exps that have been written out, and what is said by their exponentials."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.known: dict[int, _LogSum] = {}
        #: What stands for a difference -> that difference, as it was.
        self.differences: dict[int, tuple[Node, ...]] = {}

    def expand(self, node: Reduction) -> Node:
        """A log-sum-exp as its shift and the logarithm of what is left."""
        graph = self.graph
        most = graph.reduce("max", node.source, node.over)
        shift = graph.select(graph.map("isfinite", most), most, graph.constant(0))
        powers = graph.map("exp", graph.map("subtract", node.source, shift))
        total = graph.reduce("sum", powers, node.over)
        result = graph.map("add", shift, graph.map("log", total))
        self.known[result.uid] = _LogSum(node.source, node.over, shift, powers, total)
        return result

    def difference(self, node: Node) -> tuple[Node, ...]:
        """What is subtracted from what in the exponent of an exponential; nothing if it is none."""
        match node:
            case Map(op="exp", operands=(Map(op="subtract") as exponent,)):
                return self.differences.get(exponent.uid, exponent.operands)
        return ()

    def quotient(self, scores: Node | None = None, level: Node | None = None) -> Node | None:
        """``exp(scores - level)`` if ``level`` is the log-sum-exp of what ``scores`` is part of."""
        if scores is None or level is None:
            return None
        level, level_at = _unindexed(level)
        parts = self.known.get(level.uid)
        if parts is None:
            return None
        scores, scores_at = _unindexed(scores)
        if scores is not parts.source:
            return None
        outer = {var: scores_at.get(var, var) for var in level.dims}
        if outer != {var: level_at.get(var, var) for var in level.dims}:
            return None
        return self.graph.map(
            "divide",
            self.graph.substitute(parts.powers, scores_at),
            self.graph.substitute(parts.total, level_at),
        )

    def to_the_last(self, node: Map) -> Node:
        """Scores less their log-sum-exp, or the reverse: right even for one above all others.

        ``log(total)`` is then ``log1p`` of all powers but that of the largest score.
        """
        graph = self.graph
        first, second = node.operands
        level = second if second.uid in self.known else first
        if level.uid not in self.known or len(self.known[level.uid].over) != 1:
            return node
        parts = self.known[level.uid]
        largest = graph.reduce("argmax", parts.source, parts.over)
        others = graph.put(parts.powers, [(parts.over[0], largest)], graph.constant(0))
        rest = graph.map("log1p", graph.reduce("sum", others, parts.over))
        if level is second:
            result = graph.map("subtract", graph.map("subtract", first, parts.shift), rest)
        else:
            result = graph.map("add", graph.map("subtract", parts.shift, second), rest)
        self.differences[result.uid] = node.operands
        return result

    def close_first(self, node: Map) -> Node:
        """Close numbers first: (m - s) + log(total) does not cancel where lse - s does."""
        graph = self.graph
        level, other = node.operands
        if node.op == "add" and level.uid not in self.known:
            level, other = other, level
        parts = self.known.get(level.uid)
        if parts is not None:
            close = graph.map(node.op, parts.shift, other)
            return graph.map("add", close, graph.map("log", parts.total))
        return self._less_level(node) if node.op == "subtract" else node

    def _less_level(self, node: Map) -> Node:
        """``s - n * lse``, by name or at other places, as (s - n * m) - n * log(total)."""
        graph = self.graph
        scores, level = node.operands
        times: list[Node] = []
        if isinstance(level, Map) and level.op == "multiply":
            *times, level = sorted(level.operands, key=lambda part: part.rank)
            if any(part.rank for part in times):
                return node
        inner, at = _unindexed(level)
        parts = self.known.get(inner.uid)
        if parts is None:
            return node
        shift = graph.substitute(parts.shift, at)
        rest = graph.map("log", graph.substitute(parts.total, at))
        for number in times:
            shift, rest = graph.map("multiply", number, shift), graph.map("multiply", number, rest)
        result = graph.map("subtract", graph.map("subtract", scores, shift), rest)
        self.differences[result.uid] = node.operands
        return result

    def guarded(self, node: Put | Map) -> Node:
        """``node`` with exponentials that have been taken, wherever it keeps them."""
        if isinstance(node, Put):
            return self.graph.rebuild(node, [self._around(node.base, node), *node.args[1:]])
        if not is_bracket(node):
            return node
        mask, value, no = node.operands
        return self.graph.select(mask, self._under(value, mask), no)

    def _around(self, node: Node, hole: Put) -> Node:
        """``node`` with exponentials that have been taken, right everywhere but in ``hole``."""
        match self.difference(node), node:
            case (scores, level), _:
                parts = self.known.get(level.uid)
                if parts is not None and _has_hole(parts.source, scores, hole):
                    # Not less than 1, unless there is nothing (or nothing but -oo) to sum.
                    total = self.graph.map("maximum", parts.total, self.graph.constant(1))
                    return self.graph.map("divide", parts.powers, total)
            case _, Map() if node.rank == hole.rank:
                operands = [self._around(operand, hole) for operand in node.operands]
                return self.graph.rebuild(node, operands)
        return node

    def _under(self, node: Node, mask: Node) -> Node:
        """``node`` with exponentials that have been taken, right wherever ``mask`` holds."""
        graph = self.graph
        match self.difference(node), node:
            case (scores, level), _:
                total = _unindexed(level)[0]
                parts = self.known.get(total.uid)
                if parts is None or not isinstance(parts.source, Map) or parts.source.op != "where":
                    return node
                allowed, own, _ = parts.source.operands
                table = _renaming(own, scores)
                if table is None or graph.substitute(allowed, table) is not mask:
                    return node
                if graph.substitute(total, table) is not level:
                    return node
                return graph.map(
                    "divide",
                    graph.substitute(parts.powers, table),
                    graph.substitute(parts.total, table),
                )
            case _, Map():
                operands = [self._under(operand, mask) for operand in node.operands]
                return graph.rebuild(node, operands)
        return node


def _renaming(node: Node, other: Node) -> dict[Var, Var | Node] | None:
    """What to put for the variables of ``node`` to have ``other``."""
    node, here = _unindexed(node)
    other, there = _unindexed(other)
    if node is not other:
        return None
    table: dict[Var, Var | Node] = {}
    for var in node.dims:
        place = here.get(var, var)
        if not isinstance(place, Var):
            return None
        table[place] = there.get(var, var)
    return table


def _has_hole(source: Node, scores: Node, hole: Put) -> bool:
    """Whether ``source`` is ``scores`` with something else in ``hole``."""
    return (
        isinstance(source, Put)
        and source.base is scores
        and (source.at, source.indices) == (hole.at, hole.indices)
    )


def _unindexed(node: Node) -> tuple[Node, Mapping[Var, Var | Node]]:
    """``node`` below a gather or renaming, and what is put for its variables."""
    if isinstance(node, Gather):
        return node.source, dict(zip(node.source.dims, node.slots, strict=True))
    if isinstance(node, Rename):
        return node.source, dict(zip(node.source.dims, node.variables, strict=True))
    return node, {}


#: Functions that need ``exp(-abs(x))``, from it and from x; they serve x and -x alike.
_LOGISTIC = ("sigmoid", "softplus")


def logistic(program: Program) -> Program:
    """Where sigmoid and softplus of x or -x occur together, they share ``exp(-abs(x))``.

    So does one of them with that power, where it is there already.
    """
    graph = program.graph
    families: dict[int, dict[int, Node]] = {}
    for node in reachable(program.roots):
        match node:
            case Map(op=op, operands=(x,)) if op in _LOGISTIC:
                families.setdefault(_unsigned(x).uid, {})[node.uid] = node
            case Map(op="exp", operands=(Map(op="negative", operands=(size,)),)):
                if isinstance(size, Map) and size.op == "absolute":
                    families.setdefault(size.operands[0].uid, {})[node.uid] = node
    shared = {uid for family in families.values() if len(family) > 1 for uid in family}

    def rule(old: Node, node: Node) -> Node:
        if old.uid not in shared or not isinstance(node, Map) or node.op not in _LOGISTIC:
            return node
        x = node.operands[0]
        positive = _unsigned(x)
        zero, one = graph.constant(0), graph.constant(1)
        power = graph.map("exp", graph.map("negative", graph.map("absolute", positive)))
        if node.op == "softplus":
            return graph.map("add", graph.map("maximum", x, zero), graph.map("log1p", power))
        # The larger of power and 1 where x >= 0: a select that is one pass.
        above = graph.map(">=" if x is positive else "<=", positive, zero)
        larger = graph.map("maximum", power, graph.map("real", above))
        return graph.map("divide", larger, graph.map("add", one, power))

    return rewrite(program, rule)


def _unsigned(node: Node) -> Node:
    return node.operands[0] if isinstance(node, Map) and node.op == "negative" else node
