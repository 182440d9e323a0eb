"""Which curves a picture of functions of one number has, and what they are called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from symderive.errors import InputError
from symderive.expr import Axis
from symderive.model import Declaration, Domain, Equation, Model
from symderive.plots.curve import POINTS, Curve
from symderive.plots.inputs import MOST_CURVES, Member, family
from symderive.plots.labels import Labels
from symderive.plots.panels import Names, draw_panels
from symderive.plots.request import PlotRequest, Range, Subject
from symderive.plots.shape import is_pointwise, moved, sample_axis
from symderive.plots.switches import Branches
from symderive.plots.track import Track

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Ranges where neither the user nor a domain gives one.
REACH: dict[str, Range] = {"curve": (-4.0, 4.0), "margin": (-2.0, 2.0), "line": (-5.0, 5.0)}
SPAN = 5.0
#: How far away kinks and jumps are looked for.
WIDE = 12.0
#: More numbers that stay as they are would not fit below a picture.
MOST_STANDING = 6


@dataclass(frozen=True)
class Over:
    """The number on the horizontal axis: an entry of an input."""

    declaration: Declaration
    position: tuple[int, ...]

    def directed(self, member: Member) -> Track:
        """The track along it; on a simplex the other entries give way in proportion."""
        name = self.declaration.name
        start = member.values[name].astype(float)
        towards = np.zeros_like(start)
        towards[self.position] = 1
        start[self.position] = 0
        if self.declaration.domain.simplex:
            row = self.position[:-1]
            start[row] = start[row] / start[row].sum()
            towards[row] = towards[row] - start[row]
        values = {**member.values, name: start}
        return Track(Member(member.subject, member.sizes, values), ({name: towards},))


def asked_over(model: Model, over: str | None, sizes: dict[Axis, int]) -> Over:
    """The entry that ``over`` names; else the first one of what the model moves.

    Raises :class:`InputError` for what is no real input, or has no such entry.
    """
    if over is None:
        if not moved(model):
            raise InputError(f"{model.name} has no real input; there is nothing to draw it against")
        declaration = moved(model)[0]
        return Over(declaration, (0,) * len(declaration.tensor.axes))
    name, _, inner = over.replace(" ", "").partition("[")
    found = model.declaration(name)
    if found is None or found.role == "label":
        names = ", ".join(d.name for d in model.real_inputs)
        raise InputError(f"{model.name}: no real input is called {name!r}; expected one of {names}")
    shape = tuple(sizes[axis] for axis in found.tensor.axes)
    if not inner:
        return Over(found, (0,) * len(shape))
    if not re.fullmatch(r"\d+(,\d+)*\]", inner):
        raise InputError(f"{over!r}: expected an entry such as {name}[2] or {name}[1, 2]")
    given = tuple(int(text) - 1 for text in inner[:-1].split(","))
    if len(given) < len(shape) and sample_axis(model) in found.tensor.axes:
        given = (0, *given)
    if len(given) != len(shape) or not all(0 <= n < s for n, s in zip(given, shape, strict=True)):
        raise InputError(f"{over!r}: {name} has the shape {shape}; entries count from 1")
    return Over(found, given)


@dataclass(frozen=True)
class _Drawn:
    """The curves of one model, and how their axes are called."""

    curves: tuple[Curve, ...]
    names: Names


def _drawn(request: PlotRequest, subject: Subject, kind: str) -> _Drawn:
    """The curves of one model of a request."""
    model, labels = subject.model, Labels(subject.model)
    single = is_pointwise(model)
    if kind == "margin" and not single:
        raise InputError(
            f"{model.name} is not a function of one number; expected models such as margin_hinge"
        )
    name = request.over.partition("[")[0].strip() if request.over else _default_over(model)
    members = family(request, subject, name)
    axis = sample_axis(model)
    output = shown(model, samples=1 if axis is None else members[0].sizes[axis])
    over = asked_over(model, request.over, dict(members[0].sizes))
    if over.declaration.name in request.settings and members[0].values[name].size == 1:
        raise InputError(f"{name} is on the horizontal axis; expected no value for it")
    positions = _positions(output, members[0], one=single)
    if len(members) * len(positions) > MOST_CURVES:
        raise InputError(
            f"{model.name}: {len(members) * len(positions)} curves in one plot; expected at most"
            f" {MOST_CURVES} (fewer values, or another size of the axis)"
        )
    within = request.x or reach(over.declaration.domain, REACH[kind])
    if request.x is None and not request.over and single:
        within = _with_changes(over.directed(members[0]), within)
    curves = []
    for member, position in product(members, positions):
        parts = []
        if len(positions) > 1:
            parts.append(labels.formula(labels.element(output.tensor, position, numbered=True)))
        parts += (labels.setting(*pair) for pair in member.chosen)
        track = over.directed(member)
        at = position if model.output.indices else ()
        curves.append(Curve(Track(track.member, track.directions, at), ", ".join(parts), within))
    by = labels.element(over.declaration.tensor, over.position, numbered=not single)
    of = labels.element(output.tensor, positions[0], numbered=not single and len(positions) == 1)
    title, note = labels.definition() or model.title, _standing(over, members, labels)
    names = Names(title, labels.formula(by), labels.formula(of), labels.slope(of, by), note)
    return _Drawn(tuple(curves), names)


def _default_over(model: Model) -> str:
    return moved(model)[0].name if moved(model) else ""


def shown(model: Model, samples: int) -> Equation:
    """What is on the vertical axis: of one sample its own loss, ``L_i``, not the mean of one."""
    output, axis = model.output, sample_axis(model)
    if samples > 1 or output.indices or len(model.equations) < 2:
        return output
    before = model.equations[-2]
    if Labels(model).only_collects() and [i.axis for i in before.indices] == [axis]:
        return before
    return output


def _positions(output: Equation, member: Member, *, one: bool) -> list[tuple[int, ...]]:
    """The entries of the output that are drawn: all of the first sample."""
    axis = sample_axis(member.model)
    ranges = [
        range(1) if one or index.axis == axis else range(member.sizes[index.axis])
        for index in output.indices
    ]
    return list(product(*ranges))


def _standing(over: Over, members: Sequence[Member], labels: Labels) -> str:
    """What stays as it is, and is the same for all curves: ``s_2 = 1, s_3 = 0``."""
    told = {name for member in members for name, _ in member.chosen}
    pointwise = is_pointwise(labels.model)
    found = []
    for declaration in labels.model.declarations:
        values = members[0].values[declaration.name]
        moving = declaration == over.declaration
        if declaration.name in told or declaration.role == "label":
            continue
        if moving and declaration.domain.simplex:
            continue
        for position in np.ndindex(values.shape):
            if not (moving and position == over.position):
                name = labels.element(declaration.tensor, position, numbered=not pointwise)
                found.append(labels.equals(name, float(values[position])))
    return ", ".join(found) if len(found) <= MOST_STANDING else ""


def reach(domain: Domain, usual: Range) -> Range:
    """The range of a number that nothing gives: its domain, or a part of it."""
    low, high = float(domain.low), float(domain.high)
    if domain.simplex:
        return 0.0, 1.0
    if np.isfinite(low) and np.isfinite(high):
        return low, high
    if np.isfinite(low):
        return low, low + SPAN
    if np.isfinite(high):
        return high - SPAN, high
    return usual


def _with_changes(track: Track, within: Range) -> Range:
    """``within``, widened to show kinks and jumps that are not far outside of it."""
    domain = (track.inside(-WIDE), track.inside(WIDE))
    if domain != (True, True):
        return within
    found = Branches(track).changes(np.linspace(-WIDE, WIDE, POINTS).tolist())
    room = (within[1] - within[0]) / 4
    low = min([within[0], *(t - room for t in found if t < within[0])])
    high = max([within[1], *(t + room for t in found if t > within[1])])
    return low, high


def curves_of(request: PlotRequest, kind: str) -> tuple[tuple[Curve, ...], Names]:
    """The curves of all models of a request, and what the picture is called.

    Raises :class:`InputError` for what cannot be drawn.
    """
    drawn = [_drawn(request, subject, kind) for subject in request.models]
    several = len(drawn) > 1
    curves = [_called(c, kind) if several else c for d in drawn for c in d.curves]
    if len(curves) > MOST_CURVES:
        raise InputError(f"{len(curves)} curves in one picture; expected at most {MOST_CURVES}")
    names = drawn[0].names
    if several:
        names = replace(names, title=None, note="")
    return named(request, curves), names


def named(request: PlotRequest, curves: Sequence[Curve]) -> tuple[Curve, ...]:
    """The curves with the labels that the request gives them, if it does."""
    if not request.labels:
        return tuple(curves)
    if len(request.labels) != len(curves):
        raise InputError(
            f"labels are {len(request.labels)}, curves {len(curves)}; expected one for each"
        )
    return tuple(replace(c, label=one) for c, one in zip(curves, request.labels, strict=True))


def draw_curves(figure: Figure, request: PlotRequest, kind: str) -> None:
    """The curves of all models of a request, in one plot or beside each other."""
    curves, names = curves_of(request, kind)
    slopes = kind == "curve" if request.derivative is None else request.derivative
    draw_panels(figure, request, curves, names, slopes=slopes)


def _called(curve: Curve, kind: str) -> Curve:
    """The curve with what its model is called in front."""
    model = curve.track.member.model
    name = (kind == "margin" and Labels(model).right_side()) or model.title or model.name
    return replace(curve, label=", ".join(filter(None, (name, curve.label))))
