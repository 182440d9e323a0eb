"""Numbers: both fields keep to IEEE's rules, and duals differentiate like mpmath does."""

import itertools
import math
from fractions import Fraction

import mpmath
import pytest
from sympy import E, Float, I, Integer, Rational, S, oo, pi, sqrt

from symderive.errors import NotSupportedError
from symderive.model.fields import (
    FLOAT,
    FUNCTIONS,
    OF_CLASS,
    Arithmetic,
    Dual,
    is_nan,
    mp_field,
    plain,
    tangent_of,
)

MP = mp_field(50)
FIELDS = {"float": FLOAT, "mpmath": MP}

#: Every function of the table as mpmath computes it on its own.
REFERENCE = {
    "exp": mpmath.exp,
    "expm1": mpmath.expm1,
    "log": mpmath.log,
    "log2": lambda x: mpmath.log(x, 2),
    "log1p": mpmath.log1p,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tanh": mpmath.tanh,
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "abs": abs,
    "sign": mpmath.sign,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "divide": lambda a, b: a / b,
    "power": lambda a, b: a**b,
    "xlogy": lambda a, b: a * mpmath.log(b),
    "xdivy": lambda a, b: a / b,
}
ARGUMENTS = (0.25, 0.5, 1.75, 3.0)
CASES = [
    (name, args)
    for name, row in FUNCTIONS.items()
    for args in itertools.product(ARGUMENTS, repeat=len(row.partials))
]
MORE = [
    (name, (x,))
    for name in (
        "exp",
        "expm1",
        "sin",
        "cos",
        "tanh",
        "erf",
        "erfc",
        "abs",
        "sign",
        "sigmoid",
        "softplus",
    )
    for x in (-3.0, -0.5)
]


@pytest.fixture(params=FIELDS)
def field(request):
    return FIELDS[request.param]


@pytest.fixture
def f(field):
    return Arithmetic(field)


def lifted(f, args, which, level=1):
    return [
        Dual(f.field.number(arg), f.one, level) if place == which else f.field.number(arg)
        for place, arg in enumerate(args)
    ]


def test_every_function_of_an_expression_has_a_row():
    assert set(OF_CLASS.values()) <= set(FUNCTIONS)


@pytest.mark.parametrize(("name", "args"), CASES + MORE)
def test_values_are_those_of_mpmath(name, args, field, f):
    args = [field.number(arg) for arg in args]
    with mpmath.workdps(60):
        expected = REFERENCE[name](*map(mpmath.mpf, args))
        assert mpmath.almosteq(mpmath.mpf(getattr(f, name)(*args)), expected, 1e-13)


@pytest.mark.parametrize(("name", "args"), CASES + MORE)
def test_fifty_digits_are_fifty_digits(name, args):
    f = Arithmetic(MP)
    with mpmath.workdps(60):
        expected = REFERENCE[name](*map(mpmath.mpf, args))
        found = getattr(f, name)(*map(MP.number, args))
        assert mpmath.almosteq(mpmath.mpf(found), expected, mpmath.mpf(10) ** -48)


@pytest.mark.parametrize(("name", "args"), CASES + MORE)
def test_duals_have_the_derivatives_of_mpmath(name, args, f):
    for which in range(len(args)):
        value = getattr(f, name)(*lifted(f, args, which))
        with mpmath.workdps(60):
            expected = mpmath.diff(
                lambda t, which=which: REFERENCE[name](
                    *(t if place == which else mpmath.mpf(arg) for place, arg in enumerate(args))
                ),
                mpmath.mpf(args[which]),
            )
            found = mpmath.mpf(tangent_of(value, 1, f.zero))
            assert abs(found - expected) <= 1e-12 * max(1, abs(expected))


@pytest.mark.parametrize(("name", "args"), CASES + MORE)
def test_duals_of_duals_have_the_second_derivatives_of_mpmath(name, args):
    f = Arithmetic(MP)
    for first, second in itertools.product(range(len(args)), repeat=2):
        inner = lifted(f, args, first)
        outer = [Dual(arg, f.one, 2) if place == second else arg for place, arg in enumerate(inner)]
        value = getattr(f, name)(*outer)
        found = tangent_of(tangent_of(value, 2, f.zero), 1, f.zero)
        orders = tuple((first == place) + (second == place) for place in range(len(args)))
        with mpmath.workdps(60):
            expected = mpmath.diff(REFERENCE[name], tuple(map(mpmath.mpf, args)), orders)
            assert abs(mpmath.mpf(found) - expected) <= 1e-20 * max(1, abs(expected))


