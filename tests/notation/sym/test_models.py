"""Models written in the language: read, derived by every input, every line checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from symderive.derive import derive
from symderive.notation.sym import read_file, read_model
from symderive.notation.text import model_text
from symderive.verify import check_derivation

FILES = sorted((Path(__file__).parent / "models").glob("*.sym"))
INPUTS = [
    pytest.param(path, declaration.name, id=f"{path.stem}-{declaration.name}")
    for path in FILES
    for declaration in read_file(path).real_inputs
]


def test_there_are_many():
    assert len(FILES) >= 20


@pytest.mark.parametrize(("path", "name"), INPUTS)
def test_every_line_of_every_derivation_holds(path, name):
    evidence = check_derivation(derive(read_file(path), wrt=name))
    assert evidence.comparisons > 0


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_printed_reads_back_to_the_same_model(path):
    model = read_file(path)
    again = read_model(model_text(model), model.name)
    assert again.declarations == model.declarations
    assert again.equations == model.equations
    assert again.sample == model.sample
    assert again.notation.hidden == model.notation.hidden
    assert again.notation.latex == model.notation.latex
