"""Slides: parts that are uncovered in turn, put on as few frames as hold them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Literal, TypeAlias

from symderive.typeset.formulas import FILL, QUAD, Display
from symderive.typeset.page import Paragraph, above_and_below
from symderive.typeset.templates import render, template

Overlays: TypeAlias = Literal["lines", "blocks", "none"]

#: How wide a line of deck.tex.j2 is, how much a frame of it holds, an empty line, and a second
#: line of a title: in em.
LINE, FRAME, PAUSE, TITLE_LINE = 36.0, 21.6, 0.9, 1.7
#: The least that is left of a frame from which a part was taken, so that none stands alone.
LEFT = 0.25
#: A number of an overlay, counted from the part that it is in; no text of a user can hold it.
_STEP = "\x01"
_STEPS = re.compile(f"{_STEP}(\\d+){_STEP}")


@dataclass(frozen=True)
class Part:
    """What stands together: its LaTeX, its height in em, in how many steps it is uncovered.

    ``steps`` 0: it is there from the start. ``loose`` parts never stand alone on a frame. ``brief``
    is the part set smaller, for where that saves a frame.
    """

    latex: str
    height: float
    steps: int = 1
    loose: bool = False
    brief: Part | None = None

    def uncovered(self, first: int) -> str:
        """The LaTeX, whose first step is overlay ``first``."""
        return _STEPS.sub(lambda found: str(first + int(found[1])), self.latex)


@dataclass(frozen=True)
class Frame:
    """One frame: a title, parts, what stands at its foot; ``fragile`` ones hold verbatim text.

    ``number`` is that of the slide, ``part`` counts the frames of one slide from 1 (0: the only).
    """

    title: str
    parts: tuple[Part, ...]
    foot: str = ""
    fragile: bool = False
    number: int = 0
    part: int = 0
    plain: bool = False

    def body(self, overlays: Overlays) -> str:
        """What stands between the title and the foot."""
        if overlays == "none" or self.fragile:
            return "\n".join(part.latex for part in self.parts)
        lines: list[str] = []
        following = 2
        for part in self.parts:
            first = following if lines and part.steps else 1
            if lines:
                lines.append(f"\\par\\onslide<{first}->")
            lines.append(part.uncovered(first))
            following = max(following, first + part.steps)
        return "\n".join(lines)


def fill(parts: Iterable[Part], room: float = FRAME) -> list[tuple[Part, ...]]:
    """The parts on as few frames as hold them, in order; loose ones never alone.

    Parts are set smaller where that saves a frame.

    >>> long, short = Part("a", 8.0), Part("b", 2.0, loose=True)
    >>> [[part.latex for part in frame] for frame in fill([long, long, short], 17.0)]
    [['a'], ['a', 'b']]
    """
    known = list(parts)
    found = _filled(known, room)
    if len(found) > 1 and any(part.brief for part in known):
        smaller = _filled([part.brief or part for part in known], room)
        found = smaller if len(smaller) < len(found) else found
    return found


def _filled(parts: Iterable[Part], room: float) -> list[tuple[Part, ...]]:
    frames: list[list[Part]] = []
    for part in parts:
        if frames and sum(known.height for known in frames[-1]) + part.height <= room:
            frames[-1].append(part)
        else:
            frames.append([part])
    frames = _balanced(frames, room)
    for before, after in zip(frames[-2::-1], frames[:0:-1], strict=True):
        while all(part.loose for part in after) and len(before) > 1:
            last = before[-1]
            left = sum(part.height for part in before[:-1])
            if left < LEFT * room or last.height + sum(p.height for p in after) > room:
                break
            after.insert(0, before.pop())
    return [tuple(frame) for frame in frames]


def _balanced(frames: list[list[Part]], room: float) -> list[list[Part]]:
    """The same parts on as many frames, about as full as each other.

    >>> rows = [Part("a", 4.0), Part("b", 4.0), Part("c", 4.0), Part("d", 4.0)]
    >>> [[part.latex for part in frame] for frame in _balanced([rows[:3], rows[3:]], 12.0)]
    [['a', 'b'], ['c', 'd']]
    """
    parts = [part for frame in frames for part in frame]
    tops = [0.0, *accumulate(part.height for part in parts)]
    #: By the number of frames and of parts on them: the cost, and where each frame ends.
    best: dict[tuple[int, int], tuple[float, tuple[int, ...]]] = {(0, 0): (0.0, (0,))}
    for count in range(1, len(frames) + 1):
        for after in range(count, len(parts) + 1):
            choices = [
                (best[count - 1, first][0] + (tops[after] - tops[first]) ** 2, first)
                for first in range(count - 1, after)
                if (count - 1, first) in best
                and (tops[after] - tops[first] <= room or after == first + 1)
            ]
            if choices:
                cost, first = min(choices)
                best[count, after] = (cost, (*best[count - 1, first][1], after))
    _, ends = best[len(frames), len(parts)]
    return [parts[first:after] for first, after in pairwise(ends)]


def part_of(paragraph: Paragraph, overlays: Overlays = "lines") -> Part:
    """A paragraph as it stands on a slide; ``lines``: each row of a formula is a step."""
    brief = None
    if paragraph.kind == "closing" and paragraph.joined and not paragraph.compact:
        brief = part_of(replace(paragraph, compact=True), overlays)
    kept = paragraph
    steps = 0
    if paragraph.kind not in ("goal", "definitions"):
        steps = 1
        if overlays == "lines":
            displays, steps = _in_steps(paragraph)
            kept = replace(paragraph, displays=displays)
    macro = template("formulas.tex.j2").module.paragraph  # type: ignore[attr-defined]
    alone = 0.0 if paragraph.heading or paragraph.text or not steps else PAUSE
    loose = paragraph.kind in ("closing", "note")
    return Part(str(macro(kept)).strip("\n"), paragraph.height + alone, steps, loose, brief)


def _in_steps(paragraph: Paragraph) -> tuple[tuple[Display, ...], int]:
    """The formulas of a paragraph with each row in the step it is uncovered in."""
    steps = 0
    displays = []
    for display in paragraph.displays:
        rows = []
        for row in display.rows:
            rows.append(tuple(_uncover(cell, steps) for cell in row) if steps else row)
            steps += 1
        displays.append(replace(display, rows=tuple(rows)))
    return tuple(displays), max(steps, 1)


def _uncover(cell: str, step: int) -> str:
    return rf"\uncover<{_STEP}{step}{_STEP}->{{{{}}{cell}}}" if cell else cell


def side_by_side(paragraphs: Iterable[Paragraph], line: float = LINE) -> list[Paragraph]:
    """Paragraphs of one short formula each, several to a line; the others as they are."""
    found: list[Paragraph] = []
    for paragraph in paragraphs:
        before = found[-1] if found else None
        if before is not None and before.kind == paragraph.kind and _bare(before, paragraph):
            row = _beside(before.displays[0], paragraph.displays[0], line)
            if row is not None:
                found[-1] = replace(before, displays=(row,))
                continue
        found.append(paragraph)
    return found


def in_rows(paragraph: Paragraph, line: float = LINE) -> Paragraph:
    """A paragraph with its short formulas several to a line."""
    rows: list[Display] = []
    for display in paragraph.displays:
        row = _beside(rows[-1], display, line) if rows else None
        rows[-1:] = [*rows[-1:], display] if row is None else [row]
    return replace(paragraph, displays=tuple(rows))


def _bare(*paragraphs: Paragraph) -> bool:
    return all(len(p.displays) == 1 and not (p.heading or p.text or p.joined) for p in paragraphs)


def _beside(left: Display, right: Display, line: float) -> Display | None:
    """Two formulas on one line, if it holds them."""
    width = left.width + QUAD + right.width
    if width > FILL * line or not (left.single and right.single) or left.size or right.size:
        return None
    latex = rf"{left.rows[0][0]} \qquad {right.rows[0][0]}"
    return Display(((latex,),), (max(left.height, right.height),), width)


def parts_of(paragraphs: Iterable[Paragraph], overlays: Overlays = "lines") -> list[Part]:
    """Paragraphs as parts, none higher than a frame."""
    return [
        part_of(piece, overlays) for whole in paragraphs for piece in pieces(whole, FRAME - PAUSE)
    ]


def pieces(paragraph: Paragraph, room: float = FRAME) -> list[Paragraph]:
    """A paragraph that is higher than a frame, in parts that are not."""
    if paragraph.height <= room:
        return [paragraph]
    found: list[Paragraph] = []
    head = replace(paragraph, displays=())
    for display in paragraph.displays:
        for piece in _cut(display, room - 2.0):
            if found and found[-1].height + above_and_below(piece) <= room:
                found[-1] = replace(found[-1], displays=(*found[-1].displays, piece))
            else:
                base = head if not found else replace(head, heading="", text="")
                found.append(replace(base, displays=(piece,)))
    return found


def _cut(display: Display, room: float) -> list[Display]:
    """A display in pieces no higher than ``room``, rows kept whole."""
    if display.height <= room:
        return [display]
    found: list[Display] = []
    for row, height in zip(display.rows, display.heights, strict=True):
        if found and found[-1].height + height <= room:
            last = found[-1]
            found[-1] = replace(last, rows=(*last.rows, row), heights=(*last.heights, height))
        else:
            found.append(replace(display, rows=(row,), heights=(height,)))
    return found


def deck(
    frames: Iterable[tuple[Frame, Overlays]],
    *,
    title: str,
    subtitle: str = "",
    author: str = "",
    date: str = "",
    total: int = 0,
) -> str:
    """A whole deck, each frame with how it is uncovered; every text in it is LaTeX already."""
    return render(
        "deck.tex.j2",
        title=title,
        subtitle=subtitle,
        author=author,
        date=date,
        total=total,
        frames=[(frame, frame.body(overlays)) for frame, overlays in frames],
    )
