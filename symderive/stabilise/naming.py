"""Names for what would be computed twice: a log-sum-exp, the argument of an exponential."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as replace_in
from typing import TypeAlias

from sympy import Add, Mul, S, log, tanh
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import (
    TRUE,
    Bound,
    Element,
    Exp,
    Fresh,
    Index,
    Once,
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
from symderive.rewrite import Named
from symderive.rewrite.fold import bindings
from symderive.rewrite.rule import Rewrite

#: Equations, and the steps that led to them.
Steps: TypeAlias = tuple[tuple[Equation, ...], tuple[Rewrite, ...]]

#: Functions that come back, in one form or another, in their own derivative.
_FUNCTIONS = (Exp, Sigmoid, Softplus, tanh)


@dataclass
class _Operand:
    """A log-sum-exp with letters of its own: the equations that use it, how often, and its name."""

    value: Expr
    letters: tuple[Index, ...]
    places: list[str] = field(default_factory=list)
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
    """The real tensors that ``expr`` has elements of."""
    return frozenset(e.tensor for e in elements(expr) if e.tensor.label_of is None)


def name_repeated(model: Model, equations: Sequence[Equation]) -> Steps:
    """``equations`` where every log-sum-exp that is used twice has an equation, and the steps.

    A new equation stands before the first that uses it. ``model`` gives letters and names.
    """
    naming = _Naming(model, equations)
    while True:
        repeated = [o for o in _operands(naming.equations) if o.uses > (o.name is None)]
        if not repeated:
            return naming.equations, tuple(naming.steps)
        for operand in repeated:
            first = operand.places[0]
            named = Named(operand.name, operand.value) if operand.name is not None else None
            if named is None:
                body = operand.value.body
                base = body.tensor.name if isinstance(body, Element) else first
                named = naming.new(f"lse'{base}", operand.value, operand.letters, first)
            naming.use(named, operand.places)


def name_arguments(model: Model, equations: Sequence[Equation]) -> Steps:
    """``equations`` where no exponential or sigmoid is taken of a sum over indices, and the steps.

    Such an argument has an equation of its own: what is made of the function later, in another
    form or in its derivative, is then made of a name.
    """
    naming = _Naming(model, equations)
    for position, place in enumerate(naming.order):
        while (argument := _argument(naming.by_name[place].rhs, Fresh())) is not None:
            letters = _letters(argument, naming.by_name[place])
            named = naming.new(f"in'{place}", argument, letters, place)
            naming.use(named, naming.order[position:])
    return naming.equations, tuple(naming.steps)


class _Naming:
    """Equations that are given further ones."""

    def __init__(self, model: Model, equations: Sequence[Equation]) -> None:
        self.model = model
        self.by_name = {equation.name: equation for equation in equations}
        self.order = tuple(self.by_name)
        self.before: dict[str, list[Equation]] = {name: [] for name in self.order}
        self.taken = {*model.names, *self.order}
        self.steps: list[Rewrite] = []
        self.tensors: dict[str, tuple[Expr, frozenset[Tensor]]] = {}

    @property
    def equations(self) -> tuple[Equation, ...]:
        """All equations, in order."""
        return tuple(e for name in self.order for e in (*self.before[name], self.by_name[name]))

    def new(self, base: str, value: Expr, letters: Sequence[Index], place: str) -> Named:
        """Name ``value`` in an equation before that of ``place``, much like ``base``."""
        names = (base if count == 1 else f"{base}{count}" for count in itertools.count(1))
        name = next(name for name in names if name not in self.taken)
        self.taken.add(name)
        own = pick_letters(self.model, (index.axis for index in letters))
        table: dict[Basic, Basic] = dict(zip(letters, own, strict=True))
        tensor = Tensor(name, tuple(index.axis for index in own))
        self.before[place].append(Equation(tensor, own, replace(value, table)))
        return Named(self.before[place][-1].element, self.before[place][-1].rhs)

    def use(self, named: Named, places: Iterable[str]) -> None:
        """Put a name in for its value in the equations of ``places``."""
        tensors = _tensors(named.value)
        for place in places:
            equation = self.by_name[place]
            if not tensors <= self._tensors(equation) or equation.tensor == named.name.tensor:
                continue
            rhs = _put(equation.rhs, named)
            if rhs != equation.rhs:
                reason = ("computed once: ", named.name)
                self.steps.append(Rewrite("name", place, equation.rhs, rhs, reason))
                self.by_name[place] = replace_in(equation, rhs=rhs)

    def _tensors(self, equation: Equation) -> frozenset[Tensor]:
        known = self.tensors.get(equation.name)
        if known is None or known[0] is not equation.rhs:
            known = (equation.rhs, _tensors(equation.rhs))
            self.tensors[equation.name] = known
        return known[1]


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
            totals = [total for term in Add.make_args(argument) for total in _totals_under(term)]
            others += totals or [_apart(argument)[0]]
        stack.extend(reversed(parts))
    innermost = (a for a in others if not any(map(_is_of_contraction, subexpressions(a))))
    return next((_normal(argument)[1] for argument in innermost), None)


def _apart(argument: Expr) -> tuple[Expr, Expr]:
    """``argument`` as what may have a name, and the logarithms that no name may hide.

    Where those are of a total, the exponential is a part of it; where they are of a square, it
    vanishes with it, and so do slopes by the root of that.
    """
    terms = Add.make_args(argument)
    others = [term for term in terms if _is_logarithm(term) and not _contracts(term)]
    return Add(*(term for term in terms if term not in others)), Add(*others)


def _totals_under(term: Expr) -> list[Expr]:
    """The sums, of any form, in the product that ``term`` is the logarithm of.

    What has the logarithm vanishes where they are 0.
    """
    whole = term.as_coeff_Mul()[1]
    factors = Mul.make_args(whole.args[0]) if isinstance(whole, log) else ()
    bases = (factor.as_base_exp()[0] for factor in factors)
    return [base for base in bases if isinstance(base, Add | Reduce) and _contracts(base)]


def _is_logarithm(term: Expr) -> bool:
    whole = term.as_coeff_Mul()[1]
    return isinstance(whole, log) or _is_lse(whole)


def _is_of_contraction(node: Basic) -> bool:
    if isinstance(node, Reduce):
        return node.kind == "lse" and _contracts(node.body)
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
        for whole, others in ((node, S.Zero), _apart(node)):
            number, rest = _normal(whole)
            table = _instance(named.value, named.indices, rest)
            if table is not None:
                return number * replace(named.name, table) + others
        return node

    folded: Expr = bottom_up(expr, step)
    return folded


def _operands(equations: Sequence[Equation]) -> list[_Operand]:
    """The innermost log-sum-exps, those of one operand together, in order of appearance."""
    fresh = Fresh()
    groups: dict[frozenset[Tensor], list[_Operand]] = {}
    order: list[_Operand] = []
    for equation in equations:
        for node, uses in _occurrences(equation.rhs, fresh):
            group = groups.setdefault(_tensors(node), [])
            operand = next((o for o in group if o.covers(node)), None)
            if operand is None:
                operand = _Operand(node, _letters(node, equation))
                group.append(operand)
                order.append(operand)
                whole = node == equation.rhs and set(operand.letters) == set(equation.indices)
                if whole and equation.where == TRUE:
                    operand.name = equation.element
                    continue
            operand.uses += uses
            operand.places.append(equation.name)
    return order


def _occurrences(root: Expr, fresh: Fresh) -> Iterator[tuple[Expr, int]]:
    """The innermost log-sum-exps below ``root`` and how many nodes have each as a part."""
    if not any(_is_lse(node) for node in subexpressions(root)):
        return
    counts: dict[Expr, int] = {root: 1} if _is_lse(root) else {}
    once = Once()
    seen: set[int] = set()
    stack: list[Basic] = [root]
    while stack:
        node = once(stack.pop())
        if id(node) in seen:
            continue
        seen.add(id(node))
        if _is_lse(node) and not any(map(_is_lse, subexpressions(node.body, node.cond))):
            continue
        parts: Iterable[Basic] = children(node)
        if isinstance(node, Reduce):
            parts = open_fresh(node, fresh)[1:]
        for part in parts:
            # A multiple is used where it stands, not where it is made.
            whole = part.as_coeff_Mul()[1] if isinstance(part, Mul) else part
            if _is_lse(whole):
                counts[whole] = counts.get(whole, 0) + 1
            stack.append(whole)
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
