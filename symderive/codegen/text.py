"""Equations as one line of text, for docstrings and comments."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Abs, Add, Mul, Pow, Rational, S, log
from sympy.core.basic import Basic
from sympy.core.expr import Expr
from sympy.core.numbers import Infinity, NegativeInfinity, Number

from symderive.codegen.names import plain
from symderive.expr import (
    TRUE,
    AllOf,
    AnyOf,
    Bound,
    Compare,
    Element,
    Index,
    Iverson,
    MaxOf,
    MinOf,
    Reduce,
    Size,
    Where,
    free_indices,
    in_order,
    subexpressions,
)
from symderive.model import Equation, Notation

_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(5)
_LETTERS = "ijklmnpqrtuvabcdefgh"


def equation_text(equation: Equation, notation: Notation) -> str:
    """``left = right`` in the language of models; adjoints are written ``d..``.

    >>> from symderive.catalog import softmax_nll
    >>> model = softmax_nll()
    >>> equation_text(model.equation("p"), model.notation)
    'p[i, j] = exp(s[i, j])/sum[l](exp(s[i, l]))'
    """
    free = in_order(free_indices(equation.rhs, equation.where) | set(equation.indices))
    table: dict[Basic, str] = {index: plain(index.name) for index in free}
    writer = _Writer(notation)
    guard = "" if equation.where == TRUE else f"  where {writer.text(equation.where, table)}"
    left = writer.text(equation.element, table)
    return f"{left} = {writer.text(equation.rhs, table)}{guard}"


class _Writer:
    def __init__(self, notation: Notation) -> None:
        self.notation = notation

    def text(self, node: Basic, letters: Mapping[Basic, str], outside: int = _SUM) -> str:
        text, level = self._text(node, letters)
        return f"({text})" if level < outside else text

    def _text(self, node: Basic, letters: Mapping[Basic, str]) -> tuple[str, int]:
        match node:
            case Index() | Bound():
                return letters.get(node, str(node)), _ATOM
            case Size():
                return node.axis.name, _ATOM
            case Infinity() | NegativeInfinity():
                return ("oo", _ATOM) if node == S.Infinity else ("-oo", _SIGN)
            case Number():
                level = _SIGN if node < 0 else _ATOM if node.is_Integer else _PRODUCT
                return str(node), level
            case Element():
                slots = ", ".join(self.text(slot, letters) for slot in node.slots)
                name = plain(node.tensor.name)
                return (f"{name}[{slots}]" if slots else name), _ATOM
            case Add():
                return self._add(node, letters), _SUM
            case Mul():
                return self._mul(node, letters)
            case Pow():
                return self._pow(node, letters)
            case Iverson():
                return f"[{self.text(node.cond, letters)}]", _ATOM
            case Compare():
                sides = (self.text(side, letters) for side in (node.lhs, node.rhs))
                return f" {node.op} ".join(sides), _PRODUCT
            case AllOf() | AnyOf():
                word = " and " if isinstance(node, AllOf) else " or "
                return word.join(self.text(part, letters, _PRODUCT) for part in node.args), _SUM
            case Reduce():
                return self._reduce(node, letters), _ATOM
        return self._call(node, letters), _ATOM

    def _call(self, node: Basic, letters: Mapping[Basic, str]) -> str:
        if isinstance(node, MaxOf | MinOf):
            name = "max" if isinstance(node, MaxOf) else "min"
        elif isinstance(node, Where):
            name = "where"
        elif isinstance(node, Abs):
            name = "abs"
        elif not node.args:
            return str(node)
        else:
            name = type(node).__name__.lower() if not isinstance(node, log) else "log"
        return f"{name}({', '.join(self.text(arg, letters) for arg in node.args)})"

    def _add(self, node: Add, letters: Mapping[Basic, str]) -> str:
        parts = [self.text(term, letters, _PRODUCT) for term in _positive_first(node)]
        result = parts[0]
        for part in parts[1:]:
            result += f" - {part[1:]}" if part.startswith("-") else f" + {part}"
        return result

    def _mul(self, node: Mul, letters: Mapping[Basic, str]) -> tuple[str, int]:
        coefficient, rest = node.as_coeff_Mul()
        sign = "-" if coefficient.is_negative else ""
        above: list[str] = []
        below: list[str] = []
        coefficient = abs(coefficient)
        if isinstance(coefficient, Rational):
            if coefficient.p != 1:
                above.append(str(coefficient.p))
            if coefficient.q != 1:
                below.append(str(coefficient.q))
        for factor in in_order(Mul.make_args(rest)):
            if isinstance(factor, Pow) and factor.exp.is_Rational and factor.exp.is_negative:
                below.append(self.text(Pow(factor.base, -factor.exp), letters, _POWER))
            else:
                above.append(self.text(factor, letters, _SIGN))
        text = "*".join(above) or "1"
        if below:
            text += f"/{below[0]}" if len(below) == 1 else f"/({'*'.join(below)})"
        return sign + text, _PRODUCT

    def _pow(self, node: Pow, letters: Mapping[Basic, str]) -> tuple[str, int]:
        base, exponent = node.args
        if exponent == S.Half:
            return f"sqrt({self.text(base, letters)})", _ATOM
        if exponent.is_Rational and exponent.is_negative:
            return f"1/{self.text(Pow(base, -exponent), letters, _POWER)}", _PRODUCT
        return f"{self.text(base, letters, _ATOM)}**{self.text(exponent, letters, _ATOM)}", _POWER

    def _reduce(self, node: Reduce, letters: Mapping[Basic, str]) -> str:
        inner = {**letters, **self._letters(node, letters)}
        names = ", ".join(inner[bound] for bound in node.bound)
        guard = "" if node.cond == TRUE else f" if {self.text(node.cond, inner)}"
        return f"{node.kind}[{names}{guard}]({self.text(node.body, inner)})"

    def _letters(self, node: Reduce, letters: Mapping[Basic, str]) -> dict[Basic, str]:
        """Letters for bound indices: as written, else those of the axis, that are free here."""
        inside = {n for n in subexpressions(node) if isinstance(n, Index | Bound)}
        taken = {letters[index] for index in inside if index in letters}
        written = self.notation.binders.get(node, ())
        found: dict[Basic, str] = {}
        for position, bound in enumerate(node.bound):
            own = [index.name for index in self.notation.letters if index.axis == bound.axis]
            wanted = list(written[position : position + 1]) + own + list(_LETTERS)
            free = (name for name in wanted if name not in taken and name not in found.values())
            found[bound] = next(free, str(bound))
        return found


def _positive_first(node: Expr) -> list[Expr]:
    terms: list[Expr] = in_order(node.args)
    return sorted(terms, key=lambda term: bool(term.as_coeff_Mul()[0].is_negative))
