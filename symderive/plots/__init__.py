"""Pictures of models: curves, losses of a margin, losses along one and two directions."""

from symderive.plots.draw import draw, picture
from symderive.plots.request import KINDS, SUFFIXES, Kind, PlotRequest, Subject, check_path
from symderive.plots.style import need_matplotlib

__all__ = [
    "KINDS",
    "SUFFIXES",
    "Kind",
    "PlotRequest",
    "Subject",
    "check_path",
    "draw",
    "need_matplotlib",
    "picture",
]
