"""Running the command line: inside this process, or as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

from symderive import catalog
from symderive.cli.app import run

#: A catalog that is quick to go through.
FEW = ("hinge", "relu", "softmax_nll", "tanh")


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def failed_cleanly(self) -> bool:
        """One message on standard error, nothing on standard output, no traceback."""
        return not self.out and self.err.count("error:") == 1 and "Traceback" not in self.err


@pytest.fixture
def ran():
    """What a command does, to compare with."""
    return Ran


@pytest.fixture
def cli(capsys):
    """A function that runs a command in this process."""

    def call(*arguments: str) -> Ran:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return call


@pytest.fixture
def process():
    """A function that runs a command in a process of its own, as a user does."""

    def call(*arguments: object, **environment: str) -> Ran:
        inherited = {k: v for k, v in os.environ.items() if k != "PYTHONHASHSEED"}
        done = subprocess.run(
            [sys.executable, "-m", "symderive", *map(str, arguments)],
            env=inherited | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    return call


@pytest.fixture
def small_catalog(monkeypatch):
    """The catalog, as if it had few models; their names."""
    monkeypatch.setattr(catalog, "names", lambda: FEW)
    return FEW
