"""Bad inputs: each names its place, shows the line with a caret, and says what was expected."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import pytest

from symderive.errors import InputError
from symderive.notation.sym import SourceError, read_claim, read_expression, read_model
from symderive.notation.sym.words import MEANT

GIVEN = """\
data  x[N, D]
label y[N] in C
param w[C, D]
param b
const Delta = 1
"""

#: The blocks of errors.txt: a line, a caret below the place, what is wrong.
BLOCKS = [
    block.split("\n")
    for block in (Path(__file__).parent / "errors.txt").read_text("utf-8").strip().split("\n\n")[1:]
]


@pytest.mark.parametrize(("line", "caret", "what"), BLOCKS, ids=[block[0] for block in BLOCKS])
def test_an_error_names_its_place_and_says_what_was_expected(line, caret, what):
    with pytest.raises(SourceError) as caught:
        read_model(f"{GIVEN}{line}\n", "bad")
    column = len(caret)
    shown = line.replace("\u00a0", " ")
    assert str(caught.value) == f"bad: line 6, column {column}: {what}\n  {shown}\n  {caret}"
    assert (caught.value.line, caught.value.column, caught.value.what) == (6, column, what)
    assert "expected" in what or "are allowed" in what


ABOVE = "expected a name that is declared or defined above"

#: Whole texts, the place, and how the message begins.
TEXTS = {
    "nothing": ("", 1, 1, "there is no equation; expected at least one"),
    "a comment": ("# nothing\n", 1, 10, "there is no equation"),
    "declarations alone": ("data x[N]\n\nparam w\n", 3, 8, "there is no equation"),
    "used before it is defined": (
        "param a\nL = q * a\nq = a",
        2,
        5,
        "nothing above is called 'q'",
    ),
    "used before it is defined, which is said": (
        "param a\nL = s + a\nr = a\ns[i] = r",
        2,
        5,
        f"nothing above is called 's'; {ABOVE}; it is defined below, in line 4",
    ),
    "defined by each other": (
        "p = q\nq = p",
        1,
        5,
        f"nothing above is called 'q'; {ABOVE}; it is defined below, in line 2",
    ),
    "a claim of what is nowhere": ("param a\nclaim q = a\nL = a", 2, 7, "nothing above is called"),
    "declared below": ("L = q\nparam q", 1, 5, "nothing above is called 'q'"),
    "defined twice": ("param a\nL = a\nL = a + 1", 3, 1, "'L' is defined already (line 2)"),
    "an axis as a tensor": ("data x[L]\nL = 1", 2, 1, "'L' is an axis (line 1) and cannot be"),
    "a letter as a tensor": (
        "data x[N]\nL[i] = x[i]\ni = 3",
        3,
        1,
        "'i' is an index letter (line 2) and cannot be",
    ),
    "a tensor as an axis": ("param N\ndata x[N]\nL = N", 2, 8, "'N' is a scalar (line 1) and"),
    "a letter against its index line": (
        "data x[N]\ndata u[C]\nindex i: C\nL = sum[i](x[i])",
        4,
        14,
        "index 'i' runs over C as declared; expected an index over N in x[..]",
    ),
    "two index lines": ("data x[N]\nindex i: N\nindex i: C\nL = 1", 3, 7, "index 'i' runs over N"),
    "two sample lines": (
        "data x[N]\nsample i: N\nsample n: N\nL = 1",
        3,
        1,
        "the sample index is given already",
    ),
    "a sample axis of nothing": (
        "data x[N]\nsample i: M\nL = 1",
        2,
        11,
        "no array has an axis 'M'",
    ),
    "LaTeX twice": (
        "param a\nL = a\nname a b\nname a c",
        4,
        6,
        "the LaTeX of 'a' is given already",
    ),
    "hidden without an axis": (
        "data x[N]\ndata z[C]\nL[i] = x[i]\nhide i on L, z",
        4,
        14,
        "'z' has no index over N",
    ),
    "a bracket open to the end": ("param a\nL = max(a,\n  2\nM = L\n", 2, 8, "'(' is never closed"),
    "in the middle of a line that goes on": (
        "param a\nL = (a +\n     a a)\n",
        3,
        8,
        "'a' follows without an operator",
    ),
    "axes of letters in a line that goes on": (
        "data x[N, D]\nL = sum[i](\n  x[i, i])",
        3,
        8,
        "index 'i' runs over N from column 5 of line 3 on; expected an index over D",
    ),
    "carriage returns": ("param a\r\nL = a +\r\nM = 2", 2, 8, "the line ends here"),
    "old line ends": ("param a\rL = a +\rM = 2", 2, 8, "the line ends here"),
    "a byte order mark": ("\ufeffparam a\nL = c", 2, 5, "nothing above is called 'c'"),
    "a byte order mark, first line": ("\ufeffL = c", 1, 5, "nothing above is called 'c'"),
    "too many axes": (
        f"data x[{', '.join(f'A{n}' for n in range(33))}]\nL = 1",
        1,
        158,
        "'x' has 33 axes; expected at most 32",
    ),
    "too many equations": (
        "\n".join(f"e{n} = {n}" for n in range(2001)),
        2001,
        1,
        "the model has 2,001 equations; expected at most 2,000",
    ),
}


@pytest.mark.parametrize("case", TEXTS)
def test_errors_of_whole_texts(case):
    text, line, column, what = TEXTS[case]
    with pytest.raises(SourceError) as caught:
        read_model(text, "bad")
    assert (caught.value.line, caught.value.column) == (line, column)
    assert caught.value.what.startswith(what)


HOSTILE = {
    "parentheses": ("(" * 5000, "brackets nest deeper than 200"),
    "closed parentheses": ("(" * 201 + "b" + ")" * 201, "brackets nest deeper than 200"),
    "a tower": ("9**9**9", "the exponent is too large; expected at most 1000"),
    "a tower of names": ("b**" * 3000 + "b", "the expression nests deeper than 200"),
    "signs": ("-" * 9000 + "b", "the expression nests deeper than 200"),
    "negations": ("[" + "not " * 2000 + "b > 0]", "the expression nests deeper than 200"),
    "a long line": ("b" * 9997, "the line has 10,001 characters; expected at most 10,000"),
    "2 MB": ("b" * 2_000_000, "the text has 2,000,072 characters; expected at most 1 MiB"),
    "a long number": ("9" * 1001, "the number is too long; expected at most 1,000 digits"),
    "a long product": ("*".join(["9" * 100] * 20), "the number is too long"),
    "a long power": ("(10**500 * b)**3", "the power is too long"),
    "a large exponent": ("b**1001", "the exponent is too large"),
    "an exponent of a literal": ("1e1001", "the exponent is too large"),
    "a small exponent": ("1e-99999999999999999999", "the exponent is too large"),
    "NUL": ("b\0", "the control character NUL is not of the language"),
    "an escape": ("b \x1b[31m", "the control character U+001B is not of the language"),
    "turned text": ("b \u202e + b", "RIGHT-TO-LEFT OVERRIDE (U+202E) is not of the language"),
    "half a character": ("b\ud800", "the character U+D800 is not of the language"),
    "a hidden character": (
        "b\u200b + b",
        "ZERO WIDTH SPACE (U+200B) is not of the language; expected the line without it",
    ),
    "roots in roots": ("sqrt(3+" * 100 + "2" + ")" * 100, "the number nests deeper than 8"),
    "cosines of cosines": ("cos(1/2*" * 30 + "3" + ")" * 30, "the number nests deeper than 8"),
    "a hidden 0": (
        "b / log(1 + sqrt(2) + sqrt(3) - sqrt(5 + 2*sqrt(6)) - 1)",
        "the number cannot be told from 0",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_lines_are_refused_at_once(case):
    line, what = HOSTILE[case]
    before = time.process_time()
    with pytest.raises(SourceError) as caught:
        read_model(f"{GIVEN}L = {line}", "hostile")
    assert time.process_time() - before < 2
    assert caught.value.what.startswith(what)
    assert len(str(caught.value)) < 10_300
    assert str(caught.value).isprintable() or "\n" in str(caught.value)
    assert all(part.isprintable() for part in str(caught.value).split("\n"))


LARGEST = {
    "parentheses": "(" * 200 + "b" + ")" * 200,
    "logarithms": "log(1 + " * 199 + "b**2" + ")" * 199,
    "fractions": "1 / (1 + " * 199 + "b" + ")" * 199,
    "magnitudes": "abs(b - " * 199 + "b" + ")" * 199,
    "cases": "where(b > 0, b, " * 199 + "b" + ")" * 199,
    "a long sum": " + ".join(f"b**{n}" for n in range(1, 900)),
    "a long condition": "[" + " and ".join(f"b > {n}" for n in range(500)) + "]",
    "1,000 digits": "b + " + "9" * 1000,
    "a power": "9**999 * b**1000",
    "roots": " + ".join(f"sqrt({n})" for n in range(2, 300)),
}


@pytest.mark.parametrize("case", LARGEST)
def test_what_the_limits_allow_is_read(case):
    before = sys.getrecursionlimit()
    assert read_model(f"{GIVEN}L = {LARGEST[case]}", "large").output.name == "L"
    assert sys.getrecursionlimit() == before


@pytest.mark.untraced
def test_two_thousand_equations_are_read():
    text = "param b\ne0 = b\n" + "\n".join(f"e{n + 1} = e{n}**2 + 1" for n in range(1999))
    assert len(read_model(text, "deep").equations) == 2000


def test_a_long_line_is_shown_around_the_place():
    line = "L = " + "b + " * 1000 + "c" + " + b" * 1000
    with pytest.raises(SourceError) as caught:
        read_model(GIVEN + line, "long")
    assert caught.value.column == 4005
    shown, caret = caught.value.picture.split("\n")
    assert len(shown) < 110
    assert shown[caret.index("^")] == "c"


def test_the_caret_stands_below_wide_characters_and_tabs():
    with pytest.raises(SourceError) as caught:
        read_model("L\t=\t(1 + # \u4e2d\n c)", "wide")
    assert caught.value.picture == "   c)\n   ^"
    with pytest.raises(SourceError) as caught:
        read_model("L\t=\tq", "tabs")
    assert caught.value.picture == "  L = q\n      ^"
    assert caught.value.column == 5


def test_errors_in_single_expressions_and_claims_point_at_them():
    model = read_model(GIVEN + "L = b", "model")
    with pytest.raises(SourceError, match=r"^line 1, column 5: nothing above is called 'c'"):
        read_expression("b + c", model)
    with pytest.raises(SourceError, match=r"^claim: line 1, column 5: nothing above is called 'c'"):
        read_claim("b = c", model)
    with pytest.raises(SourceError, match="a second line begins here; expected one line"):
        read_expression("b\nb", model)
    with pytest.raises(SourceError, match="there is nothing; expected one line"):
        read_expression(" # nothing", model)
    with pytest.raises(SourceError, match=r"'=' stands once|'=' cannot stand here"):
        read_expression("b = 2", model)


def test_a_limit_in_a_claim_is_shown_where_it_is_wrong():
    model = read_model(GIVEN + "L = b", "model")
    for text, column, what in (
        ("limit[b -> oo](b) <= 0", 19, "a limit is claimed by its value; expected '=': limit"),
        ("0 = 2*limit[b -> oo](b)", 7, "a limit stands alone on one side of a claim; expected"),
        ("limit[b -> oo](b) = limit[b -> 0](b)", 21, "a limit stands alone on one side"),
        ("limit b -> oo L = 0", 1, "a limit is written otherwise; expected limit[b -> oo](L)"),
        ("lim b -> 0 (L) = 0", 1, "a limit is written otherwise; expected limit[b -> 0](L)"),
    ):
        with pytest.raises(SourceError) as caught:
            read_claim(text, model)
        assert (caught.value.line, caught.value.column) == (1, column)
        assert caught.value.what.startswith(what)


@pytest.mark.parametrize(
    ("left", "what"),
    [
        ("s", "'s' has 1 axis, no indices are given; expected s[i] ~ [..]"),
        ("w", "'w' has 2 axes, no indices are given; expected w[i, j] ~ [..]"),
    ],
)
def test_a_list_is_said_of_an_array_with_its_indices(left, what):
    model = read_model(GIVEN + "s[j] = sum[k](w[j, k])", "model")
    with pytest.raises(SourceError) as caught:
        read_claim(f"{left} ~ [0.5, 0.73]", model)
    assert (caught.value.column, caught.value.what) == (1, what)


LATEX = r"LaTeX stands in lines 'name x \hat{x}' only"

#: Claims that stand alone, the column, and how the message begins.
ALONE = {
    "b is convex in b": (3, "'convex' stands before what it is said of; expected 'convex b in b'"),
    "monotone b in b": (1, "'monotone' does not start a claim; expected 'A = B', or one of convex"),
    "forall i, x[i, k] >= 0": (1, "a claim holds for all indices as it stands; expected 'A = B'"),
    "for all i: x[i, k] >= 0": (1, "a claim holds for all indices as it stands; expected 'A = B'"),
    "d b/d Delta = 0": (1, "a differential is one word; expected db, as in dloss/dw[j, k]"),
    "partial b/db = 1": (1, "a differential is one word; expected db, as in dloss/dw[j, k]"),
    "b = 1 when C == 1": (7, "'when' does not start a case; expected 'if': .. if C == 1"),
    "x[i, k] >= 0 for i in N": (18, "a claim holds for all indices as it stands; expected no"),
    "clam b = b": (1, "'clam' does not start a line; expected one of data, param"),
    "beta b = b": (6, "'b' follows without an operator"),
    r"b = \sum_i (x[i, k])": (5, rf"{LATEX}; expected sum[i](..)"),
    r"b = \sum_{i=1}^N (x[i, k])": (5, rf"{LATEX}; expected sum[i](..)"),
    r"\frac{\partial L_i}{\partial \beta_k} = 1": (1, rf"{LATEX}; expected dL[i]/dbeta[k]"),
    r"\frac{\partial L}{\partial w_{jk}} = 1": (1, rf"{LATEX}; expected dL[i]/dw[j]"),
    r"\frac{dL}{db} = 1": (1, rf"{LATEX}; expected dL[i]/dw[j]"),
    r"\frac{1}{2} = 1": (1, rf"{LATEX}; expected '/' for a quotient"),
    "b = sum(x[i, k] for i in range(N))": (
        17,
        "a reduction names the index it runs over; expected sum[i](x[i, k])",
    ),
    "d2L[i]/dx[i, k]2 = 1": (1, "a second derivative is the derivative of one; expected d(dL/dt)"),
    "b = (if b == 0: 1 else 0)": (6, "'else' is not of the language; expected where(c, x, y)"),
    "b = sum[i] (x[i, k]) * x[i, k]": (
        9,
        "index 'i' is free in this line; expected another letter, or all that it runs over in",
    ),
}


@pytest.mark.parametrize("text", ALONE)
def test_a_claim_that_stands_alone_is_told_the_same(text):
    column, what = ALONE[text]
    with pytest.raises(SourceError) as caught:
        read_claim(text, read_model(GIVEN + "L = b", "model"))
    assert (caught.value.line, caught.value.column) == (1, column)
    assert caught.value.what.startswith(what)


@pytest.mark.parametrize(("pattern", "what", "instead"), MEANT, ids=[row[0] for row in MEANT])
def test_a_row_of_what_is_meant_names_its_groups(pattern, what, instead):
    found = re.compile(pattern)
    groups = ["<>"] * (found.groups - len(found.groupindex))
    assert set(found.groupindex) <= {"at"}
    assert pattern.count("‸") >= 1
    assert f"{what}; expected {instead}".format(*groups, at="<>").isprintable()


@pytest.mark.parametrize(
    "part", ["claim ", "for all ", "exp ", "x[", "= ", "d/d", "a, ", "{ ", "b "]
)
def test_what_is_meant_is_found_at_once_in_a_long_line(part):
    before = time.process_time()
    with pytest.raises(SourceError):
        read_model(f"{GIVEN}L = {part * (9000 // len(part))}", "long")
    with pytest.raises(SourceError):
        read_model(f"{GIVEN}claim {part * 100} and @ {part * 100}", "long")
    assert time.process_time() - before < 2


def test_a_source_error_is_wrong_input():
    assert issubclass(SourceError, InputError)
    assert SourceError.exit_code == 2
