"""Small exact algebra of products and sums: powers, common factors, length of a formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from sympy import Add, Dummy, Mul, Pow, S, cancel, factor, fraction, log
from sympy.core.basic import Basic
from sympy.core.expr import Expr
from sympy.core.numbers import Number

from symderive.expr import (
    Compare,
    Element,
    Exp,
    Expm1,
    Index,
    Iverson,
    Log1p,
    Log2,
    Reduce,
    Size,
    Xdivy,
    Xlogy,
    bottom_up,
    compare,
    elements,
    in_order,
    replace,
    subexpressions,
)
from symderive.expr.nodes import Bound

#: Whether a factor has to stay where a condition guards it.
Keep: TypeAlias = Callable[[Expr], bool]


def powers(expr: Expr) -> tuple[Expr, dict[Expr, Expr]]:
    """The numeric coefficient of a product and its bases with their exponents."""
    coefficient, rest = expr.as_coeff_Mul()
    table: dict[Expr, Expr] = {}
    for part in Mul.make_args(rest):
        base, exponent = part.as_base_exp()
        if part != S.One:
            table[base] = table.get(base, S.Zero) + exponent
    return coefficient, table


def common_factor(expr: Expr, keep: Keep | None = None) -> Expr:
    """``a*b + a*c`` as ``a*(b + c)``, for factors that every term has; numbers stay inside.

    Where every term has a bracket, what ``keep`` names stays behind them: a factor that may be
    infinite must not count where they are 0.

    >>> from sympy import symbols
    >>> a, b, c = symbols("a b c")
    >>> common_factor(a * b - a * c)
    a*(b - c)
    """
    if not isinstance(expr, Add):
        return expr
    tables = [powers(term)[1] for term in expr.args]
    shared: dict[Expr, Expr] = {}
    for base, exponent in tables[0].items():
        exponents = [table.get(base, S.Zero) for table in tables]
        if all(e.is_Integer for e in exponents):
            least = min(exponents) if exponent > 0 else max(exponents)
            if least != 0 and all((e > 0) == (least > 0) for e in exponents):
                shared[base] = least
        elif all(e == exponent for e in exponents):
            shared[base] = exponent
    guarded = all(any(isinstance(base, Iverson) for base in table) for table in tables)
    if keep is not None and guarded:
        shared = {base: e for base, e in shared.items() if not keep(Pow(base, e))}
    if not shared:
        return expr
    common = Mul(*(Pow(base, shared[base]) for base in in_order(shared)))
    rest = Add(*(term / common for term in expr.args))
    if isinstance(rest, Number):
        return rest * common
    return Mul(common, rest)


def tidy(expr: Expr) -> Expr:
    """``-(a - b) c`` as ``(b - a) c``, where that spares a sign.

    >>> from sympy import symbols
    >>> a, b, c = symbols("a b c")
    >>> tidy(-c * (a - b)) == c * (b - a)
    True
    """
    if not isinstance(expr, Mul):
        return expr
    coefficient, rest = expr.as_coeff_Mul()
    if not coefficient.is_negative:
        return expr
    factors = list(Mul.make_args(rest))
    for position, part in enumerate(factors):
        if isinstance(part, Add) and any(t.as_coeff_Mul()[0].is_negative for t in part.args):
            factors[position] = Add(*(-term for term in part.args))
            return Mul(-coefficient, *factors)
    return expr


def turned(expr: Expr) -> Expr:
    """``expr`` with ``u < c`` for ``c - u > 0`` in its conditions, where ``c`` is a number.

    >>> from symderive.expr import Tensor, compare, iverson
    >>> t = Tensor("t")()
    >>> turned(-iverson(compare(">", 1 - t, S.Zero)))
    -[t < 1]
    """

    def step(node: Basic) -> Basic:
        if not (isinstance(node, Compare) and node.op in _TURNED and node.rhs == S.Zero):
            return node
        number, rest = node.lhs.as_coeff_Add()
        if number == S.Zero or isinstance(rest, Add) or not rest.as_coeff_Mul()[0].is_negative:
            return node
        return compare(_TURNED[node.op], -rest, number)

    result: Expr = bottom_up(expr, step)
    return result


_TURNED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}

#: A fraction longer than this is left as it is: cancelling would cost more than it clears up.
LONGEST_FRACTION = 60


def as_quotients(expr: Expr, *, joined: bool = False) -> Expr:
    """``expr`` with fractions cancelled against factors they divide by, if that is shorter.

    ``Xdivy(a, b)`` counts as ``a / b`` here: equal wherever ``b`` is not 0. Where fractions by
    different powers of one divisor are added, they may be ``joined``.

    >>> from symderive.expr import Tensor
    >>> r = Tensor("r")()
    >>> as_quotients(1 / (r**2 + 4) - r**2 / (r**2 + 4) ** 2, joined=True)
    4/(r**2 + 4)**2
    """
    if not any(isinstance(node, Xdivy | Pow) for node in subexpressions(expr)):
        return expr
    expr = bottom_up(expr, lambda node: S.One if _is_one(node) else node)
    factors = Mul.make_args(expr)
    fractions = [f for f in factors if any(_divides(node) for node in subexpressions(f))]
    rest = [f for f in factors if f not in fractions]
    below = {base for f in fractions for node in subexpressions(f) for base in _divisors(node)}
    inside = [f for f in rest if f.as_base_exp()[0] in below]
    apart = joined and _divide_by_one(fractions)
    if not (inside or apart) or weight(*fractions, *inside) > LONGEST_FRACTION:
        return expr
    outside = [f for f in rest if f not in inside]
    table: dict[Basic, Basic] = {}
    for node in (*elements(*fractions, *inside), *_opaque(*fractions, *inside)):
        table.setdefault(node, Dummy(f"t{len(table)}", real=True))
    plain = replace(_without_xdivy(Mul(*fractions, *inside)), table)
    if plain.has(Reduce, Iverson, Exp):
        return expr
    together = factor(cancel(plain))
    if any(isinstance(node, Xdivy) for part in fractions for node in subexpressions(part)):
        # What is 0 where the numerator is must stay so.
        top, bottom = fraction(together)
        scale, top = top.as_coeff_Mul()
        together = scale * (top if bottom.is_number else Xdivy(top, bottom))
        together = together / bottom if bottom.is_number else together
    back: dict[Basic, Basic] = {dummy: node for node, dummy in table.items()}
    shorter = Mul(*outside, replace(together, back))
    return shorter if weight(shorter) < weight(expr) else expr


def _is_one(node: Basic) -> bool:
    """Whether ``node`` divides something by itself."""
    return isinstance(node, Xdivy) and node.args[0] == node.args[1]


def _divisors(node: Basic) -> tuple[Basic, ...]:
    """What ``node`` divides by: the factors of its divisor."""
    if not _divides(node):
        return ()
    divisor = node.args[1] if isinstance(node, Xdivy) else node.args[0]
    return (divisor, *powers(divisor)[1])


def _divide_by_one(factors: Sequence[Expr]) -> bool:
    """Whether one sum is divided by in several of ``factors``, or in terms by its powers."""
    seen: set[Expr] = set()
    for factor_ in factors:
        found: dict[Expr, set[Expr]] = {}
        for node in subexpressions(factor_):
            if isinstance(node, Pow) and node.exp.is_negative and isinstance(node.base, Add):
                found.setdefault(node.base, set()).add(node.exp)
        if seen & set(found) or any(len(exponents) > 1 for exponents in found.values()):
            return True
        seen |= set(found)
    return False


def _divides(node: Basic) -> bool:
    return isinstance(node, Xdivy) or (isinstance(node, Pow) and bool(node.exp.is_negative))


def _opaque(*roots: Basic) -> list[Basic]:
    """The largest parts that are no rational function of others: taken as they are."""
    return [n for n in subexpressions(*roots) if isinstance(n, Reduce | Iverson | Exp)]


def _without_xdivy(expr: Expr) -> Expr:
    def step(node: Basic) -> Basic:
        return node.args[0] / node.args[1] if isinstance(node, Xdivy) else node

    plain: Expr = bottom_up(expr, step)
    return plain


def weight(*roots: Basic) -> int:
    """How long a formula is: its nodes as a reader counts them, repeated ones each time."""
    memo: dict[int, int] = {}
    for node in subexpressions(*roots):
        match node:
            case Element():
                memo[id(node)] = 1 + sum(memo[id(slot)] for slot in node.slots)
            case Index() | Bound():
                memo[id(node)] = 0
            case Number():
                memo[id(node)] = 0 if node in (S.One, S.NegativeOne) else 1
            case _ if not node.args:
                memo[id(node)] = 0 if not isinstance(node, Expr) else 1
            case _:
                memo[id(node)] = 1 + sum(memo[id(part)] for part in node.args if id(part) in memo)
    return sum(memo[id(root)] for root in roots)


def is_total(expr: Expr) -> bool:
    """Whether ``expr`` is finite wherever its elements are (so that 0 times it is 0)."""
    for node in subexpressions(expr):
        match node:
            case Pow():
                base, exponent = node.args
                if not ((exponent.is_Integer and exponent.is_positive) or isinstance(base, Size)):
                    return False
            case Exp() | Expm1() | Log1p() | Xlogy() | Xdivy() | log() | Log2():
                return False
            case Reduce() if node.kind != "sum":
                return False
    return True
