"""How pictures look: for a slide, in black and white too; and the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from symderive.errors import NotSupportedError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MISSING = (
    "pictures need matplotlib, which is not installed; pip install 'symderive-gradients[plots]'"
)

#: Fonts come with matplotlib, so that they are the same on every machine.
SETTINGS: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "mathtext.fontset": "dejavusans",
    "font.size": 12,
    "axes.labelsize": 14,
    "axes.titlesize": 14,
    "axes.titlepad": 8,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "legend.fontsize": 12,
    "legend.frameon": False,
    "legend.handlelength": 2.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.9,
    "lines.linewidth": 2.2,
    "lines.solid_capstyle": "butt",
    "lines.dash_capstyle": "butt",
    "savefig.dpi": 200,
    "savefig.bbox": None,
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "symderive",
    "path.simplify": False,
}

#: What a file would say of the time and of matplotlib's version.
_SILENT: dict[str, dict[str, Any]] = {
    "pdf": {"CreationDate": None, "Creator": "symderive", "Producer": None},
    "svg": {"Date": None, "Creator": "symderive"},
    "png": {"Software": "symderive"},
}

GREY = "0.6"


@dataclass(frozen=True)
class Stroke:
    """How one curve is drawn: no two differ by their colour alone."""

    color: str
    dashes: Any


#: The colours of Okabe and Ito, which all readers can tell apart.
STROKES = (
    Stroke("#0072B2", "solid"),
    Stroke("#D55E00", (0, (5, 2))),
    Stroke("#000000", (0, (1.2, 1.2))),
    Stroke("#009E73", (0, (7, 1.6, 1.2, 1.6))),
    Stroke("#CC79A7", (0, (10, 3))),
    Stroke("#56B4E9", (0, (3, 1.2, 1.2, 1.2, 1.2, 1.2))),
    Stroke("#E69F00", (0, (2, 2))),
    Stroke("#666666", (0, (9, 2, 3, 2))),
)


def need_matplotlib() -> None:
    """Raise :class:`NotSupportedError`, saying what to install, if matplotlib is missing."""
    if find_spec("matplotlib") is None:
        raise NotSupportedError(MISSING)


@contextmanager
def styled() -> Iterator[None]:
    """Our settings, whatever the user's are; those come back afterwards."""
    need_matplotlib()
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        settings: Any = SETTINGS  # its keys are one Literal type of all settings there are
        mpl.rcParams.update(settings)
        yield


def saved(figure: Figure, suffix: str) -> bytes:
    """The bytes of a file: without a date, a random id, or anything of the machine."""
    buffer = BytesIO()
    form = suffix.removeprefix(".").lower()
    figure.savefig(buffer, format=form, metadata=_SILENT[form])
    return buffer.getvalue()


def zero_lines(axes: Axes) -> None:
    """Thin lines where x and y are 0, if these are in sight."""
    for (low, high), draw in ((axes.get_xlim(), axes.axvline), (axes.get_ylim(), axes.axhline)):
        if low < 0 < high:
            draw(0, color=GREY, linewidth=0.8, zorder=0)


def few_ticks(axes: Axes) -> None:
    """Few numbers at the axes, at round places."""
    from matplotlib.ticker import MaxNLocator

    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))


def entitle(figure: Figure, title: str | None) -> None:
    """A title above all plots; words are broken into lines that fit."""
    if title:
        room = int(9 * figure.get_figwidth())
        text = title if "$" in title else "\n".join(wrap(title, room))
        figure.suptitle(text, fontsize=14)
