"""Where alone a claim is wrong: two positions that coincide, a scalar beyond some number."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from typing import Any

from sympy import Rational, S
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import (
    TRUE,
    Compare,
    Element,
    all_of,
    compare,
    elements,
    free_indices,
    negate,
    subexpressions,
)
from symderive.model.claims import Claim
from symderive.model.evaluate import Point
from symderive.model.model import Declaration, Model
from symderive.model.points import contains
from symderive.verify.claims.compare import Trial
from symderive.verify.claims.effort import Effort
from symderive.verify.claims.sampling import exact
from symderive.verify.claims.slips.screening import wide_points
from symderive.verify.claims.slips.variants import Variant, has_bound, with_definitions, worded

#: How far from a number a scalar is put, on both sides.
_STEPS = tuple(Fraction(n, 100) for n in (1, 25, 50, 75, 100, 200, 500, 1000, 10_000, 100_000))
#: Values on the good side, and comparisons there, that tell it from chance; points for each value.
_LEAST, _POINTS = 3, 4
#: Points where a case is looked for.
_LOOKED_AT = 40
#: Operations for one range.
_WORK = 20_000
#: Comparisons whose two sides are ranges.
_SIDES = ("<", "<=", ">", ">=")
_OPS = {"!=": operator.ne, "<=": operator.le, ">=": operator.ge}


def cases(claim: Claim, model: Model) -> Iterator[tuple[bool, Variant]]:
    """Wrong only where two positions coincide (True), or only where they do not."""
    terms: list[Expr] = list(claim.free)
    parts: list[Basic] = [claim.left, claim.given]
    if isinstance(claim.right, Expr):
        parts.append(claim.right)
    labels = [e for e in _with_equations(model, parts) if e.tensor.label_of is not None]
    labels = [e for e in labels if free_indices(e) <= set(claim.free) and not has_bound(e)]
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
                word = worded(model, Compare(case.op, one, other))
                sentence = f"it is wrong only where {word}: that case is missing."
                if isinstance(claim.right, Expr):
                    yield case == cond, Variant(sentence, claim.right, rest)


def branches(claim: Claim, model: Model, right: Expr | None) -> Iterator[Variant]:
    """Wrong only on one side of a kink of the true right side, or for one of two values.

    Where ``abs(r) > delta``, or where ``y == 0`` for y in {0, 1}.
    """
    if right is None or not isinstance(claim.right, Expr) or claim.point:
        return
    found = [n for n in subexpressions(right) if isinstance(n, Compare) and n.op in _SIDES]
    found = [n for n in found if all(isinstance(side, Expr) for side in n.args[1:])]
    pairs = [(cond, negate(cond)) for cond in found] + list(_two_values(model, right))
    for pair in dict.fromkeys(pairs):
        if has_bound(pair[0]) or not free_indices(pair[0]) <= set(claim.free):
            continue
        for case, other in (pair, pair[::-1]):
            if not _fails_inside(claim, model, other):
                continue
            sentence = f"it is wrong only where {worded(model, other)}: that case is missing."
            yield Variant(sentence, claim.right, all_of([claim.given, case]))


def _fails_inside(claim: Claim, model: Model, cond: Basic) -> bool:
    """Whether ``claim`` fails where ``cond`` holds, other than at the end of a range alone."""
    if isinstance(cond, Compare) and cond.op in ("<=", ">="):
        cond = Compare(cond.op[0], *cond.args[1:])
    there = replace(claim, given=all_of([claim.given, cond]))
    trial = Trial(model, there, effort=Effort(_WORK))
    points = islice(wide_points(trial.sides), _LOOKED_AT)
    return any(outcome == "fails" for p in points for *_, outcome in trial.outcomes(p))


def _two_values(model: Model, right: Expr) -> Iterator[tuple[Basic, Basic]]:
    """The two cases of each entry in ``right`` that has two values."""
    for element in dict.fromkeys(elements(right)):
        declared = model.declaration(element.tensor.name)
        if declared is not None and len(declared.domain.values) == 2:
            one, other = (Compare("==", element, value) for value in declared.domain.values)
            yield one, other


def _with_equations(model: Model, parts: Sequence[Basic]) -> list[Element]:
    """The elements of ``parts``, and labels on the letters of the claim that the model has."""
    found = elements(*parts)
    letters = {i.axis: i for part in parts for i in sorted(free_indices(part), key=str)}
    for declaration in model.declarations:
        tensor = declaration.tensor
        if tensor.label_of is not None and all(axis in letters for axis in tensor.axes):
            found.append(Element(tensor, *(letters[axis] for axis in tensor.axes)))
    return found


def ranges(claim: Claim, model: Model) -> Iterator[Variant]:
    """Wrong only where a scalar is beyond some number, as tried on both sides of it on purpose."""
    if not isinstance(claim.right, Expr) or claim.point:
        return
    numbers = {n for n in subexpressions(claim.left, claim.right) if isinstance(n, Rational)}
    numbers |= {S.Zero, S.One, S.NegativeOne}
    for declaration in _scalars(claim, model):
        ordered = sorted(n for n in numbers if contains(declaration.domain, exact(n)))
        weakest = [("!=", "==", number) for number in ordered]
        weakest += [("<=", ">", number) for number in reversed(ordered)]
        weakest += [(">=", "<", number) for number in ordered]
        for op, beyond, number in weakest:
            if not _splits(claim, model, declaration, op, exact(number)):
                continue
            case = Compare(op, Element(declaration.tensor), number)
            yield Variant(
                f"it is wrong only where {declaration.name} {beyond} {worded(model, number)}.",
                claim.right,
                all_of([claim.given, case]),
                only_if=f"{declaration.name} {op} {worded(model, number)}",
            )


def _scalars(claim: Claim, model: Model) -> Iterator[Declaration]:
    """The real scalars that ``claim`` is about."""
    used = {e.tensor for e in with_definitions(claim.left, model)}
    used |= {e.tensor for e in elements(claim.right)}
    for declaration in (*model.declarations, *claim.scalars):
        tensor = declaration.tensor
        if not tensor.axes and tensor in used and tensor.label_of is None:
            yield declaration


def _splits(claim: Claim, model: Model, scalar: Declaration, op: str, number: Any) -> bool:
    """Whether ``claim`` holds wherever ``scalar op number``, and fails mostly beyond that."""
    steps = [sign * step for step in _STEPS for sign in (1, -1)]
    values = [number, *(exact(number + step) for step in steps)]
    values = [value for value in values if contains(scalar.domain, value)]
    inside = [value for value in values if _OPS[op](value, number)]
    beyond = [value for value in values if value not in inside]
    if len(inside) < _LEAST or not beyond:
        return False
    tried = Trial(model, claim, effort=Effort(_WORK))
    points = list(islice(wide_points(tried.sides), _POINTS))
    for value in inside:
        if tried.effort.over or any(_fails(tried, p, scalar.name, value) for p in points):
            return False
    failing = [v for v in beyond if any(_fails(tried, p, scalar.name, v) for p in points)]
    return 2 * len(failing) > len(beyond) and tried.telling > _LEAST


def _fails(trial: Trial, point: Point, name: str, value: Any) -> bool:
    """Whether the claim fails at ``point`` with another value of a scalar."""
    if name not in point.inputs:
        return False
    there = Point(point.sizes, {**point.inputs, name: {(): value}})
    return any(outcome == "fails" for *_, outcome in trial.outcomes(there))
