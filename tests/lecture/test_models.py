"""Models of a lecture: found by name, built with arguments, printed in its notation."""

from __future__ import annotations

from pathlib import Path

import pytest

from symderive.catalog import load
from symderive.errors import InputError
from symderive.lecture.formulas import read_formula, text_latex
from symderive.lecture.models import Models, relettered
from symderive.lecture.reading import read_source
from symderive.lecture.source import Source
from symderive.notation import Printer
from symderive.notation.sym import read_claim
from symderive.pipeline import ExplainRequest, explain
from symderive.verify.claims import judge

TEXT = """title = "A"
{settings}
[models.m]
{model}
[[slide]]
kind = "title"
"""


def found(model, settings="", name="m"):
    text = TEXT.format(settings=settings, model=model)
    lecture = read_source(Source(text, "a.toml", Path()))
    return Models(lecture).find(name, lecture.where)


def test_a_network_with_arguments():
    model = found('catalog = "network"\nwith = { hidden = ["H", "M"], activation = "tanh" }')
    assert [name for name in model.names if name.startswith("net")] == ["net1", "net2"]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ('catalog = "network"\nwith = { hiden = ["H"] }', "did you mean hidden?"),
        ('catalog = "network"\nwith = { activation = "softmax" }', "act on each element"),
        ('catalog = "relu"\nwith = { x = 1 }', "it takes no arguments"),
        ('catalog = "reluu"', "is not in the catalog"),
        ('sym = "data x"', "model m: sym: "),
        ('file = "none.sym"', "cannot read"),
        ('catalog = "relu"\nnames = { q = "x" }', "relu has no name 'q'"),
        ('catalog = "relu"\nnames = { x = "\\\\\\\\input{a}" }', "not allowed"),
        ('catalog = "relu"\nhide = ["i"]', "expected 'i on s, p'"),
        ('catalog = "relu"\nhide = ["i on q"]', "relu has no name 'q'"),
        ('catalog = "relu"\nletters = { j = "k" }', "relu has no index 'j'"),
        ('catalog = "relu"\nletters = { i = "x" }', "expected a letter that is free"),
    ],
)
def test_what_does_not_fit(model, said):
    with pytest.raises(InputError) as caught:
        found(model)
    assert said in str(caught.value)
    assert "a.toml, line " in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("names = { x = 'z}' }", "a closing brace too many"),
        ('letters = { i = "n", j = "n" }', "two indices would have one letter"),
        ('hide = ["i"]', "expected 'i on s, p'"),
    ],
)
def test_notation_that_does_not_fit_is_told_with_its_place(settings, said):
    with pytest.raises(InputError, match=r"^a\.toml, line 2: notation: ") as caught:
        found('catalog = "hinge"', f"[notation]\n{settings}")
    assert said in str(caught.value)


def test_what_is_read_and_never_set_has_any_letters():
    assert found('sym = """param w  # 重み\\nloss = w**2"""').names == ("w", "loss")
    with pytest.raises(InputError, match=r"a\.toml, line 2: subtitle: LaTeX has no '重' here"):
        found('catalog = "hinge"', 'subtitle = "重み"')


def test_notation_for_all_models_and_for_one():
    settings = "[notation]\nnames = { x = 'z' }\nletters = { i = \"n\" }"
    model = found('catalog = "squared_error"\nnames = { y = "u" }', settings)
    printed = Printer(model).latex(model.equation("yhat").rhs)
    assert printed == r"\sum_k w_k z_{nk} + b"
    assert Printer(model).latex(model.equation("L").rhs) == r"(\hat{y}_n - u_n)^2"


def test_other_letters_mean_the_same():
    model = load("hinge")
    other = relettered(model, {"j": "c", "i": "n"}, None)
    before, after = (Printer(m).latex(m.equation("L").rhs) for m in (model, other))
    assert after == before.replace("j", "c").replace("_i", "_n")
    assert relettered(other, {"c": "j", "n": "i"}, None).equations == model.equations


def test_letters_that_are_typed_are_printed_as_the_slide_has_them():
    model = relettered(load("softmax_nll"), {"i": "n", "j": "c"}, None)
    typed = "dL[i]/ds[i, j] = p[i, j] - [j == y[i]]"
    assert read_formula(typed, model).inline == (
        r"$\partial L_n / \partial s_c = p_c - \mathbb{I}(c = y_n)$"
    )
    assert read_formula(typed.replace("j", "c").replace("i", "n"), model).inline == (
        read_formula(typed, model).inline
    )
    assert text_latex("each $i$ of $s[i, j]$", model)[0] == "each $n$ of $s_c$"
    verdict = judge(read_claim(typed.replace(" - ", " + "), model), model)
    assert verdict.slip == "the sign of the term [c == y[n]] is wrong."
    goal = explain(ExplainRequest(model, wrt=("w[j, k]",))).derivations[0].goal
    assert str(goal.wrt) == "w[c, k]"


def test_a_letter_that_is_in_use_is_not_printed_for_another():
    model = relettered(load("softmax_nll"), {"j": "c"}, None)
    claim = read_claim("p[i, j] * p[i, c] = p[i, c] * p[i, j]", model)
    assert [index.name for index in claim.free] == ["i", "j", "c"]


def test_a_model_that_is_written_has_the_title_that_it_is_given():
    written = 'sym = """param w\nloss = w**2"""'
    assert found(f'title = "A square"\n{written}').title == "A square"
    assert found(written).title == ""
