"""How far results are from what they should be: relative to the largest entry of each array."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from symderive.model.evaluate import Point, Position

#: One array: its entries by position.
Entries = Mapping[Position, Any]


@dataclass(frozen=True)
class Miss:
    """An entry that is off: of which array, where, what was found and what is right."""

    array: str
    place: Position
    found: Any
    wanted: Any
    point: Point | None = None


@dataclass
class Tally:
    """Comparisons made so far and the worst relative error among them, which is that of ``miss``.

    The error of an entry counts relative to the largest entry of its array, since what a sum of
    large terms cancels to can be no more exact than the terms, and relative to ``floor`` where
    all entries are smaller.
    """

    points: int = 0
    worst: float = 0.0
    floor: float = 0.0
    miss: Miss | None = None

    def compare(
        self, found: Entries, wanted: Entries, array: str = "", point: Point | None = None
    ) -> None:
        """Count one array, of this name at this point; what is not defined (nan) is not compared.

        >>> tally = Tally()
        >>> tally.compare({(0,): 1.0, (1,): 99.0}, {(0,): 0.0, (1,): 100.0}, "x")
        >>> tally.points, tally.worst
        (2, 0.01)
        >>> tally.miss
        Miss(array='x', place=(0,), found=1.0, wanted=0.0, point=None)
        """
        known = {place: value for place, value in wanted.items() if not _is_nan(value)}
        scale = max((abs(value) for value in known.values() if _is_finite(value)), default=0)
        scale = max(scale, self.floor)
        for place, value in known.items():
            self.points += 1
            error = _error(found[place], value, scale)
            if error > self.worst:
                self.worst, self.miss = error, Miss(array, place, found[place], value, point)

    def add(self, other: Tally) -> None:
        """Count what ``other`` has counted."""
        self.points += other.points
        if other.worst > self.worst:
            self.worst, self.miss = other.worst, other.miss


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
