"""The check of the printed page: what is said is compared with what was meant."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sympy import S, expand_mul, log

from symderive.catalog import load
from symderive.derive import derive
from symderive.derive.display import Leaf
from symderive.errors import CheckError
from symderive.typeset import printed
from symderive.verify import check_printed


@pytest.fixture(scope="module")
def derivation():
    return derive(load("softmax_nll"))


@pytest.fixture(scope="module")
def sides(derivation):
    return list(printed(derivation))


def a_product(sides):
    """A side with a value that can be multiplied out."""
    leaves = [side for side in sides if isinstance(side.meant, Leaf)]
    return next(side for side in leaves if expand_mul(side.meant.expr) != side.meant.expr)


def test_what_is_said_as_meant_needs_no_comparison(derivation, sides):
    same = [replace(side, said=side.meant) for side in sides]
    assert check_printed(derivation, same) == 0


def test_what_is_said_otherwise_is_compared(derivation, sides):
    side = a_product(sides)
    spread = expand_mul(side.meant.expr)
    assert check_printed(derivation, [replace(side, said=Leaf(spread))]) > 0


@pytest.mark.parametrize("fault", ["sign", "factor", "nothing"])
def test_what_is_said_wrong_is_reported_with_its_line(derivation, sides, fault):
    side = a_product(sides)
    expr = side.meant.expr
    wrong = {"sign": -expr, "factor": expr * S(1000001) / 1000000, "nothing": expr + S.NaN}[fault]
    with pytest.raises(CheckError, match=r"softmax_nll: .* is not printed as it was meant"):
        check_printed(derivation, [replace(side, said=Leaf(wrong))])


def test_what_says_nothing_anywhere_is_reported(derivation, sides):
    side = a_product(sides)
    silent = replace(side, said=Leaf(side.meant.expr + log(-1 - side.meant.expr**2)))
    with pytest.raises(CheckError, match="not printed"):
        check_printed(derivation, [silent])
