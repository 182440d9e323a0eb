"""Model -> equal model that neither overflows nor cancels, with the steps that lead to it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from sympy.core.expr import Expr

from symderive.expr import TRUE, Exp, Reduce, subexpressions
from symderive.model import Declaration, Equation, GradientModel, Model
from symderive.rewrite.rule import Rewrite, Rewriter, Rule
from symderive.stabilise.definitions import definition_rule, hidden_names
from symderive.stabilise.guards import guarded
from symderive.stabilise.known import Known, taken_in
from symderive.stabilise.naming import name_arguments, name_repeated
from symderive.stabilise.norms import at_rest
from symderive.stabilise.rules import AFTERWARDS, FIRST, LAST, ONCE
from symderive.stabilise.tidy import alive, put_back, without_zeros
from symderive.stabilise.vanishing import LOGARITHM_BESIDE, NAMES_BESIDE

#: For adjoints, after names have been looked up.
_ADJOINTS = (*LAST, *AFTERWARDS, NAMES_BESIDE, LOGARITHM_BESIDE)
#: Rounds of rewriting and sharing: the second finds nothing but in odd models.
_MOST_ROUNDS = 8


@dataclass(frozen=True)
class Stabilised:
    """A model, an equal one that is numerically stable, and the steps from one to the other.

    Each step rewrites one whole right side; those of an equation follow each other, from the
    equation of ``original`` to that of ``model``. Equations that nothing uses are left out.
    """

    original: Model
    model: Model
    rewrites: tuple[Rewrite, ...]

    def of(self, name: str) -> tuple[Rewrite, ...]:
        """The steps of one equation."""
        return tuple(step for step in self.rewrites if step.equation == name)


def stabilise(model: Model, order: int = 1) -> Stabilised:
    """An equal model without overflow and cancellation, by the identities of the table.

    ``order`` is how many times it is to be differentiated.

    >>> from symderive.catalog import load
    >>> stable = stabilise(load("softmax_nll"))
    >>> [equation.name for equation in stable.model.equations]
    ['s', 'L', 'loss']
    >>> for step in stable.of("L"):
    ...     print(*step.reason)
    definition of  p[i, j]
    logarithm of a quotient
    logarithm of an exponential
    log-sum-exp
    only the others count: no cancellation
    """
    roots = [model.output.name]
    equations: tuple[Equation, ...] = model.equations
    steps: tuple[Rewrite, ...] = ()
    for _ in range(_MOST_ROUNDS):
        table = _Table(model.declarations, model.equations, ONCE if order < 2 else LAST)
        settled, rewrites = table.apply(equations)
        settled, arguments = name_arguments(model, alive(settled, roots))
        settled, named = name_repeated(model, settled)
        steps += (*rewrites, *arguments, *named)
        if settled == equations:
            break
        equations = settled
    equations = guarded(equations, roots, taken_in(model.declarations, equations))
    left = {equation.name for equation in equations}
    kept = tuple(step for step in steps if step.equation in left)
    seen = (*(e.rhs for e in equations), *(step.after for step in kept))
    return Stabilised(model, _with_letters(model, equations, seen), kept)


def stabilise_gradient(
    gradients: GradientModel, without: Collection[Rule[Known]] = (), *, first: bool = True
) -> GradientModel:
    """The same gradient with its adjoints stable too, and nothing computed twice.

    Forward equations now take those forms whose derivatives would have been unwieldy. Only what
    the output and the gradients use is left; ``first`` says that adjoints are used for nothing
    but gradients.

    >>> from symderive.catalog import load
    >>> from symderive.derive import gradient
    >>> stable = stabilise_gradient(gradient(stabilise(load("sigmoid")).model))
    >>> sorted(map(str, stable.adjoints[-1].rhs.args))
    ['Sigmoid(-x[i])', 'y[i]', '∂y[i]']
    """
    primal = gradients.primal
    roots = [primal.output.name, *(adjoint for _, adjoint in gradients.gradients)]
    equations = gradients.equations
    for _ in range(_MOST_ROUNDS):
        table = _Table(primal.declarations, equations, _ADJOINTS, without)
        settled, _steps = table.apply(equations)
        forward = _forward(settled, primal.output.name)
        adjoints = put_back(settled[:forward], settled[forward:], table.known.may_vanish)
        # Of what the model names, 0 may stand below a fraction that never counts: it stays.
        settled = (*settled[:forward], *without_zeros(adjoints, roots))
        settled, _named = name_repeated(primal, settled)
        if settled == equations:
            break
        equations = settled
    known = taken_in(primal.declarations, equations)
    resting = at_rest(equations, known) if first else equations
    equations = guarded(alive(resting, roots), roots, known)
    forward = _forward(equations, primal.output.name)
    return GradientModel(
        _with_letters(primal, equations[:forward], [e.rhs for e in equations[:forward]]),
        gradients.cotangent,
        equations[forward:],
        gradients.gradients,
    )


def _forward(equations: Sequence[Equation], output: str) -> int:
    """How many equations lead to the output; the others are its adjoints."""
    return next(n for n, equation in enumerate(equations, 1) if equation.name == output)


class _Table:
    """The rules as they stand for one pass over equations: definitions come in between."""

    def __init__(
        self,
        declarations: Iterable[Declaration],
        written: Collection[Equation],
        last: tuple[Rule[Known], ...],
        without: Collection[Rule[Known]] = (),
    ) -> None:
        self.without = {rule.name for rule in without}
        self.known = Known(declarations, written)
        self.rewriter = Rewriter(self.known, self.known.fresh)
        self.last = last
        self.lookups: dict[str, Rule[Known]] = {}

    def apply(
        self, equations: Iterable[Equation]
    ) -> tuple[tuple[Equation, ...], tuple[Rewrite, ...]]:
        """Each equation with no rule left to apply, and all steps."""
        settled: list[Equation] = []
        steps: list[Rewrite] = []
        for equation in equations:
            rhs, found = self.rewriter.settle(equation.name, equation.rhs, self.rules)
            settled.append(replace(equation, rhs=rhs))
            self.known.define(settled[-1])
            steps.extend(found)
        return tuple(settled), tuple(steps)

    def rules(self, expr: Expr) -> tuple[Rule[Known], ...]:
        """The rules for ``expr``, with the definitions of the names in it that hide something."""
        there = {type(node) for node in subexpressions(expr)}
        first, last = (
            [rule for rule in table if rule.needs & there and rule.name not in self.without]
            for table in (FIRST, self.last)
        )
        return (*first, *map(self._lookup, hidden_names(expr, self.known)), *last)

    def _lookup(self, name: str) -> Rule[Known]:
        if name not in self.lookups:
            self.lookups[name] = definition_rule(self.known.written[name])
        return self.lookups[name]


def _with_letters(model: Model, equations: tuple[Equation, ...], seen: Iterable[Expr]) -> Model:
    """``model`` with other equations; each log-sum-exp ``seen`` keeps the letters of its sum."""
    binders = dict(model.notation.binders)
    for expr in seen:
        for node in subexpressions(expr):
            if isinstance(node, Reduce) and node.kind == "lse" and node not in binders:
                for cond in (node.cond, TRUE):  # of all terms, where it leaves one out
                    written = Reduce("sum", node.bound, cond, Exp(node.body))
                    if written in binders:
                        binders.setdefault(node, binders[written])
    notation = model.notation
    if binders != notation.binders:
        notation = replace(notation, binders=binders)
    return model.with_equations(equations, notation=notation)
