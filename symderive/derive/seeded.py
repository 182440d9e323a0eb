"""Forward mode over reverse mode, seeded with deltas: the Hessian as formulas of a model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count

from sympy import Add, Mul, S
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.derive.accumulate import gradient, infinite_factors
from symderive.derive.local import edges
from symderive.derive.tangents import Rewriting, cotangent_of, fresh_for, with_unit_cotangent
from symderive.expr import (
    TRUE,
    Element,
    Fresh,
    Index,
    Iverson,
    Reduce,
    Tensor,
    all_of,
    bottom_up,
    compare,
    elements,
    free_indices,
    iverson,
    open_fresh,
    replace,
    subexpressions,
)
from symderive.model import Equation, GradientModel, Model, SecondModel, pick_letters
from symderive.rewrite import as_quotients, common_bracket, fold, make_sum, named_all, times


def hessian(
    model: Model, wrt: Iterable[str] | None = None, rewrite: Rewriting | None = None
) -> SecondModel:
    """The second derivative of ``model``'s output by each input of ``wrt``, as a model.

    Every result has the axes of its input twice. Tangents are formulas in which a delta stands
    for each seed, so that what a delta pins is never computed as an array; what holds a sum
    that is left becomes an equation. Of an output that is no scalar it is the second derivative
    of the sum of its entries times a cotangent. What is differentiated is ``rewrite`` of the
    gradient, if that is given.

    Raises :class:`InputError` if a name of ``wrt`` is no real input.

    >>> from symderive.catalog import half_squared_error
    >>> print(hessian(half_squared_error()).equations[-1])
    ∂∂s[i, j, k, m] = [i == k and j == m]/N
    """
    first = with_unit_cotangent(gradient(model, wrt))
    first = _with_constants(first if rewrite is None else rewrite(first))
    derived: list[Equation] = []
    results = []
    for name, adjoint in first.gradients:
        block = _Block(first, name)
        equation = block.result(adjoint)
        derived += [*block.equations, equation]
        results.append((name, equation.name))
    return SecondModel(
        first.primal, cotangent_of(first), (*first.adjoints, *derived), tuple(results)
    )


def _with_constants(gradients: GradientModel) -> GradientModel:
    """The same gradient with adjoints that are constant put in where they are used."""
    table: dict[Tensor, Expr] = {}
    adjoints = []
    for equation in gradients.adjoints:
        here: dict[Basic, Basic] = {
            element: table[element.tensor]
            for element in elements(equation.rhs)
            if element.tensor in table
        }
        rhs = replace(equation.rhs, here)
        plain = not (free_indices(rhs) or elements(rhs))
        if plain and equation.where == TRUE:
            table[equation.tensor] = rhs
        adjoints.append(Equation(equation.tensor, equation.indices, rhs, equation.where))
    return GradientModel(
        gradients.primal, gradients.cotangent, tuple(adjoints), gradients.gradients
    )


@dataclass(frozen=True)
class _Tangent:
    """The derivative of an equation by the seeded entry, for the letters of its own indices."""

    letters: tuple[Index, ...]
    value: Expr

    def at(self, slots: Sequence[Expr]) -> Expr:
        table: dict[Basic, Basic] = dict(zip(self.letters, slots, strict=True))
        return replace(self.value, table)


@dataclass
class _Block:
    """Derives the gradient by one input once more by that input."""

    first: GradientModel
    name: str
    equations: list[Equation] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.fresh = fresh_for(self.first.equations)
        self.keep = infinite_factors(self.first.primal)
        tensor = self.first.primal.tensor(self.name)
        axes = tuple(Index("seed", axis) for axis in tensor.axes)
        self.seeds, letters = self.fresh.like(axes), self.fresh.like(axes)
        delta = all_of(compare("==", a, b) for a, b in zip(letters, self.seeds, strict=True))
        self.tangents = {self.name: _Tangent(letters, iverson(delta))}
        self.active = {self.name: True}

    def result(self, adjoint: str) -> Equation:
        """The equation of the second derivative; ``equations`` are those that lead to it."""
        for equation in self.first.equations:
            value = self._tangent(equation)
            if value == S.Zero:
                continue
            if equation.name != adjoint:
                value = self._with_names(equation, value)
            self.tangents[equation.name] = _Tangent(equation.indices, value)
            self.active[equation.name] = True
            if equation.name == adjoint:
                break
        tensor = self.first.primal.tensor(self.name)
        letters = pick_letters(self.first.primal, (*tensor.axes, *tensor.axes))
        rows, columns = letters[: len(tensor.axes)], letters[len(tensor.axes) :]
        found = self.tangents.get(adjoint)
        rhs: Expr = S.Zero
        if found is not None:
            table: dict[Basic, Basic] = dict(zip(self.seeds, columns, strict=True))
            rhs = spread(replace(found.at(rows), table), self.fresh)
        return Equation(Tensor(f"∂∂{self.name}", tensor.axes * 2), letters, rhs)

    def _tangent(self, equation: Equation) -> Expr:
        if equation.tensor.label_of is not None:
            return S.Zero
        named = named_all([(equation.element, equation.rhs)])
        terms = []
        for edge in edges(equation, self.active, self.fresh):
            local = as_quotients(fold(Mul(*edge.factors), named))
            inner = self.tangents[edge.target.tensor.name].at(edge.target.slots)
            body = times(local, inner)
            terms.append(make_sum(edge.binders, body, edge.cond, self.fresh, self.keep))
        return common_bracket(Add(*terms), self.keep)

    def _with_names(self, equation: Equation, value: Expr) -> Expr:
        """``value`` with an equation for each of its factors that holds a sum."""
        names = (f"{equation.name}'by'{self.name}{number or ''}" for number in count())
        taken = {e.name for e in self.equations}
        terms = []
        for term in Add.make_args(value):
            factors = Mul.make_args(term)
            heavy = [factor for factor in factors if _sums(factor)]
            if heavy:
                core = Mul(*heavy)
                own = self._letters(equation, core)
                letters = pick_letters(self.first.primal, (index.axis for index in own))
                tensor = Tensor(
                    next(name for name in names if name not in taken),
                    tuple(index.axis for index in own),
                )
                taken.add(tensor.name)
                here: dict[Basic, Basic] = dict(zip(own, letters, strict=True))
                rhs = replace(core, here)
                guard = replace(equation.where, here)
                where = guard if free_indices(guard) <= set(letters) else TRUE
                self.equations.append(Equation(tensor, letters, rhs, where))
                factors = (*(f for f in factors if f not in heavy), Element(tensor, *own))
            terms.append(Mul(*factors))
        return Add(*terms)

    def _letters(self, equation: Equation, core: Expr) -> tuple[Index, ...]:
        """The free indices of ``core``: those of the equation, then seeds."""
        free = free_indices(core)
        return tuple(index for index in (*equation.indices, *self.seeds) if index in free)


def _sums(expr: Expr) -> bool:
    """Whether a sum or product over an index of arrays is left in ``expr``."""
    return any(
        isinstance(node, Reduce) and node.kind in ("sum", "prod") for node in subexpressions(expr)
    )


def spread(expr: Expr, fresh: Fresh) -> Expr:
    """``expr`` with every sum over an index taken term by term where brackets stand in it.

    A delta that does not depend on the index is then outside of the sum: it is written to a
    diagonal, and what is left is a product of arrays.
    """

    def step(node: Basic) -> Basic:
        if not (isinstance(node, Reduce) and node.kind == "sum"):
            return node
        letters, cond, body = open_fresh(node, fresh)
        terms = _distributed(body)
        if len(terms) == 1:
            return node
        return Add(*(make_sum(letters, term, cond, fresh) for term in terms))

    result: Expr = bottom_up(expr, step)
    return Add(*_distributed(result))


def _distributed(expr: Expr) -> list[Expr]:
    """The terms of ``expr``, multiplied out over sums in which brackets stand."""
    done: list[Expr] = []
    stack: list[Expr] = list(reversed(Add.make_args(expr)))
    while stack:
        term = stack.pop()
        factors = Mul.make_args(term)
        place = next(
            (p for p, f in enumerate(factors) if isinstance(f, Add) and _has_bracket(f)), None
        )
        if place is None:
            done.append(term)
            continue
        rest = (*factors[:place], *factors[place + 1 :])
        stack.extend(times(*rest, part) for part in reversed(factors[place].args))
    return done


def _has_bracket(expr: Add) -> bool:
    return any(isinstance(f, Iverson) for term in expr.args for f in Mul.make_args(term))
