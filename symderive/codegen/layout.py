"""Prints syntax trees in the form that ``ruff format`` gives them."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

WIDTH = 100
INDENT = "    "

_POWER = re.compile(r"(\w+) \*\* ([\d.]+)")


def flat(node: ast.AST) -> str:
    """``node`` in one line. The strings of generated code hold no quotes."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Constant(value=str(text)) if text.isprintable() and "\\" not in text:
            return f'"{text}"'
        case ast.Attribute(value=ast.Name() | ast.Attribute() | ast.Call() as value, attr=attr):
            return f"{flat(value)}.{attr}"
        case ast.Call(func=function, args=args, keywords=keywords) if all(
            option.arg for option in keywords
        ):
            options = [f"{option.arg}={flat(option.value)}" for option in keywords]
            return f"{flat(function)}({', '.join([*map(flat, args), *options])})"
        case ast.Subscript(value=ast.Name() as value, slice=ast.Name() | ast.Constant() as part):
            return f"{flat(value)}[{flat(part)}]"
        case ast.BoolOp():  # whose later operands ast.unparse puts in parentheses
            return f" {_word(node)} ".join(map(flat, node.values))
        case ast.Assign(targets=[target], value=value):
            return f"{flat(target)} = {flat(value)}"
        case ast.stmt():
            ast.fix_missing_locations(node)  # of which ast.unparse asks the line
    text = ast.unparse(node).replace("'", '"')
    return _POWER.sub(r"\1**\2", text)


def statement(node: ast.stmt, depth: int = 0) -> list[str]:
    """The lines of a statement, indented by ``depth`` steps."""
    match node:
        case ast.Assign() if not isinstance(node.value, ast.BoolOp | ast.Tuple):
            line = INDENT * depth + flat(node)
            if len(line) <= WIDTH:
                return [line]
    match node:
        case ast.Assign(targets=[target], value=value):
            return expression(value, depth, f"{flat(target)} = ")
        case ast.AugAssign(target=target, value=value):
            operator = flat(node).removeprefix(flat(target) + " ").split(" ", 1)[0]
            return expression(value, depth, f"{flat(target)} {operator} ")
        case ast.Return(value=value) if value is not None:
            return expression(value, depth, "return ")
        case ast.Expr(value=value):
            return expression(value, depth)
        case ast.If(test=test, body=body):
            inside = [line for part in body for line in statement(part, depth + 1)]
            return [*expression(test, depth, "if ", ":"), *inside]
    return [INDENT * depth + flat(node)]


def expression(node: ast.expr, depth: int, before: str = "", after: str = "") -> list[str]:
    """The lines of an expression between ``before`` and ``after``; split where it is too long."""
    margin = INDENT * depth
    line = f"{margin}{before}{flat(node)}{after}"
    if len(line) <= WIDTH:
        return [line]
    match node:
        case ast.Call():
            given: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
            items = [(*_split_item(arg), "") for arg in given]
            opening, closing = f"{flat(node.func)}(", ")"
        case ast.Subscript(slice=ast.Tuple(elts=parts)):
            items = [("", part, "") for part in parts]
            opening, closing = f"{flat(node.value)}[", "]"
        case ast.Tuple(elts=parts):
            items = [("", part, "") for part in parts]
            opening, closing = "(", ")"
        case ast.Dict(keys=keys, values=values):
            items = [
                (f"{flat(key)}: ", value, "")
                for key, value in zip(keys, values, strict=True)
                if key is not None
            ]
            opening, closing = "{", "}"
        case ast.BoolOp(values=parts) if before or after:
            return _parenthesised(node, depth, before, after)
        case _ if before.endswith("= "):
            return [f"{margin}{before}(", f"{margin}{INDENT}{flat(node)}", f"{margin}){after}"]
        case _:
            return [line]
    inside = ", ".join(f"{head}{flat(part)}" for head, part, _ in items)
    first, last = f"{margin}{before}{opening}", f"{margin}{closing}{after}"
    if len(first) > WIDTH and before.endswith("= "):
        return [f"{margin}{before}(", *expression(node, depth + 1), f"{margin}){after}"]
    if len(margin) + len(INDENT) + len(inside) <= WIDTH:
        return [first, f"{margin}{INDENT}{inside}", last]
    lines = [first]
    for head, part, _ in items:
        lines += expression(part, depth + 1, head, ",")
    return [*lines, last]


