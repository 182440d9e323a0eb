"""A generated module against the model: values and gradients, both precisions, inputs untouched."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from types import ModuleType
from typing import TYPE_CHECKING, Any

from symderive.errors import CheckError
from symderive.model import Declaration, Equation, GradientModel, Model, adjoint_name
from symderive.model.evaluate import FLOAT, Compiled, Evaluator, Point, Position
from symderive.model.fields import is_nan
from symderive.verify.missing import named_values
from symderive.verify.reference import PRECISIONS, Arrays, Reference, with_cotangent
from symderive.verify.sampling import extreme_points, ordinary_points
from symderive.verify.tally import Entries, Tally

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: How far inputs are moved, relatively, to see how much their rounding matters.
NUDGE = 2.0**-40
#: In how many patterns of ups and downs they are moved.
PATTERNS = 4
#: An array much smaller than others at its point is small by cancellation, and ever so much
#: smaller if it is 0.
PART, NOTHING = 1000, 1e-20


@dataclass(frozen=True)
class Places:
    """Sizes of the axes at ordinary points, those at a larger one, how many are extreme."""

    ordinary: tuple[int, ...]
    large: tuple[int, ...]
    extreme: int


#: Where the code of a value and its gradients is run.
PLACES = Places((1, 2, 3, 4), (61, 7, 5, 3, 4, 2), extreme=4)


@dataclass(frozen=True)
class Case:
    """A point, what the model says there, and what it says if the inputs are moved a little.

    ``beside(pattern, by)`` are the values where each real input is moved by the factor
    ``1 + by`` or ``1 - by``, taking turns after ``2**pattern`` entries; ``rounded(pattern, by)``
    those where it is what gets a name that is moved, and ``terms()`` how large the terms are that
    each entry is the sum of. Where ``wanted`` is in floats, ``exact()`` are the values in many
    digits: a model as it is written may lose what the code keeps.
    """

    point: Point
    wanted: Arrays
    beside: Callable[[int, float], Arrays]
    rounded: Callable[[int, float], Arrays]
    terms: Callable[[], Arrays]
    equations: tuple[Equation, ...] = ()
    exact: Callable[[], Arrays] | None = None

    @cached_property
    def _surely(self) -> Arrays:
        return self.exact() if self.exact is not None else self.wanted

    @cached_property
    def largest_named(self) -> float:
        """The largest number that one of the ``equations`` gives a name, in floats."""
        evaluator = Evaluator(Compiled(self.equations, FLOAT), self.point)
        sizes = (abs(value) for value in named_values(evaluator, self.equations))
        return max((size for size in sizes if not math.isnan(size)), default=0.0)

    def excuses(self, entries: Entries, dtype: str) -> bool:
        """Whether results that are no numbers come from a name of the model that is none here."""
        import numpy as np

        finite = all(math.isfinite(value) for value in entries.values())
        return not finite and self.largest_named > float(np.finfo(dtype).max)

    @cached_property
    def scales(self) -> dict[str, float]:
        """What an error in an array counts relative to if its entries are small by cancellation.

        How much the array changes for a relative change of the inputs by 1, or a small part of
        the largest number there is at the point.
        """
        sizes = {name: largest(array[p] for p in self._told(name)) for name, array in
                 self.wanted.items()}  # fmt: skip
        most = max(sizes.values())
        found = {
            name: most if value < most * NOTHING else most / PART for name, value in sizes.items()
        }
        for name, change in self._changes(self.beside):
            found[name] = max(found[name], change)
        return found

    @cached_property
    def rounding(self) -> dict[str, float]:
        """How much each array changes for a relative change by 1 of all that gets a name.

        At least as much as its terms are large.
        """
        found = {name: largest(array[p] for p in self._told(name)) for name, array in
                 self.terms().items()}  # fmt: skip
        for name, change in self._changes(self.rounded):
            found[name] = max(found[name], change)
        return found

    def _told(self, name: str) -> list[Position]:
        """The places of an array at which there is a number: the others tell nothing of it."""
        return [place for place, value in self.wanted[name].items() if not is_nan(value)]

    def _changes(self, moved: Callable[[int, float], Arrays]) -> Iterator[tuple[str, float]]:
        for pattern in range(PATTERNS):
            above, below = moved(pattern, NUDGE), moved(pattern, -NUDGE)
            for name, array in self.wanted.items():
                told = self._told(name)
                change = largest(above[name][p] - below[name][p] for p in told) / 2
                bend = largest(above[name][p] + below[name][p] - 2 * array[p] for p in told)
                if bend < change / 100:  # else there is a kink close by
                    yield name, change / NUDGE

    def judged(self, name: str, found: Entries, floor: float, tolerance: float) -> Tally:
        """How far an array is off: relative to its largest entry, or to ``floor``.

        If that is more than ``tolerance``, to what its entries are the rest of; and if it still
        is, to what rounding of all names and terms may do to it.
        """
        scales: Sequence[Callable[[], float]] = (
            lambda: floor,
            lambda: self.scales[name],
            lambda: self.rounding[name],
        )
        one = Tally(floor=floor)
        one.compare(found, self.wanted[name], name, self.point)
        if one.worst <= tolerance:
            return one
        for scale in scales:
            size = scale()
            floor = max(floor, size if math.isfinite(size) else 0.0)  # infinity excuses nothing
            one = Tally(floor=floor)
            one.compare(found, self._surely[name], name, self.point)
            if one.worst <= tolerance:
                break
        return one


def largest(values: Iterable[Any]) -> float:
    """The largest absolute value; 0 if there are none."""
    return max((float(abs(value)) for value in values), default=0.0)


def cases(model: Model, written: GradientModel, seed: int = 0) -> tuple[Case, ...]:
    """Ordinary points of sizes 1 to 4, a large one, and extreme ones, with their exact values."""
    completed = partial(with_cotangent, written, seed=seed)
    return cases_over(model, Reference(written), completed, PLACES, seed)


def cases_over(
    model: Model,
    reference: Reference,
    completed: Callable[[Point], Point],
    places: Places,
    seed: int = 0,
) -> tuple[Case, ...]:
    """Cases at ``places``; what ``reference`` says at the large one is in floats."""

    def ordinary(sizes: Sequence[int], most_labels: int) -> Iterator[Point]:
        return ordinary_points(model, seed, sizes, most_labels)

    large = places.large[: max(1, len(model.axes))]
    batches: list[tuple[Iterable[Point], bool]] = [
        (ordinary(places.ordinary, 2), True),
        (islice(ordinary(large, 1), 1), False),
        (extreme_points(model, seed, most=places.extreme), True),
    ]
    return tuple(
        case_at(model, completed(point), reference, exact)
        for found, exact in batches
        for point in found
    )


def case_at(model: Model, point: Point, reference: Reference, exact: bool) -> Case:
    """The case of ``point``, where ``reference`` says what is right, ``exact`` or in floats."""
    values = reference.exact if exact else reference.at
    digits = PRECISIONS[-1] if exact else 0
    beside = partial(_beside, model, point, values)
    rounded = partial(reference.with_names_moved, point, digits=digits)
    terms = partial(reference.of_magnitudes().at, point, digits)
    again = None if exact else partial(reference.exact, point)
    return Case(point, values(point), beside, rounded, terms, model.equations, again)


def _beside(
    model: Model, point: Point, values: Callable[[Point], Arrays], pattern: int, by: float
) -> Arrays:
    return values(moved(model, point, pattern, by))


def moved(model: Model, point: Point, pattern: int, by: float) -> Point:
    """``point`` with each real input times ``1 + by`` or ``1 - by``, taking turns."""
    inputs: dict[str, Any] = dict(point.inputs)
    turn = 0
    for declaration in model.real_inputs:
        moved = inputs[declaration.name] = {}
        for place, value in point.inputs[declaration.name].items():
            moved[place] = value * (1 + by * (-1) ** (turn >> pattern))
            turn += 1
    return Point(point.sizes, inputs)


def against_model(
    model: Model, module: ModuleType, found: Sequence[Case], dtype: str, tolerance: float
) -> Tally:
    """Run ``module`` in ``dtype`` at every case.

    An error counts relative to the largest entry of its array; if it is more than ``tolerance``
    then, relative to the scales of the case (what is ill conditioned in the model, or in the names
    that it gives, is no fault of the code).

    Results that are no numbers count only where all that the model names is one in ``dtype``.

    Raises :class:`CheckError` if an input is changed, a dtype is not kept, or NumPy warns.
    """
    import numpy as np

    info = np.finfo(dtype)
    tally = Tally(floor=float(info.tiny) / float(info.eps))
    for case in found:
        if any(largest(array.values()) > float(info.max) for array in case.wanted.values()):
            continue  # no numbers of this precision
        call = Call(model, module, case.point, np.dtype(dtype))
        with np.errstate(over="raise", divide="raise", invalid="raise"):
            for arrays in call.results(list(case.wanted)[1:]):
                for name, array in arrays.items():
                    entries = entries_of(array, case.wanted[name], dtype)
                    if case.excuses(entries, dtype):
                        continue
                    tally.add(case.judged(name, entries, tally.floor, tolerance))
        call.check_inputs()
    return tally


def entries_of(array: Any, wanted: Entries, dtype: str) -> Entries:
    """The entries of a result, whose dtype and shape must be right."""
    import numpy as np

    array = np.asarray(array)
    if array.dtype != dtype:
        raise CheckError(f"generated code returns {array.dtype} for inputs of {dtype}")
    shape = tuple(1 + max(axis) for axis in zip(*wanted, strict=True))
    if array.shape != shape:
        raise CheckError(f"generated code returns the shape {array.shape}; expected {shape}")
    return {place: float(array[place]) for place in wanted}


class Call:
    """The functions of a module, called with the arrays of one point."""

    def __init__(
        self, model: Model, module: ModuleType, point: Point, dtype: np.dtype[Any]
    ) -> None:
        self.model, self.module, self.point, self.dtype = model, module, point, dtype
        arrays = {d.name: self._array(d) for d in model.declarations}
        self.arrays = [arrays[d.name] for d in model.declarations if d.role != "const"]
        consts = [arrays[d.name][()] for d in model.declarations if d.role == "const"]
        named = inspect.signature(module.value).parameters.values()
        keywords = [p.name for p in named if p.kind is inspect.Parameter.KEYWORD_ONLY]
        self.consts = dict(zip(keywords, consts, strict=True))
        #: What the last parameter is called where gradients are asked for; "wrt" may be an input.
        self.wrt = list(inspect.signature(module.value_and_vjp).parameters)[-1]
        self.before = [array.copy() for array in self.arrays]

    def _array(self, declaration: Declaration) -> NDArray[Any]:
        tensor = declaration.tensor
        dtype = self.dtype if tensor.label_of is None else int
        return array_of(tensor.axes, self.point, self.point.inputs[declaration.name], dtype)

    def results(self, wrt: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """What each function of the module returns, by name."""
        output = self.model.output
        cotangent = adjoint_name(output.name)
        arrays, consts = self.arrays, self.consts
        yield {output.name: self.module.value(*arrays, **consts)}
        upstream = array_of(
            output.tensor.axes, self.point, self.point.inputs[cotangent], self.dtype
        )
        asked = {**consts, self.wrt: tuple(wrt)}
        value, grads = self.module.value_and_vjp(*arrays, upstream, **asked)
        yield {output.name: value, **grads}
        if not output.tensor.axes:
            value, grads = self.module.value_and_grad(*arrays, **asked)
            factor = self.point.inputs[cotangent][()]
            yield {output.name: value, **{name: grad * factor for name, grad in grads.items()}}

    def check_inputs(self) -> None:
        """The arrays are what they were."""
        import numpy as np

        for before, after in zip(self.before, self.arrays, strict=True):
            if not np.array_equal(before, after):
                raise CheckError("generated code changes its inputs")


def array_of(axes: Sequence[Any], point: Point, entries: Entries, dtype: Any) -> NDArray[Any]:
    """The array with these entries."""
    import numpy as np

    array = np.zeros(tuple(point.sizes[axis] for axis in axes), dtype=dtype)
    for place, value in entries.items():
        array[place] = value
    return array
