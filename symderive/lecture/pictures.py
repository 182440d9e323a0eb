"""The lecture's pictures, D1 to D7: what each shows, and of which models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symderive import catalog
from symderive.pipeline import CompileRequest, parse
from symderive.pipeline import compile as compile_model
from symderive.plots import PlotRequest, draw

#: D7 needs no more than this.
EXPONENTIAL = """\
data x[N]
const beta = 1
sample i: N
hide i on x, y
y[i] = exp(beta * x[i])
"""


@dataclass(frozen=True)
class Picture:
    """An item of the lecture: the name of its file, the models, the rest of the request."""

    item: str
    name: str
    models: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)

    def request(self, folder: Path, suffix: str = ".pdf") -> PlotRequest:
        """The request that draws it into ``folder``."""
        subjects = tuple(compile_model(CompileRequest(_model(name))) for name in self.models)
        return PlotRequest(subjects, folder / f"{self.item}-{self.name}{suffix}", **self.options)


def _model(name: str) -> Any:
    return parse(EXPONENTIAL, "exponential") if name == EXPONENTIAL else name


#: What an activation is drawn with, where its usual value would not be seen.
SEEN: Mapping[str, Mapping[str, Any]] = {
    "leaky_relu": {"settings": {"alpha": ((0.1,),)}},
    "maxout": {"settings": {"w1": ((1.0,),), "b1": ((0.5,),), "w2": ((-0.5,),), "b2": ((0.0,),)}},
    "elu": {"settings": {"alpha": ((0.5, 1.0, 2.0),)}},
    "swish_beta": {"settings": {"beta": ((0.5, 1.0, 5.0),)}},
    "softplus_beta": {"settings": {"beta": ((0.5, 1.0, 5.0),)}},
    "softmax_temperature": {
        "over": "T",
        "settings": {"s": ((1.0, 2.0, 3.0),)},
        "x": (0.05, 8.0),
    },
}

MARGINS = ("margin_zero_one", "margin_hinge", "margin_logistic_bits", "margin_square")

#: Everything but D1, which is the catalog's activations.
PICTURES = (
    Picture("D2", "margin_losses", MARGINS, {"kind": "margin", "y": (-0.2, 4.0)}),
    Picture(
        "D3",
        "powers",
        ("power_error",),
        {
            "settings": {"q": ((0.3, 1.0, 2.0, 10.0),)},
            "x": (-2.0, 2.0),
            "y": (-0.1, 2.5),
            "derivative": False,
        },
    ),
    Picture(
        "D4",
        "hinge_along_a_line",
        ("hinge",),
        {"kind": "line", "sizes": {"C": 5}, "x": (-3.0, 3.0), "seed": 2},
    ),
    Picture(
        "D4", "network_along_a_line", ("network",), {"kind": "line", "samples": (1, 100), "seed": 3}
    ),
    Picture("D5", "hinge_over_a_plane", ("hinge",), {"kind": "plane"}),
    Picture(
        "D5",
        "hinge_over_a_plane_averaged",
        ("hinge",),
        {"kind": "plane", "samples": (100,)},
    ),
    Picture(
        "D5",
        "hinge_one_and_many_samples",
        ("hinge",),
        {"kind": "plane", "samples": (1, 100)},
    ),
    Picture(
        "D6",
        "softmax_over_beta",
        ("softmax_beta",),
        {
            "over": "beta",
            "settings": {"s": ((1.0, 1.1),)},
            "x": (0.0, 100.0),
            "derivative": False,
        },
    ),
    Picture(
        "D7",
        "exponentials",
        (EXPONENTIAL,),
        {
            "settings": {"beta": ((1.0, 5.0),)},
            "x": (-1.0, 1.0),
            "beside": True,
            "derivative": False,
        },
    ),
)


def pictures() -> Iterator[Picture]:
    """All pictures in order: the activations with their derivatives, then D2 to D7.

    >>> found = list(pictures())
    >>> sorted({picture.item for picture in found})
    ['D1', 'D2', 'D3', 'D4', 'D5', 'D6', 'D7']
    """
    for name in catalog.names():
        if catalog.load(name).kind == "activations":
            yield Picture("D1", name, (name,), SEEN.get(name, {}))
    yield from PICTURES


def draw_picture(picture: Picture, folder: Path, suffix: str = ".pdf") -> Path:
    """Draw one picture; its file."""
    return draw(picture.request(folder, suffix))
