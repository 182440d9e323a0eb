"""``generate`` writes files whole, and only those that change; ``--check`` writes nothing."""

from __future__ import annotations

import importlib
import os
import stat
from pathlib import Path

import pytest

import symderive as sd
from symderive import catalog, pipeline

generate = importlib.import_module("symderive.cli.generate")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder to stand in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def snapshot(folder) -> dict[str, bytes]:
    """Every file below ``folder`` with its content."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_module_is_named_after_its_model(cli, folder):
    ran = cli("generate", "hinge", "relu", "-o", "out")
    assert ran.code == 0
    assert ran.out.split() == ["out/hinge.py", "out/relu.py"]
    assert snapshot(folder) == {
        "out/hinge.py": sd.generate("hinge").encode(),
        "out/relu.py": sd.generate("relu").encode(),
    }


def test_the_default_folder_is_generated(cli, folder):
    assert cli("generate", "relu").code == 0
    assert list(snapshot(folder)) == ["generated/relu.py"]


def test_one_module_can_be_printed(cli, folder):
    ran = cli("generate", "hinge", "--level", "readable", "-o", "-")
    assert (ran.code, ran.out) == (0, sd.generate("hinge", level="readable"))
    assert snapshot(folder) == {}


@pytest.mark.parametrize("more", [("relu",), ("--check",), ("--diff",)])
def test_what_cannot_be_printed_is_refused(cli, folder, more):
    ran = cli("generate", "hinge", "-o", "-", *more)
    assert (ran.code, ran.out) == (2, "")
    assert "-o - prints the module of one MODEL" in ran.err
    assert snapshot(folder) == {}


def test_the_level(cli, folder):
    cli("generate", "hinge", "--level", "readable", "-o", "out")
    assert snapshot(folder)["out/hinge.py"] == sd.generate("hinge", level="readable").encode()


@pytest.mark.usefixtures("folder")
def test_a_model_named_twice_is_generated_once(cli):
    assert cli("generate", "relu", "relu", "-o", "out").out.split() == ["out/relu.py"]


def test_what_is_current_is_not_touched(cli, folder):
    cli("generate", "relu", "hinge", "-o", "out")
    os.utime("out/relu.py", ns=(1, 1))
    (folder / "out" / "hinge.py").write_text("old")
    ran = cli("generate", "relu", "hinge", "-o", "out")
    assert "1 written, 1 were current" in ran.err
    assert (folder / "out" / "relu.py").stat().st_mtime_ns == 1


def test_all_and_check(cli, folder, small_catalog):
    assert cli("generate", "--all", "-o", "out").code == 0
    assert set(snapshot(folder)) == {f"out/{name}.py" for name in small_catalog}
    ran = cli("generate", "--all", "-o", "out", "--check")
    assert (ran.code, ran.out) == (0, "")
    assert f"all {len(small_catalog)} modules are current" in ran.err


@pytest.mark.usefixtures("small_catalog")
def test_check_lists_what_differs_is_missing_or_extra_and_writes_nothing(cli, folder):
    cli("generate", "--all", "-o", "out")
    out = folder / "out"
    (out / "relu.py").unlink()
    (out / "tanh.py").write_text((out / "tanh.py").read_text().replace("tanh", "sinh"))
    (out / "gone.py").write_text((out / "hinge.py").read_text())
    (out / "mine.py").write_text("# not generated\n")
    before = snapshot(folder)
    ran = cli("generate", "--all", "-o", "out", "--check")
    assert ran.code == 1
    assert ran.out.splitlines() == [
        "extra: out/gone.py",
        "missing: out/relu.py",
        "differs: out/tanh.py",
    ]
    assert "symderive generate --all -o out" in ran.err
    assert snapshot(folder) == before


@pytest.mark.usefixtures("folder")
def test_check_of_some_models_asks_for_these_alone(cli):
    cli("generate", "relu", "hinge", "-o", "out")
    assert cli("generate", "relu", "-o", "out", "--check").code == 0
    assert cli("generate", "relu", "tanh", "-o", "out", "--check").out == "missing: out/tanh.py\n"


def test_check_of_a_folder_that_is_not_there(cli, folder):
    ran = cli("generate", "relu", "-o", "none", "--check")
    assert (ran.code, ran.out) == (1, "missing: none/relu.py\n")
    assert not list(folder.iterdir())


@pytest.mark.usefixtures("small_catalog")
def test_generating_leaves_extra_files_alone_and_says_so(cli, folder):
    cli("generate", "--all", "-o", "out")
    (folder / "out" / "gone.py").write_text(sd.generate("relu"))
    ran = cli("generate", "--all", "-o", "out")
    assert ran.code == 0
    assert "out/gone.py belongs to no model" in ran.err
    assert (folder / "out" / "gone.py").exists()


def test_diff_shows_what_would_change_and_writes_nothing(cli, folder):
    cli("generate", "relu", "-o", "out")
    path = folder / "out" / "relu.py"
    path.write_text(path.read_text().replace("import numpy as np", "import numpy"))
    before = snapshot(folder)
    ran = cli("generate", "relu", "tanh", "-o", "out", "--diff")
    assert ran.code == 0
    assert "--- a/out/relu.py\n+++ b/out/relu.py\n" in ran.out
    assert "-import numpy\n+import numpy as np\n" in ran.out
    assert "--- /dev/null\n+++ b/out/tanh.py\n" in ran.out
    assert cli("generate", "relu", "tanh", "-o", "out", "--diff", "--check").code == 1
    assert snapshot(folder) == before


def test_a_diff_on_a_terminal_is_in_colour(cli, folder, monkeypatch):
    styled = []
    monkeypatch.setattr(generate, "in_colour", lambda _: True)
    monkeypatch.setattr(generate.click, "secho", lambda line, fg: styled.append((line, fg)))
    cli("generate", "relu", "-o", "out")
    (folder / "out" / "relu.py").write_text("old\n")
    cli("generate", "relu", "-o", "out", "--diff")
    assert ("-old", "red") in styled
    assert ("+import numpy as np", "green") in styled


def test_a_file_without_a_last_line_end_is_shown_as_diff_does(cli, folder):
    cli("generate", "relu", "-o", "out")
    path = folder / "out" / "relu.py"
    path.write_text(path.read_text().rstrip("\n"))
    assert "\\ No newline at end of file\n" in cli("generate", "relu", "-o", "out", "--diff").out


@pytest.mark.parametrize("place", ["file", "file/out"])
def test_a_folder_that_cannot_be_written_is_told_before_computing(cli, folder, monkeypatch, place):
    (folder / "file").write_text("mine")
    monkeypatch.setattr(pipeline, "compile", lambda _: pytest.fail("compiled all the same"))
    ran = cli("generate", "--all", "-o", place)
    assert ran.code == 2
    assert ran.failed_cleanly
    assert snapshot(folder) == {"file": b"mine"}


def test_a_failure_midway_writes_none(cli, folder, monkeypatch):
    compile_model = pipeline.compile

    def fail(request):
        return 1 // 0 if request.model.name == "tanh" else compile_model(request)

    monkeypatch.setattr(pipeline, "compile", fail)
    ran = cli("generate", "relu", "tanh", "-o", "out")
    assert ran.code == 3
    assert "symderive generate relu tanh -o out: tanh: this failed" in ran.err
    assert not list(folder.iterdir())


def test_a_wrong_name_among_right_ones_writes_none(cli, folder):
    ran = cli("generate", "relu", "tanhh", "-o", "out")
    assert ran.code == 2
    assert "did you mean tanh" in ran.err
    assert not list(folder.iterdir())


def test_modules_have_the_usual_permissions(cli, folder):
    cli("generate", "relu", "-o", "out")
    (folder / "usual").touch()
    mode = stat.S_IMODE((folder / "usual").stat().st_mode)
    assert stat.S_IMODE((folder / "out" / "relu.py").stat().st_mode) == mode


def test_output_depends_on_no_hash_seed_and_no_order(process, tmp_path):
    """The modules in the repository were made in order, with another seed."""
    names = catalog.names()
    ran = process("generate", *names[::-1], "-o", tmp_path, PYTHONHASHSEED="1")
    assert ran.code == 0
    made, kept = snapshot(tmp_path), snapshot(Path(__file__).parents[2] / "generated")
    assert [name for name in made if made[name] != kept.get(name)] == []
    assert len(made) == len(names)
