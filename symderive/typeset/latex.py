"""LaTeX and Markdown of derivations: a fragment, a document, a deck of slides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from symderive.typeset.escape import latex_text, markdown_text
from symderive.typeset.formulas import prose
from symderive.typeset.outline import Outline
from symderive.typeset.page import goal_beside, paragraphs
from symderive.typeset.slides import LINE, Frame, Overlays, Part, deck, fill, parts_of
from symderive.typeset.templates import render

#: How wide a line is, in em of its own type: article at 10 pt, document.tex.j2, Markdown.
FRAGMENT, DOCUMENT, MARKDOWN = 34.5, 41.5, 48.0


def fragment(outlines: Sequence[Outline]) -> str:
    r"""LaTeX for ``\input``; needs amsmath and amssymb."""
    return render("derivation.tex.j2", derivations=[paragraphs(o, FRAGMENT) for o in outlines])


def document(outlines: Sequence[Outline]) -> str:
    """A whole article, with a section for each model."""
    sections = [
        (
            latex_text(name),
            [(prose(o.title, o.printer.latex_printer), paragraphs(o, DOCUMENT)) for o in found],
        )
        for name, found in groupby(outlines, _name)
    ]
    return render("document.tex.j2", sections=sections)


def beamer(outlines: Sequence[Outline]) -> str:
    """A whole deck."""
    found = [frame for outline in outlines for frame in frames(outline)]
    numbered = [replace(frame, number=place) for place, frame in enumerate(found, 1)]
    return deck(
        [(frame, "blocks") for frame in numbered],
        title=latex_text(_name(outlines[0])),
        total=len(found),
    )


def markdown(outlines: Sequence[Outline]) -> str:
    """Markdown with formulas between dollars."""
    return render(
        "derivation.md.j2",
        derivations=[
            (
                markdown_text(_name(o)),
                paragraphs(o, MARKDOWN, markdown_text),
            )
            for o in outlines
        ],
    )


def _name(outline: Outline) -> str:
    model = outline.derivation.model
    return model.title or model.name


def frames(outline: Outline, overlays: Overlays = "blocks") -> list[Frame]:
    """The slides of one derivation: as few as hold it, each local derivative on its own."""
    title = prose(outline.title, outline.printer.latex_printer)
    found: list[Frame] = []
    current: list[Part] = []

    def close() -> None:
        found.extend(Frame(title, parts) for parts in fill(current))
        current.clear()

    for paragraph in goal_beside(paragraphs(outline, LINE), LINE):
        if paragraph.kind == "local":
            close()
            rest = parts_of([replace(paragraph, heading="")], overlays)
            found += [Frame(paragraph.heading, parts) for parts in fill(rest)]
        else:
            current += parts_of([paragraph], overlays)
    close()
    return found
