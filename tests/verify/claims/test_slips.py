"""The slip inside of a wrong right side: which term, factor, index, condition, and where."""

import pytest

from symderive.notation.sym import read_claim, read_model
from symderive.verify.claims import judge
from symderive.verify.claims.judge import holds, survey_of
from symderive.verify.claims.slips.screening import Screen, wide_points
from tests.verify.claims.tables import SOFTMAX, SQUARE

RIDGE = """data x[N, D]
data y[N]
param w[D]
param b
const lam = 0.1 in [0, oo)
index i: N; k, l: D
h[i] = sum[k](w[k]*x[i, k]) + b
loss = mean[i]((h[i] - y[i])**2) + lam*sum[k](w[k]**2)
"""
ELASTIC = """data x[N, D]
data y[N]
param w[D]
const a = 0.1 in [0, oo)
const c = 0.2 in [0, oo)
index i: N; k, l: D
r[i] = sum[k](w[k]*x[i, k]) - y[i]
loss = sum[i](r[i]**2)/(2*N) + a*sum[k](abs(w[k])) + c*sum[k](w[k]**2)
"""
GAUSS = """data x[N, D]
data y[N]
param w[D]
param v[D]
index i: N; k: D
mu[i] = sum[k](w[k]*x[i, k])
ls[i] = sum[k](v[k]*x[i, k])
L[i] = ls[i] + (y[i] - mu[i])**2/2*exp(-2*ls[i])
loss = mean[i](L[i])
"""
SVM = """data x[N, D]
data y[N] in {-1, 1}
param w[D]
const Cc = 10 in (0, oo)
index i: N; k: D
m[i] = y[i]*sum[k](w[k]*x[i, k])
loss = sum[k](w[k]**2)/2 + Cc*sum[i](max(0, 1 - m[i]))
"""
MASKED = """data z[N, T, V]
data m[N, T] in {0, 1}
label y[N, T] in V
index i, n: N; t: T; v, u: V
lp[i, t, v] = z[i, t, v] - log(sum[u](exp(z[i, t, u])))
cnt[i] = sum[t](m[i, t])
L[i] = -sum[t](m[i, t]*lp[i, t, y[i, t]])/max(1, cnt[i])
loss = mean[i](L[i])
"""
SMOOTHED = """data s[N, C]
label y[N] in C
const ep = 0.1 in [0, 1]
index i: N; j, m: C
p[i, j] = exp(s[i, j])/sum[m](exp(s[i, m]))
L[i] = -(1 - ep)*log(p[i, y[i]]) - ep/C*sum[j](log(p[i, j]))
"""
DPO = """param a[N]
param b[N]
const be = 0.1 in (0, oo)
index i: N
h[i] = be*(a[i] - b[i])
loss = -mean[i](log(sigmoid(h[i])))
"""
NORM = """data x[N, D]
param g[D]
index i: N; k, l: D
r[i] = sqrt(mean[k](x[i, k]**2))
y[i, k] = g[k]*x[i, k]/r[i]
"""
PLACKETT = """param s[N]
data r[N]
index i, m, n: N
Z[i] = sum[n if r[n] >= r[i]](exp(s[n]))
loss = sum[i](log(Z[i]) - s[i])
"""
GRAPH = """data A[N, N]
data x[N, D]
param w[D]
data t[N]
index i, j: N; k: D
f[i] = sum[k](w[k]*(x[i, k] + sum[j](A[i, j]*x[j, k])))
loss = mean[i]((f[i] - t[i])**2)/2
"""
BATCH = """data x[N, D]
index i, n: N; k: D
mu[k] = mean[i](x[i, k])
v[k] = mean[i]((x[i, k] - mu[k])**2)
h[i, k] = (x[i, k] - mu[k])/sqrt(v[k] + 1)
"""
CONTRAST = """param q[N, D]
param k[M, D]
label pos[N] in M
const tau = 0.07 in (0, oo)
index i: N; j, m: M; d: D
s[i, j] = sum[d](q[i, d]*k[j, d])/tau
p[i, j] = exp(s[i, j])/sum[m](exp(s[i, m]))
L[i] = -log(p[i, pos[i]])
loss = mean[i](L[i])
"""
GATE = """data x[N, D]
data hp[N]
data n[N]
param w[D]
index i: N; k: D
z[i] = sigmoid(sum[k](w[k]*x[i, k]))
loss = sum[i](z[i]*hp[i] + (1 - z[i])*n[i])
"""
ATTENTION = """param q[T, H]
param k[U, H]
data v[U]
index t: T; u, r: U; h: H
a[t, u] = sum[h](q[t, h]*k[u, h])/sqrt(H)
p[t, u] = exp(a[t, u])/sum[r](exp(a[t, r]))
o[t] = sum[u](p[t, u]*v[u])
"""
KMEANS = """data x[N, D]
param c[K, D]
index i: N; k: D; j, m: K
d2[i, j] = sum[k]((x[i, k] - c[j, k])**2)
z[i] = argmin[j](d2[i, j])
L[i] = min[j](d2[i, j])
loss = sum[i](L[i])/2
"""
FIT = "2*mean[i]((h[i] - y[i])*x[i, k])"

