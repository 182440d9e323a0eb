"""The reference evaluator, which defines what a model means: slow, plain, lazy per element."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.errors import CheckError, InputError
from symderive.expr import Axis, Index
from symderive.model.closures import Compiled, Key, Program
from symderive.model.fields import FLOAT, Dual, Field, Number, mp_field, tangent_of
from symderive.model.model import Equation

__all__ = ["FLOAT", "Compiled", "Evaluator", "Point", "mp_field"]

#: A position on each axis of a tensor, 0-based.
Position: TypeAlias = tuple[int, ...]

#: Python frames that evaluation may nest before it starts again from an inner element.
_MOST_FRAMES = 400


@dataclass(frozen=True)
class Point:
    """Sizes of the axes, and the values of the inputs at every (0-based) position.

    >>> from symderive.expr import Axis
    >>> from symderive.model.evaluate import Point
    >>> Point({Axis("N"): 2}, {"x": {(0,): 1.5, (1,): -2}, "t": {(): 3}}).inputs["x"][1,]
    -2
    """

    sizes: Mapping[Axis, int]
    inputs: Mapping[str, Mapping[Position, Any]] = field(default_factory=dict)


class Evaluator:
    """The values of equations at one point; every element is computed once, when it is asked for.

    ``equations`` may be a :class:`Compiled`, which many evaluators share (its field then counts).
    ``overrides`` gives values to elements of equations, which are then not computed.

    Raises :class:`InputError` for an input or a size that ``point`` does not give, and
    :class:`CheckError` where an element is used outside of the ``where`` of its equation.

    >>> from symderive.expr import Element
    >>> from symderive.model import axes, build, data, define, indices, param, total
    >>> from symderive.expr import Tensor
    >>> (N,) = axes("N")
    >>> (i,) = indices("i", N)
    >>> w, x, loss = param("w"), data("x", N), Tensor("loss")
    >>> model = build("line", [w, x], [define(loss(), total(w.tensor() ** 2 * x.tensor[i], i))])
    >>> point = Point({N: 2}, {"w": {(): 3}, "x": {(0,): 1, (1,): 2}})
    >>> evaluator = Evaluator(model.equations, point)
    >>> evaluator.value("loss", ())
    27.0
    >>> evaluator.derivative(loss(), {}, ("w", ()))
    18.0
    >>> evaluator.derivative(loss(), {}, ("w", ()), ("x", (1,)))
    6.0
    """

    def __init__(
        self,
        equations: Iterable[Equation] | Compiled,
        point: Point,
        field: Field = FLOAT,
        overrides: Mapping[str, Mapping[Position, Any]] | None = None,
    ) -> None:
        if not isinstance(equations, Compiled):
            equations = Compiled(equations, field)
        self.compiled = equations
        self.point = point
        self._run = _Run(equations, point, overrides or {})
        self._tangents: dict[tuple[Key, ...], _Run] = {(): self._run}
        self._alone: dict[Key, _Run] = {}

    def value(self, name: str, position: Position = ()) -> Number:
        """The value of one element; of a label, a 0-based position."""
        whole = name in self.compiled.labels
        return _settled(partial(self._run.element, (name, *position), whole))

    def evaluate(self, expr: Basic, env: Mapping[Index, int]) -> Any:
        """The value of an expression or a condition; ``env`` gives its free indices."""
        program = self.compiled.program(expr)
        return self.run(program, _positions(expr, program, env))

    def run(self, program: Program, positions: Sequence[int]) -> Any:
        """The value of a compiled expression; ``positions`` are those of its free indices."""
        return self._in(self._run, program, positions)

    def largest(self) -> float:
        """The largest finite number among all elements and tangents computed so far."""
        every = (value for run in self._tangents.values() for value in run.memo.values())
        return max((_magnitude(value) for value in every), default=0.0)

    def derivative(
        self, expr: Expr, env: Mapping[Index, int], *wrt: tuple[str, Position]
    ) -> Number:
        """The derivative of ``expr`` by an element, along all equations; by several: mixed.

        An element of an equation counts as an independent input there: its value stays, and what
        it was computed from does not move with it. The order of several does not matter.
        """
        program = self.compiled.program(expr)
        keys = tuple((name, *position) for name, position in wrt)
        value = self._in(self._moving(keys), program, _positions(expr, program, env))
        for level in range(len(keys), 0, -1):
            value = tangent_of(value, level, self._run.arithmetic.zero)
        return value

    def slope(self, program: Program, positions: Sequence[int], wrt: Key) -> Number:
        """The derivative of a compiled expression by an element, as :meth:`derivative`."""
        value = self._in(self._moving((wrt,)), program, positions)
        return value.tangent if type(value) is Dual else self._run.arithmetic.zero

    def slope_alone(self, program: Program, positions: Sequence[int], wrt: Key) -> Number:
        """The derivative of a compiled expression, all other names in it held fixed."""
        run = self._alone.get(wrt)
        if run is None:
            run = self._alone[wrt] = self._run.perturbed(wrt, alone=True)
        value = self._in(run, program, positions)
        return value.tangent if type(value) is Dual else run.arithmetic.zero

    def _moving(self, keys: tuple[Key, ...]) -> _Run:
        """The run in which these elements move, one on top of the other."""
        run = self._tangents.get(keys)
        if run is None:
            run = self._tangents[keys] = self._moving(keys[:-1]).perturbed(keys[-1])
        return run

    def _in(self, run: _Run, program: Program, positions: Sequence[int]) -> Any:
        self.compiled.work += program.weight * (1 + 2 * run.level)
        frame = [0] * program.size
        for (_, slot), position in zip(program.free, positions, strict=True):
            frame[slot] = position
        try:
            return program.code(run, frame)
        except _DeeperError:
            return _settled(partial(program.code, run, frame))


def _positions(expr: Basic, program: Program, env: Mapping[Index, int]) -> list[int]:
    for index, _ in program.free:
        if index not in env:
            raise InputError(f"{expr}: no position is given for the index {index}")
    return [env[index] for index, _ in program.free]


def _magnitude(value: Any) -> float:
    """``|value|``, or that of a tangent if one is larger; 0 for what is not finite."""
    if type(value) is Dual:
        return max(_magnitude(value.value), _magnitude(value.tangent))
    size = abs(value)
    return float(size) if size < math.inf else 0.0


class _DeeperError(Exception):
    """Evaluation nests too deeply: this element has to be computed first."""

    def __init__(self, run: _Run, key: Key, whole: bool) -> None:
        self.run, self.key, self.whole = run, key, whole


def _settled(attempt: Callable[[], Any]) -> Any:
    """Run ``attempt``; where it nests too deeply, first what it asks for, then again."""
    pending = [attempt]
    waiting: list[tuple[int, Key]] = []
    while True:
        try:
            result = pending[-1]()
        except _DeeperError as deeper:
            this = (id(deeper.run), deeper.key)
            if this in waiting:
                raise CheckError(f"{_written(deeper.key)} depends on itself") from None
            waiting.append(this)
            pending.append(partial(deeper.run.element, deeper.key, deeper.whole))
        else:
            pending.pop()
            if not pending:
                return result
            waiting.pop()


def _written(key: Key) -> str:
    return f"{key[0]}[{', '.join(map(str, key[1:]))}]" if len(key) > 1 else str(key[0])


class _Run:
    """Memoised element values at a point; with ``base``, duals that carry one perturbation.

    A perturbed run computes anew only what depends on ``wrt``, the perturbed element.
    """

    __slots__ = (
        "active", "arithmetic", "base", "compiled", "frames", "given", "level", "memo", "ranges",
        "shared", "sizes", "wrt",
    )  # fmt: skip

    def __init__(
        self, compiled: Compiled, point: Point, overrides: Mapping[str, Mapping[Position, Any]]
    ) -> None:
        self.compiled = compiled
        self.arithmetic = compiled.arithmetic
        self.given = (overrides, point.inputs)
        self.sizes = {axis.name: size for axis, size in point.sizes.items()}
        self.ranges = {name: range(size) for name, size in self.sizes.items()}
        self.memo: dict[Key, Any] = {}
        self.shared: dict[tuple[int, ...], Any] = {}
        self.frames = [0]
        self.base: _Run | None = None
        self.wrt: Key = ()
        self.active: frozenset[str] = frozenset()
        self.level = 0

    def perturbed(self, wrt: Key, *, alone: bool = False) -> _Run:
        """A run in which one element moves, and with it what depends on it unless ``alone``."""
        run = _Run.__new__(_Run)
        run.compiled, run.arithmetic, run.given = self.compiled, self.arithmetic, self.given
        run.sizes, run.ranges, run.frames = self.sizes, self.ranges, self.frames
        run.memo, run.shared = {}, {}
        run.base, run.wrt, run.level = self, wrt, self.level + 1
        run.active = frozenset() if alone else self.compiled.depending_on(wrt[0])
        return run

    def range(self, axis: str) -> range:
        found = self.ranges.get(axis)
        if found is None:
            raise InputError(f"no size is given for the axis {axis}")
        return found

    def element(self, key: Key, whole: bool) -> Any:
        value = self.memo.get(key)
        return self.force(key, whole) if value is None else value

    def force(self, key: Key, whole: bool) -> Any:
        """Compute an element that is not in the memo; ``whole`` for a label."""
        if self.base is None:
            value = self._given(key, whole)
            if value is None:
                value = self._computed(key, whole)
        elif key == self.wrt:
            value = Dual(self.base.element(key, whole), self.arithmetic.one, self.level)
        elif key[0] not in self.active:
            value = self.base.element(key, whole)
        else:
            given = self._given(key, whole)
            value = self._computed(key, whole) if given is None else given
            value = self.base.moved(key, value)
        self.memo[key] = value
        return value

    def moved(self, key: Key, value: Any) -> Any:
        """``value`` with the perturbation that a run further down gives to this element."""
        if self.base is None:
            return value
        own = Dual(self.arithmetic.zero, self.arithmetic.one, self.level)
        return self.base.moved(key, value + own if key == self.wrt else value)

    def _given(self, key: Key, whole: bool) -> Any:
        for values in self.given:
            table = values.get(key[0])
            if table is not None and key[1:] in table:
                value = table[key[1:]]
                return int(value) if whole else self.arithmetic.field.number(value)
        return None

    def _computed(self, key: Key, whole: bool) -> Any:
        rule = self.compiled.rule(key[0])
        if rule is None or len(key) != len(rule.indices) + 1:
            raise InputError(f"no value is given for {_written(key)}")
        frames = self.frames
        if frames[0] and frames[0] + rule.depth > _MOST_FRAMES:
            raise _DeeperError(self, key, whole)
        frames[0] += rule.depth
        self.compiled.work += rule.program.weight * (1 + 2 * self.level)
        try:
            if rule.where is not None and not rule.where.at(self, rule.where_order, key):
                raise CheckError(
                    f"{_written(key)} is used where its condition does not hold: {rule.guard}"
                )
            return rule.program.at(self, rule.order, key)
        finally:
            frames[0] -= rule.depth
