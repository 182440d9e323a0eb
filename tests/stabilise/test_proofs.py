"""Every row is an identity: proved exactly, and evaluated to many digits, extreme scores included.

Exactly: both sides are written out at explicit sizes in plain SymPy; their difference has the
derivative 0 by every entry, as a rational function of the exponentials, and is 0 at one point.
"""

from __future__ import annotations

import random

import pytest
import sympy
from sympy import Abs, Add, Mul, Pow, log, sign, tanh

from symderive.expr import (
    AllOf,
    AnyOf,
    Compare,
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
    Where,
    Xdivy,
    Xlogy,
    bottom_up,
    free_indices,
    open_with,
    replace,
)
from symderive.model.evaluate import Evaluator, Point, mp_field
from symderive.model.points import assignments, positions
from symderive.stabilise import agree

FUNCTIONS = {
    Exp: sympy.exp,
    Expm1: lambda u: sympy.exp(u) - 1,
    Sigmoid: lambda u: 1 / (1 + sympy.exp(-u)),
    Softplus: lambda u: sympy.log(1 + sympy.exp(u)),
    Log1p: lambda u: sympy.log(1 + u),
    Log2: lambda u: sympy.log(u) / sympy.log(2),
    Xlogy: lambda a, b: a * sympy.log(b),
    Xdivy: lambda a, b: a / b,
    tanh: lambda u: (sympy.exp(2 * u) - 1) / (sympy.exp(2 * u) + 1),
    log: sympy.log,
    sympy.erf: sympy.erf,
    Erfc: lambda u: 1 - sympy.erf(u),
}
COMPARE = {
    "==": int.__eq__,
    "!=": int.__ne__,
    "<": int.__lt__,
    "<=": int.__le__,
    ">": int.__gt__,
    ">=": int.__ge__,
}


def is_real(side):
    return not isinstance(side, Index) and getattr(side, "axis", None) is None


class WrittenOut:
    """Expressions as plain SymPy over one symbol for each entry; maxima and signs are opaque.

    ``decided`` says of every comparison of numbers whether it holds, ``picked`` which of its terms
    is every largest and smallest, if either is given.
    """

    def __init__(self, declared, sizes, labels, *, decided=None, picked=None):
        self.declared = {declaration.name: declaration for declaration in declared}
        self.sizes, self.labels = sizes, labels
        self.decided, self.picked = decided, picked
        self.symbols = {}

    def entry(self, element, env):
        key = (element.tensor.name, *(self.position(slot, env) for slot in element.slots))
        if key not in self.symbols:
            low = self.declared[key[0]].domain.low
            kind = {"positive": True} if low.is_zero else {"real": True}
            self.symbols[key] = sympy.Symbol("_".join(map(str, key)), **kind)
        return self.symbols[key]

    def position(self, slot, env):
        if isinstance(slot, Element):
            return self.labels[tuple(self.position(part, env) for part in slot.slots)]
        return env[slot]

    def holds(self, cond, env):
        match cond:
            case Compare() if is_real(cond.lhs) or is_real(cond.rhs):
                if self.decided is not None:
                    return self.decided
                assert cond.op == "!=", cond
                return True  # of symbols, which are any numbers
            case Compare():
                sides = (self.position(side, env) for side in (cond.lhs, cond.rhs))
                return COMPARE[cond.op](*sides)
            case AllOf():
                return all(self.holds(part, env) for part in cond.args)
            case AnyOf():
                return any(self.holds(part, env) for part in cond.args)
        return bool(cond)

    def __call__(self, node, env):
        match node:
            case Element():
                return self.entry(node, env)
            case Size():
                return sympy.Integer(self.sizes[node.axis])
            case Reduce():
                return self.reduction(node, env)
            case Add() | Mul() | Pow():
                return node.func(*(self(part, env) for part in node.args))
            case Abs() | sign():
                u = self(node.args[0], env)
                return self.side(u) * u if isinstance(node, Abs) else self.side(u)
            case MaxOf() | MinOf():
                one, other = parts = [self(part, env) for part in node.args]
                if self.picked is not None:
                    return parts[self.picked % 2]
                apart = self.side(one - other) * (one - other)
                return (one + other + (apart if isinstance(node, MaxOf) else -apart)) / 2
            case Iverson():
                return sympy.Integer(self.holds(node.cond, env))
            case Where():
                cond, yes, no = node.args
                return self(yes if self.holds(cond, env) else no, env)
            case _ if type(node) in FUNCTIONS:
                return FUNCTIONS[type(node)](*(self(part, env) for part in node.args))
        assert not node.args, node
        return node

    def side(self, u):
        """The sign of ``u``: a symbol, the same for what is a positive multiple of it."""
        if u.is_positive or u.is_negative:
            return sympy.Integer(1 if u.is_positive else -1)
        for key, symbol in self.symbols.items():
            if key[0] == "sign" and sympy.cancel(u / key[1]).is_positive:
                return symbol
        return self.symbols.setdefault(("sign", u), sympy.Symbol(f"sign{len(self.symbols)}"))

    def reduction(self, node, env):
        if node.kind == "max" and self.picked is None:
            return self.symbols.setdefault(("largest",), sympy.Symbol("largest", real=True))
        letters = [Index(f"_{place}", bound.axis) for place, bound in enumerate(node.bound)]
        cond, body = open_with(node, letters)
        inner = [{**env, **also} for also in assignments(letters, self.sizes)]
        terms = [self(body, within) for within in inner if self.holds(cond, within)]
        if node.kind in ("max", "min"):
            return terms[self.picked % len(terms)] if terms else sympy.nan
        if node.kind == "lse":
            return sympy.log(sympy.Add(*map(sympy.exp, terms)))
        return (sympy.Add if node.kind == "sum" else sympy.Mul)(*terms)


