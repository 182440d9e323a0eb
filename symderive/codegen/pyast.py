"""Small constructors for Python's syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterable


def name(text: str) -> ast.expr:
    """A variable, or a dotted name such as ``np.exp``."""
    first, *rest = text.split(".")
    node: ast.expr = ast.Name(first, ast.Load())
    for part in rest:
        node = ast.Attribute(node, part, ast.Load())
    return node


def literal(value: object) -> ast.expr:
    """A number, a string, None or a truth value; a negative number with its sign apart."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)  # type: ignore[arg-type]


def call(function: str | ast.expr, *args: ast.expr, **options: ast.expr) -> ast.Call:
    """A call."""
    head = name(function) if isinstance(function, str) else function
    return ast.Call(head, list(args), [ast.keyword(key, node) for key, node in options.items()])


def tuple_of(items: Iterable[ast.expr]) -> ast.expr:
    """A tuple."""
    return ast.Tuple(list(items), ast.Load())


def item(value: ast.expr, *slots: ast.expr) -> ast.Subscript:
    """``value[slots]``."""
    index = slots[0] if len(slots) == 1 else tuple_of(slots)
    return ast.Subscript(value, index, ast.Load())


def everything() -> ast.expr:
    """The slice ``:``."""
    return ast.Slice()


_BINARY: dict[str, type[ast.operator]] = {
    "+": ast.Add,
    "-": ast.Sub,
    "*": ast.Mult,
    "/": ast.Div,
    "**": ast.Pow,
    "@": ast.MatMult,
    "&": ast.BitAnd,
    "|": ast.BitOr,
}
_UNARY: dict[str, type[ast.unaryop]] = {"-": ast.USub, "~": ast.Invert, "not": ast.Not}
_COMPARE: dict[str, type[ast.cmpop]] = {
    "==": ast.Eq,
    "!=": ast.NotEq,
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
    "is not": ast.IsNot,
}


def operation(operator: str, *operands: ast.expr) -> ast.expr:
    """An operation of one or two operands; parentheses come with printing."""
    if operator in _COMPARE:
        return ast.Compare(operands[0], [_COMPARE[operator]()], [operands[1]])
    if len(operands) == 1:
        return ast.UnaryOp(_UNARY[operator](), operands[0])
    return ast.BinOp(operands[0], _BINARY[operator](), operands[1])


def either(tests: list[ast.expr]) -> ast.expr:
    """Tests joined by ``or``."""
    return ast.BoolOp(ast.Or(), tests) if len(tests) > 1 else tests[0]


def assign(target: str | ast.expr, value: ast.expr) -> ast.stmt:
    """``target = value``."""
    return ast.Assign([_stored(target)], value)


def augment(target: str | ast.expr, operator: str, value: ast.expr) -> ast.stmt:
    """``target += value`` and the like."""
    return ast.AugAssign(_stored(target), _BINARY[operator](), value)  # type: ignore[arg-type]


def _stored(target: str | ast.expr) -> ast.expr:
    return ast.Name(target, ast.Store()) if isinstance(target, str) else target


def mapping(pairs: Iterable[tuple[ast.expr, ast.expr]]) -> ast.expr:
    """A dictionary."""
    found = list(pairs)
    return ast.Dict([key for key, _ in found], [value for _, value in found])


def returned(value: ast.expr) -> ast.stmt:
    """``return value``."""
    return ast.Return(value)


def strings(items: Iterable[str]) -> ast.expr:
    """A tuple of strings."""
    return tuple_of(map(literal, items))