# Where IEEE has a rule of its own
NAN, INF = math.nan, math.inf
SPECIAL = [
    ("exp", (INF,), INF),
    ("exp", (-INF,), 0),
    ("exp", (-1e5,), 0),
    ("expm1", (INF,), INF),
    ("expm1", (-INF,), -1),
    ("log", (0,), -INF),
    ("log", (-1,), NAN),
    ("log", (NAN,), NAN),
    ("log", (INF,), INF),
    ("log2", (0,), -INF),
    ("log2", (-1,), NAN),
    ("log2", (8,), 3),
    ("log1p", (-1,), -INF),
    ("log1p", (-2,), NAN),
    ("sin", (INF,), NAN),
    ("cos", (INF,), NAN),
    ("tanh", (INF,), 1),
    ("tanh", (-1e5,), -1),
    ("erf", (-INF,), -1),
    ("sign", (0,), 0),
    ("sign", (NAN,), NAN),
    ("sign", (-INF,), -1),
    ("abs", (-INF,), INF),
    ("sigmoid", (1e5,), 1),
    ("sigmoid", (-1e5,), 0),
    ("sigmoid", (NAN,), NAN),
    ("softplus", (1e5,), 1e5),
    ("softplus", (-1e5,), 0),
    ("softplus", (-INF,), 0),
    ("softplus", (NAN,), NAN),
    ("divide", (1, 0), INF),
    ("divide", (-1, 0), -INF),
    ("divide", (0, 0), NAN),
    ("divide", (NAN, 0), NAN),
    ("divide", (INF, INF), NAN),
    ("power", (0, 0), 1),
    ("power", (INF, 0), 1),
    ("power", (0, -1), INF),
    ("power", (0, -2), INF),
    ("power", (0, 2), 0),
    ("power", (-2, 3), -8),
    ("power", (-2, 2), 4),
    ("power", (-2, -1), -0.5),
    ("power", (-2, 0.5), NAN),
    ("power", (-2, 0.25), NAN),
    ("power", (4, 0.5), 2),
    ("power", (0, 0.5), 0),
    ("power", (NAN, 0.5), NAN),
    ("power", (1, NAN), 1),
    ("xlogy", (0, 0), 0),
    ("xlogy", (0, NAN), 0),
    ("xlogy", (0, -1), 0),
    ("xlogy", (2, 0), -INF),
    ("xdivy", (0, 0), 0),
    ("xdivy", (0, NAN), 0),
    ("xdivy", (1, 0), INF),
]


@pytest.mark.parametrize(("name", "args", "expected"), SPECIAL)
def test_nothing_raises_and_limits_are_those_of_ieee(name, args, expected, field, f):
    found = getattr(f, name)(*map(field.number, args))
    assert (
        (is_nan(found) and math.isnan(expected))
        or abs(found - expected) < 1e-300
        or (found == expected)
    )


@pytest.mark.parametrize("name", ["exp", "expm1"])
def test_an_exponential_of_floats_overflows_to_infinity(name):
    assert getattr(FLOAT, name)(1e4) == INF


@pytest.mark.parametrize(
    ("base", "exponent", "expected"),
    [(1e200, 3, INF), (-1e200, 3, -INF), (-1e200, 2, INF), (-0.0, -1, -INF), (-0.0, -2, INF)],
)
def test_a_power_of_floats_overflows_with_its_sign(base, exponent, expected):
    assert FLOAT.power(base, float(exponent)) == expected


def test_a_negative_zero_of_floats_divides_to_minus_infinity():
    assert FLOAT.divide(1.0, -0.0) == -INF


@pytest.mark.parametrize("base", [0.3, 2, 10])
@pytest.mark.parametrize("exponent", [-700.3, -2.5, -1, 0.5, 0.7, 3, 61.1])
def test_powers_are_those_of_mpmath_to_the_last_digit(base, exponent):
    base, exponent = MP.number(base), MP.number(exponent)
    assert MP.power(base, exponent) == base**exponent


def test_a_power_takes_the_logarithm_of_its_base_once(monkeypatch):
    taken = []

    def counted(parts, *rest):
        taken.append(parts)
        return mpmath.libmp.mpf_log(parts, *rest)

    monkeypatch.setattr("symderive.model.fields.mpf_log", counted)
    monkeypatch.setattr("mpmath.libmp.libelefun.mpf_log", counted)
    many = mp_field(2000)
    for exponent in (0.1, 0.2, 0.3):
        many.power(many.number(10), many.number(exponent))
    assert len(taken) == 1


def test_a_logarithm_is_taken_once(monkeypatch):
    many, taken = mp_field(2000), []
    log = many.context.log
    monkeypatch.setattr(many.context, "log", lambda x: taken.append(x) or log(x))
    assert many.log(many.number(7)) == many.log(7)
    assert len(taken) == 1


@pytest.mark.parametrize("huge", ["1e10000", "-1e10000"])
@pytest.mark.parametrize("name", ["exp", "expm1", "tanh"])
def test_enormous_arguments_take_no_time_in_mpmath(name, huge):
    x = MP.number(MP.context.mpf(huge))
    expected = {"exp": (MP.inf, 0), "expm1": (MP.inf, -1), "tanh": (1, -1)}[name][x < 0]
    assert getattr(Arithmetic(MP), name)(x) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, 3),
        (0.5, 0.5),
        (Fraction(1, 4), 0.25),
        (Integer(-2), -2),
        (Rational(1, 8), 0.125),
        (Float(0.75), 0.75),
        (oo, INF),
        (-oo, -INF),
        (S.NaN, NAN),
        (pi, math.pi),
        (E, math.e),
        (sqrt(2) / 2, math.sqrt(2) / 2),
        (Integer(10) ** 400 / Integer(10) ** 399, 10),
    ],
)
def test_numbers_come_from_python_and_sympy(value, expected, field):
    found = field.number(value)
    assert (is_nan(found) and math.isnan(expected)) or float(found) == expected


