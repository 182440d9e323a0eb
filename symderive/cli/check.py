"""``symderive check``: each claim of a model with its verdict."""

from __future__ import annotations

import click

from symderive.cli.console import progress, say
from symderive.cli.options import model_argument


@click.command(short_help="Judge the claims of MODEL.")
@model_argument
@click.option(
    "--claim",
    "claims",
    multiple=True,
    metavar="TEXT",
    help="A claim to judge instead of the model's own; may be given several times.",
)
def check(*, model: str, claims: tuple[str, ...]) -> int:
    """Judge each claim of MODEL: proved, verified, refuted, ill-typed, or other subgradient.

    What refutes a claim is printed as Python: sizes, values (counted from 0), both sides. The
    claims of the lecture have names, such as b3_tanh and x1_temperature. Exit code 1 if a claim is
    refuted or ill-typed.
    """
    from symderive.pipeline.checking import claims_of, judged
    from symderive.pipeline.models import resolve

    chosen = resolve(model)
    count = len(claims_of(chosen, claims))
    with progress(count) as telling:
        telling.start(chosen.name)
        verdicts = tuple(judged(chosen, claims))
    click.echo("\n\n".join(map(str, verdicts)))
    bad = sum(not verdict.holds for verdict in verdicts)
    say(f"{count} {'claim' if count == 1 else 'claims'} judged, {bad} of them refuted or ill-typed")
    return 1 if bad else 0
