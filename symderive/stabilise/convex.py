"""Where a network ends and its loss begins: the first values in which the output is convex."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum

from sympy import Abs, Add, Mul, Pow, log
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.errors import InputError
from symderive.expr import (
    Element,
    Exp,
    Expm1,
    Log1p,
    Log2,
    MaxOf,
    MinOf,
    Reduce,
    Softplus,
    Where,
    elements,
)
from symderive.model import Equation, Model
from symderive.stabilise.known import Known


class Curvature(Enum):
    """How an expression bends along a segment of the names that it depends on."""

    CONSTANT = "constant"
    AFFINE = "affine"
    CONVEX = "convex"
    CONCAVE = "concave"
    UNKNOWN = "unknown"

    def __neg__(self) -> Curvature:
        swapped = {Curvature.CONVEX: Curvature.CONCAVE, Curvature.CONCAVE: Curvature.CONVEX}
        return swapped.get(self, self)


_FLAT = frozenset({Curvature.CONSTANT, Curvature.AFFINE})

#: Function -> its curvature, and whether it increases.
_FUNCTIONS: dict[type, tuple[Curvature, bool]] = {
    Exp: (Curvature.CONVEX, True),
    Expm1: (Curvature.CONVEX, True),
    Softplus: (Curvature.CONVEX, True),
    MaxOf: (Curvature.CONVEX, True),
    MinOf: (Curvature.CONCAVE, True),
    log: (Curvature.CONCAVE, True),
    Log2: (Curvature.CONCAVE, True),
    Log1p: (Curvature.CONCAVE, True),
    Abs: (Curvature.CONVEX, False),
}

#: Reductions that bend what they reduce, as functions do.
_REDUCTIONS = {
    "max": (Curvature.CONVEX, True),
    "lse": (Curvature.CONVEX, True),
    "min": (Curvature.CONCAVE, True),
}


def network_output(model: Model, wrt: Iterable[str] | None = None) -> str:
    """The first name on all paths from ``wrt`` to the output in which the output is convex.

    That is where a Gauss-Newton matrix splits a loss from the network that it sits on: the
    Hessian of the loss is nowhere negative there. Convexity is seen by rules of composition alone
    (a convex function of what is affine, an increasing one of what is convex, sums of both).

    Raises :class:`InputError` if the output is no scalar, or no name is seen to be such.

    >>> from symderive.catalog import binary_logistic, two_layer_sigmoid
    >>> from symderive.stabilise import stabilise_for_second
    >>> network_output(stabilise_for_second(binary_logistic()))
    's'
    >>> network_output(two_layer_sigmoid())
    'yhat'
    """
    if model.output.tensor.axes:
        raise InputError(f"{model.name}: a Gauss-Newton product needs a scalar output")
    names: tuple[str, ...] = model.default_wrt() if wrt is None else tuple(wrt)
    active = model.depends_on(names)
    inner = [e.name for e in model.equations[:-1] if active[e.name]]
    for name in (*inner, *(names if len(names) == 1 else ())):
        if is_cut(model, name, names) and _is_convex_in(model, name):
            return str(name)
    raise InputError(
        f"{model.name}: Gauss-Newton: no value on all paths from {', '.join(names)} to"
        f" {model.output.name} was found in which {model.output.name} is seen to be convex"
    )


def is_cut(model: Model, at: str, names: Iterable[str]) -> bool:
    """Whether every path from ``names`` to the output leads through ``at``."""
    reached = {name for name in names if name != at}
    for equation in model.equations:
        if equation.name != at and any(e.tensor.name in reached for e in _read(equation)):
            reached.add(equation.name)
    return model.output.name not in reached and model.depends_on([at])[model.output.name]


def _read(equation: Equation) -> list[Element]:
    return [*elements(equation.rhs), *elements(equation.where)]


def _is_convex_in(model: Model, at: str) -> bool:
    known = Known(model.declarations, model.equations)
    found = {at: Curvature.AFFINE}
    bends = _Bends(known, found, model)
    for equation in model.equations:
        known.define(equation)
        if equation.name != at:
            here = bends.of(equation.rhs)
            guarded = bends.moves(equation.where)
            found[equation.name] = Curvature.UNKNOWN if guarded else here
    # Of what the output is a sum alone there is no second derivative: no loss begins there.
    return found[model.output.name] == Curvature.CONVEX


class _Bends:
    """The curvature of expressions, from that of names; others are constant."""

    def __init__(self, known: Known, names: Mapping[str, Curvature], model: Model) -> None:
        self.known = known
        self.names = names
        self.model = model

    def moves(self, node: Basic) -> bool:
        """Whether ``node`` depends on what moves."""
        return any(self._of_name(e.tensor.name) != Curvature.CONSTANT for e in elements(node))

    def _of_name(self, name: str) -> Curvature:
        return self.names.get(name, Curvature.CONSTANT)

    def of(self, expr: Expr) -> Curvature:
        """The curvature of ``expr``."""
        if not self.moves(expr):
            return Curvature.CONSTANT
        match expr:
            case Element() if not any(map(self.moves, expr.slots)):
                return self._of_name(expr.tensor.name)
            case Add():
                return _sum(map(self.of, expr.args))
            case Mul():
                return self._product(expr)
            case Pow() if expr.exp.is_Integer and expr.exp.is_even and expr.exp > 0:
                inner = self.of(expr.base)
                rises = inner == Curvature.CONVEX and self.known.non_negative(expr.base)
                return Curvature.CONVEX if inner in _FLAT or rises else Curvature.UNKNOWN
            case Where() if not self.moves(expr.cond):
                return _sum(map(self.of, expr.args[1:]))
            case Reduce() if not self.moves(expr.cond):
                inner = self.of(expr.body)
                if expr.kind == "sum":
                    return inner
                if expr.kind in _REDUCTIONS:
                    return _composed(*_REDUCTIONS[expr.kind], inner)
        if type(expr) in _FUNCTIONS:
            return _composed(*_FUNCTIONS[type(expr)], _sum(map(self.of, expr.args)))
        return Curvature.UNKNOWN

    def _product(self, expr: Mul) -> Curvature:
        moving = [factor for factor in expr.args if self.moves(factor)]
        scale = Mul(*(factor for factor in expr.args if factor not in moving))
        if len(moving) != 1:
            return Curvature.UNKNOWN
        inner = self.of(moving[0])
        if inner in _FLAT or self._is_non_negative(scale):
            return inner
        return -inner if self._is_non_negative(-scale) else Curvature.UNKNOWN

    def _is_non_negative(self, scale: Expr) -> bool:
        """Whether a constant factor is nowhere negative, sums of bounded inputs included."""
        if self.known.non_negative(scale):
            return True
        return all(
            self.known.non_negative(factor) or self.known.least(factor) >= 0
            for factor in Mul.make_args(scale)
        )


def _sum(parts: Iterable[Curvature]) -> Curvature:
    """The curvature of a sum, and of what an increasing function is taken of."""
    bent = {part for part in parts if part not in _FLAT}
    if not bent:
        return Curvature.AFFINE
    return bent.pop() if len(bent) == 1 else Curvature.UNKNOWN


def _composed(outer: Curvature, increases: bool, inner: Curvature) -> Curvature:
    """The curvature of a function of what has the curvature ``inner``."""
    keeps = inner in _FLAT or (increases and inner == outer)
    return outer if keeps else Curvature.UNKNOWN
