"""The table of identities: one row each, used from left to right, in this order of preference.

Every row is an equality wherever its left side is defined; none adds an epsilon. That a table
comes to an end: a row for logarithms moves them inward or makes them a function without one, a
row for quotients turns a denominator into an exponent, the rows for products and sums leave
fewer factors or terms. No row makes what an earlier one takes apart.
"""

from __future__ import annotations

from sympy import Add, Mul, Pow, S, log, sqrt, tanh
from sympy.core.expr import Expr
from sympy.core.numbers import Number

from symderive.expr import (
    Exp,
    Expm1,
    Log1p,
    Log2,
    Reduce,
    Sigmoid,
    Softplus,
    Tensor,
    Xlogy,
    close,
    elements,
    in_order,
    open_fresh,
)
from symderive.rewrite.rule import Rule
from symderive.stabilise.known import Known
from symderive.stabilise.matching import (
    depends,
    exponents_of,
    is_fraction,
    map_terms,
    paired,
    powers_of,
    split,
    without,
)
from symderive.stabilise.moebius import moebius

# --- logarithms ---------------------------------------------------------------------------------


def _log_of_exp(node: log, known: Known) -> Expr | None:
    (u,) = node.args
    return u.args[0] if isinstance(u, Exp) else None


def _log_of_sigmoid(node: log, known: Known) -> Expr | None:
    (u,) = node.args
    return -Softplus(-u.args[0]) if isinstance(u, Sigmoid) else None


def _log_of_quotient(node: log, known: Known) -> Expr | None:
    below, top = split(
        powers_of(node.args[0]), lambda b, e: bool(e.is_negative) and known.exponential(b)
    )
    bottom = 1 / Mul(*below)
    if not below or not (known.positive(bottom) or known.positive(top)):
        return None
    return log(top) - log(bottom)


def _log_of_product(node: log, known: Known) -> Expr | None:
    factors = list(powers_of(node.args[0]))
    picked, rest = split(factors, lambda b, e: known.exponential(b) and known.positive(b))
    if not picked and known.non_negative(node.args[0]):
        picked, rest = split(factors, lambda b, e: known.exponential(b) and known.non_negative(b))
        if not known.non_negative(rest):
            return None
    if not picked or len(factors) < 2:
        return None
    return Add(*map(log, picked), log(rest))


def _log_of_power(node: log, known: Known) -> Expr | None:
    (power,) = node.args
    if not isinstance(power, Pow) or not known.exponential(power):
        return None
    base, exponent = power.args
    if known.positive(base) or (exponent.is_number and known.non_negative(base)):
        return exponent * log(base)
    return None


def _constant_factor(node: log, known: Known) -> Expr | None:
    (total,) = node.args
    if not isinstance(total, Reduce) or total.kind != "sum" or not known.exponential(total):
        return None
    outside, inside = split(powers_of(total.body), lambda b, e: not depends(b * e, total))
    if not outside:
        return None
    return log(Mul(*outside) * map_terms(total, known, lambda body: body / Mul(*outside)))


def _log_sum_exp(node: log, known: Known) -> Expr | None:
    (total,) = node.args
    if not isinstance(total, Reduce) or total.kind != "sum" or not known.exponential(total):
        return None
    letters, cond, body = open_fresh(total, known.fresh)
    return close("lse", letters, _logarithm(body), cond)


def _log_of_reduced_product(node: log, known: Known) -> Expr | None:
    (product,) = node.args
    if not isinstance(product, Reduce) or product.kind != "prod" or not known.exponential(product):
        return None
    letters, cond, body = open_fresh(product, known.fresh)
    return close("sum", letters, _logarithm(body), cond)


def _softplus(node: log, known: Known) -> Expr | None:
    (total,) = node.args
    if not isinstance(total, Add) or not known.exponential(total):
        return None
    others = without(total.args, S.One)
    return None if others is None else Softplus(_logarithm(Add(*others)))


def _log_of_sum(node: log, known: Known) -> Expr | None:
    (total,) = node.args
    if not isinstance(total, Add) or not known.exponential(total):
        return None
    pivot = _pivot(total, known)
    return log(pivot) + log(1 + Add(*(term / pivot for term in total.args if term != pivot)))


def _pivot(total: Add, known: Known) -> Expr:
    """The term to divide by: a number if there is one, else an exponential, else any positive."""
    positive = [term for term in in_order(total.args) if known.positive(term)]
    exponential = [term for term in positive if isinstance(term, Exp)]
    numbers = [term for term in positive if term.is_number]
    return (numbers or exponential or positive)[0]


