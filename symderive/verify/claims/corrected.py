"""What a claimed derivative is in truth: the line that the engine derives."""

from __future__ import annotations

from dataclasses import replace

from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.derive import derive
from symderive.errors import SymderiveError
from symderive.expr import Element, Fresh, Index, Tensor, elements, free_indices
from symderive.expr import replace as put
from symderive.model.claims import Claim, DerivativeOf
from symderive.model.model import Declaration, Equation, Model
from symderive.notation.text import SymPrinter
from symderive.rewrite import Named, unfold
from symderive.verify.claims.wording import Wording

#: The equation that an expression becomes so that it can be differentiated.
GOAL = "goal'"


def derived(node: DerivativeOf, model: Model, claim: Claim) -> Expr | None:
    """The derivative as an expression in names of ``model``; None where the engine declines.

    What is differentiated by becomes an input: it moves on its own, what it came from does not.
    """
    of, wrt = node.of, node.wrt
    if isinstance(of, DerivativeOf):
        inner = derived(of, model, claim)
        if inner is None:
            return None
        of = inner
    if not all(isinstance(slot, Index) for slot in wrt.slots):
        return None
    letters = [slot for slot in wrt.slots if isinstance(slot, Index)]
    if len(set(letters)) != len(letters):
        return None
    try:
        return _derive(of, wrt, model, claim)
    except (SymderiveError, NotImplementedError, TypeError, ValueError):
        return None


def _derive(of: Expr, wrt: Element, model: Model, claim: Claim) -> Expr | None:
    name = wrt.tensor.name
    own = [letter for letter in _in_order(of, claim) if isinstance(letter, Index)]
    # Letters of the goal that stand in ``of`` too would be taken for its own: rename, then join.
    table = {slot: Index(f"{slot.name}'", slot.axis) for slot in wrt.slots if slot in own}
    letters = [table.get(slot, slot).name for slot in wrt.slots]
    declarations = [*model.declarations, *claim.scalars]
    if model.declaration(name) is None and model.equation(name) is not None:
        declarations.append(Declaration(wrt.tensor, "data"))
    equations = [e for e in model.equations if e.name != name]
    if (
        isinstance(of, Element)
        and model.equation(of.tensor.name) is not None
        and (of.tensor.name != name and all(isinstance(s, Index) for s in of.slots))
    ):
        goal = of.tensor.name
        mine = {e.name: e for e in equations}[goal]
        back = dict(zip(mine.indices, of.slots, strict=True))
    else:
        goal = GOAL
        equations.append(Equation(Tensor(GOAL, [i.axis for i in own]), tuple(own), of))
        back = {}
    stub = replace(
        model, declarations=tuple(declarations), equations=tuple(equations), claims=(), sample=None
    )
    spare = {i: Index(f"{i.name}''", i.axis) for i in back.values() if isinstance(i, Index)}
    goals = [spare.get(slot, slot) for slot in wrt.slots] if back else list(wrt.slots)
    if back:
        letters = [f"u{k}" for k in range(len(goals))]
        if set(letters) & stub.taken_names:
            return None
    else:
        letters = [f"u{k}" for k in range(len(letters))]
    found = derive(stub, goal, name, letters)
    result: Expr = _unfolded(found.result, found.adjoints)
    if goal == GOAL:
        result = _unfolded(result, (equations[-1],))
    joined: dict[Basic, Basic] = {
        Index(letter, slot.axis): slot for letter, slot in zip(letters, wrt.slots, strict=True)
    }
    joined |= {a: b for a, b in back.items() if a != b}
    result = put(result, joined)
    names = {d.name for d in declarations} | {e.name for e in model.equations}
    if any(e.tensor.name not in names for e in elements(result)):
        return None
    return result


def _unfolded(expr: Expr, equations: tuple[Equation, ...]) -> Expr:
    """``expr`` with the right sides of named adjoints put in, the last first."""
    fresh = Fresh()
    for equation in reversed(equations):
        expr = unfold(expr, Named(equation.element, equation.rhs), fresh)
    return expr


def _in_order(of: Expr, claim: Claim) -> list[Basic]:
    free = free_indices(of)
    known = [index for index in claim.free if index in free]
    return [*known, *sorted(free - set(known), key=lambda index: index.name)]


def corrected_line(claim: Claim, model: Model) -> tuple[str, Expr | None]:
    """``dL[i]/dw[j, k] = ..`` as it should read, and its right side; empty without one."""
    if not isinstance(claim.left, DerivativeOf):
        return "", None
    right = derived(claim.left, model, claim)
    if right is None:
        return "", None
    try:
        text = SymPrinter(model).expression(right)
    except (SymderiveError, KeyError, TypeError, ValueError):
        return "", right
    wording = Wording.of(claim.text)
    return f"{wording.left} = {text} {wording.scope}".rstrip(), right
