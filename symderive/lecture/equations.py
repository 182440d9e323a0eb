"""The equations of a model that a slide shows, side by side where a line holds them."""

from __future__ import annotations

from symderive.lecture.reading import Slide
from symderive.lecture.source import nearest
from symderive.lecture.workshop import Workshop
from symderive.model import Equation, Model
from symderive.notation import Printer
from symderive.typeset.formulas import Formulas
from symderive.typeset.page import Paragraph
from symderive.typeset.slides import Part, parts_of


def equations_part(slide: Slide, workshop: Workshop, model: Model) -> list[Part]:
    """The equations that ``equations`` names, else all of them."""
    printer = Printer(model, slide["sample_index"])
    nodes = [printer.equation(equation) for equation in chosen(slide, model)]
    displays = Formulas(printer.latex_printer, workshop.room(slide).line).row(nodes)
    whole = Paragraph("equations", displays=tuple(displays))
    return parts_of([whole], slide["overlays"])


def chosen(slide: Slide, model: Model) -> list[Equation]:
    """The equations of ``model`` that a slide names, in that order."""
    names = slide["equations"] or [equation.name for equation in model.equations]
    found = []
    for name in names:
        equation = model.equation(name)
        if equation is None:
            known = [e.name for e in model.equations]
            raise slide.where.error(
                f"{model.name} has no equation {name!r}; expected some of {', '.join(known)}"
                f"{nearest(name, known)}",
                "equations",
            )
        found.append(equation)
    return found
