"""Expressions and models in the text of the language, which reads back to the same meaning."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from sympy import Add, Integer, Mul, Pow, Rational, S
from sympy.core.basic import Basic
from sympy.core.expr import Expr
from sympy.core.numbers import Number

from symderive.errors import NotSupportedError
from symderive.expr import (
    FALSE,
    TRUE,
    AllOf,
    AnyOf,
    Axis,
    Compare,
    Element,
    Exp,
    Index,
    Iverson,
    Reduce,
    Size,
    Tensor,
    Where,
    Xlogy,
    close,
    replace,
)
from symderive.model import REALS, Declaration, Domain, Equation, Model
from symderive.model.build import facing
from symderive.notation.arrange import Arranger, Scope, number_last
from symderive.notation.spelling import MEANINGS, WORDS

#: How tightly a text holds together: what needs parentheses where.
_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(5)


class SymPrinter:
    """Writes expressions of ``model`` in the language.

    >>> from symderive.catalog import hinge
    >>> model = hinge()
    >>> printer = SymPrinter(model)
    >>> print(printer.equation(model.equations[1]))
    e[i, j] = max(0, s[i, j] - s[i, y[i]] + Delta)
    >>> print(printer.equation(model.equations[2]))
    L[i] = sum[j != y[i]](e[i, j])
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.arranger = Arranger(model, show_hidden=True)
        self._forms: tuple[tuple[Any, Callable[[Any, Scope], tuple[str, int]]], ...] = (
            (Element, self._element),
            (Index, lambda expr, scope: (expr.name, _ATOM)),
            (Size, lambda expr, scope: (expr.axis.name, _ATOM)),
            (Number, self._number),
            (Add, self._sum),
            ((Mul, Pow), self._product),
            (Reduce, self._reduce),
            (Iverson, lambda expr, scope: (f"[{self._condition(expr.cond, scope)}]", _ATOM)),
            (Where, self._where),
        )
        self._form_of: dict[type, Callable[[Any, Scope], tuple[str, int]] | None] = {}
        #: Of the text that is being written: what is shared is written once.
        self._known: dict[tuple[int, int], tuple[Basic, Scope, tuple[str, int]]] = {}

    def expression(self, expr: Expr, scope: Scope | None = None) -> str:
        """``expr`` in the language; fresh indices get letters."""
        scope = self.arranger.scope(expr) if scope is None else scope
        self._known.clear()
        return self._text(replace(expr, dict(scope.letters)), scope)

    def condition(self, cond: Basic, scope: Scope | None = None) -> str:
        """``cond`` in the language."""
        scope = self.arranger.scope(cond) if scope is None else scope
        self._known.clear()
        return self._condition(replace(cond, dict(scope.letters)), scope)

    def equation(self, equation: Equation) -> str:
        """``left = right``; a guard has no text of its own."""
        if equation.where != TRUE:
            raise NotSupportedError(
                f"{equation.name} holds only where {equation.where}: a guard of an equation has no"
                " text in the language"
            )
        scope = self.arranger.scope(equation.element, equation.rhs)
        self._known.clear()
        return f"{self._text(equation.element, scope)} = {self._text(equation.rhs, scope)}"

    # --- parts --------------------------------------------------------------------------------

    def _text(self, expr: Basic, scope: Scope, least: int = _SUM) -> str:
        """``expr``, in parentheses if it holds together less tightly than ``least``."""
        text, tightness = self._form(expr, scope)
        return f"({text})" if tightness < least else text

    def _form(self, expr: Basic, scope: Scope) -> tuple[str, int]:
        key = id(expr), id(scope)
        if key not in self._known:
            self._known[key] = expr, scope, self._formed(expr, scope)
        return self._known[key][2]

    def _formed(self, expr: Basic, scope: Scope) -> tuple[str, int]:
        kind = type(expr)
        if kind not in self._form_of:
            fitting = (form for kinds, form in self._forms if issubclass(kind, kinds))
            self._form_of[kind] = next(fitting, None)
        form = self._form_of[kind]
        if form is not None:
            return form(expr, scope)
        args = getattr(expr, "args", ())
        if expr is S.Pi:
            return "pi", _ATOM
        if expr is S.Exp1:
            return "exp(1)", _ATOM
        if type(expr) in WORDS:
            return f"{WORDS[type(expr)]}({self._list(args, scope)})", _ATOM
        if type(expr) in MEANINGS:
            meaning = MEANINGS[type(expr)]
            loose = {name: self._text(arg, scope) for name, arg in zip("xy", args, strict=False)}
            tight = {
                name: self._text(arg, scope, _POWER) for name, arg in zip("XY", args, strict=False)
            }
            tightness = _PRODUCT if type(expr) is Xlogy else _ATOM
            return meaning.format(**loose, **tight), tightness
        raise NotSupportedError(f"{type(expr).__name__} has no text in the language: {expr}")

    def _list(self, exprs: Iterable[Basic], scope: Scope) -> str:
        return ", ".join(self._text(expr, scope) for expr in exprs)

    def _element(self, expr: Element, scope: Scope) -> tuple[str, int]:
        name = expr.tensor.name
        if not (name.isascii() and name.isidentifier()):
            raise NotSupportedError(f"{name} is a name that no model can be given")
        slots = f"[{self._list(expr.slots, scope)}]" if expr.slots else ""
        return name + slots, _ATOM

    def _number(self, expr: Number, scope: Scope) -> tuple[str, int]:  # noqa: ARG002
        text = str(expr)
        if isinstance(expr, Rational) and re.fullmatch("-?1/10000*", text):
            text = text.replace("/1", "e-").rstrip("0") + str(text.count("0"))
            return text, _SIGN if expr.is_negative else _ATOM
        if expr.is_negative:
            return text, _SIGN
        return text, _ATOM if isinstance(expr, Integer) or not expr.is_finite else _PRODUCT

    def _sum(self, expr: Add, scope: Scope) -> tuple[str, int]:
        text = ""
        for term in self.arranger.order_terms(expr.args):
            minus = bool(term.as_coeff_Mul()[0].is_negative)
            part = self._text(-term if minus else term, scope, _PRODUCT)
            sign = (" - " if minus else " + ") if text else ("-" if minus else "")
            text += sign + part
        return text, _SUM

    def _product(self, expr: Expr, scope: Scope) -> tuple[str, int]:
        if isinstance(expr, Pow) and not expr.exp.as_coeff_Mul()[0].is_negative:
            return self._power(expr, scope)
        total, expr = self._mean(expr)
        means = [] if total is None else [self._reduction("mean", total, scope)]
        number, top, bottom = self.arranger.split_product(expr, base_two=False)
        sign = "-" if number.is_negative else ""
        number = abs(number)
        above, below = (
            (Integer(number.p), Integer(number.q))
            if isinstance(number, Rational)
            else (number, S.One)
        )
        under = [*([] if below == S.One else [below]), *bottom]
        factors = [self._text(factor, scope, _SIGN) for factor in top] + means
        if above != S.One or not factors:
            factors.insert(0, self._text(above, scope))
        if not under and len(factors) == 1:
            if means:
                return sign + means[0], _SIGN if sign else _ATOM
            if sign and top:
                return f"-{self._text(top[0], scope, _PRODUCT)}", _SIGN
        text = " * ".join(factors)
        for factor in under:
            text += f" / {self._text(factor, scope, _POWER)}"
        tightness = _ATOM if "(" not in text and " " not in text else _PRODUCT
        return (sign + text, _SIGN if sign else tightness)

    def _power(self, expr: Pow, scope: Scope) -> tuple[str, int]:
        base, exponent = expr.args
        if exponent == S.Half:
            return f"sqrt({self._text(base, scope)})", _ATOM
        power = self._text(exponent, scope, _ATOM)
        return f"{self._text(base, scope, _ATOM)}**{power}", _POWER

    def _mean(self, expr: Expr) -> tuple[Reduce | None, Expr]:
        """A sum over the number of its terms, which is a mean, and what is multiplied by it."""
        factors = list(Mul.make_args(expr))
        for total in factors:
            if not (isinstance(total, Reduce) and total.kind == "sum"):
                continue
            counts = [factor for factor in _counts(total) if factor in factors]
            if len(counts) == len(_counts(total)) and counts:
                rest = [factor for factor in factors if factor not in (total, *counts)]
                return total, Mul(*rest, evaluate=False)  # else numbers go into sums
        return None, expr

    def _reduce(self, node: Reduce, scope: Scope) -> tuple[str, int]:
        if node.kind == "lse":
            letters, cond, body, inner = self.arranger.open(node, scope)
            total = self._written("sum", letters, cond, Exp(body), inner)
            return f"log({total})", _ATOM
        return self._reduction(node.kind, node, scope), _ATOM

    def _reduction(self, kind: str, node: Reduce, scope: Scope) -> str:
        letters, cond, body, inner = self.arranger.open(node, scope)
        return self._written(kind, letters, cond, body, inner)

    def _written(
        self, kind: str, letters: Sequence[Index], cond: Basic, body: Expr, scope: Scope
    ) -> str:
        names = ", ".join(letter.name for letter in letters)
        if cond != TRUE:
            cond = facing(cond, tuple(letters))
            text = self._condition(cond, scope)
            short = isinstance(cond, Compare) and len(letters) == 1 and cond.lhs == letters[0]
            names = text if short else f"{names} if {text}"
        return f"{kind}[{names}]({self._text(body, scope)})"

    def _where(self, node: Where, scope: Scope) -> tuple[str, int]:
        cond, *branches = node.args
        return f"where({self._condition(cond, scope)}, {self._list(branches, scope)})", _ATOM

    def _condition(self, cond: Basic, scope: Scope) -> str:
        match cond:
            case Compare():
                cond = number_last(cond)
                return f"{self._text(cond.lhs, scope)} {cond.op} {self._text(cond.rhs, scope)}"
            case AllOf() | AnyOf():
                word = " and " if isinstance(cond, AllOf) else " or "
                return word.join(
                    f"({self._condition(part, scope)})"
                    if isinstance(part, AllOf | AnyOf)
                    else self._condition(part, scope)
                    for part in cond.args
                )
        if cond in (TRUE, FALSE):
            return "0 == 0" if cond == TRUE else "0 == 1"
        raise NotSupportedError(f"{cond} has no text in the language")


