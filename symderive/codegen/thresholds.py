"""Sums over all that lies beyond a threshold: by one sort and running sums, not by a mask.

``sum[j if t[j] >= t[i]](f[j])`` compares every pair as it is written. Once the terms are in the
order of their keys, each sum is a running one, read where the level falls among the keys.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from symderive.codegen import pyast
from symderive.codegen.ir import (
    Broadcast,
    Dims,
    Graph,
    Kind,
    Map,
    MaskedSum,
    Node,
    Reduction,
    Threshold,
    Var,
    union,
    without,
)

#: Comparisons with the sides exchanged.
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
#: What is put where a mask excludes an entry, by the kind of the reduction.
_FILL = {"sum": 0.0, "max": float("-inf"), "min": float("inf"), "lse": float("-inf")}


@dataclass(frozen=True)
class _Mask:
    """A comparison of ``keys``, which have the variable, with ``levels``, which have not."""

    op: str
    keys: Node
    levels: Node


def by_order(graph: Graph, node: Node) -> Node:
    """``node`` without an array of all pairs, if it is a reduction beyond a threshold."""
    match node:
        case Reduction(source=Map(op="where", operands=(mask, value, fill))):
            if len(node.over) == 1 and _is_fill(node.kind, fill):
                return _reduced(graph, node, mask, _factors(value))
        case Reduction(kind="sum", source=Map(op="real", operands=(mask,))):
            if len(node.over) == 1:
                return _reduced(graph, node, mask, [])
        case MaskedSum():
            if len(node.over) == 1:
                return _reduced(graph, node, node.mask, list(node.factors))
    return node


def _reduced(
    graph: Graph, node: Reduction | MaskedSum, mask: Node, factors: Sequence[Node]
) -> Node:
    """``node``, where ``mask`` is a threshold and the factors do not mix both sides."""
    (var,) = node.over
    kind: Kind = node.kind if isinstance(node, Reduction) else "sum"
    found = _threshold(mask, var)
    if found is None:
        return node
    if kind != "sum":
        value = graph.broadcast(_product(graph, factors), (var,))
        if not _is_one_sided(value, found, var):
            return node
        return graph.threshold(kind, found.op, [value, found.keys, found.levels], var)
    outside = [factor for factor in factors if var not in factor.dims]
    inside = [factor for factor in factors if var in factor.dims]
    powers = [factor for factor in inside if not _is_one_sided(factor, found, var)]
    inside = [factor for factor in inside if factor not in powers]
    split = None
    if powers:
        split = _split_power(graph, powers[0], found, var) if len(powers) == 1 else None
        if split is None:
            return node
    value = graph.broadcast(_product(graph, inside), (var,))
    arrays = [value, found.keys, found.levels, *(split or ())]
    summed = graph.threshold("sum", found.op, arrays, var)
    return _product(graph, [*outside, summed])


def _threshold(mask: Node, var: Var) -> _Mask | None:
    """``mask`` as a comparison of keys along ``var`` with levels; None if it is none."""
    if not (isinstance(mask, Map) and mask.op in _FLIPPED):
        return None
    left, right = mask.operands
    if var in left.dims and var not in right.dims and right.dims:
        found = _Mask(mask.op, left, right)
    elif var in right.dims and var not in left.dims and left.dims:
        found = _Mask(_FLIPPED[mask.op], right, left)
    else:
        return None
    # Levels that the keys have all variables of cost no pairs: a mask is as good.
    return found if set(found.levels.dims) - set(found.keys.dims) else None


def _is_one_sided(factor: Node, mask: _Mask, var: Var) -> bool:
    """Whether ``factor`` has none of the variables that the levels bring."""
    return not set(factor.dims) & (set(mask.levels.dims) - set(mask.keys.dims) - {var})


def _split_power(graph: Graph, power: Node, mask: _Mask, var: Var) -> tuple[Node, Node] | None:
    """``exp(a - b)`` as what stands in the exponent with ``var`` and without it."""
    if not (isinstance(power, Map) and power.op == "exp"):
        return None
    exponent = power.operands[0]
    if not (isinstance(exponent, Map) and exponent.op in ("add", "subtract")):
        return None
    left, right = exponent.operands
    right = graph.map("negative", right) if exponent.op == "subtract" else right
    for inner, outer in ((left, right), (right, left)):
        if var in inner.dims and var not in outer.dims and _is_one_sided(inner, mask, var):
            return inner, outer
    return None


def _is_fill(kind: str, fill: Node) -> bool:
    return kind in _FILL and getattr(fill, "value", None) == _FILL[kind]


def _factors(node: Node) -> list[Node]:
    """The factors of a product; a quotient's divisor is a factor of its own."""
    if isinstance(node, Broadcast):
        return _factors(node.source)
    if isinstance(node, Map) and node.op == "multiply":
        return [factor for operand in node.operands for factor in _factors(operand)]
    return [node]


def _product(graph: Graph, factors: Sequence[Node]) -> Node:
    result: Node = graph.constant(1)
    for factor in sorted(factors, key=lambda part: part.rank):
        result = graph.map("multiply", result, factor)
    return result


# --- code -----------------------------------------------------------------------------------------

#: The helper of the module for each kind.
_HELPERS = {
    "sum": "_ranked_sum",
    "max": "_ranked_max",
    "min": "_ranked_min",
    "lse": "_ranked_lse",
}
POWERS = "_ranked_power_sum"
EACH = "_ranked_each"


@dataclass(frozen=True)
class Ranked:
    """How the arrays of a :class:`Threshold` are handed to its helper.

    ``batch`` are the variables for each value of which there is an order or a threshold of its
    own, ``levels`` those that the levels have besides, ``extra`` those of the values.
    """

    batch: Dims
    levels: Dims
    extra: Dims

    @property
    def result(self) -> Dims:
        return (*self.batch, *self.levels, *self.extra)


def ranked(node: Threshold) -> Ranked:
    """The variables of ``node``, by the part that they play."""
    has = [node.keys, *node.powers[:1], *([node.value] if node.kind != "sum" else [])]
    own = without(union(*(part.dims for part in has)), (node.var,))
    asked = union(node.levels.dims, *(power.dims for power in node.powers[1:]))
    shared = [var for var in asked if var in node.value.dims]
    batch = union(own, shared)
    return Ranked(batch, without(asked, batch), without(node.value.dims, (*batch, node.var)))


def code(
    node: Threshold, aligned: Callable[[Node, Dims], ast.expr], helper: Callable[[str], str]
) -> ast.expr:
    """The call that computes ``node``, with the axes ``ranked(node).result``.

    ``aligned`` writes an array so that it has these axes, each of which may be a 1.
    """
    parts = ranked(node)
    name = POWERS if node.powers else _HELPERS[node.kind]
    terms = (*parts.batch, node.var)
    arrays = [
        aligned(node.value, (*terms, *parts.extra)),
        aligned(node.keys, terms),
        aligned(node.order, terms),
        aligned(node.levels, (*parts.batch, *parts.levels)),
    ]
    if node.powers:
        arrays.append(aligned(node.powers[0], terms))
        arrays.append(aligned(node.powers[1], (*parts.batch, *parts.levels)))
    if not parts.batch:
        return pyast.call(helper(name), pyast.literal(node.op), *arrays)
    return pyast.call(
        helper(EACH),
        pyast.name(helper(name)),
        pyast.literal(node.op),
        pyast.literal(len(parts.batch)),
        *arrays,
    )
