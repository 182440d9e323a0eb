"""Plain text made safe for LaTeX, Markdown and a terminal."""

from __future__ import annotations

import unicodedata

from symderive.notation import GREEK

_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "^": r"\textasciicircum{}",
    "_": r"\_",
    "%": r"\%",
    "~": r"\textasciitilde{}",
    "<": r"\ensuremath{<}",
    ">": r"\ensuremath{>}",
    "|": r"\ensuremath{|}",
    '"': "''",
    "\N{EN DASH}": "--",
    "\N{EM DASH}": "---",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{DOUBLE LOW-9 QUOTATION MARK}": ",,",
    "\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}": r"\ensuremath{\ll}",
    "\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}": r"\ensuremath{\gg}",
    **{sign: rf"\ensuremath{{\{name}}}" for name, sign in GREEK.items() if name != "upsilon"},
    "×": r"\ensuremath{\times}",
    "\N{MINUS SIGN}": r"\ensuremath{-}",
    "≤": r"\ensuremath{\le}",
    "≥": r"\ensuremath{\ge}",
    "≠": r"\ensuremath{\ne}",
    "≈": r"\ensuremath{\approx}",
    "∞": r"\ensuremath{\infty}",
    "⇒": r"\ensuremath{\Rightarrow}",
    "⇔": r"\ensuremath{\Leftrightarrow}",
    "∂": r"\ensuremath{\partial}",
    "∇": r"\ensuremath{\nabla}",
    "∑": r"\ensuremath{\sum}",
    "∏": r"\ensuremath{\prod}",
    "∈": r"\ensuremath{\in}",
    # Without fonts for them an ogonek is a cedilla.
    **{letter: rf"\c{{{unicodedata.normalize('NFD', letter)[0]}}}" for letter in "ĄąĘęĮįŲų"},
}
#: What LaTeX sets as it is, besides letters with accents.
_SET = frozenset("ßÆæŒœØøŁłı“”\N{LEFT SINGLE QUOTATION MARK}…€£§©½¼¾°¡¿±·²³¹µ¬÷ªº®™†‡•‰→←")
#: What Markdown, or a formula between dollars, would act on; brackets and backslashes as entities,
#: since ``\[`` and ``\(`` open formulas in notebooks.
_MARKDOWN = {
    **{character: f"\\{character}" for character in "`*_$#|~"},
    **{character: f"&#{ord(character)};" for character in "\\[]<>&"},
}


def latex_text(text: str) -> str:
    r"""``text`` for LaTeX: every special character escaped, what cannot be set replaced.

    >>> latex_text("50% of w_1")
    '50\\% of w\\_1'
    """
    return "".join(_latex_character(c) for c in visible(text))


def unsettable(text: str) -> str:
    """The first character of ``text`` that LaTeX cannot set; empty if there is none.

    >>> unsettable("α ≤ 1"), unsettable("Łoś 日本")
    ('', '日')
    """
    return next((c for c in visible(text) if c != "?" and _latex_character(c) == "?"), "")


def _latex_character(character: str) -> str:
    if character in _LATEX:
        return _LATEX[character]
    if character.isascii() or character in _SET:
        return character
    # Letters with accents are known to LaTeX; anything else is not, for certain.
    plain = unicodedata.normalize("NFD", character)
    return character if plain[0].isascii() and ord(character) < 0x180 else "?"


def text_in_math(text: str) -> str:
    r"""``text`` as ``\text{..}`` within a formula, for LaTeX and for KaTeX alike."""
    return rf"\text{{{latex_text(text)}}}"


def markdown_text(text: str) -> str:
    r"""``text`` for Markdown.

    >>> markdown_text("a_b")
    'a\\_b'
    """
    return "".join(_MARKDOWN.get(c, c) for c in visible(text))


def visible(text: str) -> str:
    """``text`` in one line, without what a terminal or a file could act on."""
    kept = (" " if c.isspace() else c for c in text)
    return "".join(c for c in kept if c == " " or unicodedata.category(c)[0] != "C")
