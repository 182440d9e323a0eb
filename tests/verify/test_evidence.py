"""A check that fails says which entry is off, and where, as Python."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sympy import Rational

import symderive.stabilise
from symderive.notation.sym import read_model
from symderive.verify import verify_model

TEXT = """
param w
data x[N]
index i: N
loss = sum[i]((w - x[i])**2 * x[i])
"""


@pytest.fixture(scope="module")
def failed():
    """The rows that fail where the derivative by w is 0.1 % too large in what code is made of."""
    right = symderive.stabilise.stabilise_gradient

    def wrong(gradients):
        found = right(gradients)
        name = dict(found.gradients)["w"]
        adjoints = [
            replace(each, rhs=each.rhs * Rational(1001, 1000)) if each.name == name else each
            for each in found.adjoints
        ]
        return replace(found, adjoints=tuple(adjoints))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(symderive.stabilise, "stabilise_gradient", wrong)
        return [row for row in verify_model(read_model(TEXT, "planted")) if row.failed]


def test_the_fault_is_found_where_it_is(failed):
    assert {row.check for row in failed} == {"stabilised", "code, fast", "code, readable"}
    assert all(row.fault.startswith("derivative by w\n") for row in failed)


def test_the_point_is_python_and_what_is_expected_there_is_right(failed):
    for row in failed:
        names = {}
        exec(row.fault.partition("\n")[2], names)  # noqa: S102 - our own text
        slope = sum(2 * (names["w"] - x) * x for x in names["x"])
        assert names["N"] == len(names["x"])
        assert names["found"] == pytest.approx(1.001 * names["expected"])
        assert 4 * names["expected"] / slope in range(-32, 33)  # the cotangent is in quarters
