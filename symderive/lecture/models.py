"""The models of a lecture: of the catalog, of files, written in it; printed in its notation."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from symderive import catalog
from symderive.errors import InputError
from symderive.expr import Index
from symderive.expr import replace as put
from symderive.lecture.reading import Lecture
from symderive.lecture.source import Where, nearest
from symderive.model import Equation, Model
from symderive.notation import check_latex
from symderive.pipeline import parse, resolve


class Models:
    """Finds the models of one lecture, each built once."""

    def __init__(self, lecture: Lecture) -> None:
        self.lecture = lecture
        self.notation = lecture.settings["notation"]
        self._found: dict[str, Model] = {}
        self.empty = parse("claim 0 = 0", "lecture")

    def find(self, name: str, where: Where, key: str = "model") -> Model:
        """The model called ``name`` here: of the lecture, else of the catalog, else a file.

        Raises :class:`InputError` with the place where it is asked for.
        """
        if name not in self._found:
            if name in self.lecture.models:
                values, at = self.lecture.models[name]
                self._found[name] = self._own(name, values, at)
            else:
                try:
                    model = resolve(self._path(name))
                except InputError as error:
                    hint = nearest(name, self.lecture.models)
                    raise where.error(f"{error}{hint}", key) from None
                self._found[name] = self._in_notation(model)
        return self._found[name]

    def _in_notation(self, model: Model) -> Model:
        """``model`` as all of the lecture is printed."""
        try:
            return printed_so(model, self.notation, None)
        except InputError as error:
            raise self.lecture.where.inner("notation", called="notation").error(
                str(error)
            ) from None

    def _path(self, name: str) -> str:
        """A file stands beside the lecture."""
        if name in catalog.names() or ("/" not in name and not name.endswith((".sym", ".tex"))):
            return name
        return str(self.lecture.where.source.folder / name)

    def _own(self, name: str, values: Mapping[str, Any], where: Where) -> Model:
        key = next(key for key in ("catalog", "file", "sym") if values[key] is not None)
        try:
            if key == "catalog":
                model = _built(values["catalog"], values["with"])
            elif key == "file":
                model = resolve(self.lecture.where.source.folder / values["file"])
            else:
                model = parse(values["sym"], name)
        except InputError as error:
            raise where.error(str(error), key) from None
        if values["title"] is not None:
            model = replace(model, title=values["title"])
        return printed_so(self._in_notation(model), values, where)


def _built(name: str, arguments: Mapping[str, Any]) -> Model:
    """A model of the catalog, with arguments for its builder."""
    if name not in catalog.names():
        return catalog.load(name)
    builder = getattr(catalog, name)
    known = inspect.signature(builder).parameters
    for key in arguments:
        if key not in known:
            takes = f"; it takes {', '.join(known)}" if known else "; it takes no arguments"
            raise InputError(f"{name} has no argument {key!r}{takes}{nearest(key, known)}")
    try:
        model: Model = builder(**arguments)
    except (TypeError, AttributeError) as error:
        raise InputError(f"{name} cannot be built so: {error}") from None
    return model


def printed_so(model: Model, notation: Mapping[str, Any], where: Where | None) -> Model:
    """``model`` with names, hidden indices and letters of a lecture.

    With ``where``, what does not fit the model is an error there; without, it is for other models.
    """
    names = dict(model.notation.latex)
    for name, latex in notation["names"].items():
        if name in model.names:
            try:
                names[name] = check_latex(name, latex)
            except InputError as error:
                if where is None:
                    raise
                raise where.error(str(error), "names") from None
        elif where is not None:
            raise where.error(_no_name(name, model), "names")
    hidden = set(model.notation.hidden)
    for line in notation["hide"]:
        hidden |= _hidden(line, model, where)
    found = replace(model, notation=replace(model.notation, latex=names, hidden=frozenset(hidden)))
    return relettered(found, notation["letters"], where)


def _no_name(name: str, model: Model) -> str:
    return f"{model.name} has no name {name!r}; expected one of {', '.join(model.names)}" + nearest(
        name, model.names
    )


def _hidden(line: str, model: Model, where: Where | None) -> set[tuple[str, str]]:
    letter, on, names = line.partition(" on ")
    letter = letter.strip()
    if not on or not letter.isidentifier():
        message = f"{line!r} cannot be read; expected 'i on s, p'"
        raise InputError(message) if where is None else where.error(message, "hide")
    found = set()
    for name in map(str.strip, names.split(",")):
        if name in model.names:
            found.add((letter, name))
        elif where is not None:
            raise where.error(_no_name(name, model), "hide")
    return found


def relettered(model: Model, letters: Mapping[str, str], where: Where | None) -> Model:
    """``model`` with other index letters: ``{"j": "c"}`` writes c for j, also where j is typed."""
    known = {letter.name for letter in model.notation.letters}
    changes = {old: new for old, new in letters.items() if old in known}
    for old, new in letters.items():
        if old not in known and where is not None:
            raise where.error(
                f"{model.name} has no index {old!r}; expected one of {', '.join(sorted(known))}",
                "letters",
            )
        taken = (known - set(changes)) | set(model.names) | {axis.name for axis in model.axes}
        if old in changes and (not new.isidentifier() or not new.isascii() or new in taken):
            message = f"{new!r} cannot stand for {old!r}; expected a letter that is free"
            raise InputError(message) if where is None else where.error(message, "letters")
    if not changes:
        return model
    if len(set(changes.values())) < len(changes):
        message = "two indices would have one letter; expected a letter for each"
        raise InputError(message) if where is None else where.error(message, "letters")

    def named(name: str) -> str:
        return changes.get(name, name)

    def index(old: Index) -> Index:
        return Index(named(old.name), old.axis)

    table = {
        old: index(old)
        for equation in model.equations
        for old in equation.indices
        if old.name in changes
    }
    notation = model.notation
    return replace(
        model,
        equations=tuple(
            Equation(e.tensor, tuple(map(index, e.indices)), put(e.rhs, table), put(e.where, table))
            for e in model.equations
        ),
        sample=None if model.sample is None else index(model.sample),
        notation=replace(
            notation,
            letters=tuple(map(index, notation.letters)),
            binders={
                put(node, table): tuple(map(named, names))
                for node, names in notation.binders.items()
            },
            hidden=frozenset((named(letter), name) for letter, name in notation.hidden),
            typed={old: named(new) for old, new in notation.typed.items()} | changes,
        ),
    )
