"""A derivation: the blocks that lead from the definitions to a gradient."""

from __future__ import annotations

from dataclasses import dataclass

from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.derive.display import Block, Goal
from symderive.model import Equation, Model


@dataclass(frozen=True)
class Derivation:
    """The derivation of one gradient: its goal, its blocks in order, and its results.

    ``model`` is the model as given; ``working`` has the equations besides that a derivative needs
    (the index where a maximum is attained). ``result`` is the gradient in one expression,
    ``cases`` the gradient under each case (a condition on indices), in the order they are shown.
    ``adjoints`` are the equations of the derivatives that have a name of their own; ``result``
    may use them.
    """

    model: Model
    working: Model
    goal: Goal
    blocks: tuple[Block, ...]
    result: Expr
    cases: tuple[tuple[Basic, Expr], ...]
    adjoints: tuple[Equation, ...] = ()
