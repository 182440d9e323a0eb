"""The stabilising steps are checked before they are shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

import symderive as sd
from symderive.derive.display import Leaf
from symderive.errors import CheckError
from symderive.notation.sym import read_model
from symderive.pipeline import ExplainRequest, explain, stabilising


def steps_of(name: str):
    """The stabilising steps of a model."""
    block = explain(ExplainRequest(name, stabilised=True)).derivations[0].blocks[0]
    assert block.kind == "stabilise"
    return block.steps


@pytest.mark.parametrize("name", ["softmax_nll", "binary_logistic", "sigmoid", "softplus", "tanh"])
def test_the_steps_stand_in_front(name):
    steps = steps_of(name)
    assert steps[0].left is not None
    assert all(step.left is None for step in steps[1:])


def test_a_log_sum_exp_ends_shifted_by_its_largest():
    steps = steps_of("softmax_nll")
    assert steps[-1].rule == "shift"
    assert "max" in str(steps[-1].right)


def test_a_stable_model_says_so():
    explanation = explain(ExplainRequest("hinge", stabilised=True))
    assert "nothing cancels" in str(explanation)


def test_steps_that_do_not_show_are_for_full_detail():
    short, long = (
        sum(step.level in levels for step in steps_of("binary_logistic"))
        for levels in (("slide",), ("slide", "full"))
    )
    assert short < long


def test_a_derivation_without_the_option_has_no_such_steps():
    blocks = explain(ExplainRequest("softmax_nll")).derivations[0].blocks
    assert all(block.kind != "stabilise" for block in blocks)


def test_a_wrong_step_is_our_fault_and_not_shown(monkeypatch):
    right = stabilising.stabilise

    def wrong(model):
        stable = right(model)
        *rest, last = stable.rewrites
        return replace(stable, rewrites=(*rest, replace(last, after=2 * last.after)))

    monkeypatch.setattr(stabilising, "stabilise", wrong)
    with pytest.raises(CheckError, match="'rewrite'"):
        explain(ExplainRequest("softplus", stabilised=True))


def test_a_sum_inside_a_sum_is_shifted_where_it_stands():
    N, C = sd.axes("N C")
    (i,), (j,) = sd.indices("i", N), sd.indices("j", C)
    s, loss = sd.param("s", N, C), sd.tensor("loss")
    from sympy import log

    rows = sd.total(log(sd.total(sd.exp(s[i, j]), j)), i)
    model = sd.build("rows", [s], [sd.define(loss(), rows)])
    steps = explain(ExplainRequest(model, stabilised=True)).derivations[0].blocks[0].steps
    assert isinstance(steps[-1].right, Leaf)
    assert "max" in str(steps[-1].right)


@pytest.mark.parametrize(
    "text",
    [
        (
            "param y[M, D]\nparam g\n"
            "K[k, l] = exp(-exp(g)*sum[d]((y[k, d] - y[l, d])**2))\n"
            "loss = sum[k, l if k != l](K[k, l])"
        ),
        (
            "data Y[N, C] in {0, 1}\nparam s[N, C]\n"
            "loss = mean[c](log(1 + sum[n](Y[n, c]*exp(s[n, c]))))"
        ),
    ],
)
def test_steps_of_names_and_sums_that_are_not_everywhere_are_checked_where_they_are(text):
    model = read_model(text, "sometimes")
    steps = explain(ExplainRequest(model, stabilised=True)).derivations[0].blocks[0].steps
    assert len(steps) > 1
