"""What slides are made of: text, bullets, formulas, tables, pictures, as parts of known height."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symderive.lecture.formulas import Formula
from symderive.notation import LatexPrinter
from symderive.typeset.formulas import SIZES, Display, Formulas, Size
from symderive.typeset.outline import Chain, Link
from symderive.typeset.slides import Part

#: How high a line of text is, the space below a paragraph, how far bullets stand in: in em.
LINE_HEIGHT, BELOW, INDENT = 1.25, 0.55, 2.0
#: How much wider words are than their letters: what is left of lines that break at words.
RAGGED = 0.98
#: Between columns of a table, above and below a row.
COLUMN_GAP, ROW_GAP = 1.8, 0.55
#: What stays free of a frame with a table.
AROUND = 0.5
#: Sizes of type for tables: smaller ones cannot be read on a slide.
TABLE_SIZES = SIZES[:4]
#: What a table may be set in, to save a frame.
SMALLER = SIZES[1:3]


def text_lines(width: float, line: float) -> int:
    """How many lines words of ``width`` take."""
    return max(1, -int(-(RAGGED * width) // line))


def text_part(
    latex: str, width: float, line: float, *, steps: int = 1, loose: bool = False
) -> Part:
    """A paragraph of text."""
    height = LINE_HEIGHT * text_lines(width, line) + BELOW
    return Part(f"\\par\\noindent {latex}\\par\\vspace{{{BELOW}em}}", height, steps, loose=loose)


def bullet_part(latex: str, width: float, line: float) -> Part:
    """One bullet."""
    height = LINE_HEIGHT * text_lines(width, line - INDENT) + BELOW
    inner = f"\\begin{{itemize}}\\item {latex}\\end{{itemize}}"
    return Part(inner, height)


def formula_part(formula: Formula, line: float) -> Part:
    """A displayed formula, broken into lines or set smaller where it has to be."""
    (first, *rest) = formula.said
    if isinstance(first, str) or rest:
        return Part(
            f"\\begin{{center}}{formula.display}\\end{{center}}",
            formula.height * text_lines(formula.width, line) + 1.4,
        )
    display = Formulas(formula.printer.latex_printer, line).row([first])[0]
    return Part(display_latex(display), display.height + 1.6)


def display_latex(display: Display) -> str:
    """A displayed formula on lines of its own."""
    if display.single:
        body = f"\\[\n  {display.body}\n\\]"
    else:
        body = f"\\begin{{align*}}\n{display.body}\n\\end{{align*}}"
    return f"\\begingroup{display.size}\n{body}\n\\endgroup" if display.size else body


@dataclass(frozen=True)
class Cell:
    """What stands in a table: LaTeX, how wide and high it is, in em."""

    latex: str
    width: float
    height: float = LINE_HEIGHT


def chain_cell(chain: Chain, printer: LatexPrinter, width: float) -> Cell:
    """A chain of equalities in a cell of ``width``."""
    display = Formulas(printer, width).chain(chain)
    return display_cell(display)


def formula_cell(formula: Formula, width: float) -> Cell:
    """A formula in a cell of ``width``."""
    if len(formula.said) == 1 and not isinstance(formula.said[0], str):
        node = formula.said[0]
        if formula.width > width and hasattr(node, "left") and hasattr(node, "right"):
            chain = Chain(node.left, (Link(node.right),), op=getattr(node, "op", "=="))
            return chain_cell(chain, formula.printer.latex_printer, width)
    if formula.width <= width:
        return Cell(formula.display, formula.width, formula.height)
    lines = text_lines(formula.width, width)
    latex = rf"\parbox{{{width:.1f}em}}{{\raggedright {formula.display}}}"
    return Cell(latex, width, formula.height * lines)


def display_cell(display: Display) -> Cell:
    """A displayed formula in a cell."""
    if display.single:
        latex = rf"$\displaystyle {display.body}$"
    else:
        latex = f"$\\begin{{aligned}}[c] {display.body} \\end{{aligned}}$"
    height = max(LINE_HEIGHT, display.height - 0.4)
    return Cell(f"{display.size} {latex}" if display.size else latex, display.width, height)


def text_cell(latex: str, width: float, most: float, *, bold: bool = False) -> Cell:
    """Words in a cell that is at most ``most`` wide."""
    if bold:
        latex, width = rf"\textbf{{{latex}}}", 1.15 * width
    if width <= most:
        return Cell(latex, width)
    lines = text_lines(width, most)
    return Cell(rf"\parbox{{{most:.1f}em}}{{\raggedright {latex}}}", most, LINE_HEIGHT * lines)


@dataclass(frozen=True)
class Table:
    """Rows of cells below a head, if it has one."""

    rows: tuple[tuple[Cell, ...], ...]
    head: tuple[str, ...] = ()

    @property
    def width(self) -> float:
        """How wide the table is, in em of its own type."""
        widths = [max(cell.width for cell in column) for column in zip(*self.rows, strict=True)]
        return sum(widths, COLUMN_GAP * (len(widths) - 1))

    def parts(self, line: float, room: float) -> list[Part]:
        """The table, in as many pieces as frames of ``room`` hold, each with the head."""
        room -= AROUND
        fits = [s for s in TABLE_SIZES if self.width * s.width <= line] or [TABLE_SIZES[-1]]
        found = [self._pieces(size, room) for size in fits if size in (fits[0], *SMALLER)]
        return min(found, key=len)

    def _pieces(self, size: Size, room: float) -> list[Part]:
        """The table in type of one size; a piece begins with what its first row belongs to."""
        pieces: list[list[tuple[Cell, ...]]] = [[]]
        used = top = 2.2 if self.head else 0.6
        name = self.rows[0][0]
        for row in self.rows:
            height = size.height * _row_height(row)
            name = row[0] if row[0].latex else name
            if pieces[-1] and used + height > room:
                pieces.append([])
                used = top
                row = (name, *row[1:])  # noqa: PLW2901 - the same row, named
            pieces[-1].append(row)
            used += height
        return [self._part(piece, size) for piece in pieces]

    def _part(self, rows: Sequence[tuple[Cell, ...]], size: Size) -> Part:
        columns = "@{}" + f"@{{\\hspace{{{COLUMN_GAP}em}}}}".join("l" * len(rows[0])) + "@{}"
        lines = [f"\\begingroup{size.command}\\centering"] if size.command else ["{\\centering"]
        lines.append(f"\\begin{{tabular}}{{{columns}}}")
        if self.head:
            lines += ["\\toprule", " & ".join(self.head) + " \\\\", "\\midrule"]
        for place, row in enumerate(rows):
            lines.append(" & ".join(cell.latex for cell in row) + " \\\\")
            if place < len(rows) - 1:
                lines.append(f"\\addlinespace[{ROW_GAP}em]")
        if self.head:
            lines.append("\\bottomrule")
        lines.append("\\end{tabular}\\par" + ("\\endgroup" if size.command else "}"))
        lines.append(f"\\vspace{{{BELOW}em}}")
        height = sum(size.height * _row_height(row) for row in rows)
        return Part("\n".join(lines), height + BELOW + (2.2 if self.head else 0.6))


def _row_height(row: Sequence[Cell]) -> float:
    return max(cell.height for cell in row) + ROW_GAP


def beside(left: Sequence[Part], right: Sequence[Part], share: float) -> Part:
    """Two columns; ``share`` is the part of the line that the left one takes."""
    latex = "\n".join(
        (
            f"\\begin{{columns}}[c]\n\\begin{{column}}{{{share:.2f}\\textwidth}}",
            *(part.latex for part in left),
            f"\\end{{column}}\n\\begin{{column}}{{{1 - share - 0.02:.2f}\\textwidth}}",
            *(part.latex for part in right),
            "\\end{column}\n\\end{columns}",
        )
    )
    heights = (sum(part.height for part in side) for side in (left, right))
    return Part(latex, max(heights))
