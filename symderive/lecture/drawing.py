"""Pictures and animations of networks that learn: what they say so far, and their losses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symderive.files import write_file
from symderive.lecture.fitting import Fit
from symderive.lecture.training import Course
from symderive.plots.style import STROKES, entitle, few_ticks, saved, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Inches: a slide, and a strip across it.
SLIDE, STRIP = (6.4, 3.6), (6.4, 2.4)
#: Points along a picture of a network's answers.
FINE = 161
#: Of an animation: dots to the inch, and how long a frame and the last one stay, in milliseconds.
DPI, FRAME, LAST = 110, 120, 2000


@dataclass(frozen=True)
class Look:
    """How a class is drawn: told by its marker and its fill, not by its colour alone."""

    marker: str
    edge: str
    fill: str
    shade: str


LOOKS = (
    Look("o", "#08306b", "#08519c", "#9ecae1"),
    Look("s", "#a63603", "white", "#fdd0a2"),
    Look("^", "#000000", "#bdbdbd", "#f0f0f0"),
    Look("D", "#00441b", "#41ab5d", "#c7e9c0"),
)


# --- regression ----------------------------------------------------------------------------------


def draw_regression(fit: Fit, path: Path) -> Path:
    """The data with what each optimiser fitted to them, and their losses."""
    with styled():
        figure = _figure()
        left, right = figure.subplots(1, 2)
        _draw_fits(left, fit, [len(course.steps) - 1 for course in fit.courses.values()])
        _draw_losses(right, fit)
        _legend(figure, left)
        write_file(path, saved(figure, path.suffix))
    return path


def animate_regression(fit: Fit, path: Path) -> Path:
    """The fit and the losses while they change, as a GIF."""
    with styled():
        figure = _figure()
        left, right = figure.subplots(1, 2)
        _draw_losses(right, fit)
        dots = _dots(right, fit)
        _draw_fits(left, fit, [0] * len(fit.courses))
        _legend(figure, left)

        def show(frame: int) -> None:
            places = [min(frame, len(course.steps) - 1) for course in fit.courses.values()]
            left.clear()
            _draw_fits(left, fit, places)
            _move(dots, fit, places)
            left.set_title(_step(fit, frame), loc="left")

        write_file(path, _animated(figure, show, _frames(fit)))
    return path


def _draw_fits(axes: Axes, fit: Fit, places: Sequence[int]) -> None:
    x, y = fit.data.x[:, 0], fit.data.y
    axes.plot(x, y, "o", markersize=4.5, color="0.45", markerfacecolor="0.8", label="data")
    fine = np.linspace(x.min(), x.max(), FINE)
    for (name, course), place, stroke in zip(fit.courses.items(), places, STROKES, strict=False):
        said = fit.answer(fine[:, None], course.params[place])
        axes.plot(fine, said, color=stroke.color, linestyle=stroke.dashes, label=name)
    low, high = y.min(), y.max()
    room = 0.15 * (high - low)
    axes.set_ylim(low - room, high + room)
    axes.set_xlabel("$x$")
    axes.set_title(r"$y$, $\hat{y}$", loc="left")
    few_ticks(axes)


# --- classification ------------------------------------------------------------------------------


def draw_classes(fits: Sequence[Fit], path: Path) -> Path:
    """For each data set the decision boundary that Adam found, and below it the losses."""
    with styled():
        figure = _figure()
        grid = figure.subplots(2, len(fits), height_ratios=(5, 2), squeeze=False)
        for column, fit in enumerate(fits):
            *_, course = fit.courses.values()
            _draw_boundary(grid[0][column], fit, course, -1)
            right = 100 * fit.accuracy(course)
            grid[0][column].set_title(f"{fit.data.name}: {right:.3g} %")
            _draw_losses(grid[1][column], fit)
            if column:
                grid[1][column].set_title("")
        _legend(figure, grid[1][0])
        write_file(path, saved(figure, path.suffix))
    return path


def draw_stages(fit: Fit, path: Path, stages: int = 4) -> Path:
    """The decision boundary at a few stages of learning, side by side."""
    *_, course = fit.courses.values()
    places = np.unique(np.linspace(0, len(course.steps) - 1, stages).round().astype(int))
    with styled():
        figure = _figure(STRIP)
        for axes, place in zip(figure.subplots(1, len(places)), places, strict=True):
            _draw_boundary(axes, fit, course, int(place))
            axes.set_title(f"step {course.steps[place]}", fontsize=12)
            axes.set_xlabel(f"loss {course.losses[course.steps[place]]:.2g}", fontsize=12)
        entitle(figure, f"{fit.data.name}, {course_name(fit)}")
        write_file(path, saved(figure, path.suffix))
    return path


def animate_classes(fit: Fit, path: Path) -> Path:
    """The decision boundary of the last optimiser while it learns, and the losses, as a GIF."""
    *_, course = fit.courses.values()
    with styled():
        figure = _figure()
        left, right = figure.subplots(1, 2)
        _draw_losses(right, fit)
        dots = _dots(right, fit)
        _legend(figure, right)
        _draw_boundary(left, fit, course, 0)

        def show(frame: int) -> None:
            places = [min(frame, len(one.steps) - 1) for one in fit.courses.values()]
            left.clear()
            _draw_boundary(left, fit, course, places[-1])
            left.set_title(_step(fit, frame), loc="left")
            _move(dots, fit, places)

        write_file(path, _animated(figure, show, _frames(fit)))
    return path


def course_name(fit: Fit) -> str:
    """The name of the optimiser that is drawn alone."""
    *_, name = fit.courses
    return name


def _draw_boundary(axes: Axes, fit: Fit, course: Course, place: int) -> None:
    """Shades for the class that the network says, black lines between them, the data on top."""
    from matplotlib.colors import ListedColormap

    x, y = fit.data.x, fit.data.y
    reach = 1.1 * float(np.abs(x).max())
    fine = np.linspace(-reach, reach, FINE)
    across, up = np.meshgrid(fine, fine)
    points = np.stack([across.ravel(), up.ravel()], axis=1)
    said = fit.answer(points, course.params[place]).reshape(*across.shape, -1)
    classes = said.shape[-1]
    colours = ListedColormap([look.shade for look in LOOKS[:classes]])
    extent = (-reach, reach, -reach, reach)
    axes.imshow(
        said.argmax(axis=-1), origin="lower", extent=extent, cmap=colours, vmin=0, vmax=classes - 1
    )
    for label, look in enumerate(LOOKS[:classes]):
        rest = np.delete(said, label, axis=-1).max(axis=-1)
        axes.contour(across, up, said[..., label] - rest, levels=[0.0], colors="k", linewidths=1.2)
        mine = y == label
        axes.plot(
            x[mine, 0], x[mine, 1], look.marker, markersize=3.6,
            color=look.edge, markerfacecolor=look.fill, markeredgewidth=0.7,
        )  # fmt: skip
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-reach, reach)
    axes.set_xticks([])
    axes.set_yticks([])
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


# --- both ----------------------------------------------------------------------------------------


def _figure(inches: tuple[float, float] = SLIDE) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=inches, layout="constrained")


def _draw_losses(axes: Axes, fit: Fit) -> None:
    from matplotlib.ticker import NullFormatter

    for (name, course), stroke in zip(fit.courses.items(), STROKES, strict=False):
        steps = np.arange(len(course.losses))
        axes.plot(steps, course.losses, color=stroke.color, linestyle=stroke.dashes, label=name)
    axes.set_yscale("log")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("step")
    axes.set_title("loss", loc="left")


def _dots(axes: Axes, fit: Fit) -> list[Any]:
    return [
        axes.plot([0], [course.losses[0]], "o", markersize=7, color=stroke.color)[0]
        for course, stroke in zip(fit.courses.values(), STROKES, strict=False)
    ]


def _move(dots: Sequence[Any], fit: Fit, places: Sequence[int]) -> None:
    for dot, course, place in zip(dots, fit.courses.values(), places, strict=True):
        step = course.steps[place]
        dot.set_data([step], [course.losses[step]])


def _legend(figure: Figure, axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))


def _frames(fit: Fit) -> int:
    return max(len(course.steps) for course in fit.courses.values())


def _step(fit: Fit, frame: int) -> str:
    *_, course = fit.courses.values()
    return f"step {course.steps[min(frame, len(course.steps) - 1)]}"


def _animated(figure: Figure, show: Callable[[int], None], frames: int) -> bytes:
    """The bytes of a GIF; its last frame stays a while."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    canvas: Any = FigureCanvasAgg(figure)  # its methods have no types
    figure.set_dpi(DPI)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # nothing moves from frame to frame but what is drawn
    images = []
    for frame in range(frames):
        show(frame)
        canvas.draw()
        images.append(Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB"))
    buffer = BytesIO()
    durations = [FRAME] * (frames - 1) + [LAST]
    first, *others = images
    first.save(buffer, "GIF", save_all=True, append_images=others, duration=durations, loop=0)
    return buffer.getvalue()
