"""Sums taken apart and put back: linearity, what adds up to one, sums that have a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sympy import Add, Mul, Pow, S, expand_mul, log
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import (
    TRUE,
    Element,
    Exp,
    Fresh,
    Index,
    Reduce,
    Xlogy,
    bottom_up,
    mentions,
    open_fresh,
    replace,
    subexpressions,
)
from symderive.rewrite.algebra import common_factor, weight
from symderive.rewrite.fold import Named, bindings, fold
from symderive.rewrite.sums import make_sum

#: Longer formulas are left as they are.
LONGEST = 60


@dataclass(frozen=True)
class UnitSum:
    """``element``, added up over ``index``, is one: a distribution over that axis.

    Its other slots are letters that stand for any position.
    """

    element: Element
    index: Index


@dataclass(frozen=True)
class Collected:
    """One way on: the rule, and what the expression is after it."""

    rule: str
    expr: Expr


def normalised(name: Element, value: Expr, fresh: Fresh) -> UnitSum | None:
    """The unit sum of a definition that adds up to one, or divides by its own sum.

    So do ``(1 - a) [j = y] + a / C`` and ``f_j / sum_l f_l``.

    >>> from symderive.expr import Axis, Exp, Index, Tensor, close
    >>> C = Axis("C")
    >>> j, l, s, p = Index("j", C), Index("l", C), Tensor("s", (C,)), Tensor("p", (C,))
    >>> normalised(p[j], Exp(s[j]) / close("sum", [l], Exp(s[l])), Fresh())
    UnitSum(element=p[j], index=j)
    """
    if weight(value) > LONGEST:
        return None
    letters = [slot for slot in name.slots if isinstance(slot, Index)]
    if isinstance(value, Add):
        for index in letters:
            terms = (
                make_sum([index], term, TRUE, fresh) for term in Add.make_args(expand_mul(value))
            )
            if expand_mul(Add(*terms)) == S.One:
                return UnitSum(name, index)
    for factor in Mul.make_args(value):
        if not (isinstance(factor, Pow) and factor.exp == S.NegativeOne):
            continue
        total = factor.base
        if not (isinstance(total, Reduce) and total.kind == "sum" and len(total.bound) == 1):
            continue
        for index in letters:
            same_axis = index.axis == total.bound[0].axis
            if same_axis and make_sum([index], value / factor, TRUE, fresh) == total:
                return UnitSum(name, index)
    return None


def collect(
    expr: Expr, names: Sequence[Named], units: Sequence[UnitSum], fresh: Fresh
) -> list[Collected]:
    """The ways on from ``expr`` to its shortest form, each from the one before; none if it has it.

    >>> from symderive.expr import Axis, Index, Tensor, close
    >>> C = Axis("C")
    >>> i, j, p, q = Index("i", C), Index("j", C), Tensor("p", (C,)), Tensor("q", (C,))
    >>> long = -p[j] + close("sum", [i], p[i] * q[j])
    >>> [found.expr for found in collect(long, [], [UnitSum(p[i], i)], Fresh())]
    [-p[j] + q[j]*sum[_0_0](p[_0_0]), -p[j] + q[j]]
    """
    if not _worth(expr):
        return _multiplied_out(expr)
    best: list[Collected] = []
    plain = _plain(expr)
    for start in dict.fromkeys((plain, _logarithms_apart(plain, names))):
        ways = _ways(expr, start, names, units, fresh)
        reached = best[-1].expr if best else expr
        if ways and _length(ways[-1].expr) < _length(reached):
            best = ways
    return best


def _multiplied_out(expr: Expr) -> list[Collected]:
    """A short sum, or sums as factors, multiplied out where terms cancel.

    >>> from symderive.expr import Tensor
    >>> p, y, x = (Tensor(name, ())() for name in "pyx")
    >>> [found.expr for found in _multiplied_out((p * (1 - y) - y * (1 - p)) * x)]
    [(p - y)*x]
    """
    if weight(expr) > LONGEST:
        return []
    found = Mul(*(_cancelled(factor) for factor in Mul.make_args(expr)))
    return [Collected("collected", found)] if weight(found) < weight(expr) else []


def _cancelled(expr: Expr) -> Expr:
    """A sum multiplied out, if terms cancel and it has no more of them than before."""
    if not isinstance(expr, Add):
        return expr
    apart = [part for term in expr.args for part in Add.make_args(expand_mul(term))]
    spread = Add(*apart)
    left = len(Add.make_args(spread))
    return spread if left <= min(len(apart) - 2, len(expr.args)) else expr


def _length(expr: Expr) -> int:
    """How long ``expr`` is; a logarithm is worth two terms more."""
    return weight(expr) + 2 * sum(isinstance(n, log | Xlogy) for n in subexpressions(expr))


def _ways(
    expr: Expr, start: Expr, names: Sequence[Named], units: Sequence[UnitSum], fresh: Fresh
) -> list[Collected]:
    """The ways on from ``start``, which is what ``expr`` is where logarithms are taken apart."""
    ways = [Collected("result", expr)]

    def on(rule: str, found: Expr) -> None:
        if found != ways[-1].expr:
            ways.append(Collected(rule, found))

    if start != _plain(expr):
        on("logarithm of a quotient", start)
    on("sums taken apart", common_factor(_apart(start, fresh)))
    on("a distribution adds up to 1", _summed(ways[-1].expr, units))
    on("put back", _sign_out(_put_back(ways[-1].expr, names)))
    on("collected", _sign_out(min(_arrangements(ways[-1].expr), key=weight)))
    return ways[1:]


def _plain(expr: Expr) -> Expr:
    """``expr`` with ``a log b`` as a product."""

    def step(node: Basic) -> Basic:
        return node.args[0] * log(node.args[1]) if isinstance(node, Xlogy) else node

    result: Expr = bottom_up(expr, step)
    return result


def _logarithms_apart(expr: Expr, names: Sequence[Named]) -> Expr:
    """``expr`` with ``u - log Z`` for the logarithm of a name that is ``e^u / Z``."""
    apart = [(named, _logarithm(named.value)) for named in names]

    def step(node: Basic) -> Basic:
        if isinstance(node, log) and isinstance(node.args[0], Element):
            for named, value in apart:
                if value is not None and named.name.tensor == node.args[0].tensor:
                    return replace(
                        value, dict(zip(named.name.slots, node.args[0].slots, strict=True))
                    )
        return node

    result: Expr = bottom_up(expr, step)
    return result


def _logarithm(value: Expr) -> Expr | None:
    """The logarithm of a product of exponentials and powers, if ``value`` is one."""
    terms: list[Expr] = []
    for factor in Mul.make_args(value):
        base, exponent = factor.as_base_exp()
        terms.append(base.args[0] * exponent if isinstance(base, Exp) else exponent * log(base))
    return Add(*terms) if value.has(Exp) else None


def _put_back(expr: Expr, names: Sequence[Named]) -> Expr:
    """``expr`` with the names of sums, and of sums with a factor, in their places."""

    def step(node: Basic) -> Basic:
        if isinstance(node, Reduce):
            for named in names:
                factor, pattern = _plain(named.value).as_coeff_Mul()
                for binding in bindings(pattern, named.indices, node):
                    if replace(pattern, binding) == node:
                        return replace(named.name, binding) / factor
        return node

    result: Expr = bottom_up(expr, step)
    return fold(result, names)


def _sign_out(expr: Expr) -> Expr:
    """``-(a + b) c`` for ``(-a - b) c``."""
    factors = list(Mul.make_args(expr))
    sums = [factor for factor in factors if isinstance(factor, Add)]
    for factor in sums if len(factors) > 1 else ():
        if all(term.as_coeff_Mul()[0].is_negative for term in factor.args):
            rest = (other for other in factors if other != factor)
            return -Mul(Add(*(-term for term in factor.args)), *rest)
    return expr


def _arrangements(expr: Expr) -> tuple[Expr, ...]:
    spread = expand_mul(expr)
    return expr, common_factor(expr), common_factor(spread), spread


def _apart(expr: Expr, fresh: Fresh) -> Expr:
    """Every sum of a sum as a sum of sums, what does not depend on the index in front."""

    def step(node: Basic) -> Basic:
        if not (isinstance(node, Reduce) and node.kind == "sum"):
            return node
        letters, cond, body = open_fresh(node, fresh)
        terms = Add.make_args(expand_mul(body))
        return Add(*(make_sum(letters, term, cond, fresh) for term in terms))

    result: Expr = bottom_up(expr, step)
    return result


def _summed(expr: Expr, units: Sequence[UnitSum]) -> Expr:
    """``expr`` with 1 for the sum of a distribution."""

    def step(node: Basic) -> Basic:
        if (
            isinstance(node, Reduce)
            and node.kind == "sum"
            and node.cond == TRUE
            and len(node.bound) == 1
            and isinstance(node.body, Element)
            and any(_is_sum_of(node, unit) for unit in units)
        ):
            return S.One
        return node

    result: Expr = bottom_up(expr, step)
    return result


def _is_sum_of(node: Reduce, unit: UnitSum) -> bool:
    """Whether ``node`` adds ``unit`` up over its index and over that alone."""
    body = node.body
    place = unit.element.slots.index(unit.index)
    others = [slot for number, slot in enumerate(body.slots) if number != place]
    return (
        body.tensor == unit.element.tensor
        and body.slots[place] == node.bound[0]
        and not any(mentions(slot, node.bound[0]) for slot in others)
    )


def _worth(expr: Expr) -> bool:
    """Whether ``expr`` holds a sum, and not too much."""
    return weight(expr) <= LONGEST and any(
        isinstance(node, Reduce) and node.kind == "sum" for node in subexpressions(expr)
    )
