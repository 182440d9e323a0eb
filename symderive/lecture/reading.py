"""From TOML to a lecture: settings, models and slides in their order, every key checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symderive.errors import InputError
from symderive.lecture.kinds import KINDS
from symderive.lecture.source import Field, Source, Where, nearest, read_table

DETAILS = ("result", "slide", "full")
OVERLAYS = ("lines", "blocks", "none")

#: How a model is printed: for all models, or for one.
NOTATION = (
    Field("names", "words", default={}),
    Field("hide", "texts", default=[]),
    Field("letters", "words", default={}),
)
SETTINGS = (
    Field("title", needed=True),
    Field("subtitle", default=""),
    Field("author", default=""),
    Field("date", default=""),
    Field("detail", default="slide", choices=DETAILS),
    Field("overlays", default="lines", choices=OVERLAYS),
    Field("sample_index", default="hide", choices=("hide", "show")),
    Field("evidence", "flag", default=True),
    Field("scalars", "texts", default=[]),
    Field("notation", "table", default={}),
    Field("models", "table", default={}),
    Field("slide", "tables", needed=True),
)
MODEL = (
    Field("catalog"),
    Field("file"),
    Field("sym"),
    Field("with", "table", default={}),
    Field("title"),
    *NOTATION,
)
#: What every slide may say.
COMMON = (
    Field("kind", needed=True),
    Field("title"),
    Field("shows", "texts", default=[]),
    Field("detail", choices=DETAILS),
    Field("overlays", choices=OVERLAYS),
    Field("sample_index", choices=("hide", "show")),
    Field("evidence", "flag"),
    Field("scalars", "texts", default=[]),
)


@dataclass(frozen=True)
class Slide:
    """One slide: its kind, its values, and where it stands."""

    number: int
    kind: str
    values: Mapping[str, Any]
    where: Where

    def __getitem__(self, key: str) -> Any:
        return self.values[key]


@dataclass(frozen=True)
class Lecture:
    """A lecture as it was written, its keys checked; nothing is derived yet."""

    where: Where
    settings: Mapping[str, Any]
    models: Mapping[str, tuple[Mapping[str, Any], Where]]
    slides: tuple[Slide, ...]


def read_lecture(path: Path) -> Lecture:
    """The lecture in a file.

    Raises :class:`InputError`: one message with file, line, key and what was expected.
    """
    return read_source(Source.of_file(path))


def read_source(source: Source) -> Lecture:
    """The lecture that a text describes."""
    where = Where(source)
    settings = read_table(where, source.read(), SETTINGS)
    settings["notation"] = read_table(where.inner("notation"), settings["notation"], NOTATION)
    models = {
        name: _model(where.inner("models", name, called=f"model {name}"), table)
        for name, table in settings["models"].items()
    }
    if not settings["slide"]:
        raise where.error("there is no slide; expected at least one table [[slide]]")
    slides = tuple(
        _slide(where.inner("slide", place, called=f"slide {place + 1}"), place + 1, table, settings)
        for place, table in enumerate(settings["slide"])
    )
    return Lecture(where, settings, models, slides)


def _model(where: Where, table: object) -> tuple[Mapping[str, Any], Where]:
    if not isinstance(table, dict):
        raise where.error("expected a table with one of the keys catalog, file, sym")
    values = read_table(where, table, MODEL)
    given = [key for key in ("catalog", "file", "sym") if values[key] is not None]
    if len(given) != 1:
        which = " and ".join(given) or "nothing"
        verb = "say" if len(given) > 1 else "says"
        raise where.error(f"{which} {verb} what it is; expected one of catalog, file, sym")
    if values["with"] and given != ["catalog"]:
        raise where.error("only a model of the catalog takes arguments", "with")
    return values, where


def _slide(
    where: Where, number: int, table: Mapping[str, Any], settings: Mapping[str, Any]
) -> Slide:
    name = table.get("kind")
    if name is None:
        raise where.error(f"the key 'kind' is missing; expected one of {', '.join(KINDS)}")
    if not isinstance(name, str) or name not in KINDS:
        hint = nearest(str(name), KINDS) or f"; expected one of {', '.join(KINDS)}"
        raise where.error(f"there is no kind {name!r} of slide{hint}", "kind")
    where = where.inner(called=f"slide {number} ({name})")
    values = read_table(where, table, (*COMMON, *KINDS[name].fields))
    for key in ("detail", "overlays", "sample_index", "evidence"):
        if values[key] is None:
            values[key] = settings[key]
    values["scalars"] = [*settings["scalars"], *values["scalars"]]
    return Slide(number, name, values, where)


def shipped(name: str) -> Path:
    """The file of a lecture that comes along with symderive.

    Raises :class:`InputError` for a name that none has.
    """
    known = {path.stem: path for path in Path(__file__).parent.glob("*.toml")}
    if name not in known:
        raise InputError(
            f"there is no lecture {name!r}{nearest(name, known)}; expected a file such as"
            f" ./lecture.toml, or one of {', '.join(sorted(known))}"
        )
    return known[name]
