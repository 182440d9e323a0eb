"""Second derivatives made stable: the rules for gradients, applied once more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from sympy import Add, Mul, Pow, S, log
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import (
    Element,
    Exp,
    Iverson,
    Reduce,
    Tensor,
    Where,
    bottom_up,
    compare,
    free_indices,
    subexpressions,
)
from symderive.model import Equation, GradientModel, Model, SecondModel, adjoint_name
from symderive.rewrite import common_factor, weight
from symderive.rewrite.rule import Rewriter, Rule
from symderive.stabilise.known import Known, taken_in
from symderive.stabilise.others import OTHERS
from symderive.stabilise.pairs import pair_of
from symderive.stabilise.quotients import SLOPE_OF_LOGARITHM, slopes_together
from symderive.stabilise.stabilise import stabilise, stabilise_gradient
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
    ['Sigmoid(-t[i])', 'Sigmoid(t[i])', "dot't[i]", '∂L[i]']
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
            ),
            OTHERS,
            first=False,
        )
        derived = tuple(replace(e, rhs=collected(e.rhs)) for e in stable.adjoints)
        found = replace(second, primal=stable.primal, derived=derived)
        if found == second:
            break
        second = found
    forward = len(second.primal.equations)
    known = Known(second.primal.declarations, second.equations)
    apart = shares_of_something(softmax_apart(second.equations, known), known)
    apart = tuple(replace(e, rhs=bottom_up(e.rhs, partial(_vanishing, known=known))) for e in apart)
    apart = (*apart[:forward], *_of_places_apart(apart, forward, second.primal))
    left = {equation.name for equation in alive(apart, roots)}
    return replace(second, derived=tuple(e for e in apart[forward:] if e.name in left))


def _of_places_apart(
    equations: Sequence[Equation], forward: int, model: Model
) -> Iterator[Equation]:
    """Those behind the first ``forward``, which divide by no distance of a place to itself."""
    known = taken_in(model.declarations, equations)
    rewriter = Rewriter(known, known.fresh)
    for equation in equations[forward:]:
        yield replace(equation, rhs=rewriter.sweep(APART, equation.rhs))


def _apart(node: Pow, known: Known) -> Expr | None:
    """A quotient by a distance where the two are not one place."""
    pair = pair_of(node.base, known) if node.exp.is_negative else None
    return None if pair is None else Iverson(compare("!=", *pair)) * node


#: A function of the distance of a place to itself does not depend on the place: all that its
#: derivatives divide by that distance is 0 together, though it is infinite one by one.
APART: Rule[Known] = Rule(
    "places apart",
    "1 / d[i, j] = [i != j] / d[i, j] in a derivative, where d[i, i] is 0",
    ("a distance of places that are two",),
    (Pow,),
    _apart,
)


def _vanishing(node: Basic, known: Known) -> Basic:
    """``node`` with what vanishes as a divisor does beside it, though it was a common factor."""
    found = slopes_together(node, known) if isinstance(node, Mul) else None
    return node if found is None else found


def stabilise_for_second(model: Model) -> Model:
    """The stable model whose gradient is differentiated once more.

    A log-sum-exp keeps all of its terms: the second derivative of a softmax is then a diagonal
    less an outer product, not a case for each pair of positions.
    """
    return stabilise(with_exponentials(model), order=2).model


def slopes_of_logarithms(gradients: GradientModel) -> GradientModel:
    """The same gradient, where no adjoint divides by what it has the logarithm of.

    ``sigmoid(log(x**2) + u) / x`` is ``x * exp(u - softplus(log(x**2) + u))``, which has a slope
    where x is 0.
    """
    known = taken_in(gradients.primal.declarations, gradients.equations)
    rewriter = Rewriter(known, known.fresh)

    def rewritten(equation: Equation) -> Equation:
        rhs, _ = rewriter.settle(equation.name, equation.rhs, lambda _: (SLOPE_OF_LOGARITHM,))
        return replace(equation, rhs=rhs)

    return replace(gradients, adjoints=tuple(map(rewritten, gradients.adjoints)))


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
    """``expr`` with common factors in front of sums, and sums over the same indices in one.

    That is done where it is shorter. Terms in which something holds only under a condition stay
    apart, unless it is the same for all.

    >>> from sympy import symbols
    >>> a, b = symbols("a b")
    >>> collected(a * b + (1 - b) * a)
    a
    """

    def step(node: Basic) -> Basic:
        if not isinstance(node, Add):
            return node
        node = _sums_joined(node)
        if any(isinstance(part, Iverson | Where) for part in subexpressions(node)):
            return node
        shorter = common_factor(node)
        return shorter if weight(shorter) < weight(node) else node

    result: Expr = bottom_up(expr, step)
    return result


def _sums_joined(expr: Expr) -> Expr:
    """``c * sum(a) + c * sum(b)`` as ``c * sum(a + b)``, where ``a`` and ``b`` share a factor."""
    groups: dict[tuple[Basic, ...], list[tuple[Expr, Expr]]] = {}
    rest: list[Expr] = []
    for term in Add.make_args(expr):
        number, factors = term.as_coeff_Mul()
        sums = [f for f in Mul.make_args(factors) if isinstance(f, Reduce) and f.kind == "sum"]
        if len(sums) != 1:
            rest.append(term)
            continue
        (found,) = sums
        outside = Mul(*(f for f in Mul.make_args(factors) if f is not found))
        key = (outside, found.cond, *found.bound)
        groups.setdefault(key, []).append((term, number * found.body))
    for (outside, cond, *bound), members in groups.items():
        apart = [term for term, _ in members]
        body = common_factor(Add(*(body for _, body in members)))
        if len(members) > 1 and not isinstance(body, Add):
            number, body = body.as_coeff_Mul()
            joined = number * outside * Reduce("sum", tuple(bound), cond, body)
            apart = [joined] if weight(joined) < weight(*apart) else apart
        rest += apart
    return Add(*rest)


def softmax_apart(equations: Sequence[Equation], known: Known) -> tuple[Equation, ...]:
    """``exp(s[j] + s[l] - 2 * lse)`` as ``exp(s[j] - lse) * exp(s[l] - lse)``: no array of both.

    Each exponent takes one of the terms whose log-sum-exp is subtracted as often. What else there
    is joins the only one that has its indices, if its own exponential might overflow.
    """
    sums = {e.tensor: e.rhs.body for e in equations if _is_lse(e.rhs)}

    def step(node: Basic) -> Basic:
        if not isinstance(node, Exp):
            return node
        terms = Add.make_args(node.args[0])
        for term in terms:
            number, level = term.as_coeff_Mul()
            if not (isinstance(level, Element) and level.tensor in sums) or number > -2:
                continue
            over = sums[level.tensor]
            tops = [
                top
                for each in terms
                for count, top in (each.as_coeff_Mul(),)
                if count.is_Integer and count > 0 and _alike(top, over)
                for _ in range(int(count))
            ]
            if number.is_Integer and len(tops) >= -number:
                tops = tops[: int(-number)]
                rest = node.args[0] - number * level - Add(*tops)
                exponents = _with_rest([top - level for top in tops], rest, known)
                return Mul(*map(Exp, exponents)) if exponents else node
        return node

    return tuple(replace(e, rhs=bottom_up(e.rhs, step)) for e in equations)


def _with_rest(exponents: Sequence[Expr], rest: Expr, known: Known) -> Sequence[Expr]:
    """``exponents`` and ``rest`` as factors of one exponential; none if that is not safe."""
    if rest == S.Zero:
        return exponents
    if known.at_most_one(rest):
        return [*exponents, rest]
    fitting = [one for one in exponents if free_indices(rest) <= free_indices(one)]
    if len(fitting) != 1:
        return []
    return [one + rest if one is fitting[0] else one for one in exponents]


def shares_of_something(equations: Sequence[Equation], known: Known) -> tuple[Equation, ...]:
    """``exp(u - lse)`` under the condition that there is something that ``u`` is a share of.

    All terms of a log-sum-exp may be -oo, as logarithms of weights that are 0. A share of
    nothing is 0: each way to it leads through a term with such a weight as a factor.
    """
    of_weights = {
        e.tensor
        for e in equations
        if isinstance(e.rhs, Reduce) and e.rhs.kind == "lse" and known.may_be_infinite(e.rhs.body)
    }

    def step(node: Basic) -> Basic:
        if not isinstance(node, Exp):
            return node
        brackets = []
        for term in Add.make_args(node.args[0]):
            number, level = term.as_coeff_Mul()
            if number.is_negative and isinstance(level, Element) and level.tensor in of_weights:
                brackets.append(Iverson(compare("!=", level, S.NegativeInfinity)))
        return Mul(node, *brackets)

    return tuple(replace(e, rhs=bottom_up(e.rhs, step)) for e in equations)


def _is_lse(expr: Expr) -> bool:
    return isinstance(expr, Reduce) and expr.kind == "lse" and isinstance(expr.body, Element)


def _alike(top: Expr, over: Element) -> bool:
    """Whether ``top`` is an entry of the array whose exponentials are summed."""
    return isinstance(top, Element) and top.tensor == over.tensor
