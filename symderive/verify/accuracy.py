"""How exact a generated scalar function is: value and derivative, over the whole range of floats.

Right is what the equations of the gradient give in as many digits as settle it. Errors count in
units of the last place of the right result; close to a root, where a function changes its sign
away from 0, in those of the largest result in the root's neighbourhood.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sympy.core.numbers import Rational

from symderive.errors import InputError
from symderive.expr import MaxOf, MinOf, Reduce, Where, subexpressions
from symderive.model import Declaration, GradientModel, Model
from symderive.model.evaluate import Compiled, Evaluator, Point, mp_field

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Decimal digits, each tried if two before it did not agree; 0 is believed of the last alone.
_DIGITS = (30, 60, 240, 1000)
#: Relative agreement of two precisions that settles a value.
_SETTLED = 1e-22
#: Beside a root, as a part of its distance from 0, errors count relative to the function there.
NEIGHBOURHOOD = 1 / 4
#: A result that is off by more than this, relatively, is bad; so is inf or nan for a number.
BAD = 1e-3


@dataclass(frozen=True)
class Grid:
    """Where a function of one number is measured, as data.

    ``decades`` are powers of ten, on both sides of 0, each with ``per_decade`` points, of which
    one in ``every`` is taken; ``dense`` are ranges with a number of points in each. 0, the
    smallest numbers, and the neighbours of every number that the model compares with are there
    always.
    """

    decades: tuple[int, int]
    per_decade: int
    dense: tuple[tuple[float, float, int], ...]
    every: int = 1


#: The whole range; and a part of it that a test can afford.
GRIDS: dict[str, dict[str, Grid]] = {
    "full": {
        "float64": Grid((-300, 300), 1, ((-50, 50, 4001), (-800, -700, 401), (700, 800, 401))),
        "float32": Grid((-37, 38), 4, ((-50, 50, 4001), (-110, -80, 401), (80, 110, 401))),
    },
    "small": {
        "float64": Grid((-300, 300), 1, ((-50, 50, 161), (-750, -700, 26), (700, 750, 26)), 20),
        "float32": Grid((-37, 38), 1, ((-50, 50, 161), (-105, -85, 21), (85, 105, 21))),
    },
}


@dataclass(frozen=True)
class Error:
    """What was measured of one function: value or derivative, in one precision.

    ``ulps`` is the largest error, at ``x``; ``bad`` how many of the ``points`` came out inf, nan,
    or off by more than 1e-3. ``roots`` are those whose neighbourhood counts relative to it.
    """

    of: str
    dtype: str
    ulps: float
    x: float
    bad: int
    points: int
    roots: tuple[float, ...]


def scalar_input(model: Model) -> Declaration | None:
    """The input of which ``model`` is a function entry by entry, if there is one.

    >>> from symderive.catalog import load
    >>> scalar_input(load("tanh")).name, scalar_input(load("softmax"))
    ('x', None)
    """
    arrays = [d for d in model.declarations if d.role != "const"]
    if len(arrays) != 1 or arrays[0].tensor.label_of is not None:
        return None
    every = [equation.rhs for equation in model.equations]
    if any(isinstance(node, Reduce) for node in subexpressions(*every)):
        return None
    return arrays[0] if model.output.tensor.axes == arrays[0].tensor.axes else None


def _known_input(model: Model) -> Declaration:
    found = scalar_input(model)
    if found is None:
        raise InputError(f"{model.name}: a function of one array, entry by entry, was expected")
    return found


def grid_points(model: Model, grid: Grid, dtype: str) -> NDArray[Any]:
    """The points of ``grid`` for ``model``, exact in ``dtype``, in order."""
    import numpy as np

    info = np.finfo(dtype)
    tiny = float(info.smallest_subnormal)
    points = [0.0, tiny, 3 * tiny, 1e3 * tiny, float(info.tiny), float(info.tiny) * 0.75]
    low, high = grid.decades
    steps = range(low * grid.per_decade, high * grid.per_decade + 1, grid.every)
    rng = random.Random(0)  # noqa: S311 - no secret
    points += [10 ** (step / grid.per_decade) for step in steps]
    points += [-point for point in points]
    for first, last, count in grid.dense:
        width = (last - first) / (count - 1)
        points += [first + width * (n + rng.random() - 0.5) for n in range(count)]
    kind = np.dtype(dtype).type
    for number in switches(model):
        near = kind(number)
        above, below = near, near
        points.append(float(near))
        for _ in range(3):
            above = np.nextafter(above, kind(np.inf))
            below = np.nextafter(below, kind(-np.inf))
            points += [float(above), float(below)]
    return np.unique(np.array(points).astype(dtype))


def switches(model: Model) -> list[float]:
    """The numbers in branches and extrema of ``model``, constants included."""
    found = {0.0, 1.0, -1.0}
    for declaration in model.declarations:
        if declaration.default is not None:
            found |= {float(declaration.default), -float(declaration.default)}
    for equation in model.equations:
        for node in subexpressions(equation.rhs):
            if isinstance(node, MaxOf | MinOf | Where):
                parts = subexpressions(*node.args)
                found |= {float(part) for part in parts if isinstance(part, Rational)}
    return sorted(found)


class Truth:
    """The right values of a gradient model of a scalar function."""

    def __init__(self, gradients: GradientModel) -> None:
        self.gradients = gradients
        self.input = _known_input(gradients.primal)
        ((_, adjoint),) = [g for g in gradients.gradients if g[0] == self.input.name]
        self.names = (gradients.primal.output.name, adjoint)
        self.compiled = {d: Compiled(gradients.equations, mp_field(d)) for d in _DIGITS}
        self._shape = len(self.input.tensor.axes)

    def at(self, x: float) -> tuple[Any, Any]:
        """Value and derivative at ``x``, right to more digits than a float has."""
        before = self._at(x, _DIGITS[0])
        for digits in _DIGITS[1:]:
            after = self._at(x, digits)
            last = digits == _DIGITS[-1]
            if all(_settled(a, b, last) for a, b in zip(before, after, strict=True)):
                break
            before = after
        return after

    def _at(self, x: float, digits: int) -> tuple[Any, Any]:
        place = (0,) * self._shape
        inputs: dict[str, dict[Any, Any]] = {
            self.input.name: {place: x},
            self.gradients.cotangent.name: {place: 1},
        }
        for declaration in self.gradients.primal.declarations:
            if declaration.role == "const":
                inputs[declaration.name] = {(): declaration.default or 0}
        point = Point(dict.fromkeys(self.input.tensor.axes, 1), inputs)
        evaluator = Evaluator(self.compiled[digits], point)
        first, second = (evaluator.value(name, place) for name in self.names)
        return first, second


def _settled(before: Any, after: Any, last: bool) -> bool:
    if before == after:
        return last or bool(after != 0)
    return bool(abs(before - after) <= _SETTLED * abs(after))


def value_and_slope(
    model: Model, module: ModuleType, x: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """What ``module`` gives for value and derivative at the points ``x``."""
    import numpy as np

    given = _known_input(model)
    shape = (len(x),) + (1,) * (len(given.tensor.axes) - 1)
    value, grads = module.value_and_vjp(x.reshape(shape), wrt=(given.name,))
    return np.asarray(value).reshape(-1), np.asarray(grads[given.name]).reshape(-1)


def error(of: str, dtype: str, x: NDArray[Any], found: NDArray[Any], right: Sequence[Any]) -> Error:
    """How far ``found`` is off ``right`` at the points ``x``."""
    import numpy as np

    largest = float(np.finfo(dtype).max)
    known = [n for n, value in enumerate(right) if abs(value) <= largest]
    slopes = dict(_roots(x, right, known))
    roots = list(slopes)
    scales = {
        root: max(
            slope * NEIGHBOURHOOD * abs(root),
            *(abs(right[n]) for n in known if _is_near(float(x[n]), root)),
            0,
        )
        for root, slope in slopes.items()
    }
    worst, where, bad = 0.0, 0.0, 0
    for n in known:
        point, value, got = float(x[n]), right[n], found[n]
        near = [scales[root] for root in roots if _is_near(point, root)]
        scale = max([abs(value), *near])
        unit = float(np.spacing(np.dtype(dtype).type(scale)))
        off = abs(value - float(got)) if math.isfinite(got) else math.inf
        ulps = float(off / unit)
        normal = scale >= float(np.finfo(dtype).tiny)
        if off > (BAD * scale if normal else sys.float_info.max):
            bad += 1
        if ulps > worst:
            worst, where = ulps, point
    return Error(of, dtype, worst, where, bad, len(known), tuple(roots))


def _roots(
    x: NDArray[Any], right: Sequence[Any], known: Iterable[int]
) -> Iterator[tuple[float, float]]:
    """Where values change their sign, but not at 0; and how steeply."""
    for a, b in pairwise(known):
        low, high = float(x[a]), float(x[b])
        if low * high > 0 and right[a] * right[b] < 0:
            slope = float((right[b] - right[a]) / (high - low))
            yield low - float(right[a]) / slope, abs(slope)


def _is_near(point: float, root: float) -> bool:
    return abs(point - root) <= NEIGHBOURHOOD * abs(root)
