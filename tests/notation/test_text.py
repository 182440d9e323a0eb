"""Expressions and models in the language: they read back to what they were."""

from __future__ import annotations

import pytest
from sympy import S, Symbol, cos, log, pi, sqrt

from symderive.catalog import load, names
from symderive.errors import NotSupportedError
from symderive.expr import (
    AllOf,
    AnyOf,
    Compare,
    Exp,
    Expm1,
    Iverson,
    Log1p,
    MaxOf,
    Tensor,
    Where,
    Xdivy,
    Xlogy,
    close,
    free_indices,
)
from symderive.model import Equation, adjoint_name
from symderive.notation.sym.api import read_condition, read_expression, read_model
from symderive.notation.text import SymPrinter, model_text
from tests.fuzz.models import random_model

MODEL = load("softmax_nll")
s, p, w, x, y, L = (MODEL.tensor(name) for name in ("s", "p", "w", "x", "y", "L"))
i, j, m, l, k = MODEL.notation.letters

FORMS = {
    "w[j, k] * x[i, k]": w[j, k] * x[i, k],
    "1 - p[i, j]": 1 - p[i, j],
    "-p[i, y[i]] * p[i, j]": -p[i, y[i]] * p[i, j],
    "p[i, j] / 2 / s[i, j]": p[i, j] / (2 * s[i, j]),
    "1 / p[i, j]": 1 / p[i, j],
    "-1 / p[i, j]": -1 / p[i, j],
    "p[i, j]**2": p[i, j] ** 2,
    "(p[i, j] - 1)**2": (p[i, j] - 1) ** 2,
    "(-p[i, j])**p[i, m]": (-p[i, j]) ** p[i, m],
    "sqrt(p[i, j])": sqrt(p[i, j]),
    "exp(s[i, j]) / sum[l](exp(s[i, l]))": Exp(s[i, j]) / close("sum", [l], Exp(s[i, l])),
    "cos(pi * s[i, j])": cos(pi * s[i, j]),
    "[j == y[i]]": Iverson(Compare("==", j, y[i])),
    "sum[j != y[i]](s[i, j])": close("sum", [j], s[i, j], Compare("!=", j, y[i])),
    "sum[j if s[i, j] > 0](s[i, j])": close("sum", [j], s[i, j], Compare(">", s[i, j], S.Zero)),
    "sum[j, k](w[j, k])": close("sum", [j, k], w[j, k]),
    "max[j](s[i, j])": close("max", [j], s[i, j]),
    "mean[i](L[i])": MODEL.output.rhs,
    "2 * mean[i](L[i])": 2 * MODEL.output.rhs,
    "-mean[i](L[i])": -MODEL.output.rhs,
    "where(j == y[i], s[i, j], 0)": Where(Compare("==", j, y[i]), s[i, j], 0),
    "max(0, s[i, j] - 1)": MaxOf(0, s[i, j] - 1),
    "p[i, j] * log(s[i, j])": Xlogy(p[i, j], s[i, j]),
    "-(1 - p[i, j]) * log(s[i, j])": -Xlogy(1 - p[i, j], s[i, j]),
    "log(p[i, j])": log(p[i, j]),
}


@pytest.mark.parametrize("form", FORMS)
def test_printed_form_reads_back(form):
    text = SymPrinter(MODEL).expression(FORMS[form])
    assert text == form
    assert read_expression(text, MODEL, free_indices(FORMS[form])) == FORMS[form]


@pytest.mark.parametrize(
    ("form", "expr"),
    [
        ("p[i, j] * (exp(s[i, j]) - 1)", Expm1(s[i, j]) * p[i, j]),
        ("log(1 + s[i, j])", Log1p(s[i, j])),
        ("where(p[i, j] == 0, 0, p[i, j] / s[i, j])", Xdivy(p[i, j], s[i, j])),
        ("log(sum[j](exp(s[i, j])))", close("lse", [j], s[i, j])),
    ],
)
def test_what_the_language_has_no_word_for_is_written_out(form, expr):
    assert SymPrinter(MODEL).expression(expr) == form
    read_expression(form, MODEL, free_indices(expr))


@pytest.mark.parametrize(
    "form",
    [
        "j == y[i]",
        "j != y[i] and s[i, j] > 0",
        "(j != y[i] and s[i, j] > 0) or s[i, j] <= p[i, j]",
    ],
)
def test_conditions_read_back(form):
    cond = read_condition(form, MODEL, [i, j])
    text = SymPrinter(MODEL).condition(cond)
    assert read_condition(text, MODEL, [i, j]) == cond


def test_junctions_in_junctions_have_parentheses():
    less, equal = Compare("<", s[i, j], S.One), Compare("==", j, y[i])
    text = SymPrinter(MODEL).condition(AllOf(equal, AnyOf(less, equal)))
    assert text == "j == y[i] and (s[i, j] < 1 or j == y[i])"


@pytest.mark.parametrize("name", names())
def test_every_model_reads_back_to_itself(name):
    model = load(name)
    again = read_model(model_text(model), name)
    assert again.equations == model.equations
    assert again.declarations == model.declarations
    assert again.sample == model.sample
    assert again.notation.letters == model.notation.letters
    assert again.notation.hidden == model.notation.hidden
    assert again.notation.latex == model.notation.latex


@pytest.mark.parametrize("seed", range(40))
def test_random_models_read_back_to_themselves(seed):
    model, _ = random_model(seed)
    assert read_model(model_text(model), model.name).equations == model.equations


def test_what_has_no_text_is_named():
    printer = SymPrinter(MODEL)
    with pytest.raises(NotSupportedError, match="Symbol"):
        printer.expression(Symbol("q"))
    with pytest.raises(NotSupportedError, match="name that no model can be given"):
        printer.expression(Tensor(adjoint_name("s"), s.axes)[i, j])
    with pytest.raises(NotSupportedError, match="guard"):
        printer.equation(Equation(L, (i,), S.One, Compare("==", y[i], y[i])))
