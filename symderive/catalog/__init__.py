"""The catalog: one definition a file, in a folder for each kind, found by its name."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symderive.errors import InputError

if TYPE_CHECKING:
    from symderive.model import Model

_HERE = Path(__file__).parent


@cache
def _files() -> dict[str, str]:
    """The module of each model, by the model's name."""
    found: dict[str, str] = {}
    for kind in sorted(m.name for m in pkgutil.iter_modules([str(_HERE)]) if m.ispkg):
        for module in pkgutil.iter_modules([str(_HERE / kind)]):
            found[module.name] = f"{__name__}.{kind}.{module.name}"
    return dict(sorted(found.items()))


def names() -> tuple[str, ...]:
    """The names of all models, in alphabetical order."""
    return tuple(_files())


@cache
def claim_files() -> dict[str, Path]:
    """The files of claims, by name: what the lecture states (``b..``), its mistakes (``x..``).

    >>> claim_files()["b3_tanh"].suffix
    '.sym'
    """
    found = {path.stem: path for path in (_HERE / "claims").glob("*.sym")}
    return dict(sorted(found.items(), key=lambda item: _numbered(item[0])))


def _numbered(name: str) -> tuple[str, int, str]:
    letter, digits = name[0], name[1:].partition("_")[0]
    return (letter, int(digits) if digits.isdigit() else 0, name)


def load(name: str) -> Model:
    """The catalog's model called ``name``.

    Raises :class:`InputError` for a name that is not in the catalog, with the nearest ones.

    >>> load("softmax_nll").output.name
    'loss'
    """
    if name not in _files():
        near = _nearest(name)
        hint = f"did you mean {' or '.join(near)}?" if near else "symderive list names all"
        raise InputError(f"{name!r} is not in the catalog; {hint}")
    definition: Callable[..., Model] = getattr(import_module(_files()[name]), name)
    return definition()


def _nearest(name: str) -> list[str]:
    """Up to three names that are spelled like ``name``, or have the most words of it.

    >>> _nearest("hingge"), _nearest("logistic_regression")[:2]
    (['hinge'], ['binary_logistic', 'margin_logistic'])
    """
    known = (*names(), *claim_files())
    words = set(name.lower().split("_"))
    shared = {other: len(words & set(other.split("_"))) for other in known}
    most = max(shared.values())
    having = [other for other in known if most and shared[other] == most]
    return get_close_matches(name, known, n=3) or having[:3]


def __getattr__(name: str) -> Callable[..., Model]:
    """``catalog.softmax_nll`` is the function that builds that model."""
    if name.startswith("_") or name not in _files():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    definition: Any = getattr(import_module(_files()[name]), name)
    function: Callable[..., Model] = definition
    return function


def __dir__() -> list[str]:
    return sorted([*globals(), *_files()])