def _logarithm(expr: Expr) -> Expr:
    """``log(expr)``, undone at once where ``expr`` is an exponential."""
    return expr.args[0] if isinstance(expr, Exp) else log(expr)


def _xlogy(node: Xlogy, known: Known) -> Expr | None:
    a, b = node.args
    picked, rest = split(powers_of(b), lambda c, e: known.exponential(c) and known.positive(c))
    if not picked:
        return None
    return a * log(Mul(*picked)) + (Xlogy(a, rest) if rest != S.One else 0)


def _log2(node: Log2, known: Known) -> Expr | None:
    (u,) = node.args
    return log(u) / log(S(2)) if known.exponential(u) else None


# --- quotients and products ---------------------------------------------------------------------


def _join(node: Expr, known: Known) -> Expr | None:
    exponents, rest = exponents_of(node)
    return Mul(Exp(Add(*exponents)), *rest) if exponents else None


def _reciprocal_sigmoid(node: Pow, known: Known) -> Expr | None:
    base, exponent = node.args
    if not exponent.is_negative or not exponent.is_number or not isinstance(base, Add):
        return None
    others = without(base.args, S.One)
    if others is None or not known.exponential(base):
        return None
    return Sigmoid(-_logarithm(Add(*others))) ** -exponent


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
    if not is_fraction(exponent) or not isinstance(base, Add | Reduce):
        return None
    return Exp(exponent * log(base)) if known.exponential(base) else None


def _into_sum(node: Mul, known: Known) -> Expr | None:
    factors = list(powers_of(node))
    for base, exponent in factors:
        if exponent != S.One or not known.wild(base):
            continue
        if not isinstance(base, Add) and not (isinstance(base, Reduce) and base.kind == "sum"):
            continue
        tensors = {element.tensor for element in elements(base)}
        moved, rest = split(factors, lambda b, e, own=tensors: _moves(b, e, own, known))
        if moved:
            inner = Mul(*moved)
            return rest / base * map_terms(base, known, lambda term, by=inner: term * by)
    return None


def _moves(base: Expr, exponent: Expr, tensors: set[Tensor], known: Known) -> bool:
    """Whether a factor keeps small what it multiplies, as it does where it was a denominator."""
    if not tensors & {element.tensor for element in elements(base)}:
        return False
    if isinstance(base, Exp):
        return known.normalising(exponent * base.args[0])
    return isinstance(base, Sigmoid) and bool(exponent.is_positive)


def _exp_times_sigmoid(node: Mul, known: Known) -> Expr | None:
    exponents, rest = exponents_of(node)
    if len(exponents) != 1:
        return None
    (u,) = exponents
    for base, exponent in powers_of(Mul(*rest)):
        if not isinstance(base, Sigmoid) or not _at_least_one(exponent):
            continue
        (v,) = base.args
        left = without(Add.make_args(u), -v)
        if left is not None:
            return Exp(Add(*left)) * Mul(*rest) / base * Sigmoid(-v)
    return None


def _sigmoid_in_exponent(node: Mul, known: Known) -> Expr | None:
    exponents, rest = exponents_of(node)
    if len(exponents) != 1 or known.normalising(exponents[0]):
        return None
    picked, rest_ = split(
        powers_of(Mul(*rest)), lambda b, e: isinstance(b, Sigmoid) and bool(e.is_positive)
    )
    if not picked:
        return None
    terms = [-e * Softplus(-b.args[0]) for b, e in map(Expr.as_base_exp, picked)]
    return Exp(Add(*exponents, *terms)) * rest_


def _exp_of_softplus(node: Exp, known: Known) -> Expr | None:
    coefficient, rest = node.args[0].as_coeff_Mul()
    if isinstance(rest, Softplus) and coefficient.is_Integer and coefficient.is_negative:
        return Sigmoid(-rest.args[0]) ** -coefficient
    return None


def _exp_of_log(node: Exp, known: Known) -> Expr | None:
    coefficient, rest = node.args[0].as_coeff_Mul()
    if isinstance(rest, log) and known.positive(rest.args[0]):
        return rest.args[0] ** coefficient
    return None


# --- sums in which terms cancel -----------------------------------------------------------------


def _at_least_one(exponent: Expr) -> bool:
    return bool(exponent.is_number and exponent >= 1)


