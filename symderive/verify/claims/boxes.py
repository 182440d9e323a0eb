"""A domain cut into pieces, with a claim certain on each: proofs for a few real variables."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise, product
from typing import Any, TypeAlias

from sympy import S
from sympy.core.expr import Expr

from symderive.errors import CheckError, InputError
from symderive.expr import TRUE
from symderive.model.claims import Claim
from symderive.model.evaluate import Evaluator, Point
from symderive.model.model import Declaration, Domain
from symderive.verify.claims.compare import Trial
from symderive.verify.claims.intervals import NOWHERE, UndecidedError
from symderive.verify.claims.ranges import Range, RangeField
from symderive.verify.claims.sampling import constants, exact

#: Operations for one proof; pieces; digits; scalars; open comparisons on one piece.
WORK, MOST, DIGITS, MOST_SCALARS, MOST_OPEN = 250_000, 3000, 25, 3, 4
#: Powers of ten that are looked at beyond.
VERY_FAR = (8, 10, 13, 20, 40, 100, 300)
#: How many pieces may stay open, as small as they go, before the search ends.
MOST_STUCK = 12
#: Beyond it, an unbounded piece is not cut any more; nor is one that is narrower than that.
FAR, NARROW = 2**20, Fraction(1, 2**30)

#: From where to where one scalar goes: fractions, or infinite floats.
Side: TypeAlias = "tuple[Any, Any]"
_SHAPES = {"increasing": (1, 1), "decreasing": (1, -1), "convex": (2, 1), "concave": (2, -1)}


@dataclass(frozen=True)
class Cover:
    """How many pieces cover the domain, the claim certain on each (0 without a proof).

    ``found`` is what refutes the claim on a piece that stayed open.
    """

    pieces: int
    found: Any = None


def cover(
    claim: Claim,
    trial: Trial,
    along: Declaration | None,
    look: Callable[[Point, Fraction], Any],
) -> Cover:
    """Cut the domain of a claim about a few scalars into pieces on which it is certain.

    That is the sign of the first or second derivative for a shape, of the difference of the sides
    for an inequality (or of its derivatives, from an end of the piece on which it holds). Pieces
    that stay open close in on where the claim fails: ``look`` is asked at the middle of each, and
    told its width.
    """
    inputs = trial.sides.inputs
    if not 0 < len(inputs) <= MOST_SCALARS or trial.sides.axes or claim.point:
        return Cover(0)
    if along is not None and (trial.sides.slopes or claim.given != TRUE or along.domain.values):
        return Cover(0)
    numbers = constants(trial.sides)
    trial.effort.more(WORK)
    piece = _Piece(claim, trial, along)
    sides = [list(_first_sides(d.domain, numbers)) for d in inputs]
    waiting = [dict(zip((d.name for d in inputs), box, strict=True)) for box in product(*sides)]
    done = stuck = 0
    while waiting:
        box = waiting.pop()
        with piece.field.working():
            certain = piece.holds_on(box)
        if certain:
            done += 1
            continue
        middle = {name: _middle(*side) for name, side in box.items()}
        halves = _cut(box, middle)
        for place in (middle, *([] if halves else _farther(box, middle))):
            found = look(*_at_middle(place, box))
            if found is not None:
                return Cover(0, found)
        waiting += halves
        stuck += not halves
        if stuck > MOST_STUCK or done + len(waiting) > MOST or trial.effort.over:
            return Cover(0)
    return Cover(0 if stuck else done)


def _at_middle(middle: dict[str, Fraction], box: dict[str, Side]) -> tuple[Point, Fraction]:
    """The point in the middle of a piece, and how far the ends of its widest side are from it."""
    tables: dict[str, Any] = {name: {(): exact(value)} for name, value in middle.items()}
    widths = [high - low for low, high in box.values() if high - low < math.inf]
    return Point({}, tables), max(widths, default=Fraction(1)) / 2


def _first_sides(domain: Domain, numbers: list[Any]) -> Iterator[Side]:
    """The domain of one scalar, cut at 0 and at the constants of the claim."""
    if domain.values:
        for value in domain.values:
            yield value, value
        return
    low, high = _end(domain.low), _end(domain.high)
    inner = sorted({Fraction(n) for n in (0, 1, -1, *numbers) if low < n < high})
    yield from pairwise([low, *inner, high])


def _end(value: Expr) -> Any:
    if value in (S.Infinity, S.NegativeInfinity):
        return math.inf if value == S.Infinity else -math.inf
    return Fraction(int(value.p), int(value.q)) if value.is_Rational else Fraction(float(value))


def _middle(low: Any, high: Any) -> Any:
    """A number inside a side, farther out each time where it is unbounded."""
    if low == -math.inf and high == math.inf:
        return Fraction(0)
    if high == math.inf:
        return max(2 * low, Fraction(2))
    if low == -math.inf:
        return min(2 * high, Fraction(-2))
    return (low + high) / 2


def _farther(box: dict[str, Side], middle: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Places on a piece whose unbounded sides are cut no more, ever farther out on them."""
    open_to = [name for name, side in box.items() if math.inf in map(abs, side)]
    for power in VERY_FAR if open_to else ():
        sign = {name: 1 if box[name][1] == math.inf else -1 for name in open_to}
        yield {**middle, **{name: Fraction(sign[name] * 10**power) for name in open_to}}


