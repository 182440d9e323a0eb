"""Passes of ``level="fast"``: each rewrites the array program into an equal one that costs less.

No pass looks at a name: a rule fires wherever its pattern stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from symderive.codegen import exact, products
from symderive.codegen.ir import (
    Broadcast,
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
    is_number,
    reachable,
    union,
    users_of,
    without,
)
from symderive.codegen.symmetric import with_roots
from symderive.codegen.thresholds import by_order


@dataclass(frozen=True)
class Program:
    """What a function of a module computes: its outputs, and the nodes that equations name.

    The first ``always`` outputs are computed whatever is asked for.
    """

    graph: Graph
    equations: tuple[tuple[str, Node], ...]
    outputs: tuple[tuple[str, Node], ...]
    always: int = 1

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
    )


# --- exponentials, taken once ---------------------------------------------------------------------


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
    known: dict[int, _LogSum] = {}
    differences: dict[int, tuple[Node, ...]] = {}
    nodes = [node for node in reachable(program.roots) if node.uid in left_over]
    wanted = {part.uid for node in nodes for part in node.args}

    def expand(node: Reduction) -> Node:
        most = graph.reduce("max", node.source, node.over)
        shift = graph.select(graph.map("isfinite", most), most, graph.constant(0))
        powers = graph.map("exp", graph.map("subtract", node.source, shift))
        total = graph.reduce("sum", powers, node.over)
        result = graph.map("add", shift, graph.map("log", total))
        known[result.uid] = _LogSum(node.source, node.over, shift, powers, total)
        return result

    def quotient(scores: Node, level: Node) -> Node | None:
        """``exp(scores - level)`` if ``level`` is the log-sum-exp of what ``scores`` is part of."""
        level, level_at = _unindexed(level)
        parts = known.get(level.uid)
        if parts is None:
            return None
        scores, scores_at = _unindexed(scores)
        if scores is not parts.source:
            return None
        outer = {var: scores_at.get(var, var) for var in level.dims}
        if outer != {var: level_at.get(var, var) for var in level.dims}:
            return None
        return graph.map(
            "divide",
            graph.substitute(parts.powers, scores_at),
            graph.substitute(parts.total, level_at),
        )

    def rule(old: Node, node: Node) -> Node:
        if isinstance(node, Reduction) and node.kind == "lse":
            return expand(node) if every or old.uid in wanted else node
        if isinstance(node, Map) and old.uid in left_over:
            result = _to_the_last(graph, known, node)
            differences[result.uid] = node.operands
            return result
        match node:
            case Put(mode="set") | Map(op="where"):
                return _guarded(graph, known, node)
            case Map(op="exp", operands=(Map(op="subtract") as exponent,)):
                return quotient(*differences.get(exponent.uid, exponent.operands)) or node
            case Map(op="subtract" | "add"):
                return _close_first(graph, known, node)
        return node

    return rewrite(program, rule)


def _to_the_last(graph: Graph, known: Mapping[int, _LogSum], node: Map) -> Node:
    """Scores less their log-sum-exp, or the reverse: right even for one that all others are below.

    ``log(total)`` is then ``log1p`` of all powers but that of the largest score.
    """
    first, second = node.operands
    level = second if second.uid in known else first
    if level.uid not in known or len(known[level.uid].over) != 1:
        return node
    parts = known[level.uid]
    largest = graph.reduce("argmax", parts.source, parts.over)
    others = graph.put(parts.powers, [(parts.over[0], largest)], graph.constant(0))
    rest = graph.map("log1p", graph.reduce("sum", others, parts.over))
    if level is second:
        return graph.map("subtract", graph.map("subtract", first, parts.shift), rest)
    return graph.map("add", graph.map("subtract", parts.shift, second), rest)


def _close_first(graph: Graph, known: Mapping[int, _LogSum], node: Map) -> Node:
    """Close numbers first: (m - s) + log(total) does not cancel where lse - s does."""
    level, other = node.operands
    if node.op == "add" and level.uid not in known:
        level, other = other, level
    if level.uid not in known:
        return node
    parts = known[level.uid]
    return graph.map("add", graph.map(node.op, parts.shift, other), graph.map("log", parts.total))


def _guarded(graph: Graph, known: Mapping[int, _LogSum], node: Put | Map) -> Node:
    """``node`` with exponentials that have been taken, wherever it keeps them."""
    if isinstance(node, Put):
        return graph.rebuild(node, [_around(graph, known, node.base, node), *node.args[1:]])
    if not is_bracket(node):
        return node
    mask, value, no = node.operands
    return graph.select(mask, _under(graph, known, value, mask), no)


def _around(graph: Graph, known: Mapping[int, _LogSum], node: Node, hole: Put) -> Node:
    """``node`` with exponentials that have been taken, right everywhere but in ``hole``."""
    match node:
        case Map(op="exp", operands=(Map(op="subtract", operands=(scores, level)),)):
            parts = known.get(level.uid)
            if parts is not None and _has_hole(parts.source, scores, hole):
                # Not less than 1, unless there is nothing (or nothing but -oo) to sum.
                total = graph.map("maximum", parts.total, graph.constant(1))
                return graph.map("divide", parts.powers, total)
        case Map() if node.rank == hole.rank:
            operands = [_around(graph, known, operand, hole) for operand in node.operands]
            return graph.rebuild(node, operands)
    return node


def _under(graph: Graph, known: Mapping[int, _LogSum], node: Node, mask: Node) -> Node:
    """``node`` with exponentials that have been taken, right wherever ``mask`` holds."""
    match node:
        case Map(op="exp", operands=(Map(op="subtract", operands=(scores, level)),)):
            total = _unindexed(level)[0]
            parts = known.get(total.uid)
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
        case Map():
            operands = [_under(graph, known, operand, mask) for operand in node.operands]
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


# --- less work ------------------------------------------------------------------------------------


def gather_first(program: Program) -> Program:
    """Entries of an array that nothing else uses are computed alone: f(x)[i, y] is f(x[i, y])."""
    graph = program.graph
    changed = True
    while changed:
        changed = False
        users = users_of(reachable(program.roots))
        kept = {node.uid for node in program.roots}

        def rule(old: Node, node: Node) -> Node:
            nonlocal changed
            if not (isinstance(old, Gather) and isinstance(node, Gather)):
                return node
            source = node.source
            smaller = node.rank < source.rank
            alone = old.source.uid not in kept and all(  # noqa: B023 - used in this turn only
                isinstance(user, Gather)
                for user in users[old.source.uid]  # noqa: B023
            )
            if not (isinstance(source, Map) and smaller and alone):
                return node
            changed = True
            slots = dict(zip(source.dims, node.slots, strict=True))
            return graph.map(
                source.op, *(graph.substitute(operand, slots) for operand in source.operands)
            )

        program = rewrite(program, rule)
    return program


def scale_rows(program: Program) -> Program:
    """Factors of rows are multiplied before they meet the array: one pass over it, not several.

    ``c * (a / S)`` is ``a * (c / S)``, ``c * (d * a)`` is ``(c * d) * a``, and an entry that is
    set or added is scaled by itself, where ``c``, ``d``, ``S`` have fewer axes than ``a``. So the
    negative of ``c * a`` is ``-c * a``.
    """
    graph = program.graph
    users = users_of(reachable(program.roots))
    kept = {node.uid for node in program.roots}

    def alone(node: Node) -> bool:
        return node.uid not in kept and len(users.get(node.uid, ())) <= 1

    def product(old: Map, node: Map) -> Node:
        for place in (0, 1):
            scale, array = node.operands[place], node.operands[1 - place]
            if scale.rank < array.rank and alone(old.operands[1 - place]):
                return _scaled(graph, scale, array)
        return node

    def rule(old: Node, node: Node) -> Node:
        if isinstance(old, Map) and isinstance(node, Map) and node.op == old.op == "multiply":
            return product(old, node)
        match old, node:
            case (
                Map(op="negative", operands=(Map() as before,)),
                Map(op="negative", operands=(Map(op="multiply", operands=(first, second)),)),
            ) if alone(before) and min(first.rank, second.rank) < node.rank:
                small, other = sorted((first, second), key=lambda part: part.rank)
                return graph.map("multiply", graph.map("negative", small), other)
        return node

    return rewrite(program, rule)


def _scaled(graph: Graph, scale: Node, array: Node) -> Node:
    """``scale * array``, where ``array`` is used nowhere else."""
    match array:
        case Broadcast() if is_number(array.source, 0):
            return array
        case Map(op="negative", operands=(inner,)):
            return _scaled(graph, graph.map("negative", scale), inner)
        case Map(op="divide", operands=(above, below)) if _is_row(array, scale, below):
            return graph.map("multiply", graph.map("divide", scale, below), above)
        case Map(op="multiply", operands=(first, second)):
            for row, rest in ((first, second), (second, first)):
                if _is_row(array, scale, row):
                    return graph.map("multiply", graph.map("multiply", scale, row), rest)
        case Put() if not set(array.at) & set(scale.dims):
            value = array.value
            if not is_number(value, 0):
                value = graph.map("multiply", scale, value)
            slots = tuple(zip(array.at, array.indices, strict=True))
            return graph.put(_scaled(graph, scale, array.base), slots, value, array.mode)
    return graph.map("multiply", scale, array)


def _is_row(array: Node, *factors: Node) -> bool:
    """Whether the product of ``factors`` has fewer axes than ``array``."""
    return len(union(*(factor.dims for factor in factors))) < array.rank


def holes_last(program: Program) -> Program:
    """``where(mask, a with a hole, 0)`` is ``where(mask, a, 0)`` with that hole."""
    graph = program.graph

    def rule(_: Node, node: Node) -> Node:
        match node:
            case Map(op="where", operands=(mask, Put(mode="set") as put, fill)) if is_number(
                fill, 0
            ) and is_number(put.value, 0):
                slots = tuple(zip(put.at, put.indices, strict=True))
                return graph.put(graph.select(mask, put.base, fill), slots, fill)
            case Put(mode="add", base=Put(mode="set") as put) if is_number(put.value, 0) and (
                put.at,
                put.indices,
            ) == (node.at, node.indices):
                slots = tuple(zip(put.at, put.indices, strict=True))
                return graph.put(put.base, slots, node.value)
        return node

    return rewrite(program, rule)


def sums_of_sums(program: Program) -> Program:
    """A sum over several axes, of an array that is summed over fewer already, goes on from there.

    Not in what the value is computed from: it is the same to the last bit with and without
    gradients.
    """
    graph = program.graph
    plain = {node.uid for name, root in program.outputs if not name for node in reachable([root])}
    taken: dict[int, list[Dims]] = {}
    for node in reachable(program.roots):
        if isinstance(node, Reduction) and node.kind == "sum":
            taken.setdefault(node.source.uid, []).append(node.over)

    def rule(old: Node, node: Node) -> Node:
        if not (isinstance(node, Reduction) and isinstance(old, Reduction) and node.kind == "sum"):
            return node
        if old.uid in plain:
            return node
        fewer = [over for over in taken[old.source.uid] if set(over) < set(old.over)]
        if not fewer or node.over != old.over:
            return node
        most = max(fewer, key=len)
        return graph.reduce("sum", graph.reduce("sum", node.source, most), without(node.over, most))

    return rewrite(program, rule)


def holes_filled(program: Program) -> Program:
    """Where an array is there with a hole and with a filled one, the second is the first, filled.

    So that not each of them needs a copy of the array.
    """
    graph = program.graph
    holed: dict[tuple[int, Dims, tuple[int, ...]], Put] = {}

    def rule(_: Node, node: Node) -> Node:
        if not (isinstance(node, Put) and node.mode == "set"):
            return node
        place = (node.base.uid, node.at, tuple(index.uid for index in node.indices))
        first = holed.setdefault(place, node)
        if first is node or first.dims != node.dims:
            return node
        return graph.put(first, tuple(zip(node.at, node.indices, strict=True)), node.value)

    return rewrite(program, rule)


def sigmoid_slopes(program: Program) -> Program:
    """``sigmoid(x) * sigmoid(-x)`` from one exponential, where neither is used elsewhere."""
    return _one_by_one(program, products.slope)


def one_matrix(program: Program) -> Program:
    """Products of one matrix with several vectors as one product, where all are always needed."""
    if program.always < len(program.outputs):
        return program
    return _one_by_one(program, products.through_one_matrix)


def _one_by_one(
    program: Program, find: Callable[[Graph, Sequence[Node]], Mapping[int, Node]]
) -> Program:
    """``program`` with what ``find`` puts for nodes, until it finds no more."""
    while found := find(program.graph, program.roots):
        program = rewrite(program, _replacing(found))
    return program


def _replacing(found: Mapping[int, Node]) -> Rule:
    return lambda old, node: found.get(old.uid, node)


def symmetric_products(program: Program) -> Program:
    """``X.T @ diag(d) @ X`` as the product of one array with its transpose, where d >= 0."""
    return rewrite(program, lambda _, node: with_roots(program.graph, node))


def thresholds(program: Program) -> Program:
    """``sum[j if t[j] >= t[i]](f[j])`` by sorting and running sums, not by comparing all pairs."""
    return rewrite(program, lambda _, node: by_order(program.graph, node))


def without_dead(program: Program) -> Program:
    """Equations that no output needs are dropped."""
    return rewrite(program, lambda _, node: node)


#: In this order; each leaves a program that the next accepts.
FAST: tuple[Callable[[Program], Program], ...] = (
    thresholds,
    log_sum_exp,
    sigmoid_slopes,
    logistic,
    gather_first,
    holes_last,
    scale_rows,
    symmetric_products,
    one_matrix,
    sums_of_sums,
    holes_filled,
    without_dead,
)


def over_nothing(program: Program) -> Program:
    """Exponentials of scores less a log-sum-exp of others are 0 where all of these are -oo."""
    return rewrite(program, lambda _, node: exact.over_nothing(program.graph, node))


READABLE: tuple[Callable[[Program], Program], ...] = (close_first, over_nothing, without_dead)


def optimised(program: Program, passes: Iterable[Callable[[Program], Program]]) -> Program:
    """The program after ``passes``."""
    for step in passes:
        program = step(program)
    return program