def _is_sigmoid(base: Expr, exponent: Expr) -> tuple[Expr, Expr] | None:
    return (base, base.args[0]) if isinstance(base, Sigmoid) and _at_least_one(exponent) else None


def _one_less_sigmoid(node: Add, known: Known) -> Expr | None:
    return paired(node, _is_sigmoid, lambda t, u: -t, lambda t, u: -t * Sigmoid(-u))


def _sigmoid_less_half(node: Add, known: Known) -> Expr | None:
    return paired(node, _is_sigmoid, lambda t, u: -t / 2, lambda t, u: t * tanh(u / 2) / 2)


def _one_less_tanh_squared(node: Add, known: Known) -> Expr | None:
    return paired(
        node,
        lambda b, e: (b**2, b.args[0]) if isinstance(b, tanh) and e == 2 else None,
        lambda t, u: -t,
        lambda t, u: -4 * t * Sigmoid(2 * u) * Sigmoid(-2 * u),
    )


def _is_tanh(base: Expr, exponent: Expr) -> tuple[Expr, Expr] | None:
    return (base, base.args[0]) if isinstance(base, tanh) and exponent == 1 else None


def _one_less_tanh(node: Add, known: Known) -> Expr | None:
    return paired(node, _is_tanh, lambda t, u: -t, lambda t, u: -2 * t * Sigmoid(-2 * u))


def _one_plus_tanh(node: Add, known: Known) -> Expr | None:
    return paired(node, _is_tanh, lambda t, u: t, lambda t, u: 2 * t * Sigmoid(2 * u))


def _softplus_reflected(node: Add, known: Known) -> Expr | None:
    return paired(
        node,
        lambda b, e: (b, b.args[0]) if isinstance(b, Softplus) and e == 1 else None,
        lambda t, u: Add(*(-t * term for term in Add.make_args(u))),
        lambda t, u: t * Softplus(-u),
    )


def _expm1(node: Add, known: Known) -> Expr | None:
    return paired(
        node,
        lambda b, e: (b**e, e * b.args[0]) if isinstance(b, Exp) and e.is_number else None,
        lambda t, u: -t,
        lambda t, u: t * Expm1(u),
    )


def _log_of_expm1(node: log, known: Known) -> Expr | None:
    (v,) = node.args
    return v.args[0] + log(-Expm1(-v.args[0])) if isinstance(v, Expm1) else None


def _log1p(node: log, known: Known) -> Expr | None:
    (total,) = node.args
    others = without(total.args, S.One) if isinstance(total, Add) else None
    return None if others is None else Log1p(Add(*others))


def _root_less_number(node: Add, known: Known) -> Expr | None:
    """``t*sqrt(c**2 + u) - t*c``: what is under the root has the square of the number beside it."""

    def root(base: Expr, exponent: Expr) -> tuple[Expr, tuple[Expr, Expr]] | None:
        if exponent != S.Half or not isinstance(base, Add):
            return None
        number, rest = base.as_coeff_Add()
        if not isinstance(number, Number) or not number.is_positive or not known.non_negative(rest):
            return None
        return sqrt(base), (number, rest)

    def together(t: Expr, found: tuple[Expr, Expr]) -> Expr:
        number, rest = found
        return t * rest / (sqrt(number) + sqrt(number + rest))

    return paired(node, root, lambda t, found: -t * sqrt(found[0]), together)


def _row(
    name: str,
    identity: str,
    head: type | tuple[type, ...],
    match: object,
    condition: str = "",
) -> Rule[Known]:
    heads = head if isinstance(head, tuple) else (head,)
    return Rule(name, identity, (name,), heads, match, condition)  # type: ignore[arg-type]


