"""The stabilising steps: each checked, then shown in front of a derivation."""

from __future__ import annotations

from dataclasses import replace

from symderive.derive import Derivation
from symderive.derive.display import Block, Leaf, Step
from symderive.model import Model
from symderive.stabilise import Stabilised, stabilise


def with_stabilising(derivation: Derivation) -> Derivation:
    """``derivation`` with the steps in front that make its model stable, each one checked.

    Raises :class:`CheckError` for a step that changes what an equation means (our own fault).
    """
    stable = stabilise(derivation.model)
    working = _both(derivation.working, stable)
    block = stabilise_block(stable)
    _check(replace(derivation, working=working), block)
    return replace(derivation, working=working, blocks=(block, *derivation.blocks))


def stabilise_block(stable: Stabilised) -> Block:
    """The steps, equation by equation; where there are none, a sentence."""
    steps: list[Step] = []
    for equation in stable.model.equations:
        chain = stable.of(equation.name)
        if chain:
            steps.append(Step("definition", Leaf(chain[0].before), Leaf(equation.element)))
            steps += (Step(_words(r.reason), Leaf(r.after), None, r.reason) for r in chain)
    if steps:
        return Block("stabilise", tuple(steps))
    return Block("stabilise", text="As written, no exponential overflows and nothing cancels.")


def _words(reason: tuple[object, ...]) -> str:
    return "".join(map(str, reason))


def _both(model: Model, stable: Stabilised) -> Model:
    """``model`` as it is, and the equations that the stable one has besides."""
    new = [found for found in stable.model.equations if model.equation(found.name) is None]
    binders = {**stable.model.notation.binders, **model.notation.binders}
    notation = replace(model.notation, binders=binders)
    return model.with_equations((*model.equations, *new), notation=notation)


def _check(derivation: Derivation, block: Block) -> None:
    """Check the steps as lines of a derivation: each right side against the one it came from.

    A left side is not compared: it stands for the equation as written.
    """
    from symderive.verify import check_derivation

    chains: list[Step] = []
    for step in block.steps:
        chains.append(step if step.left is None else replace(step, left=step.right))
    check_derivation(replace(derivation, blocks=(Block("rewrite", tuple(chains)),)))
