"""Other right sides that a slip turns into the one claimed: changes to the whole of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sympy import Add, Dummy, Function, Mul, Pow, S, cancel, factor
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.errors import SymderiveError
from symderive.expr import (
    Bound,
    Element,
    Index,
    Iverson,
    MaxOf,
    MinOf,
    Reduce,
    Size,
    Where,
    close,
    elements,
    free_indices,
    subexpressions,
)
from symderive.expr import replace as put
from symderive.model.claims import Claim, DerivativeOf
from symderive.model.model import Model
from symderive.notation.text import SymPrinter
from symderive.rewrite import weight

#: What a quotient takes as it is.
_ATOMS = (Element, Reduce, Iverson, Size, Function, MaxOf, MinOf, Where)
#: How long a ratio of two right sides may be: one that is said soon, and one said at last.
_SHORT, _LONG = 6, 12


@dataclass(frozen=True)
class Variant:
    """Another right side (or another condition), and the sentence that says what was missed.

    One that is ``screened`` is right as far as floats tell.
    """

    sentence: str
    right: Expr
    given: Basic | None = None
    only_if: str = ""
    screened: bool = False


def worded(model: Model, expr: Basic, avoid: Iterable[Index] = ()) -> str:
    """``expr`` in the language, or as it is where it has no words there.

    Its sums do not take the letters to ``avoid``.
    """
    try:
        printer = SymPrinter(model)
        scope = printer.arranger.scope(expr, avoid=[index.name for index in avoid])
        if isinstance(expr, Expr):
            return printer.expression(expr, scope)
        return printer.condition(expr, scope)
    except (SymderiveError, KeyError, TypeError, ValueError):
        return str(expr)


def simple(claim: Claim, model: Model, claimed: Expr) -> Iterator[Variant]:
    """The sign, a number, a size that is missing in all of it."""
    yield Variant("the sign is wrong: it should be times -1.", -claimed)
    for number in (2, 3, 4):
        yield Variant(f"a factor {number} is missing.", number * claimed)
        yield Variant(f"a factor {number} is too many.", claimed / number)
    yield from _sizes(claim, model)


def of_the_whole(
    claim: Claim, model: Model, claimed: Expr, right: Expr | None
) -> Iterator[Variant]:
    """Letters, factors, sums and scalars that are missing in all of it."""
    yield from _letters(claim, claimed)
    yield from _factors(claim, model, claimed, right)
    yield from _sums(claim, claimed)
    yield from _terms(claim, model, claimed)


def _sizes(claim: Claim, model: Model) -> Iterator[Variant]:
    claimed: Any = claim.right
    for axis in model.axes:
        size = Size(axis)
        yield Variant(f"a factor 1/{axis.name} is missing.", claimed / size)
        yield Variant(f"a factor {axis.name} is missing.", claimed * size)


def _letters(claim: Claim, claimed: Expr) -> Iterator[Variant]:
    """One letter for another, everywhere or in one place; two letters swapped."""
    letters = [*claim.free]
    for one in letters:
        for other in letters:
            if one == other or one.axis != other.axis:
                continue
            if one.name < other.name:
                yield Variant(
                    f"the indices {one.name} and {other.name} are swapped.",
                    put(claimed, {one: other, other: one}),
                )
    choices: list[Expr] = [*letters, *(e for e in elements(claimed) if e.tensor.label_of)]
    for element in elements(claimed):
        if has_bound(element):
            continue
        for place, slot in enumerate(element.slots):
            for other_slot in choices:
                same = getattr(other_slot, "axis", None) == element.tensor.axes[place]
                if other_slot == slot or not same:
                    continue
                slots = [*element.slots]
                slots[place] = other_slot
                moved = Element(element.tensor, *slots)
                yield Variant(
                    f"a wrong index: {element} should be {moved}.",
                    put(claimed, {element: moved}),
                )


def _factors(claim: Claim, model: Model, claimed: Expr, right: Expr | None) -> Iterator[Variant]:
    """A factor that is missing, or one that is too many."""
    yield from _ratio(model, claimed, right, 0, _SHORT)
    candidates = _candidates(claim, model, claimed, right)
    free = set(claim.free)
    for part in candidates:
        if part.is_number or not free_indices(part) <= free or has_bound(part):
            continue
        yield Variant(f"a factor {worded(model, part)} is missing.", claimed * part)
        if isinstance(part, Iverson):
            continue
        if _is_factor(part, claimed):
            yield Variant(f"a factor {worded(model, part)} is too many.", claimed / part)
        else:
            yield Variant(f"a factor {worded(model, 1 / part)} is missing.", claimed / part)


def long_ratio(model: Model, claimed: Expr, right: Expr | None) -> Iterator[Variant]:
    """The factor between both right sides, where it is long."""
    yield from _ratio(model, claimed, right, _SHORT, _LONG)


def _ratio(
    model: Model, claimed: Expr, right: Expr | None, least: int, most: int
) -> Iterator[Variant]:
    ratio = None if right is None else quotient(right, claimed)
    if ratio is None or ratio == S.One or not least < weight(ratio) <= most:
        return
    if not (has_bound(ratio) or _divides(ratio)):
        ratio = _signs_inside(ratio)
        yield Variant(f"a factor {worded(model, ratio)} is missing.", claimed * ratio)


def _signs_inside(ratio: Expr) -> Expr:
    """``p * (1 - p)`` for ``-p * (p - 1)``.

    >>> from symderive.expr import Tensor
    >>> p = Tensor("p")()
    >>> _signs_inside(-p * (p - 1)) == p * (1 - p)
    True
    """
    for factor_ in Mul.make_args(ratio) if ratio.as_coeff_Mul()[0].is_negative else ():
        if isinstance(factor_, Add) and factor_.as_coeff_Add()[0].is_negative:
            return -ratio / factor_ * Add(*(-term for term in factor_.args))
    return ratio


def _candidates(claim: Claim, model: Model, claimed: Expr, right: Expr | None) -> dict[Expr, None]:
    """Factors and entries of both right sides, and entries of the model."""
    candidates: dict[Expr, None] = {}
    for source in (right, claimed):
        if source is None:
            continue
        for node in subexpressions(source):
            if isinstance(node, Mul):
                candidates.update(dict.fromkeys(f for f in node.args if isinstance(f, Expr)))
            elif isinstance(node, Element) and node.tensor.label_of is None:
                candidates[node] = None
                candidates[1 - node] = None
    if isinstance(claim.left, DerivativeOf):
        candidates.update(dict.fromkeys(_near(claim, model)))
    return candidates


def _is_factor(part: Expr, claimed: Expr) -> bool:
    """Whether ``part``, or a power of it, is multiplied with something in ``claimed``."""
    for node in subexpressions(claimed):
        for factor_ in Mul.make_args(node) if isinstance(node, Mul) or node == claimed else ():
            base, exponent = factor_.as_base_exp()
            if factor_ == part or (base == part and exponent.is_positive):
                return True
    return any(isinstance(n, Reduce) and n.body == part for n in subexpressions(claimed))


def quotient(above: Expr, below: Expr) -> Expr | None:
    """``above / below`` with common factors cancelled; None where that is no short work."""
    atoms: dict[Basic, Basic] = {}
    for node in subexpressions(above, below):
        if isinstance(node, _ATOMS):
            atoms.setdefault(node, Dummy(f"a{len(atoms)}"))
    ratio = put(Mul(above, Pow(below, -1)), atoms)
    if weight(ratio) > 80:
        return None
    short = factor(cancel(ratio))
    back = {dummy: node for node, dummy in atoms.items()}
    found: Expr = put(short, back)
    return found


def _near(claim: Claim, model: Model) -> Iterator[Expr]:
    """Entries of the model on the letters of the claim."""
    letters = {index.axis: index for index in claim.free}
    for name in model.names:
        tensor = model.tensor(name)
        if tensor.label_of is None and all(axis in letters for axis in tensor.axes):
            yield Element(tensor, *(letters[axis] for axis in tensor.axes))


def _divides(expr: Expr) -> bool:
    return any(isinstance(n, Pow) and bool(n.exp.is_negative) for n in subexpressions(expr))


def has_bound(expr: Expr) -> bool:
    """Whether an index is bound outside of ``expr``."""
    own = {b for n in subexpressions(expr) if isinstance(n, Reduce) for b in n.bound}
    return any(isinstance(n, Bound) and n not in own for n in subexpressions(expr))


def _sums(claim: Claim, claimed: Expr) -> Iterator[Variant]:
    """A sum over one letter that is missing."""
    for letter in claim.free:
        fresh = Index(f"{letter.name}'", letter.axis)
        for element in elements(claimed):
            if letter in element.slots:
                moved = Element(
                    element.tensor, *(fresh if s == letter else s for s in element.slots)
                )
                body = put(claimed, {element: moved})
                yield Variant(
                    f"a sum over the positions of {letter.axis.name} is missing.",
                    close("sum", [fresh], body),
                )
        whole = put(claimed, {letter: fresh})
        if whole != claimed:
            yield Variant(
                f"a sum over {letter.name} is missing.",
                close("sum", [fresh], whole),
            )


def _terms(claim: Claim, model: Model, claimed: Expr) -> Iterator[Variant]:
    """A term that stands on the left only, added to a sum on the right."""
    there = {e.tensor for e in elements(claimed)}
    named = [e.tensor for e in with_definitions(claim.left, model)]
    sums = [node for node in subexpressions(claimed) if isinstance(node, Reduce | Add)]
    for tensor in dict.fromkeys(named):
        if tensor in there or tensor.axes or tensor.label_of is not None:
            continue
        term = Element(tensor)
        for node in (claimed, *sums):
            if not has_bound(node):
                yield Variant(
                    f"a term {worded(model, term)} is missing.", put(claimed, {node: node + term})
                )


def with_definitions(expr: Basic, model: Model) -> list[Element]:
    """The elements of ``expr``, and of the equations of those."""
    found = elements(expr)
    for element in tuple(found):
        equation = model.equation(element.tensor.name)
        if equation is not None:
            found += elements(equation.rhs)
    return found
