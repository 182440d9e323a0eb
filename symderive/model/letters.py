"""Letters for indices: the model's own in order of preference, then the customary ones."""

from __future__ import annotations

from collections.abc import Container, Iterable
from itertools import chain, count

from symderive.expr import Axis, Index
from symderive.model.model import Model

_CUSTOMARY = "ijklmnpqrabcuv"


def pick_letters(
    model: Model, over: Iterable[Axis], taken: Container[str] = frozenset()
) -> tuple[Index, ...]:
    """One letter for each axis of ``over``, all different and none of ``taken``.

    >>> from symderive.catalog import softmax_nll
    >>> model = softmax_nll()
    >>> pick_letters(model, model.tensor("w").axes), pick_letters(model, model.axes, {"j", "k"})
    ((j, k), (i, n, m))
    """
    picked: list[Index] = []
    for axis in over:
        used = {index.name for index in picked}
        for name in _candidates(model, axis):
            if name not in used and name not in taken:
                picked.append(Index(name, axis))
                break
    return tuple(picked)


def _candidates(model: Model, axis: Axis) -> Iterable[str]:
    """Names for an index over ``axis``, best first, without end."""
    own = model.letters_by_axis.get(axis, ())
    other = model.taken_names
    free = [letter for letter in _CUSTOMARY if letter not in other]
    base = own[0] if own else "n"
    numbered = (name for name in (f"{base}_{n}" for n in count(1)) if name not in other)
    return chain(own, free, numbered)
