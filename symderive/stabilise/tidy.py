"""Definitions put back where they occur, and equations that nothing uses left out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from sympy import Mul, Pow, S
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import (
    TRUE,
    Element,
    Erfc,
    Iverson,
    Softplus,
    Tensor,
    bottom_up,
    elements,
    in_order,
    subexpressions,
)
from symderive.model import Equation
from symderive.rewrite import Named, fold


def put_back(
    definitions: Sequence[Equation],
    equations: Sequence[Equation],
    may_vanish: Callable[[Expr], bool],
) -> tuple[Equation, ...]:
    """``equations`` with every definition that occurs in them put back: it is computed once.

    What holds only under a condition is not put back: it may not be asked for elsewhere. Nor is
    what has a bracket as a factor, or what vanishes far out: other factors beside it may need that
    bracket as a guard, or vanish with it. Nor anything that then has to be divided by what
    ``may_vanish``: ``b**p / b`` for ``b**(p - 1)``.
    """
    by_tensor: dict[Tensor, list[int]] = {}
    needs: list[frozenset[Tensor]] = []
    for position, definition in enumerate(definitions):
        needs.append(frozenset(e.tensor for e in elements(definition.rhs)))
        usable = definition.where == TRUE and definition.tensor.label_of is None
        factors = Mul.make_args(definition.rhs)
        usable &= not any(isinstance(part, Iverson | Erfc | Softplus) for part in factors)
        if usable and needs[-1] and not isinstance(definition.rhs, Element):
            by_tensor.setdefault(in_order(needs[-1])[0], []).append(position)
    result = []
    for equation in equations:
        there = {e.tensor for e in elements(equation.rhs)}
        candidates = sorted(
            position
            for tensor in there
            for position in by_tensor.get(tensor, ())
            if needs[position] <= there
        )
        names = [Named(definitions[p].element, definitions[p].rhs) for p in candidates]
        rhs = fold(equation.rhs, names) if names else equation.rhs
        if rhs != equation.rhs and any(map(may_vanish, _divisors(rhs) - _divisors(equation.rhs))):
            rhs = equation.rhs
        result.append(replace(equation, rhs=rhs))
    return tuple(result)


def _divisors(expr: Expr) -> set[Expr]:
    """What is divided by in ``expr``."""
    powers = (node for node in subexpressions(expr) if isinstance(node, Pow))
    return {node.base for node in powers if node.exp.is_negative}


def without_zeros(equations: Sequence[Equation], roots: Collection[str]) -> tuple[Equation, ...]:
    """``equations`` with 0 for every name that is 0, but for the ``roots``."""
    zeros = {
        equation.tensor
        for equation in equations
        if equation.rhs == S.Zero and equation.where == TRUE and equation.name not in roots
    }
    if not zeros:
        return tuple(equations)

    def step(node: Basic) -> Basic:
        return S.Zero if isinstance(node, Element) and node.tensor in zeros else node

    return tuple(replace(equation, rhs=bottom_up(equation.rhs, step)) for equation in equations)


def alive(equations: Sequence[Equation], roots: Collection[str]) -> tuple[Equation, ...]:
    """The equations that ``roots`` lead back to."""
    needed = set(roots)
    kept = []
    for equation in reversed(equations):
        if equation.name in needed:
            kept.append(equation)
            needed |= {e.tensor.name for e in elements(equation.rhs, equation.where)}
    return tuple(reversed(kept))
