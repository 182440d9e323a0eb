"""A whole deck: slides made, compiled, and made anew with less room where something sticks out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from symderive.errors import CheckError, InputError, NotSupportedError
from symderive.lecture.kinds import KINDS
from symderive.lecture.reading import Lecture, Slide
from symderive.lecture.workshop import Workshop
from symderive.pipeline import run_latex
from symderive.typeset.escape import latex_text
from symderive.typeset.slides import Frame, deck

#: How often what does not fit is made anew, what is left free then, and a point in em.
ROUNDS, SPARE, POINT = 4, 0.4, 1 / 10.95
#: Boxes that stick out by less cannot be seen, in points.
UNSEEN = 0.5

_OVERFULL = re.compile(
    r"^Overfull \\(?P<box>[hv])box \((?P<by>[\d.]+)pt too (?:wide|high)\)"
    r"(?P<rest>.*?(?:lines? |lines )(?P<line>\d+))?",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Deck:
    """A deck: LaTeX, the pictures that it shows (by name), and the PDF if it could be made.

    ``frames`` counts the frames, ``slides`` says which of them each slide has.
    """

    tex: str
    pictures: Mapping[str, bytes]
    pdf: bytes | None
    missing: str
    frames: int
    rounds: int


@dataclass(frozen=True)
class Overfull:
    """A box that sticks out: of which frame, in which direction, by how many points."""

    line: int
    direction: str
    points: float


def build_deck(
    lecture: Lecture,
    tell: Callable[[str], None] = lambda _: None,
    *,
    folder: str = "",
    pdf: bool = True,
) -> Deck:
    """Make the deck of ``lecture``; ``folder`` is where its pictures will stand.

    Raises :class:`InputError` for what does not fit the models, and for content that no frame
    holds; nothing is written.
    """
    workshop = Workshop(lecture)
    made: dict[int, list[Frame]] = {}
    for slide in lecture.slides:
        tell(f"slide {slide.number}: {slide.kind}")
        made[slide.number] = _frames(slide, workshop)
    for round_ in range(1, ROUNDS + 1):
        tex = _tex(lecture, made, folder)
        pictures = {f"{folder}{name}": data for name, data in workshop.pictures.items()}
        if not pdf:
            return Deck(tex, pictures, None, "", sum(map(len, made.values())), round_)
        tell("pdflatex" if round_ == 1 else f"pdflatex, round {round_}")
        try:
            pages, log = run_latex(tex, "deck", pictures, runs=1)
        except NotSupportedError as error:
            return Deck(tex, pictures, None, str(error), sum(map(len, made.values())), round_)
        faults = list(overfull(log))
        if not faults:
            return Deck(tex, pictures, pages, "", sum(map(len, made.values())), round_)
        smaller = _less_room(tex, faults, workshop)
        for slide in lecture.slides:
            if slide.number in smaller:
                made[slide.number] = _frames(slide, workshop)
    raise _does_not_fit(tex, faults, lecture)


def _frames(slide: Slide, workshop: Workshop) -> list[Frame]:
    """The frames of a slide, numbered."""
    room = workshop.room(slide)
    found = list(KINDS[slide.kind].frames(slide, workshop))
    if workshop.room(slide) != room:  # its title took a line of it
        found = list(KINDS[slide.kind].frames(slide, workshop))
    if slide.kind == "title":
        return found
    several = len(found) > 1
    return [
        replace(frame, number=slide.number, part=place if several else 0)
        for place, frame in enumerate(found, 1)
    ]


def _tex(lecture: Lecture, made: Mapping[int, list[Frame]], folder: str) -> str:
    settings = lecture.settings
    overlays = {slide.number: slide["overlays"] for slide in lecture.slides}
    frames = [
        (_placed(frame, folder), frame_overlays)
        for number, found in made.items()
        for frame in found
        for frame_overlays in (overlays[number],)
    ]
    return deck(
        frames,
        title=latex_text(settings["title"]),
        subtitle=latex_text(settings["subtitle"]),
        author=latex_text(settings["author"]),
        date=latex_text(settings["date"]),
        total=len(lecture.slides),
    )


def _placed(frame: Frame, folder: str) -> Frame:
    """``frame`` with its pictures in ``folder``."""
    if not folder:
        return frame
    parts = tuple(
        replace(
            part, latex=re.sub(r"(\\includegraphics\[[^\]]*\]\{)", rf"\g<1>{folder}", part.latex)
        )
        for part in frame.parts
    )
    return replace(frame, parts=parts)


def overfull(log: str) -> Iterator[Overfull]:
    r"""The boxes that stick out, by a log of pdfLaTeX.

    >>> list(overfull("Overfull \\vbox (27.4pt too high) detected at line 30"))
    [Overfull(line=30, direction='v', points=27.4)]
    """
    for found in _OVERFULL.finditer(log):
        points = float(found["by"])
        if points > UNSEEN:
            yield Overfull(int(found["line"] or 0), found["box"], points)


def slide_at(tex: str, line: int) -> int:
    """The number of the slide whose frame holds a line of the LaTeX; 0 for none."""
    number = 0
    for text in tex.splitlines()[:line]:
        found = re.match(r"\\renewcommand\{\\slidenumber\}\{(\d*)", text)
        if found:
            number = int(found[1] or 0)
    return number


def _less_room(tex: str, faults: list[Overfull], workshop: Workshop) -> set[int]:
    """The slides that do not fit, whose room is made smaller."""
    slides = {slide.number: slide for slide in workshop.lecture.slides}
    worst: dict[tuple[int, str], float] = {}
    for fault in faults:
        key = slide_at(tex, fault.line), fault.direction
        worst[key] = max(worst.get(key, 0.0), fault.points)
    for (number, direction), points in worst.items():
        if number not in slides:
            continue
        room = workshop.room(slides[number])
        by = points * POINT + SPARE
        workshop.rooms[number] = room.less(
            line=by if direction == "h" else 0.0, frame=by if direction == "v" else 0.0
        )
    return {number for number, _ in worst}


def _does_not_fit(tex: str, faults: list[Overfull], lecture: Lecture) -> Exception:
    fault = max(faults, key=lambda fault: fault.points)
    number = slide_at(tex, fault.line)
    how = "wide" if fault.direction == "h" else "high"
    message = f"this is {fault.points:.0f} points too {how} for a slide, however it is laid out"
    for slide in lecture.slides:
        if slide.number == number:
            return InputError(str(slide.where.error(f"{message}; expected less on it")))
    return CheckError(message)
