"""One model through the whole house, and what it must not do on the way."""

from __future__ import annotations

import math
import random
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from types import ModuleType
from typing import Any

import numpy as np
from sympy import Pow

from symderive.codegen import generate_source, load_module
from symderive.codegen.plan import Level, Target
from symderive.derive import gradient
from symderive.errors import CheckError
from symderive.expr import Exp, Fresh, Reduce, Sigmoid, open_fresh, subexpressions
from symderive.model import Model
from symderive.model.evaluate import FLOAT, Compiled, Evaluator, Point, Position, mp_field
from symderive.model.points import assignments, contains, positions, rounded, smooth
from symderive.notation.sym import read_model
from symderive.notation.text import model_text
from symderive.stabilise import stabilise, stabilise_gradient

LEVELS: tuple[Level, ...] = ("readable", "fast")
#: How far code may be from the reference, relative to the largest entry of an array.
TOLERANCE = 1e-8
#: How much of the largest number on the way rounding may leave, and what is nothing at all.
ROUNDING, TINY, SPACING = 1e-13, 1e-280, 2.0**-50
#: Beyond it, a score is rounded by more than 1, and softmax of such scores is anything.
HUGE = 1e16
#: Precisions of the reference in doubt, and how far inputs are moved to see what rounding does.
DIGITS = (40, 120, 400)
NUDGES = (2.0**-46, -(2.0**-46), 2.0**-40, -(2.0**-40), 2.0**-30, -(2.0**-30))

Entry = tuple[str, Position]
Wanted = dict[Entry, Any]
#: Positions that are given to labels, whatever their equations say.
Choice = Mapping[str, Mapping[Position, int]]
#: How many of them are tried where several tie.
MOST_CHOICES = 64


class FoundError(Exception):
    """What a model must not do."""


@dataclass(frozen=True)
class Passed:
    """How one model fared: points compared, and those that rounding leaves open."""

    compared: int = 0
    beyond: int = 0
    close: int = 0


@dataclass(frozen=True)
class Made:
    """A model as it was read back, and the modules that were generated of it."""

    model: Model
    modules: Mapping[Level, ModuleType]


def travel(
    model: Model, seed: int, levels: Sequence[Level] = LEVELS, target: Target = "numpy"
) -> Passed:
    """Print, read back, derive, generate, load and compare ``model``; raises what goes wrong."""
    return compared(made(model, levels, target), seed)


def made(model: Model, levels: Sequence[Level] = LEVELS, target: Target = "numpy") -> Made:
    """Print, read back, derive, generate and load ``model``."""
    text = model_text(model)
    again = read_model(text, model.name)
    if (again.declarations, again.equations) != (model.declarations, model.equations):
        raise FoundError(f"printed and read back, the model is another one:\n{text}")
    names = [declaration.name for declaration in again.real_inputs]
    gradients = stabilise_gradient(gradient(stabilise(again).model, names))
    modules = {
        level: load_module(
            generate_source(gradients, level=level, definition=again, target=target),
            "random",
        )
        for level in levels
    }
    return Made(again, modules)


def compared(found: Made, seed: int) -> Passed:
    """Compare modules with their model at random points."""
    rng = random.Random(seed)  # noqa: S311 - points, not secrets
    compiled = Compiled(found.model.equations, FLOAT)
    outcomes = Counter(
        at_point(found.model, compiled, found.modules, point, rng)
        for point in random_points(found.model, rng)
    )
    return Passed(outcomes["compared"], outcomes["beyond"], outcomes["close"])


def random_points(model: Model, rng: random.Random) -> Iterator[Point]:
    """A point of round and smooth values, where kinks and ties are hit, and one of large scores."""
    for reach in (1, 10_000):
        sizes = {axis: rng.choice((1, 2, 2, 3)) for axis in model.axes}
        inputs: dict[str, Any] = {}
        for declaration in model.declarations:
            domain, into = declaration.domain, declaration.tensor.label_of
            places = positions(declaration.tensor.axes, sizes)
            if into is not None:
                inputs[declaration.name] = {p: rng.randrange(sizes[into]) for p in places}
            elif domain.simplex:
                inputs[declaration.name] = _simplex(places, rng)
            else:
                roundly = rng.random() < 0.6
                values = {}
                for place in places:
                    value = (rounded if roundly else smooth)(domain, rng)
                    far = value * reach + rng.randrange(-2, 3) if reach > 1 else value
                    values[place] = far if contains(domain, far) else value
                inputs[declaration.name] = values
        yield Point(sizes, inputs)


