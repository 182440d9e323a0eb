"""What is computed once: a log-sum-exp that occurs again gets a name, definitions are put back."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_in
from typing import TypeAlias

from sympy import Add, Mul, tanh
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import (
    TRUE,
    Bound,
    Element,
    Exp,
    Fresh,
    Index,
    Reduce,
    Sigmoid,
    Softplus,
    Tensor,
    bottom_up,
    children,
    elements,
    free_indices,
    height,
    in_order,
    open_fresh,
    replace,
    subexpressions,
)
from symderive.model import Equation, Model, pick_letters
from symderive.rewrite import Named, fold
from symderive.rewrite.fold import bindings
from symderive.rewrite.rule import Rewrite

#: Equations, and the steps that led to them.
Steps: TypeAlias = tuple[tuple[Equation, ...], tuple[Rewrite, ...]]

#: Functions that come back, in one form or another, in their own derivative.
_FUNCTIONS = (Exp, Sigmoid, Softplus, tanh)


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
        return self.value == node or _instance(self.value, self.letters, node) is not None


def _instance(value: Expr, letters: Sequence[Index], node: Expr) -> dict[Basic, Basic] | None:
    """What to put for ``letters`` so that ``value`` becomes ``node``."""
    if _tensors(value) != _tensors(node):
        return None
    in_slots = {slot for element in elements(value) for slot in element.slots}
    others = [letter for letter in letters if letter not in in_slots]
    outside = [
        part
        for part in dict.fromkeys(subexpressions(node))
        if isinstance(part, Index) or (isinstance(part, Bound) and part.height >= height(node))
    ]
    choices = [[part for part in outside if part.axis == letter.axis] for letter in others]
    for binding in bindings(value, [letter for letter in letters if letter in in_slots], node):
        for chosen in itertools.product(*choices):
            table = {**binding, **dict(zip(others, chosen, strict=True))}
            if replace(value, table) == node:
                return table
    return None


def _tensors(expr: Expr) -> frozenset[Tensor]:
    """The tensors that ``expr`` has elements of, but for labels in slots."""
    every = elements(expr)
    inside = {slot for element in every for slot in element.slots}
    return frozenset(element.tensor for element in every if element not in inside)


def name_repeated(model: Model, equations: Sequence[Equation]) -> Steps:
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
            body = operand.value.body
            base = body.tensor.name if isinstance(body, Element) else found[operand.first].name
            new = _equation(f"lse'{base}", operand.value, operand.letters, model, found)
            found.insert(operand.first, new)
            named = Named(new.element, new.rhs)
        else:
            named = Named(operand.name, operand.value)
        steps += _put_in_place(found, operand.first + 1, named)


def name_arguments(model: Model, equations: Sequence[Equation]) -> Steps:
    """``equations`` where no exponential or sigmoid is taken of a sum over indices, and the steps.

    Such an argument has an equation of its own: what is made of the function later, in another
    form or in its derivative, is then made of a name.
    """
    found = list(equations)
    steps: list[Rewrite] = []
    position = 0
    while position < len(found):
        argument = _argument(found[position].rhs, Fresh())
        if argument is None:
            position += 1
            continue
        letters = _letters(argument, found[position])
        new = _equation(f"in'{found[position].name}", argument, letters, model, found)
        found.insert(position, new)
        steps += _put_in_place(found, position + 1, Named(new.element, new.rhs))
        position += 1
    return tuple(found), tuple(steps)


def _argument(root: Expr, fresh: Fresh) -> Expr | None:
    """An argument below ``root`` that is to have a name, an innermost one."""
    others: list[Expr] = []
    stack: list[Basic] = [root]
    while stack:
        node = stack.pop()
        parts = children(node)
        argument = node.args[0] if isinstance(node, _FUNCTIONS) else None
        if isinstance(node, Reduce):
            _, cond, body = open_fresh(node, fresh)
            parts = (cond, body)
            argument = body if node.kind == "lse" else None
        if argument is not None and _contracts(argument):
            others.append(argument)
        stack.extend(reversed(parts))
    innermost = (a for a in others if not any(map(_is_of_contraction, subexpressions(a))))
    return next((_normal(argument)[1] for argument in innermost), None)


def _is_of_contraction(node: Basic) -> bool:
    return isinstance(node, _FUNCTIONS) and _contracts(node.args[0])


def _contracts(expr: Expr) -> bool:
    """Whether there is a reduction in ``expr``, other than those that stabilise."""
    return any(
        isinstance(node, Reduce) and node.kind != "lse" and bool(elements(node))
        for node in subexpressions(expr)
    )


def _normal(expr: Expr) -> tuple[Expr, Expr]:
    """``expr`` as a number times what it is a multiple of, the same for all multiples."""
    number, rest = expr.primitive()
    first = in_order(Add.make_args(rest))[0]
    return (-number, -rest) if first.as_coeff_Mul()[0].is_negative else (number, rest)


def _put(expr: Expr, named: Named) -> Expr:
    """Put a name in for its value, and multiples of it for multiples."""
    kinds = (Add, Mul, type(named.value))

    def step(node: Basic) -> Basic:
        if not isinstance(node, kinds):
            return node
        number, rest = _normal(node)
        table = _instance(named.value, named.indices, rest)
        return node if table is None else number * replace(named.name, table)

    folded: Expr = bottom_up(expr, step)
    return folded


def _put_in_place(equations: list[Equation], start: int, named: Named) -> list[Rewrite]:
    """Use a name in all equations from ``start`` on; the steps."""
    steps = []
    for position in range(start, len(equations)):
        equation = equations[position]
        if equation.name == named.name.tensor.name:
            continue
        rhs = _put(equation.rhs, named)
        if rhs != equation.rhs:
            reason = ("computed once: ", named.name)
            steps.append(Rewrite("name", equation.name, equation.rhs, rhs, reason))
            equations[position] = replace_in(equation, rhs=rhs)
    return steps


def _operands(equations: Sequence[Equation]) -> list[_Operand]:
    """The innermost log-sum-exps, those of one operand together, in order of appearance."""
    fresh = Fresh()
    groups: dict[frozenset[Tensor], list[_Operand]] = {}
    order: list[_Operand] = []
    for position, equation in enumerate(equations):
        for node, uses in _occurrences(equation.rhs, fresh):
            group = groups.setdefault(_tensors(node), [])
            operand = next((o for o in group if o.covers(node)), None)
            if operand is None:
                operand = _Operand(node, _letters(node, equation), position)
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


def _letters(node: Expr, equation: Equation) -> tuple[Index, ...]:
    """The free indices of a part of ``equation``: its own first, then those of its binders."""

    def place(index: Index) -> tuple[int, int]:
        if index in equation.indices:
            return (0, equation.indices.index(index))
        return (1, int(index.name.rpartition("'")[2]))

    return tuple(sorted(free_indices(node), key=place))


def _is_lse(node: Basic) -> bool:
    return isinstance(node, Reduce) and node.kind == "lse"


def _equation(
    base: str,
    value: Expr,
    letters: Sequence[Index],
    model: Model,
    equations: Sequence[Equation],
) -> Equation:
    """An equation for ``value``, under a name like ``base`` that no one else has."""
    taken = {*model.names, *(equation.name for equation in equations)}
    names = (base if count == 1 else f"{base}{count}" for count in itertools.count(1))
    name = next(name for name in names if name not in taken)
    own = pick_letters(model, (index.axis for index in letters))
    table: dict[Basic, Basic] = dict(zip(letters, own, strict=True))
    tensor = Tensor(name, tuple(index.axis for index in own))
    return Equation(tensor, own, replace(value, table))


def put_back(
    definitions: Sequence[Equation], equations: Sequence[Equation]
) -> tuple[Equation, ...]:
    """``equations`` with every definition that occurs in them put back: it is computed once.

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
        result.append(replace_in(equation, rhs=rhs))
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
