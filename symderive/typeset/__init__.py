"""Typesetting: derivations as LaTeX, slides, Markdown, terminal text and JSON."""

from symderive.typeset.notebook import notebook_latex, notebook_markdown
from symderive.typeset.reread import Printed, printed
from symderive.typeset.typeset import typeset

__all__ = ["Printed", "notebook_latex", "notebook_markdown", "printed", "typeset"]
