"""Sums in which terms cancel, said by a function that does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations, product

from sympy import Abs, Add, Mul, Pow, S, erf, expand_mul, log, sign, tanh
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import (
    TRUE,
    Erfc,
    Exp,
    Expm1,
    Index,
    Reduce,
    Sigmoid,
    Size,
    Softplus,
    Where,
    close,
    compare,
    in_order,
    negate,
)
from symderive.stabilise.centred import average
from symderive.stabilise.known import Known, Step, steps
from symderive.stabilise.matching import (
    at_least_one,
    is_other_power,
    logarithm,
    paired,
    powers_of,
    row,
    without,
    without_factors,
)


def _is_sigmoid(base: Expr, exponent: Expr) -> tuple[Expr, Expr] | None:
    return (base, base.args[0]) if isinstance(base, Sigmoid) and at_least_one(exponent) else None


def _one_less_sigmoid(node: Add, _: Known) -> Expr | None:
    return paired(node, _is_sigmoid, lambda t, u: -t, lambda t, u: -t * Sigmoid(-u))


def _mixture(node: Add, known: Known) -> Expr | None:
    for term in in_order(node.args):
        rest = [arg for arg in node.args if arg is not term]
        factors = in_order(Mul.make_args(term))
        for total in (factor for factor in factors if isinstance(factor, Add)):
            for weight in (factor for factor in factors if isinstance(factor, Sigmoid)):
                found = _mixed(term / total / weight, total, weight, rest, known)
                if found is not None:
                    return found
    return None


def _mixed(
    factor: Expr, total: Add, weight: Sigmoid, rest: list[Expr], known: Known
) -> Expr | None:
    """``rest`` and ``t * (b - a) * weight``, which is all three, if ``t * a`` is in the rest."""
    (u,) = weight.args
    terms = in_order(total.args)
    for way, term in product((1, -1), terms):
        t, a = way * factor, -way * term
        b = a + way * total
        others = without(rest, t * a)
        if others is None or not (known.non_negative(a) and known.non_negative(b)):
            continue
        return Add(*others, t * (a * Sigmoid(-u) + b * weight))
    return None


def _one_less_mixture(node: Add, known: Known) -> Expr | None:
    weighed: dict[Expr, list[Expr]] = {}
    for term in in_order(node.args):
        for weight, _ in powers_of(term):
            if isinstance(weight, Sigmoid):
                weighed.setdefault(weight, []).append(term)
    pairs = [(w, Sigmoid(-w.args[0])) for w in weighed if Sigmoid(-w.args[0]) in weighed]
    bases = {term: _bases(term) for term in node.args} if pairs else {}
    for weight, reflected in pairs:
        for t in in_order(node.args):
            # A term that t is a factor of lacks nothing that t has.
            own = bases[t] - {weight, reflected}
            ones, others = (
                list(_shares(t * w, [x for x in weighed[w] if own <= bases[x]], known))
                for w in (weight, reflected)
            )
            for (one, a), (other, b) in product(ones, others):
                if len({one, other, t}) == 3:
                    rest = (term for term in node.args if term not in (one, other, t))
                    return Add(*rest, t * ((1 - a) * weight + (1 - b) * reflected))
    return None


def _shares(whole: Expr, terms: Iterable[Expr], known: Known) -> Iterator[tuple[Expr, Expr]]:
    """Those of ``terms`` that are ``-a * whole``, and the share a."""
    for term in terms:
        a = -term / whole
        if known.is_share(a):
            yield term, a


def _bases(term: Expr) -> set[Expr]:
    """What ``term`` has powers of, numbers apart."""
    return {base for base, _ in powers_of(term) if not base.is_number}


def _one_less_power(node: Add, _: Known) -> Expr | None:
    def find(base: Expr, exponent: Expr) -> tuple[Expr, Expr] | None:
        if not isinstance(base, Sigmoid) or not is_other_power(exponent):
            return None
        return base**exponent, -exponent * Softplus(-base.args[0])

    return paired(node, find, lambda t, _: -t, lambda t, logarithm: t * Expm1(logarithm))


def _one_less_factors(node: Add, known: Known) -> Expr | None:
    for term in in_order(node.args):
        powers = [
            (base, exponent)
            for base, exponent in powers_of(term)
            if exponent.is_number and known.exponential(base) and known.positive(base)
        ]
        share = Mul(*(Pow(*power) for power in powers))
        others = without(node.args, -term / share) if len(powers) > 1 else None
        if others is not None:
            others.remove(term)
            logarithms = Add(*(exponent * logarithm(base) for base, exponent in powers))
            return Add(*others, term / share * Expm1(logarithms))
    return None


def sigmoid_step(node: Add, known: Known) -> Expr | None:
    """``node`` with ``t * sigmoid(u) - t * sigmoid(v)`` as a product, where u > v."""
    found = [
        (term, term / factor, factor.args[0])
        for term in in_order(node.args)
        for factor in in_order(Mul.make_args(term))
        if isinstance(factor, Sigmoid)
    ]
    by_factor: dict[Expr, list[tuple[Expr, Expr]]] = {}
    for term, t, u in found:
        by_factor.setdefault(t, []).append((term, u))
    for above, t, u in found:
        for below, v in by_factor.get(-t, ()):
            if known.positive(expand_mul(u - v)):
                others = [term for term in node.args if term not in (above, below)]
                return Add(*others, -t * Expm1(expand_mul(v - u)) * Sigmoid(u) * Sigmoid(-v))
    return None


def _sigmoid_less_half(node: Add, _: Known) -> Expr | None:
    return paired(node, _is_sigmoid, lambda t, u: -t / 2, lambda t, u: t * tanh(u / 2) / 2)


def _one_less_tanh_squared(node: Add, _: Known) -> Expr | None:
    return paired(
        node,
        lambda b, e: (b**2, b.args[0]) if isinstance(b, tanh) and e == 2 else None,
        lambda t, u: -t,
        lambda t, u: -4 * t * Sigmoid(2 * u) * Sigmoid(-2 * u),
    )


def _is_tanh(base: Expr, exponent: Expr) -> tuple[Expr, Expr] | None:
    return (base, base.args[0]) if isinstance(base, tanh) and exponent == 1 else None


def _one_less_tanh(node: Add, _: Known) -> Expr | None:
    return paired(node, _is_tanh, lambda t, u: -t, lambda t, u: -2 * t * Sigmoid(-2 * u))


def _one_plus_tanh(node: Add, _: Known) -> Expr | None:
    return paired(node, _is_tanh, lambda t, u: t, lambda t, u: 2 * t * Sigmoid(2 * u))


def _is_erf(base: Expr, exponent: Expr) -> tuple[Expr, Expr] | None:
    return (base, base.args[0]) if isinstance(base, erf) and exponent == 1 else None


def _one_less_erf(node: Add, _: Known) -> Expr | None:
    return paired(node, _is_erf, lambda t, u: -t, lambda t, u: -t * Erfc(u))


def _one_plus_erf(node: Add, _: Known) -> Expr | None:
    return paired(node, _is_erf, lambda t, u: t, lambda t, u: t * Erfc(-u))


def tails(step: Step) -> tuple[Expr, Expr]:
    """``erf(u) - erf(v)``, or ``erfc(v) - erfc(u)``, as one erfc less another.

    Both are tails on the side where u and v are; with 0 between them, where the larger one is.
    """
    u, v = (step.u, step.v) if step.function is erf else (step.v, step.u)
    right = compare(">", u + v, S.Zero)
    return Erfc(Where(right, v, -u)), Erfc(Where(right, u, -v))


def _step_of_erf(node: Add, _: Known) -> Expr | None:
    terms = [term for term in in_order(node.args) if any(_is_erf(*p) for p in powers_of(term))]
    for pair in combinations(terms, 2):
        for step in steps(Add(*pair)):
            larger, smaller = tails(step)
            others = (term for term in node.args if term not in pair)
            return Add(*others, step.t * larger, -step.t * smaller)
    return None


def _softplus_reflected(node: Add, _: Known) -> Expr | None:
    return paired(
        node,
        lambda b, e: (b, b.args[0]) if isinstance(b, Softplus) and e == 1 else None,
        lambda t, u: Add(*(-t * term for term in Add.make_args(u))),
        lambda t, u: t * Softplus(-u),
    )


def _softplus_odd(node: Add, _: Known) -> Expr | None:
    return paired(
        node,
        lambda b, e: (b, b.args[0]) if isinstance(b, Softplus) and e == 1 else None,
        lambda t, u: -t * Softplus(-u),
        lambda t, u: t * u,
    )


def _sign_of_positive(node: sign, known: Known) -> Expr | None:
    (u,) = node.args
    if known.positive(u):
        return S.One
    return S.NegativeOne if known.positive(-u) else None


def absolute(node: Mul, _: Known) -> Expr | None:
    """``sign(u) * u`` as ``abs(u)``, where all factors of u are there."""
    factors = list(node.args)
    for factor in in_order(f for f in factors if isinstance(f, sign)):
        (u,) = factor.args
        left = without_factors(factors, Mul(factor, u))
        if left is not None:
            return Mul(Abs(u), *left)
    return None


def one_less_fraction(node: Add, _: Known) -> Expr | None:
    """``t - t*a / (a + b)`` as ``t*b / (a + b)``: what is above is a part of what is below.

    With any power of ``a + b`` in t.
    """
    for term in in_order(node.args):
        for divisor, exponent in powers_of(term):
            if not exponent.is_negative or not isinstance(divisor, Add):
                continue
            for other in in_order(arg for arg in node.args if arg != term):
                left = without([other * part for part in divisor.args], -term * divisor)
                if left is not None and len(left) < len(divisor.args):
                    rest = [arg for arg in node.args if arg not in (term, other)]
                    return Add(*rest, Add(*left) / divisor)
    return None


def is_product(expr: Expr, known: Known) -> bool:
    """Whether ``expr`` is a product over indices of what has a logarithm."""
    return isinstance(expr, Reduce) and expr.kind == "prod" and known.positive(expr.body)


def _one_less_product(node: Add, known: Known) -> Expr | None:
    def find(base: Expr, exponent: Expr) -> tuple[Expr, Expr] | None:
        if exponent != S.One or not is_product(base, known):
            return None
        letters, cond, body = known.opened(base)
        return base, close("sum", letters, log(body), cond)

    return paired(node, find, lambda t, _: -t, lambda t, logarithm: t * Expm1(logarithm))


def _one_less_average(node: Add, known: Known) -> Expr | None:
    def find(base: Expr, exponent: Expr) -> tuple[Expr, tuple[Index, Basic, Expr, Expr]] | None:
        parts = average(base, known) if exponent == S.One else None
        return None if parts is None or (parts[1] == TRUE and parts[3] == S.One) else (base, parts)

    def together(t: Expr, parts: tuple[Index, Basic, Expr, Expr]) -> Expr:
        letter, cond, weight, weighed = parts
        inside = close("sum", (letter,), weight * (1 - weighed), cond) if weighed != S.One else 0
        outside = close("sum", (letter,), weight, negate(cond)) if cond != TRUE else 0
        return -t * (inside + outside)

    number, _ = node.as_coeff_Add()
    return None if number == S.Zero else paired(node, find, lambda t, _: -t, together)


def _one_less_mean(node: Add, known: Known) -> Expr | None:
    def find(base: Expr, exponent: Expr) -> tuple[Expr, tuple[Index, Expr]] | None:
        if exponent != S.One or not isinstance(base, Reduce) or base.kind != "sum":
            return None
        if base.cond != TRUE or len(base.bound) != 1:
            return None
        (letter,), _, body = known.opened(base)
        factors = Mul.make_args(body)
        if not all(isinstance(known.current(f), Sigmoid | Exp) for f in factors):
            return None
        return base, (letter, body)

    def together(t: Expr, parts: tuple[Index, Expr]) -> Expr:
        letter, body = parts
        return -t * close("sum", (letter,), 1 - body)

    return paired(node, find, lambda t, parts: -t * Size(parts[0].axis), together)


def _one_less_power_of_rest(node: Add, _: Known) -> Expr | None:
    def find(base: Expr, exponent: Expr) -> tuple[Expr, tuple[Expr, Expr, int]] | None:
        if not isinstance(base, Add) or not exponent.is_Integer or not 2 <= exponent <= 8:
            return None
        number, rest = base.as_coeff_Add()
        return (base**exponent, (-rest, base, int(exponent))) if number == S.One else None

    def together(t: Expr, parts: tuple[Expr, Expr, int]) -> Expr:
        v, base, times = parts
        return -t * v * Add(*(base**k for k in range(times)))

    return paired(node, find, lambda t, _: -t, together)


def _collected(node: Add, _: Known) -> Expr | None:
    for term in in_order(node.args):
        for total in in_order(f for f in Mul.make_args(term) if isinstance(f, Add)):
            rest = [other for other in node.args if other != term]
            left = without(rest, total)
            if left is not None:
                return Add(total * (1 + term / total), *left)
    return None


def _expm1(node: Add, known: Known) -> Expr | None:
    def find(base: Expr, exponent: Expr) -> tuple[Expr, Expr] | None:
        if isinstance(base, Exp) and exponent.is_number:
            return base**exponent, exponent * base.args[0]
        if known.is_power(base, exponent):
            return base**exponent, exponent * log(base)
        return None

    return paired(node, find, lambda t, _: -t, lambda t, logarithm: t * Expm1(logarithm))


def _sign_out(node: Reduce, known: Known) -> Expr | None:
    terms = Add.make_args(node.body)
    if node.kind != "sum" or not all(t.as_coeff_Mul()[0].is_negative for t in terms):
        return None
    letters, cond, body = known.opened(node)
    return -close("sum", letters, -body, cond)


#: Before a quotient becomes an exponential: then it is a quotient no more.
FRACTIONS = (
    row(
        "one less fraction",
        "1 - a / (a + b) = b / (a + b)",
        one_less_fraction,
        Add,
        words="common denominator",
        needs=(Pow,),
    ),
)

DIFFERENCES = (
    *FRACTIONS,
    row(
        "one less mean",
        "1 - mean[i](a[i]) = mean[i](1 - a[i])",
        _one_less_mean,
        Add,
        words="what each leaves of 1",
        needs=(Reduce,),
    ),
    row(
        "common factor",
        "a - b - (a - b) * c = (a - b) * (1 - c)",
        _collected,
        Add,
        words="common factor",
    ),
    row(
        "softplus reflected",
        "softplus(u) - u = softplus(-u)",
        _softplus_reflected,
        Add,
        words="symmetry of softplus",
        needs=(Softplus,),
    ),
    row(
        "softplus odd",
        "softplus(u) - softplus(-u) = u",
        _softplus_odd,
        Add,
        words="symmetry of softplus",
        needs=(Softplus,),
    ),
    row(
        "mixture",
        "a + (b - a) * sigmoid(u) = a * sigmoid(-u) + b * sigmoid(u)",
        _mixture,
        Add,
        words="no cancellation",
        given="a >= 0 and b >= 0",
        needs=(Sigmoid, Mul),
    ),
    row(
        "one less mixture",
        "1 - a * sigmoid(u) - b * sigmoid(-u) = (1 - a) * sigmoid(u) + (1 - b) * sigmoid(-u)",
        _one_less_mixture,
        Add,
        words="what each leaves of 1",
        given="a and b are from 0 to 1",
        needs=(Sigmoid,),
    ),
    row(
        "sigmoid reflected",
        "1 - sigmoid(u) = sigmoid(-u)",
        _one_less_sigmoid,
        Add,
        words="symmetry of the sigmoid",
        needs=(Sigmoid,),
    ),
    row(
        "one less power",
        "1 - sigmoid(u)**n = -expm1(-n * softplus(-u))",
        _one_less_power,
        Add,
        words="no cancellation",
        given="n > 0",
        needs=(Sigmoid,),
    ),
    row(
        "one less factors",
        "1 - a * b = -expm1(log(a) + log(b))",
        _one_less_factors,
        Add,
        words="no cancellation",
        given="a > 0 and b > 0 are exponentials, sigmoids, or products of such",
        needs=(Mul,),
    ),
    row(
        "sigmoid step",
        "sigmoid(u) - sigmoid(v) = -expm1(v - u) * sigmoid(u) * sigmoid(-v)",
        sigmoid_step,
        Add,
        words="no cancellation",
        given="u > v",
        needs=(Sigmoid,),
    ),
    row(
        "sigmoid less half",
        "2 * sigmoid(u) - 1 = tanh(u / 2)",
        _sigmoid_less_half,
        Add,
        words="hyperbolic tangent",
        needs=(Sigmoid,),
    ),
    row(
        "tanh squared",
        "1 - tanh(u)**2 = 4 * sigmoid(2*u) * sigmoid(-2*u)",
        _one_less_tanh_squared,
        Add,
        words="no cancellation",
        needs=(tanh,),
    ),
    row(
        "one less tanh",
        "1 - tanh(u) = 2 * sigmoid(-2*u)",
        _one_less_tanh,
        Add,
        words="no cancellation",
        needs=(tanh,),
    ),
    row(
        "one plus tanh",
        "1 + tanh(u) = 2 * sigmoid(2*u)",
        _one_plus_tanh,
        Add,
        words="no cancellation",
        needs=(tanh,),
    ),
    row(
        "one less erf",
        "1 - erf(u) = erfc(u)",
        _one_less_erf,
        Add,
        words="no cancellation",
        needs=(erf,),
    ),
    row(
        "one plus erf",
        "1 + erf(u) = erfc(-u)",
        _one_plus_erf,
        Add,
        words="no cancellation",
        needs=(erf,),
    ),
    row(
        "one less product",
        "1 - prod[j](a[j]) = -expm1(sum[j](log(a[j])))",
        _one_less_product,
        Add,
        words="no cancellation",
        given="every factor is positive",
        needs=(Reduce,),
    ),
    row(
        "one less average",
        "1 - sum[k if c](p[k] * q[k]) = sum[k if c](p[k] * (1 - q[k])) + sum[k if not c](p[k])",
        _one_less_average,
        Add,
        words="probabilities sum to 1: no cancellation",
        given="p is a softmax along k",
        needs=(Reduce,),
    ),
    row(
        "sign of positive",
        "sign(a) = 1",
        _sign_of_positive,
        sign,
        words="sign of what is positive, however small",
        given="a > 0",
    ),
    row(
        "absolute value",
        "sign(u) * u = abs(u)",
        absolute,
        Mul,
        words="absolute value",
        needs=(sign,),
    ),
)

#: To be used where the rows above, with all definitions looked up, have left a difference.
LAST_DIFFERENCES = (
    row(
        "expm1",
        "exp(u) - 1 = expm1(u)",
        _expm1,
        Add,
        words="no cancellation",
        needs=(Exp, Pow),
    ),
    row(
        "sign out",
        "sum[j](-u[j] - v[j]) = -sum[j](u[j] + v[j])",
        _sign_out,
        Reduce,
        words="sign before the sum",
        needs=(Softplus,),
    ),
)

#: For equations that are not differentiated again: slopes of a power are short as they are.
DIFFERENCES_AFTERWARDS = (
    row(
        "step of erf",
        "erf(u) - erf(v) = erfc(a) - erfc(b)",
        _step_of_erf,
        Add,
        words="difference of two tails on the same side",
        given="a, b = where(u + v > 0, v, -u), where(u + v > 0, u, -v)",
        needs=(erf,),
    ),
    row(
        "one less power of rest",
        "1 - (1 - v)**n = v * (1 + (1 - v) + .. + (1 - v)**(n - 1))",
        _one_less_power_of_rest,
        Add,
        words="no cancellation",
        given="n is a whole number, 2 to 8",
        needs=(Pow,),
    ),
)
