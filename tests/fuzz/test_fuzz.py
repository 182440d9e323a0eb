"""A short run of the fuzzing, the same each time, and its checkers with planted faults."""

from __future__ import annotations

import numpy as np
import pytest

from symderive.codegen import load_module
from symderive.notation.sym import read_model
from tests.fuzz import journey, texts
from tests.fuzz.campaign import KINDS, Tally, load, run, save
from tests.fuzz.journey import FoundError, travel
from tests.fuzz.models import EVERY, random_model
from tests.fuzz.report import page


def said(kind, first, count):
    lines = []
    tally = Tally()
    run(kind, first, tally, seconds=600, count=count, say=lines.append)
    assert tally.count == count
    return lines


@pytest.mark.untraced
@pytest.mark.parametrize("first", range(0, 40, 8))
def test_random_models_come_through(first):
    assert said("models", first, 8) == []


#: Of the larger ones each once did not compile.
@pytest.mark.untraced
@pytest.mark.parametrize("seed", [1, 2, 560000016, 560000068, 560000391, 560000430])
def test_random_models_come_through_loops(seed):
    assert travel(random_model(seed)[0], seed, ("fast",), "numba").compared > 0


@pytest.mark.untraced
@pytest.mark.parametrize("first", range(0, 240, 60))
def test_mutated_texts_come_through(first):
    assert said("texts", first, 60) == []


def test_the_median_model_has_at_least_four_equations():
    counts = sorted(len(random_model(seed)[0].equations) for seed in range(60))
    assert counts[len(counts) // 2] >= 4


def test_a_seed_gives_the_same_model_and_the_same_text():
    assert random_model(7)[0] == random_model(7)[0]
    assert texts.mutated(7) == texts.mutated(7)


def test_only_what_is_listed_is_counted():
    assert set().union(*(random_model(seed)[1] for seed in range(60))) <= set(EVERY)


# --- planted faults -------------------------------------------------------------------------------

MODEL = "data x[N]\nparam w[N]\nL = sum[i](w[i]**2 * x[i])\n"


def altered(monkeypatch, old, new):
    def load_altered(source, name):
        assert old in source
        return load_module(source.replace(old, new), name)

    monkeypatch.setattr(journey, "load_module", load_altered)


ASKED, GIVEN = "wrt = _asked(wrt)", "gradient = grads[name]"
FAULTS = {
    "a factor": (GIVEN, "gradient = 1.5 * grads[name]", "another value or gradient"),
    "a changed input": (ASKED, f"{ASKED}; x[...] += 1", "input array is changed|value gives"),
    "nan": (GIVEN, "gradient = np.nan * grads[name]", "another value or gradient"),
    "a shape": (GIVEN, "gradient = grads[name][None]", "another shape"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_planted_fault_in_generated_code_is_found(case, monkeypatch):
    old, new, message = FAULTS[case]
    model = read_model(MODEL, "planted")
    assert travel(model, 1).compared == 2
    altered(monkeypatch, old, new)
    with pytest.raises(FoundError, match=message):
        travel(model, 1)


def test_a_model_that_prints_as_another_is_found(monkeypatch):
    monkeypatch.setattr(journey, "model_text", lambda _: MODEL.replace("**2", "**3"))
    with pytest.raises(FoundError, match="printed and read back"):
        travel(read_model(MODEL, "planted"), 1)


LEAKS = {
    "a file that is read": (texts._latex, r"\input{x}"),
    "a comment": (texts._latex, "a % b"),
    "a brace": (texts._latex, "a_{b"),
    "HTML": (texts._markdown, "<script>"),
    "a module": (texts._python, "import os"),
    "a name": (texts._python, "def f():\n    return secret"),
    "an attribute": (texts._python, "().__class__"),
    "an escape": (lambda text: texts._plain(text, "it"), "\x1b[31m"),
}


@pytest.mark.parametrize("case", LEAKS)
def test_text_that_leaks_is_found(case):
    check, text = LEAKS[case]
    with pytest.raises(FoundError):
        check(text)


@pytest.mark.parametrize("code", ["eval('1')", "exec('a = 1')", "__import__('os').system('true')"])
def test_what_runs_is_found(code, monkeypatch):
    monkeypatch.setattr(texts, "_visit", lambda text, sources: eval(code))  # noqa: S307
    with pytest.raises(FoundError, match="something ran"):
        texts.visit("")


def test_what_does_not_end_is_found(monkeypatch):
    def endless(seed, _):
        while True:
            seed += 1

    monkeypatch.setattr("tests.fuzz.campaign.PATIENCE", 0.05)
    monkeypatch.setitem(KINDS, "models", endless)
    assert said("models", 3, 1) == ["models 3: hung"]


def test_a_failure_is_counted_and_said_and_the_run_goes_on(monkeypatch):
    def fails(seed, _):
        raise ZeroDivisionError(seed)

    monkeypatch.setitem(KINDS, "models", fails)
    lines = said("models", 3, 2)
    assert [line.split(":")[0] for line in lines] == [
        "models 3",
        "models 3",
        "models 4",
        "models 4",
    ]


def test_tallies_are_kept_and_reported(tmp_path):
    tally = Tally()
    run("models", 5, tally, seconds=600, count=3, say=pytest.fail)
    save(tmp_path / "tally.json", {"models": tally})
    again = load(tmp_path / "tally.json")
    assert again == {"models": tally}
    shown = page(again)
    assert "## Models: 3" in shown
    assert "Seeds 5-7;" in shown


def test_extended_precision_tells_rounding_from_a_fault():
    rough = read_model("data x\nL = (x + 1e9) - x - 1e9 + x * 1e-9\n", "rough")
    assert travel(rough, 3).compared + travel(rough, 3).close == 2
    assert np.finfo(np.longdouble).eps < np.finfo(float).eps
