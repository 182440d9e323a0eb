"""What is printed is what was meant: every line read back from its LaTeX and evaluated."""

from __future__ import annotations

import pytest

from symderive.catalog import load, names
from symderive.derive import derive
from symderive.notation import layout as lay
from symderive.notation.arrange import Arranger
from symderive.notation.latex import LatexPrinter
from symderive.typeset.reread import printed
from tests.derive.zoo import ZOO
from tests.fuzz.models import random_model

SHOWN = ["hide", "show"]


@pytest.mark.parametrize("name", names())
def test_every_printed_side_means_what_it_should(name, derived, find_misprints):
    for wrt in load(name).default_wrt():
        assert find_misprints(derived(name, wrt)) == []


@pytest.mark.parametrize("name", ["softmax_nll", "hinge", "squared_error"])
def test_with_the_sample_index_shown_too(name, derived, find_misprints):
    assert find_misprints(derived(name), sample_index="show") == []


@pytest.mark.parametrize("name", ZOO)
def test_models_that_no_one_named_are_printed_right(name, find_misprints):
    model = ZOO[name]()
    for wrt in model.default_wrt()[:1]:
        assert find_misprints(derive(model, wrt=wrt)) == []


@pytest.mark.parametrize("seed", range(20))
def test_random_models_are_printed_right(seed, find_misprints):
    model, _ = random_model(seed)
    for wrt in model.default_wrt()[:1]:
        assert find_misprints(derive(model, wrt=wrt)) == []


def test_sides_come_in_the_order_of_the_page(derived):
    sides = list(printed(derived("softmax_nll"), detail="result"))
    assert [side.step is None for side in sides] == [True, False]
    assert str(sides[1].said.expr) == "(p[i, j] - [j == y[i]])*x[i, k]"


# --- planted faults: each is a way in which a printer has been wrong ------------------------------


def _swap_subscripts(monkeypatch):
    original = Arranger._scripted

    def swapped(self, name, element, scope):
        node = original(self, name, element, scope)
        return lay.Scripted(node.base, node.above, node.slots[::-1])

    monkeypatch.setattr(Arranger, "_scripted", swapped)


def _drop_a_factor(monkeypatch):
    original = LatexPrinter._product

    def shorter(self, node, style):
        return original(self, lay.Product(node.factors[:-1]), style)

    monkeypatch.setattr(LatexPrinter, "_product", shorter)


def _reorder_a_difference(monkeypatch):
    original = LatexPrinter._sum

    def turned(self, node, style):
        signs = [minus for minus, _ in node.terms]
        terms = [term for _, term in node.terms][::-1]
        return original(self, lay.Sum(tuple(zip(signs, terms, strict=True))), style)

    monkeypatch.setattr(LatexPrinter, "_sum", turned)


def _drop_a_sign(monkeypatch):
    original = LatexPrinter._sum

    def positive(self, node, style):
        return original(self, lay.Sum(tuple((False, term) for _, term in node.terms)), style)

    monkeypatch.setattr(LatexPrinter, "_sum", positive)


def _drop_parentheses(monkeypatch):
    monkeypatch.setattr(LatexPrinter, "_parenthesised", lambda self, box, style: box)


def _drop_a_condition(monkeypatch):
    original = LatexPrinter._below

    def unconditional(self, node):
        return original(self, lay.Big(node.kind, node.letters, None, node.body))

    monkeypatch.setattr(LatexPrinter, "_below", unconditional)


def _turn_a_condition(monkeypatch):
    original = LatexPrinter._relation

    def turned(self, node, style):
        op = {"==": "!=", "!=": "==", ">": "<"}.get(node.op, node.op)
        return original(self, lay.Relation(op, node.left, node.right), style)

    monkeypatch.setattr(LatexPrinter, "_relation", turned)


def _turn_a_fraction(monkeypatch):
    original = LatexPrinter._fraction

    def turned(self, node, style):
        return original(self, lay.Fraction(node.bottom, node.top), style)

    monkeypatch.setattr(LatexPrinter, "_fraction", turned)


def _drop_a_power(monkeypatch):
    def plain(self, node, style):
        return self.box(node.base, style)

    monkeypatch.setattr(LatexPrinter, "_power", plain)


def _swap_a_derivative(monkeypatch):
    original = LatexPrinter._differential

    def turned(self, node, style):
        if node.of is None:
            return original(self, node, style)
        return original(self, lay.Differential(node.wrt, node.of), style)

    monkeypatch.setattr(LatexPrinter, "_differential", turned)


FAULTS = {
    "subscripts swapped": _swap_subscripts,
    "factor dropped": _drop_a_factor,
    "difference turned round": _reorder_a_difference,
    "sign dropped": _drop_a_sign,
    "parentheses dropped": _drop_parentheses,
    "condition dropped": _drop_a_condition,
    "condition turned": _turn_a_condition,
    "fraction turned over": _turn_a_fraction,
    "power dropped": _drop_a_power,
    "derivative turned over": _swap_a_derivative,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_of_the_printer_is_caught(fault, derived, find_misprints, monkeypatch):
    derivations = [derived(name) for name in ("softmax_nll", "hinge", "tanh")]
    FAULTS[fault](monkeypatch)
    assert any(find_misprints(derivation) for derivation in derivations)
