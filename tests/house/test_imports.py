"""What importing costs: nothing heavy before it is needed, and NumPy never for a derivation."""

from __future__ import annotations

import subprocess
import sys

import pytest

REPORT = "\nimport sys; print('LOADED', *sorted(n for n in sys.modules if '.' not in n))"


def loaded_by(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after running the code."""
    done = subprocess.run(
        [sys.executable, "-c", code + REPORT],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("LOADED")[2].split())


def command(*arguments: str) -> str:
    """Code that runs a command of ours inside the interpreter."""
    return (
        f"import sys; sys.argv = {['symderive', *arguments]!r}\n"
        "from symderive.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
    )


def test_loaded_by_sees_an_import():
    assert "fractions" in loaded_by("import fractions")


@pytest.mark.parametrize("module", ["numpy", "matplotlib", "sympy", "jinja2", "rich"])
def test_import_symderive_is_light(module):
    assert module not in loaded_by("import symderive")


@pytest.mark.parametrize("arguments", [["--help"], ["derive", "--help"], ["--version"]])
def test_help_is_light(arguments):
    heavy = {"numpy", "matplotlib", "sympy", "mpmath", "jinja2"}
    assert not heavy & loaded_by(command(*arguments))


def test_deriving_needs_no_numpy():
    assert not {"numpy", "matplotlib"} & loaded_by(
        command("derive", "softmax_nll", "--to", "latex")
    )


def test_deriving_in_python_needs_no_numpy():
    code = "import symderive as sd\nsd.derive(sd.catalog.softmax_nll(), wrt='w').to_latex()\n"
    assert not {"numpy", "matplotlib"} & loaded_by(code)


def test_importing_writes_nothing():
    code = "import symderive\nfrom symderive import cli"
    done = subprocess.run(
        [sys.executable, "-c", code],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
