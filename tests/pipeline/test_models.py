"""What a user names becomes a model: a name, a file, standard input, a text."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

import symderive as sd
from symderive.catalog import hinge, load
from symderive.errors import InputError, NotSupportedError
from symderive.notation.text import model_text
from symderive.pipeline import parse, resolve

TEXT = "data x[N]\nparam w\nloss = mean[i]((w - x[i])**2)\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "spread.sym"
    path.write_text(TEXT)
    return path


def test_a_name_is_one_of_the_catalog():
    assert resolve("hinge").equations == hinge().equations


def test_a_model_is_itself():
    model = hinge()
    assert resolve(model) is model


@pytest.mark.parametrize("form", [str, Path])
def test_a_path_is_a_file(file, form):
    assert resolve(form(file)).name == "spread"
    assert sd.load(form(file)).equations == parse(TEXT).equations


def test_a_file_in_this_folder(file, monkeypatch):
    monkeypatch.chdir(file.parent)
    assert resolve("spread.sym").name == resolve("./spread.sym").name == "spread"
    file.rename("hinged")
    with pytest.raises(InputError, match=r"hinged is not in the catalog; expected \./hinged"):
        resolve("hinged")
    assert resolve("./hinged").name == "hinged"


def test_a_file_in_this_folder_by_its_stem(file, monkeypatch):
    monkeypatch.chdir(file.parent)
    with pytest.raises(InputError, match=r"^spread is not in .*; expected \./spread\.sym for the"):
        resolve("spread")


def test_a_folder_is_no_model(tmp_path, monkeypatch):
    (tmp_path / "models").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"it is a folder; expected .* such as models/model\.sym"):
        resolve("models")


def test_files_beside_hide_no_name_of_the_catalog(tmp_path, monkeypatch):
    (tmp_path / "b3_tanh.sym").touch()
    (tmp_path / "hinge").mkdir()
    monkeypatch.chdir(tmp_path)
    assert resolve("hinge").name == "hinge"
    assert resolve("b3_tanh").name == "b3_tanh"


@pytest.mark.parametrize("text", ["models/huber.sym", "huber.sym\n", "./my models/a.sym"])
def test_a_path_is_no_text(text):
    with pytest.raises(InputError, match=r"is a path, .* expected sd\.load\('.*\.sym'\)"):
        parse(text)


def test_standard_input_is_a_dash(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    assert resolve("-").equations == parse(TEXT).equations


def test_errors_on_standard_input_say_where(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"L = q")))
    with pytest.raises(InputError, match=r"^standard input: line 1, column 5: nothing above is"):
        resolve("-")


@pytest.mark.parametrize(
    ("what", "error", "message"),
    [
        ("hing", InputError, "did you mean hinge"),
        ("missing.sym", InputError, "cannot read missing.sym: No such file or directory"),
        ("model.tex", NotSupportedError, "written as LaTeX are not supported yet; expected"),
        (3, InputError, "a model or the name of one was expected, not int"),
    ],
)
def test_what_is_no_model(what, error, message):
    with pytest.raises(error, match=message):
        resolve(what)


def test_a_text_is_read_and_never_run():
    assert sd.parse(TEXT, "spread").name == "spread"
    with pytest.raises(InputError, match="the text of a model was expected, not bytes"):
        sd.parse(TEXT.encode())
    with pytest.raises(InputError, match="line 1, column 1: a name starts with a letter"):
        sd.parse("__import__('os').system('touch /tmp/never')")


def test_a_model_from_a_text_goes_all_the_way(file):
    assert "x_i" in sd.derive(str(file)).typeset()
    assert sd.compile(sd.load(file)).value([1.0, 3.0], 2.0) == 1.0
    assert parse(model_text(sd.load(file))).equations == parse(TEXT).equations


@pytest.mark.parametrize("name", ["hinge", "softmax_nll"])
def test_a_model_of_the_catalog_as_text_derives_to_the_same(name):
    model = parse(model_text(load(name)), name)
    assert str(sd.derive(model).result) == str(sd.derive(name).result)


@pytest.mark.parametrize("name", ["a" * 5000, "a\0b", "a\nb", ""])
def test_what_no_file_can_be_called_is_not_in_the_catalog(name):
    with pytest.raises(InputError, match="is not in the catalog"):
        resolve(name)
