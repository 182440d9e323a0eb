"""From what a user names to a model: a name of the catalog, a file, or a model itself."""

from __future__ import annotations

import sys
from pathlib import PurePath

from symderive.catalog import load
from symderive.errors import InputError, NotSupportedError
from symderive.model import Model


def resolve(model: Model | str) -> Model:
    """The model called ``model``, in the ``.sym`` file ``model``, on standard input (``-``).

    Raises :class:`InputError` for a name that is not in the catalog (with the nearest one) and
    for a file that cannot be read or is no model, and :class:`NotSupportedError` for ``.tex``.

    >>> resolve("hinge").title
    'Multiclass hinge loss with linear scores'
    """
    if isinstance(model, Model):
        return model
    if not isinstance(model, str):
        raise InputError(
            f"a model or the name of one was expected, not {type(model).__name__};"
            " a model of plain SymPy objects is made by symderive.model.plain.model_from_sympy"
        )
    path = PurePath(model)
    if path.suffix == ".tex":
        raise NotSupportedError(
            f"{model}: models written as LaTeX are not supported yet; expected a .sym file"
        )
    if model == "-" or path.suffix == ".sym" or len(path.parts) > 1:
        from symderive.notation.sym import read_file, read_stream

        if model == "-":
            return read_stream(sys.stdin.buffer, "model", "standard input")
        return read_file(model)
    return load(model)
