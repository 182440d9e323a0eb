"""Words and formulas in a picture: the model's own notation, as matplotlib's mathtext knows it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from symderive.errors import InputError
from symderive.expr import Element, Index, Tensor, elements
from symderive.model import Equation, Model, pick_letters
from symderive.notation import GREEK, Printer
from symderive.notation.layout import Differential, Layout, Relation, Scripted, Word
from symderive.plots.shape import sample_axis

#: What our LaTeX says and mathtext does not know, and what it knows instead.
_SPELLINGS: tuple[tuple[str, str], ...] = (
    (r"\\(?:big|Big|bigg|Bigg)l(?![a-z])", r"\\left"),
    (r"\\(?:big|Big|bigg|Bigg)r(?![a-z])", r"\\right"),
    (r"\\[lr]vert(?![A-Za-z]) ?", "|"),
    (r"\\mathbb\{I\}", "\N{MATHEMATICAL DOUBLE-STRUCK CAPITAL I}"),
)
#: A formula longer than this does not fit above a plot.
LONG = 48


def mathtext(latex: str) -> str | None:
    r"""``latex`` between dollars as mathtext knows it; None for what it cannot draw.

    >>> mathtext(r"\bigl\lvert x\bigr\rvert^q")
    '$\\left|x\\right|^q$'
    >>> mathtext(r"\begin{cases} 1 \end{cases}") is None
    True
    """
    for pattern, instead in _SPELLINGS:
        latex = re.sub(pattern, instead, latex)
    latex = _large(latex)
    return f"${latex}$" if _is_known(latex) else None


def check_text(text: str) -> None:
    r"""Raise :class:`InputError` for a text whose mathematics cannot be drawn.

    >>> check_text(r"$\frac{1}{2}$ of 5 \$")
    >>> check_text(r"$\nothing$")
    Traceback (most recent call last):
    ...
    symderive.errors.InputError: '$\nothing$': this mathematics cannot be drawn
    """
    from matplotlib.cbook import is_math_text
    from matplotlib.mathtext import MathTextParser

    if not is_math_text(text):
        return
    try:
        MathTextParser("path").parse(text)
    except ValueError:
        raise InputError(f"'{text}': this mathematics cannot be drawn") from None


def _large(latex: str) -> str:
    """Fractions as large as in a display, but for those in fractions and in scripts."""
    depth, parts = 0, []
    for part in re.split(r"(\\frac|[{}])", latex):
        depth += {"{": 1, "}": -1}.get(part, 0)
        parts.append(r"\dfrac" if part == r"\frac" and depth == 0 else part)
    return "".join(parts)


@cache
def _is_known(latex: str) -> bool:
    from matplotlib.mathtext import MathTextParser

    try:
        MathTextParser("path").parse(f"${latex}$")
    except ValueError:
        return False
    return True


class Labels:
    """The labels of one model."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.printer = Printer(model)

    def formula(self, node: Layout, *, inline: bool = False) -> str:
        """A formula, or its text where mathtext has no way to draw it."""
        latex = self.printer.inline(node) if inline else self.printer.latex(node)
        return mathtext(latex) or self.printer.text(node)

    def element(self, tensor: Tensor, position: Sequence[int] = (), *, numbered: bool) -> Layout:
        """An entry of ``tensor``: with its numbers (from 1), or with the letters of the model.

        A sample keeps its letter: it is any one of them.
        """
        letters = _letters(self.model, tensor)
        arranged = self.printer.layout(Element(tensor, *letters))
        if not numbered or not isinstance(arranged, Scripted):
            return arranged
        shown = [str(slot) for slot in _slots(self.printer, arranged)]
        numbers = {
            self.printer.latex(self.printer.layout(letter)): place + 1
            for letter, place in zip(letters, position, strict=True)
            if letter.axis != sample_axis(self.model)
        }
        slots = tuple(
            Word(str(numbers[text]), str(numbers[text]), number=True) if text in numbers else slot
            for text, slot in zip(shown, arranged.slots, strict=True)
        )
        return Scripted(arranged.base, arranged.above, slots)

    def slope(self, of: Layout, by: Layout) -> str:
        """The derivative of one by the other, as a label."""
        return self.formula(Differential(of, by))

    def definition(self) -> str | None:
        """The model in one formula, if it is one equation that fits above a plot."""
        shown = self._single()
        if shown is None:
            return None
        node = self.printer.equation(shown)
        if len(self.printer.text(node)) > LONG:
            return None
        return mathtext(self.printer.latex(node))

    def right_side(self) -> str | None:
        """What stands right of the sign in :meth:`definition`."""
        shown = self._single()
        if shown is None or self.definition() is None:
            return None
        return mathtext(self.printer.latex(shown.rhs))

    def setting(self, name: str, value: float) -> str:
        """``alpha = 0.1``, in the notation of the model."""
        return self.equals(self.element(self.model.tensor(name), numbered=False), value)

    def equals(self, left: Layout, value: float) -> str:
        """``left = value``, with few digits."""
        text = f"{value:.4g}"
        mantissa, _, power = text.partition("e")
        latex = text
        if power:
            times = "" if mantissa == "1" else rf"{mantissa} \cdot "
            latex = f"{times}10^{{{int(power)}}}"
        return self.formula(Relation("==", left, Word(latex, text, number=True)))

    def _single(self) -> Equation | None:
        """The equation that says it all: the only one, but for a sum or mean over the samples."""
        equations = self.model.equations
        if len(equations) == 1:
            return equations[0]
        return equations[0] if len(equations) == 2 and self.only_collects() else None

    def only_collects(self) -> bool:
        """Whether the output is a scalar that only sums the equation before it."""
        model = self.model
        if model.output.indices or len(model.equations) < 2:
            return False
        used = {element.tensor.name for element in elements(model.output.rhs)}
        return used == {model.equations[-2].name}

    def free_letter(self, wanted: Iterable[str] = ("alpha", "beta", "t", "u")) -> Word:
        """A letter that nothing else in the model is called."""
        taken = self.model.taken_names
        name = next((name for name in wanted if name not in taken), "t'")
        return Word(rf"\{name}", GREEK[name]) if name in GREEK else Word(name, name)


def _letters(model: Model, tensor: Tensor) -> tuple[Index, ...]:
    equation = model.equation(tensor.name)
    if equation is not None:
        return equation.indices
    return pick_letters(model, tensor.axes)


def _slots(printer: Printer, arranged: Scripted) -> list[str]:
    return [printer.latex(slot) for slot in arranged.slots]
