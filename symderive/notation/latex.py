"""A formula on paper as LaTeX: spelling, parentheses, and where a line may be broken.

What is printed needs amsmath and amssymb, and nothing that KaTeX does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from symderive.notation import layout as lay
from symderive.notation import metrics
from symderive.notation.layout import Layout, tightness
from symderive.notation.spelling import (
    BIGS,
    CALLS,
    JUNCTIONS,
    OTHERWISE,
    RELATIONS,
    CallSpelling,
)


class Style(IntEnum):
    """The size of type: a formula of its own, inside a fraction, a script, a script of one."""

    DISPLAY = 0
    TEXT = 1
    SCRIPT = 2
    SMALLER = 3

    @property
    def inner(self) -> Style:
        """The style inside a fraction."""
        return Style(min(self + 1, Style.SMALLER))

    @property
    def script(self) -> Style:
        return Style.SCRIPT if self < Style.SCRIPT else Style.SMALLER

    @property
    def size(self) -> float:
        return (1.0, 1.0, metrics.SCRIPT, metrics.SMALLER)[self]


@dataclass(frozen=True)
class Piece:
    """A run of LaTeX that is never broken.

    ``lead`` is the space before it within a line; ``cost`` says how bad a break before it is
    (None: there is none), ``sign`` what is printed there if the line is broken.
    """

    latex: str
    width: float
    lead: str = ""
    cost: int | None = None
    sign: str = ""


@dataclass(frozen=True)
class Box:
    """A formula in pieces; ``bulk`` (0 to 3) is the size of parentheses that go around it."""

    pieces: tuple[Piece, ...]
    height: float = 0.7
    depth: float = 0.25
    bulk: int = 0

    @property
    def latex(self) -> str:
        first, *rest = self.pieces
        return first.latex + "".join(piece.lead + piece.latex for piece in rest)

    @property
    def width(self) -> float:
        return sum(piece.width for piece in self.pieces)


#: Costs of a break: at a relation, between terms, between factors; more inside parentheses.
AT_RELATION, AT_TERM, AT_FACTOR, DEEPER = 0, 10, 40, 60

#: Opening and closing parentheses by bulk, their reach above and below the line's middle.
_PARENTHESES = (
    ("(", ")", 0.5),
    (r"\bigl(", r"\bigr)", 0.6),
    (r"\Bigl(", r"\Bigr)", 0.9),
    (r"\biggl(", r"\biggr)", 1.2),
)
_BARS = (
    (r"\lvert ", r"\rvert"),
    (r"\bigl\lvert ", r"\bigr\rvert"),
    (r"\Bigl\lvert ", r"\Bigr\rvert"),
    (r"\biggl\lvert ", r"\biggr\rvert"),
)
_MIDDLE = 0.25
#: TeX itself puts a thin space before these.
_OPERATORS = (*(spelling.latex for spelling in BIGS.values()), r"\log", r"\operatorname")


class LatexPrinter:
    """Prints layouts as LaTeX; ``own_sigma``: the model has a name that prints as sigma."""

    def __init__(self, *, own_sigma: bool = False) -> None:
        self.calls = CALLS | OTHERWISE if own_sigma else CALLS
        self._print: dict[type[Layout], Callable[..., Box]] = {
            lay.Word: self._word,
            lay.Scripted: self._scripted,
            lay.Call: self._call,
            lay.Sum: self._sum,
            lay.Product: self._product,
            lay.Fraction: self._fraction,
            lay.Power: self._power,
            lay.Exponential: self._exponential,
            lay.Root: self._root,
            lay.Magnitude: self._magnitude,
            lay.Big: self._big,
            lay.Relation: self._relation,
            lay.Junction: self._junction,
            lay.Indicator: self._indicator,
            lay.Cases: self._cases,
            lay.Differential: self._differential,
            lay.Derived: self._derived,
            lay.Underbrace: self._underbrace,
        }

    def box(self, node: Layout, style: Style = Style.DISPLAY) -> Box:
        """The pieces of ``node``."""
        return self._print[type(node)](node, style)

    def latex(self, node: Layout, style: Style = Style.DISPLAY) -> str:
        """``node`` as LaTeX, in one line."""
        return self.box(node, style).latex

    # --- leaves -------------------------------------------------------------------------------

    def _word(self, node: lay.Word, style: Style) -> Box:
        return _box(node.latex, metrics.width(node.latex) * style.size)

    def _scripted(self, node: lay.Scripted, style: Style) -> Box:
        latex = node.base.latex
        wide = 0.0
        for mark, script in (("^", self._above(node)), ("_", self._slots(node.slots))):
            if script:
                latex += mark + (script if len(script) == 1 else f"{{{script}}}")
                wide = max(wide, metrics.width(script) * style.script.size + metrics.SCRIPT_SPACE)
        return _box(latex, metrics.width(node.base.latex) * style.size + wide, 0.75, 0.3)

    def _above(self, node: lay.Scripted) -> str:
        return node.above.latex if node.above else ""

    def _slots(self, slots: Sequence[Layout]) -> str:
        """Indices side by side; a comma where they would run together."""
        printed = [self.latex(slot, Style.SCRIPT) for slot in slots]
        result = ""
        for position, text in enumerate(printed):
            if position:
                before = printed[position - 1]
                plain = all(len(t) == 1 or _is_command(t) for t in (before, text))
                long = any(r"\math" in t or t.isdigit() for t in (before, text))
                result += ("," if long else "") + (
                    "" if plain and len(before) == 1 and not long else " "
                )
            result += text
        return result

    # --- sums and products --------------------------------------------------------------------

    def _sum(self, node: lay.Sum, style: Style) -> Box:
        boxes: list[Box] = []
        for position, (minus, term) in enumerate(node.terms):
            box = self.box(term, style)
            if isinstance(term, lay.Sum) or tightness(term) == lay.RELATION:
                box = self._parenthesised(box, style)
            sign = ("-" if minus else "") if position == 0 else ("- " if minus else "+ ")
            if position and _ends_in_brace(node.terms[position - 1][1]):
                # A brace is an operator to TeX: a sign right behind one would lose its space.
                sign = f"{{}} {sign}"
            space = (
                0.78 if position == 0 and minus else (0.78 + metrics.SIGN_SPACE if position else 0)
            )
            box = _prefixed(box, sign, space * style.size, AT_TERM if position else None)
            boxes.append(box)
        return _joined(boxes, lead=" ")

    def _product(self, node: lay.Product, style: Style) -> Box:
        boxes: list[Box] = []
        last = len(node.factors) - 1
        for position, factor in enumerate(node.factors):
            box = self._factor(factor, style, last=position == last)
            if position:
                lead, space, sign = self._between(
                    node.factors[position - 1], factor, boxes[-1], box
                )
                first = replace(box.pieces[0], lead=lead, cost=AT_FACTOR, sign=sign)
                first = replace(first, width=first.width + space * style.size)
                box = replace(box, pieces=(first, *box.pieces[1:]))
            boxes.append(box)
        return _joined(boxes)

    def _factor(self, factor: Layout, style: Style, *, last: bool) -> Box:
        if tightness(factor) <= lay.SUM:
            return self._parenthesised(self.box(factor, style), style)
        if not last and ends_open(factor):
            if isinstance(factor, lay.Call):
                return self._call(factor, style, bare=False)
            return self._parenthesised(self.box(factor, style), style)
        return self.box(factor, style)

    def _between(
        self, before: Layout, factor: Layout, left: Box, right: Box
    ) -> tuple[str, float, str]:
        """Space between two factors, its width, and the sign of a product broken there."""
        ends, starts = left.latex, right.latex
        dot = r"\cdot "
        if _is_number(before) or starts[0].isdigit():
            if starts[0].isdigit() or _is_one(before) or tightness(factor) == lay.SUM == 0:
                return r" \cdot ", 0.28 + metrics.SIGN_SPACE, dot
            return " ", 0.0, dot
        if isinstance(before, lay.Underbrace) or isinstance(factor, lay.Underbrace):
            return r"\;", metrics.MEDIUM, dot
        if ends.endswith(")") and starts.lstrip("\\bigBl").startswith("("):
            return "", 0.0, dot
        if starts.startswith(_OPERATORS):
            return " ", metrics.THIN, dot
        if ends.endswith((")", "t", "}")) and _is_group(before):
            return r"\,", metrics.THIN, dot
        if isinstance(factor, lay.Fraction | lay.Derived | lay.Differential | lay.Indicator):
            return r"\,", metrics.THIN, dot
        return " ", 0.0, dot

    def _parenthesised(self, box: Box, style: Style) -> Box:
        bulk = box.bulk if style < Style.SCRIPT else 0
        opening, closing, reach = _PARENTHESES[bulk]
        pieces = [
            piece if piece.cost is None else replace(piece, cost=piece.cost + DEEPER)
            for piece in box.pieces
        ]
        side = (0.39 + 0.07 * bulk) * style.size
        pieces[0] = replace(
            pieces[0], latex=opening + pieces[0].latex, width=pieces[0].width + side
        )
        pieces[-1] = replace(
            pieces[-1], latex=pieces[-1].latex + closing, width=pieces[-1].width + side
        )
        return Box(
            tuple(pieces),
            max(box.height, _MIDDLE + reach),
            max(box.depth, reach - _MIDDLE),
            max(1, min(box.bulk + 1, 2), box.bulk),
        )

    # --- fractions, powers --------------------------------------------------------------------

    def _fraction(self, node: lay.Fraction, style: Style) -> Box:
        return self._over(
            self.box(node.top, style.inner), self.box(node.bottom, style.inner), style
        )

    def _over(self, top: Box, bottom: Box, style: Style) -> Box:
        latex = rf"\frac{{{top.latex}}}{{{bottom.latex}}}"
        wide = max(top.width, bottom.width) + 0.24
        if style == Style.DISPLAY:
            shift, bulk = 0.69, 3
        else:
            shift, bulk = 0.42, 1
        scale = style.inner.size
        return Box(
            (Piece(latex, wide),),
            shift + scale * (top.height + max(0.0, top.depth - 0.25)),
            shift + scale * (bottom.depth + max(0.0, bottom.height - 0.7)),
            bulk,
        )

    def _power(self, node: lay.Power, style: Style) -> Box:
        exponent = self._exponent(node.exponent, style.script)
        script = _script("^", exponent.latex)
        base = node.base
        if (
            isinstance(base, lay.Call)
            and self.calls[base.function].power
            and _is_whole(node.exponent)
        ):
            return self._call(base, style, power=script)
        box = self.box(base, style)
        above = isinstance(base, lay.Scripted) and base.above is not None
        if above or tightness(base) != lay.ATOM or (isinstance(base, lay.Call) and ends_open(base)):
            box = self._parenthesised(box, style)
        last = box.pieces[-1]
        last = replace(
            last,
            latex=last.latex + script,
            width=last.width + exponent.width + metrics.SCRIPT_SPACE,
        )
        return Box((*box.pieces[:-1], last), box.height + 0.15, box.depth, box.bulk)

    def _exponent(self, node: Layout, style: Style) -> Box:
        """An exponent; short fractions in it are written with a slash: 3/2, s/T."""
        return self.box(self._slashed(node), style)

    def _slashed(self, node: Layout) -> Layout:
        match node:
            case lay.Fraction(top, bottom) if _in_a_row(top) and isinstance(bottom, _NAMES):
                latex = f"{self.box(top).latex}/{self.box(bottom).latex}"
                return lay.Word(latex, latex)
            case lay.Sum(terms):
                return lay.Sum(tuple((minus, self._slashed(term)) for minus, term in terms))
        return node

    def _exponential(self, node: lay.Exponential, style: Style) -> Box:
        exponent = self._exponent(node.exponent, style.script)
        taller = 0.15 if "/" in exponent.latex else 0.0  # a slash than letters
        return _box(
            "e" + _script("^", exponent.latex),
            metrics.width("e") * style.size + exponent.width + metrics.SCRIPT_SPACE,
            0.5 + exponent.height * style.script.size + taller,
        )

    def _root(self, node: lay.Root, style: Style) -> Box:
        body = self.box(node.body, style)
        wide = body.width + 0.9 * style.size
        return Box(
            (Piece(rf"\sqrt{{{body.latex}}}", wide),), body.height + 0.2, body.depth, body.bulk
        )

    def _magnitude(self, node: lay.Magnitude, style: Style) -> Box:
        body = self.box(node.body, style)
        bulk = body.bulk if style < Style.SCRIPT else 0
        left, right = _BARS[bulk]
        return Box(
            (Piece(left + body.latex + right, body.width + 0.56 * style.size),),
            body.height + 0.05,
            body.depth + 0.05,
            body.bulk,
        )

    # --- functions ----------------------------------------------------------------------------

    def _call(
        self, node: lay.Call, style: Style, *, bare: bool | None = None, power: str = ""
    ) -> Box:
        spelling: CallSpelling = self.calls[node.function]
        head = spelling.latex + power
        if bare is None:
            bare = ends_open(node)
        boxes = [self.box(arg, style) for arg in node.args]
        if bare:
            return _prefixed(boxes[0], head + " ", metrics.width(head) + metrics.THIN, None)
        inside = _joined(
            [
                _prefixed(box, "", 0.0, AT_FACTOR) if position else box
                for position, box in enumerate(boxes)
            ],
            lead=", ",
        )
        if len(boxes) > 1:
            pieces = inside.pieces
            inside = replace(
                inside,
                pieces=(Piece(inside.latex, sum(p.width for p in pieces) + 0.45 * len(boxes)),),
            )
        box = self._parenthesised(inside, style)
        return _prefixed(box, head, metrics.width(head) * style.size, None)

    def _big(self, node: lay.Big, style: Style) -> Box:
        spelling = BIGS[node.kind]
        below = self._below(node)
        operator = spelling.latex + _script("_", below.latex)
        body = self.box(node.body, style)
        if tightness(node.body) <= lay.SUM:
            body = self._parenthesised(body, style)
        is_word = node.kind not in ("sum", "prod")
        sign = metrics.width(spelling.latex) if is_word else (1.45 if style == 0 else 1.06)
        under = below.width if style == Style.DISPLAY else 0.0
        wide = max(sign * style.size, under) if under else sign * style.size + below.width
        box = _prefixed(body, f"{operator} ", wide + metrics.THIN, None)
        if style == Style.DISPLAY:
            depth = 1.5 if not is_word else 0.9
            return Box(box.pieces, max(box.height, 1.0), max(box.depth, depth), max(2, box.bulk))
        return Box(box.pieces, max(box.height, 0.8), max(box.depth, 0.35), max(1, box.bulk))

    def _below(self, node: lay.Big) -> Box:
        letters = [self.box(letter, Style.SCRIPT) for letter in node.letters]
        names = ", ".join(box.latex for box in letters)
        wide = sum(box.width for box in letters) + 0.3 * (len(letters) - 1)
        if node.cond is None:
            return _box(names, wide)
        cond = self.box(node.cond, Style.SCRIPT)
        if stands_for_letter(node):
            return cond
        return _box(rf"{names} \,:\, {cond.latex}", wide + cond.width + 0.5)

    # --- conditions ---------------------------------------------------------------------------

    def _relation(self, node: lay.Relation, style: Style) -> Box:
        sign = RELATIONS[node.op][0]
        left, right = self.box(node.left, style), self.box(node.right, style)
        space = (0.78 + (metrics.RELATION_SPACE if style < Style.SCRIPT else 0.0)) * style.size
        return _joined([left, _prefixed(right, f"{sign} ", space, AT_RELATION)], lead=" ")

    def _junction(self, node: lay.Junction, style: Style) -> Box:
        sign = JUNCTIONS[node.word][0]
        boxes = []
        for position, part in enumerate(node.parts):
            box = self.box(part, style)
            if isinstance(part, lay.Junction):
                box = self._parenthesised(box, style)
            boxes.append(_prefixed(box, f"{sign} ", 1.1 * style.size, AT_TERM) if position else box)
        return _joined(boxes, lead=" ")

    def _indicator(self, node: lay.Indicator, style: Style) -> Box:
        cond = self.box(node.cond, style)
        whole = replace(cond, pieces=(Piece(cond.latex, cond.width),))
        return _prefixed(self._parenthesised(whole, style), r"\mathbb{I}", 0.4 * style.size, None)

    def _cases(self, node: lay.Cases, style: Style) -> Box:
        """Cases below each other, those of the last case among them."""
        style = max(style, Style.TEXT)
        lines: list[tuple[Box, Box | None]] = []
        last: Layout = node
        while isinstance(last, lay.Cases):
            lines.append((self.box(last.yes, style), self.box(last.cond, style)))
            last = last.no
        lines.append((self.box(last, style), None))
        rows = (
            rf"{value.latex} & \text{{otherwise}}"
            if cond is None
            else rf"{value.latex} & \text{{if }} {cond.latex}"
            for value, cond in lines
        )
        latex = r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"
        conds = (4.2 if cond is None else cond.width + 0.9 for _, cond in lines)
        wide = max(value.width for value, _ in lines) + max(4.2, *conds) + 2.0
        heights = (
            max(1.2, part.height + part.depth + (1.0 if part.bulk > 2 else 0.15))
            for part, _ in lines
        )
        half = max(1.25, sum(heights) / 2)
        return Box((Piece(latex, wide),), half + _MIDDLE, half - _MIDDLE, 3)

    # --- derivatives --------------------------------------------------------------------------

    def _differential(self, node: lay.Differential, style: Style) -> Box:
        of = _box("", 0.0) if node.of is None else self.box(node.of, style.inner)
        wrt = self.box(node.wrt, style.inner)
        d = 0.58 * style.inner.size
        top = _prefixed(of, r"\partial " if of.latex else r"\partial", d, None)
        box = self._over(top, _prefixed(wrt, r"\partial ", d, None), style)
        if not node.direct:
            return box
        (piece,) = box.pieces
        latex = piece.latex + r"\Big|_{\mathrm{direct}}"
        return replace(box, pieces=(replace(piece, latex=latex, width=piece.width + 2.6),))

    def _derived(self, node: lay.Derived, style: Style) -> Box:
        operator = self._differential(lay.Differential(None, node.wrt, node.direct), style)
        body = self.box(node.body, style)
        if tightness(node.body) <= lay.SUM:
            body = self._parenthesised(body, style)
        lead = " " if body.latex.startswith(_OPERATORS) else r"\,"
        first = replace(body.pieces[0], lead=lead, width=body.pieces[0].width + metrics.THIN)
        return _joined([operator, replace(body, pieces=(first, *body.pieces[1:]))])

    def _underbrace(self, node: lay.Underbrace, style: Style) -> Box:
        body = self.box(node.body, style)
        under = self.box(node.under, style.script)
        latex = rf"\underbrace{{{body.latex}}}_{{{under.latex}}}"
        depth = body.depth + 0.95 + (under.height + under.depth) * metrics.SCRIPT
        wide = max(body.width, under.width) + 0.15
        return Box((Piece(latex, wide),), body.height, depth, body.bulk)


def ends_open(node: Layout) -> bool:
    """Whether what follows ``node`` would be read as part of it."""
    match node:
        case lay.Big() | lay.Derived():
            return True
        case lay.Call(function, (arg,)):
            return CALLS[function].bare and _stands_bare(arg)
        case lay.Product(factors):
            return ends_open(factors[-1])
        case lay.Sum(terms):
            return ends_open(terms[-1][1])
    return False


def _stands_bare(arg: Layout) -> bool:
    """Whether a function such as log needs no parentheses around ``arg``."""
    return isinstance(arg, lay.Word | lay.Scripted) or (
        isinstance(arg, lay.Big) and arg.kind in ("sum", "prod")
    )


def stands_for_letter(node: lay.Big) -> bool:
    """Whether the condition of a reduction names its letter: ``j != y_i``."""
    cond = node.cond
    return (
        isinstance(cond, lay.Relation)
        and len(node.letters) == 1
        and cond.left == node.letters[0]
        and cond.op != "=="
    )


def _is_command(latex: str) -> bool:
    return latex.startswith("\\") and latex[1:].isalpha()


def _is_group(node: Layout) -> bool:
    return isinstance(
        node,
        lay.Sum
        | lay.Call
        | lay.Indicator
        | lay.Fraction
        | lay.Magnitude
        | lay.Differential
        | lay.Power
        | lay.Big
        | lay.Root
        | lay.Cases,
    )


def _ends_in_brace(node: Layout) -> bool:
    match node:
        case lay.Product(factors):
            return _ends_in_brace(factors[-1])
        case lay.Big(body=body) | lay.Derived(body=body):
            return _ends_in_brace(body)
    return isinstance(node, lay.Underbrace)


def _is_number(node: Layout) -> bool:
    return isinstance(node, lay.Word) and node.number


def _is_one(node: Layout) -> bool:
    return isinstance(node, lay.Word) and node.latex == "1"


def _is_whole(node: Layout) -> bool:
    return isinstance(node, lay.Word) and node.number


def _script(mark: str, latex: str) -> str:
    return mark + (latex if len(latex) == 1 else f"{{{latex}}}")


def _box(latex: str, wide: float, height: float = 0.7, depth: float = 0.25) -> Box:
    return Box((Piece(latex, wide),), height, depth)


def _in_a_row(node: Layout) -> bool:
    """Whether names and numbers, their powers and products: what a slash may follow."""
    match node:
        case lay.Product(factors):
            return all(map(_in_a_row, factors))
        case lay.Power(base):
            return isinstance(base, _NAMES)
    return isinstance(node, _NAMES)


#: What stands without parentheses on either side of a slash.
_NAMES = (lay.Word, lay.Scripted)


def _prefixed(box: Box, latex: str, wide: float, cost: int | None) -> Box:
    first = box.pieces[0]
    first = replace(first, latex=latex + first.latex, width=first.width + wide, cost=cost)
    return replace(box, pieces=(first, *box.pieces[1:]))


def _joined(boxes: Sequence[Box], lead: str | None = None) -> Box:
    pieces: list[Piece] = []
    for position, box in enumerate(boxes):
        first, *rest = box.pieces
        pieces.append(replace(first, lead=lead) if position and lead is not None else first)
        pieces.extend(rest)
    return Box(
        tuple(pieces),
        max(box.height for box in boxes),
        max(box.depth for box in boxes),
        max(box.bulk for box in boxes),
    )
