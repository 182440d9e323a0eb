"""``symderive slides``: a whole deck from a lecture's TOML."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from symderive.cli.console import progress, say
from symderive.cli.options import FILE
from symderive.errors import NotSupportedError
from symderive.files import check_file, check_folder, make_folder, write_files

#: Where the pictures of ``deck.pdf`` stand: ``deck-pictures/``, beside its LaTeX.
PICTURES = "-pictures"


@click.command(short_help="A deck of slides from a lecture's TOML.")
@click.argument("lecture", metavar="LECTURE")
@click.option(
    "-o",
    "--output",
    "path",
    type=FILE,
    metavar="FILE",
    help="The deck, deck.pdf [default: called after LECTURE]; its .tex is kept beside it. With"
    " deck.tex, no PDF is made.",
)
def slides(lecture: str, path: Path | None) -> None:
    """Make the deck of LECTURE: a TOML file, or the name of a lecture that comes along (week5).

    Formulas are derived, claims judged, code generated; every line is checked, and that nothing
    sticks out of a page.
    """
    from symderive.lecture import shipped

    is_file = lecture.endswith(".toml") or Path(lecture).name != lecture
    source = Path(lecture) if is_file else shipped(lecture)
    target = path or Path(f"{source.stem}.pdf")
    if target.suffix not in (".pdf", ".tex"):
        raise click.UsageError(f"{target} is no deck; expected a name that ends in .pdf or .tex")
    tex = target.with_suffix(".tex")
    check_file(target, source)
    check_file(tex, source)
    with progress(count_of(source) + 1) as telling:
        said, missing = make_deck(source, target, telling.start)
    if missing:
        raise NotSupportedError(f"{missing}; {tex} was written")
    say(said)


def count_of(source: Path) -> int:
    """How many slides a lecture has."""
    from symderive.lecture import read_lecture

    return len(read_lecture(source).slides)


def make_deck(
    source: Path, target: Path, tell: Callable[[str], None] = lambda _: None
) -> tuple[str, str]:
    """Make the deck of a lecture and write its files; what was made, and what is missing for it.

    Raises :class:`InputError` for a lecture that is wrong; then nothing is written.
    """
    from symderive.lecture import build_deck, read_lecture

    read = read_lecture(source)
    folder = target.with_name(target.stem + PICTURES)
    made = build_deck(read, tell, folder=f"{folder.name}/", pdf=target.suffix == ".pdf")
    files: dict[Path, str | bytes] = {target.with_suffix(".tex"): made.tex}
    if made.pictures:
        check_folder(folder)
        make_folder(folder)
        files |= {target.parent / name: data for name, data in made.pictures.items()}
    if made.pdf is not None:
        files[target] = made.pdf
    write_files(files)
    slides, frames = len(read.slides), made.frames
    said = f"{slides} slide{'s' * (slides != 1)} on {frames} frame{'s' * (frames != 1)}"
    return f"{target}: {said}", made.missing
