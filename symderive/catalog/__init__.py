"""The catalog: one definition a file, found by its name."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from symderive.errors import InputError

if TYPE_CHECKING:
    from symderive.model import Model


@cache
def names() -> tuple[str, ...]:
    """The names of all models, in alphabetical order; each is a file of this folder."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def load(name: str) -> Model:
    """The catalog's model called ``name``.

    Raises :class:`InputError` for a name that is not in the catalog, with the nearest one.

    >>> load("softmax_nll").output.name
    'loss'
    """
    definition: Callable[[], Model] = getattr(_module(name), name)
    return definition()


def _module(name: str) -> object:
    if name not in names():
        near = get_close_matches(name, names(), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise InputError(
            f"{name!r} is not in the catalog; expected one of {', '.join(names())}{hint}"
        )
    return import_module(f"{__name__}.{name}")


def __getattr__(name: str) -> Callable[[], Model]:
    """``catalog.softmax_nll`` is the function that builds that model."""
    if name.startswith("_") or name not in names():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def definition() -> Model:
        return load(name)

    return definition
