"""LaTeX to PDF, in a folder of its own; pdfLaTeX may run no program and read nothing elsewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from symderive.errors import CheckError, NotSupportedError

#: A run that takes longer has gone wrong.
SECONDS = 120
#: The second run has the numbers (of pages, of slides) that the first one wrote.
RUNS = 2

_ARGUMENTS = ("-no-shell-escape", "-halt-on-error", "-interaction=nonstopmode", "-file-line-error")
#: Paranoid about files, and no clock: the same text gives the same PDF.
_ENVIRONMENT = {
    "openin_any": "p",
    "openout_any": "p",
    "max_print_line": "1000",
    "SOURCE_DATE_EPOCH": "0",
    "FORCE_SOURCE_DATE": "1",
}


def to_pdf(source: str, name: str = "document") -> bytes:
    """The PDF that pdfLaTeX makes of a whole document.

    Raises :class:`NotSupportedError` if there is no pdfLaTeX, and :class:`CheckError` with its
    first complaint if it rejects the document (which is ours, so it should not).
    """
    return run_latex(source, name)[0]


def run_latex(
    source: str, name: str = "document", files: Mapping[str, bytes] | None = None, runs: int = RUNS
) -> tuple[bytes, str]:
    """The PDF of a document, and the log of its last run; ``files`` lie beside it, by path.

    Raises as :func:`to_pdf` does.
    """
    program = shutil.which("pdflatex")
    if program is None:
        raise NotSupportedError(
            "pdflatex was not found, so no PDF can be made; install TeX Live (on Debian and Ubuntu:"
            " apt-get install texlive-latex-recommended texlive-pictures lmodern)"
        )
    with TemporaryDirectory(prefix="symderive-") as folder:
        file = Path(folder, f"{name}.tex")
        file.write_text(source, encoding="utf-8", newline="\n")
        for path, content in (files or {}).items():
            beside = Path(folder, path)
            beside.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(content)
        log = ""
        for _ in range(runs):
            log = _run(program, file)
        made = file.with_suffix(".pdf")
        if not made.is_file():
            raise CheckError(f"{file.name} has no pages")
        return made.read_bytes(), log


def _run(program: str, file: Path) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - no shell; the program was looked up, the file is ours
            [program, *_ARGUMENTS, file.name],
            cwd=file.parent,
            env=os.environ | _ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CheckError(f"pdflatex did not finish {file.name} within {SECONDS} s") from None
    log = done.stdout.decode("utf-8", errors="replace")
    if done.returncode != 0:
        raise CheckError(f"pdflatex rejects {file.name}: {_complaint(log)}")
    return log


def _complaint(log: str) -> str:
    """The first error of a log, in one line."""
    found = re.search(r"^(?:.*:\d+: |! )(.+)$", log, flags=re.MULTILINE)
    return found[1].strip() if found else log.strip().splitlines()[-1] if log.strip() else "no log"
