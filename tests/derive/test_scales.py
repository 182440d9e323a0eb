"""One scale stands in front of a product; adjoints that are constant get no name."""

from __future__ import annotations

import pytest

from symderive.derive import derive
from symderive.model import Model
from symderive.notation.sym import read_model
from symderive.typeset import typeset
from symderive.verify.claims import judge

NORMALISED = """
data x[N, D]
data t[N, D]
const epsilon = 1e-5 in (0, oo)
index i: N; k: D
mu[k] = mean[i](x[i, k])
v[k] = mean[i]((x[i, k] - mu[k])**2)
z[i, k] = (x[i, k] - mu[k]) / sqrt(v[k] + epsilon)
loss = 1/2 * sum[i, k]((z[i, k] - t[i, k])**2)
"""
COUNTS = """
data x[N, D]
data y[N]
param beta[D]
index i: N; k: D
sample i: N
hide i on eta, mu
eta[i] = sum[k](beta[k] * x[i, k])
mu[i] = exp(eta[i])
L[i] = mu[i] - y[i] * eta[i]
loss = {whole}[i](L[i])
"""


def lines(model: Model, **asked: str) -> str:
    return typeset([derive(model, **asked)], to="terminal")


@pytest.fixture(scope="module")
def normalised():
    return lines(read_model(NORMALISED, "normalised"), wrt="x")


@pytest.mark.parametrize(
    "line",
    [
        "= -1/2 · Σ_i δ^z_ik · (x_ik - μ_k)/(v_k + ε)^{3/2}",
        "= -1/√(v_k + ε) · Σ_i δ^z_ik - 2/N · δ^v_k Σ_i (x_ik - μ_k)",
        "= δ^z_ik/√(v_k + ε) + 2/N · δ^v_k (x_ik - μ_k) + 1/N · δ^μ_k",
    ],
)
def test_one_scale_stands_in_front_of_a_product(normalised, line):
    assert line in normalised


@pytest.mark.parametrize(("whole", "scale"), [("sum", ""), ("mean", "1/N · ")])
def test_an_adjoint_that_is_constant_has_no_name(whole, scale):
    said = lines(read_model(COUNTS.format(whole=whole), "counts"), of="loss")
    assert "δ^L" not in said
    assert scale in said


def test_what_is_of_all_samples_has_their_index_everywhere():
    said = lines(read_model(COUNTS.format(whole="sum"), "counts"), of="loss")
    assert "μ_i = e^{η_i}" in said
    assert "δ^η_i = ∂loss/∂η_i" in said
    assert "Σ_i δ^η_i x_ik" in said
    one = lines(read_model(COUNTS.format(whole="sum"), "counts"))
    assert "μ = e^η" in one


def test_terms_of_a_product_that_cancel_are_multiplied_out():
    text = """
data x[N, D]
data y[N]
param w[D]
sample i: N
hide i on s
s[i] = sum[k](w[k] * x[i, k])
L[i] = -y[i] * log(sigmoid(s[i])) - (1 - y[i]) * log(1 - sigmoid(s[i]))
loss = mean[i](L[i])
claim dL[i]/ds[i] = 3 * sigmoid(s[i]) * y[i]
"""
    model = read_model(text, "logit")
    assert "= (σ(s) - y_i) x_ik" in lines(model)
    assert judge(model.claims[0], model).corrected == "dL[i]/ds[i] = sigmoid(s[i]) - y[i]"


def test_no_line_stands_twice():
    text = """
data x[N]
data y[N]
param w
sample i: N
yhat[i] = w * x[i]
r[i] = y[i] - yhat[i]
L[i] = abs(r[i])
loss = mean[i](L[i])
"""
    said = typeset([derive(read_model(text, "absolute"))], to="terminal", detail="full")
    assert "= -1    (derivatives taken)" in said
    assert "= -1    (collected)" not in said
