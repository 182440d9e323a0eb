"""Plain text in LaTeX, in Markdown, on a terminal: never acted on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symderive.typeset.escape import latex_text, markdown_text, visible


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("50% of $x_1 & #2", r"50\% of \$x\_1 \& \#2"),
        (r"\input{x}", r"\textbackslash{}input\{x\}"),
        ("a~b^c", r"a\textasciitilde{}b\textasciicircum{}c"),
        ("β < 1", r"\ensuremath{\beta} \ensuremath{<} 1"),
        ("Öl, naïve", "Öl, naïve"),
        ("Łoś, Ørsted, Straße, 2 × 2", r"Łoś, Ørsted, Straße, 2 \ensuremath{\times} 2"),
        ("„ą“ ≤ 1 − x", r",,\c{a}“ \ensuremath{\le} 1 \ensuremath{-} x"),
        ("日本", "??"),
        ("two\nlines\x00", "two lines"),
    ],
)
def test_latex(text, latex):
    assert latex_text(text) == latex


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("a_b *c* $d$", r"a\_b \*c\* \$d\$"),
        ("[x](y) <b>", "&#91;x&#93;(y) &#60;b&#62;"),
        (r"\(x\)", "&#92;(x&#92;)"),
        ("# no\nheading", r"\# no heading"),
    ],
)
def test_markdown(text, markdown):
    assert markdown_text(text) == markdown


@given(st.text())
def test_a_terminal_gets_nothing_it_could_act_on(text):
    shown = visible(text)
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in shown)


@given(st.text())
def test_no_special_character_of_latex_is_left_bare(text):
    latex = latex_text(text)
    bare = latex.replace(r"\textbackslash{}", "").replace(r"\textasciicircum{}", "")
    for escaped in (r"\{", r"\}", r"\$", r"\&", r"\#", r"\_", r"\%"):
        bare = bare.replace(escaped, "")
    assert not set("$&#_%~^") & set(bare)
