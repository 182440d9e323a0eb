"""Where something stands in an expression: each place once, below reductions with letters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sympy import Add, Function, Mul, Pow, S
from sympy.core.expr import Expr

from symderive.expr import (
    Axis,
    Element,
    Index,
    MaxOf,
    MinOf,
    Reduce,
    Size,
    Where,
    close,
    free_indices,
    open_with,
)

#: What a part is to what it stands in.
Role: TypeAlias = Literal["root", "term", "factor", "body", "branch", "argument", "base"]
#: Reductions are opened to this depth.
DEPTH = 3


@dataclass(frozen=True)
class Place:
    """One occurrence of ``node``; ``letters`` are those of the reductions around it.

    ``around`` is the innermost of these (as a mean, where it is one), None outside of all; ``mean``
    is what a sum at this place is said as, beside one over its size.
    """

    node: Expr
    role: Role
    letters: tuple[Index, ...]
    around: Expr | None
    rebuild: Callable[[Expr], Expr]
    mean: Expr | None = None


class Letters:
    """Letters for the bound indices of a reduction: those of the model, none that is taken."""

    def __init__(self, preferred: Iterable[Index], taken: Iterable[Index]) -> None:
        self.preferred = tuple(preferred)
        self.taken = tuple(taken)

    def like(self, axes: Sequence[Axis], around: Sequence[Index]) -> tuple[Index, ...]:
        """One letter for each of ``axes``, other than those ``around`` and those that are free."""
        used = {index.name for index in (*self.taken, *around)}
        found = []
        for axis in axes:
            own = (i.name for i in self.preferred if i.axis == axis and i.name not in used)
            name = next(own, None) or next(
                f"{axis.name.lower()}'{n}" for n in range(99)
                if f"{axis.name.lower()}'{n}" not in used
            )  # fmt: skip
            used.add(name)
            found.append(Index(name, axis))
        return tuple(found)


def places(root: Expr, letters: Letters) -> Iterator[Place]:
    """All places below ``root``, itself first, those further out before those further in."""
    waiting = [Place(root, "root", (), None, lambda new: new)]
    while waiting:
        place = waiting.pop(0)
        yield place
        waiting += _below(place, letters)


def _below(place: Place, letters: Letters) -> Iterator[Place]:
    node = place.node
    if isinstance(node, Reduce):
        yield from _inside(place, node, letters)
    elif isinstance(node, Add | Mul):
        yield from _parts(place, node)
    elif isinstance(node, Pow):
        yield _part(place, node, 0, "base")
    elif isinstance(node, Where | MaxOf | MinOf):
        for number, arg in enumerate(node.args):
            if isinstance(arg, Expr):
                yield _part(place, node, number, "branch")
    elif isinstance(node, Function):
        for number in range(len(node.args)):
            yield _part(place, node, number, "argument")


def _parts(place: Place, node: Expr) -> Iterator[Place]:
    role: Role = "term" if isinstance(node, Add) else "factor"
    for number in range(len(node.args)):
        yield _part(place, node, number, role)


def _part(place: Place, node: Expr, number: int, role: Role) -> Place:
    args = node.args

    def rebuild(new: Expr) -> Expr:
        parts = [*args[:number], new, *args[number + 1 :]]
        return place.rebuild(node.func(*parts))

    part = args[number]
    return Place(part, role, place.letters, place.around, rebuild, _mean(node, part))


def _mean(node: Expr, part: Expr) -> Expr | None:
    """The mean that ``part`` is in ``node``, beside one over its size."""
    if isinstance(node, Mul) and isinstance(part, Reduce) and part.kind == "sum":
        below = [Pow(Size(b.axis), -1) for b in part.bound]
        if all(factor in node.args for factor in below):
            return Mul(*below, part)
    return None


def _inside(place: Place, node: Reduce, letters: Letters) -> Iterator[Place]:
    if len(place.letters) >= DEPTH:
        return
    own = letters.like([b.axis for b in node.bound], (*place.letters, *_of(node)))
    cond, body = open_with(node, own)
    around = place.mean or node

    def rebuild(new: Expr) -> Expr:
        return place.rebuild(S.Zero if new == 0 and node.kind == "sum" else close(
            node.kind, own, new, cond
        ))  # fmt: skip

    yield Place(body, "body", (*place.letters, *own), around, rebuild)


def _of(node: Expr) -> list[Index]:
    return sorted(free_indices(node), key=str)


def is_label(node: object) -> bool:
    """Whether ``node`` is an element of a label."""
    return isinstance(node, Element) and node.tensor.label_of is not None
