"""Checks what is printed: every side of a line, read back from its LaTeX, means what was meant."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Protocol

from symderive.derive.derivation import Derivation
from symderive.derive.display import Block, Display, Step
from symderive.errors import CheckError
from symderive.expr import Index, free_indices
from symderive.model.evaluate import Compiled, Evaluator
from symderive.model.points import assignments, points
from symderive.verify.lines import free_in
from symderive.verify.meaning import DifferError, Meaning, Sayings, UndefinedError, close_enough
from symderive.verify.missing import missing_positions
from symderive.verify.sampling import some

#: Points and assignments of letters at which a side is compared: a misprint is wrong almost
#: everywhere, so that few suffice.
POINTS, ASSIGNMENTS = 2, 6


class PrintedSide(Protocol):
    """One side of a printed line: what it should say, and what its LaTeX says.

    ``step`` is None for the left side of a chain.
    """

    @property
    def block(self) -> Block: ...
    @property
    def step(self) -> Step | None: ...
    @property
    def meant(self) -> Display: ...
    @property
    def said(self) -> Display: ...
    @property
    def latex(self) -> str: ...


def check_printed(derivation: Derivation, sides: Iterable[PrintedSide], seed: int = 0) -> int:
    """Raise :class:`CheckError` on a side that says something else than it should.

    ``sides`` are those of the page that is shown; the number of comparisons is returned. What was
    read back as it was meant is not evaluated.
    """
    found = [(side, _letters(side)) for side in sides if side.meant != side.said]
    compiled = Compiled(derivation.working.equations)
    sayings = Sayings(compiled)
    rng = random.Random(seed)  # noqa: S311 - points, not secrets
    made = 0
    silent: dict[int, Mapping[Index, int]] = {}
    agreed: set[int] = set()
    for point in islice(points(derivation.model, rng, (2, 3), most_labels=2), POINTS):
        missing = missing_positions(compiled, point)
        meaning = Meaning(Evaluator(compiled, point, overrides=missing), sayings)
        for number, (side, letters) in enumerate(found):
            for env in some(list(assignments(letters, point.sizes)), ASSIGNMENTS):
                if not meaning.holds(side.block.case, env):
                    continue
                match _agree(meaning, side, env):
                    case True:
                        agreed.add(number)
                    case False:
                        raise _misprint(derivation, side, env)
                    case None:
                        silent.setdefault(number, env)
                made += 1
    for number, where in silent.items():
        if number not in agreed:
            raise _misprint(derivation, found[number][0], where)
    return made


def _letters(side: PrintedSide) -> list[Index]:
    letters = free_in(side.meant) | free_in(side.said) | free_indices(side.block.case)
    return sorted(letters, key=lambda index: index.name)


def _agree(meaning: Meaning, side: PrintedSide, env: Mapping[Index, int]) -> bool | None:
    """Whether both say the same; None where only what was meant says something.

    So it is at single places: ``p/q`` is printed for what is 0 where ``p`` and ``q`` are.
    """
    try:
        meant = meaning.value(side.meant, env)
    except (UndefinedError, CheckError):
        return True
    try:
        said = meaning.value(side.said, env)
    except DifferError as differ:  # a brace and its value
        return None if math.isnan(differ.one) or math.isnan(differ.other) else False
    except (UndefinedError, CheckError):
        return None
    if math.isnan(said) and not math.isnan(meant):
        return None
    return close_enough(meant, said)


def _misprint(derivation: Derivation, side: PrintedSide, env: Mapping[Index, int]) -> CheckError:
    where = ", ".join(f"{index.name} = {value}" for index, value in env.items())
    rule = "left side" if side.step is None else f"line '{side.step.rule}'"
    return CheckError(
        f"{derivation.model.name}: the {rule} of block '{side.block.kind}'"
        f" ({derivation.goal.of} by {derivation.goal.wrt}) is not printed as it was meant"
        f" (at {where}): {side.latex}"
    )
