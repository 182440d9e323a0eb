"""The array program: typed nodes over index variables, each made once (value numbering).

A node is an array over the index variables ``dims``, which stand in one global order; nodes are
aligned by their variables, never by position. Renaming a variable costs nothing.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from symderive.codegen.ops import OPS

Dtype: TypeAlias = Literal["real", "int", "bool"]
Kind: TypeAlias = Literal["sum", "prod", "max", "min", "lse", "argmax", "argmin"]


@dataclass(frozen=True, order=True, slots=True)
class Var:
    """An index variable: the ``ordinal``-th one over an axis; ``position`` orders the axes."""

    position: int
    axis: str
    ordinal: int


Dims: TypeAlias = tuple[Var, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Node:
    """An array over ``dims``; ``uid`` numbers the nodes of a graph in order of creation."""

    uid: int
    dtype: Dtype
    dims: Dims

    @property
    def args(self) -> tuple[Node, ...]:
        """The nodes that this one is computed from."""
        return ()

    @property
    def rank(self) -> int:
        return len(self.dims)


@dataclass(frozen=True, eq=False, slots=True)
class Constant(Node):
    """A number (exact where it is rational) or a truth value."""

    value: Fraction | float | bool


@dataclass(frozen=True, eq=False, slots=True)
class SizeOf(Node):
    """The size of an axis, as a real."""

    axis: str


@dataclass(frozen=True, eq=False, slots=True)
class Input(Node):
    """An argument; ``declared`` has its variables in the order of its declaration."""

    name: str
    declared: Dims


@dataclass(frozen=True, eq=False, slots=True)
class Iota(Node):
    """The position itself, 0 to size - 1."""


@dataclass(frozen=True, eq=False, slots=True)
class Map(Node):
    """An elementwise operation, a row of :data:`symderive.codegen.ops.OPS`."""

    op: str
    operands: tuple[Node, ...]

    @property
    def args(self) -> tuple[Node, ...]:
        return self.operands


@dataclass(frozen=True, eq=False, slots=True)
class Reduction(Node):
    """A reduction of ``source`` over the variables ``over``, all of which it has."""

    kind: Kind
    source: Node
    over: Dims

    @property
    def args(self) -> tuple[Node, ...]:
        return (self.source,)


@dataclass(frozen=True, eq=False, slots=True)
class Contraction(Node):
    """The sum over ``over`` of the product of two arrays that both have these variables."""

    left: Node
    right: Node
    over: Dims

    @property
    def args(self) -> tuple[Node, ...]:
        return (self.left, self.right)


@dataclass(frozen=True, eq=False, slots=True)
class MaskedSum(Node):
    """The sum over ``over`` of a product, where ``mask`` holds: what it excludes does not count.

    ``quick`` is that sum if all excluded entries are finite; otherwise it is computed anew.
    """

    quick: Node
    mask: Node
    factors: tuple[Node, ...]
    over: Dims

    @property
    def args(self) -> tuple[Node, ...]:
        return (self.quick, self.mask, *self.factors)


@dataclass(frozen=True, eq=False, slots=True)
class Gather(Node):
    """``source`` with an integer array, or another variable, put for each variable of it."""

    source: Node
    variables: tuple[Var | None, ...]
    indices: tuple[Node, ...]

    @property
    def args(self) -> tuple[Node, ...]:
        return (self.source, *self.indices)

    @property
    def slots(self) -> tuple[Var | Node, ...]:
        """For each variable of the source: a variable of the result, or an index array."""
        rest = iter(self.indices)
        return tuple(next(rest) if var is None else var for var in self.variables)


@dataclass(frozen=True, eq=False, slots=True)
class Put(Node):
    """``base`` with ``value`` set (or added) where the variables ``at`` equal ``indices``."""

    base: Node
    at: Dims
    indices: tuple[Node, ...]
    value: Node
    mode: Literal["set", "add"]

    @property
    def args(self) -> tuple[Node, ...]:
        return (self.base, *self.indices, self.value)


@dataclass(frozen=True, eq=False, slots=True)
class Scatter(Node):
    """The sum over ``over`` of ``value``: entries are added where ``at`` equals ``indices``."""

    value: Node
    at: Dims
    indices: tuple[Node, ...]
    over: Dims

    @property
    def args(self) -> tuple[Node, ...]:
        return (self.value, *self.indices)


@dataclass(frozen=True, eq=False, slots=True)
class Rename(Node):
    """``source`` with other variables: the same array, at most transposed."""

    source: Node
    variables: Dims

    @property
    def args(self) -> tuple[Node, ...]:
        return (self.source,)


@dataclass(frozen=True, eq=False, slots=True)
class Broadcast(Node):
    """``source`` repeated along further variables."""

    source: Node

    @property
    def args(self) -> tuple[Node, ...]:
        return (self.source,)


@dataclass(frozen=True, eq=False, slots=True)
class Joint(Node):
    """The products of ``matrix`` with several ``vectors``, summed over ``over``.

    In memory it has one more axis, the first, of which only a :class:`Column` knows.
    """

    matrix: Node
    vectors: tuple[Node, ...]
    over: Dims

    @property
    def args(self) -> tuple[Node, ...]:
        return (self.matrix, *self.vectors)


@dataclass(frozen=True, eq=False, slots=True)
class Column(Node):
    """One of the products of a :class:`Joint`."""

    joint: Node
    place: int

    @property
    def args(self) -> tuple[Node, ...]:
        return (self.joint,)


@dataclass(frozen=True, eq=False, slots=True)
class Order(Node):
    """The positions along ``var`` in ascending order of ``keys``; nan is last."""

    keys: Node
    var: Var

    @property
    def args(self) -> tuple[Node, ...]:
        return (self.keys,)


@dataclass(frozen=True, eq=False, slots=True)
class Threshold(Node):
    """A reduction of ``value`` over ``var`` where ``keys`` compare as ``op`` with ``levels``.

    ``keys`` has ``var`` and ``levels`` has not. ``powers``, if any, are two arrays of which the
    first has ``var`` and the second has not: each term is multiplied by the exponential of their
    sum, however large. ``scale``, if there is one, multiplies every sum that is of a term at all.
    """

    kind: Kind
    op: str
    value: Node
    order: Node
    keys: Node
    levels: Node
    powers: tuple[Node, ...]
    scale: tuple[Node, ...]
    var: Var

    @property
    def args(self) -> tuple[Node, ...]:
        return (self.value, self.order, self.keys, self.levels, *self.powers, *self.scale)


def union(*groups: Iterable[Var]) -> Dims:
    """The variables of all ``groups`` in the global order."""
    return tuple(sorted({var for group in groups for var in group}))


def without(dims: Iterable[Var], gone: Iterable[Var]) -> Dims:
    """``dims`` without the variables ``gone``."""
    gone = set(gone)
    return tuple(var for var in dims if var not in gone)


def reachable(roots: Iterable[Node]) -> list[Node]:
    """Every node below ``roots``, each once, arguments before what is computed from them."""
    seen: set[int] = set()
    order: list[Node] = []
    stack: list[Any] = [*roots][::-1]
    while stack:
        node = stack.pop()
        if type(node) is tuple:  # all of its arguments are there
            order.append(node[0])
        elif node.uid not in seen:
            seen.add(node.uid)
            if node.args:
                stack.append((node,))
                stack.extend(node.args[::-1])
            else:
                order.append(node)
    return order


def users_of(nodes: Iterable[Node]) -> dict[int, list[Node]]:
    """For the uid of each of ``nodes``: the nodes that use it, each once."""
    users: dict[int, list[Node]] = {}
    for node in nodes:
        users.setdefault(node.uid, [])
        for uid in dict.fromkeys(arg.uid for arg in node.args):
            users.setdefault(uid, []).append(node)
    return users


def is_number(node: Node, value: int) -> bool:
    """Whether ``node`` is the constant ``value``."""
    return isinstance(node, Constant) and node.dtype == "real" and node.value == value


def is_bracket(node: Node) -> bool:
    """Whether ``node`` keeps an array where a mask holds, and is 0 elsewhere."""
    if not (isinstance(node, Map) and node.op == "where" and node.dtype == "real"):
        return False
    mask, _, other = node.operands
    is_shift = isinstance(mask, Map) and mask.op == "isfinite"
    return not is_shift and is_number(other, 0) and mask.rank > 0


def is_select(node: Node) -> bool:
    """Whether ``node`` takes each entry from one of two arrays, as a mask of all its axes says."""
    if not (isinstance(node, Map) and node.op == "where" and node.dtype == "real"):
        return False
    mask, yes, _ = node.operands
    is_shift = isinstance(mask, Map) and mask.op == "isfinite"
    return not is_shift and mask.rank == node.rank > 0 and yes.dtype == "real"


def is_positive_static(node: Node) -> bool:
    """Whether ``node`` is made of sizes and positive numbers by products, quotients and sums."""
    if isinstance(node, Map) and node.op in ("add", "multiply", "divide"):
        return all(map(is_positive_static, node.operands))
    if isinstance(node, Constant):
        return node.dtype == "real" and bool(node.value > 0)
    return isinstance(node, SizeOf)


def is_static(node: Node) -> bool:
    """Whether ``node`` is made of numbers and sizes alone: a Python number in generated code."""
    stack, seen = [node], {node.uid}
    while stack:
        node = stack.pop()
        if isinstance(node, Map) and node.op in _STATIC:
            parts = [part for part in node.operands if part.uid not in seen]
            seen.update(part.uid for part in parts)
            # What is no operation is looked at first: it decides most often.
            stack.extend(sorted(parts, key=lambda part: not isinstance(part, Map)))
        elif not isinstance(node, Constant | SizeOf) or node.dtype != "real":
            return False
    return True


#: Operations on Python numbers that generated code leaves to Python.
_STATIC = frozenset({"add", "subtract", "multiply", "negative", "root"})


class Graph:
    """Makes nodes, each once: equal nodes are the same object. It belongs to one program."""

    def __init__(self) -> None:
        self._table: dict[tuple[Any, ...], Node] = {}

    def _make(self, cls: type[Node], dtype: Dtype, dims: Dims, *fields: Any) -> Any:
        key = (cls.__name__, dtype, dims, *map(_field_key, fields))
        node = self._table.get(key)
        if node is None:
            node = cls(len(self._table), dtype, dims, *fields)
            self._table[key] = node
        return node

    # --- leaves -----------------------------------------------------------------------------

    def constant(self, value: Fraction | float | bool) -> Node:
        """A number or a truth value."""
        dtype: Dtype = "bool" if isinstance(value, bool) else "real"
        if isinstance(value, int) and dtype == "real":
            value = Fraction(value)
        node: Node = self._make(Constant, dtype, (), value)
        return node

    def size(self, axis: str) -> Node:
        """The size of an axis."""
        node: Node = self._make(SizeOf, "real", (), axis)
        return node

    def input(self, name: str, declared: Dims, dtype: Dtype = "real") -> Node:
        """An argument."""
        node: Node = self._make(Input, dtype, union(declared), name, declared)
        return node

    def iota(self, var: Var) -> Node:
        """The positions along ``var``."""
        node: Node = self._make(Iota, "int", (var,))
        return node

    # --- elementwise ------------------------------------------------------------------------

    def map(self, op: str, *operands: Node) -> Node:
        """An elementwise operation, after the cheapest simplifications."""
        simple = _SIMPLE[op](self, *operands) if op in _SIMPLE else None
        if simple is not None:
            return simple
        if any(isinstance(operand, Broadcast) for operand in operands):
            dims = union(*(operand.dims for operand in operands))
            return self.broadcast(self.map(op, *map(_narrow, operands)), dims)
        if len(operands) == 1 and isinstance(view := operands[0], Rename):
            return self.rename(self.map(op, view.source), view.variables)
        dims = union(*(operand.dims for operand in operands))
        node: Node = self._make(Map, OPS[op].dtype or operands[-1].dtype, dims, op, operands)
        return node

    def select(self, cond: Node, yes: Node, no: Node) -> Node:
        """``yes`` where ``cond`` holds, else ``no``."""
        if isinstance(cond, Constant):
            return yes if cond.value else no
        if yes is no:
            return yes
        match yes:
            case Map(op="where", operands=(same, inner, other)) if same is cond:
                return yes if other is no else self.select(cond, inner, no)
        if is_number(yes, 1) and is_number(no, 0):
            return self.map("real", cond)
        return self.map("where", cond, yes, no)

    def all_of(self, conds: Iterable[Node | None]) -> Node | None:
        """The conjunction of those that are not None; None if there are none."""
        result: Node | None = None
        for cond in conds:
            if cond is not None:
                result = cond if result is None else self.map("and", result, cond)
        return result

    # --- reductions -------------------------------------------------------------------------

    def reduce(self, kind: Kind, source: Node, over: Iterable[Var]) -> Node:
        """A reduction; variables that ``source`` does not have are given to it first."""
        over = union(over)
        if not over:
            return source
        source = self.broadcast(source, over)
        if kind == "lse" and (counted := self._counted(source, over)) is not None:
            return counted
        if isinstance(source, Rename):
            back = dict(zip(source.variables, source.source.dims, strict=True))
            inner = self.reduce(kind, source.source, (back[var] for var in over))
            forth = dict(zip(source.source.dims, source.variables, strict=True))
            return self.substitute(inner, {var: forth[var] for var in inner.dims})
        dtype: Dtype = "int" if kind in ("argmax", "argmin") else "real"
        node: Node = self._make(Reduction, dtype, without(source.dims, over), kind, source, over)
        return node

    def _counted(self, source: Node, over: Dims) -> Node | None:
        """The log-sum-exp of equal scores: the score, and the logarithm of how many there are."""
        mask, score = self.constant(True), _narrow(source)
        match score:
            case Map(op="where", operands=(Node() as cond, yes, Constant(value=float(least)))) if (
                least == -math.inf
            ):
                mask, score = cond, _narrow(yes)
        if set(score.dims) & set(over):
            return None
        count = self.reduce("sum", self.map("real", mask), over)
        return self.map("add", score, self.map("log", count))

    def contract(self, left: Node, right: Node, over: Iterable[Var]) -> Node:
        """The sum over ``over`` of ``left * right``; what a factor does not have goes before it."""
        over = union(over)
        if apart := without(over, left.dims):
            right, over = self.reduce("sum", right, apart), without(over, apart)
        if apart := without(over, right.dims):
            left, over = self.reduce("sum", left, apart), without(over, apart)
        if not over:
            return self.map("multiply", left, right)
        if left.uid > right.uid:
            left, right = right, left
        dims = without(union(left.dims, right.dims), over)
        node: Node = self._make(Contraction, "real", dims, left, right, over)
        return node

    def joint(self, matrix: Node, vectors: Sequence[Node], over: Dims) -> Node:
        """The products of a matrix with vectors over ``over``, for :meth:`column`."""
        node: Node = self._make(
            Joint, "real", without(matrix.dims, over), matrix, tuple(vectors), over
        )
        return node

    def column(self, joint: Node, place: int) -> Node:
        """One of the products of :meth:`joint`."""
        node: Node = self._make(Column, "real", joint.dims, joint, place)
        return node

    def masked_sum(
        self, quick: Node, mask: Node, factors: Sequence[Node], over: Iterable[Var]
    ) -> Node:
        """``quick`` where it is finite, else the sum of the product where ``mask`` holds."""
        every = union(mask.dims, *(factor.dims for factor in factors))
        dims = without(every, over)
        node: Node = self._make(MaskedSum, "real", dims, quick, mask, tuple(factors), union(over))
        return node

    # --- indexing ---------------------------------------------------------------------------

    def rename(self, source: Node, variables: Sequence[Var]) -> Node:
        """``source`` with ``variables`` for its dims, in their order; they are all different."""
        variables = tuple(variables)
        if variables == source.dims:
            return source
        if isinstance(source, Rename):
            table = dict(zip(source.dims, variables, strict=True))
            view: Rename = source
            return self.rename(view.source, [table[var] for var in view.variables])
        if isinstance(source, Iota):
            return self.iota(variables[0])
        node: Node = self._make(Rename, source.dtype, union(variables), source, variables)
        return node

    def substitute(self, source: Node, table: Mapping[Var, Var | Node]) -> Node:
        """Put variables or index arrays for the variables of ``source``."""
        slots = tuple(table.get(var, var) for var in source.dims)
        if slots == source.dims:
            return source
        slots = tuple(_plain(slot) for slot in slots)
        if all(isinstance(slot, Var) for slot in slots) and len(set(slots)) == len(slots):
            return self.rename(source, slots)  # type: ignore[arg-type]
        if isinstance(source, Iota) and isinstance(slots[0], Node):
            return slots[0]
        if isinstance(source, Rename):
            given = dict(zip(source.dims, slots, strict=True))
            inner = {
                var: given[name]
                for var, name in zip(source.source.dims, source.variables, strict=True)
            }
            return self.substitute(source.source, inner)
        if isinstance(source, Broadcast):
            given = dict(zip(source.dims, slots, strict=True))
            inner_node = self.substitute(source.source, given)
            return self.broadcast(inner_node, _slot_dims(slots))
        if isinstance(source, Put):
            value = self._at_put(source, dict(zip(source.dims, slots, strict=True)))
            if value is not None:
                return value
        variables = tuple(slot if isinstance(slot, Var) else None for slot in slots)
        indices = tuple(slot for slot in slots if isinstance(slot, Node))
        node: Node = self._make(Gather, source.dtype, _slot_dims(slots), source, variables, indices)
        return node

    def _at_put(self, source: Put, slots: Mapping[Var, Var | Node]) -> Node | None:
        """What was put, where just those entries are asked for."""
        there = dict(zip(source.at, source.indices, strict=True))
        if any(slot is not there.get(var, var) for var, slot in slots.items()):
            return None
        if source.mode == "set":
            return source.value
        return self.map("add", self.substitute(source.base, slots), source.value)

    def broadcast(self, source: Node, dims: Iterable[Var]) -> Node:
        """``source`` with at least the variables ``dims``."""
        dims = union(source.dims, dims)
        if dims == source.dims:
            return source
        if isinstance(source, Broadcast):
            source = source.source
        node: Node = self._make(Broadcast, source.dtype, dims, source)
        return node

    def put(
        self,
        base: Node,
        slots: Sequence[tuple[Var, Node]],
        value: Node,
        mode: Literal["set", "add"] = "set",
    ) -> Node:
        """``base`` with ``value`` where each variable of ``slots`` equals its index array."""
        if mode == "add" and is_number(value, 0):
            return base
        at = tuple(var for var, _ in slots)
        indices = tuple(index for _, index in slots)
        dims = union(base.dims, at, value.dims, *(index.dims for index in indices))
        base = self.broadcast(base, dims)
        node: Node = self._make(Put, base.dtype, dims, base, at, indices, value, mode)
        return node

    def scatter(self, value: Node, slots: Sequence[tuple[Var, Node]], over: Iterable[Var]) -> Node:
        """The sum over ``over`` of ``value``, each entry added where the slots say."""
        over = union(over)
        at = tuple(var for var, _ in slots)
        indices = tuple(index for _, index in slots)
        value = self.broadcast(value, union(over, *(index.dims for index in indices)))
        dims = union(without(value.dims, over), at)
        node: Node = self._make(Scatter, "real", dims, value, at, indices, over)
        return node

    # --- order ------------------------------------------------------------------------------

    def order(self, keys: Node, var: Var) -> Node:
        """The positions along ``var`` in ascending order of ``keys``."""
        if isinstance(keys, Rename):
            back = dict(zip(keys.variables, keys.source.dims, strict=True))
            return self.rename(self.order(keys.source, back[var]), keys.variables)
        node: Node = self._make(Order, "int", keys.dims, keys, var)
        return node

    def threshold(
        self,
        kind: Kind,
        op: str,
        arrays: Sequence[Node],
        var: Var,
        *,
        powers: Sequence[Node] = (),
        scale: Sequence[Node] = (),
    ) -> Node:
        """The reduction over ``var`` of a value where keys ``op`` levels: the three ``arrays``."""
        value, keys, levels = arrays
        dims = union(*(array.dims for array in (*arrays, *powers, *scale)))
        dtype: Dtype = "int" if kind in ("argmax", "argmin") else "real"
        fields = (kind, op, value, self.order(keys, var), keys, levels)
        node: Node = self._make(
            Threshold, dtype, without(dims, (var,)), *fields, tuple(powers), tuple(scale), var
        )
        return node

    # --- passes -----------------------------------------------------------------------------

    def rebuild(self, node: Node, args: Sequence[Node]) -> Node:  # noqa: C901 - a case a class
        """``node`` computed from other arguments."""
        args = tuple(args)
        if all(old is new for old, new in zip(node.args, args, strict=True)):
            return node
        match node:
            case Map():
                return self.map(node.op, *args)
            case Reduction():
                return self.reduce(node.kind, args[0], node.over)
            case Contraction():
                return self.contract(args[0], args[1], node.over)
            case MaskedSum():
                return self.masked_sum(args[0], args[1], args[2:], node.over)
            case Gather():
                slots = dict(zip(node.source.dims, self._slots(node, args[1:]), strict=True))
                return self.substitute(self.broadcast(args[0], node.source.dims), slots)
            case Put():
                slots_ = tuple(zip(node.at, args[1:-1], strict=True))
                return self.put(args[0], slots_, args[-1], node.mode)
            case Scatter():
                return self.scatter(args[0], tuple(zip(node.at, args[1:], strict=True)), node.over)
            case Rename():
                source = self.broadcast(args[0], node.source.dims)
                return self.rename(source, node.variables)
            case Broadcast():
                return self.broadcast(args[0], node.dims)
            case Joint():
                return self.joint(args[0], args[1:], node.over)
            case Column():
                return self.column(args[0], node.place)
            case Order() | Threshold():
                return self._rebuilt_order(node, args)
        raise TypeError(f"a leaf has no arguments: {node!r}")

    def _rebuilt_order(self, node: Order | Threshold, args: Sequence[Node]) -> Node:
        if isinstance(node, Order):
            return self.order(self.broadcast(args[0], (node.var,)), node.var)
        value, _, keys, levels, *others = args
        value, keys = (self.broadcast(array, (node.var,)) for array in (value, keys))
        powers, scale = others[: len(node.powers)], others[len(node.powers) :]
        arrays = (value, keys, levels)
        return self.threshold(node.kind, node.op, arrays, node.var, powers=powers, scale=scale)

    @staticmethod
    def _slots(node: Gather, indices: Sequence[Node]) -> Iterator[Var | Node]:
        rest = iter(indices)
        return (next(rest) if var is None else var for var in node.variables)


def _field_key(field: Any) -> Any:
    if isinstance(field, Node):
        return field.uid
    if isinstance(field, tuple):
        return tuple(map(_field_key, field))
    # 1, 1.0 and True are equal in Python, but not in a program.
    return (type(field).__name__, field)


def _narrow(node: Node) -> Node:
    return node.source if isinstance(node, Broadcast) else node


def _plain(slot: Var | Node) -> Var | Node:
    return slot.dims[0] if isinstance(slot, Iota) else slot


def _slot_dims(slots: Iterable[Var | Node]) -> Dims:
    return union(*((slot,) if isinstance(slot, Var) else slot.dims for slot in slots))


def opposite(graph: Graph, node: Node) -> Node | None:
    """What ``node`` is the negation of, if it is written as one: ``-x``, ``-2 * x``, ``-3``."""
    match node:
        case Constant(value=Fraction() | float()) if node.value < 0:
            return graph.constant(-node.value)
        case Map(op="negative"):
            return node.operands[0]
        case Rename() if (positive := opposite(graph, node.source)) is not None:
            return graph.rename(positive, node.variables)
        case Map(op="multiply"):
            number, rest = node.operands
            if isinstance(number, Constant) and (positive := opposite(graph, number)):
                return graph.map("multiply", positive, rest)
    return None


def _add(graph: Graph, a: Node, b: Node) -> Node | None:
    if is_number(a, 0):
        return b
    if is_number(b, 0):
        return a
    if (common := _common_number(graph, "add", a, b)) is not None:
        return common
    if (positive := opposite(graph, b)) is not None:
        return graph.map("subtract", a, positive)
    if (positive := opposite(graph, a)) is not None:
        return graph.map("subtract", b, positive)
    return None


def _subtract(graph: Graph, a: Node, b: Node) -> Node | None:
    if is_number(b, 0):
        return a
    if is_number(a, 0):
        return graph.map("negative", b)
    if (common := _common_number(graph, "subtract", a, b)) is not None:
        return common
    for this, sign in ((b, "negative"), (a, "")):
        other = a if this is b else b
        if isinstance(this, Map) and this.op == "add" and other in this.operands:
            rest = this.operands[this.operands[0] is other]
            return graph.map("negative", rest) if sign else rest
    positive = opposite(graph, b)
    return None if positive is None else graph.map("add", a, positive)


def _common_number(graph: Graph, op: str, a: Node, b: Node) -> Node | None:
    """``c * (a + b)`` for ``c * a + c * b``."""
    match a, b:
        case Map(op="multiply", operands=(Constant() as c, x)), Map(
            op="multiply", operands=(d, y)
        ) if c is d:
            return graph.map("multiply", c, graph.map(op, x, y))
    return None


def _multiply(graph: Graph, a: Node, b: Node) -> Node | None:
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Map) and one.op == "divide" and is_number(one.operands[0], 1):
            return graph.map("divide", other, one.operands[1])
    for this, other in ((a, b), (b, a)):
        if is_number(this, 0):
            return this
        if is_number(this, 1):
            return other
        if is_number(this, -1):
            return graph.map("negative", other)
    return None


def _divide(_: Graph, a: Node, b: Node) -> Node | None:
    return a if is_number(b, 1) else None


def _negative(graph: Graph, a: Node) -> Node | None:
    if isinstance(a, Constant) and isinstance(a.value, Fraction | float):
        return graph.constant(-a.value)
    if (positive := opposite(graph, a)) is not None:
        return positive
    if isinstance(a, Map) and a.op == "subtract":
        return graph.map("subtract", a.operands[1], a.operands[0])
    if isinstance(a, Map) and a.op == "multiply" and isinstance(a.operands[0], Constant):
        number, rest = a.operands
        return graph.map("multiply", graph.map("negative", number), rest)
    return None


def _exp(graph: Graph, a: Node) -> Node | None:
    if isinstance(a, Map) and a.op == "negative" and isinstance(a.operands[0], Map):
        (inner,) = a.operands
        if isinstance(inner, Map) and inner.op == "log":
            return graph.map("divide", graph.constant(1), inner.operands[0])
    return None


def _absolute(graph: Graph, a: Node) -> Node | None:
    if isinstance(a, Map) and a.op == "negative":
        return graph.map("absolute", a.operands[0])
    return None


def _and(_: Graph, a: Node, b: Node) -> Node | None:
    for this, other in ((a, b), (b, a)):
        if isinstance(this, Constant):
            return other if this.value else this
    return a if a is b else None


def _or(_: Graph, a: Node, b: Node) -> Node | None:
    for this, other in ((a, b), (b, a)):
        if isinstance(this, Constant):
            return this if this.value else other
    return a if a is b else None


def _not(graph: Graph, a: Node) -> Node | None:
    return graph.constant(not a.value) if isinstance(a, Constant) else None


def _real(graph: Graph, a: Node) -> Node | None:
    if isinstance(a, Constant):
        return graph.constant(int(a.value))
    return a if a.dtype == "real" else None


def _compared(relation: Callable[[Any, Any], bool]) -> Callable[..., Node | None]:
    def simple(graph: Graph, a: Node, b: Node) -> Node | None:
        if isinstance(a, Constant) and isinstance(b, Constant):
            return graph.constant(bool(relation(a.value, b.value)))
        # Of integers alone: a real may be nan, which is not equal to itself.
        return graph.constant(relation(0, 0)) if a is b and a.dtype == "int" else None

    return simple


#: What an operation is where nothing need be computed: a node, or None.
_SIMPLE: dict[str, Callable[..., Node | None]] = {
    "add": _add,
    "subtract": _subtract,
    "multiply": _multiply,
    "divide": _divide,
    "negative": _negative,
    "exp": _exp,
    "absolute": _absolute,
    "and": _and,
    "or": _or,
    "not": _not,
    "real": _real,
    "==": _compared(operator.eq),
    "!=": _compared(operator.ne),
    "<=": _compared(operator.le),
    ">=": _compared(operator.ge),
    "<": _compared(operator.lt),
    ">": _compared(operator.gt),
}
