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
    var: Var

    def fits(self, terms: Node) -> bool:
        """Whether one order of the terms serves several levels: else a mask costs no more."""
        return bool(set(self.levels.dims) - set(self.keys.dims) - set(terms.dims))


def by_order(graph: Graph, node: Node) -> Node:
    """``node`` without an array of all pairs, if it is a reduction beyond a threshold."""
    match node:
        case Reduction(kind="argmax", source=Map(op="and", operands=(Map(op="==") as hits, mask))):
            return _position(graph, node, mask, hits)
        case Reduction(source=Map(op="where", operands=(mask, value, fill))):
            if _is_fill(node.kind, fill):
                return _reduced(graph, node, mask, _factors(graph, value))
        case Reduction(kind="sum", source=Map(op="real", operands=(mask,))):
            return _reduced(graph, node, mask, [])
        case MaskedSum():
            factors = [part for factor in node.factors for part in _factors(graph, factor)]
            return _reduced(graph, node, node.mask, factors)
    return node


def _reduced(
    graph: Graph, node: Reduction | MaskedSum, mask: Node, factors: Sequence[Node]
) -> Node:
    """``node``, where ``mask`` is a threshold and the factors do not mix both sides.

    Of what is reduced along the levels too, that is done afterwards.
    """
    kind: Kind = node.kind if isinstance(node, Reduction) else "sum"
    for side in mask.args:
        outer = tuple(var for var in node.over if var in side.dims)
        result = _along_keys(graph, kind, mask, factors, without(node.over, outer))
        if result is not None:
            return graph.reduce(kind, result, outer)
    return node


def _along_keys(
    graph: Graph, kind: Kind, mask: Node, factors: Sequence[Node], over: Dims
) -> Node | None:
    """The reduction over variables that the levels have not; None if it is no threshold's."""
    found = _threshold(mask, over)
    if found is None:
        return None
    var, rest = found.var, without(over, (found.var,))
    outside = [factor for factor in factors if var not in factor.dims]
    inside = [factor for factor in factors if var in factor.dims]
    if kind != "sum":
        value = graph.broadcast(_product(graph, factors), (var,))
        if rest or not found.fits(value):
            return None
        return graph.threshold(kind, found.op, [value, found.keys, found.levels], var)
    mixed = [factor for factor in inside if not found.fits(factor)]
    powers = _split_power(graph, mixed[0], found) if len(mixed) == 1 else ()
    if powers is None or len(mixed) > 1:
        return None
    value = graph.broadcast(
        _product(graph, [factor for factor in inside if factor not in mixed]), (var,)
    )
    if not found.fits(value):
        return None
    arrays = [value, found.keys, found.levels]
    scale = [_product(graph, outside)] if outside else []
    summed = graph.threshold("sum", found.op, arrays, var, powers=powers, scale=scale)
    return graph.reduce("sum", summed, rest)


def _position(graph: Graph, node: Reduction, mask: Node, hits: Map) -> Node:
    """The first position beyond a threshold where an extremum is attained."""
    found = _threshold(mask, node.over)
    value = hits.operands[0]
    if not (isinstance(value, Map) and value.op == "where" and value.operands[0] is mask):
        return node
    _, body, fill = value.operands
    body = graph.broadcast(body, node.over)
    if found is None or len(node.over) != 1 or not found.fits(body):
        return node
    for kind, extremum in (("argmax", "max"), ("argmin", "min")):
        if _is_fill(extremum, fill):
            arrays = [body, found.keys, found.levels]
            return graph.threshold(kind, found.op, arrays, found.var)  # type: ignore[arg-type]
    return node


def _threshold(mask: Node, over: Dims) -> _Mask | None:
    """``mask`` as a comparison of keys along one of ``over`` with levels; None if it is none."""
    if not (isinstance(mask, Map) and mask.op in _FLIPPED):
        return None
    left, right = mask.operands
    for op, keys, levels in ((mask.op, left, right), (_FLIPPED[mask.op], right, left)):
        own = [var for var in over if var in keys.dims and var not in levels.dims]
        if len(own) == 1 and not set(over) & set(levels.dims):
            found = _Mask(op, keys, levels, own[0])
            return found if found.fits(keys) else None
    return None


def _split_power(graph: Graph, power: Node, mask: _Mask) -> tuple[Node, Node] | None:
    """``exp(a - b)`` as what stands in the exponent with ``var`` and without it."""
    if not (isinstance(power, Map) and power.op == "exp"):
        return None
    exponent = power.operands[0]
    if not (isinstance(exponent, Map) and exponent.op in ("add", "subtract")):
        return None
    left, right = exponent.operands
    right = graph.map("negative", right) if exponent.op == "subtract" else right
    for inner, outer in ((left, right), (right, left)):
        if mask.var in inner.dims and mask.var not in outer.dims and mask.fits(inner):
            return inner, outer
    return None


def _is_fill(kind: str, fill: Node) -> bool:
    return kind in _FILL and getattr(fill, "value", None) == _FILL[kind]


def _factors(graph: Graph, node: Node) -> list[Node]:
    """The factors of a product; a divisor with other variables is a factor of its own."""
    match node:
        case Broadcast():
            return _factors(graph, node.source)
        case Map(op="multiply"):
            return [part for operand in node.operands for part in _factors(graph, operand)]
        case Map(op="negative", operands=(inner,)):
            return [graph.constant(-1), *_factors(graph, inner)]
        case Map(op="divide", operands=(above, below)) if above.dims != below.dims:
            inverse = graph.map("divide", graph.constant(1), below)
            return [*_factors(graph, above), inverse]
    return [node]


def _product(graph: Graph, factors: Sequence[Node]) -> Node:
    result: Node = graph.constant(1)
    for factor in sorted(factors, key=lambda part: part.rank):
        result = graph.map("multiply", result, factor)
    return result


# --- code -----------------------------------------------------------------------------------------

#: The helper of the module for each kind; for sums with powers, and for batches.
_HELPERS = {kind: f"_ranked_{kind}" for kind in ("sum", "max", "min", "lse", "argmax", "argmin")}
_POWERS, _EACH = "_ranked_power_sum", "_ranked_each"


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
    batch = union(own, (var for var in asked if var in node.value.dims))
    extra = without(node.value.dims, (*batch, node.var))
    scaled = union(*(scale.dims for scale in node.scale))
    return Ranked(batch, without(union(asked, scaled), (*batch, *extra)), extra)


def code(
    node: Threshold, aligned: Callable[[Node, Dims], ast.expr], helper: Callable[[str], str]
) -> ast.expr:
    """The call that computes ``node``, with the axes ``ranked(node).result``.

    ``aligned`` writes an array so that it has these axes, each of which may be a 1.
    """
    parts = ranked(node)
    terms, levels = (*parts.batch, node.var), (*parts.batch, *parts.levels)
    arrays = [
        aligned(node.value, (*terms, *parts.extra)),
        aligned(node.keys, terms),
        aligned(node.order, terms),
        aligned(node.levels, levels),
        *(aligned(power, dims) for power, dims in zip(node.powers, (terms, levels), strict=False)),
        *(aligned(scale, parts.result) for scale in node.scale),
    ]
    name = helper(_POWERS if node.powers else _HELPERS[node.kind])
    if not parts.batch:
        return pyast.call(name, pyast.literal(node.op), *arrays)
    rank = pyast.literal(len(parts.batch))
    return pyast.call(helper(_EACH), pyast.name(name), pyast.literal(node.op), rank, *arrays)
