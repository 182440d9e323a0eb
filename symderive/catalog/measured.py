"""How exact the generated code of a scalar function is: the bounds that were measured."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symderive.catalog import load, names

if TYPE_CHECKING:
    from symderive.model import Model

_FILE = Path(__file__).parent / "accuracy.toml"


@cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def accuracy(model: Model, target: str = "numpy") -> Mapping[str, int]:
    """The largest error of value and derivative in each precision, in ulps; empty if not known.

    ``target`` is what the code is for: "numpy", or "numba", which has functions of its own. Only
    the catalog's own definition has what was measured of it: a model that merely has its
    name does not.

    >>> sorted(accuracy(load("tanh")))[:2]
    ['derivative_float32', 'derivative_float64']
    """
    found = _table().get(model.name)
    if found is None or model.name not in names() or load(model.name) != model:
        return {}
    if target != "numpy":
        return dict(found.get(target, {}))
    return {key: bound for key, bound in found.items() if isinstance(bound, int)}
