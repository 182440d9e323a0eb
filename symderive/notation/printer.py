"""Printing the expressions of a model: one object knows its letters, names, hidden indices."""

from __future__ import annotations

from collections.abc import Iterable

from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import Tensor
from symderive.model import Equation, Model
from symderive.notation import layout as lay
from symderive.notation.arrange import Arranger, Scope
from symderive.notation.latex import LatexPrinter, Style
from symderive.notation.layout import Layout
from symderive.notation.terminal import TextPrinter


class Printer:
    r"""Prints expressions of ``model`` as LaTeX and as text.

    ``sample_index="hide"`` leaves out the indices that the model hides, ``"show"`` keeps them.

    >>> from symderive.catalog import softmax_nll
    >>> model = softmax_nll()
    >>> printer = Printer(model)
    >>> printer.latex(model.equation("p").rhs)
    '\\frac{e^{s_j}}{\\sum_l e^{s_l}}'
    >>> printer.text(model.equation("L").rhs)
    '-log p_{y_i}'
    """

    def __init__(self, model: Model, sample_index: str = "hide") -> None:
        self.model = model
        self.arranger = Arranger(model, show_hidden=sample_index == "show")
        own_sigma = self.arranger.has_sigma
        self.latex_printer = LatexPrinter(own_sigma=own_sigma)
        self.text_printer = TextPrinter(own_sigma=own_sigma)

    def scope(self, *roots: Basic, avoid: Iterable[str] = (), within: Scope | None = None) -> Scope:
        """The scope of a line that holds ``roots``."""
        return self.arranger.scope(*roots, avoid=avoid, within=within)

    def layout(self, expr: Basic, scope: Scope | None = None) -> Layout:
        """An expression, a condition or the name of a tensor on paper."""
        if isinstance(expr, Expr):
            return self.arranger.expression(expr, scope)
        if isinstance(expr, Tensor):
            return self.arranger.tensor(expr)
        return self.arranger.condition(expr, scope)

    def equation(self, equation: Equation) -> Layout:
        """``left = right`` on paper."""
        scope = self.scope(equation.element, equation.rhs)
        return lay.Relation(
            "==", self.layout(equation.element, scope), self.layout(equation.rhs, scope)
        )

    def latex(self, expr: Basic | Layout, scope: Scope | None = None) -> str:
        """LaTeX of an expression, a condition or a layout, as in a formula of its own."""
        node = expr if isinstance(expr, Layout) else self.layout(expr, scope)
        return self.latex_printer.latex(node)

    def inline(self, expr: Basic | Layout, scope: Scope | None = None) -> str:
        """LaTeX as in running text."""
        node = expr if isinstance(expr, Layout) else self.layout(expr, scope)
        return self.latex_printer.latex(node, Style.TEXT)

    def text(self, expr: Basic | Layout, scope: Scope | None = None) -> str:
        """Text of an expression, a condition or a layout, in one line."""
        node = expr if isinstance(expr, Layout) else self.layout(expr, scope)
        return self.text_printer.text(node)
