"""Variants of a right side with one thing changed inside of it, found by numbers first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from sympy.core.expr import Expr

from symderive.model.claims import Claim
from symderive.model.evaluate import Point
from symderive.model.model import Model
from symderive.verify.claims.candidates import Candidates, conditions
from symderive.verify.claims.compare import Trial
from symderive.verify.claims.edits import MOST_CLOSE, Workshop, edits
from symderive.verify.claims.places import Letters, places
from symderive.verify.claims.screening import Screen
from symderive.verify.claims.variants import Variant, worded

#: Places of one right side that are looked at.
MOST_PLACES = 60


def of_its_parts(
    claim: Claim, model: Model, trial: Trial, tries: Sequence[Point], truth: Expr | None
) -> Iterator[Variant]:
    """Variants of ``claim`` with one term, factor, index, .. changed, the likeliest first."""
    claimed = claim.right
    if not isinstance(claimed, Expr):
        return
    screen = Screen(trial)
    screen.take(tries, claimed)
    if not screen.samples:
        return
    letters = Letters(_preferred(claim, model), claim.free)
    found = list(islice(places(claimed, letters), MOST_PLACES))
    sources = [expr for expr in (truth, claimed) if expr is not None]
    candidates = Candidates(screen, sources, truth, trial.sides.equations, letters)
    pool = dict.fromkeys(c for expr in sources for c in conditions(expr, letters))
    shop = Workshop(
        candidates, model.axes, claim.free, letters, list(pool), lambda expr: worded(model, expr)
    )
    for edit in islice(edits(found, shop, screen), MOST_CLOSE):
        yield Variant(shop.sentence(edit), edit.place.rebuild(edit.new))


def _preferred(claim: Claim, model: Model) -> list[object]:
    """The letters of the model, those first that the claim is written with."""
    return sorted(model.notation.letters, key=lambda i: f"[{i.name}" not in claim.text)
