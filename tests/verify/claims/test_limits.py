"""Limits: proved by rules where they tell, verified by values elsewhere, refuted if false."""

from dataclasses import replace

import pytest

from symderive.errors import InputError, NotSupportedError
from symderive.notation.sym import read_claim, read_model
from symderive.verify.claims import judge
from tests.verify.claims.tables import NOTHING, TEMPERATURE

T = "for t in (-oo, oo)"
MODEL = NOTHING


def verdict(claim, text=MODEL):
    model = read_model(text, "model")
    return judge(read_claim(claim, model), model)


@pytest.mark.parametrize(
    "claim",
    [
        f"limit[t -> oo](sigmoid(t)) = 1 {T}",
        f"limit[t -> -oo](softplus(t)) = 0 {T}",
        f"limit[t -> oo](softplus(t)) = oo {T}",
        f"limit[t -> -oo](erf(t) + 1/t) = -1 {T}",
        f"limit[t -> oo](exp(-2*t)) = 0 {T}",
        f"limit[t -> oo](exp(t) / exp(2*t)) = 0 {T}",
        f"limit[t -> oo](t**2 + 3) = oo {T}",
        f"limit[t -> -oo](t**3) = -oo {T}",
        f"limit[t -> -oo](t**2) = oo {T}",
        "limit[t -> oo](log(t)) = oo for t in (0, oo)",
        f"limit[t -> 0](exp(t) * 2) = 2 {T}",
        f"limit[t -> 2](t**3 - t) = 6 {T}",
        f"limit[t -> 2](1/t) = 1/2 {T}",
        f"limit[t -> 0](log(1 + exp(t))) = log(2) {T}",
        f"limit[t -> oo](max(tanh(t), 0)) = 1 {T}",
        "limit[t -> oo](a * t) = oo for t in (0, oo), a in (0, 5]",
        "limit[t -> oo](-a * t) = -oo for t in (0, oo), a in (0, 5]",
        f"1 = limit[t -> oo](tanh(t)) {T}",
        f"limit[t -> oo](d(tanh(t))/dt) = 0 {T}",
    ],
)
def test_a_limit_is_proved(claim):
    found = verdict(claim)
    assert found.kind == "proved", str(found)
    assert found.rules
    assert found.points > 0


@pytest.mark.parametrize(
    "claim",
    [
        f"limit[t -> oo](t * exp(-t)) = 0 {T}",
        f"limit[t -> 0](sin(t) / t) = 1 {T}",
        f"limit[t -> oo](t - sqrt(t**2 + 1)) = 0 {T}",
        "limit[t -> oo](log(1 + t) / t) = 0 for t in (0, oo)",
        "limit[t -> oo](a * t) = oo for t in (0, oo), a in [1, 5]",
    ],
)
def test_a_limit_that_no_rule_tells_is_not_refuted(claim):
    assert verdict(claim).kind in ("proved", "verified"), str(verdict(claim))


@pytest.mark.parametrize(
    "claim",
    [
        f"limit[t -> oo](sigmoid(t)) = 0.99999 {T}",
        f"limit[t -> -oo](t**2) = -oo {T}",
        f"limit[t -> oo](sin(t)) = 0 {T}",
        f"limit[t -> 0](sign(t)) = 1 {T}",
        f"limit[t -> 0](abs(t) / t) = 1 {T}",
        f"limit[t -> 0]([t == 0]) = 1 {T}",
        f"limit[t -> oo](min(t, 10**7)) = oo {T}",
        "limit[t -> oo](log(t)) = 100 for t in (0, oo)",
        "limit[t -> 0](1/t) = 5 for t in (0, oo)",
    ],
)
def test_a_false_limit_is_refuted(claim):
    found = verdict(claim)
    assert found.kind == "refuted", str(found)
    assert found.counterexample is not None


def test_the_limit_of_softmax_is_one_hot_for_a_unique_maximum():
    text = TEMPERATURE
    found = verdict("limit[T -> 0](p[j]) = [s[j] == 2] with s = [1, 2, 0]", text)
    assert found.kind == "verified", str(found)
    tied = verdict("limit[T -> 0](p[j]) = 1/2 with s = [2, 2]", text)
    assert tied.kind == "verified", str(tied)
    assert verdict("limit[T -> 0](p[j]) = [s[j] == 2] with s = [2, 2]", text).kind == "refuted"


def test_a_limit_stands_alone_on_a_side():
    with pytest.raises(InputError, match=r"column 25: a limit is claimed by its value; .* '='"):
        verdict(f"limit[t -> oo](tanh(t)) <= 1 {T}")
    with pytest.raises(InputError, match="column 5: a limit stands alone on one side"):
        verdict(f"1 + limit[t -> oo](tanh(t)) = 2 {T}")


def test_a_claim_that_is_built_with_a_limit_is_refused_too():
    model = read_model(MODEL, "model")
    claim = read_claim(f"limit[t -> oo](tanh(t)) = 1 {T}", model)
    with pytest.raises(NotSupportedError, match="a limit is judged in"):
        judge(replace(claim, relation="<="), model)
    with pytest.raises(NotSupportedError, match="a limit"):
        judge(replace(claim, left=1 + claim.left), model)


def test_a_limit_goes_along_something_that_counts():
    with pytest.raises(InputError):
        verdict("limit[u -> oo](2 * t) = 2 * t for t in (-oo, oo), u in (-oo, oo)")


BELL = "data t\ndata u\nconst b = 1 in (0, oo)\nf = t"
ROW = """
data s[C]
const b = 1 in (0, oo)
index j, k: C
p[j] = exp(b*s[j]) / sum[k](exp(b*s[k]))
"""
ROWS = """
data s[N, C]
const b = 1 in (0, oo)
index i: N
index j, k, l: C
p[i, j] = exp(b*s[i, j]) / sum[k](exp(b*s[i, k]))
"""
MOST = "[s[i, j] == max[k](s[i, k])]"


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        (BELL, "limit[b -> oo](exp(-b*(t - 2.5)**2)) = 0"),
        (BELL, "limit[b -> oo](exp(-b*(t - 1/3)**2)) = 0"),
        (BELL, "limit[b -> oo](exp(-b*(t**2 - 2)**2)) = 0"),
        (BELL, "limit[b -> oo](exp(-b*(t - 2*u - 1/7)**2)) = 0"),
        (BELL, "limit[b -> oo](1/(1 + b*(t - 5)**2)) = 0"),
        (BELL, "limit[b -> oo](exp(b*t)/(exp(b*t) + exp(b*u))) = [t > u]"),
        (ROW, "limit[b -> oo](max[j](p[j])) = 1"),
        (ROWS, f"limit[b -> oo](p[i, j]) = {MOST}"),
    ],
)
def test_a_limit_that_is_another_one_at_a_tie_or_a_zero_is_refuted_there(text, claim):
    found = verdict(claim, text)
    assert found.kind == "refuted"
    assert found.counterexample is not None


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        (BELL, "limit[b -> oo](exp(-b*(t**2 - 2)**2)) = [t**2 == 2]"),
        (BELL, "limit[b -> oo](exp(-b*(t - 2.5)**2)) = 0 if t != 5/2"),
        (ROW, "limit[b -> oo](max[j](p[j])) = 1/sum[j]([s[j] == max[k](s[k])])"),
        (ROWS, f"limit[b -> oo](p[i, j]) = {MOST}/sum[l]([s[i, l] == max[k](s[i, k])])"),
    ],
)
def test_a_limit_that_holds_at_ties_and_zeros_is_not(text, claim):
    assert verdict(claim, text).kind == "verified"
