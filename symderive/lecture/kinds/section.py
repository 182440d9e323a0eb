"""The page that opens a part of the lecture."""

from __future__ import annotations

from symderive.lecture.reading import Slide
from symderive.lecture.words import words
from symderive.lecture.workshop import Workshop
from symderive.typeset.slides import Frame, Part


def frames(slide: Slide, workshop: Workshop) -> list[Frame]:
    """One page: what the part is called, and what it is about."""
    title = workshop.title(slide)
    head = Part(f"\\begin{{center}}\\Large\\usebeamercolor[fg]{{title}}{title}\\end{{center}}", 3.0)
    return [Frame("", (head, *words(slide, workshop)))]
