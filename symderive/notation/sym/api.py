"""What others call: a text, a file or a single expression of the formula language, read."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.errors import InputError
from symderive.expr import Index
from symderive.expr import replace as substituted
from symderive.model import Claim, Model
from symderive.model.build import close_all
from symderive.notation.sym.claims import read_claim_line
from symderive.notation.sym.expressions import read
from symderive.notation.sym.lines import Lines
from symderive.notation.sym.names import Names
from symderive.notation.sym.parser import Start, parse
from symderive.notation.sym.reader import Letter, Reader, Want
from symderive.notation.sym.source import MOST_CHARACTERS, Source, SourceError

_BOM = "\ufeff"
_MARKS = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
#: What SymPy needs to ask about an expression that nests as deep as the language allows.
_FRAMES = 20_000


def read_model(text: str, name: str, source: str = "", *, where: str = "") -> Model:
    r"""The model that ``text`` describes.

    ``name`` is what the model is called, ``source`` where its formulas come from (a paper, a
    lecture), ``where`` what errors call the text (a path; ``name`` if not given).

    Raises :class:`SourceError` with line and column.

    >>> print(read_model("data x[N]\nparam w\nloss = mean[i]((w - x[i])**2)", "variance"))
    loss = sum[_0_0]((w - x[_0_0])**2)/N
    >>> read_model("param w\nloss = w * (1 + W)", "square")
    Traceback (most recent call last):
    ...
    symderive.notation.sym.source.SourceError: square: line 2, column 17: nothing above is called
    'W'; expected a name that is declared or defined above; did you mean w?
      loss = w * (1 + W)
                      ^
    """
    with _deep():
        return Lines(Source(_without_mark(text), where or name)).read(name, source)


def read_expression(text: str, model: Model, indices: Iterable[Index] = ()) -> Expr:
    """An expression in names of ``model`` and the free ``indices``.

    >>> from symderive.catalog import softmax_nll
    >>> model = softmax_nll()
    >>> read_expression("1 - p[i, j]", model, model.equation("p").indices)
    1 - p[i, j]
    """
    expr: Expr = _read(text, model, indices, "real")
    return expr


def read_condition(text: str, model: Model, indices: Iterable[Index] = ()) -> Basic:
    """A condition in names of ``model`` and the free ``indices``.

    >>> from symderive.catalog import softmax_nll
    >>> model = softmax_nll()
    >>> read_condition("j != y[i]", model, model.equation("p").indices)
    j != y[i]
    """
    cond: Basic = _read(text, model, indices, "condition")
    return cond


def read_claim(text: str, model: Model) -> Claim:
    """A claim about ``model``, with or without the word ``claim`` in front.

    >>> from symderive.catalog import softmax_nll
    >>> claim = read_claim("dL[i]/ds[i, j] = p[i, j] - [j == y[i]]", softmax_nll())
    >>> claim.left, claim.relation, claim.right, claim.free
    (d(L[i])/ds[i, j], '=', p[i, j] - [j == y[i]], (i, j))
    """
    source = Source(_without_mark(text), "claim")
    with _deep():
        start, line, written = _only(source, "lone_claim")
        names = Names.of_model(model, source)
        letters: dict[str, Any] = {}
        for index in model.notation.letters:
            letters.setdefault(index.name, index.axis)
        return _in_its_letters(read_claim_line(names, start, line, written, letters), model)


def _in_its_letters(claim: Claim, model: Model) -> Claim:
    """``claim`` with the letters that ``model`` prints where others were typed for them.

    A letter stays that the model has anyway, or whose letter in print the claim uses already.
    """
    own = {index.name for index in model.notation.letters}
    used = {index.name for index in claim.free}
    table: dict[Basic, Basic] = {
        index: Index(letter, index.axis)
        for index in claim.free
        for letter in (model.notation.typed.get(index.name, ""),)
        if letter and index.name not in own and letter not in used
    }
    if not table:
        return claim

    def put(side: Any) -> Any:
        return substituted(side, table) if isinstance(side, Basic) else side

    return replace(
        claim,
        left=put(claim.left),
        right=put(claim.right),
        given=put(claim.given),
        free=tuple(map(put, claim.free)),
        clashes=tuple(replace(clash, index=put(clash.index)) for clash in claim.clashes),
    )


def read_file(path: str | Path) -> Model:
    """The model in a file, called after it.

    Raises :class:`SourceError`, and :class:`InputError` for a file that cannot be read.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            if stat.S_ISDIR(os.fstat(file.fileno()).st_mode):
                raise IsADirectoryError(21, "Is a directory")
            return read_stream(file, _name_of(path.stem), str(path))
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(f"cannot read {path}: {reason}; expected a file with a model") from None


def read_stream(file: BinaryIO, name: str, where: str) -> Model:
    """The model in an open file of bytes; no more of it is read than a model may have."""
    data = file.read(MOST_CHARACTERS + len(_BOM.encode()) + 1)
    return read_model(_decoded(data, where), name, where=where)


def _read(text: str, model: Model, indices: Iterable[Index], want: Want) -> Any:
    source = Source(_without_mark(text), "")
    with _deep():
        start, node, _ = _only(source, "lone_expression")
        free = {index.name: Letter(index.name, 0, index.axis) for index in indices}
        reader = Reader(Names.of_model(model, source), start, free)
        return close_all(read(reader, node, want), {})


def _only(source: Source, rule: Start) -> tuple[int, Any, str]:
    """The one line of a text."""
    lines = list(source.logical_lines())
    if len(lines) != 1:
        at = lines[1].start if lines else len(source.text)
        what = "a second line begins here" if lines else "there is nothing"
        raise source.error(at, f"{what}; expected one line")
    return lines[0].start, parse(source, lines[0], rule), lines[0].text


def _without_mark(text: str) -> str:
    return text.removeprefix(_BOM)


def _decoded(data: bytes, where: str) -> str:
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            raise SourceError(
                f"the text is {encoding}; expected UTF-8", source=where, line=1, column=1
            )
    if len(data) > MOST_CHARACTERS + len(_BOM.encode()):
        raise SourceError(
            "the text is longer than 1 MiB; expected at most 1 MiB", source=where, line=1, column=1
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        bad = Source(before, where).error(
            len(before), f"byte 0x{data[error.start]:02X} is not UTF-8; expected UTF-8"
        )
        raise bad from None


def _name_of(stem: str) -> str:
    """A name for a model from that of its file."""
    name = re.sub(r"[^A-Za-z0-9_]+", "_", stem).strip("_")
    return name if name[:1].isalpha() else f"model_{name}".rstrip("_")


@contextmanager
def _deep() -> Iterator[None]:
    """Room for SymPy, whose questions about an expression recurse."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
