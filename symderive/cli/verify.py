"""``symderive verify``: the evidence for derivation and code, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import click

from symderive.cli.console import GrowingTable, progress, say
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

    The rows of a model are written as soon as it is done. Exit code 3 if a check fails: that is a
    fault of symderive; 1 if one found no point at which the model has a value, so that nothing was
    checked.
    """
    from symderive.pipeline import evidence_of_each, resolve

    chosen = [resolve(name) for name in chosen_models(models, every)]
    found: list[Any] = []
    faults: dict[tuple[str, str], list[str]] = {}
    written = GrowingTable(COLUMNS, {0: [model.name for model in chosen]}, right=(3, 4))
    with progress(len(chosen)) as telling:
        each = evidence_of_each(chosen, target)
        for model in chosen:
            telling.start(model.name)
            rows = next(each)
            bad = [place for place, row in enumerate(rows) if not row.passed]
            written.add([_cells(model.name, row) for row in rows], bad)
            found += rows
            for row in rows:
                if row.fault:
                    faults.setdefault((model.name, row.fault), []).append(row.check)
    for (name, fault), checks in faults.items():
        say(f"{name}, {'; '.join(dict.fromkeys(checks))}: {fault}")
    return _verdict(found)


def _cells(name: str, row: Any) -> tuple[str, ...]:
    worst = f"{row.worst:.1e}" if row.points or row.failed else "-"
    return (name, row.check, row.how, str(row.points), worst, row.verdict)


def _verdict(found: Sequence[Any]) -> int:
    """Say how many checks passed; the exit code."""
    failed = sum(row.failed for row in found)
    nothing = sum(not row.passed for row in found) - failed
    if nothing:
        say(
            f"{nothing} of {len(found)} checks compared nothing:"
            " no point at which the model has a value was found"
        )
    if failed:
        say(f"{failed} of {len(found)} checks failed: a fault of symderive")
        return 3
    if nothing:
        return 1
    say(f"all {len(found)} checks passed")
    return 0
