"""Claims with their verdicts; what refutes one, and the line that is right."""

from __future__ import annotations

import re

from symderive.errors import InputError
from symderive.lecture.blocks import Cell, formula_cell, text_lines
from symderive.lecture.counterexamples import counterexample
from symderive.lecture.equations import equations_part
from symderive.lecture.formulas import claim_formula, claim_printer, read_formula
from symderive.lecture.reading import Slide
from symderive.lecture.words import framed, words
from symderive.lecture.workshop import Workshop
from symderive.model import Model
from symderive.notation import LatexPrinter
from symderive.pipeline import resolve
from symderive.typeset.escape import latex_text
from symderive.typeset.formulas import prose_width
from symderive.typeset.slides import Frame, Part
from symderive.verify.claims import Verdict

#: The sign in front of a verdict: it is told apart in black and white too.
SIGNS = {"refuted": r"\times", "ill-typed": r"\times"}
#: How wide a verdict is at most, how high a line at least, and the space below a claim.
VERDICT, LEAST, BELOW = 8.5, 1.3, 0.5


def frames(slide: Slide, workshop: Workshop) -> list[Frame]:
    """Each claim with its verdict, in the order written."""
    model, texts = _claims(slide, workshop)
    title = workshop.title(slide, "Claims, judged")
    parts = words(slide, workshop, model=model)
    if slide["equations"]:
        parts += equations_part(slide, workshop, model)
    verdicts = []
    for text in texts:
        workshop.tell(text)
        verdicts.append(workshop.judge(slide, model, text))
    parts += [_part(verdict, model, slide, workshop) for verdict in verdicts]
    parts += words(slide, workshop, "remarks", model, loose=True)
    foot = ""
    if slide["evidence"]:
        count = len(verdicts)
        points = sum(verdict.points for verdict in verdicts)
        foot = latex_text(
            f"{count} {'claim' if count == 1 else 'claims'} judged by symderive check"
            + (f", {points} comparisons" if points else "")
        )
    return framed(slide, workshop, title, parts, foot)


def _claims(slide: Slide, workshop: Workshop) -> tuple[Model, list[str]]:
    """The model, and its claims: those written on the slide, else those of the file."""
    if slide["file"] is not None:
        if slide["model"] is not None:
            raise slide.where.error("a file has its own model; expected file or model", "file")
        try:
            path = workshop.lecture.where.source.folder / slide["file"]
            model = resolve(path)
        except InputError as error:
            raise slide.where.error(str(error), "file") from None
    else:
        model = workshop.model(slide)
    texts = slide["claims"] or [claim.text for claim in model.claims]
    if slide["model"] is None and slide["file"] is None and not slide["claims"]:
        raise slide.where.error("there is no claim; expected one of claims, file, model")
    if not texts:
        raise slide.where.error(f"{model.name} makes no claim; expected claims = ['A = B']")
    return model, texts


def _part(verdict: Verdict, model: Model, slide: Slide, workshop: Workshop) -> Part:
    line = workshop.room(slide).line
    formula = claim_formula(verdict.claim, model)
    cell = formula_cell(formula, line - VERDICT)
    sign = SIGNS.get(verdict.kind, r"\checkmark")
    word = rf"${sign}$ \textbf{{{latex_text(verdict.kind)}}}"
    lines = [rf"\par\noindent\makebox[\linewidth]{{{cell.latex}\hfill {word}}}\par"]
    height = max(cell.height, LEAST)
    for latex, high in _details(verdict, model, line):
        lines.append(f"\\vspace{{0.15em}}{latex}")
        height += high + 0.15
    lines.append(r"\vspace{0.5em}")
    return Part("\n".join(lines), height + BELOW)


def _details(verdict: Verdict, model: Model, line: float) -> list[tuple[str, float]]:
    """What refutes a claim, the likely slip, the line that is right."""
    found: list[tuple[str, float]] = []
    if verdict.holds and verdict.kind != "other subgradient":
        return found
    if verdict.kind in ("ill-typed", "other subgradient"):
        clash = re.sub(r" (?:from|at) column \d+(?: on)?", "", verdict.how.partition(";")[0])
        found.append(_said(clash, line))
    if verdict.counterexample is not None:
        shown = counterexample(verdict, model, claim_printer(verdict.claim, model))
        found.append(_small(shown.inline, shown.width, line))
    if verdict.slip and not (verdict.corrected and verdict.corrected in verdict.slip):
        found.append(_said(f"likely slip: {_in_words(verdict)}", line))
    if verdict.corrected:
        cell = _corrected(verdict.corrected, model, line - 6.0)
        found.append(
            (rf"\par\noindent\hspace{{1.5em}}right: {cell.latex}\par", max(cell.height, LEAST))
        )
    return found


def _in_words(verdict: Verdict) -> str:
    """The slip, without the formula behind a colon where the right line stands below it."""
    words, colon, formula = verdict.slip.partition(": ")
    return f"{words}." if verdict.corrected and colon and "[" in formula else verdict.slip


def _said(text: str, line: float) -> tuple[str, float]:
    return _small(latex_text(text), prose_width((text,), LatexPrinter()), line)


def _small(latex: str, width: float, line: float) -> tuple[str, float]:
    """A remark in small type."""
    box = rf"\parbox{{{line - 1.7:.1f}em}}{{\footnotesize\raggedright {latex}}}"
    return (
        rf"\par\noindent\hspace*{{1.5em}}{box}\par",
        1.05 * text_lines(0.86 * width, line - 1.7),
    )


def _corrected(text: str, model: Model, width: float) -> Cell:
    """The right line, printed anew where it is one of the language."""
    try:
        return formula_cell(read_formula(text, model), width)
    except InputError:
        return Cell(rf"\texttt{{\footnotesize {latex_text(text)}}}", 0.5 * len(text), 1.3)
