"""Documents, decks and fragments compile, and nothing sticks out of them."""

from __future__ import annotations

from functools import cache

import pytest

from symderive.catalog import names
from symderive.derive import derive
from symderive.expr import Exp, Tensor
from symderive.model import axes, build, data, define, indices, param, total
from symderive.typeset import typeset

pytestmark = pytest.mark.latex

#: Derivations that are compiled whole; the others go into one document for each target.
SHOWN = ["softmax_nll", "hinge"]


@pytest.mark.parametrize("detail", ["result", "slide", "full"])
@pytest.mark.parametrize("to", ["document", "beamer"])
@pytest.mark.parametrize("name", SHOWN)
def test_the_lecture_compiles(name, to, detail, derived, compile_latex):
    run = compile_latex(typeset(derived(name), to=to, detail=detail))
    assert run.overfull == []


@pytest.mark.untraced
@pytest.mark.parametrize(("to", "detail"), [("document", "full"), ("beamer", "full")])
def test_the_whole_catalog_compiles(to, detail, derived, compile_latex):
    run = compile_latex(typeset([derived(name) for name in names()], to=to, detail=detail))
    assert run.overfull == []


def test_with_the_sample_index_shown(derived, compile_latex):
    both = [derived(name) for name in ("softmax_nll", "hinge")]
    for to in ("document", "beamer"):
        run = compile_latex(typeset(both, to=to, detail="full", sample_index="show"))
        assert run.overfull == []


def test_a_fragment_needs_amsmath_and_amssymb_alone(derived, compile_latex):
    both = [derived(name) for name in ("softmax_nll", "hinge")]
    source = (
        "\\documentclass{article}\n\\usepackage{amsmath,amssymb}\n\\begin{document}\n"
        + typeset(both, to="latex", detail="full")
        + "\\end{document}\n"
    )
    assert compile_latex(source).overfull == []


#: A deck that knows nothing of ours: another theme, type and names, whose own macros stay its own.
FOREIGN = r"""\documentclass[aspectratio=169]{beamer}
\usetheme{Madrid}
\usefonttheme{serif}
\usepackage{amsmath,amssymb}
\newcommand{\loss}{\mathcal{L}}
\newcommand{\evidence}{mine}
\begin{document}
%s
\end{document}
"""


@pytest.mark.untraced
@pytest.mark.parametrize("detail", ["result", "slide"])
def test_fragments_go_into_a_deck_of_ones_own(detail, derived, compile_latex, tmp_path):
    frames = []
    for name in names() if detail == "slide" else names()[::4]:
        (tmp_path / f"part_{name}.tex").write_text(
            typeset(derived(name), to="latex", detail=detail), encoding="utf-8"
        )
        inside = rf"$\loss$ \evidence\input{{part_{name}}}"
        frames.append(rf"\begin{{frame}}[allowframebreaks]{{My own}}{inside}\end{{frame}}")
    run = compile_latex(FOREIGN % "\n".join(frames))
    assert [line for line in run.overfull if "hbox" in line] == []


@cache
def long_derivation():
    """Of a loss whose derivative is far longer than a line."""
    N, D = axes("N D")
    (i,), (k,) = indices("i", N), indices("k", D)
    x, w = data("x", N, D), param("w", D)
    s, loss = Tensor("score", (N,)), Tensor("loss")
    score = total(w.tensor[k] * x.tensor[i, k], k)
    terms = [Exp(-n * score) * (score - n) ** n / (1 + Exp(n * score)) for n in range(2, 7)]
    model = build(
        "long_&_odd%",
        [x, w],
        [define(s[i], sum(terms)), define(loss(), total(s[i], i))],
        sample=i,
        title="50% of $x_1 & \\input{y} # ~ ^ { — β",
    )
    return derive(model)


@pytest.mark.untraced
@pytest.mark.parametrize("detail", ["slide", "full"])
@pytest.mark.parametrize("to", ["document", "beamer"])
def test_long_lines_break_and_titles_are_text(to, detail, compile_latex):
    run = compile_latex(typeset(long_derivation(), to=to, detail=detail))
    assert run.overfull == []
