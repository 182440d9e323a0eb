"""``symderive list``: the catalog."""

from __future__ import annotations

import json

import click

from symderive import catalog
from symderive.cli.console import say, table

KINDS = ("losses", "activations", "networks", "information")


@click.command("list")
@click.option("--kind", type=click.Choice(KINDS), help="Only models of this kind.")
@click.option("--json", "as_json", is_flag=True, help="As JSON: stable, to build on.")
def list_models(kind: str | None, as_json: bool) -> None:
    """List the models of the catalog."""
    models = [catalog.load(name) for name in catalog.names()]
    models = [model for model in models if kind in (None, model.kind)]
    if as_json:
        rows = [
            {
                "name": model.name,
                "kind": model.kind,
                "title": model.title,
                "source": model.source,
                "inputs": [
                    {
                        "name": declaration.name,
                        "role": declaration.role,
                        "axes": [axis.name for axis in declaration.tensor.axes],
                    }
                    for declaration in model.declarations
                ],
                "output": model.output.name,
            }
            for model in models
        ]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    elif models:
        table(
            ("model", "kind", "title"),
            [(model.name, model.kind, model.title) for model in models],
        )
    else:
        say(f"the catalog has no {kind} yet")
