"""The bodies of the functions of a module: preparation, steps under their conditions, results."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from symderive.codegen import layout, pyast
from symderive.codegen.blocks import fusing
from symderive.codegen.ir import Dims
from symderive.codegen.loops import FUSING, Asked
from symderive.codegen.names import Names
from symderive.codegen.passes import FAST, LOOPS, READABLE, optimised
from symderive.codegen.plan import Level, Step, Target, implies, plan
from symderive.codegen.program import Program
from symderive.codegen.running import Blocks, Item, Loops, Runs, need_of, parts_of
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
    out: str = "out"
    rooms: str = "rooms"


@dataclass(frozen=True)
class Task:
    """What a function computes: a program, and the variables of its outputs as declared.

    The first output is the value; the others are gradients, named by their input. ``backward``:
    gradients are returned, though there may be none.
    """

    program: Program
    variables: tuple[Dims, ...]
    backward: bool = False

    @property
    def gradients(self) -> tuple[str, ...]:
        """What is computed on request."""
        return tuple(name for name, _ in self.program.outputs[self.program.always :])


@dataclass(frozen=True)
class Body:
    """The lines of a function after its checks, what they need, and the loops that they run."""

    lines: tuple[str, ...]
    uses: Uses
    loops: tuple[tuple[str, ...], ...] = ()
    kernels: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rooms:
    """Arrays of the caller for results: the axes of each by name; the steps they begin with.

    ``first`` has the steps that are computed into one, ``kept`` those that end in one.
    """

    names: Mapping[str, Dims]
    first: Mapping[int, ast.expr]
    kept: Mapping[int, ast.expr]


class FunctionWriter:
    """Writes the body of a function from its task."""

    def __init__(
        self,
        scope: Scope,
        own: Own,
        real_argument: str | None,
        texts: Callable[[str], str | None],
        level: Level,
        *,
        target: Target = "numpy",
        output: str | None = None,
        arguments: Sequence[str] = (),
    ) -> None:
        """With ``output``, the name of the output, results are put into arrays that are given."""
        self.scope = scope
        self.own = own
        self.real_argument = real_argument
        self.texts = texts
        self.level: Level = level
        self.target: Target = target
        self.output = output
        self.arguments = arguments

    def body(self, task: Task, names: Names, called: str, away: ast.expr | None = None) -> Body:
        """The lines that compute and return the outputs of ``task``.

        ``called`` begins the names of the functions of loops that they run. ``away`` is returned
        where a sum that the program is to look at is too large.
        """
        numba = self.target == "numba"
        passes = LOOPS if numba else FAST if self.level == "fast" else READABLE
        program = optimised(task.program, passes)
        rows = FUSING if numba else fusing(program) if self.level == "fast" else None
        steps = plan(program, self.level, rows)
        writer = Writer(self.scope, names, program, steps, self.level)
        for (_, node), variables in zip(program.outputs, task.variables, strict=True):
            writer.prefer(node, variables)
        flags, tests = self._tests(task, _needed(task, steps), names)
        asked = Asked(tests, {}, 0)
        rooms = self._rooms(task, program, steps, writer)
        runs = (
            Loops(asked, writer, called, self.own.cotangent)
            if numba
            else Blocks(asked, writer, {} if rooms is None else rooms.kept)
        )
        if away is not None:
            runs.turns = dict.fromkeys((node.uid for node in program.looks), away)
        items, result = self._items(task, program, steps, writer, runs=runs, rooms=rooms)
        computed = self._computed(items, tests, program.within)
        cotangent = self._cotangent(task, writer) if task.backward else []
        checked = [] if rooms is None else self._checked_rooms(writer, rooms)
        lines = [*self._prepared(writer.uses), *cotangent, *checked]
        if task.backward:
            lines += layout.statement(pyast.assign(self.own.grads, ast.Dict([], [])), 1)
        for flag, test in flags:
            lines += layout.statement(pyast.assign(flag, test), 1)
        if computed:
            lines.append(f'{layout.INDENT}with {self.scope.numpy}.errstate(all="ignore"):')
            lines += computed
        if task.backward:
            own = self.own
            finished = pyast.call(
                "_finished", *(pyast.name(n) for n in (own.grads, own.wrt, own.given))
            )
            if rooms is not None:
                into = (pyast.name(own.rooms), finished)
                finished = pyast.call(writer.helper("_placed"), *into)
                if task.variables[0]:
                    value = ast.Dict([pyast.literal(self.output)], [result])
                    call = pyast.call("_placed", pyast.name(own.rooms), value)
                    result = pyast.item(call, pyast.literal(self.output))
            result = pyast.tuple_of([result, finished])
            text = f"return {layout.flat(result.elts[0])}, {layout.flat(finished)}"  # type: ignore[attr-defined]
            lines.append(layout.INDENT + text)
        else:
            lines += layout.statement(ast.Return(result), 1)
        return Body(tuple(lines), writer.uses, tuple(runs.functions), frozenset(runs.helpers))

    def _rooms(
        self, task: Task, program: Program, steps: Sequence[Step], writer: Writer
    ) -> Rooms | None:
        """Which steps give results into arrays of the caller; None if there are none."""
        if self.output is None or not task.gradients:
            return None
        names = (self.output, *task.gradients)
        found: dict[str, Dims] = {}
        first: dict[int, ast.expr] = {}
        kept: dict[int, ast.expr] = {}
        by_node = {step.node.uid: step for step in steps}
        for bit, (name, (_, node), variables) in enumerate(
            zip(names, program.outputs, task.variables, strict=True)
        ):
            if not variables:
                continue
            found[name] = variables
            room = pyast.item(pyast.name(self.own.rooms), pyast.literal(name))
            if node.uid in kept or node.uid not in by_node or writer.layout(node) != variables:
                continue
            kept[node.uid] = room
            need, step, origin = (1 << bit) >> 1, by_node.get(node.uid), None
            while step is not None and step.run is None and implies(step.need, need):
                origin = step.node.uid if writer.takes_room(step.node) else origin
                step = by_node.get(step.reuse.uid) if step.reuse is not None else None
            if origin is not None:
                first.setdefault(origin, room)
        return Rooms(found, first, kept)

    def _checked_rooms(self, writer: Writer, rooms: Rooms) -> list[str]:
        """The statement that checks the arrays of the caller."""
        own = self.own
        shapes = pyast.mapping(
            (pyast.literal(name), writer.shape(variables))
            for name, variables in rooms.names.items()
        )
        inputs = pyast.tuple_of([*map(pyast.name, self.arguments), pyast.name(own.cotangent)])
        call = pyast.call(
            writer.helper("_rooms"), pyast.name(own.out), shapes, writer.dtype(), inputs
        )
        return layout.statement(pyast.assign(own.rooms, call), 1)

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
            if axis in uses.searched:
                test = pyast.operation("==", pyast.name(self.scope.sizes[axis]), pyast.literal(0))
                lines += layout.expression(test, 1, "if ", ":")
                what = f"axis {axis}: at least one position was expected"
                error = pyast.call("ValueError", pyast.literal(what))
                lines += layout.expression(error, 2, "raise ")
        for axis in uses.positions:
            size = pyast.name(self.scope.sizes[axis])
            value = pyast.call(f"{self.scope.numpy}.arange", size)
            lines += layout.statement(pyast.assign(self.scope.letters[axis], value), 1)
        return lines

    # --- conditions ---------------------------------------------------------------------------

    def _tests(
        self, task: Task, needed: Iterable[tuple[int, str]], names: Names
    ) -> tuple[list[tuple[str, ast.expr]], dict[int, ast.expr]]:
        """For each set of outputs a test whether one is asked for; large sets get a flag.

        A flag is tested through a smaller one, so that a deep network has short conditions.
        """
        every = (1 << len(task.gradients)) - 1
        first: dict[int, str] = {}
        for need, equation in needed:
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
        *,
        runs: Runs,
        rooms: Rooms | None,
    ) -> tuple[list[Item], ast.expr]:
        roots = {node.uid: name for name, node in reversed(program.equations)}
        returned: set[int] = set()
        items: list[Item] = []
        waiting = list(enumerate(program.outputs[1:]))

        def grad(bit: int, name: str) -> Item:
            node = program.outputs[bit + 1][1]
            code = writer.output(node, task.variables[bit + 1], returned)
            target = pyast.item(pyast.name(self.own.grads), pyast.literal(name))
            return Item(1 << bit, "", False, (pyast.assign(target, code),))

        # The value is returned as it is; a gradient that is the same array is a copy.
        value = program.outputs[0][1]
        returned.add(value.uid)
        for part in parts_of(steps):
            if part[0].run is not None:
                items += runs.items(part, roots)
                continue
            (step,) = part
            name = roots.get(step.node.uid, step.equation)
            room = None if rooms is None else rooms.first.get(step.node.uid)
            statements = tuple(writer.statements(step, room))
            statements += runs.turn(step.node)
            items.append(Item(step.need, name, step.node.uid in roots, statements))
            runs.known[step.node.uid] = step.need
            for bit, (output, node) in list(waiting):
                if node is step.node and step.need == 1 << bit:
                    items.append(grad(bit, output))
                    waiting.remove((bit, (output, node)))
        items += [grad(bit, output) for bit, (output, _) in waiting]
        returned.discard(value.uid)
        return items, writer.output(value, task.variables[0], returned)

    def _computed(
        self,
        items: Sequence[Item],
        tests: Mapping[int, ast.expr],
        within: Sequence[tuple[str, str]],
        margin: int = 2,
    ) -> list[str]:
        lines: list[str] = []
        for need, group in groupby(items, key=lambda item: item.need):
            depth = margin
            if need:
                lines += layout.expression(tests[need], margin, "if ", ":")
                depth = margin + 1
            heads = [(head, list(run)) for head, run in groupby(group, key=lambda i: i.equation)]
            for head, run in heads:
                if text := self.texts(head):
                    rooted = any(item.is_root for item in run)
                    for inner in (inner for inner, outer in within if outer == head and rooted):
                        lines += layout.comment(self.texts(inner) or "", depth)
                    named = text if rooted else f"for {self.scope.equations[head]}"
                    lines += layout.comment(named, depth)
                for item in run:
                    for statement in item.statements:
                        lines += layout.statement(statement, depth)
                    if item.loop:
                        lines.append(layout.INDENT * depth + item.loop)
                        lines += self._computed(item.inner, tests, within, depth + 1)
        return lines


def _needed(task: Task, steps: Sequence[Step]) -> list[tuple[int, str]]:
    """Each set of outputs that something is needed for, with the equation it belongs to."""
    return [
        *((step.need, step.equation) for step in steps),
        *((need_of(part), "") for part in parts_of(steps) if part[0].run is not None),
        *((need, "") for step in steps if step.run for _, need in step.run.left),
        *((1 << bit, "") for bit in range(len(task.gradients))),
    ]
