"""What a notebook shows of a derivation: formulas alone as LaTeX, everything as Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from symderive.derive.derivation import Derivation
from symderive.notation.spelling import RELATIONS
from symderive.typeset.escape import text_in_math
from symderive.typeset.outline import Outline, Section, outline
from symderive.typeset.typeset import typeset


def notebook_markdown(derivations: Derivation | Iterable[Derivation], detail: str = "slide") -> str:
    """For ``_repr_markdown_``: the whole derivation."""
    return typeset(derivations, to="markdown", detail=detail)


def notebook_latex(derivations: Derivation | Iterable[Derivation], detail: str = "result") -> str:
    r"""For ``_repr_latex_``: one formula between dollars, cases named behind their lines.

    >>> from symderive.catalog import tanh
    >>> from symderive.derive import derive
    >>> print(notebook_latex(derive(tanh())))
    $\displaystyle \frac{\partial y}{\partial x} = 1 - y^2$
    """
    found = [derivations] if isinstance(derivations, Derivation) else list(derivations)
    rows = [
        row
        for derivation in found
        for page in [outline(derivation, detail=detail)]
        for section in page.sections
        for row in _rows(section, page)
    ]
    if len(rows) == 1:
        return rf"$\displaystyle {''.join(rows[0])}$"
    lines = " \\\\[2pt]\n".join(f"{left} &{rest}" for left, rest in rows)
    return f"$$\n\\begin{{aligned}}\n{lines}\n\\end{{aligned}}\n$$"


def _rows(section: Section, page: Outline) -> Iterable[tuple[str, str]]:
    printer = page.printer
    if section.kind == "goal" and page.detail != "result":
        yield printer.latex(page.goal), " = {?}"
    for chain in section.chains:
        sign = RELATIONS[chain.op][0]
        rest = "".join(f" {sign} {printer.latex(link.right)}" for link in chain.links)
        if section.case is not None:
            cond = printer.inline(section.case)
            rest += rf" && {text_in_math('if ')}{cond}"
        yield printer.latex(chain.left), rest
