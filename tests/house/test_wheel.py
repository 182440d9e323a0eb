"""The wheel works in a clean environment, with the sources out of sight."""

from __future__ import annotations

import os
import site
import subprocess
import sys
import tarfile
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.xdist_group("wheel")  # one worker, so that the wheel is built once

USES_THE_MODULE = """
import sys
import numpy as np
import softmax_nll
rng = np.random.default_rng(0)
x, y, w = rng.normal(size=(4, 3)), np.array([0, 1, 1, 0]), rng.normal(size=(2, 3))
value, grads = softmax_nll.value_and_grad(x, y, w)
step = 1e-6 * rng.normal(size=w.shape)
ahead, behind = softmax_nll.value(x, y, w + step), softmax_nll.value(x, y, w - step)
np.testing.assert_allclose((ahead - behind) / 2, (grads["w"] * step).sum(), rtol=1e-6)
assert "symderive" not in sys.modules
"""


@dataclass(frozen=True)
class Installed:
    """A clean environment that holds the wheel, and a directory to stand in."""

    bin: Path
    cwd: Path

    def run(self, *command: str, **environment: str) -> str:
        """Run a command of the environment as a user would; its standard output."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV"))}
        done = subprocess.run(
            [self.bin / command[0], *command[1:]],
            cwd=self.cwd,
            env=inherited | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def distributions(tmp_path_factory) -> Path:
    """The directory with the source distribution and the wheel that is built from it."""
    target = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target)]
    done = subprocess.run(
        [*command, str(REPOSITORY)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return target


@pytest.fixture(scope="module")
def installed(distributions, tmp_path_factory) -> Installed:
    """The wheel installed alone; its dependencies are lent by the environment of the tests."""
    root = tmp_path_factory.mktemp("clean")
    venv.create(root / "venv", with_pip=False)
    python = root / "venv" / "bin" / "python"
    (wheel,) = distributions.glob("*.whl")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(python),
            "install",
            "--no-deps",
            "-q",
            str(wheel),
        ],
        stdin=subprocess.DEVNULL,
        check=True,
    )
    (packages,) = (root / "venv").glob("lib/python3*/site-packages")
    # The .pth files in a path that a .pth file adds are ignored: the editable symderive is unseen.
    (packages / "lent.pth").write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    (root / "elsewhere").mkdir()
    return Installed(python.parent, root / "elsewhere")


def test_source_distribution_carries_what_the_wheel_needs(distributions):
    (archive,) = distributions.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    templates = {f"templates/{path.name}" for path in (REPOSITORY / "templates").iterdir()}
    assert templates | {"LICENSE", "README.md", "symderive/py.typed", "pyproject.toml"} <= names


def test_the_package_is_that_of_the_wheel(installed):
    where = installed.run("python", "-c", "import symderive; print(symderive.__file__)")
    assert Path(where.strip()).is_relative_to(installed.bin.parent)
    assert not Path(where.strip()).is_relative_to(REPOSITORY)


def test_list(installed):
    assert "softmax_nll" in installed.run("symderive", "list")


def test_derive(installed):
    latex = installed.run("symderive", "derive", "softmax_nll", "--to", "latex")
    assert "\\frac{\\partial" in latex
    assert "\\documentclass" not in latex


def test_generate(installed):
    installed.run("symderive", "generate", "softmax_nll", "-o", "out")
    written = installed.cwd / "out" / "softmax_nll.py"
    committed = REPOSITORY / "generated" / "softmax_nll.py"
    assert written.read_bytes() == committed.read_bytes()
    installed.run("python", "-c", USES_THE_MODULE, PYTHONPATH=str(written.parent))


def test_the_lecture_comes_along(installed):
    code = "from symderive.lecture import read_lecture, shipped; read_lecture(shipped('week5'))"
    installed.run("python", "-c", code)
