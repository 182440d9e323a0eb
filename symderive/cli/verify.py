"""``symderive verify``: the evidence for derivation and code, as a table."""

from __future__ import annotations

from typing import Literal

import click

from symderive.cli.console import progress, say, table
from symderive.cli.options import chosen_models, models_arguments

COLUMNS = ("model", "check", "how", "points", "worst error", "verdict")


@click.command(short_help="Check derivation, gradient and code of each MODEL.")
@models_arguments
@click.option(
    "--target",
    type=click.Choice(["numpy", "numba"]),
    default="numpy",
    show_default=True,
    help="The modules for NumPy, or those with loops for numba too.",
)
def verify(*, models: tuple[str, ...], every: bool, target: Literal["numpy", "numba"]) -> int:
    """Check the derivation, the gradient and the generated code of each MODEL.

    Exit code 3 if a check fails: that is a fault of symderive.
    """
    from symderive.pipeline import evidence_of_each, resolve

    chosen = [resolve(name) for name in chosen_models(models, every)]
    rows: list[tuple[str, ...]] = []
    bad: list[int] = []
    faults: list[str] = []
    with progress(len(chosen)) as telling:
        each = evidence_of_each(chosen, target)
        for model in chosen:
            telling.start(model.name)
            for found in next(each):
                if not found.passed:
                    bad.append(len(rows))
                if found.fault:
                    faults.append(f"{model.name}, {found.check}: {found.fault}")
                rows.append(
                    (
                        model.name,
                        found.check,
                        found.how,
                        str(found.points),
                        f"{found.worst:.1e}",
                        "passed" if found.passed else "FAILED",
                    )
                )
    table(COLUMNS, rows, right=(3, 4), bad=bad)
    for fault in faults:
        say(fault)
    if bad:
        say(f"{len(bad)} of {len(rows)} checks failed: a fault of symderive")
        return 3
    say(f"all {len(rows)} checks passed")
    return 0
