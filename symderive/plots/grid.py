"""The heights of a loss over a plane: torn where it jumps, cut flat where it runs away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from symderive.errors import InputError
from symderive.plots.inputs import Array
from symderive.plots.panels import is_flat, span
from symderive.plots.request import Range
from symderive.plots.track import Track

#: Points along each side, and contours.
POINTS, LEVELS = 61, 10
#: A jump is drawn as one if it is at least this part of all heights.
HIGH = 0.2
#: Steps of bisection: what is still as high between points so near each other is a jump.
STEPS = 24


@dataclass(frozen=True)
class Grid:
    """``heights[n, m]`` at ``(xs[m], ys[n])``; nan where nothing is drawn."""

    xs: Array
    ys: Array
    heights: Array

    @property
    def levels(self) -> Array:
        """Round heights for contours, none for a plain.

        Raises :class:`InputError` if the loss has no value anywhere.
        """
        from matplotlib.ticker import MaxNLocator

        finite = self.heights[np.isfinite(self.heights)]
        if not finite.size:
            raise InputError("the loss has no value anywhere in this range; expected another")
        locator = MaxNLocator(nbins=LEVELS, steps=[1, 2, 2.5, 5, 10])
        low, high = float(finite.min()), float(finite.max())
        return np.asarray([t for t in locator.tick_values(low, high) if low < t < high])


def grid_of(track: Track, across: Range, up: Range) -> Grid:
    """The heights along both directions of a track."""
    xs, ys = np.linspace(*across, POINTS), np.linspace(*up, POINTS)
    heights = np.array([[track.value(x, y) for x in xs] for y in ys])
    heights[~np.isfinite(heights)] = np.nan
    if is_flat(heights):
        heights[np.isfinite(heights)] = np.nanmin(heights)
    heights[_torn(track, xs, ys, heights)] = np.nan
    return Grid(xs, ys, np.minimum(heights, span(heights)[1]))


def _torn(track: Track, xs: Array, ys: Array, heights: Array) -> Array:
    """Which points lie on the upper side of a jump."""
    torn = np.zeros(heights.shape, dtype=bool)
    if np.isnan(heights).all():
        return torn
    least = HIGH * (np.nanmax(heights) - np.nanmin(heights))
    for step in ((0, 1), (1, 0)):
        rows, columns = heights.shape[0] - step[0], heights.shape[1] - step[1]
        here, there = heights[:rows, :columns], heights[step[0] :, step[1] :]
        for n, m in np.argwhere(np.abs(here - there) > least):
            ends = [(n, m), (n + step[0], m + step[1])]
            low, high = sorted(ends, key=lambda place: float(heights[place]))
            start, end = ((float(xs[column]), float(ys[row])) for row, column in (low, high))
            if _jumps(track, start, end, least):
                torn[high] = True
    return torn


def _jumps(
    track: Track, start: tuple[float, float], end: tuple[float, float], least: float
) -> bool:
    """Whether the values of two points differ by ``least`` however near they come."""
    low, high = track.value(*start), track.value(*end)
    for _ in range(STEPS):
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        value = track.value(*middle)
        if abs(value - low) > abs(value - high):
            end, high = middle, value
        else:
            start, low = middle, value
    return abs(high - low) > least
