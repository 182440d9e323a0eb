"""Models as users type them: value and gradient at kinks, ties and scores of 10,000."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from symderive.codegen import generate_source, load_module
from symderive.derive import gradient
from symderive.model.evaluate import Point
from symderive.model.points import contains, positions, smooth
from symderive.notation.sym import read_file, read_model
from symderive.stabilise import stabilise, stabilise_gradient
from tests.fuzz.journey import LEVELS, lost, travel

FILES = sorted((Path(__file__).parents[1] / "notation" / "sym" / "models").glob("*.sym"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_code_is_the_model_at_kinks_and_far_out(path):
    level = LEVELS[FILES.index(path) % len(LEVELS)]  # the other one is tried by the campaigns
    passed = travel(read_file(path), 11, [level])
    assert passed.compared + passed.beyond + passed.close == 2
    assert passed.compared >= 1


#: Models that keep all that is finite, though they name exponentials that overflow and vanish.
KEPT = (
    "bradley_terry_ties",
    "circle",
    "cox_efron",
    "cox_events",
    "graded_response",
    "heteroscedastic",
    "item_response",
    "kernel_attention",
    "kernel_regression",
    "log_logistic",
    "masked_attention",
    "masked_softmax",
    "mixture_of_experts",
    "multi_similarity",
    "neighbour_embedding",
    "noise_contrastive",
    "normal_divergence",
    "ordinal",
    "state_space",
)


@pytest.mark.parametrize("name", KEPT)
def test_what_is_finite_is_kept(name):
    model = read_file(next(path for path in FILES if path.stem == name))
    wrt = [declaration.name for declaration in model.real_inputs]
    gradients = stabilise_gradient(gradient(stabilise(model).model, wrt))
    module = load_module(generate_source(gradients, level="fast", definition=model), name)
    seen = []
    for reach in (1, 8, 30, 200, 1000):
        for seed in (1, 2):
            rng = random.Random(seed + reach)  # noqa: S311 - points, not secrets
            seen.append(lost(model, module, _far_out(model, reach, rng), rng))
    assert [found for found in seen if found] == []
    assert "" in seen


def _far_out(model, reach, rng):
    """Random numbers, ``reach`` times as large as usual where the domain lets them."""
    sizes = {axis: rng.choice((2, 3)) for axis in model.axes}
    inputs = {}
    for declaration in model.declarations:
        domain, into = declaration.domain, declaration.tensor.label_of
        inputs[declaration.name] = values = {}
        for place in positions(declaration.tensor.axes, sizes):
            near = rng.randrange(sizes[into]) if into is not None else smooth(domain, rng)
            far = near * reach
            values[place] = far if into is None and contains(domain, far) else near
    return Point(sizes, inputs)


MASKED = {path.stem: path.read_text("utf-8") for path in FILES if path.stem.startswith("masked_")}
MASKED["likelihood"] = MASKED["masked_softmax"].replace("(1 - p[i, y[i]])**2", "-log(p[i, y[i]])")
MASKED["likelihood of what is left"] = MASKED["likelihood"].replace(" + 1e-9", "")


@pytest.mark.parametrize("name", MASKED)
def test_what_a_mask_leaves_out_does_not_count_however_large(name):
    """A mask is data like any other: nothing says that it is 0 or 1."""
    model = read_model(MASKED[name], "masked")
    wrt = [declaration.name for declaration in model.real_inputs]
    gradients = stabilise_gradient(gradient(stabilise(model).model, wrt))
    seen = []
    for level in LEVELS:
        module = load_module(generate_source(gradients, level=level, definition=model), name)
        for seed in range(8):
            rng = random.Random(seed)  # noqa: S311 - points, not secrets
            point = _far_out(model, rng.choice((1, 100, 10_000)), rng)
            mask = {place: float(rng.random() < 0.6) for place in point.inputs["m"]}
            rows = {place[0] for place, left in mask.items() if left}
            mask |= {(row, 0): 1.0 for row, _ in mask if row not in rows}
            inputs = {**point.inputs, "m": mask}
            if "y" in inputs:  # a class that is left
                inputs["y"] = {
                    (i,): next(j for (row, j), left in mask.items() if row == i and left)
                    for (i,) in inputs["y"]
                }
            seen.append(lost(model, module, Point(point.sizes, inputs), rng))
    assert [found for found in seen if found] == []
    assert seen.count("") > len(seen) / 2  # elsewhere the slope by the mask is out of range
