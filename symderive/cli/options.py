"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from symderive import catalog

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

FILE: click.ParamType[Any] = click.Path(path_type=Path, dir_okay=True)


if TYPE_CHECKING:
    _Word = click.ParamType[str]
else:
    _Word = click.ParamType  # the oldest click that is supported has no types to fill in


class ModelName(_Word):
    """A name of the catalog (completed by the shell), or a file."""

    name = "model"

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """The names that begin so."""
        return [CompletionItem(name) for name in catalog.names() if name.startswith(incomplete)]


def model_argument(function: Decorated) -> Decorated:
    """One MODEL."""
    return click.argument("model", type=ModelName())(function)


def models_arguments(function: Decorated) -> Decorated:
    """MODEL..., or ``--all``."""
    every = click.option("--all", "every", is_flag=True, help="Every model of the catalog.")
    some = click.argument("models", type=ModelName(), nargs=-1, metavar="[MODEL]...")
    return some(every(function))


def chosen_models(models: tuple[str, ...], every: bool) -> tuple[str, ...]:
    """The models that :func:`models_arguments` asked for, each once.

    Raises ``click.UsageError`` for none, or for both some and all.
    """
    if every and models:
        raise click.UsageError("expected the names of models or --all, not both")
    if not every and not models:
        raise click.UsageError("no model is named; expected MODEL... or --all")
    return catalog.names() if every else tuple(dict.fromkeys(models))
