"""Checks every line of a derivation against the one before it, at points, before it is printed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sympy import Pow

from symderive.derive.derivation import Derivation
from symderive.derive.display import (
    Adjoint,
    Block,
    Derivative,
    Display,
    Leaf,
    Partial,
    Step,
    Total,
    parts,
)
from symderive.errors import CheckError, InputError
from symderive.expr import TRUE, Index, free_indices, subexpressions
from symderive.model import Equation, Model
from symderive.model.evaluate import Compiled, Evaluator
from symderive.model.points import positions
from symderive.verify.meaning import (
    DifferError,
    Meaning,
    Reading,
    Sayings,
    UndefinedError,
    close_enough,
)
from symderive.verify.missing import missing_positions
from symderive.verify.sampling import ordinary_points, some

#: Points for one derivation; sizes and patterns of coincidence are spread over them.
MOST_POINTS = 24
#: What follows the rules of differentiation: it should divide by nothing that they do not.
_AFTER_RULES = ("collect", "put back")
#: Assignments of the free indices at one point.
MOST_ASSIGNMENTS = 30


@dataclass(frozen=True)
class LineEvidence:
    """What was checked: lines, comparisons made, and the worst relative difference."""

    lines: int
    comparisons: int
    worst: float


def check_derivation(derivation: Derivation, seed: int = 0) -> LineEvidence:
    """Check each line of ``derivation``; raise :class:`CheckError` on one that is wrong.

    Sizes from 1 to 3, labels in every pattern, positions of the free indices in every pattern,
    smooth values and round ones (which meet kinks and ties exactly).
    """
    return check_derivations([derivation], seed)[0]


def check_derivations(derivations: Sequence[Derivation], seed: int = 0) -> list[LineEvidence]:
    """Check each line of each derivation, as :func:`check_derivation`.

    Those of one model are checked at the same points, where each value is computed once.
    """
    checkers = [_Checker(derivation) for derivation in derivations]
    together: dict[tuple[int, tuple[Equation, ...]], list[_Checker]] = {}
    for checker in checkers:
        key = (id(checker.derivation.model), checker.derivation.working.equations)
        together.setdefault(key, []).append(checker)
    for (_, equations), group in together.items():
        compiled = Compiled(equations)
        sayings = Sayings(compiled)
        for checker in group:
            checker.read(sayings)
        for point in some(list(ordinary_points(group[0].derivation.model, seed)), MOST_POINTS):
            missing = missing_positions(compiled, point)
            meaning = Meaning(Evaluator(compiled, point, overrides=missing), sayings)
            for checker in group:
                checker.check(meaning, anywhere=not any(missing.values()))
    return [LineEvidence(checker.count, checker.made, checker.worst) for checker in checkers]


@dataclass(frozen=True)
class _Line:
    """A step with the left side of its chain and its free indices."""

    block: Block
    step: Step
    left: Display
    letters: tuple[Index, ...]


class _Checker:
    """Checks the lines of one derivation at one point after the other."""

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        self.lines: list[_Line] = []
        self.readings: list[tuple[_Line, Reading | None, Reading, Reading]] = []
        self.count, self.made, self.worst = 0, 0, 0.0
        #: A symbolic power is differentiated by dividing by its base.
        self.powers = any(
            isinstance(node, Pow) and not node.exp.is_number
            for equation in derivation.working.equations
            for node in subexpressions(equation.rhs)
        )
        self.divides = self.powers  # or a step on the way to a result has no value at the point
        for block in derivation.blocks:
            if block.kind in ("stabilise", "update"):
                continue
            for step in block.steps:
                self.count += 1
                if block.kind == "definitions":
                    _check_definition(derivation.working, block, step)
                else:
                    left = chain_left(block, step)
                    letters = tuple(free_letters(block, step, left))
                    self.lines.append(_Line(block, step, left, letters))

    def read(self, sayings: Sayings) -> None:
        """Compile all lines, for all points."""
        for line in self.lines:
            given = line.block.case
            case = None if given is TRUE else sayings.reading(given, line.letters)
            left, right = (
                sayings.reading(side, line.letters) for side in (line.left, line.step.right)
            )
            self.readings.append((line, case, left, right))

    def check(self, meaning: Meaning, *, anywhere: bool) -> None:
        """Compare both sides of every line; ``anywhere`` says that every position exists."""
        sayings = meaning.sayings
        self.divides = self.powers
        for line, case, left, right in self.readings:
            found = positions([index.axis for index in line.letters], meaning.sizes)
            for position in some(found, MOST_ASSIGNMENTS):
                frame = sayings.frame(left.slots, position)
                try:
                    if case is None or case.code(meaning, frame):
                        one = left.code(meaning, frame)
                        self._compare(line, one, right.code(meaning, frame))
                except UndefinedError:
                    self.divides |= _is_of_rules(line.step)
                except InputError:  # something is looked up at a position that does not exist
                    if anywhere:
                        raise
                except DifferError as differ:
                    env = dict(zip(line.letters, position, strict=True))
                    self._again(line, meaning.exactly, env, differ)

    def _again(
        self, line: _Line, meaning: Meaning, env: Mapping[Index, int], differ: DifferError
    ) -> None:
        """Compare the sides of a line with many digits; raise what the first time was found."""
        try:
            if meaning.holds(line.block.case, env):
                self._compare(
                    line, meaning.value(line.left, env), meaning.value(line.step.right, env)
                )
        except UndefinedError:
            return
        except DifferError:
            # Where the model itself has no number, what differs by it is neither right nor wrong.
            lost = meaning.names_infinity or (
                math.isnan(differ.other) and self.divides and self._holds_beside(line, meaning, env)
            )
            if not lost and meaning.is_settled:
                raise _wrong(self.derivation, line, differ, env) from None

    def _holds_beside(self, line: _Line, meaning: Meaning, env: Mapping[Index, int]) -> bool:
        """Whether both sides are equal numbers next to the point, where one of them is 0 / 0."""
        for way in (1, -1):
            near = meaning.beside(self.derivation.model.declarations, way)
            try:
                if not near.holds(line.block.case, env):
                    continue
                one, other = near.value(line.left, env), near.value(line.step.right, env)
            except UndefinedError:
                continue
            if math.isfinite(one) and math.isfinite(other):
                return close_enough(one, other)
        return False

    def _compare(self, line: _Line, one: float, other: float) -> None:
        if not close_enough(one, other):
            if math.isnan(other) and line.step.level != "result":
                self.divides |= _is_of_rules(line.step)
                return
            raise DifferError(line.left, line.step.right, one, other)
        if math.isnan(one):  # there is nothing that it could differ from
            return
        self.made += 1
        if math.isfinite(one) and math.isfinite(other):
            self.worst = max(self.worst, abs(one - other) / max(1.0, abs(one), abs(other)))


def _is_of_rules(step: Step) -> bool:
    """Whether ``step`` is made by rules of differentiation alone."""
    return step.level != "result" and step.rule not in _AFTER_RULES


def chain_left(block: Block, step: Step) -> Display:
    """The left side of the chain that ``step`` belongs to."""
    left: Display | None = None
    for candidate in block.steps:
        if candidate.left is not None:
            left = candidate.left
        if candidate is step:
            break
    if left is None:
        raise CheckError(f"a block of kind {block.kind} has a step without a left side")
    return left


def free_letters(block: Block, step: Step, left: Display) -> list[Index]:
    """The free indices of a line, in order of their letters."""
    found: set[Index] = set(free_indices(block.case))
    for display in (left, step.right):
        found |= free_in(display)
    return sorted(found, key=lambda index: index.name)


def free_in(display: Display) -> set[Index]:
    """The free indices of a display: those that its value depends on."""
    match display:
        case Total(indices, cond, body):
            return (free_in(body) | free_indices(cond)) - set(indices)
        case Leaf(expr):
            return free_indices(expr)
        case Partial(of, wrt) | Adjoint(of, wrt):
            return free_indices(of, wrt)
        case Derivative(body, wrt):
            return free_in(body) | free_indices(wrt)
    return set().union(*(free_in(part) for part in parts(display)))


def _check_definition(model: Model, block: Block, step: Step) -> None:
    """A definition that is shown is the model's own."""
    if isinstance(step.left, Leaf) and isinstance(step.right, Leaf):
        element = step.left.expr
        equation: Equation | None = model.equation(element.tensor.name)
        if equation is not None and (equation.element, equation.rhs) == (element, step.right.expr):
            return
    raise CheckError(f"{model.name}: a {block.kind} block shows what is no equation of the model")


def _wrong(
    derivation: Derivation, line: _Line, differ: DifferError, env: Mapping[Index, int]
) -> CheckError:
    where = ", ".join(f"{index.name} = {value}" for index, value in env.items())
    return CheckError(
        f"{derivation.model.name}: the line '{line.step.rule}' of block '{line.block.kind}'"
        f" ({derivation.goal.of} by {derivation.goal.wrt}) is wrong at {where}:"
        f" {differ.one!r} became {differ.other!r}"
    )