#: Models, wrong claims about them, and what is said of these.
SAID = [
    (RIDGE, f"dloss/dw[k] = {FIT}", "the term 2 * lam * w[k] is missing."),
    (RIDGE, f"dloss/dw[k] = {FIT} - 2*lam*w[k]", "the sign of the term 2 * lam * w[k] is wrong."),
    (RIDGE, f"dloss/dw[k] = {FIT} + lam*w[k]", "a factor 2 is missing in the term lam * w[k]."),
    (
        RIDGE,
        f"dloss/dw[k] = {FIT}/2 + 2*lam*w[k]",
        "a factor 2 is missing in the term mean[i]((h[i] - y[i]) * x[i, k]).",
    ),
    (
        RIDGE,
        "dloss/dw[k] = 2*sum[i]((h[i] - y[i])*x[i, k]) + 2*lam*w[k]",
        "a factor 1/N is missing in the term 2 * sum[i]((h[i] - y[i]) * x[i, k]).",
    ),
    (
        RIDGE,
        "dloss/dw[k] = 2*mean[i](h[i] - y[i]) + 2*lam*w[k]",
        "in mean[i](h[i] - y[i]), a factor x[i, k] is missing.",
    ),
    (
        RIDGE,
        f"dloss/dw[k] = {FIT} + 2*lam*sum[l](w[l])",
        "a sum is too many: sum[l](w[l]) should be w[k].",
    ),
    (RIDGE, f"dloss/dw[k] = {FIT} + 2*lam", "a factor w[k] is missing in the term 2 * lam."),
    (RIDGE, f"dloss/dw[k] = {FIT} + 2*w[k]", "a factor lam is missing in the term 2 * w[k]."),
    (
        RIDGE,
        "dloss/db = 2*mean[i](h[i] - y[i]) + 2*lam*b",
        "the term 2 * lam * b is too many.",
    ),
    (
        RIDGE,
        "d(dloss/dw[k])/dw[l] = 2*mean[i](x[i, k]*x[i, l]) + 2*lam",
        "a factor [k == l] is missing in the term 2 * lam.",
    ),
    (
        ELASTIC,
        "dloss/dw[k] = mean[i](r[i]*x[i, k]) + 2*c*w[k]",
        "the term a * sign(w[k]) is missing.",
    ),
    (
        ELASTIC,
        "dloss/dw[k] = mean[i](r[i]*x[i, k]) + a*abs(w[k]) + 2*c*w[k]",
        "a wrong part: abs(w[k]) should be sign(w[k]).",
    ),
    (
        ELASTIC,
        "dloss/dw[k] = mean[i](r[i]*x[i, k]) + c*sign(w[k]) + 2*a*w[k]",
        "c and a are swapped.",
    ),
    (
        GAUSS,
        "dloss/dv[k] = mean[i]((1 + (y[i] - mu[i])**2*exp(-2*ls[i]))*x[i, k])",
        "the sign of the term (y[i] - mu[i])**2 * exp(-2 * ls[i]) is wrong.",
    ),
    (
        GAUSS,
        "dloss/dv[k] = mean[i]((1 - (y[i] - mu[i])**2*exp(-2*ls[i])/2)*x[i, k])",
        "a factor 2 is missing in the term (y[i] - mu[i])**2 * exp(-2 * ls[i]) / 2.",
    ),
    (
        GAUSS,
        "dloss/dw[k] = mean[i]((mu[i] - y[i])*exp(-ls[i])*x[i, k])",
        "a factor 2 is missing: -ls[i] should be -2 * ls[i].",
    ),
    (
        SVM,
        "dloss/dw[k] = w[k] - Cc*sum[i if m[i] > 1](y[i]*x[i, k])",
        "should be sum[i if m[i] < 1](y[i] * x[i, k]).",
    ),
    (
        SVM,
        "dloss/dw[k] = w[k] - Cc*sum[i if m[i] < 0](y[i]*x[i, k])",
        "a wrong condition: sum[i if m[i] < 0](y[i] * x[i, k]) should be",
    ),
    (SVM, "dloss/dw[k] = w[k] - Cc*sum[i](y[i]*x[i, k])", "a condition is missing"),
    (
        SVM,
        "dloss/dw[k] = w[k] - Cc*sum[i if m[i] < 1](x[i, k])",
        "in sum[i if m[i] < 1](x[i, k]), a factor y[i] is missing.",
    ),
    (
        MASKED,
        "dL[i]/dz[i, t, v] = m[i, t]*(exp(lp[i, t, v]) - [v == y[i, t]])",
        "a factor 1 / max(1, cnt[i]) is missing.",
    ),
    (
        SMOOTHED,
        "dL[i]/ds[i, j] = p[i, j] - (1 - ep)*[j == y[i]] - ep",
        "a factor 1/C is missing in the term ep.",
    ),
    (
        SMOOTHED,
        "dL[i]/ds[i, j] = p[i, j] - (1 - ep)*[j == y[i]]",
        "the term -ep / C is missing.",
    ),
    (
        DPO,
        "dloss/da[i] = -be*sigmoid(h[i])/N",
        "a wrong sign: sigmoid(h[i]) should be sigmoid(-h[i]).",
    ),
    (
        NORM,
        "dy[i, k]/dx[i, l] = g[k]*([k == l]/r[i] + x[i, k]*x[i, l]/(D*r[i]**3))",
        "the sign of the term x[i, k] * x[i, l] / D / r[i]**3 is wrong.",
    ),
    (
        NORM,
        "dy[i, k]/dx[i, l] = g[k]*([k == l]/r[i] - x[i, k]*x[i, l]/(D*r[i]**2))",
        "a wrong power: 1 / r[i]**2 should be 1 / r[i]**3.",
    ),
    (
        NORM,
        "dy[i, k]/dx[i, l] = g[k]*([k == l]/r[i] - x[i, k]**2/(D*r[i]**3))",
        "a wrong index: x[i, k]**2 should be x[i, k] * x[i, l].",
    ),
    (
        PLACKETT,
        "dloss/ds[m] = -1 + sum[i if r[m] <= r[i]](exp(s[m])/Z[i])",
        "a wrong condition",
    ),
    (
        PLACKETT,
        "dloss/ds[m] = -1 + sum[i if r[m] > r[i]](exp(s[m])/Z[i])",
        "a wrong condition",
    ),
    (
        PLACKETT,
        "dloss/ds[m] = -1 + sum[i if r[m] >= r[i]](exp(s[m])/Z[m])",
        "a wrong index: Z[m] should be Z[i].",
    ),
    (PLACKETT, "dloss/ds[m] = sum[i if r[m] >= r[i]](exp(s[m])/Z[i])", "the term -1 is missing."),
    (
        GRAPH,
        "dloss/dw[k] = mean[i]((f[i] - t[i])*(x[i, k] + sum[j](A[j, i]*x[j, k])))",
        "in sum[j](A[j, i] * x[j, k]), a wrong index: A[j, i] should be A[i, j].",
    ),
    (
        BATCH,
        "dh[i, k]/dx[n, k] = ([i == n] - 1/N - h[i, k]*h[n, k])/sqrt(v[k] + 1)",
        "a factor 1/N is missing in the term h[i, k] * h[n, k].",
    ),
    (
        BATCH,
        "dh[i, k]/dx[n, k] = ([i == n] - h[i, k]*h[n, k]/N)/sqrt(v[k] + 1)",
        "the term -1 / N is missing",
    ),
    (
        CONTRAST,
        "dL[i]/dq[i, d] = sum[j]((p[i, j] - [j == pos[i]])*k[j, d])",
        "a factor 1 / tau is missing.",
    ),
    (
        CONTRAST,
        "dloss/dk[j, d] = mean[i]((p[i, j] - [j == pos[i]])*k[j, d])/tau",
        "a wrong array: k[j, d] should be q[i, d].",
    ),
    (
        GATE,
        "dloss/dw[k] = sum[i]((hp[i] - n[i])*x[i, k])",
        "in sum[i]((hp[i] - n[i]) * x[i, k]), a factor z[i] * (1 - z[i]) is missing.",
    ),
    (
        GATE,
        "dloss/dw[k] = sum[i](hp[i]*z[i]*(1 - z[i])*x[i, k])",
        "the term -n[i] is missing beside hp[i].",
    ),
    (
        ATTENTION,
        "do[t]/dq[t, h] = sum[u](p[t, u]*(v[u] - o[t])*k[u, h])",
        "a factor 1 / sqrt(H) is missing.",
    ),
    (
        KMEANS,
        "dloss/dc[j, k] = sum[i](c[j, k] - x[i, k])",
        "a condition is missing: sum[i](c[j, k] - x[i, k]) should be sum[i if z[i] == j]",
    ),
]
#: Claims that nothing simple sets right.
UNSAID = [
    (RIDGE, "dloss/dw[k] = exp(w[k])"),
    (RIDGE, "dloss/dw[k] = mean[i](h[i]**3*y[i]) + 5*w[k]**2"),
    (ELASTIC, "dloss/dw[k] = mean[i](r[i]*x[i, k])/3 + 7*c*w[k]"),
    (GAUSS, "dloss/dv[k] = mean[i](sin(ls[i]))"),
    (SMOOTHED, "dL[i]/ds[i, j] = sqrt(p[i, j])*ep - p[i, y[i]]/3"),
    (CONTRAST, "dL[i]/dq[i, d] = q[i, d]*tau**3"),
    (MASKED, "dL[i]/dz[i, t, v] = tanh(z[i, t, v])*m[i, t]"),
]


