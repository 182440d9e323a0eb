"""Every line of the derivation of every model of the zoo holds, and says what it should."""

from __future__ import annotations

import pytest

from symderive.derive import derive
from symderive.derive.display import Block, Brace, Leaf, Partial, walk
from symderive.errors import InputError
from symderive.expr import TRUE, Element
from symderive.model import adjoint_name
from symderive.verify import check_derivation
from tests.derive.zoo import ZOO, sigmoid_layers

GOALS = [(name, d.name) for name, model in ZOO.items() for d in model().real_inputs]


@pytest.mark.parametrize(("name", "wrt"), GOALS)
def test_every_line_holds(name, wrt):
    derivation = derive(ZOO[name](), wrt=wrt)
    evidence = check_derivation(derivation)
    assert evidence.comparisons > 0
    assert evidence.worst < 1e-8


@pytest.mark.parametrize("depth", [1, 4, 5, 30])
def test_every_line_holds_however_deep_the_network(depth):
    derivation = derive(sigmoid_layers(depth), wrt="x")
    assert check_derivation(derivation).comparisons > 0


def test_the_lines_for_deep_networks_grow_linearly():
    def lines(depth):
        derivation = derive(sigmoid_layers(depth), wrt="x")
        return sum(len(block.steps) for block in derivation.blocks)

    assert lines(60) - lines(40) == lines(40) - lines(20)


def test_a_chain_names_each_partial_once_along_a_path():
    derivation = derive(ZOO["embedding"](), wrt="emb")
    (case,) = [block for block in derivation.blocks if block.kind == "case"][:1]
    braces = [part for step in case.steps for part in walk(step.right) if isinstance(part, Brace)]
    assert all(isinstance(brace.body, Partial) for brace in braces)


def test_where_paths_meet_the_adjoint_has_a_name():
    derivation = derive(ZOO["several_paths"](), wrt="w")
    named = {element.tensor.name for element in derivation.adjoints}
    assert {adjoint_name("a"), adjoint_name("b")} <= named


def test_what_does_not_depend_is_said():
    derivation = derive(ZOO["independent"](), wrt="b")
    (block,) = [block for block in derivation.blocks if block.kind == "case"]
    assert block.text == "loss does not depend on b."
    assert derivation.result == 0


def test_the_definitions_shown_are_those_on_the_way():
    derivation = derive(ZOO["several_paths"](), wrt="w")
    (block,) = [block for block in derivation.blocks if block.kind == "definitions"]
    assert [step.left.expr.tensor.name for step in block.steps] == ["a", "b", "c", "loss"]


def test_cases_exclude_each_other_and_leave_nothing_out():
    derivation = derive(ZOO["two_gathers"](), wrt="s")
    cases = [case for case, _ in derivation.cases]
    assert len(cases) == len(set(cases))
    assert TRUE not in cases or cases == [TRUE]


def test_the_letters_of_the_goal_can_be_chosen():
    derivation = derive(ZOO["tied_weights"](), wrt="w", letters=("p", "q"))
    assert [slot.name for slot in derivation.goal.wrt.slots] == ["p", "q"]
    assert check_derivation(derivation).comparisons > 0


@pytest.mark.parametrize(
    ("letters", "message"),
    [
        (("p",), "has 1 letters; expected 2"),
        (("h", "h"), "the letters must differ|runs over"),
        (("x", "k"), "has a meaning in the model already"),
        (("k", "h"), "runs over"),
        (("1", "k"), "is not an index letter"),
    ],
)
def test_letters_that_do_not_fit_are_refused(letters, message):
    with pytest.raises(InputError, match=message):
        derive(ZOO["tied_weights"](), wrt="w", letters=letters)


def test_an_unknown_output_is_refused():
    with pytest.raises(InputError, match="'q' is not an equation"):
        derive(ZOO["tied_weights"](), of="q")


def test_any_equation_can_be_derived():
    derivation = derive(ZOO["attention"](), of="p", wrt="Q")
    assert check_derivation(derivation).comparisons > 0


def test_an_equation_by_another_model_s_default_is_its_first_param():
    assert isinstance(derive(ZOO["layer_norm"]()).goal.wrt, Element)


def test_the_goal_comes_first_and_the_closing_line_last():
    blocks = derive(ZOO["label_smoothing"](), wrt="s").blocks
    assert blocks[0].kind == "goal"
    closing = [block for block in blocks if block.kind == "closing"]
    assert all(isinstance(block, Block) for block in closing)
    assert len(closing) == 1


def test_every_step_has_a_rule_and_a_side():
    for name in ("attention", "batch_norm", "huber"):
        for block in derive(ZOO[name]()).blocks:
            for step in block.steps:
                assert step.rule
                assert step.right is not None
                assert step.level in {"result", "slide", "full"}


def test_a_case_shows_the_value_of_each_partial_under_its_brace():
    blocks = derive(ZOO["cox"](), wrt="w").blocks
    braces = [p for b in blocks for s in b.steps for p in walk(s.right) if isinstance(p, Brace)]
    assert braces
    assert all(not any(isinstance(p, Partial) for p in walk(brace.under)) for brace in braces)
    assert any(isinstance(p, Leaf) for brace in braces for p in walk(brace.under))
