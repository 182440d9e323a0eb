"""Named intermediates put back: ``e^{s_j} / sum_l e^{s_l}`` is ``p_j`` again."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from sympy import Add, Mul, Pow, S, Symbol, cancel, expand, factor, fraction, gcd, together
from sympy.core.basic import Basic
from sympy.core.expr import Expr
from sympy.core.numbers import Number, NumberSymbol
from sympy.polys.polyerrors import PolynomialError

from symderive.expr import (
    Axis,
    Bound,
    Element,
    Exp,
    Fresh,
    Index,
    Iverson,
    Reduce,
    Sigmoid,
    Size,
    bottom_up,
    children,
    close,
    elements,
    height,
    open_fresh,
    replace,
    subexpressions,
    with_children,
)
from symderive.rewrite.algebra import is_total, powers, weight


@dataclass(frozen=True)
class Named:
    """A definition ``name[indices] = value`` that may be put back."""

    name: Element
    value: Expr

    @property
    def indices(self) -> tuple[Index, ...]:
        return tuple(slot for slot in self.name.slots if isinstance(slot, Index))


def unfold(expr: Expr, named: Named, fresh: Fresh) -> Expr:
    """Put the definition of a name in wherever it occurs; no index of it is captured.

    >>> from symderive.expr import Axis, Fresh, Index, Tensor, close
    >>> N = Axis("N")
    >>> i, j, s, t = Index("i", N), Index("j", N), Tensor("s", (N,)), Tensor("t", (N,))
    >>> total = Named(t[i], close("sum", [j], s[i] * s[j]))
    >>> unfold(close("sum", [j], t[j]), total, Fresh())
    sum[_1_0](sum[_0_0](s[_0_0]*s[_1_0]))
    """

    def walk(node: Basic) -> Basic:
        if not any(element.tensor == named.name.tensor for element in elements(node)):
            return node
        if isinstance(node, Reduce):
            letters, cond, body = open_fresh(node, fresh)
            return close(node.kind, letters, walk(body), walk(cond))
        if isinstance(node, Element) and node.tensor == named.name.tensor:
            return replace(named.value, dict(zip(named.indices, node.slots, strict=True)))
        return with_children(node, tuple(walk(child) for child in children(node)))

    result: Expr = walk(expr)
    return result


def fold(expr: Expr, names: Sequence[Named]) -> Expr:
    """Put back every definition of ``names`` that occurs in ``expr``, whole or as factors.

    >>> from symderive.expr import Axis, Exp, Index, Tensor, close
    >>> C = Axis("C")
    >>> j, l, s, p = Index("j", C), Index("l", C), Tensor("s", (C,)), Tensor("p", (C,))
    >>> softmax = Named(p[j], Exp(s[j]) / close("sum", [l], Exp(s[l])))
    >>> fold(2 * Exp(s[l]) * softmax.value ** 2 / Exp(s[j]), [softmax])
    2*p[j]*p[l]
    """

    def step(node: Basic) -> Basic:
        for named in names:
            if isinstance(node, Expr):
                node = _fold_node(node, named)
        return node

    result: Expr = bottom_up(expr, step)
    return result


def _fold_node(node: Expr, named: Named) -> Expr:
    pattern = named.value
    if isinstance(pattern, Mul) and isinstance(node, Mul):
        return _fold_factors(node, named)
    if isinstance(pattern, Pow) and isinstance(node, Pow | Mul):
        return _fold_factors(node, named)
    if type(node) is type(pattern):
        for binding in bindings(pattern, named.indices, node):
            if replace(pattern, binding) == node:
                name: Expr = replace(named.name, binding)
                return name
    return node


def _fold_factors(node: Expr, named: Named) -> Expr:
    """Put ``named`` for factors of ``node`` as often as that shortens it."""
    if isinstance(named.value, Pow) and is_root(named.value):
        return _fold_roots(node, named)
    coefficient, wanted = _atoms(named.value)
    if coefficient != 1 or not all(exponent.is_Integer for exponent in wanted.values()):
        return node
    folded = node
    progress = True
    while progress:
        progress = False
        scale, have = _atoms(folded)
        for binding in bindings(named.value, named.indices, folded):
            needed: dict[Expr, Expr] = {}
            for base, exponent in wanted.items():  # x[k]*x[q] at k = q is a square
                bound = replace(base, binding)
                needed[bound] = needed.get(bound, S.Zero) + exponent
            if all(_covers(have.get(base, S.Zero), e) for base, e in needed.items()):
                name = replace(named.name, binding)
                rest = {b: e - needed.get(b, S.Zero) for b, e in have.items()}
                guards = {b: S.One for b in needed if isinstance(b, Iverson)}
                if guards and not is_total(Mul(*(Pow(b, e) for b, e in rest.items()))):
                    rest |= guards  # what is left must not count where the name is 0
                shorter = Mul(scale, name, *(Pow(b, e) for b, e in rest.items()))
                if weight(shorter) < weight(folded):
                    folded, progress = shorter, True
                    break
    return folded


def is_root(expr: Expr) -> bool:
    """Whether ``expr`` is a power with a number for exponent that is no whole one."""
    return isinstance(expr, Pow) and bool(expr.exp.is_Rational and not expr.exp.is_Integer)


def _fold_roots(node: Expr, named: Named) -> Expr:
    """Put ``named``, a root, for whole powers of it: ``1/r`` for ``1/sqrt(u)``."""
    scale, have = powers(node)
    for binding in bindings(named.value, named.indices, node):
        base, exponent = replace(named.value, binding).as_base_exp()
        times = have.get(base, S.Zero) / exponent
        if times.is_Integer and times != 0:
            power: Expr = replace(named.name, binding) ** times
            shorter = Mul(scale, power, *(Pow(b, e) for b, e in have.items() if b != base))
            if weight(shorter) < weight(node):
                return _fold_roots(shorter, named)
    return node


def _atoms(expr: Expr) -> tuple[Expr, dict[Expr, Expr]]:
    """The factors of a product with their exponents; ``b**(u - v)`` is ``b**u`` over ``b**v``."""
    coefficient, table = powers(expr)
    found: dict[Expr, Expr] = {}
    for base, exponent in table.items():
        if exponent.is_number:
            found[base] = found.get(base, S.Zero) + exponent
            continue
        for term in Add.make_args(exponent):
            below = term.could_extract_minus_sign()
            atom = Pow(base, -term if below else term)
            found[atom] = found.get(atom, S.Zero) + (S.NegativeOne if below else S.One)
    return coefficient, found


def _covers(have: Expr, wanted: Expr) -> bool:
    return bool(have.is_Integer and have * wanted > 0 and abs(have) >= abs(wanted))


def bindings(
    pattern: Expr, variables: Sequence[Index], node: Basic
) -> Iterator[Mapping[Basic, Basic]]:
    """Values for ``variables`` under which ``pattern`` could occur in ``node``.

    What ``node`` itself binds is no value: outside of ``node`` it means nothing.
    """
    if not variables:
        yield {}
        return
    there = elements(node)
    inside = height(node)
    choices: list[list[Basic]] = []
    for variable in variables:
        options: dict[Basic, None] = {}
        for mine in elements(pattern):
            for position, slot in enumerate(mine.slots):
                if slot == variable:
                    options.update(
                        dict.fromkeys(
                            e.slots[position]
                            for e in there
                            if e.tensor == mine.tensor and not _holds(e.slots[position], inside)
                        )
                    )
        choices.append(list(options))
    for values in product(*choices):
        yield dict(zip(variables, values, strict=True))


def _holds(slot: Basic, inside: int) -> bool:
    """Whether ``slot`` holds an index that is bound below the height ``inside``."""
    return any(isinstance(p, Bound) and p.height < inside for p in subexpressions(slot))


def with_sigmoids(expr: Expr) -> Expr:
    """``e^u / (1 + e^u)`` and ``1 / (1 + e^-u)`` as ``sigmoid(u)``, in every term.

    >>> from symderive.expr import Exp, Tensor
    >>> x = Tensor("x")()
    >>> with_sigmoids(2 * Exp(x) / (1 + Exp(x)))
    2*Sigmoid(x)
    """
    return Add(*(_with_sigmoid(term) for term in Add.make_args(expr)))


def _with_sigmoid(term: Expr) -> Expr:
    scale, table = powers(term)
    for base, exponent in table.items():
        if exponent != S.NegativeOne or not isinstance(base, Add) or len(base.args) != 2:
            continue
        one, other = base.args if base.args[0] == S.One else base.args[::-1]
        if one == S.One and isinstance(other, Exp):
            rest = {b: e for b, e in table.items() if b != base}
            above = rest.pop(other, None) == S.One
            if not above and other in table:
                return term
            argument = other.args[0] if above else -other.args[0]
            return Mul(scale, Sigmoid(argument), *(Pow(b, e) for b, e in rest.items()))
    return term


def through_value(
    named: Named, derivative: Expr, memo: dict[tuple[Expr, Expr], Expr | None] | None = None
) -> Expr | None:
    """``derivative`` in terms of the value of ``named``, by eliminating an exponential.

    With ``T = e**(q*u)``, value and derivative are rational in ``T``; if the value determines
    ``T`` rationally, ``T`` is eliminated, and the result is checked as an identity of rational
    functions. None if that does not lead anywhere. ``memo`` may be shared by calls: an identity
    is then found once, whatever the names in it.

    >>> from sympy import Symbol
    >>> from symderive.expr import Axis, Exp, Index, Tensor
    >>> i, x, y = Index("i", Axis("N")), Tensor("x", (Axis("N"),)), Tensor("y", (Axis("N"),))
    >>> sigma = Named(y[i], 1 / (1 + Exp(-x[i])))
    >>> through_value(sigma, Exp(-x[i]) / (1 + Exp(-x[i])) ** 2)
    (1 - y[i])*y[i]
    """
    exponents = _exponents(named.value, derivative)
    if exponents is None:
        return None
    table: dict[Basic, Basic] = {node: _T**rate for node, rate in exponents.items()}
    value, slope = replace(named.value, table), replace(derivative, table)
    opaque: dict[Basic, Basic] = {
        element: Symbol(f"t{place}", real=True)
        for place, element in enumerate(elements(value, slope))
    }
    value, slope = replace(value, opaque), replace(slope, opaque)
    if not _is_rational(value, slope) or weight(value, slope) > LONGEST_ELIMINATION:
        return None
    memo = {} if memo is None else memo
    if (value, slope) not in memo:
        memo[value, slope] = _eliminated(value, slope)
    result = memo[value, slope]
    if result is None:
        return None
    back: dict[Basic, Basic] = {_A: named.name, **{d: e for e, d in opaque.items()}}
    folded: Expr = replace(result, back)
    return folded


def _is_rational(*roots: Expr) -> bool:
    """Whether ``roots`` are rational functions of symbols."""
    return all(
        isinstance(node, Symbol | Number | Add | Mul)
        or (isinstance(node, Pow) and bool(node.exp.is_Integer))
        for node in subexpressions(*roots)
    )


#: Longer formulas are not searched for their own value: it would take long and help nobody.
LONGEST_ELIMINATION = 80

_T = Symbol("T", positive=True)
_U = Symbol("U", positive=True)
_A = Symbol("A")


def _eliminated(value: Expr, slope: Expr) -> Expr | None:
    """``slope`` as a function of ``A = value``, where both are rational in ``T``."""
    try:
        top, bottom = fraction(cancel(together(value)))
        step = _lowest_power(top, bottom, _T)
        equation = (top - _A * bottom).as_poly(_T)
        if equation is None or step is None or equation.degree() != step:
            return None
        power = -equation.nth(0) / equation.nth(step)
        slope_top, slope_bottom = fraction(cancel(together(slope)))
        if slope_top.as_poly(_T) is None or slope_bottom.as_poly(_T) is None:
            return None
        shift = _common_shift(slope_top, slope_bottom, _T, step)
        if shift is None:
            return None
        quotient = cancel(cancel(shift.subs(_T, _U ** (S.One / step))).subs(_U, power))
        result = min(factor(quotient), expand(quotient), key=weight)
        if cancel(result.subs(_A, value) - slope) != 0 or not _divides_by_scale_only(result):
            return None
    except PolynomialError:
        return None
    return _tidy_signs(result)


def _divides_by_scale_only(expr: Expr) -> bool:
    """Whether ``expr`` divides by numbers and sizes alone: by nothing that may be 0."""
    _, bottom = fraction(together(expr))
    return all(
        isinstance(part, Number | NumberSymbol | Size | Axis | Mul | Pow | Add)
        for part in subexpressions(bottom)
    )


def _tidy_signs(expr: Expr) -> Expr:
    """``-y*(y - 1)`` as ``y*(1 - y)``."""
    coefficient, rest = expr.as_coeff_Mul()
    if not coefficient.is_negative:
        return expr
    factors = list(Mul.make_args(rest))
    for position, part in enumerate(factors):
        if part.is_Add and any(term.could_extract_minus_sign() for term in part.args):
            flipped = -part
            if not all(term.could_extract_minus_sign() for term in flipped.args):
                factors[position] = flipped
                return Mul(-coefficient, *factors)
    return expr


def _exponents(*roots: Expr) -> dict[Basic, Expr] | None:
    """Each exponential below ``roots`` with its integer rate in a common exponent."""
    found = [n for n in dict.fromkeys(subexpressions(*roots)) if isinstance(n, Exp)]
    if not found:
        return None
    unit = found[0].args[0].as_coeff_Mul()[1]
    rates: dict[Basic, Expr] = {}
    for node in found:
        coefficient, rest = node.args[0].as_coeff_Mul()
        if rest != unit or not coefficient.is_Rational:
            return None
        rates[node] = coefficient
    step = gcd(list(rates.values())) if len(rates) > 1 else abs(next(iter(rates.values())))
    return {node: rate / step for node, rate in rates.items()}


def _lowest_power(top: Expr, bottom: Expr, T: Symbol) -> int | None:
    """The greatest g such that both polynomials are polynomials in ``T**g``."""
    polys = [part.as_poly(T) for part in (top, bottom)]
    degrees = [m[0] for poly in polys if poly is not None for m in poly.monoms() if m[0]]
    return math.gcd(*degrees) if degrees and None not in polys else None


def _common_shift(top: Expr, bottom: Expr, T: Symbol, step: int) -> Expr | None:
    """The quotient as a function of ``T**step``, if it is one."""
    for part in (top, bottom):
        monoms = [monom[0] for monom in part.as_poly(T).monoms()]
        if any((m - monoms[-1]) % step for m in monoms):
            return None
    low_top = top.as_poly(T).monoms()[-1][0]
    low_bottom = bottom.as_poly(T).monoms()[-1][0]
    if (low_top - low_bottom) % step:
        return None
    return top / bottom


def named_all(definitions: Iterable[tuple[Element, Expr]]) -> tuple[Named, ...]:
    """Definitions worth putting back: not a bare name, number, or index-free copy."""
    return tuple(
        Named(name, value)
        for name, value in definitions
        if not isinstance(value, Element) and elements(value)
    )
