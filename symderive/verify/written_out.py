"""A model written out entry by entry in plain SymPy, so that SymPy's own ``diff`` can judge.

Nothing of the engine is used here: sums are expanded, every entry of an input is a symbol, labels
are numbers, and where a condition decides, the side that holds at the point is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import product
from typing import Any

from mpmath.ctx_mp import MPContext
from sympy import (
    Abs,
    Add,
    Integer,
    Mul,
    Pow,
    Rational,
    S,
    Symbol,
    cos,
    diff,
    erf,
    exp,
    log,
    sign,
    sin,
    tanh,
)
from sympy.core.basic import Basic
from sympy.core.expr import Expr
from sympy.core.numbers import Number, NumberSymbol

from symderive.errors import NotSupportedError
from symderive.expr import (
    TRUE,
    AllOf,
    AnyOf,
    Bound,
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
)
from symderive.model import Model
from symderive.model.evaluate import Point, Position

#: Closer to a kink than this, a point says nothing about a derivative.
NEAR = 1e-9
#: With these SymPy reckons otherwise than IEEE 754 does: a derivative by its rules says nothing.
NO_NUMBERS = (S.NaN, S.ComplexInfinity, S.Infinity, S.NegativeInfinity)

Env = Mapping[Basic, int]

_FUNCTIONS: dict[type, Callable[..., Expr]] = {
    Exp: exp,
    Expm1: lambda x: exp(x) - 1,
    Log1p: lambda x: log(1 + x),
    Log2: lambda x: log(x) / log(2),
    Sigmoid: lambda x: 1 / (1 + exp(-x)),
    Softplus: lambda x: log(1 + exp(x)),
    Erfc: lambda x: 1 - erf(x),
    Xlogy: lambda x, y: x * log(y),
    Xdivy: lambda x, y: x / y,
    **{function: function for function in (log, tanh, sin, cos, erf)},
}


class OnKinkError(Exception):
    """The point lies on a kink: no derivative exists there."""


class WrittenOut:
    """The equations of a model at one choice of sizes and labels, entry by entry.

    >>> from symderive.catalog import softmax_nll
    >>> from symderive.model import axes
    >>> N, C, D = axes("N C D")
    >>> inputs = {"x": {(0, 0): 2}, "w": {(0, 0): 1, (1, 0): -1}, "y": {(0,): 1}}
    >>> written = WrittenOut(softmax_nll(), Point({N: 1, C: 2, D: 1}, inputs))
    >>> written.value("L", (0,))
    -log(exp(w_1_0*x_0_0)/(exp(w_0_0*x_0_0) + exp(w_1_0*x_0_0)))
    """

    def __init__(self, model: Model, point: Point) -> None:
        self.model, self.point = model, point
        self.symbols: dict[tuple[str, Position], Symbol] = {}
        self.numbers: dict[Symbol, Any] = {}
        self.exact: set[Symbol] = set()
        for declaration in model.declarations:
            if declaration.tensor.label_of is None:
                for place, number in point.inputs[declaration.name].items():
                    symbol = Symbol("_".join([declaration.name, *map(str, place)]), real=True)
                    self.symbols[declaration.name, place] = symbol
                    self.numbers[symbol] = number
                    if declaration.domain.values:
                        self.exact.add(symbol)
        #: Inputs with a finite domain that lie on a kink: nothing is differentiable by them.
        self.kinks: set[Basic] = set()
        self._values: dict[tuple[str, Position], Any] = {}

    def value(self, name: str, place: Position = ()) -> Any:
        """An entry as a SymPy expression; of a label, a position."""
        key = (name, place)
        if key in self.symbols:
            return self.symbols[key]
        if key not in self._values:
            equation = self.model.equation(name)
            if equation is None:
                return int(self.point.inputs[name][place])
            env = dict(zip(equation.indices, place, strict=True))
            self._values[key] = self.expand(equation.rhs, env)
        return self._values[key]

    def derivative(self, expr: Expr, name: str, place: Position) -> Expr:
        """SymPy's derivative of ``expr`` by an entry of an input."""
        return diff(expr, self.symbols[name, place])

    def number(self, expr: Expr, digits: int = 50) -> Any:
        """The value of a written-out expression at the point."""
        return evaluated(expr, self.numbers, digits)

    def expand(self, node: Basic, env: Env) -> Any:
        """``node`` with its indices at ``env``, written out."""
        match node:
            case Index() | Bound():
                return env[node]
            case Element():
                return self.value(node.tensor.name, tuple(self.expand(s, env) for s in node.slots))
            case Size():
                return Integer(self.point.sizes[node.axis])
            case Number() | NumberSymbol():
                return node
            case Mul():
                return self._product(node, env)
            case Where():
                cond, yes, no = node.args
                return self.expand(yes if self.holds(cond, env) else no, env)
            case Iverson():
                return S.One if self.holds(node.cond, env) else S.Zero
            case Reduce():
                return self._reduction(node, env)
        return self._function(node, env)

    def _function(self, node: Basic, env: Env) -> Expr:
        first = self.expand(node.args[0], env)
        if isinstance(node, Xlogy | Xdivy | Abs | sign) and first == 0:
            return S.Zero  # of 0 throughout, as x[i] - x[j] is for j = i, there is no kink
        args = [first, *(self.expand(arg, env) for arg in node.args[1:])]
        match node:
            case Add() | Pow():
                return node.func(*args)
            case MaxOf() | MinOf():
                return self._extreme(args, isinstance(node, MaxOf))[1]
            case Abs():
                return first if self._is_positive(first) else -first
            case sign():
                return S.One if self._is_positive(first) else S.NegativeOne
            case _ if type(node) in _FUNCTIONS:
                return _FUNCTIONS[type(node)](*args)
        raise NotSupportedError(f"{type(node).__name__} cannot be written out: {node}")

    def holds(self, cond: Basic, env: Env) -> bool:
        """Whether a condition holds at the point; :class:`OnKinkError` where that is close."""
        match cond:
            case AllOf():
                return self._junction(cond.args, env, all)
            case AnyOf():
                return self._junction(cond.args, env, any)
            case Compare():
                left, right = self.expand(cond.lhs, env), self.expand(cond.rhs, env)
                if isinstance(left, int):
                    return bool(_DECIDE[cond.op](left - right))
                return bool(_DECIDE[cond.op](self._side(left - right)))
        return bool(cond == TRUE)

    def _junction(
        self, conds: Iterable[Basic], env: Env, decide: Callable[[Iterable[bool]], bool]
    ) -> bool:
        """A conjunction is false where a part is, whatever the others; a disjunction dually."""
        found: list[bool] = []
        close: OnKinkError | None = None
        for cond in conds:
            try:
                found.append(self.holds(cond, env))
            except OnKinkError as near:
                close = near
        settled = decide(found) != decide([])
        if close is not None and not settled:
            raise close
        return decide(found)

    def _side(self, difference: Expr) -> Any:
        """A number with the sign of ``difference``; inputs with a finite domain do not move."""
        if not difference.free_symbols:
            if not difference.is_extended_real:  # nan, or an infinity without a sign
                raise OnKinkError
            return difference
        number = float(evaluated(difference, self.numbers, 30))
        if not abs(number) > NEAR and not difference.free_symbols <= self.exact:  # nan as well
            raise OnKinkError
        return number

    def _is_positive(self, expr: Expr) -> bool:
        side = self._side(expr)
        if side == 0:
            raise OnKinkError
        return bool(side > 0)

    def _product(self, node: Mul, env: Env) -> Expr:
        """A bracket that is 0 excludes its product, whatever else stands there."""
        brackets = [arg for arg in node.args if isinstance(arg.as_base_exp()[0], Iverson)]
        for bracket in brackets:
            if not self.holds(bracket.as_base_exp()[0].cond, env):
                return S.Zero
        return Mul(*(self.expand(arg, env) for arg in node.args if arg not in brackets))

    def _terms(self, node: Reduce, env: Env) -> list[tuple[int, Expr]]:
        ranges = [range(self.point.sizes[index.axis]) for index in node.bound]
        found = []
        for places in product(*ranges):
            inner = {**env, **dict(zip(node.bound, places, strict=True))}
            if self.holds(node.cond, inner):
                found.append((places[0], self.expand(node.body, inner)))
        return found

    def _reduction(self, node: Reduce, env: Env) -> Any:
        terms = self._terms(node, env)
        values = [value for _, value in terms]
        match node.kind:
            case "sum":
                return Add(*values)
            case "prod":
                return Mul(*values)
            case "lse":
                return log(Add(*map(exp, values)))
            case "max" | "min":
                largest = node.kind == "max"
                nothing = S.NegativeInfinity if largest else S.Infinity
                return self._extreme(values, largest)[1] if values else nothing
        return terms[self._extreme(values, node.kind == "argmax")[0]][0]

    def _extreme(self, values: list[Expr], largest: bool) -> tuple[int, Expr]:
        best = 0
        for place in range(1, len(values)):
            difference = values[place] - values[best]
            if difference == 0:  # the same entry, or the same number: the first one
                continue
            side = self._side(difference)
            if side == 0:
                self.kinks |= difference.free_symbols
            if (side > 0) == largest:
                best = place
        return best, values[best]


