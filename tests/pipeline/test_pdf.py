"""LaTeX to PDF: kept in its folder, the same for the same text, one message when it fails."""

from __future__ import annotations

import subprocess

import pytest

from symderive.errors import CheckError, NotSupportedError
from symderive.pipeline import pdf, to_pdf

PAGE = "\\documentclass{article}\\begin{document}%s\\end{document}\n"


@pytest.mark.latex
def test_the_same_text_gives_the_same_pdf(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first, second = to_pdf(PAGE % "A"), to_pdf(PAGE % "A")
    assert first == second
    assert first.startswith(b"%PDF-")
    assert not list(tmp_path.iterdir())


@pytest.mark.latex
def test_the_second_run_knows_what_the_first_wrote():
    known = "A\\label{a}\\makeatletter\\ifx\\r@a\\undefined\\else\\errmessage{known}\\fi"
    with pytest.raises(CheckError, match="known"):
        to_pdf(PAGE % known)


@pytest.mark.latex
def test_a_document_without_pages_is_rejected():
    with pytest.raises(CheckError, match="has no pages"):
        to_pdf(PAGE % "")


@pytest.mark.latex
def test_the_first_complaint_is_told():
    with pytest.raises(CheckError, match=r"pdflatex rejects bad\.tex: Undefined control sequence"):
        to_pdf(PAGE % "\\nonsense", "bad")


@pytest.mark.latex
@pytest.mark.parametrize("name", ["/etc/hostname", "../secret", ".hidden"])
def test_files_elsewhere_are_not_read(name):
    with pytest.raises(CheckError, match=r"not found"):
        to_pdf(PAGE % f"\\input{{{name}}}")


@pytest.mark.latex
def test_no_program_is_run(tmp_path):
    to_pdf(PAGE % f"\\immediate\\write18{{touch {tmp_path}/proof}}A")
    assert not list(tmp_path.iterdir())


def test_without_pdflatex_there_is_one_clear_message(monkeypatch):
    monkeypatch.setattr(pdf.shutil, "which", lambda _: None)
    with pytest.raises(NotSupportedError, match="install TeX Live"):
        to_pdf(PAGE % "A")


def test_a_run_that_does_not_end_is_ended(monkeypatch):
    def hang(*_, **options):
        raise subprocess.TimeoutExpired("pdflatex", options["timeout"])

    monkeypatch.setattr(pdf.shutil, "which", lambda _: "pdflatex")
    monkeypatch.setattr(pdf.subprocess, "run", hang)
    with pytest.raises(CheckError, match=r"did not finish document\.tex within"):
        to_pdf(PAGE % "A")


def test_a_log_without_an_error_line_is_told_by_its_last_line(monkeypatch):
    for log, told in ((b"one\ntwo\n", "two"), (b"", "no log")):
        done = subprocess.CompletedProcess((), 1, stdout=log)
        monkeypatch.setattr(pdf.shutil, "which", lambda _: "pdflatex")
        monkeypatch.setattr(pdf.subprocess, "run", lambda *_, done=done, **__: done)
        with pytest.raises(CheckError, match=rf": {told}$"):
            to_pdf(PAGE % "A")
