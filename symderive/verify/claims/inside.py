"""Variants of a right side with one thing changed inside of it, found by numbers first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from sympy.core.expr import Expr

from symderive.expr import Element, Index, Tensor
from symderive.model.claims import Claim
from symderive.model.evaluate import Point
from symderive.model.model import Model
from symderive.verify.claims.candidates import Candidates, conditions
from symderive.verify.claims.compare import Trial
from symderive.verify.claims.edits import MOST_CLOSE, Workshop, edits
from symderive.verify.claims.places import Letters, places
from symderive.verify.claims.screening import Screen, wide_points
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
    screen = Screen(trial, model.equations)
    screen.take(_mixed(claim, trial, tries), claimed)
    if not screen.samples:
        return
    letters = Letters(_preferred(claim, model), claim.free)
    found = list(islice(places(claimed, letters), MOST_PLACES))
    sources = [expr for expr in (truth, claimed) if expr is not None]
    labels = [t for t in map(model.tensor, model.names) if t.label_of is not None]
    candidates = Candidates(
        screen, sources, truth, trial.sides.equations, letters, [_element(t) for t in labels]
    )
    every = [*sources, *(e.rhs for e in trial.sides.equations)]
    pool = dict.fromkeys(c for expr in every for c in conditions(expr, letters))
    shop = Workshop(
        candidates,
        model.axes,
        claim.free,
        letters,
        list(pool),
        lambda expr, avoid: worded(model, expr, avoid),
    )
    for edit in islice(edits(found, shop, screen), MOST_CLOSE):
        yield Variant(shop.sentence(edit), edit.place.rebuild(edit.new))


def _preferred(claim: Claim, model: Model) -> list[Index]:
    """The letters of the model, those first that the claim is written with."""
    return sorted(model.notation.letters, key=lambda i: f"[{i.name}" not in claim.text)


def _element(tensor: Tensor) -> Element:
    """An element of ``tensor`` on letters of its own."""
    return Element(tensor, *(Index(f"{a.name.lower()}'{n}", a) for n, a in enumerate(tensor.axes)))


def _mixed(claim: Claim, trial: Trial, tries: Sequence[Point]) -> Iterator[Point]:
    """Points to look at: those that were tried, and others of many sizes, in turn."""
    yield from tries[:1]
    if claim.point:
        yield from tries[1:]
        return
    for one, other in zip(wide_points(trial.sides), [*tries[1:], *tries], strict=False):
        yield from (one, other)
