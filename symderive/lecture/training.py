"""Training: a generated module says loss and gradient, an optimiser takes the steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from symderive.errors import InputError
from symderive.expr import Reduce, elements, subexpressions
from symderive.lecture.optimisers import Optimiser, Params
from symderive.model import Model
from symderive.pipeline import Compiled, CompileRequest
from symderive.pipeline import compile as compile_model

Memory = TypeVar("Memory")
Array = NDArray[Any]


@dataclass(frozen=True)
class Course:
    """How training went: the loss before each step and after the last, the parameters at some."""

    losses: Array
    steps: tuple[int, ...]
    params: tuple[Params, ...]

    @property
    def last(self) -> Params:
        """What was learned."""
        return self.params[-1]


def initial(model: Model, sizes: Mapping[str, int], seed: int) -> Params:
    """Parameters to start from: weights of variance one over their fan-in, zero biases.

    A weight is what stands below a sum, a bias what is added to it.

    >>> from symderive.catalog import network
    >>> params = initial(network(("H",), "tanh"), {"D": 2, "H": 5, "C": 3}, seed=0)
    >>> {name: value.shape for name, value in params.items()}
    {'w1': (5, 2), 'b1': (5,), 'w2': (3, 5), 'b2': (3,)}
    """
    rng = np.random.default_rng(seed)
    nodes = [n for equation in model.equations for n in subexpressions(equation.rhs)]
    summed = {e.tensor.name for n in nodes if isinstance(n, Reduce) for e in elements(n.body)}
    params = {}
    for declaration in model.declarations:
        if declaration.role != "param":
            continue
        shape = tuple(sizes[axis.name] for axis in declaration.tensor.axes)
        if declaration.name in summed and shape:
            params[declaration.name] = rng.normal(size=shape) / np.sqrt(shape[-1])
        else:
            params[declaration.name] = np.zeros(shape)
    return params


def part(model: Model, name: str) -> Model:
    """The model that ends with the equation ``name``, with the inputs that it needs.

    Raises :class:`InputError` if no equation is called so.

    >>> from symderive.catalog import network
    >>> [d.name for d in part(network(("H",)), "s").declarations]
    ['x', 'w1', 'b1', 'w2', 'b2']
    """
    names = [equation.name for equation in model.equations]
    if name not in names:
        raise InputError(f"{model.name}: no equation is called {name!r}")
    kept = model.equations[: names.index(name) + 1]
    used = {e.tensor.name for equation in kept for e in elements(equation.rhs, equation.where)}
    inputs = tuple(d for d in model.declarations if d.name in used)
    return replace(model, declarations=inputs, equations=kept, claims=())


def train(
    compiled: Compiled,
    data: Mapping[str, Array],
    params: Params,
    optimiser: Optimiser[Memory],
    *,
    steps: int,
    keep: int = 2,
) -> Course:
    """``steps`` steps on all of ``data``, with the gradients of the generated module.

    ``keep`` says how many times on the way the parameters are kept, the start and the end among
    them: often in the beginning, where they change most.
    """
    memory = optimiser.start(params)
    wanted = {round(step) - 1 for step in np.geomspace(1, steps + 1, keep)}
    losses, kept, at = [], [], []
    for step in range(steps + 1):
        loss, grads = compiled.value_and_grad(**data, **params)
        losses.append(float(loss))
        if step in wanted:
            kept.append(params)
            at.append(step)
        if step < steps:
            params, memory = optimiser.step(params, grads, memory)
    return Course(np.array(losses), tuple(at), tuple(kept))


def compiled_part(model: Model, name: str) -> Compiled:
    """The generated module of :func:`part`: what a network says, without its loss."""
    return compile_model(CompileRequest(part(model, name)))