def _cut(box: dict[str, Side], middle: dict[str, Any]) -> list[dict[str, Side]]:
    """The halves of a piece along its widest side; nothing if it should be cut no more."""
    name = max(box, key=lambda n: box[n][1] - box[n][0])
    low, high = box[name]
    if abs(middle[name]) > FAR or high - low < NARROW:
        return []
    return [{**box, name: (low, middle[name])}, {**box, name: (middle[name], high)}]


class _Piece:
    """Decides a claim on a piece of its domain."""

    def __init__(self, claim: Claim, trial: Trial, along: Declaration | None) -> None:
        self.claim, self.trial, self.along = claim, trial, along
        self.field = RangeField(DIGITS)
        self.names = [d.name for d in trial.sides.inputs]
        self.wrt = (self.names[0], ())
        self.edges = {
            (d.name, _end(end))
            for d in trial.sides.inputs
            for end, closed in (
                (d.domain.low, d.domain.low_closed),
                (d.domain.high, d.domain.high_closed),
            )
            if not closed and end.is_finite
        }

    def holds_on(self, box: dict[str, Side]) -> bool:
        """Whether the claim is certain on all of ``box``."""
        try:
            if self.along is not None:
                order, sign = _SHAPES[self.claim.relation]
                return self._sign(box, (self.along.name, ()), order, sign)
            if self.claim.given != TRUE and self._excluded(box):
                return True
            return self._on_every_branch(box) or self._from_an_end(box)
        except (UndecidedError, OverflowError, ZeroDivisionError, CheckError, InputError):
            return False

    def _at(self, box: dict[str, Side]) -> Evaluator:
        inputs: dict[str, dict[tuple[int, ...], Any]]
        inputs = {
            name: {(): self.field.between(*side, *self._open(name, side))}
            for name, side in box.items()
        }
        return self.trial.surely_at(Point({}, inputs), self.field)

    def _open(self, name: str, side: Side) -> tuple[bool, ...]:
        """Which ends of a side are no part of the domain; one number has none."""
        if side[0] == side[1]:
            return ()
        return tuple(abs(end) == math.inf or (name, end) in self.edges for end in side)

    def _plain(self, evaluate: Callable[[], Any]) -> Any:
        """The range of a value, found without a choice between branches."""
        self.field.answers, self.field.asked = [], 0
        found = evaluate()
        if found is NOWHERE:
            raise UndecidedError
        return found

    def _excluded(self, box: dict[str, Side]) -> bool:
        given = self.trial.sides.parts[1]
        try:
            return not self._plain(lambda: self._at(box).evaluate(given, {}))
        except UndecidedError:
            return False

    def _on_every_branch(self, box: dict[str, Side]) -> bool:
        """Whether the sides are apart, whichever way open comparisons are answered."""
        waiting: list[list[bool]] = [[]]
        while waiting:
            answers = waiting.pop()
            self.field.answers, self.field.asked = answers, 0
            try:
                left, right = self.trial.values(self._at(box), {})
                if left is NOWHERE or right is NOWHERE or not self._related(left, right):
                    return False
            except UndecidedError:
                if self.field.asked <= len(answers) or len(answers) == MOST_OPEN:
                    return False
                waiting += [[*answers, False], [*answers, True]]
        return True

    def _related(self, left: Any, right: Any) -> bool:
        match self.claim.relation:
            case "<" | "<=":
                return bool(left.below(right, strictly=self.claim.relation == "<"))
            case ">" | ">=":
                return bool(right.below(left, strictly=self.claim.relation == ">"))
        return False

    def _sign(self, box: dict[str, Side], wrt: Any, order: int, sign: int) -> bool:
        """Whether a derivative of the left side has one sign on ``box``."""
        left: Any = self.trial.sides.parts[0]
        found = self._plain(lambda: self._at(box).derivative(left, {}, *[wrt] * order))
        return _signed(found, sign)

    def _from_an_end(self, box: dict[str, Side]) -> bool:
        """Whether it holds at an end, and the difference grows from there.

        The first derivative has the right sign on the piece; or it has at the end, and the second
        one on the piece.
        """
        relation = self.claim.relation
        if len(box) > 1 or self.trial.sides.slopes or relation not in ("<=", ">=", "<", ">"):
            return False
        (name,) = box
        up = 1 if relation.startswith(">") else -1
        low, high = box[name]
        ends = [(end, way) for end, way in ((low, 1), (high, -1)) if abs(end) != math.inf]
        return any(self._from(box, {name: (end, end)}, way, up) for end, way in ends)

    def _from(self, box: dict[str, Side], start: dict[str, Side], way: int, up: int) -> bool:
        def slope(where: dict[str, Side], order: int) -> Any:
            left, right = self.trial.sides.parts[0], self.trial.sides.parts[2]
            wrt = [self.wrt] * order
            one = self._plain(lambda: self._at(where).derivative(left, {}, *wrt))
            other = self._plain(lambda: self._at(where).derivative(right, {}, *wrt))
            return one + -other

        try:
            left, right = self._plain(lambda: self.trial.values(self._at(start), {}))
            if left is NOWHERE or right is NOWHERE or not self._related(left, right):
                return False
            if _signed(slope(box, 1), way * up):
                return True
            return _signed(slope(start, 1), way * up) and _signed(slope(box, 2), up)
        except UndecidedError:
            return False


def _signed(found: Range, sign: int) -> bool:
    """Whether a range is on one side of 0."""
    if not isinstance(found, Range):
        raise UndecidedError
    zero = found.field.inner.zero
    return bool(found.low >= zero if sign > 0 else found.high <= zero)
