"""What the tests of stable forms share: the examples of every row, and the rows applied alone."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from symderive.expr import Fresh
from symderive.rewrite.rule import Rewriter
from symderive.stabilise.known import Known


def _load(name):
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ROWS = _load("rows")


def pytest_generate_tests(metafunc):
    """``fires`` is (rule, before, after); ``silent`` is (rule, expression)."""
    for name, examples in (("fires", ROWS.EXAMPLES), ("silent", ROWS.QUIET)):
        if name in metafunc.fixturenames:
            ids = [f"{rule}-{place}" for place, (rule, *_) in enumerate(examples)]
            metafunc.parametrize(name, examples, ids=ids)


@pytest.fixture(scope="session")
def rows():
    return ROWS


@pytest.fixture(scope="session")
def sweep():
    """A function that applies a rule once to every node of an expression."""

    def once(rule, expr, known=Known):
        return Rewriter(ROWS.known(known), Fresh()).sweep(rule, expr)

    return once
