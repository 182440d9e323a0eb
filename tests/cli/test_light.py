"""Help is fast because it imports little: a claim about modules, not about the clock."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

HEAVY = {"sympy", "mpmath", "numpy", "matplotlib", "jinja2", "rich"}


def loaded_by(*arguments: str, **environment: str) -> set[str]:
    """Which of the heavy modules a command imports."""
    code = (
        f"import sys\nsys.argv = {['symderive', *arguments]!r}\n"
        "from symderive.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(*(n for n in sys.modules if '.' not in n), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return HEAVY & set(done.stderr.split())


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--help"],
        ["--version"],
        ["list", "--help"],
        ["show", "--help"],
        ["derive", "--help"],
        ["generate", "--help"],
        ["verify", "--help"],
        ["demo", "--help"],
        ["generate"],
        ["derive", "hinge", "--to", "nonsense"],
    ],
)
def test_help_and_usage_import_nothing_heavy(arguments):
    assert not loaded_by(*arguments)


def test_completion_imports_nothing_heavy():
    words = {"COMP_WORDS": "symderive derive so", "COMP_CWORD": "2"}
    code = (
        "import sys\nfrom symderive.cli import main\n"
        "try:\n    main([])\nexcept SystemExit:\n    pass\n"
        "print(*(n for n in sys.modules if '.' not in n), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | words | {"_SYMDERIVE_COMPLETE": "bash_complete"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "softmax_nll" in done.stdout
    assert not HEAVY & set(done.stderr.split())


@pytest.mark.parametrize("to", ["terminal", "json"])
def test_deriving_for_a_pipe_needs_sympy_alone(to):
    assert loaded_by("derive", "softmax_nll", "--to", to) == {"sympy", "mpmath"}


def test_a_list_for_a_pipe_needs_no_rich():
    assert "rich" not in loaded_by("list")
