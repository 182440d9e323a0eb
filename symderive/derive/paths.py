"""The chain rule between two names: routes, adjoints that get a name, sums contracted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sympy import Add, Mul
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.derive.display import Adjoint
from symderive.derive.links import Links, Term, pin, total
from symderive.derive.local import with_extrema_named
from symderive.derive.naming import named_adjoints
from symderive.errors import CheckError
from symderive.expr import (
    TRUE,
    Element,
    Fresh,
    Index,
    Tensor,
    all_of,
    conjuncts,
    mentions,
    replace,
)
from symderive.model import Equation, Model, adjoint_name
from symderive.rewrite import (
    Facts,
    as_quotients,
    common_bracket,
    is_positional,
    make_sum,
    split_brackets,
    tidy,
    with_sigmoids,
)


@dataclass(frozen=True)
class Path:
    """One path of the chain rule, solved.

    ``nodes`` are the elements on it, ``values`` the derivative of each by the next, ``summed``
    the indices that are still summed over, where ``cond`` holds. A path may begin at an element
    whose adjoint has a name: ``start``.
    """

    summed: tuple[Index, ...]
    cond: Basic
    nodes: tuple[Element, ...]
    values: tuple[tuple[Term, ...], ...]
    start: Adjoint | None = None


class Paths:
    """The paths from an equation ``of`` down to an input ``wrt``.

    ``beside`` are inputs whose derivation is told beside: adjoints that both use get a name.
    """

    def __init__(self, model: Model, of: str, wrt: str, beside: Sequence[str] = ()) -> None:
        self.fresh = Fresh()
        self.of, self.wrt = of, wrt
        targets = tuple(dict.fromkeys((wrt, *beside)))
        self.model = with_extrema_named(model, model.depends_on(targets), self.fresh)
        self.active = self.model.depends_on(targets)
        self.links = Links(self.model, self.active, self.fresh)
        self.top = self.equation(of).element
        self.reached = self._reached()
        self._inside = frozenset(self.reached)
        order = [equation.name for equation in reversed(self.model.equations)]
        named = named_adjoints(self.links, order[order.index(of) :], of, targets)
        self.named = [name for name in self.reached[1:-1] if name in named]
        self._stretches = self._all_stretches()
        self.support: dict[str, dict[int, Expr]] = {}
        for name in tuple(self.named):
            self.find_support(name)
            if self._goes_without(name):
                self.named.remove(name)
                self._stretches = self._all_stretches()

    def equation(self, name: str) -> Equation:
        """The equation of ``name``."""
        equation = self.model.equation(name)
        if equation is None:
            raise CheckError(f"{self.model.name}: {name} is not an equation")
        return equation

    def _reached(self) -> list[str]:
        """The names on the paths from ``of`` to ``wrt``, ends included, ``of`` first."""
        leads = {self.wrt}
        for equation in self.model.equations:
            if not leads.isdisjoint(self.links.below(equation.name)):
                leads.add(equation.name)
        wanted = {self.of}
        for equation in reversed(self.model.equations):
            if equation.name in wanted:
                wanted.update(self.links.below(equation.name))
        order = [equation.name for equation in reversed(self.model.equations)] + [self.wrt]
        return [name for name in order if name in wanted and name in leads]

    def _all_stretches(self) -> dict[str, list[tuple[str, ...]]]:
        """For each end, the routes to it from ``of`` or from a named adjoint, none on the way."""
        stretches: dict[str, list[tuple[str, ...]]] = {}
        ends = {*self.named, self.wrt}
        for start in (self.of, *self.named):
            pending: list[tuple[str, ...]] = [(start,)]
            while pending:
                route = pending.pop()
                for below in reversed(list(self.links.below(route[-1]))):
                    if below in ends:
                        stretches.setdefault(below, []).append((*route, below))
                    elif below in self._inside:
                        pending.append((*route, below))
        return stretches

    def begins_at(self, start: str, end: str) -> bool:
        """Whether a path to ``end`` begins at ``start``, not at an adjoint with a name on the way.

        Nothing reached counts as a path: the goal then stands alone.
        """
        stretches = self._stretches.get(end)
        return stretches is None or any(route[0] == start for route in stretches)

    def adjoint(self, element: Element) -> Element:
        """The element that stands for the derivative of ``of`` by ``element`` in an expression.

        Its slots are those of ``of``, then those of ``element`` that are not pinned to them.
        """
        name = element.tensor.name
        free = [p for p in range(len(element.slots)) if p not in self.support[name]]
        axes = (*self.top.tensor.axes, *(element.tensor.axes[place] for place in free))
        tensor = Tensor(adjoint_name(name), axes)
        return Element(tensor, *self.top.slots, *(element.slots[place] for place in free))

    def element_of(self, adjoint: Element) -> Element:
        """The element whose adjoint ``adjoint`` stands for."""
        name = adjoint.tensor.name.removeprefix(adjoint_name(""))
        tensor, pinned = self.model.tensor(name), self.support[name]
        free = iter(adjoint.slots[len(self.top.slots) :])
        slots = [pinned[p] if p in pinned else next(free) for p in range(len(tensor.axes))]
        return Element(tensor, *slots)

    def _solve(self, route: Sequence[str], end: Element, facts: Basic) -> Path | None:
        """Contract one route under ``facts``; None if it contributes nothing there."""
        nodes = [Element(self.model.tensor(name), *self._open(name)) for name in route[:-1]]
        nodes.append(end)
        if route[0] == self.of:
            nodes[0] = self.top
        else:
            nodes[0] = self._supported(nodes[0])
        fixed = set(self.top.slots)
        variables = {slot for node in nodes[:-1] for slot in node.slots} - fixed
        values = [tuple(self.links.terms(above, below)) for above, below in pairwise(nodes)]
        conds: list[Basic] = []
        while True:
            known = Facts([facts, *conds])
            simpler = [
                tuple(t for t in (term.given(known) for term in terms) if t is not None)
                for terms in values
            ]
            if any(not terms for terms in simpler):
                return None
            shared = [
                cond
                for terms in simpler
                for cond in terms[0].conds
                if all(cond in term.conds for term in terms)
            ]
            pinned = pin(variables, shared)
            if pinned is not None:
                index, value = pinned
                table: dict[Basic, Basic] = {index: value}
                variables.discard(index)
                nodes = [replace(node, table) for node in nodes]
                conds = list(conjuncts(all_of(replace(cond, table) for cond in conds)))
                values = [tuple(t.replaced(table) for t in terms) for terms in values]
                continue
            new = [
                cond
                for cond in shared
                if is_positional(cond) and mentions(cond, *variables) and cond not in conds
            ]
            if not new:
                values = simpler
                break
            conds += new
        summed = tuple(
            slot for node in nodes for slot in dict.fromkeys(node.slots) if slot in variables
        )
        start = None if route[0] == self.of else Adjoint(self.top, nodes[0])
        return Path(tuple(dict.fromkeys(summed)), all_of(conds), tuple(nodes), tuple(values), start)

    def _open(self, name: str) -> tuple[Index, ...]:
        return tuple(self.fresh.index(axis) for axis in self.model.tensor(name).axes)

    def _supported(self, element: Element) -> Element:
        """``element`` with the slots at which alone its adjoint is not 0."""
        pinned = self.support.get(element.tensor.name, {})
        slots = [pinned.get(place, slot) for place, slot in enumerate(element.slots)]
        return Element(element.tensor, *slots)

    def find_support(self, name: str) -> None:
        """Which slots of ``name`` must be those of ``of`` for its adjoint not to vanish."""
        generic = Element(self.model.tensor(name), *self._open(name))
        if name not in self.reached:
            self.support[name] = {}
            return
        conds, _ = split_brackets([self.value(self.to(generic))])
        facts = Facts(conds)
        self.support[name] = {
            place: letter
            for place, slot in enumerate(generic.slots)
            for letter in self.top.slots
            if facts.same(slot, letter)
        }

    def _goes_without(self, name: str) -> bool:
        """Whether the adjoint of ``name`` is a constant on a single way: ``dloss/dL_i = 1 / N``."""
        routes = self._stretches.get(name, [])
        if len(routes) != 1 or routes[0][0] != self.of:
            return False
        generic = Element(self.model.tensor(name), *self._open(name))
        return self.links.is_constant(self.value(self.to(generic)))

    def to(self, end: Element, facts: Basic = TRUE) -> list[Path]:
        """The paths to ``end`` that contribute where ``facts`` hold."""
        routes = self._stretches.get(end.tensor.name, [])
        solved = (self._solve(route, end, facts) for route in routes)
        # A sum that begins with a minus reads badly.
        return sorted((path for path in solved if path is not None), key=_is_negative)

    def around(self, name: str, end: Element) -> list[Path] | None:
        """The paths to ``end`` that do not pass through ``name``.

        None if there are such paths through an adjoint that has a name of its own.
        """
        reached = self.apart_from(name)
        found = []
        for route in self._stretches.get(end.tensor.name, []):
            if name in route or route[0] not in reached:
                continue
            if route[0] != self.of:
                return None
            path = self._solve(route, end, TRUE)
            found += [path] if path is not None else []
        return found

    def apart_from(self, name: str) -> set[str]:
        """The names that ``of`` leads to, itself included, without passing through ``name``."""
        found = {self.of}
        pending = [self.of]
        while pending:
            for below in self.links.below(pending.pop()):
                if below != name and below not in found:
                    found.add(below)
                    pending.append(below)
        return found

    def value(self, paths: Sequence[Path]) -> Expr:
        """The sum over ``paths``, as one expression in normal form."""
        terms = []
        for path in paths:
            body = as_quotients(Mul(*(total(terms) for terms in path.values)))
            if path.start is not None:
                body = self.adjoint(path.start.element) * body
            terms.append(make_sum(path.summed, body, path.cond, self.fresh))
        return tidy(with_sigmoids(as_quotients(common_bracket(Add(*terms)))))


def _is_negative(path: Path) -> bool:
    """Whether the product of the values has a minus in front."""
    product = Mul(*(total(terms) for terms in path.values))
    return bool(product.as_coeff_Mul()[0].is_negative)
