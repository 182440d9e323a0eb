"""Derivations as JSON, for programs: every block, step and reason, as LaTeX and as text.

Schema, version 1: ``{"format": "symderive.derivation", "version": 1, "detail", "sample_index",
"derivations": [..]}``. A derivation has ``model`` (``name``, ``title``), ``goal``, ``blocks``.
A block has ``kind``, ``level``, ``case``, ``subject``, ``heading``, ``text`` and ``steps``. A step
has ``rule``, ``reason``, ``level``, ``left`` (the left side of its chain) and ``right``. What is
printed is ``{"latex", "text"}``; what is absent is null.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from symderive.notation import Layout
from symderive.typeset.formulas import prose
from symderive.typeset.outline import Outline, Prose, Section
from symderive.typeset.terminal import prose as text_prose

VERSION = 1


def as_json(outlines: Sequence[Outline]) -> str:
    """The derivations as JSON, the same for the same input to the byte."""
    first = outlines[0]
    data = {
        "format": "symderive.derivation",
        "version": VERSION,
        "detail": first.detail,
        "sample_index": "show" if first.printer.arranger.show_hidden else "hide",
        "derivations": [_derivation(outline) for outline in outlines],
    }
    return json.dumps(data, ensure_ascii=False, indent=2)


def _derivation(outline: Outline) -> dict[str, Any]:
    model = outline.derivation.model
    return {
        "model": {"name": model.name, "title": model.title},
        "goal": _formula(outline.goal, outline),
        "blocks": [_block(section, outline) for section in outline.sections],
    }


def _block(section: Section, outline: Outline) -> dict[str, Any]:
    return {
        "kind": section.kind,
        "level": section.block.level,
        "case": _formula(section.case, outline),
        "subject": _formula(section.subject, outline),
        "heading": _prose(section.heading, outline),
        "text": section.text,
        "steps": [
            {
                "rule": link.step.rule if link.step else "",
                "reason": _prose(link.note, outline),
                "level": link.step.level if link.step else "",
                "left": _formula(chain.left, outline),
                "right": _formula(link.right, outline),
            }
            for chain in section.chains
            for link in chain.links
        ],
    }


def _formula(node: Layout | None, outline: Outline) -> dict[str, str] | None:
    if node is None:
        return None
    return {"latex": outline.printer.latex(node), "text": outline.printer.text(node)}


def _prose(parts: Prose, outline: Outline) -> dict[str, str] | None:
    if not parts:
        return None
    return {
        "latex": prose(parts, outline.printer.latex_printer),
        "text": text_prose(parts, outline.printer.text_printer),
    }
