"""Derivatives, as claims write them: ``dL[i]/dw[j]``, ``d(..)/dt``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symderive.model.claims import DerivativeOf
from symderive.notation.sym import syntax as tree
from symderive.notation.sym.reader import (
    Reader,
    Scope,
    Task,
    Want,
)
from symderive.notation.sym.source import SourceError
from symderive.notation.sym.syntax import plain
from symderive.notation.sym.words import nearest


def with_derivatives(
    reader: Reader, marks: Sequence[str], parts: Sequence[tree.Node]
) -> tuple[tuple[str, ...], tuple[tree.Node, ...]]:
    """``.. dL[i] / dw[j] ..`` as one factor each."""
    kept_marks: list[str] = []
    kept: list[tree.Node] = [parts[0]]
    for mark, part in zip(marks, parts[1:], strict=True):
        found = _derivative(reader, kept[-1], part) if mark == "/" else None
        if found is None:
            kept_marks.append(mark)
            kept.append(part)
        else:
            kept[-1] = found
    return tuple(kept_marks), tuple(kept)


def _derivative(reader: Reader, above: tree.Node, below: tree.Node) -> tree.Node | None:
    """The derivative that ``above / below`` is, if it is one."""
    if isinstance(above, tree.Sign):
        inner = _derivative(reader, above.body, below)
        return inner and tree.Sign(above.at, inner.depth, above.sign, inner)
    if not isinstance(below, tree.Name | tree.Ref):
        _check_below(reader, above, below)
        return None
    wrt = _without_d(reader, below)
    if isinstance(above, tree.Call) and above.name == "d" and len(above.arguments) == 1:
        if wrt is None:
            raise _no_differential(reader, below)
        return tree.Derivative(above.at, above.depth, above.arguments[0], wrt)
    of = _without_d(reader, above) if isinstance(above, tree.Name | tree.Ref) else None
    if reader.claim and isinstance(above, tree.Name | tree.Ref):
        _check_differentials(reader, above, below, of, wrt)
    if of is None or wrt is None or not isinstance(above, tree.Name | tree.Ref):
        return None
    if reader.tensor(above.name) is not None and reader.tensor(below.name) is not None:
        quotient = f"({source_of(above)})/({source_of(below)})"
        raise reader.error(
            above.at,
            f"'{above.name}/{below.name}' may be a quotient of two names or a derivative;"
            f" expected {quotient} for the quotient,"
            f" d({source_of(of)})/{source_of(below)} for the derivative",
        )
    return tree.Derivative(above.at, above.depth, of, wrt)


def _check_below(reader: Reader, above: tree.Node, below: tree.Node) -> None:
    """Refuse ``d(w)`` below what is differentiated, which is written ``dw``."""
    if not isinstance(below, tree.Call) or below.name != "d" or len(below.arguments) != 1:
        return
    inner = plain(below.arguments[0])
    named = isinstance(above, tree.Name | tree.Ref) and _without_d(reader, above) is not None
    if isinstance(inner, tree.Name | tree.Ref) and (
        named or (isinstance(above, tree.Call) and above.name == "d")
    ):
        raise reader.error(below.at, f"a differential is one word; expected d{source_of(inner)}")


def _check_differentials(
    reader: Reader,
    above: tree.Name | tree.Ref,
    below: tree.Name | tree.Ref,
    of: tree.Node | None,
    wrt: tree.Node | None,
) -> None:
    """Refuse what must be meant as a derivative, where one of its two names is nobody's."""
    if reader.tensor(above.name) is not None or not above.name.startswith("d"):
        return
    if not below.name.startswith("d") and of is None:
        return
    for node, found in ((above, of), (below, wrt)):
        if found is None and (node is below or reader.tensor(below.name) is None):
            raise _no_differential(reader, node)


def _no_differential(reader: Reader, node: tree.Name | tree.Ref) -> SourceError:
    names = (*reader.scalars, *reader.names.tensors())
    known = [f"d{name}" for name in names if node.name != "d" and _moves(reader, name)]
    meant = reader.names.subscripted(node.name[1:]).replace("mean ", "mean d")
    if node.name.startswith("d2") and _moves(reader, node.name[2:]):
        meant = f"; a second derivative is the derivative of one: d(d{node.name[2:]}/dt)/dt"
    return reader.error(
        node.at,
        f"{node.name!r} is no differential; expected 'd' and the name of an input, an equation or"
        f" a scalar of the claim{meant or nearest(node.name, known)}",
    )


def _moves(reader: Reader, name: str) -> bool:
    tensor = reader.tensor(name)
    return tensor is not None and tensor.label_of is None


def _without_d(reader: Reader, node: tree.Name | tree.Ref) -> tree.Name | tree.Ref | None:
    """``dw[j]`` as ``w[j]``, if there is a ``w``."""
    name = node.name[1:]
    if not node.name.startswith("d") or reader.tensor(name) is None:
        return None
    if isinstance(node, tree.Name):
        return tree.Name(node.at + 1, node.depth, name)
    if node.condition is not None or node.body is not None:
        return None
    return tree.Ref(node.at + 1, node.depth, name, node.items)


def visit_derivative(
    reader: Reader, node: tree.Derivative, _: Want, scope: Scope
) -> Iterator[Task]:
    """A derivative: what is differentiated, and the element it is differentiated by."""

    def build() -> DerivativeOf:
        return DerivativeOf(reader.value(node.of), reader.value(node.wrt))

    reader.plan(node, build)
    yield node.of, "real", scope
    yield node.wrt, "real", scope


def source_of(node: tree.Name | tree.Ref) -> str:
    """An element as it is written, as far as names alone go."""
    if isinstance(node, tree.Name):
        return node.name
    items = (plain(item) for item in node.items)
    written = (source_of(i) if isinstance(i, tree.Name | tree.Ref) else ".." for i in items)
    return f"{node.name}[{', '.join(written)}]"