def _counts(total: Reduce) -> list[Expr]:
    """The factors that make a sum a mean."""
    if total.cond == TRUE:
        sizes: dict[Axis, int] = {}
        for bound in total.bound:
            sizes[bound.axis] = sizes.get(bound.axis, 0) + 1
        return [Pow(Size(axis), -count) for axis, count in sizes.items()]
    letters = [Index(f"'{place}", bound.axis) for place, bound in enumerate(total.bound)]
    table: Mapping[Basic, Basic] = dict(zip(total.bound, letters, strict=True))
    return [Pow(close("sum", letters, S.One, replace(total.cond, table)), S.NegativeOne)]


def model_text(model: Model) -> str:
    """The whole model as a ``.sym`` file.

    >>> from symderive.catalog import squared_error
    >>> print(model_text(squared_error()).split(chr(10))[-2])
    loss = mean[i](L[i])
    """
    printer = SymPrinter(model)
    blocks = (
        [f"# {line}" for line in (model.title, model.source) if line],
        [_declaration(declaration, printer) for declaration in model.declarations],
        [*_letters(model), *_hidden(model), *_names(model)],
        [printer.equation(equation) for equation in model.equations],
        [f"claim {claim.text}" for claim in model.claims],
    )
    return "\n".join("\n".join(block) + "\n" for block in blocks if block)


