"""Lays paths and values out as displays: braces, the order of factors, sums, named adjoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sympy import Add, Mul, Pow, S
from sympy.core.basic import Basic
from sympy.core.expr import Expr
from sympy.core.numbers import Number

from symderive.derive.display import (
    Adjoint,
    Brace,
    Display,
    Leaf,
    Product,
    Quotient,
    Sum,
    Total,
    leaves,
    walk,
)
from symderive.derive.links import Links, Term, total
from symderive.derive.paths import Path, Paths
from symderive.expr import (
    Compare,
    Element,
    Index,
    Iverson,
    Reduce,
    all_of,
    conjuncts,
    elements,
    in_order,
    iverson,
    mentions,
    open_fresh,
    replace,
    subexpressions,
)
from symderive.model import adjoint_name
from symderive.rewrite import is_positional, powers, tidy, weight, with_sigmoids


def substitution(facts: Basic, own: set[Expr]) -> dict[Basic, Basic]:
    """Letters of the goal that a case pins to another position."""
    table: dict[Basic, Basic] = {}
    for cond in conjuncts(facts):
        if isinstance(cond, Compare) and cond.op == "==":
            for side, other in ((cond.lhs, cond.rhs), (cond.rhs, cond.lhs)):
                if side in own and side not in table and not mentions(other, side):
                    table[side] = replace(other, table)
                    break
    return table


def braced_product(path: Path, pinned: Mapping[Basic, Basic], links: Links) -> Display:
    """The product of partials, each with its value under a brace."""
    factors: list[Display] = [] if path.start is None else [_moved(path.start, pinned)]
    for above, below, terms in zip(path.nodes[:-1], path.nodes[1:], path.values, strict=True):
        partial = links.partial(replace(above, pinned), replace(below, pinned))
        factors.append(Brace(partial, _terms_display(terms, pinned)))
    return _summed(path, pinned, factors)


def plain_product(path: Path, pinned: Mapping[Basic, Basic]) -> Display:
    """The product of the values, factors of 1 left out."""
    factors: list[Display] = [] if path.start is None else [_moved(path.start, pinned)]
    for terms in path.values:
        shown = _terms_display(terms, pinned)
        if shown != Leaf(S.One):
            factors += shown.factors if isinstance(shown, Product) else (shown,)
    if not _has_bracket(factors):
        factors = _number_first(factors)
    if not factors:
        factors = [Leaf(S.One)]
    return _summed(path, pinned, factors)


def _has_bracket(factors: Sequence[Display]) -> bool:
    """Whether a bracket is one of ``factors``."""
    return any(isinstance(f, Leaf) and isinstance(f.expr, Iverson) for f in factors)


def _number_first(factors: Sequence[Display]) -> list[Display]:
    """The numbers, sizes and signs of ``factors`` joined in front."""
    number: Expr = S.One
    rest: list[Display] = []
    for factor in factors:
        if not isinstance(factor, Leaf) or isinstance(factor.expr, Add):
            rest.append(factor)
            continue
        sign = S.NegativeOne if factor.expr.as_coeff_Mul()[0].is_negative else S.One
        scale = factor.expr if _is_scale(factor.expr) else sign
        number *= scale
        if factor.expr != scale:
            rest.append(Leaf(factor.expr / scale))
    first = rest[0] if rest else None
    if number == S.NegativeOne and isinstance(first, Leaf) and not isinstance(first.expr, Add):
        return [Leaf(-first.expr), *rest[1:]]
    return rest if number == S.One else [Leaf(number), *rest]


def _is_scale(expr: Expr) -> bool:
    """Whether ``expr`` is made of numbers and sizes: ``2 / N``."""
    return not any(
        isinstance(node, Element | Reduce | Iverson | Index) for node in subexpressions(expr)
    )


def _scale_apart(expr: Expr) -> tuple[Expr, Expr]:
    """``expr`` as a scale times the rest."""
    factors = Mul.make_args(expr)
    scale = Mul(*(factor for factor in factors if _is_scale(factor)))
    return scale, Mul(*(factor for factor in factors if not _is_scale(factor)))


def _over(factors: Sequence[Display]) -> list[Display]:
    """``factors`` with each adjoint on the line of the divisor behind it.

    ``delta * 1 / sigma`` is ``delta / sigma``.
    """
    found: list[Display] = []
    for factor in factors:
        last = found[-1] if found else None
        if isinstance(last, Adjoint) and isinstance(factor, Leaf) and _is_one_over(factor.expr):
            found[-1] = Quotient(last, Leaf(S.One / factor.expr))
        else:
            found.append(factor)
    return found


def _is_one_over(expr: Expr) -> bool:
    """Whether ``expr`` is 1 over what varies."""
    parts = Mul.make_args(expr)
    return all(isinstance(part, Pow) and _is_divisor(part) for part in parts)


def _moved(adjoint: Adjoint, pinned: Mapping[Basic, Basic]) -> Adjoint:
    return Adjoint(adjoint.of, replace(adjoint.element, pinned))


def _summed(path: Path, pinned: Mapping[Basic, Basic], factors: Sequence[Display]) -> Display:
    """The product below the sums of ``path``, scales such as 2 / N in front of them.

    From a named adjoint on, the sum reaches as far as its index does.
    """
    reach = len(factors)
    if path.start is not None:
        while reach and not _mentions(factors[reach - 1], path.summed):
            reach -= 1
    if not path.summed:
        return _product(_over(factors))
    scale, inside = _in_front(factors[:reach])
    summed = Total(path.summed, replace(path.cond, pinned), _product(_over(inside)))
    after = list(factors[reach:])
    divisors = [f for f in after if isinstance(f, Leaf) and _is_one_over(f.expr)]
    scale = Mul(scale, *(divisor.expr for divisor in divisors))
    front = [] if scale == S.One else [Leaf(scale)]
    return _product([*front, summed, *(f for f in after if f not in divisors)])


def _in_front(factors: Sequence[Display]) -> tuple[Expr, list[Display]]:
    """What a sum over the product of ``factors`` is multiplied by, and what stays below it.

    Beside a bracket, numbers stay where they are: its own sign follows it.
    """
    first = factors[0] if factors else None
    if not isinstance(first, Leaf) or isinstance(first.expr, Add) or _has_bracket(factors):
        return S.One, list(factors)
    scale, kept = _scale_apart(first.expr)
    rest = [*((Leaf(kept),) if kept != S.One else ()), *factors[1:]]
    return (scale, rest) if rest else (S.One, list(factors))


def _product(factors: Sequence[Display]) -> Display:
    return factors[0] if len(factors) == 1 else Product(tuple(factors))


def _mentions(display: Display, letters: Sequence[Index]) -> bool:
    return any(mentions(expr, *letters) for expr in expressions(display))


def _terms_display(terms: Sequence[Term], pinned: Mapping[Basic, Basic]) -> Display:
    """The value of a partial: the factors of a single term as the rules give them."""
    terms = [term.replaced(pinned) for term in terms]
    if len(terms) > 1:
        expr = tidy(total(terms))
        return Leaf(expr) if not isinstance(expr, Mul) else _own_order(expr, terms)
    (term,) = terms
    bracket: tuple[Expr, ...] = (iverson(all_of(term.conds)),) if term.conds else ()
    number = Mul(*(factor for factor in term.factors if isinstance(factor, Number)))
    rest = tuple(factor for factor in term.factors if not isinstance(factor, Number))
    if number == S.NegativeOne and not bracket and rest and not isinstance(rest[0], Add):
        number, rest = S.One, (-rest[0], *rest[1:])
    if number == S.NegativeOne and bracket and not rest and all(map(is_positional, term.conds)):
        number, bracket = S.One, (-bracket[0],)  # but the slope of a kink is followed by its sign
    rest = tuple(joined_fractions(rest))
    if abs(number) != S.One and not bracket:
        apart = [_scale_apart(factor) for factor in rest]
        number = Mul(number, *(scale for scale, _ in apart))
        rest = tuple(kept for _, kept in apart if kept != S.One)
    scale = (number,) if number != S.One else ()
    positive = number.as_coeff_Mul()[0].is_positive
    factors = (*scale, *bracket, *rest) if positive else (*bracket, *scale, *rest)
    if len(factors) <= 1:
        return Leaf(factors[0] if factors else S.One)
    return Product(tuple(map(Leaf, factors)))


def joined_fractions(factors: Sequence[Expr]) -> list[Expr]:
    """The factors with each divisor joined to the factor before it (the first to the one after).

    >>> from sympy import symbols
    >>> p, q, x = symbols("p q x")
    >>> joined_fractions([p, 1 / q, x])
    [p/q, x]
    """
    joined: list[Expr] = []
    for factor in factors:
        last = joined[-1] if joined else None
        if last is None or isinstance(last, Iverson) or _has_adjoint(last) or _has_adjoint(factor):
            joined.append(factor)
        elif _is_divisor(factor) or _is_divisor(last):
            joined[-1] = Mul(last, factor)
        else:
            joined.append(factor)
    return joined


def _is_divisor(factor: Expr) -> bool:
    if factor.is_number:  # 1 / log 2, with its sign
        return (
            any(_is_divisor(part) for part in factor.args)
            if isinstance(factor, Mul)
            else (isinstance(factor, Pow) and bool(factor.exp.is_negative))
        )
    base, exponent = factor.as_base_exp()
    return bool(exponent.is_negative) and not base.is_number


def _own_order(expr: Mul, terms: Sequence[Term]) -> Display:
    """The factors of ``expr`` in the order in which the terms have them."""
    first = [factor for term in terms for factor in term.factors]

    def place(factor: Expr) -> int:
        if factor.is_number:
            return -1
        return first.index(factor) if factor in first else len(first)

    factors = sorted(in_order(expr.args), key=place)
    return Product(tuple(map(Leaf, joined_fractions(factors))))


def cancels(path: Path) -> bool:
    """Whether factors cancel, or those of different braces combine."""
    seen: set[Expr] = set()
    for terms in path.values:
        if len(terms) == 1 and weight(total(terms)) + 1 < weight(*terms[0].factors):
            return True
        bases = {
            b for b in powers(total(terms))[1] if not b.is_number and not isinstance(b, Iverson)
        }
        if bases & seen:
            return True
        seen |= bases
    return False


def contracts(path: Path) -> bool:
    """Whether an index that the path sums over is equal to another in a bracket, and so goes."""
    return any(
        isinstance(cond, Compare) and cond.op == "==" and mentions(cond, *path.summed)
        for terms in path.values
        for node in subexpressions(total(terms))
        if isinstance(node, Iverson)
        for cond in conjuncts(node.cond)
    )


def shortens(path: Path, value: Expr, among: int) -> bool:
    """Whether ``value`` says in less what the path's product says, fractions cancelled."""
    if path.summed or among > 1:
        return False
    product = Mul(*(total(terms) for terms in path.values))
    return weight(value) + 1 < _shown_weight(path) or value == with_sigmoids(product) != product


