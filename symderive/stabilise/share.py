"""What is computed once: a log-sum-exp that occurs again gets a name, definitions are put back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import (
    TRUE,
    Element,
    Fresh,
    Index,
    Reduce,
    Tensor,
    children,
    elements,
    free_indices,
    in_order,
    open_fresh,
    replace,
    subexpressions,
)
from symderive.model import Equation, Model, pick_letters
from symderive.rewrite import Named, fold
from symderive.rewrite.fold import bindings
from symderive.rewrite.rule import Rewrite


@dataclass
class _Operand:
    """A log-sum-exp with letters of its own: where it is first used, how often, and its name."""

    value: Expr
    letters: tuple[Index, ...]
    first: int
    uses: int = 0
    name: Element | None = None

    def covers(self, node: Expr) -> bool:
        """Whether ``node`` is this one, at other indices perhaps."""
        return self.value == node or any(
            replace(self.value, binding) == node
            for binding in bindings(self.value, self.letters, node)
        )


def name_repeated(
    model: Model, equations: Sequence[Equation]
) -> tuple[tuple[Equation, ...], tuple[Rewrite, ...]]:
    """``equations`` where every log-sum-exp that is used twice has an equation, and the steps.

    A new equation stands before the first that uses it. ``model`` gives letters and names.
    """
    found = list(equations)
    steps: list[Rewrite] = []
    while True:
        operand = next((o for o in _operands(found) if o.uses > (o.name is None)), None)
        if operand is None:
            return tuple(found), tuple(steps)
        if operand.name is None:
            new = _equation(operand, model, found)
            found.insert(operand.first, new)
            named = Named(new.element, new.rhs)
        else:
            named = Named(operand.name, operand.value)
        for position, equation in enumerate(found):
            if position <= operand.first or equation.name == named.name.tensor.name:
                continue
            rhs = fold(equation.rhs, [named])
            if rhs != equation.rhs:
                reason = ("computed once: ", named.name)
                steps.append(
                    Rewrite("named log-sum-exp", equation.name, equation.rhs, rhs, reason)
                )
                found[position] = Equation(
                    equation.tensor, equation.indices, rhs, equation.where
                )


def _operands(equations: Sequence[Equation]) -> list[_Operand]:
    """The innermost log-sum-exps, those of one operand together, in order of appearance."""
    fresh = Fresh()
    groups: dict[frozenset[Tensor], list[_Operand]] = {}
    order: list[_Operand] = []
    for position, equation in enumerate(equations):
        for node, uses in _occurrences(equation.rhs, fresh):
            group = groups.setdefault(frozenset(e.tensor for e in elements(node)), [])
            operand = next((o for o in group if o.covers(node)), None)
            if operand is None:
                operand = _Operand(node, tuple(in_order(free_indices(node))), position)
                group.append(operand)
                order.append(operand)
                whole = node == equation.rhs and set(operand.letters) == set(equation.indices)
                if whole and equation.where == TRUE:
                    operand.name = equation.element
                    continue
            operand.uses += uses
    return order


def _occurrences(root: Expr, fresh: Fresh) -> Iterator[tuple[Expr, int]]:
    """The innermost log-sum-exps below ``root`` and how many nodes have each as a part."""
    if not any(_is_lse(node) for node in subexpressions(root)):
        return
    counts: dict[Expr, int] = {root: 1} if _is_lse(root) else {}
    seen: set[int] = set()
    keep: list[Basic] = []
    stack: list[Basic] = [root]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if _is_lse(node) and not any(map(_is_lse, subexpressions(node.body, node.cond))):
            continue
        parts: Iterable[Basic] = children(node)
        if isinstance(node, Reduce):
            parts = open_fresh(node, fresh)[1:]
            keep.extend(parts)
        for part in parts:
            if _is_lse(part):
                counts[part] = counts.get(part, 0) + 1
            stack.append(part)
    for node, count in counts.items():
        if not any(map(_is_lse, subexpressions(node.body, node.cond))):
            yield node, count


def _is_lse(node: Basic) -> bool:
    return isinstance(node, Reduce) and node.kind == "lse"


def _equation(operand: _Operand, model: Model, equations: Sequence[Equation]) -> Equation:
    """An equation for ``operand``, under a name that no one else has."""
    body = operand.value.body
    base = body.tensor.name if isinstance(body, Element) else equations[operand.first].name
    taken = {*model.names, *(equation.name for equation in equations)}
    name, count = f"lse'{base}", 1
    while name in taken:
        count += 1
        name = f"lse'{base}{count}"
    letters = pick_letters(model, (index.axis for index in operand.letters))
    table: dict[Basic, Basic] = dict(zip(operand.letters, letters, strict=True))
    tensor = Tensor(name, tuple(index.axis for index in letters))
    return Equation(tensor, letters, replace(operand.value, table))


def put_back(
    definitions: Sequence[Equation], equations: Sequence[Equation]
) -> tuple[Equation, ...]:
    """``equations`` with every definition that occurs in them put back, so that it is computed once.

    What holds only under a condition is not put back: it may not be asked for elsewhere.
    """
    by_tensor: dict[Tensor, list[int]] = {}
    needs: list[frozenset[Tensor]] = []
    for position, definition in enumerate(definitions):
        needs.append(frozenset(e.tensor for e in elements(definition.rhs)))
        usable = definition.where == TRUE and definition.tensor.label_of is None
        if usable and needs[-1] and not isinstance(definition.rhs, Element):
            by_tensor.setdefault(in_order(needs[-1])[0], []).append(position)
    result = []
    for equation in equations:
        there = {e.tensor for e in elements(equation.rhs)}
        candidates = sorted(
            position
            for tensor in there
            for position in by_tensor.get(tensor, ())
            if needs[position] <= there
        )
        names = [Named(definitions[p].element, definitions[p].rhs) for p in candidates]
        rhs = fold(equation.rhs, names) if names else equation.rhs
        result.append(Equation(equation.tensor, equation.indices, rhs, equation.where))
    return tuple(result)


def alive(equations: Sequence[Equation], roots: Collection[str]) -> tuple[Equation, ...]:
    """The equations that ``roots`` lead back to."""
    needed = set(roots)
    kept = []
    for equation in reversed(equations):
        if equation.name in needed:
            kept.append(equation)
            needed |= {e.tensor.name for e in elements(equation.rhs, equation.where)}
    return tuple(reversed(kept))
