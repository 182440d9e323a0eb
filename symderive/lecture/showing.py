"""The demonstrations of the lecture as pictures for a slide."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any


def regression() -> bytes:
    """Demo E1: a network of one input, its fit and its losses."""
    from symderive.lecture.drawing import draw_regression
    from symderive.lecture.fitting import regression as fit

    return _bytes(lambda path: draw_regression(fit(), path))


def classification() -> bytes:
    """Demo E2: networks of two inputs, what they say and their losses."""
    from symderive.lecture.datasets import CLASSES
    from symderive.lecture.drawing import draw_classes
    from symderive.lecture.fitting import classification as fit

    return _bytes(lambda path: draw_classes([fit(name) for name in CLASSES], path))


def cost() -> bytes:
    """Claim B12: the time of backpropagation and of numerical differentiation."""
    from symderive.lecture.cost import draw_cost, measure

    return _bytes(lambda path: draw_cost(measure(), path))


def _bytes(draw: Callable[[Path], Any]) -> bytes:
    """What ``draw`` draws into a file."""
    from symderive.plots import need_matplotlib

    need_matplotlib()
    with TemporaryDirectory(prefix="symderive-") as folder:
        path = Path(folder, "picture.pdf")
        draw(path)
        return path.read_bytes()
