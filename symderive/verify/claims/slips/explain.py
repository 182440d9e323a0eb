"""The likely slip behind a wrong right side: variants of it that would be right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from sympy.core.expr import Expr

from symderive.errors import SymderiveError
from symderive.expr import is_constant
from symderive.model.claims import Claim
from symderive.model.evaluate import Point
from symderive.model.fields import is_nan
from symderive.model.model import Model
from symderive.notation.text import SymPrinter
from symderive.verify.claims.compare import DIGITS, Trial, alike
from symderive.verify.claims.corrected import corrected_line
from symderive.verify.claims.corrections import definition
from symderive.verify.claims.effort import Effort
from symderive.verify.claims.judge import Survey, holds
from symderive.verify.claims.sampling import claim_points
from symderive.verify.claims.slips.cases import branches, cases, ranges
from symderive.verify.claims.slips.edits import FIRST, THEN
from symderive.verify.claims.slips.inside import Inside
from symderive.verify.claims.slips.screening import holds_widely
from symderive.verify.claims.slips.variants import Variant, long_ratio, of_the_whole, simple
from symderive.verify.claims.wording import Wording

#: Points a variant must pass, and operations for all variants of one claim.
ENOUGH, WORK = 16, 120_000
#: Points that those are chosen from.
LOOKED_AT = 100


def explain_slip(claim: Claim, model: Model, survey: Survey) -> tuple[str, str]:
    """The likely slip in one sentence, and the line as it should read; empty where unknown."""
    if claim.relation != "=" or not isinstance(claim.right, Expr) or is_constant(claim.left):
        return "", ""
    line, right = corrected_line(claim, model)
    if survey.irrational:
        return "", line  # what is right elsewhere is right at every other point, too
    tries = _tries(claim, survey)
    if right is not None:
        truth = replace(claim, right=right)
        sound = _passes(truth, model, tries, Effort(WORK)) and holds_widely(truth, model)
        line = line if sound else ""
    efforts = {screened: Effort(WORK) for screened in (True, False)}
    for variant in _variants(claim, model, right, survey, tries):
        effort = efforts[variant.screened]
        if effort.over:
            continue
        changed = _changed(claim, variant)
        if changed.right == claim.left or not _passes(changed, model, tries, effort):
            continue
        if holds(changed, model) and holds_widely(changed, model):
            found = _line(claim, model, variant) or line
            return variant.sentence, found or _without_case(claim, model, variant)
    return "", line or definition(claim, model)


def _line(claim: Claim, model: Model, variant: Variant) -> str:
    """The claim with the right side of ``variant``; empty where a case of it is missing."""
    if variant.given is not None:
        return ""
    try:
        printer = SymPrinter(model)
        scope = printer.arranger.scope(variant.right, avoid=[index.name for index in claim.free])
        return Wording.of(claim.text).put(right=printer.expression(variant.right, scope))
    except (SymderiveError, KeyError, TypeError, ValueError):
        return ""


def _without_case(claim: Claim, model: Model, variant: Variant) -> str:
    """The claim where it is right, if that has words; else the definition of its left side."""
    if variant.only_if:
        return Wording.of(claim.text).only_if(variant.only_if)
    return definition(claim, model)


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
                if is_nan(left) and is_nan(other):
                    continue
                if not alike(left, other, DIGITS):
                    outcome = trial.judge((left, other), point, env, DIGITS)
                    if outcome == "fails":
                        return False
                    if outcome == "open":
                        continue
                telling += bool(left != 0)
            if effort.over:
                return telling >= 2
    except SymderiveError:
        return False
    return telling >= 2


def _variants(
    claim: Claim, model: Model, right: Expr | None, survey: Survey, tries: Sequence[Point]
) -> Iterator[Variant]:
    """Right sides that a slip turns into the one claimed, the likeliest first."""
    claimed = claim.right
    if not isinstance(claimed, Expr):
        return
    yield from simple(claim, model, claimed)
    inside = Inside(claim, model, survey.trial, tries, right)
    yield from inside.variants(FIRST)
    found = list(cases(claim, model))
    yield from (variant for here, variant in found if here)
    yield from of_the_whole(claim, model, claimed, right)
    yield from branches(claim, model, right)
    yield from inside.variants(THEN)
    yield from long_ratio(model, claimed, right)
    yield from (variant for here, variant in found if not here)
    yield from ranges(claim, model)
