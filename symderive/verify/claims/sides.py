"""The sides of a claim at a point: the reference evaluator, with derivatives as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from sympy import Add, Integer
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.errors import NotSupportedError
from symderive.expr import (
    Axis,
    Bound,
    Element,
    Index,
    Reduce,
    Size,
    Tensor,
    children,
    elements,
    subexpressions,
)
from symderive.expr import replace as put
from symderive.model.claims import Claim, DerivativeOf, LimitOf
from symderive.model.evaluate import Compiled, Evaluator, Point, Position
from symderive.model.fields import Field
from symderive.model.model import Declaration, Equation, Model
from symderive.model.points import positions
from symderive.verify.claims.effort import Effort

#: What an evaluator costs to make, in operations.
EVALUATOR = 20


@dataclass(frozen=True)
class Slope:
    """``d of / d wrt`` as an array over ``indices``, called ``tensor``.

    ``inner`` are the derivatives of which ``of`` is made.
    """

    tensor: Tensor
    indices: tuple[Index, ...]
    of: Expr
    wrt: Element
    inner: tuple[Slope, ...] = ()


class Sides:
    """Expressions of a claim, whose derivatives became elements that are computed on demand.

    Only the inputs, equations and axes that count are kept. ``given`` names what a ``with`` gives.
    """

    def __init__(self, model: Model, claim: Claim, parts: Iterable[Basic]) -> None:
        self.model = model
        self.slopes: dict[str, Slope] = {}
        self._seen: dict[Basic, Element] = {}
        roots = tuple(parts)
        self.parts = tuple(self._plain(part) for part in roots)
        given = {name for name, _ in claim.point}
        used = _used(model, roots, given)
        known = {d.name: d for d in (*model.declarations, *claim.scalars)}
        self.equations = tuple(e for e in model.equations if e.name in used)
        self.inputs: tuple[Declaration, ...] = tuple(
            replace(known[name], default=known[name].default)
            if name in known
            else Declaration(model.tensor(name), _role(model.tensor(name)))
            for name in [*known, *(e.name for e in model.equations if e.name in given)]
            if name in used
        )
        self.free = claim.free
        self.axes = _axes(roots, self.inputs, self.equations, claim)
        self._compiled: dict[int, tuple[Field, _Counted]] = {}

    def with_more(self, *parts: Basic) -> tuple[Any, ...]:
        """Further expressions made ready for :meth:`at`."""
        return tuple(self._plain(part) for part in parts)

    def terms(self, sizes: Mapping[Axis, int]) -> int:
        """How many terms all sums have with axes of these sizes: a bound on the work."""
        whole = sum(self._counted(e.indices, (e.rhs, e.where), sizes) for e in self.equations)
        whole += sum(prod(sizes[a] for a in d.tensor.axes) for d in self.inputs)
        for slope in self.slopes.values():  # every entry goes through all equations again
            each = whole + self._counted((), (slope.of,), sizes)
            whole += each * prod(sizes[index.axis] for index in slope.indices)
        return whole + self._counted(self.free, self.parts, sizes)

    @staticmethod
    def _counted(free: Iterable[Index], roots: Iterable[Basic], sizes: Mapping[Axis, int]) -> int:
        """The terms of all sums in expressions with these free indices, as if all were nested."""
        count = prod(sizes[index.axis] for index in free)
        for node in subexpressions(*roots):
            if isinstance(node, Reduce):
                count *= prod(sizes[b.axis] for b in node.bound)
        return count

    def _plain(self, root: Basic) -> Basic:
        """``root`` with an element in place of each derivative, from the inside outward."""
        table: dict[Basic, Basic] = {}
        for node in subexpressions(root):
            if isinstance(node, LimitOf):
                raise NotSupportedError("a limit may only stand alone on one side of a claim")
            if isinstance(node, DerivativeOf):
                table[node] = self._slope(node)
        return _swapped(root, table)

    def _slope(self, node: DerivativeOf) -> Element:
        if node not in self._seen:
            own: dict[Basic, None] = {}
            bound = {b for n in subexpressions(node) if isinstance(n, Reduce) for b in n.bound}
            for part in subexpressions(node):
                if isinstance(part, Index | Bound) and part not in bound:
                    own[part] = None
            letters = {atom: Index(f"slope'{k}", atom.axis) for k, atom in enumerate(own)}
            tensor = Tensor(
                f"slope'{len(self._seen)}", [letter.axis for letter in letters.values()]
            )
            self._seen[node] = Element(tensor, *own)
            of = put(self._plain(node.of), dict(letters))
            wrt = put(node.wrt, dict(letters))
            inner = tuple(
                self.slopes[e.tensor.name] for e in elements(of) if e.tensor.name in self.slopes
            )
            self.slopes[tensor.name] = Slope(tensor, tuple(letters.values()), of, wrt, inner)
        return self._seen[node]

    def at(
        self, point: Point, field: Field, effort: Effort | None = None, worth: float = 1
    ) -> Evaluator:
        """An evaluator of all parts at ``point``; operations count ``worth`` in ``effort``."""
        if id(field) not in self._compiled:
            self._compiled[id(field)] = (field, _Counted(self.equations, field))
        compiled = self._compiled[id(field)][1]
        compiled.count(effort, worth)
        given = {e.name: point.inputs[e.name] for e in self.equations if e.name in point.inputs}
        inner = Evaluator(compiled, point, field, given)
        if not self.slopes:
            return inner
        tables = {name: _Table(slope, inner, self, point) for name, slope in self.slopes.items()}
        whole = Point(point.sizes, {**point.inputs, **tables})
        for table in tables.values():
            table.tables = tables
        return Evaluator(compiled, whole, field, given)


class _Counted(Compiled):
    """Compiled equations whose work goes to a budget, whenever they are asked for."""

    def __init__(self, equations: Iterable[Equation], field: Field) -> None:
        super().__init__(equations, field)
        self._told = 0

    def count(self, effort: Effort | None, worth: float) -> None:
        """Book what was done since the last time, and the making of an evaluator."""
        if effort is not None:
            effort.spend((self.work - self._told + EVALUATOR) * worth)
        self._told = self.work


class _Table(Mapping[Position, Any]):
    """The values of one slope, computed when they are asked for."""

    def __init__(self, slope: Slope, inner: Evaluator, sides: Sides, point: Point) -> None:
        self.slope, self.inner, self.sides, self.point = slope, inner, sides, point
        self.tables: Mapping[str, _Table] = {}
        self._memo: dict[Position, Any] = {}

    def __getitem__(self, position: Position) -> Any:
        if position not in self._memo:
            self._memo[position] = self.derivative(position, ())
        return self._memo[position]

    def derivative(self, position: Position, more: tuple[tuple[str, Position], ...]) -> Any:
        """This slope at ``position``, differentiated by ``more`` besides."""
        slope = self.slope
        env = dict(zip(slope.indices, position, strict=True))
        slots = tuple(int(self.inner.evaluate(slot, env)) for slot in slope.wrt.slots)
        wrt = (slope.wrt.tensor.name, slots)
        if not slope.inner:
            return self.inner.derivative(slope.of, env, wrt, *more)
        if slope.of in (Element(s.tensor, *slope.of.args[1:]) for s in slope.inner):
            table = self.tables[slope.of.tensor.name]
            place = tuple(int(self.inner.evaluate(slot, env)) for slot in slope.of.slots)
            return table.derivative(place, (wrt, *more))
        if more:
            raise NotSupportedError(
                "derivatives of products of derivatives are taken once, not several times"
            )
        return self._chain(env, wrt)

    def _chain(self, env: Mapping[Index, int], wrt: tuple[str, Position]) -> Any:
        """The derivative of an expression of derivatives: along each of them, and directly."""
        values = {**self.point.inputs}
        places = {
            inner.tensor.name: positions(inner.tensor.axes, self.point.sizes)
            for inner in self.slope.inner
        }
        for name, found in places.items():
            values[name] = {place: self.tables[name][place] for place in found}
        compiled = self.inner.compiled
        outer = Evaluator(compiled, Point(self.point.sizes, values), compiled.arithmetic.field)
        total = outer.derivative(self.slope.of, env, wrt)
        for name, found in places.items():
            for place in found:
                part = outer.derivative(self.slope.of, env, (name, place))
                if part != 0:
                    total = total + part * self.tables[name].derivative(place, (wrt,))
        return total

    def __iter__(self) -> Iterator[Position]:
        return iter(positions(self.slope.tensor.axes, self.point.sizes))

    def __len__(self) -> int:
        return len(positions(self.slope.tensor.axes, self.point.sizes))

    def __contains__(self, position: object) -> bool:
        return True


def _swapped(root: Basic, table: Mapping[Basic, Basic]) -> Basic:
    """``root`` with the outermost keys of ``table`` replaced; bound indices pass through."""
    if not table:
        return root
    if root in table:
        return table[root]
    parts = tuple(_swapped(child, table) for child in children(root))
    if all(a is b for a, b in zip(parts, children(root), strict=True)):
        return root
    if isinstance(root, Reduce):
        return root.func(*parts)
    from symderive.expr import with_children

    return with_children(root, parts)


def _used(model: Model, roots: Iterable[Basic], given: set[str]) -> set[str]:
    """The names that the value of ``roots`` depends on, and those that are given."""
    found = set(given)
    waiting = [element.tensor.name for root in roots for element in elements(root)]
    for root in roots:
        for node in subexpressions(root):
            if isinstance(node, DerivativeOf):
                waiting += [element.tensor.name for element in elements(node.of, node.wrt)]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        equation = model.equation(name)
        if equation is not None:
            waiting += [e.tensor.name for e in elements(equation.rhs, equation.where)]
    return found


def _role(tensor: Tensor) -> Any:
    return "label" if tensor.label_of is not None else "data"


def _axes(
    roots: Iterable[Basic],
    inputs: Iterable[Declaration],
    equations: Iterable[Equation],
    claim: Claim,
) -> tuple[Axis, ...]:
    found: dict[Axis, None] = {}
    for declaration in inputs:
        found.update(dict.fromkeys(declaration.tensor.axes))
        if declaration.tensor.label_of is not None:
            found[declaration.tensor.label_of] = None
    for index in claim.free:
        found[index.axis] = None
    for equation in equations:
        found.update(dict.fromkeys(equation.tensor.axes))
    every = (*roots, *(e.rhs for e in equations), *(e.where for e in equations))
    for node in subexpressions(*every):
        if isinstance(node, Bound | Size | Index):
            found[node.axis] = None
    return tuple(found)


def difference(claim: Claim, right: Expr | None = None) -> Expr:
    """``left - right`` of a claim."""
    other = claim.right if right is None else right
    if not isinstance(other, Expr):
        raise NotSupportedError("this claim has no right side to compare with")
    return Add(claim.left, Integer(-1) * other)
