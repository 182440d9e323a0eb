"""``symderive plot``: pictures of models."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from symderive.cli.options import FILE, ModelName
from symderive.files import check_file

KINDS = ("auto", "curve", "margin", "line", "plane")
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_ROW = rf"{_NUMBER}(?:,{_NUMBER})*"


def _interval(text: str) -> tuple[float, float]:
    low, _, high = text.partition(":")
    return float(low), float(high)


def _setting(text: str) -> tuple[str, tuple[tuple[float, ...], ...]]:
    name, _, given = text.partition("=")
    return name, tuple(tuple(map(float, row.split(","))) for row in given.split(";"))


def _size(text: str) -> tuple[str, int]:
    name, _, size = text.partition("=")
    return name, int(size)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(",")))


def _inches(text: str) -> tuple[float, float]:
    width, _, height = text.partition("x")
    return float(width), float(height)


def _read(
    pattern: str,
    expected: str,
    convert: Callable[[str], Any],
    _ctx: click.Context,
    _param: click.Parameter,
    value: Any,
) -> Any:
    """What an option says, once or several times; blanks mean nothing."""
    if value is None:
        return None
    if isinstance(value, tuple):
        return tuple(_read(pattern, expected, convert, _ctx, _param, one) for one in value)
    text = re.sub(r"\s", "", value)
    if not re.fullmatch(pattern, text):
        raise click.BadParameter(f"{value!r}: expected {expected}")
    return convert(text)


_read_interval = partial(_read, f"{_NUMBER}:{_NUMBER}", "LOW:HIGH such as -2:2", _interval)
_read_setting = partial(
    _read, rf"\w+={_ROW}(?:;{_ROW})*", "NAME=VALUES such as q=1,2 or w=1,2;3,4", _setting
)
_read_size = partial(_read, r"\w+=\d{1,6}", "AXIS=N such as C=4", _size)
_read_numbers = partial(_read, r"\d{1,6}(?:,\d{1,6})*", "N or N,N,.. such as 1,100", _numbers)
_read_inches = partial(_read, f"{_NUMBER}x{_NUMBER}", "WIDTHxHEIGHT such as 6.4x3.6", _inches)


@click.command(short_help="Pictures: curves, losses of a margin, losses along directions.")
@click.argument("models", type=ModelName(), nargs=-1, required=True, metavar="MODEL...")
@click.option(
    "-o",
    "--output",
    "path",
    type=FILE,
    metavar="FILE",
    required=True,
    help="A file that ends in .pdf, .svg or .png.",
)
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    default="auto",
    show_default=True,
    help="A function and its derivative; several functions in one plot; a loss along one direction;"
    " along two. auto: what suits the inputs and their shapes.",
)
@click.option(
    "--over", metavar="NAME", help="The number on the horizontal axis, such as beta or 's[2]'."
)
@click.option(
    "--set",
    "settings",
    callback=_read_setting,
    multiple=True,
    metavar="NAME=VALUES",
    help="Values of an input: q=1,2 draws a curve for each, s=1,2,3 fills an array (its rows end"
    " with ;). Labels count from 1.",
)
@click.option(
    "--size",
    "sizes",
    callback=_read_size,
    multiple=True,
    metavar="AXIS=N",
    help="The size of an axis.",
)
@click.option(
    "--samples",
    callback=_read_numbers,
    default="1",
    show_default=True,
    metavar="N[,N..]",
    help="How many random samples a loss is averaged over; each number is drawn.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Of samples, start and directions.",
)
@click.option("--x", callback=_read_interval, metavar="LOW:HIGH", help="The horizontal range.")
@click.option("--y", callback=_read_interval, metavar="LOW:HIGH", help="The vertical range.")
@click.option(
    "--derivative/--no-derivative", default=None, help="Draw it beside [default: for curves]."
)
@click.option("--beside", is_flag=True, help="Each curve in a plot of its own.")
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="TEXT",
    help="What a curve is called, in their order; $..$ is mathematics.",
)
@click.option("--title", metavar="TEXT", help="Above the picture; '' for none.")
@click.option(
    "--inches",
    callback=_read_inches,
    default="6.4x3.6",
    show_default=True,
    metavar="WxH",
    help="Width and height; the default fills a slide.",
)
def plot(
    models: tuple[str, ...],
    path: Path,
    settings: tuple[tuple[str, Any], ...],
    sizes: tuple[tuple[str, int], ...],
    **options: Any,
) -> None:
    """Draw MODEL, or several that are functions of one number, into FILE.

    The values are those of the generated modules, labels are in the notation of the model. Kinks
    are marked; at a jump the filled circle is on the value. The same command writes the same bytes.
    """
    from symderive import pipeline
    from symderive.plots import PlotRequest, check_path, draw, need_matplotlib

    need_matplotlib()
    check_path(path)
    check_file(path)
    subjects = tuple(pipeline.compile(pipeline.CompileRequest(model)) for model in models)
    draw(PlotRequest(subjects, path, settings=dict(settings), sizes=dict(sizes), **options))
