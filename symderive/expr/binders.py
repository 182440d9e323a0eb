"""Opening and closing binders: the only way to work below a reduction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr.nodes import TRUE, Axis, Bound, Index, Reduce
from symderive.expr.walk import level_above, renumber, replace


@dataclass
class Fresh:
    """A source of indices that no one else has; it belongs to one derivation."""

    count: int = field(default=0)

    def index(self, axis: Axis) -> Index:
        """A new index on ``axis``. Its name holds a quote, which no user's name can."""
        self.count += 1
        return Index(f"{axis.name.lower()}'{self.count}", axis)

    def like(self, indices: Iterable[Index | Bound]) -> tuple[Index, ...]:
        """New indices, one for each of ``indices``, on the same axes."""
        return tuple(self.index(index.axis) for index in indices)


def open_with(node: Reduce, letters: Sequence[Expr]) -> tuple[Basic, Expr]:
    """Condition and body of ``node`` with ``letters`` (indices or labels) for its bound indices."""
    table: dict[Basic, Basic] = dict(zip(node.bound, letters, strict=True))
    return replace(node.cond, table), replace(node.body, table)


def open_fresh(node: Reduce, fresh: Fresh) -> tuple[tuple[Index, ...], Basic, Expr]:
    """Open ``node`` with new indices: (indices, condition, body)."""
    letters = fresh.like(node.bound)
    return (letters, *open_with(node, letters))


def close(kind: str, indices: Sequence[Index], body: Expr, cond: Basic = TRUE) -> Reduce:
    """Bind ``indices`` in ``cond`` and ``body``.

    >>> from symderive.expr import Axis, Index, Tensor, close
    >>> C = Axis("C")
    >>> s, j, l = Tensor("s", (C,)), Index("j", C), Index("l", C)
    >>> close("sum", [j], s[j]) == close("sum", [l], s[l])
    True
    """
    level = level_above(cond, body)
    bound = [Bound(level, slot, index.axis) for slot, index in enumerate(indices)]
    table: dict[Basic, Basic] = dict(zip(indices, bound, strict=True))
    # Replacing may simplify what is below, and so lower its height.
    return renumber(Reduce(kind, bound, replace(cond, table), replace(body, table)))
