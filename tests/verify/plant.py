"""Plants a fault: a function of ours runs with one place of its source changed, for a while."""

from __future__ import annotations
import __future__

import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FunctionType


@dataclass(frozen=True)
class Fault:
    """``function`` with ``new`` for ``old``; a model of the pool on which that must be seen."""

    function: FunctionType
    old: str
    new: str
    model: str

    def __str__(self) -> str:
        return f"{self.function.__qualname__}: {self.old} -> {self.new}"

    @contextmanager
    def planted(self) -> Iterator[None]:
        """Run with the fault; every module that imported the function has it."""
        function = self.function
        right = function.__code__
        function.__code__ = self._code()
        try:
            yield
        finally:
            function.__code__ = right

    def _code(self) -> CodeType:
        source = textwrap.dedent(inspect.getsource(self.function))
        if source.count(self.old) != 1:
            raise LookupError(f"{source.count(self.old)} places to plant {self}")
        source = source.replace(self.old, self.new)
        flags = __future__.annotations.compiler_flag
        code = compile(source, f"<fault in {self.function.__qualname__}>", "exec", flags)
        names = dict(self.function.__globals__)
        exec(code, names)  # noqa: S102 - source of our own, changed on purpose
        changed = names[self.function.__name__]
        return getattr(changed, "__func__", changed).__code__  # that of a static method as well
