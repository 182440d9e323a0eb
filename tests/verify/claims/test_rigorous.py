"""Numbers that are rounded outward hold the true value; what they leave open they do not decide."""

import operator
import random
from fractions import Fraction

import pytest
from sympy import Rational, S, pi, sqrt

from symderive.model.fields import Arithmetic, Dual, is_nan, mp_field
from symderive.verify.claims import balls, ranges
from symderive.verify.claims.exactly import Exact, ExactField
from symderive.verify.claims.intervals import NOWHERE, IntervalField, UndecidedError, separated
from symderive.verify.claims.ranges import Range, RangeField

TRUTH = mp_field(60)
UNARY = ["exp", "expm1", "log", "log2", "log1p", "sin", "cos", "tanh", "erf"]
INF = float("inf")


@pytest.fixture(params=[balls.BallField, IntervalField])
def field(request):
    made = request.param(30)
    with made.working():
        yield made


@pytest.fixture(params=["arb", "mpmath"])
def over(request, monkeypatch):
    monkeypatch.setattr(balls, "has_arb", lambda: request.param == "arb")
    made = RangeField(25)
    assert isinstance(made.inner, balls.BallField if request.param == "arb" else IntervalField)
    with made.working():
        yield made


def holds(found, value):
    """Whether an enclosure of 30 digits holds a number known to 60."""
    near = abs(value) * TRUTH.context.mpf(10) ** -50
    low, high = (Fraction(str(value + side * near)) for side in (-1, 1))
    make = balls.BallField(60) if isinstance(found, balls.Ball) else IntervalField(60)
    with make.working():
        around = make.between(make.number(low), make.number(high))
        return not separated(found, around)


@pytest.mark.parametrize("name", UNARY)
def test_a_function_holds_its_value(field, name):
    for value in (Fraction(1, 7), Fraction(5, 2), Fraction(8)):
        found = getattr(field, name)(field.number(value))
        assert holds(found, getattr(TRUTH, name)(TRUTH.number(value)))
        assert found.narrow(20)


def test_logarithms_leave_their_domain(field):
    for name, edge in (("log", 0), ("log2", -1), ("log1p", -2)):
        assert getattr(field, name)(field.number(edge)) is NOWHERE


def test_the_logarithm_of_a_power_of_two_is_exact(field):
    assert field.log2(field.number(8)).whole == 3
    assert field.log2(field.number(Fraction(1, 4))).whole == -2


def test_division(field):
    assert holds(field.divide(field.number(2), field.number(7)), TRUTH.number(Rational(2, 7)))
    assert field.divide(field.one, field.zero) is NOWHERE
    assert field.divide(NOWHERE, field.one) is NOWHERE


@pytest.mark.parametrize(
    ("base", "exponent", "value"),
    [(3, 4, 81), (2, -2, Fraction(1, 4)), (4, Fraction(1, 2), 2), (0, Fraction(1, 3), 0)],
)
def test_powers(field, base, exponent, value):
    found = field.power(field.number(base), field.number(exponent))
    assert holds(found, TRUTH.number(value))


def test_a_root_of_a_negative_number_is_undecided(field):
    with pytest.raises(UndecidedError):
        field.power(field.number(-2), field.number(Fraction(1, 3)))


@pytest.mark.parametrize("value", [sqrt(2), pi, Rational(1, 3), 0.5, 3, Fraction(2, 7)])
def test_numbers_are_held(field, value):
    assert holds(field.number(value), TRUTH.number(value))


def test_a_number_of_mpmath_is_held_exactly(field):
    assert field.number(mp_field(20).number(0.75)) == field.number(Fraction(3, 4))


@pytest.mark.parametrize("value", [S.Infinity, S.NaN])
def test_what_is_no_number_is_undecided(field, value):
    with pytest.raises(UndecidedError):
        field.number(value)


def test_comparisons_decide_what_they_can(field):
    one, two = field.number(1), field.number(2)
    wide = field.between(one, two)
    assert one < two
    assert one <= two
    assert two > one
    assert two >= 1
    assert one == 1
    assert one != two
    assert one != "one"
    assert wide < 3
    for relation in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq):
        with pytest.raises(UndecidedError):
            relation(wide, field.number(Fraction(3, 2)))


def test_ends_and_width(field):
    wide = field.between(field.number(1), field.number(2))
    assert wide.low <= 1
    assert wide.high >= 2
    assert not wide.exact
    assert not wide.narrow(3)
    assert field.number(3).exact
    assert field.number(3).whole == 3
    assert field.number(Fraction(1, 2)).whole is None
    assert field.number(Fraction(1, 10**9)).tiny(8)
    assert not field.number(1).tiny(8)
    assert repr(field.number(2))


def test_numbers_are_no_keys(field):
    for made in (field.one, ranges.Range(field.one, field.one, None)):
        with pytest.raises(TypeError):
            hash(made)


