"""What holds at kinks and steps, in one sentence each: the same in print and in code."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sympy import Abs, sign
from sympy.core.basic import Basic

from symderive.expr import (
    Iverson,
    MaxOf,
    MinOf,
    Reduce,
    Where,
    in_order,
    is_constant,
    subexpressions,
)


def _extremum(node: MaxOf | MinOf) -> str:
    name = "max" if isinstance(node, MaxOf) else "min"
    numbers = [arg for arg in node.args if is_constant(arg)]
    if len(numbers) == 1 and len(node.args) == 2:
        (number,) = numbers
        args = f"{number}, u" if node.args[0] == number else f"u, {number}"
        return f"{name}({args}) has a kink at u = {number}; its derivative there is taken as 0."
    return (
        f"At a tie, {name}(a, b, ..) has the derivative of a number if one is among them,"
        " else of the first."
    )


def _attained(node: Reduce) -> str:
    word = "maximum" if node.kind == "max" else "minimum"
    return f"Where several positions attain the {word} over an index, the first counts."


#: What is said of what depends on an input through steps.
STEP = "A step (a bracket, sign, arg max) has the derivative 0 where it has one."
#: What may occur in a model, and what is said of it.
KINKS: tuple[tuple[Callable[[Basic], bool], Callable[..., str]], ...] = (
    (lambda node: isinstance(node, MaxOf | MinOf), _extremum),
    (lambda node: isinstance(node, Reduce) and node.kind in ("max", "min"), _attained),
    (
        lambda node: isinstance(node, Abs),
        lambda _: "abs(u) has a kink at u = 0; its derivative there is taken as 0.",
    ),
    (
        lambda node: isinstance(node, Where),
        lambda _: "Where its cases meet, a function has the derivative of the case that it takes.",
    ),
    (
        lambda node: (
            isinstance(node, Iverson | sign)
            or (isinstance(node, Reduce) and node.kind in ("argmax", "argmin"))
        ),
        lambda _: STEP,
    ),
)


def conventions(expressions: Iterable[Basic]) -> tuple[str, ...]:
    """The conventions that matter for ``expressions``, one sentence each.

    >>> from sympy import Abs, Symbol
    >>> conventions([Abs(Symbol("u", real=True))])
    ('abs(u) has a kink at u = 0; its derivative there is taken as 0.',)
    """
    nodes = in_order(dict.fromkeys(subexpressions(*expressions)))
    found = (say(node) for occurs, say in KINKS for node in nodes if occurs(node))
    return tuple(dict.fromkeys(found))
