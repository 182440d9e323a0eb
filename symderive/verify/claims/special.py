"""Points at which a limit may be another one: ties, kinks, zeros of what the limit multiplies."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial
from itertools import chain, combinations, islice

from sympy import Add, Mul, Pow
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import (
    Fresh,
    Index,
    Reduce,
    children,
    elements,
    free_indices,
    open_with,
)
from symderive.expr import replace as put
from symderive.model.evaluate import Evaluator, Point
from symderive.model.fields import mp_field
from symderive.model.points import contains
from symderive.verify.claims.compare import Trial
from symderive.verify.claims.irrational import roots_of
from symderive.verify.claims.meeting import (
    DIGITS,
    STEPS,
    Gap,
    along,
    gaps,
    movable,
    moved,
    zeros,
)
from symderive.verify.claims.sampling import level
from symderive.verify.claims.sides import Sides

#: Formulas; points to start from; entries of each that are moved.
MOST, BASES, ENTRIES = 24, 4, 4


def special_points(trial: Trial, name: str, points: Sequence[Point]) -> Iterator[Point]:
    """``points`` with entries that are equal, or one moved to where the limit by ``name`` is odd.

    Those with entries that are no fractions come last.
    """
    wide = sorted(points, key=lambda point: min(point.sizes.values(), default=1) < 2)[:BASES]
    yield from (level(trial.sides, p, zero=zero) for p in wide for zero in (False, True))
    found = [*factors(trial.sides, name), *gaps(trial.sides)][:MOST]
    yield from chain.from_iterable(_meeting(trial, name, gap, wide) for gap in found)
    yield from roots_of(trial, found, wide)


def factors(sides: Sides, name: str) -> list[Gap]:
    """What stands beside ``name`` in products and exponents, and differences of such.

    Where it is 0, ``name`` does not count; where two are equal, no term outweighs the other.
    """
    moving = _moving(sides, name)
    fresh = Fresh()
    found: dict[Expr, None] = {}

    def moves(expr: Basic) -> bool:
        return any(element.tensor.name in moving for element in elements(expr))

    def visit(node: Basic) -> None:
        if isinstance(node, Reduce):
            for part in open_with(node, fresh.like(node.bound)):
                visit(part)
            return
        if isinstance(node, Mul) and moves(node):
            rest = [part.as_base_exp()[0] for part in node.args if not moves(part)]
            found.update((part, None) for part in rest if not part.is_number)
        if isinstance(node, Pow) and moves(node.exp) and not moves(node.base):
            found.update((node.base + one, None) for one in (-1, 1))
        for child in children(node):
            visit(child)

    for root in (*sides.parts, *(e.rhs for e in sides.equations)):
        visit(root)
    single = [part for part in found if elements(part)]
    ties = [a - b for a, b in combinations(single, 2)]
    every = [*single, *chain.from_iterable(map(_between_entries, single)), *ties]
    shown = dict.fromkeys(part for part in every if elements(part))
    return [Gap(part, tuple(sorted(free_indices(part), key=str))) for part in shown]


def _moving(sides: Sides, name: str) -> set[str]:
    """``name``, and the equations that depend on it."""
    moving = {name}
    for equation in sides.equations:  # in order: an equation names earlier ones alone
        if any(e.tensor.name in moving for e in elements(equation.rhs, equation.where)):
            moving.add(equation.name)
    return moving


def _between_entries(part: Expr) -> Iterator[Expr]:
    """Differences of entries at two positions of one axis."""
    for letter in sorted(free_indices(part), key=str):
        other = Index(f"{letter.name}'", letter.axis)
        yield Add(part, -put(part, {letter: other}))


def _meeting(trial: Trial, name: str, gap: Gap, points: Sequence[Point]) -> Iterator[Point]:
    """``points`` with one entry moved to where ``gap`` is 0, if that is found."""
    field, rng = mp_field(DIGITS), random.Random(17)  # noqa: S311 - points, not secrets
    for point in points:
        env = {letter: rng.randrange(point.sizes[letter.axis]) for letter in gap.letters}
        of = partial(Evaluator.evaluate, expr=gap.expr, env=env)
        entries = [entry for entry in movable(trial.sides, point) if entry[0].name != name]
        for declaration, place in rng.sample(entries, min(ENTRIES, len(entries))):
            value = along(trial.sides, point, (declaration, place), of, field)
            trial.effort.spend(len(STEPS))
            start = Fraction(point.inputs[declaration.name][place])
            for at in islice(zeros(value, start), 2):
                if contains(declaration.domain, at):
                    yield moved(point, declaration.name, place, at)
