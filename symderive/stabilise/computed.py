"""How the stable functions are computed: each written out in exponentials that cannot overflow.

A model keeps the functions, whose derivatives are simple; these rows say what stands behind them.
"""

from __future__ import annotations

from sympy import Abs, Add, log
from sympy.core.expr import Expr

from symderive.expr import (
    Exp,
    Log1p,
    MaxOf,
    MinOf,
    Reduce,
    Sigmoid,
    Softplus,
    close,
)
from symderive.model import Model
from symderive.rewrite.rule import Rewrite, Rewriter, Rule
from symderive.stabilise.known import Known
from symderive.stabilise.matching import row


def computed(model: Model) -> tuple[Rewrite, ...]:
    """The steps that write the stable functions in ``model`` out; nothing is made of them.

    >>> from symderive.catalog import load
    >>> from symderive.stabilise import stabilise
    >>> for step in computed(stabilise(load("softmax_nll")).model):
    ...     print(step.equation, *step.reason)
    L subtract the maximum
    L no overflow on either side
    """
    known = Known(model.declarations, ())
    rewriter = Rewriter(known, known.fresh)
    steps: list[Rewrite] = []
    for equation in model.equations:
        for rule in COMPUTED:
            expr = (
                steps[-1].after if steps and steps[-1].equation == equation.name else equation.rhs
            )
            after = rewriter.sweep(rule, expr)
            if after != expr:
                steps.append(Rewrite(rule.name, equation.name, expr, after, rule.reason))
    return tuple(steps)


def _softmax(node: Exp, known: Known) -> Expr | None:
    terms = Add.make_args(node.args[0])
    totals = [-t for t in terms if isinstance(-t, Reduce) and (-t).kind == "lse"]
    if len(totals) != 1:
        return None
    letters, cond, body = known.opened(totals[0])
    largest = close("max", letters, body, cond)
    above = Exp(Add(node.args[0], totals[0], -largest))
    return above / close("sum", letters, Exp(body - largest), cond)


def _log_sum_exp(node: Reduce, known: Known) -> Expr | None:
    if node.kind != "lse":
        return None
    letters, cond, body = known.opened(node)
    largest = close("max", letters, body, cond)
    return largest + log(close("sum", letters, Exp(body - largest), cond))


def _softplus(node: Softplus, _: Known) -> Expr:
    (u,) = node.args
    return MaxOf(0, u) + Log1p(Exp(-Abs(u)))


def _sigmoid(node: Sigmoid, _: Known) -> Expr:
    (u,) = node.args
    return Exp(MinOf(0, u)) / (1 + Exp(-Abs(u)))


COMPUTED: tuple[Rule[Known], ...] = (
    row(
        "shifted softmax",
        "exp(u[j]) / sum[l](exp(u[l])) = exp(u[j] - m) / sum[l](exp(u[l] - m)), m = max[l](u[l])",
        _softmax,
        Exp,
        words="subtract the maximum",
        given="there is a term",
    ),
    row(
        "shifted log-sum-exp",
        "log(sum[l](exp(u[l]))) = m + log(sum[l](exp(u[l] - m))), m = max[l](u[l])",
        _log_sum_exp,
        Reduce,
        words="subtract the maximum",
        given="there is a term",
    ),
    row(
        "softplus by its sign",
        "softplus(u) = max(0, u) + log1p(exp(-abs(u)))",
        _softplus,
        Softplus,
        words="no overflow on either side",
    ),
    row(
        "sigmoid by its sign",
        "sigmoid(u) = exp(min(0, u)) / (1 + exp(-abs(u)))",
        _sigmoid,
        Sigmoid,
        words="no overflow on either side",
    ),
)
