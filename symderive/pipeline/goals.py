"""What to differentiate by, as a user writes it: ``w``, or ``w[m, k]`` with letters."""

from __future__ import annotations

import re
from dataclasses import dataclass

from symderive.errors import InputError

_TOKEN = re.compile(r"\s*(?:([A-Za-z][A-Za-z0-9_]*)|(.))", re.DOTALL)


@dataclass(frozen=True)
class Wrt:
    """An input, and the letters of its entry if they were given."""

    name: str
    letters: tuple[str, ...] | None = None

    def __str__(self) -> str:
        return self.name if self.letters is None else f"{self.name}[{', '.join(self.letters)}]"


def parse_wrt(text: str) -> Wrt:
    """Read ``NAME`` or ``NAME[LETTER, ..]``; nothing else is accepted, nothing is evaluated.

    Raises :class:`InputError` with the column of the first character that does not fit.

    >>> parse_wrt("w"), parse_wrt(" w[ m,k ]")
    (Wrt(name='w', letters=None), Wrt(name='w', letters=('m', 'k')))
    """
    reader = _Reader(text)
    name = reader.name("the name of an input")
    letters: list[str] | None = None
    if reader.take("["):
        letters = [reader.name("an index letter")]
        while reader.take(","):
            letters.append(reader.name("an index letter"))
        if not reader.take("]"):
            raise reader.unexpected("',' or ']'")
    if reader.next:
        raise reader.unexpected("the end" if letters is not None else "'[' or the end")
    return Wrt(name, None if letters is None else tuple(letters))


class _Reader:
    """Names and signs from left to right; ``next`` is the one in front, empty at the end."""

    def __init__(self, text: str) -> None:
        self.text, self.source = text, text.rstrip()
        self.place = 0
        self._advance()

    def _advance(self) -> None:
        match = _TOKEN.match(self.source, self.place)
        self.word, self.sign = (match[1] or "", match[2] or "") if match else ("", "")
        self.next = self.word or self.sign
        self.column = (match.end() - len(self.next) if match else len(self.source)) + 1
        self.place = match.end() if match else len(self.source)

    def name(self, what: str) -> str:
        if not self.word:
            raise self.unexpected(what)
        found = self.word
        self._advance()
        return found

    def take(self, sign: str) -> bool:
        if self.sign != sign:
            return False
        self._advance()
        return True

    def unexpected(self, expected: str) -> InputError:
        came = repr(self.next) if self.next else "the end"
        return InputError(
            f"wrt {self.text!r}: {came} at column {self.column}; expected {expected}"
            " (write w, or w[m, k] to choose the letters)"
        )
