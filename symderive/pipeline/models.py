"""From what a user names to a model: a name of the catalog, a file, standard input, a model."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path, PurePath

from symderive.catalog import claim_files, load, names
from symderive.errors import InputError, NotSupportedError
from symderive.model import Model


def resolve(model: Model | str | PurePath) -> Model:
    """The model called ``model``, in the file ``model``, on standard input (``-``), or itself.

    Files of claims that are shipped with the catalog have names, too. What ends in ``.sym``, has a
    folder in front, or is a path object is a file.

    Raises :class:`InputError` for a name that is not in the catalog (with the nearest one), for a
    file that cannot be read, and for a text that is no model (with line and column); and
    :class:`NotSupportedError` for LaTeX.

    >>> resolve("hinge").title
    'Multiclass hinge loss with linear scores'
    """
    if isinstance(model, Model):
        return model
    if not isinstance(model, str | PurePath):
        raise InputError(
            f"a model or the name of one was expected, not {type(model).__name__};"
            " a model of plain SymPy objects is made by symderive.model.plain.model_from_sympy"
        )
    if model == "-":
        return _standard_input()
    path = PurePath(model)
    if path.suffix == ".tex":
        raise NotSupportedError(
            f"{model}: models written as LaTeX are not supported yet; expected a name of the"
            " catalog (symderive list) or a file such as model.sym"
        )
    if isinstance(model, PurePath) or path.suffix == ".sym" or path.name != model:
        from symderive.notation import sym

        return sym.read_file(Path(path))
    if model not in names():
        _check_not_beside(model)
    if model in claim_files():
        from symderive.notation import sym

        return sym.read_file(claim_files()[model])
    return load(model)


def _check_not_beside(name: str) -> None:
    """Refuse a name that is not in the catalog, but stands in the folder: a file, or a folder."""
    if _is_file(name):
        raise InputError(f"{name} is not in the catalog; expected ./{name} for the file")
    if name in claim_files():
        return
    if _is_file(f"{name}.sym"):
        raise InputError(f"{name} is not in the catalog; expected ./{name}.sym for the file")
    if _is_folder(name):
        raise InputError(
            f"{name} is not in the catalog, it is a folder; expected a file in it, such as"
            f" {name}/model.sym"
        )


def _is_folder(name: str) -> bool:
    with suppress(OSError, ValueError):
        return bool(name) and Path(name).is_dir()
    return False


def _is_file(name: str) -> bool:
    """Whether there is a file ``name``; what no file can be called is none."""
    with suppress(OSError, ValueError):
        return Path(name).is_file()
    return False


def parse(text: str, name: str = "model") -> Model:
    """The model that ``text`` describes in the formula language.

    Raises :class:`InputError` with line and column.

    >>> parse("param w; param b")
    Traceback (most recent call last):
    ...
    symderive.notation.sym.source.SourceError: model: line 1, column 8: ';' separates the groups of
    an index line only; expected the end of the line
      param w; param b
             ^
    """
    from symderive.notation import sym

    if not isinstance(text, str):
        raise InputError(f"the text of a model was expected, not {type(text).__name__}")
    if _is_path(text):
        path = repr(text.strip())
        raise InputError(f"{path} is a path, not the text of a model; expected sd.load({path})")
    return sym.read_model(text, name)


def _is_path(text: str) -> bool:
    """Whether ``text`` is the path of a model: no line of the language ends so."""
    return text.rstrip().endswith(".sym") and not set(text.strip()) & set("\n\r=#")


def _standard_input() -> Model:
    from symderive.notation import sym

    return sym.read_stream(sys.stdin.buffer, "model", "standard input")
