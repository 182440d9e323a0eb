"""The journey to code: stabilise, differentiate, stabilise, lower, emit; and the module, live."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Any, Literal, TypeAlias

from symderive.model import Model
from symderive.pipeline.models import resolve

Level: TypeAlias = Literal["fast", "readable"]


@dataclass(frozen=True)
class CompileRequest:
    """Which model to compile, and for whom: ``fast`` to run, ``readable`` to teach."""

    model: Model | str
    level: Level = "fast"


@dataclass(frozen=True)
class Compiled:
    """A generated module: its source, and its functions, live.

    >>> compiled = compile(CompileRequest("squared_error"))
    >>> float(compiled.value([[1.0], [2.0]], [1.0, 1.0], [1.0], 0.5))
    1.25
    """

    model: Model
    source: str

    @cached_property
    def module(self) -> ModuleType:
        """The module that the source makes; NumPy is imported here and not before."""
        from symderive.codegen import load_module

        return load_module(self.source, self.model.name)

    @property
    def value(self) -> Callable[..., Any]:
        """The output from the inputs."""
        return self._function("value")

    @property
    def value_and_grad(self) -> Callable[..., Any]:
        """The output and its gradients; only a model with a scalar output has it."""
        return self._function("value_and_grad")

    @property
    def value_and_vjp(self) -> Callable[..., Any]:
        """The output, and the products of a cotangent with its Jacobians."""
        return self._function("value_and_vjp")

    def _function(self, name: str) -> Callable[..., Any]:
        found: Callable[..., Any] | None = getattr(self.module, name, None)
        if found is None:
            raise AttributeError(
                f"{self.model.name} has no {name}: its output is not a scalar; use value_and_vjp"
            )
        return found

    def __repr__(self) -> str:
        return f"<{self.model.name}, compiled: {len(self.source.splitlines())} lines of NumPy>"


def compile(request: CompileRequest) -> Compiled:  # noqa: A001 - what users of sd.compile expect
    """Compile a model to a NumPy module with its value and the gradient by every real input.

    Raises :class:`SymderiveError` for a model that cannot be resolved or compiled.
    """
    from symderive.catalog.measured import accuracy
    from symderive.codegen import generate_source
    from symderive.derive import gradient
    from symderive.stabilise import stabilise, stabilise_gradient

    model = resolve(request.model)
    stable = stabilise(model).model
    names = [declaration.name for declaration in model.real_inputs]
    gradients = stabilise_gradient(gradient(stable, names))
    source = generate_source(
        gradients, level=request.level, definition=model, accuracy=accuracy(model)
    )
    return Compiled(model, source)
