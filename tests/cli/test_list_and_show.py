"""``list`` and ``show``."""

from __future__ import annotations

import json

import pytest
from sympy import Eq, sympify

from symderive import catalog


def test_list_has_the_whole_catalog(cli):
    ran = cli("list")
    lines = ran.out.splitlines()
    assert ran.code == 0
    assert [line.split()[0] for line in lines] == ["model", *catalog.names()]
    assert all(catalog.load(line.split()[0]).title in line for line in lines[1:])


def test_list_of_a_kind(cli):
    ran = cli("list", "--kind", "activations")
    names = [line.split()[0] for line in ran.out.splitlines()[1:]]
    assert names == [n for n in catalog.names() if catalog.load(n).kind == "activations"]


@pytest.mark.usefixtures("small_catalog")
def test_a_kind_without_models_is_said(cli):
    ran = cli("list", "--kind", "information")
    assert (ran.code, ran.out) == (0, "")
    assert "no information" in ran.err


def test_list_as_json(cli):
    rows = json.loads(cli("list", "--json").out)
    assert [row["name"] for row in rows] == list(catalog.names())
    hinge = next(row for row in rows if row["name"] == "hinge")
    assert list(hinge) == ["name", "kind", "title", "source", "inputs", "output"]
    assert {"name": "w", "role": "param", "axes": ["C", "D"]} in hinge["inputs"]


@pytest.mark.usefixtures("small_catalog")
def test_list_as_json_of_an_empty_kind_is_json(cli):
    assert json.loads(cli("list", "--json", "--kind", "information").out) == []


@pytest.mark.parametrize("name", catalog.names())
def test_show_text_has_every_declaration_and_equation(cli, name):
    model = catalog.load(name)
    text = cli("show", name).out
    assert model.title in text
    for declaration in model.declarations:
        assert f"{declaration.role:6} {declaration.name}" in text
    assert sum(" = " in line for line in text.splitlines()) >= len(model.equations)


def test_show_text_has_domains_defaults_and_labels(cli):
    assert "const  Delta = 1" in cli("show", "hinge").out
    assert "label  y[N] in C" in cli("show", "hinge").out
    assert "data   y[N] in [0, 1]" in cli("show", "binary_logistic").out


@pytest.mark.parametrize("name", catalog.names())
def test_show_latex_is_a_fragment_with_every_equation(cli, name):
    latex = cli("show", name, "--to", "latex").out
    assert latex.startswith("\\begin{align*}\n")
    assert latex.count("&=") == len(catalog.load(name).equations)


def test_show_sympy_is_plain_sympy(cli):
    lines = cli("show", "squared_error", "--to", "sympy").out.splitlines()
    assert all(line.startswith("Eq(") for line in lines)
    from sympy import IndexedBase, symbols

    i = symbols("i", integer=True)
    names = {name: IndexedBase(name) for name in ("L", "y", "yhat")} | {"i": i, "Eq": Eq}
    shown = sympify(lines[1], locals=names)  # our own output, not a user's
    assert shown.rhs == (names["yhat"][i] - names["y"][i]) ** 2
