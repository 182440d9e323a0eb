"""An outline as paragraphs of LaTeX, for a line of known width."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from symderive.notation import layout as lay
from symderive.typeset.escape import latex_text
from symderive.typeset.formulas import FILL, QUAD, Display, Formulas, prose, prose_width
from symderive.typeset.notes import formulas_in
from symderive.typeset.outline import Outline, Section

#: Space around a formula on one line, around aligned ones, height of a line of text, in em.
ONE_SKIP, ALIGNED_SKIP, TEXT_LINE = 0.3, 1.6, 1.1
#: Space above a sentence.
ABOVE = 0.5
#: How much wider a heading is than text, and the part of a line that it may take.
BOLD, HEADING = 1.2, 0.8
#: How high a line with a heading and a formula is; one with a formula as in running text.
JOINED, COMPACT = 3.0, 1.9


def above_and_below(display: Display, line: float = 0.0, heading: float = 0.0) -> float:
    """How high a display is with the space around it.

    TeX leaves less above a formula that begins to the right of where the ``heading`` above it ends.
    """
    close = 2.0 * (heading + 2.0) + display.width <= line or not heading
    return display.height + (ONE_SKIP if display.single and close else ALIGNED_SKIP)


@dataclass(frozen=True)
class Paragraph:
    """A heading and its formulas; ``joined`` is a formula in the line of the heading.

    A ``compact`` one is set as in running text.
    """

    kind: str
    heading: str = ""
    text: str = ""
    joined: str = ""
    compact: bool = False
    displays: tuple[Display, ...] = ()
    line: float = 0.0
    heading_width: float = 0.0
    text_lines: int = 1

    @property
    def height(self) -> float:
        """How high this stands on a page, in em."""
        lines = (TEXT_LINE if self.heading and not self.joined else 0.0) + (
            TEXT_LINE * self.text_lines + ABOVE if self.text else 0.0
        )
        if self.joined:
            lines += COMPACT if self.compact else JOINED
        above = self.heading_width if self.heading or self.text else 0.0
        for display in self.displays:
            lines += above_and_below(display, self.line, above)
            above = 0.0
        return lines


def paragraphs(
    outline: Outline, width: float, words: Callable[[str], str] = latex_text
) -> list[Paragraph]:
    """The paragraphs of ``outline`` on lines of ``width`` em; ``words`` makes plain text safe."""
    formulas = Formulas(outline.printer.latex_printer, width)
    found: list[Paragraph] = []
    for section in outline.sections:
        match section.kind:
            case "goal":
                found += _goal(outline, formulas)
            case "definitions":
                nodes = [
                    lay.Relation("==", chain.left, link.right)
                    for chain in section.chains
                    for link in chain.links
                ]
                found.append(Paragraph("definitions", displays=tuple(formulas.row(nodes))))
            case _:
                found.append(_paragraph(section, outline, formulas, words))
    return found


def _goal(outline: Outline, formulas: Formulas) -> list[Paragraph]:
    if outline.detail == "result":
        return []
    asked = lay.Relation("==", outline.goal, lay.Word("{?}", "?"))
    return [Paragraph("goal", displays=tuple(formulas.row([asked])))]


def goal_beside(found: list[Paragraph], width: float) -> list[Paragraph]:
    """The goal behind the definitions where one line of ``width`` em holds both."""
    if [paragraph.kind for paragraph in found[:2]] != ["goal", "definitions"]:
        return found
    (goal,), definitions = found[0].displays, found[1].displays
    if len(definitions) != 1 or not definitions[0].single or definitions[0].size:
        return found
    wide = definitions[0].width + QUAD + goal.width
    if wide > FILL * width:
        return found
    latex = rf"{definitions[0].rows[0][0]} \qquad {goal.rows[0][0]}"
    both = Display(((latex,),), (max(goal.height, definitions[0].height),), wide)
    return [replace(found[1], displays=(both,)), *found[2:]]


def _paragraph(
    section: Section, outline: Outline, formulas: Formulas, words: Callable[[str], str]
) -> Paragraph:
    printer = formulas.printer
    notes = outline.detail == "full"
    # Notes explain a chain; a chain of one link under a heading needs none.
    noted = notes and section.kind not in ("merged", "closing", "update")
    displays: list[Display] = []
    for chain in section.chains:
        display = formulas.chain(chain, notes=noted)
        displays.append(display)
        if display.loosened:
            displays += formulas.values(chain)
    heading = section.heading
    wide = BOLD * prose_width(heading, printer)
    if section.brief and wide > HEADING * formulas.width:
        heading = section.brief
        wide = BOLD * prose_width(heading, printer)
    said = formulas_in(section.text, outline.printer)
    long = prose_width(said, printer)
    paragraph = Paragraph(
        section.kind,
        prose(heading, printer, words),
        prose(said, printer, words),
        displays=tuple(displays),
        line=formulas.width,
        heading_width=wide or long,
        text_lines=1 + int(long / formulas.width),
    )
    return _joined(paragraph, wide) if section.inline else paragraph


def _joined(paragraph: Paragraph, heading: float) -> Paragraph:
    """A short formula in the line of its heading."""
    if len(paragraph.displays) != 1 or not paragraph.heading:
        return paragraph
    (display,) = paragraph.displays
    fits = heading + 2.0 + display.width <= FILL * paragraph.line
    if display.single and not display.size and fits:
        return replace(paragraph, joined=display.rows[0][0], displays=())
    return paragraph
