"""Products that are cheaper together: two vectors through one matrix, both sides of a sigmoid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from fractions import Fraction
from itertools import permutations

from symderive.codegen.ir import (
    Constant,
    Contraction,
    Graph,
    Input,
    Map,
    Node,
    Var,
    is_number,
    reachable,
    users_of,
)


def slope(graph: Graph, roots: Sequence[Node]) -> dict[int, Node]:
    """For a product with ``sigmoid(x) * sigmoid(-x)``: the same with ``e / (1 + e)**2``.

    ``e = exp(-abs(x))`` is at most 1, one exponential serves both, and nothing is selected. Only
    where one of them is used nowhere else; a factor that is a product itself is looked into.
    """
    users = users_of(reachable(roots))
    kept = {node.uid for node in roots}

    def alone(node: Node) -> bool:
        return node.uid not in kept and len(users[node.uid]) == 1

    def factors(node: Node) -> list[Node]:
        found, stack = [], [node]
        while stack:
            part = stack.pop()
            if _is_product(part) and alone(part):
                stack.extend(reversed(part.args))
            else:
                found.append(part)
        return found

    def pair_in(parts: Sequence[Node]) -> tuple[Node, Node] | None:
        sides = [part for part in parts if _is_sigmoid(part)]
        pairs = ((a, b) for a, b in permutations(sides, 2) if _opposite(graph, a, b))
        return next((pair for pair in pairs if any(map(alone, pair))), None)

    for node in reachable(roots):
        if not _is_product(node):
            continue
        if alone(node) and all(map(_is_product, users[node.uid])):
            continue  # a part of a longer product
        parts = [part for operand in node.args for part in factors(operand)]
        opened = (
            [*parts[:place], *part.args, *parts[place + 1 :]]
            for place, part in enumerate(parts)
            if _is_product(part)
        )
        parts = next((other for other in (parts, *opened) if pair_in(other)), parts)
        pair = pair_in(parts)
        if pair is None:
            continue
        x = pair[0].args[0]
        power = graph.map("exp", graph.map("negative", graph.map("absolute", x)))
        square = graph.map("square", graph.map("add", graph.constant(1), power))
        rest = list(parts)
        for side in pair:
            rest.remove(side)  # once: what is there twice stays there once
        result: Node = graph.map("divide", power, square)
        for part in sorted(rest, key=lambda part: part.rank):
            result = graph.map("multiply", part, result)
        return {node.uid: result}
    return {}


def one_quotient(graph: Graph, roots: Sequence[Node]) -> dict[int, Node]:
    """For ``c * (a / b)`` the product ``(c / b) * a``, where ``c / b`` is there already."""
    order = reachable(roots)
    users = users_of(order)
    kept = {node.uid for node in roots}
    quotients = {node.args: node for node in order if isinstance(node, Map) and node.op == "divide"}

    def alone(node: Node) -> bool:
        return node.uid not in kept and len(users[node.uid]) == 1

    for node in order:
        if not _is_product(node):
            continue
        for part, scale in (node.args, node.args[::-1]):
            minus = isinstance(part, Map) and part.op == "negative" and alone(part)
            quotient = part.args[0] if minus else part
            if not (isinstance(quotient, Map) and quotient.op == "divide" and alone(quotient)):
                continue
            above, below = quotient.args
            shared = quotients.get((scale, below))
            if shared is not None and shared is not quotient:
                other = graph.map("negative", above) if minus else above
                return {node.uid: graph.map("multiply", other, shared)}
    return {}


def _is_product(node: Node) -> bool:
    return isinstance(node, Map) and node.op == "multiply"


def _is_sigmoid(node: Node) -> bool:
    return isinstance(node, Map) and node.op == "sigmoid"


def _opposite(graph: Graph, one: Node, other: Node) -> bool:
    """Whether ``other`` is the sigmoid of the negated argument of ``one``."""
    return graph.map("negative", one.args[0]) is other.args[0]


#: What joins both sides of a function, with their weights.
_JOINS = {"add": "softplus", "subtract": "sigmoid"}


def two_sides(graph: Graph, roots: Sequence[Node]) -> dict[int, Node]:
    """For both sides of a softplus, or of a sigmoid, with weights ``1 - q`` and ``q``: one of them.

    With ``p = 1`` where x is not negative, else 0, and ``e = exp(-abs(x))``:

    - ``(1 - q) * softplus(x) + q * softplus(-x) = (p - q) * x + log1p(e)``;
    - ``(1 - q) * sigmoid(x) - q * sigmoid(-x) = (p - q) - copysign(e / (1 + e), x)``.

    No digit of ``1 - q`` or q is lost on either side. A zero is negative here if its sign is.
    """
    for node in reachable(roots):
        if isinstance(node, Map) and node.op in _JOINS:
            sides = _weighted_sides(graph, *node.operands, op=_JOINS[node.op])
            if sides is not None:
                side = _softplus_side if node.op == "add" else _sigmoid_side
                return {node.uid: side(graph, *sides)}
    return {}


def _softplus_side(graph: Graph, x: Node, q: Node, _: bool) -> Node:
    size, turned, power = _by_size(graph, x)
    linear = graph.map("multiply", _away(graph, size, q, turned, turned), size)
    return graph.map("add", linear, graph.map("log1p", power))


def _sigmoid_side(graph: Graph, x: Node, q: Node, negative: bool) -> Node:
    size, turned, power = _by_size(graph, x)
    below = graph.map("add", graph.constant(1), power)
    share = graph.map("copysign", graph.map("divide", power, below), size)
    op = "subtract" if negative == turned else "add"
    return graph.map(op, _away(graph, size, q, turned, negative), share)


def _by_size(graph: Graph, x: Node) -> tuple[Node, bool, Node]:
    """What x is, or is the negative of; whether it is that; the exponential of minus its size."""
    turned = isinstance(x, Map) and x.op == "negative"
    size = x.args[0] if turned else x
    return size, turned, graph.map("exp", graph.map("negative", graph.map("absolute", size)))


def _away(graph: Graph, x: Node, q: Node, turned: bool, negative: bool) -> Node:
    """The ``p - q`` of x, or of -x if turned; or the negative of it."""
    sign = graph.map("signbit", x)
    p = graph.map("real", sign if turned else graph.map("not", sign))
    return graph.map("subtract", *((q, p) if negative else (p, q)))


def _weighted_sides(
    graph: Graph, first: Node, second: Node, *, op: str
) -> tuple[Node, Node, bool] | None:
    """The x and q of ``(1 - q) * op(x)`` and ``q * op(-x)``; whether these come the other way."""
    for one, other in ((first, second), (second, first)):
        for weight, side in _with_side(one, op):
            for q, opposite in _with_side(other, op):
                less = graph.map("subtract", graph.constant(1), q)
                if weight is less and _opposite(graph, side, opposite):
                    return side.operands[0], q, one is second
    return None


def _with_side(node: Node, op: str) -> list[tuple[Node, Map]]:
    """The other factor of a product with ``op``, and that factor."""
    if not isinstance(node, Map) or node.op != "multiply":
        return []
    first, second = node.operands
    pairs = ((first, second), (second, first))
    return [(rest, side) for rest, side in pairs if isinstance(side, Map) and side.op == op]


#: Functions that are 0 at 0, and finite beside it.
_ODD = frozenset({"negative", "expm1", "tanh", "sin", "absolute", "erf"})


def pieces(graph: Graph, roots: Sequence[Node]) -> dict[int, Node]:
    """For ``where(x > 0, f(x), g(x))``, both 0 at 0: ``f(max(x, 0)) + g(min(x, 0))``.

    Two passes in place of a select, and no exponential overflows where it does not count. What may
    be infinite is no factor of f or g: there the select is a guard.
    """
    for node in reachable(roots):
        match node:
            case Map(op="where", operands=(Map(op=op, operands=(x, bound)), yes, no)):
                if op not in ("<", "<=", ">", ">=") or not is_number(bound, 0):
                    continue
                above, below = (yes, no) if op.startswith(">") else (no, yes)
                parts = [part for part in (above, below) if not is_number(part, 0)]
                if parts and x.dtype == "real" and all(_is_0_at_0(part, x) for part in parts):
                    sides = zip((above, below), ("maximum", "minimum"), strict=True)
                    first, second = (
                        _put(graph, part, x, graph.map(bounded, x, graph.constant(0)))
                        for part, bounded in sides
                    )
                    return {node.uid: graph.map("add", first, second)}
    return {}


def step_beside(graph: Graph, roots: Sequence[Node]) -> dict[int, Node]:
    """For ``c [x < 0] exp(x) + [x >= 0]``: ``c (exp(min(x, 0)) - [x >= 0]) + [x >= 0]``.

    ``exp(0) - 1`` is 0 to the last bit: a subtraction in place of a select. Where c is a number
    that is given, so that it is finite, and ``min(x, 0)`` is there.
    """
    known = {node.uid for node in reachable(roots)}
    for node in reachable(roots):
        if not (isinstance(node, Map) and node.op == "add"):
            continue
        for part, step in permutations(node.operands):
            match part, step:
                case (
                    Map(op="where", operands=(Map(op=op, operands=(x, zero)), kept, other)),
                    Map(op="real", operands=(Map(op=opposite, operands=(same, bound)),)),
                ) if same is x and (op, opposite) in (("<", ">="), ("<=", ">")):
                    if not all(is_number(number, 0) for number in (zero, other, bound)):
                        continue
                    scales, power = _scaled_power(graph, kept, x)
                    lower = graph.map("minimum", x, graph.constant(0))
                    if power is None or lower.uid not in known:
                        continue
                    result = graph.map("subtract", graph.map("exp", lower), step)
                    for scale in scales:
                        result = graph.map("multiply", scale, result)
                    return {node.uid: graph.map("add", result, step)}
    return {}


def _scaled_power(graph: Graph, node: Node, x: Node) -> tuple[list[Node], Node | None]:
    """The numbers by which ``node`` is ``exp(x)``; no power if it is something else."""
    power = graph.map("exp", x)
    scales: list[Node] = []
    while node is not power:
        match node:
            case Map(op="multiply", operands=(first, second)) if _is_scale(first) or _is_scale(
                second
            ):
                scale, node = (first, second) if _is_scale(first) else (second, first)
                scales.append(scale)
            case _:
                return [], None
    return scales, power


def _is_0_at_0(node: Node, x: Node) -> bool:
    """Whether ``node`` is 0 where x is, whatever else it has."""
    if node is x or is_number(node, 0):
        return True
    if not isinstance(node, Map):
        return False
    if node.op in _ODD:
        return _is_0_at_0(node.operands[0], x)
    if node.op in ("add", "subtract"):
        return all(_is_0_at_0(part, x) for part in node.operands)
    if node.op == "multiply":
        scales = [part for part in node.operands if _is_scale(part)]
        others = [part for part in node.operands if not _is_scale(part)]
        return len(scales) < 2 and all(_is_0_at_0(part, x) for part in others)
    return False


def _is_scale(node: Node) -> bool:
    return isinstance(node, Constant) or (isinstance(node, Input) and not node.dims)


def _put(graph: Graph, node: Node, x: Node, value: Node) -> Node:
    """``node`` with ``value`` for x."""
    if node is x:
        return value
    return (
        graph.rebuild(node, [_put(graph, arg, x, value) for arg in node.args])
        if node.args
        else node
    )


def through_one_matrix(graph: Graph, roots: Sequence[Node]) -> dict[int, Node]:
    """Products of one matrix with two vectors that do not wait for each other, as one product.

    The matrix is then read from memory once.
    """
    order = reachable(roots)
    below = _below(order)
    groups: dict[tuple[int, Var], list[tuple[Contraction, Node]]] = {}
    for node in order:
        if not (isinstance(node, Contraction) and len(node.over) == 1):
            continue
        for matrix, vector in ((node.left, node.right), (node.right, node.left)):
            if matrix.rank == 2 and vector.dims == node.over:
                groups.setdefault((matrix.uid, node.over[0]), []).append((node, vector))
    for members in groups.values():
        free = [
            (node, vector)
            for node, vector in members
            if not any(other.uid in below[vector.uid] for other, _ in members)
        ]
        if len(free) < 2:
            continue
        first = free[0][0]
        matrix = first.left if first.left.rank == 2 else first.right
        joint = graph.joint(matrix, [vector for _, vector in free], first.over)
        return {node.uid: graph.column(joint, place) for place, (node, _) in enumerate(free)}
    return {}


def _below(order: Sequence[Node]) -> Mapping[int, frozenset[int]]:
    """For each node the uids of all that it is computed from."""
    below: dict[int, frozenset[int]] = {}
    for node in order:
        own = (below[arg.uid] | {arg.uid} for arg in node.args)
        below[node.uid] = frozenset().union(*own)
    return below


def is_share(node: Node) -> bool:
    """Whether ``node`` is from 0 to 1 by its form: the exponential of minus a size."""
    match node:
        case Map(op="exp", operands=(Map(op="negative", operands=(Map(op="absolute"),)),)):
            return True
        case Map(
            op="exp",
            operands=(Map(op="multiply", operands=(Constant(value=number), Map(op="absolute"))),),
        ):
            return number < 0
    return False


def selects(graph: Graph, roots: Sequence[Node]) -> dict[int, Node]:
    """``where(m, 1, e)`` for ``max(e, m)``, e being at most 1."""
    found: dict[int, Node] = {}
    for node in reachable(roots):
        match node:
            case Map(op="maximum", operands=(share, Map(op="real", operands=(mask,)))):
                if is_share(share):
                    found[node.uid] = graph.select(mask, graph.constant(1), share)
    return found


def on_one_side(graph: Graph, roots: Sequence[Node]) -> dict[int, Node]:
    """Exponentials of ``min(x, 0)``, if that is there, for those selected where ``x < 0``."""
    order = reachable(roots)
    bounded = {
        node.operands[0].uid: node
        for node in order
        if isinstance(node, Map) and node.op == "minimum" and is_number(node.operands[1], 0)
    }
    found: dict[int, Node] = {}
    for node in order:
        match node:
            case Map(op="where", operands=(Map(op=op, operands=(x, bound)) as mask, yes, no)):
                if x.uid not in bounded or not is_number(bound, 0):
                    continue
                below = yes if op in ("<", "<=") else no if op in (">", ">=") else None
                if below is None:
                    continue
                new = below
                for power in ("exp", "expm1"):
                    other = graph.map(power, bounded[x.uid])
                    new = _put(graph, new, graph.map(power, x), other)
                if new is not below:
                    sides = (new, no) if below is yes else (yes, new)
                    found[node.uid] = graph.select(mask, *sides)
    return found


def reciprocals(graph: Graph, roots: Sequence[Node]) -> dict[int, Node]:
    """For quotients by ``b = 1 + exp(-abs(x))`` or its square: products with one ``1 / b``.

    ``b`` lies between 1 and 2: nothing overflows or loses digits. So does ``tanh(x)``, which is
    ``expm1(-2 abs(x)) / b`` but for its sign, where there is such a divisor already; beside its
    slope ``4 exp(-2 abs(x)) / b**2`` both are products with ``2 / b``.
    """
    found: dict[int, list[Map]] = {}
    order = reachable(roots)
    known = {node.uid for node in order}
    users = users_of(order)
    for node in order:
        if isinstance(node, Map) and (base := _divisor(graph, node, known)) is not None:
            found.setdefault(base.uid, []).append(node)
    result: dict[int, Node] = {}
    for quotients in found.values():
        if len(quotients) < 2 or all(node.op == "tanh" for node in quotients):
            continue
        base = _divisor(graph, quotients[0], known)
        if base is None:
            continue
        if twice := _by_twice(graph, base, quotients, users, roots):
            result |= twice
            continue
        one = graph.map("reciprocal", base)
        for node in quotients:
            above = node.operands[0]
            if node.op == "tanh":
                size = graph.map("expm1", base.args[1].args[0])
                share = graph.map("multiply", size, one)
                result[node.uid] = graph.map("copysign", share, above)
            elif node.operands[1] is base:
                result[node.uid] = graph.map("multiply", above, one)
            else:
                result[node.uid] = graph.map("multiply", graph.map("multiply", above, one), one)
    return result


def _by_twice(
    graph: Graph,
    base: Node,
    quotients: Sequence[Map],
    users: Mapping[int, Sequence[Node]],
    roots: Sequence[Node],
) -> dict[int, Node]:
    """Of tanh and its slope, ``c * (e / b**2)``, products with ``2 / b``; nothing for others."""
    slopes = [node for node in quotients if node.op != "tanh"]
    if len(slopes) == len(quotients) or any(node.operands[1] is base for node in slopes):
        return {}
    two = graph.map("divide", graph.constant(2), base)
    half = graph.map("half_expm1", base.args[1].args[0])
    share = graph.map("multiply", half, two)
    result: dict[int, Node] = {
        node.uid: graph.map("copysign", share, node.operands[0])
        for node in quotients
        if node.op == "tanh"
    }
    for node in slopes:
        slope = graph.map("multiply", graph.map("multiply", node.operands[0], two), two)
        for user in users[node.uid]:
            match user:
                case Map(op="multiply", operands=(Constant(value=Fraction() as number), _)):
                    scale = graph.constant(number / 4)
                    result[user.uid] = graph.map("multiply", scale, slope)
                case _:
                    return {}
        if any(node is root for root in roots):
            return {}
    return result


def _divisor(graph: Graph, node: Map, known: AbstractSet[int]) -> Node | None:
    """The ``1 + exp(-abs(x))`` that a quotient is by, or by whose square, or that tanh is by."""
    match node:
        case Map(op="tanh", operands=(x,)):
            for exponent in _minus_twice(graph, x):
                below = graph.map("add", graph.constant(1), graph.map("exp", exponent))
                if below.uid in known:
                    return below
        case Map(op="divide", operands=(_, Map(op="square", operands=(below,)) | below)):
            match below:
                case Map(op="add", operands=(Constant() as one, power)) if is_number(one, 1):
                    return below if is_share(power) else None
    return None


def _minus_twice(graph: Graph, x: Node) -> Iterator[Node]:
    """``-2 * abs(x)`` as it may stand in a program."""
    yield graph.map("negative", graph.map("absolute", graph.map("multiply", graph.constant(2), x)))
    number = Fraction(1)
    match x:
        case Map(op="multiply", operands=(Constant(value=Fraction() as number), x)):
            pass
    yield graph.map("multiply", graph.constant(-2 * abs(number)), graph.map("absolute", x))
