"""What the lecture derives comes out as it is printed there, in the lecture's letters."""

from __future__ import annotations

from functools import cache
from unicodedata import normalize

import pytest

from symderive.catalog import load
from symderive.derive import derive
from symderive.pipeline import ExplainRequest, explain


@cache
def lines(name, wrt, detail):
    """The lines of the printed derivation; accents as one character with their letter."""
    text = explain(ExplainRequest(name, wrt=(wrt,))).typeset(detail=detail)
    return [line.strip() for line in normalize("NFC", text).splitlines()]


RESULTS = [
    # losses with linear scores
    ("squared_hinge", "w[m, k]", "∂L_i/∂w_mk = 2 e_m 𝕀(s_m - s_{y_i} + Δ > 0) x_ik"),
    (
        "squared_hinge",
        "w[m, k]",
        "∂L_i/∂w_{y_i k} = Σ_{j≠y_i} 2 e_j 𝕀(s_j - s_{y_i} + Δ > 0) (-1) x_ik",
    ),
    ("binary_logistic", "w", "∂L_i/∂w_k = (q_i - y_i) x_ik"),
    ("bce_with_logits", "s", "∂L_i/∂s_i = q_i - y_i"),
    ("neuron", "w", "∂ŷ_i/∂w_k = ŷ_i (1 - ŷ_i) x_ik"),
    # many correct labels
    ("multilabel_logistic", "f[i, j]", "∂L_i/∂f_j = q_j - y_ij"),
    # |s - y|^q
    ("power_error", "s[i, j]", "∂L_i/∂s_j = q |s_j - y_j|^{q - 1} sign(s_j - y_j)"),
    ("absolute_error", "s[i, j]", "∂L_i/∂s_j = sign(s_j - y_j)"),
    ("sum_of_squares", "s[i, j]", "∂L_i/∂s_j = 2 (s_j - y_j)"),
    ("half_squared_error", "s[i, j]", "∂L_i/∂s_j = s_j - y_j"),
    ("multilabel_hinge", "f[i, j]", "∂L_i/∂f_j = -y_ij 𝕀(y_ij f_j < 1)"),
    ("margin_hinge", "t", "∂L/∂t = -𝕀(t < 1)"),
    ("margin_zero_one", "t", "∂L/∂t = 0"),
    # softmax
    ("softmax", "s", "∂p_j/∂s_m = p_j (𝕀(j = m) - p_m)"),
    ("softmax_beta", "s", "∂p_j/∂s_m = β p_j (𝕀(j = m) - p_m)"),
    ("softmax_beta", "beta", "∂p_j/∂β = p_j (s_j - Σ_m p_m s_m)"),
    ("softmax_temperature", "T", "∂p_j/∂T = p_j/T² · (Σ_m p_m s_m - s_j)"),
    ("softmax_nll_temperature", "w", "∂L_i/∂w_jk = 1/T · (p_j - 𝕀(j = y_i)) x_ik"),
    ("softmax_temperature", "s", "∂p_j/∂s_m = p_j/T · (𝕀(j = m) - p_m)"),
    ("softmax_base", "s", "∂p_j/∂s_m = (log b) p_j (𝕀(j = m) - p_m)"),
    ("softmax_nll_base", "w", "∂L_i/∂w_jk = (log b) (p_j - 𝕀(j = y_i)) x_ik"),
    ("cross_entropy_smoothed", "s[i, j]", "∂L_i/∂s_j = p_j - t_j"),
    # information
    ("cross_entropy_of_softmax", "s", "∂H/∂s_j = q_j - p_j"),
    ("kl_divergence_of_softmax", "s", "∂KL/∂s_j = q_j - p_j"),
    ("entropy_of_softmax", "s", "∂H/∂s_j = -q_j (H + log q_j)"),
    (
        "entropy_of_softmax_temperature",
        "T",
        "∂H/∂T = 1/T³ · (Σ_i s_i² p_i - (Σ_i s_i p_i)²)",
    ),
    ("entropy", "p[i]", "∂H/∂p_i = -log p_i - 1"),
    ("cross_entropy", "q[i]", "∂H/∂q_i = -p_i/q_i"),
    ("cross_entropy", "p[i]", "∂H/∂p_i = -log q_i"),
    ("cross_entropy_bits", "q[i]", "∂H/∂q_i = -p_i/(q_i log 2)"),
    ("kl_divergence", "q[i]", "∂KL/∂q_i = -p_i/q_i"),
    ("kl_divergence_bits", "q[i]", "∂KL/∂q_i = -p_i/(q_i log 2)"),
    # losses of the margin
    ("margin_square", "t", "∂L/∂t = -2 (1 - t)"),
    ("margin_logistic", "t", "∂L/∂t = -σ(-t)"),
    ("margin_logistic_bits", "t", "∂L/∂t = -1/log 2 · σ(-t)"),
    ("zero_one", "w", "∂L_i/∂w_k = 0"),
    ("zero_one_multiclass", "w", "∂L_i/∂w_jk = 0"),
    # activations
    ("sigmoid", "x", "∂y/∂x = y (1 - y)"),
    ("tanh", "x", "∂y/∂x = 1 - y²"),
    ("relu", "x", "∂y/∂x = 𝕀(x > 0)"),
    ("leaky_relu", "x", "∂y/∂x = α 𝕀(x < 0) + 𝕀(x ≥ 0)"),
    ("prelu", "alpha", "∂y/∂α = 𝕀(x < 0) x"),
    ("maxout", "w1", "∂y/∂w^{(1)}_k = 𝕀(z^{(1)} ≥ z^{(2)}) x_ik"),
    ("maxout", "b1", "∂y/∂b^{(1)} = 𝕀(z^{(1)} ≥ z^{(2)})"),
    ("maxout", "w2", "∂y/∂w^{(2)}_k = 𝕀(z^{(2)} > z^{(1)}) x_ik"),
    ("maxout", "b2", "∂y/∂b^{(2)} = 𝕀(z^{(2)} > z^{(1)})"),
    ("softplus", "x", "∂y/∂x = σ(x)"),
    ("swish", "x", "∂y/∂x = y (1 - σ(x)) + σ(x)"),
    ("swish_beta", "x", "∂y/∂x = β y (1 - σ(β x)) + σ(β x)"),
    ("elu", "x", "∂y/∂x = α 𝕀(x < 0) e^x + 𝕀(x ≥ 0)"),
    ("elu", "alpha", "∂y/∂α = 𝕀(x < 0) (e^x - 1)"),
    # two layers of sigmoids
    ("two_layer_sigmoid", "w_h", "δ^o_ic = (ŷ_ic - y_ic) ŷ_ic (1 - ŷ_ic)"),
    ("two_layer_sigmoid", "w_h", "δ^h_ij = (Σ_c δ^o_ic w^o_cj) h_ij (1 - h_ij)"),
    ("two_layer_sigmoid", "w_h", "∂L_i/∂w^h_jk = δ^h_ij x_ik"),
    ("two_layer_sigmoid_biases", "b_h", "∂L_i/∂b^h_j = δ^h_ij"),
]


