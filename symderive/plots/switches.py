"""Where a model changes branches along a line, and whether that makes a kink, a jump, or neither.

Which branch counts is asked of the model's own conditions, by the reference evaluator; what the
change does to a curve is asked of its values on both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any, TypeAlias

import numpy as np
from sympy import Abs, sign
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.errors import CheckError
from symderive.expr import (
    TRUE,
    Compare,
    Element,
    Fresh,
    Index,
    MaxOf,
    MinOf,
    Reduce,
    all_of,
    children,
    elements,
    open_fresh,
)
from symderive.model.evaluate import Compiled, Evaluator
from symderive.model.points import assignments
from symderive.plots.track import Track

Function: TypeAlias = Callable[[float], float]
#: The branch of each switch: a sign, a position, or None where nothing asks.
State: TypeAlias = tuple[Any, ...]

#: More switches than this blur into a smooth curve, and take long to follow.
MOST = 50
#: Steps of bisection, and how near (as a part of the range) a round number is taken for the place.
STEPS, ROUND = 60, 1e-9
#: How far from a place its two sides are looked at, as a part of the range.
NEAR, NEARER = 1e-5, 1e-8
#: A gap that is left when one comes a thousand times nearer is a gap.
LEFT, SMALL = 0.3, 1e-6


@dataclass(frozen=True)
class Switch:
    """An expression of an equation that decides between branches, under its conditions."""

    node: Basic
    guard: Basic
    indices: tuple[Index, ...]


def switches(track: Track) -> tuple[Switch, ...]:
    """The switches of the model that depend on what moves along the track.

    >>> import numpy as np, symderive as sd
    >>> from symderive.expr import Axis
    >>> from symderive.plots.inputs import Member
    >>> member = Member(sd.compile("relu"), {Axis("N"): 1}, {"x": np.zeros(1)})
    >>> [switch.node for switch in switches(Track(member, ({"x": np.ones(1)},), (0,)))]
    [max(0, x[i])]
    """
    model = track.member.model
    active = model.depends_on({name for towards in track.directions for name in towards})
    found: dict[Switch, None] = {}
    for equation in model.equations:
        for part in (equation.rhs, equation.where):
            for switch in _switches(part, equation.where, equation.indices, Fresh()):
                if any(active[element.tensor.name] for element in elements(switch.node)):
                    found[switch] = None
    return tuple(found)


def _switches(
    expr: Basic, guard: Basic, indices: tuple[Index, ...], fresh: Fresh
) -> Iterator[Switch]:
    if isinstance(expr, Compare | MaxOf | MinOf | Abs | sign):
        yield Switch(expr, guard, indices)
    if not isinstance(expr, Reduce):
        for child in children(expr):
            yield from _switches(child, guard, indices, fresh)
        return
    if expr.kind in ("max", "min", "argmax", "argmin"):
        yield Switch(expr, guard, indices)
    letters, cond, body = open_fresh(expr, fresh)
    inner = (*indices, *letters)
    yield from _switches(cond, guard, inner, fresh)
    yield from _switches(body, all_of([guard, cond]), inner, fresh)


class Branches:
    """The branches taken along a track of one direction; none are followed if they are many."""

    def __init__(self, track: Track) -> None:
        self.track = track
        sizes, found = track.member.sizes, switches(track)
        count = sum(prod(sizes[index.axis] for index in switch.indices) for switch in found)
        self.places = [
            (switch, env)
            for switch in (found if count <= MOST else ())
            for env in assignments(switch.indices, sizes)
        ]
        self.compiled = Compiled(track.member.model.equations)

    def at(self, t: float) -> State:
        """The branch of each switch at ``t``."""
        evaluator = Evaluator(self.compiled, self.track.point(t))
        return tuple(_branch(switch, env, evaluator) for switch, env in self.places)

    def changes(self, ts: Sequence[float]) -> list[float]:
        """Where branches change between the first and the last of ``ts``, in order."""
        if not self.places:
            return []
        scale = abs(ts[-1] - ts[0])
        states = [self.at(t) for t in ts]
        found: list[float] = []
        for low, high, before, after in zip(ts, ts[1:], states, states[1:], strict=False):
            if before != after:
                found += self._between(low, high, before, after, scale)
        distinct: list[float] = []
        for t in sorted(found):
            if not distinct or t - distinct[-1] > ROUND * scale:
                distinct.append(t)
        return distinct

    def _between(
        self, low: float, high: float, before: State, after: State, scale: float
    ) -> Iterator[float]:
        """The first change between two points, then those behind it."""
        end = high
        for _ in range(STEPS):
            middle = (low + high) / 2
            if not low < middle < high:
                break
            low, high = (middle, high) if self.at(middle) == before else (low, middle)
        place = _rounded(high, scale)
        yield place
        behind = place + 2 * ROUND * scale
        if behind < end and (state := self.at(behind)) != after:
            yield from self._between(behind, end, state, after, scale)


def _rounded(t: float, scale: float) -> float:
    """A number with few digits if one is as near as makes no difference."""
    short = round(t, max(0, 8 - int(np.floor(np.log10(scale)))))
    return short + 0.0 if abs(short - t) <= ROUND * scale else t


def _branch(switch: Switch, env: Mapping[Index, int], evaluator: Evaluator) -> Any:
    """The branch of one switch; None where its condition does not hold."""
    try:
        if switch.guard != TRUE and not evaluator.evaluate(switch.guard, env):
            return None
        return _decided(switch.node, partial(evaluator.evaluate, env=env))
    except CheckError:  # nothing asks for it: an element outside of its condition, an empty max
        return None


def _decided(node: Basic, value: Callable[[Basic], Any]) -> Any:
    match node:
        case Compare() if _is_position(node.lhs):
            return bool(value(node))
        case Compare():
            return _sign(value(node.lhs) - value(node.rhs))
        case Abs() | sign():
            return _sign(value(node.args[0]))
        case MaxOf() | MinOf():
            values = [value(arg) for arg in node.args]
            best = max(values) if isinstance(node, MaxOf) else min(values)
            return tuple(one == best for one in values)
        case Reduce():
            kind = "argmax" if node.kind in ("max", "argmax") else "argmin"
            return value(Reduce(kind, node.bound, node.cond, node.body))
    raise CheckError(f"{node} decides nothing")


def _is_position(expr: Expr) -> bool:
    return isinstance(expr, Index) or (isinstance(expr, Element) and expr.axis is not None)


def _sign(number: float) -> float:
    return float(np.sign(number)) if np.isfinite(number) else 0.0


# --- what a change does to a curve ---------------------------------------------------------------


def jumps(function: Function, t: float, scale: float) -> bool:
    """Whether ``function`` jumps at ``t``: its gap stays however near one looks.

    >>> jumps(lambda t: float(t > 0), 0.0, 1.0), jumps(lambda t: abs(t) ** 0.5, 0.0, 1.0)
    (True, False)
    """
    near, nearer = (abs(function(t + d * scale) - function(t - d * scale)) for d in (NEAR, NEARER))
    size = max(abs(function(t + NEAR * scale)), abs(function(t - NEAR * scale)))
    if np.isnan(nearer):
        return True
    return bool(nearer > LEFT * near and nearer > SMALL * size)


def sides(function: Function, t: float, scale: float) -> tuple[float, float]:
    """The values just before and just behind ``t``."""
    return function(t - NEARER * scale), function(t + NEARER * scale)


def bends(function: Function, t: float, scale: float) -> bool:
    """Whether ``function`` has a kink at ``t``: its slopes before and behind differ.

    >>> bends(abs, 0.0, 1.0), bends(lambda t: t * abs(t), 0.0, 1.0)
    (True, False)
    """
    before, behind = sides(function, t, scale)
    gaps = []
    for step in (NEAR * scale, NEAR * scale / 10):
        right = (function(t + step) - behind) / step
        left = (before - function(t - step)) / step
        gaps.append((abs(right - left), max(abs(right), abs(left))))
    (wide, _), (narrow, size) = gaps
    return bool(narrow > LEFT * wide and narrow > 1e-2 * size)
