"""``verify``: a table of evidence, and exit code 3 if a check of ours fails."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

import pytest

from symderive import catalog, pipeline
from symderive.cli.console import GrowingTable
from symderive.verify import Evidence, evidence


@dataclass(frozen=True)
class Fake(Evidence):
    """Evidence without the work."""

    check: str = "gradient"
    how: str = "central differences"
    points: int = 12
    worst: float = 3.2e-15
    passed: bool = True
    fault: str = ""


def each_once(monkeypatch, *found):
    """Every model has the evidence ``found``."""
    monkeypatch.setattr(
        pipeline, "evidence_of_each", lambda models, _target: (found for _ in models)
    )


@pytest.mark.untraced
def test_several_models_have_the_evidence_of_each():
    models = [catalog.load(name) for name in ("relu", "tanh")]
    apart = [pipeline.evidence(model) for model in models]
    assert list(pipeline.evidence_of_each(models)) == apart


@pytest.mark.untraced
def test_every_check_of_a_model_is_a_row(cli):
    ran = cli("verify", "hinge")
    rows = ran.out.splitlines()
    assert ran.code == 0
    assert rows[0].split()[:3] == ["model", "check", "how"]
    assert len(rows) == len(pipeline.evidence("hinge")) + 1
    assert all(row.endswith("passed") for row in rows[1:])
    assert f"all {len(rows) - 1} checks passed" in ran.err


def test_loops_for_numba_are_checked_on_request(cli):
    pytest.importorskip("numba", reason="numba is an extra")
    rows = cli("verify", "relu", "--target", "numba").out.splitlines()
    assert sum("code, numba" in row for row in rows) == 2
    assert all(row.endswith("passed") for row in rows[1:])


def test_without_numba_the_error_says_so(cli, monkeypatch):
    monkeypatch.setattr(evidence, "find_spec", lambda _name: None)
    ran = cli("verify", "relu", "--target", "numba")
    assert ran.code == 2
    assert "installed" in ran.err


def test_all_is_the_catalog(cli, monkeypatch, small_catalog):
    each_once(monkeypatch, Fake())
    rows = cli("verify", "--all").out.splitlines()[1:]
    assert [row.split()[0] for row in rows] == list(small_catalog)
    assert "3.2e-15" in rows[0]


def test_a_failed_check_is_our_fault_and_the_table_says_which(cli, monkeypatch):
    each_once(monkeypatch, Fake(), Fake(passed=False, fault="a sign"))
    ran = cli("verify", "hinge")
    assert ran.code == 3
    assert [row.split()[-1] for row in ran.out.splitlines()[1:]] == ["passed", "FAILED"]
    assert "hinge, gradient: a sign" in ran.err
    assert "1 of 2 checks failed" in ran.err


def test_a_check_that_compared_nothing_has_neither_passed_nor_found_a_fault(cli, monkeypatch):
    nothing = Fake(points=0, worst=0.0, passed=False)
    each_once(monkeypatch, Fake(), nothing)
    ran = cli("verify", "hinge")
    assert ran.code == 1
    assert ran.out.splitlines()[2].split()[-4:] == ["0", "-", "not", "checked"]
    assert "1 of 2 checks compared nothing" in ran.err
    assert "fault" not in ran.err
    each_once(monkeypatch, nothing, Fake(passed=False))
    ran = cli("verify", "hinge")
    assert ran.code == 3
    assert "1 of 2 checks failed" in ran.err


def test_a_model_without_a_value_anywhere_is_not_called_checked(cli, tmp_path):
    nowhere = tmp_path / "nowhere.sym"
    nowhere.write_text("param a\nloss = log(-1 - a**2)\n")
    ran = cli("verify", nowhere)
    assert ran.code == 1
    assert "not checked" in ran.out
    assert "FAILED" not in ran.out


def test_the_rows_of_a_model_are_written_before_the_next_is_done(cli, monkeypatch, capsys):
    written = []

    def each(models, _target):
        for model in models:
            written.append(capsys.readouterr().out)
            yield (Fake(check=f"check of {model.name}"),)

    monkeypatch.setattr(pipeline, "evidence_of_each", each)
    ran = cli("verify", "relu", "softmax_nll")
    assert written[1].splitlines()[1].split()[:4] == ["relu", "check", "of", "relu"]
    rows = [*written[1].splitlines(), *ran.out.splitlines()]
    assert [row.split()[0] for row in rows] == ["model", "relu", "softmax_nll"]
    assert len({row.index("central" if "central" in row else "how") for row in rows[:2]}) == 1


def test_a_pipe_gets_the_rows_of_a_model_at_once(monkeypatch):
    read, write = os.pipe()
    seen = []
    with os.fdopen(read) as reader, os.fdopen(write, "w") as pipe:
        os.set_blocking(read, False)
        monkeypatch.setattr(sys, "stdout", pipe)
        growing = GrowingTable(("model", "n"), {0: ["softmax_nll"]})
        for row in (("relu", "1"), ("softmax_nll", "2")):
            growing.add([row])
            seen.append(reader.read())
    assert seen == ["model        n\nrelu         1\n", "softmax_nll  2\n"]


@pytest.mark.parametrize("worst", [float("nan"), float("inf"), 0.0])
def test_any_error_can_be_shown(cli, monkeypatch, worst):
    each_once(monkeypatch, Fake(worst=worst))
    assert str(worst)[:3] in cli("verify", "hinge").out
