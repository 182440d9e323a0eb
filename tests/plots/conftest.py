"""Requests of pictures, compiled once for all tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

import symderive as sd
from symderive.plots import PlotRequest

compiled = cache(sd.compile)


@pytest.fixture
def request_of():
    """A function from names of models and options to a request."""

    def make(*names, path="picture.svg", **options):
        return PlotRequest(tuple(compiled(name) for name in names), Path(path), **options)

    return make


@pytest.fixture
def curve_of(request_of):
    """A function from the name of a model to the first curve of its picture."""
    from symderive.plots.curves import curves_of

    def make(name, **options):
        return curves_of(request_of(name, **options), "curve")[0][0]

    return make