def verdict(text, claim):
    model = read_model(text, "model")
    return judge(read_claim(claim, model), model), model


@pytest.mark.parametrize(("text", "claim", "said"), SAID)
def test_the_part_that_is_wrong_is_named_and_the_line_holds(text, claim, said):
    found, model = verdict(text, claim)
    assert found.kind == "refuted"
    assert said in found.slip
    assert found.slip.endswith(".")
    assert holds(read_claim(found.corrected, model), model)


@pytest.mark.untraced
@pytest.mark.parametrize(("text", "claim"), UNSAID)
def test_what_nothing_simple_explains_has_no_slip(text, claim):
    found, model = verdict(text, claim)
    assert found.kind == "refuted"
    assert found.slip == ""
    assert not found.corrected or holds(read_claim(found.corrected, model), model)


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        (RIDGE, "1 = 2"),
        (SQUARE, "A[k, l] = A[l, k]"),
        (SQUARE, "sq[k, l] = A[k, l]"),
        (SOFTMAX, "x[i, k] = 2*x[i, k]"),
    ],
)
def test_nothing_is_set_right_by_saying_that_a_thing_is_itself(text, claim):
    found, _ = verdict(text, claim)
    assert found.kind == "refuted"
    assert "=" not in found.corrected or len(set(found.corrected.split(" = "))) == 2


