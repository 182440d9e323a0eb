"""Typesetting: derivations as LaTeX, slides, Markdown, terminal text and JSON."""

from symderive.typeset.typeset import typeset

__all__ = ["typeset"]
