"""Gradient descent: the rule for every parameter of a model."""

from __future__ import annotations

from dataclasses import replace

from symderive.lecture.reading import Slide
from symderive.lecture.words import framed, words
from symderive.lecture.workshop import Workshop
from symderive.pipeline import summary
from symderive.typeset.escape import latex_text
from symderive.typeset.outline import Outline, Section, outline
from symderive.typeset.page import Paragraph, paragraphs
from symderive.typeset.slides import Frame, in_rows, parts_of, side_by_side


def frames(slide: Slide, workshop: Workshop) -> list[Frame]:
    """The update of each parameter, and the gradient that it takes."""
    found = workshop.explain(slide, slide["model"], wrt=tuple(slide["wrt"]), update=True)
    title = workshop.title(slide, "Gradient descent")
    line = workshop.room(slide).line
    page = outline(found.derivations[-1], detail="result", sample_index=slide["sample_index"])
    updates = tuple(section for section in page.sections if section.kind == "update")
    parts = words(slide, workshop)
    shown: list[Paragraph] = []
    for derivation in found.derivations:
        page = outline(derivation, detail="result", sample_index=slide["sample_index"])
        for section in page.sections:
            if section.kind not in ("closing", "note", "update"):
                shown += paragraphs(_only(page, section), line)
    for section in updates:
        shown += (in_rows(p, line) for p in paragraphs(_only(page, section), line))
    parts += parts_of(side_by_side(shown, line), slide["overlays"])
    foot = latex_text(summary(found)) if slide["evidence"] else ""
    return framed(slide, workshop, title, parts, foot)


def _only(page: Outline, section: Section) -> Outline:
    return replace(page, sections=(section,))
