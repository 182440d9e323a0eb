"""What the tests of typesetting share: derivations made once, and the check of what is printed."""

from __future__ import annotations

from functools import cache

import pytest

from symderive.catalog import load
from symderive.derive import derive
from symderive.errors import CheckError
from symderive.typeset.reread import printed
from symderive.verify import check_printed


@cache
def _derived(name, wrt):
    return derive(load(name), wrt=wrt)


@pytest.fixture(scope="session")
def derived():
    """A function from the name of a model (and an input) to its derivation."""
    return lambda name, wrt=None: _derived(name, wrt)


def misprints(derivation, detail="full", sample_index="hide"):
    """What the check of the printed page has to say, if anything."""
    try:
        check_printed(derivation, printed(derivation, detail, sample_index))
    except CheckError as error:
        return [str(error)]
    return []


@pytest.fixture(scope="session")
def find_misprints():
    """The function that finds what is printed wrong."""
    return misprints
