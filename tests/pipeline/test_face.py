"""``import symderive as sd``: what a user of Python sees."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest
import sympy
from sympy import Eq, Idx, IndexedBase, Sum, Symbol, exp, log

import symderive as sd
from symderive import catalog


def test_everything_that_is_listed_is_there():
    assert set(sd.__all__) <= set(dir(sd))
    for name in sd.__all__:
        assert getattr(sd, name) is not None


def test_what_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'plot'"):
        sd.plot  # noqa: B018


def test_the_room_does_not_hide_the_function():
    importlib.import_module("symderive.derive.narrate")
    assert sd.derive.__module__ == "symderive"
    from symderive.derive import Derivation

    assert Derivation.__module__ == "symderive.derive.derivation"


def test_star_import_works():
    code = "from symderive import *; print(derive('relu').result, 'relu' in catalog.names())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[x[i] > 0] True\n"


def test_derive_gives_steps_cases_and_result():
    found = sd.derive(sd.catalog.softmax_nll(), of="L", wrt="w[m, k]")
    assert len(found.cases) == 2
    assert found.steps
    assert str(found.result) == "(p[i, m] - [m == y[i]])*x[i, k]"
    assert isinstance(found.result, sympy.Expr)


def test_derive_by_several_inputs():
    assert list(sd.derive("squared_error", wrt=["b", "w"]).results) == ["b", "w"]


def test_a_derivation_shows_itself():
    found = sd.derive("hinge")
    assert found._repr_latex_().startswith("$$\n\\begin{aligned}\n\\frac{\\partial L_i}")
    assert found._repr_markdown_() == found.to_markdown()
    assert "$" in found._repr_markdown_()
    assert str(found) == found.typeset("terminal")
    assert "steps, checked>" in repr(found)
    assert found.to_json().startswith("{")


def test_results_are_handed_back_in_plain_sympy():
    plain = sd.derive("sigmoid").to_sympy()["x"]
    assert not [
        node
        for node in sympy.preorder_traversal(plain)
        if type(node).__module__.startswith("symderive")
    ]


def test_a_model_from_plain_sympy_is_derived():
    N, C = Symbol("N", integer=True), Symbol("C", integer=True)
    i, j, l = Idx("i", N), Idx("j", C), Idx("l", C)
    s, y, p, loss = IndexedBase("s"), IndexedBase("y"), IndexedBase("p"), IndexedBase("L")
    model = sd.model_from_sympy(
        "plain",
        [
            Eq(p[i, j], exp(s[i, j]) / Sum(exp(s[i, l]), (l, 0, C - 1))),
            Eq(loss[i], -log(p[i, y[i]])),
        ],
        params=[s],
        labels={y: C},
        sample=i,
    )
    assert len(sd.derive(model).cases) == 2


@pytest.mark.parametrize(
    ("equations", "message"),
    [
        (lambda m: [sd.define(m.L[m.i], m.x[m.i, m.j])], "index j runs over"),
        (lambda m: [sd.define(m.L[m.i], m.w[m.k])], "index k is free on the right but not on"),
        (lambda m: [sd.define(m.L[m.i], m.q[m.i])], "q is used before it is defined"),
        (lambda m: [sd.define(m.L[m.i], m.y[m.i] * m.t())], "y[i] is a label of D, where a real"),
        (lambda _: [], "a model needs at least one equation"),
    ],
)
def test_a_model_that_makes_no_sense_is_one_clear_error(equations, message):
    class Made:
        N, D, E = sd.axes("N D E")
        (i,), (k,), (j,) = sd.indices("i", N), sd.indices("k", D), sd.indices("j", E)
        x, w, t = sd.data("x", N, D), sd.param("w", D), sd.param("t")
        y = sd.label("y", N, into=D)
        L, q = sd.tensor("L", (N,)), sd.tensor("q", (N,))

    with pytest.raises(sd.InputError) as error:
        sd.build("wrong", [Made.x, Made.w, Made.t, Made.y], equations(Made))
    assert str(error.value).startswith("wrong: ")
    assert "\n" not in str(error.value)
    assert message in str(error.value) or "slot" in str(error.value)


def test_the_catalog_is_reached_through_the_face():
    assert sd.catalog.names() == catalog.names()
    assert sd.catalog.hinge().name == "hinge"
