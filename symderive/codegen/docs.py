"""The docstring of a generated module: formulas, shapes, the convention at kinks, errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sympy import Abs, sign
from sympy.core.basic import Basic

from symderive.codegen import layout
from symderive.codegen.text import EquationText
from symderive.codegen.write import Scope
from symderive.expr import Iverson, MaxOf, MinOf, Reduce, Where, subexpressions
from symderive.model import Declaration, Model

#: What the docstring says about kinks: (what occurs in the model, the convention).
_KINKS: tuple[tuple[Callable[[Basic], bool], str], ...] = (
    (
        lambda node: isinstance(node, MaxOf | MinOf),
        "max(a, b), min(a, b): a tie goes to the number if one is, else to the first argument.",
    ),
    (
        lambda node: isinstance(node, Reduce) and node.kind in ("max", "min"),
        "max[j], min[j]: a tie goes to the first such j.",
    ),
    (lambda node: isinstance(node, Abs), "abs(u): the derivative is sign(u), 0 at 0."),
    (
        lambda node: isinstance(node, Where),
        "where(c, a, b): the derivative is that of the branch taken.",
    ),
    (
        lambda node: (
            isinstance(node, Iverson | sign)
            or (isinstance(node, Reduce) and node.kind in ("argmax", "argmin"))
        ),
        "a step (a bracket, sign, arg max): the derivative is 0 where it exists.",
    ),
)


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
    nodes = list(subexpressions(*(equation.rhs for equation in model.equations)))
    kinks = [sentence for occurs, sentence in _KINKS if any(occurs(node) for node in nodes)]
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
