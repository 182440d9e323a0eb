"""``symderive demo``: the lecture's two gradients, from formula to slides, code and evidence."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import click

from symderive.cli.console import Progress, progress, say, table
from symderive.cli.options import FILE
from symderive.cli.output import check_folder, make_folder, write_file
from symderive.errors import NotSupportedError

if TYPE_CHECKING:
    from symderive.pipeline import Detail, Explanation, To

MODELS = ("softmax_nll", "hinge")
#: Name of the file, what it is typeset as, and in which detail.
PAPERS: tuple[tuple[str, To, Detail], ...] = (
    ("slides", "beamer", "slide"),
    ("derivation", "document", "full"),
)


@click.command(short_help="The lecture's two gradient slides: derived, typeset, generated.")
@click.option(
    "-o", "--output", "folder", type=FILE, metavar="DIR", default="build/demo", show_default=True
)
def demo(folder: Path) -> int:
    """Derive the lecture's two gradient slides, typeset them, generate their code, verify both."""
    check_folder(folder)
    make_folder(folder)
    import symderive.pipeline  # noqa: F401 - SymPy's import is not the first stage's time

    work = _Demo(folder)
    with progress(len(work.stages), quiet=False) as telling:
        rows = [_timed(name, stage, telling) for name, stage in work.stages]
    table(("stage", "time", "result"), rows, right=(1,))
    for message in work.messages:
        say(message)
    return 3 if work.failed else 0


def _timed(name: str, stage: Callable[[], str], telling: Progress) -> tuple[str, str, str]:
    telling.start(name)
    begun = perf_counter()
    result = stage()
    return name, f"{perf_counter() - begun:.2f} s", result


class _Demo:
    """The stages in order; each returns what it made, in words."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.explanations: list[Explanation] = []
        self.messages: list[str] = []
        self.failed = False
        self.stages: list[tuple[str, Callable[[], str]]] = []
        for name in MODELS:
            self.stages.append((f"derive {name}", partial(self.derive, name)))
        for name, to, detail in PAPERS:
            self.stages.append((f"typeset {name}", partial(self.typeset, name, to, detail)))
            self.stages.append((f"pdflatex {name}", partial(self.print_pdf, name)))
        for name in MODELS:
            self.stages.append((f"generate {name}", partial(self.generate, name)))
        for name in MODELS:
            self.stages.append((f"verify {name}", partial(self.verify, name)))

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
