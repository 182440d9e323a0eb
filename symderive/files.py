"""Files are written whole or not at all: beside their place first, then renamed into it."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryFile

from symderive.errors import InputError


def check_file(path: Path, read: str | Path | None = None) -> None:
    """Raise :class:`InputError` if ``path`` cannot be written; nothing is left behind.

    So it is where ``path`` is the file that is ``read``: what was made of it would replace it.
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder; expected the name of a file")
    if read is not None and path.is_file() and Path(read).is_file() and path.samefile(read):
        raise InputError(f"{path} is what is read; expected another file to write to")
    if _is_special(path):
        return
    parent = _real(path).parent
    if not parent.is_dir():
        raise InputError(f"cannot write {path}: there is no folder {parent}")
    _probe(parent, path)


def check_folder(folder: Path) -> None:
    """Raise :class:`InputError` if files cannot be written into ``folder``, made if need be."""
    nearest = folder
    while not os.path.lexists(nearest) and nearest != nearest.parent:
        nearest = nearest.parent
    if not nearest.is_dir():
        raise InputError(f"cannot write into {folder}: {nearest} is not a folder")
    _probe(nearest, folder)


def write_file(path: Path, content: str | bytes) -> None:
    """Write one file, whole or not at all; its folder is there.

    A link is followed, permissions stay; a device or a pipe is written to as it is.
    """
    write_files({path: content})


def write_files(contents: Mapping[Path, str | bytes]) -> None:
    """Write files, all of them beside their places before the first is renamed into it."""
    staged: dict[Path, Path] = {}
    current = None
    try:
        for current, content in contents.items():
            data = content.encode() if isinstance(content, str) else content
            if _is_special(current):
                current.write_bytes(data)
            else:
                target = _real(current)
                with _stage(target) as temporary:
                    temporary.write_bytes(data)
                    _keep_mode(target, temporary)
                    staged[target] = temporary
        for current, temporary in staged.items():
            temporary.replace(current)
    except OSError as error:
        raise _cannot(current or Path(), error) from error
    finally:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Make ``folder`` and those above it where they are missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot(folder, error) from error


@contextlib.contextmanager
def _stage(target: Path) -> Iterator[Path]:
    """A new file beside ``target``, removed again if something goes wrong before it is kept."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    try:
        yield temporary
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _keep_mode(target: Path, temporary: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        temporary.chmod(stat.S_IMODE(target.stat().st_mode))


def _is_special(path: Path) -> bool:
    """Whether ``path`` is a device or a pipe, which is written to and never replaced."""
    return path.exists() and not path.is_file() and not path.is_dir()


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _probe(folder: Path, wanted: Path) -> None:
    """Try to make a file in ``folder``: asking for permission is not as good."""
    try:
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _cannot(wanted, error) from error


def _cannot(path: Path, error: OSError) -> InputError:
    return InputError(f"cannot write {path}: {error.strerror or error}")
