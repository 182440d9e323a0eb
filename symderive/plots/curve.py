"""One curve of a picture: exact where its model changes branches, open where it jumps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from symderive.plots.inputs import Array
from symderive.plots.request import Range
from symderive.plots.switches import Branches, Function, jumps, sides
from symderive.plots.track import Track

#: Points of a curve.
POINTS = 401


@dataclass(frozen=True)
class Curve:
    """One curve: where it runs, what it is called, and where its model changes branches."""

    track: Track
    label: str
    range: Range

    @property
    def scale(self) -> float:
        return self.range[1] - self.range[0]

    @cached_property
    def ts(self) -> Array:
        """The places at which it is computed."""
        return np.linspace(*self.range, POINTS)

    @cached_property
    def changes(self) -> tuple[float, ...]:
        """Where branches change, off the ends."""
        found = Branches(self.track).changes(self.ts.tolist())
        low, high = self.range
        return tuple(t for t in found if low < t < high)

    @cached_property
    def value_jumps(self) -> frozenset[float]:
        """Where the value jumps."""
        return frozenset(t for t in self.changes if jumps(self.track.value, t, self.scale))

    @cached_property
    def slope_jumps(self) -> frozenset[float]:
        """Where the slope jumps: kinks, and what is a jump of the value as well."""
        kinks = {t for t in self.changes if jumps(self.track.slope, t, self.scale)}
        return frozenset(kinks) | self.value_jumps

    def outline(self, function: Function, gaps: frozenset[float]) -> tuple[Array, Array]:
        """Points of the curve, interrupted at ``gaps``, exact at every change of branches."""
        near = 1e-7 * self.scale
        ts = [t for t in self.ts if all(abs(t - change) > near for change in self.changes)]
        xs: list[float] = []
        ys: list[float] = []
        for t in sorted([*ts, *self.changes]):
            if t in gaps:
                before, behind = sides(function, t, self.scale)
                xs += (t, t, t)
                ys += (before, np.nan, behind)
            else:
                xs.append(t)
                ys.append(function(t))
        heights = np.array(ys)
        heights[~np.isfinite(heights)] = np.nan
        return np.array(xs), heights
