"""Expressions as text for a terminal."""

from __future__ import annotations

import pytest

from symderive.catalog import load, names
from symderive.expr import Compare, Element, Exp, Iverson, close
from symderive.notation import Printer, TextPrinter
from symderive.notation import layout as lay

FORMS = {
    ("softmax_nll", "s"): "Σ_k w_jk x_ik",
    ("softmax_nll", "p"): "e^{s_j}/(Σ_l e^{s_l})",
    ("softmax_nll", "L"): "-log p_{y_i}",
    ("softmax_nll", "loss"): "1/N · Σ_i L_i",
    ("hinge", "e"): "max(0, s_j - s_{y_i} + Δ)",
    ("hinge", "L"): "Σ_{j≠y_i} e_j",
    ("squared_error", "L"): "(ŷ_i - y_i)²",
    ("tanh", "y"): "(e^x - e^{-x})/(e^x + e^{-x})",
}


@pytest.mark.parametrize(("name", "equation"), FORMS)
def test_printed_form(name, equation):
    model = load(name)
    assert Printer(model).text(model.equation(equation).rhs) == FORMS[name, equation]


@pytest.mark.parametrize("name", names())
def test_every_equation_has_a_text_in_one_line(name):
    model = load(name)
    for equation in model.equations:
        text = Printer(model).text(Printer(model).equation(equation))
        assert "\n" not in text
        assert "\\" not in text


def test_parentheses_where_the_line_would_say_something_else():
    model = load("softmax_nll")
    text = Printer(model).text
    s, y = model.tensor("s"), model.tensor("y")
    i, j, m, *_ = model.notation.letters
    a, b = s[i, j], s[i, m]
    assert text(a / (a * b) ** 2) == "1/(s_j s_m²)"
    assert text((a + b) / (a - b)) == "(s_j + s_m)/(s_j - s_m)"
    assert text(close("sum", [j], a) * b) == "s_m Σ_j s_j"
    assert text(Exp(a) ** 2) == "(e^{s_j})²"
    assert text((a - b) ** (a + 1)) == "(s_j - s_m)^{s_j + 1}"
    assert text(Iverson(Compare("==", j, y[i]))) == "𝕀(j = y_i)"
    assert text(Element(s, i, y[i])) == "s_{y_i}"


def test_how_the_value_of_a_brace_is_written_is_up_to_the_page():
    brace = lay.Underbrace(lay.Word("a", "a"), lay.Word("b", "b"))
    assert TextPrinter().text(brace) == "a [= b]"
    assert TextPrinter(brace=lambda body, under: f"{under}<{body}").text(brace) == "b<a"
