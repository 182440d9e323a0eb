"""Claims that fail at numbers that are no fractions alone: kinks, ties, sides that touch."""

from __future__ import annotations

import pytest

from symderive.notation.sym import read_claim, read_model
from symderive.verify.claims import judge

MODEL = read_model("param t\nparam a\nloss = abs(t**2 - 2) + a", "m")

FALSE = {
    "(t**2 - 2)**2 > 0": "t = 1.4142135623730951",
    "t**4 - 4*t**2 + 4 > 0": "t = 1.4142135623730951",
    "(t**2 - 2)**2 + (t - a)**2 > 0": "a = 1.4142135623730951",
    "abs(t**2 - 2) > 0": "t = 1.4142135623730951",
    "sin(t) < 1": "t = 1.5707963267948966",
    "sin(t)*sin(a) < 1": "1.5707963267948966",
    "sin(t) + cos(t) < sqrt(2)": "t = 0.7853981633974483",
    "t**2 + 2 > 2*sqrt(2)*t": "t = 1.4142135623730951",
    "sign(t**2 - 2)**2 = 1": "t = 1.4142135623730951",
    "where(exp(t) == 2, 1, 0) = 0": "t = 0.6931471805599453",
    "dloss/dt = where(t**2 == 2, 100, 2*t*sign(t**2 - 2))": "left, right = 0, 100",
}

TRUE = [
    "(t**2 - 2)**2 >= 0",
    "(t**2 - 2)**2 + 10**-300 > 0",
    "sin(t) <= 1",
    "sin(t) + cos(t) <= sqrt(2)",
    "sin(t) + cos(t) < sqrt(2) + 10**-300",
    "sign(t**2 - 2)**2 = 1 if t**2 != 2",
    "abs(t) <= sqrt(2) if t**2 <= 2",
    "dloss/dt = 2*t*sign(t**2 - 2)",
    "exp(-(t - a)**2) + (t**2 - 2)**2 > 0",
]


@pytest.mark.untraced
@pytest.mark.parametrize("claim", FALSE)
def test_a_claim_that_fails_at_no_fraction_is_refuted(claim):
    verdict = judge(read_claim(claim, MODEL), MODEL)
    assert verdict.kind == "refuted"
    assert "2000 digits" in verdict.how
    assert FALSE[claim] in verdict.counterexample.text


@pytest.mark.parametrize("claim", TRUE)
def test_a_claim_that_is_true_there_is_not(claim):
    assert judge(read_claim(claim, MODEL), MODEL).kind in ("proved", "verified")


@pytest.mark.parametrize("claim", ["(t**2 - 2)**2 >= 1e-30", "abs(t**2 - 2) >= 1e-20"])
def test_what_fails_near_such_a_number_fails_at_a_fraction(claim):
    verdict = judge(read_claim(claim, MODEL), MODEL)
    assert verdict.kind == "refuted"
    assert "digits" not in verdict.how
    scope = {}
    exec(verdict.counterexample.text.splitlines()[0].replace("/", " / "), scope)  # noqa: S102
    assert abs(scope["t"] ** 2 - 2) < 1e-15


def test_another_subgradient_at_such_a_kink_is_told():
    claim = read_claim("dloss/dt = where(t**2 >= 2, 2*t, -2*t)", MODEL)
    assert judge(claim, MODEL).kind == "other subgradient"


def test_ends_that_are_no_fractions_and_positions_that_do_not_exist_are_no_harm():
    ends = read_model("data t in [0, pi]\nf = abs(t**2 - 2)", "m")
    assert judge(read_claim("f > 0", ends), ends).kind == "refuted"
    given = "data x[N]\nindex i, j: N\nb = argmax[i if x[i] > 0](x[i])"
    some = read_model(f"{given}\nf[j] = x[j] - x[b]", "m")
    assert judge(read_claim("(x[b]**2 - 2)**2 > 0", some), some).kind == "refuted"
    assert judge(read_claim("f[j] <= 0", some), some).kind == "verified"


NORMAL = """
data x[N]
param mu
const v = 1 in (0, oo)
index i: N
L[i] = -log(exp(-(x[i] - mu)**2/(2*v))/sqrt(2*pi*v))
"""


def test_sides_of_arrays_that_are_equal_at_a_tie_refute_a_strict_inequality():
    model = read_model(NORMAL, "normal")
    found = judge(read_claim("L[i] > log(2*pi*v)/2", model), model)
    assert found.kind == "refuted"
    assert found.corrected == "L[i] >= log(2*pi*v)/2"
    below = read_claim("L[i] > log(2*pi*v)/2 - exp(-100)", model)
    assert judge(below, model).kind == "verified"
