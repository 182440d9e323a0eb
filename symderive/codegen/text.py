"""Equations as one line of the language, for docstrings and comments of generated code."""

from __future__ import annotations

from collections.abc import Mapping

from sympy.core.basic import Basic

from symderive.codegen.names import is_identifier, plain
from symderive.expr import TRUE, Element, Tensor, bottom_up
from symderive.expr import replace as exchange
from symderive.model import Equation, Model
from symderive.notation.text import SymPrinter


class EquationText:
    """Writes the equations of ``model`` and of its adjoints.

    Names that are not of the language, such as those of adjoints, are written as ``names`` says.

    >>> from symderive.catalog import softmax_nll
    >>> model = softmax_nll()
    >>> EquationText(model, {})(model.equation("p"))
    'p[i, j] = exp(s[i, j]) / sum[l](exp(s[i, l]))'
    """

    def __init__(self, model: Model, names: Mapping[str, str]) -> None:
        self._printer = SymPrinter(model)
        self._names = names
        self._memo: dict[int, tuple[Basic, Basic]] = {}
        self._written: dict[int, str] = {}

    def __call__(self, equation: Equation) -> str:
        """``left = right``, and the condition that guards it."""
        if id(equation) not in self._written:
            self._written[id(equation)] = self._write(equation)
        return self._written[id(equation)]

    def _write(self, equation: Equation) -> str:
        scope = self._printer.arranger.scope(equation.element, equation.rhs, equation.where)
        letters = dict(scope.letters)
        shown = Equation(
            self._tensor(equation.tensor),
            tuple(letters.get(index, index) for index in equation.indices),
            exchange(bottom_up(equation.rhs, self._renamed, self._memo), letters),
        )
        text = self._printer.equation(shown)
        if equation.where == TRUE:
            return text
        where = exchange(bottom_up(equation.where, self._renamed, self._memo), letters)
        return f"{text}, where {self._printer.condition(where)}"

    def _renamed(self, node: Basic) -> Basic:
        if isinstance(node, Element) and not is_identifier(node.tensor.name):
            return Element(self._tensor(node.tensor), *node.slots)
        return node

    def _tensor(self, tensor: Tensor) -> Tensor:
        if is_identifier(tensor.name):
            return tensor
        name = self._names.get(tensor.name, plain(tensor.name))
        return Tensor(name, tensor.axes, tensor.label_of)
