"""Breaking long formulas: nothing is lost, no line is too long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symderive.notation import LatexPrinter, Piece
from symderive.notation import layout as lay
from symderive.notation.latex import Box
from symderive.typeset.breaking import INDENT, break_lines, fits
from symderive.typeset.formulas import FILL, Formulas
from symderive.typeset.outline import Chain, Link

PIECES = st.lists(
    st.builds(
        Piece,
        st.from_regex(r"[a-z]{1,3}", fullmatch=True),
        st.floats(0.5, 8.0),
        st.just(" "),
        st.sampled_from([None, 0, 10, 40]),
    ),
    min_size=1,
    max_size=12,
)


@given(PIECES, st.floats(9.0, 30.0))
def test_a_broken_formula_holds_all_its_pieces_in_order(pieces, width):
    lines = break_lines(Box(tuple(pieces)), width)
    assert " ".join(lines).split() == [piece.latex for piece in pieces]


@given(PIECES, st.floats(9.0, 30.0))
def test_a_line_is_no_wider_than_it_must_be(pieces, width):
    breakable = [Piece(p.latex, p.width, " ", 10) for p in pieces]
    wide = {}
    for piece in breakable:
        wide[piece.latex] = max(piece.width, wide.get(piece.latex, 0.0))
    box = Box(tuple(breakable))
    assert fits(box, width)
    for number, line in enumerate(break_lines(box, width)):
        words = line.split()
        least = sum(min(p.width for p in breakable if p.latex == word) for word in words)
        assert least <= width - (INDENT if number else 0.0) + 1e-9


def test_terms_before_factors_and_shallow_before_deep():
    a, b, c = (
        Piece(letter, 4.0, " ", cost) for letter, cost in (("a", None), ("b", 40), ("+ c", 10))
    )
    assert break_lines(Box((a, b, c)), 9.5) == ["a b", "+ c"]


def word(text):
    return lay.Word(text, text)


def long_sum(count, *, wide=6):
    term = lay.Product(tuple(word(c) for c in "abcdefgh"[:wide]))
    return lay.Sum(tuple((False, term) for _ in range(count)))


def chain_of(right, note=()):
    return Chain(word("L"), (Link(right, note),))


@pytest.mark.parametrize("count", [1, 3, 10, 40])
def test_a_long_sum_takes_as_many_lines_as_it_needs(count):
    formulas = Formulas(LatexPrinter(), 30.0)
    display = formulas.chain(chain_of(long_sum(count)))
    assert display.single == (count <= 3)
    assert display.size == ""
    assert display.body.count("abc") == 0
    assert "".join(display.body.split()).count("abcdef") == count


def test_what_cannot_be_broken_is_set_smaller_then_taken_apart():
    formulas = Formulas(LatexPrinter(), 30.0)
    wide = formulas.chain(chain_of(lay.Fraction(long_sum(6, wide=8), word("b"))))
    assert wide.size != ""
    assert r"\frac" in wide.body
    wider = formulas.chain(chain_of(lay.Fraction(long_sum(60, wide=8), word("b"))))
    assert r"\frac" not in wider.body
    assert "b^{-1}" in wider.body
    assert len(wider.rows) > 3


def test_a_brace_that_is_too_wide_gives_its_value_a_line_of_its_own():
    formulas = Formulas(LatexPrinter(), 30.0)
    brace = lay.Underbrace(lay.Differential(word("L"), word("p")), long_sum(60, wide=8))
    chain = chain_of(lay.Product((brace, word("x"))))
    display = formulas.chain(chain)
    assert display.loosened
    assert "underbrace" not in display.body
    (value,) = formulas.values(chain)
    assert value.body.startswith(r"\frac{\partial L}{\partial p} &=")


def test_notes_stand_beside_their_lines_and_wrap():
    formulas = Formulas(LatexPrinter(), 30.0)
    note = ("a reason that goes on for so long that it cannot stand in a single line of notes",)
    display = formulas.chain(chain_of(long_sum(2), note), notes=True)
    assert "&& \\begin{aligned}" in display.body
    assert display.body.count(r"\text{") > 1


def test_short_right_sides_share_a_line():
    formulas = Formulas(LatexPrinter(), 20.0)
    chain = Chain(word("L"), (Link(long_sum(6)), Link(word("q")), Link(word("r"))))
    display = formulas.chain(chain)
    assert display.rows[-1][1] == "= q = r"


def test_a_wide_left_side_stands_above():
    formulas = Formulas(LatexPrinter(), 20.0)
    chain = Chain(long_sum(1, wide=8), (Link(long_sum(3)),))
    left = lay.Sum(tuple((False, word("abcdefgh"[n] * 1)) for n in range(8)))
    display = formulas.chain(Chain(left, chain.links))
    assert display.rows[0][0] == ""
    assert display.rows[1][1].startswith(r"\quad =")


def test_definitions_stand_side_by_side_while_there_is_room():
    formulas = Formulas(LatexPrinter(), 30.0)
    short = lay.Relation("==", word("a"), word("b"))
    assert len(formulas.row([short] * 3)) == 1
    assert len(formulas.row([short] * 12)) > 1
    long = lay.Relation("==", word("a"), long_sum(12))
    assert [display.single for display in formulas.row([short, long, short])] == [
        True,
        False,
        True,
    ]


def test_lines_leave_a_margin():
    assert FILL < 1


def test_everything_wide_is_taken_apart_where_it_may_be():
    formulas = Formulas(LatexPrinter(), 30.0)
    wide = long_sum(60, wide=8)
    letter = lay.Scripted(word("j"))
    for node in (
        lay.Root(wide),
        lay.Exponential(wide),
        lay.Call("tanh", (wide,)),
        lay.Derived(word("w"), wide),
        lay.Power(wide, word("q")),
        lay.Big("sum", (letter,), None, wide),
        lay.Fraction(lay.ONE, wide),
        lay.Sum(((True, lay.Fraction(wide, word("b"))),)),
    ):
        display = formulas.chain(chain_of(node))
        assert len(display.rows) > 3
        assert "".join(display.body.split()).count("abcdefgh") == 60


def test_what_can_never_be_broken_is_set_as_small_as_it_gets():
    formulas = Formulas(LatexPrinter(), 10.0)
    display = formulas.chain(chain_of(lay.Magnitude(long_sum(60, wide=8))))
    assert display.size == r"\tiny"
