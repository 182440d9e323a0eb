"""Reductions, which bind letters, and limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symderive.expr import (
    TRUE,
    Element,
    NamedReduce,
)
from symderive.model.claims import LimitOf
from symderive.notation.sym import syntax as tree
from symderive.notation.sym.reader import (
    Letter,
    Reader,
    Scope,
    Task,
    Want,
)
from symderive.notation.sym.syntax import plain
from symderive.notation.sym.words import (
    SELECTIONS,
)


def reduction(reader: Reader, node: tree.Ref, want: Want, scope: Scope) -> Iterator[Task]:
    """``sum[j](..)``, ``sum[j if ..](..)``, ``sum[j != ..](..)``."""
    kind = node.name
    if want == "condition":
        raise reader.no_condition(node)
    if want == "position" and kind in SELECTIONS and plain(node) is not reader.selection:
        raise reader.error(
            node.at,
            f"{kind}[..] cannot stand in an index; expected a label that an equation above"
            f" defines: 'v[i] = {kind}[j](..)'",
        )
    if want == "position":
        reader.clash(node.at, f"{kind}[..] is a real number; expected an index letter or a label")
    if node.body is None or len(node.body) != 1:
        raise reader.error(
            node.at, f"{kind}[..] needs one body in parentheses; expected {kind}[j](..)"
        )
    if kind in SELECTIONS and plain(node) is not reader.selection:
        raise reader.error(
            node.at,
            f"{kind} stands as the whole right side of an equation only, where it defines a"
            f" label; expected 'v[i] = {kind}[j](..)'",
        )
    inner = dict(scope)
    condition = node.condition
    bound: list[Letter] = []
    items: Sequence[tree.Node] = node.items
    if condition is None and len(items) == 1 and isinstance(items[0], tree.Comparison):
        condition = items[0]
        items = items[0].parts[:1]
    for item in items:
        bound.append(_bound(reader, item, kind, inner))
        inner[bound[-1].name] = bound[-1]
    if kind in SELECTIONS and len(bound) != 1:
        raise reader.error(node.at, f"{kind} runs over one index; expected {kind}[j](..)")
    (body,) = node.body

    def build() -> NamedReduce:
        cond = TRUE if condition is None else reader.value(condition)
        return NamedReduce(kind, [letter.index for letter in bound], cond, reader.value(body))

    reader.plan(node, build)
    if condition is not None:
        yield condition, "condition", inner
    yield body, "real", inner


def _bound(reader: Reader, item: tree.Node, kind: str, scope: Scope) -> Letter:
    """The letter that a reduction binds."""
    if not isinstance(item, tree.Name):
        raise reader.error(
            item.at,
            f"{kind} runs over index letters; expected {kind}[j](..), {kind}[j if ..](..) or"
            f" {kind}[j != ..](..)",
        )
    if item.name in scope or item.name in reader.free:
        raise reader.error(
            item.at, f"index {item.name!r} is bound already; expected another letter here"
        )
    if item.name in reader.scalars:
        raise reader.error(
            item.at, f"{item.name!r} is a scalar of this claim; expected an index letter"
        )
    return reader.bind(item.name, item.at)


def limit(reader: Reader, node: tree.Ref, want: Want, scope: Scope) -> Iterator[Task]:
    """``limit[t -> oo](..)``, in a claim."""
    if not reader.claim:
        raise reader.error(node.at, "limits stand in claims only; expected another expression")
    reader.only_real(node, want)
    arrow = node.items[0]
    if (
        len(node.items) != 1
        or node.condition is not None
        or not isinstance(arrow, tree.Arrow)
        or not isinstance(arrow.left, tree.Name)
        or node.body is None
        or len(node.body) != 1
    ):
        raise reader.error(node.at, "a limit is written otherwise; expected limit[t -> oo](..)")
    (body,) = node.body
    tensor = reader.tensor(arrow.left.name)
    if tensor is None or tensor.axes or tensor.label_of is not None:
        raise reader.error(arrow.left.at, f"{arrow.left.name!r} is no real scalar; expected one")
    target = arrow.right

    def build() -> LimitOf:
        return LimitOf(Element(tensor), reader.value(target), reader.value(body))

    reader.plan(node, build)
    yield target, "real", scope
    yield body, "real", scope
