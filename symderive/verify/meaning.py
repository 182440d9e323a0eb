"""What displays mean, as closures over the positions of their indices: compiled once for a model.

A value is computed once for each point and each choice of positions that it depends on, however
many lines show it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.derive.display import (
    Adjoint,
    Brace,
    Derivative,
    Display,
    Leaf,
    Partial,
    Power,
    Product,
    Quotient,
    Sum,
    Total,
    walk,
)
from symderive.errors import CheckError, InputError
from symderive.expr import TRUE, Element, Index, Iverson
from symderive.model import Declaration
from symderive.model.closures import Key, Program
from symderive.model.evaluate import FLOAT, Compiled, Evaluator, Point, mp_field
from symderive.model.points import contains
from symderive.model.points import positions as positions_of
from symderive.verify.missing import NOWHERE, missing_positions, named_values, names_infinity

#: Lines may differ by rounding, relative to the largest value on the line.
TOLERANCE = 1e-8
#: Where lines seem to differ, what counts is how much they do in so many digits.
DIGITS = 60

#: Positions of all indices, by their slots in :class:`Sayings`.
Frame: TypeAlias = list[int]


class UndefinedError(Exception):
    """0 times infinity: a step on the way has no value here (its result may still have one)."""


class DifferError(Exception):
    """Two displays that should mean the same do not."""

    def __init__(self, first: Display, second: Display, one: float, other: float) -> None:
        super().__init__(f"{one!r} and {other!r}")
        self.first, self.second, self.one, self.other = first, second, one, other


class Meaning:
    """The values of displays at one point; ``sayings`` are shared between points."""

    def __init__(self, evaluator: Evaluator, sayings: Sayings | None = None) -> None:
        self.evaluator = evaluator
        self.sizes = evaluator.point.sizes
        self.sayings = Sayings(evaluator.compiled) if sayings is None else sayings
        self.memo: dict[tuple[int, ...], float] = {}

    @cached_property
    def exactly(self) -> Meaning:
        """The same at the same point, with many digits: what rounding leaves of 0 is nothing."""
        sayings, point = self.sayings.exactly, self.evaluator.point
        missing = missing_positions(sayings.compiled, point)
        return Meaning(Evaluator(sayings.compiled, point, overrides=missing), sayings)

    def beside(self, declarations: Iterable[Declaration], way: int) -> Meaning:
        """The same with many digits where no real input is a number that is often special.

        Each is moved a little, upward or downward as ``way`` says, within its domain.
        """
        point = self.evaluator.point
        inputs = dict(point.inputs)
        for place, declaration in enumerate(declarations):
            if declaration.tensor.label_of is None:
                moved = {}
                for step, (at, value) in enumerate(point.inputs[declaration.name].items()):
                    other = value + way * (1 + place / 7 + step / 23) / 256
                    moved[at] = other if contains(declaration.domain, other) else value
                inputs[declaration.name] = moved
        sayings = self.sayings.exactly
        near = Point(point.sizes, inputs)
        missing = missing_positions(sayings.compiled, near)
        return Meaning(Evaluator(sayings.compiled, near, overrides=missing), sayings)

    @cached_property
    def names_infinity(self) -> bool:
        """Whether the model names something infinite here: a result need not be a number then."""
        return names_infinity(self.evaluator, self.evaluator.compiled.equations.values())

    @cached_property
    def is_settled(self) -> bool:
        """Whether what the model names is the same in twice as many digits.

        Where it is not, something that is 0 is divided by, or has its logarithm taken.
        """
        equations = tuple(self.evaluator.compiled.equations.values())
        found = []
        for digits in (DIGITS, 2 * DIGITS):
            compiled = Compiled(equations, mp_field(digits))
            point = self.evaluator.point
            missing = missing_positions(compiled, point)
            values = named_values(Evaluator(compiled, point, overrides=missing), equations)
            found.append([float(value) for value in values])
        return all(close_enough(one, other) for one, other in zip(*found, strict=True))

    def value(self, display: Display, env: Mapping[Index, int]) -> float:
        """The number that ``display`` stands for where its free indices are ``env``."""
        reading = self.sayings.reading(display, tuple(env))
        return reading.code(self, self.sayings.frame(reading.slots, tuple(env.values())))

    def holds(self, cond: Basic, env: Mapping[Index, int]) -> bool:
        """Whether ``cond`` holds."""
        return cond is TRUE or bool(self.evaluator.evaluate(cond, env))


#: A number, or for a condition whether it holds.
Code: TypeAlias = Callable[[Meaning, Frame], float]
Place: TypeAlias = Callable[[Meaning, Frame], Key]
Where: TypeAlias = Callable[[Meaning, Frame], int]


@dataclass(frozen=True)
class Reading:
    """A display or a condition as a closure, and the slots of the letters that it depends on."""

    code: Code
    slots: Sequence[int]


class Sayings:
    """Displays and conditions as closures over a frame of positions, each compiled once."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.slots: dict[Index, int] = {}
        self.codes: dict[Display | Basic, tuple[Code, frozenset[Index]]] = {}

    @cached_property
    def exactly(self) -> Sayings:
        """The same with many digits."""
        return Sayings(Compiled(self.compiled.equations.values(), mp_field(DIGITS)))

    def reading(self, said: Display | Basic, letters: Sequence[Index]) -> Reading:
        """A display or a condition whose free indices are among ``letters``."""
        code, reads = self.code(said)
        for index in reads.difference(letters):
            raise InputError(f"{said}: no position is given for the index {index}")
        slots = [self.slot(index) for index in letters]

        return Reading(code, slots)

    def frame(self, slots: Sequence[int], positions: Sequence[int]) -> Frame:
        """A frame in which ``slots`` have these positions."""
        frame = [0] * len(self.slots)
        for slot, position in zip(slots, positions, strict=True):
            frame[slot] = position
        return frame

    def slot(self, index: Index) -> int:
        return self.slots.setdefault(index, len(self.slots))

    def code(self, said: Display | Basic) -> tuple[Code, frozenset[Index]]:
        """``said`` as a closure, and the indices that it depends on."""
        if said not in self.codes:
            code, reads = self._condition(said) if isinstance(said, Basic) else self._code(said)
            slots = sorted(map(self.slot, reads))
            self.codes[said] = _remembered(code, len(self.codes), slots), reads
        return self.codes[said]

    def _condition(self, cond: Basic) -> tuple[Code, frozenset[Index]]:
        program = self.compiled.program(cond)
        slots = self._slots(program)

        def condition(meaning: Meaning, frame: Frame) -> bool:
            return bool(meaning.evaluator.run(program, [frame[slot] for slot in slots]))

        return condition, _reads(program)

    def _code(self, display: Display) -> tuple[Code, frozenset[Index]]:
        match display:
            case Leaf(expr):
                return self._leaf(expr)
            case Partial(of, wrt, direct=True):
                return self._alone_by_places(of, wrt)
            case Derivative(Leaf(expr), wrt, direct=True):
                return self._derivative(expr, wrt, alone=True)
            case Partial(of, wrt) | Adjoint(of, wrt) | Derivative(Leaf(of), wrt):
                return self._derivative(of, wrt, alone=False)
            case Product(factors):
                return self._product(factors)
            case Sum(terms):
                codes, reads = self._all(terms)
                return lambda meaning, frame: _sum([code(meaning, frame) for code in codes]), reads
            case Quotient(top, bottom):
                return self._quotient(top, bottom)
            case Power(base, exponent):
                (code,), reads = self._all([base])
                number = float(exponent)
                return lambda meaning, frame: _power(code(meaning, frame), number), reads
            case Total(indices, cond, body):
                return self._total(indices, cond, body)
            case Brace(body, under):
                return self._brace(body, under)
        raise CheckError(f"a line holds {display}, which has no meaning here")

    def _all(self, displays: Iterable[Display]) -> tuple[list[Code], frozenset[Index]]:
        found = [self.code(display) for display in displays]
        return [code for code, _ in found], frozenset().union(*(reads for _, reads in found))

    def _leaf(self, expr: Expr) -> tuple[Code, frozenset[Index]]:
        program = self.compiled.program(expr)
        slots = self._slots(program)

        def leaf(meaning: Meaning, frame: Frame) -> float:
            return float(meaning.evaluator.run(program, [frame[slot] for slot in slots]))

        return leaf, _reads(program)

    def _derivative(
        self, expr: Expr, wrt: Element, *, alone: bool
    ) -> tuple[Code, frozenset[Index]]:
        program = self.compiled.program(expr)
        slots = self._slots(program)
        place, reads = self._place(wrt)

        def derivative(meaning: Meaning, frame: Frame) -> float:
            key = place(meaning, frame)
            positions = [frame[slot] for slot in slots]
            evaluator = meaning.evaluator
            if alone:
                return float(evaluator.slope_alone(program, positions, key))
            return float(evaluator.slope(program, positions, key))

        return derivative, reads | _reads(program)

    def _alone_by_places(self, of: Element, wrt: Element) -> tuple[Code, frozenset[Index]]:
        """The derivative of the right side of ``of``, with all other names in it held fixed."""
        equation = self.compiled.equations[of.tensor.name]
        program = self.compiled.program(equation.rhs)
        order = program.order(equation.indices)
        place_of, reads = self._place(of)
        place, also = self._place(wrt)

        def derivative(meaning: Meaning, frame: Frame) -> float:
            places = place_of(meaning, frame)
            key = place(meaning, frame)
            positions = [places[place] for _, place in order]
            return float(meaning.evaluator.slope_alone(program, positions, key))

        return derivative, reads | also

    def _product(self, factors: Sequence[Display]) -> tuple[Code, frozenset[Index]]:
        """A bracket that is 0 makes the product 0, whatever stands beside it."""
        codes, reads = self._all(factors)
        brackets = [
            code
            for code, factor in zip(codes, factors, strict=True)
            if isinstance(factor, Leaf) and isinstance(factor.expr, Iverson)
        ]

        def multiplied(meaning: Meaning, frame: Frame) -> float:
            for bracket in brackets:
                if bracket(meaning, frame) == 0:
                    return 0.0
            values = [code(meaning, frame) for code in codes]
            if 0 in values and not all(math.isfinite(value) for value in values):
                # What a condition makes 0 is a strong 0; what happens to be 0 is not.
                zeros = [f for f, value in zip(factors, values, strict=True) if value == 0]
                if any(_is_conditional(factor) for factor in zeros):
                    return 0.0
                raise UndefinedError
            return math.prod(values)

        return multiplied, reads

    def _quotient(self, top: Display, bottom: Display) -> tuple[Code, frozenset[Index]]:
        (above, below), reads = self._all([top, bottom])

        def divided(meaning: Meaning, frame: Frame) -> float:
            numerator, denominator = above(meaning, frame), below(meaning, frame)
            return numerator / denominator if denominator else math.nan

        return divided, reads

    def _total(
        self, indices: Sequence[Index], cond: Basic, body: Display
    ) -> tuple[Code, frozenset[Index]]:
        always, (holds, asked), (code, reads) = cond is TRUE, self.code(cond), self.code(body)
        slots, axes = [self.slot(index) for index in indices], [index.axis for index in indices]

        def total(meaning: Meaning, frame: Frame) -> float:
            outer = [frame[slot] for slot in slots]
            found = []
            for positions in positions_of(axes, meaning.sizes):
                for slot, position in zip(slots, positions, strict=True):
                    frame[slot] = position
                if always or holds(meaning, frame):
                    found.append(code(meaning, frame))
            for slot, position in zip(slots, outer, strict=True):
                frame[slot] = position
            return _sum(found)

        return total, (reads | asked).difference(indices)

    def _brace(self, body: Display, under: Display) -> tuple[Code, frozenset[Index]]:
        (above, below), reads = self._all([body, under])

        def brace(meaning: Meaning, frame: Frame) -> float:
            one, other = above(meaning, frame), below(meaning, frame)
            if math.isnan(other):
                raise UndefinedError
            if not close_enough(one, other):
                raise DifferError(body, under, one, other)
            return one

        return brace, reads

    def _place(self, element: Element) -> tuple[Place, frozenset[Index]]:
        """The key of ``element``, whose position has to exist."""
        name = element.tensor.name
        found = [self._slot(slot) for slot in element.slots]
        codes = [code for code, _ in found]

        def place(meaning: Meaning, frame: Frame) -> Key:
            key = (name, *[code(meaning, frame) for code in codes])
            if NOWHERE in key:
                raise UndefinedError
            return key

        return place, frozenset().union(*(reads for _, reads in found))

    def _slot(self, slot: Expr) -> tuple[Where, frozenset[Index]]:
        if type(slot) is Index:
            where = self.slot(slot)
            return lambda meaning, frame: frame[where], frozenset((slot,))
        program = self.compiled.program(slot)
        slots = self._slots(program)

        def gathered(meaning: Meaning, frame: Frame) -> int:
            return int(meaning.evaluator.run(program, [frame[slot] for slot in slots]))

        return gathered, _reads(program)

    def _slots(self, program: Program) -> list[int]:
        """Where the positions of the free indices of ``program`` are."""
        return [self.slot(index) for index, _ in program.free]


