"""``symderive demo``: what the lecture shows, from definitions alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import click

from symderive.cli.console import Progress, progress, say, table
from symderive.cli.options import FILE
from symderive.cli.output import check_folder, make_folder, write_file
from symderive.errors import NotSupportedError

if TYPE_CHECKING:
    from symderive.lecture.fitting import Fit
    from symderive.lecture.pictures import Picture
    from symderive.pipeline import Detail, Explanation, To

MODELS = ("softmax_nll", "hinge")
#: Name of the file, what it is typeset as, and in which detail.
PAPERS: tuple[tuple[str, To, Detail], ...] = (
    ("slides", "beamer", "slide"),
    ("derivation", "document", "full"),
)


def _timed(name: str, stage: Callable[[], str], telling: Progress) -> tuple[str, str, str]:
    telling.start(name)
    begun = perf_counter()
    result = stage()
    return name, f"{perf_counter() - begun:.2f} s", result


class _Part:
    """The stages of a part in order; each returns what it made, in words."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.messages: list[str] = []
        self.failed = False
        self.stages: list[tuple[str, Callable[[], str]]] = []
        self.plan()

    def plan(self) -> None:
        """Set the stages."""
        raise NotImplementedError

    def begin(self, helper: Executor) -> None:
        """Give ``helper``, another process, what may be made while the other parts are."""

    def add(self, name: str, stage: Callable[[], str]) -> None:
        """One more stage."""
        self.stages.append((name, stage))


class _Gradients(_Part):
    """The lecture's two gradients: derived, typeset, generated, verified."""

    def plan(self) -> None:
        """Set the stages."""
        self.explanations: list[Explanation] = []
        for name in MODELS:
            self.add(f"derive {name}", partial(self.derive, name))
        for name, to, detail in PAPERS:
            self.add(f"typeset {name}", partial(self.typeset, name, to, detail))
            self.add(f"pdflatex {name}", partial(self.print_pdf, name))
        for name in MODELS:
            self.add(f"generate {name}", partial(self.generate, name))
        for name in MODELS:
            self.add(f"verify {name}", partial(self.verify, name))

    def derive(self, name: str) -> str:
        from symderive.pipeline import ExplainRequest, explain, summary

        self.explanations.append(explain(ExplainRequest(name)))
        return summary(self.explanations[-1])

    def typeset(self, name: str, to: To, detail: Detail) -> str:
        from symderive.pipeline import typeset

        return self.write(f"{name}.tex", typeset(self.explanations, to, detail))

    def print_pdf(self, name: str) -> str:
        from symderive.pipeline import to_pdf

        source = (self.folder / f"{name}.tex").read_text(encoding="utf-8")
        try:
            return self.write(f"{name}.pdf", to_pdf(source, name))
        except NotSupportedError as error:
            if str(error) not in self.messages:
                self.messages.append(str(error))
            return "not made"

    def generate(self, name: str) -> str:
        from symderive import pipeline

        compiled = pipeline.compile(pipeline.CompileRequest(name))
        return self.write(f"{name}.py", compiled.source)

    def verify(self, name: str) -> str:
        from symderive.pipeline import evidence

        found = evidence(name)
        bad = [one.check for one in found if not one.passed]
        self.messages += (f"{name}: {check} failed" for check in bad)
        self.failed = self.failed or bool(bad)
        return f"{len(found) - len(bad)} of {len(found)} checks passed"

    def write(self, name: str, content: str | bytes) -> str:
        path = self.folder / name
        write_file(path, content)
        return str(path)


class _Pictures(_Part):
    """The lecture's plots, D1 to D7."""

    def plan(self) -> None:
        """Set the stages."""
        from symderive.lecture.pictures import pictures

        for picture in pictures():
            self.add(f"draw {picture.item} {picture.name}", partial(self.draw, picture))

    def draw(self, picture: Picture) -> str:
        from symderive.lecture.pictures import draw_picture

        return str(draw_picture(picture, self.folder))


class _Regression(_Part):
    """Demo E1: a network of one input."""

    def plan(self) -> None:
        """Set the stages."""
        self.fits: list[Fit] = []
        self.add("train wave", self.train)
        self.add("draw wave", self.draw)
        self.add("animate wave", self.animate)

    def train(self) -> str:
        from symderive.lecture.fitting import regression

        self.fits.append(regression())
        courses = self.fits[0].courses.items()
        return "loss " + ", ".join(f"{name} {one.losses[-1]:.2g}" for name, one in courses)

    def draw(self) -> str:
        from symderive.lecture.drawing import draw_regression

        return str(draw_regression(self.fits[0], self.folder / "E1-regression.pdf"))

    def animate(self) -> str:
        from symderive.lecture.drawing import animate_regression

        return str(animate_regression(self.fits[0], self.folder / "E1-regression.gif"))


