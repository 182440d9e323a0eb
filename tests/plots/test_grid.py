"""Surfaces: the values of the model, torn at jumps and nowhere else."""

from __future__ import annotations

import math

import numpy as np
import pytest

from symderive.errors import InputError
from symderive.plots import grid as grids
from symderive.plots.directions import plane_track
from symderive.plots.grid import Grid, grid_of

RANGE = (-4.0, 4.0)


@pytest.fixture
def track_of(request_of, monkeypatch):
    """A function from the name of a model to its plane, on a coarse grid."""
    monkeypatch.setattr(grids, "POINTS", 21)

    def make(name, samples=1, **options):
        request = request_of(name, kind="plane", **options)
        return plane_track(request, request.models[0], samples)

    return make


def test_a_jump_tears_the_surface_along_its_line(track_of):
    track = track_of("zero_one")
    grid = grid_of(track, RANGE, RANGE)
    torn = np.isnan(grid.heights)
    assert 10 < torn.sum() < 70
    rows, columns = np.nonzero(torn)
    design = np.stack([grid.xs[columns], np.ones(len(rows))], axis=1)
    _, residual, *_ = np.linalg.lstsq(design, grid.ys[rows], rcond=None)
    assert math.sqrt(residual[0] / len(rows)) < 0.8  # they lie along one line
    assert set(np.unique(grid.heights[~torn])) == {0, 1}


@pytest.mark.parametrize(("name", "samples"), [("hinge", 1), ("softmax_nll", 1), ("zero_one", 60)])
def test_slopes_and_small_steps_are_left_whole(track_of, name, samples):
    assert not np.isnan(grid_of(track_of(name, samples), RANGE, RANGE).heights).any()


def test_heights_are_values(track_of):
    track = track_of("hinge", 5)
    grid = grid_of(track, (-1.0, 2.0), (0.0, 3.0))
    for n, m in ((0, 0), (7, 20), (20, 3)):
        assert grid.heights[n, m] == track.value(float(grid.xs[m]), float(grid.ys[n]))
    assert (grid.xs[0], grid.xs[-1], grid.ys[0], grid.ys[-1]) == (-1, 2, 0, 3)


def test_outside_of_the_domain_there_is_nothing(track_of):
    grid = grid_of(track_of("gaussian_nll"), RANGE, (-1.0, 5.0))
    assert np.isnan(grid.heights[grid.ys <= 0]).all()
    assert not np.isnan(grid.heights[grid.ys > 0]).any()


def test_a_loss_that_runs_away_is_cut_flat(track_of):
    track = track_of("gaussian_nll")
    heights = grid_of(track, RANGE, (0.001, 5.0)).heights
    assert heights.max() < track.value(4.0, 0.001) / 3
    assert (heights == heights.max()).sum() > 3


def test_contours_lie_inside_of_the_heights():
    grid = Grid(np.arange(2.0), np.arange(2.0), np.array([[0.0, 1.0], [np.nan, 3.7]]))
    assert len(grid.levels) >= 4
    assert ((grid.levels > 0) & (grid.levels < 3.7)).all()


def test_a_plain_has_no_contours():
    assert not Grid(np.arange(2.0), np.arange(2.0), np.ones((2, 2))).levels.size


def test_nothing_to_draw_is_an_error():
    with pytest.raises(InputError, match="no value anywhere"):
        _ = Grid(np.arange(2.0), np.arange(2.0), np.full((2, 2), np.nan)).levels
