"""The lecture's pictures are all there; what they cost to differentiate is measured."""

from __future__ import annotations

import re

import numpy as np
import pytest

from symderive import catalog
from symderive.lecture.cost import Cost, draw_cost, measure, numerical_gradient, slope
from symderive.lecture.pictures import PICTURES, SEEN, draw_picture, pictures


def test_every_activation_has_its_picture():
    drawn = {name for picture in pictures() if picture.item == "D1" for name in picture.models}
    assert drawn == {n for n in catalog.names() if catalog.load(n).kind == "activations"}
    assert set(SEEN) <= drawn


def test_every_item_has_its_picture():
    assert [p.item for p in pictures()] == sorted(p.item for p in pictures())
    assert {p.item for p in pictures()} == {f"D{n}" for n in range(1, 8)}


def test_no_two_pictures_share_a_file(tmp_path):
    paths = [tmp_path / f"{p.item}-{p.name}" for p in pictures()]
    assert len(set(paths)) == len(paths)


@pytest.mark.parametrize("picture", PICTURES, ids=lambda p: p.name)
def test_pictures_are_drawn(picture, tmp_path):
    path = draw_picture(picture, tmp_path, ".svg")
    assert re.fullmatch(r"D\d-\w+\.svg", path.name)
    assert path.stat().st_size > 4000


@pytest.mark.parametrize("name", SEEN)
def test_activations_with_settings_are_drawn(name, tmp_path):
    (picture,) = [p for p in pictures() if p.models == (name,)]
    assert draw_picture(picture, tmp_path, ".svg").stat().st_size > 4000


# --- B12 -----------------------------------------------------------------------------------------


def test_both_ways_give_the_same_gradient():
    told = []
    costs = measure((2, 4), samples=10, begun=told.append)
    assert told == [2, 4]
    assert [cost.parameters for cost in costs] == [9, 17]
    assert all(cost.difference < 1e-8 for cost in costs)
    assert all(0 < cost.backpropagation < cost.numerical for cost in costs)


def test_a_numerical_gradient_leaves_its_arguments_alone():
    params = {"w": np.ones((2, 2)), "b": np.array(1.0)}
    found = numerical_gradient(lambda w, b: float((w * b).sum() ** 2), params)
    assert np.allclose(found["w"], 8)
    assert np.isclose(found["b"], 32)
    assert np.array_equal(params["w"], np.ones((2, 2)))


def test_only_the_widest_networks_count(tmp_path):
    costs = [Cost(n, 1.0, n**2.0, 0.0) for n in (1, 2)]
    costs += [Cost(n, 0.1 * n, 0.1 * n**2, 0.0) for n in (100, 200, 400, 800)]
    assert round(slope(costs, lambda cost: cost.backpropagation), 6) == 1
    assert round(slope(costs, lambda cost: cost.numerical), 6) == 2
    assert b"<svg" in draw_cost(costs, tmp_path / "cost.svg").read_bytes()
