"""Gradient descent with momentum and Adam, in NumPy: what a generated module needs to learn.

An optimiser is a rule without memory of its own; what it remembers is a value that it returns, so
that the same start always gives the same course.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Params: TypeAlias = Mapping[str, NDArray[Any]]
Memory = TypeVar("Memory")


class Optimiser(Protocol, Generic[Memory]):
    """A rule that takes parameters a step down their gradients."""

    @property
    def name(self) -> str: ...

    def start(self, params: Params) -> Memory:
        """What it remembers before the first step."""
        ...

    def step(self, params: Params, grads: Params, memory: Memory) -> tuple[Params, Memory]:
        """The parameters after a step, and what it remembers then; neither argument is changed."""
        ...


@dataclass(frozen=True)
class Momentum:
    """Gradient descent with momentum: ``v <- m v - eta g``, ``theta <- theta + v``.

    ``rate`` is eta, ``momentum`` m (0 is plain gradient descent). Parameters, gradients and
    velocities have one shape for each name. Source: Polyak, 1964.

    >>> import numpy as np
    >>> rule, params = Momentum(rate=0.1, momentum=0.5), {"w": np.array([1.0])}
    >>> memory = rule.start(params)
    >>> for _ in range(2):
    ...     params, memory = rule.step(params, {"w": 2 * params["w"]}, memory)
    >>> params["w"].round(6).tolist()  # 1 - 0.2, then 0.8 - 0.1 - 0.16
    [0.54]
    """

    rate: float = 0.1
    momentum: float = 0.9
    name: str = "momentum"

    def start(self, params: Params) -> Params:
        """No velocity."""
        return {name: np.zeros_like(value) for name, value in params.items()}

    def step(self, params: Params, grads: Params, memory: Params) -> tuple[Params, Params]:
        """A step with what is left of the last one."""
        speed = {n: self.momentum * memory[n] - self.rate * grads[n] for n in params}
        return {n: value + speed[n] for n, value in params.items()}, speed


@dataclass(frozen=True)
class Moments:
    """What Adam remembers: running means of gradients and of their squares, and the steps taken."""

    mean: Params
    square: Params
    steps: int = 0


@dataclass(frozen=True)
class Adam:
    """Adam: steps in units of the usual size of the gradient.

    ``m <- b1 m + (1 - b1) g``, ``v <- b2 v + (1 - b2) g^2``, ``theta <- theta - eta m' / (sqrt(v')
    + epsilon)``, where ``m' = m / (1 - b1^t)`` and ``v' = v / (1 - b2^t)`` after t steps.

    ``rate`` is eta, ``decay`` the pair (b1, b2). Source: Kingma and Ba, 2015, algorithm 1.

    >>> import numpy as np
    >>> rule, params = Adam(rate=0.1), {"w": np.array([1.0, -2.0])}
    >>> params, memory = rule.step(params, {"w": np.array([3.0, -50.0])}, rule.start(params))
    >>> params["w"].round(6).tolist()  # the first step is as long as the rate, in every entry
    [0.9, -1.9]
    """

    rate: float = 0.02
    decay: tuple[float, float] = (0.9, 0.999)
    epsilon: float = 1e-8
    name: str = "Adam"

    def start(self, params: Params) -> Moments:
        """Nothing seen yet."""
        zeros = {name: np.zeros_like(value) for name, value in params.items()}
        return Moments(zeros, zeros)

    def step(self, params: Params, grads: Params, memory: Moments) -> tuple[Params, Moments]:
        """A step in units of the gradient's usual size."""
        one, two = self.decay
        steps = memory.steps + 1
        mean = {n: one * memory.mean[n] + (1 - one) * grads[n] for n in params}
        square = {n: two * memory.square[n] + (1 - two) * grads[n] ** 2 for n in params}
        moved = {}
        for name, value in params.items():
            direction = mean[name] / (1 - one**steps)
            size = np.sqrt(square[name] / (1 - two**steps))
            moved[name] = value - self.rate * direction / (size + self.epsilon)
        return moved, Moments(mean, square, steps)
