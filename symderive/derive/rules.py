"""The table of derivatives: one row a function, one entry an argument. Every mode reads it."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Abs, Integer, S, cos, erf, log, pi, sign, sin, sqrt, tanh
from sympy.core.expr import Expr

from symderive.expr import (
    Erfc,
    Exp,
    Expm1,
    Log1p,
    Log2,
    MaxOf,
    MinOf,
    Sigmoid,
    Softplus,
    Where,
    Xdivy,
    Xlogy,
)

#: Derivative by one argument: a function of all arguments.
Partial = Callable[..., Expr]

TWO = Integer(2)

#: function -> derivative by each argument. A step function's derivative is 0 where it exists.
DERIVATIVES: dict[type, tuple[Partial, ...]] = {
    Exp: (Exp,),
    log: (lambda u: 1 / u,),
    Log2: (lambda u: 1 / (u * log(TWO)),),
    Expm1: (Exp,),
    Log1p: (lambda u: 1 / (1 + u),),
    tanh: (lambda u: 1 - tanh(u) ** 2,),
    sin: (cos,),
    cos: (lambda u: -sin(u),),
    erf: (lambda u: TWO / sqrt(pi) * Exp(-(u**2)),),
    Erfc: (lambda u: -TWO / sqrt(pi) * Exp(-(u**2)),),
    Abs: (sign,),
    sign: (lambda u: S.Zero,),
    Sigmoid: (lambda u: Sigmoid(u) * (1 - Sigmoid(u)),),
    Softplus: (Sigmoid,),
    Xlogy: (lambda a, b: log(b), Xdivy),
    Xdivy: (lambda a, b: 1 / b, lambda a, b: -Xdivy(a, b**2)),
}

#: The name under which a student knows each rule.
RULE_NAMES: dict[type, str] = {
    Exp: "derivative of the exponential",
    log: "derivative of the logarithm",
    Log2: "derivative of the logarithm to base 2",
    Expm1: "derivative of the exponential",
    Log1p: "derivative of the logarithm",
    tanh: "derivative of tanh",
    sin: "derivative of the sine",
    cos: "derivative of the cosine",
    erf: "derivative of the error function",
    Erfc: "derivative of the error function",
    Abs: "derivative of the absolute value",
    sign: "derivative of a step",
    Sigmoid: "derivative of the sigmoid",
    Softplus: "derivative of softplus",
    Xlogy: "product rule",
    Xdivy: "quotient rule",
}

#: The names of the rules for nodes that take one of several branches.
BRANCH_RULES: dict[type, str] = {
    MaxOf: "derivative of the larger branch",
    MinOf: "derivative of the smaller branch",
    Where: "derivative by cases",
}
