"""Bounds on either side of one thing: printed as one range, read back as two conditions."""

import pytest
from sympy import S

from symderive.errors import CheckError
from symderive.expr import FALSE, TRUE, MaxOf, MinOf, Tensor, all_of, any_of, compare
from symderive.notation import Printer
from symderive.notation.readback import read
from symderive.notation.sym import read_model

RANGES = {
    "x > -3 and x < 3": "(-3 < x < 3)",
    "x < 3 and -3 < x": "(-3 < x < 3)",
    "x >= -3 and x < 3": r"(-3 \leq x < 3)",
    "x > c and x <= 3": r"(c < x \leq 3)",
    "x > -3 and x < 3 and z > 1": r"(-3 < x < 3 \wedge z > 1)",
    "x > -3 and z < 3": r"(z < 3 \wedge x > -3)",
    "x > z and x < 3": r"(x < 3 \wedge x > z)",
}


def model_of(cond):
    return read_model(f"param x\nparam z\nconst c = 1\nL = [{cond}] * z", "ranges")


@pytest.mark.parametrize("cond", RANGES)
def test_a_range_is_printed_and_read_back(cond):
    model = model_of(cond)
    (equation,) = model.equations
    printed = Printer(model).latex(equation.rhs)
    assert RANGES[cond] in printed
    (reading,) = read(printed, model)
    assert reading.expr == equation.rhs


@pytest.mark.parametrize("wrong", ["-3 < x < 4", "-4 < x < 3", r"-3 \leq x < 3", "-3 < z < 3"])
def test_another_range_is_not_taken_for_it(wrong):
    model = model_of("x > -3 and x < 3")
    (equation,) = model.equations
    (reading,) = read(rf"\mathbb{{I}}({wrong})\,z", model)
    assert reading.expr != equation.rhs


@pytest.mark.parametrize("odd", ["3 > x > -3", "-3 < x > 1", "0 < 1 < x < 3"])
def test_what_is_no_range_is_refused(odd):
    with pytest.raises(CheckError):
        read(rf"\mathbb{{I}}({odd})\,z", model_of("x > -3"))


x, z = Tensor("x")(), Tensor("z")()


@pytest.mark.parametrize(
    ("conds", "both", "either"),
    [
        ((compare(">", x, S(-3)), compare(">=", x, S(3))), compare(">=", x, S(3)), 0),
        ((compare("<", x, S(3)), compare("<=", x, S(3))), compare("<", x, S(3)), 1),
        ((compare("<", x, S(1)), compare("<", x, S(3))), compare("<", x, S(1)), 1),
    ],
)
def test_of_bounds_by_numbers_the_strongest_or_weakest_stays(conds, both, either):
    assert all_of(conds) == both
    assert any_of(conds) == conds[either]


def test_bounds_of_two_things_all_stay():
    conds = compare(">", x, S.One), compare(">", z, S(2)), compare("<", x, S(5))
    assert set(all_of(conds).args) == set(conds)


@pytest.mark.parametrize(
    ("cond", "simple"),
    [
        (("<", MaxOf(S.Zero, x), S(6)), compare("<", x, S(6))),
        (("<", MaxOf(S.Zero, x), S(-1)), FALSE),
        ((">=", MaxOf(S.Zero, x), S.Zero), TRUE),
        ((">", MaxOf(S.Zero, x), S(2)), compare(">", x, S(2))),
        ((">", MinOf(S.One, x), S(2)), FALSE),
        (("<=", MinOf(S.One, x), S.One), TRUE),
        (("<", MinOf(S.One, x), S.Zero), compare("<", x, S.Zero)),
    ],
)
def test_numbers_in_a_maximum_are_compared_at_once(cond, simple):
    assert compare(*cond) == simple
