"""How runs of steps stand in a function: as calls of fused loops, or as loops over blocks."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from symderive.codegen import layout, pyast
from symderive.codegen.blocks import ENTRIES
from symderive.codegen.ir import Input, Node, Var, without
from symderive.codegen.loops import Asked, LoopWriter, unless
from symderive.codegen.plan import Run, Step, implies
from symderive.codegen.write import Writer
from symderive.errors import CheckError


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
class Item:
    """A few statements under one condition; ``equation`` heads them.

    After them comes a loop over ``inner``, if there is one: ``loop`` is its head.
    """

    need: int
    equation: str
    is_root: bool
    statements: tuple[ast.stmt, ...] = ()
    loop: str = ""
    inner: tuple[Item, ...] = ()


class Runs:
    """Writes the runs of one function; ``known`` says what each step so far is needed for.

    ``turns`` has what is returned instead if what a step computes is too large.
    """

    def __init__(self, asked: Asked, writer: Writer) -> None:
        self.asked = asked
        self.writer = writer
        self.known: dict[int, int] = {}
        self.functions: list[tuple[str, ...]] = []
        self.turns: dict[int, ast.expr] = {}
        self._before: dict[int, str | None] = {}
        self.helpers: set[str] = set()

    def items(self, steps: Sequence[Step], roots: Mapping[int, str]) -> list[Item]:
        """What computes a run; ``roots`` are the equations that steps are."""
        run = steps[0].run
        if run is None:
            raise CheckError("steps outside of a run are written one by one")
        items = self._written(run, steps, roots)
        self.known.update((step.node.uid, step.need) for step in steps)
        # What is left is there for those who read it afterwards, and for nobody else.
        self.known.update((node.uid, need) for node, need in run.left if need)
        return items

    def turn(self, node: Node) -> tuple[ast.stmt, ...]:
        """What stands behind the statement of ``node``: another way is gone where it has to be."""
        if node.uid not in self.turns:
            return ()
        look = pyast.call(self.writer.helper("_is_near"), pyast.name(self.writer.name_of(node)))
        return (unless(look, self.turns[node.uid]),)

    def _written(self, run: Run, steps: Sequence[Step], roots: Mapping[int, str]) -> list[Item]:
        raise NotImplementedError


class Loops(Runs):
    """Runs as functions of fused loops; ``called`` begins their names."""

    def __init__(self, asked: Asked, writer: Writer, called: str, cotangent: str) -> None:
        super().__init__(asked, writer)
        self.called = called
        self.cotangent = cotangent

    def _written(self, run: Run, steps: Sequence[Step], roots: Mapping[int, str]) -> list[Item]:
        """The call of a run; the equations that it computes stand above it."""
        del run  # its steps say it
        need = need_of(steps)
        number = len(self.functions)
        name = f"_{self.called}_rows" + (f"_{number + 1}" if number else "")
        asked = Asked(self.asked.tests, self.known, need)
        written = LoopWriter(name, self.writer, asked, self.cotangent, self.turns).write(steps)
        self.functions.append(written.lines)
        self.helpers |= written.helpers
        heads = [roots[step.node.uid] for step in steps if step.node.uid in roots]
        items = [Item(need, head, True) for head in heads]
        last = heads[-1] if heads else steps[-1].equation
        return [*items, Item(need, last, bool(heads), written.statements)]


class Blocks(Runs):
    """Runs as loops over blocks of rows, in the function itself.

    ``rooms`` are arrays of the caller in which results are wanted, where there are such.
    """

    def __init__(
        self, asked: Asked, writer: Writer, rooms: Mapping[int, ast.expr] | None = None
    ) -> None:
        super().__init__(asked, writer)
        self.rooms = rooms or {}

    def _written(self, run: Run, steps: Sequence[Step], roots: Mapping[int, str]) -> list[Item]:
        """The arrays that are left, then the loop that fills them block by block."""
        writer, row, own = self.writer, run.row, need_of(steps)
        fresh = writer.names.fresh
        rows, start, part, count = map(fresh, ("rows", "start", "part", "count"))
        places = fresh(f"{writer.scope.letters[row.axis]}_part")
        needs = {step.node.uid: step.need for step in steps}
        left = {node.uid: need or needs[node.uid] for node, need in run.left}
        whole = {node.uid: writer.name_of(node) for node, _ in run.left}
        items = [Item(left[n.uid], "", False, (self._room(n),)) for n, _ in run.left]
        size = layout.flat(writer.size(row.axis))
        leaves = self._leaves(steps, row)
        slices = [
            Item(self._there(leaf, own), "", False, (s,))
            for leaf, s in ((leaf, self._slice(leaf, row, part)) for leaf in leaves)
        ]
        local = {name: fresh(f"{name}_part") for name in whole.values()}
        for step in steps:
            if (name := writer.name_of(step.node)) in local:
                writer.call(step.node, local[name])
        writer.block = (row, count, places)
        inner: list[Item] = []
        origins = self._origins(steps, left)
        for step in steps:
            uid = step.node.uid
            head = roots.get(uid, step.equation)
            room = None
            if uid in origins:
                room = pyast.item(pyast.name(whole[origins[uid]]), pyast.name(part))
            code = tuple(writer.statements(step, room))
            code += self.turn(step.node)
            inner.append(Item(self._within(step.need, own), head, uid in roots, code))
            if uid in left and uid not in origins.values():
                target = pyast.item(pyast.name(whole[uid]), pyast.name(part))
                filled = pyast.assign(target, pyast.name(writer.name_of(step.node)))
                inner.append(Item(self._within(left[uid], own), head, False, (filled,)))
        writer.block = None
        for leaf in leaves:
            writer.call(leaf, self._before[leaf.uid])
        for node, _ in run.left:
            writer.call(node, whole[node.uid])
        inner = _without_idle_names(inner)
        used = _names(inner)
        prologue: list[ast.stmt] = []
        if count in used or places in used:
            text = f"{count} = min({rows}, {size} - {start})"
            prologue.append(ast.parse(text).body[0])
        take = writer.scope.builtin("slice", "s_")
        taken = f"({start}, {start} + {rows})" if take == "slice" else f"[{start}:{start} + {rows}]"
        prologue.append(ast.parse(f"{part} = {take}{taken}").body[0])
        if places in used:
            text = f"{places} = {writer.scope.numpy}.arange({count})"
            prologue.append(ast.parse(text).body[0])
        count_up = writer.scope.builtin("range", "arange")
        loop = f"for {start} in {count_up}(0, {size}, {rows}):"
        body = (Item(0, "", False, tuple(prologue)), *slices, *inner)
        step_size = self._rows_of(steps, row, rows)
        return [*items, Item(own, "", False, (step_size,), loop, body)]

    def _origins(self, steps: Sequence[Step], left: Mapping[int, int]) -> dict[int, int]:
        """For steps whose memory ends as a part of what is left: what it is that is left.

        Such a step is computed where it stays, and is not copied there.
        """
        by_node = {step.node.uid: step for step in steps}
        found: dict[int, int] = {}
        for uid, need in left.items():
            step: Step | None = by_node[uid]
            while step is not None and implies(step.need, need):
                if self.writer.takes_room(step.node):
                    origin = step.node.uid
                    found = {first: last for first, last in found.items() if last != uid}
                    found[origin] = uid
                step = by_node.get(step.reuse.uid) if step.reuse is not None else None
        return found

    def _room(self, node: Node) -> ast.stmt:
        """An array for what is left."""
        writer = self.writer
        kind = writer.dtype()
        if node.dtype != "real":
            kind = pyast.name(writer.np("bool_" if node.dtype == "bool" else "intp"))
        if node.uid in self.rooms and node.dtype == "real":
            parts = (self.rooms[node.uid], writer.shape(node.dims), kind)
            return pyast.assign(writer.name_of(node), pyast.call(writer.helper("_room"), *parts))
        room = pyast.call(writer.np("empty"), writer.shape(node.dims), dtype=kind)
        return pyast.assign(writer.name_of(node), room)

    def _rows_of(self, steps: Sequence[Step], row: Var, name: str) -> ast.stmt:
        """How many rows are a block."""
        widest = max((step.node for step in steps), key=lambda node: node.rank)
        sizes = [layout.flat(self.writer.size(v.axis)) for v in without(widest.dims, (row,))]
        if not sizes:
            return pyast.assign(name, pyast.literal(ENTRIES))
        return ast.parse(f"{name} = {2 * ENTRIES} // max(1, {' * '.join(sizes)}) + 1").body[0]

    def _leaves(self, steps: Sequence[Step], row: Var) -> list[Node]:
        """What is there before the run and has its rows."""
        inside = {step.node.uid for step in steps}
        found: dict[int, Node] = {}
        stack = [arg for step in reversed(steps) for arg in reversed(step.node.args)]
        while stack:
            node = stack.pop()
            if node.uid in inside or node.uid in found:
                continue
            if isinstance(node, Input) or node.uid in self.known:
                if row in node.dims:
                    found[node.uid] = node
            else:
                stack += reversed(node.args)
        self._before = {}
        return list(found.values())

    def _slice(self, leaf: Node, row: Var, part: str) -> ast.stmt:
        """The rows of a block of what is there; its name is that of these rows from now on."""
        writer = self.writer
        placed = writer.place(leaf)
        at = placed.layout.index(row)
        name = writer.names.fresh(f"{writer.name_of(leaf)}_part")
        slots = [pyast.everything()] * at + [pyast.name(part)]
        code = pyast.assign(name, pyast.item(placed.code, *slots))
        writer.layouts.setdefault(leaf.uid, placed.layout)
        self._before[leaf.uid] = writer.call(leaf, name)
        return code

    def _there(self, leaf: Node, own: int) -> int:
        return self._within(self.known.get(leaf.uid, 0), own)

    @staticmethod
    def _within(need: int, own: int) -> int:
        """The condition inside of the run, which has one itself."""
        return 0 if need == own else need


def _without_idle_names(items: Sequence[Item]) -> list[Item]:
    """``items`` without names for results that were computed where they stay and read nowhere."""
    walked = (node for item in items for s in item.statements for node in ast.walk(s))
    times = Counter(node.id for node in walked if isinstance(node, ast.Name))

    def plain(statement: ast.stmt) -> ast.stmt:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(keywords=options) as call):
                if times[name] == 1 and any(option.arg == "out" for option in options):
                    return ast.Expr(call)
        return statement

    return [replace(item, statements=tuple(map(plain, item.statements))) for item in items]


def _names(items: Iterable[Item]) -> set[str]:
    """The names that statements read."""
    return {
        node.id
        for item in items
        for statement in item.statements
        for node in ast.walk(statement)
        if isinstance(node, ast.Name)
    }