def _declaration(declaration: Declaration, printer: SymPrinter) -> str:
    text = f"{declaration.role:<6} {_head(declaration.tensor)}"
    if declaration.tensor.label_of is not None:
        text += f" in {declaration.tensor.label_of.name}"
    if declaration.default is not None:
        text += f" = {printer.expression(declaration.default)}"
    if declaration.domain != REALS:
        text += f" in {_domain(declaration.domain, printer)}"
    return text


def _head(tensor: Tensor) -> str:
    axes = ", ".join(axis.name for axis in tensor.axes)
    return f"{tensor.name}[{axes}]" if axes else tensor.name


def _domain(domain: Domain, printer: SymPrinter) -> str:
    if domain.simplex:
        return "simplex"
    if domain.values:
        return f"{{{', '.join(map(printer.expression, domain.values))}}}"
    low, high = printer.expression(domain.low), printer.expression(domain.high)
    return f"{'[' if domain.low_closed else '('}{low}, {high}{']' if domain.high_closed else ')'}"


def _letters(model: Model) -> list[str]:
    """Lines for the letters that have one axis in the whole model."""
    axes: dict[str, set[Axis]] = {}
    for letter in model.notation.letters:
        axes.setdefault(letter.name, set()).add(letter.axis)
    fixed = [letter for letter in model.notation.letters if len(axes[letter.name]) == 1]
    parts = [
        f"{', '.join(letter.name for letter in letters)}: {axis.name}"
        for axis, letters in groupby(fixed, key=lambda letter: letter.axis)
    ]
    lines = [f"index  {'; '.join(parts)}"] if parts else []
    if model.sample is not None:
        lines.append(f"sample {model.sample.name}: {model.sample.axis.name}")
    return lines


def _hidden(model: Model) -> list[str]:
    letters = sorted({letter for letter, _ in model.notation.hidden})
    order = {name: place for place, name in enumerate(model.names)}
    return [
        f"hide {letter} on "
        + ", ".join(
            sorted((n for found, n in model.notation.hidden if found == letter), key=order.get)  # type: ignore[arg-type]
        )
        for letter in letters
    ]


def _names(model: Model) -> list[str]:
    return [
        f"name {name} {model.notation.latex[name]}"
        for name in model.names
        if name in model.notation.latex
    ]
