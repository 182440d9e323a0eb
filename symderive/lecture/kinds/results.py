"""Several models in one table: what each is, and its derivative."""

from __future__ import annotations

from collections.abc import Sequence

from symderive.lecture.blocks import COLUMN_GAP, Cell, Table, chain_cell, text_cell
from symderive.lecture.reading import Slide
from symderive.lecture.words import framed, words
from symderive.lecture.workshop import Workshop
from symderive.notation import Printer
from symderive.pipeline import Explanation
from symderive.pipeline.explaining import worst_error
from symderive.typeset.escape import latex_text
from symderive.typeset.formulas import prose_width
from symderive.typeset.outline import Chain, Link, outline
from symderive.typeset.slides import Frame

#: What a row is at most high, as part of a frame; a higher one becomes one for each derivative.
HIGHEST = 0.6
#: The part of the line that names take at least, and definitions at most.
NAMES, DEFINITIONS = 0.2, 0.42


def frames(slide: Slide, workshop: Workshop) -> list[Frame]:
    """A row for each model: its name, the equation, the derivative by each input."""
    line = workshop.room(slide).line
    explanations = [
        workshop.explain(slide, name, "models", wrt=tuple(slide["wrt"])) for name in slide["models"]
    ]
    title = workshop.title(slide, "Results")
    rows = _rows(explanations, slide, line, HIGHEST * workshop.room(slide).frame)
    if len(slide["head"]) != 3:
        raise slide.where.error("expected three headings, one for each column", "head")
    head = tuple(workshop.text(slide, text, "head")[0] for text in slide["head"])
    parts = words(slide, workshop)
    below = words(slide, workshop, "remarks", loose=True)
    used = sum(part.height for part in (*parts, *below))
    parts += Table(rows, head).parts(line, workshop.room(slide).frame - used)
    foot = ""
    if slide["evidence"]:
        lines = sum(e.lines for found in explanations for e in found.evidence)
        worst = max(e.worst for found in explanations for e in found.evidence)
        foot = latex_text(f"{lines} lines checked, worst error {worst_error(worst)}")
    return framed(slide, workshop, title, [*parts, *below], foot)


def _rows(
    explanations: Sequence[Explanation], slide: Slide, line: float, highest: float
) -> tuple[tuple[Cell, ...], ...]:
    """The rows; derivatives are set in what the definitions leave, names in what both leave.

    A row that is higher than ``highest`` becomes several, the name in the first.
    """
    free = line - 2 * COLUMN_GAP
    definitions = [_definition(found, slide, DEFINITIONS * free) for found in explanations]
    room = (1 - NAMES) * free - max(cell.width for cell in definitions)
    results = [_results(found, slide, room) for found in explanations]
    widest = max(cell.width for cells in results for cell in cells)
    left = free - max(cell.width for cell in definitions) - widest
    rows: list[tuple[Cell, ...]] = []
    for found, definition, cells in zip(explanations, definitions, results, strict=True):
        name = found.model.title or found.model.name
        width = prose_width((name,), Printer(found.model).latex_printer)
        first = text_cell(latex_text(name), width, left), definition
        whole = _stacked(cells)
        if whole.height <= highest:
            rows.append((*first, whole))
        else:
            rows += [(*first, cells[0]), *((_NOTHING, _NOTHING, cell) for cell in cells[1:])]
    return tuple(rows)


def _definition(found: Explanation, slide: Slide, room: float) -> Cell:
    """The equations that the slide names, else the one that is differentiated."""
    printer = Printer(found.model, slide["sample_index"])
    names = slide["equations"] or [found.derivations[0].goal.of.tensor.name]
    cells = []
    for equation in map(found.model.equation, names):
        if equation is not None:
            node = printer.equation(equation)
            chain = Chain(node.left, (Link(node.right),))  # type: ignore[attr-defined]
            cells.append(chain_cell(chain, printer.latex_printer, room))
    return _stacked(cells)


def _results(found: Explanation, slide: Slide, room: float) -> list[Cell]:
    """The derivatives, each in a cell."""
    results = []
    for derivation in found.derivations:
        page = outline(derivation, detail="result", sample_index=slide["sample_index"])
        for section in page.sections:
            if section.kind in ("closing", "note"):
                continue
            for chain in section.chains:
                last = Chain(chain.left, chain.links[-1:])
                results.append(chain_cell(last, page.printer.latex_printer, room))
    return results or [_NOTHING]


#: A cell with nothing in it.
_NOTHING = Cell("", 0.0)


def _stacked(cells: Sequence[Cell]) -> Cell:
    """Cells one below the other."""
    if len(cells) < 2:
        return cells[0] if cells else _NOTHING
    rows = " \\\\ \\addlinespace[0.4em] ".join(cell.latex for cell in cells)
    return Cell(
        f"\\begin{{tabular}}{{@{{}}l@{{}}}}{rows}\\end{{tabular}}",
        max(cell.width for cell in cells),
        sum(cell.height + 0.4 for cell in cells),
    )