@pytest.mark.parametrize(
    ("name", "wrt", "line"), RESULTS, ids=[f"{name} by {wrt}" for name, wrt, _ in RESULTS]
)
def test_results(name, wrt, line):
    assert line in lines(name, wrt, "result")


def test_a_loss_that_is_flat_is_said_to_be_of_no_use():
    for name, wrt in (("margin_zero_one", "t"), ("zero_one", "w"), ("zero_one_multiclass", "w")):
        assert any("of no use for training" in line for line in lines(name, wrt, "result"))


def test_the_structured_hinge_moves_from_the_right_to_the_best_candidate():
    latex = explain(ExplainRequest("structured_hinge", wrt=("w[k]",))).to_latex("result")
    assert r"\phi_{i v^{\star}_i k}" in latex
    assert r"= \phi_{i v^{\star}_i k} - \phi_{i y_i k}" in latex


def test_cases_of_softmax():
    found = lines("softmax_beta", "s", "slide")
    assert "∂p_j/∂s_j = β p_j (1 - p_j)" in found
    assert "∂p_j/∂s_m = -β p_j p_m" in found


def test_that_a_distribution_adds_up_to_1_is_a_step_of_its_own():
    for name in ("cross_entropy_of_softmax", "kl_divergence_of_softmax"):
        (chain,) = [line for line in lines(name, "s", "slide") if line.endswith("= q_j - p_j")]
        assert chain.endswith("= q_j Σ_i p_i - p_j = q_j - p_j")
    (block,) = [b for b in derive(load("kl_divergence_of_softmax")).blocks if b.kind == "case"]
    assert block.steps[-1].rule == "a distribution adds up to 1"


def test_factors_of_a_neuron_with_logistic_loss():
    found = lines("binary_logistic", "w", "slide")
    chain = found.index(
        "∂L_i/∂w_k = ∂L_i/∂q_i                     · ∂q_i/∂s_i     · ∂s_i/∂w_k = (q_i - y_i) x_ik"
    )
    assert found[chain + 1].split("   ") == [
        "(1 - y_i)/(1 - q_i) - y_i/q_i",
        "q_i (1 - q_i)",
        "x_ik",
    ]


def test_update_rules_of_the_two_layers():
    text = explain(ExplainRequest("two_layer_sigmoid", update=True)).typeset()
    found = [line.strip() for line in text.splitlines()]
    (rule,) = [line for line in found if line.startswith("w^h_jk ")]
    assert rule.endswith(" w^h_jk - η · ∂loss/∂w^h_jk")
