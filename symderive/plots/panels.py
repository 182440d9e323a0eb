"""Curves in plots: beside their derivatives, kinks and jumps drawn as such."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from symderive.errors import InputError
from symderive.plots.curve import Curve
from symderive.plots.inputs import Array
from symderive.plots.request import PlotRequest, Range
from symderive.plots.style import STROKES, Stroke, entitle, few_ticks, zero_lines
from symderive.plots.switches import bends, sides

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: More kinks than this are not marked one by one.
MOST_MARKS = 24
#: Heights that differ by less are one height: rounding of numbers near 1.
ROUNDING = 1e-12
#: Curves beside each other in a legend.
MOST_COLUMNS = 4


@dataclass(frozen=True)
class Names:
    """What a picture and its axes are called; ``note`` says what stays as it is."""

    title: str | None
    across: str
    up: str
    slope: str
    note: str = ""


def draw_panels(
    figure: Figure, request: PlotRequest, curves: Sequence[Curve], names: Names, *, slopes: bool
) -> None:
    """Curves in one plot, or each in a plot of its own; with ``slopes``, their derivatives too."""
    if request.beside:
        _in_columns(figure, request, curves, names, slopes=slopes)
    else:
        _together(figure, request, curves, names, slopes=slopes)
    if names.note and not figure.legends:
        figure.supxlabel(names.note, fontsize=12)
    entitle(figure, names.title if request.title is None else request.title)


def _together(
    figure: Figure, request: PlotRequest, curves: Sequence[Curve], names: Names, *, slopes: bool
) -> None:
    """All curves in one plot; their derivatives in a plot beside it."""
    panels = figure.subplots(1, 2 if slopes else 1, squeeze=False)[0]
    for panel, name, derived in zip(panels, (names.up, names.slope), (False, True), strict=False):
        draw_panel(panel, curves, request, slopes=derived)
        panel.set_xlabel(names.across)
        panel.set_title(name, loc="left", va="bottom")
    if any(curve.label for curve in curves):
        if slopes:
            handles, labels = panels[0].get_legend_handles_labels()
            columns = min(len(curves), MOST_COLUMNS)
            figure.legend(
                handles, labels, loc="outside lower center", ncols=columns, title=names.note or None
            )
        else:
            panels[0].legend(loc="best")


def _in_columns(
    figure: Figure, request: PlotRequest, curves: Sequence[Curve], names: Names, *, slopes: bool
) -> None:
    """Each curve in a column of its own; its derivative below it."""
    grid = figure.subplots(2 if slopes else 1, len(curves), squeeze=False, sharex="col")
    for column, curve in enumerate(curves):
        for row, name in enumerate((names.up, names.slope)[: len(grid)]):
            draw_panel(grid[row][column], [curve], request, slopes=row == 1)
            grid[row][column].set_title(name, loc="left", va="bottom")
        grid[0][column].set_title(curve.label)
        grid[-1][column].set_xlabel(names.across)


def draw_panel(axes: Axes, curves: Sequence[Curve], request: PlotRequest, *, slopes: bool) -> None:
    """Values or slopes of curves in one plot, with marks where they jump or bend."""
    heights = []
    for curve, stroke in zip(curves, STROKES, strict=False):
        function = curve.track.slope if slopes else curve.track.value
        gaps = curve.slope_jumps if slopes else curve.value_jumps
        xs, ys = curve.outline(function, gaps)
        heights.append(ys)
        axes.plot(xs, ys, color=stroke.color, linestyle=stroke.dashes, label=curve.label or None)
        _mark(axes, curve, stroke, slopes=slopes)
    if not np.isfinite(np.concatenate(heights)).any():
        raise InputError("there is no value in this range; expected one within the domain")
    low = min(curve.range[0] for curve in curves)
    high = max(curve.range[1] for curve in curves)
    axes.set_xlim(low, high)
    axes.set_ylim(*((request.y if not slopes else None) or span(np.concatenate(heights))))
    few_ticks(axes)
    zero_lines(axes)


def _mark(axes: Axes, curve: Curve, stroke: Stroke, *, slopes: bool) -> None:
    """Jumps: a filled circle on the value, open ones where it is not. Kinks: a diamond."""
    if len(curve.changes) > MOST_MARKS:
        return
    function = curve.track.slope if slopes else curve.track.value
    for t in curve.changes:
        at, ends = function(t), sides(function, t, curve.scale)
        if slopes and t in curve.value_jumps:
            _circles(axes, t, ends, np.nan, stroke)  # no derivative there
        elif t in (curve.slope_jumps if slopes else curve.value_jumps):
            _circles(axes, t, ends, at, stroke)
        elif (t in curve.slope_jumps) if not slopes else bends(function, t, curve.scale):
            axes.plot(t, at, marker="D", markersize=5.5, color=stroke.color, zorder=4)


def _circles(axes: Axes, t: float, ends: tuple[float, float], at: float, stroke: Stroke) -> None:
    near = partial(np.isclose, rtol=1e-5, atol=1e-6)
    style: dict[str, Any] = {
        "marker": "o",
        "markersize": 6.5,
        "markeredgewidth": 1.6,
        "linestyle": "none",
    }
    for end in ends:
        if np.isfinite(end) and not near(end, at):
            axes.plot(t, end, color=stroke.color, markerfacecolor="white", zorder=5, **style)
    if np.isfinite(at):
        axes.plot(t, at, color=stroke.color, zorder=6, **style)


def is_flat(heights: Array) -> bool:
    """Whether finite heights differ by rounding alone.

    >>> is_flat(np.array([1.0, 1.0 + 4e-16])), is_flat(np.array([1.0, 1.0 + 1e-9]))
    (True, False)
    """
    finite = heights[np.isfinite(heights)]
    if not finite.size:
        return False
    low, high = float(finite.min()), float(finite.max())
    return high - low < ROUNDING * max(1.0, abs(low), abs(high))


def span(heights: Array) -> Range:
    """The range of the vertical axis: all of a curve, but not where it runs away.

    What differs by rounding alone is drawn flat.

    >>> span(np.array([0.0, 1e-16, 0.0]))
    (-0.5, 0.5)
    """
    finite = heights[np.isfinite(heights)]
    if not finite.size:
        return -1.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    if is_flat(finite):
        middle = round(low, 9)
        return middle - 0.5, middle + 0.5
    inner_low, inner_high = (float(q) for q in np.quantile(finite, (0.04, 0.96)))
    room = 3 * (inner_high - inner_low)
    if room > 0:
        low, high = max(low, inner_low - room), min(high, inner_high + room)
    pad = 0.06 * (high - low) or 0.5
    return low - pad, high + pad
