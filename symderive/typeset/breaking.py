"""Breaking a formula into lines: at a relation, then between terms, then between factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from symderive.notation import Box, Piece

#: How far the second and later lines of a broken formula stand in, in em.
INDENT = 1.0
#: What a line more costs, in the units of :attr:`Piece.cost`.
LINE = 60
#: What a line that sticks out costs, for each em: more than any break.
TOO_WIDE, ROUNDING = 1e6, 1e-9


def fits(box: Box, width: float) -> bool:
    """Whether every piece that cannot be broken is narrow enough."""
    return all(piece.width <= width - INDENT for piece in box.pieces)


def break_lines(box: Box, width: float) -> list[str]:
    """The lines of ``box``, none wider than ``width`` em unless a single piece is.

    The breaks are those of least cost together, a line more being a cost as well.
    """
    if box.width <= width:
        return [box.latex]
    lines = []
    for first, after in _spans(box.pieces, width):
        part = box.pieces[first:after]
        opening = part[0].sign if first else ""
        lines.append(opening + Box((replace(part[0], lead=""), *part[1:])).latex)
    return lines


def _spans(pieces: Sequence[Piece], width: float) -> list[tuple[int, int]]:
    """Where each line starts and ends."""
    count = len(pieces)
    ends = [0.0, *accumulate(piece.width for piece in pieces)]
    best: list[tuple[float, int]] = [(0.0, 0)]
    for after in range(1, count + 1):
        choices = []
        for first in range(after):
            if first and pieces[first].cost is None:
                continue
            room = width - (INDENT if first else 0.0)
            over = ends[after] - ends[first] - room
            break_cost = LINE + (pieces[first].cost or 0) if first else 0
            too_wide = TOO_WIDE * (1.0 + over) if over > ROUNDING else 0.0
            choices.append((best[first][0] + break_cost + too_wide, first))
        best.append(min(choices))
    spans: list[tuple[int, int]] = []
    after = count
    while after:
        first = best[after][1]
        spans.append((first, after))
        after = first
    return spans[::-1]