def is_zero(expr, symbols, depth=2):
    """Whether ``expr`` vanishes: as a rational function of the symbols and their exponentials.

    Where logarithms or powers of symbols are left, it has to vanish at points, and so have its
    derivatives up to an order of ``depth``.
    """
    powers = (p for p in expr.atoms(sympy.Pow) if not isinstance(p, sympy.exp))
    if not expr.has(sympy.log) and not any(p.exp.free_symbols for p in powers):
        if numerator_is_zero(expr):
            return True
        expr = sympy.expand(expr, power_exp=True, log=False)
        table = {}
        for power in expr.atoms(sympy.exp):
            coefficient, symbol = power.args[0].as_coeff_Mul()
            if symbol not in symbols:
                return vanishes_at_points(expr, symbols)
            table[power] = sympy.Symbol(f"T_{symbol}", positive=True) ** (6 * coefficient)
        return sympy.simplify(sympy.cancel(expr.xreplace(table))) == 0
    return vanishes_at_points(expr, symbols) and (
        depth == 0 or all(is_zero(sympy.diff(expr, s), symbols, depth - 1) for s in symbols)
    )


def numerator_is_zero(expr):
    """Whether ``expr`` on one denominator has 0 above it; False may mean that nothing is known."""
    expr = expr.replace(sympy.exp, lambda argument: sympy.exp(sympy.expand(argument)))
    return sympy.expand(sympy.numer(sympy.together(sympy.expand_power_exp(expr)))) == 0


def vanishes_at_points(expr, symbols):
    """Whether ``expr`` is 0 to 50 digits at three points."""
    for start in (2, 5, 9):
        at = {symbol: sympy.Rational(k + start, 3 + k) for k, symbol in enumerate(symbols)}
        if not abs(expr.xreplace(at).evalf(60)) < sympy.Float("1e-50", 60):
            return False
    return True


def are_identical(before, after, declared, labels, **cases):
    """Whether both sides are the same function of all entries, for every size 1 to 3."""
    letters = sorted(free_indices(before, after), key=str)
    axes = {axis for declaration in declared for axis in declaration.tensor.axes}
    for size in (1, 2, 3):
        sizes = dict.fromkeys(axes, size)
        write = WrittenOut(declared, sizes, {(k,): labels(k) % size for k in range(size)}, **cases)
        env = dict.fromkeys(letters, size - 1)
        sides = [write(side, env) for side in (before, after)]
        if any(side.has(sympy.zoo, sympy.nan) for side in sides):
            continue  # the logarithm of a sum over nothing
        difference = sides[0] - sides[1]
        if not is_zero(difference, sorted(difference.free_symbols, key=str)):
            return False
    return True


