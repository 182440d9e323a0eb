"""Formulas that a lecturer writes in the language of models, and text with such formulas in it.

Nothing of it reaches LaTeX as it was written: formulas are read and printed anew, text is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from sympy import Rational, S

from symderive.errors import InputError
from symderive.expr import TRUE, Tensor
from symderive.model import Claim, Declaration, Model
from symderive.model.claims import Rounded
from symderive.notation import GREEK, Layout, Printer
from symderive.notation import layout as lay
from symderive.notation.sym import read_claim
from symderive.typeset.escape import latex_text
from symderive.typeset.formulas import prose, prose_width
from symderive.typeset.outline import Prose

#: What a shape is called in a sentence.
_SHAPES = ("convex", "concave", "increasing", "decreasing")
_RELATIONS = {"=": "==", "<=": "<=", ">=": ">=", "<": "<", ">": ">", "~": "~", "<-": "<-"}
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
#: What is a claim, and no chain of equalities.
_CLAIM = re.compile(rf"\s(?:for|if|with)\s|^\s*(?:{'|'.join(_SHAPES)})\s")
_STRONG = re.compile(r"\*\*([^*]+)\*\*")
_FORMULA = re.compile(r"\$(\$|[^$]*\$)")


@dataclass(frozen=True)
class Formula:
    """A formula as it is printed, words in between; and the printer that knows its names."""

    said: Prose
    printer: Printer

    @property
    def inline(self) -> str:
        """LaTeX in running text."""
        return prose(self.said, self.printer.latex_printer)

    @property
    def display(self) -> str:
        """LaTeX in running text, of the size of a displayed formula."""
        latex = "".join(
            latex_text(part)
            if isinstance(part, str)
            else rf"$\displaystyle {self.printer.latex(part)}$"
            for part in self.said
        )
        # What is said of a formula stays with the formula behind it.
        return latex.replace(" for $", " for~$").replace(" if $", " if~$").replace(" at $", " at~$")

    @property
    def width(self) -> float:
        """How wide it is as displayed, in em."""
        box = self.printer.latex_printer.box
        return sum(
            prose_width((part,), self.printer.latex_printer)
            if isinstance(part, str)
            else box(part).width
            for part in self.said
        )

    @property
    def height(self) -> float:
        """How high it is as displayed, in em."""
        boxes = [self.printer.latex_printer.box(p) for p in self.said if isinstance(p, Layout)]
        if not boxes:
            return 1.2
        return max(1.2, max(b.height for b in boxes) + max(b.depth for b in boxes) + 0.25)


def read_formula(text: str, model: Model, scalars: Sequence[str] = ()) -> Formula:
    r"""A formula about ``model``: an expression, a chain of equalities, or a claim.

    ``scalars`` are names that stand for real numbers and are not of the model; ``a <- b`` is what
    is assigned.

    Raises :class:`InputError` with line and column.

    >>> from symderive.catalog import softmax_nll
    >>> read_formula("dL[i]/ds[i, j] = p[i, j] - [j == y[i]]", softmax_nll()).inline
    '$\\partial L_i / \\partial s_j = p_j - \\mathbb{I}(j = y_i)$'
    """
    word = text.strip()
    letters = {index.name: index for index in model.notation.letters}
    letter = letters.get(word) or letters.get(model.notation.typed.get(word, ""))
    alone = model.tensor(word) if word in model.names else letter
    if alone is not None:
        printer = Printer(model)
        return Formula((printer.layout(alone),), printer)
    behind = _for(text, model, scalars)
    if _CLAIM.search(text):
        return claim_formula(_claim(text + behind, text, model), model)
    parts, signs = _chain(text)
    if not signs:
        found = _claim(f"{_condition(parts[0])} = 0{behind}", text, model)
        printer = claim_printer(found, model)
        return Formula((_without_bracket(_side(found.left, found, printer), parts[0]),), printer)
    if len(signs) == 1 and signs[0] in ("=", "~"):
        found = _claim(text + behind, text, model)
        return claim_formula(found, model)
    if signs == ["<-"]:
        found = _claim(f"{parts[0]} = {parts[1]}{behind}", text, model)
        printer = claim_printer(found, model)
        left, right = (_side(side, found, printer) for side in (found.left, found.right))
        return Formula((lay.Relation("<-", left, right),), printer)
    sides: list[Layout] = []
    for first, second in pairwise(parts):
        found = _claim(f"{first} = {second}{behind}", text, model)
        printer = claim_printer(found, model)
        if not sides:
            sides.append(_side(found.left, found, printer))
        sides.append(_side(found.right, found, printer))
    node = sides[0]
    for side, sign in zip(sides[1:], signs, strict=True):
        node = lay.Relation(_RELATIONS[sign], node, side)
    return Formula((node,), printer)


def claim_formula(claim: Claim, model: Model) -> Formula:
    """A claim as it stands on a slide, its case, its domain and its point behind it."""
    printer = claim_printer(claim, model)
    left = _side(claim.left, claim, printer)
    said: list[str | Layout] = []
    if claim.relation in _SHAPES:
        tensor = _named(claim.along, claim, model)
        said += [left, f" is {claim.relation} in ", printer.layout(tensor)]
    else:
        rounded = claim.relation == "~"
        right = _rounded(claim.right) if rounded else _side(claim.right, claim, printer)
        said.append(lay.Relation(_RELATIONS[claim.relation], left, right))
    if claim.given != TRUE:
        said += [" if ", _side(claim.given, claim, printer)]
    given = {name for name, _ in claim.point}
    limited = [d for d in claim.scalars if d.domain.low.is_finite or d.domain.high.is_finite
               or d.domain.values]  # fmt: skip
    for place, scalar in enumerate(d for d in limited if d.name not in given):
        said += [", " if place else " for ", _domain(scalar, printer)]
    for place, (name, value) in enumerate(claim.point):
        named = _named(name, claim, model)
        label = named.label_of is not None
        said += [", " if place else " at "]
        said.append(lay.Relation("==", printer.layout(named), _written(value, counted=label)))
    return Formula(tuple(said), printer)


def text_latex(text: str, model: Model, scalars: Sequence[str] = ()) -> tuple[str, float]:
    """Text with formulas between dollars as LaTeX, and its width.

    ``$$`` is a dollar, ``**word**`` is set in bold.
    """
    latex, width = "", 0.0
    for part in _parts(text, model, scalars):
        if isinstance(part, Formula):
            latex += part.inline
            width += prose_width(part.said, part.printer.latex_printer)
        else:
            latex += _STRONG.sub(r"\\textbf{\1}", latex_text(part))
            width += prose_width((part,), Printer(model).latex_printer)
    return latex, width


def _parts(text: str, model: Model, scalars: Sequence[str]) -> Iterator[str | Formula]:
    place = 0
    for found in _FORMULA.finditer(text):
        yield text[place : found.start()]
        inner = found[1]
        yield "$" if inner == "$" else read_formula(inner[:-1], model, scalars)
        place = found.end()
    rest = text[place:]
    if "$" in rest:
        raise InputError(f"a formula is not closed: {rest!r}; expected $..$, or $$ for a dollar")
    yield rest


# --- reading --------------------------------------------------------------------------------------


def _chain(text: str) -> tuple[list[str], list[str]]:
    """The sides of a chain and the signs between them, those inside parentheses left alone."""
    parts, signs = [""], []
    depth = 0
    place = 0
    while place < len(text):
        here = text[place]
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(here, 0)
        two = text[place : place + 2]
        sign = ""
        if depth == 0:
            if two in ("<=", ">=", "<-"):
                sign = two
            elif two in ("==", "!="):
                parts[-1] += two
                place += 2
                continue
            elif here in "=<>~":
                sign = here
        if sign:
            parts.append("")
            signs.append(sign)
            place += len(sign)
        else:
            parts[-1] += here
            place += 1
    return [part.strip() for part in parts], signs


def _for(text: str, model: Model, scalars: Sequence[str]) -> str:
    """The clause that introduces the scalars that ``text`` uses."""
    words = set(_WORD.findall(text))
    words |= {word[1:] for word in words if word.startswith("d")}
    used = [name for name in scalars if name in words and name not in model.names]
    if not used or re.search(r"\bfor\b", text):
        return ""
    return " for " + ", ".join(f"{name} in (-oo, oo)" for name in used)


def _claim(text: str, written: str, model: Model) -> Claim:
    before, at, point = text.partition(" with ")
    head, found, clause = before.partition(" for ")
    if at and not found and " for " in point:
        point, _, clause = point.partition(" for ")
        text = f"{head} for {clause} with {point}"
    try:
        return read_claim(text, model)
    except InputError as error:
        raise InputError(f"in the formula {written.strip()!r}: {_reason(error)}") from None


def _reason(error: InputError) -> str:
    """The message of an error without its place, which is not that of the lecture."""
    first = str(error).splitlines()[0]
    return re.sub(r"^\S+: line \d+, column \d+: ", "", first)


def _condition(text: str) -> str:
    """A condition as an expression that can be read."""
    outside, inside = text, ""
    while outside != inside:
        outside, inside = re.sub(r"\[[^\[\]]*\]|\([^()]*\)", "", outside), outside
    return f"[{text}]" if re.search(r"==|!=|<=|>=|<|>", outside) else text


def _without_bracket(node: Layout, text: str) -> Layout:
    if _condition(text) != text and isinstance(node, lay.Indicator):
        return node.cond
    return node


def claim_printer(claim: Claim, model: Model) -> Printer:
    """A printer that knows the scalars of a claim as well, and in which order its sums are."""
    sums = (*claim.sums, *model.notation.sums)
    model = replace(model, notation=replace(model.notation, sums=sums))
    known = {declaration.name for declaration in model.declarations}
    # Greek scalars stand where constants stand: in front.
    new = tuple(
        replace(d, role="const", default=S.One) if d.name in GREEK else d
        for d in claim.scalars
        if d.name not in known
    )
    return Printer(replace(model, declarations=(*model.declarations, *new)))


def _side(side: Any, claim: Claim, printer: Printer) -> Layout:
    scope = printer.scope(*_expressions(claim))
    return printer.layout(side, scope)


def _expressions(claim: Claim) -> Iterable[Any]:
    yield claim.left
    if claim.right is not None and not isinstance(claim.right, tuple | Rounded):
        yield claim.right
    yield claim.given


def _named(name: str, claim: Claim, model: Model) -> Tensor:
    for scalar in claim.scalars:
        if scalar.name == name:
            return scalar.tensor
    return model.tensor(name)


# --- numbers written out --------------------------------------------------------------------------


def _number(text: str) -> Layout:
    return lay.Word(text, text, number=True)


def _rounded(value: Any) -> Layout:
    """Digits as they were written."""
    if isinstance(value, tuple):
        return lay.Word(*_list([_rounded(part) for part in value]))
    places = max(0, _places(value.unit))
    text = f"{float(value.value):.{places}f}"
    if places > 6:
        mantissa, _, exponent = f"{float(value.value):.{_digits(value)}e}".partition("e")
        return lay.Word(
            rf"{mantissa} \cdot 10^{{{int(exponent)}}}", f"{mantissa}e{int(exponent)}", number=True
        )
    return _number(text)


def _places(unit: Any) -> int:
    return len(str(Rational(1) / unit)) - 1 if unit < 1 else 0


def _digits(value: Rounded) -> int:
    return max(0, len(str(abs(value.value / value.unit))) - 1)


def _written(value: Any, *, counted: bool = False) -> Layout:
    """A number or an array; positions count from 1 in print."""
    if isinstance(value, tuple):
        return lay.Word(*_list([_written(part, counted=counted) for part in value]))
    shown = value + 1 if counted else value
    number = Rational(shown) if shown.is_Rational else shown
    if number.is_Rational and number.q != 1 and len(f"{float(number):g}") < 8:
        return _number(f"{float(number):g}")
    return _number(str(number))


def _list(parts: Sequence[Any]) -> tuple[str, str]:
    if len(parts) == 1 and parts[0].latex.startswith("("):
        return parts[0].latex, parts[0].text
    latex = ",\\, ".join(part.latex for part in parts)
    return f"({latex})", f"({', '.join(part.text for part in parts)})"


def _domain(declaration: Declaration, printer: Printer) -> Layout:
    domain = declaration.domain
    name = printer.layout(declaration.tensor)
    if domain.values:
        values = ", ".join(map(str, domain.values))
        return lay.Relation("in", name, lay.Word(rf"\{{{values}\}}", f"{{{values}}}"))
    if domain.low.is_finite and not domain.high.is_finite:
        op = ">=" if domain.low_closed else ">"
        return lay.Relation(op, name, _written(domain.low))
    if domain.high.is_finite and not domain.low.is_finite:
        op = "<=" if domain.high_closed else "<"
        return lay.Relation(op, name, _written(domain.high))
    ends = _written(domain.low), _written(domain.high)
    opening, closing = "[" if domain.low_closed else "(", "]" if domain.high_closed else ")"
    latex = f"{opening}{ends[0].latex}, {ends[1].latex}{closing}"  # type: ignore[attr-defined]
    text = f"{opening}{ends[0].text}, {ends[1].text}{closing}"  # type: ignore[attr-defined]
    return lay.Relation("in", name, lay.Word(latex, text))
