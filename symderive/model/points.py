"""Points at which a model is checked: random and round values, every pattern of coincidence."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import Any, Literal, TypeAlias

from sympy import S
from sympy.core.expr import Expr

from symderive.errors import InputError
from symderive.expr import Axis, Index
from symderive.model.evaluate import Point, Position
from symderive.model.model import Declaration, Domain, Model

#: ``smooth`` values meet no kink, ``round`` ones (small integers) meet kinks and ties exactly,
#: ``mixed`` has both in one array.
Flavour: TypeAlias = Literal["smooth", "round", "mixed"]
_TURNS: tuple[Flavour, ...] = ("smooth", "round", "mixed", "round")

#: Random values are multiples of this: exact in float32, and short in a counterexample.
_GRAIN = 2.0**-10
#: Beyond it, an unbounded domain is not sampled.
_REACH = 2.0
_TRIES = 100
#: Whole numbers are looked through up to so many, beyond that near the ends alone.
_MOST_WHOLE, _NEAR_END = 64, 4

#: A number of a domain as a number of Python.
Number: TypeAlias = Callable[[Expr], Any]


def points(
    model: Model,
    rng: random.Random,
    sizes: Sequence[int] = (1, 2, 3),
    *,
    also: Iterable[Declaration] = (),
    most_labels: int = 27,
    exactly: bool = False,
) -> Iterator[Point]:
    """Points in the declared domains, the same for the same seed.

    Sizes differ between neighbouring axes (a label's and its target's are neighbours), and every
    axis takes each of ``sizes``. For each choice of sizes the labels take every pattern of values
    if there are at most ``most_labels``, else the constant one, a counting one and random ones;
    with the assignments of the free indices, every pattern of index coincidence occurs. Values are
    smooth, round (units, ends and defaults, so that kinks and ties are hit) and mixed in turn.
    ``also`` declares further inputs, such as a cotangent. Values are numbers that arrays hold, or
    ``exactly`` those of the declarations: 1/10 as a fraction.

    >>> import random
    >>> from symderive.catalog import hinge
    >>> found = list(points(hinge(), random.Random(0)))
    >>> len({tuple(p.inputs["y"].values()) for p in found if len(p.inputs["y"]) == 2})
    9
    """
    declarations = (*model.declarations, *also)
    number = _fraction if exactly else _python
    for chosen in size_choices(_side_by_side(model, declarations), sizes):
        labels = list(_label_values(declarations, chosen, rng, most_labels))
        for turn in range(max(len(labels), len(_TURNS))):
            flavour = _TURNS[turn % len(_TURNS)]
            inputs = dict(labels[turn % len(labels)])
            for declaration in declarations:
                if declaration.role != "label":
                    inputs[declaration.name] = _real_values(
                        declaration, chosen, rng, flavour, number
                    )
            yield Point(chosen, inputs)


def size_choices(axes: Sequence[Axis], sizes: Sequence[int]) -> Iterator[dict[Axis, int]]:
    """Sizes for the axes: each axis takes each size, neighbours different ones.

    A model of scalars has as many choices, all alike: as many points are tried.

    >>> from symderive.expr import Axis
    >>> list(size_choices([Axis("N"), Axis("C")], (1, 2, 3)))
    [{N: 1, C: 2}, {N: 2, C: 3}, {N: 3, C: 1}]
    """
    if not sizes:
        raise InputError("points need at least one size of an axis; none was given")
    for turn in range(len(sizes)):
        yield {axis: sizes[(turn + place) % len(sizes)] for place, axis in enumerate(axes)}


def assignments(indices: Sequence[Index], sizes: Mapping[Axis, int]) -> Iterator[dict[Index, int]]:
    """Every assignment of positions to ``indices``.

    >>> from symderive.expr import Axis
    >>> from symderive.model import indices
    >>> C = Axis("C")
    >>> j, l = indices("j l", C)
    >>> list(assignments([j, l], {C: 2}))
    [{j: 0, l: 0}, {j: 0, l: 1}, {j: 1, l: 0}, {j: 1, l: 1}]
    """
    for values in product(*(range(sizes[index.axis]) for index in indices)):
        yield dict(zip(indices, values, strict=True))


def positions(axes: Iterable[Axis], sizes: Mapping[Axis, int]) -> list[Position]:
    """Every position of a tensor over ``axes``."""
    return list(product(*(range(sizes[axis]) for axis in axes)))


def _side_by_side(model: Model, declarations: Iterable[Declaration]) -> tuple[Axis, ...]:
    """All axes, those that a label connects next to each other: there sizes differ."""
    found: dict[Axis, None] = {}
    for declaration in declarations:
        if declaration.tensor.label_of is not None:
            found.update(dict.fromkeys((*declaration.tensor.axes, declaration.tensor.label_of)))
    for declaration in declarations:
        found.update(dict.fromkeys(declaration.tensor.axes))
    found.update(dict.fromkeys(model.axes))
    return tuple(found)


def _label_values(
    declarations: Iterable[Declaration],
    sizes: Mapping[Axis, int],
    rng: random.Random,
    most: int,
) -> Iterator[dict[str, dict[Position, Any]]]:
    """Values of all labels together: every pattern, or a selection of ``most``."""
    entries: list[tuple[str, Position, int]] = []
    patterns = 1
    for declaration in declarations:
        into = declaration.tensor.label_of
        if into is None:
            continue
        for position in positions(declaration.tensor.axes, sizes):
            entries.append((declaration.name, position, sizes[into]))
            patterns *= sizes[into]
    choices: Iterable[Sequence[int]]
    if patterns <= most:
        choices = product(*(range(size) for _, _, size in entries))
    else:
        choices = [[0] * len(entries), [turn % size for turn, (_, _, size) in enumerate(entries)]]
        choices += [[rng.randrange(size) for _, _, size in entries] for _ in range(most - 2)]
    for choice in choices:
        values: dict[str, dict[Position, Any]] = {}
        for (name, position, _), value in zip(entries, choice, strict=True):
            values.setdefault(name, {})[position] = value
        yield values


def _real_values(
    declaration: Declaration,
    sizes: Mapping[Axis, int],
    rng: random.Random,
    flavour: Flavour,
    number: Number,
) -> dict[Position, Any]:
    domain, axes = declaration.domain, declaration.tensor.axes
    if domain.simplex:
        return _simplex_values(axes, sizes, rng, flavour)
    if flavour == "round" and declaration.default is not None:
        return {(): number(declaration.default)}
    draw: dict[Flavour, Callable[[], Any]] = {
        "smooth": lambda: smooth(domain, rng, number),
        "round": lambda: rounded(domain, rng, number),
        "mixed": lambda: (rounded if rng.random() < 0.5 else smooth)(domain, rng, number),
    }
    return {position: draw[flavour]() for position in positions(axes, sizes)}


def _simplex_values(
    axes: Sequence[Axis], sizes: Mapping[Axis, int], rng: random.Random, flavour: Flavour
) -> dict[Position, Any]:
    """Parts of 1 along the last axis, exact in binary; ``round``: all of it at one position."""
    if not axes:
        return {(): 1}
    values: dict[Position, Any] = {}
    size = sizes[axes[-1]]
    grains = 64 if size <= 64 else 2 ** (size.bit_length() + 1)
    for row in positions(axes[:-1], sizes):
        if flavour == "round":
            corner = rng.randrange(size)
            parts: list[Any] = [int(place == corner) for place in range(size)]
        else:
            cuts = sorted(rng.sample(range(1, grains), size - 1))
            ends = zip([0, *cuts], [*cuts, grains], strict=True)
            parts = [(high - low) / grains for low, high in ends]
            if flavour == "mixed":  # a 0 beside other parts
                parts = [0, parts[0] + parts[1], *parts[2:]] if size > 1 else parts
        values.update({(*row, place): part for place, part in enumerate(parts)})
    return values


def _python(value: Expr) -> Any:
    """An int for a whole number, else a float."""
    return int(value) if value.is_Integer else float(value)


def _fraction(value: Expr) -> Any:
    """An int for a whole number, a fraction for another rational one, else a float."""
    if value.is_Integer or not value.is_Rational:
        return _python(value)
    return Fraction(int(value.p), int(value.q))


def smooth(domain: Domain, rng: random.Random, number: Number = _python) -> Any:
    """A random number inside ``domain``, away from its ends."""
    if domain.values:
        return number(rng.choice(domain.values))
    low, high = _reach(domain)
    for _ in range(_TRIES):
        value = round(rng.uniform(low, high) / _GRAIN) * _GRAIN
        if low < value < high:
            return value
    # A domain smaller than the grain.
    return rng.uniform(low, high) if low < high else number(domain.low)


def rounded(domain: Domain, rng: random.Random, number: Number = _python) -> Any:
    """A unit or a small integer of ``domain``, or an end that belongs to it; else smooth."""
    if domain.values:
        return number(rng.choice(domain.values))
    candidates = _candidates(domain, number)
    return rng.choice(candidates) if candidates else smooth(domain, rng, number)


@lru_cache
def _candidates(domain: Domain, number: Number) -> tuple[Any, ...]:
    """The units or small integers of an interval, and the ends that belong to it."""
    whole = [n for n in _whole(*_reach(domain)) if contains(domain, n)]
    # Sums and products of few units coincide often, which is what meets a kink.
    units = [n for n in whole if abs(n) <= 1]
    whole = units if len(units) > 1 else whole
    ends = [
        number(end)
        for end, closed in ((domain.low, domain.low_closed), (domain.high, domain.high_closed))
        if closed and end.is_finite and (number is _python or end.is_Rational)
    ]
    return tuple(dict.fromkeys([*whole, *ends]))


def _whole(low: float, high: float) -> list[int]:
    """Whole numbers about an interval: all of them, or those near its ends and near 0."""
    first, last = round(low) - 1, round(high) + 1
    if last - first <= _MOST_WHOLE:
        return list(range(first, last + 1))
    near = [*range(first, first + _NEAR_END), *range(last - _NEAR_END + 1, last + 1)]
    return sorted({*near, *(n for n in (-1, 0, 1) if first <= n <= last)})


def contains(domain: Domain, value: Any) -> bool:
    """Whether a number lies in an interval or a finite set; a float in that of floats.

    >>> from fractions import Fraction
    >>> from sympy import Integer, Rational
    >>> from symderive.model.model import Domain
    >>> [contains(Domain(low=Integer(0), high=Integer(1), high_closed=True), n) for n in (0, 1, 2)]
    [False, True, False]
    >>> tenth = Domain(high=Rational(1, 10), high_closed=True)
    >>> contains(tenth, 0.1), contains(tenth, Fraction(0.1)), contains(tenth, Fraction(1, 10))
    (True, False, True)
    """
    number = _python if isinstance(value, float) else _fraction
    if domain.values:
        return any(value == number(member) for member in domain.values)
    low, high = _ends(domain, number)
    above = value >= low if domain.low_closed else value > low
    below = value <= high if domain.high_closed else value < high
    return bool(above and below)


@lru_cache
def _ends(domain: Domain, number: Number) -> tuple[Any, Any]:
    return number(domain.low), number(domain.high)


@lru_cache
def _reach(domain: Domain) -> tuple[float, float]:
    """The part of an interval that is sampled."""
    low, high = domain.low, domain.high
    if low == S.NegativeInfinity and high == S.Infinity:
        return -_REACH, _REACH
    if high == S.Infinity:
        return float(low), float(low) + _REACH
    if low == S.NegativeInfinity:
        return float(high) - _REACH, float(high)
    return float(low), float(high)
