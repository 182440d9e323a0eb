"""Single changes to a right side: at one term, in one factor, below one reduction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, permutations
from typing import TypeAlias

from sympy import Add, Function, Mul, Pow, Rational, S
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import (
    FALSE,
    TRUE,
    Axis,
    Compare,
    Element,
    Index,
    Iverson,
    Reduce,
    Size,
    close,
    compare,
    elements,
    free_indices,
    iverson,
    mentions,
    open_with,
    subexpressions,
)
from symderive.expr import replace as put
from symderive.rewrite import weight
from symderive.verify.claims.slips.candidates import LONG, LONGEST, Candidates, on_letters
from symderive.verify.claims.slips.places import Letters, Place, is_label
from symderive.verify.claims.slips.screening import Screen

#: Factors that are forgotten, or written once too often.
NUMBERS = (2, 3, 4)
#: Looks at a sample that one claim is worth, and changes that are looked at closely.
MOST_LOOKS, MOST_CLOSE = 12_000, 12
#: Longer texts are shortened in a sentence.
_SHORT = 70
#: What should stand for a part may be so much longer than it is.
_LONGER = 6
#: Sums of so many terms may have two whose sign is wrong.
_FEW_TERMS = 5
_OPS = {
    "<": ("<=", ">", ">="),
    "<=": ("<", ">=", ">"),
    ">": (">=", "<", "<="),
    ">=": (">", "<=", "<"),
    "==": ("!=", "<=", ">="),
    "!=": ("==", "<", ">"),
}


@dataclass(frozen=True)
class Edit:
    """Something else at one place; ``what`` was missed, with ``parts`` in it as text.

    A sentence ends with the term it is about, or with what should stand ``instead``.
    """

    place: Place
    new: Expr
    what: str
    parts: tuple[Basic, ...] = ()
    instead: bool = False
    in_term: bool = False


@dataclass(frozen=True)
class Workshop:
    """What the changes to one claim are made of, and how they are said."""

    candidates: Candidates
    axes: Sequence[Axis]
    free: tuple[Index, ...]
    letters: Letters
    pool: Sequence[Basic]
    name: Callable[[Basic, Sequence[Index]], str]

    def scope(self, place: Place) -> tuple[Index, ...]:
        """The letters that mean something at ``place``."""
        return (*self.free, *place.letters)

    def taken(self, place: Place) -> tuple[Index, ...]:
        """The letters that a reduction at ``place`` must not take."""
        return (*self.scope(place), *sorted(free_indices(place.node), key=str))

    def short(self, expr: Basic, avoid: Sequence[Index]) -> str:
        """``expr`` as text, its inside left out where it is long."""
        text = self.name(expr, avoid)
        if len(text) <= _SHORT:
            return text
        opened = text.find("](")
        if text.endswith(")") and 0 < opened < _SHORT // 2:
            return f"{text[: opened + 2]}..)"
        return f"{text[: _SHORT - 10].rstrip()} .."

    def sentence(self, edit: Edit) -> str:
        """What was missed, and where."""
        place = edit.place
        scope = self.scope(place)
        where = "" if place.around is None else f"in {self.short(place.around, self.free)}, "
        text = where + edit.what.format(*(self.short(part, scope) for part in edit.parts))
        if edit.in_term and place.role == "term":
            text += f" in the term {self.short(_unsigned(place.node), scope)}"
        if edit.instead:
            text += f": {self.short(place.node, scope)} should be {self.short(edit.new, scope)}"
        return f"{text}."


def _unsigned(expr: Expr) -> Expr:
    """A term without its sign."""
    return -expr if expr.could_extract_minus_sign() else expr


#: A kind of change: all that may be made at one place.
Kind: TypeAlias = Callable[[Workshop, Place], Iterator[Edit]]


def edits(
    kinds: Sequence[Kind], found: Sequence[Place], shop: Workshop, screen: Screen
) -> Iterator[Edit]:
    """Changes after which the right side is as it should be at the samples, the likeliest first."""
    holes = {id(place): screen.hole(place) for place in found}
    smallest = sorted(found, key=lambda place: weight(place.node))
    for kind in kinds:
        for place in smallest if kind in SMALLEST else found:
            for edit in kind(shop, place):
                if screen.looks > MOST_LOOKS:
                    return
                if edit.new != place.node and holes[id(place)].fits(edit.new):
                    yield edit


def _signs(_: Workshop, place: Place) -> Iterator[Edit]:
    node = place.node
    if place.role == "term":
        yield Edit(place, -node, "the sign of the term {} is wrong", (_unsigned(node),))
    if isinstance(node, Function) and len(node.args) == 1:
        yield Edit(place, node.func(-node.args[0]), "a wrong sign", instead=True)
    if isinstance(node, Add) and 3 <= len(node.args) <= _FEW_TERMS:
        for pair in combinations(node.args, 2):
            part = Add(*pair)
            yield Edit(place, node - 2 * part, "the sign of {} is wrong", (part,))


def _numbers(_: Workshop, place: Place) -> Iterator[Edit]:
    if place.role not in ("term", "argument", "branch"):
        return
    term = place.role == "term"
    for number in NUMBERS:
        for factor, what in ((S(number), "missing"), (Rational(1, number), "too many")):
            said = f"a factor {number} is {what}"
            yield Edit(place, place.node * factor, said, instead=not term, in_term=term)


def _by_size(shop: Workshop, place: Place) -> Iterator[Edit]:
    if place.role not in ("term", "body", "branch"):
        return
    for axis in shop.axes:
        for factor, text in ((1 / Size(axis), f"1/{axis.name}"), (Size(axis), axis.name)):
            said = f"a factor {text} is missing"
            yield Edit(place, place.node * factor, said, in_term=True)


def _surplus(_: Workshop, place: Place) -> Iterator[Edit]:
    if place.role == "term":
        yield Edit(place, S.Zero, "the term {} is too many", (place.node,))


def _missing_outside(shop: Workshop, place: Place) -> Iterator[Edit]:
    if place.role == "root" and shop.candidates.truth is not None:
        terms = Add.make_args(shop.candidates.truth)
        yield from _with_terms(place, [term for term in terms if weight(term) <= LONG])


def _missing_paths(shop: Workshop, place: Place) -> Iterator[Edit]:
    """Long terms of the truth, or two of them: what comes on other paths."""
    if place.role == "root" and shop.candidates.truth is not None:
        terms = Add.make_args(shop.candidates.truth)
        yield from _with_terms(place, [t for t in terms if LONG < weight(t) <= LONGEST])
        for pair in combinations(terms, 2) if 3 <= len(terms) <= _FEW_TERMS else ():
            yield Edit(place, place.node + Add(*pair), "the terms {} and {} are missing", pair)


def _missing_pieces(shop: Workshop, place: Place) -> Iterator[Edit]:
    if place.role == "root":
        yield from _with_terms(place, shop.candidates.terms(shop.scope(place)))


def _missing_inside(shop: Workshop, place: Place) -> Iterator[Edit]:
    sums = isinstance(place.node, Add) or place.role in ("body", "branch")
    alone = place.role == "factor" and isinstance(place.node, Element | Iverson | Reduce)
    if place.role != "root" and (sums or alone):
        yield from _with_terms(place, shop.candidates.terms(shop.scope(place)))


def _with_terms(place: Place, terms: Sequence[Expr]) -> Iterator[Edit]:
    node = place.node
    alone = place.role in ("root", "body")
    what = "the term {} is missing" + ("" if alone else " beside {}")
    for term in terms:
        parts = len(Add.make_args(node)) + len(Add.make_args(term))
        for added in (term, -term):
            new = node + added
            if len(Add.make_args(new)) == parts:  # nothing cancels
                yield Edit(place, new, what, (added,) if alone else (added, node))


def _slots(shop: Workshop, place: Place) -> Iterator[Edit]:
    node = place.node
    if isinstance(node, Pow) and node.exp == 2:  # one of two factors
        inner = replace(place, node=node.base)
        yield from (replace(e, place=place, new=node.base * e.new) for e in _slots(shop, inner))
    if not isinstance(node, Element):
        return
    scope = shop.scope(place)
    choices = (*scope, *shop.candidates.labels(scope))
    for number, slot in enumerate(node.slots):
        for other in choices:
            if other != slot and other.axis == node.tensor.axes[number]:
                slots = [*node.slots[:number], other, *node.slots[number + 1 :]]
                yield Edit(place, Element(node.tensor, *slots), "a wrong index", instead=True)
    for order in permutations(range(len(node.slots))):
        if [node.tensor.axes[n] for n in order] == list(node.tensor.axes):
            new = Element(node.tensor, *(node.slots[n] for n in order))
            yield Edit(place, new, "a wrong index", instead=True)


def _swaps(shop: Workshop, place: Place) -> Iterator[Edit]:
    """Two letters swapped, or one put for the other, in a whole term or body."""
    node = place.node
    if isinstance(node, Element) or place.role not in ("term", "body", "factor", "branch"):
        return
    inside = free_indices(node)
    for one, other in combinations(shop.scope(place), 2):
        if one.axis != other.axis or not {one, other} & inside:
            continue
        if {one, other} <= inside:
            new = put(node, {one: other, other: one})
            yield Edit(place, new, "the indices {} and {} are swapped in {}", (one, other, node))
        for old, better in ((one, other), (other, one)):
            new = put(node, {old: better})
            if old in inside and not new.is_number:
                yield Edit(place, new, "a wrong index", instead=True)


def _dropped(_: Workshop, place: Place) -> Iterator[Edit]:
    if place.role == "factor" and not place.node.is_number:
        yield Edit(place, S.One, "a factor {} is too many", (place.node,))


def _dropped_two(_: Workshop, place: Place) -> Iterator[Edit]:
    """A slope such as ``p * (1 - p)`` too many."""
    if isinstance(place.node, Mul):
        factors = [factor for factor in place.node.args if not factor.is_number]
        for pair in combinations(factors, 2) if len(factors) > 2 else ():
            rest = Mul(*(factor for factor in place.node.args if factor not in pair))
            yield Edit(place, rest, "a factor {} is too many", (Mul(*pair),))


def _powers(_: Workshop, place: Place) -> Iterator[Edit]:
    number, node = place.node.as_coeff_Mul() if place.role == "term" else (S.One, place.node)
    alone = isinstance(node, Element) and not is_label(node) and place.role == "term"
    if not (isinstance(node, Pow) or alone):
        return
    base, old = node.as_base_exp()
    for exponent in dict.fromkeys((old + 1, old - 1, 2 * old, old / 2)) if old.is_number else ():
        if exponent != 0:
            yield Edit(place, number * Pow(base, exponent), "a wrong power", instead=True)


def _names(_: Workshop, place: Place) -> Iterator[Edit]:
    """Two scalars swapped."""
    if place.role == "root":
        scalars = [e for e in elements(place.node) if not e.slots and not is_label(e)]
        for one, other in combinations(scalars, 2):
            new = put(place.node, {one: other, other: one})
            yield Edit(place, new, "{} and {} are swapped", (one, other))


def _conditions(shop: Workshop, place: Place) -> Iterator[Edit]:
    node = place.node
    if isinstance(node, Iverson):
        for cond in _other_conditions(shop, node.cond, shop.scope(place)):
            yield Edit(place, iverson(cond), "a wrong condition", instead=True)
    elif isinstance(node, Reduce):
        own = shop.letters.like([b.axis for b in node.bound], shop.taken(place))
        cond, body = open_with(node, own)
        for other in _other_conditions(shop, cond, (*shop.scope(place), *own)):
            if other == FALSE:
                continue
            new = close(node.kind, own, body, other)
            what = "a condition is missing" if cond == TRUE else "a wrong condition"
            what = "a condition is too many" if other == TRUE else what
            yield Edit(place, new, what, instead=True)


def _other_conditions(shop: Workshop, cond: Basic, scope: tuple[Index, ...]) -> Iterator[Basic]:
    """Conditions that may be meant by ``cond``: with another relation, without, another one."""
    for node in subexpressions(cond):
        if isinstance(node, Compare):
            for op in _OPS[node.op]:
                yield put(cond, {node: compare(op, node.lhs, node.rhs)})
    if cond != TRUE:
        yield TRUE
    for other in shop.pool:
        yield from on_letters(other, scope)
    yield from shop.candidates.same(scope)


def _reductions(shop: Workshop, place: Place) -> Iterator[Edit]:
    node = place.node
    scope = shop.scope(place)
    if isinstance(node, Reduce) and node.kind in ("sum", "max", "min"):
        for kind in ("sum", "max", "min"):
            if kind != node.kind:
                new = Reduce(kind, node.bound, node.cond, node.body)
                yield Edit(place, new, f"it is a {kind}", instead=True)
    if isinstance(node, Reduce) and len(node.bound) == 1:
        for letter in scope:
            if letter.axis == node.bound[0].axis:
                new = open_with(node, [letter])[1]
                yield Edit(place, new, f"a {node.kind} is too many", instead=True)
    alone = isinstance(node, Element) and not is_label(node)
    if alone or place.role in ("term", "factor"):
        for letter in sorted(free_indices(node) & set(scope), key=str):
            yield Edit(place, close("sum", [letter], node), "a sum is missing", instead=True)


def _factors(shop: Workshop, place: Place, *, inverse: bool = False) -> Iterator[Edit]:
    sums = place.role == "factor" and isinstance(place.node, Add)
    if place.role not in ("root", "term", "body", "branch") and not sums:
        return
    if place.node.is_number and place.role != "body":
        return
    what = "a factor {} is missing" + (" beside {}" if sums else "")
    for factor in shop.candidates.parts(shop.scope(place)):
        if inverse == _is_inverse(factor):
            parts = (factor, place.node) if sums else (factor,)
            yield Edit(place, place.node * factor, what, parts, in_term=True)


def _is_inverse(factor: Expr) -> bool:
    """Whether ``factor`` is one over an entry: seldom what is missing."""
    return isinstance(factor, Pow) and isinstance(factor.base, Element) and factor.exp == -1


def _rare_factors(shop: Workshop, place: Place) -> Iterator[Edit]:
    yield from _factors(shop, place, inverse=True)


def _arrays(shop: Workshop, place: Place) -> Iterator[Edit]:
    if isinstance(place.node, Element):
        yield from (e for e in _others(shop, place) if isinstance(e.new, Element))


def _others(shop: Workshop, place: Place) -> Iterator[Edit]:
    node = place.node
    number = node.is_number and place.role != "term"
    if place.role == "root" or number or is_label(node) or weight(node) > LONG:
        return
    whole = isinstance(node, Add | Mul | Reduce)
    for other in shop.candidates.parts(shop.scope(place)):
        if whole and mentions(other, node):  # it is a factor, or a term, that is missing
            continue
        if weight(other) > weight(node) + _LONGER:
            break  # they are sorted: what is so much longer is no slip
        yield Edit(place, other, _called(node, other), instead=True)


def _called(node: Expr, other: Expr) -> str:
    if isinstance(node, Element) and isinstance(other, Element):
        return "a wrong array" if node.slots else "a wrong name"
    return "a wrong part"


#: The likeliest first: what is said before, and after, that a claim is wrong in one case alone.
FIRST: tuple[Kind, ...] = (
    _signs,
    _numbers,
    _by_size,
    _slots,
    _swaps,
    _names,
    _dropped,
    _powers,
    _dropped_two,
)
THEN: tuple[Kind, ...] = (
    _surplus,
    _missing_outside,
    _reductions,
    _conditions,
    _factors,
    _arrays,
    _missing_inside,
    _missing_pieces,
    _others,
    _rare_factors,
    _missing_paths,
)
#: Those that are looked for in the smallest parts first.
SMALLEST = (_conditions, _missing_inside, _others)
