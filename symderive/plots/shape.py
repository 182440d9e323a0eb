"""Which picture suits a model: decided by its inputs and their shapes, never by its name."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Add, Mul
from sympy.core.basic import Basic

from symderive.expr import Axis, Element, Reduce, elements, subexpressions
from symderive.model import Declaration, Model
from symderive.plots.request import Kind


def sample_axis(model: Model) -> Axis | None:
    """The axis of the samples: declared, or the first axis of data that no param has."""
    if model.sample is not None:
        return model.sample.axis
    learned = {axis for d in model.declarations if d.role == "param" for axis in d.tensor.axes}
    for declaration in model.declarations:
        if declaration.role == "data" and declaration.tensor.axes:
            first: Axis = declaration.tensor.axes[0]
            return None if first in learned else first
    return None


def moved(model: Model) -> tuple[Declaration, ...]:
    """What a picture varies: of a loss its params, of a function of data (an activation) the data.

    >>> from symderive import catalog
    >>> [[d.name for d in moved(catalog.load(name))] for name in ("hinge", "prelu")]
    [['w'], ['x']]
    """
    roles = ("data", "param") if model.output.indices else ("param", "data")
    for role in (*roles, "const"):
        found = tuple(d for d in model.declarations if d.role == role)
        if found:
            return found
    return ()


def is_pointwise(model: Model) -> bool:
    """Whether every entry acts for itself: with all sizes 1 the model still says everything.

    So the entries of all inputs face each other, and the output adds up one term for each.

    >>> from symderive import catalog
    >>> [is_pointwise(catalog.load(name)) for name in ("relu", "huber", "hinge", "softmax")]
    [True, True, False, False]
    """
    over = {d.tensor.axes for d in model.declarations if d.tensor.axes}
    has_labels = any(d.role == "label" for d in model.declarations)
    simplex = any(d.domain.simplex for d in model.declarations)
    return len(over) <= 1 and not has_labels and not simplex and _adds_up(model)


def _adds_up(model: Model) -> bool:
    """Whether reductions are only the last thing that happens: sums of terms of the entries."""
    reducing = {e.name for e in model.equations if _reduces(e.rhs)}
    todo: list[Basic] = [model.output.rhs]
    while todo:
        expr = todo.pop()
        if isinstance(expr, Add):
            todo += expr.args
        elif isinstance(expr, Mul):
            moving = [arg for arg in expr.args if _reduces(arg) or _names(arg) & reducing]
            todo += moving if len(moving) == 1 else ()
            if len(moving) > 1 or (moving and any(_names(a) for a in expr.args if a not in moving)):
                return False
        elif isinstance(expr, Reduce) and expr.kind == "sum":
            todo.append(expr.body)
        elif isinstance(expr, Element) and (equation := model.equation(expr.tensor.name)):
            todo.append(equation.rhs)
        elif _reduces(expr) or _names(expr) & reducing:
            return False
    return True


def _reduces(expr: Basic) -> bool:
    return any(isinstance(node, Reduce) for node in subexpressions(expr))


def _names(expr: Basic) -> set[str]:
    return {element.tensor.name for element in elements(expr)}


def has_two_numbers(model: Model) -> bool:
    """Whether the model is a function of two numbers: of two inputs, entry by entry."""
    return is_pointwise(model) and len(moved(model)) == 2


def suitable(models: Sequence[Model]) -> Kind:
    """The kind of picture for ``models``.

    Functions of one number: ``curve`` for one, ``margin`` for several. Of two numbers: ``plane``.
    Anything else with a scalar output: ``line``; with an array as output, or of probabilities:
    ``curve``.

    >>> from symderive import catalog
    >>> names = ("relu", "huber", "margin_ranking", "softmax_nll", "softmax", "entropy")
    >>> [suitable([catalog.load(name)]) for name in names]
    ['curve', 'curve', 'plane', 'line', 'curve', 'curve']
    >>> suitable([catalog.load("margin_hinge"), catalog.load("margin_square")])
    'margin'
    """
    if len(models) > 1:
        return "margin"
    (model,) = models
    if is_pointwise(model):
        return "plane" if has_two_numbers(model) else "curve"
    simplex = any(d.domain.simplex for d in moved(model))
    return "curve" if model.output.indices or simplex else "line"
