"""From the tree of an expression to the expression: names looked up, axes inferred, numbers exact.

Two passes, neither recursive: the first goes down, looks up names and tells letters their axes; the
second goes up and builds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symderive.notation.sym import derivatives, elements, functions, operators
from symderive.notation.sym import syntax as tree
from symderive.notation.sym.reader import Reader, Task, Visit, Want

_VISIT: Mapping[type[tree.Node], Visit] = {
    tree.Number: elements.visit_number,
    tree.Name: elements.visit_name,
    tree.Ref: elements.visit_ref,
    tree.Call: functions.visit_call,
    tree.Group: operators.visit_group,
    tree.Sign: operators.visit_sign,
    tree.Power: operators.visit_power,
    tree.Chain: operators.visit_chain,
    tree.Bracket: operators.visit_bracket,
    tree.Arrow: operators.visit_arrow,
    tree.Comparison: operators.visit_comparison,
    tree.Junction: operators.visit_junction,
    tree.Not: operators.visit_not,
    tree.Derivative: derivatives.visit_derivative,
}


def visit(reader: Reader, node: tree.Node, want: Want = "real") -> None:
    """The first pass."""
    stack: list[Task] = [(node, want, reader.free)]
    while stack:
        part, wanted, scope = stack.pop()
        stack.extend(reversed(list(_VISIT[type(part)](reader, part, wanted, scope))))


def read(reader: Reader, node: tree.Node, want: Want = "real") -> Any:
    """Both passes, for an expression that stands alone."""
    visit(reader, node, want)
    reader.settle()
    reader.build()
    return reader.value(node)
