"""True claims are never refuted, false ones always, however nearly true they are."""

import sys
import time

import pytest

from symderive.notation.sym import read_claim, read_model
from symderive.verify.claims import judge

SOFTMAX = """data x[N, D]
label y[N] in C
param w[C, D]
index i: N; j, m: C; k: D
s[i, j] = sum[k](w[j, k] * x[i, k])
p[i, j] = exp(s[i, j]) / sum[l](exp(s[i, l]))
L[i] = -log(p[i, y[i]])
loss = mean[i](L[i])
"""
HINGE = """data x[N, D]
label y[N] in C
param w[C, D]
const Delta = 1
index i: N; j, m: C; k: D
s[i, j] = sum[k](w[j, k] * x[i, k])
e[i, j] = max(0, s[i, j] - s[i, y[i]] + Delta)
L[i] = sum[j != y[i]](e[i, j])
loss = mean[i](L[i])
"""
NETWORK = """data x[N, D]
data t[N, O]
param wh[H, D]
param wo[O, H]
index i: N; j: H; k: D; c: O
neth[i, j] = sum[k](wh[j, k] * x[i, k])
h[i, j] = sigmoid(neth[i, j])
neto[i, c] = sum[j](wo[c, j] * h[i, j])
yhat[i, c] = sigmoid(neto[i, c])
L[i] = 1/2 * sum[c]((yhat[i, c] - t[i, c])**2)
"""
INFORMATION = """data p[C] in simplex
data q[C] in simplex
H = -sum[j](p[j] * log(p[j]))
CE = -sum[j](p[j] * log(q[j]))
KL = sum[j](p[j] * log(p[j] / q[j]))
"""
TEMPERATURE = """data s[C]
const T = 1 in (0, oo)
p[j] = exp(s[j] / T) / sum[l](exp(s[l] / T))
H = -sum[j](p[j] * log(p[j]))
"""
MULTILABEL = """data f[N, C]
data v[N, C] in {0, 1}
printed[i] = sum[j](v[i, j] * log(sigmoid(f[i, j])) + (1 - v[i, j]) * log(1 - sigmoid(f[i, j])))
right[i] = -sum[j](v[i, j] * log(sigmoid(f[i, j])) + (1 - v[i, j]) * log(1 - sigmoid(f[i, j])))
"""
SHIFTED = """data f[C]
data c
p[j] = exp(f[j]) / sum[l](exp(f[l]))
r[j] = exp(f[j] + c) / sum[l](exp(f[l] + c))
out = sum[j](r[j])
"""
ZERO_ONE = """data f[N, C]
label y[N] in C
best[i] = argmax[j](f[i, j])
wrong[i] = [best[i] != y[i]]
"""
PRELU = """data t
param a in {domain}
prelu = where(t > 0, t, a * t)
"""
NOTHING = "claim 0 = 0\n"
REAL = "for t in (-oo, oo)"


def verdict(text, claim):
    model = read_model(text, "model")
    return judge(read_claim(claim, model), model)


