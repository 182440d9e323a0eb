"""Mutated texts: whatever is read is a model, whatever is not is one clear error, at once."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symderive.catalog import load, names
from symderive.model import Model
from symderive.notation.sym import SourceError, read_model
from symderive.notation.text import model_text
from tests.fuzz.models import random_model

TEXTS = [path.read_text() for path in sorted((Path(__file__).parent / "models").glob("*.sym"))]
TEXTS += [model_text(load(name)) for name in names()[::5]]
TEXTS += (Path(__file__).parent / "errors.txt").read_text().split("\n\n")
TEXTS.append("claim dL[i]/dw[j, k] = 0 for t in (0, 1) if j == y[i] with w = [[1], [2]]")
TOKENS = [re.findall(r"\w+|\*\*|[=!<>]=|->|\s+|.", text, re.DOTALL) for text in TEXTS]
WORDS = re.split(
    " ",
    "sum [ ] ( ) , if j i k x w 1 0 oo ** - / * == != < = and or not where max log exp abs sqrt in"
    " for with on claim ~ { } \n # pi 1e9 1e-300 N y[i] d dw[j] limit[w->oo]( argmax prod 0.5 \t \0"
    " \x1b \ufeff \u202e \\ name hide index sample : ; tanh (-1) **(1/3) **999 9**99 \ud800 \u221e",
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A text with some of its tokens left out, put in, exchanged, repeated."""
    tokens = list(draw(st.sampled_from(TOKENS)))
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(tokens)))
        match draw(st.integers(0, 4)):
            case 0:
                del tokens[place : place + draw(st.integers(1, 4))]
            case 1:
                tokens.insert(place, draw(st.sampled_from(WORDS)))
            case 2:
                tokens[place : place + 1] = [draw(st.sampled_from(WORDS))]
            case 3:
                other = draw(st.integers(0, len(tokens)))
                tokens[place:place] = tokens[other : other + 8] * draw(st.sampled_from((1, 2, 40)))
            case _:
                tokens.insert(place, draw(st.characters()))
    return "".join(tokens)


def error_of(text: str) -> SourceError | None:
    """The error of a text that is no model; others are not caught."""
    try:
        assert isinstance(read_model(text, "mutated"), Model)
    except SourceError as error:
        return error
    return None


@pytest.mark.untraced
@settings(max_examples=400, suppress_health_check=list(HealthCheck))
@given(mutated() | st.text())
def test_a_mutated_text_is_a_model_or_one_clear_error(text):
    before = time.process_time()
    error = error_of(text)
    assert time.process_time() - before < 5
    if error is not None:
        lines = re.split("\r\n|\r|\n", text.removeprefix("\ufeff"))
        assert 1 <= error.line <= len(lines)
        assert 1 <= error.column <= len(lines[error.line - 1]) + 1
        assert "expected" in error.what or "are allowed" in error.what
        assert str(error).encode()


@pytest.mark.untraced
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**9))
def test_a_random_model_is_printed_and_read_back_to_itself(seed):
    model, _ = random_model(seed)
    again = read_model(model_text(model), model.name)
    assert (again.declarations, again.equations) == (model.declarations, model.equations)
