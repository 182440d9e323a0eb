"""The edges of a model, each once: an occurrence of a name, and the derivative by it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from itertools import count

from sympy import Add, Mul, Pow, S
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.derive.rules import DERIVATIVES
from symderive.errors import NotSupportedError
from symderive.expr import (
    FALSE,
    TRUE,
    Element,
    Exp,
    Fresh,
    Index,
    Iverson,
    MaxOf,
    MinOf,
    Reduce,
    Tensor,
    Where,
    Xlogy,
    all_of,
    any_of,
    close,
    compare,
    elements,
    free_indices,
    is_constant,
    mentions,
    negate,
    open_fresh,
    open_with,
    replace,
    subexpressions,
)
from symderive.model import Equation, Model, Notation, pick_letters


@dataclass(frozen=True)
class Edge:
    """One occurrence of ``target`` in ``equation`` and the derivative of the equation by it.

    ``binders`` are the open indices of the reductions around the occurrence, ``cond`` what must
    hold for it to count, ``factors`` the partial derivative, outermost rule first.
    """

    equation: Equation
    target: Element
    binders: tuple[Index, ...]
    cond: Basic
    factors: tuple[Expr, ...]


@dataclass(frozen=True)
class _Place:
    """Where a traversal stands: what is multiplied, under which binders and conditions."""

    factors: tuple[Expr, ...] = ()
    binders: tuple[Index, ...] = ()
    conds: tuple[Basic, ...] = ()

    def times(self, *factors: Expr) -> _Place:
        kept = tuple(factor for factor in factors if factor != S.One)
        return _Place(self.factors + kept, self.binders, self.conds)

    def given(self, *conds: Basic) -> _Place:
        kept = tuple(cond for cond in conds if cond != TRUE)
        return _Place(self.factors, self.binders, self.conds + kept)

    def below(self, indices: Sequence[Index], cond: Basic) -> _Place:
        return _Place(self.factors, self.binders + tuple(indices), self.conds).given(cond)


def edges(equation: Equation, active: Mapping[str, bool], fresh: Fresh) -> tuple[Edge, ...]:
    """The edges of ``equation`` to the names that are ``active``, in order of occurrence.

    A maximum over an index must be an equation of its own, see :func:`with_extrema_named`.
    """
    walker = _Walker(active, fresh, equation)
    found = []
    for target, place in walker.visit(equation.rhs, _Place()):
        cond = all_of(place.conds)
        if cond != FALSE and S.Zero not in place.factors:
            found.append(Edge(equation, target, place.binders, cond, place.factors))
    return tuple(found)


class _Walker:
    """Lists the occurrences of active names below an expression."""

    def __init__(self, active: Mapping[str, bool], fresh: Fresh, equation: Equation) -> None:
        self.active, self.fresh, self.equation = active, fresh, equation
        self._is_active: dict[int, bool] = {}
        self._keep: list[Basic] = []

    def depends(self, node: Basic) -> bool:
        """Whether an active name occurs below ``node``."""
        if id(node) not in self._is_active:
            self._keep.append(node)
            for part in subexpressions(node):
                self._is_active[id(part)] = (
                    isinstance(part, Element) and self.active.get(part.tensor.name, False)
                ) or any(self._is_active.get(id(child), False) for child in part.args)
        return self._is_active[id(node)]

    def visit(self, node: Expr, place: _Place) -> Iterator[tuple[Element, _Place]]:
        """The active elements below ``node``, each with its place, seen from ``place``."""
        if not self.depends(node):
            return
        match node:
            case Element():
                yield node, place
            case Add():
                for term in node.args:
                    yield from self.visit(term, place)
            case Mul():
                yield from self._product(node, place)
            case Pow():
                base, exponent = node.args
                yield from self.visit(base, place.times(exponent, Pow(base, exponent - 1)))
                yield from self.visit(exponent, place.times(Xlogy(node, base)))
            case Reduce():
                yield from self._reduction(node, place)
            case MaxOf() | MinOf() | Where():
                for cond, branch in branches(node):
                    yield from self.visit(branch, place.given(cond))
            case Iverson():
                return
            case _:
                yield from self._function(node, place)

    def _function(self, node: Expr, place: _Place) -> Iterator[tuple[Element, _Place]]:
        if type(node) not in DERIVATIVES:
            raise NotSupportedError(f"the derivative of {type(node).__name__} is not known: {node}")
        for arg, partial in zip(node.args, DERIVATIVES[type(node)], strict=True):
            if self.depends(arg):
                yield from self.visit(arg, place.times(*ordered_factors(partial(*node.args))))

    def _product(self, node: Mul, place: _Place) -> Iterator[tuple[Element, _Place]]:
        brackets = [arg for arg in node.args if isinstance(arg, Iverson)]
        guards = tuple(bracket.cond for bracket in brackets)
        others = [arg for arg in node.args if not isinstance(arg, Iverson)]
        for position, arg in enumerate(others):
            rest = others[:position] + others[position + 1 :]
            yield from self.visit(arg, place.given(*guards).times(*rest))

    def _reduction(self, node: Reduce, place: _Place) -> Iterator[tuple[Element, _Place]]:
        if node.kind in ("max", "min"):
            where = extremum_label(self.equation)
            cond, body = open_with(node, (where,))
            attained = (
                TRUE if node.cond == TRUE else compare("!=", self.equation.element, _empty(node))
            )
            yield from self.visit(body, place.given(cond, attained))
            return
        indices, cond, body = open_fresh(node, self.fresh)
        inner = place.below(indices, cond)
        match node.kind:
            case "sum":
                yield from self.visit(body, inner)
            case "lse":
                yield from self.visit(body, inner.times(Exp(body - node)))
            case "prod":
                letters = self.fresh.like(indices)
                table: dict[Basic, Basic] = dict(zip(indices, letters, strict=True))
                other = any_of(compare("!=", a, b) for a, b in zip(indices, letters, strict=True))
                rest_cond = all_of([replace(cond, table), other])
                rest = close("prod", letters, replace(body, table), rest_cond)
                yield from self.visit(body, inner.times(rest))
            case _:
                return


def _empty(node: Reduce) -> Expr:
    """The value of ``max`` or ``min`` over nothing."""
    return S.NegativeInfinity if node.kind == "max" else S.Infinity


def ordered_factors(expr: Expr) -> tuple[Expr, ...]:
    """The factors of a derivative, its number first."""
    number, rest = expr.as_coeff_Mul()
    factors = tuple(Mul.make_args(rest)) if rest != S.One else ()
    return (number, *factors) if number != S.One or not factors else factors


def branches(node: MaxOf | MinOf | Where) -> tuple[tuple[Basic, Expr], ...]:
    """The branches of ``node``, each with the condition under which it is taken.

    In a maximum or minimum a tie goes to a number, else to the first argument.
    """
    if isinstance(node, Where):
        cond, yes, no = node.args
        return ((cond, yes), (negate(cond), no))
    return tuple((_wins(node, place), arg) for place, arg in enumerate(node.args))


def _wins(node: MaxOf | MinOf, place: int) -> Basic:
    """When the argument at ``place`` is the extremum."""
    above, tie = (">", ">=") if isinstance(node, MaxOf) else ("<", "<=")
    mine = node.args[place]
    return all_of(
        compare(tie if after > place and not is_constant(other) else above, mine, other)
        for after, other in enumerate(node.args)
        if after != place
    )


def extremum_label(equation: Equation) -> Element:
    """The label that holds where the maximum (or minimum) that ``equation`` takes is attained."""
    axis = equation.rhs.bound[0].axis
    label = Tensor(f"{equation.name}'at", equation.tensor.axes, axis)
    return Element(label, *equation.indices)


def with_extrema_named(model: Model, active: Mapping[str, bool], fresh: Fresh) -> Model:
    """Give each maximum or minimum that is differentiated an equation of its own.

    The equation of the index where it is attained (the first such) stands before it, so that the
    output stays last.
    """
    result: list[Equation] = []
    counter = 0

    def is_active(node: Basic) -> bool:
        return any(active.get(e.tensor.name, False) for e in elements(node))

    def hoist(node: Basic, scope: tuple[Index, ...], where: Basic, top: Equation | None) -> Basic:
        """``node`` with the extrema below it replaced by names."""
        nonlocal counter
        if not any(
            isinstance(part, Reduce) and part.kind in ("max", "min") and is_active(part)
            for part in subexpressions(node)
        ):
            return node
        if isinstance(node, Reduce):
            indices, cond, body = open_fresh(node, fresh)
            inner_where = all_of([where, cond])
            body = hoist(body, (*scope, *indices), inner_where, None)
            closed = close(node.kind, indices, body, cond)
            if node.kind not in ("max", "min"):
                return closed
            if top is None:
                counter += 1
                used = tuple(index for index in scope if mentions(closed, index))
                tensor = Tensor(f"{node.kind}'{counter}", tuple(index.axis for index in used))
                guard = where if where != TRUE and not _strays(where, used) else TRUE
                top = Equation(tensor, used, closed, guard)
            else:
                top = Equation(top.tensor, top.indices, closed, top.where)
            label = extremum_label(top)
            arg = close(f"arg{node.kind}", indices, body, cond)
            result.append(Equation(label.tensor, top.indices, arg, top.where))
            result.append(top)
            return top.element
        parts = [
            hoist(part, scope, where, None) if isinstance(part, Expr) else part
            for part in node.args
        ]
        rebuilt: Basic = node.func(*parts)
        return rebuilt

    for equation in model.equations:
        before = len(result)
        rhs = hoist(equation.rhs, equation.indices, equation.where, equation)
        if len(result) > before and result[-1].tensor == equation.tensor:
            continue
        result.append(Equation(equation.tensor, equation.indices, rhs, equation.where))
    if len(result) == len(model.equations):
        return model
    return model.with_equations(result, notation=_extrema_notation(model, result))


def _extrema_notation(model: Model, equations: Sequence[Equation]) -> Notation:
    """LaTeX for the names that were added: a letter for an extremum, a starred index for where."""
    latex = dict(model.notation.latex)
    taken = {*model.names, *(letter.name for letter in model.notation.letters), *latex.values()}
    taken |= {re.sub(r"\^(\\\w+)$", r"^{\1}", sign) for sign in latex.values()}
    extrema = {equation.name: equation for equation in equations}
    for equation in equations:
        if equation.name in model.names or equation.name in latex:
            continue
        if equation.tensor.label_of is not None:
            names = _position_names(model, extrema[equation.name.removesuffix("'at")])
        else:
            names = _extremum_names()
        name = next(n for n in names if n not in taken)
        latex[equation.name] = name
        taken.add(name)
    return replace_fields(model.notation, latex=latex)


def _position_names(model: Model, extremum: Equation) -> Iterator[str]:
    """Names for where an extremum is attained: the letter it runs over with a star, or others.

    Only single letters take a star, and none that is numbered elsewhere, as in ``j_1``.
    """
    axis = extremum.rhs.bound[0].axis
    longer = {letter.name for letter in model.notation.letters if len(letter.name) > 1}
    apart = longer | {name[0] for name in longer}
    tried = apart | {letter.name for letter in extremum.indices}
    for name in model.notation.binders.get(extremum.rhs, ()):
        if name not in apart:
            yield rf"{name}^{{\star}}"
    while True:
        (letter,) = pick_letters(model, [axis], tried)
        tried.add(letter.name)
        if len(letter.name) > 1:
            break
        yield rf"{letter}^{{\star}}"
    yield from (rf"p^{{{n}}}" for n in count(1))


def _extremum_names() -> Iterator[str]:
    """Names for an extremum, without end."""
    yield from ("m", "M", "u", "v", "z")
    yield from (f"m_{{{n}}}" for n in count(1))


def _strays(cond: Basic, scope: Sequence[Index]) -> bool:
    """Whether ``cond`` depends on an index outside ``scope``."""
    return bool(free_indices(cond) - set(scope))
