"""A model with the equations of its derivatives: what reverse mode and what follows return."""

from __future__ import annotations

from dataclasses import dataclass

from symderive.expr import Tensor
from symderive.model.model import Equation, Model


@dataclass(frozen=True)
class GradientModel:
    """The gradient of ``primal``'s output, as a model of its own.

    ``primal`` holds the forward equations, with those that the gradient needs besides (such as
    the arg max of a maximum). ``cotangent`` is the adjoint of the output: an input of the same
    axes, 1 for a gradient. ``adjoints`` may use every name of ``primal``, ``cotangent`` and each
    other, in the order given. ``gradients`` names the adjoint of each input differentiated by.
    """

    primal: Model
    cotangent: Tensor
    adjoints: tuple[Equation, ...]
    gradients: tuple[tuple[str, str], ...]

    @property
    def equations(self) -> tuple[Equation, ...]:
        """Forward equations, then adjoints."""
        return (*self.primal.equations, *self.adjoints)


@dataclass(frozen=True)
class SecondModel:
    """A second derivative of ``primal``'s output, as a model of its own.

    ``primal`` and ``cotangent`` are as in a :class:`GradientModel`; there is no cotangent where
    the output is a scalar. ``derived`` are the adjoints and what is made of them, in order.
    ``results`` names for each input the equation of its second derivative, or of the product of
    the Hessian with ``tangents``: for each input a tensor of the same axes.
    """

    primal: Model
    cotangent: Tensor | None
    derived: tuple[Equation, ...]
    results: tuple[tuple[str, str], ...]
    tangents: tuple[tuple[str, Tensor], ...] = ()

    @property
    def equations(self) -> tuple[Equation, ...]:
        """Forward equations, then the others."""
        return (*self.primal.equations, *self.derived)


def adjoint_name(name: str) -> str:
    """The name of the adjoint of ``name``; no user's name can hold its first character."""
    return f"\N{PARTIAL DIFFERENTIAL}{name}"


def tangent_name(name: str) -> str:
    """The name of the tangent of ``name``; no user's name can hold an apostrophe."""
    return f"dot'{name}"
