"""Templates: found beside the package or in a checkout, strict about missing names."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from symderive.errors import CheckError

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def template_directory() -> Path:
    """The directory of the templates: in an installed package, else in the checkout."""
    package = Path(__file__).resolve().parent.parent
    for place in (package / "templates", package.parent / "templates"):
        if place.is_dir():
            return place
    raise CheckError(f"the templates are missing from this installation: {package / 'templates'}")


@cache
def environment() -> Environment:
    """Templates write ``<< value >>`` and ``<% statement %>``, which LaTeX leaves free."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(template_directory()),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - LaTeX, not HTML; text is escaped before it comes here
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
    )


def render(name: str, **values: object) -> str:
    """The template ``name`` with ``values`` put in; a name that is missing is an error."""
    return environment().get_template(name).render(**values)
