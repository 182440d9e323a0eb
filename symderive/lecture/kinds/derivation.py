"""A derivation: definitions and goal, cases together or each on a frame of its own, the result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from symderive.lecture.blocks import text_part
from symderive.lecture.reading import Slide
from symderive.lecture.source import nearest
from symderive.lecture.words import framed, words
from symderive.lecture.workshop import Workshop
from symderive.notation import layout as lay
from symderive.pipeline import summary
from symderive.typeset.escape import latex_text
from symderive.typeset.formulas import Formulas, prose, prose_width
from symderive.typeset.outline import Outline, Section, outline
from symderive.typeset.page import Paragraph, goal_beside, paragraphs
from symderive.typeset.slides import Frame, Part, parts_of, side_by_side

#: Kinds of sections that a slide can be limited to.
SECTIONS = (
    "goal", "definitions", "local", "adjoint", "case", "merged", "gradient", "closing",
    "stabilise", "update", "note",
)  # fmt: skip
#: Kinds of sections that come last, whatever derivation they belong to.
_LAST = ("closing", "update")


@dataclass(frozen=True)
class _Shown:
    """A section as paragraphs, with what they are printed by."""

    section: Section
    page: Outline
    paragraphs: tuple[Paragraph, ...]

    @property
    def kind(self) -> str:
        return self.section.kind

    @property
    def plain(self) -> bool:
        """Whether this is a gradient that needs no distinction of cases."""
        return self.kind == "case" and self.section.case is None


def frames(slide: Slide, workshop: Workshop) -> list[Frame]:
    """The frames of a derivation."""
    explanation = workshop.explain(
        slide,
        slide["model"],
        of=slide["of"],
        wrt=tuple(slide["wrt"]),
        order=2 if slide["second"] else 1,
        case="merged" if slide["cases"] == "merged" else "all",
        stabilised=slide["stabilised"],
        update=slide["update"],
    )
    pages = [
        outline(derivation, detail=slide["detail"], sample_index=slide["sample_index"])
        for derivation in explanation.derivations
    ]
    foot = latex_text(summary(explanation)) if slide["evidence"] else ""
    unknown = [kind for kind in slide["only"] if kind not in SECTIONS]
    if unknown:
        raise slide.where.error(
            f"a derivation has no {unknown[0]!r}; expected some of {', '.join(SECTIONS)}"
            f"{nearest(unknown[0], SECTIONS)}",
            "only",
        )
    made = _Made(slide, workshop, workshop.title(slide, _title(pages)), foot)
    return list(made.frames(_in_order(list(_sections(slide, workshop, pages)))))


def _title(pages: Sequence[Outline]) -> str:
    """What the derivation is of."""
    first = pages[0]
    if len(pages) == 1:
        return prose(first.title, first.printer.latex_printer)
    return prose(("Gradients of ", first.of), first.printer.latex_printer)


def _sections(slide: Slide, workshop: Workshop, pages: Sequence[Outline]) -> Iterator[_Shown]:
    """The sections to show; what several derivations ask and end with, in one place."""
    line = workshop.room(slide).line
    left_out = {key for key, kind in (("definitions", "definitions"), ("closing", "closing"))
                if not slide[key]}  # fmt: skip
    for place, page in enumerate(pages):
        for section in page.sections:
            if slide["only"] and section.kind not in slide["only"]:
                continue
            if section.kind in left_out or (place and section.kind in ("goal", "closing")):
                continue
            found = paragraphs(replace(page, sections=(section,)), line)
            if len(pages) > 1 and section.kind in ("goal", "closing"):
                found = [_together(section.kind, found[0], pages, line)] if found else []
            yield _Shown(section, page, tuple(found))


def _together(kind: str, first: Paragraph, pages: Sequence[Outline], line: float) -> Paragraph:
    """What each derivation asks, or ends with, side by side."""
    nodes = []
    for page in pages:
        if kind == "goal":
            nodes.append(lay.Relation("==", page.goal, lay.Word("{?}", "?")))
        for section in page.sections:
            if section.kind == kind == "closing":
                nodes += [
                    lay.Relation("==", chain.left, link.right)
                    for chain in section.chains
                    for link in chain.links
                ]
    displays = Formulas(pages[0].printer.latex_printer, line).row(nodes)
    return replace(first, joined="", displays=tuple(displays), line=line)


def _in_order(shown: list[_Shown]) -> list[_Shown]:
    """What relates one sample to all, and updates, at the end; notes below them."""
    early = [s for s in shown if s.kind not in (*_LAST, "note")]
    late = [s for kind in (*_LAST, "note") for s in shown if s.kind == kind]
    return [*early, *late]


@dataclass(frozen=True)
class _Made:
    """Puts sections on frames."""

    slide: Slide
    workshop: Workshop
    title: str
    foot: str

    def framed(self, parts: Sequence[Part], title: str = "") -> list[Frame]:
        return framed(self.slide, self.workshop, title or self.title, parts, self.foot)

    def parts(self, found: Sequence[Paragraph]) -> list[Part]:
        return parts_of(found, self.slide["overlays"])

    def frames(self, shown: Sequence[_Shown]) -> Iterator[Frame]:
        """Definitions and goal first; local derivatives, and cases if wanted, on their own."""
        line = self.workshop.room(self.slide).line
        head = [p for s in shown if s.kind in ("goal", "definitions") for p in s.paragraphs]
        begun = words(self.slide, self.workshop) + self.parts(goal_beside(head, line))
        cases = [s for s in shown if s.kind == "case" and not s.plain]
        apart = self.slide["cases"] == "apart"
        current = begun
        for one in _paired(shown, line):
            if one.kind in ("goal", "definitions"):
                continue
            if one.kind == "local":
                yield from self.framed(current)
                current = []
                heading, rest = _headed(one)
                yield from self.framed(self.parts(rest), heading)
            elif apart and one in cases:
                current = [*(current or begun), *self.parts(one.paragraphs)]
                if one is not cases[-1]:
                    yield from self.framed([*current, _ask(self.slide, self.workshop, one)])
                    current = begun
            else:
                current = [*current, *self.parts(one.paragraphs)]
        yield from self.framed([*current, *words(self.slide, self.workshop, "remarks", loose=True)])


def _paired(shown: Sequence[_Shown], line: float) -> list[_Shown]:
    """Gradients of one short line each, several to a line."""
    found: list[_Shown] = []
    for one in shown:
        before = found[-1] if found else None
        if before is not None and before.plain and one.plain:
            both = side_by_side([*before.paragraphs, *one.paragraphs], line)
            if len(both) < len(before.paragraphs) + len(one.paragraphs):
                found[-1] = replace(before, paragraphs=tuple(both))
                continue
        found.append(one)
    return found


def _headed(one: _Shown) -> tuple[str, list[Paragraph]]:
    (paragraph,) = one.paragraphs
    return paragraph.heading, [replace(paragraph, heading="")]


def _ask(slide: Slide, workshop: Workshop, case: _Shown) -> Part:
    """What leads over to the next case."""
    line = workshop.room(slide).line
    if slide["ask"] is not None:
        latex, width = workshop.text(slide, slide["ask"], "ask")
    else:
        printer = case.page.printer.latex_printer
        said = ("This took ", case.section.case, ". And otherwise?")
        kept = tuple(part for part in said if part is not None)
        latex, width = prose(kept, printer), prose_width(kept, printer)
    return text_part(rf"\textit{{{latex}}}", width, line, loose=True)
