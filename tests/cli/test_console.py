"""Colours and bars are for terminals; everything else gets plain text."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys

from symderive.cli import console
from symderive.cli.console import plain_table, prepare_streams, progress, say_error, table

ESCAPE = "\x1b["


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def put_terminal(monkeypatch) -> Terminal:
    """A terminal in the place of standard error."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    return stream


def test_plain_tables_are_aligned_without_blanks_at_the_end():
    lines = plain_table(("a", "b"), [("long", "x"), ("s", "longer")]).splitlines()
    assert lines == ["a     b", "long  x", "s     longer"]


def test_a_table_is_plain_in_a_pipe_and_drawn_on_a_terminal():
    pipe, screen = io.StringIO(), Terminal()
    for stream in (pipe, screen):
        table(("model", "n"), [("hinge", "1"), ("[b]", "22")], right=(1,), bad=(1,), stream=stream)
    assert pipe.getvalue() == "model   n\nhinge   1\n[b]    22\n"
    assert "hinge" in screen.getvalue()
    assert "[b]" in screen.getvalue()
    assert "─" in screen.getvalue()


def test_errors_are_red_on_a_terminal_alone(monkeypatch):
    terminal = put_terminal(monkeypatch)
    say_error("wrong")
    assert ESCAPE in terminal.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "stderr", Terminal())
    say_error("wrong")
    assert sys.stderr.getvalue() == "error: wrong\n"
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    say_error("wrong")
    assert sys.stderr.getvalue() == "error: wrong\n"


def test_progress_is_a_bar_on_a_terminal(monkeypatch):
    terminal = put_terminal(monkeypatch)
    with progress(2) as telling:
        telling.start("first")
        telling.start("second")
    assert "second" in terminal.getvalue()


def test_progress_elsewhere_is_a_line_for_each_step_or_nothing(capsys):
    for quiet in (True, False):
        with progress(2, quiet=quiet) as telling:
            telling.start("first")
            telling.start("second")
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in lines] == ["first", "second"]
    assert all(line.endswith(" s") for line in lines)


def test_an_old_terminal_shows_substitutes(monkeypatch):
    class OldTerminal(io.TextIOWrapper):
        def isatty(self):
            return True

    stream = OldTerminal(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr(sys, "stdout", stream)
    prepare_streams()
    console.click.echo("Σ")
    assert stream.buffer.getvalue() == b"?\n"


def test_a_real_terminal_gets_a_drawn_table():
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "100"}
    environment.pop("NO_COLOR", None)
    command = [sys.executable, "-m", "symderive", "list"]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment):
        os.close(theirs)
        said = b""
        try:
            while chunk := os.read(ours, 4096):
                said += chunk
        except OSError:  # how Linux says that nobody holds the other end any more
            pass
    os.close(ours)
    assert ESCAPE.encode() in said
    assert b"softmax_nll" in said
