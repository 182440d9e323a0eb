"""The definition of a model, shown: as text, in the formula language, as LaTeX, as plain SymPy."""

from __future__ import annotations

from typing import Literal, TypeAlias

from symderive.expr import Tensor
from symderive.model import REALS, Declaration, Model

Form: TypeAlias = Literal["text", "latex", "sym", "sympy"]


def definition(model: Model, to: Form = "text") -> str:
    """The declarations and equations of a model; LaTeX and SymPy give the equations alone.

    ``sym`` is the formula language: reading it gives the model again.

    >>> from symderive.catalog import squared_error
    >>> print(definition(squared_error(), "sympy").splitlines()[1])
    Eq(L[i], (-y[i] + yhat[i])**2)
    """
    return {"text": _text, "latex": _latex, "sym": _sym, "sympy": _sympy}[to](model)


def _text(model: Model) -> str:
    from symderive.notation import Printer

    printer = Printer(model)
    lines = [f"{model.name}: {model.title}" if model.title else model.name]
    if model.source:
        lines.append(f"({model.source})")
    lines.append("")
    lines += map(_declaration, model.declarations)
    if model.sample is not None:
        lines.append(f"sample {model.sample.name}: {model.sample.axis.name}")
    lines.append("")
    lines += (printer.text(printer.equation(equation)) for equation in model.equations)
    return "\n".join(lines)


def _sym(model: Model) -> str:
    from symderive.notation.text import model_text

    return model_text(model).rstrip("\n")


def _latex(model: Model) -> str:
    from symderive.notation import Printer

    printer = Printer(model)
    lines = []
    for equation in model.equations:
        scope = printer.scope(equation.element, equation.rhs)
        left, right = (printer.latex(part, scope) for part in (equation.element, equation.rhs))
        lines.append(f"  {left} &= {right}")
    return "\n".join(("\\begin{align*}", " \\\\\n".join(lines), "\\end{align*}"))


def _sympy(model: Model) -> str:
    from symderive.model.plain import equations_to_sympy

    return "\n".join(map(str, equations_to_sympy(model)))


def _declaration(declaration: Declaration) -> str:
    text = f"{declaration.role:6} {_shape(declaration.tensor)}"
    if declaration.tensor.label_of is not None:
        text += f" in {declaration.tensor.label_of.name}"
    if declaration.default is not None:
        text += f" = {declaration.default}"
    if declaration.domain != REALS:
        text += f" in {declaration.domain}"
    return text


def _shape(tensor: Tensor) -> str:
    axes = ", ".join(axis.name for axis in tensor.axes)
    return f"{tensor.name}[{axes}]" if axes else str(tensor.name)
