"""Forward mode over reverse mode: tangents of the equations of a gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from sympy import Add, Mul, S
from sympy.core.basic import Basic

from symderive.derive.accumulate import gradient, infinite_factors
from symderive.derive.local import edges
from symderive.errors import InputError
from symderive.expr import Element, Fresh, Tensor, elements, replace
from symderive.model import (
    Equation,
    GradientModel,
    Model,
    SecondModel,
    adjoint_name,
    pick_letters,
    tangent_name,
)
from symderive.rewrite import as_quotients, common_bracket, fold, make_sum, named_all, times

#: What is made of a gradient, equal to it, before it is differentiated.
Rewriting: TypeAlias = Callable[[GradientModel], GradientModel]


def hvp(
    model: Model, wrt: Iterable[str] | None = None, rewrite: Rewriting | None = None
) -> SecondModel:
    """The product of the Hessian of ``model``'s output with a tangent, as a model.

    Of an output that is no scalar it is that of the sum of its entries times a cotangent.
    It is the derivative of the gradient along the tangent: ``d/de grad(w + e * tangent)`` at
    ``e = 0``. The Hessian is never formed; the cost is a small multiple of the gradient's. At a
    kink the convention of the first derivative holds, and a step has the derivative 0. What is
    differentiated is ``rewrite`` of the gradient, if that is given.

    Raises :class:`InputError` if a name of ``wrt`` is no real input.

    >>> from symderive.catalog import half_squared_error
    >>> print(hvp(half_squared_error()).equations[-1])
    dot'∂s[i, j] = ∂L[i]*dot's[i, j]
    """
    first = with_unit_cotangent(gradient(model, wrt))
    return _along(first if rewrite is None else rewrite(first), None)


def gauss_newton(model: Model, at: str, wrt: Iterable[str] | None = None) -> SecondModel:
    """The product of the Gauss-Newton matrix with a tangent: ``J^T H J v``, as a model.

    ``J`` is the Jacobian of what is called ``at``, the output of a network, by the inputs ``wrt``,
    ``H`` the Hessian of the model's output by it. None of the matrices is formed: the tangent of
    ``at`` is taken forward, along it the derivative of its adjoint, and that is taken backward.

    Raises :class:`InputError` if a path from ``wrt`` to the output does not lead through ``at``.

    >>> from symderive.catalog import two_layer_sigmoid
    >>> print(gauss_newton(two_layer_sigmoid(), "yhat").equations[-6])
    dot'∂yhat[i, c] = ∂L[i]*dot'yhat[i, c]
    """
    first = with_unit_cotangent(gradient(model, wrt))
    after = first.primal.depends_on([at])
    active = first.primal.depends_on(name for name, _ in first.gradients)
    for equation in first.primal.equations:
        read = [*elements(equation.rhs), *elements(equation.where)]
        passed = any(active[e.tensor.name] and not after[e.tensor.name] for e in read)
        if equation.name != at and after[equation.name] and passed:
            raise InputError(
                f"{model.name}: Gauss-Newton at {at!r}: {equation.name} does not depend on the"
                " parameters through it alone"
            )
    if not after[first.primal.output.name] or not active.get(at):
        raise InputError(
            f"{model.name}: Gauss-Newton at {at!r}: what lies between"
            f" {', '.join(name for name, _ in first.gradients)} and {first.primal.output.name}"
            " was expected"
        )
    return _along(first, after)


def _along(first: GradientModel, after: Mapping[str, bool] | None) -> SecondModel:
    """The derivative of the gradient along a tangent of its inputs.

    With ``after``, adjoints of other names than these are taken to be linear: what they multiply
    does not move.
    """
    fresh = fresh_for(first.equations)
    tangents = tuple((name, tangent_of(first.primal.tensor(name))) for name, _ in first.gradients)
    moving = dict(tangents)
    derived: list[Equation] = []
    active = dict.fromkeys((*first.primal.names, *(e.name for e in first.adjoints)), False)
    active.update(dict.fromkeys(moving, True))
    fixed = {adjoint_name(name) for name, is_after in (after or {}).items() if not is_after}
    for equation in first.equations:
        here: Mapping[str, bool] = active
        if equation.name in fixed:
            here = {name: active[name] and name not in first.primal.names for name in active}
        found = tangent_equation(first.primal, equation, here, moving, fresh)
        if found is not None:
            active[equation.name] = True
            moving[equation.name] = found.tensor
            derived.append(found)
    products = []
    for name, adjoint in first.gradients:
        tensor = tangent_of(next(e.tensor for e in first.adjoints if e.name == adjoint))
        if adjoint not in moving:
            letters = pick_letters(first.primal, tensor.axes)
            derived.append(Equation(tensor, letters, S.Zero))
        products.append((name, tensor.name))
    every = (*first.adjoints, *derived)
    return SecondModel(first.primal, cotangent_of(first), every, tuple(products), tangents)


def fresh_for(equations: Iterable[Equation]) -> Fresh:
    """Fresh indices none of which is a letter of ``equations``."""
    letters = (index.name for equation in equations for index in equation.indices)
    marks = (name.rpartition("'")[2] for name in letters if "'" in name)
    return Fresh(max(map(int, marks), default=0))


def with_unit_cotangent(gradients: GradientModel) -> GradientModel:
    """The same gradient with 1 for the adjoint of its output, if that is a scalar."""
    if gradients.cotangent.axes:
        return gradients
    one: dict[Basic, Basic] = {Element(gradients.cotangent): S.One}
    adjoints = tuple(
        Equation(e.tensor, e.indices, replace(e.rhs, one), e.where) for e in gradients.adjoints
    )
    return GradientModel(gradients.primal, gradients.cotangent, adjoints, gradients.gradients)


def cotangent_of(gradients: GradientModel) -> Tensor | None:
    """The cotangent that a second derivative has: that of an output that is no scalar."""
    return gradients.cotangent if gradients.cotangent.axes else None


def tangent_of(tensor: Tensor) -> Tensor:
    """The tensor that holds the tangent of ``tensor``."""
    return Tensor(tangent_name(tensor.name), tensor.axes)


def tangent_equation(
    model: Model,
    equation: Equation,
    active: Mapping[str, bool],
    moving: Mapping[str, Tensor],
    fresh: Fresh,
) -> Equation | None:
    """The tangent of ``equation`` from those of the names that are ``moving``; None if it is 0."""
    if equation.tensor.label_of is not None:
        return None
    named = named_all([(equation.element, equation.rhs)])
    keep = infinite_factors(model)
    terms = []
    for edge in edges(equation, active, fresh):
        local = as_quotients(fold(Mul(*edge.factors), named))
        upstream = Element(moving[edge.target.tensor.name], *edge.target.slots)
        terms.append(make_sum(edge.binders, times(local, upstream), edge.cond, fresh, keep))
    rhs = common_bracket(Add(*terms), keep)
    if rhs == S.Zero:
        return None
    return Equation(tangent_of(equation.tensor), equation.indices, rhs, equation.where)