def test_other_kinds_are_left_to_themselves(field):
    moved = field.number(2) * Dual(field.number(3), field.one)
    assert moved.value == 6
    assert (field.number(1) + Dual(field.number(3), field.one)).value == 4
    assert -field.number(2) == -2
    assert abs(field.number(-2)) == 2


def test_nowhere_spreads_and_decides_nothing(field):
    assert field.nan + 1 is NOWHERE
    assert -abs(NOWHERE * 2) is NOWHERE
    assert not separated(field.one, NOWHERE)
    with pytest.raises(UndecidedError):
        _ = NOWHERE < 1
    with pytest.raises(AttributeError):
        NOWHERE.__wrapped__  # noqa: B018 - that it raises is the claim


def test_an_enormous_exponential_is_undecided_or_enormous(field):
    try:
        found = field.exp(field.number(10**30))
    except UndecidedError:
        return
    assert found > 10**300


# --- ranges ---------------------------------------------------------------------------------------


def inside(found, value):
    low = found.low if isinstance(found.low, float) else found.low.low
    high = found.high if isinstance(found.high, float) else found.high.high
    number = found.field.inner.number(Fraction(str(value)))
    slack = found.field.inner.number(Fraction(1, 10**18))
    return bool(low < number + slack) and bool(high > number + -slack)


@pytest.mark.parametrize("name", [*UNARY, "sigmoid", "softplus"])
def test_a_range_holds_every_value(over, name):
    rng = random.Random(name)  # noqa: S311 - no secret
    for _ in range(6):
        low, high = sorted(Fraction(rng.randrange(1, 64), 16) for _ in range(2))
        found = getattr(over, name)(over.between(low, high))
        for value in (low, (low + high) / 2, high):
            assert inside(found, getattr(Arithmetic(TRUTH), name)(TRUTH.number(value)))


@pytest.mark.parametrize("relation", [operator.add, operator.mul])
def test_operations_hold_every_value(over, relation):
    rng = random.Random(1)  # noqa: S311 - no secret
    for _ in range(12):
        a, b, c, d = (Fraction(rng.randrange(-40, 40), 8) for _ in range(4))
        found = relation(over.between(min(a, b), max(a, b)), over.between(min(c, d), max(c, d)))
        for one in (a, b, (a + b) / 2):
            for other in (c, d, (c + d) / 2):
                assert inside(found, float(relation(one, other)))


def ends(found):
    return tuple(
        e if isinstance(e, float) else float(str(e.whole)) for e in (found.low, found.high)
    )


def test_infinite_ends(over):
    right = over.between(1, INF)
    assert ends(right + right) == (2, INF)
    assert ends(-right) == (-INF, -1)
    assert ends(right + -right) == (-INF, INF)
    assert ends(right * over.between(0, 1)) == (0, INF)
    assert ends(over.divide(over.one, right)) == (0, 1)
    assert ends(over.tanh(over.between(-INF, INF))) == (-1, 1)
    assert ends(over.exp(over.between(-INF, 0))) == (0, 1)
    assert ends(over.sin(right)) == (-1, 1)
    assert ends(over.log(over.between(0, 1))) == (-INF, 0)
    assert ends(over.raised(over.between(-INF, 2), 3)) == (-INF, 8)
    assert ends(over.power(right, over.number(Fraction(1, 2)))) == (1, INF)


def test_a_square_is_not_negative(over):
    both = over.between(-1, 2)
    assert ends(both * both) == (0, 4)
    assert ends(over.power(both, over.number(2))) == (0, 4)
    assert ends(abs(both)) == (0, 2)
    assert ends(abs(over.between(-3, -2))) == (2, 3)
    assert ends(over.raised(both, 0)) == (1, 1)


def test_powers_of_ranges(over):
    part = over.between(1, 4)
    root = over.power(part, over.number(Fraction(1, 2)))
    assert inside(root, 1)
    assert inside(root, 2)
    assert root < 3
    assert inside(over.power(part, over.number(-1)), 0.25)
    assert inside(over.power(part, over.number(Fraction(-1, 2))), 0.5)
    assert inside(over.power(part, over.between(0, 1)), 4)
    with pytest.raises(UndecidedError):
        over.power(over.between(-1, 1), over.number(Fraction(1, 2)))


def test_a_divisor_around_0(over):
    with pytest.raises(UndecidedError):
        over.divide(over.one, over.between(-1, 1))
    with pytest.raises(UndecidedError):
        over.divide(over.one, over.between(0, 1))
    assert ends(over.divide(over.one, over.between(0, 1, open_low=True))) == (1, INF)
    assert ends(over.divide(over.one, over.between(-1, 0, open_high=True))) == (-INF, -1)
    assert over.divide(NOWHERE, over.one) is NOWHERE