#: Rows about x alone, proved for each of its signs.
BY_SIGN = {
    "softplus by its sign",
    "sigmoid by its sign",
    "root and term",
    "one and root quotient",
    "one and signed fraction",
}
#: Rows whose sides are the same in each case: which tail it is, which term is the largest.
CASES = {
    "log step of erf": ({"decided": True}, {"decided": False}),
    "step of erf": ({"decided": True}, {"decided": False}),
    "log of largest": ({"picked": 0}, {"picked": 1}, {"picked": 2}),
}


def test_both_sides_of_a_row_are_identical(fires, rows):
    name, before, after = fires
    if name in BY_SIGN:
        assert all(are_identical_where(sign, before, after, rows.x) for sign in (1, -1))
        return
    sides = [with_definitions(side, rows.DEFINED) for side in (before, after)]
    for cases in CASES.get(name, ({},)):
        assert are_identical(*sides, rows.DECLARED, lambda k: k + 1, **cases)


def with_definitions(expr, defined):
    """``expr`` with the right sides of ``defined`` for their names."""
    table = {equation.tensor: equation for equation in defined}

    def step(node):
        equation = table.get(node.tensor) if isinstance(node, Element) else None
        if equation is None:
            return node
        return replace(equation.rhs, dict(zip(equation.indices, node.slots, strict=True)))

    return bottom_up(expr, step)


def are_identical_where(sign, before, after, x):
    """Whether both sides are the same function of ``x`` where it has this sign."""
    v = sympy.Symbol("v", positive=True)
    written = []
    for side in (before, after):
        plain = bottom_up(side, lambda node: v * sign if node == x else node)
        plain = bottom_up(plain, _by_cases)
        written.append(bottom_up(plain, _plain))
    return is_zero(written[0] - written[1], [v])


def _plain(node):
    return FUNCTIONS[type(node)](*node.args) if type(node) in FUNCTIONS else node


def _by_cases(node):
    """A maximum or minimum of 0 and something whose sign is known."""
    if not isinstance(node, MaxOf | MinOf):
        return node
    less, more = node.args if (node.args[1] - node.args[0]).is_positive else node.args[::-1]
    return more if isinstance(node, MaxOf) else less


@pytest.mark.parametrize("reach", [2, 10_000])
def test_both_sides_of_a_row_are_equal_to_many_digits(fires, rows, reach):
    name, before, after = fires
    # No number of digits holds what an erf leaves of 1 at 10,000.
    reach = min(reach, 20) if name == "log step of erf" else reach
    points = [random_point(rows, seed, size, reach) for seed, size in SEEDS]
    assert all_agree(before, after, points, rows.DEFINED)


#: Seeds with the size of the axes.
SEEDS = ((0, 1), (1, 2), (2, 3))


def random_point(rows, seed, size, reach):
    rng = random.Random(seed)  # noqa: S311 - not a secret
    sizes = {rows.N: size, rows.C: size}
    inputs = {}
    for declaration in rows.DECLARED:
        where = positions(declaration.tensor.axes, sizes)
        if declaration.role == "label":
            inputs[declaration.name] = {at: rng.randrange(size) for at in where}
        else:
            low = 2**-10 if declaration.domain.low.is_zero else -1
            inputs[declaration.name] = {
                at: round(rng.uniform(low, 1) * reach * 1024) / 1024 for at in where
            }
    return Point(sizes, inputs)


def all_agree(before, after, points, defined=()):
    """Equality to 50 digits; where a side cancels at that precision, to as many as that takes."""
    for point in points:
        env = dict.fromkeys(free_indices(before, after), point.sizes[next(iter(point.sizes))] - 1)
        for digits in (50, 20_000):
            evaluator = Evaluator(defined, point, mp_field(digits))
            if agree(evaluator.evaluate(before, env), evaluator.evaluate(after, env), 50):
                break
        else:
            return False
    return True
