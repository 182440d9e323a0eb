"""Second derivatives made stable: the rules for gradients, applied once more."""

from __future__ import annotations

from dataclasses import replace

from sympy import Add, Pow, log
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import Exp, Iverson, Tensor, Where, bottom_up, subexpressions
from symderive.model import GradientModel, Model, SecondModel, adjoint_name
from symderive.rewrite import common_factor, weight
from symderive.stabilise.known import Known
from symderive.stabilise.stabilise import stabilise_gradient
from symderive.stabilise.tidy import alive

#: Rounds of stabilising and collecting: what is collected may be stable in a shorter form.
_MOST_ROUNDS = 4


def stabilise_second(second: SecondModel) -> SecondModel:
    """The same second derivative, stable, with its equations collected; nothing computed twice.

    Only what the results use is left.

    >>> from symderive.catalog import load
    >>> from symderive.derive import hvp
    >>> from symderive.stabilise import stabilise
    >>> stable = stabilise_second(hvp(stabilise(load("margin_logistic")).model))
    >>> sorted(map(str, stable.derived[-1].rhs.args))
    ['Sigmoid(-t[i])', 'Sigmoid(t[i])', "dot't[i]"]
    """
    roots = [name for _, name in second.results]
    for _ in range(_MOST_ROUNDS):
        output = second.primal.output
        stable = stabilise_gradient(
            GradientModel(
                second.primal,
                second.cotangent or Tensor(adjoint_name(output.name), ()),
                second.derived,
                second.results,
            )
        )
        derived = tuple(replace(e, rhs=collected(e.rhs)) for e in stable.adjoints)
        found = replace(second, primal=stable.primal, derived=derived)
        if found == second:
            break
        second = found
    left = {equation.name for equation in alive(second.equations, roots)}
    return replace(second, derived=tuple(e for e in second.derived if e.name in left))


def with_exponentials(model: Model) -> Model:
    """``model`` with every power of a positive base as an exponential.

    A second derivative multiplies and divides such powers; only exponents do not overflow then.

    >>> from symderive.catalog import load
    >>> with_exponentials(load("softmax_base")).equations[0].rhs
    Exp(log(b)*s[i, j])/sum[_0_0](Exp(log(b)*s[i, _0_0]))
    """
    known = Known(model.declarations, model.equations)

    def step(node: Basic) -> Basic:
        if isinstance(node, Pow) and not node.exp.is_number and known.positive(node.base):
            return Exp(node.exp * log(node.base))
        return node

    equations = (replace(e, rhs=bottom_up(e.rhs, step)) for e in model.equations)
    return model.with_equations(equations)


def collected(expr: Expr) -> Expr:
    """``expr`` with common factors of its sums in front, where that is shorter.

    A sum in which something holds only under a condition stays as it is.

    >>> from sympy import symbols
    >>> a, b = symbols("a b")
    >>> collected(a * b + (1 - b) * a)
    a
    """

    def step(node: Basic) -> Basic:
        if not isinstance(node, Add):
            return node
        if any(isinstance(part, Iverson | Where) for part in subexpressions(node)):
            return node
        shorter = common_factor(node)
        return shorter if weight(shorter) < weight(node) else node

    result: Expr = bottom_up(expr, step)
    return result
