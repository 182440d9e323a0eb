"""Sentences of our own on kinks and steps, the formulas in them set as formulas."""

from __future__ import annotations

import re

from symderive.errors import InputError
from symderive.notation import Layout, Printer
from symderive.notation import layout as lay
from symderive.typeset.outline import Prose

#: A call, an equation, and the names in front of what a derivative of 0 is told with.
_FORMULA = re.compile(
    r"\b(?P<call>max|min|abs)\((?P<args>[^()]*)\)|\b(?P<left>[a-z]) = (?P<right>-?[\d./]+\b)"
    r"|(?P<name>\b[A-Za-z]\w*\b)(?=,? (?:depends on|does not depend on|through conditions)|$)"
)


def formulas_in(text: str, printer: Printer) -> Prose:
    """``text`` with the formulas and the model's names in it as layouts.

    >>> from symderive.catalog import load
    >>> [type(part).__name__ for part in formulas_in("abs(u) has a kink", Printer(load("relu")))]
    ['Magnitude', 'str']
    """
    parts: list[str | Layout] = []
    done = 0
    for found in _FORMULA.finditer(text):
        node = _layout(found, printer)
        if node is not None:
            parts += [text[done : found.start()], node]
            done = found.end()
    return tuple(part for part in (*parts, text[done:]) if part != "")


def _layout(found: re.Match[str], printer: Printer) -> Layout | None:
    if found["left"]:
        return lay.Relation("==", _word(found["left"]), _word(found["right"]))
    if found["name"]:
        try:
            return printer.layout(printer.model.tensor(found["name"]))
        except InputError:
            return None
    args = tuple(_word(arg) for arg in found["args"].split(", "))
    return lay.Magnitude(args[0]) if found["call"] == "abs" else lay.Call(found["call"], args)


def _word(text: str) -> Layout:
    if text == "..":
        return lay.Word(r"\ldots", "..")
    return lay.Word(text, text, number=text[-1].isdigit())
