"""Chains of equalities as displayed LaTeX: what stands on one line, where it breaks, how small."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from symderive.notation import Box, LatexPrinter, Layout, Style, metrics
from symderive.notation import layout as lay
from symderive.notation.spelling import RELATIONS
from symderive.typeset.breaking import INDENT, break_lines, fits
from symderive.typeset.escape import latex_text, text_in_math
from symderive.typeset.outline import Chain, Link, Prose


@dataclass(frozen=True)
class Size:
    """A size of type: how much lower and narrower it is (scripts shrink less than letters)."""

    command: str
    height: float
    width: float


#: Sizes of type that a formula is set in, the largest that fits.
SIZES = (
    Size("", 1.0, 1.0),
    Size(r"\small", 0.93, 0.93),
    Size(r"\footnotesize", 0.86, 0.86),
    Size(r"\scriptsize", 0.8, 0.79),
    Size(r"\tiny", 0.68, 0.68),
)
#: The part of a line that a formula may fill: widths are estimates.
FILL = 0.95
#: Space around the sign between two sides, between a formula and its note, between formulas.
SIGN, NOTE_GAP, QUAD = 1.35, 2.2, 2.0
#: How high a line of a note is.
NOTE_LINE = 1.6
#: Space between words.
SPACE = 0.33
#: The least room for a right side beside its left side.
NARROW = 9.0
#: The part of a line that notes may take.
NOTES = 0.34


@dataclass(frozen=True)
class Display:
    """A displayed formula: its LaTeX, the size of type it needs, how high and wide it is in em.

    ``rows`` are its lines with their ``heights``, cells apart; one row of one cell stands alone.
    """

    rows: tuple[tuple[str, ...], ...]
    heights: tuple[float, ...]
    width: float
    size: str = ""
    loosened: bool = False

    @property
    def height(self) -> float:
        """How high the formula is, in em."""
        return sum(self.heights)

    @property
    def single(self) -> bool:
        """Whether this is one formula on one line."""
        return len(self.rows) == 1 and len(self.rows[0]) == 1

    @property
    def body(self) -> str:
        """The formula, or its rows as they stand inside ``align*`` or ``aligned``."""
        if self.single:
            return self.rows[0][0]
        return " \\\\[2pt]\n".join(_row(*row) for row in self.rows)


class Formulas:
    """Sets chains for one printer and one width of line, in em."""

    def __init__(self, printer: LatexPrinter, width: float) -> None:
        self.printer, self.width = printer, width

    def chain(self, chain: Chain, *, notes: bool = False) -> Display:
        """One chain: on one line if it fits, else aligned at its signs."""
        for size in SIZES[:-1]:
            display = self._chain(chain, self._line(size), notes=notes)
            if display is not None:
                return _sized(display, size, loosened=False)
        for size in SIZES:
            tried = self._loosened(chain, self._line(size), notes=notes)
            display = self._chain(tried, self._line(size), notes=notes)
            if display is not None:
                return _sized(display, size, loosened=True)
        size = SIZES[-1]
        tried = self._loosened(chain, self._line(size), notes=notes)
        return _sized(self._set(tried, self._line(size), notes=notes), size, loosened=True)

    def _loosened(self, chain: Chain, width: float, *, notes: bool) -> Chain:
        """``chain`` with what is too wide for a line taken apart."""
        left = self.printer.box(chain.left)
        columns = _Columns.of(left, self._notes(chain, width, notes=notes), width)

        def is_wide(node: Layout) -> bool:
            return self.printer.box(node).width > columns.right - INDENT

        links = tuple(replace(link, right=_loose(link.right, is_wide)) for link in chain.links)
        return replace(chain, links=links)

    def _line(self, size: Size) -> float:
        """How much of a line there is, in em of that size."""
        return FILL * self.width / size.width

    def values(self, chain: Chain) -> list[Display]:
        """The values under braces that were too wide for their braces, as chains of their own."""
        return [
            self.chain(Chain(brace.body, (Link(brace.under),)))
            for link in chain.links
            for brace in _braces(link.right)
        ]

    def row(self, nodes: Sequence[Layout]) -> list[Display]:
        """Short formulas side by side, as many on a line as fit."""
        width = FILL * self.width
        displays: list[Display] = []
        line: list[Box] = []

        def close() -> None:
            if line:
                latex = r" \qquad ".join(box.latex for box in line)
                wide = sum(box.width for box in line) + QUAD * (len(line) - 1)
                displays.append(Display(((latex,),), (_height(line),), wide))
                line.clear()

        for node in nodes:
            box = self.printer.box(node)
            if box.width > width and isinstance(node, lay.Relation):
                close()
                displays.append(self.chain(Chain(node.left, (Link(node.right),))))
                continue
            used = sum(b.width + QUAD for b in line)
            if line and used + box.width > width:
                close()
            line.append(box)
        close()
        return displays

    def _chain(self, chain: Chain, width: float, *, notes: bool) -> Display | None:
        """``chain`` on lines of ``width``, None if something in it does not fit."""
        left = self.printer.box(chain.left)
        rights = [self.printer.box(link.right) for link in chain.links]
        whole = left.width + sum(SIGN + right.width for right in rights)
        if not notes and whole <= width:
            sign = f" {RELATIONS[chain.op][0]} "
            latex = sign.join([left.latex, *(right.latex for right in rights)])
            return Display(((latex,),), (_height([left, *rights]),), whole)
        columns = _Columns.of(left, self._notes(chain, width, notes=notes), width)
        if not all(fits(right, columns.right) for right in rights):
            return None
        return self._set(chain, width, notes=notes)

    def _notes(self, chain: Chain, width: float, *, notes: bool) -> list[list[tuple[str, float]]]:
        """The lines of each note: beside the widest right side, if there is room."""
        if not notes:
            return [[] for _ in chain.links]
        widest = max(self.printer.box(link.right).width for link in chain.links)
        free = width - self.printer.box(chain.left).width - SIGN - widest - NOTE_GAP
        room = max(NOTES * width, free)
        return [note_lines(link.note, self.printer, room) for link in chain.links]

    def _set(self, chain: Chain, width: float, *, notes: bool) -> Display:
        """``chain`` aligned at its signs, short right sides side by side unless they have notes."""
        left = self.printer.box(chain.left)
        relation = RELATIONS[chain.op][0]
        beside = self._notes(chain, width, notes=notes)
        columns = _Columns.of(left, beside, width)
        rows: list[tuple[str, ...]] = []
        heights: list[float] = []
        used: float | None = None
        if columns.hang:
            rows.append(("", left.latex))
            heights.append(_height([left]))
        for position, (link, note) in enumerate(zip(chain.links, beside, strict=True)):
            right = self.printer.box(link.right)
            if not notes and used is not None and used + SIGN + right.width <= columns.right:
                *cells, last = rows[-1]
                rows[-1] = (*cells, f"{last} {relation} {right.latex}")
                used += SIGN + right.width
                continue
            lines = break_lines(right, columns.right)
            for number, line in enumerate(lines):
                head = left.latex if position == number == 0 and not columns.hang else ""
                sign = f"{relation} " if number == 0 else r"\quad "
                row = (head, f"{columns.step}{sign}{line}")
                rows.append((*row, _stacked(note)) if note and number == 0 else row)
                parts = [right, left] if head else [right]
                beside_it = NOTE_LINE * len(note) if number == 0 else 0.0
                heights.append(max(_height(parts), beside_it))
            used = right.width if len(lines) == 1 else None
        return Display(tuple(rows), tuple(heights), width)


@dataclass(frozen=True)
class _Columns:
    """How wide the right sides may be; ``hang``: they start a line below a wide left side."""

    right: float
    hang: bool

    @classmethod
    def of(cls, left: Box, notes: Sequence[Sequence[tuple[str, float]]], width: float) -> _Columns:
        side = max((wide for lines in notes for _, wide in lines), default=0.0)
        room = width - (side + NOTE_GAP if side else 0.0)
        hang = left.width + SIGN + NARROW > room
        return cls(room - SIGN - (1.0 if hang else left.width), hang)

    @property
    def step(self) -> str:
        return r"\quad " if self.hang else ""


def _sized(display: Display, size: Size, *, loosened: bool) -> Display:
    """``display`` in type of that size."""
    heights = tuple(height * size.height for height in display.heights)
    width = display.width * size.width
    return Display(display.rows, heights, width, size.command, loosened=loosened)


def note_lines(note: Prose, printer: LatexPrinter, width: float) -> list[tuple[str, float]]:
    r"""A note as lines of ``\text{..}`` and formulas, each with its width."""
    words: list[tuple[str, float, bool]] = []
    for part in note:
        if isinstance(part, str):
            words += [(word, metrics.text_width(word), True) for word in part.split()]
        else:
            box = printer.box(part, Style.TEXT)
            words.append((box.latex, box.width, False))
    lines: list[list[tuple[str, float, bool]]] = []
    for entry in words:
        if lines and sum(wide + SPACE for _, wide, _ in lines[-1]) + entry[1] <= width:
            lines[-1].append(entry)
        else:
            lines.append([entry])
    return [(_note_line(line), sum(wide + SPACE for _, wide, _ in line)) for line in lines]


def _note_line(words: Iterable[tuple[str, float, bool]]) -> str:
    r"""Words joined to ``\text{..}``, formulas between them."""
    latex, run = "", ""
    for text, _, is_text in words:
        if is_text:
            run += (" " if run or latex else "") + text
        else:
            if run or latex:
                latex += text_in_math(run + " ")
            latex += text
            run = ""
    return latex + (text_in_math(run) if run else "")


def _stacked(lines: Sequence[tuple[str, float]]) -> str:
    """A note of one line, or of several."""
    if len(lines) == 1:
        return lines[0][0]
    inner = r" \\ ".join(f"& {latex}" for latex, _ in lines)
    return rf"\begin{{aligned}} {inner} \end{{aligned}}"


def prose(parts: Prose, printer: LatexPrinter, words: Callable[[str], str] = latex_text) -> str:
    """Words and formulas as running text; ``words`` makes plain text safe."""
    return "".join(
        words(part) if isinstance(part, str) else f"${_inline(part, printer)}$" for part in parts
    )


def _inline(node: Layout, printer: LatexPrinter) -> str:
    """A formula in running text: derivatives with a slash."""
    match node:
        case lay.Differential(of, wrt) if of is not None and not node.direct:
            top, bottom = printer.latex(of, Style.TEXT), printer.latex(wrt, Style.TEXT)
            return rf"\partial {top} / \partial {bottom}"
        case lay.Relation("==", left, right):
            return f"{_inline(left, printer)} = {_inline(right, printer)}"
    return printer.latex(node, Style.TEXT)


def prose_width(parts: Prose, printer: LatexPrinter) -> float:
    """How wide running text is."""
    return sum(
        1.1 * metrics.text_width(part)
        if isinstance(part, str)
        else printer.box(part, Style.TEXT).width
        for part in parts
    )


def _height(boxes: Sequence[Box]) -> float:
    """How high a line is, the space to the next one included."""
    return max(b.height for b in boxes) + max(b.depth for b in boxes) + 0.5


def _row(left: str, right: str, note: str = "") -> str:
    """The cells of one row of ``align*``."""
    return f"{left} &{right}".lstrip() + (f" && {note}" if note else "")


def _braces(node: Layout) -> Iterator[lay.Underbrace]:
    """The braces that :func:`_loose` takes away."""
    match node:
        case lay.Underbrace():
            yield node
        case lay.Product(factors):
            for factor in factors:
                yield from _braces(factor)
        case lay.Sum(terms):
            for _, term in terms:
                yield from _braces(term)
        case lay.Big(body=body):
            yield from _braces(body)


def _loose(node: Layout, is_wide: Callable[[Layout], bool]) -> Layout:
    """``node`` in a form that can be broken: wide fractions, roots and braces taken apart."""
    if not is_wide(node):
        return node

    def loose(part: Layout) -> Layout:
        return _loose(part, is_wide)

    match node:
        case lay.Fraction(top, bottom):
            below = lay.Power(loose(bottom), lay.Sum(((True, lay.ONE),)))
            return below if top == lay.ONE else lay.product((loose(top), below))
        case lay.Underbrace(body, _):
            return body
        case lay.Exponential(exponent):
            return lay.Call("exp", (loose(exponent),))
        case lay.Root(body):
            half = lay.Fraction(lay.ONE, lay.Word("2", "2", number=True))
            return lay.Power(loose(body), half)
    return _with_parts(node, loose)


def _with_parts(node: Layout, change: Callable[[Layout], Layout]) -> Layout:
    """``node`` with what a line may be broken in changed."""
    match node:
        case lay.Product(factors):
            return lay.product(tuple(map(change, factors)))
        case lay.Sum(terms):
            return lay.Sum(tuple((minus, change(term)) for minus, term in terms))
        case lay.Big(kind, letters, cond, body):
            return lay.Big(kind, letters, cond, change(body))
        case lay.Power(base, exponent):
            return lay.Power(change(base), exponent)
        case lay.Derived(wrt, body, direct):
            return lay.Derived(wrt, change(body), direct)
        case lay.Call(function, args):
            return lay.Call(function, tuple(map(change, args)))
    return node
