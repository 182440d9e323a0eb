"""``symderive derive``: the derivation of a gradient."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from symderive.cli.options import FILE, model_argument
from symderive.cli.output import check_file, emit

FORMS = ("terminal", "latex", "document", "beamer", "markdown", "json")


@click.command()
@model_argument
@click.option("--of", metavar="L", help="The equation to differentiate [default: one sample's].")
@click.option(
    "--wrt",
    metavar="w",
    multiple=True,
    help="An input to differentiate by; 'w[m, k]' sets the letters [default: every param, or every"
    " real data].",
)
@click.option("--order", type=click.IntRange(1, 2), default=1, show_default=True)
@click.option(
    "--case",
    type=click.Choice(["all", "merged"]),
    default="all",
    show_default=True,
    help="Each case, or one line for all.",
)
@click.option(
    "--detail",
    type=click.Choice(["result", "slide", "full"]),
    default="slide",
    show_default=True,
    help="The result alone, a lecture's slide, or every rule by name.",
)
@click.option(
    "--sample-index",
    type=click.Choice(["show", "hide"]),
    default="hide",
    show_default=True,
    help="The sample index on the names that the model hides it on.",
)
@click.option("--stabilised", is_flag=True, help="Show the stabilising steps.")
@click.option("--update", is_flag=True, help="End with the update of gradient descent.")
@click.option(
    "--to",
    type=click.Choice(FORMS),
    default="terminal",
    show_default=True,
    help="latex is a fragment for \\input; document and beamer compile as they are.",
)
@click.option("-o", "--output", "path", type=FILE, metavar="FILE", help="Write to FILE.")
def derive(model: str, path: Path | None, **options: Any) -> None:
    """Derive the gradient of MODEL, every line checked."""
    from symderive.pipeline import ExplainRequest, explain

    if path is not None:
        check_file(path, model)
    layout = {key: options.pop(key) for key in ("to", "detail", "sample_index")}
    explanation = explain(ExplainRequest(model, **options))
    emit(explanation.typeset(**layout), path)
