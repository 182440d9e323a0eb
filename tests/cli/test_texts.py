"""MODEL as a file of the formula language, or standard input."""

from __future__ import annotations

import io

import pytest

from symderive import catalog
from symderive.notation.sym import read_model

TEXT = """\
data  x[N, D]
param w[D]
s[i] = sum[k](w[k] * x[i, k])
L[i] = softplus(-s[i])
loss = mean[i](L[i])
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "logistic.sym"
    path.write_text(TEXT)
    return path


@pytest.mark.parametrize("form", ["text", "latex", "sym", "sympy"])
def test_a_file_is_shown(cli, file, form):
    ran = cli("show", str(file), "--to", form)
    assert (ran.code, ran.err) == (0, "")
    assert "loss" in ran.out


def test_a_file_is_derived(cli, file):
    ran = cli("derive", str(file))
    assert ran.code == 0
    assert "∂L_i/∂w_" in ran.out


def test_a_module_is_called_after_the_file(cli, file, tmp_path):
    assert cli("generate", str(file), "-o", str(tmp_path / "out")).code == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["logistic.py"]


def test_standard_input(cli, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    assert "∂L_i/∂w_" in cli("derive", "-").out


def test_a_mistake_is_one_message_with_a_picture(cli, file):
    file.write_text(TEXT.replace("softplus", "softpuls"))
    ran = cli("derive", str(file))
    assert (ran.code, ran.failed_cleanly) == (2, True)
    assert f"{file}: line 4, column 8: there is no function 'softpuls'; expected one" in ran.err
    assert "did you mean softplus?\n  L[i] = softpuls(-s[i])\n         ^\n" in ran.err


def test_a_missing_file_is_one_message(cli):
    ran = cli("derive", "missing.sym")
    assert (ran.code, ran.failed_cleanly) == (2, True)
    assert "cannot read missing.sym: No such file or directory" in ran.err


def test_a_model_of_the_catalog_shown_in_the_language_reads_back(cli):
    text = cli("show", "hinge", "--to", "sym").out
    assert read_model(text, "hinge").equations == catalog.load("hinge").equations
