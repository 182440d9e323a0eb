"""Every row of the table by examples: where it fires and what it makes, where it must not."""

from __future__ import annotations

from sympy import Abs, Integer, Rational, S, erf, log, sign, sqrt, tanh

from symderive.expr import (
    TRUE,
    Erfc,
    Exp,
    Expm1,
    Iverson,
    Log1p,
    Log2,
    MaxOf,
    MinOf,
    Sigmoid,
    Size,
    Softplus,
    Tensor,
    Where,
    Xdivy,
    Xlogy,
    all_of,
    close,
    compare,
)
from symderive.model import Domain, Equation, Model, axes, data, indices, label
from symderive.stabilise import COMPUTED, RULES

N, C = axes("N C")
(i, n), (j, l, m) = indices("i n", N), indices("j l m", C)
POSITIVE = Domain(low=S.Zero)
NON_NEGATIVE = Domain(low=S.Zero, low_closed=True)

UNIT = Domain(low=S.Zero, high=S.One, low_closed=True, high_closed=True)

x_, z_, s_ = data("x", N), data("z", N), data("s", N, C)
pi_, w_ = data("pi", C, domain=POSITIVE), data("w", N, domain=NON_NEGATIVE)
q_, y_ = data("q", N, domain=UNIT), label("y", N, into=C)
#: Of either sign, and not 0 throughout: of a sum over nothing there is no reciprocal.
u_ = data("u", C, domain=Domain(values=(Integer(-1), Integer(1), Integer(2))))
#: A mask.
k_ = data("k", N, domain=Domain(values=(S.Zero, S.One)))
DECLARED = (x_, z_, s_, pi_, w_, q_, y_, u_, k_)
x, z, w, q, y, k = x_[i], z_[i], w_[i], q_[i], y_[i], k_[i]
ROOT = sqrt(x**2 + 1)


def s(index):
    return s_[i, index]


def total(body, index=l, cond=TRUE):
    return close("sum", (index,), body, cond)


def lse(body, index=l, cond=TRUE):
    return close("lse", (index,), body, cond)


#: A name with an exponential in it, of either sign.
r_ = Tensor("r", (N,))
#: A softmax, and what depends on sums of it.
p_, g_, h_ = Tensor("p", (N, C)), Tensor("∂g", (N,)), Tensor("∂h", (N,))
g, h = g_[i], h_[i]
#: A curve in a power of what may be 0.
hill_ = Tensor("hill", (N,))
hill = hill_[i]


def bracket(one, other):
    return Iverson(compare("!=", one, other))


def p_of(index):
    return p_[i, index]


DEFINED = (
    Equation(r_, (i,), x * Exp(z)),
    Equation(p_, (i, j), Exp(x * s(j) - lse(x * s(l)))),
    Equation(g_, (i,), z + w),
    Equation(h_, (i,), z * w),
    Equation(hill_, (i,), w**z / (1 + w**z)),
)

others = compare("!=", l, y)
others_m = compare("!=", m, y)
later, earlier = compare(">", l, y), compare("<=", l, y)
from_y = compare(">=", l, y)
softmax_total = total(Exp(s(l)))
signed_scores = total(s(l) * Exp(s(l)))
top = close("max", (l,), s(l))
weighted = close("lse", (n,), log(w_[n]) + z_[n])
#: A sum of exponentials with weights of either sign, its scale, and what is left of it.
signed = total(u_[l] * Exp(s(l)))
scale = lse(s(l), l, compare("!=", u_[l], S.Zero))
of_scale = total(u_[l] * Exp(s(l) - scale))
above = Softplus(scale)
of_above = w * Sigmoid(-scale) + total(u_[l] * Exp(s(l) - above))


def tails(one, other):
    """Of ``erf(one) - erf(other)``: the tails on the side where both are."""
    right = compare(">", one + other, S.Zero)
    return Erfc(Where(right, other, -one)), Erfc(Where(right, one, -other))


def log_of_tails(one, other):
    larger, smaller = map(log, tails(one, other))
    return larger + log(-Expm1(smaller - larger))


#: A number that is not 0.
w_plus = 1 + w

