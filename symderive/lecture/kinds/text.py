"""Words, bullets and formulas."""

from __future__ import annotations

from symderive.lecture.blocks import formula_part
from symderive.lecture.reading import Slide
from symderive.lecture.words import bullets, framed, words
from symderive.lecture.workshop import Workshop
from symderive.typeset.slides import Frame


def frames(slide: Slide, workshop: Workshop) -> list[Frame]:
    """Text first, then formulas, bullets, and remarks below."""
    line = workshop.room(slide).line
    title = workshop.title(slide)
    parts = words(slide, workshop)
    for text in slide["formulas"]:
        parts.append(formula_part(workshop.formula(slide, text, "formulas"), line))
    parts += bullets(slide, workshop)
    parts += words(slide, workshop, "remarks", loose=True)
    return framed(slide, workshop, title, parts)
