"""Goals are read by a strict little parser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symderive.errors import InputError
from symderive.pipeline import Wrt, parse_wrt

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]*", fullmatch=True)


@given(NAMES, st.none() | st.lists(NAMES, min_size=1).map(tuple))
def test_what_is_written_is_read(name, letters):
    goal = Wrt(name, letters)
    assert parse_wrt(str(goal)) == goal
    assert parse_wrt(f"  {goal}\t".replace(",", " ,\n")) == goal


@given(st.text())
def test_anything_else_is_an_input_error(text):
    try:
        goal = parse_wrt(text)
    except InputError:
        return
    assert parse_wrt(str(goal)) == goal


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the end at column 1; expected the name of an input"),
        ("  ", "the end at column 1"),
        ("1w", "'1' at column 1; expected the name"),
        ("w x", "'x' at column 3; expected '[' or the end"),
        ("w[", "the end at column 3; expected an index letter"),
        ("w[]", "']' at column 3; expected an index letter"),
        ("w[m,]", "']' at column 5; expected an index letter"),
        ("w[m k]", "'k' at column 5; expected ',' or ']'"),
        ("w[m, k", "the end at column 7; expected ',' or ']'"),
        ("w[m]]", "']' at column 5; expected the end"),
        ("w[m].T", "'.' at column 5; expected the end"),
        ("__import__('os')", "'_' at column 1"),
        ("w[0]", "'0' at column 3; expected an index letter"),
        ("ŵ", "'ŵ' at column 1"),
    ],
)
def test_the_place_is_told(text, message):
    with pytest.raises(InputError) as error:
        parse_wrt(text)
    assert message in str(error.value)
