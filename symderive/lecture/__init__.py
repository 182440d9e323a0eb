"""Lectures: a TOML file goes in, a deck of slides comes out; every line on it was checked."""

from symderive.lecture.deck import Deck, build_deck
from symderive.lecture.reading import Lecture, read_lecture, shipped

__all__ = ["Deck", "Lecture", "build_deck", "read_lecture", "shipped"]
