"""Partial derivatives between two names, as terms whose conditions and factors keep their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as replace_fields

from sympy import Add, Mul, S, log
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.derive.display import Partial
from symderive.derive.local import Edge, edges, ordered_factors
from symderive.expr import (
    FALSE,
    Compare,
    Element,
    Exp,
    Fresh,
    Index,
    Iverson,
    Xdivy,
    Xlogy,
    all_of,
    compare,
    conjuncts,
    elements,
    free_indices,
    iverson,
    mentions,
    replace,
    subexpressions,
)
from symderive.model import Equation, Model
from symderive.rewrite import (
    Facts,
    Named,
    as_quotients,
    common_factor,
    fold,
    make_sum,
    named_all,
    split_brackets,
    through_value,
    times,
    weight,
)


@dataclass(frozen=True)
class Term:
    """``[all of conds] * factors``, the factors in the order in which the rules give them."""

    conds: tuple[Basic, ...]
    factors: tuple[Expr, ...]

    @property
    def expr(self) -> Expr:
        return times(iverson(all_of(self.conds)), *self.factors)

    def replaced(self, table: Mapping[Basic, Basic]) -> Term:
        """The term with other indices."""
        conds = conjuncts(all_of(replace(cond, table) for cond in self.conds))
        return Term(conds, tuple(replace(factor, table) for factor in self.factors))

    def given(self, facts: Facts) -> Term | None:
        """The term where ``facts`` hold; None if it vanishes there."""
        if facts.parts:
            cond = all_of(facts.decide(cond) for cond in self.conds)
            factors = tuple(facts.apply(factor) for factor in self.factors)
        else:
            cond, factors = all_of(self.conds), self.factors
        if cond == FALSE or S.Zero in factors:
            return None
        return Term(conjuncts(cond), tuple(f for f in factors if f != S.One))


def total(terms: Iterable[Term]) -> Expr:
    """The sum of the terms; conditions and factors that all have stand in front."""
    terms = list(terms)
    if not terms:
        return S.Zero
    shared = [c for c in terms[0].conds if all(c in term.conds for term in terms)]
    rest = [Term(tuple(c for c in t.conds if c not in shared), t.factors) for t in terms]
    return times(iverson(all_of(shared)), common_factor(Add(*(term.expr for term in rest))))


@dataclass
class Links:
    """The edges of a model, grouped by the two names they join; computed once, on demand."""

    model: Model
    active: Mapping[str, bool]
    fresh: Fresh
    _edges: dict[str, dict[str, list[Edge]]] = field(default_factory=dict)
    _terms: dict[tuple[str, str, bool], tuple[tuple[Index, ...], list[Term]]] = field(
        default_factory=dict
    )
    _identities: dict[tuple[Expr, Expr], Expr | None] = field(default_factory=dict)

    def below(self, name: str) -> dict[str, list[Edge]]:
        """The edges of the equation of ``name``, by the name they lead to."""
        if name not in self._edges:
            grouped: dict[str, list[Edge]] = {}
            equation = self.model.equation(name)
            if equation is not None:
                for edge in edges(equation, self.active, self.fresh):
                    edge = replace_fields(edge, factors=tuple(self._plain(edge.factors)))  # noqa: PLW2901
                    grouped.setdefault(edge.target.tensor.name, []).append(edge)
            self._edges[name] = grouped
        return self._edges[name]

    def _plain(self, factors: Iterable[Expr]) -> Iterator[Expr]:
        """``factors`` with ``a log b`` as two factors where ``b`` is declared positive."""
        for factor in factors:
            if isinstance(factor, Xlogy) and self.model.is_positive(factor.args[1]):
                yield from (factor.args[0], log(factor.args[1]))
            else:
                yield factor

    def detours(self, above: str, below: str) -> bool:
        """Whether another path leads from ``above`` to ``below`` than the direct one."""
        pending = [name for name in self.below(above) if name != below]
        seen = set(pending)
        while pending:
            for name in self.below(pending.pop()):
                if name == below:
                    return True
                if name not in seen:
                    seen.add(name)
                    pending.append(name)
        return False

    def partial(self, of: Element, wrt: Element) -> Partial:
        """The derivative along one equation, as it is shown."""
        return Partial(of, wrt, direct=self.detours(of.tensor.name, wrt.tensor.name))

    def terms(self, of: Element, wrt: Element, put_back: bool = True) -> list[Term]:
        """The derivative of ``of`` by ``wrt``, along the one equation of ``of``."""
        equation = self.model.equation(of.tensor.name)
        if equation is None:
            return []
        key = (of.tensor.name, wrt.tensor.name, put_back)
        if key not in self._terms:
            letters = self.fresh.like(axis_index(slot) for slot in wrt.slots)
            generic = Element(wrt.tensor, *letters)
            self._terms[key] = (letters, self._generic(equation, generic, put_back))
        letters, generic_terms = self._terms[key]
        table: dict[Basic, Basic] = dict(zip(letters, wrt.slots, strict=True))
        table.update(zip(equation.indices, of.slots, strict=True))
        known = Facts()
        found = [term.replaced(table).given(known) for term in generic_terms]
        return [term for term in found if term is not None]

    def _generic(self, equation: Equation, wrt: Element, put_back: bool) -> list[Term]:
        """The terms for the equation's own letters and an element with letters of its own."""
        named = named_all([(equation.element, equation.rhs)]) if put_back else ()
        found = []
        for edge in self.below(equation.name).get(wrt.tensor.name, []):
            term = edge_term(edge, wrt, named, self.fresh)
            if term is not None:
                found.append(term)
        found = self._by_own_value(equation, found) if put_back else found
        return [Term(term.conds, self.constants_first(term.factors)) for term in found]

    def constants_first(self, factors: Sequence[Expr]) -> tuple[Expr, ...]:
        """``factors``, in front of them those that are made of constants alone."""
        front = [f for f in factors if self.is_constant(f)]
        return (*front, *(f for f in factors if f not in front))

    def is_constant(self, factor: Expr) -> bool:
        """Whether ``factor`` is made of numbers, sizes and inputs declared ``const``."""
        if isinstance(factor, Iverson) or free_indices(factor):
            return False
        found = (self.model.declaration(e.tensor.name) for e in elements(factor))
        return all(d is not None and d.role == "const" for d in found)

    def _by_own_value(self, equation: Equation, terms: list[Term]) -> list[Term]:
        """The derivative of an elementwise equation through its own value, where shorter."""
        if not terms or any(term.conds != terms[0].conds for term in terms):
            return terms
        whole = total(Term((), term.factors) for term in terms)
        if not any(isinstance(node, Exp) for node in subexpressions(whole)):
            return terms
        named = Named(equation.element, equation.rhs)
        shorter = through_value(named, whole, self._identities)
        if shorter is None or weight(shorter) >= weight(*(term.expr for term in terms)):
            return terms
        return [Term(terms[0].conds, _own_value_first(shorter, [named]))]


