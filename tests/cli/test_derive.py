"""``derive``: every option says what it does."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("name", ["softmax_nll", "squared_error", "tanh"])
@pytest.mark.parametrize("detail", ["result", "slide", "full"])
def test_every_detail(cli, name, detail):
    ran = cli("derive", name, "--detail", detail)
    assert (ran.code, ran.err) == (0, "")
    assert "∂" in ran.out


def test_the_lectures_result(cli):
    assert "∂L_i/∂w_jk = (p_j - 𝕀(j = y_i)) x_ik" in cli("derive", "softmax_nll").out


def test_the_letters_of_the_goal(cli):
    assert "∂L_i/∂w_mk = ?" in cli("derive", "softmax_nll", "--wrt", "w[m, k]").out


def test_the_equation_to_differentiate(cli):
    assert cli("derive", "softmax_nll", "--of", "s").out.startswith("∂s_")


def test_the_sample_index(cli):
    assert "s_ij = " in cli("derive", "hinge", "--sample-index", "show").out
    assert "s_j = " in cli("derive", "hinge", "--sample-index", "hide").out


def test_merged_is_one_line_without_cases(cli):
    ran = cli("derive", "softmax_nll", "--case", "merged")
    assert "If" not in ran.out
    assert "∂L_i/∂w_jk = (p_j - 𝕀(j = y_i)) x_ik" in ran.out


def test_several_inputs_are_derived_one_after_the_other(cli):
    out = cli("derive", "squared_error", "--wrt", "b", "--wrt", "w").out
    assert 0 <= out.index("∂L_i/∂b = ?") < out.index("∂L_i/∂w_k = ?")


def test_the_update_is_at_the_end(cli):
    last = cli("derive", "squared_error", "--update").out.strip().splitlines()[-2:]
    assert ["w_k - η" in last[0], "b - η" in last[1]] == [True, True]


@pytest.mark.parametrize(
    ("to", "begins"),
    [
        ("latex", "%"),
        ("document", "\\documentclass"),
        ("beamer", "\\documentclass"),
        ("markdown", "#"),
        ("json", "{"),
    ],
)
def test_forms(cli, to, begins):
    ran = cli("derive", "hinge", "--to", to)
    assert ran.code == 0
    assert begins in ran.out.splitlines()[0] or begins in ran.out[:400]


def test_json_is_json(cli):
    assert json.loads(cli("derive", "hinge", "--to", "json").out)["version"] == 1


def test_a_file_has_what_standard_output_would_have(cli, tmp_path):
    path = tmp_path / "hinge.tex"
    ran = cli("derive", "hinge", "--to", "latex", "-o", path)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert path.read_text(encoding="utf-8") == cli("derive", "hinge", "--to", "latex").out


def test_a_place_that_cannot_be_written_is_told_before_deriving(cli, tmp_path, monkeypatch):
    from symderive import pipeline

    monkeypatch.setattr(pipeline, "explain", lambda _: pytest.fail("derived all the same"))
    ran = cli("derive", "hinge", "-o", tmp_path / "none" / "hinge.tex")
    assert ran.code == 2
    assert ran.failed_cleanly
    assert not list(tmp_path.iterdir())


def test_output_depends_on_no_hash_seed():
    code = (
        "import symderive as sd\n"
        "for name in ('softmax_nll', 'hinge', 'binary_logistic', 'two_layer_sigmoid'):\n"
        "    print(sd.derive(name).to_latex(detail='full'))\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "4242")
    }
    assert len(found) == 1
    assert found.pop()


def test_the_file_that_is_read_is_not_written_to(cli, tmp_path):
    model = tmp_path / "own.sym"
    model.write_text("param w\nloss = w**2\n")
    ran = cli("derive", model, "-o", tmp_path / "." / "own.sym")
    assert ran.code == 2
    assert "own.sym is what is read; expected another file to write to" in ran.err
    assert model.read_text() == "param w\nloss = w**2\n"
