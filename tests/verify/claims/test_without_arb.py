"""Without python-flint the verdicts are the same; no verdict depends on the speed of a machine."""

import pytest

from symderive.notation.sym import read_claim, read_model
from symderive.verify.claims import balls, judge
from symderive.verify.claims.effort import Effort
from tests.verify.claims.tables import NOTHING, REAL, SOFTMAX

CLAIMS = [
    (NOTHING, f"log2(1 + exp(-t)) >= [t < 0] {REAL}", "proved"),
    (NOTHING, f"exp(t) >= 1 + t {REAL}", "proved"),
    (NOTHING, f"increasing sigmoid(t) in t {REAL}", "proved"),
    (NOTHING, f"exp(t) = exp(t) + 1e-60 {REAL}", "refuted"),
    (NOTHING, f"tanh(t) < 1 {REAL}", "proved"),
    (NOTHING, f"[7*t == 2] = 0 {REAL}", "refuted"),
    (NOTHING, f"convex sin(t) in t {REAL}", "refuted"),
    (NOTHING, f"limit[t -> oo](erf(t)) = 1 {REAL}", "proved"),
    (SOFTMAX, "dL[i]/ds[i, j] = p[i, j]", "refuted"),
]


def verdict(text, claim):
    model = read_model(text, "model")
    return judge(read_claim(claim, model), model)


@pytest.mark.parametrize(("text", "claim", "kind"), CLAIMS)
def test_verdicts_without_arb(text, claim, kind, monkeypatch):
    monkeypatch.setattr(balls, "has_arb", lambda: False)
    assert verdict(text, claim).kind == kind


@pytest.mark.parametrize("seconds", [0, 100])
def test_a_slow_machine_says_the_same(seconds, monkeypatch):
    fast = verdict(SOFTMAX, "dL[i]/ds[i, j] = p[i, j]")
    clock = iter(range(0, 10**9, seconds or 1))
    monkeypatch.setattr("time.process_time", lambda: next(clock))
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    assert str(verdict(SOFTMAX, "dL[i]/ds[i, j] = p[i, j]")) == str(fast)


def test_what_hangs_is_stopped(monkeypatch):
    effort = Effort(1000)
    assert not effort.over
    monkeypatch.setattr("time.monotonic", lambda: float("inf"))
    assert effort.over
