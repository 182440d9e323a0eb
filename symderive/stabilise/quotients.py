"""Quotients and products of exponentials become one exponential, a sigmoid, or a tanh."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial

from sympy import Abs, Add, Mul, Pow, S, log, sign
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import (
    TRUE,
    Compare,
    Element,
    Erfc,
    Exp,
    Expm1,
    Index,
    Iverson,
    Log1p,
    MaxOf,
    MinOf,
    Reduce,
    Sigmoid,
    Softplus,
    Xdivy,
    Xlogy,
    all_of,
    close,
    compare,
    conjuncts,
    elements,
    in_order,
    mentions,
    replace,
    subexpressions,
)
from symderive.model import adjoint_name
from symderive.rewrite.fold import bindings
from symderive.stabilise.known import Known
from symderive.stabilise.matching import (
    at_least_one,
    exponents_of,
    is_fraction,
    logarithm,
    map_terms,
    powers_of,
    powers_opened,
    row,
    split,
    without,
    without_factors,
)
from symderive.stabilise.moebius import moebius

_EITHER = (Exp, Sigmoid, Pow)
#: ``f(a * u) = a * f(u)`` for a > 0.
_HOMOGENEOUS = (Abs, MaxOf, MinOf)


def _join(node: Expr, _: Known) -> Expr | None:
    exponents, rest = exponents_of(node)
    return Mul(Exp(Add(*exponents)), *rest) if exponents else None


def _join_sigmoids(node: Mul, known: Known) -> Expr | None:
    exponents: dict[Expr, list[Expr]] = {}
    for base, exponent in powers_of(node):
        exponents.setdefault(base, []).append(exponent)
    for base, found in exponents.items():
        if isinstance(base, Sigmoid) and len(found) > 1 and not all(map(known.non_negative, found)):
            return Mul(*(Pow(b, Add(*several)) for b, several in exponents.items()))
    return None


def _weight_into_exponent(node: Mul, known: Known) -> Expr | None:
    factors = list(powers_of(node))
    for weight, times in factors:
        if times == S.One and known.is_weight(weight):
            for base, exponent in factors:
                if isinstance(base, Exp) and exponent == S.One:
                    (u,) = base.args
                    if known.weighs(weight, u):
                        return node / (weight * base) * Exp(u + log(weight))
    return None


def _powers(node: Mul, known: Known) -> Expr | None:
    picked, rest = split(
        powers_of(node), lambda b, e: not isinstance(b, Exp) and known.is_power(b, e)
    )
    if not picked or not any(isinstance(base, Exp) for base, _ in powers_of(rest)):
        return None
    powers = [power.as_base_exp() for power in picked]
    return Mul(*(Exp(exponent * log(base)) for base, exponent in powers), rest)


def _reciprocal_sigmoid(node: Pow, known: Known) -> Expr | None:
    base, exponent = node.args
    if not exponent.is_negative or not exponent.is_number or not isinstance(base, Add):
        return None
    others = without(base.args, S.One)
    if others is None or not known.exponential(base):
        return None
    return Sigmoid(-logarithm(Add(*others))) ** -exponent


def _root_of_product(node: Pow, _: Known) -> Expr | None:
    base, exponent = node.args
    if exponent.is_Integer or not isinstance(base, Mul):
        return None
    picked, rest = split(powers_of(base), lambda b, _: isinstance(b, Exp | Sigmoid))
    return Mul(*(power**exponent for power in picked), rest**exponent) if picked else None


def _number_out(node: Pow, known: Known) -> Expr | None:
    base, exponent = node.args
    if not is_fraction(exponent) or not isinstance(base, Add) or not known.exponential(base):
        return None
    number, others = base.as_coeff_Add()
    if number in (S.Zero, S.One):
        return None
    return number**exponent * (1 + Add(*(t / number for t in Add.make_args(others)))) ** exponent


def _reciprocal_sum(node: Pow, known: Known) -> Expr | None:
    base, exponent = node.args
    is_root = is_fraction(exponent) or known.is_power(base, exponent)
    if not is_root or not any(isinstance(b, Add | Reduce) for b, _ in powers_of(base)):
        return None
    if known.exponential(base):
        return Exp(exponent * log(base))
    parts = known.pivoted(base)
    if parts is None:
        return None
    pivot, rest = parts
    if known.non_negative(rest):
        return Exp(exponent * log(base))
    quotient = Add(*(term / pivot for term in Add.make_args(rest)))
    return Exp(exponent * log(pivot)) * (1 + quotient) ** exponent


def _scaled_power(node: Pow, scaled: Callable[[Expr], tuple[Expr, Expr] | None]) -> Expr | None:
    base, exponent = node.args
    parts = scaled(base) if exponent.is_Integer and exponent.is_negative else None
    return None if parts is None else Exp(exponent * parts[0]) * parts[1] ** exponent


def _reciprocal_of_signed(node: Pow, known: Known) -> Expr | None:
    return _scaled_power(node, known.scaled)


def _into_sum(node: Mul, known: Known) -> Expr | None:
    factors = list(powers_of(node))
    for base in in_order(base for base, e in factors if e == S.One and _is_wild_sum(base, known)):
        others = [power for power in factors if power[0] != base]
        if (parts := _moved_into(base, others, known)) is not None:
            moved, rest = parts
            return Mul(rest, _scaled_sum(base, known, moved))
    return None


def _moved_into(
    base: Expr, others: Sequence[tuple[Expr, Expr]], known: Known
) -> tuple[Expr, Expr] | None:
    """The product of the powers that make a quotient with ``base``, and that of the rest.

    None if there are no such powers: a long product is then not built again.
    """
    chosen = partial(_is_of_quotient, known, base)
    if not any(chosen(*power) for power in others):
        return None
    moved, rest = split(others, chosen)
    return Mul(*moved), rest


def _scaled_sum(base: Expr, known: Known, factor: Expr) -> Expr:
    """``factor * base`` for a positive factor, which goes into the sums of the base."""
    if isinstance(base, _HOMOGENEOUS):
        return base.func(*(_scaled_sum(part, known, factor) for part in base.args))
    if base == S.Zero:
        return base
    return map_terms(base, known, partial(Mul, factor))


def _into_logarithm(node: Mul, known: Known) -> Expr | None:
    factors = list(powers_of(node))
    for base, exponent in factors:
        if not isinstance(base, Xlogy | Xdivy) or exponent != S.One:
            continue
        a, b = base.args
        if known.wild(a):
            others = [power for power in factors if power[0] != base]
            if (parts := _moved_into(a, others, known)) is not None:
                moved, rest = parts
                return Mul(rest, base.func(Mul(a, moved), b))
    return None


def _divided_by_exponential(node: Mul, _: Known) -> Expr | None:
    exponents, rest = exponents_of(node)
    for factor in rest if len(exponents) == 1 else ():
        if isinstance(factor, Xdivy) and isinstance(factor.args[1], Exp):
            a, below = factor.args
            others = [other for other in rest if other is not factor]
            return Mul(a, Exp(exponents[0] - below.args[0]), *others)
    return None


def _shared_among_sums(node: Mul, known: Known) -> Expr | None:
    factors = list(powers_of(node))
    sums = [(b, e) for b, e in factors if e.is_Integer and e > 0 and _is_wild_sum(b, known)]
    if sum(e for _, e in sums) < 2:
        return None
    for base, times in sums:
        for other, one in factors:
            if not isinstance(other, Exp) or one != S.One:
                continue
            for term in in_order(Add.make_args(other.args[0])):
                number, total = term.as_coeff_Mul()
                if number.is_Integer and number <= -times and number < -1:
                    share = Exp(-total)
                    if _is_of_quotient(known, base, share, S.One):
                        joined = map_terms(base, known, partial(Mul, share)) ** times
                        rest = Exp(other.args[0] + times * total)
                        return node / (base**times * other) * joined * rest
    return None


def _sign_of_signed(node: sign, known: Known) -> Expr | None:
    parts = known.scaled(node.args[0])
    return None if parts is None else sign(parts[1])


def _is_wild_sum(base: Expr, known: Known) -> bool:
    if isinstance(base, _HOMOGENEOUS):
        parts = [part for part in base.args if part != S.Zero]
        return all(_is_wild_sum(part, known) for part in parts)
    is_sum = isinstance(base, Add) or (isinstance(base, Reduce) and base.kind == "sum")
    return is_sum and known.wild(base)


def _is_of_quotient(known: Known, other: Expr, base: Expr, exponent: Expr) -> bool:
    """Whether a factor keeps ``other`` small, as it does where it was what that is divided by."""
    tensors = {e.tensor for e in elements(other)}
    below = elements(base)
    if not any(e.tensor in tensors or known.leads_to(e.tensor.name, tensors) for e in below):
        return False
    if isinstance(base, Exp):
        return known.normalising(exponent * base.args[0])
    return isinstance(base, Sigmoid) and bool(exponent.is_positive)


def _out_of_sum(node: Reduce, known: Known) -> Expr | None:
    return _before_sum(node, known, ())


def _out_of_guarded_sum(node: Mul, known: Known) -> Expr | None:
    given = [part for f in node.args if isinstance(f, Iverson) for part in conjuncts(f.cond)]
    if not given:
        return None
    for factor in in_order(node.args):
        for term in in_order(Add.make_args(factor)):
            for total in in_order(Mul.make_args(term)):
                if isinstance(total, Reduce):
                    taken = _before_sum(total, known, given)
                    if taken is not None:
                        return node / factor * (factor - term + term / total * taken)
    return None


def _before_sum(node: Reduce, known: Known, given: Sequence[Basic]) -> Expr | None:
    """The sum with the exponential of what does not depend on its indices taken out."""
    if node.kind != "sum" or len(exponents_of(node.body)[0]) != 1:
        return None
    letters, cond, body = known.opened(node)
    exponents, rest = exponents_of(body)
    if known.wild(Mul(*rest)):
        return None  # what is wild would have the exponential taken into the sum again
    terms = in_order(Add.make_args(exponents[0]))
    inside = [term for term in terms if mentions(term, *letters)]
    for term in terms:
        coefficient, total = term.as_coeff_Mul()
        whole = coefficient.is_Integer and coefficient.is_negative  # nothing of it is left above
        if inside and term not in inside and whole:
            within = Add(*inside, -total)
            before = exponents[0] - within
            normalising = known.normalising(within) and _is_share(before, known)
            own = normalising and _is_own_term(within, total, rest, known)
            if own and _has_terms(total, known, given):
                return Exp(before) * close("sum", letters, Exp(within) * Mul(*rest), cond)
    return None


def _is_share(exponent: Expr, known: Known) -> bool:
    """Whether an exponent subtracts what normalises something in it, not a log-sum-exp alone."""
    above = [t for t in Add.make_args(exponent) if not isinstance(known.current(-t), Softplus)]
    alone = bool(above) and all(isinstance(known.current(-t), Reduce) for t in above)
    return known.normalising(exponent) and not alone


def _is_own_term(within: Expr, total: Expr, rest: Sequence[Expr], known: Known) -> bool:
    """Whether ``within``, with one of the weights beside it perhaps, is a term less its total."""
    softplus = known.instance(total)
    if isinstance(softplus, Softplus):
        (u,) = softplus.args
        return within + total in (u, S.Zero) or known.is_term(within + total, u)
    if known.is_term(within + total, total):
        return True
    return any(known.weighs(weight, within) for weight in rest if known.is_weight(weight))


def _has_terms(total: Expr, known: Known, given: Sequence[Basic]) -> bool:
    """Whether a log-sum-exp is not over nothing where the conditions ``given`` hold."""
    value = known.instance(total)
    return not isinstance(value, Reduce) or known.has_term(value, given)


def _exp_times_sigmoid(node: Mul, known: Known) -> Expr | None:
    exponents, rest = exponents_of(node)
    if len(exponents) != 1:
        return None
    (u,) = exponents
    for factor in in_order(rest):
        base, exponent = factor.as_base_exp()
        if not isinstance(base, Sigmoid) or not at_least_one(exponent):
            continue
        (v,) = base.args
        left = without(Add.make_args(u), -v)
        current = known.current(v)
        shares = bool(left) and isinstance(current, Reduce) and current.kind == "lse"
        if left is not None and not shares:  # a share of all terms stays one
            return Exp(Add(*left)) * Mul(*rest) / base * Sigmoid(-v)
    return None


def _sigmoid_in_exponent(node: Mul, known: Known) -> Expr | None:
    exponents, rest = exponents_of(node)
    if len(exponents) > 1 or (exponents and not known.normalising(exponents[0])):
        return _sigmoid_of_wild(exponents, rest, known)
    for factor in in_order(rest):
        if isinstance(factor, Sigmoid):
            joined = _sigmoid_over_nothing(node / factor, factor.args[0], known)
            if joined is not None:
                return joined
    return None


def _sigmoid_of_wild(exponents: Sequence[Expr], rest: Sequence[Expr], known: Known) -> Expr | None:
    if len(exponents) != 1:
        return None
    picked, others = split(powers_of(Mul(*rest)), partial(_is_of_quotient, known, exponents[0]))
    if not picked:
        return None
    powers = [factor.as_base_exp() for factor in picked]
    terms = [-exponent * Softplus(-base.args[0]) for base, exponent in powers]
    return Exp(Add(*exponents, *terms)) * others


def _sigmoid_over_nothing(others: Expr, u: Expr, known: Known) -> Expr | None:
    """``others * sigmoid(u)``, where a term of u that may be -oo is subtracted in an exponent.

    A log-sum-exp may be, of weights that are all 0; of one over nothing there are no terms.
    """
    endless = [
        term
        for term in Add.make_args(u)
        if isinstance(value := known.current(term), Reduce)
        and value.kind == "lse"
        and known.may_be_infinite(value.body)
    ]
    if not endless:
        return None
    exponents, rest = exponents_of(others)
    if any(-t in Add.make_args(v) for t in endless for v in exponents):
        return Mul(Exp(Add(*exponents, u, -Softplus(u))), *rest)
    for factor in in_order(rest):
        terms = Add.make_args(factor)
        above = [v for term in terms for v in exponents_of(term)[0]]
        if any(-t in Add.make_args(v) for t in endless for v in above):
            return Add(*(others / factor * term * Sigmoid(u) for term in terms))
    return None


def _slope_of_logarithm(node: Mul, known: Known) -> Expr | None:
    """``exp(u + log(c)) / b`` and ``sigmoid(u + log(c)) / b``, where b is a factor of c."""
    factors = list(powers_opened(node))
    for base, exponent in factors:
        if not (isinstance(base, Exp | Sigmoid) and exponent.is_Integer and exponent >= 1):
            continue
        for inside, power in _out_of_exponent(base):
            if not known.may_vanish(inside):
                continue
            bases = [b for b, _ in powers_of(inside)]
            apart = (factor for factor in factors if factor[0] != base)
            others = [part for factor in apart for part in _like(factor, bases)]
            others += [(base, exponent - 1)] if exponent > 1 else []
            rest = Mul(*(Pow(*factor) for factor in others))
            whole = {
                b
                for b, power in powers_of(inside)
                if at_least_one(power) and not _vanish_together(b, rest, known)
            }
            if any(_divides_by(factor, whole) for factor in others):
                return Mul(inside, power, rest)
            for total, times in others:
                if isinstance(total, Add) and times == S.One:
                    parts = [power for t in total.args for power in powers_of(t)]
                    if any(_divides_by(part, whole) for part in parts):
                        return Add(*(node / total * t for t in total.args))
    return _slope_in_sum(factors, known) or _slope_of_name(factors, known)


def _like(factor: tuple[Expr, Expr], bases: Sequence[Expr]) -> Iterator[tuple[Expr, Expr]]:
    """A power of a multiple of one of ``bases`` as a number and a power of that; or as it is."""
    base, exponent = factor
    if isinstance(base, Add) and exponent.is_Integer:
        number, rest = base.primitive()
        for other in bases:
            times, its = other.primitive()
            for one in (S.One, S.NegativeOne):
                if rest == Add(*(one * term for term in Add.make_args(its))):
                    yield (one * number / times) ** exponent, S.One
                    yield other, exponent
                    return
    yield factor


def _out_of_exponent(base: Expr) -> Iterator[tuple[Expr, Expr]]:
    """``c`` and the rest of an exponential, or a sigmoid, of ``u + log(c)``.

    ``exp(u - softplus(-log(c) - v))`` is ``c * exp(u + v - softplus(log(c) + v))``.
    """
    (total,) = base.args
    for term in in_order(Add.make_args(total)):
        inside = _inside_logarithm(term)
        if inside is not None:
            u = total - term
            yield inside, Exp(u if isinstance(base, Exp) else u - Softplus(total))
        elif isinstance(base, Exp) and isinstance(-term, Softplus):
            within = -(-term).args[0]
            for part in in_order(Add.make_args(within)):
                inside = _inside_logarithm(part)
                if inside is not None:
                    yield inside, Exp(total - term + within - part - Softplus(within))


def _inside_logarithm(term: Expr) -> Expr | None:
    if isinstance(term, Log1p):
        return 1 + term.args[0]
    return term.args[0] if isinstance(term, log) else None


def _slope_in_sum(factors: Sequence[tuple[Expr, Expr]], known: Known) -> Expr | None:
    """The same where the exponential is in each term of a sum and b beside it."""
    below = [Pow(base, e) for base, e in factors if e.is_number and e.is_negative]
    letters: tuple[Index, ...]
    for total, times in factors if below else ():
        if isinstance(total, Add) and times == S.One:
            letters, cond, terms = (), TRUE, total.args
        elif isinstance(total, Reduce) and total.kind == "sum" and times == S.One:
            letters, cond, body = known.opened(total)
            terms = Add.make_args(body)
        else:
            continue
        for factor in in_order(below):
            slopes = [_slope_of_logarithm(term * factor, known) for term in terms]
            if all(slopes):
                found = Add(*filter(None, slopes))
                others = (Pow(*other) for other in factors if other != (total, times))
                joined = close("sum", letters, found, cond) if letters else found
                return Mul(*others) / factor * joined
    return None


def _slope_of_name(factors: Sequence[tuple[Expr, Expr]], known: Known) -> Expr | None:
    """The same where it is what a name stands for that has the exponential, or b, as a factor."""
    below = {b for b, e in factors if e.is_number and e.is_negative and known.may_vanish(b)}
    for base, exponent in factors if below else ():
        if isinstance(base, Element) and exponent == S.One:
            instance = known.instance(base)
            beside = (Pow(*factor) for factor in factors if factor != (base, exponent))
            product = Mul(*beside) * instance
            if not (isinstance(instance, Mul) and isinstance(product, Mul)):
                continue
            if any(b in below and at_least_one(e) for b, e in powers_of(instance)):
                return product
            found = _slope_of_logarithm(product, known)
            if found is not None:
                return found
    return None


def _divides_by(factor: tuple[Expr, Expr], wanted: Collection[Expr]) -> bool:
    base, exponent = factor
    return bool(exponent.is_number and exponent.is_negative) and base in wanted


def _exp_of_softplus(node: Exp, _: Known) -> Expr | None:
    coefficient, rest = node.args[0].as_coeff_Mul()
    if isinstance(rest, Softplus) and coefficient.is_Integer and coefficient.is_negative:
        return Sigmoid(-rest.args[0]) ** -coefficient
    return None


def _exp_of_log(node: Exp, known: Known) -> Expr | None:
    coefficient, rest = node.args[0].as_coeff_Mul()
    if not isinstance(rest, log):
        return None
    (u,) = rest.args
    if known.positive(u) or (known.non_negative(u) and coefficient.is_positive):
        return u**coefficient
    return None


SLOPE_OF_LOGARITHM = row(
    "slope of logarithm",
    "sigmoid(u + log(b * c)) / b = c * exp(u - softplus(u + log(b * c)))",
    _slope_of_logarithm,
    Mul,
    words="what is divided by is a factor",
    given="b is not 0: the right side is its limit there",
    needs=(Exp, Sigmoid),
)

QUOTIENTS = (
    row(
        "exponentials",
        "exp(u)**n * exp(v) = exp(n*u + v)",
        _join,
        Mul,
        Pow,
        words="exponentials joined",
        needs=(Exp,),
    ),
    row(
        "powers of a sigmoid",
        "sigmoid(u)**a * sigmoid(u)**b = sigmoid(u)**(a + b)",
        _join_sigmoids,
        Mul,
        words="powers joined",
        given="a or b may be negative, and the sigmoid 0",
        needs=(Sigmoid,),
    ),
    row(
        "power",
        "a**u * exp(v) = exp(u * log(a)) * exp(v)",
        _powers,
        Mul,
        words="power as an exponential",
        given="a > 0",
        needs=(Exp,),
    ),
    row(
        "one exponential",
        "(a*exp(u) + b) / (c*exp(u) + d) = b/d + (a/c - b/d) * sigmoid(u + log(c/d))",
        moebius,
        Mul,
        words="quotient in one exponential",
        given="c/d > 0",
        needs=(Exp,),
    ),
    row(
        "sigmoid",
        "1 / (1 + exp(-u)) = sigmoid(u)",
        _reciprocal_sigmoid,
        Pow,
        words="sigmoid",
        needs=_EITHER,
    ),
    row(
        "root of product",
        "(a * exp(u))**n = exp(u)**n * a**n",
        _root_of_product,
        Pow,
        words="root of each factor",
        needs=(Exp, Sigmoid),
    ),
    row(
        "number out",
        "(c + u)**n = c**n * (1 + u / c)**n",
        _number_out,
        Pow,
        words="number before the sum",
        given="c > 0 and u >= 0",
        needs=_EITHER,
    ),
    row(
        "reciprocal sum",
        "1 / u = exp(-log(u))",
        _reciprocal_sum,
        Pow,
        words="quotient by a sum of exponentials",
        given="u > 0",
        needs=_EITHER,
    ),
    row(
        "shared among sums",
        "exp(u - n*t) * sum[j](b[j])**n = exp(u) * sum[j](exp(-t) * b[j])**n",
        _shared_among_sums,
        Mul,
        words="factor into each sum",
        needs=(Exp,),
    ),
    row(
        "reciprocal of signed sum",
        "1 / sum[j](a[j] * exp(u[j])) = exp(-t) / sum[j](a[j] * exp(u[j] - t))",
        _reciprocal_of_signed,
        Pow,
        words="quotient by a sum of exponentials",
        given="t = lse[j if a[j] != 0](u[j]), where the signs of a are not known",
        needs=(Exp,),
    ),
    row(
        "sign of signed sum",
        "sign(sum[j](a[j] * exp(u[j]))) = sign(sum[j](a[j] * exp(u[j] - t)))",
        _sign_of_signed,
        sign,
        words="sign of a sum of exponentials",
        given="t = lse[j if a[j] != 0](u[j]), where the signs of a are not known",
        needs=(Exp,),
    ),
    row(
        "into sum",
        "a * sum[j](b[j]) = sum[j](a * b[j])",
        _into_sum,
        Mul,
        words="factor into the sum",
        needs=_EITHER,
    ),
    row(
        "into logarithm",
        "exp(u) * xlogy(a, b) = xlogy(exp(u) * a, b)",
        _into_logarithm,
        Mul,
        words="factor beside the other exponentials",
        needs=(Xlogy, Xdivy),
    ),
    row(
        "divided by exponential",
        "exp(u) * xdivy(a, exp(v)) = a * exp(u - v)",
        _divided_by_exponential,
        Mul,
        words="exponentials joined",
        needs=(Xdivy,),
    ),
    row(
        "out of sum",
        "sum[j](exp(u - t + v[j] - t) * b[j]) = exp(u - t) * sum[j](exp(v[j] - t) * b[j])",
        _out_of_sum,
        Reduce,
        words="factor before the sum",
        given="t is a log-sum-exp, or a softplus",
        needs=(Exp,),
    ),
    row(
        "out of guarded sum",
        "[c] * sum[j](exp(u - t + v[j] - t) * b[j])"
        " = [c] * exp(u - t) * sum[j](exp(v[j] - t) * b[j])",
        _out_of_guarded_sum,
        Mul,
        words="factor before the sum",
        given="t is a log-sum-exp that has terms where c holds",
        needs=(Exp, Iverson),
    ),
    row(
        "exp sigmoid",
        "exp(-u) * sigmoid(u) = sigmoid(-u)",
        _exp_times_sigmoid,
        Mul,
        words="sigmoid",
        needs=(Exp,),
    ),
    row(
        "sigmoid in exponent",
        "exp(u) * sigmoid(v) = exp(u - softplus(-v))",
        _sigmoid_in_exponent,
        Mul,
        words="exponentials joined",
        needs=(Exp,),
    ),
    SLOPE_OF_LOGARITHM,
    row(
        "exp softplus",
        "exp(-softplus(u)) = sigmoid(-u)",
        _exp_of_softplus,
        Exp,
        words="sigmoid",
    ),
    row(
        "exp log",
        "exp(n * log(u)) = u**n",
        _exp_of_log,
        Exp,
        words="exponential of a logarithm",
        given="u > 0, or u >= 0 and n > 0",
    ),
)


def _slope_of_power(node: Mul, known: Known) -> Expr | None:
    for factor in in_order(node.args):
        base, exponent = factor.as_base_exp()
        above = exponent + 1
        if above.is_number or known.positive(above) or known.positive(base):
            continue
        rest = without_factors(node.args, above * factor)
        if rest is not None:
            return Mul(Xdivy(above, base**-exponent), *rest)
    return None


def _is_squared_in(factor: Expr, total: Reduce, known: Known) -> bool:
    """Whether ``factor`` is 0 where ``total``, a sum of squares, is: one of its roots, or a sum."""
    if isinstance(factor, Reduce) and factor.kind == "sum":
        parts = Mul.make_args(known.opened(factor)[2])
        return any(_is_squared_in(part, total, known) for part in parts)
    letters, _, body = known.opened(total)
    root, two = body.as_base_exp()
    return two == 2 and any(
        replace(root, dict(table)) == side
        for side in (factor, -factor)
        for table in bindings(root, letters, side)
    )


def slopes_together(node: Mul, known: Known) -> Expr | None:
    """What vanishes as a divisor in a term beside it does, multiplied into that term."""
    for factor in in_order(node.args):
        if isinstance(factor, Add):
            rest = node / factor
            beside = [
                term
                for term in factor.args
                if any(
                    e.is_negative and _vanish_together(b, rest, known) for b, e in powers_of(term)
                )
            ]
            if beside:
                others = Add(*(term for term in factor.args if term not in beside))
                return Add(rest * others, *(rest * term for term in beside))
    return None


def _vanish_together(base: Expr, rest: Expr, known: Known) -> bool:
    """Whether ``rest`` has the slope of ``base``, or a factor of it, as a factor.

    The base is a softplus, an erfc, or ``expm1(-w)`` of an exponential w.
    """
    if isinstance(base, Expm1):
        w = known.instance(-base.args[0])
        beside = any(b == -base.args[0] for b, _ in powers_of(rest))
        exponents = exponents_of(rest)[0] if isinstance(w, Exp) else []
        return isinstance(w, Exp) and (
            beside or any(without(Add.make_args(u), w.args[0]) is not None for u in exponents)
        )
    if isinstance(base, Softplus):
        return any(b == Sigmoid(base.args[0]) for b, _ in powers_of(rest))
    if isinstance(base, Erfc):
        square = base.args[0] ** 2
        return any(without(Add.make_args(u), -square) is not None for u in exponents_of(rest)[0])
    return False


def _reciprocal_beside(node: Pow, known: Known) -> Expr | None:
    return _scaled_power(node, known.scaled_beside)


def _absent(node: Mul, known: Known) -> Expr | None:
    """``a * exp(u - t)`` where t leaves out what has no weight, where it may be inf."""
    exponents, rest = exponents_of(node)
    if len(exponents) != 1:
        return None
    for part in conjuncts(known.counts(exponents[0])):
        if isinstance(part, Compare) and part.op == "!=" and S.Zero in part.args:
            weight = next(side for side in part.args[1:] if side != S.Zero)
            bracket = Iverson(part)
            if bracket not in rest and _vanishes_with(rest, weight):
                return bracket * node
    return None


def _masked(node: Mul, known: Known) -> Expr | None:
    """``a * exp(u)`` where a is one of a few numbers, 0 among them, and the other may be inf."""
    exponents, rest = exponents_of(node)
    for factor in rest:
        if any(_is_squared_in_exponent(factor, exponent, known) for exponent in exponents):
            bracket = Iverson(compare("!=", factor, S.Zero))
            return bracket * node if bracket not in rest else None
    if not _may_overflow(exponents, rest, known):
        return None
    for factor in rest:
        present = _present(factor, known)
        if present is not None:
            if Iverson(present) not in rest:
                return Iverson(present) * node
            continue
        terms = factor.args if isinstance(factor, Add) else ()
        if any(known.is_mask(part) for term in terms for part in Mul.make_args(term)):
            return Add(*(node / factor * term for term in _complements(terms, known)))
    return None


def _may_overflow(exponents: Sequence[Expr], rest: Sequence[Expr], known: Known) -> bool:
    """Whether an exponential among the factors of a product, by any name, may be infinite."""
    if len(exponents) > 1:
        return False  # they are one exponential first
    named = any(isinstance(factor, Element) and known.wild(factor) for factor in rest)
    return named or any(known.wild(Exp(u)) and not known.at_most_one(u) for u in exponents)


def _present(factor: Expr, known: Known) -> Basic | None:
    """Where a factor is not 0 that may well be: a mask, a positive part, a bracketed adjoint."""
    base, _ = factor.as_base_exp()
    if isinstance(base, MaxOf) and S.Zero in base.args and len(base.args) == 2:
        return compare(">", Add(*base.args), S.Zero)
    if isinstance(factor, Element) and factor.tensor.name.startswith(adjoint_name("")):
        parts = Mul.make_args(known.instance(factor))
        brackets = [part for part in parts if isinstance(part, Iverson)]
        if brackets:
            return all_of(bracket.cond for bracket in brackets)
        return compare("!=", factor, S.Zero) if any(map(_is_of_brackets, parts)) else None
    return compare("!=", factor, S.Zero) if known.is_mask(factor) else None


def _is_of_brackets(expr: Expr) -> bool:
    """Whether every term of a sum has a bracket: it may be 0 as a whole."""
    return isinstance(expr, Add) and all(
        any(isinstance(factor, Iverson) for factor in Mul.make_args(term)) for term in expr.args
    )


def _is_squared_in_exponent(factor: Expr, exponent: Expr, known: Known) -> bool:
    """Whether ``exponent`` has the logarithm of the square of ``factor``, or of a sum of such."""
    if not isinstance(factor, Add | Element):
        return False
    return any(
        (base in (factor, -factor) and power == 2)
        or (isinstance(base, Reduce) and base.kind == "sum" and _is_squared_in(factor, base, known))
        for node in subexpressions(exponent)
        if isinstance(node, log)
        for base, power in powers_of(node.args[0])
    )


def _complements(terms: Sequence[Expr], known: Known) -> list[Expr]:
    """``terms`` where ``t`` and ``-m * t`` are one, which has the mask ``1 - m`` as a factor."""
    for term in in_order(terms):
        for mask in in_order(m for m in Mul.make_args(term) if known.is_mask(1 - m)):
            whole = -term / mask
            if whole in terms:
                others = [other for other in terms if other not in (term, whole)]
                return [*_complements(others, known), (1 - mask) * whole]
    return list(terms)


def _vanishes_with(factors: Sequence[Expr], weight: Expr) -> bool:
    """Whether ``weight`` is a factor of the product of ``factors``, or of each term of one."""
    return without_factors(factors, weight) is not None or any(
        isinstance(total, Add) and all(_vanishes_with(Mul.make_args(t), weight) for t in total.args)
        for total in factors
    )


#: For equations that are not differentiated again: a slope would divide by a weight that is 0.
LAST_QUOTIENTS = (
    row(
        "slope of power",
        "a * u**(a - 1) = xdivy(a, u**(1 - a))",
        _slope_of_power,
        Mul,
        words="nothing where the exponent is 0",
        given="a and u may be 0",
        needs=(Pow,),
    ),
    row(
        "weight",
        "a * exp(u - t) = exp(log(a) + u - t)",
        _weight_into_exponent,
        Mul,
        words="weight in the exponent",
        given="a >= 0, and t is a log-sum-exp of log(a) + u and others",
        needs=(Exp,),
    ),
    row(
        "slopes together",
        "sigmoid(u) * (a + b / softplus(u)) = a * sigmoid(u) + b * sigmoid(u) / softplus(u)",
        slopes_together,
        Mul,
        words="what vanishes with it beside each divisor",
        needs=(Softplus, Erfc, Expm1),
    ),
    row(
        "reciprocal beside signed sum",
        "1 / (b + sum[j](a[j] * exp(u[j])))"
        " = exp(-t) / (b * exp(-t) + sum[j](a[j] * exp(u[j] - t)))",
        _reciprocal_beside,
        Pow,
        words="quotient by a sum of exponentials",
        given="t = softplus(lse[j if a[j] != 0](u[j])), where the signs of a are not known",
        needs=(Exp,),
    ),
    row(
        "masked",
        "(a + b) * exp(u) = [a != 0] * a * exp(u) + b * exp(u)",
        _masked,
        Mul,
        words="what has no weight does not count",
        given="a has one of a few values, and exp(u) may be infinite",
    ),
    row(
        "absent",
        "a * exp(u - t) = [a != 0] * a * exp(u - t)",
        _absent,
        Mul,
        words="what has no weight does not count",
        given="t is a log-sum-exp of those u for which a is not 0",
        needs=(Exp,),
    ),
)
