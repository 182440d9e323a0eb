"""Checks every line of a derivation against the one before it, at points, before it is printed."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.derive.derivation import Derivation
from symderive.derive.display import (
    Adjoint,
    Block,
    Brace,
    Derivative,
    Display,
    Leaf,
    Partial,
    Power,
    Product,
    Quotient,
    Step,
    Sum,
    Total,
    parts,
    walk,
)
from symderive.errors import CheckError, InputError
from symderive.expr import TRUE, Element, Index, Iverson, elements, free_indices
from symderive.model import Equation, Model
from symderive.model.evaluate import Compiled, Evaluator, Point, mp_field
from symderive.model.points import assignments, points, positions
from symderive.verify.missing import NOWHERE, missing_positions
from symderive.verify.sampling import some

#: Lines may differ by rounding, relative to the largest value on the line.
TOLERANCE = 1e-8
#: Where lines seem to differ, what counts is how much they do in so many digits.
DIGITS = 60
#: Points for one derivation; sizes and patterns of coincidence are spread over them.
MOST_POINTS = 24
#: Assignments of the free indices at one point.
MOST_ASSIGNMENTS = 30


@dataclass(frozen=True)
class LineEvidence:
    """What was checked: lines, comparisons made, and the worst relative difference."""

    lines: int
    comparisons: int
    worst: float


class Meaning:
    """Evaluates displays at one point."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.sizes = evaluator.point.sizes
        self.alone: dict[Expr, Evaluator] = {}

    @cached_property
    def exactly(self) -> Meaning:
        """The same at the same point, with many digits: what rounding leaves of 0 is nothing."""
        given = self.evaluator
        compiled = Compiled(given.compiled.equations.values(), mp_field(DIGITS))
        missing = missing_positions(compiled, given.point)
        return Meaning(Evaluator(compiled, given.point, overrides=missing))

    def value(self, display: Display, env: Mapping[Index, int]) -> float:
        """The number that ``display`` stands for where its free indices are ``env``."""
        match display:
            case Leaf(expr):
                return float(self.evaluator.evaluate(expr, env))
            case Partial() | Adjoint() | Derivative():
                return self._derivative(display, env)
            case Product(factors):
                return self._product(factors, env)
            case Sum(terms):
                return _sum(self.value(term, env) for term in terms)
            case Quotient(top, bottom):
                above, below = self.value(top, env), self.value(bottom, env)
                return above / below if below else math.nan
            case Power(base, exponent):
                return float(self.value(base, env) ** float(exponent))
            case Total(indices, cond, body):
                return _sum(
                    self.value(body, inner)
                    for inner in self._inner(indices, env)
                    if self.holds(cond, inner)
                )
            case Brace(body, under):
                above, below = self.value(body, env), self.value(under, env)
                if math.isnan(below):
                    raise _UndefinedError
                if not close_enough(above, below):
                    raise _DifferError(body, under, above, below)
                return above
        raise CheckError(f"a line holds {type(display).__name__}, which has no meaning here")

    def _derivative(
        self, display: Partial | Adjoint | Derivative, env: Mapping[Index, int]
    ) -> float:
        match display:
            case Partial(of, wrt, direct=True):
                equation = self.evaluator.compiled.equations[of.tensor.name]
                places = self._place(of, env)[1]
                inner = dict(zip(equation.indices, places, strict=True))
                return self._alone(equation.rhs, inner, self._place(wrt, env))
            case Derivative(Leaf(expr), wrt, direct=True):
                return self._alone(expr, env, self._place(wrt, env))
            case Partial(of, wrt) | Adjoint(of, wrt) | Derivative(Leaf(of), wrt):
                return float(self.evaluator.derivative(of, env, self._place(wrt, env)))
        raise CheckError(f"a line holds {display}, which has no meaning here")

    def _alone(
        self, expr: Expr, env: Mapping[Index, int], wrt: tuple[str, tuple[int, ...]]
    ) -> float:
        """The derivative of ``expr`` with all other names in it held fixed."""
        if expr not in self.alone:
            used = {element.tensor for element in elements(expr)}
            inputs = {
                tensor.name: {
                    place: self.evaluator.value(tensor.name, place)
                    for place in positions(tensor.axes, self.sizes)
                }
                for tensor in sorted(used, key=lambda tensor: tensor.name)
            }
            field = self.evaluator.compiled.arithmetic.field
            self.alone[expr] = Evaluator([], Point(self.sizes, inputs), field)
        return float(self.alone[expr].derivative(expr, env, wrt))

    def holds(self, cond: Basic, env: Mapping[Index, int]) -> bool:
        """Whether ``cond`` holds."""
        return cond is TRUE or bool(self.evaluator.evaluate(cond, env))

    def _product(self, factors: Iterable[Display], env: Mapping[Index, int]) -> float:
        """A bracket that is 0 makes the product 0, whatever stands beside it."""
        factors = tuple(factors)
        brackets = [f for f in factors if isinstance(f, Leaf) and isinstance(f.expr, Iverson)]
        if any(self.value(bracket, env) == 0 for bracket in brackets):
            return 0.0
        values = [self.value(factor, env) for factor in factors]
        if 0 in values and not all(math.isfinite(value) for value in values):
            # What a condition makes 0 is a strong 0; what happens to be 0 is not.
            zeros = [f for f, value in zip(factors, values, strict=True) if value == 0]
            if any(_is_conditional(factor) for factor in zeros):
                return 0.0
            raise _UndefinedError
        return math.prod(values)

    def _place(self, element: Element, env: Mapping[Index, int]) -> tuple[str, tuple[int, ...]]:
        slots = tuple([self._slot(slot, env) for slot in element.slots])
        if NOWHERE in slots:
            raise _UndefinedError
        return element.tensor.name, slots

    def _slot(self, slot: Expr, env: Mapping[Index, int]) -> int:
        known = env.get(slot) if type(slot) is Index else None
        return int(self.evaluator.evaluate(slot, env)) if known is None else known

    def _inner(
        self, indices: tuple[Index, ...], env: Mapping[Index, int]
    ) -> Iterator[dict[Index, int]]:
        for values in product(*(range(self.sizes[index.axis]) for index in indices)):
            yield {**env, **dict(zip(indices, values, strict=True))}


