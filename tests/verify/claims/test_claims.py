"""What is said of a claim: its slip, its counterexample, another subgradient, what clashes."""

import sys

import pytest

from symderive.errors import InputError
from symderive.notation.sym import read_claim, read_model
from symderive.verify.claims import judge
from symderive.verify.claims.proofs import prove_claim
from tests.verify.claims.tables import HINGE, INFORMATION, NETWORK, NOTHING, REAL, SOFTMAX

#: Two indices of one axis, to be mistaken for each other.
PAIRS = """
param x[N]
param w[N]
index i, j, k: N
e[i, j] = x[i]**2 * w[j]
"""


RELUS = "param x[N]\nindex i, j: N\ny[i] = max(0, x[i])\nm = max[j](x[j])"


def verdict(text, claim):
    model = read_model(text, "model")
    return judge(read_claim(claim, model), model)


@pytest.mark.parametrize(
    ("text", "claim", "word"),
    [
        (SOFTMAX, "dL[i]/ds[i, j] = p[i, j]", "j == y[i]"),
        (SOFTMAX, "dL[i]/ds[i, j] = [j == y[i]] - p[i, j]", "sign"),
        (SOFTMAX, "d(loss)/dw[j, k] = sum[i]((p[i, j] - [j == y[i]]) * x[i, k])", "1/N"),
        (NETWORK, "dL[i]/dyhat[i, c] = 2 * (yhat[i, c] - t[i, c])", "factor 2 is too many"),
        (NETWORK, "dL[i]/dneto[i, c] = (yhat[i, c] - t[i, c]) * yhat[i, c]", "1 - yhat[i, c]"),
        (NOTHING, f"d(t**2)/dt = t {REAL}", "factor 2 is missing"),
        (SOFTMAX, "dL[i]/ds[i, j] = p[i, y[i]] - [j == y[i]]", "p[i, y[i]] should be p[i, j]"),
        (PAIRS, "de[i, j]/dx[k] = 2 * x[j] * w[j] * [i == k]", "x[j] should be x[i]"),
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


@pytest.mark.parametrize("given", ["j == i", "i == j and j != y[i]"])
def test_letters_behind_if_run_over_their_axes(given):
    found = verdict(SOFTMAX, f"L[i] >= 0 if {given}")
    assert found.kind == "ill-typed"
    assert "axis C" in found.how
    assert "axis N" in found.how


def test_a_missing_mean_is_named():
    found = verdict(SOFTMAX, "d(loss)/dw[j, k] = (p[i, j] - [j == y[i]]) * x[i, k]")
    assert found.kind == "ill-typed"
    assert "mean[i]" in found.corrected


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        (NOTHING, f"d(abs(t))/dt = 1 - 2*[t < 0] {REAL}"),
        (NOTHING, f"d(relu(t))/dt = [t >= 0] {REAL}"),
        (RELUS, "dy[i]/dx[i] = [x[i] >= 0]"),
        (RELUS, "dy[i]/dx[j] = [x[i] >= 0] * [i == j]"),
        (RELUS, "dm/dx[i] = [x[i] == m] / sum[j]([x[j] == m])"),
    ],
)
def test_another_subgradient_is_told_from_a_mistake(text, claim):
    assert verdict(text, claim).kind == "other subgradient"


@pytest.mark.parametrize("claim", ["convex y[i] in m", "increasing m in y", "concave y[i] in y"])
def test_a_shape_along_what_is_computed_is_refused(claim):
    with pytest.raises(InputError, match="is computed; a shape along an input"):
        verdict(RELUS, claim)


def test_a_limit_toward_a_name_is_refused():
    text = "param t\nparam u\nf = t * u"
    with pytest.raises(InputError, match="toward a number or oo"):
        verdict(text, "limit[t -> u](t**2) = u**2")


def test_a_corrected_line_can_be_read_as_it_is():
    text = "param A[N, N]\nparam Q[N, D]\nindex t, s: N; e: D\no[t, e] = sum[s](A[t, s] * Q[s, e])"
    model = read_model(text, "m")
    found = verdict(text, "do[t, e]/dQ[s, e] = A[t, s] * Q[s, e]")
    assert found.kind in ("refuted", "ill-typed")
    assert not found.corrected or not read_claim(found.corrected, model).clashes


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


