"""What the tests of typesetting share: derivations made once, and a check of what is printed."""

from __future__ import annotations

import itertools
import math
import random
from functools import cache

import pytest

from symderive.catalog import load
from symderive.derive import derive
from symderive.expr import free_indices
from symderive.model.evaluate import Compiled, Evaluator
from symderive.model.points import assignments, points
from symderive.typeset.outline import expressions
from symderive.typeset.reread import printed
from symderive.verify.lines import Meaning, close_enough

#: Points and assignments of letters at which two displays are compared.
POINTS, ASSIGNMENTS = 6, 8


@cache
def _derived(name, wrt):
    return derive(load(name), wrt=wrt)


@pytest.fixture(scope="session")
def derived():
    """A function from the name of a model (and an input) to its derivation."""
    return lambda name, wrt=None: _derived(name, wrt)


def misprints(derivation, detail="full", sample_index="hide"):
    """The sides that say something else than they should, as LaTeX."""
    compiled = Compiled(derivation.working.equations)
    sides = [side for side in printed(derivation, detail, sample_index) if side.meant != side.said]
    candidates = list(points(derivation.model, random.Random(0)))  # noqa: S311 - points
    step = max(1, len(candidates) // POINTS)
    meanings = [Meaning(Evaluator(compiled, point)) for point in candidates[::step]]
    return [
        side.latex
        for meaning in meanings
        for side in sides
        for env in itertools.islice(assignments(_letters(side), meaning.sizes), ASSIGNMENTS)
        if meaning.holds(side.block.case, env) and not _agree(meaning, side, env)
    ]


def _letters(side):
    """The letters that are free on either side of the comparison."""
    parts = [*expressions(side.meant), *expressions(side.said), side.block.case]
    return sorted(free_indices(*parts), key=lambda index: index.name)


def _agree(meaning, side, env):
    """Whether both say the same; where the line itself means nothing, all do."""
    try:
        meant = meaning.value(side.meant, env)
    except Exception as error:
        if type(error).__name__ in {"_UndefinedError", "ZeroDivisionError", "CheckError"}:
            return True
        raise
    try:
        said = meaning.value(side.said, env)
    except Exception as error:
        if type(error).__name__ in {"_DifferError", "_UndefinedError"}:
            return False  # a brace and its value differ, or the line means nothing any more
        raise
    return close_enough(meant, said) or math.isnan(said)


@pytest.fixture(scope="session")
def find_misprints():
    """The function that finds what is printed wrong."""
    return misprints
