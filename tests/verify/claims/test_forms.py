"""Forms of claims beyond plain equations: nested derivatives, shapes, cases, digits, wording."""

import pytest

from symderive.errors import NotSupportedError
from symderive.notation.sym import read_claim, read_model
from symderive.verify.claims import judge
from symderive.verify.claims.verdict import Counterexample, shown
from symderive.verify.claims.wording import Wording
from tests.verify.claims.tables import INFORMATION, NETWORK, NOTHING, REAL, SCORES, SOFTMAX, TWO


def verdict(text, claim):
    model = read_model(text, "model")
    return judge(read_claim(claim, model), model)


HOLD = [
    (NOTHING, f"d(t*d(t**3)/dt)/dt = 9*t**2 {REAL}"),
    (NOTHING, f"d(d(t**2)/dt * d(t**3)/dt)/dt = 18*t**2 {REAL}"),
    (NOTHING, f"d(d(d(t**4)/dt)/dt)/dt = 24*t {REAL}"),
    (NOTHING, f"d(d(sin(t)*u)/dt)/du = cos(t) {TWO}"),
    (NOTHING, "increasing t**2 in t for t in [0, 3]"),
    (NOTHING, "decreasing 1/t in t for t in (0, oo)"),
    (NOTHING, "concave sqrt(t) in t for t in (0, oo)"),
    (NOTHING, f"convex 3 + 0*t in t {REAL}"),
    (NOTHING, f"convex exp(u) in t {TWO}"),
    (NOTHING, "a**2 >= 1 for a in {-1, 1, 2}"),
    (NOTHING, f"t**2 >= 4 if t >= 2 {REAL}"),
    (NOTHING, "a + b <= 2 for a in [0, 1], b in [0, 1]"),
    (NOTHING, "t**2 - 2*t + 1 >= 0 for t in [-1, 3]"),
    (SCORES, "decreasing low[i] - 2*s[i, best[i]] in s if N == 0"),
    (INFORMATION, "concave H in p"),
    (SOFTMAX, "dL[i]/dp[i, y[i]] = -1 / p[i, y[i]]"),
]


@pytest.mark.parametrize(("text", "claim"), [row for row in HOLD if "N == 0" not in row[1]])
def test_a_true_claim_of_this_form_holds(text, claim):
    found = verdict(text, claim)
    assert found.kind in ("proved", "verified"), str(found)


FAIL = [
    (NOTHING, f"d(t*d(t**3)/dt)/dt = 9*t**2 + 1e-7 {REAL}"),
    (NOTHING, f"d(d(d(t**4)/dt)/dt)/dt = 24*t + [t > 60] {REAL}"),
    (NOTHING, f"increasing t**3 - t in t {REAL}"),
    (NOTHING, "decreasing 1/t in t for t in (-oo, oo)"),
    (NOTHING, "concave t**2 in t for t in [0, 1]"),
    (NOTHING, f"t**2 > 4 if t >= 2 {REAL}"),
    (NOTHING, "a + b < 2 for a in [0, 1], b in [0, 1]"),
    (NOTHING, "a**2 > 1 for a in {-1, 2}"),
    (INFORMATION, "convex H in p"),
    (NOTHING, f"increasing t - 3*[t > 1/3] in t {REAL}"),
    (NOTHING, f"convex abs(t) - abs(t - 1/7)/2 - abs(t)/2 in t {REAL}"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "claim"), FAIL)
def test_a_false_claim_of_this_form_is_refuted(text, claim):
    found = verdict(text, claim)
    assert found.kind == "refuted", str(found)
    assert found.counterexample is not None


@pytest.mark.parametrize(
    ("claim", "corrected"),
    [
        (f"t**2 > 0 {REAL}", f"t**2 >= 0 {REAL}"),
        (f"t**2 + 1 < 1 {REAL}", f"t**2 + 1 >= 1 {REAL}"),
        (f"tanh(t) >= 1 {REAL}", f"tanh(t) <= 1 {REAL}"),
        (f"concave exp(t) in t {REAL}", f"convex exp(t) in t {REAL}"),
        (f"convex t**3 in t {REAL}", ""),
        (f"t**2 >= t {REAL}", ""),
        ("exp(a) ~ 2.71 for a in [0, 1] with a = 1", "exp(a) ~ 2.72 for a in [0, 1] with a = 1"),
    ],
)
def test_the_line_as_it_should_read(claim, corrected):
    found = verdict(NOTHING, claim)
    assert found.kind == "refuted"
    assert found.corrected == corrected


def test_a_wrong_line_of_a_definition_is_set_right():
    found = verdict(SCORES, "wrong[i] = [s[i, y[i]] < 0]")
    assert found.corrected == "wrong[i] = [best[i] != y[i]]"


def test_a_correction_holds_where_the_claim_fails():
    found = verdict(SOFTMAX, "loss = mean[i](L[i]) * (1 + [N == 5])")
    assert found.kind == "refuted"
    assert "2" not in found.corrected
    if found.corrected:
        assert verdict(SOFTMAX, found.corrected).holds


def test_a_product_of_derivatives_is_differentiated_once():
    with pytest.raises(NotSupportedError):
        verdict(NOTHING, f"d(d(t*d(t**3)/dt)/dt)/dt = 18*t + 1 {REAL}")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("A = B", ("A", "=", "B", "")),
        ("[a == b] = 1 if a <= b", ("[a == b]", "=", "1", "if a <= b")),
        ("x[i] >= (y < 2) for y in (0, 1)", ("x[i]", ">=", "(y < 2)", "for y in (0, 1)")),
        ("p ~ [0.1, 0.2] with s = [1]", ("p", "~", "[0.1, 0.2]", "with s = [1]")),
        ("convex f in t for t in (0, 1)", ("convex f in t", "", "", "for t in (0, 1)")),
    ],
)
def test_the_parts_of_a_text(text, parts):
    found = Wording.of(text)
    assert (found.left, found.relation, found.right, found.tail) == parts
    assert found.put() == text


def test_a_counterexample_prints_as_python():
    example = Counterexample((("N", 1),), (("x", [1, 2.5]),), (("i", 0),), "1", "2", "-1")
    assert str(example) == "N = 1\nx = [1, 2.5]\ni = 0\nleft, right = 1, 2  # left - right = -1"


@pytest.mark.parametrize(
    ("value", "text"),
    [(2.0, "2"), (0.5, "0.5"), (float("inf"), 'float("inf")'), ("1", "1"), (1e20, "1e+20")],
)
def test_numbers_as_python_writes_them(value, text):
    assert shown(value) == text


def test_the_network_is_relabelled():
    found = verdict(NETWORK, "dL[i]/dwo[j, c] = dL[i]/dneto[i, c] * h[i, j]")
    assert found.kind == "ill-typed"
    assert found.corrected == "dL[i]/dwo[c, j] = dL[i]/dneto[i, c] * h[i, j]"
