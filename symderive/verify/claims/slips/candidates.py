"""What may be missing in a claim: parts of its model and of the true right side, on its letters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice, product
from math import isfinite
from typing import TypeVar

from sympy import Add, Function, Mul, Pow, S
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import (
    Bound,
    Compare,
    Element,
    Index,
    Iverson,
    MaxOf,
    MinOf,
    NamedReduce,
    Reduce,
    Size,
    Where,
    compare,
    free_indices,
    iverson,
    open_with,
    subexpressions,
    with_children,
)
from symderive.expr import replace as put
from symderive.model.model import Equation
from symderive.rewrite import weight
from symderive.verify.claims.slips.places import Letters, Place, is_label, places
from symderive.verify.claims.slips.screening import Screen

#: Parts that are no longer than this may be missing; whole terms of the truth may be longer.
LONG, LONGEST = 14, 60
#: Ways to put one part on other letters; parts and terms that are tried at one place.
MOST_WAYS, MOST_PARTS, MOST_TERMS = 6, 90, 90
#: Terms that a product of sums is multiplied out to, at most.
_MOST_SPREAD = 24


@dataclass
class Candidates:
    """Parts and terms that may be missing where certain letters have a meaning."""

    screen: Screen
    sources: Sequence[Expr]
    truth: Expr | None
    equations: Sequence[Equation]
    letters: Letters
    own_labels: Sequence[Element] = ()
    _templates: list[Expr] | None = None
    _terms: list[Expr] | None = None
    _kept: dict[tuple[str, tuple[Index, ...]], list[Expr]] = field(default_factory=dict)

    def parts(self, scope: tuple[Index, ...]) -> list[Expr]:
        """What may be a factor over ``scope``, the simplest first."""
        return self._of("parts", scope, MOST_PARTS)

    def terms(self, scope: tuple[Index, ...]) -> list[Expr]:
        """What may be a term over ``scope``, the simplest first."""
        return self._of("terms", scope, MOST_TERMS)

    def labels(self, scope: tuple[Index, ...]) -> list[Expr]:
        """The labels over ``scope``."""
        return list(dict.fromkeys(e for label in self.own_labels for e in on_letters(label, scope)))

    def same(self, scope: tuple[Index, ...]) -> Iterator[Basic]:
        """Conditions that two letters, or a letter and a label, are one position."""
        for one, other in combinations((*scope, *self.labels(scope)), 2):
            if one.axis == other.axis:
                yield compare("==", one, other)

    def _of(self, kind: str, scope: tuple[Index, ...], most: int) -> list[Expr]:
        key = (kind, scope)
        if key not in self._kept:
            every = self._all_terms(scope) if kind == "terms" else self._all_parts(scope)
            self._kept[key] = list(islice(self._distinct(every, scope), most))
        return self._kept[key]

    def _distinct(self, found: Iterable[Expr], scope: tuple[Index, ...]) -> Iterator[Expr]:
        """Those that are finite, each value once."""
        seen: set[tuple[float, ...]] = set()
        for part in found:
            trace = self.screen.trace(part, scope)
            if all(map(isfinite, trace)) and trace not in seen:
                seen.add(trace)
                yield part

    def _all_parts(self, scope: tuple[Index, ...]) -> Iterator[Expr]:
        found = {e: None for t in self._made_templates() for e in on_letters(t, scope)}
        found |= {iverson(cond): None for cond in self.same(scope)}
        for size in dict.fromkeys(b for s in self.sources for b in _sizes(s)):
            found |= dict.fromkeys((size, 1 / size))
        yield from sorted((e for e in found if not e.is_number), key=lambda e: (weight(e), str(e)))

    def _made_templates(self) -> list[Expr]:
        if self._templates is None:
            found: dict[Expr, None] = {}
            equations = [e.rhs for e in self.equations]
            for source in (*([self.truth] if self.truth is not None else []), *self.sources,
                           *equations):  # fmt: skip
                for place in islice(places(source, self.letters), 300):
                    found.update(dict.fromkeys(_worth(place.node)))
            for equation in self.equations:
                found[equation.element] = None
            self._templates = [*found, *(v for e in found for v in _made_of(e) if v not in found)]
        return self._templates

    def _all_terms(self, scope: tuple[Index, ...]) -> Iterator[Expr]:
        if self._terms is None:
            own: dict[Expr, None] = {}
            if self.truth is not None:
                own.update(dict.fromkeys(spread(self.truth)))
                for place in islice(places(self.truth, self.letters), 200):
                    if isinstance(place.node, Add):
                        own.update(dict.fromkeys(place.node.args))
            short = (term for term in own if weight(term) <= LONGEST)
            self._terms = sorted(short, key=lambda term: (weight(term), str(term)))
        own_terms = [t for term in self._terms for t in on_letters(term, scope)]
        every = dict.fromkeys((*own_terms, S.One, *self.parts(scope)))
        yield from sorted(every, key=lambda term: (weight(term), str(term)))


def _worth(node: Expr) -> Iterator[Expr]:
    """``node`` where it may be a factor of its own, without its number."""
    if isinstance(node, Element) and is_label(node):
        return
    if isinstance(node, NamedReduce):
        return
    if isinstance(node, Mul) and weight(node) <= 2 * LONG:
        yield from (Mul(*(f for f in node.args if f != factor)) for factor in node.args)
    kinds = Element | Iverson | Reduce | Pow | Function | Where | MaxOf | MinOf | Add
    if isinstance(node, kinds) and not node.is_number and weight(node) <= LONG:
        yield node
        if isinstance(node, Where | MaxOf | MinOf | Add) and weight(node) <= LONG // 2:
            yield Pow(node, -1)


def _made_of(part: Expr) -> Iterator[Expr]:
    """What stands beside an entry in derivatives: ``1 - p``, ``p*(1 - p)``, ``1 - h**2``."""
    if isinstance(part, Element):
        yield 1 - part
        yield part * (1 - part)
        yield 1 - part**2
        yield Pow(part, -1)
        yield part**2


def _sizes(expr: Expr) -> Iterator[Expr]:
    for node in subexpressions(expr):
        if isinstance(node, Bound | Index | Size):
            yield Size(node.axis)


_Part = TypeVar("_Part", bound=Basic)


def on_letters(part: _Part, scope: tuple[Index, ...]) -> Iterator[_Part]:
    """``part`` on letters of ``scope``, on the same axes: as it is, then otherwise."""
    own = sorted(free_indices(part), key=str)
    choices = [_like(letter, scope) for letter in own]
    for choice in islice(product(*choices), MOST_WAYS):
        if len(set(choice)) == len(choice):
            yield put(part, dict(zip(own, choice, strict=True)))


def _like(letter: Index, scope: tuple[Index, ...]) -> list[Index]:
    """The letters of ``scope`` on the axis of ``letter``, itself first."""
    return sorted((i for i in scope if i.axis == letter.axis), key=lambda i: i != letter)


def spread(expr: Expr) -> list[Expr]:
    """The terms of ``expr``, and those of a product or sum of sums taken term by term."""
    done: list[Expr] = []
    waiting = [expr]
    while waiting and len(done) < _MOST_SPREAD:
        node = waiting.pop(0)
        if not isinstance(node, Add):
            done.append(node)
        waiting += node.args if isinstance(node, Add) else _split(node)
    return [term for term in done if term != expr]


def _split(node: Expr) -> list[Expr]:
    """The terms of a product with a sum in it, or of a sum of sums."""
    for factor in Mul.make_args(node):
        rest = Mul(*(f for f in Mul.make_args(node) if f != factor))
        if isinstance(factor, Add):
            return [rest * term for term in factor.args]
        if isinstance(factor, Reduce) and factor.kind == "sum":
            inner = [*Add.make_args(factor.body)]
            inner = inner if len(inner) > 1 else _split(factor.body)
            if inner:
                kind, bound, cond, _ = factor.args
                return [rest * with_children(factor, (kind, bound, cond, t)) for t in inner]
    return []


def conditions(expr: Expr, letters: Letters) -> list[Basic]:
    """The comparisons in brackets and sums of ``expr``, on letters."""
    found: dict[Basic, None] = {}
    for place in islice(places(expr, letters), 200):
        conds = [n.cond for n in (place.node,) if isinstance(n, Iverson | Where)]
        if isinstance(place.node, Reduce):
            own = letters.like([b.axis for b in place.node.bound], _around(place))
            conds.append(open_with(place.node, own)[0])
        found.update(dict.fromkeys(n for n in subexpressions(*conds) if isinstance(n, Compare)))
    return list(found)


def _around(place: Place) -> list[Index]:
    return [*place.letters, *free_indices(place.node)]
