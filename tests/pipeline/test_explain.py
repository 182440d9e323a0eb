"""Explaining: derived by each input, checked, nothing said twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

import symderive as sd
from symderive import catalog
from symderive.derive import derive
from symderive.derive.display import Leaf, Step
from symderive.errors import CheckError, InputError, NotSupportedError
from symderive.expr import elements
from symderive.notation.latex import LatexPrinter
from symderive.notation.layout import Sum
from symderive.pipeline import ExplainRequest, explain, explaining, summary, typeset


def two_layers() -> sd.Model:
    """A network with a name for the adjoint of its hidden layer."""
    N, D, H = sd.axes("N D H")
    (i,), (k,), (j,) = sd.indices("i", N), sd.indices("k", D), sd.indices("j", H)
    x, y = sd.data("x", N, D), sd.data("y", N)
    w, b, v = sd.param("w", H, D), sd.param("b", H), sd.param("v", H)
    net, h, f = sd.tensor("net", (N, H)), sd.tensor("h", (N, H)), sd.tensor("f", (N,))
    L, loss = sd.tensor("L", (N,)), sd.tensor("loss")
    return sd.build(
        "two_layers",
        [x, y, w, b, v],
        [
            sd.define(net[i, j], sd.total(w[j, k] * x[i, k], k) + b[j]),
            sd.define(h[i, j], 1 / (1 + sd.exp(-net[i, j]))),
            sd.define(f[i], sd.total(v[j] * h[i, j], j)),
            sd.define(L[i], (f[i] - y[i]) ** 2 + sd.total(h[i, j] ** 2, j)),
            sd.define(loss(), sd.mean(L[i], i)),
        ],
        sample=i,
    )


@pytest.mark.parametrize("name", ["softmax_nll", "hinge", "binary_logistic", "sigmoid"])
def test_a_model_is_explained_by_its_default_inputs(name):
    explanation = explain(ExplainRequest(name))
    assert tuple(explanation.results) == catalog.load(name).default_wrt()
    assert explanation.steps
    assert all(found.comparisons > 0 for found in explanation.evidence)


def test_a_model_may_be_given_itself():
    assert explain(ExplainRequest(catalog.load("hinge"))).model.name == "hinge"


def test_nothing_is_said_twice():
    explanation = explain(ExplainRequest(two_layers()))
    first, *others = explanation.derivations
    assert len(explanation.derivations) == 3
    said = [
        (block.kind, block.subject, block.case)
        for derivation in explanation.derivations
        for block in derivation.blocks
        if block.kind in ("local", "adjoint")
    ]
    assert len(said) == len(set(said))
    assert any(block.kind == "adjoint" for block in first.blocks)
    defined = [
        step.left
        for derivation in explanation.derivations
        for block in derivation.blocks
        if block.kind == "definitions"
        for step in block.steps
    ]
    assert len(defined) == len(set(defined)) == 4
    assert len(others) == 2


def test_a_later_derivation_brings_what_is_new():
    model = two_layers()
    alone = derive(model, wrt="w", beside=["v"])
    *_, after = explain(ExplainRequest(model, wrt=("v", "w"))).derivations
    shown = {block.subject for block in after.blocks if block.kind == "adjoint"}
    wanted = {block.subject for block in alone.blocks if block.kind == "adjoint"}
    before = {block.subject for block in derive(model, wrt="v", beside=["w"]).blocks}
    assert shown == wanted - before
    assert shown


def test_order_2_derives_the_gradients_gradient():
    explanation = explain(ExplainRequest("softmax_nll", order=2))
    assert explanation.derivations[0].goal.of.tensor.name == "g"
    assert len(explanation.cases) == 2


def test_merged_replaces_the_cases_by_one_line():
    (derivation,) = explain(ExplainRequest("hinge", case="merged")).derivations
    kinds = [block.kind for block in derivation.blocks]
    assert "case" not in kinds
    assert kinds.count("merged") == 1
    assert kinds.index("merged") < kinds.index("closing")


def test_merged_leaves_alone_what_has_one_case():
    request = ExplainRequest("squared_error", wrt=("w",))
    assert explain(request).steps == explain(replace(request, case="merged")).steps


def test_the_update_says_each_input_once():
    explanation = explain(ExplainRequest("squared_error", update=True))
    update = explanation.derivations[-1].blocks[-1]
    assert update.kind == "update"
    assert [str(step.left.expr) for step in update.steps] == ["w[k]", "b"]


def test_the_rate_has_a_name_of_its_own():
    (N,) = sd.axes("N")
    (i,) = sd.indices("i", N)
    eta, x, loss = sd.param("eta"), sd.data("x", N), sd.tensor("loss")
    model = sd.build("m", [eta, x], [sd.define(loss(), sd.mean(eta() * x[i], i))], sample=i)
    explanation = explain(ExplainRequest(model, update=True))
    (step,) = explanation.derivations[0].blocks[-1].steps
    assert "rate" in str(step.right)


def test_a_wrong_line_is_never_shown(monkeypatch):
    def plant(model, *arguments):
        derivation = derive(model, *arguments)
        blocks = []
        for block in derivation.blocks:
            steps = block.steps
            if block.kind == "case":
                *rest, last = steps
                steps = (*rest, Step(last.rule, Leaf(2 * derivation.result), last.left))
            blocks.append(replace(block, steps=steps))
        return replace(derivation, blocks=tuple(blocks))

    monkeypatch.setattr(explaining, "derive", plant)
    with pytest.raises(CheckError, match="squared_error"):
        explain(ExplainRequest("squared_error", wrt=("w",)))


@pytest.mark.parametrize(
    ("request_", "error", "message"),
    [
        (ExplainRequest("hinge", order=3), NotSupportedError, "order 3 is not supported"),
        (ExplainRequest("hinge", order=2, update=True), InputError, "expected order 1"),
        (ExplainRequest("hing"), InputError, "did you mean hinge"),
        (ExplainRequest("hinge", of="Q"), InputError, "not an equation"),
        (ExplainRequest("hinge", wrt=("y",)), InputError, "not a real input"),
        (ExplainRequest("hinge", wrt=("w", "w[m, k]")), InputError, "asked for twice"),
        (ExplainRequest("hinge", wrt=("w[m",)), InputError, "column 4"),
        (ExplainRequest("relu", update=True), InputError, "needs a scalar output"),
        (ExplainRequest("a/b.tex"), NotSupportedError, "a/b.tex: models written as LaTeX"),
        (ExplainRequest("a/b.sym"), InputError, "cannot read a/b.sym: No such file"),
        (ExplainRequest(3), InputError, "a model or the name of one was expected, not int"),
    ],
)
def test_requests_that_do_not_fit(request_, error, message):
    with pytest.raises(error, match=message):
        explain(request_)


def test_one_result_is_asked_of_one_input():
    explanation = explain(ExplainRequest("squared_error"))
    with pytest.raises(InputError, match=r"this is by w, b: \.result is for one input"):
        _ = explanation.result
    with pytest.raises(InputError, match=r"\.cases is for one input"):
        _ = explanation.cases


def test_explanations_of_several_models_make_one_text():
    found = [explain(ExplainRequest(name)) for name in ("softmax_nll", "hinge")]
    deck = typeset(found, "beamer")
    assert deck.count("\\begin{document}") == 1
    assert deck.count("\\begin{frame}") >= 2


def test_the_summary_counts():
    text = summary(explain(ExplainRequest("hinge")))
    assert "lines checked" in text


@pytest.mark.parametrize("to", ["latex", "terminal", "beamer", "markdown", "json"])
def test_a_printer_that_drops_a_sign_shows_nothing(to, monkeypatch):
    original = LatexPrinter._sum

    def positive(self, node, style):
        return original(self, Sum(tuple((False, term) for _, term in node.terms)), style)

    found = explain(ExplainRequest("softmax_nll"))
    monkeypatch.setattr(LatexPrinter, "_sum", positive)
    with pytest.raises(CheckError, match=r"softmax_nll: .* not printed as it was meant"):
        found.typeset(to)


@pytest.mark.parametrize("name", ["structured_hinge", "maxout", "two_layer_sigmoid_biases"])
def test_definitions_stand_once_in_the_order_of_use(name):
    explanation = explain(ExplainRequest(name))
    blocks = [
        block
        for derivation in explanation.derivations
        for block in derivation.blocks
        if block.kind == "definitions"
    ]
    assert len(blocks) == 1
    defined = [step.left.expr.tensor.name for step in blocks[0].steps]
    for place, step in enumerate(blocks[0].steps):
        used = {element.tensor.name for element in elements(step.right.expr)}
        assert not used & set(defined[place + 1 :])


HARDEST = """
label y[N] in C
param z[N, D]
index i, j, n: N; k: D
d[i, j] = sum[k]((z[i, k] - z[j, k])**2)
hn[i] = min[j if y[j] != y[i]](d[i, j])
hp[i] = max[j if y[j] == y[i]](d[i, j])
loss = mean[i](hp[i] - 2 * hn[i])
"""


def test_two_positions_of_extrema_over_one_axis_have_two_readable_names():
    explanation = explain(ExplainRequest(sd.parse(HARDEST)))
    text, latex = explanation.typeset(), explanation.to_latex()
    assert "j^*_i = argmin_{j: y_j≠y_i} d_ij" in text
    assert "n^*_i = argmax_{j: y_j=y_i} d_ij" in text
    assert r"j^{\star}_i = \arg\min" in latex
    assert r"n^{\star}_i = \arg\max" in latex
    assert r"\mathtt" not in latex


def test_a_position_is_called_by_the_letter_that_its_extremum_runs_over():
    told = "param d[N, N]\nindex i, j: N\nv[j] = max[i](d[i, j])\nu[i] = max[j](d[i, j])\n"
    text = explain(ExplainRequest(sd.parse(f"{told}loss = sum[i](v[i] * u[i])"))).typeset()
    assert "i^*_j = argmax_i d_ij" in text
    assert "j^*_i = argmax_j d_ij" in text


def test_a_name_like_the_number_pi_is_printed_and_read_back():
    model = sd.parse("param pi_[K]\nL = sum[k](pi_[k]**2) * pi / sqrt(2 * pi)")
    explanation = explain(ExplainRequest(model))
    assert "∂L/∂π_i = √(2) √(π) π_i" in explanation.typeset()
    assert r"\sqrt{\pi}\,\pi_i" in explanation.to_latex()
