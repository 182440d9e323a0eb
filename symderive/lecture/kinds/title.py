"""The title page."""

from __future__ import annotations

from symderive.lecture.reading import Slide
from symderive.lecture.workshop import Workshop
from symderive.typeset.slides import Frame, Part


def frames(slide: Slide, workshop: Workshop) -> list[Frame]:
    """One page: the lecture's title, author and date."""
    del slide, workshop
    return [Frame("", (Part("\\titlepage", 10.0, 0),), plain=True)]
