"""Every line of the derivation of every model of the zoo holds, and says what it should."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sympy import Pow, log

from symderive import parse
from symderive.derive import derive, derive_second
from symderive.derive.display import Block, Brace, Leaf, Partial, leaves, walk
from symderive.errors import CheckError, InputError
from symderive.expr import TRUE, Element, Exp, Sigmoid, subexpressions
from symderive.model import adjoint_name, tensor
from symderive.notation.sym import read_model
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


@pytest.mark.untraced
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


def defined(derivation):
    (block,) = [block for block in derivation.blocks if block.kind == "definitions"]
    return [step.left.expr.tensor.name for step in block.steps]


SHARES = """
data y[N]
param s[N]
e[i] = max(0, 1 - y[i] * s[i])
r[i] = sum[j if e[j] > e[i]](1)
g[i] = 1 / (1 + r[i])
loss = sum[i](g[i] * e[i])
"""


def test_what_is_mentioned_is_defined_and_what_that_mentions_too():
    assert defined(derive(parse(SHARES), wrt="s")) == ["e", "r", "g", "loss"]


def test_what_a_derivation_is_about_alone_is_all_that_is_defined():
    model = parse(
        "param w[N]\na[i] = w[i]**2\nb[i] = a[i] + 1\nL = sum[i](a[i]) + 0 * sum[i](b[i])"
    )
    assert "b" not in defined(derive(model, of="a", wrt="w"))


STEP_SENTENCE = "A step (a bracket, sign, arg max) has the derivative 0 where it has one."


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (SHARES, True),
        ("param s[N]\na = argmax[i](s[i])\nL = s[a]**2", True),
        ("param s[N]\nL = sum[i if s[i] > 0](s[i]**2)", True),
        ("data y[N]\nparam s[N]\nL = sum[i if y[i] > 0](s[i]**2)", False),
        ("data y[N]\nparam s[N]\ng[i] = [y[i] > 0] + 1\nL = sum[i](g[i] * s[i]**2)", False),
    ],
)
def test_steps_over_which_nothing_is_differentiated_are_told(model, told):
    blocks = derive(parse(model), wrt="s").blocks
    assert (STEP_SENTENCE in [block.text for block in blocks]) == told


START = "data x[N, D]\nparam w[D]\nparam q[D]\nindex i, l: N; j, k: D\n"
START += "u[i] = sum[k](w[k] * x[i, k])**2\nv[j] = sum[l](w[j] * x[l, j])**2\n"


@pytest.mark.parametrize(
    ("output", "wrt", "of"),
    [
        ("mean[i](u[i])", "w", "u"),
        ("2 * sum[i](u[i]) + sum[k](x[1, k])", "w", "u"),
        ("mean[i](u[i]) + sum[k](w[k]**2)", "w", "u"),
        ("mean[i](u[i]) + mean[j](v[j])", "w", "loss"),
        ("mean[i](u[i])**2", "w", "loss"),
        ("log(sum[i](exp(u[i]))) + mean[i](u[i])", "w", "loss"),
        ("mean[i](u[i]) + sum[k](q[k]**2)", "q", "loss"),
        ("mean[i](u[i]) + sum[k](q[k]**2)", "w", "u"),
    ],
)
def test_one_sample_stands_for_the_output_where_it_says_all_of_it(output, wrt, of):
    derivation = derive(parse(f"{START}loss = {output}".replace("x[1, k]", "q[k]")), wrt=wrt)
    assert derivation.goal.of.tensor.name == of
    assert (derivation.blocks[-1].kind == "closing") == (of != "loss")


def test_a_term_of_which_the_closing_line_cannot_tell_is_not_left_out():
    model = f"{START}t[i] = sum[k](w[k])\na = sum[i](t[i]**2)\nb = sum[i](t[i]**3)\n"
    model += "loss = mean[i](u[i]) + a * b"
    derivation = derive(parse(model), wrt="w")
    assert derivation.goal.of.tensor.name == "loss"
    assert check_derivation(derivation).comparisons > 0


def test_the_second_derivative_is_of_one_sample_only_where_that_is_all():
    plain = parse(f"{START}loss = mean[i](u[i])")
    ridge = parse(f"{START}loss = mean[i](u[i]) + sum[k](w[k]**2)")
    starts = [b for m in (plain, ridge) for b in derive_second(m).blocks if b.kind == "gradient"]
    assert [start.subject.of.tensor.name for start in starts] == ["u", "loss"]


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
        (("p",), "has 1 letter; expected 2"),
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


def test_factors_of_one_step_that_cancel_are_gone_in_the_result():
    model = parse(
        "param u[D]\ndata v[D]\ndata n[K, D]\n"
        "s = sum[d](u[d] * v[d])\nr[m] = sum[d](u[d] * n[m, d])\n"
        "L = -log(sigmoid(s)) - sum[m](log(sigmoid(-r[m])))"
    )
    result = derive(model, wrt="u").blocks[-1].steps[-1].right
    parts = [node for leaf in leaves(result) for node in subexpressions(leaf)]
    assert any(isinstance(node, Sigmoid) for node in parts)
    assert not any(isinstance(node, Pow) and node.exp.is_negative for node in parts)


@pytest.mark.parametrize(
    ("text", "wrt"),
    [
        ("data y\nparam p\nL = p**y*(1 - p)**(1 - y)\nloss = -log(L)", "p"),
        ("data k\nparam p\nL = p**k\nloss = -log(L)", "p"),
        ("data t[N]\nparam b\nparam k\nh[i] = (t[i]*b)**k\nloss = sum[i](h[i])", "b"),
        ("param x[N]\nparam m\nL[i] = sum[j != i](x[j]*x[i]/m)\nloss = sum[i](L[i])", "x"),
    ],
)
def test_a_result_need_have_no_value_where_it_is_0_over_0(text, wrt):
    evidence = check_derivation(derive(read_model(text, "powers"), wrt=wrt))
    assert evidence.comparisons > 0


def test_a_result_that_has_no_value_beside_the_point_either_is_wrong():
    text = "param x\ny = where(x > 0, x**2, -x**2)"
    derivation = derive(read_model(text, "guarded"), wrt="x")

    def spoilt(step):
        of_positive = Leaf(Exp(log(2 * tensor("x")())))  # 2 * x, where that is not below 0
        return replace(step, right=of_positive) if step.level == "result" else step

    blocks = [replace(b, steps=tuple(map(spoilt, b.steps))) for b in derivation.blocks]
    with pytest.raises(CheckError, match=r"\d became nan"):
        check_derivation(replace(derivation, blocks=tuple(blocks)))
