"""A loss along one direction, and along two: as a curve, as a surface with its contours."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from symderive.errors import InputError
from symderive.expr import Axis
from symderive.model import Model
from symderive.notation.layout import Word
from symderive.plots.curve import Curve
from symderive.plots.curves import REACH, named, reach, shown
from symderive.plots.grid import POINTS, Grid, grid_of
from symderive.plots.inputs import Member, Values, direction, sampled_sizes, sampled_values
from symderive.plots.labels import Labels, mathtext
from symderive.plots.panels import Names, draw_panels
from symderive.plots.request import PlotRequest, Range, Subject
from symderive.plots.shape import has_two_numbers, is_pointwise, moved, sample_axis
from symderive.plots.style import entitle, few_ticks
from symderive.plots.track import Track

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Samples where none are asked for.
ONE: tuple[int, ...] = (1,)
#: The range of the directions of a plane.
PLANE: Range = (-4.0, 4.0)
#: What tells the random numbers of directions from those of the inputs.
DIRECTIONS = 1000


def draw_line(figure: Figure, request: PlotRequest) -> None:
    """The loss along one random direction, for each number of samples."""
    curves, names = line_curves(request)
    draw_panels(figure, request, curves, names, slopes=bool(request.derivative))


def line_curves(request: PlotRequest) -> tuple[tuple[Curve, ...], Names]:
    """A curve for each number of samples, and what the picture is called."""
    subject = _only(request)
    model, labels = subject.model, Labels(subject.model)
    counts = _counts(request, model)
    curves = []
    for samples in counts:
        track = line_track(request, subject, samples)
        label = _samples(samples) if len(counts) > 1 else ""
        curves.append(Curve(track, label, _inside(track, request.x or REACH["line"])))
    letter = labels.free_letter()
    of = labels.element(shown(model, max(counts)).tensor, numbered=False)
    up = _along(model, labels, (letter,), max(counts))
    names = Names(model.title, labels.formula(letter), up, labels.slope(of, letter))
    return named(request, curves), names


def draw_plane(figure: Figure, request: PlotRequest) -> None:
    """The loss over two directions: a surface and its contours, for each number of samples."""
    subject = _only(request)
    model, labels = subject.model, Labels(subject.model)
    counts = _counts(request, model)
    _check_two_ways(request, model, max(counts))
    names, ranges = _axes_names(model, labels), _ranges(request, model)
    for place, samples in enumerate(counts, 1):
        track = plane_track(request, subject, samples)
        grid = grid_of(track, *ranges)
        up = _up(model, labels, samples) if len(counts) == 1 else _samples(samples)
        _surface(figure, (1, max(2, len(counts)), place), grid, (*names, up))
        if len(counts) == 1:
            _contours(figure, (1, 2, 2), grid, names)
    if len(counts) > 1:
        figure.supxlabel(_up(model, labels, max(counts)), fontsize=14)
    definition = labels.definition() if has_two_numbers(model) else None
    entitle(figure, request.title if request.title is not None else definition or model.title)


def _surface(
    figure: Figure,
    place: tuple[int, int, int],
    grid: Grid,
    names: tuple[str, str, str],
) -> None:
    """A surface with lines of equal height, which are drawn on the floor once more."""
    from matplotlib.ticker import MaxNLocator

    heights, levels = grid.heights, grid.levels
    axes: Any = figure.add_subplot(*place, projection="3d", computed_zorder=False)
    x, y = np.meshgrid(grid.xs, grid.ys)
    low, high = float(np.nanmin(heights)), float(np.nanmax(heights))
    floor = low - 0.35 * (high - low or 1.0)
    axes.plot_surface(
        x, y, heights, cmap="viridis", rcount=POINTS, ccount=POINTS, linewidth=0, antialiased=False,
        zorder=2, rasterized=True,  # in PDF and SVG facets would show their seams
    )  # fmt: skip
    if levels.size:
        style = {"levels": levels, "linestyles": "solid"}
        axes.contour(x, y, heights, colors="black", linewidths=0.6, zorder=3, **style)
        axes.contour(x, y, heights, colors="0.35", linewidths=0.8, offset=floor, zorder=1, **style)
    axes.set_zlim(floor, high)
    axes.set_zticks([level for level in levels[::2] if low <= level])
    axes.set_xlabel(names[0])
    axes.set_ylabel(names[1])
    axes.set_title(names[2], loc="left", y=0.92)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 4, 5, 10]))
    axes.tick_params(labelsize=9, pad=0)
    axes.view_init(elev=28, azim=-55)
    axes.set_box_aspect((1, 1, 0.8), zoom=0.95)


def _contours(
    figure: Figure,
    place: tuple[int, int, int],
    grid: Grid,
    names: tuple[str, str],
) -> None:
    """Lines of equal height, with their heights, over shades."""
    xs, ys, heights, levels = grid.xs, grid.ys, grid.heights, grid.levels
    axes = figure.add_subplot(*place)
    if levels.size:
        axes.contourf(xs, ys, heights, levels=levels, cmap="viridis", extend="both", alpha=0.45)
        drawn = axes.contour(
            xs, ys, heights, levels=levels, colors="black", linewidths=0.9, linestyles="solid"
        )
        axes.clabel(drawn, levels[::2].tolist(), fontsize=9, fmt="%g")
    axes.set_xlabel(names[0])
    axes.set_title(names[1], loc="left", va="bottom")
    few_ticks(axes)


# --- where they run ------------------------------------------------------------------------------


def _only(request: PlotRequest) -> Subject:
    if len(request.models) != 1:
        raise InputError("a loss along a direction is drawn for one model; several were given")
    (subject,) = request.models
    if subject.model.output.indices and not is_pointwise(subject.model):
        raise InputError(f"{subject.model.name}: the output is no scalar; expected a loss")
    return subject


def _counts(request: PlotRequest, model: Model) -> tuple[int, ...]:
    """How many samples each picture averages over; as many as there are if they are set."""
    axis = sample_axis(model)
    if axis is None:
        return ONE
    one, two = (sampled_sizes(request, model, samples)[axis] for samples in (1, 2))
    return (one,) if one == two else request.samples or ONE


def _check_two_ways(request: PlotRequest, model: Model, samples: int) -> None:
    """Refuse a plane where one number moves: its two directions would be one."""
    sizes = sampled_sizes(request, model, samples)
    entries = [prod(sizes[axis] for axis in d.tensor.axes) for d in moved(model)]
    if sum(entries) < 2:
        (declared,) = moved(model)
        larger = ", or larger sizes" if declared.tensor.axes else ""
        raise InputError(
            f"{model.name}: a plane needs two numbers, {declared.name} is one; expected kind line"
            f" or curve{larger}"
        )


def _samples(count: int) -> str:
    return "one sample" if count == 1 else f"{count} samples"


def line_track(request: PlotRequest, subject: Subject, samples: int) -> Track:
    """From a random start along a random direction."""
    return _random_track(request, subject, samples, 1)


def plane_track(request: PlotRequest, subject: Subject, samples: int) -> Track:
    """From a random start along two random directions, or along the two numbers of the model."""
    model = subject.model
    if not has_two_numbers(model):
        return _random_track(request, subject, samples, 2)
    sizes = sampled_sizes(request, model, samples)
    values = sampled_values(model, sizes, request.settings, request.seed)
    units = tuple({d.name: np.ones_like(values[d.name], dtype=float)} for d in moved(model))
    start = {**values, **{n: np.zeros_like(values[n], float) for u in units for n in u}}
    return Track(Member(subject, sizes, start), units, (0,) * len(model.output.indices))


def _random_track(request: PlotRequest, subject: Subject, samples: int, ways: int) -> Track:
    model = subject.model
    sizes = sampled_sizes(request, model, samples)
    values = sampled_values(model, sizes, request.settings, request.seed)
    rng = np.random.default_rng([request.seed, DIRECTIONS])
    directions = tuple(_direction(model, sizes, rng) for _ in range(ways))
    return Track(Member(subject, sizes, values), directions, (0,) * len(model.output.indices))


def _direction(model: Model, sizes: dict[Axis, int], rng: np.random.Generator) -> Values:
    return {
        d.name: direction(d, tuple(sizes[axis] for axis in d.tensor.axes), rng)
        for d in moved(model)
    }


def _inside(track: Track, within: Range) -> Range:
    """The part of a range around 0 that stays in the domains."""
    ts = np.linspace(*within, 401)
    good = [t for t in ts if track.inside(t)]
    if not good:
        raise InputError(f"{track.member.model.name}: the line leaves the domain of its inputs")
    return (float(good[0]), float(good[-1])) if len(good) > 1 else within


def _ranges(request: PlotRequest, model: Model) -> tuple[Range, Range]:
    if has_two_numbers(model):
        first, second = (reach(d.domain, PLANE) for d in moved(model))
        return request.x or first, request.y or second
    return request.x or PLANE, request.y or request.x or PLANE


def _steps(labels: Labels) -> tuple[Word, Word]:
    """The letters of how far one goes along each direction."""
    one = labels.free_letter()
    other = labels.free_letter(name for name in ("beta", "gamma", "u", "v") if name != one.text)
    return one, other


def _axes_names(model: Model, labels: Labels) -> tuple[str, str]:
    if has_two_numbers(model):
        first, second = (labels.element(d.tensor, numbered=False) for d in moved(model))
        return labels.formula(first), labels.formula(second)
    one, other = _steps(labels)
    return labels.formula(one), labels.formula(other)


def _up(model: Model, labels: Labels, samples: int) -> str:
    """What a surface shows: the output, along two directions."""
    if not has_two_numbers(model):
        return _along(model, labels, _steps(labels), samples)
    return labels.formula(labels.element(shown(model, samples).tensor, numbered=False))


def _along(model: Model, labels: Labels, steps: Sequence[Word], samples: int) -> str:
    """``L(w_0 + alpha w_1)``; with several params theta stands for all of them."""
    output = labels.printer.latex(labels.element(shown(model, samples).tensor, numbered=False))
    names = [labels.printer.latex(labels.printer.layout(d.tensor)) for d in moved(model)]
    several = len(names) > 1 or "_" in names[0]
    name = labels.free_letter(("theta", "omega", "z")).latex if several else names[0]
    terms = "".join(rf" + {s.latex}\,{name}_{{{n}}}" for n, s in enumerate(steps, 1))
    return mathtext(rf"{output}({name}_0{terms})") or output