#: rule -> where it fires, and what it makes.
FIRES = {
    "log exp": [(log(Exp(x)), x), (3 * log(Exp(x - z)), 3 * (x - z))],
    "log sigmoid": [(log(Sigmoid(x)), -Softplus(-x))],
    "log quotient": [
        (log(Exp(x) / softmax_total), log(Exp(x)) - log(softmax_total)),
        (log(w / Sigmoid(x)), log(w) - log(Sigmoid(x))),
        (log(Exp(x) / (1 + Exp(z)) ** 2), log(Exp(x)) - log((1 + Exp(z)) ** 2)),
    ],
    "log product": [
        (log(z / Softplus(x)), log(z) + log(1 / Softplus(x))),
        (log(Erfc(x) / 2), log(Erfc(x)) - log(2)),
        (log(z * Exp(x)), log(z) + log(Exp(x))),
        (log(w * total(Exp(s(l)), l, others)), log(w) + log(total(Exp(s(l)), l, others))),
        (log(w_plus / (tanh(x) - tanh(z))), log(w_plus) + log(1 / (tanh(x) - tanh(z)))),
    ],
    "log power": [
        (log(Erfc(x) ** 2), 2 * log(Erfc(x))),
        (log(softmax_total**3), 3 * log(softmax_total)),
        (log(Sigmoid(x) ** z), z * log(Sigmoid(x))),
        (log((erf(x) + erf(z)) ** -3), -3 * log(erf(x) + erf(z))),
    ],
    "log constant factor": [
        (log(total(pi_[l] * Exp(s(l)) * Exp(x))), log(Exp(x) * total(pi_[l] * Exp(s(l))))),
        (log(total(2 * Exp(x))), log(2 * Size(C) * Exp(x))),
    ],
    "log sum exp": [
        (log(softmax_total), lse(s(l))),
        (log(total(Exp(s(l)), l, others)), lse(s(l), l, others)),
        (log(total(pi_[l] * Exp(s(l)))), lse(log(pi_[l] * Exp(s(l))))),
        (log(total(Sigmoid(s(l)))), lse(log(Sigmoid(s(l))))),
        (log(total(w_[n] * Exp(z_[n]), n)), lse(log(w_[n] * Exp(z_[n])), n)),
    ],
    "log reduced product": [(log(close("prod", (l,), Sigmoid(s(l)))), total(log(Sigmoid(s(l)))))],
    "softplus": [
        (log(1 + Exp(x)), Softplus(x)),
        (log(1 + Exp(x) + Exp(z)), Softplus(log(Exp(x) + Exp(z)))),
        (log(1 + total(Exp(s(l)), l, others)), Softplus(log(total(Exp(s(l)), l, others)))),
    ],
    "softplus of square": [
        (log(1 + x**2 * Exp(z)), Softplus(z + log(x**2))),
        (Xlogy(w, 1 + x**2 * Exp(z)), w * Softplus(z + log(x**2))),
        (
            log(1 + (x - z) ** 2 * Exp(-2 * z) / pi_[y]),
            Softplus(-2 * z + log((x - z) ** 2 / pi_[y])),
        ),
    ],
    "log sum": [
        (log(Exp(x) + Exp(z)), log(Exp(x)) + log(1 + Exp(z) / Exp(x))),
        (log(Exp(log(w)) + Exp(z)), log(Exp(z)) + log(1 + Exp(log(w)) / Exp(z))),
        (log(3 + 2 * Exp(x)), log(Integer(3)) + log(1 + 2 * Exp(x) / 3)),
        (log(Exp(x) + softmax_total), log(Exp(x)) + log(1 + softmax_total / Exp(x))),
        (log(Exp(x) - Exp(z)), log(Exp(x)) + log(1 - Exp(z) / Exp(x))),
        (log(x**2 * Exp(z) + Exp(x)), log(Exp(x)) + log(1 + x**2 * Exp(z) / Exp(x))),
        (
            log(softmax_total - w * total(Exp(s(l)), l, others)),
            log(softmax_total) + log(1 - w * total(Exp(s(l)), l, others) / softmax_total),
        ),
    ],
    "log step": [
        (
            log(Sigmoid(x) - Sigmoid(z)),
            log(1 - Exp(z - x)) - Softplus(-x) - Softplus(z),
        ),
        (
            x * log(Sigmoid(2 * x + 1) - Sigmoid(2 * x)),
            x * (log(1 - Exp(-1)) - Softplus(-2 * x - 1) - Softplus(2 * x)),
        ),
        (
            log(Sigmoid(x) / 2 - Sigmoid(z) / 2),
            log(1 - Exp(z - x)) - Softplus(-x) - Softplus(z) - log(2),
        ),
    ],
    "log step of tanh": [
        (log(tanh(x) - tanh(z)), log(2) + log(Sigmoid(2 * x) - Sigmoid(2 * z))),
        (log(tanh(x) + tanh(z)), log(2) + log(Sigmoid(2 * x) - Sigmoid(-2 * z))),
    ],
    "log step of erf": [
        (log(erf(x) - erf(z)), log_of_tails(x, z)),
        (log(erf(2 * x) / 2 + erf(z) / 2), log_of_tails(z, -2 * x) - log(2)),
        (log(w_plus * Erfc(z) - w_plus * Erfc(x)), log_of_tails(x, z) + log(w_plus)),
    ],
    "log of small sum": [
        (
            log(Softplus(x) + 2 * Softplus(z)),
            log(2 * Softplus(z)) + Softplus(log(Softplus(x)) - log(2 * Softplus(z))),
        ),
        (log(total(Softplus(s(l)), l, others)), lse(log(Softplus(s(l))), l, others)),
    ],
    "pairs beside kernels": [
        (
            w * Exp(z) * total((x - x_[n]) / (1 + Xdivy((x - x_[n]) ** 2, Exp(-z))) ** 2, n),
            w
            * total(
                Xdivy(
                    x - x_[n],
                    (Exp(-z / 2) + Xdivy((x - x_[n]) ** 2, Exp(-z / 2))) ** 2,
                ),
                n,
            ),
        ),
        (
            (x - x_[n]) * Exp(z) * (1 + Xdivy((x - x_[n]) ** 2, Exp(-z))) ** Rational(-3, 2),
            Xdivy(
                x - x_[n],
                (Exp(-2 * z / 3) + Xdivy((x - x_[n]) ** 2, Exp(-z / 3))) ** Rational(3, 2),
            ),
        ),
    ],
    "pairs": [
        (w * (x - x_[n]) * Exp(z), w * Xdivy(x - x_[n], Exp(-z))),
        (
            total((s(l) - s_[n, l]) ** 2) * Exp(x + z),
            Xdivy(total((s(l) - s_[n, l]) ** 2), Exp(-x - z)),
        ),
    ],
    "log of largest": [
        (log(close("max", (l,), Exp(s(l)))), close("max", (l,), s(l))),
        (
            log(close("min", (l,), pi_[l] * Sigmoid(s(l)), others)),
            close("min", (l,), log(pi_[l] * Sigmoid(s(l))), others),
        ),
        (log(MaxOf(Sigmoid(x), Exp(z) / 2)), MaxOf(log(Sigmoid(x)), log(Exp(z) / 2))),
    ],
    "xlogy": [
        (Xlogy(w, Sigmoid(x)), w * log(Sigmoid(x))),
        (Xlogy(w, w / softmax_total), w * log(1 / softmax_total) + Xlogy(w, w)),
    ],
    "xlogy in sum": [
        (
            total(Xlogy(w, w * total(Exp(s(m)), m, others_m)), l, others),
            total(w * log(total(Exp(s(m)), m, others_m)) + Xlogy(w, w), l, others),
        ),
        (
            total(2 * Xlogy(w, 1 / total(Exp(s(m)), m, others_m)) + x, l, others),
            total(x - 2 * w * log(total(Exp(s(m)), m, others_m)), l, others),
        ),
    ],
    "xlogy beside bracket": [
        (
            bracket(j, y) * Xlogy(w, total(Exp(s(m)), m, others_m)) * x,
            bracket(j, y) * w * log(total(Exp(s(m)), m, others_m)) * x,
        ),
    ],
    "log2": [(Log2(Exp(x) + 1), log(Exp(x) + 1) / log(Integer(2)))],
    "exponentials": [
        (Exp(x) * Exp(z), Exp(x + z)),
        (Exp(x) / Exp(z), Exp(x - z)),
        (z * sqrt(Exp(x)), z * Exp(x / 2)),
        (Exp(x) * Exp(z) ** -3 * w, Exp(x - 3 * z) * w),
    ],
    "slope of power": [
        (z * x ** (z - 1), Xdivy(z, x ** (1 - z))),
        (2 * s(j) * w * x ** (2 * w - 1), s(j) * Xdivy(2 * w, x ** (1 - 2 * w))),
    ],
    "root of product": [
        (sqrt(w * Exp(x)), sqrt(Exp(x)) * sqrt(w)),
        (1 / (w * Sigmoid(x) * Exp(z)) ** x, Exp(z) ** -x * Sigmoid(x) ** -x * w**-x),
    ],
    "powers of a sigmoid": [
        (Sigmoid(x) * Sigmoid(x) ** (z - 1), Sigmoid(x) ** z),
        (w * Sigmoid(x) ** z * Sigmoid(x) ** -w, w * Sigmoid(x) ** (z - w)),
    ],
    "power": [
        (2**z * Exp(x), Exp(x) * Exp(z * log(S(2)))),
        (pi_[j] ** x * Exp(z) * w, Exp(z) * Exp(x * log(pi_[j])) * w),
    ],
    "one exponential": [
        ((Exp(x) - Exp(-x)) / (Exp(x) + Exp(-x)), tanh(x)),
        ((Exp(2 * x) - 1) / (Exp(2 * x) + 1), tanh(x)),
        ((1 - Exp(x)) / (1 + Exp(x)), -tanh(x / 2)),
        (z * (Exp(x) - 1) ** 2 / (Exp(x) + 1) ** 2, z * tanh(x / 2) ** 2),
        ((Exp(x) + 3) / (Exp(x) + 1), 1 + 2 * Sigmoid(-x)),
        (
            (2 * Exp(x) - 1) / (Exp(x) + 3),
            -Rational(1, 3) + Rational(7, 3) * Sigmoid(x - log(Integer(3))),
        ),
        ((Exp(x - z) - Exp(z - x)) / (Exp(x - z) + Exp(z - x)), tanh(x - z)),
    ],
    "sigmoid": [
        (1 / (1 + Exp(-x)), Sigmoid(x)),
        (z / (1 + Exp(x)) ** 2, z * Sigmoid(-x) ** 2),
        (1 / (1 + softmax_total), Sigmoid(-log(softmax_total))),
    ],
    "number out": [
        (1 / (2 + Exp(x)), Rational(1, 2) / (1 + Exp(x) / 2)),
        (sqrt(4 + 4 * Exp(x)), 2 * sqrt(1 + Exp(x))),
    ],
    "reciprocal sum": [
        ((2 * softmax_total) ** x, Exp(x * log(2 * softmax_total))),
        (1 / softmax_total, Exp(-log(softmax_total))),
        (sqrt(1 + Exp(x)), Exp(log(1 + Exp(x)) / 2)),
        (z / (Exp(x) + Exp(z)), z * Exp(-log(Exp(x) + Exp(z)))),
        (1 / (x**2 * Exp(z) + Exp(x)), Exp(-log(x**2 * Exp(z) + Exp(x)))),
        ((Exp(x) - Exp(z)) ** -2, Exp(-2 * log(Exp(x))) * (1 - Exp(z) / Exp(x)) ** -2),
    ],
    "reciprocal of signed sum": [
        (1 / signed, Exp(-scale) / of_scale),
        (x / signed**2, x * Exp(-2 * scale) / of_scale**2),
        (1 / total(-Exp(s(l))), Exp(-lse(s(l))) / total(-Exp(s(l) - lse(s(l))))),
    ],
    "power over its base": [
        (hill / w, w ** (z - 1) / (1 + w**z)),
        (z * hill * x / w, x * z * w ** (z - 1) / (1 + w**z)),
    ],
    "slope of norm": [
        (z * x / sqrt(total(x_[n] ** 2, n)), z * Xdivy(x, sqrt(total(x_[n] ** 2, n)))),
        (
            (z - x) / sqrt(total((x_[n] - z_[n]) ** 2, n) / Size(N)),
            sqrt(Size(N)) * Xdivy(z - x, sqrt(total((x_[n] - z_[n]) ** 2, n))),
        ),
        (
            total(w_[n] * x_[n], n) / sqrt(total(x_[n] ** 2, n)),
            Xdivy(total(w_[n] * x_[n], n), sqrt(total(x_[n] ** 2, n))),
        ),
        (
            z * x**3 / total(x_[n] ** 4, n) ** Rational(3, 4),
            z * Xdivy(x**3, total(x_[n] ** 4, n) ** Rational(3, 4)),
        ),
        (
            sign(x) * Abs(x) ** 2 / total(Abs(x_[n]) ** 3, n) ** Rational(2, 3),
            Xdivy(sign(x) * Abs(x) ** 2, total(Abs(x_[n]) ** 3, n) ** Rational(2, 3)),
        ),
        (
            x * w / sqrt(total(w_[n] * x_[n] ** 2, n)),
            Xdivy(x * w, sqrt(total(w_[n] * x_[n] ** 2, n))),
        ),
        (x / sqrt(x**2 + z**2), Xdivy(x, sqrt(x**2 + z**2))),
    ],
    "masked": [
        (k * Exp(x), bracket(S.Zero, k) * k * Exp(x)),
        (z * (1 - k) * Exp(3 * x), bracket(S.Zero, 1 - k) * z * (1 - k) * Exp(3 * x)),
        ((k * z + Exp(-Exp(x))) * Exp(x), k * z * Exp(x) + Exp(-Exp(x)) * Exp(x)),
        ((z - k * z + x) * Exp(x), (1 - k) * z * Exp(x) + x * Exp(x)),
        (
            z * Exp(-x - Softplus(log(z**2) - x)),
            bracket(S.Zero, z) * z * Exp(-x - Softplus(log(z**2) - x)),
        ),
    ],
    "divided by exponential": [
        (Exp(x) * Xdivy(w, Exp(z)), w * Exp(x - z)),
        (z * Exp(2 * x) * Xdivy(k, Exp(x)), z * k * Exp(x)),
    ],
    "mixture": [
        (
            Sigmoid(z) + (Sigmoid(w) - Sigmoid(z)) * Sigmoid(x),
            Sigmoid(z) * Sigmoid(-x) + Sigmoid(w) * Sigmoid(x),
        ),
        (
            z + w * Exp(z) - w * (Exp(z) - Exp(x)) * Sigmoid(-x),
            z + w * (Exp(z) * Sigmoid(x) + Exp(x) * Sigmoid(-x)),
        ),
    ],
    "one less mixture": [
        (
            1 - Sigmoid(z) * Sigmoid(-x) - Sigmoid(w) * Sigmoid(x),
            (1 - Sigmoid(z)) * Sigmoid(-x) + (1 - Sigmoid(w)) * Sigmoid(x),
        ),
        (
            z + w * Sigmoid(z) * Sigmoid(-x) + w * Sigmoid(x) ** 2 - w,
            z - w * ((1 - Sigmoid(z)) * Sigmoid(-x) + (1 - Sigmoid(x)) * Sigmoid(x)),
        ),
    ],
    "one less factors": [
        (1 - Sigmoid(x) * Exp(z), -Expm1(z + log(Sigmoid(x)))),
        (
            z + w * Sigmoid(x) ** 2 * close("prod", (l,), pi_[l]) - w,
            z + w * Expm1(2 * log(Sigmoid(x)) + log(close("prod", (l,), pi_[l]))),
        ),
    ],
    "sign of signed sum": [(sign(signed), sign(of_scale))],
    "reciprocal beside signed sum": [
        (1 / (w + signed), Exp(-above) / of_above),
        (x / (w + signed) ** 2, x * Exp(-2 * above) / of_above**2),
    ],
    "log of signed sum": [
        (log(signed), scale + log(of_scale)),
        (log(x / signed), -scale + log(x / of_scale)),
    ],
    "log beside signed sum": [
        (log(w + signed), above + log(of_above)),
        (log(x / (w + signed)), -above + log(x / of_above)),
    ],
    "absent": [
        (
            u_[j] * Exp(s(j) - scale),
            Iverson(compare("!=", u_[j], S.Zero)) * u_[j] * Exp(s(j) - scale),
        ),
        (
            total(x * u_[l] * Exp(s(l) - 2 * above)),
            total(Iverson(compare("!=", u_[l], S.Zero)) * x * u_[l] * Exp(s(l) - 2 * above)),
        ),
        (
            (u_[j] * x - u_[j] * z) * Exp(s(j) - scale),
            Iverson(compare("!=", u_[j], S.Zero)) * (u_[j] * x - u_[j] * z) * Exp(s(j) - scale),
        ),
    ],
    "slopes together": [
        (
            Sigmoid(x) * (z + w / Softplus(x)),
            z * Sigmoid(x) + w * Sigmoid(x) / Softplus(x),
        ),
        (
            Exp(-(x**2) - z) * (z + w / Erfc(x)),
            z * Exp(-(x**2) - z) + w * Exp(-(x**2) - z) / Erfc(x),
        ),
        (
            Exp(x) * (1 - z + w / Expm1(-Exp(x))),
            Exp(x) * (1 - z) + w * Exp(x) / Expm1(-Exp(x)),
        ),
    ],
    "into logarithm": [
        (
            Exp(-lse(s(l))) * Xlogy(total(s(l) * Exp(s(l))), 1 + w),
            Xlogy(Exp(-lse(s(l))) * total(s(l) * Exp(s(l))), 1 + w),
        ),
        (
            x * Exp(z - Softplus(z)) * Xdivy(x * Exp(z), 1 + w),
            x * Xdivy(Exp(z - Softplus(z)) * x * Exp(z), 1 + w),
        ),
    ],
    "shared among sums": [
        (
            Exp(-2 * lse(s(m), m)) * total(x * Exp(s(l))) ** 2,
            total(x * Exp(s(l)) * Exp(-lse(s(m), m))) ** 2,
        ),
        (
            Exp(x - 2 * lse(s(m), m)) * total(s(l) * Exp(s(l))) * total(pi_[l] * Exp(s(l))),
            Exp(x - lse(s(m), m))
            * total(s(l) * Exp(s(l)))
            * total(pi_[l] * Exp(s(l)) * Exp(-lse(s(m), m))),
        ),
    ],
    "into sum": [
        (
            Exp(x - lse(s(m), m)) * total(s(l) * Exp(s(l))),
            total(Exp(x - lse(s(m), m)) * s(l) * Exp(s(l))),
        ),
        ((Exp(2 * x) + 3 * Exp(x)) * Sigmoid(x), Exp(2 * x) * Sigmoid(x) + 3 * Exp(x) * Sigmoid(x)),
        (Exp(-lse(s(l))) * Abs(signed_scores), Abs(total(Exp(-lse(s(m), m)) * s(l) * Exp(s(l))))),
        (
            Exp(-lse(s(l))) * MaxOf(0, signed_scores),
            MaxOf(0, total(Exp(-lse(s(m), m)) * s(l) * Exp(s(l)))),
        ),
        (
            Exp(-lse(s(l))) * MinOf(signed_scores, Exp(x) - signed_scores),
            MinOf(
                total(Exp(-lse(s(m), m)) * s(l) * Exp(s(l))),
                Exp(-lse(s(m), m)) * Exp(x) - Exp(-lse(s(m), m)) * signed_scores,
            ),
        ),
    ],
    "out of sum": [
        (
            total(s(l) * Exp(x + s(l) - 2 * lse(s(m), m))),
            Exp(x - lse(s(m), m)) * total(s(l) * Exp(s(l) - lse(s(m), m))),
        ),
    ],
    "out of guarded sum": [
        (
            bracket(j, y) * total(Exp(s(l) + s(j) - 2 * lse(s(m), m, others_m)), l, others),
            bracket(j, y)
            * Exp(s(j) - lse(s(m), m, others_m))
            * total(Exp(s(l) - lse(s(m), m, others_m)), l, others),
        ),
        (
            bracket(j, y)
            * (z - x * total(Exp(s(l) + s(j) - 2 * lse(s(m), m, others_m)), l, others)),
            bracket(j, y)
            * (
                z
                - x
                * Exp(s(j) - lse(s(m), m, others_m))
                * total(Exp(s(l) - lse(s(m), m, others_m)), l, others)
            ),
        ),
    ],
    "exp sigmoid": [
        (Exp(-x) * Sigmoid(x), Sigmoid(-x)),
        (Exp(-x) * Sigmoid(x) ** 2, Sigmoid(x) * Sigmoid(-x)),
        (Exp(z - x) * Sigmoid(x), Exp(z) * Sigmoid(-x)),
    ],
    "sigmoid in exponent": [
        (w * Exp(2 * x) * Sigmoid(x) ** 2, w * Exp(2 * x - 2 * Softplus(-x))),
        (Exp(x) * Sigmoid(-Sigmoid(x)) ** 2, Exp(x - 2 * Softplus(Sigmoid(x)))),
        (
            Exp(z - weighted) * Sigmoid(weighted + x),
            Exp(z + x - Softplus(weighted + x)),
        ),
        (
            (1 + z * Exp(z - weighted)) * Sigmoid(weighted),
            Sigmoid(weighted) + z * Exp(z - weighted) * Sigmoid(weighted),
        ),
    ],
    "slope of logarithm": [
        (Exp(z + log(x**2)) / x, x * Exp(z)),
        (Sigmoid(z + log(x**2)) / x, x * Exp(z - Softplus(z + log(x**2)))),
        (
            Sigmoid(z + log(x**2)) ** 2 / x**4,
            Exp(z - Softplus(z + log(x**2))) * Sigmoid(z + log(x**2)) / x**2,
        ),
        (
            s(j) * Sigmoid(z + log(w * x**2 / 3)) / x,
            s(j) * w * x * Exp(z - Softplus(z + log(w * x**2 / 3))) / 3,
        ),
        (
            (1 + 2 / x) * Exp(z + log(x**2)),
            Exp(z + log(x**2)) + 2 * Exp(z + log(x**2)) / x,
        ),
        (total(Exp(s(l) + log(w))) / w, total(Exp(s(l)))),
        (Exp(z + Log1p(-q)) / (1 - q), Exp(z)),
    ],
    "weight": [
        (w * Exp(z - weighted), Exp(log(w) + z - weighted)),
        (x * w_[n] * Exp(z_[n] - weighted), x * Exp(log(w_[n]) + z_[n] - weighted)),
    ],
    "exp softplus": [(Exp(-Softplus(x)), Sigmoid(-x)), (Exp(-2 * Softplus(x)), Sigmoid(-x) ** 2)],
    "exp log": [
        (Exp(log(pi_[y])), pi_[y]),
        (Exp(log(w) / 2), sqrt(w)),
        (Exp(-2 * log(1 + w)), (1 + w) ** -2),
    ],
    "softplus reflected": [
        (Softplus(x) - x, Softplus(-x)),
        (z + x - w + Softplus(w - x), z + Softplus(x - w)),
        (2 * w * Softplus(-x) + 2 * w * x, 2 * w * Softplus(x)),
    ],
    "softplus odd": [
        (Softplus(x) - Softplus(-x), x),
        (z + 2 * w * Softplus(-x) - 2 * w * Softplus(x), z - 2 * w * x),
    ],
    "sigmoid reflected": [
        (1 - Sigmoid(x), Sigmoid(-x)),
        (z - z * Sigmoid(x) + w, z * Sigmoid(-x) + w),
        (1 - z - (1 - z) * Sigmoid(x), (1 - z) * Sigmoid(-x)),
        (Sigmoid(x) - Sigmoid(x) ** 2, Sigmoid(x) * Sigmoid(-x)),
    ],
    "sigmoid less half": [
        (2 * Sigmoid(2 * x) - 1, tanh(x)),
        (z / 2 - z * Sigmoid(x), -z * tanh(x / 2) / 2),
    ],
    "tanh squared": [
        (1 - tanh(x) ** 2, 4 * Sigmoid(2 * x) * Sigmoid(-2 * x)),
        (z * tanh(x) ** 2 - z, -4 * z * Sigmoid(2 * x) * Sigmoid(-2 * x)),
    ],
    "one less tanh": [(1 - tanh(x), 2 * Sigmoid(-2 * x))],
    "one plus tanh": [(1 + tanh(x), 2 * Sigmoid(2 * x)), (z + z * tanh(x), 2 * z * Sigmoid(2 * x))],
    "one less erf": [(1 - erf(x), Erfc(x)), (z * erf(x) - z, -z * Erfc(x))],
    "one plus erf": [(1 + erf(x), Erfc(-x)), (z + z * erf(2 * x), z * Erfc(-2 * x))],
    "less own term": [
        (lse(s(l)) - s(y), Softplus(lse(s(l), cond=others) - s(y))),
        (
            x + 2 * s(y) / w - 2 * lse(s(l) / w),
            x - 2 * Softplus(lse(s(l) / w, cond=others) - s(y) / w),
        ),
        (
            lse(s(l) + pi_[l]) - s(y) - pi_[y],
            Softplus(lse(s(l) + pi_[l], cond=others) - s(y) - pi_[y]),
        ),
    ],
    "less some terms": [
        (lse(s(l)) - lse(s(l), l, later), Softplus(lse(s(l), l, earlier) - lse(s(l), l, later))),
        (
            x + 2 * w * lse(s(l), l, from_y) - 2 * w * lse(s(l), l, all_of((from_y, others))),
            x
            + 2
            * w
            * Softplus(
                lse(s(l), l, all_of((from_y, compare("==", l, y))))
                - lse(s(l), l, all_of((from_y, others)))
            ),
        ),
        (lse(s(l)) - lse(s(l), l, others), Softplus(s(y) - lse(s(l), l, others))),
    ],
    "less all terms": [
        (
            lse(s(l) - lse(s(m), m), l, later),
            -Softplus(lse(s(l), l, earlier) - lse(s(l), l, later)),
        ),
        (
            lse(x * s(l) - lse(x * s(m), m), l, others),
            -Softplus(x * s(y) - lse(x * s(l), l, others)),
        ),
    ],
    "softmax sums to one": [
        (total(p_of(l)), Integer(1)),
        (close("sum", (l, m), p_of(l) * s(m) * x), total(s(m) * x, m)),
    ],
    "terms cancel": [(g - z, w), (x * g - x * w, x * z)],
    "covariance": [
        (
            total(p_of(l) * s(l) * pi_[l])
            - close("sum", (l, m), p_of(l) * pi_[l] * p_of(m) * s(m)),
            total(p_of(l) * pi_[l] * (s(l) - top + total(p_of(m) * (top - s(m)), m))),
        ),
        (
            2 * total(p_of(l) * s(l)) * total(p_of(m) * pi_[m], m)
            - 2 * total(p_of(l) * s(l) * pi_[l]),
            -2 * total(p_of(l) * pi_[l] * (s(l) - top + total(p_of(m) * (top - s(m)), m))),
        ),
        (
            x
            + total(p_of(l) * s(l) * pi_[l])
            - close("sum", (l, m), p_of(l) * pi_[l] * p_of(m) * s(m)),
            x + total(p_of(l) * pi_[l] * (s(l) - top + total(p_of(m) * (top - s(m)), m))),
        ),
    ],
    "one less average": [
        (1 - total(p_[i, l] * s(l)), total(p_[i, l] * (1 - s(l)))),
        (
            (1 - total(Exp(s(l) - lse(s(m), m)) * Sigmoid(x))) / 2,
            total(Exp(s(l) - lse(s(m), m)) * (1 - Sigmoid(x))) / 2,
        ),
        (z * Rational(1, 3) + 2 - 2 * total(p_[i, l] * w), z / 3 + 2 * total(p_[i, l] * (1 - w))),
        (1 - total(p_[i, l], l, earlier), total(p_[i, l], l, later)),
        (
            1 - total(p_[i, l] * s(l), l, others),
            total(p_[i, l] * (1 - s(l)), l, others) + total(p_[i, l], l, compare("==", l, y)),
        ),
    ],
    "one less power": [
        (1 - Sigmoid(x) ** 2, -Expm1(-2 * Softplus(-x))),
        (z + w * sqrt(Sigmoid(x)) - w, z + w * Expm1(-Softplus(-x) / 2)),
    ],
    "sigmoid step": [
        (Sigmoid(x + 1) - Sigmoid(x), -Expm1(-1) * Sigmoid(x + 1) * Sigmoid(-x)),
        (
            z * Sigmoid(x) / 2 + x - z * Sigmoid(x + Exp(x)) / 2,
            x + z * Expm1(-Exp(x)) * Sigmoid(x + Exp(x)) * Sigmoid(-x) / 2,
        ),
    ],
    "log of small": [
        (log(-Expm1(-pi_[j] * Exp(x))), log(-Expm1(-Exp(log(pi_[j] * Exp(x)))))),
        (log(-Expm1(-2 * Softplus(x))), log(-Expm1(-Exp(log(2 * Softplus(x)))))),
        (
            log(-Expm1(-total(Softplus(s(l)), l, others))),
            log(-Expm1(-Exp(lse(log(Softplus(s(l))), l, others)))),
        ),
        (
            log(-Expm1(-Softplus(x) - Softplus(z))),
            log(-Expm1(-Exp(log(Softplus(x)) + Softplus(log(Softplus(z)) - log(Softplus(x)))))),
        ),
        (log(-Expm1(Exp(z) - Exp(x))), log(-Expm1(-Exp(log(Exp(x) - Exp(z)))))),
    ],
    "xlogy of part": [
        (
            Xlogy(w, total(Exp(s(l)), l, later)),
            Xlogy(w, Exp(log(total(Exp(s(l)), l, later)))),
        ),
        (
            Xlogy(w, Sigmoid(lse(s(l), l, later)) * Exp(x)),
            Xlogy(w, Exp(log(Sigmoid(lse(s(l), l, later)) * Exp(x)))),
        ),
    ],
    "one less product": [
        (
            1 - close("prod", (l,), Sigmoid(s(l))),
            -Expm1(total(log(Sigmoid(s(l))))),
        ),
        (
            x - x * close("prod", (l,), pi_[l], others),
            -x * Expm1(total(log(pi_[l]), l, others)),
        ),
    ],
    "sign of positive": [
        (sign(softmax_total + w), S.One),
        (z + sign(-softmax_total * Exp(x)), z - 1),
    ],
    "absolute value": [
        (sign(x) * x * z, Abs(x) * z),
        (2 * sign(x * z) * x * z * Exp(w), 2 * Abs(x * z) * Exp(w)),
    ],
    "step of erf": [
        (erf(x) - erf(z), tails(x, z)[0] - tails(x, z)[1]),
        (x * erf(z) - x * erf(w), x * tails(w, z)[1] - x * tails(w, z)[0]),
        (x + erf(w) - erf(z), x + tails(w, z)[0] - tails(w, z)[1]),
    ],
    "one less power of rest": [
        (1 - (1 - w) ** 2, w * (2 - w)),
        (x + z - z * (1 - x**2) ** 3, x + z * x**2 * (1 + (1 - x**2) + (1 - x**2) ** 2)),
    ],
    "log where": [
        (
            log(Where(compare("!=", j, y), Exp(z), Sigmoid(x))),
            Where(compare("!=", j, y), log(Exp(z)), log(Sigmoid(x))),
        ),
        (
            log(Where(compare("!=", j, y), Exp(z), S.One)),
            Where(compare("!=", j, y), log(Exp(z)), S.Zero),
        ),
    ],
    "one less mean": [
        (
            1 - total(Sigmoid(s(l))) / Size(C),
            total(1 - Sigmoid(s(l))) / Size(C),
        ),
        (
            x * z + w - x * z * total(Exp(s(l)) * Sigmoid(s(l))) / Size(C),
            w + x * z * total(1 - Exp(s(l)) * Sigmoid(s(l))) / Size(C),
        ),
    ],
    "common factor": [
        (x - z - (x - z) * w, (x - z) * (1 - w)),
        (x - z + q + (x - z) * w**2, q + (x - z) * (1 + w**2)),
    ],
    "one less fraction": [
        (1 - w / (w + 1), 1 / (w + 1)),
        (x - x * w / (w + z**2 + 1) + z, z + (x * z**2 + x) / (w + z**2 + 1)),
        (x / (w + 1) * w - x, -x / (w + 1)),
        (1 / (w + 1) ** 2 - w / (w + 1) ** 3, (w + 1) ** -3),
        (
            z / sqrt(x**2 + 1) - z * x**2 / (x**2 + 1) ** Rational(3, 2),
            z / (x**2 + 1) ** Rational(3, 2),
        ),
    ],
    "expm1": [
        (Exp(x) - 1, Expm1(x)),
        (z - z * Exp(-x), -z * Expm1(-x)),
        (x + 2 * Exp(z) - 2, x + 2 * Expm1(z)),
        (Exp(x) ** 2 - 1, Expm1(2 * x)),
        (z * pi_[j] ** x - z, z * Expm1(x * log(pi_[j]))),
    ],
    "sign out": [
        (total(-Softplus(s(l)) - pi_[l]), -total(Softplus(s(l)) + pi_[l])),
        (total(-2 * Softplus(s(l)), l, others), -total(2 * Softplus(s(l)), l, others)),
    ],
    "log expm1": [(log(Expm1(w + 1)), w + 1 + log(-Expm1(-w - 1)))],
    "log1p": [(log(1 + w), Log1p(w)), (log(1 + x**2 + z**2), Log1p(x**2 + z**2))],
    "root less number": [
        (sqrt(1 + x**2) - 1, x**2 / (1 + sqrt(1 + x**2))),
        (z * sqrt(4 + w) - 2 * z, z * w / (2 + sqrt(4 + w))),
        (1 - sqrt(1 + 2 * w), -2 * w / (1 + sqrt(1 + 2 * w))),
    ],
    "root and term": [
        (sqrt(x**2 + 1) + x, 1 / (sqrt(x**2 + 1) + Abs(x)) + 2 * MaxOf(x, S.Zero)),
        (
            3 * sqrt(4 * x**2 + 5) - 6 * x + 1,
            15 / (sqrt(4 * x**2 + 5) + 2 * Abs(x)) + 6 * MaxOf(-2 * x, S.Zero) + 1,
        ),
    ],
    "one and root quotient": [
        (
            2 + 2 * x / ROOT,
            2 / (ROOT * (ROOT + Abs(x))) + 4 * MaxOf(x, S.Zero) / ROOT,
        ),
        (
            x / ROOT - 1,
            -1 / (ROOT * (ROOT + Abs(x))) - 2 * MaxOf(-x, S.Zero) / ROOT,
        ),
    ],
    "one and signed fraction": [
        (1 + x / (1 + Abs(x)), (1 + 2 * MaxOf(x, S.Zero)) / (1 + Abs(x))),
        (2 * x / (3 + 2 * Abs(x)) - 1, -(3 + 2 * MaxOf(-2 * x, S.Zero)) / (3 + 2 * Abs(x))),
    ],
    "tanh of softplus": [
        (
            tanh(Softplus(x)),
            Sigmoid(x) * (1 + Sigmoid(-x)) / (1 + Sigmoid(-x) ** 2),
        ),
        (
            x * tanh(Softplus(-z)) ** 2,
            x * (Sigmoid(-z) * (1 + Sigmoid(z)) / (1 + Sigmoid(z) ** 2)) ** 2,
        ),
    ],
    "sigmoid of softplus": [
        (Sigmoid(-2 * Softplus(x)), Sigmoid(-x) ** 2 / (1 + Sigmoid(-x) ** 2)),
        (Sigmoid(3 * Softplus(-x)), 1 / (1 + Sigmoid(x) ** 3)),
        (Sigmoid(Softplus(x)), 1 / (1 + Sigmoid(-x))),
    ],
    "shifted softmax": [
        (
            Exp(x - lse(s(l))),
            Exp(x - close("max", (l,), s(l))) / total(Exp(s(l) - close("max", (m,), s(m)))),
        )
    ],
    "shifted log-sum-exp": [
        (lse(s(l)), close("max", (l,), s(l)) + log(total(Exp(s(l) - close("max", (m,), s(m))))))
    ],
    "softplus by its sign": [(Softplus(x), MaxOf(0, x) + Log1p(Exp(-Abs(x))))],
    "sigmoid by its sign": [(Sigmoid(x), Exp(MinOf(0, x)) / (1 + Exp(-Abs(x))))],
}