#: Rules for exponentials and their logarithms.
EXPONENTIALS: tuple[Rule[Known], ...] = (
    _row("logarithm of an exponential", "log(exp(u)) = u", log, _log_of_exp),
    _row("logarithm of a sigmoid", "log(sigmoid(u)) = -softplus(-u)", log, _log_of_sigmoid),
    _row(
        "logarithm of a quotient",
        "log(a / b) = log(a) - log(b)",
        log,
        _log_of_quotient,
        "a > 0 or b > 0",
    ),
    _row(
        "logarithm of a product",
        "log(a * b) = log(a) + log(b)",
        log,
        _log_of_product,
        "a > 0, or a >= 0 and b >= 0",
    ),
    _row("logarithm of a power", "log(a**n) = n * log(a)", log, _log_of_power, "a > 0"),
    _row(
        "constant factor before the sum",
        "sum[l](a * b[l]) = a * sum[l](b[l])",
        log,
        _constant_factor,
    ),
    _row(
        "log-sum-exp", "log(sum[l](exp(u[l]))) = lse[l](u[l])", log, _log_sum_exp, "all terms > 0"
    ),
    _row(
        "logarithm of a product",
        "log(prod[l](a[l])) = sum[l](log(a[l]))",
        log,
        _log_of_reduced_product,
        "a[l] > 0",
    ),
    _row("softplus", "log(1 + exp(u)) = softplus(u)", log, _softplus),
    _row(
        "logarithm of a sum",
        "log(a + b) = log(a) + log(1 + b / a)",
        log,
        _log_of_sum,
        "a > 0 and b >= 0",
    ),
    _row(
        "the argument is positive",
        "xlogy(y, a * b) = y * log(a) + xlogy(y, b)",
        Xlogy,
        _xlogy,
        "a > 0",
    ),
    _row("logarithm to base 2", "log2(u) = log(u) / log(2)", Log2, _log2, "u > 0"),
    _row(
        "exponentials joined", "exp(u)**n * exp(v) = exp(n*u + v)", (Mul, Pow), _join
    ),
    _row(
        "tanh",
        "(exp(u) - exp(-u)) / (exp(u) + exp(-u)) = tanh(u)",
        Mul,
        moebius,
        "a quotient of two sums of degree 1 in one exponential, the lower one without root",
    ),
    _row(
        "sigmoid", "1 / (1 + exp(-u)) = sigmoid(u)", Pow, _reciprocal_sigmoid
    ),
    _row(
        "number before the sum",
        "(c + u)**n = c**n * (1 + u / c)**n",
        Pow,
        _number_out,
        "c > 0 and u > 0",
    ),
    _row(
        "quotient by a sum of exponentials",
        "1 / u = exp(-log(u))",
        Pow,
        _reciprocal_sum,
        "u > 0",
    ),
    _row(
        "factor into the sum", "a * sum[j](b[j]) = sum[j](a * b[j])", Mul, _into_sum
    ),
    _row("sigmoid", "exp(u) * sigmoid(-u) = sigmoid(u)", Mul, _exp_times_sigmoid),
    _row(
        "exponentials joined",
        "exp(u) * sigmoid(v) = exp(u - softplus(-v))",
        Mul,
        _sigmoid_in_exponent,
    ),
    _row("sigmoid", "exp(-softplus(-u)) = sigmoid(u)", Exp, _exp_of_softplus),
    _row("exponential of a logarithm", "exp(log(u)) = u", Exp, _exp_of_log, "u > 0"),
    _row("symmetry of softplus", "softplus(u) - u = softplus(-u)", Add, _softplus_reflected),
    _row("symmetry of the sigmoid", "1 - sigmoid(u) = sigmoid(-u)", Add, _one_less_sigmoid),
    _row("tanh", "2 * sigmoid(u) - 1 = tanh(u / 2)", Add, _sigmoid_less_half),
    _row(
        "no cancellation",
        "1 - tanh(u)**2 = 4 * sigmoid(2*u) * sigmoid(-2*u)",
        Add,
        _one_less_tanh_squared,
    ),
    _row("no cancellation", "1 - tanh(u) = 2 * sigmoid(-2*u)", Add, _one_less_tanh),
    _row("no cancellation", "1 + tanh(u) = 2 * sigmoid(2*u)", Add, _one_plus_tanh),
)

#: Rules for what remains, once definitions that hide an exponential have been put in.
CANCELLATION: tuple[Rule[Known], ...] = (
    _row("no cancellation", "exp(u) - 1 = expm1(u)", Add, _expm1),
    _row(
        "no overflow", "log(expm1(u)) = u + log(-expm1(-u))", log, _log_of_expm1
    ),
    _row("no cancellation", "log(1 + u) = log1p(u)", log, _log1p),
)

#: Rules whose result has an unwieldy derivative: for equations that are not differentiated again.
AFTERWARDS: tuple[Rule[Known], ...] = (
    _row(
        "no cancellation",
        "sqrt(c**2 + u) - c = u / (c + sqrt(c**2 + u))",
        Add,
        _root_less_number,
        "c > 0 and u >= 0",
    ),
)

RULES: tuple[Rule[Known], ...] = (*EXPONENTIALS, *CANCELLATION, *AFTERWARDS)