_DECIDE: dict[str, Callable[[Any], Any]] = {
    "==": lambda side: side == 0,
    "!=": lambda side: side != 0,
    "<": lambda side: side < 0,
    "<=": lambda side: side <= 0,
    ">": lambda side: side > 0,
    ">=": lambda side: side >= 0,
}


#: Functions that mpmath calls otherwise.
_MPMATH: dict[type, str] = {log: "ln", Abs: "fabs"}


def evaluated(root: Expr, numbers: Mapping[Symbol, Any], digits: int) -> Any:
    """The value of a plain SymPy expression in mpmath; nan where it has none.

    >>> x = Symbol("x", real=True)
    >>> float(evaluated(x**2 + log(x), {x: 1.0}, 20))
    1.0
    """
    context = MPContext()
    context.dps = digits
    memo: dict[Basic, Any] = {}

    def value(node: Basic) -> Any:
        if node not in memo:
            memo[node] = compute(node)
        return memo[node]

    def compute(node: Basic) -> Any:
        match node:
            case Symbol():
                return context.mpf(numbers[node])
            case Rational():
                return context.mpf(int(node.p)) / int(node.q)
            case Add():
                return context.fsum(value(arg) for arg in node.args)
            case Mul():
                return context.fprod(value(arg) for arg in node.args)
            case Pow():
                return context.power(value(node.base), value(node.exp))
            case _ if node.args:
                name = _MPMATH.get(type(node), node.func.__name__)
                return getattr(context, name)(*map(value, node.args))
        return context.mpf(str(node.evalf(digits + 5)))

    try:
        result = value(root)
    except (ZeroDivisionError, ValueError, OverflowError):
        return context.nan
    return result if isinstance(result, context.mpf) else context.nan