def _shown_weight(path: Path) -> int:
    """How long the product of the values is, written factor by factor."""
    factors = [
        factor
        for terms in path.values
        for factor in (terms[0].factors if len(terms) == 1 else (total(terms),))
    ]
    return weight(*factors) + (1 if len(factors) > 1 else 0)


def uncollected(path: Path) -> Expr:
    """The path's product as an expression, not simplified across its factors."""
    parts = [total(terms) for terms in path.values]
    return Mul(*parts, evaluate=False) if len(parts) > 1 else parts[0]


def expressions(display: Display) -> list[Basic]:
    """The expressions and conditions of a display."""
    found: list[Basic] = list(leaves(display))
    found += [node.cond for node in walk(display) if isinstance(node, Total)]
    return found


def to_display(expr: Expr, paths: Paths, values: Sequence[Expr] = ()) -> Display:
    """``expr`` as a display: factors in the order of ``values``, adjoints by their names."""
    if isinstance(expr, Mul):
        where = [{e.tensor for e in elements(value)} for value in values]

        def place(factor: Expr) -> int:
            if factor.is_number or paths.links.is_constant(factor):
                return -1
            mine = {e.tensor for e in elements(factor)}
            found = [k for k, tensors in enumerate(where) if mine and mine <= tensors]
            return found[-1] + 1 if found else 0

        factors = sorted(in_order(expr.args), key=place)
        if factors[0] == S.NegativeOne:
            # A sum keeps its signs: another factor carries this one.
            for carrier in factors[1:]:
                if not isinstance(carrier, Add) and not _has_adjoint(carrier):
                    factors = [-carrier, *(f for f in factors[1:] if f != carrier)]
                    break
        shown = [
            to_display(factor, paths) if _has_adjoint(factor) else Leaf(factor)
            for factor in joined_fractions(factors)
        ]
        return _product(_over(shown))
    if not _has_adjoint(expr):
        return Leaf(expr)
    if isinstance(expr, Add):
        return Sum(tuple(to_display(term, paths, values) for term in in_order(expr.args)))
    if isinstance(expr, Reduce) and expr.kind == "sum":
        letters, cond, body = open_fresh(expr, paths.fresh)
        return Total(letters, cond, to_display(body, paths))
    if isinstance(expr, Element):
        return Adjoint(paths.top, paths.element_of(expr))
    return Leaf(expr)


def _has_adjoint(expr: Expr) -> bool:
    prefix = adjoint_name("")
    return any(element.tensor.name.startswith(prefix) for element in elements(expr))
