"""Decks: what is on their pages, that nothing sticks out, that a lecture comes along whole."""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path

import pytest

from symderive.errors import InputError
from symderive.lecture import build_deck, read_lecture, shipped
from symderive.lecture.deck import Overfull, overfull, slide_at
from symderive.lecture.kinds import KINDS, code, plot, results
from symderive.lecture.reading import read_source
from symderive.lecture.source import Source
from symderive.lecture.workshop import Workshop
from symderive.pipeline import run_latex
from symderive.typeset.slides import FRAME

ROOT = Path(__file__).parents[2]
WEEK5 = shipped("week5")

#: What is expected of the mistakes of the lecture: the verdicts in the order of the claims.
MISTAKES = {
    "X1": ["refuted", "verified"],
    "X2": ["refuted", "verified", "verified"],
    "X3": ["verified", "refuted", "verified", "verified", "refuted", "refuted"],
    "X4": ["ill-typed", "proved"],
    "X6": ["ill-typed", "refuted", "refuted"],
    "X7": ["refuted"],
    "X8": ["ill-typed"],
    "X9": ["refuted", "refuted"],
}


def tool():
    spec = importlib.util.spec_from_file_location("lecture_tool", ROOT / "tools" / "lecture.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def lecture(*slides, head="", folder=Path()):
    text = f'title = "50% of $x_1 & \\\\\\\\input{{y}}"\n{head}\n'
    text += "\n".join(f"[[slide]]\n{slide}" for slide in slides)
    return read_source(Source(text, "a.toml", folder))


# --- the lecture that comes along -----------------------------------------------------------------


def test_every_item_of_the_lecture_is_shown_and_nothing_else():
    items = tool().ITEMS["week5"]
    shown = {item for slide in read_lecture(WEEK5).slides for item in slide["shows"]}
    assert shown == set(items)
    kinds = {letter: sum(item[0] == letter for item in items) for letter in "ABCDEX"}
    assert kinds == {"A": 16, "B": 13, "C": 10, "D": 7, "E": 2, "X": 8}


def test_the_table_notices_what_is_missing():
    module = tool()
    rows = list(module.rows(read_lecture(WEEK5), {"A1": "hinge", "Z9": "nowhere"}))
    assert "5: derivation of `hinge`" in rows[0]
    assert rows[1] == "| Z9 | nowhere | nothing |"


def test_every_kind_of_slide_occurs_in_it():
    assert {slide.kind for slide in read_lecture(WEEK5).slides} == set(KINDS)


@pytest.mark.untraced
@pytest.mark.parametrize("item", MISTAKES)
def test_the_mistakes_of_the_lecture_are_found(item):
    found = read_lecture(WEEK5)
    slide = next(s for s in found.slides if item in s["shows"] and s.kind == "claims")
    workshop = Workshop(found)
    model = workshop.model(slide)
    verdicts = [workshop.judge(slide, model, text) for text in slide["claims"]]
    kinds = ["verified" if v.kind == "proved" and e == "verified" else v.kind
             for v, e in zip(verdicts, MISTAKES[item], strict=True)]  # fmt: skip
    assert kinds == MISTAKES[item]
    assert all(v.counterexample or v.corrected for v in verdicts if not v.holds)


#: A formula as it is typed, which is set on slides, or stands in the right line below.
CODE_BEHIND_A_COLON = r"likely slip: [^:\n]+: \["


@pytest.mark.untraced
@pytest.mark.latex
def test_the_deck_of_the_lecture_fits_its_pages(monkeypatch):
    picture = plot.DEMOS["regression"].__globals__["_bytes"]
    blank = picture(_blank)
    monkeypatch.setattr(plot, "DEMOS", dict.fromkeys(plot.DEMOS, lambda: blank))
    made = build_deck(read_lecture(WEEK5), folder="pictures/")
    assert made.pdf is not None
    assert made.pdf.startswith(b"%PDF-")
    assert r"\documentclass[aspectratio=169]{beamer}" in made.tex
    assert r"\tiny\n" not in made.tex.replace(r"{\tiny\evidence}", "")
    numbers = {int(n) for n in re.findall(r"\\slidenumber\}\{(\d+)", made.tex)}
    assert numbers == set(range(2, len(read_lecture(WEEK5).slides) + 1))
    assert "likely slip: a wrong condition." in made.tex
    assert not re.search(CODE_BEHIND_A_COLON, made.tex)


def _blank(path):
    from matplotlib.figure import Figure

    Figure(figsize=(6.4, 3.6)).savefig(path)


# --- what is checked ------------------------------------------------------------------------------


@pytest.mark.latex
@pytest.mark.parametrize(
    "slide",
    [
        f'kind = "text"\ntitle = "t"\nbullets = {["word word word word"] * 40}',
        f'kind = "text"\ntext = "{"word " * 180}"',
        'kind = "derivation"\nmodel = "network"\nupdate = true\ndetail = "full"',
        'kind = "results"\nmodels = ["hinge", "softmax_nll_base", "huber", "smooth_l1", "focal"]',
        'kind = "code"\nmodel = "network"\nfunction = "value_and_vjp"',
        'kind = "claims"\nmodel = "network"\nclaims = ["convex L[i] in w1", "loss >= 0"]',
    ],
)
def test_content_that_is_long_goes_on_over_frames(slide):
    made = build_deck(lecture(slide))
    assert made.frames >= (1 if "claims" in slide or "word word word word word" in slide else 2)
    assert made.missing == ""


@pytest.mark.latex
def test_content_that_no_page_holds_is_an_error_with_its_place():
    with pytest.raises(InputError, match=r"line 3: slide 1 \(text\): this is \d+ points too wide"):
        build_deck(lecture(f'kind = "text"\ntext = "{"w" * 200}"'))


@pytest.mark.latex
def test_a_frame_that_overflows_is_noticed():
    tall = "\n".join(
        [
            r"\documentclass[aspectratio=169]{beamer}\begin{document}",
            r"\newcommand{\slidenumber}{}",
            r"\renewcommand{\slidenumber}{7\,/\,9}",
            r"\begin{frame}{t}\rule{1pt}{30cm}\end{frame}",
            r"\renewcommand{\slidenumber}{8\,/\,9}",
            r"\begin{frame}{t}\noindent\rule{30cm}{1pt}\end{frame}",
            r"\end{document}",
        ]
    )
    _, log = run_latex(tall, runs=1)
    found = [(slide_at(tall, fault.line), fault.direction) for fault in overfull(log)]
    assert found == [(7, "v"), (8, "h")]


def test_a_box_that_sticks_out_invisibly_is_let_go():
    log = "Overfull \\hbox (0.3pt too wide) in paragraph at lines 3--4\n"
    assert list(overfull(log)) == []
    wide = "Overfull \\hbox (12.5pt too wide) in paragraph at lines 3--4\n"
    assert list(overfull(wide)) == [Overfull(3, "h", 12.5)]


# --- what stands on slides ------------------------------------------------------------------------


def test_text_of_a_user_never_reaches_latex():
    slide = 'kind = "text"\ntitle = "a_b & #1"\ntext = "\\\\\\\\write18{ls} ^^5c %"'.replace(
        "\\\\\\\\", "\\\\"
    )
    made = build_deck(lecture(slide), pdf=False)
    body = made.tex.split(r"\begin{document}")[1]
    assert r"\write18" not in body
    assert r"\textbackslash{}write18\{ls\}" in body
    assert r"a\_b \& \#1" in body


def test_cases_apart_lead_over_to_each_other():
    slide = 'kind = "derivation"\nmodel = "hinge"\nwrt = "w[m, k]"\ncases = "apart"'
    made = build_deck(lecture(slide), pdf=False)
    first, second = made.tex.split(r"\end{frame}")[:2]
    assert r"This took $m \neq y_i$. And otherwise?" in first
    assert "And otherwise?" not in second
    for frame in (first, second):
        assert r"L_i = \sum_{j \neq y_i} e_j" in frame
    assert r"If $m = y_i$" in second
    assert "For all samples" in second


def test_overlays():
    slide = 'kind = "derivation"\nmodel = "two_layer_sigmoid"\noverlays = "{}"'
    texts = {
        how: build_deck(lecture(slide.format(how)), pdf=False).tex
        for how in ("lines", "blocks", "none")
    }
    assert r"\onslide" not in texts["none"]
    assert r"\uncover" not in texts["blocks"]
    assert r"\onslide<2->" in texts["blocks"]
    assert all("\x01" not in text for text in texts.values())


def test_a_refuted_claim_shows_what_refutes_it():
    claims = "claims = ['max(0, t) = t for t in (-oo, oo)']"
    made = build_deck(lecture(f'kind = "claims"\n{claims}'), pdf=False)
    assert r"$\times$ \textbf{refuted}" in made.tex
    assert "at $t = -1$: left $0$, right $-1$" in made.tex


def test_claims_show_the_definitions_that_they_are_about():
    slide = 'kind = "claims"\nmodel = "hinge"\nequations = ["e"]\nclaims = ["L[i] >= 0"]'
    made = build_deck(lecture(slide), pdf=False)
    assert r"e_j = \max(0, s_j - s_{y_i} + \Delta)" in made.tex
    assert r"s_j = \sum_k" not in made.tex
    with pytest.raises(InputError, match="hinge has no equation 'q'"):
        build_deck(lecture(slide.replace('"e"', '"q"')), pdf=False)


@pytest.mark.parametrize(("count", "first", "most"), [(41, 19, 23), (10, 20, 20), (60, 5, 20)])
def test_code_goes_over_frames_that_hold_it_and_no_line_is_lost(count, first, most):
    lines = [("# b" if n % 4 == 0 else "a") + str(n) for n in range(count)]
    pieces = code._frames(lines, first, most)
    assert [line for piece in pieces for line in piece] == lines
    assert len(pieces[0]) <= first
    assert all(len(piece) <= most for piece in pieces[1:])
    assert len(pieces) == 1 + max(0, -(-(count - first) // most))


def test_code_is_what_is_generated():
    import symderive as sd

    slide = 'kind = "code"\nmodel = "relu"\nfunction = "value"'
    made = build_deck(lecture(slide), pdf=False)
    code = made.tex.split(r"\begin{verbatim}")[1].split(r"\end{verbatim}")[0].strip("\n")
    lines = [line.strip() for line in sd.generate("relu").splitlines()]
    assert all(line.strip() in lines for line in code.splitlines())


def test_a_picture_of_a_file(tmp_path):
    (tmp_path / "p.png").write_bytes(b"not looked at")
    made = build_deck(lecture('kind = "plot"\npicture = "p.png"', folder=tmp_path), pdf=False)
    assert made.pictures == {"slide01.png": b"not looked at"}
    assert "{slide01.png}" in made.tex


def test_without_pdflatex_the_source_is_made(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    made = build_deck(lecture('kind = "title"'))
    assert made.pdf is None
    assert "pdflatex was not found" in made.missing
    assert made.tex.endswith("\\end{document}\n")


def test_what_a_property_names_is_told_beside_it(tmp_path):
    (tmp_path / "glm.sym").write_text(
        "data x[N, D]\ndata y[N]\nparam beta[D]\neta[i] = sum[k](beta[k] * x[i, k])\n"
        "mu[i] = exp(eta[i])\nL[i] = mu[i] - y[i] * eta[i]\n"
    )
    slide = 'kind = "properties"\nmodel = "glm"\noverlays = "none"'
    tex = build_deck(
        lecture(slide, head='[models.glm]\nfile = "glm.sym"', folder=tmp_path), pdf=False
    ).tex
    assert r"\frac{\partial L_i}{\partial \beta_k} = \delta^{\eta}_i" in tex
    assert r"\textbf{With} & $\displaystyle \delta^{\eta}_i = " in tex


def test_a_row_that_is_higher_than_a_frame_goes_over_several():
    names = [f"w{n}" for n in range(9)]
    declared = "".join(f"param {name}\\n" for name in names)
    tower = " + ".join(f"exp({name} / (1 + {name}**2 / 2))**2" for name in names)
    read = lecture(
        'kind = "results"\nmodels = ["relu", "many"]',
        head=f'[models.many]\ntitle = "Many inputs"\nsym = "{declared}L = {tower}"',
    )
    found = results.frames(read.slides[0], Workshop(read))
    assert len(found) > 1
    assert all("Many inputs" in part.latex for frame in found[1:] for part in frame.parts)
    assert all(sum(p.height for p in frame.parts) <= FRAME for frame in found)
