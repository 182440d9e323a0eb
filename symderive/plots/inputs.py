"""The values of a model's inputs in a picture: what is set, what is drawn at random, the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symderive.errors import InputError
from symderive.expr import Axis
from symderive.model import Declaration, Domain, Model
from symderive.model.points import contains
from symderive.plots.request import PlotRequest, Rows, Subject
from symderive.plots.shape import is_pointwise, moved, sample_axis

Array: TypeAlias = NDArray[Any]
Values: TypeAlias = Mapping[str, Array]

#: A scalar that nothing sets, and how many positions an axis has that nothing gives a size.
SCALAR, SIZE = 0.25, 3
#: A family larger than this cannot be told apart.
MOST_CURVES = 8


@dataclass(frozen=True)
class Member:
    """One model with values for all of its inputs; ``chosen`` is what tells it from the others."""

    subject: Subject
    sizes: Mapping[Axis, int]
    values: Values
    chosen: tuple[tuple[str, float], ...] = ()

    @property
    def model(self) -> Model:
        return self.subject.model


def check_names(request: PlotRequest) -> None:
    """Raise :class:`InputError` for a setting or a size of what no model of the request has."""
    models = [subject.model for subject in request.models]
    inputs = [d.name for model in models for d in model.declarations]
    axes = [axis.name for model in models for axis in model.axes]
    for what, names, known in (
        ("input", request.settings, inputs),
        ("axis", request.sizes, axes),
    ):
        for name in names:
            if name not in known:
                there = ", ".join(dict.fromkeys(known)) or "none"
                raise InputError(f"no {what} is called {name!r}; expected one of {there}")


def family(request: PlotRequest, subject: Subject, over: str) -> tuple[Member, ...]:
    """One member for each choice of the scalars that are given several values."""
    model = subject.model
    lists = {
        d.name: values
        for d in model.declarations
        if d.name != over and (values := _choices(d, model, request)) is not None
    }
    members = []
    for choice in product(*lists.values()):
        fixed: dict[str, Rows] = {n: ((v,),) for n, v in zip(lists, choice, strict=True)}
        several = [name for name, values in lists.items() if len(values) > 1]
        chosen = tuple((name, fixed[name][0][0]) for name in several)
        sizes = curve_sizes(request, model)
        entries = curve_values(model, sizes, {**request.settings, **fixed}, request.seed)
        members.append(Member(subject, sizes, entries, chosen))
    if len(members) > MOST_CURVES:
        raise InputError(
            f"{model.name}: {len(members)} curves in one plot; expected at most {MOST_CURVES}"
        )
    return tuple(members)


def _choices(
    declaration: Declaration, model: Model, request: PlotRequest
) -> tuple[float, ...] | None:
    """The values of what gets a curve for each of them; None for anything else."""
    if declaration.role == "label" or (declaration.tensor.axes and not is_pointwise(model)):
        return None
    rows = request.settings.get(declaration.name)
    if rows is not None:
        return tuple(value for row in rows for value in row)
    domain = declaration.domain
    if declaration.role != "data" or declaration in moved(model):
        return None
    if domain.values:
        return tuple(float(value) for value in domain.values)
    if domain.low_closed and domain.high_closed:
        return (float(domain.low), float(domain.high))
    return None


# --- curves: small and round values, which can be said in the picture ----------------------------


def curve_sizes(request: PlotRequest, model: Model) -> dict[Axis, int]:
    """As small as can be: one sample, entries that act for themselves alone."""
    pointwise, samples = is_pointwise(model), sample_axis(model)
    simplex = {d.tensor.axes[-1] for d in moved(model) if d.domain.simplex}
    sizes = {}
    for axis in model.axes:
        if pointwise or axis == samples:
            sizes[axis] = 1
        elif axis in simplex:
            sizes[axis] = 2
        else:
            sizes[axis] = SIZE if axis in model.output.tensor.axes else 1
    return _with_given(sizes, request, model, {} if pointwise else request.settings)


def curve_values(
    model: Model, sizes: Mapping[Axis, int], settings: Mapping[str, Rows], seed: int
) -> dict[str, Array]:
    """Values for all inputs: those set, the defaults, else round ones; params at random."""
    rng = np.random.default_rng(seed)
    values = {}
    for declaration in model.declarations:
        shape = _shape(declaration, sizes)
        rows = settings.get(declaration.name)
        if rows is not None:
            values[declaration.name] = filled(declaration, rows, shape, sizes)
        elif declaration.role == "label":
            values[declaration.name] = np.zeros(shape, dtype=np.intp)
        elif declaration.default is not None:
            values[declaration.name] = np.array(float(declaration.default))
        elif declaration.role == "param" and shape and not declaration.domain.simplex:
            drawn = np.round(rng.normal(size=shape), 1)
            values[declaration.name] = _into(declaration.domain, drawn)
        else:
            values[declaration.name] = _round(declaration, shape)
    return values


def _round(declaration: Declaration, shape: tuple[int, ...]) -> Array:
    """Small whole numbers that go down along the last axis; on a simplex their shares."""
    if not shape:
        return _into(declaration.domain, np.array(SCALAR))
    down = np.arange(shape[-1], 0, -1, dtype=float)
    if declaration.domain.simplex:
        return np.broadcast_to(down / down.sum(), shape).copy()
    return _into(declaration.domain, np.broadcast_to(down - 1, shape).copy())


def _into(domain: Domain, values: Array) -> Array:
    """``values``, those outside of the domain replaced by a number inside."""
    low, high = float(domain.low), float(domain.high)
    if domain.values:
        inner = float(domain.values[0])
    elif np.isfinite(low) and np.isfinite(high):
        inner = (low + high) / 2
    elif np.isfinite(low):
        inner = low if domain.low_closed else low + 1
    else:
        inner = high if domain.high_closed else high - 1
    inside = np.vectorize(lambda value: contains(domain, value), otypes=[bool])
    return np.where(inside(values), values, inner)


# --- lines and planes: samples, a start and directions at random ---------------------------------


def sampled_sizes(request: PlotRequest, model: Model, samples: int) -> dict[Axis, int]:
    """``samples`` samples; three positions on other axes, one for entries that face each other."""
    pointwise, axis = is_pointwise(model), sample_axis(model)
    sizes = dict.fromkeys(model.axes, 1 if pointwise else SIZE)
    if axis is not None:
        sizes[axis] = samples
    return _with_given(sizes, request, model, request.settings)


def sampled_values(
    model: Model, sizes: Mapping[Axis, int], settings: Mapping[str, Rows], seed: int
) -> dict[str, Array]:
    """Values for all inputs: those set, the defaults, else drawn at random from their domains.

    Each input has random numbers of its own: a setting, or more samples, changes no other's.
    """
    values = {}
    for place, declaration in enumerate(model.declarations):
        shape = _shape(declaration, sizes)
        rows = settings.get(declaration.name)
        if rows is not None:
            values[declaration.name] = filled(declaration, rows, shape, sizes)
        elif declaration.default is not None:
            values[declaration.name] = np.array(float(declaration.default))
        else:
            rng = np.random.default_rng([seed, place])
            values[declaration.name] = drawn(declaration, shape, sizes, rng)
    return values


def drawn(
    declaration: Declaration,
    shape: tuple[int, ...],
    sizes: Mapping[Axis, int],
    rng: np.random.Generator,
) -> Array:
    """Random entries in the domain of an input; those of a param as a network is started."""
    domain, into = declaration.domain, declaration.tensor.label_of
    if into is not None:
        return rng.integers(sizes[into], size=shape)
    if domain.simplex:
        return rng.dirichlet(np.ones(shape[-1]), size=shape[:-1])
    if domain.values:
        return rng.choice([float(value) for value in domain.values], size=shape)
    low, high = float(domain.low), float(domain.high)
    if np.isfinite(low) and np.isfinite(high):
        return rng.uniform(low, high, size=shape)
    if np.isfinite(low):
        return low + rng.exponential(size=shape)
    if np.isfinite(high):
        return high - rng.exponential(size=shape)
    scale = 1 / np.sqrt(shape[-1]) if declaration.role == "param" and len(shape) > 1 else 1.0
    return np.asarray(scale * rng.normal(size=shape))


def direction(declaration: Declaration, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """A random direction; one that stays on the simplex sums to zero."""
    towards = rng.normal(size=shape)
    if declaration.domain.simplex:
        towards = towards - towards.mean(axis=-1, keepdims=True)
    return np.asarray(towards)


# --- both ----------------------------------------------------------------------------------------


def inside(declaration: Declaration, values: Array) -> bool:
    """Whether all entries lie in the domain (of a simplex: none is negative)."""
    if declaration.domain.simplex:
        return bool((values >= 0).all())
    domain = declaration.domain
    if not domain.values and not np.isfinite([float(domain.low), float(domain.high)]).any():
        return True
    return all(contains(domain, value) for value in values.flat)


def _shape(declaration: Declaration, sizes: Mapping[Axis, int]) -> tuple[int, ...]:
    return tuple(sizes[axis] for axis in declaration.tensor.axes)


def _with_given(
    sizes: dict[Axis, int], request: PlotRequest, model: Model, settings: Mapping[str, Rows]
) -> dict[Axis, int]:
    """``sizes`` with those that are asked for, or that follow from what is set."""
    for name, rows in settings.items():
        declaration = model.declaration(name)
        sizes.update(_counted(declaration, rows) if declaration else ())
    by_name = {axis.name: axis for axis in sizes}
    for name, size in request.sizes.items():
        if name in by_name:
            sizes[by_name[name]] = size
    return sizes


def _counted(declaration: Declaration, rows: Rows) -> Iterator[tuple[Axis, int]]:
    """The sizes that follow from the rows of an input."""
    axes = declaration.tensor.axes
    if axes:
        yield axes[-1], len(rows[0])
    if len(axes) == 2:
        yield axes[0], len(rows)


def filled(
    declaration: Declaration, rows: Rows, shape: tuple[int, ...], sizes: Mapping[Axis, int]
) -> Array:
    """What is set, as an array; labels count from 1.

    Raises :class:`InputError` for rows that do not fit, or that leave the domain.
    """
    name = declaration.name
    if len({len(row) for row in rows}) > 1:
        raise InputError(f"{name}: expected rows of one length")
    array = np.array(rows, dtype=float)
    if array.size == 1:
        array = np.full(shape, array.flat[0])
    elif len(shape) == 1 and len(rows) == 1:
        array = array[0]
    if array.shape != shape:
        axes = ", ".join(axis.name for axis in declaration.tensor.axes)
        wanted = f"{name}[{axes}] of shape {shape}" if shape else f"one number for {name}"
        raise InputError(f"{name}: expected {wanted}, got {len(rows)} rows of {len(rows[0])}")
    into = declaration.tensor.label_of
    if into is not None:
        if not ((array >= 1) & (array <= sizes[into]) & (array % 1 == 0)).all():
            raise InputError(f"{name}: expected whole numbers from 1 to {sizes[into]}")
        return array.astype(np.intp) - 1
    if not inside(declaration, array):
        raise InputError(
            f"{name}: expected values in its domain {declaration.domain}, got {array.tolist()}"
        )
    return array
