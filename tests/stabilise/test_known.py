"""What the rules may ask: signs from declared domains, and which names hide exponentials."""

from __future__ import annotations

import pytest
from sympy import Abs, Integer, Rational, S, log, oo, pi

from symderive.expr import (
    TRUE,
    Exp,
    MaxOf,
    MinOf,
    Sigmoid,
    Size,
    Softplus,
    Tensor,
    Where,
    close,
    compare,
    iverson,
)
from symderive.model import Domain, Equation, axes, condition, data, indices, label
from symderive.stabilise.known import Known, Sign

N, C = axes("N C")
(i,), (j, l) = indices("i", N), indices("j l", C)
UNKNOWN, NON_NEGATIVE, POSITIVE = Sign.UNKNOWN, Sign.NON_NEGATIVE, Sign.POSITIVE
x = data("x", N)[i]
domains = {
    "above": (Domain(low=S.Zero), POSITIVE),
    "from0": (Domain(low=S.Zero, low_closed=True), NON_NEGATIVE),
    "from1": (Domain(low=S.One, low_closed=True), POSITIVE),
    "below": (Domain(high=S.One), UNKNOWN),
    "parts": (Domain(simplex=True), NON_NEGATIVE),
    "coins": (Domain(values=(S.Zero, S.One)), NON_NEGATIVE),
    "dice": (Domain(values=(S.One, Integer(6))), POSITIVE),
    "signs": (Domain(values=(S.NegativeOne, S.One)), UNKNOWN),
    "any": (Domain(), UNKNOWN),
}
declared = {name: data(name, N, domain=domain) for name, (domain, _) in domains.items()}
above, from0 = declared["above"][i], declared["from0"][i]
known = Known(declared.values(), ())


@pytest.mark.parametrize("name", domains)
def test_a_declared_domain_says_the_sign(name):
    assert known.sign(declared[name][i]) == domains[name][1]


def over(kind, body, cond=TRUE):
    return close(kind, (l,), body, cond)


@pytest.mark.parametrize(
    ("expr", "sign"),
    [
        (Integer(2), POSITIVE),
        (Rational(-1, 2), UNKNOWN),
        (S.Zero, NON_NEGATIVE),
        (S(oo), UNKNOWN),
        (S(pi), POSITIVE),
        (Size(C), POSITIVE),
        (Exp(x) + Sigmoid(x) * Softplus(x), POSITIVE),
        (Exp(log(above) + x), POSITIVE),
        (Exp(log(from0) + x), NON_NEGATIVE),
        (Exp(x - over("lse", x, compare("!=", l, j))), NON_NEGATIVE),
        (Exp(Sigmoid(log(from0))), POSITIVE),
        (above + from0, POSITIVE),
        (from0 * above, NON_NEGATIVE),
        (above + x, UNKNOWN),
        (above * x, UNKNOWN),
        (above**x, POSITIVE),
        (x**2, NON_NEGATIVE),
        (x**3, UNKNOWN),
        (from0 ** Rational(1, 2), NON_NEGATIVE),
        (Abs(x), NON_NEGATIVE),
        (iverson(condition(x, ">", 0)), NON_NEGATIVE),
        (MaxOf(x, above), POSITIVE),
        (MinOf(from0, above), NON_NEGATIVE),
        (Where(condition(x, ">", 0), above, from0), NON_NEGATIVE),
        (over("sum", above), POSITIVE),
        (over("sum", above, compare("!=", l, j)), NON_NEGATIVE),
        (over("prod", above, compare("!=", l, j)), POSITIVE),
        (over("max", above), POSITIVE),
        (over("max", above, compare("!=", l, j)), UNKNOWN),
        (over("min", above, compare("!=", l, j)), POSITIVE),
        (over("lse", above), UNKNOWN),
        (log(above), UNKNOWN),
    ],
)
def test_signs_of_expressions(expr, sign):
    assert known.sign(expr) == sign


def facts(*equations):
    made = Known([*declared.values(), data("x", N), label("y", N, into=C)], ())
    for tensor, rhs in equations:
        made.define(Equation(tensor, (i,), rhs))
    return made


def test_a_name_has_the_sign_and_the_form_of_its_definition():
    p, q, r = (Tensor(name, (N,)) for name in "pqr")
    made = facts((p, Exp(x) / over("sum", Exp(x))), (q, p[i] * x), (r, x**2 + 1))
    assert [made.positive(t[i]) for t in (p, q, r)] == [True, False, True]
    assert [made.exponential(t[i]) for t in (p, q, r)] == [True, True, False]
    assert made.definition(x) is None


def test_a_softmax_is_at_most_one_and_not_wild():
    s = data("s", N, C)
    lse = close("lse", (l,), s[i, l])
    some = close("lse", (l,), s[i, l], compare("!=", l, j))
    made = facts((Tensor("z", (N,)), lse))
    named = Tensor("z", (N,))[i]
    assert all(made.at_most_one(s[i, j] - total) for total in (lse, named))
    assert made.at_most_one(-Softplus(x))
    assert made.at_most_one(-(x**2))
    assert not made.at_most_one(s[i, j] - some)
    assert not made.at_most_one(2 * s[i, j] - lse)
    assert not made.at_most_one(x - Softplus(x) + x)
    assert not any(made.wild(Exp(s[i, j] - total)) for total in (lse, named))
    assert made.wild(Exp(x))
    assert made.wild(over("sum", Exp(s[i, l]) * x))


def test_a_name_for_a_logarithm_may_be_infinite():
    v, e = Tensor("v", (N,)), Tensor("e", (N,))
    made = facts((v, log(x**2)), (e, Exp(v[i] + x)))
    assert made.sign(e[i]) == NON_NEGATIVE
    assert made.exponential(e[i])


def test_where_a_definition_leads():
    e, z, o = (Tensor(name, (N,)) for name in "ezo")
    made = facts((e, Exp(x)), (z, e[i] + 1), (o, z[i] * e[i]))
    assert made.leads_to("o", {x.tensor})
    assert not made.leads_to("o", {above.tensor})
