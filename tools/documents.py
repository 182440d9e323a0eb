"""Writes what commands print into README.md and docs/*.md, or checks that it is there.

A place begins with a comment that names the language of the block and the command, and ends with
another:

    <!-- run (text): symderive derive relu -->
    ...
    <!-- end -->

``markdown`` puts the output in as it is, any other language puts it into a fenced block. Figures
with an exponent (worst errors such as 4.2e-16) differ between machines and are not compared.
Usage: python tools/documents.py [--check]
"""

from __future__ import annotations

import difflib
import os
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLACE = re.compile(
    r"^<!-- run \((?P<language>\w+)\): (?P<command>.+?) -->\n(?P<body>.*?)^<!-- end -->$",
    re.DOTALL | re.MULTILINE,
)

#: A figure with an exponent, and the space that keeps columns apart.
FIGURE = re.compile(r" *\d\.\d+e[+-]\d+")

#: Seconds for one command.
MOST = 300


@cache
def output(command: str) -> str:
    """What ``command`` prints, run at the root with the commands of this environment."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    env = {**os.environ, "PATH": path, "COLUMNS": "100", "NO_COLOR": "1"}
    done = subprocess.run(  # noqa: S603 - the commands are those of our own documents
        shlex.split(command),
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=MOST,
    )
    if done.returncode != 0:
        sys.exit(f"{command}: exit code {done.returncode}\n{done.stderr}")
    return "\n".join(line.rstrip() for line in done.stdout.strip("\n").splitlines()) + "\n"


def filled(text: str) -> str:
    """``text`` with every place filled with what its command prints now."""

    def fill(place: re.Match[str]) -> str:
        language, command = place["language"], place["command"]
        body = output(command)
        if language != "markdown":
            body = f"```{language}\n{body}```\n"
        if FIGURE.sub("", body) == FIGURE.sub("", place["body"]):
            return place[0]
        return f"<!-- run ({language}): {command} -->\n{body}<!-- end -->"

    return PLACE.sub(fill, text)


def main() -> int:
    """Write the documents anew; with ``--check``, say which are not current."""
    check = "--check" in sys.argv[1:]
    stale = 0
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        before = path.read_text(encoding="utf-8")
        after = filled(before)
        if after != before:
            stale += 1
            if check:
                name = str(path.relative_to(ROOT))
                diff = difflib.unified_diff(
                    before.splitlines(), after.splitlines(), name, f"{name} now", lineterm=""
                )
                print("\n".join(diff))
            else:
                path.write_text(after, encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
