"""What a softmax weighs, taken from its largest score: covariances under it do not cancel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import NamedTuple

from sympy import Add, Mul, S
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import (
    TRUE,
    Element,
    Exp,
    Index,
    Reduce,
    close,
    elements,
    in_order,
    mentions,
    open_fresh,
    replace,
)
from symderive.model import adjoint_name
from symderive.stabilise.known import Known
from symderive.stabilise.matching import powers_of, row, without


def _operand(weight: Expr, letter: Basic, known: Known) -> Expr | None:
    """For a softmax along ``letter``, what it is the softmax of."""
    named = isinstance(weight, Element) and letter in weight.slots
    instance = known.instance(weight) if named else weight
    if not isinstance(instance, Exp):
        return None
    for term in Add.make_args(instance.args[0]):
        total = known.instance(-term)
        if not isinstance(total, Reduce) or mentions(total, letter):
            continue
        if total.kind == "lse" and total.cond == TRUE:
            letters, _, body = known.opened(total)
            own = instance.args[0] - term
            if len(letters) == 1 and replace(body, {letters[0]: letter}) == own:
                return own
    return None


def average(node: Basic, known: Known) -> tuple[Index, Basic, Expr, Expr] | None:
    """The letter, the condition, the softmax, and what it weighs, of ``sum[k if c](p[k] * q[k])``.

    The softmax is along all of k. Names of products stand for their factors.
    """
    if not isinstance(node, Reduce) or node.kind != "sum" or len(node.bound) != 1:
        return None
    (letter,), cond, body = known.opened(node)
    factors: list[Expr] = []
    for factor in Mul.make_args(body):
        named = isinstance(factor, Element) and isinstance(known.current(factor), Mul)
        factors += Mul.make_args(known.instance(factor)) if named else (factor,)
    for weight in in_order(factors):
        if mentions(weight, letter) and _operand(weight, letter, known) is not None:
            return letter, cond, weight, Mul(*without(factors, weight) or ())
    return None


def _sums_to_one(node: Reduce, known: Known) -> Expr | None:
    if node.kind != "sum" or node.cond != TRUE:
        return None
    if not any(isinstance(known.current(weight), Exp) for weight in elements(node.body)):
        return None
    letters, _, body = known.opened(node)
    factors = in_order(Mul.make_args(body))
    for letter in letters:
        having = [factor for factor in factors if mentions(factor, letter)]
        if len(having) == 1 and _operand(having[0], letter, known) is not None:
            rest = Mul(*(factor for factor in factors if factor is not having[0]))
            others = [other for other in letters if other != letter]
            return close("sum", others, rest) if others else rest
    return None


def _terms_cancel(node: Add, known: Known) -> Expr | None:
    """``node`` with an adjoint put in that is a sum, if terms of it cancel then."""
    prefix = adjoint_name("")
    for term in in_order(node.args):
        for factor in in_order(Mul.make_args(term)):
            if not isinstance(factor, Element) or not factor.tensor.name.startswith(prefix):
                continue
            instance = known.instance(factor)
            if not isinstance(instance, Add):
                continue
            put = Add(*(_distributed(part, factor, instance) for part in node.args))
            if len(Add.make_args(put)) < len(node.args):
                return put
    return None


def _distributed(term: Expr, factor: Element, value: Add) -> Expr:
    if factor not in Mul.make_args(term):
        return term
    return Add(*(term / factor * part for part in value.args))


def _covariance(node: Add, known: Known) -> Expr | None:
    products = [_of_sums(term) for term in in_order(node.args)]
    terms = [found for found in products if found is not None]
    for first, second in permutations(terms, 2):
        if second.bound != first.bound + 1 or second.before != -first.before:
            continue
        if len(first.sums) != 1:
            continue
        ((letters, body),) = _summands(first, known)
        for others, apart in _joined(_summands(second, known)):
            inner = _centred(letters, body, others, apart, known)
            if inner is not None:
                rest = [term for term in node.args if term not in (first.term, second.term)]
                return Add(*rest, first.before * close("sum", letters, inner))
    return None


_Sum = tuple[tuple[Index, ...], Expr]


class _Product(NamedTuple):
    """A product of sums over everything, and what stands before them."""

    term: Expr
    before: Expr
    sums: tuple[Reduce, ...]

    @property
    def bound(self) -> int:
        """How many indices the sums bind."""
        return sum(len(total.bound) for total in self.sums)


def _factors(term: Expr) -> list[Expr]:
    """The factors of a product, those of a square one by one."""
    found: list[Expr] = []
    for factor in Mul.make_args(term):
        base, exponent = factor.as_base_exp()
        found += [base, base] if exponent == 2 and isinstance(base, Reduce) else [factor]
    return found


def _of_sums(term: Expr) -> _Product | None:
    """``term`` as a product of sums; None if it has none, or one under a condition."""
    before, sums = [], []
    for factor in _factors(term):
        if isinstance(factor, Reduce) and factor.kind == "sum":
            if factor.cond != TRUE:
                return None
            sums.append(factor)
        else:
            before.append(factor)
    return _Product(term, Mul(*before), tuple(sums)) if sums else None


def _summands(product: _Product, known: Known) -> list[_Sum]:
    """The sums opened, each with letters of its own, be it the same one twice."""
    opened = (open_fresh(total, known.fresh) for total in product.sums)
    return [(letters, body) for letters, _, body in opened]


def _joined(sums: Sequence[_Sum]) -> Iterator[_Sum]:
    """The sums as one."""
    yield tuple(index for letters, _ in sums for index in letters), Mul(*(b for _, b in sums))


def _centred(
    letters: Sequence[Index], body: Expr, others: Sequence[Index], apart: Expr, known: Known
) -> Expr | None:
    """The summand of a covariance: ``body - apart``, the latter summed over one letter more."""
    if len(others) != len(letters) + 1:
        return None
    for chosen in permutations(others, len(letters)):
        if any(a.axis != b.axis for a, b in zip(chosen, letters, strict=True)):
            continue
        (spare,) = set(others) - set(chosen)
        table: dict[Basic, Basic] = dict(zip(chosen, letters, strict=True))
        left, under = S.One, S.One
        for factor in Mul.make_args(replace(apart, table)):
            if mentions(factor, spare):
                under *= factor
            else:
                left *= factor
        for value in in_order(base for base, _ in powers_of(body)):
            if left * value == body:
                found = _from_the_largest(value, under, spare, letters, known)
                if found is not None:
                    return left * found
    return None


def _from_the_largest(
    value: Expr, under: Expr, spare: Index, letters: Sequence[Index], known: Known
) -> Expr | None:
    """``value - sum(under)``, where ``under`` is value at ``spare``, weighed by a softmax of it."""
    for weight in in_order(Mul.make_args(under)):
        operand = _operand(weight, spare, known)
        there = under / weight
        for letter in letters:
            same = letter.axis == spare.axis and replace(value, {letter: spare}) == there
            if operand is None or not same or mentions(operand / there, spare):
                continue
            largest = close("max", (spare,), there)
            return value - largest + close("sum", (spare,), weight * (largest - there))
    return None


CENTRED = (
    row(
        "softmax sums to one",
        "sum[j](exp(u[j] - lse[l](u[l]))) = 1",
        _sums_to_one,
        Reduce,
        words="probabilities sum to 1",
    ),
    row(
        "terms cancel",
        "a - b, where a = b + c, is c",
        _terms_cancel,
        Add,
        words="definition put in: terms cancel",
        needs=(Element,),
    ),
    row(
        "covariance",
        "sum[j](p[j] * a[j] * u[j]) - sum[j, m](p[j] * a[j] * p[m] * u[m])"
        " = sum[j](p[j] * a[j] * (u[j] - max(u) - sum[m](p[m] * (u[m] - max(u)))))",
        _covariance,
        Add,
        words="measured from the largest: no cancellation",
        given="p is the softmax of a multiple of u",
        needs=(Reduce,),
    ),
)
