"""Variants of a right side with one thing changed inside of it, found by numbers first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from sympy.core.expr import Expr

from symderive.expr import Element, Index, Tensor, subexpressions
from symderive.model.claims import Claim, DerivativeOf
from symderive.model.evaluate import Point
from symderive.model.model import Model
from symderive.verify.claims.compare import Trial
from symderive.verify.claims.slips.candidates import Candidates, conditions
from symderive.verify.claims.slips.edits import MOST_CLOSE, Kind, Workshop, edits
from symderive.verify.claims.slips.places import Letters, places
from symderive.verify.claims.slips.screening import Screen, wide_points
from symderive.verify.claims.slips.variants import Variant, worded

#: Places of one right side that are looked at.
MOST_PLACES = 60


class Inside:
    """Variants of ``claim`` with one term, factor, index, .. changed."""

    def __init__(
        self, claim: Claim, model: Model, trial: Trial, tries: Sequence[Point], truth: Expr | None
    ) -> None:
        self.claim, self.model, self.trial, self.truth = claim, model, trial, truth
        self.screen = Screen(trial, model.equations)
        self.claimed = claim.right
        if isinstance(self.claimed, Expr) and not _has_slopes(self.claimed):
            self.screen.take(_mixed(claim, trial, tries), self.claimed)
            self.letters = Letters(_preferred(claim, model), claim.free)
            self.places = list(islice(places(self.claimed, self.letters), MOST_PLACES))
            self.shop = self._shop(self.claimed)

    def _shop(self, claimed: Expr) -> Workshop:
        model, letters, equations = self.model, self.letters, self.trial.sides.equations
        sources = [expr for expr in (self.truth, claimed) if expr is not None]
        labels = [_element(t) for t in map(model.tensor, model.names) if t.label_of is not None]
        every = [*sources, *(e.rhs for e in equations)]
        pool = dict.fromkeys(c for expr in every for c in conditions(expr, letters))
        return Workshop(
            Candidates(self.screen, sources, self.truth, equations, letters, labels),
            model.axes,
            self.claim.free,
            letters,
            list(pool),
            lambda expr, avoid: worded(model, expr, avoid),
        )

    def variants(self, kinds: Sequence[Kind]) -> Iterator[Variant]:
        """Those of some kinds, the likeliest first."""
        if self.screen.samples:
            found = edits(kinds, self.places, self.shop, self.screen)
            for edit in islice(found, MOST_CLOSE):
                right = edit.place.rebuild(edit.new)
                yield Variant(self.shop.sentence(edit), right, screened=True)


def _has_slopes(expr: Expr) -> bool:
    return any(isinstance(node, DerivativeOf) for node in subexpressions(expr))


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
