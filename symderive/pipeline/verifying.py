"""The evidence for a model: its derivation, its gradient, its generated code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from symderive.model import Model
from symderive.pipeline.compiling import Target
from symderive.pipeline.models import resolve

if TYPE_CHECKING:
    from symderive.verify import Evidence


def evidence(model: Model | str, target: Target = "numpy") -> tuple[Evidence, ...]:
    """Every check of ``model``, each with how it was made and its worst relative error.

    With ``target`` "numba" the module with loops for numba is checked, too.
    """
    from symderive.verify import verify_model

    return verify_model(resolve(model), target=target)


def evidence_of_each(
    models: Sequence[Model], target: Target = "numpy"
) -> Iterator[tuple[Evidence, ...]]:
    """The evidence for each of ``models``, in their order; several are checked at a time.

    The numbers are those of :func:`evidence`: what is checked does not depend on who checks it.
    """
    if len(models) == 1:
        yield evidence(models[0], target)
        return
    with ProcessPoolExecutor() as pool:
        yield from pool.map(partial(evidence, target=target), models)
