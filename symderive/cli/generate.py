"""``symderive generate``: modules, one file a model; or whether those on disk are current."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from symderive.cli.console import in_colour, progress, say
from symderive.cli.options import FILE, chosen_models, models_arguments
from symderive.cli.output import check_folder, make_folder, write_files

if TYPE_CHECKING:
    from symderive.pipeline import With


#: In place of a folder: the terminal, or what the output goes to.
PRINTED = Path("-")


@dataclass(frozen=True)
class Difference:
    """A file on disk that is not as it would be written; ``old`` or ``new`` is None without one."""

    path: Path
    old: bytes | None
    new: str | None

    @property
    def what(self) -> str:
        if self.old is None:
            return "missing"
        return "extra" if self.new is None else "differs"

    def diff(self) -> str:
        """What writing would change, as a unified diff."""
        old = "" if self.old is None else self.old.decode("utf-8", errors="replace")
        lines = difflib.unified_diff(
            old.splitlines(keepends=True),
            (self.new or "").splitlines(keepends=True),
            f"a/{self.path}" if self.old is not None else "/dev/null",
            f"b/{self.path}" if self.new is not None else "/dev/null",
        )
        ended = (
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in lines
        )
        return "".join(ended)


@click.command(short_help="Write a NumPy module for each MODEL.")
@models_arguments
@click.option(
    "-o",
    "--output",
    "folder",
    type=FILE,
    metavar="DIR",
    default="generated",
    show_default=True,
    help="The folder of the modules; - prints one.",
)
@click.option(
    "--level",
    type=click.Choice(["fast", "readable"]),
    default="fast",
    show_default=True,
    help="To run, or one line per equation to teach.",
)
@click.option(
    "--target",
    type=click.Choice(["numpy", "numba"]),
    default="numpy",
    show_default=True,
    help="NumPy alone, or loops fused for numba.",
)
@click.option(
    "--with",
    "extras",
    metavar="NAMES",
    callback=lambda _context, _parameter, text: tuple(filter(None, text.split(","))),
    default="",
    help="Second derivatives too: hvp, hessian, gauss_newton; out= for results. Commas between.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a file is not current.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
def generate(
    *,
    models: tuple[str, ...],
    every: bool,
    folder: Path,
    level: Literal["fast", "readable"],
    target: Literal["numpy", "numba"],
    extras: tuple[With, ...],
    check: bool,
    diff: bool,
) -> int:
    """Write a NumPy module for each MODEL, named after it."""
    names = chosen_models(models, every)
    printed = folder == PRINTED
    if printed and (check or diff or len(names) != 1):
        raise click.UsageError("-o - prints the module of one MODEL, without --check and --diff")
    if not (check or diff or printed):
        check_folder(folder)
    if target == "numba" and level == "readable":
        raise click.UsageError("--target numba has --level fast alone")
    sources = _sources(names, folder, level, extras, target)
    if printed:
        click.echo("".join(sources.values()), nl=False)
        return 0
    differences = compare(sources, folder, extra=every)
    if diff:
        for difference in differences:
            _show(difference.diff())
    if check:
        if not diff:
            for difference in differences:
                click.echo(f"{difference.what}: {difference.path}")
        say(_verdict(differences, len(sources), folder, every))
        return 1 if differences else 0
    if not diff:
        _write(differences, sources, folder)
    return 0


def compare(sources: Mapping[Path, str], folder: Path, *, extra: bool) -> list[Difference]:
    """How ``folder`` differs from what would be written.

    With ``extra``, also the modules there that begin as ours do and belong to no model.
    """
    found = []
    for path, source in sources.items():
        old = path.read_bytes() if path.is_file() else None
        if old != source.encode():
            found.append(Difference(path, old, source))
    if extra and folder.is_dir():
        (header,) = {source.partition("\n")[0].encode() for source in sources.values()}
        others = {path: path.read_bytes() for path in folder.glob("*.py") if path not in sources}
        found += (
            Difference(path, old, None) for path, old in others.items() if old.startswith(header)
        )
    return sorted(found, key=lambda difference: difference.path)


def _sources(
    names: tuple[str, ...],
    folder: Path,
    level: Literal["fast", "readable"],
    extras: tuple[With, ...],
    target: Literal["numpy", "numba"],
) -> dict[Path, str]:
    from symderive import pipeline

    models = [
        pipeline.resolve(name) for name in names
    ]  # a wrong name is told before the work begins
    sources = {}
    with progress(len(models)) as telling:
        for model in models:
            telling.start(model.name)
            request = pipeline.CompileRequest(model, level, extras, target)
            compiled = pipeline.compile(request)
            sources[folder / f"{model.name}.py"] = compiled.source
    return sources


def _write(differences: list[Difference], sources: Mapping[Path, str], folder: Path) -> None:
    new = {d.path: d.new for d in differences if d.new is not None}
    make_folder(folder)
    write_files(new)
    for path in sources:
        click.echo(path)
    say(f"{len(sources)} modules: {len(new)} written, {len(sources) - len(new)} were current")
    for difference in differences:
        if difference.new is None:
            say(f"{difference.path} belongs to no model of the catalog; it was left alone")


def _verdict(differences: list[Difference], count: int, folder: Path, every: bool) -> str:
    if not differences:
        return f"{folder}: all {count} modules are current"
    again = "--all" if every else "with the same models"
    return (
        f"{folder}: {len(differences)} files are not current;"
        f" symderive generate {again} -o {folder} writes them anew (delete extra files yourself)"
    )


def _show(diff: str) -> None:
    """A diff, in colour on a terminal."""
    if not in_colour(sys.stdout):
        click.echo(diff, nl=False)
        return
    colours = {"+": "green", "-": "red", "@": "cyan"}
    for line in diff.splitlines():
        click.secho(line, fg=colours.get(line[:1]))
