"""Interval arithmetic over a domain that is cut into pieces: a proof for one real variable."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction
from typing import Any

from sympy import S, log
from sympy import tanh as tanh_
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import Exp, Sigmoid, Softplus, bottom_up
from symderive.model.claims import Claim
from symderive.model.evaluate import Evaluator, Point
from symderive.model.model import Declaration
from symderive.verify.claims.compare import Trial
from symderive.verify.claims.intervals import Interval, IntervalField, UndecidedError

#: Seconds (against hanging), pieces and digits for one proof.
PATIENCE, MOST, DIGITS = 3.0, 4000, 25


def proved_on_boxes(claim: Claim, trial: Trial, along: Declaration | None = None) -> int:
    """How many intervals cover the domain with the claim certain on each; 0 without a proof.

    For a claim about one scalar, in a bounded closed domain: the sign of its first or second
    derivative for a shape, of the difference of its sides for an inequality.
    """
    inputs = trial.sides.inputs
    if len(inputs) != 1 or inputs[0].tensor.axes or trial.sides.axes or claim.point:
        return 0
    domain = inputs[0].domain
    if not (domain.low.is_Rational and domain.high.is_Rational) or domain.values:
        return 0
    name = along.name if along is not None else inputs[0].name
    waiting = [(Fraction(int(domain.low.p), int(domain.low.q)),
                Fraction(int(domain.high.p), int(domain.high.q)))]  # fmt: skip
    field = IntervalField(DIGITS)
    trial = _plainly(claim, trial)
    until = time.process_time() + PATIENCE
    done = 0
    while waiting:
        low, high = waiting.pop()
        if _holds_on(claim, trial, field, name, field.between(low, high)):
            done += 1
            continue
        middle = (low + high) / 2
        waiting += [(low, middle), (middle, high)]
        if done + len(waiting) > MOST or time.process_time() > until:
            return 0
    return done


def _plainly(claim: Claim, trial: Trial) -> Trial:
    """The claim with exponentials for functions that are computed in one of two ways."""

    def step(node: Basic) -> Basic:
        match node:
            case Sigmoid():
                return 1 / (1 + Exp(-node.args[0]))
            case Softplus():
                return log(1 + Exp(node.args[0]))
            case tanh_():
                return 1 - 2 / (Exp(2 * node.args[0]) + 1)
        return node

    def plain(expr: Any) -> Any:
        return bottom_up(expr, step)

    equations = tuple(replace(e, rhs=plain(e.rhs)) for e in trial.model.equations)
    right = plain(claim.right) if isinstance(claim.right, Expr) else S.Zero
    model = trial.model.with_equations(equations)
    return Trial(model, replace(claim, left=plain(claim.left), right=right))


def _holds_on(claim: Claim, trial: Trial, field: IntervalField, name: str, box: Interval) -> bool:
    evaluator = trial.sides.at(Point({}, {name: {(): box}}), field)
    try:
        return _certain(claim, trial, evaluator, name)
    except (UndecidedError, OverflowError, ZeroDivisionError):
        return False


def _certain(claim: Claim, trial: Trial, evaluator: Evaluator, name: str) -> bool:
    left: Any = trial.sides.parts[0]
    wrt = (name, ())
    match claim.relation:
        case "increasing":
            return bool(evaluator.derivative(left, {}, wrt) >= 0)
        case "decreasing":
            return bool(evaluator.derivative(left, {}, wrt) <= 0)
        case "convex":
            return bool(evaluator.derivative(left, {}, wrt, wrt) >= 0)
        case "concave":
            return bool(evaluator.derivative(left, {}, wrt, wrt) <= 0)
    one, other = trial.values(evaluator, {})
    match claim.relation:
        case "<":
            return bool(one < other)
        case "<=":
            return bool(one <= other)
        case ">":
            return bool(one > other)
        case ">=":
            return bool(one >= other)
    return False
