"""The functions ``hvp``, ``gauss_newton``, ``hessian`` of a module, each from equations."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from symderive.codegen import layout, pyast
from symderive.codegen.functions import Body, FunctionWriter, Own, Task
from symderive.codegen.ir import Graph
from symderive.codegen.lower import Lowering
from symderive.codegen.names import Names
from symderive.codegen.passes import FAST, READABLE, optimised
from symderive.codegen.plan import Level, plan
from symderive.codegen.program import Program
from symderive.codegen.running import Item
from symderive.codegen.text import EquationText
from symderive.codegen.write import Scope, Uses, Writer
from symderive.model import Equation, SecondModel


@dataclass(frozen=True)
class Second:
    """The second derivatives that a module is asked for; None for one that it is not."""

    hvp: SecondModel | None = None
    hessian: SecondModel | None = None
    gauss_newton: SecondModel | None = None

    @property
    def models(self) -> tuple[SecondModel, ...]:
        """Those that there are."""
        return tuple(found for found in self._every if found is not None)

    @property
    def _every(self) -> tuple[SecondModel | None, ...]:
        return (self.hvp, self.hessian, self.gauss_newton)

    @property
    def products(self) -> tuple[SecondModel, ...]:
        """Those that take a tangent."""
        return tuple(model for model in self.models if model.tangents)

    @property
    def equations(self) -> tuple[Equation, ...]:
        """The equations of all."""
        return tuple(equation for model in self.models for equation in model.equations)

    @property
    def default(self) -> str:
        """The input by which a Hessian is computed unless asked otherwise."""
        return self.hessian.results[0][0] if self.hessian is not None else ""


@dataclass(frozen=True)
class SecondWriter:
    """Writes the bodies of these functions.

    ``arguments`` are the user's inputs by name, ``tangent`` the parameter that has the tangents.
    """

    scope: Scope
    own: Own
    arguments: Mapping[str, str]
    tangent: str
    level: Level
    names: Names = field(repr=False)

    def product(self, model: SecondModel, checked: Sequence[str]) -> Body:
        """Every product, in one dictionary; ``checked`` are the lines that check the inputs."""
        task = self._task(model, always=len(model.results))
        writer, items, lines = self._statements(model, task)
        returned: set[int] = set()
        results = pyast.mapping(
            (pyast.literal(name), writer.output(node, variables, returned))
            for (name, node), variables in zip(task.program.outputs, task.variables, strict=True)
        )
        given = pyast.name(self.own.given)
        tangents = self._tangents(model, writer)
        cotangent = self._cotangent(model, writer)
        prepared = lines.prepared(writer.uses)
        before = [*self._given(model), *checked, *prepared, *cotangent, *tangents]
        computed = lines.guarded(lines.computed(items, {}))
        finished = pyast.call("_finished", results, given, given)
        end = layout.statement(pyast.returned(finished), 1)
        return Body((*before, *computed, *end), writer.uses)

    def hessian(self, model: SecondModel, checked: Sequence[str]) -> Body:
        """The block that is asked for; where there is but one, it is computed unasked."""
        task = self._task(model, always=1 if len(model.results) == 1 else 0)
        writer, items, lines = self._statements(model, task)
        own = self.own
        returned: set[int] = set()
        for bit, ((name, node), variables) in enumerate(
            zip(task.program.outputs, task.variables, strict=True)
        ):
            code = writer.output(node, variables, returned)
            target = pyast.item(pyast.name(own.grads), pyast.literal(name))
            need = 0 if task.program.always else 1 << bit
            items.append(Item(need, "", False, (pyast.assign(target, code),)))
        flags, tests = lines.tests(task, items, self.names.copy())
        choices = pyast.strings(name for name, _ in model.results)
        asked = pyast.call(writer.helper("_asked_one"), pyast.name(own.wrt), choices)
        cotangent = self._cotangent(model, writer)
        before = [
            *layout.statement(pyast.assign(own.wrt, asked), 1),
            *self._given(model),
            *checked,
            *lines.prepared(writer.uses),
            *cotangent,
            *layout.statement(pyast.assign(own.grads, ast.Dict([], [])), 1),
        ]
        for flag, test in flags:
            before += layout.statement(pyast.assign(flag, test), 1)
        computed = lines.guarded(lines.computed(items, tests))
        finished = pyast.call("_finished", *map(pyast.name, (own.grads, own.wrt, own.given)))
        result = pyast.item(finished, pyast.item(pyast.name(own.wrt), pyast.literal(0)))
        return Body((*before, *computed, *layout.statement(pyast.returned(result), 1)), writer.uses)

    # --- parts --------------------------------------------------------------------------------

    def _task(self, model: SecondModel, always: int) -> Task:
        """Lower all equations into a graph of their own."""
        graph = Graph()
        lowering = Lowering(graph, model.primal.axes)
        for declaration in model.primal.declarations:
            lowering.argument(declaration.tensor)
        others = [tensor for _, tensor in model.tangents]
        for tensor in (*others, *((model.cotangent,) if model.cotangent is not None else ())):
            lowering.argument(tensor)
        for equation in model.equations:
            lowering.equation(equation)
        named = tuple((e.name, lowering.values[e.name].node) for e in model.equations)
        results = [(name, lowering.values[result]) for name, result in model.results]
        outputs = tuple((name, lowered.node) for name, lowered in results)
        program = Program(graph, named, outputs, always)
        variables = tuple(lowered.variables for _, lowered in results)
        passes = FAST if self.level == "fast" else READABLE
        return Task(optimised(program, passes), variables)

    def _statements(self, model: SecondModel, task: Task) -> tuple[Writer, list[Item], _Lines]:
        """The statements, and what turns them into lines."""
        text = EquationText(model.primal, self.scope.equations)
        texts = {equation.name: text(equation) for equation in model.equations}
        real = [d.name for d in model.primal.declarations if d.role != "label"]
        lines = _Lines(self.scope, self.own, self.arguments[real[0]], texts.get, self.level)
        program = task.program
        steps = plan(program, self.level)
        writer = Writer(self.scope, self.names.copy(), program, steps, self.level)
        for (_, node), variables in zip(program.outputs, task.variables, strict=True):
            writer.prefer(node, variables)
        roots = {node.uid: name for name, node in reversed(program.equations)}
        items = [
            Item(
                step.need,
                roots.get(step.node.uid, step.equation),
                step.node.uid in roots,
                tuple(writer.statements(step)),
            )
            for step in steps
        ]
        return writer, items, lines

    def _given(self, model: SecondModel) -> list[str]:
        """The inputs as they came, whose dtypes the results have."""
        given = pyast.mapping(
            (pyast.literal(name), pyast.name(self.arguments[name])) for name, _ in model.results
        )
        return layout.statement(pyast.assign(self.own.given, given), 1)

    def _cotangent(self, model: SecondModel, writer: Writer) -> list[str]:
        """The statement that checks the cotangent, if there is one."""
        if model.cotangent is None:
            return []
        own = self.own.cotangent
        shape = pyast.tuple_of([writer.size(axis.name) for axis in model.cotangent.axes])
        call = pyast.call("_cotangent", pyast.name(own), shape, writer.dtype())
        return layout.statement(pyast.assign(own, call), 1)

    def _tangents(self, model: SecondModel, writer: Writer) -> list[str]:
        """The statement that checks the tangents and gives each a name."""
        shapes = pyast.mapping(
            (pyast.literal(name), pyast.name(f"{self.arguments[name]}.shape"))
            for name, _ in model.tangents
        )
        helper = writer.helper("_tangents")
        call = pyast.call(helper, pyast.name(self.tangent), shapes, writer.dtype())
        names = [self.scope.arguments[tensor.name] for _, tensor in model.tangents]
        target = f"({names[0]},)" if len(names) == 1 else ", ".join(names)
        before = f"{target} = "
        if len(layout.INDENT + before) > layout.WIDTH // 2:
            unpacked = ast.Tuple([ast.Name(name, ast.Store()) for name in names], ast.Store())
            lines = layout.statement(pyast.assign(self.tangent, call), 1)
            head = layout.expression(unpacked, 1, "", f" = {self.tangent}")
            return [*lines, *head]
        return layout.expression(call, 1, before)


class _Lines(FunctionWriter):
    """The parts of a function writer that know nothing of a value and its gradients."""

    def prepared(self, uses: Uses) -> list[str]:
        return self._prepared(uses)

    def tests(
        self, task: Task, items: Sequence[Item], names: Names
    ) -> tuple[list[tuple[str, ast.expr]], dict[int, ast.expr]]:
        return self._tests(task, [(item.need, item.equation) for item in items], names)

    def computed(self, items: Sequence[Item], tests: Mapping[int, ast.expr]) -> list[str]:
        return self._computed(items, tests, ())

    def guarded(self, lines: list[str]) -> list[str]:
        """``lines`` under a context in which NumPy does not warn."""
        head = f'{layout.INDENT}with {self.scope.numpy}.errstate(all="ignore"):'
        return [head, *lines] if lines else []
