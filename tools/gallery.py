"""Prints the catalog as Markdown with formulas: every definition and its gradient.

Usage: python tools/gallery.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from symderive import catalog
from symderive.derive import derive
from symderive.model import Model
from symderive.notation import Printer
from symderive.typeset.outline import outline


def entry(model: Model) -> Iterator[str]:
    """One model: its title, its equations, its gradient by each default input."""
    printer = Printer(model)
    yield f"### `{model.name}`: {model.title}\n"
    definitions = " \\\\\n".join(
        f"{printer.latex(equation.element, scope)} &= {printer.latex(equation.rhs, scope)}"
        for equation in model.equations
        for scope in [printer.scope(equation.element, equation.rhs)]
    )
    yield f"$$\n\\begin{{aligned}}\n{definitions}\n\\end{{aligned}}\n$$\n"
    rows = []
    for name in model.default_wrt():
        page = outline(derive(model, wrt=name), detail="result")
        for section in page.sections:
            if section.kind in ("closing", "note"):
                continue
            case = f" && \\text{{if }} {printer.inline(section.case)}" if section.case else ""
            for chain in section.chains:
                left, right = (
                    page.printer.latex(side) for side in (chain.left, chain.links[-1].right)
                )
                rows.append(f"{left} &= {right}{case}")
    gradients = " \\\\\n".join(rows)
    yield f"$$\n\\begin{{aligned}}\n{gradients}\n\\end{{aligned}}\n$$\n"


def main() -> int:
    """Print every model, by kind."""
    kind = ""
    models = sorted(map(catalog.load, catalog.names()), key=lambda model: (model.kind, model.name))
    for model in models:
        if model.kind != kind:
            kind = model.kind
            print(f"## {kind.capitalize()}\n")
        print("\n".join(entry(model)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
