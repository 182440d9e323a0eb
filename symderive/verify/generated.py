"""A generated module against the model: values and gradients, both precisions, inputs untouched."""

from __future__ import annotations

import inspect
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from symderive.errors import CheckError
from symderive.model import Declaration, GradientModel, Model
from symderive.model.evaluate import Point
from symderive.model.points import points
from symderive.verify.reference import Arrays, Reference, with_cotangent
from symderive.verify.sampling import extreme_points
from symderive.verify.tally import Entries, Tally

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Sizes of the axes at ordinary points, and of one point that spans several blocks of rows.
SIZES = (1, 2, 3, 4)
LARGE = (131, 7, 5, 3, 4, 2)


@dataclass(frozen=True)
class Case:
    """A point, and what the model says there."""

    point: Point
    wanted: Arrays


def cases(model: Model, written: GradientModel, seed: int = 0) -> tuple[Case, ...]:
    """Ordinary points of sizes 1 to 4, a large one, and extreme ones, with their exact values."""
    reference = Reference(written)
    found = []
    for plain in _ordinary(model, seed, SIZES, 2):
        point = with_cotangent(written, plain, seed)
        found.append(Case(point, reference.at(point, 30)))
    for plain in _ordinary(model, seed, LARGE[: max(1, len(model.axes))], 1):
        point = with_cotangent(written, plain, seed)
        found.append(Case(point, reference.at(point)))
        break
    for plain in extreme_points(model, seed, most=4):
        point = with_cotangent(written, plain, seed)
        found.append(Case(point, reference.exact(point)))
    return tuple(found)


def _ordinary(model: Model, seed: int, sizes: Sequence[int], most_labels: int) -> Iterator[Point]:
    rng = random.Random(seed)  # noqa: S311 - points, not secrets
    return points(model, rng, sizes, most_labels=most_labels)


def against_model(
    model: Model, module: ModuleType, found: Sequence[Case], dtype: str, cotangent: str
) -> Tally:
    """Run ``module`` in ``dtype`` at every case.

    Raises :class:`CheckError` if an input is changed, a dtype is not kept, or NumPy warns.
    """
    import numpy as np

    info = np.finfo(dtype)
    tally = Tally(floor=float(info.tiny) / float(info.eps))
    largest = float(info.max)
    for case in found:
        if any(abs(v) > largest for array in case.wanted.values() for v in array.values()):
            continue  # not a number of this precision
        call = _Call(model, module, case.point, np.dtype(dtype))
        with np.errstate(over="raise", divide="raise", invalid="raise"):
            for arrays in call.results(cotangent, list(case.wanted)[1:]):
                for name, array in arrays.items():
                    _compare(tally, array, case.wanted[name], dtype)
        call.check_inputs()
    return tally


def _compare(tally: Tally, array: Any, wanted: Entries, dtype: str) -> None:
    import numpy as np

    array = np.asarray(array)
    if array.dtype != dtype:
        raise CheckError(f"generated code returns {array.dtype} for inputs of {dtype}")
    if array.size != len(wanted):
        raise CheckError(f"generated code returns shape {array.shape} for {len(wanted)} entries")
    found = {place: float(array[place]) for place in wanted}
    tally.compare(found, wanted)


class _Call:
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
        self.before = [array.copy() for array in self.arrays]

    def _array(self, declaration: Declaration) -> NDArray[Any]:
        tensor = declaration.tensor
        dtype = self.dtype if tensor.label_of is None else int
        return _filled(tensor.axes, self.point, self.point.inputs[declaration.name], dtype)

    def results(self, cotangent: str, wrt: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """What each function of the module returns, by name."""
        output = self.model.output
        arrays, consts = self.arrays, self.consts
        yield {output.name: self.module.value(*arrays, **consts)}
        upstream = _filled(output.tensor.axes, self.point, self.point.inputs[cotangent], self.dtype)
        value, grads = self.module.value_and_vjp(*arrays, upstream, **consts, wrt=tuple(wrt))
        yield {output.name: value, **grads}
        if not output.tensor.axes:
            value, grads = self.module.value_and_grad(*arrays, **consts, wrt=tuple(wrt))
            factor = self.point.inputs[cotangent][()]
            yield {output.name: value, **{name: grad * factor for name, grad in grads.items()}}

    def check_inputs(self) -> None:
        """The arrays are what they were."""
        import numpy as np

        for before, after in zip(self.before, self.arrays, strict=True):
            if not np.array_equal(before, after):
                raise CheckError("generated code changes its inputs")


def _filled(axes: Sequence[Any], point: Point, entries: Entries, dtype: Any) -> NDArray[Any]:
    import numpy as np

    array = np.zeros(tuple(point.sizes[axis] for axis in axes), dtype=dtype)
    for place, value in entries.items():
        array[place] = value
    return array
