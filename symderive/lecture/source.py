"""A lecture's TOML as it was written: tables with the place they stand at, and what may be in them.

What is wrong gives one message: the file, the slide, the line, the key, and what was expected.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from symderive.errors import InputError
from symderive.typeset.escape import unsettable

#: A lecture that is longer is none.
MOST_CHARACTERS = 1 << 20

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+|\"[^\"]*\")\s*[=.]")


@dataclass(frozen=True)
class Source:
    """The text of a lecture and what it is called in messages."""

    text: str
    name: str
    folder: Path

    @classmethod
    def of_file(cls, path: Path) -> Source:
        """The text in a file.

        Raises :class:`InputError` if it cannot be read.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            reason = error.strerror or str(error)
            raise InputError(f"cannot read {path}: {reason}; expected a lecture (TOML)") from None
        if len(data) > MOST_CHARACTERS:
            raise InputError(f"{path} is longer than 1 MiB; expected a lecture (TOML)")
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InputError(f"{path}: byte {error.start} is not UTF-8; expected UTF-8") from None
        return cls(text.replace("\r\n", "\n"), str(path), path.parent)

    def read(self) -> dict[str, Any]:
        """What the TOML says.

        Raises :class:`InputError` for what is no TOML, with line and column.
        """
        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            what = str(error)
            raise InputError(
                f"{self.name}: this is no TOML: {what[:1].lower()}{what[1:]}"
            ) from None

    def line(self, path: Sequence[str | int], key: str = "") -> int | None:
        """The line where ``key`` of the table at ``path`` stands, or the table itself."""
        wanted = tuple(path)
        found = None
        for number, here, name in self._entries():
            if here[: len(wanted)] != wanted:
                continue
            if found is None and (not name or here == wanted):
                found = number
            if key and ((here == wanted and name == key) or here[len(wanted) :][:1] == (key,)):
                return number
        if found is None and wanted:  # a table within a line
            return self.line(wanted[:-1], str(wanted[-1]))
        return found

    def _entries(self) -> Iterator[tuple[int, tuple[str | int, ...], str]]:
        """Line, table and key of every header (whose key is empty) and every key."""
        here: tuple[str | int, ...] = ()
        counts: dict[str, int] = {}
        inside = ""
        for number, line in enumerate(self.text.splitlines(), 1):
            was_inside = inside
            for mark in ('"""', "'''"):
                if inside in ("", mark) and line.count(mark) % 2:
                    inside = "" if inside else mark
            if was_inside:
                continue
            header = _HEADER.match(line)
            if header:
                parts = tuple(part.strip().strip('"') for part in header[2].split("."))
                if header[1] == "[[":
                    counts[header[2]] = counts.get(header[2], -1) + 1
                    here = (*parts, counts[header[2]])
                elif parts[0] in counts:
                    here = (parts[0], counts[parts[0]], *parts[1:])
                else:
                    here = parts
                yield number, here, ""
            elif key := _KEY.match(line):
                yield number, here, key[1].strip('"')


@dataclass(frozen=True)
class Where:
    """A table of a lecture: where it stands, and what it is called in messages."""

    source: Source
    path: tuple[str | int, ...] = ()
    called: str = ""

    def error(self, message: str, key: str = "") -> InputError:
        """What is wrong with this table, or with a key in it."""
        line = self.source.line(self.path, key)
        at = self.source.name + (f", line {line}" if line else "")
        inside = f" {self.called}:" if self.called else ""
        about = f" {key}:" if key else ""
        return InputError(f"{at}:{inside}{about} {message}")

    def inner(self, *path: str | int, called: str = "") -> Where:
        """A table in this one."""
        return Where(self.source, (*self.path, *path), called or self.called)


def nearest(name: str, known: Iterable[str]) -> str:
    """The name that was meant, in words, if one is near."""
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _numbers(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_number, value))


def _rows(value: object) -> bool:
    return _numbers(value) or (isinstance(value, list) and all(map(_numbers, value)))


#: What a value can be: how to tell, and what is said if it is something else.
_TYPES: dict[str, tuple[Any, str]] = {
    "text": (lambda value: isinstance(value, str), "a text"),
    "texts": (
        lambda value: (
            isinstance(value, str)
            or (isinstance(value, list) and all(isinstance(part, str) for part in value))
        ),
        "a text or a list of texts",
    ),
    "flag": (lambda value: isinstance(value, bool), "true or false"),
    "count": (
        lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 1,
        "a whole number, 1 or more",
    ),
    "share": (
        lambda value: (
            isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1
        ),
        "a number above 0 and up to 1",
    ),
    "words": (
        lambda value: (
            isinstance(value, dict) and all(isinstance(part, str) for part in value.values())
        ),
        "a table of texts",
    ),
    "table": (lambda value: isinstance(value, dict), "a table"),
    "pair": (lambda value: _numbers(value) and len(value) == 2, "two numbers, [LOW, HIGH]"),
    "row": (lambda value: _numbers(value) and len(value) > 0, "numbers, such as [1, 100]"),
    "numbers": (
        lambda value: (
            isinstance(value, dict) and all(_is_number(v) or _rows(v) for v in value.values())
        ),
        "a table of numbers or lists of numbers",
    ),
    "counts": (
        lambda value: (
            isinstance(value, dict) and all(isinstance(part, int) for part in value.values())
        ),
        "a table of sizes, such as { C = 4 }",
    ),
    "tables": (
        lambda value: isinstance(value, list) and all(isinstance(part, dict) for part in value),
        "tables",
    ),
}


@dataclass(frozen=True)
class Field:
    """A key of a table: what its value is, and what it is if nothing is said."""

    name: str
    type: str = "text"
    default: Any = None
    choices: tuple[str, ...] = ()
    needed: bool = False


#: Keys whose text is read, and never set.
_READ = frozenset({"file", "picture", "sym"})


def read_table(where: Where, table: Mapping[str, Any], fields: Iterable[Field]) -> dict[str, Any]:
    """The values of ``table``, complete.

    Raises :class:`InputError` for a key that is unknown, missing, or has another kind of value.
    """
    known = {field.name: field for field in fields}
    for key in table:
        if key not in known:
            hint = nearest(key, known) or f"; expected one of {', '.join(known)}"
            raise where.error(f"there is no such key{hint}", key)
    values: dict[str, Any] = {}
    for field in known.values():
        if field.name not in table:
            if field.needed:
                raise where.error(f"the key {field.name!r} is missing; {_expected(field)}")
            values[field.name] = field.default
            continue
        value = table[field.name]
        fits, words = _TYPES[field.type]
        if not fits(value):
            raise where.error(f"{_shown(value)} does not fit; expected {words}", field.name)
        if field.choices and value not in field.choices:
            raise where.error(
                f"{value!r} is unknown; {_expected(field)}{nearest(value, field.choices)}",
                field.name,
            )
        if field.type == "texts":
            value = [value] if isinstance(value, str) else list(value)
        strange = "".join(map(unsettable, value if field.type == "texts" else [str(value)]))
        if field.type in ("text", "texts") and field.name not in _READ and strange:
            raise where.error(f"LaTeX has no {strange[0]!r} here; expected other words", field.name)
        values[field.name] = value
    return values


def _expected(field: Field) -> str:
    if field.choices:
        return f"expected one of {', '.join(field.choices)}"
    return f"expected {_TYPES[field.type][1]}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) < 40 else f"{text[:36]} .."
