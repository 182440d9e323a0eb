"""Small data sets to learn from, each the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Dataset:
    """Samples ``x[N, D]`` and what belongs to them: labels ``y[N]`` from 0, or numbers."""

    name: str
    x: NDArray[Any]
    y: NDArray[Any]


def wave(samples: int, seed: int) -> Dataset:
    """One input, one number: ``y = sin(3 x) + x / 2`` with noise, ``x`` from -2 to 2.

    >>> wave(40, 0).x.shape, wave(40, 0).y.shape
    ((40, 1), (40,))
    """
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(-2, 2, size=samples))
    return Dataset("wave", x[:, None], np.sin(3 * x) + x / 2 + 0.15 * rng.normal(size=samples))


def circle(samples: int, seed: int) -> Dataset:
    """Two classes: a disc, and a ring around it."""
    rng = np.random.default_rng(seed)
    y = np.arange(samples) % 2
    radius = np.where(y == 0, 0.55 * np.sqrt(rng.uniform(size=samples)), 0.0)
    radius = np.where(y == 1, rng.uniform(0.75, 1.15, size=samples), radius)
    angle = rng.uniform(0, 2 * np.pi, size=samples)
    return Dataset("circle", _polar(radius, angle), y)


def spiral(samples: int, seed: int) -> Dataset:
    """Three classes: arms of a spiral, wound around each other."""
    rng = np.random.default_rng(seed)
    y = np.arange(samples) % 3
    along = rng.uniform(0.08, 1, size=samples)
    angle = 5.5 * along + 2 * np.pi * y / 3 + 0.12 * rng.normal(size=samples)
    return Dataset("spiral", _polar(1.15 * along, angle), y)


def xor(samples: int, seed: int) -> Dataset:
    """Two classes: opposite corners belong together."""
    rng = np.random.default_rng(seed)
    corner = np.arange(samples) % 4
    signs = np.stack([np.where(corner % 2, 1, -1), np.where(corner // 2, 1, -1)], axis=1)
    x = 0.6 * signs + 0.2 * rng.normal(size=(samples, 2))
    return Dataset("xor", x, (signs[:, 0] != signs[:, 1]).astype(int))


def _polar(radius: NDArray[Any], angle: NDArray[Any]) -> NDArray[Any]:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


#: The data sets with classes, by name.
CLASSES: Mapping[str, Callable[[int, int], Dataset]] = {
    "circle": circle,
    "spiral": spiral,
    "xor": xor,
}