def _reads(program: Program) -> frozenset[Index]:
    return frozenset(index for index, _ in program.free)


def _remembered(code: Code, number: int, slots: Sequence[int]) -> Code:
    def remembered(meaning: Meaning, frame: Frame) -> float:
        key = (number, *[frame[slot] for slot in slots])
        memo = meaning.memo
        value = memo.get(key)
        if value is None:
            value = memo[key] = code(meaning, frame)
        return value

    return remembered


def _power(base: float, exponent: float) -> float:
    """A power; nan for one that overflows: what is divided by it would seem to be 0."""
    found = FLOAT.power(base, exponent)
    return math.nan if math.isinf(found) and 0 < abs(base) < math.inf else found


def _sum(values: Sequence[float]) -> float:
    """The sum of ``values``; infinities of both signs have none."""
    if math.inf in values and -math.inf in values:
        return math.nan
    return math.fsum(values)


def _is_conditional(display: Display) -> bool:
    """Whether a display may be 0 because of a condition."""
    return any(
        isinstance(part, Adjoint) or (isinstance(part, Leaf) and part.expr.has(Iverson))
        for part in walk(display)
    )


def close_enough(one: float, other: float) -> bool:
    """Whether two values agree up to rounding; where the reference is undefined, all agree."""
    if math.isnan(one):
        return True
    if math.isinf(one) or math.isinf(other) or math.isnan(other):
        return one == other
    return abs(one - other) <= TOLERANCE * max(1.0, abs(one), abs(other))
