"""Calls of functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sympy.core.expr import Expr

from symderive.expr import (
    Where,
)
from symderive.notation.sym import numbers
from symderive.notation.sym import syntax as tree
from symderive.notation.sym.elements import count, pattern
from symderive.notation.sym.numbers import DEEP
from symderive.notation.sym.reader import (
    DERIVATIVE,
    Reader,
    Scope,
    Task,
    Want,
)
from symderive.notation.sym.source import SourceError
from symderive.notation.sym.words import (
    CALLABLE,
    EXTREMES,
    FUNCTIONS,
    REDUCING,
    TAKEN,
    WHERE,
    nearest,
    written,
)


def visit_call(reader: Reader, node: tree.Call, want: Want, scope: Scope) -> Iterator[Task]:
    """A function of real arguments, or ``where``."""
    reader.only_real(node, want)
    name, arguments = node.name, node.arguments
    if name in FUNCTIONS:
        _arity(reader, node, 1, len(arguments) == 1)
        function: Any = FUNCTIONS[name]
    elif name in EXTREMES:
        if len(arguments) == 1:
            raise reader.error(
                node.at, f"{name} of one number; expected {name}(a, b) or {name}[j](..)"
            )
        _arity(reader, node, 2, len(arguments) >= 2)
        function = EXTREMES[name]
    elif name == WHERE:
        _arity(reader, node, 3, len(arguments) == 3)

        def build_where() -> Expr:
            return Where(*(reader.value(part) for part in arguments))

        reader.plan(node, build_where)
        yield arguments[0], "condition", scope
        yield from ((part, "real", scope) for part in arguments[1:])
        return
    else:
        raise _no_function(reader, node, scope)

    def build() -> Expr:
        values = [reader.value(part) for part in arguments]
        if name in EXTREMES:
            return function(*values)
        return numbers.applied(function, values, evaluate=node.depth <= DEEP)

    reader.plan(node, build)
    yield from ((part, "real", scope) for part in arguments)


#: What is meant by two arguments of a function that takes one.
_TWO = {
    "log": "; to base 2 it is log2(x), to another base log(x)/log(b)",
    "sqrt": "; another root is a power: x**(1/3)",
}


def _arity(reader: Reader, node: tree.Call, wanted: int, right: bool) -> None:
    if not right:
        more = " or more" if node.name in EXTREMES else ""
        raise reader.error(
            node.at,
            f"{node.name} has {count(len(node.arguments), 'argument', 'arguments')}; expected"
            f" {wanted}{more}{_TWO.get(node.name, '') if len(node.arguments) == 2 else ''}",
        )


def _no_function(reader: Reader, node: tree.Call, scope: Scope) -> SourceError:
    name = node.name
    if name in REDUCING:
        return reader.error(node.at, f"{name} needs an index to run over; expected {name}[j](..)")
    if name == "d":
        return reader.error(
            node.at,
            f"d(..) is no function; expected {DERIVATIVE}"
            + ("" if reader.claim else ", in a claim"),
        )
    tensor = reader.tensor(name)
    if tensor is not None:
        return reader.error(
            node.at, f"{name!r} is no function; expected {pattern(tensor)} or an operator"
        )
    if name in scope or reader.names.is_letter(name) or reader.axis(name) is not None:
        return reader.error(node.at, f"{name!r} is no function; expected an operator behind it")
    if name in TAKEN:
        return reader.names.unknown(name, reader.start + node.at)
    if (instead := written(name)) is not None:
        return reader.error(node.at, f"there is no function {name!r}; expected {instead}")
    return reader.error(
        node.at,
        f"there is no function {name!r}; expected one of {', '.join(CALLABLE)}"
        f"{nearest(name, (*CALLABLE, *REDUCING))}",
    )
