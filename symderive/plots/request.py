"""What a picture is asked to show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias, get_args

from symderive.errors import InputError
from symderive.model import Model

#: ``auto`` lets the inputs of the models and their shapes decide.
Kind: TypeAlias = Literal["auto", "curve", "margin", "line", "plane"]
KINDS: tuple[str, ...] = get_args(Kind)

#: What a picture can be written as, by the ending of its file's name.
SUFFIXES = (".pdf", ".svg", ".png")

Range: TypeAlias = tuple[float, float]
#: The entries of an input in rows; of a scalar, or of one entry for each sample: its values, each
#: of which gets a curve of its own.
Rows: TypeAlias = tuple[tuple[float, ...], ...]


def check_path(path: Path) -> None:
    """Raise :class:`InputError` for the name of a file that is no picture's."""
    if path.suffix.lower() not in SUFFIXES:
        ending = f"not {path.suffix}" if path.suffix else "it has no ending"
        raise InputError(
            f"cannot draw into {path}: expected a name that ends in .pdf, .svg or .png; {ending}"
        )


class Subject(Protocol):
    """A model with the functions of its generated module, as ``symderive.compile`` gives it."""

    @property
    def model(self) -> Model: ...
    @property
    def value(self) -> Callable[..., Any]: ...
    @property
    def value_and_vjp(self) -> Callable[..., Any]: ...


@dataclass(frozen=True)
class PlotRequest:
    """A picture of one model, or of several that are functions of one number.

    ``kind``: ``curve`` shows the output against one number and its derivative beside it,
    ``margin`` several functions in one plot, ``line`` a loss along a direction,
    ``L(W_0 + alpha W_1)``, ``plane`` along two, as surface and contours.

    - ``over``: the number on the horizontal axis, such as ``beta`` or ``s[2]`` (entries count
      from 1); by default the first entry of what is differentiated by.
    - ``settings``: values of inputs, row by row; several values of a scalar draw a family.
    - ``sizes``: of axes, by name.  ``samples``: how many; several numbers draw each.
    - ``x``, ``y``: the ranges of the axes.  ``seed``: of samples, start and directions.
    - ``derivative``: whether it is drawn beside; by default for ``curve``.
    - ``beside``: each curve in a plot of its own.
    - ``labels``, ``title``: instead of those made from the model; in plain text, or mathematics
      between dollars.  ``inches``: width and height; the default fills a 16:9 slide.

    >>> import symderive as sd
    >>> request = PlotRequest((sd.compile("relu"),), Path("relu.pdf"), x=(-2, 2))
    >>> request.kind, request.inches
    ('auto', (6.4, 3.6))
    """

    models: tuple[Subject, ...]
    path: Path
    kind: Kind = "auto"
    over: str | None = None
    settings: Mapping[str, Rows] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    samples: tuple[int, ...] = ()
    x: Range | None = None
    y: Range | None = None
    seed: int = 0
    derivative: bool | None = None
    beside: bool = False
    labels: tuple[str, ...] = ()
    title: str | None = None
    inches: tuple[float, float] = (6.4, 3.6)

    def __post_init__(self) -> None:
        if not self.models:
            raise InputError("a picture needs a model; none was given")
        if self.kind not in KINDS:
            raise InputError(f"{self.kind!r} is no kind of picture; expected {', '.join(KINDS)}")
        check_path(self.path)
        for axis, ends in (("x", self.x), ("y", self.y)):
            if ends is not None and not ends[0] < ends[1]:
                raise InputError(f"{axis}: expected LOW < HIGH, got {ends[0]:g} and {ends[1]:g}")
        for name, size in self.sizes.items():
            if size < 1:
                raise InputError(f"the axis {name} has at least one position; got {size}")
        if any(count < 1 for count in self.samples):
            raise InputError("samples: expected at least one")
        if not all(1 <= side <= 50 for side in self.inches):
            raise InputError("a picture is 1 to 50 inches wide and high")
