"""Models as users type them: value and gradient at kinks, ties and scores of 10,000."""

from __future__ import annotations

from pathlib import Path

import pytest

from symderive.notation.sym import read_file
from tests.fuzz.journey import travel

FILES = sorted((Path(__file__).parents[1] / "notation" / "sym" / "models").glob("*.sym"))


@pytest.mark.wide
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_code_is_the_model_at_kinks_and_far_out(path):
    passed = travel(read_file(path), 11)
    assert passed.compared + passed.beyond + passed.close == 2
    assert passed.compared >= 1