def test_open_ends_are_not_reached(over):
    whole = over.between(-INF, INF, open_low=True, open_high=True)
    positive = over.between(0, 1, open_low=True)
    assert over.tanh(whole) < 1
    assert over.exp(whole) > 0
    assert positive > 0
    assert positive * positive > 0
    assert positive + positive > 0
    assert over.raised(positive, 3) > 0
    assert -positive < 0
    assert over.one + over.raised(whole, 2) >= 1
    assert over.divide(over.one, over.one + over.raised(whole, 2)) > 0


@pytest.mark.parametrize(
    "make",
    [
        lambda over, part: over.between(0, 1),
        lambda over, part: part * over.between(0, 1),
        lambda over, part: part * over.between(-1, 1, open_low=True, open_high=True),
        lambda over, part: part + over.between(-1, 0),
        lambda over, part: abs(over.between(-1, 1, open_low=True, open_high=True)),
        lambda over, part: over.raised(over.between(-1, 1, open_low=True), 2),
        lambda over, part: over.exp(over.between(-INF, 0)),  # log(0) is an end that is reached
        lambda over, part: over.exp(over.log(over.between(0, 1))),
        lambda over, part: over.sin(part),
    ],
)
def test_ends_that_may_be_reached_are_left_open(over, make):
    part = over.between(0, 1, open_low=True)
    with pytest.raises(UndecidedError):
        assert make(over, part) > 0


def test_functions_outside_their_domain(over):
    with pytest.raises(UndecidedError):
        over.log(over.between(-1, 1))
    with pytest.raises(UndecidedError):
        over.log(over.between(-INF, 1))


def test_open_comparisons_take_answers(over):
    part = over.between(0, 2)
    assert part < 3
    assert part <= 2
    assert part >= 0
    assert part > -1
    assert not part > 2
    assert part == part  # noqa: PLR0124 - one object is equal to itself
    assert part != 5
    assert over.number(1) == 1
    assert part != NOWHERE
    for relation in (operator.lt, operator.ge, operator.eq):
        over.answers, over.asked = [], 0
        with pytest.raises(UndecidedError):
            relation(part, 1)
        over.answers, over.asked = [True], 0
        assert relation(part, 1)
    assert not is_nan(part)
    assert part + NOWHERE is NOWHERE
    assert part * NOWHERE is NOWHERE
    assert repr(part).startswith("[")
    assert isinstance((part * Dual(part, part)).value, Range)


# --- fractions ------------------------------------------------------------------------------------


@pytest.fixture(params=[mp_field, balls.BallField, IntervalField])
def exact(request):
    made = ExactField(request.param(30))
    with made.working():
        yield made


def test_fractions_stay_fractions(exact):
    seventh = exact.number(Fraction(2, 7))
    assert seventh * 7 + -2 == 0
    assert exact.divide(exact.number(1), exact.number(3)) * exact.number(3) == exact.one
    assert exact.power(
        exact.number(Fraction(4, 9)), exact.number(Fraction(1, 2))
    ).value == Fraction(2, 3)
    assert exact.power(exact.number(2), exact.number(-3)).value == Fraction(1, 8)
    assert abs(-seventh) == seventh
    assert hash(seventh) == hash(Fraction(2, 7))
    assert str(seventh) == "2/7"
    assert exact.number(0.5).value == Fraction(1, 2)
    assert exact.number(seventh) is seventh


@pytest.mark.parametrize(
    ("name", "at", "value"),
    [
        ("exp", 0, 1), ("expm1", 0, 0), ("log", 1, 0), ("log1p", 0, 0), ("sin", 0, 0),
        ("cos", 0, 1), ("tanh", 0, 0), ("erf", 0, 0), ("log2", 8, 3),
    ],
)  # fmt: skip
def test_functions_are_exact_where_they_are_known(exact, name, at, value):
    found = getattr(exact, name)(exact.number(at))
    assert isinstance(found, Exact)
    assert found.value == value
    elsewhere = getattr(exact, name)(exact.number(Fraction(1, 3)))
    assert not isinstance(elsewhere, Exact)


def test_a_fraction_meets_other_numbers(exact):
    root = exact.power(exact.number(2), exact.number(Fraction(1, 2)))
    third = exact.number(Fraction(1, 3))
    assert not isinstance(root, Exact)
    assert not isinstance(third + root, Exact)
    assert not isinstance(root * third, Exact)
    assert third < root
    assert third <= root
    assert exact.number(3) > root
    assert exact.number(3) >= root
    assert third < 1.5
    assert (third == "third") is False
    assert not separated(third.inner, exact.settled(third))


def test_long_fractions_become_numbers(exact):
    long = exact.number(Fraction(1, 3**200))
    assert isinstance(long, Exact)
    assert not isinstance(long * long, Exact)
    assert not isinstance(exact.number(pi), Exact)
    assert not isinstance(exact.divide(exact.number(pi), exact.number(2)), Exact)
