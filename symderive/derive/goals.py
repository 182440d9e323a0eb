"""Letters for the goal of a derivation: those a user asks for, or the model's own."""

from __future__ import annotations

from collections.abc import Sequence

from symderive.derive.paths import Paths
from symderive.errors import InputError
from symderive.expr import Index, Reduce, Tensor, elements, subexpressions
from symderive.model import Equation, Model, pick_letters


def goal_letters(paths: Paths, letters: Sequence[str] | None) -> tuple[Index, ...]:
    """One letter for each slot of the input that is differentiated by.

    The sample's own letter stands where only that sample's entry counts; letters that are bound
    in the equation of the goal are left to it, where a path to the input begins there.
    """
    model, tensor = paths.model, paths.model.tensor(paths.wrt)
    if letters is not None:
        return _given(model, tensor, letters)
    of = paths.equation(paths.of)
    used = {letter.name for letter in of.indices}
    if paths.begins_at(paths.of, paths.wrt):
        used |= _bound_letters(model, of)
    sample = model.sample
    shared: dict[int, object] = {}
    if sample is not None and sample in of.indices and sample.axis in tensor.axes:
        paths.find_support(paths.wrt)
        shared = {p: slot for p, slot in paths.support[paths.wrt].items() if slot == sample}
        if paths.wrt not in paths.reached:
            shared = _met(of, tensor, sample)
    picked: list[Index] = []
    for place, axis in enumerate(tensor.axes):
        if place in shared and sample is not None:
            picked.append(sample)
        else:
            picked += pick_letters(model, [axis], used | {letter.name for letter in picked})
    return tuple(picked)


def _met(of: Equation, tensor: Tensor, sample: Index) -> dict[int, object]:
    """The slots of ``tensor`` that are ``sample`` wherever it occurs in ``of``."""
    met = [e for e in elements(of.rhs, of.where) if e.tensor == tensor]
    places = range(len(tensor.axes)) if met else ()
    return {p: sample for p in places if all(e.slots[p] == sample for e in met)}


def _bound_letters(model: Model, equation: Equation) -> set[str]:
    """The letters that are bound in ``equation``."""
    used: set[str] = set()
    for node in subexpressions(equation.rhs):
        if isinstance(node, Reduce):
            used.update(model.notation.binders.get(node, ()))
    return used


def _letters(number: int) -> str:
    return f"{number} {'letter' if number == 1 else 'letters'}"


def _wanted(tensor: Tensor) -> str:
    """How many letters ``tensor`` takes, and what for."""
    if not tensor.axes:
        return f"none, for {tensor.name} is a scalar: {tensor.name}"
    axes = ", ".join(axis.name for axis in tensor.axes)
    return f"{len(tensor.axes)}, for the {'axis' if len(tensor.axes) == 1 else 'axes'} [{axes}]"


def _given(model: Model, tensor: Tensor, letters: Sequence[str]) -> tuple[Index, ...]:
    """The letters of a user, checked."""
    what = f"{model.name}: wrt {tensor.name}[{', '.join(letters)}]"
    if len(letters) != len(tensor.axes):
        raise InputError(f"{what} has {_letters(len(letters))}; expected {_wanted(tensor)}")
    known = {letter.name: letter.axis for letter in model.notation.letters}
    taken = {*model.names, *(axis.name for axis in model.axes)}
    for letter, axis in zip(letters, tensor.axes, strict=True):
        if letter in taken:
            raise InputError(
                f"{what}: {letter} has a meaning in the model already; expected an index letter"
            )
        if not (letter.isascii() and letter.isidentifier()):
            raise InputError(f"{what}: {letter!r} is not an index letter")
        if known.get(letter, axis) != axis:
            raise InputError(
                f"{what}: {letter} runs over {known[letter].name};"
                f" expected an index over {axis.name}"
            )
    if len(set(letters)) != len(letters):
        raise InputError(f"{what}: the letters must differ")
    return tuple(Index(letter, axis) for letter, axis in zip(letters, tensor.axes, strict=True))
