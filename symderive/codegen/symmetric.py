"""Sums of products that are symmetric: ``X.T @ diag(d) @ X`` from one array and its transpose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from symderive.codegen.ir import (
    Broadcast,
    Constant,
    Contraction,
    Dims,
    Graph,
    Map,
    Node,
    Put,
    Reduction,
    Rename,
    SizeOf,
    Var,
    is_static,
)


@dataclass(frozen=True)
class Halves:
    """A product in two halves: ``right`` is ``left`` with other variables, but for ``weights``."""

    left: tuple[Node, ...]
    renamed: dict[Var, Var]
    weights: tuple[Node, ...]


def halves(factors: Sequence[Node], over: Iterable[Var]) -> Halves | None:
    """``factors`` as pairs that are equal but for their variables, and weights of the terms.

    None unless every factor is of a pair or has no variable that the sum keeps, and no variable
    of the result is in two pairs.

    >>> graph, n, j, l = Graph(), Var(0, "N", 0), Var(1, "C", 0), Var(1, "C", 1)
    >>> x = graph.input("x", (n, j))
    >>> found = halves([x, graph.rename(x, (n, l))], [n])
    >>> found.left == (x,), found.renamed == {j: l}
    (True, True)
    """
    over = set(over)
    weights = tuple(factor for factor in factors if set(factor.dims) <= over)
    rest = [factor for factor in factors if factor not in weights]
    left: list[Node] = []
    renamed: dict[Var, Var] = {}
    while rest:
        first, *rest = rest
        partner = next((other for other in rest if _pairing(first, other, over)), None)
        if partner is None:
            return None
        table = _pairing(first, partner, over) or {}
        used = {*renamed, *renamed.values()}
        if used & {*table, *table.values()}:
            return None
        rest.remove(partner)
        forward = min(table.items()) <= min((b, a) for a, b in table.items())
        left.append(first if forward else partner)
        renamed.update(table if forward else {b: a for a, b in table.items()})
    return Halves(tuple(left), renamed, weights) if left else None


def _pairing(one: Node, other: Node, over: set[Var]) -> dict[Var, Var] | None:
    """Which variables to put for those of ``one`` so that it becomes ``other``."""
    table: dict[Var, Var] = {}
    if not _matches(one, other, table):
        return None
    fixed = {a for a, b in table.items() if a == b}
    moved = {a: b for a, b in table.items() if a != b}
    disjoint = not set(moved) & set(moved.values())
    kept = over.isdisjoint({*moved, *moved.values()})
    return moved if moved and disjoint and kept and fixed <= over else None


def _matches(one: Node, other: Node, table: dict[Var, Var]) -> bool:
    """Whether ``one`` is ``other`` up to its variables, for which ``table`` is completed."""
    (source, mine), (same, theirs) = view_of(one), view_of(other)
    if source is same:
        pairs = zip(mine, theirs, strict=True)
        return all(table.setdefault(a, b) == b for a, b in pairs)
    match one, other:
        case Map(), Map():
            return one.op == other.op and all(
                _matches(a, b, table) for a, b in zip(one.operands, other.operands, strict=True)
            )
    return False


def view_of(node: Node) -> tuple[Node, Dims]:
    """The array that ``node`` is a view of, and its variables in the order of that array."""
    return (node.source, node.variables) if isinstance(node, Rename) else (node, node.dims)


def contracted(
    graph: Graph,
    factors: Sequence[Node],
    over: Dims,
    multiplied: Callable[[Iterable[Node]], Node],
) -> Node | None:
    """The sum over ``over`` of a symmetric product; None if it is not one.

    ``multiplied`` makes a product of arrays.
    """
    found = halves(factors, over)
    if found is None or not all(any(v in f.dims for f in found.left) for v in over):
        return None
    half = multiplied(found.left)
    other = graph.rename(half, [found.renamed.get(var, var) for var in half.dims])
    left = multiplied([*found.weights, half]) if found.weights else half
    return graph.contract(left, other, over)


def with_roots(graph: Graph, node: Node) -> Node:
    """``sum(d * a * b)`` as ``sum(r * a * (r * b))``, ``r = sqrt(d)``, where that is symmetric.

    ``b`` is ``a`` with other variables and ``d`` is nowhere negative: the product is then that of
    one array and its own transpose, of which NumPy computes a half.
    """
    if not isinstance(node, Contraction):
        return node
    for product, other in ((node.left, node.right), (node.right, node.left)):
        if not (isinstance(product, Map) and product.op == "multiply"):
            continue
        for weight, half in (product.operands, product.operands[::-1]):
            table = _pairing(half, other, set(node.over))
            weighs = table is not None and set(weight.dims) <= set(node.over)
            if weighs and not is_static(weight) and is_non_negative(weight):
                root = graph.map("multiply", graph.map("root", weight), half)
                same = graph.rename(root, [(table or {}).get(var, var) for var in root.dims])
                return graph.contract(root, same, node.over)
    return node


#: Operations whose result is never negative.
_NEVER = frozenset({"exp", "exp2", "sigmoid", "softplus", "square", "absolute", "root", "real"})
#: Operations whose result is not negative where no operand is.
_WITH_ALL = frozenset({"add", "multiply", "divide", "minimum", "log1p", "expm1"})


def is_non_negative(node: Node) -> bool:
    """Whether ``node`` is nowhere negative, as far as its form tells."""
    match node:
        case Constant():
            return node.dtype == "real" and node.value >= 0
        case SizeOf():
            return True
        case Rename() | Broadcast():
            return is_non_negative(node.source)
        case Reduction():
            return node.kind in ("sum", "prod", "max", "min") and is_non_negative(node.source)
        case Put():
            return is_non_negative(node.base) and is_non_negative(node.value)
        case Map(op="where"):
            return all(map(is_non_negative, node.operands[1:]))
        case Map(op="maximum"):
            return any(map(is_non_negative, node.operands))
        case Map(op="multiply", operands=(a, b)) if a is b:
            return True
        case Map():
            return node.op in _NEVER or (
                node.op in _WITH_ALL and all(map(is_non_negative, node.operands))
            )
    return False
