"""What there is to know of an activation: value, derivatives, range, growth, kinks; its picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sympy import Rational

from symderive.lecture.blocks import Cell, Table, beside, chain_cell, display_cell, text_cell
from symderive.lecture.kinds.plot import graphic, picture
from symderive.lecture.reading import Slide
from symderive.lecture.shapes import Fact, facts, of_one_number
from symderive.lecture.words import bullets, framed, words
from symderive.lecture.workshop import Workshop
from symderive.model import Model
from symderive.notation import Printer
from symderive.notation import layout as lay
from symderive.pipeline import Explanation, summary
from symderive.typeset.escape import latex_text
from symderive.typeset.formulas import Formulas, prose, prose_width
from symderive.typeset.notes import formulas_in
from symderive.typeset.outline import Chain, Link, outline
from symderive.typeset.slides import Frame

#: What the rows of facts are called, how wide those names are, and the share beside a picture.
NAMES = {"range": "Range", "growth": "Growth", "bend": "Shape"}
NAME_WIDTH, BESIDE = 5.6, 0.6


def frames(slide: Slide, workshop: Workshop) -> list[Frame]:
    """A table of properties, and the picture beside it if there is one."""
    model = workshop.model(slide)
    room = workshop.room(slide)
    shown = slide["picture"] is not None or slide["plot"] is not None
    line = (BESIDE if shown else 1.0) * room.line
    found = workshop.explain(
        slide, slide["model"], wrt=tuple(d.name for d in model.real_inputs if d.role != "const")
    )
    given = _given(slide, model)
    asked = ("facts", slide["model"], *given.items())
    known = workshop.once(asked, lambda: _facts(model, given))
    width = line - NAME_WIDTH - 1.8
    rows = [
        *_formulas(found, slide, width),
        *_judged(known, _at(model, given), width),
        *_notes(found, width),
    ]
    title = workshop.title(slide, latex_text(model.title or model.name))
    parts = words(slide, workshop)
    below = bullets(slide, workshop)
    table = Table(tuple(rows)).parts(line, room.frame)
    if shown:
        high = room.frame - sum(part.height for part in (*parts, *below))
        pieces = [beside([table[0]], [graphic(picture(slide, workshop), 1.0, high)], BESIDE)]
        pieces += table[1:]
    else:
        pieces = table
    foot = latex_text(summary(found)) if slide["evidence"] else ""
    return framed(slide, workshop, title, [*parts, *pieces, *below], foot)


def _given(slide: Slide, model: Model) -> dict[str, Rational]:
    """The numbers that the picture sets for constants and parameters, one for each."""
    asked = (slide["plot"] or {}).get("set", {})
    scalars = {d.name for d in model.declarations if not d.tensor.axes}
    return {
        name: Rational(str(value))
        for name, value in asked.items()
        if name in scalars and isinstance(value, int | float)
    }


def _at(model: Model, given: Mapping[str, Rational]) -> str:
    """`` at alpha = 1/4``, as LaTeX."""
    printer = Printer(model)
    parts = (
        f"${printer.inline(model.tensor(name)())} = {float(value):g}$"
        for name, value in given.items()
    )
    return f" at {', '.join(parts)}" if given else ""


def _facts(model: Model, given: Mapping[str, Rational]) -> tuple[Fact, ...]:
    alone = of_one_number(model, given)
    return () if alone is None else facts(alone)


def _formulas(found: Explanation, slide: Slide, width: float) -> list[tuple[Cell, ...]]:
    """The value, and the derivative by each input: as it is taken, and through its own value."""
    printer = Printer(found.model, slide["sample_index"])
    nodes = [printer.equation(equation) for equation in found.model.equations]
    rows: list[tuple[Cell, ...]] = []
    for place, node in enumerate(nodes):
        if isinstance(node, lay.Relation):
            chain = Chain(node.left, (Link(node.right),))
            value = _name("Value" if place == len(nodes) - 1 else "With")
            rows.insert(0, (value, chain_cell(chain, printer.latex_printer, width)))
    for derivation in found.derivations:
        page = outline(derivation, detail="slide", sample_index=slide["sample_index"])
        for section in page.sections:
            if section.kind in ("goal", "definitions", "closing", "note", "local"):
                continue
            name = _name("With" if section.kind == "adjoint" else "Derivative")
            for chain in section.chains:
                formulas = Formulas(page.printer.latex_printer, width)
                ends = replace(chain, links=_two(chain))
                if section.case is not None:
                    latex = page.printer.inline(section.case)
                    cell = display_cell(formulas.chain(ends))
                    rows.append((_name(""), replace(cell, latex=f"{cell.latex} if ${latex}$")))
                    continue
                rows.append((name, display_cell(formulas.chain(ends))))
    return rows


def _two(chain: Chain) -> tuple[Link, ...]:
    """The derivative as it is taken, and what it becomes."""
    return chain.links if len(chain.links) < 3 else (chain.links[0], chain.links[-1])


def _judged(known: tuple[Fact, ...], at: str, width: float) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for fact in known:
        said = _interval(fact.said) if fact.name == "range" else latex_text(fact.said)
        how = "" if fact.how == "refuted both" else fact.how
        how = f"({how}{at})" if how else at
        wide = 0.5 * len(fact.said) + (8 if at else 5)
        shown = rf"{said} {{\footnotesize\ {how}}}" if how else said
        rows.append((_name(NAMES[fact.name]), text_cell(shown, wide, width)))
    return rows


def _interval(text: str) -> str:
    latex = text.replace("..", r"\ldots").replace("oo", r"\infty")
    return f"${latex}$"


def _notes(found: Explanation, width: float) -> list[tuple[Cell, ...]]:
    """The conventions at kinks."""
    printer = Printer(found.model)
    texts = dict.fromkeys(
        block.text
        for derivation in found.derivations
        for block in derivation.blocks
        if block.kind == "note" and block.text
    )
    rows: list[tuple[Cell, ...]] = []
    for text in texts:
        said = formulas_in(text, printer)
        latex = prose(said, printer.latex_printer)
        wide = 0.86 * prose_width(said, printer.latex_printer)
        rows.append((_name("Kink"), text_cell(rf"\footnotesize {latex}", wide, width)))
    return rows


def _name(text: str) -> Cell:
    return text_cell(text, 0.5 * len(text), NAME_WIDTH, bold=True) if text else Cell("", 0.0)