def _sum(values: Iterable[float]) -> float:
    """The sum of ``values``; infinities of both signs have none."""
    found = list(values)
    if math.inf in found and -math.inf in found:
        return math.nan
    return math.fsum(found)


class _UndefinedError(Exception):
    """0 times infinity: a step on the way has no value here (its result may still have one)."""


def _is_conditional(display: Display) -> bool:
    """Whether a display may be 0 because of a condition."""
    return any(
        isinstance(part, Adjoint) or (isinstance(part, Leaf) and part.expr.has(Iverson))
        for part in walk(display)
    )


class _DifferError(Exception):
    """Two displays that should mean the same do not."""

    def __init__(self, first: Display, second: Display, one: float, other: float) -> None:
        super().__init__(f"{one!r} and {other!r}")
        self.first, self.second, self.one, self.other = first, second, one, other


def close_enough(one: float, other: float) -> bool:
    """Whether two values agree up to rounding; where the reference is undefined, all agree."""
    if math.isnan(one):
        return True
    if math.isinf(one) or math.isinf(other) or math.isnan(other):
        return one == other
    return abs(one - other) <= TOLERANCE * max(1.0, abs(one), abs(other))


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
        rng = random.Random(seed)  # noqa: S311 - points, not secrets
        for point in some(list(points(group[0].derivation.model, rng)), MOST_POINTS):
            missing = missing_positions(compiled, point)
            meaning = Meaning(Evaluator(compiled, point, overrides=missing))
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
        self.count, self.made, self.worst = 0, 0, 0.0
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

    def check(self, meaning: Meaning, *, anywhere: bool) -> None:
        """Compare both sides of every line; ``anywhere`` says that every position exists."""
        memo: dict[tuple[int, tuple[tuple[str, int], ...]], float] = {}
        for line in self.lines:
            found = list(assignments(line.letters, meaning.sizes))
            for env in some(found, MOST_ASSIGNMENTS):
                key = (id(line.left), tuple(sorted((i.name, v) for i, v in env.items())))
                try:
                    if meaning.holds(line.block.case, env):
                        if key not in memo:
                            memo[key] = meaning.value(line.left, env)
                        self._compare(line, memo[key], meaning.value(line.step.right, env))
                except _UndefinedError:
                    continue
                except InputError:  # something is looked up at a position that does not exist
                    if anywhere:
                        raise
                except _DifferError as differ:
                    self._again(line, meaning.exactly, env, differ)

    def _again(
        self, line: _Line, meaning: Meaning, env: Mapping[Index, int], differ: _DifferError
    ) -> None:
        """Compare the sides of a line with many digits; raise what the first time was found."""
        try:
            if meaning.holds(line.block.case, env):
                self._compare(
                    line, meaning.value(line.left, env), meaning.value(line.step.right, env)
                )
        except _UndefinedError:
            return
        except _DifferError:
            raise _wrong(self.derivation, line, differ, env) from None

    def _compare(self, line: _Line, one: float, other: float) -> None:
        if not close_enough(one, other):
            if math.isnan(other) and line.step.level != "result":
                return
            raise _DifferError(line.left, line.step.right, one, other)
        self.made += 1
        if math.isfinite(one) and math.isfinite(other):
            self.worst = max(self.worst, abs(one - other) / max(1.0, abs(one), abs(other)))


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
    derivation: Derivation, line: _Line, differ: _DifferError, env: Mapping[Index, int]
) -> CheckError:
    where = ", ".join(f"{index.name} = {value}" for index, value in env.items())
    return CheckError(
        f"{derivation.model.name}: the line '{line.step.rule}' of block '{line.block.kind}'"
        f" ({derivation.goal.of} by {derivation.goal.wrt}) is wrong at {where}:"
        f" {differ.one!r} became {differ.other!r}"
    )
