"""The bodies of the functions of a module: preparation, steps under their conditions, results."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from symderive.codegen import layout, pyast
from symderive.codegen.ir import Dims
from symderive.codegen.loops import FUSING, Asked, LoopWriter
from symderive.codegen.names import Names
from symderive.codegen.passes import FAST, READABLE, Program, optimised
from symderive.codegen.plan import Level, Step, Target, plan
from symderive.codegen.write import Scope, Uses, Writer

#: A condition of at most this many names is written where it is used.
_MOST_INLINE = 3


@dataclass(frozen=True)
class Own:
    """The tool's own names in functions; they give way to the user's."""

    wrt: str
    cotangent: str
    grads: str
    given: str


@dataclass(frozen=True)
class Task:
    """What a function computes: a program, and the variables of its outputs as declared.

    The first output is the value; the others are gradients, named by their input.
    """

    program: Program
    variables: tuple[Dims, ...]

    @property
    def gradients(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.program.outputs[1:])


@dataclass(frozen=True)
class Body:
    """The lines of a function after its checks, what they need, and the loops that they run."""

    lines: tuple[str, ...]
    uses: Uses
    loops: tuple[tuple[str, ...], ...] = ()
    kernels: frozenset[str] = frozenset()


def need_of(steps: Iterable[Step]) -> int:
    """The outputs that any of ``steps`` is needed for; 0 means always."""
    every = 0
    for step in steps:
        if not step.need:
            return 0
        every |= step.need
    return every


def parts_of(steps: Sequence[Step]) -> list[tuple[Step, ...]]:
    """Each step by itself, or all steps of a run together."""
    parts: list[tuple[Step, ...]] = []
    for place, group in groupby(enumerate(steps), lambda pair: _place(*pair)):
        del place
        parts.append(tuple(step for _, step in group))
    return parts


def _place(place: int, step: Step) -> int:
    return place if step.run is None else -1 - step.run.inside[0].uid


@dataclass(frozen=True)
class _Item:
    """A few statements under one condition; ``equation`` heads them."""

    need: int
    equation: str
    is_root: bool
    statements: tuple[ast.stmt, ...]


class FunctionWriter:
    """Writes the body of a function from its task."""

    def __init__(
        self,
        scope: Scope,
        own: Own,
        real_argument: str | None,
        texts: Mapping[str, str],
        level: Level,
        *,
        target: Target = "numpy",
    ) -> None:
        self.scope = scope
        self.own = own
        self.real_argument = real_argument
        self.texts = texts
        self.level: Level = level
        self.target: Target = target

    def body(self, task: Task, names: Names, called: str) -> Body:
        """The lines that compute and return the outputs of ``task``.

        ``called`` begins the names of the functions of loops that they run.
        """
        program = optimised(task.program, FAST if self.level == "fast" else READABLE)
        steps = plan(program, self.level, FUSING if self.target == "numba" else None)
        writer = Writer(self.scope, names, program, steps, self.level)
        for (_, node), variables in zip(program.outputs, task.variables, strict=True):
            writer.prefer(node, variables)
        flags, tests = self._tests(task, steps, names)
        loops = _Runs(called, writer, tests, self.own.cotangent)
        items, result = self._items(task, program, steps, writer, loops)
        computed = self._computed(items, tests)
        cotangent = self._cotangent(task, writer) if task.gradients else []
        lines = [*self._prepared(writer.uses), *cotangent]
        if task.gradients:
            lines += layout.statement(pyast.assign(self.own.grads, ast.Dict([], [])), 1)
        for flag, test in flags:
            lines += layout.statement(pyast.assign(flag, test), 1)
        if computed:
            lines.append(f'{layout.INDENT}with {self.scope.numpy}.errstate(all="ignore"):')
            lines += computed
        if task.gradients:
            own = self.own
            finished = pyast.call(
                "_finished", *(pyast.name(n) for n in (own.grads, own.wrt, own.given))
            )
            result = pyast.tuple_of([result, finished])
            text = f"return {layout.flat(result.elts[0])}, {layout.flat(finished)}"  # type: ignore[attr-defined]
            lines.append(layout.INDENT + text)
        else:
            lines += layout.statement(ast.Return(result), 1)
        return Body(tuple(lines), writer.uses, tuple(loops.functions), frozenset(loops.helpers))

    def _cotangent(self, task: Task, writer: Writer) -> list[str]:
        """The statement that checks the cotangent."""
        own = self.own.cotangent
        shape = writer.shape(task.variables[0])
        call = pyast.call("_cotangent", pyast.name(own), shape, writer.dtype())
        return layout.statement(pyast.assign(own, call), 1)

    # --- before -------------------------------------------------------------------------------

    def _prepared(self, uses: Uses) -> list[str]:
        """The dtype, sizes and positions that the statements use."""
        lines: list[str] = []
        if uses.dtype:
            if self.real_argument is None:
                np = self.scope.numpy
                value: ast.expr = pyast.call(f"{np}.dtype", pyast.name(f"{np}.float64"))
            else:
                value = pyast.name(f"{self.real_argument}.dtype")
            lines += layout.statement(pyast.assign(self.scope.dtype, value), 1)
        axes = dict.fromkeys([*uses.sizes, *uses.positions])
        for axis in [axis for axis in self.scope.sizes if axis in axes]:
            source = self.scope.sources[axis]
            shape = pyast.name(f"{source.argument}.shape")
            value = pyast.item(shape, pyast.literal(source.position))
            lines += layout.statement(pyast.assign(self.scope.sizes[axis], value), 1)
        for axis in uses.positions:
            size = pyast.name(self.scope.sizes[axis])
            value = pyast.call(f"{self.scope.numpy}.arange", size)
            lines += layout.statement(pyast.assign(self.scope.letters[axis], value), 1)
        return lines

    # --- conditions ---------------------------------------------------------------------------

    def _tests(
        self, task: Task, steps: Sequence[Step], names: Names
    ) -> tuple[list[tuple[str, ast.expr]], dict[int, ast.expr]]:
        """For each set of outputs a test whether one is asked for; large sets get a flag.

        A flag is tested through a smaller one, so that a deep network has short conditions.
        """
        every = (1 << len(task.gradients)) - 1
        first: dict[int, str] = {}
        for need, equation in [
            *((step.need, step.equation) for step in steps),
            *((need_of(part), "") for part in parts_of(steps) if part[0].run is not None),
            *((need, "") for step in steps if step.run for _, need in step.run.left),
            *((1 << bit, "") for bit in range(len(task.gradients))),
        ]:
            first.setdefault(need, equation)
        needs = {need for need in first if need}
        tests: dict[int, ast.expr] = {}
        flags: list[tuple[str, ast.expr]] = []
        known: list[int] = []
        for need in sorted(needs, key=lambda need: (need.bit_count(), need)):
            rest, parts = need, []
            for smaller in reversed(known):
                if smaller & ~need == 0:
                    rest = need & ~smaller
                    parts = [tests[smaller]]
                    break
            singles = [name for bit, name in enumerate(task.gradients) if rest >> bit & 1]
            wrt = pyast.name(self.own.wrt)
            parts = [
                *(ast.Compare(pyast.literal(name), [ast.In()], [wrt]) for name in singles),
                *parts,
            ]
            if need == every and need.bit_count() > 1:
                tests[need] = wrt
                continue
            test = parts[0] if len(parts) == 1 else ast.BoolOp(ast.Or(), parts)
            if need.bit_count() > _MOST_INLINE:
                flag = names.fresh(f"needs_{self.scope.equations.get(first[need], 'these')}")
                flags.append((flag, test))
                known.append(need)
                test = pyast.name(flag)
            tests[need] = test
        return flags, tests

    # --- statements ---------------------------------------------------------------------------

    def _items(
        self,
        task: Task,
        program: Program,
        steps: Sequence[Step],
        writer: Writer,
        loops: _Runs,
    ) -> tuple[list[_Item], ast.expr]:
        roots = {node.uid: name for name, node in reversed(program.equations)}
        returned: set[int] = set()
        items: list[_Item] = []
        waiting = list(enumerate(program.outputs[1:]))

        def grad(bit: int, name: str) -> _Item:
            node = program.outputs[bit + 1][1]
            code = writer.output(node, task.variables[bit + 1], returned)
            target = pyast.item(pyast.name(self.own.grads), pyast.literal(name))
            return _Item(1 << bit, "", False, (pyast.assign(target, code),))

        # The value is returned as it is; a gradient that is the same array is a copy.
        value = program.outputs[0][1]
        returned.add(value.uid)
        for part in parts_of(steps):
            if part[0].run is not None:
                items += loops.items(part, roots)
                continue
            (step,) = part
            name = roots.get(step.node.uid, step.equation)
            statements = tuple(writer.statements(step))
            items.append(_Item(step.need, name, step.node.uid in roots, statements))
            loops.known[step.node.uid] = step.need
            for bit, (output, node) in list(waiting):
                if node is step.node and step.need == 1 << bit:
                    items.append(grad(bit, output))
                    waiting.remove((bit, (output, node)))
        items += [grad(bit, output) for bit, (output, _) in waiting]
        returned.discard(value.uid)
        return items, writer.output(value, task.variables[0], returned)

    def _computed(self, items: Sequence[_Item], tests: Mapping[int, ast.expr]) -> list[str]:
        lines: list[str] = []
        for need, group in groupby(items, key=lambda item: item.need):
            depth = 2
            if need:
                lines += layout.expression(tests[need], 2, "if ", ":")
                depth = 3
            heads = [(head, list(run)) for head, run in groupby(group, key=lambda i: i.equation)]
            for head, run in heads:
                if head and head in self.texts:
                    rooted = any(item.is_root for item in run)
                    text = self.texts[head] if rooted else f"for {self.scope.equations[head]}"
                    lines += layout.comment(text, depth)
                for item in run:
                    for statement in item.statements:
                        lines += layout.statement(statement, depth)
        return lines


class _Runs:
    """Writes the functions of the runs of one function; ``called`` begins their names."""

    def __init__(
        self, called: str, writer: Writer, tests: Mapping[int, ast.expr], cotangent: str
    ) -> None:
        self.called = called
        self.writer = writer
        self.tests = tests
        self.cotangent = cotangent
        self.functions: list[tuple[str, ...]] = []
        self.helpers: set[str] = set()
        #: What each step before is needed for.
        self.known: dict[int, int] = {}

    def items(self, steps: Sequence[Step], roots: Mapping[int, str]) -> list[_Item]:
        """The call of a run; the equations that it computes stand above it."""
        need = need_of(steps)
        number = len(self.functions)
        name = f"_{self.called}_rows" + (f"_{number + 1}" if number else "")
        asked = Asked(self.tests, self.known, need)
        written = LoopWriter(name, self.writer, asked, self.cotangent).write(steps)
        self.functions.append(written.lines)
        self.helpers |= written.helpers
        self.known.update((step.node.uid, step.need) for step in steps)
        heads = [roots[step.node.uid] for step in steps if step.node.uid in roots]
        items = [_Item(need, head, True, ()) for head in heads]
        last = heads[-1] if heads else steps[-1].equation
        return [*items, _Item(need, last, bool(heads), written.statements)]
