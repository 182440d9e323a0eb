"""A model's equations, one below the other, and what is given."""

from __future__ import annotations

from symderive.lecture.blocks import text_part
from symderive.lecture.equations import equations_part
from symderive.lecture.reading import Slide
from symderive.lecture.words import bullets, framed, words
from symderive.lecture.workshop import Workshop
from symderive.model import Declaration, Model
from symderive.notation import Printer
from symderive.typeset.escape import latex_text
from symderive.typeset.slides import Frame

#: What inputs of a role are called.
ROLES = {"data": "given", "label": "label", "param": "parameters", "const": "constants"}


def frames(slide: Slide, workshop: Workshop) -> list[Frame]:
    """Text, the equations, the inputs, bullets."""
    model = workshop.model(slide)
    title = workshop.title(slide, latex_text(model.title or model.name))
    printer = Printer(model, slide["sample_index"])
    parts = [*words(slide, workshop), *equations_part(slide, workshop, model)]
    if slide["inputs"]:
        said, width = _inputs(model, printer)
        if said:
            parts.append(text_part(said, width, workshop.room(slide).line))
    parts += bullets(slide, workshop)
    return framed(slide, workshop, title, parts)


def _inputs(model: Model, printer: Printer) -> tuple[str, float]:
    """``given x_ik; label y_i; parameters w_jk``."""
    groups = []
    for role, word in ROLES.items():
        names = [_entry(d, printer) for d in model.declarations if d.role == role]
        if names:
            groups.append(f"{word} ${', '.join(names)}$")
    text = "; ".join(groups)
    return f"\\small\\textcolor{{gray}}{{{text}}}" if groups else "", 0.55 * len(text) ** 0.9


def _entry(declaration: Declaration, printer: Printer) -> str:
    from symderive.model import pick_letters

    letters = pick_letters(printer.model, declaration.tensor.axes)
    entry = printer.inline(declaration.tensor[letters])
    if declaration.default is not None:
        entry += f" = {printer.inline(declaration.default)}"
    return entry
