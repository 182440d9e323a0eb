"""Where alone a claim is wrong: two positions that coincide, a scalar beyond some number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
from symderive.model.model import Model
from symderive.model.points import contains
from symderive.verify.claims.sampling import exact
from symderive.verify.claims.variants import Variant, has_bound, with_definitions, worded


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
    """Wrong only where a scalar is beyond some number."""
    if not isinstance(claim.right, Expr):
        return
    scalars = [d for d in (*model.declarations, *claim.scalars) if not d.tensor.axes]
    used = {e.tensor for e in with_definitions(claim.left, model)} | {
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
                f"it is wrong only where {declaration.name} {beyond} {worded(model, number)}.",
                claim.right,
                all_of([claim.given, case]),
                only_if=f"{declaration.name} {op} {worded(model, number)}",
            )
