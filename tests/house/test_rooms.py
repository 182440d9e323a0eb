"""The contract of the rooms catches what it is for: each claim here is a planted fault."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

CONFIGURATION = """
[tool.importlinter]
root_package = "symderive"
include_external_packages = true
contract_types = ["rooms: tools.rooms.RoomsContract"]
[[tool.importlinter.contracts]]
name = "rooms"
type = "rooms"
rows = ["expr:", "model: expr", "cli: model", "yet_to_come: model"]
libraries = ["json: model"]
"""


def lint(where: Path, sources: dict[str, str]) -> tuple[int, str]:
    """The exit code and the output of checking a package with these sources."""
    for room in ("expr", "model", "cli"):
        (where / "symderive" / room).mkdir(parents=True)
        (where / "symderive" / room / "__init__.py").touch()
    (where / "symderive" / "__init__.py").touch()
    for name, text in sources.items():
        (where / "symderive" / name).write_text(text, encoding="utf-8")
    (where / "tools").mkdir()
    shutil.copy(REPOSITORY / "tools" / "rooms.py", where / "tools")
    (where / "pyproject.toml").write_text(CONFIGURATION, encoding="utf-8")
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as m; m()",
            "--no-cache",
        ],
        cwd=where,
        env=os.environ | {"PYTHONPATH": str(where), "COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    "sources",
    [
        {},
        {"model/a.py": "from symderive.expr import b", "expr/b.py": ""},
        {"cli/a.py": "from symderive.model import a", "model/a.py": "import symderive.expr"},
        {"model/a.py": "import json", "__init__.py": "import symderive.cli"},
    ],
)
def test_what_the_table_allows_is_kept(tmp_path, sources):
    code, text = lint(tmp_path, sources)
    assert code == 0, text


@pytest.mark.parametrize(
    ("sources", "fault"),
    [
        ({"expr/b.py": "import symderive.model"}, "symderive.expr.b -> symderive.model (l.1)"),
        ({"cli/a.py": "\nimport symderive.expr"}, "symderive.cli.a -> symderive.expr (l.2)"),
        (
            {"expr/b.py": "def f():\n    from symderive.model import a", "model/a.py": ""},
            "symderive.expr.b -> symderive.model.a (l.2)",
        ),
        ({"cli/a.py": "import json"}, "symderive.cli.a -> json (l.1)"),
        ({"expr/b.py": "import symderive"}, "symderive.expr.b -> symderive (l.1)"),
        ({"helpers.py": ""}, "symderive.helpers has no row"),
    ],
)
def test_what_the_table_does_not_allow_is_named(tmp_path, sources, fault):
    code, text = lint(tmp_path, sources)
    assert code == 1
    assert fault in text
