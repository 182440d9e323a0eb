"""Names in generated code: the user's stay as they are, the tool's own give way."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

#: Names that may not be assigned, or that no one could read a module with.
TAKEN = frozenset(keyword.kwlist) | {"None", "True", "False", "__debug__"}
#: Letters that linters refuse, because they look like digits.
AMBIGUOUS = frozenset({"l", "O", "I"})

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")


def is_identifier(name: str) -> bool:
    """Whether ``name`` is a name of the language."""
    return _IDENTIFIER.match(name) is not None


def argument(name: str) -> str:
    """A user's name as an argument: a keyword gets an underscore."""
    return f"{name}_" if name in TAKEN else name


def plain(name: str) -> str:
    """A name of a model as an identifier: an adjoint is ``d..``, other signs are underscores.

    >>> from symderive.codegen.names import plain
    >>> plain("∂s"), plain("m'at")
    ('ds', 'm_at')
    """
    text = name.replace("\N{PARTIAL DIFFERENTIAL}", "d")
    return re.sub(r"[^A-Za-z0-9_]", "_", text)


class Names:
    """Hands out names, each once; ``reserved`` are never given.

    >>> from symderive.codegen.names import Names
    >>> names = Names({"np", "dw"})
    >>> names.fresh("np"), names.fresh("dw"), names.fresh("dw"), names.fresh("t")
    ('np_', 'dw_', 'dw_1', 't')
    """

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._used = set(reserved) | TAKEN

    def fresh(self, wanted: str) -> str:
        """``wanted``, or the nearest name that is free."""
        choices = [wanted, f"{wanted}_"]
        number = 0
        while choices[0] in self._used:
            choices.pop(0)
            if not choices:
                number += 1
                choices.append(f"{wanted}_{number}")
        self._used.add(choices[0])
        return choices[0]

    def temporary(self) -> str:
        """``t``, ``t1``, ``t2``, ..: the first that is free."""
        number = 0
        while (name := f"t{number or ''}") in self._used:
            number += 1
        self._used.add(name)
        return name

    def copy(self) -> Names:
        """The same names are used; what either hands out from now on is its own."""
        return Names(self._used)
