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
    package = Path(__file__).resolve().parent
    for place in (package / "templates", package.parent / "templates"):
        if place.is_dir():
            return place
    raise CheckError(f"the templates are missing from this installation: {package / 'templates'}")


@cache
def environment(**delimiters: str) -> Environment:
    """Jinja with the project's templates; ``delimiters`` are its options of that kind.

    Nothing is escaped: what is rendered is LaTeX or Python, and its text is escaped before.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(template_directory()),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - no HTML
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        **delimiters,  # type: ignore[arg-type]
    )
