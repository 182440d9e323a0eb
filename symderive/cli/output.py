"""Where results go: into files, written whole or not at all, or to standard output."""

from __future__ import annotations

from pathlib import Path

import click

from symderive.files import check_file, check_folder, make_folder, write_file, write_files

__all__ = ["check_file", "check_folder", "emit", "make_folder", "write_file", "write_files"]


def emit(text: str, path: Path | None) -> None:
    """A result: into a file, or to standard output, with a line end at its end."""
    text = text if text.endswith("\n") else text + "\n"
    if path is None:
        click.echo(text, nl=False)
    else:
        write_file(path, text)
