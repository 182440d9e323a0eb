"""Points at the edge of a condition: on it, and inside of it, ever nearer."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial
from itertools import islice, pairwise

from symderive.expr import TRUE
from symderive.model.evaluate import Evaluator, Point
from symderive.model.fields import mp_field
from symderive.model.model import Declaration
from symderive.model.points import contains
from symderive.verify.claims.compare import Trial
from symderive.verify.claims.meeting import (
    DIGITS,
    STEPS,
    Entry,
    Gap,
    along,
    gaps_in,
    movable,
    moved,
    zeros,
)

#: Points to start from, and entries of each that are moved.
BASES, ENTRIES = 24, 6
#: How far from an edge, on both sides; which part of the way to the next edge, or to the start.
BESIDE = tuple(Fraction(1, 10**power) for power in (9, 6, 3))
PARTS = (Fraction(1, 2), Fraction(1, 8), Fraction(7, 8))
#: Points with axes of this size, or smaller ones, come first.
_SMALL = 2


def edge_points(trial: Trial, points: Sequence[Point], along_name: str) -> Iterator[Point]:
    """``points``, each with one entry moved to where the condition begins or ends to hold.

    That is on the edge, close to it on both sides, between two edges, and between an edge and
    the point. Besides, all but ``along_name`` may be 0, an input at a time.
    """
    found = gaps_in([trial.sides.parts[1]]) if trial.sides.parts[1] != TRUE else []
    if not found or trial.claim.point:
        return
    rng = random.Random(11)  # noqa: S311 - points, not secrets
    chosen = list(points)
    rng.shuffle(chosen)
    chosen.sort(key=lambda point: sum(point.sizes.values()) > _SMALL * len(point.sizes))
    for base in islice(chosen, BASES):
        for start in (base, *_with_zeros(trial, base, along_name)):
            entries = movable(trial.sides, start)
            for entry in rng.sample(entries, min(ENTRIES, len(entries))):
                edges = _edges(trial, start, entry, found, rng)
                if trial.effort.over:
                    return
                for at in _places(edges, Fraction(start.inputs[entry[0].name][entry[1]])):
                    if contains(entry[0].domain, at):
                        yield moved(start, entry[0].name, entry[1], at)


def _with_zeros(trial: Trial, point: Point, along_name: str) -> Iterator[Point]:
    """``point`` with all entries of one input 0, where they may be."""
    for declaration in trial.sides.inputs:
        if declaration.name != along_name and _may_be_zero(declaration):
            table = point.inputs[declaration.name]
            if any(value != 0 for value in table.values()):
                zeros = dict.fromkeys(table, 0)
                yield Point(point.sizes, {**point.inputs, declaration.name: zeros})


def _may_be_zero(declaration: Declaration) -> bool:
    real = declaration.tensor.label_of is None and not declaration.domain.simplex
    return real and contains(declaration.domain, 0)


def _edges(
    trial: Trial, point: Point, entry: Entry, found: Sequence[Gap], rng: random.Random
) -> list[Fraction]:
    """Where something that the condition compares is 0, as one entry moves."""
    field = mp_field(DIGITS)
    start = Fraction(point.inputs[entry[0].name][entry[1]])
    edges: set[Fraction] = set()
    for gap in found:
        env = {letter: rng.randrange(point.sizes[letter.axis]) for letter in gap.letters}
        of = partial(Evaluator.evaluate, expr=gap.expr, env=env)
        value = along(trial.sides, point, entry, of, field)
        trial.effort.spend(len(STEPS))
        edges.update(zeros(value, start))
    return sorted(edges)


def _places(edges: Sequence[Fraction], start: Fraction) -> Iterator[Fraction]:
    """The edges, places beside each of them, and between it and the next, or ``start``."""
    yield from edges
    for part in PARTS:
        yield from (low + (high - low) * part for low, high in pairwise(edges))
        yield from (edge + (start - edge) * part for edge in edges)
    for step in BESIDE:
        yield from (edge + side * step for edge in edges for side in (1, -1))
