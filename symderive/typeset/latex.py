"""LaTeX and Markdown of derivations: a fragment, a document, a deck of slides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from symderive.typeset.escape import latex_text, markdown_text
from symderive.typeset.formulas import Display, prose
from symderive.typeset.outline import Outline
from symderive.typeset.page import Paragraph, above_and_below, goal_beside, paragraphs
from symderive.typeset.templates import render

#: How wide a line is, in em of its own type: article at 10 pt, document.tex.j2, beamer.tex.j2.
FRAGMENT, DOCUMENT, BEAMER, MARKDOWN = 34.5, 41.5, 36.0, 48.0
#: How much a frame of beamer.tex.j2 holds, and an empty line, in em.
FRAME, PAUSE = 19.8, 1.3


@dataclass(frozen=True)
class Frame:
    """One slide: what is uncovered step by step is in paragraphs of its own."""

    title: str
    paragraphs: tuple[Paragraph, ...]


def fragment(outlines: Sequence[Outline]) -> str:
    r"""LaTeX for ``\input``; needs amsmath and amssymb."""
    return render("derivation.tex.j2", derivations=[paragraphs(o, FRAGMENT) for o in outlines])


def document(outlines: Sequence[Outline]) -> str:
    """A whole article."""
    return render(
        "document.tex.j2",
        title=latex_text(_name(outlines[0])),
        derivations=[
            (prose(o.title, o.printer.latex_printer), paragraphs(o, DOCUMENT)) for o in outlines
        ],
    )


def beamer(outlines: Sequence[Outline]) -> str:
    """A whole deck."""
    return render(
        "beamer.tex.j2",
        title=latex_text(_name(outlines[0])),
        frames=[frame for outline in outlines for frame in frames(outline)],
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


def frames(outline: Outline) -> list[Frame]:
    """The slides of one derivation: as few as hold it, each local derivative on its own."""
    title = prose(outline.title, outline.printer.latex_printer)
    found: list[Frame] = []
    current: list[Paragraph] = []

    def close() -> None:
        if current:
            found.append(Frame(title, tuple(current)))
            current.clear()

    for paragraph in goal_beside(paragraphs(outline, BEAMER), BEAMER):
        if paragraph.kind == "local":
            close()
            heading, rest = paragraph.heading, replace(paragraph, heading="")
            found += [Frame(heading, (part,)) for part in _parts(rest)]
            continue
        for part in _parts(paragraph):
            if _height([*current, part]) > FRAME:
                close()
            current.append(part)
    close()
    return found


def _height(parts: Sequence[Paragraph]) -> float:
    """How high paragraphs are on one slide: a formula after a pause has an empty line above."""
    pauses = sum(not (part.heading or part.text) for part in parts[1:])
    return sum(part.height for part in parts) + PAUSE * pauses


def _parts(paragraph: Paragraph) -> list[Paragraph]:
    """A paragraph that is higher than a slide, in parts that are not."""
    if paragraph.height <= FRAME:
        return [paragraph]
    parts: list[Paragraph] = []
    head = replace(paragraph, displays=())
    for display in paragraph.displays:
        for piece in _cut(display, FRAME - 2.0):
            if parts and parts[-1].height + above_and_below(piece) <= FRAME:
                parts[-1] = replace(parts[-1], displays=(*parts[-1].displays, piece))
            else:
                base = head if not parts else replace(head, heading="", text="")
                parts.append(replace(base, displays=(piece,)))
    return parts


def _cut(display: Display, room: float) -> list[Display]:
    """A display in pieces no higher than ``room``, rows kept whole."""
    if display.height <= room:
        return [display]
    pieces: list[Display] = []
    for row, height in zip(display.rows, display.heights, strict=True):
        if pieces and pieces[-1].height + height <= room:
            last = pieces[-1]
            pieces[-1] = replace(last, rows=(*last.rows, row), heights=(*last.heights, height))
        else:
            pieces.append(replace(display, rows=(row,), heights=(height,)))
    return pieces
