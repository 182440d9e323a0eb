"""Networks of any depth: activations of the catalog between the layers, a loss of it on top."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, count

from sympy import Add, Rational
from sympy.core.expr import Expr

from symderive.catalog import load
from symderive.errors import InputError
from symderive.model import (
    Axis,
    Declaration,
    Definition,
    Element,
    Equation,
    Index,
    Model,
    axes,
    build,
    const,
    data,
    define,
    indices,
    param,
    pick_letters,
    tensor,
    total,
)

#: Letters of units, best first; ``h_1``, ``h_2``, .. follow.
_LETTERS = "khuvrnqgd"


def network(
    hidden: Sequence[str] = ("H",),
    activation: str = "relu",
    loss: str = "softmax_nll",
    *,
    output: str | None = None,
    biases: bool = True,
    l2: bool = False,
) -> Model:
    """``a^l_h = f(net^l_h)``, ``net^l_h = sum_u w^l_hu a^{l-1}_u + b^l_h``, ``a^0 = x``, a loss.

    ``hidden`` names the axis of each hidden layer, first to last; an axis may come again, and no
    hidden layer leaves a linear model. ``activation`` and ``output`` (of the last layer, if any)
    are elementwise activations of the catalog: a parameter of theirs is learned for each layer
    apart, a constant is the same in all. ``loss`` is a loss of the catalog with one score, or one
    for each class; what computes its scores there makes room for the layers. ``biases=False``
    leaves out ``b``; ``l2=True`` adds ``decay / 2`` times the sum of the squares of all ``w``.

    Raises :class:`InputError` for an activation that is not elementwise, a loss without a score
    that a network could compute, and names that clash.

    >>> model = network(("H", "M"), "swish", "squared_error", biases=False)
    >>> [equation.element for equation in model.equations]
    [net1[i, h], a1[i, h], net2[i, u], a2[i, u], yhat[i], L[i], loss]
    >>> model.default_wrt()
    ('w1', 'w2', 'w3')
    """
    layers = _Layers(_Top.of(load(loss)), biases)
    for width in hidden:
        layers.add(width, activation)
    layers.close(output)
    return layers.model(l2)


@dataclass(frozen=True)
class _Top:
    """A loss without what computes its score."""

    loss: Model
    score: Equation | Declaration
    inputs: tuple[Declaration, ...]
    equations: tuple[Equation, ...]

    @classmethod
    def of(cls, loss: Model) -> _Top:
        """Cut ``loss`` above its score: its one param, or what holds its params and one data."""
        params = [d for d in loss.declarations if d.role == "param"]
        first, *rest = loss.equations
        sample = loss.sample if not loss.output.indices else None
        if sample is not None and [sample.axis in d.tensor.axes for d in params] == [True]:
            inputs = tuple(d for d in loss.declarations if d not in params)
            return cls(loss, params[0], inputs, loss.equations)
        below = [d for d in loss.declarations if _uses(first, d)]
        others = tuple(d for d in loss.declarations if d not in below)
        apart = not any(_uses(equation, d) for equation in rest for d in below)
        linear = params and [d.role for d in below if d not in params] == ["data"]
        if sample is not None and linear and apart and set(params) <= set(below):
            return cls(loss, first, others, tuple(rest))
        raise InputError(
            f"network: the loss {loss.name} has no score that a network could compute; expected one"
            " with a single param for each sample, or with scores computed from one data array"
        )


def _uses(equation: Equation, declaration: Declaration) -> bool:
    used: bool = equation.rhs.has(declaration.tensor)
    return used


class _Layers:
    """Layers under a loss, from the data up."""

    def __init__(self, top: _Top, biases: bool) -> None:
        self.top, self.biases = top, biases
        self.letters = list(top.loss.notation.letters)
        self.sample, *self.classes = pick_letters(top.loss, top.score.tensor.axes)
        (D,) = axes("D")
        x = data("x", self.sample.axis, D)
        self.letter(D)
        self.below, self.width = x.tensor, D
        self.inputs = [x, *top.inputs]
        self.weights: list[Declaration] = []
        self.params: list[Declaration] = []
        self.constants: dict[Declaration, Declaration] = {}
        self.latex: dict[str, str] = {}
        self.definitions: list[Definition] = []

    def add(self, width: str, activation: str) -> None:
        """One hidden layer."""
        if not (width.isascii() and width.isidentifier() and width[0].isupper()):
            raise InputError(f"network: {width!r} is not the name of an axis, such as H")
        (axis,) = axes(width)
        unit = self.letter(axis)
        a = tensor(f"a{len(self.weights) + 1}", (self.sample.axis, axis))
        self.layer(a[self.sample, unit], [unit], activation)
        self.below, self.width = a, axis

    def close(self, output: str | None) -> None:
        """The last layer, which computes the scores."""
        self.layer(self.top.score.tensor[(self.sample, *self.classes)], self.classes, output)

    def layer(self, result: Element, units: Sequence[Index], activation: str | None) -> None:
        """Define ``result`` from the layer below."""
        number = len(self.weights) + 1
        over = [unit.axis for unit in units]
        w = param(f"w{number}", *over, self.width)
        inner = self.letter(self.width, units)
        net = total(w[(*units, inner)] * self.below[self.sample, inner], inner)
        self.weights.append(w)
        self.params.append(w)
        if self.biases:
            b = param(f"b{number}", *over)
            self.params.append(b)
            net += b[tuple(units)]
        if activation is not None:
            named = tensor(f"net{number}", result.tensor.axes)[result.slots]
            self.definitions.append(define(named, net))
            net = self.activated(activation, named, number)
        self.definitions.append(define(result, net))

    def activated(self, name: str, of: Element, number: int) -> Expr:
        """The activation called ``name`` of one element."""
        model = load(name)
        x, *others = sorted(model.declarations, key=lambda d: d.role != "data")
        scalars = not any(d.tensor.axes or d.role == "data" for d in others)
        output = model.output
        if not (len(model.equations) == len(x.tensor.axes) == 1 and scalars and output.indices):
            raise InputError(
                f"network: {name} does not act on each element alone; expected an activation such"
                " as relu"
            )
        table = {x[output.indices]: of}
        for declaration in others:
            own = self.own(declaration, number)
            table[declaration()] = own()
            if declaration.name in model.notation.latex and own.role == "const":
                self.latex[own.name] = model.notation.latex[declaration.name]
        expr: Expr = output.rhs.xreplace(table)
        return expr

    def own(self, declaration: Declaration, number: int) -> Declaration:
        """A parameter for this layer alone; a constant for all layers."""
        if declaration.role == "param":
            own = replace(declaration, tensor=tensor(f"{declaration.name}{number}"))
            self.params.append(own)
            return own
        if declaration not in self.constants:
            taken = {d.name for d in (*self.inputs, *self.constants.values())}
            taken |= {equation.name for equation in self.top.equations}
            names = chain([declaration.name], (f"{declaration.name}_{n}" for n in count(1)))
            name = next(name for name in names if name not in taken)
            self.constants[declaration] = replace(declaration, tensor=tensor(name))
        return self.constants[declaration]

    def letter(self, axis: Axis, avoid: Sequence[Index] = ()) -> Index:
        """A letter for an index over ``axis``, other than the sample's and those of ``avoid``."""
        for known in self.letters:
            if known.axis == axis and known not in (self.sample, *avoid):
                return known
        taken = {known.name for known in self.letters} | self.top.loss.taken_names
        names = chain(_LETTERS, (f"h_{n}" for n in count(1)))
        (new,) = indices(next(name for name in names if name not in taken), axis)
        self.letters.append(new)
        return new

    def model(self, l2: bool) -> Model:
        """The layers with the loss on top."""
        loss = self.top.loss
        declarations = [*self.inputs, *self.params, *self.constants.values()]
        equations = self.top.equations
        notation = loss.notation
        if l2:
            decay = const("decay", Rational(1, 10000))
            declarations.append(decay)
            self.latex["decay"] = r"\lambda"
            penalty = build("penalty", [*self.weights, decay], [self.penalty(decay)])
            last = equations[-1]
            equations = (*equations[:-1], replace(last, rhs=last.rhs + penalty.output.rhs))
            notation = replace(notation, binders={**notation.binders, **penalty.notation.binders})
        below = build(
            "network",
            declarations,
            self.definitions,
            sample=self.sample,
            letters=self.letters,
            latex=self.latex,
            title="Network of fully connected layers",
            kind="networks",
            source="CENG501 week 5, multi-layered fully-connected networks",
        )
        whole = (*below.equations, *equations)
        letters = replace(below.notation, binders={**notation.binders, **below.notation.binders})
        model = below.with_equations(
            whole,
            notation=replace(
                letters.of(whole),
                hidden=notation.hidden,
                latex={**notation.latex, **below.notation.latex},
            ),
        )
        _check_names(model)
        return model

    def penalty(self, decay: Declaration) -> Definition:
        """Half the sum of the squares of all weights, times ``decay``."""
        squares = []
        for w in self.weights:
            *outer, width = w.tensor.axes
            slots = [self.letter(axis) for axis in outer]
            slots.append(self.letter(width, slots))
            squares.append(total(w[tuple(slots)] ** 2, *slots))
        return define(tensor("penalty")(), decay() / 2 * Add(*squares))


def _check_names(model: Model) -> None:
    """Raise for a name that is given twice, or to an axis and a tensor."""
    given = Counter(model.names)
    given.update({axis.name for axis in model.axes})
    for name, times in given.items():
        if times > 1:
            raise InputError(f"network: {name} has two meanings; expected another axis or loss")
