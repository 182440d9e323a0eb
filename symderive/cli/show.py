"""``symderive show``: the definition of a model."""

from __future__ import annotations

from typing import Literal

import click

from symderive.cli.options import model_argument


@click.command()
@model_argument
@click.option(
    "--to",
    type=click.Choice(["text", "latex", "sym", "sympy"]),
    default="text",
    show_default=True,
    help="Text for people, LaTeX, the formula language, or plain SymPy.",
)
def show(model: str, to: Literal["text", "latex", "sym", "sympy"]) -> None:
    """Show the definition of MODEL."""
    from symderive.pipeline import definition, resolve

    click.echo(definition(resolve(model), to))