def test_the_prover_alone_does_not_take_the_sign_of_a_square_for_that_of_its_base():
    model = read_model(NOTHING, "model")
    for claim, holds in (("sign(t**2) = sign(t)", False), ("sign(t**3) = sign(t)", True)):
        assert bool(prove_claim(read_claim(f"{claim} {REAL}", model), model)) == holds


def test_a_claim_that_names_a_large_size_is_tried_there_with_a_simplex_too():
    found = verdict(INFORMATION, "sum[j](p[j] * [C == 200]) = 0")
    assert found.kind == "refuted"
    assert "C = 200" in str(found)


@pytest.mark.parametrize(
    ("claim", "line"),
    [
        ("L[i] ~ 5.51 with s = [[1, 2, 3.5]], y = [0]", "L[i] ~ 5.50 with"),
        ("L[i] ~ 1 with s = [[1, 2, 3.5], [9, 0, 0]], y = [0, 0]", "L[i] ~ [6, 0] with"),
        ("1501 + 0*loss ~ 1e3", "1501 + 0*loss ~ 2e3"),
        ("exp(100) + 0*loss ~ 2.689e43", "exp(100) + 0*loss ~ 2.688e43"),
    ],
)
def test_other_digits_are_written_as_the_claim_has_them(claim, line):
    assert verdict(HINGE, claim).corrected.startswith(line)


def test_a_const_that_is_not_given_keeps_its_default():
    found = verdict(HINGE, "L[i] = 5.5 with s = [[1, 2, 3.5]], y = [1]")
    assert "Delta = 1" in found.counterexample.text


def test_a_shape_is_refuted_by_short_numbers():
    found = verdict(NOTHING, "convex log(t) in t for t in (0, 1)")
    assert "t_before = 0.25\nt = 0.5\nt_after = 0.75" in found.counterexample.text


def test_a_number_that_no_float_holds_is_written_as_a_product():
    text = verdict(NOTHING, f"t**100 <= 10**900 {REAL}").counterexample.text
    values = {}
    exec(text, values)  # noqa: S102 - that it can be pasted is the claim
    assert values["left"] > values["right"]


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


INSIDE = [
    "t <= 0.1 for t in (-oo, 0.1]",
    "t >= 1/3 for t in [1/3, 1]",
    "sqrt(0.1 - t) >= 0 for t in [0, 0.1]",
    "sqrt((t - 0.7)**2) = t - 0.7 for t in [0.7, oo)",
    "d(relu(t - 0.3))/dt = 1 for t in (0.3, 1]",
    "t <= 10000000001 for t in [0, 10000000001]",
    "2.675 ~ 2.68",
    "t ~ 0.4 for t in {0.35}",
]
#: Each is false at one place alone: at an end, or where both sides are one irrational number.
TIED = [
    "t < 0.7 for t in [0, 0.7]",
    "t < 1/3 for t in {0.1, 1/3}",
    "sign(t - 0.1) = 1 for t in [0.1, oo)",
    "1/t < 10 for t in [0.1, 1]",
    "exp(t) > exp(1)*t for t in (-oo, oo)",
    "softplus(t) > log(2) + t/2 for t in (-oo, oo)",
    "exp(t)*exp(1) < exp(t + 1) for t in (-oo, oo)",
    "softplus(t) >= t + 1e-48 for t in [100, oo)",
]
ENTROPY = """
data p[C] in simplex
data w[N] in (0, oo)
index i: N; j: C
H = -sum[j](p[j]*log(p[j]))
"""


@pytest.mark.parametrize("claim", INSIDE)
def test_an_end_of_a_domain_is_the_number_that_is_written(claim):
    assert verdict(NOTHING, claim).kind in ("proved", "verified")


@pytest.mark.parametrize("claim", TIED)
def test_what_fails_at_one_place_is_refuted_there(claim):
    found = verdict(NOTHING, claim)
    assert found.kind == "refuted"
    assert found.counterexample is not None


@pytest.mark.parametrize(
    ("claim", "loose"),
    [
        ("H < log(C) if C > 1", "H <= log(C) if C > 1"),
        ("sqrt(mean[i](w[i])) > mean[i](sqrt(w[i]))", "sqrt(mean[i](w[i])) >= mean[i](sqrt(w[i]))"),
    ],
)
def test_entries_that_are_equal_refute_a_strict_inequality(claim, loose):
    found = verdict(ENTROPY, claim)
    assert found.kind == "refuted"
    assert found.corrected == loose
    assert verdict(ENTROPY, loose).kind == "verified"


