"""From what a user names to a model: a name of the catalog, or a model itself."""

from __future__ import annotations

from pathlib import PurePath

from symderive.catalog import load
from symderive.errors import InputError, NotSupportedError
from symderive.model import Model


def resolve(model: Model | str) -> Model:
    """The model called ``model``, or ``model`` itself.

    Raises :class:`InputError` for a name that is not in the catalog (with the nearest one), and
    :class:`NotSupportedError` for a file: models written as text come in a later version.

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
    if model == "-" or path.suffix in (".sym", ".tex") or len(path.parts) > 1:
        where = "standard input" if model == "-" else model
        raise NotSupportedError(
            f"{where}: models written as text (.sym) are not supported yet;"
            " give the name of a model in the catalog (symderive list)"
        )
    return load(model)
