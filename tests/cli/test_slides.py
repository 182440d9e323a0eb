"""``slides``: files whole or not at all, messages, exit codes."""

from __future__ import annotations

import shutil

import pytest

LECTURE = 'title = "A"\n[[slide]]\nkind = "derivation"\nmodel = "relu"\n'


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text(LECTURE, encoding="utf-8")
    return path


@pytest.mark.latex
def test_a_deck_and_its_source(cli, source, tmp_path):
    ran = cli("slides", source, "-o", tmp_path / "deck.pdf")
    assert ran.code == 0
    assert (tmp_path / "deck.pdf").read_bytes().startswith(b"%PDF-")
    assert r"\begin{frame}" in (tmp_path / "deck.tex").read_text(encoding="utf-8")
    assert "1 slide on 1 frame" in ran.err


def test_the_source_alone(cli, source, tmp_path):
    ran = cli("slides", source, "-o", tmp_path / "deck.tex")
    assert ran.code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"a.toml", "deck.tex"}


def test_without_pdflatex(cli, source, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    ran = cli("slides", source, "-o", tmp_path / "deck.pdf")
    assert ran.code == 2
    assert "pdflatex was not found" in ran.err
    assert "deck.tex was written" in ran.err
    assert {path.name for path in tmp_path.iterdir()} == {"a.toml", "deck.tex"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LECTURE.replace("relu", "reluu"), "line 4: slide 1 (derivation): model: 'reluu'"),
        (LECTURE + "x = ", "this is no TOML"),
        (LECTURE + "wert = 'w'", "wert: there is no such key; did you mean wrt?"),
    ],
)
def test_a_lecture_that_is_wrong_writes_nothing(cli, source, tmp_path, text, said):
    source.write_text(text, encoding="utf-8")
    ran = cli("slides", source, "-o", tmp_path / "deck.pdf")
    assert ran.code == 2
    assert said in ran.err
    assert ran.err.count("error:") == 1
    assert {path.name for path in tmp_path.iterdir()} == {"a.toml"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("week6",), "there is no lecture 'week6'; did you mean week5?"),
        (("none.toml",), "cannot read none.toml"),
        (("week5", "-o", "deck.ps"), "expected a name that ends in .pdf or .tex"),
        (("week5", "-o", "nowhere/deck.pdf"), "there is no folder"),
    ],
)
def test_what_cannot_be_made(cli, arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = cli("slides", *arguments)
    assert ran.code == 2
    assert said in ran.err
    assert list(tmp_path.iterdir()) == []
