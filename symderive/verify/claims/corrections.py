"""What a refuted claim should have said: another relation, other digits, a definition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal, localcontext
from math import prod
from typing import Any

from symderive.errors import SymderiveError
from symderive.expr import Element, Index
from symderive.expr import replace as put
from symderive.model.claims import Claim, Rounded
from symderive.model.evaluate import Point
from symderive.model.fields import is_nan
from symderive.model.model import Model
from symderive.notation.text import SymPrinter
from symderive.verify.claims.compare import Trial
from symderive.verify.claims.wording import Wording

#: What may be meant instead of a relation, the nearest first.
OTHER_RELATIONS = {
    "<": ("<=", ">", ">="),
    ">": (">=", "<", "<="),
    "<=": (">=", "="),
    ">=": ("<=", "="),
}
OTHER_SHAPES = {
    "convex": ("concave",),
    "concave": ("convex",),
    "increasing": ("decreasing",),
    "decreasing": ("increasing",),
}


def other_relation(claim: Claim, holds: Callable[[Claim], bool]) -> tuple[str, str]:
    """The slip and the corrected line of an inequality or a shape; empty where none is near."""
    if claim.relation in OTHER_SHAPES:
        (other,) = OTHER_SHAPES[claim.relation]
        text = claim.text.replace(claim.relation, other, 1)
        if holds(replace(claim, relation=other, text=text)):  # type: ignore[arg-type]
            return f"it is {other}.", text
        return f"it is neither {claim.relation} nor {other}.", ""
    wording = Wording.of(claim.text)
    for other in OTHER_RELATIONS.get(claim.relation, ()):
        text = wording.put(relation=other)
        if holds(replace(claim, relation=other, text=text)):  # type: ignore[arg-type]
            return _said(claim.relation, other), text
    return "", ""


def _said(claimed: str, other: str) -> str:
    if other == "=":
        return "the two sides are equal."
    if other == f"{claimed}=":
        return "the two sides may be equal."
    return "the relation is the wrong way round."


def other_digits(claim: Claim, trial: Trial, point: Point) -> tuple[str, str]:
    """The slip and the corrected line of a rounded number: its value at the point."""
    evaluator = trial.at(point)
    cut = True
    entries: dict[tuple[int, ...], str] = {}
    for env in trial.environments(point, evaluator):
        value, written = trial.values(evaluator, env)
        if is_nan(value) or abs(value) > _LARGEST:
            return "", ""
        exact = Decimal(str(value))
        unit = Decimal((0, (1,), _places(written.unit)))
        place = tuple(env[index] for index in claim.free)
        with localcontext(prec=_DIGITS):
            right, down = (exact.quantize(unit, way) for way in (ROUND_HALF_EVEN, ROUND_DOWN))
            shown = Decimal(int(written.value.p)) / Decimal(int(written.value.q))
        entries[place] = str(right).lower().replace("e+", "e")
        cut &= shown in (right, down)
    slip = "the digits are cut off, not rounded." if cut else ""
    sizes = [point.sizes[index.axis] for index in claim.free]
    text = _array(claim.right, entries, sizes)
    return slip, Wording.of(claim.text).put(right=text) if text else ""


#: Larger numbers are not written out; the digits that the others have at most.
_LARGEST, _DIGITS = 10**100, 200


def _places(unit: Any) -> int:
    """The exponent of a power of ten."""
    return len(str(unit.p)) - len(str(unit.q))


def _array(written: Any, entries: dict[tuple[int, ...], str], sizes: Sequence[int]) -> str:
    """The entries as a list as deep as there are indices, or as the one number that they all are.

    Empty where a condition leaves some of them out.
    """
    if isinstance(written, Rounded) and len(set(entries.values())) == 1:
        return next(iter(entries.values()))
    if len(entries) < prod(sizes):
        return ""

    def listed(place: tuple[int, ...]) -> str:
        if len(place) == len(sizes):
            return entries[place]
        return f"[{', '.join(listed((*place, k)) for k in range(sizes[len(place)]))}]"

    return listed(())


def definition(claim: Claim, model: Model) -> str:
    """The equation of what the left side of a claim names, as a line; empty where it has none."""
    left = claim.left
    equation = model.equation(left.tensor.name) if isinstance(left, Element) else None
    if equation is None or not all(isinstance(slot, Index) for slot in left.args[1:]):
        return ""
    try:
        right = put(equation.rhs, dict(zip(equation.indices, left.slots, strict=True)))
        return f"{Wording.of(claim.text).left} = {SymPrinter(model).expression(right)}"
    except (SymderiveError, KeyError, TypeError, ValueError):
        return ""