def _simplex(places: list[Position], rng: random.Random) -> dict[Position, float]:
    """Non-negative parts of 1 along the last axis, some of them 0, exact in binary."""
    values: dict[Position, float] = {}
    for row in dict.fromkeys(place[:-1] for place in places):
        here = [place for place in places if place[:-1] == row]
        left = 64
        for place in here[:-1]:
            part = rng.choice((0, rng.randrange(left + 1)))
            values[place], left = part / 64, left - part
        values[here[-1]] = left / 64
    return values


def at_point(
    model: Model,
    compiled: Compiled,
    modules: Mapping[Level, ModuleType],
    point: Point,
    rng: random.Random,
) -> str:
    """Compare the modules with the reference: its values, and its derivatives by dual numbers."""
    output = model.output
    weights = {
        place: rng.randrange(1, 5) / 2 for place in positions(output.tensor.axes, point.sizes)
    }
    asked = _asked(model, point, rng)
    wanted, largest = reference(model, Evaluator(compiled, point), weights, asked)
    settled = all(_finite(value) for value in wanted.values())
    overall = "compared"
    for level, module in modules.items():
        try:
            found = run(model, module, point, weights, room=ROUNDING * max(largest, 1.0))
        except (FloatingPointError, RuntimeWarning) as warning:
            if settled:
                raise FoundError(f"{level}: NumPy warns: {warning} at {point.inputs}") from warning
            overall = "beyond"
            continue
        if settled and agree(found, wanted, largest):
            continue
        outcome, exact = _in_doubt(
            model, module, point, weights, asked=asked, found=found, settled=settled
        )
        if outcome == "wrong":
            raise FoundError(
                _difference(
                    level,
                    point=point,
                    weights=weights,
                    found=found,
                    wanted=exact,
                    largest=largest,
                )
            )
        overall = outcome if outcome != "compared" else overall
    return overall


def lost(model: Model, module: ModuleType, point: Point, rng: random.Random) -> str | None:
    """What a module says otherwise than exact numbers do; None if those are out of its range.

    Stricter than `at_point`: what is finite must come out, whatever may overflow on the way.
    """
    weights = {
        place: rng.randrange(1, 5) / 2 for place in positions(model.output.tensor.axes, point.sizes)
    }
    compiled = Compiled(model.equations, mp_field(DIGITS[-1]))
    exact, largest = reference(
        model, Evaluator(compiled, point), weights, _asked(model, point, rng)
    )
    if not all(_finite(value) and abs(value) < 1 / TINY for value in exact.values()):
        return None
    try:
        found = run(model, module, point, weights)
    except (FloatingPointError, RuntimeWarning) as warning:
        return str(warning)
    if agree(found, exact, largest):
        return ""
    return _difference(
        "fast", point=point, weights=weights, found=found, wanted=exact, largest=largest
    )


def _asked(model: Model, point: Point, rng: random.Random) -> list[Entry]:
    """The entries by which the reference differentiates: some of every input."""
    found: list[Entry] = []
    for declaration in model.real_inputs:
        places = positions(declaration.tensor.axes, point.sizes)
        chosen = places if len(places) <= 2 else rng.sample(places, 2)
        found += [(declaration.name, place) for place in chosen]
    return found


def reference(
    model: Model, evaluator: Evaluator, weights: Mapping[Position, float], asked: list[Entry]
) -> tuple[Wanted, float]:
    """The output, and its weighted derivatives, on the model's own equations.

    Beside them the largest number that occurs on the way: what is left of a cancellation of such
    numbers can be no more exact than they are.
    """
    output = model.output
    wanted: Wanted = {}
    zero = evaluator.compiled.arithmetic.zero
    for entry in asked:
        total = zero
        for place, weight in weights.items():
            env = dict(zip(output.indices, place, strict=True))
            total = total + evaluator.derivative(output.element, env, entry) * weight
        wanted[entry] = total
    for place in weights:
        wanted[output.name, place] = evaluator.value(output.name, place)
    return wanted, evaluator.largest()


