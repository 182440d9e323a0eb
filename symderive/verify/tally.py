"""How far results are from what they should be: relative to the largest entry of each array."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from symderive.model.evaluate import Position

#: One array: its entries by position.
Entries = Mapping[Position, Any]


@dataclass
class Tally:
    """Comparisons made so far and the worst relative error among them.

    The error of an entry counts relative to the largest entry of its array, since what a sum of
    large terms cancels to can be no more exact than the terms, and relative to ``floor`` where
    all entries are smaller.
    """

    points: int = 0
    worst: float = 0.0
    floor: float = 0.0

    def compare(self, found: Entries, wanted: Entries) -> None:
        """Count one array; what is not defined (nan) is not compared.

        >>> tally = Tally()
        >>> tally.compare({(0,): 1.0, (1,): 99.0}, {(0,): 0.0, (1,): 100.0})
        >>> tally
        Tally(points=2, worst=0.01, floor=0.0)
        """
        known = {place: value for place, value in wanted.items() if not _is_nan(value)}
        scale = max((abs(value) for value in known.values() if _is_finite(value)), default=0)
        scale = max(scale, self.floor)
        for place, value in known.items():
            self.points += 1
            self.worst = max(self.worst, _error(found[place], value, scale))

    def add(self, other: Tally) -> None:
        """Count what ``other`` has counted."""
        self.points += other.points
        self.worst = max(self.worst, other.worst)


def total(tallies: Iterable[Tally]) -> Tally:
    """What all of them have counted."""
    result = Tally()
    for tally in tallies:
        result.add(tally)
    return result


def _error(found: Any, wanted: Any, scale: Any) -> float:
    if found == wanted:
        return 0.0
    if not (_is_finite(found) and _is_finite(wanted)) or scale == 0:
        return float("inf")
    return float(abs(found - wanted) / scale)


def _is_nan(value: Any) -> bool:
    return bool(value != value)  # noqa: PLR0124 - what IEEE says, for floats and mpmath alike


def _is_finite(value: Any) -> bool:
    return bool(abs(value) < float("inf"))
