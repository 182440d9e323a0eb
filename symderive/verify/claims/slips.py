"""The likely slip behind a wrong right side: variants of it that would be right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from sympy import Add, Dummy, Function, Mul, Pow, Rational, S, cancel, factor
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.errors import SymderiveError
from symderive.expr import (
    TRUE,
    Bound,
    Compare,
    Element,
    Index,
    Iverson,
    MaxOf,
    MinOf,
    Reduce,
    Size,
    Where,
    all_of,
    close,
    compare,
    elements,
    free_indices,
    negate,
    subexpressions,
)
from symderive.expr import replace as put
from symderive.model.claims import Claim, DerivativeOf
from symderive.model.evaluate import Point
from symderive.model.fields import is_nan
from symderive.model.model import Model
from symderive.model.points import contains
from symderive.notation.text import SymPrinter
from symderive.rewrite import weight
from symderive.verify.claims.compare import DIGITS, Trial, alike
from symderive.verify.claims.corrected import corrected_line
from symderive.verify.claims.corrections import definition
from symderive.verify.claims.effort import Effort
from symderive.verify.claims.judge import Survey, holds
from symderive.verify.claims.sampling import claim_points, exact
from symderive.verify.claims.wording import Wording

#: What a quotient takes as it is.
_ATOMS = (Element, Reduce, Iverson, Size, Function, MaxOf, MinOf, Where)
#: Points a variant must pass, and operations for all variants of one claim.
ENOUGH, WORK = 16, 120_000
#: Points that those are chosen from.
LOOKED_AT = 100


@dataclass(frozen=True)
class Variant:
    """Another right side (or another condition), and the sentence that says what was missed."""

    sentence: str
    right: Expr
    given: Basic | None = None
    only_if: str = ""


def explain_slip(claim: Claim, model: Model, survey: Survey) -> tuple[str, str]:
    """The likely slip in one sentence, and the line as it should read; empty where unknown."""
    if claim.relation != "=" or not isinstance(claim.right, Expr):
        return "", ""
    line, right = corrected_line(claim, model)
    if survey.irrational:
        return "", line  # what is right elsewhere is right at every other point, too
    tries = _tries(claim, survey)
    if right is not None:
        truth = replace(claim, right=right)
        line = line if _passes(truth, model, tries, Effort(WORK)) else ""
    effort = Effort(WORK)
    for variant in _variants(claim, model, right):
        if effort.over:
            break
        changed = _changed(claim, variant)
        if _passes(changed, model, tries, effort) and holds(changed, model):
            return variant.sentence, line or _line(claim, model, variant)
    return "", line or definition(claim, model)


def _line(claim: Claim, model: Model, variant: Variant) -> str:
    wording = Wording.of(claim.text)
    if variant.only_if:
        return wording.put(more=f"if {variant.only_if}")
    if variant.given is not None or claim.given != TRUE:
        return definition(claim, model)
    try:
        text = SymPrinter(model).expression(variant.right)
    except (SymderiveError, KeyError, TypeError, ValueError):
        return ""
    return wording.put(right=text)


def _tries(claim: Claim, survey: Survey) -> tuple[Point, ...]:
    """Points with smooth values, of different sizes, where sides are not 0 by chance.

    Where the claim fails, a variant has to hold, too.
    """
    found: list[Point] = []
    for point in islice(claim_points(survey.trial.sides, claim, seed=7), LOOKED_AT):
        values = [
            v for d in survey.trial.sides.inputs if d.tensor.label_of is None
            for v in point.inputs[d.name].values()
        ]  # fmt: skip
        smooth = sum(not isinstance(v, int) for v in values)
        if values and smooth * 2 < len(values):
            continue
        found.append(point)
    usable = [p for p in found if max((abs(float(v)) for t in p.inputs.values() for v in
              t.values()), default=0) <= 20] or found  # fmt: skip
    usable.sort(key=lambda p: sum(p.sizes.values()))
    middle = usable[: max(ENOUGH, len(usable) // 2)]
    step = max(1, len(middle) // ENOUGH)
    failed = () if survey.failed is None else (survey.failed.point,)
    return (*failed, *reversed(middle[::step][-ENOUGH:]))


def _changed(claim: Claim, variant: Variant) -> Claim:
    given = claim.given if variant.given is None else variant.given
    return replace(claim, right=variant.right, given=given)


def _passes(changed: Claim, model: Model, tries: Sequence[Point], effort: Effort) -> bool:
    """Whether a claim with another right side holds, and says something there."""
    try:
        trial = Trial(model, changed, effort=effort)
        telling = 0
        for point in tries:
            inputs = {d.name for d in trial.sides.inputs}
            if not inputs <= set(point.inputs) or not set(trial.sides.axes) <= set(point.sizes):
                return False
            evaluator = trial.at(point)
            for env in trial.environments(point, evaluator):
                left, other = trial.values(evaluator, env)
                if is_nan(left) or is_nan(other):
                    continue
                if not alike(left, other, DIGITS):
                    return False
                telling += bool(left != 0)
            if effort.over:
                return telling >= 2
    except SymderiveError:
        return False
    return telling >= 2


def _variants(claim: Claim, model: Model, right: Expr | None) -> Iterator[Variant]:
    """Right sides that a slip turns into the one claimed, the likeliest first."""
    claimed = claim.right
    if not isinstance(claimed, Expr):
        return
    yield Variant("the sign is wrong: it should be times -1.", -claimed)
    cases = list(_cases(claim, model))
    yield from (variant for here, variant in cases if here)
    for number in (2, 3, 4):
        yield Variant(f"a factor {number} is missing.", number * claimed)
        yield Variant(f"a factor {number} is too many.", claimed / number)
    yield from _sizes(claim, model)
    yield from _letters(claim, claimed)
    yield from _factors(claim, model, claimed, right)
    yield from _sums(claim, claimed)
    yield from _terms(claim, model, claimed)
    yield from _ranges(claim, model)
    yield from (variant for here, variant in cases if not here)


def _name(model: Model, expr: Basic) -> str:
    try:
        printer = SymPrinter(model)
        return printer.expression(expr) if isinstance(expr, Expr) else printer.condition(expr)
    except (SymderiveError, KeyError, TypeError, ValueError):
        return str(expr)


def _cases(claim: Claim, model: Model) -> Iterator[tuple[bool, Variant]]:
    """Wrong only where two positions coincide (True), or only where they do not."""
    terms: list[Expr] = list(claim.free)
    parts: list[Basic] = [claim.left, claim.given]
    if isinstance(claim.right, Expr):
        parts.append(claim.right)
    labels = [e for e in _with_equations(model, parts) if e.tensor.label_of is not None]
    labels = [e for e in labels if free_indices(e) <= set(claim.free) and not _has_bound(e)]
    terms += dict.fromkeys(labels)
    for place, one in enumerate(terms):
        for other in terms[place + 1 :]:
            if getattr(one, "axis", None) != getattr(other, "axis", None):
                continue
            cond = compare("==", one, other)
            if cond == TRUE:
                continue
            for case in (cond, negate(cond)):
                rest = all_of([claim.given, negate(case)])
                word = _name(model, Compare(case.op, one, other))
                sentence = f"it is wrong only where {word}: that case is missing."
                if isinstance(claim.right, Expr):
                    yield case == cond, Variant(sentence, claim.right, rest)


def _terms(claim: Claim, model: Model, claimed: Expr) -> Iterator[Variant]:
    """A term that stands on the left only, added to a sum on the right."""
    there = {e.tensor for e in elements(claimed)}
    named = [e.tensor for e in _with_definitions(claim.left, model)]
    sums = [node for node in subexpressions(claimed) if isinstance(node, Reduce | Add)]
    for tensor in dict.fromkeys(named):
        if tensor in there or tensor.axes or tensor.label_of is not None:
            continue
        term = Element(tensor)
        for node in (claimed, *sums):
            if not _has_bound(node):
                yield Variant(
                    f"a term {_name(model, term)} is missing.", put(claimed, {node: node + term})
                )


def _with_definitions(expr: Basic, model: Model) -> list[Element]:
    """The elements of ``expr``, and of the equations of those."""
    found = elements(expr)
    for element in tuple(found):
        equation = model.equation(element.tensor.name)
        if equation is not None:
            found += elements(equation.rhs)
    return found


def _ranges(claim: Claim, model: Model) -> Iterator[Variant]:
    """Wrong only where a scalar is beyond some number."""
    if not isinstance(claim.right, Expr):
        return
    scalars = [d for d in (*model.declarations, *claim.scalars) if not d.tensor.axes]
    used = {e.tensor for e in _with_definitions(claim.left, model)} | {
        e.tensor for e in elements(claim.right)
    }
    numbers = {n for n in subexpressions(claim.left, claim.right) if isinstance(n, Rational)}
    for declaration in scalars:
        if declaration.tensor not in used or declaration.tensor.label_of is not None:
            continue
        domain = declaration.domain
        ordered = sorted(
            n for n in {S.Zero, S.One, S.NegativeOne, *numbers} if contains(domain, exact(n))
        )
        weakest = [("!=", "==", number) for number in ordered]
        weakest += [("<=", ">", number) for number in reversed(ordered)]
        weakest += [(">=", "<", number) for number in ordered]
        for op, beyond, number in weakest:
            case = Compare(op, Element(declaration.tensor), number)
            yield Variant(
                f"it is wrong only where {declaration.name} {beyond} {_name(model, number)}.",
                claim.right,
                all_of([claim.given, case]),
                only_if=f"{declaration.name} {op} {_name(model, number)}",
            )


def _with_equations(model: Model, parts: Sequence[Basic]) -> list[Element]:
    """The elements of ``parts``, and labels on the letters of the claim that the model has."""
    found = elements(*parts)
    letters = {i.axis: i for part in parts for i in sorted(free_indices(part), key=str)}
    for declaration in model.declarations:
        tensor = declaration.tensor
        if tensor.label_of is not None and all(axis in letters for axis in tensor.axes):
            found.append(Element(tensor, *(letters[axis] for axis in tensor.axes)))
    return found


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
    if right is not None:
        ratio = quotient(right, claimed)
        odd = ratio is None or ratio == S.One or weight(ratio) > 12
        if ratio is not None and not (odd or _has_bound(ratio) or _divides(ratio)):
            yield Variant(f"a factor {_name(model, ratio)} is missing.", claimed * ratio)
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
    free = set(claim.free)
    for part in candidates:
        if part.is_number or not free_indices(part) <= free or _has_bound(part):
            continue
        yield Variant(f"a factor {_name(model, part)} is missing.", claimed * part)
        if not isinstance(part, Iverson):
            yield Variant(f"a factor {_name(model, part)} is too many.", claimed / part)


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


def _has_bound(expr: Expr) -> bool:
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
