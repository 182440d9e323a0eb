"""The templates of LaTeX, with delimiters that LaTeX leaves free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symderive.templating import environment

if TYPE_CHECKING:
    from jinja2 import Template

#: Templates write ``<< value >>`` and ``<% statement %>``.
DELIMITERS = {
    "block_start_string": "<%",
    "block_end_string": "%>",
    "variable_start_string": "<<",
    "variable_end_string": ">>",
    "comment_start_string": "<#",
    "comment_end_string": "#>",
}


def template(name: str) -> Template:
    """The template ``name``."""
    return environment(**DELIMITERS).get_template(name)


def render(name: str, **values: object) -> str:
    """The template ``name`` with ``values`` put in; a name that is missing is an error."""
    return template(name).render(**values)