TRUE = [
    (INFORMATION, "KL = CE - H", "verified"),
    (INFORMATION, "sum[j](p[j]) = 1", "proved"),
    (INFORMATION, "dCE/dq[j] = -p[j] / q[j]", "proved"),
    (NOTHING, f"d(sigmoid(t))/dt = sigmoid(t) * (1 - sigmoid(t)) {REAL}", "proved"),
    (NOTHING, f"d(tanh(t))/dt = 1 - tanh(t)**2 {REAL}", "proved"),
    (NOTHING, f"d(softplus(t))/dt = sigmoid(t) {REAL}", "proved"),
    (NOTHING, f"d(relu(t))/dt = [t > 0] {REAL}", "proved"),
    (NOTHING, f"tanh(t) = 2*sigmoid(2*t) - 1 {REAL}", "proved"),
    (NOTHING, f"tanh(t) = (exp(2*t) - 1) / (exp(2*t) + 1) {REAL}", "proved"),
    (SHIFTED, "r[j] = p[j]", "proved"),
    (
        NOTHING,
        "exp(a) / (exp(a) + exp(b)) = sigmoid(a - b) for a in (-oo, oo), b in (-oo, oo)",
        "proved",
    ),
    (SOFTMAX, "L[i] = -s[i, y[i]] + log(sum[l](exp(s[i, l])))", "proved"),
    (HINGE, "L[i] = 0 with s = [[10, 9, 9]], y = [0]", "verified"),
    (HINGE, "L[i] = 0 with s = [[10, -10, -10]], y = [0]", "verified"),
    (NOTHING, "-log2(b) ~ 0.32 for b in (0, 1) with b = 0.8", "verified"),
    (HINGE, "convex L[i] in w", "verified"),
    (NOTHING, f"log2(1 + exp(-t)) >= [t < 0] {REAL}", "proved"),
    (NOTHING, f"max(0, 1 - t) >= [t < 0] {REAL}", "proved"),
    (NOTHING, "exp(t) >= 1 + t for t in [1/2, 3]", "proved"),
    (NOTHING, "convex softplus(t) in t for t in [-5, 5]", "proved"),
    (PRELU.format(domain="[0, 1]"), "prelu = max(t, a * t)", "verified"),
    (TEMPERATURE, "increasing H in T", "verified"),
    (NOTHING, "limit[b -> oo](tanh(b)) = 1 for b in (-oo, oo)", "verified"),
    (SOFTMAX, "dL[i]/dw[j, k] = (p[i, j] - [j == y[i]]) * x[i, k]", "proved"),
    (SOFTMAX, "sum[j](dL[i]/ds[i, j]) = 0", "proved"),
    (SOFTMAX, "d(dL[i]/ds[i, j])/ds[i, m] = p[i, j] * ([j == m] - p[i, m])", "proved"),
    (HINGE, "dL[i]/dw[j, k] = [s[i,j] - s[i,y[i]] + Delta > 0] * x[i, k] if j != y[i]", "proved"),
    (MULTILABEL, "dright[i]/df[i, j] = sigmoid(f[i, j]) - v[i, j]", "proved"),
    (NOTHING, f"log(1 + exp(t)) - t = log(1 + exp(-t)) {REAL}", "proved"),
    (NOTHING, f"(t - u)**2 = (1 - u*t)**2 {REAL}, u in {{-1, 1}}", "proved"),
]

FALSE = [
    # mistakes that are often printed
    (TEMPERATURE, "decreasing H in T"),
    (MULTILABEL, "printed[i] >= 0"),
    (NOTHING, "exp(b) / (exp(b) + exp(1.1*b)) ~ 0.451 for b in (0, oo) with b = 2"),
    (ZERO_ONE, "wrong[i] = [f[i, y[i]] < 0]"),
    (PRELU.format(domain="(-oo, oo)"), "prelu = max(t, a * t)"),
    (PRELU.format(domain="(-oo, oo)"), "convex prelu in t"),
    (NOTHING, f"convex sigmoid(t) in t {REAL}"),
    (NOTHING, f"concave tanh(t) in t {REAL}"),
    (NOTHING, f"log(1 + exp(-t)) >= [t < 0] {REAL}"),
    # wrong only at j = y_i
    (SOFTMAX, "dL[i]/ds[i, j] = p[i, j]"),
    (HINGE, "dL[i]/dw[j, k] = [s[i, j] - s[i, y[i]] + Delta > 0] * x[i, k]"),
    # wrong only for one size
    (SOFTMAX, "(C - 1) * (C - 3) * L[i] = 0"),
    (SOFTMAX, "d(loss)/dw[j, k] = sum[i]((p[i, j] - [j == y[i]]) * x[i, k])"),
    (SOFTMAX, "dL[i]/ds[i, j] = (p[i, j] - [j == y[i]]) * (1 + [C == 3])"),
    # wrong only far out
    (NOTHING, f"min(t, 700) = t {REAL}"),
    (NOTHING, "tanh(t) = 1 for t in [100, oo)"),
    # wrong only a little
    (NOTHING, f"tanh(t) = 2*sigmoid(2*t) - 1.0000001 {REAL}"),
    (SOFTMAX, "dL[i]/ds[i, j] = p[i, j] * (1 + 1e-7) - [j == y[i]]"),
    (NOTHING, f"exp(t) = exp(t) + 1e-25 {REAL}"),
    # the domain is too large
    (NOTHING, "log(a*b) = log(a) + log(b) for a in (-oo, oo), b in (-oo, oo)"),
    (NOTHING, "limit[b -> oo](log(b)) = 30 for b in (0, oo)"),
]