def run(
    model: Model,
    module: ModuleType,
    point: Point,
    weights: Mapping[Position, float],
    real: Any = np.float64,
    *,
    room: float = ROUNDING,
) -> dict[str, Any]:
    """All arrays that a module returns; inputs must stay as they are, NumPy must not warn.

    ``room`` is what rounding may leave between `value` alone and with gradients.
    """
    arrays = {
        d.name: _filled(
            d.tensor.axes,
            point,
            point.inputs[d.name],
            real if d.tensor.label_of is None else int,
        )
        for d in model.declarations
    }
    positional = [arrays[d.name] for d in model.declarations if d.role != "const"]
    code = module.value_and_vjp.__code__
    *keywords, wrt = code.co_varnames[code.co_argcount :][: code.co_kwonlyargcount]
    given = [arrays[d.name][()] for d in model.declarations if d.role == "const"]
    consts = dict(zip(keywords, given, strict=True))
    before = [array.copy() for array in positional]
    output = model.output
    upstream = _filled(output.tensor.axes, point, weights, real)
    names = [d.name for d in model.real_inputs]
    with np.errstate(over="raise", divide="raise", invalid="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        value, grads = module.value_and_vjp(*positional, upstream, **consts, **{wrt: tuple(names)})
        alone = module.value(*positional, **consts)
        one = names[sum(point.sizes.values()) % len(names)]
        only = module.value_and_vjp(*positional, upstream, **consts, **{wrt: (one,)})[1]
    if not np.allclose(alone, value, rtol=TOLERANCE, atol=room, equal_nan=True):
        raise FoundError(f"value gives {alone}, value_and_vjp gives {value}")
    if set(only) != {one} or not np.array_equal(only[one], grads[one], equal_nan=True):
        raise FoundError(f"asked for alone, the gradient by {one} is {only}, not {grads[one]}")
    for old, new in zip(before, positional, strict=True):
        if not np.array_equal(old, new):
            raise FoundError("an input array is changed")
    for declaration in model.real_inputs:
        shape = tuple(point.sizes[axis] for axis in declaration.tensor.axes)
        if np.shape(grads[declaration.name]) != shape:
            raise FoundError(f"the gradient by {declaration.name} has another shape")
    return {output.name: value, **grads}


def _filled(axes: Any, point: Point, entries: Mapping[Position, Any], dtype: Any) -> Any:
    array = np.zeros(tuple(point.sizes[axis] for axis in axes), dtype=dtype)
    for place, value in entries.items():
        array[place] = value
    return array


def agree(found: Mapping[str, Any], wanted: Wanted, largest: float) -> bool:
    """Whether arrays agree with the entries asked for, relative to the largest of each array.

    What is small against the ``largest`` number on the way may be what rounding left.
    """
    for (name, place), value in wanted.items():
        array = np.asarray(found[name])
        got = float(array[place])
        if got == value:
            continue
        if not (_finite(value) and math.isfinite(got)):
            return False
        room = TOLERANCE * max(float(abs(array).max()), abs(value))
        if abs(got - value) > max(room, ROUNDING * largest, TINY):
            return False
    return True


def _in_doubt(
    model: Model,
    module: ModuleType,
    point: Point,
    weights: Mapping[Position, float],
    *,
    asked: list[Entry],
    found: Mapping[str, Any],
    settled: bool,
) -> tuple[str, Wanted]:
    """What many digits say: ``compared``, ``beyond`` float64, ``close`` to a kink, ``wrong``."""
    exact: Wanted = {}
    for digits in DIGITS:
        compiled = Compiled(model.equations, mp_field(digits))
        values, largest = reference(model, Evaluator(compiled, point), weights, asked)
        before, exact = exact, values
        # What settles may settle wrongly: log(1 + 1e-323) is 0 in 120 digits.
        same = before and all(_settled(before[entry], value) for entry, value in values.items())
        if same and agree(found, exact, largest):
            break
    if not all(_finite(value) and abs(value) < 1 / TINY for value in exact.values()):
        return "beyond", exact
    if agree(found, exact, largest):
        return "compared", exact
    finite = all(np.isfinite(np.asarray(array)).all() for array in found.values())
    if largest > HUGE or not (finite or (settled and not _overflows(model, point))):
        return "beyond", exact
    if _shrinks(model, module, point, weights, found=found, exact=exact):
        return "close", exact
    for chosen in _choices(model, point):
        tied = Evaluator(compiled, point, overrides=chosen)
        if agree(found, *reference(model, tied, weights, asked)):
            return "close", exact
    nudged = [
        reference(model, Evaluator(compiled, moved), weights, asked)[0]
        for moved in _moved(model, point)
    ]
    for name, place in exact:
        array = np.asarray(found[name])
        got = float(array[place])
        values = [exact[name, place], *(near[name, place] for near in nudged)]
        low, high = min(values), max(values)
        # A score is off by its own rounding, and a power of it by as much of any number; so is
        # a root, whose square is on the way, and a cube of what is named.
        degree = _degree(model)
        power = SPACING * largest**degree if degree > 1 else 0.0
        room = max(TOLERANCE * abs(array).max(), 64 * (high - low), ROUNDING * largest, power)
        if not low - room <= got <= high + room:
            return "wrong", exact
    return "close", exact


def _degree(model: Model) -> int:
    """Which power of what the model names may be on the way; 1 if that is all there is."""
    degree = 1
    for equation in model.equations:
        for node in subexpressions(equation.rhs):
            if isinstance(node, Exp | Sigmoid):
                degree = max(degree, 2)
            elif isinstance(node, Pow):
                whole = node.exp.is_Integer and node.exp > 2
                degree = max(degree, int(node.exp) if whole else 2 - int(node.exp.is_Integer))
    return degree


def _overflows(model: Model, point: Point) -> bool:
    """Whether a value that the model names is beyond the range of float64."""
    evaluator = Evaluator(Compiled(model.equations, FLOAT), point)
    for equation in model.equations:
        if equation.tensor.label_of is None:
            for place in positions(equation.tensor.axes, point.sizes):
                try:
                    if math.isinf(evaluator.value(equation.name, place)):
                        return True
                except CheckError:  # there is no such element where its condition does not hold
                    continue
    return False


def _shrinks(
    model: Model,
    module: ModuleType,
    point: Point,
    weights: Mapping[Position, float],
    *,
    found: Mapping[str, Any],
    exact: Wanted,
) -> bool:
    """Whether the module comes much closer in the extended precision of the machine.

    Then it was rounding; what is wrong stays wrong.
    """
    better = run(model, module, point, weights, np.longdouble)
    for (name, place), value in exact.items():
        largest = float(abs(np.asarray(found[name])).max())
        error = abs(float(np.asarray(found[name])[place]) - float(value))
        rest = abs(float(np.asarray(better[name])[place]) - float(value))
        if not rest <= max(error / 30, TOLERANCE * largest, TINY):
            return False
    return True


def _settled(before: Any, value: Any) -> bool:
    return _finite(before) and bool(abs(before - value) <= abs(value) * 10.0**-25)


def _moved(model: Model, point: Point) -> Iterator[Point]:
    for turn, by in enumerate(NUDGES):
        inputs: dict[str, Any] = dict(point.inputs)
        count = 0
        for declaration in model.real_inputs:
            moved = {}
            for place, value in point.inputs[declaration.name].items():
                way = by * (-1) ** (count >> (turn // 2))
                moved[place] = value * (1 + way) + way / 64
                count += 1
            inputs[declaration.name] = moved
        yield Point(point.sizes, inputs)


def _choices(model: Model, point: Point) -> Iterator[Choice]:
    """Other positions for what is an arg max or arg min of numbers that are equal but for rounding.

    No input needs to move for another one to be the largest.
    """
    evaluator = Evaluator(Compiled(model.equations, mp_field(DIGITS[0])), point)
    ties: dict[Entry, list[int]] = {}
    for equation in model.equations:
        reduce = equation.rhs
        if not isinstance(reduce, Reduce) or reduce.kind not in ("argmax", "argmin"):
            continue
        letters, cond, body = open_fresh(reduce, Fresh())
        for env in assignments(equation.indices, point.sizes):
            inner = [env | also for also in assignments(letters, point.sizes)]
            values = [
                (evaluator.evaluate(body, here), here[letters[0]])
                for here in inner
                if evaluator.evaluate(cond, here)
            ]
            best = (max if reduce.kind == "argmax" else min)(v for v, _ in values)
            near = [at for v, at in values if abs(v - best) <= ROUNDING * max(1, abs(best))]
            if len(near) > 1:
                ties[equation.name, tuple(env[i] for i in equation.indices)] = near
    for positions_ in islice(product(*ties.values()), MOST_CHOICES):
        chosen: dict[str, dict[Position, int]] = {}
        for (name, place), at in zip(ties, positions_, strict=True):
            chosen.setdefault(name, {})[place] = at
        if chosen:
            yield chosen


def _difference(
    level: str,
    *,
    point: Point,
    weights: Mapping[Position, float],
    found: Mapping[str, Any],
    wanted: Wanted,
    largest: float,
) -> str:
    rows = [f"{level}: another value or gradient at sizes {point.sizes}"]
    rows += [f"  {name} = {dict(values)}" for name, values in point.inputs.items()]
    rows.append(f"  cotangent = {dict(weights)}")
    for (name, place), value in wanted.items():
        got = float(np.asarray(found[name])[place])
        mark = "  " if agree(found, {(name, place): value}, largest) else "->"
        rows.append(f"  {mark} {name}{list(place)}: {got!r}, the reference has {_short(value)}")
    return "\n".join(rows)


def _finite(value: Any) -> bool:
    return bool(abs(value) < math.inf)


def _short(value: Any) -> str:
    return repr(float(value))
