"""Logarithms are moved inward, until what they are of can neither overflow nor vanish."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sympy import Add, Mul, Pow, S, erf, log, tanh
from sympy.core.basic import Basic
from sympy.core.expr import Expr
from sympy.core.numbers import Number

from symderive.expr import (
    TRUE,
    Bound,
    Element,
    Erfc,
    Exp,
    Expm1,
    Index,
    Iverson,
    Log1p,
    Log2,
    MaxOf,
    MinOf,
    Reduce,
    Sigmoid,
    Size,
    Softplus,
    Tensor,
    Where,
    Xlogy,
    close,
    conjuncts,
    free_indices,
    in_order,
    mentions,
    replace,
    subexpressions,
)
from symderive.stabilise.differences import tails
from symderive.stabilise.known import Known, bundled
from symderive.stabilise.matching import (
    logarithm,
    powers_of,
    row,
    split,
    without,
)


def _log_of_exp(node: log, _: Known) -> Expr | None:
    (u,) = node.args
    return u.args[0] if isinstance(u, Exp) else None


def _log_of_sigmoid(node: log, _: Known) -> Expr | None:
    (u,) = node.args
    return -Softplus(-u.args[0]) if isinstance(u, Sigmoid) else None


def _log_of_quotient(node: log, known: Known) -> Expr | None:
    below, top = split(
        powers_of(node.args[0]), lambda b, e: bool(e.is_negative) and known.exponential(b)
    )
    bottom = 1 / Mul(*below)
    if not below or not (known.non_negative(bottom) or known.positive(top)):
        return None
    return log(top) - log(bottom)


def _log_of_product(node: log, known: Known) -> Expr | None:
    factors = list(bundled(node.args[0]))
    picked, rest = split(
        factors,
        lambda b, e: (
            known.positive(b)
            and (known.is_far_out(b) or known.exponential(b) or known.is_power(b, e))
        ),
    )
    if not picked and known.non_negative(node.args[0]):
        picked, rest = split(factors, lambda b, e: known.exponential(b) and known.non_negative(b))
        if not known.non_negative(rest):
            return None
    if not picked:
        # A step is positive where the others are: the logarithm is of something positive.
        picked, rest = split(factors, lambda b, e: bool(e.is_odd) and known.is_step(b))
        if len(picked) != 1 or not known.positive(rest):
            return None
    if not picked or len(factors) < 2:
        return None
    return Add(*map(log, picked), log(rest))


def _log_of_power(node: log, known: Known) -> Expr | None:
    (power,) = node.args
    if not isinstance(power, Pow):
        return None
    base, exponent = power.args
    if exponent.is_odd and known.is_step(base):
        return exponent * log(base)
    if not (known.is_far_out(base) or known.exponential(power)):
        return None
    if known.positive(base) or (exponent.is_number and known.non_negative(base)):
        return exponent * log(base)
    return None


def _constant_factor(node: log, known: Known) -> Expr | None:
    (total,) = node.args
    if not isinstance(total, Reduce) or total.kind != "sum" or not known.exponential(total):
        return None
    letters, cond, body = known.opened(total)
    outside, inside = split(bundled(body), lambda b, e: not mentions(b * e, *letters))
    if not outside or cond != TRUE:
        return None
    if inside == S.One:
        return log(Mul(*outside, *(Size(letter.axis) for letter in letters)))
    return log(Mul(*outside, close("sum", letters, inside)))


def _log_sum_exp(node: log, known: Known) -> Expr | None:
    (total,) = node.args
    if not isinstance(total, Reduce) or total.kind != "sum" or not known.exponential(total):
        return None
    letters, cond, body = known.opened(total)
    exponent = logarithm(body)
    outside = [term for term in Add.make_args(exponent) if not mentions(term, *letters)]
    if len(outside) == len(Add.make_args(exponent)):
        outside = []
    return close("lse", letters, exponent - Add(*outside), cond) + Add(*outside)


def _log_of_reduced_product(node: log, known: Known) -> Expr | None:
    (product,) = node.args
    if not isinstance(product, Reduce) or product.kind != "prod" or not known.exponential(product):
        return None
    letters, cond, body = known.opened(product)
    return close("sum", letters, logarithm(body), cond)


def _log_of_largest(node: log, known: Known) -> Expr | None:
    (largest,) = node.args
    if isinstance(largest, MaxOf | MinOf):
        parts = largest.args
        return largest.func(*map(logarithm, parts)) if _have_logarithms(parts, known) else None
    if not isinstance(largest, Reduce) or largest.kind not in ("max", "min"):
        return None
    letters, cond, body = known.opened(largest)
    if not _have_logarithms((body,), known):
        return None
    return close(largest.kind, letters, logarithm(body), cond)


def _have_logarithms(parts: Sequence[Expr], known: Known) -> bool:
    """Whether all are positive, and the logarithm of some has a form of its own."""
    return all(known.positive(part) for part in parts) and any(
        known.exponential(part) or known.vanishes_far_out(part) for part in parts
    )


def _softplus(node: log, known: Known) -> Expr | None:
    (total,) = node.args
    if not isinstance(total, Add) or not known.exponential(total):
        return None
    others = without(total.args, S.One)
    return None if others is None else Softplus(logarithm(Add(*others)))


def softplus_of_square(node: log | Xlogy, known: Known) -> Expr | None:
    """``log(1 + a**2 * exp(u))`` as a softplus."""
    total = node.args[-1]
    others = without(total.args, S.One) if isinstance(total, Add) else None
    if others is None or len(others) != 1:
        return None
    powers, rest = split(
        powers_of(others[0]), lambda b, e: known.exponential(b) and known.positive(b)
    )
    factors = list(powers_of(rest))
    weights = [(b, e) for b, e in factors if not b.is_number and not known.positive(b)]
    if not powers or not weights:
        return None
    if not all((e == 2 and _is_plain(b, known)) or known.is_weight(b**e) for b, e in weights):
        return None
    letters = free_indices(node)
    if not all(known.positive(b) or free_indices(b) == letters for b, _ in factors):
        return None  # its slope 1 / a would stand before a sum, apart from what vanishes with a
    number = node.args[0] if isinstance(node, Xlogy) else S.One
    return number * Softplus(Add(*map(logarithm, powers), log(rest)))


def _is_plain(expr: Expr, known: Known) -> bool:
    """Whether no rule takes ``expr`` apart: then its slope divides by it as it stands here."""
    return not (known.exponential(expr) or known.wild(expr)) and all(
        isinstance(node, Element | Index | Bound | Tensor | Number | Size | Add | Mul)
        or (isinstance(node, Reduce) and node.kind == "sum" and node.cond == TRUE)
        or node == TRUE
        for node in subexpressions(expr)
    )


def _log_of_where(node: log, known: Known) -> Expr | None:
    (cases,) = node.args
    if not isinstance(cases, Where):
        return None
    cond, yes, no = cases.args
    if not (known.has_logarithm_of_parts(yes) or known.has_logarithm_of_parts(no)):
        return None
    return Where(cond, log(yes), log(no))


def _log_of_sum(node: log, known: Known) -> Expr | None:
    (total,) = node.args
    if not isinstance(total, Add):
        return None
    if known.exponential(total):
        pivot = _pivot(total, known)
        rest: Expr = Add(*(term for term in total.args if term != pivot))
    else:
        parts = known.pivoted(total)
        if parts is None:
            return None
        pivot, rest = parts
    left = 1 + Add(*(term / pivot for term in Add.make_args(rest)))
    if not known.exponential(total) and known.pivoted(left) is not None:
        # The others would be the pivot next, and so on for ever: both are scaled at once.
        u = logarithm(pivot)
        return Softplus(u) + log(Sigmoid(u) + Sigmoid(-u) * rest)
    return log(pivot) + log(left)


def _log_of_step(node: log, known: Known) -> Expr | None:
    step = known.step(node.args[0])
    if step is None or step.function is not Sigmoid:
        return None
    return _factor(step.t) + log(1 - Exp(step.v - step.u)) - Softplus(-step.u) - Softplus(step.v)


def _log_of_tanh_step(node: log, known: Known) -> Expr | None:
    step = known.step(node.args[0])
    if step is None or step.function is not tanh:
        return None
    return _factor(2 * step.t) + log(Sigmoid(2 * step.u) - Sigmoid(2 * step.v))


def _log_of_tail_step(node: log, known: Known) -> Expr | None:
    step = known.step(node.args[0])
    if step is None or step.function not in (erf, Erfc):
        return None
    larger, smaller = tails(step)
    return _factor(step.t) + log(larger) + log(-Expm1(log(smaller) - log(larger)))


def _factor(t: Expr) -> Expr:
    return S.Zero if t == S.One else log(t)


def _pivot(total: Add, known: Known) -> Expr:
    """The term to divide by: a number if there is one, else an exponential, else any positive."""
    positive = [term for term in in_order(total.args) if known.positive(term)]
    exponential = [term for term in positive if isinstance(term, Exp)]
    numbers = [term for term in positive if term.is_number]
    return (numbers or exponential or positive)[0]


def _xlogy(node: Xlogy, known: Known) -> Expr | None:
    a, b = node.args
    picked, rest = split(
        bundled(b),
        lambda c, e: known.positive(c) and (known.is_far_out(c) or known.exponential(c)),
    )
    if not picked:
        return None
    if not known.positive(a) and any(_overflows(part, known) for part in picked):
        return None  # 0 times an infinite logarithm would be no number
    return a * log(Mul(*picked)) + (Xlogy(a, rest) if rest != S.One else 0)


def _overflows(power: Expr, known: Known) -> bool:
    """Whether the logarithm of ``power`` is an exponential that may overflow."""
    base, _ = power.as_base_exp()
    value = known.instance(base)
    return isinstance(value, Exp) and known.wild(value.args[0])


def _xlogy_of_part(node: Xlogy, known: Known) -> Expr | None:
    a, b = node.args
    if isinstance(b, Add):
        return Xlogy(a, Exp(log(b))) if known.pivoted(b) is not None else None
    if isinstance(b, Mul):
        shares = all(known.exponential(base) for base, _ in powers_of(b))
        return Xlogy(a, Exp(log(b))) if shares and known.non_negative(b) else None
    if not isinstance(b, Reduce) or b.kind != "sum" or known.has_term(b):
        return None
    return Xlogy(a, Exp(log(b))) if known.exponential(b) and known.wild(b) else None


def _xlogy_in_sum(node: Reduce, known: Known) -> Expr | None:
    letters, cond, body = known.opened(node)
    taken = _not_over_nothing(body, conjuncts(cond), known)
    return None if taken is None else close(node.kind, letters, taken, cond)


def _xlogy_beside_bracket(node: Mul, known: Known) -> Expr | None:
    brackets = [factor for factor in node.args if isinstance(factor, Iverson)]
    given = [part for bracket in brackets for part in conjuncts(bracket.cond)]
    taken = _not_over_nothing(Mul(*without(node.args, Mul(*brackets)) or ()), given, known)
    return None if taken is None else Mul(*brackets, taken)


def _not_over_nothing(expr: Expr, given: Sequence[Basic], known: Known) -> Expr | None:
    """``expr`` with a sum taken out of an ``xlogy``, where ``given`` says that it has terms."""
    for node in in_order(n for n in subexpressions(expr) if given and isinstance(n, Xlogy)):
        a, b = node.args
        for total, exponent in powers_of(b):
            if _has_terms(total, exponent, given, known):
                rest = b / Pow(total, exponent)
                power = a * exponent * log(total)
                table: dict[Basic, Basic] = {node: power + (Xlogy(a, rest) if rest != 1 else 0)}
                taken: Expr = replace(expr, table)
                return taken
    return None


def _has_terms(total: Expr, exponent: Expr, given: Sequence[Basic], known: Known) -> bool:
    if not isinstance(total, Reduce) or total.kind != "sum" or not exponent.is_number:
        return False
    return known.exponential(total) and known.positive(total.body) and known.has_term(total, given)


def _log_of_scaled(node: log, scaled: Callable[[Expr], tuple[Expr, Expr] | None]) -> Expr | None:
    factors = list(powers_of(node.args[0]))
    for base, exponent in factors:
        parts = scaled(base) if exponent.is_number else None
        if parts is not None:
            rest = Mul(*(Pow(*factor) for factor in factors if factor[0] != base))
            return exponent * parts[0] + log(rest * parts[1] ** exponent)
    return None


def _log_of_signed(node: log, known: Known) -> Expr | None:
    return _log_of_scaled(node, known.scaled)


def _log_beside(node: log, known: Known) -> Expr | None:
    return _log_of_scaled(node, known.scaled_beside)


def _log2(node: Log2, known: Known) -> Expr | None:
    (u,) = node.args
    return log(u) / log(S(2)) if known.exponential(u) else None


def _log_of_expm1(node: log, _: Known) -> Expr | None:
    (v,) = node.args
    return v.args[0] + log(-Expm1(-v.args[0])) if isinstance(v, Expm1) else None


def _log_of_small(node: log, known: Known) -> Expr | None:
    (v,) = node.args
    if not (isinstance(v, Mul) and isinstance(-v, Expm1)):
        return None
    named = -(-v).args[0]
    small = known.instance(named)
    if isinstance(small, Exp):
        return log(-Expm1(-small)) if small != named else None
    if isinstance(small, Sigmoid) or known.is_far_out(small):
        return None  # the exponential of its logarithm would be it again
    power = _log_of_vanishing(small, known)
    return None if power is None else log(-Expm1(-Exp(power)))


def _log_of_vanishing(small: Expr, known: Known) -> Expr | None:
    """``log(small)``, of what vanishes far out and is positive; a name for which it has one."""
    total = _log_of_vanishing_sum(small, known)
    if total is not None:
        return total
    if known.vanishes_far_out(small) or known.exponential(small):
        return log(small) if known.positive(small) else None
    # One exponential less another is positive, or the logarithm that led here is of no number.
    exponentials = isinstance(small, Add) and all(map(known.exponential, small.args))
    return log(small) if exponentials and known.pivoted(small) else None


def _log_of_vanishing_sum(total: Expr, known: Known) -> Expr | None:
    """The logarithm of a sum of terms that are positive and all vanish far out."""
    if not known.vanishes_throughout(total):
        return None
    if isinstance(total, Reduce):
        letters, cond, body = known.opened(total)
        return close("lse", letters, log(body), cond)
    first, *others = (log(term) for term in in_order(total.args))
    for other in others:
        first = first + Softplus(other - first)
    return first


def _log_of_small_sum(node: log, known: Known) -> Expr | None:
    return _log_of_vanishing_sum(node.args[0], known)


def _log1p(node: log, _: Known) -> Expr | None:
    (total,) = node.args
    others = without(total.args, S.One) if isinstance(total, Add) else None
    return None if others is None else Log1p(Add(*others))


LOGARITHMS = (
    row(
        "log exp",
        "log(exp(u)) = u",
        _log_of_exp,
        log,
        words="logarithm of an exponential",
    ),
    row(
        "log sigmoid",
        "log(sigmoid(u)) = -softplus(-u)",
        _log_of_sigmoid,
        log,
        words="logarithm of a sigmoid",
    ),
    row(
        "log where",
        "log(where(c, a, b)) = where(c, log(a), log(b))",
        _log_of_where,
        log,
        words="logarithm of each case",
        needs=(Where,),
    ),
    row(
        "log quotient",
        "log(a / b) = log(a) - log(b)",
        _log_of_quotient,
        log,
        words="logarithm of a quotient",
        given="a > 0 or b >= 0",
    ),
    row(
        "log product",
        "log(a * b) = log(a) + log(b)",
        _log_of_product,
        log,
        words="logarithm of a product",
        given="a > 0, or a >= 0 and b >= 0, or b > 0",
    ),
    row(
        "log power",
        "log(a**n) = n * log(a)",
        _log_of_power,
        log,
        words="logarithm of a power",
        given="a > 0, or n is odd",
    ),
    row(
        "log constant factor",
        "log(sum[l](a * b[l])) = log(a * sum[l](b[l]))",
        _constant_factor,
        log,
        words="constant factor before the sum",
        given="there is a term",
    ),
    row(
        "log sum exp",
        "log(sum[l](exp(u[l] + v))) = lse[l](u[l]) + v",
        _log_sum_exp,
        log,
        words="log-sum-exp",
        given="every term is positive",
    ),
    row(
        "log reduced product",
        "log(prod[l](a[l])) = sum[l](log(a[l]))",
        _log_of_reduced_product,
        log,
        words="logarithm of a product",
        given="every factor is positive",
    ),
    row(
        "log of largest",
        "log(max[l](a[l])) = max[l](log(a[l]))",
        _log_of_largest,
        log,
        words="logarithm of the largest",
        given="every a[l] is positive",
        needs=(Reduce, MaxOf, MinOf),
    ),
    row(
        "softplus",
        "log(1 + exp(u)) = softplus(u)",
        _softplus,
        log,
        words="softplus",
    ),
    row(
        "softplus of square",
        "log(1 + a**2 * exp(u)) = softplus(u + log(a**2))",
        softplus_of_square,
        log,
        Xlogy,
        words="softplus",
    ),
    row(
        "log step",
        "log(sigmoid(u) - sigmoid(v)) = log(1 - exp(v - u)) - softplus(-u) - softplus(v)",
        _log_of_step,
        log,
        words="difference of sigmoids",
        needs=(Sigmoid,),
    ),
    row(
        "log step of tanh",
        "log(tanh(u) - tanh(v)) = log(2) + log(sigmoid(2*u) - sigmoid(2*v))",
        _log_of_tanh_step,
        log,
        words="difference of sigmoids",
        needs=(tanh,),
    ),
    row(
        "log step of erf",
        "log(erf(u) - erf(v)) = log(erfc(a)) + log(-expm1(log(erfc(b)) - log(erfc(a))))",
        _log_of_tail_step,
        log,
        words="difference of two tails on the same side",
        given="a, b = where(u + v > 0, v, -u), where(u + v > 0, u, -v)",
        needs=(erf, Erfc),
    ),
    row(
        "log sum",
        "log(a + b) = log(a) + log(1 + b / a)",
        _log_of_sum,
        log,
        words="logarithm of a sum",
        given="a > 0",
    ),
    row(
        "log of small sum",
        "log(softplus(u) + softplus(v)) = log(softplus(u))"
        " + softplus(log(softplus(v)) - log(softplus(u)))",
        _log_of_small_sum,
        log,
        words="log-sum-exp",
        given="every term is positive",
        needs=(Softplus, Erfc),
    ),
    row(
        "log of signed sum",
        "log(b * sum[j](a[j] * exp(u[j]))) = t + log(b * sum[j](a[j] * exp(u[j] - t)))",
        _log_of_signed,
        log,
        words="largest exponential before the sum",
        given="t = lse[j if a[j] != 0](u[j]), where the signs of a are not known",
        needs=(Exp,),
    ),
    row(
        "xlogy",
        "xlogy(y, a * b) = y * log(a) + xlogy(y, b)",
        _xlogy,
        Xlogy,
        words="logarithm of a positive number",
        given="a > 0",
    ),
    row(
        "xlogy in sum",
        "sum[j if c](xlogy(y, a * b)) = sum[j if c](y * log(a) + xlogy(y, b))",
        _xlogy_in_sum,
        Reduce,
        words="logarithm of a positive number",
        given="a is a sum of exponentials that has terms where c holds",
        needs=(Xlogy,),
    ),
    row(
        "xlogy beside bracket",
        "[c] * xlogy(y, a * b) = [c] * (y * log(a) + xlogy(y, b))",
        _xlogy_beside_bracket,
        Mul,
        words="logarithm of a positive number",
        given="a is a sum of exponentials that has terms where c holds",
        needs=(Xlogy, Iverson),
    ),
    row(
        "xlogy of part",
        "xlogy(a, sum[j if c](exp(u[j]))) = xlogy(a, exp(lse[j if c](u[j])))",
        _xlogy_of_part,
        Xlogy,
        words="log-sum-exp, which counts only beside what is not 0",
    ),
    row(
        "log2",
        "log2(u) = log(u) / log(2)",
        _log2,
        Log2,
        words="logarithm to base 2",
    ),
)

#: To be used where the rows above, with all definitions looked up, have left a logarithm.
LAST_LOGARITHMS = (
    row(
        "log expm1",
        "log(expm1(u)) = u + log(-expm1(-u))",
        _log_of_expm1,
        log,
        words="no overflow",
    ),
    row(
        "log of small",
        "log(-expm1(-w)) = log(-expm1(-exp(log(w))))",
        _log_of_small,
        log,
        words="what vanishes far out, by its logarithm",
        given="w > 0 is an exponential, a softplus, or a sum of such",
        needs=(Expm1,),
    ),
    row(
        "log1p",
        "log(1 + u) = log1p(u)",
        _log1p,
        log,
        words="no cancellation",
    ),
)

#: For equations that are not differentiated again: the scale would be differentiated, too.
LOGARITHMS_AFTERWARDS = (
    row(
        "log beside signed sum",
        "log(c * (b + sum[j](a[j] * exp(u[j]))))"
        " = t + log(c * (b * exp(-t) + sum[j](a[j] * exp(u[j] - t))))",
        _log_beside,
        log,
        words="largest exponential before the sum",
        given="t = softplus(lse[j if a[j] != 0](u[j])), where the signs of a are not known",
        needs=(Exp,),
    ),
)
