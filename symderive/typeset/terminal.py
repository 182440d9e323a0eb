"""Derivations for a terminal: Unicode, values of braces in a line below, wrapped at signs."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence

from symderive.notation import TextPrinter
from symderive.notation.spelling import RELATIONS
from symderive.typeset.escape import visible
from symderive.typeset.outline import Chain, Outline, Prose, Section

#: How wide a line may be.
COLUMNS = 100
#: How far a continued line stands in.
INDENT = "  "

_OPEN, _MIDDLE, _CLOSE = "\x01", "\x02", "\x03"
_BRACE = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}]*){_MIDDLE}([^{_OPEN}{_CLOSE}]*){_CLOSE}")
_BREAK = re.compile(r"(?<= )(?=(?:=|←|\+|-|·|∧) )")


def terminal(outlines: Sequence[Outline]) -> str:
    """The derivations as text, a blank line between blocks."""
    return "\n\n".join("\n".join(_lines(outline)) for outline in outlines)


def _lines(outline: Outline) -> list[str]:
    printer = TextPrinter(
        own_sigma=outline.printer.arranger.has_sigma,
        brace=lambda body, under: f"{_OPEN}{body}{_MIDDLE}{under}{_CLOSE}",
    )
    lines: list[str] = []
    for section in outline.sections:
        block = list(_section(section, outline, printer))
        if block and lines and outline.detail != "result":
            lines.append("")
        lines += block
    return lines


def _section(section: Section, outline: Outline, printer: TextPrinter) -> Iterable[str]:
    if section.kind == "goal":
        if outline.detail != "result":
            yield f"{printer.text(outline.goal)} = ?"
        return
    if section.heading:
        yield prose(section.heading, printer)
    if section.text:
        yield from textwrap.wrap(visible(section.text), COLUMNS, break_on_hyphens=False)
    step_in = INDENT if section.heading else ""
    for chain in section.chains:
        for line in _chain(chain, printer, notes=outline.detail == "full"):
            yield f"{step_in}{line}".rstrip()


def prose(parts: Prose, printer: TextPrinter) -> str:
    """Words and formulas as text."""
    return "".join(visible(p) if isinstance(p, str) else printer.text(p) for p in parts)


def _chain(chain: Chain, printer: TextPrinter, *, notes: bool) -> Iterable[str]:
    left = printer.text(chain.left)
    rights = [printer.text(link.right) for link in chain.links]
    relation = RELATIONS[chain.op][1]
    whole = f" {relation} ".join([left, *rights])
    if not notes and _wide(_rows(whole)[0]) <= COLUMNS:
        yield from _rows(whole)
        return
    margin = " " * (_wide(left) + 1)
    for position, (right, link) in enumerate(zip(rights, chain.links, strict=True)):
        head = f"{left} " if position == 0 else margin
        note = f"    ({prose(link.note, printer)})" if notes and link.note else ""
        lines = _wrapped(f"{relation} {right}", COLUMNS - len(margin))
        for number, line in enumerate(lines):
            start = head if number == 0 else margin + INDENT
            rows = _rows(line)
            for row_number, row in enumerate(rows):
                last = number == len(lines) - 1 and row_number == 0
                yield (
                    (start if row_number == 0 else " " * _wide(start))
                    + row
                    + (note if last else "")
                )


def _wide(text: str) -> int:
    """How many columns ``text`` takes: accents take none."""
    return sum(not unicodedata.combining(character) for character in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _wide(text))


def _rows(text: str) -> list[str]:
    """One row, or two if there are braces: terms, and their values right below."""
    top, below = "", ""
    position = 0
    for match in _BRACE.finditer(text):
        top += text[position : match.start()]
        below = _padded(below, _wide(top))
        body, under = match.groups()
        wide = max(_wide(body), _wide(under))
        top += _padded(body, wide)
        below += _padded(under, wide)
        position = match.end()
    top += text[position:]
    return [top.rstrip()] if not below.strip() else [top.rstrip(), below.rstrip()]


def _wrapped(text: str, width: int) -> list[str]:
    """``text`` in lines of at most ``width`` where it has signs to break at."""
    lines = [""]
    for part in _breakable(text):
        if lines[-1] and _wide(_rows(lines[-1] + part)[0]) > width:
            lines.append("")
        lines[-1] += part
    return lines


def _breakable(text: str) -> list[str]:
    """``text`` cut before its signs, those in and below a brace left alone."""
    parts: list[str] = []
    for part in _BREAK.split(text):
        if parts and parts[-1].count(_OPEN) > parts[-1].count(_CLOSE):
            parts[-1] += part
        else:
            parts.append(part)
    return parts