@pytest.mark.parametrize(
    "claim",
    [
        f"dloss/dw[k] = {FIT}",
        "dloss/dw[k] = exp(w[k])",
        "dloss/dlam = sum[k](w[k])",
        "dloss/dlam = b",
    ],
)
def test_a_range_of_a_scalar_is_no_guess(claim):
    assert "only where" not in verdict(RIDGE, claim)[0].slip


@pytest.mark.parametrize(
    ("claim", "said", "line"),
    [
        ("max(0, t)**2 = t**2", "only where t < 0", "max(0, t)**2 = t**2 if t >= 0 for"),
        ("abs(t) = t if t != 3", "only where t < 0", "abs(t) = t if t >= 0 and (t != 3) for"),
        ("d(sin(t))/dt = where(t > 3, 1, cos(t))", "only where t > 3", "d(sin(t))/dt = cos(t)"),
    ],
)
def test_a_range_of_a_scalar_is_said_where_it_is_one(claim, said, line):
    found, model = verdict(RIDGE, f"{claim} for t in (-oo, oo)")
    assert said in found.slip
    assert found.corrected.startswith(line)
    assert judge(read_claim(found.corrected, model), model).holds


@pytest.mark.untraced
def test_a_slip_holds_at_all_sizes():
    """As a mean of means, it is no factor 1/N that is missing."""
    part = "m[i, t]*(exp(lp[i, t, v]) - [v == y[i, t]])"
    claim = f"dloss/dz[i, t, v] = {part}/max(1, sum[n](cnt[n]))"
    found, model = verdict(MASKED, claim)
    assert "1/N" not in found.slip
    assert judge(read_claim(found.corrected, model), model).holds


