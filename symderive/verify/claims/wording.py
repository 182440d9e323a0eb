"""The text of a claim in its parts, so that one of them can be written anew."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Relations, the longer ones first; what ends the right side.
_RELATION = re.compile(r"<=|>=|<|>|~|=(?!=)")
_TAIL = re.compile(r"\s(if|for|with)\s")


@dataclass(frozen=True)
class Wording:
    """``left relation right tail``; ``tail`` are the words behind ``if``, ``for``, ``with``.

    >>> print(Wording.of("p[j] >= [i == j] if L[i] > 0").put(relation=">"))
    p[j] > [i == j] if L[i] > 0
    """

    left: str
    relation: str
    right: str
    tail: str

    @classmethod
    def of(cls, text: str) -> Wording:
        """The parts of ``text``; of a shape, all of it is ``left``."""
        spans = _outside(text)
        tail = next((m.start() for m in _TAIL.finditer(text) if m.start() in spans), len(text))
        found = next((m for m in _RELATION.finditer(text, 0, tail) if m.start() in spans), None)
        if found is None:
            return cls(text[:tail].strip(), "", "", text[tail:].strip())
        left, right = text[: found.start()], text[found.end() : tail]
        return cls(left.strip(), found.group(), right.strip(), text[tail:].strip())

    @property
    def scope(self) -> str:
        """What ``tail`` says of scalars and of a point, its condition left out."""
        found = re.search(r"\b(for|with)\s.*", self.tail)
        return found.group() if found else ""

    def only_if(self, condition: str) -> str:
        """The text with a further condition."""
        given = self.tail.removesuffix(self.scope).strip().removeprefix("if ").strip()
        more = f"if {condition} and ({given})" if given else f"if {condition}"
        return " ".join((self.left, self.relation, self.right, more, self.scope)).strip()

    def put(self, *, relation: str = "", right: str = "", more: str = "") -> str:
        """The text with another relation or right side, or ``more`` before its tail."""
        parts = [self.left, relation or self.relation, right or self.right, more, self.tail]
        return " ".join(part for part in parts if part)


def _outside(text: str) -> set[int]:
    """The positions outside of all brackets."""
    depth, found = 0, set()
    for place, letter in enumerate(text):
        depth += letter in "([{"
        if depth == 0:
            found.add(place)
        depth -= letter in ")]}"
    return found
