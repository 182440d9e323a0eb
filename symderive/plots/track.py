"""A way through the inputs of a model: what its output, its slope and its branches are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from symderive.codegen.names import argument
from symderive.model.evaluate import Point
from symderive.plots.inputs import Array, Member, Values, inside


@dataclass(frozen=True)
class Track:
    """The entry ``at`` of the output, where inputs are ``start + t * direction``.

    One direction makes a line, two a plane. Values and slopes come from the generated module.

    >>> import numpy as np, symderive as sd
    >>> from symderive.expr import Axis
    >>> from symderive.plots.inputs import Member
    >>> member = Member(sd.compile("tanh"), {Axis("N"): 1}, {"x": np.zeros(1)})
    >>> track = Track(member, ({"x": np.ones(1)},), (0,))
    >>> track.value(0.0), track.slope(0.0)
    (0.0, 1.0)
    """

    member: Member
    directions: tuple[Values, ...]
    at: tuple[int, ...] = ()

    def inputs(self, *t: float) -> dict[str, Array]:
        """All inputs at ``t``."""
        values = dict(self.member.values)
        for step, towards in zip(t, self.directions, strict=True):
            for name, change in towards.items():
                values[name] = values[name] + step * change
        return values

    def inside(self, *t: float) -> bool:
        """Whether the inputs lie in their declared domains at ``t``."""
        values = self.inputs(*t)
        names = {name for towards in self.directions for name in towards}
        model = self.member.model
        return all(inside(d, values[d.name]) for d in model.declarations if d.name in names)

    def value(self, *t: float) -> float:
        """The output at ``t``; nan outside of the domains."""
        if not self.inside(*t):
            return np.nan
        arrays, consts = self._arguments(self.inputs(*t))
        return float(np.asarray(self.member.subject.value(*arrays, **consts))[self.at])

    def slope(self, t: float) -> float:
        """The derivative of the output by ``t``; nan outside of the domains."""
        if not self.inside(t):
            return np.nan
        arrays, consts = self._arguments(self.inputs(t))
        (towards,) = self.directions
        _, gradients = self.member.subject.value_and_vjp(
            *arrays, self._cotangent, **consts, wrt=tuple(towards)
        )
        return float(sum(np.vdot(gradients[name], change) for name, change in towards.items()))

    @cached_property
    def _cotangent(self) -> Array | None:
        sizes = self.member.sizes
        shape = tuple(sizes[axis] for axis in self.member.model.output.tensor.axes)
        if not shape:
            return None
        cotangent = np.zeros(shape)
        cotangent[self.at] = 1
        return cotangent

    def _arguments(self, values: Mapping[str, Array]) -> tuple[list[Array], dict[str, float]]:
        declarations = self.member.model.declarations
        arrays = [values[d.name] for d in declarations if d.role != "const"]
        consts = {
            argument(d.name): float(values[d.name]) for d in declarations if d.role == "const"
        }
        return arrays, consts

    def point(self, *t: float) -> Point:
        """The same place for the reference evaluator."""
        return Point(self.member.sizes, {n: _entries(a) for n, a in self.inputs(*t).items()})


def _entries(array: Array) -> dict[tuple[int, ...], Any]:
    return {position: array[position].item() for position in np.ndindex(array.shape)}
