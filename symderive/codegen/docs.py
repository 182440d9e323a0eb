"""The docstring of a generated module: formulas, shapes, the convention at kinks, errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from symderive.codegen import layout
from symderive.codegen.text import EquationText
from symderive.codegen.write import Scope
from symderive.model import Declaration, Model, conventions


def docstring(
    model: Model,
    scope: Scope,
    wrt: str | None,
    text: EquationText | None = None,
    accuracy: Mapping[str, int] | None = None,
) -> list[str]:
    """The lines between the quotes; ``wrt`` is the parameter that says what to differentiate by.

    ``text`` writes the equations of ``model``, if something does already; ``accuracy`` is what is
    known of errors in ulps.
    """
    title = " ".join((model.title or model.name).split())
    lines = [*layout.wrapped(_safe(title.rstrip(".") + ".")), ""]
    lines += _section(
        "Formulas", map(text or EquationText(model, scope.equations), model.equations)
    )
    lines += _section("Inputs", (_input(d, scope) for d in model.declarations))
    axes = "; ".join(_letters(model))
    if axes:
        lines += _section("Indices", [axes])
    kinks = conventions(equation.rhs for equation in model.equations)
    if wrt is not None and kinks:
        lines += _section("At kinks", kinks)
    if accuracy:
        lines += _section("Accuracy", _accuracy(accuracy))
    errors = []
    if model.declarations:
        errors = [
            "TypeError: an input that is not numeric, a label that is not integer.",
            "ValueError: shapes that do not fit, a label outside of its axis.",
        ]
    if wrt is not None:
        errors.append(f"ValueError: a name in {wrt} that is not a real input.")
    return [*lines, *_section("Errors", errors)][:-1]


def _letters(model: Model) -> Iterable[str]:
    for axis in model.axes:
        own = [index.name for index in model.notation.letters if index.axis == axis]
        if own:
            yield f"{', '.join(own)}: {axis.name}"


def _input(declaration: Declaration, scope: Scope) -> str:
    axes = ", ".join(axis.name for axis in declaration.tensor.axes)
    shape = f"[{axes}]" if axes else ""
    name = scope.arguments[declaration.name]
    into = declaration.tensor.label_of
    if into is not None:
        return f"{name}{shape}: positions on axis {into.name}, from 0 to {into.name} - 1"
    if declaration.role == "const":
        return f"{name}: a real number"
    return f"{name}{shape}: {'real' if axes else 'a real number'}"


def _accuracy(bounds: Mapping[str, int]) -> Iterable[str]:
    """A sentence for each function that has a bound, and what the bounds refer to."""
    for of in ("value", "derivative"):
        said = [
            f"{bounds[f'{of}_{dtype}']} ulp in {dtype}"
            for dtype in ("float64", "float32")
            if f"{of}_{dtype}" in bounds
        ]
        if said:
            yield f"{of}: off by at most {' and '.join(said)}."
    yield "Over all finite inputs; beside a root, in units of the result's size around it."


def _section(head: str, items: Iterable[str]) -> list[str]:
    lines = [f"{head}:"]
    for item in items:
        lines += layout.wrapped(_safe(item), layout.INDENT, layout.INDENT * 2)
    return [*lines, ""] if len(lines) > 1 else []


def _safe(text: str) -> str:
    """``text`` as it may stand in a docstring."""
    return text.replace("\\", "\\\\").replace('"', "'")
