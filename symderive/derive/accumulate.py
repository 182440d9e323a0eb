"""Reverse mode: folds the edges of a model backward into equations for its adjoints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sympy import Add, Mul, S
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.derive.local import edges, with_extrema_named
from symderive.errors import InputError
from symderive.expr import (
    TRUE,
    Element,
    Fresh,
    Index,
    Reduce,
    Size,
    Tensor,
    all_of,
    any_of,
    compare,
    replace,
)
from symderive.model import Equation, GradientModel, Model, adjoint_name, pick_letters
from symderive.rewrite import (
    as_quotients,
    common_bracket,
    fold,
    is_total,
    make_sum,
    named_all,
    split_brackets,
    times,
)


def gradient(model: Model, wrt: Iterable[str] | None = None) -> GradientModel:
    """The adjoint equations of ``model``'s output with respect to the inputs ``wrt``.

    The cost is linear in the number of equations. An adjoint is 0 outside the union of the
    conditions on the paths that reach it, and where a local derivative may be infinite or
    undefined its product with the adjoint is guarded by that union.

    Raises :class:`InputError` if a name of ``wrt`` is not a real input.
    """
    names = real_inputs(model, wrt)
    fresh = Fresh()
    model = with_extrema_named(model, model.depends_on(names), fresh)
    reverse = _Reverse(model, model.depends_on(names), fresh)
    adjoints = reverse.run(names)
    output = model.output
    cotangent = Tensor(adjoint_name(output.name), output.tensor.axes)
    gradients = tuple((name, adjoint_name(name)) for name in names)
    return GradientModel(model, cotangent, tuple(adjoints), gradients)


def real_inputs(model: Model, wrt: Iterable[str] | None) -> tuple[str, ...]:
    """The names of ``wrt`` (the model's default if None), each checked to be a real input."""
    names = tuple(wrt) if wrt is not None else model.default_wrt()
    choices = [declaration.name for declaration in model.real_inputs]
    for name in names:
        if name not in choices:
            from difflib import get_close_matches

            near = get_close_matches(name, choices, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise InputError(
                f"{model.name}: wrt {name!r} is not a real input;"
                f" expected one of {', '.join(choices) or '(there are none)'}{hint}"
            )
    return tuple(dict.fromkeys(names))


@dataclass
class _Reverse:
    """Walks the equations backward; ``terms`` collects what each name's adjoint is the sum of."""

    model: Model
    active: Mapping[str, bool]
    fresh: Fresh
    terms: dict[str, list[Expr]] = field(default_factory=dict)

    def run(self, names: Sequence[str]) -> list[Equation]:
        """The adjoint equations of all intermediates, last first, then of the inputs ``names``."""
        output = self.model.output
        seed = Tensor(adjoint_name(output.name), output.tensor.axes)
        adjoints = []
        self.terms[output.name] = [Element(seed, *output.indices)]
        for equation in reversed(self.model.equations):
            if equation.name == output.name:
                self._spread(equation, TRUE)
            elif self.active[equation.name] and equation.tensor.label_of is None:
                adjoints.append(self._adjoint(equation.tensor, equation.indices))
                self._spread(equation, self._support(equation.name))
        for name in names:
            tensor = self.model.tensor(name)
            adjoints.append(self._adjoint(tensor, pick_letters(self.model, tensor.axes)))
        return adjoints

    def _adjoint(self, tensor: Tensor, letters: Sequence[Index]) -> Equation:
        """The equation of the adjoint of ``tensor``: its terms with ``letters`` for their slots."""
        adjoint = Tensor(adjoint_name(tensor.name), tensor.axes)
        table: dict[Basic, Basic] = dict(zip(self._slots(tensor), letters, strict=True))
        terms = (replace(term, table) for term in self.terms.get(tensor.name, []))
        return Equation(adjoint, tuple(letters), common_bracket(Add(*terms), self.may_be_infinite))

    def _support(self, name: str) -> Basic:
        """Where the adjoint of ``name`` is not 0: the union of the conditions of its terms."""
        equation = self.model.equation(name)
        indices = equation.indices if equation is not None else ()
        table: dict[Basic, Basic] = dict(
            zip(self._slots(self.model.tensor(name)), indices, strict=True)
        )
        conds = (all_of(split_brackets([term])[0]) for term in self.terms.get(name, []))
        support: Basic = replace(any_of(conds), table)
        return support

    @staticmethod
    def _slots(tensor: Tensor) -> tuple[Index, ...]:
        """The letters in which the terms of an adjoint are kept; no equation has them."""
        return tuple(Index(f"slot'{place}", axis) for place, axis in enumerate(tensor.axes))

    def _spread(self, equation: Equation, support: Basic) -> None:
        """Add what each edge of ``equation`` contributes to the adjoint of its target."""
        if not self.terms.get(equation.name):
            return
        adjoint = Tensor(adjoint_name(equation.name), equation.tensor.axes)
        upstream = Element(adjoint, *equation.indices)
        named = named_all([(equation.element, equation.rhs)])
        summed = self.fresh.like(equation.indices)
        table: dict[Basic, Basic] = dict(zip(equation.indices, summed, strict=True))
        for edge in edges(equation, self.active, self.fresh):
            local = as_quotients(fold(Mul(*edge.factors), named))
            letters = self._slots(edge.target.tensor)
            slots = [compare("==", a, b) for a, b in zip(letters, edge.target.slots, strict=True)]
            guards = [equation.where] if is_total(local) else [equation.where, support]
            cond = replace(all_of([edge.cond, *guards, *slots]), table)
            body = replace(times(upstream, local), table)
            term = make_sum((*summed, *edge.binders), body, cond, self.fresh, self.may_be_infinite)
            if term != S.Zero:
                self.terms.setdefault(edge.target.tensor.name, []).append(term)

    def may_be_infinite(self, factor: Expr) -> bool:
        """Whether ``factor`` may be infinite where its elements are finite."""
        base, exponent = factor.as_base_exp()
        safe = exponent.is_Rational and self._is_positive(base)
        return not safe and not is_total(factor)

    def _is_positive(self, expr: Expr) -> bool:
        """Whether the domains of the inputs say that ``expr`` is above 0."""
        match expr:
            case Size():
                return True
            case Element():
                found = self.model.declaration(expr.tensor.name)
                return found is not None and found.domain.above(0)
            case Add() | Mul():
                return all(self._is_positive(part) for part in expr.args)
            case Reduce():
                return expr.kind in ("sum", "prod", "max", "min") and (
                    expr.cond == TRUE and self._is_positive(expr.body)
                )
        return bool(expr.is_Number and expr.is_positive)


def infinite_factors(model: Model) -> Callable[[Expr], bool]:
    """Says of a factor whether it may be infinite: such a one stays behind its brackets."""
    return _Reverse(model, {}, Fresh()).may_be_infinite
