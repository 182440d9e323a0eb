"""Makes a live module of generated source."""

from __future__ import annotations

import linecache
from types import ModuleType
from zlib import crc32


def load_module(source: str, name: str) -> ModuleType:
    r"""A new module with the functions of ``source``; NumPy is imported here and not before.

    >>> load_module("def value():\n    return 1\n", "one").value()
    1
    """
    filename = f"<symderive {name} {crc32(source.encode()):08x}>"
    module = ModuleType(name)
    module.__file__ = filename
    # So that tracebacks and inspect.getsource show the lines.
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), module.__dict__)  # noqa: S102 - source of our own
    return module