#: rule -> where its condition fails.
SILENT = {
    "log exp": [log(x), log(1 + Exp(x))],
    "log sigmoid": [log(x * Sigmoid(x)), log(1 + Sigmoid(x))],
    "log quotient": [log(x / z), log(x / w), log(Exp(x) / z), log(x / r_[i])],
    "log product": [
        log(x * z),
        log(w * pi_[y]),
        log(x * total(Exp(s(l)), l, others)),
        log(x * total(z * Exp(s(l)))),
        log(x * r_[i]),
        log(x * (tanh(x) - tanh(z))),
        log(w_plus * (tanh(x) - tanh(z)) ** 2),
    ],
    "log power": [
        log(x**2),
        log(r_[i] ** 2),
        log(pi_[y] ** 2),
        log(total(Exp(s(l)), l, others) ** z),
        log((erf(x) - erf(z)) ** -2),
        log((erf(x) - 2 * erf(z)) ** -1),
    ],
    "log constant factor": [log(total(x * Exp(s(l)))), log(total(pi_[y] * Exp(s(l)), l, others))],
    "log sum exp": [
        log(total(s(l) * Exp(s(l)))),
        log(total(s(l) ** 3 * Exp(s(l)))),
        log(total(pi_[l])),
        log(total(-Exp(s(l)))),
    ],
    "log reduced product": [log(close("prod", (l,), s(l))), log(close("prod", (l,), s(l) ** 2))],
    "softplus": [
        log(1 + x),
        log(1 - Exp(x)),
        log(1 + x * Exp(z)),
        log(1 + w * Exp(x)),
        log(1 + total(x_[n] * Exp(z_[n]), n)),
        log(2 + Exp(x)),
    ],
    "softplus of square": [
        log(1 + x**3 * Exp(z)),
        log(1 + x**2 * z * Exp(z)),
        log(2 + x**2 * Exp(z)),
        log(1 + x**2),
        log(1 + x**4 * Exp(z)),
        log(1 + Sigmoid(x) ** 2 * total(x * Exp(s(l))) ** 2),
        log(1 + total(x * Exp(s(l))) ** 2 / softmax_total**2),
        log(1 + tanh(x) ** 2 * Exp(z)),
        log(1 + x**2 * Exp(z) + z**2 * Exp(x)),
    ],
    "log sum": [
        log(x * Exp(z) + z * Exp(x)),
        log(Exp(log(w)) + Exp(log(x**2))),
        log(x + Exp(z)),
        log(Sigmoid(x) - Sigmoid(z)),
        log(total(x * Exp(s(l))) - Exp(z)),
        log(w - Exp(z)),
        log(total(Exp(s(l)), l, others) + x**2),
        log(x + z),
        log(w + pi_[y]),
    ],
    "log step of tanh": [
        log(tanh(x) - Sigmoid(z)),
        log(2 * tanh(x) - tanh(z)),
        log(x * tanh(x) - x * tanh(z)),
        log(1 + tanh(x)),
    ],
    "log step of erf": [
        log(erf(x) - 2 * erf(z)),
        log(erf(x) - Erfc(z)),
        log(Erfc(x) + Erfc(z)),
        log(z * erf(x) - z * erf(1)),
        log(1 + erf(x) - erf(z)),
    ],
    "log of small sum": [
        log(Softplus(x) + z),
        log(Softplus(x) - Softplus(z)),
        log(1 + Softplus(x)),
        log(total(x * Softplus(s(l)))),
    ],
    "pairs beside kernels": [
        Exp(z) * (x - w) / (1 + Xdivy((x - x_[n]) ** 2, Exp(-z))) ** 2,
        Exp(z) * (x - x_[n]) / (2 + Xdivy((x - x_[n]) ** 2, Exp(-z))) ** 2,
        Exp(z) * (x - x_[n]) / (1 + Xdivy((x - x_[n]) ** 2, Exp(-2 * z))) ** 2,
        Exp(z) * (x - x_[n]) / sqrt(1 + Xdivy((x - x_[n]) ** 2, Exp(-z))),
        Exp(z) * (total((x - x_[n]) / (1 + Xdivy((x - x_[n]) ** 2, Exp(-z))) ** 2, n) + w),
    ],
    "pairs": [
        (x - z) * Exp(w),
        (x + x_[n]) * Exp(z),
        (x - x_[n]) * Exp(-w),
        total((s(l) - s(j)) ** 3 * w) * Exp(-w),
    ],
    "log of largest": [
        log(top),
        log(close("max", (l,), w * Sigmoid(s(l)))),
        log(close("max", (l,), pi_[l])),
        log(MaxOf(Sigmoid(x), w)),
    ],
    "log step": [
        log(Sigmoid(x) + Sigmoid(z)),
        log(z * Sigmoid(x) - z * Sigmoid(2 * x)),
        log(2 * Sigmoid(x) - Sigmoid(z)),
        log(1 - Sigmoid(x)),
    ],
    "xlogy in sum": [
        total(Xlogy(w, total(Exp(s(m)), m, others_m))),
        total(Xlogy(w, total(x * Exp(s(m)), m, others_m)), l, others),
        total(Xlogy(w, total(Exp(s(m)), m, compare("!=", m, j))), l, others),
    ],
    "xlogy beside bracket": [
        x * Xlogy(w, total(Exp(s(m)), m, others_m)),
        bracket(l, j) * Xlogy(w, total(Exp(s(m)), m, others_m)),
    ],
    "xlogy": [Xlogy(w, x), Xlogy(w, total(Exp(s(l)), l, others)), Xlogy(w, 1 - x)],
    "log2": [Log2(x), Log2(w)],
    "exponentials": [Exp(x) + Exp(z), Exp(x) * z],
    "slope of power": [3 * x**2, z * x**z, pi_[j] * x ** (pi_[j] - 1), z * pi_[j] ** (z - 1)],
    "root of product": [sqrt(w * z), (w * Exp(x)) ** 2, sqrt(w + Exp(x))],
    "powers of a sigmoid": [
        Sigmoid(x) * Sigmoid(z) ** (w - 1),
        w * Sigmoid(x) ** z,
        Sigmoid(x) * Sigmoid(x) ** w,
    ],
    "power": [2**z, w**x * Exp(z), pi_[j] ** 3 * Exp(x), x**z * Exp(x)],
    "one exponential": [
        (Exp(x) - 1) / (Exp(x) - 3),
        (Exp(x) - 1) / (Exp(z) + 1),
        (Exp(2 * x) + Exp(x) - 1) / (Exp(2 * x) + 1),
        (z * Exp(x) - 1) / (Exp(x) + 1),
        Exp(x) / (1 + Exp(x)),
    ],
    "sigmoid": [
        1 / (1 - Exp(x)),
        1 / (1 + x),
        1 / (1 + w * Exp(x)),
        1 / (1 + x**2 * Exp(x)),
        1 / (2 + Exp(x)),
    ],
    "number out": [1 / (Exp(x) - 2), sqrt(Exp(x) - 2), (2 + Exp(x)) ** 2, 1 / (2 + x)],
    "reciprocal sum": [
        1 / total(s(l) * Exp(s(l))),
        softmax_total**2,
        1 / (x * Exp(z) + Exp(x)),
        1 / (Sigmoid(x) - Sigmoid(z)),
        1 / total(pi_[l]),
    ],
    "reciprocal of signed sum": [
        1 / softmax_total,
        1 / total(u_[l] * Exp(z)),
        1 / total(u_[l] * Exp(s(l) - lse(s(l)))),
        1 / total(Exp(s(l)) * Exp(x * s(l)) * r_[i]),
        signed**2,
    ],
    "power over its base": [hill / x, hill / w**2, hill * w, x / w],
    "slope of norm": [
        z / sqrt(total(x_[n] ** 2, n)),
        x / sqrt(1 + total(x_[n] ** 2, n)),
        total(1 + x_[n], n) / sqrt(total(x_[n] ** 2, n)),
        x / total(x_[n] ** 2, n),
        x * sqrt(total(x_[n] ** 2, n)),
        x / sqrt(total(x_[n] ** 4, n)),
        x / sqrt(total(w_[n] * x_[n] ** 2, n)),
        x / sqrt(x**2 - z**2),
        x / sqrt(x**2 + pi_[y]),
        w / (w + k),
    ],
    "masked": [
        x * Exp(z),
        w * Exp(x),
        u_[j] * Exp(x),
        k * Exp(s(j) - lse(s(l))),
        k * Exp(-w),
        bracket(S.Zero, k) * k * Exp(x),
        (x + z) * Exp(x),
        MaxOf(S.One, z) * Exp(x),
        MaxOf(S.Zero, z) * Exp(-w),
        z * Exp(-x - Softplus(log(w) - x)),
    ],
    "divided by exponential": [
        Exp(x) * Xdivy(w, z),
        x * Xdivy(w, Exp(z)),
        Exp(x) * Xlogy(w, Exp(z)),
    ],
    "mixture": [
        z + (w - z) * Sigmoid(x),
        Sigmoid(z) + (Sigmoid(w) + Sigmoid(z)) * Sigmoid(x),
        Sigmoid(z) + (Sigmoid(w) - Sigmoid(z)) * Exp(x),
        2 * Sigmoid(z) + (Sigmoid(w) - Sigmoid(z)) * Sigmoid(x),
    ],
    "one less mixture": [
        1 - Sigmoid(z) * Sigmoid(x) - Sigmoid(w) * Sigmoid(x - 1),
        1 - z * Sigmoid(-x) - Sigmoid(w) * Sigmoid(x),
        Sigmoid(z) * Sigmoid(-x) + Sigmoid(w) * Sigmoid(x),
        2 + Sigmoid(z) * Sigmoid(-x) - Sigmoid(w) * Sigmoid(x),
    ],
    "one less factors": [
        1 - Sigmoid(x),
        1 + Sigmoid(x) * Exp(z),
        2 - Sigmoid(x) * Exp(z),
        1 - x * Sigmoid(x),
        1 - w * Sigmoid(x) * pi_[j],
    ],
    "sign of signed sum": [sign(softmax_total), sign(total(u_[l] * Exp(z))), sign(x + signed)],
    "reciprocal beside signed sum": [
        1 / (w + softmax_total),
        1 / (Exp(x) + signed),
        1 / (w + of_scale),
        (w + signed) ** 2,
    ],
    "log of signed sum": [log(softmax_total), log(of_scale), log(total(u_[l] * Exp(z)))],
    "log beside signed sum": [log(w + softmax_total), log(of_above), log(1 + x)],
    "absent": [
        u_[j] * Exp(s(j) - lse(s(l))),
        x * Exp(s(j) - scale),
        u_[j] * Exp(x - scale),
        Iverson(compare("!=", u_[j], S.Zero)) * u_[j] * Exp(s(j) - scale),
        (u_[j] * x - z) * Exp(s(j) - scale),
    ],
    "slopes together": [
        Sigmoid(z) * (z + w / Softplus(x)),
        Sigmoid(x) * (z + w * Softplus(x)),
        Exp(x**2) * (z + w / Erfc(x)),
        Sigmoid(x) * w / Softplus(x),
    ],
    "into logarithm": [
        Exp(-lse(s(l))) * Xlogy(x, 1 + w),
        Exp(z) * Xlogy(x * Exp(z), 1 + w),
        Exp(-Softplus(z)) * Xlogy(Exp(x), 1 + w),
    ],
    "shared among sums": [
        Exp(-lse(s(m), m)) * total(x * Exp(s(l))) ** 2,
        Exp(-2 * lse(s(m), m)) * total(x * Exp(s(l))),
        Exp(-2 * x) * total(x * Exp(s(l))) ** 2,
    ],
    "into sum": [
        x * total(Exp(s(l))),
        Sigmoid(z) * (Exp(x) - 1),
        Exp(x) * (Exp(x) - 1),
        Exp(-lse(s(l))) * Abs(x),
        Exp(-lse(s(l))) * MaxOf(x, signed_scores),
    ],
    "out of sum": [
        total(Exp(s(l) - lse(s(m), m))),
        total(Exp(x + s(l) - lse(s(m), m))),
        total(Exp(x - 2 * lse(s(m), m))),
        total(Exp(s(l) - lse(s(m) - lse(z_[n], n), m) - lse(z_[n], n))),
        total(Exp(s(l) + s(j) - 2 * lse(s(m), m, others_m)), l, others),
    ],
    "out of guarded sum": [
        total(Exp(s(l) + s(j) - 2 * lse(s(m), m, others_m)), l, others),
        x * total(Exp(x + s(l) - 2 * lse(s(m), m))),
    ],
    "exp sigmoid": [Exp(x) * Sigmoid(x), Exp(-x) * Sigmoid(z), Exp(-x) / Sigmoid(x)],
    "sigmoid in exponent": [
        Exp(x - lse(s(l))) * Sigmoid(x),
        Exp(x) / Sigmoid(x),
        Exp(x) * Sigmoid(z),
        Exp(z - lse(s(l), l, others)) * Sigmoid(lse(s(l), l, others)),
        Exp(z - weighted) * Sigmoid(x),
    ],
    "slope of logarithm": [
        Exp(z + log(x**2)) / s(j),
        Exp(z + log(pi_[y])) / pi_[y],
        Sigmoid(z - log(x**2)) / x,
        Sigmoid(z) / x,
        total(Exp(s(l) + log(w)) + s(l)) / w,
    ],
    "weight": [
        w * Exp(x - weighted),
        w**2 * Exp(z - weighted),
        x * Exp(z - weighted),
        w * Exp(z - lse(s(l))),
    ],
    "exp softplus": [Exp(Softplus(x)), Exp(-z * Softplus(x)), Exp(-Softplus(x) / 2)],
    "exp log": [Exp(log(x)), Exp(-log(w)), Exp(1 + log(pi_[y]))],
    "softplus reflected": [
        Softplus(x) + x,
        Softplus(x) - z,
        Softplus(x) - 2 * x,
        2 * Softplus(x) - x,
    ],
    "softplus odd": [
        Softplus(x) + Softplus(-x),
        Softplus(x) - Softplus(z),
        2 * Softplus(x) - Softplus(-x),
    ],
    "sigmoid reflected": [1 + Sigmoid(x), 2 - Sigmoid(x), z - Sigmoid(x)],
    "sigmoid less half": [Sigmoid(x) - 1, 2 * Sigmoid(x) + 1, Sigmoid(x) - z / 2],
    "tanh squared": [1 + tanh(x) ** 2, 2 - tanh(x) ** 2, 1 - tanh(x) ** 3],
    "one less tanh": [1 + tanh(x), z - tanh(x)],
    "one plus tanh": [1 - tanh(x), z + tanh(x), 1 + tanh(x) ** 2],
    "one less erf": [1 + erf(x), z - erf(x), 1 - erf(x) ** 2],
    "one plus erf": [1 - erf(x), z + erf(x)],
    "less own term": [
        lse(s(l)) + s(y),
        lse(s(l)) - 2 * s(y),
        lse(s(l)) - s(j),
        lse(s(l), cond=others) - s(y),
        lse(s(l) + pi_[l]) - s(y),
    ],
    "less some terms": [
        lse(s(l)) + lse(s(l), l, later),
        lse(s(l)) - 2 * lse(s(l), l, later),
        lse(s(l)) - lse(pi_[l], l, later),
        lse(s(l), l, others) - lse(s(l), l, later),
        lse(s(l), l, later) - lse(s(l), l, all_of((others, later))) / x,
    ],
    "less all terms": [
        lse(s(l) - lse(s(m), m)),
        lse(pi_[l] - lse(s(m), m), l, later),
        lse(s(l) - 2 * lse(s(m), m), l, later),
        lse(s(l) - lse(s(m), m, others_m), l, later),
    ],
    "softmax sums to one": [
        total(p_of(l) ** 2),
        total(p_of(l) * s(l)),
        total(p_of(l), l, others),
        total(pi_[l]),
    ],
    "terms cancel": [g + z, g - x, h - z * w, r_[i] - x],
    "covariance": [
        total(p_of(l) * s(l)) + total(p_of(l)) * total(p_of(m) * s(m), m),
        total(s(l) * pi_[l]) - total(pi_[l]) * total(pi_[m] * s(m), m),
        total(p_of(l) * s(l) ** 2) - total(p_of(l) * s(l)) * total(p_of(m) * pi_[m], m),
    ],
    "one less average": [
        1 - total(p_[i, l]),
        2 - total(p_[i, l] * s(l)),
        1 - total(pi_[l], l, others),
        1 - total(s(l) * Exp(s(l))),
        w - total(w * p_[i, l] * s(l)),
    ],
    "one less power": [
        1 - Sigmoid(x),
        1 + Sigmoid(x) ** 2,
        1 - x**2,
        1 - Sigmoid(x) ** -2,
        2 - Sigmoid(x) ** 2,
    ],
    "sigmoid step": [
        Sigmoid(x) - Sigmoid(z),
        Sigmoid(x + 1) + Sigmoid(x),
        2 * Sigmoid(x + 1) - Sigmoid(x),
        x * Sigmoid(x + 1) - z * Sigmoid(x),
    ],
    "log of small": [
        log(-Expm1(-x)),
        log(-Expm1(-Exp(x))),
        log(-Expm1(-w * Exp(x))),
        log(Expm1(Softplus(x))),
        log(-2 * Expm1(-Softplus(x))),
        log(-Expm1(-total(x * Softplus(s(l))))),
        log(-Expm1(-Softplus(x) - z)),
        log(-Expm1(x * Softplus(x) - Softplus(z))),
    ],
    "xlogy of part": [
        Xlogy(w, total(Exp(s(l)))),
        Xlogy(w, total(pi_[l], l, later)),
        Xlogy(w, Exp(s(l))),
    ],
    "one less product": [
        1 - close("prod", (l,), s(l)),
        1 + close("prod", (l,), pi_[l]),
        x - close("prod", (l,), pi_[l]),
    ],
    "sign of positive": [sign(x), sign(x**2), sign(Exp(x) - 1), sign(x + softmax_total)],
    "absolute value": [sign(x) * z, sign(x * z) * x, sign(x)],
    "step of erf": [erf(x) - 2 * erf(z), erf(x) - tanh(z), erf(x) ** 2 - erf(z) ** 2, x - erf(z)],
    "one less power of rest": [1 - (2 - w) ** 2, 2 - (1 - w) ** 2, 1 - (1 - w) ** 9],
    "log where": [log(Where(compare("!=", j, y), x, z)), log(1 + Where(compare("!=", j, y), x, z))],
    "one less mean": [
        1 - total(s(l)) / Size(C),
        1 - total(Sigmoid(s(l))),
        2 - total(Sigmoid(s(l))) / Size(C),
        1 - total(Sigmoid(s(l)), cond=compare("!=", l, y)) / Size(C),
    ],
    "common factor": [x - z - (x + z) * w, x - z * (x - z), 2 * x - z + (x - z) * w],
    "one less fraction": [
        1 + w / (w + 1),
        2 - w / (w + 1),
        1 - x / (w + 1),
        1 - w / (w + 1) ** 2,
        w - w / (w + 1) ** 2,
    ],
    "expm1": [Exp(x) + 1, Exp(x) - 2, z * Exp(x) - 1, w**x - 1, pi_[j] ** 2 - 1],
    "sign out": [total(Softplus(s(l)) - pi_[l]), total(Softplus(s(l)))],
    "log expm1": [log(-Expm1(w)), log(2 * Expm1(w))],
    "log1p": [log(2 + x), log(x - 1), log(w)],
    "root less number": [
        sqrt(1 + x**2) - 2,
        sqrt(x**2 + z**2) - 1,
        sqrt(1 + x**2) + 1,
    ],
    "root and term": [sqrt(x**2 + 1) + 2 * x, sqrt(x**2 + z) + x, sqrt(x**2 + w**2) + x, x + 1],
    "one and root quotient": [1 + 2 * x / ROOT, 1 + x / sqrt(x**2 + z), x + x / ROOT],
    "one and signed fraction": [2 + x / (1 + Abs(x)), 1 + z / (1 + Abs(x)), 1 + x / (z + Abs(x))],
    "tanh of softplus": [tanh(2 * Softplus(x)), tanh(1 + Softplus(x))],
    "sigmoid of softplus": [Sigmoid(Softplus(x) / 2), Sigmoid(x * Softplus(x)), Sigmoid(x)],
    "shifted softmax": [Exp(x), Exp(x + lse(s(l)))],
    "shifted log-sum-exp": [total(s(l))],
    "softplus by its sign": [],
    "sigmoid by its sign": [],
}

TABLE = (*RULES, *COMPUTED)
BY_NAME = {rule.name: rule for rule in TABLE}
EXAMPLES = [(name, before, after) for name, pairs in FIRES.items() for before, after in pairs]
QUIET = [(name, expr) for name, group in SILENT.items() for expr in group]


def known(kind):
    """What the rules may ask, about the inputs and the names above."""
    facts = kind(DECLARED, ())
    for equation in DEFINED:
        facts.define(equation)
    return facts


def model_of(*equations):
    """A model of the declared inputs with these equations."""
    return Model("rows", DECLARED, (*DEFINED, *equations))


tensor_of_output = Tensor("out", (N, N, C))
