"""What is said where: results to standard output, messages and progress to standard error."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from time import perf_counter
from typing import Protocol, TextIO

import click

from symderive.errors import InputError


def prepare_streams() -> None:
    """UTF-8 wherever output goes, and on an old terminal a substitute for what it cannot show.

    Messages go nowhere where standard error is closed. Raises :class:`InputError` where standard
    output is.
    """
    if _is_closed("stderr"):
        sys.stderr = io.StringIO()
    if _is_closed("stdout"):
        raise InputError("standard output is closed; expected it open, or > /dev/null")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8", errors="strict")


def _is_closed(name: str) -> bool:
    return getattr(sys, name) is None


def on_terminal(stream: TextIO) -> bool:
    """Whether a person reads ``stream``: only then there are colours and bars."""
    return stream.isatty()


def in_colour(stream: TextIO) -> bool:
    """Whether ``stream`` gets colours: a terminal, unless NO_COLOR is set."""
    return on_terminal(stream) and not os.environ.get("NO_COLOR")


def say(message: str) -> None:
    """A message."""
    click.echo(message, err=True)


def say_error(message: str) -> None:
    """The one message of a failure."""
    word = click.style("error:", fg="red", bold=True) if in_colour(sys.stderr) else "error:"
    with suppress(OSError):  # nobody is left to hear it
        click.echo(f"{word} {message}", err=True)


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Sequence[int] = (),
    bad: Sequence[int] = (),
    stream: TextIO | None = None,
) -> None:
    """A table: drawn by rich on a terminal, aligned text elsewhere.

    ``right`` are the columns of numbers, ``bad`` the rows to be noticed.
    """
    out = stream or sys.stdout
    cells = [tuple(row) for row in rows]
    if on_terminal(out):
        _rich_table(columns, cells, right, bad, out)
    else:
        click.echo(plain_table(columns, cells, right), file=out)


class GrowingTable:
    """A table that is written some rows at a time, as soon as they are there.

    ``words`` are, by column, what rows to come will say: the first rows are as wide already. What
    nobody foresaw may stand out of its column.
    """

    def __init__(
        self,
        columns: Sequence[str],
        words: Mapping[int, Sequence[str]],
        *,
        right: Sequence[int] = (),
        stream: TextIO | None = None,
    ) -> None:
        self.columns, self.right, self.stream = columns, right, stream
        self.widths = [
            max(map(len, (column, *words.get(n, ())))) for n, column in enumerate(columns)
        ]
        self.begun = False

    def add(self, rows: Sequence[Sequence[str]], bad: Sequence[int] = ()) -> None:
        """Write ``rows``, below the heads of the columns if they are the first; flushed."""
        out = self.stream or sys.stdout
        heads = [] if self.begun else [tuple(self.columns)]
        self.widths = _widths([self.widths, *([len(cell) for cell in row] for row in rows)])
        if on_terminal(out):
            _rich_table(
                self.columns, rows, self.right, bad, out, widths=self.widths, head=not self.begun
            )
        else:
            click.echo(_aligned([*heads, *rows], self.widths, self.right), file=out)
        out.flush()
        self.begun = True


def plain_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()
) -> str:
    """Columns aligned by blanks, without any at the ends of lines.

    >>> print(plain_table(["model", "n"], [["hinge", "7"], ["relu", "12"]], right=[1]))
    model   n
    hinge   7
    relu   12
    """
    lines = [tuple(columns), *rows]
    return _aligned(lines, _widths([[len(cell) for cell in line] for line in lines]), right)


def _widths(lengths: Sequence[Sequence[int]]) -> list[int]:
    """The largest of each column."""
    return [max(column) for column in zip(*lengths, strict=True)]


def _aligned(
    lines: Iterable[Sequence[str]], widths: Sequence[int], right: Sequence[int] = ()
) -> str:
    def aligned(line: Sequence[str]) -> str:
        padded = (
            cell.rjust(width) if n in right else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        return "  ".join(padded).rstrip()

    return "\n".join(map(aligned, lines))


def _rich_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Sequence[int],
    bad: Sequence[int],
    out: TextIO,
    *,
    widths: Sequence[int] | None = None,
    head: bool = True,
) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=head)
    for place, column in enumerate(columns):
        least = widths[place] if widths else None
        drawn.add_column(column, justify="right" if place in right else "left", min_width=least)
    for place, row in enumerate(rows):
        drawn.add_row(*map(Text, row), style="bold red" if place in bad else "")
    Console(file=out, highlight=False).print(drawn)


class Progress(Protocol):
    """What a command tells while it works; ``what`` is under way."""

    what: str

    def start(self, what: str) -> None:
        """``what`` begins; what was under way before it is done."""


class _Bar:
    """A bar on a terminal."""

    def __init__(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as RichProgress

        self.bar = RichProgress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(file=sys.stderr),
            transient=True,
            # What goes elsewhere than to this terminal is no business of the bar.
            redirect_stdout=on_terminal(sys.stdout),
        )
        self.task = self.bar.add_task("", total=total)
        self.begun = 0
        self.what = ""

    def start(self, what: str) -> None:
        self.what = what
        self.bar.update(self.task, description=what, completed=self.begun)
        self.begun += 1


class _Lines:
    """A line for each step, where there is no terminal; or none at all."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self.what = ""
        self.since = 0.0

    def start(self, what: str) -> None:
        now = perf_counter()
        if self.what and not self.quiet:
            say(f"{self.what}  {now - self.since:.2f} s")
        self.what, self.since = what, now


@contextmanager
def progress(total: int, *, quiet: bool = True) -> Iterator[Progress]:
    """Progress over ``total`` steps on standard error.

    A bar on a terminal; elsewhere a line for each step with its time, or nothing if ``quiet``.
    An exception leaves with a note of what was under way.
    """
    if on_terminal(sys.stderr):
        bar = _Bar(total)
        with bar.bar, _noted(bar):
            yield bar
    else:
        lines = _Lines(quiet=quiet)
        with _noted(lines):
            yield lines
        lines.start("")


@contextmanager
def _noted(telling: Progress) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        error.add_note(telling.what)
        raise
