"""The checks of the inputs: the function ``_inputs`` of a generated module."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from symderive.codegen import layout, pyast
from symderive.codegen.write import Scope
from symderive.model import Declaration, Model


@dataclass(frozen=True)
class Inputs:
    """Writes what converts the inputs of ``model`` and checks them against each other."""

    model: Model
    arguments: Mapping[str, str]
    scope: Scope

    def helpers(self) -> dict[str, None]:
        """The functions of the module that the checks call."""
        found: dict[str, None] = {}
        for declaration in self.model.declarations:
            found["label" if declaration.role == "label" else "real"] = None
            if declaration.role != "label" and not declaration.tensor.axes:
                found["scalar"] = None
        reals = [bool(d.tensor.axes) for d in self.model.declarations if d.role != "label"]
        if any(reals) and not all(reals):
            found["dtype"] = None
        if any(self._shared.values()):
            found["shape"] = None
        return found

    def lines(self) -> list[str]:
        """The function ``_inputs``."""
        names = list(self.arguments.values())
        text = "The inputs, checked: arrays of one dtype, and labels as positions."
        result: list[str] = [
            *layout.signature("_inputs", [(name, None) for name in names]),
            f'    """{text}"""',
        ]
        for declaration in self.model.declarations:
            result += self._convert(declaration)
        known: dict[str, str] = {}
        for declaration in self.model.declarations:
            result += self._fit(declaration, known)
        for declaration in self.model.declarations:
            result += self._range(declaration)
        result += self._common_dtype()
        returned = [pyast.name(name) for name in names]
        value = pyast.tuple_of(returned) if len(returned) > 1 else returned[0]
        line = layout.INDENT + "return " + ", ".join(names)
        if len(line) <= layout.WIDTH:
            return [*result, line]
        return [*result, *layout.statement(pyast.returned(value), 1)]

    @cached_property
    def _shared(self) -> dict[str, list[str]]:
        """For each input those of its axes that it, or an input before it, has already."""
        shared: dict[str, list[str]] = {}
        known: set[str] = set()
        for declaration in self.model.declarations:
            axes = [axis.name for axis in declaration.tensor.axes]
            shared[declaration.name] = [
                axis for place, axis in enumerate(axes) if axis in known or axis in axes[:place]
            ]
            known |= set(axes)
        return shared

    @cached_property
    def _compared(self) -> set[str]:
        """The axes whose size stands in a check."""
        found: set[str] = set()
        for declaration in self.model.declarations:
            if self._shared[declaration.name]:
                found |= {axis.name for axis in declaration.tensor.axes}
            if declaration.tensor.label_of is not None:
                found.add(declaration.tensor.label_of.name)
        return found

    def _convert(self, declaration: Declaration) -> list[str]:
        name = self.arguments[declaration.name]
        helper = "_label" if declaration.role == "label" else "_real"
        axes = pyast.strings(axis.name for axis in declaration.tensor.axes)
        into = declaration.tensor.label_of
        target = () if into is None else (pyast.literal(into.name),)
        call = pyast.call(helper, pyast.literal(declaration.name), pyast.name(name), axes, *target)
        return layout.statement(pyast.assign(name, call), 1)

    def _fit(self, declaration: Declaration, known: dict[str, str]) -> list[str]:
        """The comparison of a shape with those of the inputs before; new axes are named."""
        name = self.arguments[declaration.name]
        shape = pyast.name(f"{name}.shape")
        axes = [axis.name for axis in declaration.tensor.axes]
        lines: list[str] = []
        seen = self._shared[declaration.name]
        for place, axis in enumerate(axes):
            if axis in self._compared and axis not in known and axis not in axes[:place]:
                size = pyast.item(shape, pyast.literal(place))
                lines += layout.statement(pyast.assign(self.scope.sizes[axis], size), 1)
        if seen:
            expected = pyast.tuple_of(pyast.name(self.scope.sizes[axis]) for axis in axes)
            test = pyast.operation("!=", shape, expected)
            lines += layout.expression(test, 1, "if ", ":")
            origin = ", ".join(dict.fromkeys(known.get(axis, declaration.name) for axis in seen))
            call = pyast.call(
                "_misfit",
                pyast.literal(declaration.name),
                pyast.name(name),
                pyast.strings(axes),
                expected,
                pyast.literal(origin),
            )
            lines += layout.expression(call, 2, "raise ")
        for axis in axes:
            known.setdefault(axis, declaration.name)
        return lines

    def _range(self, declaration: Declaration) -> list[str]:
        into = declaration.tensor.label_of
        if into is None:
            return []
        size = (
            pyast.name(self.scope.sizes[into.name])
            if into.name in self.scope.sources
            # No array tells the size of the axis: only negative positions are wrong.
            else ast.Attribute(
                pyast.call(f"{self.scope.numpy}.iinfo", pyast.name(f"{self.scope.numpy}.intp")),
                "max",
                ast.Load(),
            )
        )
        name = self.arguments[declaration.name]
        call = pyast.call(
            "_check_range",
            pyast.literal(declaration.name),
            pyast.name(name),
            pyast.literal(into.name),
            size,
        )
        return layout.statement(ast.Expr(call), 1)

    def _common_dtype(self) -> list[str]:
        """Real inputs in their common dtype."""
        reals = [d for d in self.model.declarations if d.role != "label"]
        if not reals:
            return []
        names = {d.name: self.arguments[d.name] for d in reals}
        arrays = [names[d.name] for d in reals if d.tensor.axes]
        dtype = self.scope.dtype
        common = pyast.call("_common_dtype", *map(pyast.name, names.values()))
        casts = [self._cast(name) for name in arrays]
        lines = []
        if arrays:
            lines += layout.statement(pyast.assign(dtype, pyast.name(f"{arrays[0]}.dtype")), 1)
            lines += layout.expression(self._mixed(names, arrays), 1, "if ", ":")
        for statement in (pyast.assign(dtype, common), *casts):
            lines += layout.statement(statement, 2 if arrays else 1)
        for declaration in reals:
            if not declaration.tensor.axes:
                name = names[declaration.name]
                value = pyast.call("_scalar", pyast.name(name), pyast.name(dtype))
                lines += layout.statement(pyast.assign(name, value), 1)
        return lines

    def _mixed(self, names: Mapping[str, str], arrays: list[str]) -> ast.expr:
        """Whether an input has another dtype than the first array; a Python number has none."""
        dtype = pyast.name(self.scope.dtype)
        tests = [pyast.operation("not", pyast.name(f"{self.scope.dtype}.isnative"))]
        for name in names.values():
            if name in arrays[1:]:
                tests.append(pyast.operation("is not", pyast.name(f"{name}.dtype"), dtype))
            elif name not in arrays:
                own = pyast.call("_is_of", pyast.name(name), dtype)
                tests.append(pyast.operation("not", own))
        return pyast.either(tests)

    def _cast(self, name: str) -> ast.stmt:
        option = {"copy": pyast.literal(False)}
        value = pyast.call(f"{name}.astype", pyast.name(self.scope.dtype), **option)
        return pyast.assign(name, value)
