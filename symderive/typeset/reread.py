"""What the printed page says, read back from its LaTeX as displays that a check can evaluate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sympy import S

from symderive.derive.derivation import Derivation
from symderive.derive.display import (
    Adjoint,
    Block,
    Brace,
    Derivative,
    Display,
    Goal,
    Leaf,
    Partial,
    Power,
    Product,
    Quotient,
    Step,
    Sum,
    Total,
)
from symderive.errors import CheckError
from symderive.notation import readback
from symderive.notation.readback import Reading, read
from symderive.notation.spelling import RELATIONS
from symderive.typeset.formulas import Formulas
from symderive.typeset.latex import FRAGMENT
from symderive.typeset.outline import outline

_ASSIGNED = RELATIONS["<-"][0]


@dataclass(frozen=True)
class Printed:
    """One side of a printed line: what it should say, and what it says.

    ``step`` is None for the left side of a chain.
    """

    block: Block
    step: Step | None
    meant: Display
    said: Display
    latex: str


def printed(
    derivation: Derivation, detail: str = "full", sample_index: str = "hide"
) -> Iterator[Printed]:
    """Every side of every line as the ``latex`` target prints it, broken lines included.

    An update is an instruction, no equality: it has no sides.
    Raises :class:`CheckError` if one cannot be read back.

    >>> from symderive.catalog import softmax_nll
    >>> from symderive.derive import derive
    >>> sides = list(printed(derive(softmax_nll()), detail="result"))
    >>> sides[-1].said
    Leaf(expr=(p[i, j] - [j == y[i]])*x[i, k])
    """
    page = outline(derivation, detail=detail, sample_index=sample_index)
    formulas = Formulas(page.printer.latex_printer, FRAGMENT)
    hidden = not page.printer.arranger.show_hidden
    for section in page.sections:
        for chain in section.chains if section.kind != "update" else ():
            display = formulas.chain(chain)
            latex = display.body.replace(_ASSIGNED, "=") if chain.op == "<-" else display.body
            letters = {index.name: fresh for fresh, index in chain.scope.letters.items()}
            readings = read(latex, page.printer.model, letters=letters, hidden=hidden)
            if len(readings) != 1 + len(chain.links) or chain.source is None:
                raise CheckError(f"{len(chain.links)} equalities were printed as {latex!r}")
            sides = [(None, chain.source), *((k.step, k.step.right) for k in chain.links if k.step)]
            for (step, meant), reading in zip(sides, readings, strict=True):
                said = as_display(reading, derivation.goal)
                yield Printed(section.block, step, meant, said, latex)


def as_display(reading: Reading, goal: Goal) -> Display:
    """The display that a reading is of."""
    match reading:
        case readback.Value(expr):
            return Leaf(expr)
        case readback.Slope(of, wrt, direct):
            return Partial(of, wrt, direct)
        case readback.Pending(body, wrt, direct):
            return Derivative(as_display(body, goal), wrt, direct)
        case readback.Mark(element):
            return Adjoint(goal.of, element)
        case readback.Times(factors):
            return Product(tuple(as_display(factor, goal) for factor in factors))
        case readback.Plus(terms):
            return Sum(tuple(_term(minus, as_display(term, goal)) for minus, term in terms))
        case readback.Over(top, bottom):
            return Quotient(as_display(top, goal), as_display(bottom, goal))
        case readback.Raised(base, exponent):
            return Power(as_display(base, goal), exponent)
        case readback.Summed(indices, cond, body):
            return Total(indices, cond, as_display(body, goal))
        case readback.Braced(body, under):
            return Brace(as_display(body, goal), as_display(under, goal))
    raise CheckError(f"{type(reading).__name__} stands in no line of a derivation")


def _term(minus: bool, display: Display) -> Display:
    return Product((Leaf(S.NegativeOne), display)) if minus else display
