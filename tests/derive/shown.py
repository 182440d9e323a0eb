"""A derivation as plain text: the display tree written out, nothing reordered or left out."""

from __future__ import annotations

import re

from sympy import Add, Function, Mul, Pow
from sympy.core.basic import Basic

from symderive.derive import Derivation
from symderive.derive.display import (
    Adjoint,
    Block,
    Brace,
    Derivative,
    Display,
    Leaf,
    Partial,
    Power,
    Product,
    Quotient,
    Sum,
    Total,
)
from symderive.expr import (
    TRUE,
    AllOf,
    AnyOf,
    Compare,
    Index,
    Iverson,
    MaxOf,
    MinOf,
    Reduce,
    Where,
    in_order,
    open_with,
)


def shown(derivation: Derivation, *kinds: str) -> list[str]:
    """Every line of the blocks of ``kinds`` (all if none is given)."""
    lines: list[str] = []
    for block in derivation.blocks:
        if not kinds or block.kind in kinds:
            lines += block_lines(block)
    return lines


def block_lines(block: Block) -> list[str]:
    """The heading of a block, if it has one, and its steps."""
    head = [] if block.case == TRUE else [f"if {written(block.case)}:"]
    lines = []
    for step in block.steps:
        left = "" if step.left is None else text(step.left)
        lines.append(f"{left} = {text(step.right)}".strip())
    return head + lines


def text(display: Display) -> str:
    """One display; fresh letters are numbered in order of appearance, so that runs agree.

    Expressions are written in the order of ours, so that no version of SymPy matters.
    """
    return _renamed(_text(display))


def _text(display: Display) -> str:
    match display:
        case Leaf(expr):
            return written(expr)
        case Partial(of, wrt, direct=direct):
            return f"{'D' if direct else 'd'}{of}/d{wrt}"
        case Derivative(body, wrt):
            return f"d/d{wrt}({_text(body)})"
        case Adjoint(_, element):
            return f"delta({element})"
        case Product(factors):
            return " * ".join(_factor(factor) for factor in factors)
        case Sum(terms):
            return " + ".join(_text(term) for term in terms)
        case Quotient(top, bottom):
            return f"({_text(top)}) / ({_text(bottom)})"
        case Power(base, exponent):
            return f"({_text(base)})^{written(exponent)}"
        case Total(indices, cond, body):
            letters = ", ".join(index.name for index in indices)
            guard = "" if cond == TRUE else f" if {written(cond)}"
            return f"sum[{letters}{guard}]({_text(body)})"
        case Brace(body, under):
            return f"{{{_text(body)} | {_text(under)}}}"
    raise TypeError(display)


def _factor(display: Display) -> str:
    needs = isinstance(display, Sum) or (
        isinstance(display, Leaf) and isinstance(display.expr, Add)
    )
    return f"({_text(display)})" if needs else _text(display)


def written(node: Basic) -> str:
    """An expression or a condition."""
    match node:
        case Add():
            terms = [written(term) for term in in_order(node.args)]
            return " + ".join(terms).replace("+ -", "- ")
        case Mul():
            number, rest = node.as_coeff_Mul()
            sign = "-" if number == -1 else "" if number == 1 else f"{number}*"
            return sign + "*".join(_atom(factor) for factor in in_order(Mul.make_args(rest)))
        case Pow():
            return f"{_atom(node.base)}**{_atom(node.exp)}"
        case Reduce():
            letters = tuple(Index(f"_{b.height}{b.slot}", b.axis) for b in node.bound)
            cond, body = open_with(node, letters)
            guard = "" if cond == TRUE else f" if {written(cond)}"
            return f"{node.kind}[{', '.join(i.name for i in letters)}{guard}]({written(body)})"
        case Iverson():
            return f"[{written(node.cond)}]"
        case Compare():
            return f"{written(node.lhs)} {node.op} {written(node.rhs)}"
        case AllOf() | AnyOf():
            word = " and " if isinstance(node, AllOf) else " or "
            return word.join(written(part) for part in in_order(node.args))
        case Function() | MaxOf() | MinOf() | Where():
            return f"{type(node).__name__}({', '.join(written(arg) for arg in node.args)})"
    return str(node)


def _atom(node: Basic) -> str:
    return f"({written(node)})" if isinstance(node, Add | Mul) else written(node)


def _renamed(line: str) -> str:
    """Fresh letters such as ``n'17`` as ``n'1``, ``n'2``, .. in order of appearance."""
    seen: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        return seen.setdefault(found.group(), f"{found.group(1)}'{len(seen) + 1}")

    return re.sub(r"([a-z]+)'(\d+)\b", name, line)
