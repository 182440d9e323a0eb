"""Several models in one table: what each is, and its derivative."""

from __future__ import annotations

from symderive.lecture.blocks import COLUMN_GAP, Cell, Table, chain_cell, text_cell
from symderive.lecture.reading import Slide
from symderive.lecture.words import framed, words
from symderive.lecture.workshop import Workshop
from symderive.notation import Printer
from symderive.notation import layout as lay
from symderive.pipeline import Explanation
from symderive.typeset.escape import latex_text
from symderive.typeset.formulas import prose_width
from symderive.typeset.outline import Chain, Link, outline
from symderive.typeset.slides import Frame

#: The part of the line that the names take at most.
NAMES = 0.22


def frames(slide: Slide, workshop: Workshop) -> list[Frame]:
    """A row for each model: its name, the equation, the derivative by each input."""
    line = workshop.room(slide).line
    explanations = [
        workshop.explain(slide, name, "models", wrt=tuple(slide["wrt"])) for name in slide["models"]
    ]
    title = workshop.title(slide, "Results")
    room = (1 - NAMES) * line - 2 * COLUMN_GAP
    rows = tuple(_row(found, slide, line, room) for found in explanations)
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
        foot = latex_text(f"{lines} lines checked, worst error {worst:.1e}")
    return framed(slide, workshop, title, [*parts, *below], foot)


def _row(found: Explanation, slide: Slide, line: float, room: float) -> tuple[Cell, ...]:
    model = found.model
    printer = Printer(model, slide["sample_index"])
    name = latex_text(model.title or model.name)
    width = prose_width((model.title or model.name,), printer.latex_printer)
    of = found.derivations[0].goal.of.tensor.name
    equation = model.equation(of)
    cells = [text_cell(name, width, NAMES * line)]
    if equation is not None:
        node = printer.equation(equation)
        assert isinstance(node, lay.Relation)  # noqa: S101 - what an equation is laid out as
        chain = Chain(node.left, (Link(node.right),))
        cells.append(chain_cell(chain, printer.latex_printer, room / 2))
    results = []
    for derivation in found.derivations:
        page = outline(derivation, detail="result", sample_index=slide["sample_index"])
        for section in page.sections:
            if section.kind in ("closing", "note"):
                continue
            for chain in section.chains:
                last = Chain(chain.left, chain.links[-1:])
                results.append(chain_cell(last, page.printer.latex_printer, room / 2))
    latex = (
        results[0].latex
        if len(results) == 1
        else "\\begin{tabular}{@{}l@{}}" + " \\\\[0.5em] ".join(r.latex for r in results)
        + "\\end{tabular}"
    )  # fmt: skip
    heights = sum(r.height for r in results) + 0.7 * (len(results) - 1)
    return (*cells, Cell(latex, max(r.width for r in results), heights))