def edge_term(edge: Edge, wrt: Element, named: Sequence[Named], fresh: Fresh) -> Term | None:
    """What ``edge`` contributes to the derivative of its equation by ``wrt``; None if nothing.

    The letters of ``wrt`` must not be among those of the equation.
    """
    local = Mul(*edge.factors)
    folded = fold(local, named)
    factors = edge.factors if folded == local else _own_value_first(folded, named)
    if any(isinstance(node, Xdivy) for node in subexpressions(folded)):
        cancelled = as_quotients(folded)
        factors = factors if cancelled == folded else _own_value_first(cancelled, named)
    slots = [compare("==", a, b) for a, b in zip(wrt.slots, edge.target.slots, strict=True)]
    term = Term(conjuncts(all_of([edge.cond, edge.equation.where, *slots])), factors)
    binders = edge.binders
    while True:
        if FALSE in term.conds:
            return None
        pinned = pin(binders, term.conds)
        if pinned is None:
            break
        index, value = pinned
        binders = tuple(other for other in binders if other != index)
        term = term.replaced({index: value})
    if binders:
        summed = make_sum(binders, Mul(*term.factors), all_of(term.conds), fresh)
        conds, rest = split_brackets([summed])
        cond = all_of(conds)
        if cond == FALSE or summed == S.Zero:
            return None
        return Term(conjuncts(cond), ordered_factors(Mul(*rest)))
    return term.given(Facts())


def axis_index(slot: Expr) -> Index:
    """Some index on the axis of ``slot``."""
    return slot if isinstance(slot, Index) else Index("n'", slot.axis)


def pin(indices: Iterable[Index], conds: Iterable[Basic]) -> tuple[Index, Expr] | None:
    """An index of ``indices`` and the value that one of ``conds`` gives it."""
    wanted = tuple(indices)
    for cond in conds:
        if isinstance(cond, Compare) and cond.op == "==":
            for side, other in ((cond.lhs, cond.rhs), (cond.rhs, cond.lhs)):
                if side in wanted and not mentions(other, side):
                    return side, other
    return None


def _own_value_first(expr: Expr, named: Sequence[Named]) -> tuple[Expr, ...]:
    """The factors of ``expr``: its number, the values put back, the rest."""
    factors = ordered_factors(expr)
    own = {name.name for name in named}
    numbers = [f for f in factors if f.is_number]
    first = [f for f in factors if f in own or f.as_base_exp()[0] in own]
    rest = [f for f in factors if f not in numbers and f not in first]
    return (*numbers, *first, *rest)
