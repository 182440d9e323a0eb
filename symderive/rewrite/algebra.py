"""Small exact algebra of products and sums of our nodes: powers, common factors, size of a formula."""

from __future__ import annotations

from sympy import Add, Mul, Pow, S
from sympy.core.basic import Basic
from sympy.core.expr import Expr
from sympy.core.numbers import Number

from symderive.expr import Element, Index, in_order, subexpressions
from symderive.expr.nodes import Bound


def powers(expr: Expr) -> tuple[Expr, dict[Expr, Expr]]:
    """The numeric coefficient of a product and its bases with their exponents."""
    coefficient, rest = expr.as_coeff_Mul()
    table: dict[Expr, Expr] = {}
    for factor in Mul.make_args(rest):
        base, exponent = factor.as_base_exp()
        if factor != S.One:
            table[base] = table.get(base, S.Zero) + exponent
    return coefficient, table


def common_factor(expr: Expr) -> Expr:
    """``a*b + a*c`` as ``a*(b + c)``, for factors that every term has; numbers stay inside.

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
    if not shared:
        return expr
    common = Mul(*(Pow(base, shared[base]) for base in in_order(shared)))
    rest = Add(*(term / common for term in expr.args))
    if isinstance(rest, Number):
        return rest * common
    return Mul(common, rest)


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