class _Classification(_Part):
    """Demo E2: networks of two inputs."""

    def plan(self) -> None:
        """Set the stages."""
        from symderive.lecture.datasets import CLASSES

        self.fits: dict[str, Fit] = {}
        for name in CLASSES:
            self.add(f"train {name}", partial(self.train, name))
        self.add("draw classes", self.draw)
        for name in CLASSES:
            self.add(f"draw {name}", partial(self.stages_of, name))
        self.add("animate spiral", self.animate)

    def train(self, name: str) -> str:
        from symderive.lecture.fitting import classification

        self.fits[name] = fit = classification(name)
        right = ((one, fit.accuracy(course)) for one, course in fit.courses.items())
        return "right " + ", ".join(f"{one} {100 * part:.3g} %" for one, part in right)

    def draw(self) -> str:
        from symderive.lecture.drawing import draw_classes

        path = self.folder / "E2-classification.pdf"
        return str(draw_classes(list(self.fits.values()), path))

    def stages_of(self, name: str) -> str:
        from symderive.lecture.drawing import draw_stages

        return str(draw_stages(self.fits[name], self.folder / f"E2-{name}.pdf"))

    def animate(self) -> str:
        from symderive.lecture.drawing import animate_classes

        return str(animate_classes(self.fits["spiral"], self.folder / "E2-spiral.gif"))


class _Cost(_Part):
    """Claim B12: backpropagation against numerical differentiation."""

    def plan(self) -> None:
        """Set the stages."""
        self.add("time both gradients", self.measure)

    def measure(self) -> str:
        from symderive.lecture.cost import draw_cost, measure

        return str(draw_cost(measure(), self.folder / "B12-cost.pdf"))


class _Lecture(_Part):
    """The lecture's deck of slides."""

    #: The lecture that comes along.
    NAME = "week5"

    def plan(self) -> None:
        """Set the stages."""
        self.begun: Future[tuple[str, str, float]] | None = None
        self.add(f"slides {self.NAME}", self.slides)

    def begin(self, helper: Executor) -> None:
        self.begun = helper.submit(_deck, self.NAME, self.folder)

    def slides(self) -> str:
        made = _deck(self.NAME, self.folder) if self.begun is None else self.begun.result()
        said, missing, seconds = made
        if missing:
            self.messages.append(missing)
        return said if self.begun is None else f"{said}, made beside the rest in {seconds:.0f} s"


def _deck(name: str, folder: Path) -> tuple[str, str, float]:
    """The deck of a lecture that comes along: what was made, what is missing for it, seconds."""
    from symderive.cli.slides import make_deck
    from symderive.lecture import shipped

    start = perf_counter()
    said, missing = make_deck(shipped(name), folder / f"{name}.pdf")
    return said, missing, perf_counter() - start


PARTS: dict[str, type[_Part]] = {
    "gradients": _Gradients,
    "pictures": _Pictures,
    "regression": _Regression,
    "classification": _Classification,
    "cost": _Cost,
    "lecture": _Lecture,
}
ALL = "all"


@click.command(short_help="The lecture's gradients, pictures and networks that learn.")
@click.argument(
    "parts", type=click.Choice([*PARTS, ALL]), nargs=-1, metavar=f"[{'|'.join([*PARTS, ALL])}]..."
)
@click.option(
    "-o", "--output", "folder", type=FILE, metavar="DIR", default="build/demo", show_default=True
)
def demo(parts: tuple[str, ...], folder: Path) -> int:
    """Make what the lecture shows, from definitions alone.

    gradients (the default) derives the two gradient slides, typesets them, generates their code and
    verifies both; pictures draws the plots; regression and classification train small networks with
    nothing but their generated modules; cost times backpropagation against numerical
    differentiation; lecture makes the whole deck.
    """
    chosen = tuple(PARTS) if ALL in parts else tuple(dict.fromkeys(parts)) or ("gradients",)
    if set(chosen) - {"gradients"}:
        from symderive.plots import need_matplotlib

        need_matplotlib()
    check_folder(folder)
    make_folder(folder)
    import symderive.pipeline  # noqa: F401 - SymPy's import is not the first stage's time

    works = [PARTS[name](folder) for name in chosen]
    stages = [stage for work in works for stage in work.stages]
    with _helper(works) as helper, progress(len(stages), quiet=False) as telling:
        if helper is not None:
            for work in works:
                work.begin(helper)
        rows = [_timed(name, stage, telling) for name, stage in stages]
    table(("stage", "time", "result"), rows, right=(1,))
    for work in works:
        for message in work.messages:
            say(message)
    return 3 if any(work.failed for work in works) else 0


@contextmanager
def _helper(works: Sequence[_Part]) -> Iterator[Executor | None]:
    """A second process where several parts are to be made and there is a second processor."""
    if len(works) < 2 or (os.cpu_count() or 1) < 2:
        yield None
        return
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
