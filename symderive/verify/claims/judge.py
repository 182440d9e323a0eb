"""One claim, one verdict: tried at points first, then a proof; what fails is made small."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from symderive.errors import InputError, NotSupportedError
from symderive.expr import TRUE, Index, subexpressions
from symderive.model.claims import Claim, DerivativeOf, LimitOf
from symderive.model.evaluate import Point
from symderive.model.fields import is_nan
from symderive.model.model import Model
from symderive.verify.claims.compare import (
    DEEPLY,
    DIGITS,
    MANY_DIGITS,
    Trial,
    alike,
    reach_of,
)
from symderive.verify.claims.effort import Effort
from symderive.verify.claims.proofs import prove_claim
from symderive.verify.claims.sampling import (
    claim_points,
    farther_points,
    larger_points,
    smaller_points,
)
from symderive.verify.claims.shrink import Found, shrink
from symderive.verify.claims.verdict import Verdict, counterexample, nothing_to_judge

#: Operations for the points of one claim, for those before a proof is tried, for a smaller point.
WORK, QUICK, SMALLER = 300_000, 60_000, 60_000
#: The same for points far out, and for those with larger axes, where others left no work for them.
FARTHER, LARGER = 300_000, 120_000
#: How often that is allowed again until so many comparisons were not of 0 with 0.
MOST_TURNS, TELLING = 6, 100
#: Operations for points far out in very many digits, and how far they are out.
DEEP, FAR, DEEPEST = 40_000, 20, 4000
#: Points that are looked at with many digits; at which a value is told to be a constant.
CLOSELY, _FEW = 4, 12

RELATIONS = ("=", "<", "<=", ">", ">=")
SHAPES = ("convex", "concave", "increasing", "decreasing")


@dataclass
class Survey:
    """The points that were tried, and the first at which the claim fails.

    ``lowest`` are those at which an inequality is tightest; ``irrational`` tells whether it fails
    at numbers that are no fractions.
    """

    trial: Trial
    waiting: Iterator[Point]
    points: list[Point] = field(default_factory=list)
    sizes: set[int] = field(default_factory=set)
    lowest: list[Point] = field(default_factory=list)
    failed: Found | None = None
    irrational: bool = False
    complete: bool = False

    @property
    def tried_sizes(self) -> tuple[int, ...]:
        """The sizes of axes at the points."""
        return tuple(sorted(self.sizes))

    def look(self, work: float) -> None:
        """Try further points until the claim fails, ``work`` is spent, or they are all done."""
        trial = self.trial
        trial.effort.more(work)
        for point in self.waiting:
            before = trial.comparisons
            self.failed = first_failure(trial, point)
            if trial.comparisons > before:
                self.points.append(point)
                self.sizes.update(point.sizes.values())
            if self.failed is not None or trial.effort.over:
                break
        else:
            self.complete = True
        if self.failed is None and trial.claim.relation != "~":
            trial.effort.more(work / 3)
            self.failed = _closely(trial, self.points)

    def look_far_out(self) -> None:
        """Look at points far out with so many digits that what is left of an exponential counts."""
        trial = self.trial
        if self.failed is not None or trial.claim.relation != "=" or trial.claim.point:
            return
        trial.effort.more(DEEP)
        far = {reach: p for p in self.points if FAR < (reach := reach_of(p)) < DEEPEST}
        reaches = sorted(far)
        for reach in reaches[:: max(1, len(reaches) // CLOSELY)]:
            self.failed = first_failure(trial, far[reach], DEEPLY)
            if self.failed is not None or trial.effort.over:
                return

    def look_long(self) -> None:
        """Try further points until the claim fails, or enough was compared that is not 0.

        Where the smallest sizes left no work for the others, points far out are tried, too.
        """
        for turn in range(MOST_TURNS):
            enough = turn > 0 and self.trial.telling >= TELLING
            if self.complete or self.failed is not None or enough:
                break
            self.look(WORK)
        if not (self.complete or self.failed is not None or self.trial.claim.point):
            rng = random.Random(5)  # noqa: S311 - points, not secrets
            self.waiting = farther_points(self.trial.sides, rng)
            self.look(FARTHER)

    def look_at_larger_sizes(self) -> None:
        """Try points with larger axes, if the others left no work for them."""
        if not self.complete and self.failed is None and not self.trial.claim.point:
            self.waiting = larger_points(self.trial.sides)
            self.look(LARGER)

    def look_between_fractions(self) -> None:
        """Try numbers that are no fractions, at kinks and where sides touch, if nothing failed."""
        if self.failed is None:
            from symderive.verify.claims.irrational import at_irrational

            self.failed, self.irrational = at_irrational(self.trial, self.points, self.lowest)


def survey_of(claim: Claim, model: Model) -> Survey:
    """A survey of ``claim`` that has not looked yet."""
    trial = Trial(model, claim, effort=Effort(WORK))
    return Survey(trial, claim_points(trial.sides, claim))


def judge(claim: Claim, model: Model) -> Verdict:
    """Judge ``claim`` about ``model`` on the declared domains.

    It is proved only by rewriting, or by interval arithmetic; it is refuted only where intervals
    tell the two sides apart, or thousands of digits do at a number that is no fraction. Points,
    however many, make it ``verified``.

    >>> from symderive.catalog import softmax_nll
    >>> from symderive.notation.sym import read_claim
    >>> model = softmax_nll()
    >>> judge(read_claim("dL[i]/ds[i, j] = p[i, j]", model), model).slip
    'it is wrong only where j == y[i]: that case is missing.'
    """
    found = _judged(claim, model)
    return found if _is_sound(found, model) else replace(found, corrected="")


def _is_sound(found: Verdict, model: Model) -> bool:
    """Whether the corrected line can be read as it is; where axes clashed, whether it holds."""
    from symderive.notation.sym import read_claim

    if not found.corrected:
        return True
    try:
        other = read_claim(found.corrected, model)
    except InputError:
        return False
    if other.clashes:
        return False
    return found.kind != "ill-typed" or other.relation not in RELATIONS or holds(other, model)


def _judged(claim: Claim, model: Model) -> Verdict:
    if claim.clashes:
        from symderive.verify.claims.relabel import ill_typed

        return ill_typed(claim, model)
    if claim.relation in SHAPES:
        from symderive.verify.claims.shapes import judge_shape

        return judge_shape(claim, model)
    if any(isinstance(side, LimitOf) for side in (claim.left, claim.right)):
        from symderive.verify.claims.limits import judge_limit

        return judge_limit(claim, model)
    return _judge_relation(claim, model)


def _judge_relation(claim: Claim, model: Model) -> Verdict:
    survey = survey_of(claim, model)
    survey.look(QUICK)
    if survey.failed is None:
        rules = prove_claim(claim, model)
        if rules is not None:
            return Verdict(
                claim, "proved", f"by rewriting: {', '.join(rules)}", survey.trial.comparisons,
                DIGITS, survey.tried_sizes, rules=rules,
            )  # fmt: skip
        survey.look_long()
        survey.look_at_larger_sizes()
    if survey.failed is None:
        pieces = _on_pieces(claim, survey)
        if not pieces:
            survey.look_far_out()
            survey.look_between_fractions()
        if survey.failed is None:
            return _unrefuted(claim, survey, pieces)
    if claim.relation == "=":
        from symderive.verify.claims.kinks import only_at_kinks

        other = only_at_kinks(claim, survey)
        if other is not None:
            return other
    return refuted(claim, model, survey)


def _closely(trial: Trial, done: list[Point]) -> Found | None:
    """A few of the points, looked at with many digits."""
    step = max(1, len(done) // CLOSELY)
    for point in done[step - 1 :: step]:
        found = first_failure(trial, point, MANY_DIGITS)
        if found is not None or trial.effort.over:
            return found
    return None


def first_failure(trial: Trial, point: Point, digits: int = DIGITS) -> Found | None:
    """The first position at ``point`` where the claim fails."""
    for env, sides, outcome in trial.outcomes(point, digits):
        if outcome == "fails":
            return Found(point, env, sides)
    return None


def _on_pieces(claim: Claim, survey: Survey) -> int:
    """How many pieces prove an inequality of scalars; where it fails after all goes to ``survey``.

    Pieces that stay open lead there, and so does walking downhill.
    """
    if claim.relation not in ("<", "<=", ">", ">="):
        return 0
    from symderive.verify.claims.boxes import cover
    from symderive.verify.claims.descent import descend

    trial = survey.trial
    found = cover(claim, trial, None, lambda point, _: first_failure(trial, point))
    survey.failed = found.found
    if survey.failed is None and not found.pieces:
        survey.failed, survey.lowest = descend(trial, survey.points)
    return found.pieces


def _unrefuted(claim: Claim, survey: Survey, pieces: int) -> Verdict:
    trial = survey.trial
    if pieces:
        how = f"by interval arithmetic, on {pieces} intervals that cover the domain"
        return Verdict(
            claim, "proved", how, trial.comparisons, DIGITS, survey.tried_sizes,
            rules=("interval arithmetic",),
        )  # fmt: skip
    if not trial.comparisons:
        where = "both sides are defined"
        if claim.given != TRUE:
            where = f"its condition holds and {where}"
        raise nothing_to_judge(claim, f"point was found at which {where}")
    return Verdict(claim, "verified", _how(survey), trial.comparisons, DIGITS, survey.tried_sizes)


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _how(survey: Survey) -> str:
    trial = survey.trial
    sizes = ", ".join(map(str, sorted(survey.sizes)))
    text = f"numerically: {_many(trial.comparisons, 'comparison')}"
    text += f" at {_many(len(survey.points) + trial.solved, 'point')}"
    text += f", {DIGITS} digits"
    if sizes:
        text += f", sizes {sizes}"
    if trial.undefined:
        text += f"; {trial.undefined} places where a side is undefined, or nothing tells, left out"
    return text


def given_names(claim: Claim, trial: Trial) -> frozenset[str]:
    """What a ``with`` clause gives; a const that it does not give has its default there."""
    given = frozenset(name for name, _ in claim.point)
    return given | {d.name for d in trial.sides.inputs if given and d.default is not None}


def refuted(claim: Claim, model: Model, survey: Survey) -> Verdict:
    """The verdict on a claim that fails: made small, with the slip that explains it."""
    from symderive.verify.claims.corrections import other_digits, other_relation
    from symderive.verify.claims.kinks import within
    from symderive.verify.claims.slips import explain_slip

    trial, failed = survey.trial, survey.failed
    if failed is None:
        raise NotSupportedError("a claim that does not fail cannot be refuted")

    def failing(point: Point) -> tuple[dict[Index, int], tuple[Any, Any]] | None:
        for env, sides, outcome in trial.outcomes(point):
            if outcome == "fails" and not (slopes and within(trial, point, env, sides)):
                return dict(env), sides
        return None

    comparisons = trial.comparisons
    # What is another subgradient is no counterexample, unless nothing else was found.
    slopes = _has_kinks(claim) and not within(trial, failed.point, dict(failed.env), failed.sides)
    fixed = given_names(claim, trial)
    written = isinstance(claim.right, tuple)
    if not (fixed or written):
        failed = _at_smaller_sizes(trial, failed, failing)
    smallest = shrink(failed, trial.sides.inputs, fixed, failing, trial.effort, sizes_stay=written)
    if claim.relation == "~":
        constant = _is_constant(trial, survey)
        slip, corrected = other_digits(claim, trial, failed.point) if constant else ("", "")
    elif claim.relation == "=":
        slip, corrected = explain_slip(claim, model, survey)
    else:
        slip, corrected = other_relation(claim, lambda other: holds(other, model, closely=True))
    return Verdict(
        claim,
        "refuted",
        _failing(claim, irrational=survey.irrational),
        comparisons,
        DIGITS,
        survey.tried_sizes,
        written_down(claim, trial, smallest),
        slip,
        corrected,
    )


def _failing(claim: Claim, *, irrational: bool) -> str:
    where = f", at a number found to {DEEPLY} digits" if irrational else ""
    differ = claim.relation in ("=", "~")
    return f"{'the two sides differ' if differ else 'it does not hold'} here{where}"


def _has_kinks(claim: Claim) -> bool:
    """Whether a claim may name another subgradient: a first derivative of one expression."""
    return (
        claim.relation == "="
        and isinstance(claim.left, DerivativeOf)
        and not any(isinstance(node, DerivativeOf) for node in subexpressions(claim.left.of))
    )


def holds(claim: Claim, model: Model, *, closely: bool = False) -> bool:
    """Whether nothing speaks against ``claim`` where it is tried: quickly, or as if it were made.

    >>> from symderive.catalog import softmax_nll
    >>> from symderive.notation.sym import read_claim
    >>> model = softmax_nll()
    >>> [holds(read_claim(f"p[i, j] {r} 1", model), model, closely=True) for r in ("<", "<=")]
    [False, True]
    """
    survey = survey_of(claim, model)
    survey.look(QUICK)
    if closely and survey.failed is None:
        survey.look_long()
        survey.look_at_larger_sizes()
        if survey.failed is None:
            _on_pieces(claim, survey)
        survey.look_between_fractions()
    return survey.failed is None and survey.trial.comparisons > 0


def _is_constant(trial: Trial, survey: Survey) -> bool:
    """Whether the left side of a rounded number has one value at each position wherever tried."""
    seen: dict[tuple[int, ...], Any] = {}
    points = islice(claim_points(trial.sides, trial.claim), _FEW)
    for point in (*points, *(found.point for found in (survey.failed,) if found)):
        evaluator = trial.at(point)
        for env in trial.environments(point, evaluator):
            value = trial.evaluate(evaluator, trial.sides.parts[0], env)
            first = seen.setdefault(tuple(env.values()), value)
            if not (is_nan(value) or is_nan(first) or alike(value, first, DIGITS)):
                return False
    return True


def _at_smaller_sizes(
    trial: Trial,
    failed: Found,
    failing: Callable[[Point], tuple[dict[Index, int], tuple[Any, Any]] | None],
) -> Found:
    """A failure with smaller axes, if one is quickly found."""
    trial.effort.more(SMALLER)
    for point in smaller_points(trial.sides, failed.point):
        still = failing(point)
        if still is not None:
            return Found(point, *still)
        if trial.effort.over:
            break
    return failed


def written_down(claim: Claim, trial: Trial, found: Found) -> Any:
    """The counterexample, with the axes of everything that has a value at the point."""
    axes = {d.name: d.tensor.axes for d in trial.sides.inputs}
    axes |= {e.name: e.tensor.axes for e in trial.sides.equations if e.name in found.point.inputs}
    left, right = found.sides
    if claim.relation == "~":
        right = trial.real(right.value)
    return counterexample(found.point, found.env, axes, (left, right))
