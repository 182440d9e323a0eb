"""Notation: expressions as LaTeX, as text of the language, as text for a terminal."""

from symderive.notation.arrange import Arranger, Scope, free_letters
from symderive.notation.latex import Box, LatexPrinter, Piece, Style
from symderive.notation.layout import Layout
from symderive.notation.names import NameTable, check_latex
from symderive.notation.printer import Printer
from symderive.notation.spelling import GREEK
from symderive.notation.terminal import TextPrinter

__all__ = [
    "GREEK",
    "Arranger",
    "Box",
    "LatexPrinter",
    "Layout",
    "NameTable",
    "Piece",
    "Printer",
    "Scope",
    "Style",
    "TextPrinter",
    "check_latex",
    "free_letters",
]
