"""Products and sums in which rounding would be seen, as operations of their own that are exact."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from sympy.core.expr import Expr

from symderive.codegen.ir import (
    Constant,
    Gather,
    Graph,
    Input,
    Map,
    Node,
    Put,
    Reduction,
    Rename,
    SizeOf,
)

#: What vanishes faster than any power grows -> the product with it: what vanishes has few digits
#: left where it falls below the smallest normal number, the product has all.
PRODUCTS = {
    "exp": "times_exp",
    "sigmoid": "times_sigmoid",
    "erfc": "times_erfc",
    "exp_square": "times_exp_square",
}
#: Operations of which polynomials and the like are made: no more than a power of their atom.
_ARITHMETIC = frozenset(
    {"add", "subtract", "multiply", "divide", "negative", "square", "absolute", "maximum"}
)


def damped(graph: Graph, factors: Sequence[Node]) -> list[Node]:
    """``factors``, of which one that vanishes and those that grow with its argument are now one.

    Such is ``x * sigmoid(2*x)``; a product of this kind takes up further ones.
    """
    parts = list(factors)
    for part in factors:
        if not isinstance(part, Map):
            continue
        taken = part.op in _TAKEN
        if not taken and part.op not in PRODUCTS:
            continue
        atom = _atom(part.operands[2 if taken else 0])
        growing = [
            other
            for other in parts
            if other is not part and _grows_with(other, atom) and other.dims == part.dims
        ]
        if atom is None or not growing:
            continue
        first, *others = [part.operands[0], *growing] if taken else growing
        for other in others:
            first = graph.map("multiply", first, other)
        joined = (
            graph.map(part.op, first, *part.operands[1:])
            if taken
            else graph.map(PRODUCTS[part.op], first, part, *_arguments(part))
        )
        parts = [p for p in parts if p is not part and p not in growing]
        parts.append(joined)
    return parts


_TAKEN = frozenset(PRODUCTS.values())


def _arguments(part: Map) -> tuple[Node, ...]:
    """What a product needs to know of the factor that vanishes."""
    if part.op != "erfc":
        return part.operands
    u, power = part.operands
    return (u, *power.operands) if isinstance(power, Map) else (u,)


def grows(node: Node) -> bool:
    """Whether ``node`` is a sum that may be large: of powers of one array."""
    return isinstance(node, Map) and node.op in ("add", "subtract") and _atom(node) is not None


def common_divisor(terms: Sequence[Expr]) -> int:
    """The number whose product with every one of ``terms`` has whole coefficients; 1 if for none.

    ``x/6 + 1/2`` is ``(x + 3) / 6``: 1/6 is no float, and close to the root that would be seen.
    """
    numbers = [term.as_coeff_Mul()[0] for term in terms]
    if not all(number.is_Rational for number in numbers) or not any(t.is_number for t in terms):
        return 1
    divisor = math.lcm(*(int(number.q) for number in numbers))
    return divisor if divisor & (divisor - 1) else 1  # by a power of two, each is exact


def over_nothing(graph: Graph, node: Node) -> Node:
    """``exp(s - lse(others))`` with 0 for a log-sum-exp of -oo: what is left out are exponentials.

    Where all others are -oo, so is each that counts; the difference of the two is no number.
    """
    match node:
        case Map(op="exp", operands=(Map(op="subtract", operands=(scores, level)),)):
            total = level
            while isinstance(total, Rename | Gather):
                total = total.source
            if isinstance(total, Reduction) and total.kind == "lse" and _is_part(total.source):
                there = graph.map(">", level, graph.constant(-math.inf))
                level = graph.select(there, level, graph.constant(0))
                return graph.map("exp", graph.map("subtract", scores, level))
    return node


def _is_part(source: Node) -> bool:
    """Whether entries of ``source`` are left out: put to -oo."""
    match source:
        case Put(mode="set", value=Constant(value=value)):
            return value == -math.inf
        case Map(op="where", operands=(_, _, Constant(value=value))):
            return value == -math.inf
    return False


def tanh_rests(graph: Graph, terms: dict[str | int, Node]) -> None:
    """Of ``terms`` of a sum, those that are ``u`` and ``-tanh(u)`` made one, which cancels not."""
    keys = {node.uid: key for key, node in terms.items()}
    for node in tuple(terms.values()):
        number, rest = _number_and_rest(node)
        if isinstance(rest, Map) and rest.op == "tanh":
            u = graph.map("multiply", graph.constant(-number), rest.operands[0])
            if u.uid in keys:
                del terms[keys[node.uid]]
                less = graph.map("less_tanh", rest.operands[0])
                terms[keys[u.uid]] = graph.map("multiply", graph.constant(-number), less)


def _number_and_rest(node: Node) -> tuple[Fraction, Node]:
    """``node`` as a number times something."""
    match node:
        case Map(op="negative", operands=(rest,)):
            return Fraction(-1), rest
        case Map(op="multiply", operands=(Constant(value=Fraction() as number), rest)):
            return number, rest
    return Fraction(1), node


def _grows_with(node: Node, atom: Node | None) -> bool:
    if isinstance(node, Map) and node.op in _TAKEN:
        return _atom(node.operands[2]) is atom
    return _atom(node) is atom


def _atom(node: Node) -> Node | None:
    """The one array of whose powers ``node`` is made, if it is."""
    found: Node | None = None
    stack, seen = [node], {node.uid}
    while stack:
        part = stack.pop()
        if isinstance(part, Map) and part.op in _ARITHMETIC:
            stack.extend(other for other in part.operands if other.uid not in seen)
            seen.update(other.uid for other in part.operands)
        elif isinstance(part, Map) or (found is not None and part is not found and _varies(part)):
            return None
        elif _varies(part):
            found = part
    return found


def _varies(node: Node) -> bool:
    """Whether ``node`` is more than a number of the model."""
    return not (isinstance(node, Constant | SizeOf) or (isinstance(node, Input) and not node.rank))