@pytest.mark.parametrize(("value", "expected"), [(10**400, INF), (Integer(-(10**400)), -INF)])
def test_a_number_beyond_floats_is_infinite(value, expected):
    assert FLOAT.number(value) == expected


def test_numbers_of_mpmath_have_all_digits():
    third = MP.number(Rational(1, 3))
    assert abs(3 * third - 1) < mpmath.mpf(10) ** -49
    assert MP.context.almosteq(MP.number(pi), MP.context.pi, MP.context.mpf(10) ** -49)


def test_fields_of_other_precision_do_not_disturb_each_other():
    few, many = mp_field(15), mp_field(80)
    digits = str(many.exp(many.one))
    few.exp(few.one)
    assert (str(many.exp(many.one)), len(digits)) == (digits, 81)


@pytest.mark.parametrize("value", [I, 1 + I])
def test_a_complex_number_is_no_number_here(value, field):
    with pytest.raises(NotSupportedError, match="is not a real number"):
        field.number(value)


# Duals


def test_a_plain_zero_is_a_strong_zero_of_xlogy(f):
    found = f.xlogy(f.zero, Dual(f.zero, f.one))
    assert plain(found) == 0


def test_a_step_function_has_no_tangent(f):
    assert type(f.sign(Dual(f.one, f.one))) is not Dual


def test_x_log_y_at_zero_has_the_derivatives_of_the_language(f):
    by_first = f.xlogy(Dual(f.zero, f.one), f.field.number(5))
    by_second = f.xlogy(f.field.number(0), Dual(f.field.number(5), f.one))
    assert by_first.tangent == f.log(f.field.number(5))
    assert by_second.tangent == 0


def test_the_power_zero_has_no_derivative_by_its_base(f):
    assert f.power(Dual(f.zero, f.one), f.zero).tangent == 0


def test_a_zero_to_a_power_has_derivative_zero_by_the_exponent(f):
    assert f.power(f.zero, Dual(f.one + f.one, f.one)).tangent == 0


def test_duals_add_and_multiply_in_every_order():
    one, two = Dual(2.0, 1.0, level=1), Dual(3.0, 1.0, level=2)
    for value in (one * two, two * one):
        assert (value.level, value.tangent.value, value.tangent.tangent) == (2, 2.0, 1.0)
    for value in (one + two, two + one):
        assert (value.level, value.tangent, value.value.tangent) == (2, 1.0, 1.0)
    for value in (one + 4.0, 4.0 + one):
        assert (value.value, value.tangent) == (6.0, 1.0)
    for value in (one * 4.0, 4.0 * one):
        assert (value.value, value.tangent) == (8.0, 4.0)
    assert ((one * one).tangent, (one + one).tangent, (-one).tangent) == (4.0, 2.0, -1.0)


def test_duals_mix_with_numbers_of_mpmath():
    dual = MP.number(3) * Dual(MP.number(2), MP.one) + MP.one
    assert (dual.value, dual.tangent) == (7, 3)


def test_a_dual_prints_its_parts():
    assert repr(Dual(2.0, 1.0)) == "Dual(2.0, 1.0, level=1)"


def test_the_plain_number_of_nested_duals():
    assert plain(Dual(Dual(2.0, 1.0), 1.0, 2)) == 2.0


def test_a_number_has_no_tangent():
    assert tangent_of(3.0, 1, 0.0) == tangent_of(Dual(3.0, 1.0, 1), 2, 0.0) == 0.0


def test_log_sum_exp_is_stable(f):
    huge = [f.field.number(1000), f.field.number(1000)]
    assert abs(f.logsumexp(huge) - f.field.number(1000) - f.log(f.one + f.one)) < 1e-12


def test_log_sum_exp_of_nothing(f):
    assert f.logsumexp([]) == -f.inf


@pytest.mark.parametrize(
    ("values", "expected"), [((INF, 1), INF), ((-INF, -INF), -INF), ((NAN, 1), NAN), ((-INF, 2), 2)]
)
def test_log_sum_exp_of_infinities(values, expected, field, f):
    found = f.logsumexp([field.number(value) for value in values])
    assert found == expected or (is_nan(found) and math.isnan(expected))


def test_the_derivative_of_log_sum_exp_is_softmax(f):
    found = f.logsumexp([Dual(f.zero, f.one), f.one])
    assert abs(found.tangent - 1 / (1 + f.exp(f.one))) < 1e-15


def test_the_derivative_of_an_infinite_log_sum_exp_is_undefined(f):
    assert is_nan(f.logsumexp([Dual(f.inf, f.one), f.one]).tangent)
