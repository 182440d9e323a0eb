"""Passes of ``level="fast"``: each rewrites the array program into an equal one that costs less.

No pass looks at a name: a rule fires wherever its pattern stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from symderive.codegen import exact, products
from symderive.codegen.blocks import fusing
from symderive.codegen.exponentials import close_first, log_sum_exp, logistic
from symderive.codegen.ir import (
    Broadcast,
    Constant,
    Contraction,
    Dims,
    Gather,
    Graph,
    Map,
    Node,
    Put,
    Reduction,
    is_number,
    reachable,
    union,
    users_of,
    without,
)
from symderive.codegen.program import Program, Rule, rewrite
from symderive.codegen.symmetric import with_roots
from symderive.codegen.thresholds import by_order

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
    negative of ``c * a`` is ``-c * a``, and its absolute value ``abs(c) * abs(a)``.
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
            case (
                Map(op="absolute", operands=(Map() as before,)),
                Map(op="absolute", operands=(Map(op="multiply", operands=(first, second)),)),
            ) if alone(before) and min(first.rank, second.rank) < node.rank:
                small, other = sorted((first, second), key=lambda part: part.rank)
                return graph.map("multiply", _magnitude(graph, small), _magnitude(graph, other))
        return node

    return rewrite(program, rule)


def _magnitude(graph: Graph, node: Node) -> Node:
    if isinstance(node, Constant):
        return graph.constant(node.value if node.value >= 0 else -node.value)
    return graph.map("absolute", node)


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


def sums_at_once(program: Program) -> Program:
    """The sum of all sums of rows, of which nothing else is made, is one sum over the array.

    A number that multiplies each of them multiplies it. Not where rows are computed a block at a
    time (:mod:`symderive.codegen.blocks`): there, an array as a whole is what is spared. And only
    in what the value is computed from, by what it reads alone: it is the same with gradients.
    """
    graph = program.graph
    value = replace(program, outputs=tuple(output for output in program.outputs if not output[0]))
    if fusing(value) is not None:
        return program
    plain = reachable(value.roots)
    users = users_of(plain)
    kept = {node.uid for node in program.roots}
    inside: list[int] = []

    def total(node: Node, over: Dims) -> Node | None:
        """The sum of ``node`` over all of its axes, if it can go on inside of it."""
        if len(users[node.uid]) > 1 or node.uid in kept:
            return None
        inside.append(node.uid)
        match node:
            case (
                Map(op="multiply", operands=(Constant() as factor, rest))
                | Map(op="multiply", operands=(rest, Constant() as factor))
            ):
                inner = total(rest, over) or graph.reduce("sum", rest, over)
                return graph.map("multiply", factor, inner)
            case Reduction(kind="sum", source=source):
                return graph.reduce("sum", source, (*node.over, *over))
            case Contraction(left=left, right=right) if set(left.dims) == set(right.dims):
                return graph.contract(left, right, (*node.over, *over))
        return None

    found: dict[int, Node] = {}
    within = list(program.within)
    for node in plain:
        if not (isinstance(node, Reduction) and node.kind == "sum" and not node.dims):
            continue
        inside.clear()
        made = total(node.source, node.over)
        if made is not None:
            found[node.uid] = made
            within += _taken_in(program, node, inside)
    return replace(rewrite(program, _replacing(found)), within=tuple(within))


def _taken_in(program: Program, node: Node, inside: Iterable[int]) -> Iterable[tuple[str, str]]:
    """The equations whose nodes are ``inside`` of ``node``, and the first that needs it."""
    for name, root in program.equations:
        if any(below is node for below in reachable([root])):
            return [(own, name) for own, made in program.equations if made.uid in inside]
    return []


def holes_first(program: Program) -> Program:
    """Where all that is made of an array has the same hole, the array has it: a 0 in that place.

    ``max(a, 0)`` is 0 there, and so is what stands only where ``a > 0``. One hole is put for all.
    """
    graph = program.graph
    users = users_of(reachable(program.roots))
    kept = {node.uid for node in program.roots}
    first: dict[int, Put] = {}
    spared: set[int] = set()

    def holes(node: Node) -> list[Put] | None:
        """The holes that all that reads ``node`` has, which is 0 where its array is."""
        found = [user for user in users[node.uid] if isinstance(user, Put) and _is_hole(user, node)]
        return None if node.uid in kept or len(found) < len(users[node.uid]) else found

    for node in reachable(program.roots):
        if not isinstance(node, Map) or node.rank < 2 or node.uid in kept:
            continue
        made: list[Node] = []
        for user in users[node.uid]:
            made += users[user.uid] if _is_positive(user, node) else [user]
        found = [holes(part) if _is_cut(part, node) else None for part in made]
        puts = [put for part in found if part is not None for put in part]
        if None in found or len(puts) < 2 or len({(p.at, p.indices) for p in puts}) > 1:
            continue
        first[node.uid] = puts[0]
        spared |= {put.uid for put in puts}

    def rule(old: Node, node: Node) -> Node:
        if old.uid in spared and isinstance(node, Put):
            return node.base
        if old.uid not in first:
            return node
        hole = first[old.uid]
        return graph.put(node, tuple(zip(hole.at, hole.indices, strict=True)), hole.value)

    return rewrite(program, rule)


def _is_hole(put: Put, node: Node) -> bool:
    return put.mode == "set" and put.base is node and is_number(put.value, 0)


def _is_positive(mask: Node, node: Node) -> bool:
    """Whether ``mask`` is ``node > 0``."""
    match mask:
        case Map(op=">", operands=(first, second)):
            return first is node and is_number(second, 0)
    return False


def _is_cut(part: Node, node: Node) -> bool:
    """Whether ``part`` is ``max(node, 0)``, or something where ``node > 0`` and else 0."""
    match part:
        case Map(op="maximum", operands=(first, second)):
            return first is node and is_number(second, 0)
        case Map(op="where", operands=(mask, _, other)):
            return _is_positive(mask, node) and is_number(other, 0)
    return False


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


def pieces(program: Program) -> Program:
    """Pieces of a function that meet at 0, each of its own side, without a select."""
    return _one_by_one(program, products.pieces)


def step_beside(program: Program) -> Program:
    """An exponential below 0 and a step above, without a select."""
    return _one_by_one(program, products.step_beside)


def two_sides(program: Program) -> Program:
    """Both sides of a softplus or sigmoid, with weights that are 1 in all, from one of them."""
    return _one_by_one(program, products.two_sides)


def one_quotient(program: Program) -> Program:
    """``c * (a / b)`` is ``(c / b) * a`` where ``c / b`` is there already."""
    return _one_by_one(program, products.one_quotient)


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
    pieces,
    step_beside,
    log_sum_exp,
    sigmoid_slopes,
    two_sides,
    logistic,
    gather_first,
    holes_last,
    scale_rows,
    one_quotient,
    symmetric_products,
    one_matrix,
    sums_of_sums,
    sums_at_once,
    holes_filled,
    holes_first,
    without_dead,
)


def one_reciprocal(program: Program) -> Program:
    """Quotients by one divisor, or by its square, as products with one reciprocal of it.

    For loops, in which an array is read once; an array at a time would be read once more.
    """
    return _one_by_one(program, products.reciprocals)


def shares_selected(program: Program) -> Program:
    """A select where an array at a time is better served by a maximum with its mask."""
    return _one_by_one(program, products.selects)


def one_side(program: Program) -> Program:
    """One exponential for both where that of ``min(x, 0)`` serves where x is negative."""
    return _one_by_one(program, products.on_one_side)


#: With loops, in which sums of rows are taken where their entries are computed.
LOOPS = (
    *(step for step in FAST if step not in (sums_at_once, step_beside)),
    one_side,
    shares_selected,
    one_reciprocal,
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
