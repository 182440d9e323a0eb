"""Whether a change to the right side of a claim may set it right: a quick look, in floats."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sympy.core.expr import Expr

from symderive.errors import SymderiveError
from symderive.expr import Element, Index, Tensor
from symderive.model.claims import Claim
from symderive.model.evaluate import FLOAT, Compiled, Evaluator, Point, Position
from symderive.model.fields import is_nan
from symderive.model.model import Equation, Model
from symderive.model.points import points
from symderive.verify.claims.compare import Trial
from symderive.verify.claims.effort import Effort
from symderive.verify.claims.sampling import exact
from symderive.verify.claims.sides import Sides
from symderive.verify.claims.slips.places import Place

#: The array that stands at a place for what is tried there.
_HOLE = "place'"
#: Floats that differ by less, relative to the larger one, may be equal.
_NEAR, _NOTHING = 1e-8, 1e-12
#: Where the claim is looked at: this often where it fails, and where it holds.
FAILING, HOLDING = 10, 4
#: So many of each at one point, and positions there that are looked at.
EACH, _LOOKED_AT = 2, 12
#: Digits of values that tell two candidates apart, and samples at which they do.
_DIGITS, _TRACED = 9, 7
#: Points of many sizes, the work for them, and what an operation in floats is worth.
MOST_WIDE, WIDELY, _CHEAP = 40, 60_000, 0.1
#: What goes wrong with numbers says nothing of a claim.
_WRONG = (SymderiveError, ArithmeticError, ValueError, IndexError)


@dataclass
class Sample:
    """One position at one point, and the value that the right side should have there."""

    point: Point
    env: Mapping[Index, int]
    left: float
    base: Evaluator
    known: Mapping[str, Mapping[Position, Any]]


class _Lazy(Mapping[Position, Any]):
    """The values of an array, each computed when it is asked for."""

    def __init__(self, value: Callable[[Position], Any]) -> None:
        self._value = value
        self._memo: dict[Position, Any] = {}

    def __getitem__(self, position: Position) -> Any:
        if position not in self._memo:
            self._memo[position] = self._value(position)
        return self._memo[position]

    def __contains__(self, position: object) -> bool:
        return True

    def __iter__(self) -> Iterator[Position]:
        return iter(self._memo)

    def __len__(self) -> int:
        return len(self._memo)


@dataclass
class Screen:
    """Samples of one claim, and how right sides do at them."""

    trial: Trial
    equations: Sequence[Equation]
    samples: list[Sample] = field(default_factory=list)
    looks: int = 0

    def __post_init__(self) -> None:
        self.compiled = Compiled(self.equations, FLOAT)

    def take(self, points: Iterable[Point], claimed: Expr) -> None:
        """Positions at ``points`` where the claim fails, and a few where it holds.

        A few of each point, so that the points are of many kinds.
        """
        failing: list[Sample] = []
        holding: list[Sample] = []
        for point in points:
            if len(failing) >= FAILING:
                break
            most = [EACH, EACH]
            for sample in islice(self._at(point), _LOOKED_AT):
                value = self.value(sample, claimed)
                fails = not near(value, sample.left)
                if not is_nan(value) and most[fails] > 0:
                    (failing if fails else holding).append(sample)
                    most[fails] -= 1
        step = max(1, len(holding) // HOLDING)
        self.samples = [*failing, *holding[::step][:HOLDING]]

    def _at(self, point: Point) -> Iterator[Sample]:
        trial = self.trial
        try:
            sides = trial.sides.at(point, FLOAT)
            base = Evaluator(self.compiled, point)
            known = {
                e.name: _Lazy(lambda at, e=e: base.value(e.name, at))  # type: ignore[misc]
                for e in self.equations
            }
            for env in list(trial.environments(point, sides)):
                left = trial.evaluate(sides, trial.sides.parts[0], env)
                if math.isfinite(left):
                    yield Sample(point, env, float(left), base, known)
        except _WRONG:
            return

    def value(self, sample: Sample, expr: Expr, more: Mapping[Index, int] | None = None) -> float:
        """The value of an expression of the model at a sample; nan where it has none."""
        try:
            return float(sample.base.evaluate(expr, {**sample.env, **(more or {})}))
        except _WRONG:
            return math.nan

    def trace(self, expr: Expr, letters: tuple[Index, ...]) -> tuple[float, ...]:
        """Values that tell candidates apart, at positions of ``letters``."""
        found = []
        for number, sample in enumerate(self.samples[:_TRACED]):
            for shift in (number, number + 1) if letters else (0,):
                at = {i: (shift + k) % sample.point.sizes[i.axis] for k, i in enumerate(letters)}
                found.append(_rounded(self.value(sample, expr, at)))
        return tuple(found)

    def hole(self, place: Place) -> Hole:
        """The right side with ``place`` open."""
        letters = (*place.letters, *self.trial.claim.free)
        tensor = Tensor(_HOLE, [i.axis for i in letters])
        return Hole(self, letters, place.rebuild(Element(tensor, *letters)))


@dataclass
class Hole:
    """A right side with something else at one place."""

    screen: Screen
    letters: tuple[Index, ...]
    whole: Expr

    def fits(self, new: Expr) -> bool:
        """Whether the right side is as it should be, at all samples, with ``new`` there."""
        return all(self._fits(sample, new) for sample in self.screen.samples)

    def _fits(self, sample: Sample, new: Expr) -> bool:
        self.screen.looks += 1
        base = sample.base

        def value(at: Position) -> Any:
            return base.evaluate(new, dict(zip(self.letters, at, strict=True)))

        inputs = {**sample.point.inputs, _HOLE: _Lazy(value)}
        try:
            evaluator = Evaluator(
                self.screen.compiled, Point(sample.point.sizes, inputs), FLOAT, sample.known
            )
            return near(evaluator.evaluate(self.whole, sample.env), sample.left)
        except _WRONG:
            return False


def holds_widely(claim: Claim, model: Model) -> bool:
    """Whether ``claim`` holds at points of many sizes, looked at in floats, closely in doubt."""
    if claim.point:
        return True
    trial = Trial(model, claim, effort=Effort(WIDELY))
    for point in islice(wide_points(trial.sides), MOST_WIDE):
        if _differs(trial, point) and any(o == "fails" for *_, o in trial.outcomes(point)):
            return False
        if trial.effort.over:
            break
    return True


def _differs(trial: Trial, point: Point) -> bool:
    """Whether the sides may differ somewhere at ``point``."""
    try:
        evaluator = trial.sides.at(point, FLOAT, trial.effort, _CHEAP)
        for env in trial.environments(point, evaluator):
            left, right = trial.values(evaluator, env)
            if is_nan(left) and is_nan(right):
                continue
            if not near(left, right):
                return True
    except _WRONG:
        return True
    return False


def wide_points(sides: Sides, seed: int = 3) -> Iterator[Point]:
    """Points of sizes at random, each axis on its own."""
    rng = random.Random(seed)  # noqa: S311 - points, not secrets
    stub = Model("", (), ())
    while True:
        sizes = [rng.choice((1, 2, 2, 3, 3, 4)) for _ in sides.axes] or [1]
        found = points(stub, rng, sizes, also=sides.inputs, most_labels=3, exactly=True)
        for point in islice(found, rng.randrange(3), 3):
            missing = {axis: rng.choice((1, 2, 3)) for axis in sides.axes}
            inputs = {n: {p: exact(v) for p, v in t.items()} for n, t in point.inputs.items()}
            yield Point({**missing, **point.sizes}, inputs)


def near(one: float, other: float) -> bool:
    """Whether two floats may be one number."""
    return bool(abs(one - other) <= _NEAR * max(abs(one), abs(other)) + _NOTHING)


def _rounded(value: float) -> float:
    if not math.isfinite(value) or value == 0:
        return value
    return round(value, _DIGITS - math.floor(math.log10(abs(value))))
