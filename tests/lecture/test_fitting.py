"""The networks of the demos learn, in a short course too, and are drawn alike every time."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from symderive import catalog
from symderive.errors import InputError
from symderive.lecture.datasets import CLASSES, wave
from symderive.lecture.drawing import (
    animate_classes,
    animate_regression,
    draw_classes,
    draw_regression,
    draw_stages,
)
from symderive.lecture.fitting import CLASSIFICATION, REGRESSION, classification, regression
from symderive.lecture.training import initial, part
from symderive.model.evaluate import Evaluator, Point

#: As the demos, but smaller.
SHORT = replace(CLASSIFICATION, samples=120, steps=250)


@cache
def fit(name):
    if name == "wave":
        return regression(replace(REGRESSION, steps=400), keep=3)
    return classification(name, SHORT, keep=3)


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("optimiser", ["momentum", "Adam"])
def test_classes_are_told_apart(name, optimiser):
    found = fit(name)
    assert found.accuracy(found.courses[optimiser]) >= 0.98


@pytest.mark.parametrize("name", CLASSES)
def test_what_was_learned_holds_for_other_samples(name):
    found = fit(name)
    others = CLASSES[name](300, 1)
    said = found.answer(others.x, found.courses["Adam"].last).argmax(axis=1)
    assert (said == others.y).mean() > 0.9


@pytest.mark.parametrize("name", CLASSES)
def test_at_the_start_nothing_is_known(name):
    found = fit(name)
    start = found.courses["Adam"].params[0]
    said = found.answer(found.data.x, start).argmax(axis=1)
    assert (said == found.data.y).mean() < 0.8


def test_a_wave_is_fitted_down_to_its_noise():
    losses = {name: course.losses[-1] for name, course in fit("wave").courses.items()}
    assert losses["Adam"] < 1.5 * 0.15**2
    assert losses["momentum"] < 5 * 0.15**2
    assert all(course.losses[0] > 10 * losses["Adam"] for course in fit("wave").courses.values())


def test_the_same_seed_gives_the_same_course():
    first, second = (regression(replace(REGRESSION, steps=20), keep=2) for _ in range(2))
    for name in first.courses:
        assert np.array_equal(first.courses[name].losses, second.courses[name].losses)


def test_a_course_keeps_its_start_and_its_end():
    course = fit("wave").courses["Adam"]
    assert (course.steps[0], course.steps[-1], len(course.losses)) == (0, 400, 401)
    assert len(course.params) == len(course.steps) == 3


@pytest.mark.parametrize("data", [wave, *CLASSES.values()])
def test_data_depend_on_the_seed_alone(data):
    assert np.array_equal(data(50, 3).x, data(50, 3).x)
    assert not np.array_equal(data(50, 3).x, data(50, 4).x)


def test_part_of_a_network_is_that_part():
    model = catalog.network(("H",), "tanh", "squared_error")
    scores = part(model, "yhat")
    assert scores.output.name == "yhat"
    params = initial(model, {"D": 1, "H": 3}, seed=0)
    x = np.array([[0.3], [-1.0]])
    sizes = dict(zip(model.axes, (2, 1, 3), strict=True))
    assert [axis.name for axis in sizes] == ["N", "D", "H"]
    entries = {
        name: {position: float(array[position]) for position in np.ndindex(array.shape)}
        for name, array in {"x": x, **params}.items()
    }
    evaluator = Evaluator(scores.equations, Point(sizes, entries))
    hidden = np.tanh(x @ params["w1"].T + params["b1"])
    assert np.allclose(
        [evaluator.value("yhat", (n,)) for n in range(2)], hidden @ params["w2"] + params["b2"]
    )


def test_a_part_that_is_not_there_is_an_error():
    with pytest.raises(InputError, match="no equation is called 'z'"):
        part(catalog.network(), "z")


# --- drawn ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("draw", "name"),
    [
        (lambda path: draw_regression(fit("wave"), path), "a.png"),
        (lambda path: draw_classes([fit("xor"), fit("spiral")], path), "a.svg"),
        (lambda path: draw_stages(fit("circle"), path, stages=2), "a.pdf"),
        (lambda path: animate_regression(fit("wave"), path), "a.gif"),
        (lambda path: animate_classes(fit("xor"), path), "a.gif"),
    ],
)
def test_pictures_are_the_same_every_time(draw, name, tmp_path):
    first = draw(tmp_path / name).read_bytes()
    assert draw(tmp_path / name).read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_an_animation_moves(tmp_path):
    content = animate_regression(fit("wave"), tmp_path / "a.gif").read_bytes()
    with Image.open(BytesIO(content)) as image:
        assert image.format == "GIF"
        assert image.n_frames >= 3
        frames = []
        for frame in (0, 1, 2):
            image.seek(frame)
            frames.append(np.asarray(image.convert("L"), dtype=float))
    assert np.abs(frames[0] - frames[1]).max() > 50
    assert np.abs(frames[1] - frames[2]).max() > 50
