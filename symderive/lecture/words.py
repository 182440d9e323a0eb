"""What the kinds of slides share: their words as parts, and parts put on frames."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from symderive.lecture.blocks import bullet_part, text_part
from symderive.lecture.reading import Slide
from symderive.lecture.workshop import Workshop
from symderive.model import Model
from symderive.typeset.slides import Frame, Part, fill


def words(
    slide: Slide,
    workshop: Workshop,
    key: str = "text",
    model: Model | None = None,
    *,
    steps: int = 1,
    loose: bool = False,
) -> list[Part]:
    """The paragraphs of a slide."""
    line = workshop.room(slide).line
    return [
        text_part(*workshop.text(slide, text, key, model), line, steps=steps, loose=loose)
        for text in slide[key]
    ]


def bullets(slide: Slide, workshop: Workshop, model: Model | None = None) -> list[Part]:
    """The bullets of a slide."""
    line = workshop.room(slide).line
    return [
        bullet_part(*workshop.text(slide, text, "bullets", model), line)
        for text in slide["bullets"]
    ]


def framed(
    slide: Slide, workshop: Workshop, title: str, parts: Iterable[Part], foot: str = ""
) -> list[Frame]:
    """Parts on as few frames as hold them."""
    if slide["overlays"] == "none":
        parts = [replace(part, steps=min(part.steps, 1)) for part in parts]
    return [Frame(title, found, foot) for found in fill(parts, workshop.room(slide).frame)]
