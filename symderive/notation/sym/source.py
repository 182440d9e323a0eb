"""A text with its places: limits, lines, and errors that point at what is wrong."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from symderive.errors import InputError

#: Limits of the language.
MOST_CHARACTERS = 2**20
MOST_IN_LINE = 10_000
DEEPEST = 200

#: What is shown of a long line: this many characters around the place.
_WINDOW = 100

_LINE_END = re.compile(r"\r\n|\r|\n")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]")
_MARK = re.compile(r"[()\[\]{}#\r\n]")
_LATEX_LINE = re.compile(r"[ \t]*name\b[^#\r\n]*")
#: What closes a bracket, and what opens it.
CLOSE = {"(": ")", "[": "]", "{": "}"}
_OPEN = {close: mark for mark, close in CLOSE.items()}


class SourceError(InputError):
    """A text that is not of the language, or that means nothing: what, where, what was expected.

    ``line`` and ``column`` count from 1; ``what`` is the message without place and picture.
    """

    def __init__(
        self, what: str, *, source: str = "", line: int = 0, column: int = 0, picture: str = ""
    ) -> None:
        place = f"{source}: " if source else ""
        super().__init__(
            f"{place}line {line}, column {column}: {what}" + (f"\n{picture}" if picture else "")
        )
        self.what, self.source, self.line, self.column = what, source, line, column
        self.picture = picture


@dataclass(frozen=True)
class Logical:
    """A line of the language: its text, blank where comments and inner line ends were."""

    start: int
    text: str


@dataclass(frozen=True)
class Source:
    """A text and what errors call it."""

    text: str
    name: str = ""

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    def place(self, at: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1."""
        line = bisect_right(self._starts, at)
        return line, at - self._starts[line - 1] + 1

    def error(self, at: int, what: str) -> SourceError:
        """An error at an offset."""
        at = min(at, len(self.text))
        line, column = self.place(at)
        start = self._starts[line - 1]
        end = _LINE_END.search(self.text, start)
        shown = self.text[start : end.start() if end else len(self.text)]
        return SourceError(
            what, source=self.name, line=line, column=column, picture=_picture(shown, column - 1)
        )

    def logical_lines(self) -> Iterator[Logical]:
        """The lines of the language that are not blank; raises :class:`SourceError` for limits.

        A line goes on while a bracket is open. Kinds of brackets are not matched here: ``[0, 1)``
        is an interval.
        """
        self._check_limits()
        start, pieces, kept = 0, [], 0
        open_at: list[int] = []
        at = 0
        while True:
            if not open_at and at == start:
                latex = _LATEX_LINE.match(self.text, at)  # its braces are no brackets
                at = latex.end() if latex else at
            found = _MARK.search(self.text, at)
            mark = found.group() if found else ""
            if found and mark == "#":
                end = _LINE_END.search(self.text, found.start())
                at = end.start() if end else len(self.text)
                pieces += [self.text[kept : found.start()], " " * (at - found.start())]
                kept = at
            elif found and mark in CLOSE:
                open_at.append(found.start())
                if len(open_at) > DEEPEST:
                    raise self.error(
                        found.start(),
                        f"brackets nest deeper than {DEEPEST}; expected at most {DEEPEST},"
                        " give an inner part an equation of its own",
                    )
                at = found.end()
            elif found and mark not in "\r\n":
                if not open_at:
                    raise self.error(
                        found.start(),
                        f"nothing is open here that {mark!r} could close; expected"
                        f" {_OPEN[mark]!r} before it",
                    )
                open_at.pop()
                at = found.end()
            elif found and open_at:
                pieces += [self.text[kept : found.start()], " "]
                at = kept = found.end()
            else:
                end_at = found.start() if found else len(self.text)
                if open_at:
                    mark = self.text[open_at[-1]]
                    raise self.error(
                        open_at[-1], f"{mark!r} is never closed; expected {CLOSE[mark]!r}"
                    )
                pieces.append(self.text[kept:end_at])
                text = "".join(pieces)
                if text.strip():
                    yield Logical(start, text)
                if not found:
                    return
                start = at = kept = found.end()
                pieces = []

    def _check_limits(self) -> None:
        if len(self.text) > MOST_CHARACTERS:
            raise self.error(
                0, f"the text has {len(self.text):,} characters; expected at most 1 MiB"
            )
        for start, after in pairwise([*self._starts, len(self.text) + 1]):
            if after - start > MOST_IN_LINE:
                length = len(self.text[start:after].rstrip("\r\n"))
                if length > MOST_IN_LINE:
                    raise self.error(
                        start + MOST_IN_LINE,
                        f"the line has {length:,} characters; expected at most {MOST_IN_LINE:,}",
                    )
        found = _CONTROL.search(self.text, 0)
        if found:
            raise self.error(
                found.start(),
                f"the control character {_spelled(found.group())} is not of the language;"
                " expected plain text",
            )


def _spelled(character: str) -> str:
    return "NUL" if character == "\0" else f"U+{ord(character):04X}"


def _picture(line: str, at: int) -> str:
    """The line, or what surrounds the place, and a caret below."""
    first = max(0, min(at - _WINDOW // 2, len(line) - _WINDOW)) if len(line) > _WINDOW else 0
    before = ("…" if first else "") + _shown(line[first:at])
    after = _shown(line[at : first + _WINDOW]) + ("…" if first + _WINDOW < len(line) else "")
    return f"  {before}{after}\n  {' ' * _width(before)}^"


def _shown(text: str) -> str:
    """``text`` without characters that a terminal would obey or cannot show."""
    return "".join(c if c.isprintable() else " " if _is_blank(c) else "\ufffd" for c in text)


def _is_blank(character: str) -> bool:
    return character == "\t" or unicodedata.category(character) == "Zs"


def _width(text: str) -> int:
    """Columns of a terminal that ``text`` takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