@pytest.mark.parametrize(("text", "claim", "kind"), TRUE)
def test_a_true_claim_holds(text, claim, kind):
    start = time.process_time()
    found = verdict(text, claim)
    assert found.kind == kind, str(found)
    assert time.process_time() - start < 4


@pytest.mark.parametrize(("text", "claim"), FALSE)
def test_a_false_claim_is_refuted(text, claim):
    found = verdict(text, claim)
    assert found.kind == "refuted", str(found)
    assert found.counterexample is not None


@pytest.mark.parametrize(
    ("text", "claim", "word"),
    [
        (SOFTMAX, "dL[i]/ds[i, j] = p[i, j]", "j == y[i]"),
        (SOFTMAX, "dL[i]/ds[i, j] = [j == y[i]] - p[i, j]", "sign"),
        (SOFTMAX, "d(loss)/dw[j, k] = sum[i]((p[i, j] - [j == y[i]]) * x[i, k])", "1/N"),
        (NETWORK, "dL[i]/dyhat[i, c] = 2 * (yhat[i, c] - t[i, c])", "factor 2 is too many"),
        (NETWORK, "dL[i]/dneto[i, c] = (yhat[i, c] - t[i, c]) * yhat[i, c]", "1 - yhat[i, c]"),
        (NOTHING, f"d(t**2)/dt = t {REAL}", "factor 2 is missing"),
    ],
)
def test_the_likely_slip_is_said(text, claim, word):
    found = verdict(text, claim)
    assert found.kind == "refuted"
    assert word in found.slip
    assert found.corrected


def test_indices_the_wrong_way_round_are_ill_typed_and_set_right():
    wrong = "dL[i]/dwo[j, c] = (yhat[i, c] - t[i, c]) * yhat[i, c] * (1 - yhat[i, c]) * h[i, j]"
    found = verdict(NETWORK, wrong)
    assert found.kind == "ill-typed"
    assert found.corrected.startswith("dL[i]/dwo[c, j] =")
    assert "holds" in found.slip


def test_a_missing_mean_is_named():
    found = verdict(SOFTMAX, "d(loss)/dw[j, k] = (p[i, j] - [j == y[i]]) * x[i, k]")
    assert found.kind == "ill-typed"
    assert "mean[i]" in found.corrected


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        (NOTHING, f"d(abs(t))/dt = 1 - 2*[t < 0] {REAL}"),
        (NOTHING, f"d(relu(t))/dt = [t >= 0] {REAL}"),
    ],
)
def test_another_subgradient_is_told_from_a_mistake(text, claim):
    assert verdict(text, claim).kind == "other subgradient"


def test_a_value_beyond_the_slopes_is_a_mistake():
    assert verdict(NOTHING, f"d(relu(t))/dt = [t > 0] + 2*[t == 0] {REAL}").kind == "refuted"


def test_the_counterexample_is_python_and_small():
    found = verdict(SOFTMAX, "dL[i]/dw[j, k] = p[i, j] * x[i, k]")
    values = {}
    exec(found.counterexample.text, values)  # noqa: S102 - that it can be pasted is the claim
    assert (values["N"], values["C"], values["D"]) == (1, 1, 1)
    assert values["x"] == [[1]]
    assert (values["left"], values["right"]) == (0, 1)


def test_a_verdict_is_the_same_each_time():
    claim = "dL[i]/ds[i, j] = p[i, j]"
    assert str(verdict(SOFTMAX, claim)) == str(verdict(SOFTMAX, claim))


def test_a_planted_fault_in_the_prover_does_not_hide_a_false_claim(monkeypatch):
    room = sys.modules["symderive.verify.claims.judge"]
    monkeypatch.setattr(room, "prove_claim", lambda *_: ("anything",))
    assert verdict(SOFTMAX, "dL[i]/ds[i, j] = p[i, j]").kind == "refuted"


def test_a_planted_fault_in_the_engine_is_never_called_proved(monkeypatch):
    from symderive.verify.claims import proofs

    right = proofs.derived
    monkeypatch.setattr(proofs, "derived", lambda *args: 2 * right(*args))
    assert verdict(NOTHING, f"d(t**2)/dt = 4*t {REAL}").kind == "refuted"
    assert verdict(NOTHING, f"d(t**2)/dt = 2*t {REAL}").kind == "verified"
