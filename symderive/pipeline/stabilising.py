"""The stabilising steps: each checked, then shown in front of a derivation."""

from __future__ import annotations

from dataclasses import replace

from sympy import log
from sympy.core.expr import Expr

from symderive.derive import Derivation
from symderive.derive.display import Block, Leaf, Step
from symderive.expr import (
    TRUE,
    Exp,
    Fresh,
    Reduce,
    children,
    close,
    open_fresh,
    subexpressions,
    with_children,
)
from symderive.model import Equation, Model
from symderive.notation import Printer
from symderive.stabilise import Stabilised, stabilise


def with_stabilising(derivation: Derivation) -> Derivation:
    """``derivation`` with the steps in front that make its model stable, each one checked.

    Raises :class:`CheckError` for a step that changes what an equation means (our own fault).
    """
    stable = stabilise(derivation.model)
    working = _both(derivation.working, stable)
    block = stabilise_block(stable, working)
    _check(replace(derivation, working=working), block)
    return replace(derivation, working=working, blocks=(block, *derivation.blocks))


def stabilise_block(stable: Stabilised, working: Model) -> Block:
    """The steps, equation by equation; where there are none, a sentence."""
    steps: list[Step] = []
    for equation in stable.model.equations:
        steps += _chain(stable, equation, working)
    if steps:
        return Block("stabilise", tuple(steps), level="result")
    text = "As written, no exponential overflows and nothing cancels."
    return Block("stabilise", text=text, level="result")


def _chain(stable: Stabilised, equation: Equation, working: Model) -> list[Step]:
    """The steps of one equation; one that does not show in print is for full detail alone."""
    rewrites = stable.of(equation.name)
    if not rewrites:
        return []
    printer = Printer(working)
    before = rewrites[0].before
    steps = [Step("definition", Leaf(before), Leaf(equation.element))]
    for rewrite in rewrites:
        shows = printer.text(rewrite.after) != printer.text(before)
        level = "slide" if shows else "full"
        steps.append(Step(rewrite.rule, Leaf(rewrite.after), None, rewrite.reason, level))
        before = rewrite.after
    last = shifted(before, Fresh())
    if last != before:
        reason = ("shifted by the largest: no exponent is above 0",)
        steps.append(Step("shift", Leaf(last), None, reason))
    steps[-1] = replace(steps[-1], level="result")
    return steps


def shifted(expr: Expr, fresh: Fresh) -> Expr:
    """A log-sum-exp written as it is computed: the largest, and the logarithm of what is left.

    >>> from symderive.catalog import load
    >>> stable = stabilise(load("log_softmax")).model
    >>> shifted(stable.equation("y").rhs, Fresh())
    -log(sum[_1_0](Exp(s[i, _1_0] - max[_0_0](s[i, _0_0])))) + s[i, j] - max[_0_0](s[i, _0_0])
    """
    if not any(isinstance(node, Reduce) and node.kind == "lse" for node in subexpressions(expr)):
        return expr
    if not isinstance(expr, Reduce):
        return with_children(expr, tuple(shifted(part, fresh) for part in children(expr)))
    letters, cond, body = open_fresh(expr, fresh)
    body = shifted(body, fresh)
    if expr.kind != "lse":
        return close(expr.kind, letters, body, cond)
    largest = close("max", letters, body, cond)
    return largest + log(close("sum", letters, Exp(body - largest), cond))


def _both(model: Model, stable: Stabilised) -> Model:
    """``model`` as it is, and the equations that the stable one has besides."""
    # The conditions under which code needs them are no part of what they mean.
    new = [
        replace(found, where=TRUE)
        for found in stable.model.equations
        if model.equation(found.name) is None
    ]
    binders = {**stable.model.notation.binders, **model.notation.binders}
    notation = replace(model.notation, binders=binders)
    return model.with_equations((*model.equations, *new), notation=notation)


def _check(derivation: Derivation, block: Block) -> None:
    """Check the steps as lines of a derivation: each right side against the one of its chain.

    The left sides are not compared: they stand for the equations as written. Of a log-sum-exp
    over nothing there is no largest: the last form has no number there.
    """
    from symderive.verify import check_derivation

    chains = [
        replace(
            step,
            left=None if step.left is None else step.right,
            level="slide" if step.rule == "shift" else step.level,
        )
        for step in block.steps
    ]
    if chains:
        check_derivation(replace(derivation, blocks=(Block("rewrite", tuple(chains)),)))