def _split_item(arg: ast.expr | ast.keyword) -> tuple[str, ast.expr]:
    return (f"{arg.arg}=", arg.value) if isinstance(arg, ast.keyword) else ("", arg)


def _parenthesised(node: ast.BoolOp, depth: int, before: str, after: str) -> list[str]:
    margin = INDENT * depth
    word = _word(node)
    if len(margin) + len(INDENT) + len(flat(node)) <= WIDTH:
        inner = [f"{margin}{INDENT}{flat(node)}"]
    else:
        inner = [
            f"{margin}{INDENT}{f'{word} ' if place else ''}{flat(part)}"
            for place, part in enumerate(node.values)
        ]
    return [f"{margin}{before}(", *inner, f"{margin}){after}"]


def _word(node: ast.BoolOp) -> str:
    return "or" if isinstance(node.op, ast.Or) else "and"


def signature(name: str, parameters: Sequence[tuple[str, ast.expr | None]]) -> list[str]:
    """The head of a function; a parameter may have a default."""
    items = [
        parameter if default is None else f"{parameter}={flat(default)}"
        for parameter, default in parameters
    ]
    line = f"def {name}({', '.join(items)}):"
    if len(line) <= WIDTH:
        return [line]
    inside = INDENT + ", ".join(items)
    if len(inside) <= WIDTH:
        return [f"def {name}(", inside, "):"]
    lines = [f"def {name}("]
    for parameter, default in parameters:
        if default is None:
            lines.append(f"{INDENT}{parameter},")
        else:
            lines += expression(default, 1, f"{parameter}=", ",")
    return [*lines, "):"]


def comment(text: str, depth: int) -> list[str]:
    """An equation as comment lines."""
    margin = INDENT * depth + "# "
    return broken(text, margin, margin + INDENT)


def broken(text: str, first: str = "", other: str = "", width: int = WIDTH) -> list[str]:
    """An equation on lines of ``width``, broken where fewest parentheses are open.

    >>> broken("s[i, j] = sum[k](w[j, k] * x[i, k]) + b[j]", width=38)
    ['s[i, j] = sum[k](w[j, k] * x[i, k])', '+ b[j]']
    """
    lines: list[str] = []
    head = first
    while len(head) + len(text) > width:
        room = width - len(head)
        places = _blanks(text, room)
        late = [found for found in places if found[0] > room * _FILLED] or places[-1:]
        if not late:
            break
        place, _ = min(late, key=lambda found: (found[1], -found[0]))
        lines.append(head + text[:place])
        head, text = other, text[place + 1 :]
    return [*lines, head + text]


#: How much of a line a break leaves filled, if it can.
_FILLED = 0.45


def _blanks(text: str, room: int) -> list[tuple[int, int]]:
    """Where ``text`` may be broken up to ``room``, and how deep inside; never between indices."""
    found: list[tuple[int, int]] = []
    opened: list[str] = []
    for place, here in enumerate(text[: room + 1]):
        if here in "([{":
            opened.append(here)
        elif here in ")]}" and opened:
            opened.pop()
        elif here == " " and place and not (opened[-1:] == ["["] and text[place - 1] == ","):
            behind = text[place + 1 : place + 3]
            weak = 0 if behind in ("+ ", "- ") else 1
            found.append((place, 2 * len(opened) + weak))
    return found


def docstring(text: str) -> list[str]:
    """A docstring of a function, in one line if it fits."""
    line = f'{INDENT}"""{text}"""'
    if len(line) <= WIDTH:
        return [line]
    # A single line would get its quotes behind it, beyond the margin.
    lines = wrapped(f'"""{text}', INDENT, INDENT, WIDTH - 10)
    return [*lines, f'{INDENT}"""']


def wrapped(text: str, first: str = "", other: str = "", width: int = WIDTH) -> list[str]:
    """``text`` broken at blanks; ``first`` and ``other`` stand before the lines."""
    lines: list[str] = []
    current = first
    for word in text.split(" "):
        empty = current in (first, other) and (not lines or current == other)
        longer = current + word if empty else f"{current} {word}"
        if len(longer) > width and not empty:
            lines.append(current)
            current = other + word
        else:
            current = longer
    return [*lines, current]
