"""Files are whole or untouched, whatever goes wrong on the way."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from symderive import files
from symderive.cli.output import (
    check_file,
    check_folder,
    emit,
    make_folder,
    write_file,
    write_files,
)
from symderive.errors import InputError


def fill_the_disk(monkeypatch, after: int):
    """The files after the first ones get half of their content, then the disk is full."""
    whole = Path.write_bytes
    count = 0

    def write(self, data):
        nonlocal count
        count += 1
        if count <= after:
            return whole(self, data)
        whole(self, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", write)


def test_a_file_is_written(tmp_path):
    write_file(tmp_path / "a.tex", "Σ\n")
    assert (tmp_path / "a.tex").read_bytes() == "Σ\n".encode()
    assert [path.name for path in tmp_path.iterdir()] == ["a.tex"]


def test_a_new_file_has_the_usual_permissions(tmp_path):
    (tmp_path / "usual").touch()
    write_file(tmp_path / "new", "x")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_an_old_file_keeps_its_permissions(tmp_path):
    path = tmp_path / "a"
    path.touch()
    path.chmod(0o640)
    write_file(path, "x")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_is_followed(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    write_file(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_device_is_written_to_and_stays(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        check_file(pipe)
        write_file(pipe, "through\n")
        assert os.read(reader, 100) == b"through\n"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.write_text("old")
    fill_the_disk(monkeypatch, after=0)
    with pytest.raises(InputError, match=r"cannot write .*a: No space left"):
        write_file(path, "new and longer")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_of_many_files_none_is_written_if_one_cannot_be(tmp_path, monkeypatch):
    (tmp_path / "a").write_text("old")
    fill_the_disk(monkeypatch, after=1)
    with pytest.raises(InputError, match=r"cannot write .*b"):
        write_files({tmp_path / "a": "new", tmp_path / "b": "new"})
    assert (tmp_path / "a").read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_a_name_that_a_folder_has_leaves_nothing_behind(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(InputError, match="cannot write"):
        write_files({tmp_path / "a": "new"})
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_interruption_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "_keep_mode", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_file(tmp_path / "a", "x")
    assert not list(tmp_path.iterdir())


def test_checking_leaves_nothing_behind(tmp_path):
    check_file(tmp_path / "a")
    check_folder(tmp_path / "deep" / "er")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("place", "message"),
    [("", "is a folder"), ("file/a", "there is no folder"), ("none/a", "there is no folder")],
)
def test_a_file_that_cannot_be_written_is_told_before(tmp_path, place, message):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=message):
        check_file(tmp_path / place)


def test_a_folder_below_a_file_is_told_before(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="file is not a folder"):
        check_folder(tmp_path / "file" / "sub")


def test_a_folder_without_permission_is_told_before(tmp_path, monkeypatch):
    def refuse(**_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(files, "TemporaryFile", refuse)
    with pytest.raises(InputError, match=r"cannot write .*new: Permission denied"):
        check_folder(tmp_path / "new")
    with pytest.raises(InputError, match=r"cannot write .*a: Permission denied"):
        check_file(tmp_path / "a")


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot write"):
        make_folder(tmp_path / "file")


def test_a_result_ends_its_last_line(tmp_path, capsys):
    emit("x", None)
    emit("x", tmp_path / "a")
    emit("x\n", tmp_path / "b")
    assert capsys.readouterr().out == "x\n"
    assert (tmp_path / "a").read_text() == (tmp_path / "b").read_text() == "x\n"
