"""Lectures: a deck of slides from a TOML file; the pictures and demonstrations of one lecture."""

from symderive.lecture.deck import Deck, build_deck
from symderive.lecture.reading import Lecture, read_lecture, shipped

__all__ = ["Deck", "Lecture", "build_deck", "read_lecture", "shipped"]
