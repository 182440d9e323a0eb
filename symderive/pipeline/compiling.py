"""The journey to code: stabilise, differentiate, stabilise, lower, emit; and the module, live."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from symderive.errors import InputError
from symderive.model import Model
from symderive.pipeline.models import resolve

if TYPE_CHECKING:
    from symderive.codegen import Second

Level: TypeAlias = Literal["fast", "readable"]
Target: TypeAlias = Literal["numpy", "numba"]
With: TypeAlias = Literal["hvp", "hessian", "gauss_newton", "out"]


@dataclass(frozen=True)
class CompileRequest:
    """Which model to compile, and for whom: ``fast`` to run, ``readable`` to teach.

    ``with_`` names functions for second derivatives that the module is to have besides; "out" lets
    its functions put gradients into arrays that they are given. With the
    target "numba" loops are fused, for which the module imports numba too.
    """

    model: Model | str
    level: Level = "fast"
    with_: tuple[With, ...] = ()
    target: Target = "numpy"


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

    @property
    def hvp(self) -> Callable[..., Any]:
        """The product of the Hessian with a tangent; there if it was asked for."""
        return self._function("hvp")

    @property
    def hessian(self) -> Callable[..., Any]:
        """The second derivative by an input; there if it was asked for."""
        return self._function("hessian")

    @property
    def gauss_newton(self) -> Callable[..., Any]:
        """The product of the Gauss-Newton matrix with a tangent; there if it was asked for."""
        return self._function("gauss_newton")

    def _function(self, name: str) -> Callable[..., Any]:
        found: Callable[..., Any] | None = getattr(self.module, name, None)
        if found is None and name in get_args(With):
            raise AttributeError(f"{self.model.name} has no {name}; compile it with_=({name!r},)")
        if found is None:
            raise AttributeError(
                f"{self.model.name} has no {name}: its output is not a scalar; use value_and_vjp"
            )
        return found

    def __repr__(self) -> str:
        return f"<{self.model.name}, compiled: {len(self.source.splitlines())} lines of NumPy>"


def compile(request: CompileRequest) -> Compiled:  # noqa: A001 - what users of sd.compile expect
    """Compile a model to a NumPy module with its value and the gradient by every real input.

    Second derivatives, if asked for, are by the inputs of the model's default: every param, or
    every real data if there is none.

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
        gradients,
        level=request.level,
        target=request.target,
        definition=model,
        second=second_of(model, request.with_),
        accuracy=accuracy(model, request.target),
        out="out" in request.with_,
    )
    return Compiled(model, source)


def second_of(model: Model, with_: Iterable[str]) -> Second:
    """The second derivatives of a model that ``with_`` names, stable as its gradient is.

    Raises :class:`InputError` for a name that is none of them.
    """
    from symderive.codegen import Second
    from symderive.derive import gauss_newton, hessian, hvp
    from symderive.stabilise import (
        network_output,
        slopes_of_logarithms,
        stabilise_for_second,
        stabilise_second,
    )

    wanted = dict.fromkeys(with_)
    for name in wanted:
        if name not in get_args(With):
            *others, last = get_args(With)
            expected = f"{', '.join(others)} or {last}"
            raise InputError(f"with {name!r}: {expected} was expected")
    if not wanted:
        return Second()
    stable = stabilise_for_second(model)
    found = {}
    if "hvp" in wanted:
        found["hvp"] = hvp(stable, rewrite=slopes_of_logarithms)
    if "hessian" in wanted:
        found["hessian"] = hessian(stable, rewrite=slopes_of_logarithms)
    if "gauss_newton" in wanted:
        found["gauss_newton"] = gauss_newton(stable, network_output(stable))
    return Second(**{name: stabilise_second(made) for name, made in found.items()})
