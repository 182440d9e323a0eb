"""Paragraphs and slides: what stands together, what is moved to the next slide."""

from __future__ import annotations

import pytest

from symderive import templating
from symderive.catalog import names
from symderive.derive import derive
from symderive.errors import CheckError
from symderive.expr import Exp, Tensor
from symderive.model import axes, build, data, define, indices, param, total
from symderive.notation import layout as lay
from symderive.typeset import templates, typeset
from symderive.typeset.latex import frames
from symderive.typeset.outline import DisplayArranger, outline
from symderive.typeset.page import goal_beside, paragraphs
from symderive.typeset.reread import printed
from symderive.typeset.slides import FRAME, Part, fill, parts_of


@pytest.fixture(scope="module")
def long_derivation():
    N, D = axes("N D")
    (i,), (k,) = indices("i", N), indices("k", D)
    x, w = data("x", N, D), param("w", D)
    s, loss = Tensor("score", (N,)), Tensor("loss")
    score = total(w.tensor[k] * x.tensor[i, k], k)
    terms = [Exp(-n * score) * (score - n) ** n / (1 + Exp(n * score)) for n in range(2, 7)]
    model = build(
        "long",
        [x, w],
        [define(s[i], sum(terms)), define(loss(), total(s[i], i))],
        sample=i,
    )
    return derive(model)


@pytest.fixture(scope="module")
def long_paragraphs(long_derivation):
    return paragraphs(outline(long_derivation, detail="full"), 36.0)


@pytest.mark.untraced
@pytest.mark.xdist_group("long derivation")
def test_a_long_derivation_goes_on_from_slide_to_slide(long_derivation, long_paragraphs):
    slides = frames(outline(long_derivation, detail="full"))
    assert len(slides) > 3
    for slide in slides:
        assert sum(part.height for part in slide.parts) <= FRAME
    rows = [
        row
        for paragraph in long_paragraphs
        for display in paragraph.displays
        for row in display.rows
    ]
    shown = "".join(part.latex for slide in slides for part in slide.parts)
    assert all(cell in shown for row in rows for cell in row)


@pytest.mark.untraced
@pytest.mark.xdist_group("long derivation")
def test_a_heading_that_is_too_wide_is_said_in_brief(long_paragraphs):
    headings = [paragraph.heading for paragraph in long_paragraphs if paragraph.kind == "local"]
    assert headings == [r"Step by step: $\partial \mathit{score}_i / \partial w_j$"]


@pytest.mark.parametrize("name", names())
def test_every_slide_of_the_catalog_is_filled_and_not_overfilled(name, derived):
    for detail in ("slide", "full"):
        for slide in frames(outline(derived(name), detail=detail)):
            assert 0 < sum(part.height for part in slide.parts) <= FRAME


def test_what_relates_to_all_samples_never_stands_alone(derived):
    for name in ("softmax_nll", "hinge"):
        for slide in frames(outline(derived(name))):
            assert not all(part.loose for part in slide.parts)


def test_a_loose_part_takes_the_one_before_it_along():
    case, closing = Part("case", 9.0), Part("closing", 3.0, loose=True)
    assert fill([case, case, closing], 19.0) == [(case,), (case, closing)]
    assert fill([case, case], 19.0) == [(case, case)]
    assert fill([closing], 19.0) == [(closing,)]


def test_rows_are_uncovered_one_after_the_other(derived):
    found = paragraphs(outline(derived("two_layer_sigmoid"), detail="full"), 36.0)
    local = next(paragraph for paragraph in found if paragraph.kind == "local")
    (part,) = parts_of([local], "lines")
    rows = sum(len(display.rows) for display in local.displays)
    assert part.steps == rows
    assert all(rf"\uncover<{step}->" in part.uncovered(3) for step in range(4, 3 + rows))
    (whole,) = parts_of([local], "blocks")
    assert whole.steps == 1
    assert "uncover" not in whole.latex


def test_the_goal_stands_beside_the_definitions_where_one_line_holds_both(derived):
    short = paragraphs(outline(derived("softmax_nll")), 36.0)
    assert [p.kind for p in goal_beside(short, 36.0)][:2] == ["definitions", "case"]
    assert goal_beside(short, 20.0) == short
    long = paragraphs(outline(derived("two_layer_sigmoid")), 36.0)
    assert goal_beside(long, 36.0) == long
    results = paragraphs(outline(derived("softmax_nll"), detail="result"), 36.0)
    assert goal_beside(results, 36.0) == results


def test_the_merged_line_names_how_many_cases_it_holds(derived):
    two = outline(derived("softmax_nll"))
    (merged,) = (section for section in two.sections if section.kind == "merged")
    assert merged.heading == ("Both in one line:",)


def test_a_heading_and_a_short_formula_share_a_line(derived):
    found = {p.kind: p for p in paragraphs(outline(derived("softmax_nll")), 36.0)}
    assert found["merged"].joined.endswith(r"\,x_{ik}")
    narrow = {p.kind: p for p in paragraphs(outline(derived("softmax_nll")), 16.0)}
    assert narrow["merged"].joined == ""
    assert narrow["merged"].displays


def test_what_has_no_layout_is_our_own_fault(derived):
    page = outline(derived("tanh"))
    arranger = DisplayArranger(page.printer)
    with pytest.raises(CheckError, match="no layout for NoneType"):
        arranger.display(None, page.printer.scope())


def test_a_line_that_lost_a_side_is_our_own_fault(derived, monkeypatch):
    monkeypatch.setattr("symderive.typeset.reread.read", lambda *_, **__: [])
    with pytest.raises(CheckError, match="were printed as"):
        list(printed(derived("tanh")))


def test_a_template_misses_nothing_silently(tmp_path, monkeypatch):
    with pytest.raises(Exception, match="'derivations' is undefined"):
        templates.render("derivation.tex.j2")
    templating.template_directory.cache_clear()
    monkeypatch.setattr(templating, "__file__", str(tmp_path / "a" / "b.py"))
    with pytest.raises(CheckError, match="templates are missing"):
        templating.template_directory()
    templating.template_directory.cache_clear()


def test_text_of_a_block_is_printed_everywhere(derived):
    note = "the derivative is 0 wherever it exists"
    for to in ("latex", "markdown", "document", "beamer"):
        assert note in typeset(derived("zero_one"), to=to)
    assert note in " ".join(typeset(derived("zero_one"), to="terminal").split())


def test_braces_lie_below_sums_products_and_terms():
    from symderive.typeset.formulas import _braces

    brace = lay.Underbrace(lay.Word("a", "a"), lay.Word("b", "b"))
    product = lay.Product((brace, lay.Word("c", "c")))
    big = lay.Big("sum", (lay.Word("j", "j"),), None, product)
    assert list(_braces(lay.Sum(((False, big), (True, brace))))) == [brace, brace]