def test_a_corrected_line_has_a_value_where_the_gradient_has_one():
    found, model = verdict(KMEANS, "dloss/dc[j, k] = c[j, k] - mean[i if z[i] == j](x[i, k])")
    assert found.kind == "refuted"
    assert not found.corrected or judge(read_claim(found.corrected, model), model).holds


def test_samples_are_of_several_sizes():
    model = read_model(RIDGE, "model")
    claim = read_claim(f"dloss/dw[k] = {FIT}", model)
    survey = survey_of(claim, model)
    screen = Screen(survey.trial, model.equations)
    screen.take(wide_points(survey.trial.sides), claim.right)
    assert len(screen.samples) > 8
    assert len({tuple(sample.point.sizes.values()) for sample in screen.samples}) > 2


HUBER = """data x[N, D]
data y[N]
param w[D]
const delta = 1.35 in (0, oo)
index i: N; k: D
r[i] = y[i] - sum[k](w[k]*x[i, k])
L[i] = where(abs(r[i]) <= delta, r[i]**2/2, delta*(abs(r[i]) - delta/2))
"""
PAIRS = """data a[N, D]
data b[N, D]
data y[N] in {0, 1}
const m = 1 in (0, oo)
index i: N; k: D
d[i] = sqrt(sum[k]((a[i, k] - b[i, k])**2))
L[i] = y[i]*d[i]**2 + (1 - y[i])*max(0, m - d[i])**2
"""
DEEP = """data x[N, D]
data y[N]
param W[D, D]
param v[D]
index i: N; g, h, q: D
h1[i, h] = tanh(sum[g](W[h, g]*x[i, g]))
h2[i, h] = tanh(sum[g](W[h, g]*h1[i, g]))
f[i] = sum[h](v[h]*h2[i, h])
L[i] = (f[i] - y[i])**2
"""
LOGIT = """param s[N]
data y[N] in {0, 1}
index i: N
p[i] = sigmoid(s[i])
L[i] = -y[i]*log(p[i]) - (1 - y[i])*log(1 - p[i])
H[i] = (sigmoid(s[i]) - y[i])**2/2
"""


@pytest.mark.parametrize(
    ("text", "claim", "said"),
    [
        (HUBER, "dL[i]/dw[k] = -r[i]*x[i, k]", "only where abs(r[i]) > delta: that case"),
        (HUBER, "dL[i]/dw[k] = -delta*sign(r[i])*x[i, k]", "only where abs(r[i]) <= delta: that"),
        (PAIRS, "dL[i]/da[i, k] = 2*(a[i, k] - b[i, k])", "only where y[i] == 0: that case"),
        (
            DEEP,
            "dL[i]/dW[h, g] = 2*(f[i] - y[i])*v[h]*(1 - h2[i, h]**2)*h1[i, g]",
            "the term (1 - h1[i, h]**2) * x[i, g] * sum[q](",
        ),
        (
            LOGIT,
            "dL[i]/ds[i] = (p[i] - y[i])*p[i]*(1 - p[i])",
            "a factor p[i] * (1 - p[i]) is too many.",
        ),
        (
            LOGIT,
            "dH[i]/ds[i] = sigmoid(s[i]) - y[i]",
            "a factor sigmoid(s[i]) * (1 - sigmoid(s[i])) is missing.",
        ),
    ],
)
def test_a_case_a_path_or_a_slope_that_is_missing_or_too_many_is_named(text, claim, said):
    model = read_model(text, "m")
    assert said in judge(read_claim(claim, model), model).slip
