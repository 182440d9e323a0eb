"""Reverse mode: folds the edges of a model backward into equations for its adjoints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sympy import Add, Mul, Pow, S, log
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.derive.local import Edge, edges, with_extrema_named
from symderive.errors import InputError
from symderive.expr import (
    TRUE,
    Element,
    Exp,
    Expm1,
    Fresh,
    Index,
    Log1p,
    Log2,
    Reduce,
    Size,
    Tensor,
    Xdivy,
    Xlogy,
    all_of,
    any_of,
    compare,
    replace,
    subexpressions,
)
from symderive.model import Equation, GradientModel, Model, adjoint_name, pick_letters
from symderive.rewrite import (
    Named,
    common_factor,
    fold,
    make_sum,
    named_all,
    split_brackets,
    times,
)


def gradient(model: Model, wrt: Iterable[str] | None = None) -> GradientModel:
    """The adjoint equations of ``model``'s output with respect to the inputs ``wrt``.

    The cost is linear in the number of equations. An adjoint is 0 outside the union of the
    conditions on the paths that reach it, and where a local derivative may be infinite or
    undefined its product with the adjoint is guarded by that union.

    Raises :class:`InputError` if a name of ``wrt`` is not a real input.
    """
    names = real_inputs(model, wrt)
    fresh = Fresh()
    active = model.depends_on(names)
    model = with_extrema_named(model, active, fresh)
    active = model.depends_on(names)
    output = model.output
    cotangent = Tensor(adjoint_name(output.name), output.tensor.axes)
    contributions: dict[str, list[Expr]] = {output.name: [cotangent[output.indices]]}
    guards: dict[str, Basic] = {output.name: TRUE}
    adjoints: list[Equation] = []
    letters = {equation.name: equation.indices for equation in model.equations}
    for name in names:
        letters[name] = pick_letters(model, model.tensor(name).axes)
    order = [equation.name for equation in reversed(model.equations)]
    for name in (*order, *names):
        if model.tensor(name).label_of is not None:
            continue
        if not active[name] and name != output.name:
            continue
        if name != output.name:
            tensor = Tensor(adjoint_name(name), model.tensor(name).axes)
            terms = contributions.get(name, [])
            guards[name] = any_of(all_of(split_brackets([term])[0]) for term in terms)
            adjoints.append(Equation(tensor, letters[name], common_factor(Add(*terms))))
        definition = model.equation(name)
        if definition is None or not active[name]:
            continue
        named = named_all([(definition.element, definition.rhs)])
        upstream = Element(Tensor(adjoint_name(name), definition.tensor.axes), *definition.indices)
        for edge in edges(definition, active, fresh):
            target = edge.target.tensor.name
            guard = all_of([guards[name], definition.where])
            if not contributions.get(name):
                continue
            term = _contribution(edge, upstream, guard, letters[target], named, fresh)
            if term != S.Zero:
                contributions.setdefault(target, []).append(term)
    return GradientModel(
        model, cotangent, tuple(adjoints), tuple((name, adjoint_name(name)) for name in names)
    )


def real_inputs(model: Model, wrt: Iterable[str] | None) -> tuple[str, ...]:
    """The names of ``wrt`` (the model's default if None), each checked to be a real input."""
    names = tuple(wrt) if wrt is not None else model.default_wrt()
    choices = [declaration.name for declaration in model.real_inputs]
    for name in names:
        if name not in choices:
            from difflib import get_close_matches

            near = get_close_matches(name, choices, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise InputError(
                f"{model.name}: wrt {name!r} is not a real input;"
                f" expected one of {', '.join(choices) or '(there are none)'}{hint}"
            )
    return tuple(dict.fromkeys(names))


def _contribution(
    edge: Edge,
    upstream: Element,
    guard: Basic,
    letters: Sequence[Index],
    named: Sequence[Named],
    fresh: Fresh,
) -> Expr:
    """What ``edge`` adds to the adjoint of ``edge.target`` at ``letters``."""
    summed = fresh.like(edge.equation.indices)
    table: dict[Basic, Basic] = dict(zip(edge.equation.indices, summed, strict=True))
    # The letters of the target must not meet those of the equation before these are renamed.
    target = fresh.like(letters)
    slots = [compare("==", a, b) for a, b in zip(target, edge.target.slots, strict=True)]
    local = fold(Mul(*edge.factors), named)
    guards = [] if is_total(local) else [guard]
    cond = replace(all_of([edge.cond, *guards, *slots]), table)
    body = replace(times(upstream, local), table)
    result = make_sum((*summed, *edge.binders), body, cond, fresh)
    back: dict[Basic, Basic] = dict(zip(target, letters, strict=True))
    joined: Expr = replace(result, back)
    return joined


def is_total(expr: Expr) -> bool:
    """Whether ``expr`` is finite wherever its elements are (so that 0 times it is 0)."""
    for node in subexpressions(expr):
        match node:
            case Pow():
                base, exponent = node.args
                if not ((exponent.is_Integer and exponent.is_positive) or isinstance(base, Size)):
                    return False
            case Exp() | Expm1() | Log1p() | Xlogy() | Xdivy() | log() | Log2():
                return False
            case Reduce() if node.kind != "sum":
                return False
    return True