def test_what_is_tiny_but_not_nothing_keeps_a_strict_inequality():
    assert verdict(NOTHING, "1 + exp(-exp(t)) > 1 for t in [0, 8]").kind in ("proved", "verified")
    assert verdict(NOTHING, "1 + exp(-exp(exp(t))) > 1 for t in [0, 2]").kind != "refuted"


@pytest.mark.parametrize(
    "claim",
    [
        "limit[t -> oo](log(t)) = 600 for t in (3, oo)",
        "limit[t -> oo](1/log(t)) = 0.001 for t in (3, oo)",
        "limit[t -> oo](log(log(t))) = 6.4 for t in (3, oo)",
        "limit[t -> oo](log(t)/log(log(t))) = 100 for t in (3, oo)",
    ],
)
def test_what_is_about_to_pass_a_number_does_not_lead_to_it(claim):
    assert verdict(NOTHING, claim).kind == "refuted"


PINBALL = """
data y[N]
param q
const a = 0.9 in (0, 1)
loss = mean[i](max(a*(y[i] - q), (a - 1)*(y[i] - q)))
"""
HINGE_OF_ONE = """
data s[C]
label y in C
L = sum[j != y](max(0, 1 + s[j] - s[y]))
"""


def test_another_subgradient_in_one_case_says_nothing_of_the_others():
    assert verdict(HINGE_OF_ONE, "dL/ds[j] = [1 + s[j] - s[y] >= 0] if j != y").kind == (
        "other subgradient"
    )
    assert verdict(HINGE_OF_ONE, "dL/ds[j] = 2*[1 + s[j] - s[y] >= 0] if j != y").kind == "refuted"


def test_another_subgradient_is_no_counterexample():
    assert verdict(PINBALL, "dloss/dq = mean[i]([y[i] <= q]) - a").kind == "other subgradient"
    found = verdict(PINBALL, "dloss/dq = sum[i]([y[i] <= q]) - a")
    assert found.kind == "refuted"
    assert str(found.counterexample).startswith("N = 2")


def test_a_corrected_line_is_one_that_holds():
    tiny = verdict(NOTHING, "1/t > 1e-290 for t in (0, oo)")
    assert (tiny.kind, tiny.corrected) == ("refuted", "")
    rounded = verdict(NOTHING, "sigmoid(t) ~ 0.50 for t in [0, 0.03]")
    assert (rounded.kind, rounded.corrected) == ("refuted", "")
    kink = verdict(NOTHING, "d(min(0, t))/dt = [t < 0] + 2*[t == 0] for t in (-oo, oo)")
    assert kink.slip == "the term 2 * [t == 0] is too many."


WEIGHTED = """
data v[N, H]
data w[N, N]
index t, u: N
index h: H
o[t, h] = sum[u](w[t, u] * v[u, h])
"""
SQUARES = "data x[N]\nindex i, j: N\nL[i] = x[i]**2"


@pytest.mark.parametrize(
    ("text", "claim"),
    [(WEIGHTED, "o[t, h] <= max[u](v[u, h])"), (SQUARES, "L[i] = L[j]")],
)
def test_a_relabelling_without_a_meaning_is_not_offered(text, claim):
    found = verdict(text, claim)
    assert found.kind == "ill-typed"
    assert not found.slip


LOGISTIC = """
data x[N]
data t[N] in [0, 1]
param b
index i: N
q[i] = sigmoid(x[i] + b)
L[i] = -t[i]*log(q[i]) - (1 - t[i])*log(1 - q[i])
loss = mean[i](L[i])
"""


@pytest.mark.parametrize(
    ("text", "claim", "line"),
    [
        (LOGISTIC, "dloss/db = sum[i](q[i] - t[i])", "dloss/db = mean[i](q[i] - t[i])"),
        (
            SOFTMAX,
            "dL[i]/ds[i, j] = -p[i, j] if j != y[i]",
            "dL[i]/ds[i, j] = p[i, j] if j != y[i]",
        ),
    ],
)
def test_the_line_is_corrected_as_the_slip_says(text, claim, line):
    assert verdict(text, claim).corrected == line
