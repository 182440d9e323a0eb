"""Names, numbers and elements of arrays, with what stands in their slots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symderive.expr import (
    Axis,
    Element,
    Size,
    Tensor,
)
from symderive.notation.sym import numbers
from symderive.notation.sym import syntax as tree
from symderive.notation.sym.reader import (
    Reader,
    Scope,
    Task,
    Want,
    free_on_the_right,
)
from symderive.notation.sym.reductions import limit, reduction
from symderive.notation.sym.source import SourceError
from symderive.notation.sym.syntax import plain
from symderive.notation.sym.words import (
    CALLABLE,
    CONSTANTS,
    LIMIT,
    REDUCING,
    nearest,
    written,
)


def visit_number(reader: Reader, node: tree.Number, want: Want, _: Scope) -> Iterator[Task]:
    """A literal."""
    reader.only_real(node, want)
    reader.plan(node, lambda: numbers.literal(node.text))
    yield from ()


def visit_name(reader: Reader, node: tree.Name, want: Want, scope: Scope) -> Iterator[Task]:
    """A letter, a constant, a scalar or a size."""
    name = node.name
    letter = reader.letter(name, node.at, scope, create=want == "position")
    if letter is not None:
        if want == "condition":
            raise reader.no_condition(node)
        if want == "real":
            reader.clash(
                node.at,
                f"index {name!r} is used as a number; expected a real number, for indices are none",
            )
        reader.plan(node, lambda: letter.index)
    elif name in CONSTANTS:
        reader.only_real(node, want)
        reader.plan_value(node, CONSTANTS[name])
    elif (tensor := reader.tensor(name)) is not None:
        check_element(reader, node, tensor, want)
        reader.plan_value(node, Element(tensor))
    elif (axis := reader.axis(name)) is not None:
        if want == "position":
            reader.clash(
                node.at, f"{name!r} is an axis; expected an index letter over it, such as 'i'"
            )
        reader.only_real(node, "real" if want == "position" else want)
        reader.plan_value(node, Size(axis))
    else:
        raise reader.unknown(node.at, name)
    yield from ()


def check_element(reader: Reader, node: tree.Name | tree.Ref, tensor: Tensor, want: Want) -> None:
    """Check number of slots, and label or real, of an element."""
    items = node.items if isinstance(node, tree.Ref) else ()
    if len(items) != len(tensor.axes):
        reader.clash(
            node.at,
            f"{tensor.name!r} has {count(len(tensor.axes), 'axis', 'axes')}"
            f"{_listed(tensor.axes)}, {count(len(items), 'index is', 'indices are')} given;"
            f" expected {pattern(tensor)}",
        )
    if want == "condition":
        raise reader.no_condition(node)
    if tensor.label_of is not None and want == "real":
        reader.clash(
            node.at,
            f"{tensor.name!r} is a label, a position on axis {tensor.label_of.name}; expected"
            " a real number",
        )
    if tensor.label_of is None and want == "position":
        reader.clash(node.at, f"{tensor.name!r} is real; expected an index letter or a label here")


def visit_ref(reader: Reader, node: tree.Ref, want: Want, scope: Scope) -> Iterator[Task]:
    """An element of an array, a reduction or a limit."""
    if node.name in REDUCING:
        yield from reduction(reader, node, want, scope)
        return
    if node.name == LIMIT:
        yield from limit(reader, node, want, scope)
        return
    tensor = reader.tensor(node.name)
    if tensor is None:
        raise _no_array(reader, node, scope)
    if node.body is not None:
        raise reader.error(
            node.at, f"{node.name!r} is no reduction; expected an operator behind its index"
        )
    if node.condition is not None:
        raise reader.error(
            node.condition.at, "'if' stands in the brackets of a reduction only; expected ']'"
        )
    check_element(reader, node, tensor, want)
    slots = node.items

    def build() -> Element:
        return Element(tensor, *(reader.value(slot) for slot in slots))

    reader.plan(node, build)
    for place, slot in enumerate(slots):
        axis = tensor.axes[place] if place < len(tensor.axes) else None
        yield from _slot(reader, slot, axis, f"in {node.name}[..]", scope)


def _no_array(reader: Reader, node: tree.Ref, scope: Scope) -> SourceError:
    name = node.name
    if name in CALLABLE:
        return reader.error(node.at, f"{name!r} is a function; expected {name}(..)")
    if name in scope or reader.names.is_letter(name):
        return reader.error(node.at, f"{name!r} is an index letter; expected an array before '['")
    if reader.axis(name) is not None:
        return reader.error(node.at, f"{name!r} is an axis; expected an array before '['")
    if node.body is not None:
        known = (*REDUCING, *reader.names.tensors())
        meant = written(name) or f"one of {', '.join(REDUCING)}{nearest(name, known)}"
        return reader.error(node.at, f"{name!r} is no reduction; expected {meant}")
    if reader.is_differential(name):
        return reader.no_derivative(node.at)
    return reader.names.unknown(name, reader.start + node.at)


def _slot(
    reader: Reader, slot: tree.Node, axis: Axis | None, what: str, scope: Scope
) -> Iterator[Task]:
    """An index letter or a label, over ``axis``."""
    inner = plain(slot)
    match inner:
        case tree.Number():
            raise reader.error(
                inner.at, "sizes and slots are not literals; expected an index letter or a label"
            )
        case tree.Chain() | tree.Sign() | tree.Power():
            raise reader.error(
                inner.at, "indices are not numbers; expected an index letter or a label"
            )
        case tree.Name() | tree.Ref():
            pass
        case _:
            raise reader.error(inner.at, "this is no index; expected an index letter or a label")
    tell_position(reader, inner, axis, what, scope)
    yield slot, "position", scope


def tell_position(
    reader: Reader, node: tree.Name | tree.Ref, axis: Axis | None, what: str, scope: Scope
) -> None:
    """``node`` stands where a position on ``axis`` is expected."""
    if isinstance(node, tree.Name):
        letter = reader.letter(node.name, node.at, scope, create=True)
        if letter is not None:
            if axis is not None:
                reader.tell(letter, axis, node.at, what)
            return
        if reader.tensor(node.name) is None and reader.is_free(node.name):
            near = nearest(node.name, (*scope, *reader.names.tensors()))
            raise reader.error(node.at, f"{free_on_the_right(node.name)}{near}")
    tensor = reader.tensor(node.name)
    target = tensor.label_of if tensor is not None else None
    if target is not None and axis is not None and target != axis:
        reader.clash(
            node.at,
            f"{node.name!r} is a position on axis {target.name}; expected one on axis"
            f" {axis.name} {what}",
            None,
            axis,
        )


def count(number: int, one: str, many: str) -> str:
    """``2 axes``, ``no axes``, ``1 axis``."""
    return f"{number or 'no'} {one if number == 1 else many}"


def _listed(axes: Sequence[Axis]) -> str:
    return f" [{', '.join(axis.name for axis in axes)}]" if axes else ""


def pattern(tensor: Tensor) -> str:
    """How an element is written: ``w[.., ..]``."""
    slots = ", ".join(".." for _ in tensor.axes)
    return f"{tensor.name}[{slots}]" if slots else tensor.name
