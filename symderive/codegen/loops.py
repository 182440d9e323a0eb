"""Runs of steps as fused loops for numba: one function of the module for each run.

A run works row by row. What has one entry a row is a scalar of the loop over rows; what has more is
computed in loops over the row, as few as its reductions allow: an array that a reduction needs is
kept for one row. Every loop is elementwise, so that it is vectorised; reductions are functions.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from symderive.codegen import layout, pyast
from symderive.codegen.ir import (
    Broadcast,
    Constant,
    Contraction,
    Dims,
    Gather,
    Input,
    Iota,
    Map,
    Node,
    Put,
    Reduction,
    Rename,
    SizeOf,
    Var,
    is_static,
    without,
)
from symderive.codegen.loop_functions import FUNCTIONS, REDUCTIONS, accepted, cost
from symderive.codegen.names import Names
from symderive.codegen.ops import OPS
from symderive.codegen.plan import Fusing, Step
from symderive.codegen.products import is_share
from symderive.codegen.write import Writer
from symderive.errors import CheckError

#: What costs more is kept for the row.
_MOST_AGAIN = 3
#: A longer expression gets a statement of its own.
_MOST_CHARACTERS = 56


def _bare(node: Node) -> Node:
    """``node`` whatever its variables are called."""
    while isinstance(node, Rename):
        node = node.source
    return node


def accepts(node: Node, row: Var) -> bool:
    """Whether there is a loop for ``node`` along ``row``; its operands are looked at apart."""
    if node.rank > 2 or row not in node.dims:
        return False
    match node:
        case Map():
            return accepted(node.op)
        case Broadcast() | Rename():
            return True
        case Reduction():
            lies = node.kind == "sum" or not isinstance(_bare(node.source), Broadcast)
            return node.kind in REDUCTIONS and node.source.rank == 2 and node.rank == 1 and lies
        case Contraction():
            return (
                len(node.over) == 1
                and node.dims == (row,)
                and (node.left.rank == node.right.rank == 2)
            )
        case Gather():
            return all(index.dims in ((row,), ()) for index in node.indices) and (
                node.source.rank <= 2 and not isinstance(node.source, Broadcast)
            )
        case Put():
            return all(index.dims in ((row,), ()) for index in node.indices) and (
                node.value.dims in ((row,), ())
            )
    return False


def pays(nodes: Sequence[Node], row: Var) -> bool:
    """Whether a run is worth a function: it computes something, and in its largest arrays."""
    del row
    most = max(node.rank for node in nodes)
    return any(isinstance(node, Map) and node.rank == most for node in nodes)


FUSING = Fusing(accepts, pays, in_place=False)


@dataclass(frozen=True)
class Loops:
    """The statements that run a function of fused loops, and that function."""

    statements: tuple[ast.stmt, ...]
    lines: tuple[str, ...]
    helpers: frozenset[str]


@dataclass
class _Body:
    """Statements in order, each with the outputs it is needed for."""

    lines: list[tuple[int, ast.stmt]] = field(default_factory=list)


@dataclass(frozen=True)
class Asked:
    """What is asked for: ``tests`` says for each set of outputs whether one of it is.

    ``needs`` says what each step that is there before the run is needed for, ``own`` what the run
    itself is needed for.
    """

    tests: Mapping[int, ast.expr]
    needs: Mapping[int, int]
    own: int


def _is_sum(node: Node) -> bool:
    return isinstance(node, Reduction) and node.kind == "sum"


def unless(test: ast.expr, result: ast.expr) -> ast.stmt:
    """The statement that returns ``result`` where ``test`` does not hold."""
    return ast.If(ast.UnaryOp(ast.Not(), test), [ast.Return(result)], [])


class LoopWriter:
    """Writes one run as a function; ``name`` is how it is called.

    ``narrow`` is the argument that may be a number in place of an array of ones; ``turns`` has
    what is returned instead if what a step computes is too large.
    """

    def __init__(
        self,
        name: str,
        writer: Writer,
        asked: Asked,
        narrow: str,
        turns: Mapping[int, ast.expr],
    ) -> None:
        self.turns = turns
        self.name = name
        self.writer = writer
        self.tests = asked.tests
        self.needs = asked.needs
        self.own = asked.own
        self.narrow = narrow
        self.names = Names([name, writer.scope.numpy, "real", "range", *FUNCTIONS.values()])
        self.helpers: set[str] = set()
        #: Parameters of the function, and what is given for them.
        self.parameters: dict[str, ast.expr] = {}
        self.allocations: list[ast.stmt] = []
        self._args: dict[int, str] = {}
        self._flags: dict[int, str] = {}
        self._head: list[tuple[int, ast.stmt]] = []
        self._rows: dict[int, _Body] = {}
        self._inner: dict[tuple[int, str], _Body] = {}
        self._phase: dict[int, int] = {}
        self._scalars: dict[tuple[int, int], ast.expr] = {}
        self._kept: dict[int, str] = {}
        #: Results of real numbers that are always asked for.
        self._always: list[str] = []
        #: Results, where the entries of a row are kept in their place.
        self._in_place: set[str] = set()
        #: What is computed from results when all rows are done.
        self._last: list[tuple[int, ast.stmt]] = []
        self._behind: dict[int, _Body] = {}
        self._local: dict[tuple[int, int, str], list[tuple[int, str]]] = {}

    # --- the whole ----------------------------------------------------------------------------

    def write(self, steps: Sequence[Step]) -> Loops:
        """The function of the run that ``steps`` are, and its call."""
        run = steps[0].run
        if run is None:
            raise CheckError("steps outside of a run have no loop")
        self.row = run.row
        self.letter = self.names.fresh(self.writer.scope.letters[run.row.axis])
        self.letters: dict[str, str] = {}
        self.count = self._size(run.row.axis)
        self.left = {node.uid: need for node, need in run.left}
        self.steps = {step.node.uid: step for step in steps}
        self.steps_in_order = [step.node for step in steps]
        self.items = self._items(steps)
        for node, _ in self.items:
            self._find_phase(node)
        self._keep()
        self.items = self._items(steps)
        self.need = {node.uid: need for node, need in self.items}
        for node, need in self.items:
            self._emit(node, need)
        self._find_type()
        lines = self._function()
        call = pyast.call(self.name, *self.parameters.values())
        away = [self.turns[step.node.uid] for step in steps if step.node.uid in self.turns]
        if away:
            lines.append(f"{layout.INDENT}return True")
        done: tuple[ast.stmt, ...] = (ast.Expr(call),)
        if away:
            near = self.writer.names.fresh("is_near")
            done = (pyast.assign(near, call), unless(pyast.name(near), away[0]))
        statements = (*self.allocations, *done)
        return Loops(statements, tuple(lines), frozenset(self.helpers))

    def _items(self, steps: Sequence[Step]) -> list[tuple[Node, int]]:
        """The steps, and before each what it reduces or puts in place, with their needs."""
        found: dict[int, tuple[Node, int]] = {}

        def visit(node: Node, need: int, top: bool) -> None:
            if node.uid in found or self._is_leaf(node) or (node.uid in self.steps and not top):
                return
            for arg in node.args:
                visit(arg, need, False)
            dear = isinstance(node, Reduction | Contraction | Gather)
            if top or dear or node.uid in self._kept:
                found[node.uid] = (node, need)

        for step in steps:
            visit(step.node, step.need, True)
        return list(found.values())

    def _is_leaf(self, node: Node) -> bool:
        """Whether ``node`` is there before the run."""
        return self.row not in node.dims or (
            node.uid not in self.steps and (isinstance(node, Input) or node.uid in self.needs)
        )

    def _plain(self, node: Node) -> Node:
        """``node`` below its views, where they have the same entries in a row."""
        while isinstance(node, Broadcast) or (isinstance(node, Rename) and self.row in node.dims):
            node = node.source
        return node

    def _in_row(self, node: Node) -> Dims:
        """The variables of ``node`` as the loops use them: that of the rows first."""
        inner = without(node.dims, (self.row,))
        return (self.row, *inner) if self.row in node.dims else inner

    # --- phases -------------------------------------------------------------------------------

    def _find_phase(self, node: Node) -> int:
        """In which turn over the row ``node`` is computed: reductions begin another."""
        if self._is_leaf(node):
            return 0
        if node.uid not in self._phase:
            phase = max((self._find_phase(arg) for arg in node.args), default=0)
            if isinstance(node, Reduction | Contraction) or (
                isinstance(node, Gather) and not self._is_leaf(self._plain(node.source))
            ):
                phase += 1
            self._phase[node.uid] = phase
        return self._phase[node.uid]

    def _keep(self) -> None:
        """Decide which arrays of a row are kept: what reductions read, what is dear to repeat."""
        for node, _ in self.items:
            match node:
                case Reduction():
                    self._keep_one(node.source)
                case Contraction():
                    self._keep_one(node.left)
                    self._keep_one(node.right)
                case Gather():
                    self._keep_one(node.source)
        for node, _ in self.items:
            if node.rank == 2:
                self._keep_below(node, self._phase[node.uid])

    def _keep_below(self, node: Node, phase: int) -> None:
        for arg in node.args:
            part = self._plain(arg)
            if self._is_leaf(part) or part.rank < 2 or part.uid in self._kept:
                continue
            if self._phase[part.uid] < phase and self._cost(part) > _MOST_AGAIN:
                self._keep_one(part)
            else:
                self._keep_below(part, phase)

    def _keep_one(self, node: Node) -> None:
        node = self._plain(node)
        if not self._is_leaf(node) and node.uid not in self._kept:
            self._kept[node.uid] = self.names.fresh(f"{self._word(node)}_row")

    def _cost(self, node: Node) -> int:
        node = self._plain(node)
        if node.rank < 2 or self._is_leaf(node) or node.uid in self._kept:
            return 0
        own = cost(node.op) if isinstance(node, Map) else 1
        return own + sum(self._cost(arg) for arg in node.args)

    def _word(self, node: Node) -> str:
        step = self.steps.get(node.uid)
        return self.writer.name_of(node) if step is not None else "t"

    # --- statements ---------------------------------------------------------------------------

    def _emit(self, node: Node, need: int) -> None:
        phase = self._phase[node.uid]
        if node.rank == 1:
            if isinstance(node, Map) and self._is_last(node):
                self._emit_last(node, phase, need)
                return
            code = self._running(node, need) or self._scalar_code(node, phase, need)
            target: ast.expr | str
            name = self._fresh_local(node)
            self._row_body(phase).lines.append((need, pyast.assign(name, code)))
            self._scalars[node.uid, 0] = pyast.name(name)
            if node.uid in self.turns:
                look = self._call("_loop_near", pyast.name(name))
                self._row_body(phase).lines.append((need, unless(look, pyast.literal(False))))
            if node.uid in self.left:
                target = pyast.item(pyast.name(self._output(node)), pyast.name(self.letter))
                there = self._out_need(node)
                self._row_body(phase).lines.append((there, pyast.assign(target, pyast.name(name))))
            return
        axis = self._axis(node)
        body = self._inner_body(phase, axis)
        late = isinstance(node, Put) and self._is_late(node)
        if late:
            code = self._element(node.args[0], phase, axis, need)
        else:
            code = self._element(node, phase, axis, need, top=True)
        name = self._fresh_local(node)
        body.lines.append((need, pyast.assign(name, code)))
        if not late:
            self._remember(node, phase, axis, need, name)
        for there, row in self._rows_of(node, need):
            target = self._item(row, pyast.name(self._j(axis)))
            body.lines.append((there, pyast.assign(target, pyast.name(name))))
            if isinstance(node, Put) and late:
                self._put_late(node, phase, there, row)

    def _rows_of(self, node: Node, need: int) -> list[tuple[int, str]]:
        """Where the entries of ``node`` are stored, each with what it is needed for."""
        found: list[tuple[int, str]] = []
        if node.uid in self.left:
            row = self._output(node)
            self._in_place.add(row)
            there = self._out_need(node)
            always = self._is_there(there, need)
            if there == need or (always and node.uid not in self._kept):
                self._kept[node.uid] = row  # else it may be None where the entries are read
            found.append((there, row))
        if node.uid in self._kept and self._kept[node.uid] not in dict(found).values():
            self._buffer(node)
            found.append((need, self._kept[node.uid]))
        return found

    def _is_late(self, node: Put) -> bool:
        """Whether nothing reads ``node`` in the loop that computes it: its entry is put after."""
        if not (node.uid in self._kept or node.uid in self.left):
            return False
        phase = self._phase[node.uid]
        if any(_is_sum(item) and self._plain(item.args[0]) is node for item, _ in self.items):
            return False
        return not any(
            self._phase.get(item.uid) == phase and self._reads_now(item, node)
            for item, _ in self.items
        )

    def _reads_now(self, item: Node, node: Node) -> bool:
        """Whether ``item`` is computed from ``node`` in the same loop."""
        return any(
            self._plain(arg) is node
            or (
                self._plain(arg).uid not in self.steps
                and not self._is_leaf(self._plain(arg))
                and self._reads_now(self._plain(arg), node)
            )
            for arg in item.args
        )

    def _put_late(self, node: Put, phase: int, need: int, row: str) -> None:
        (index,) = node.indices
        body = self._behind.setdefault(phase, _Body())
        place = self._scalar(index, phase, need)
        value = self._scalar(node.value, phase, need)
        target = self._item(row, place)
        if node.mode == "add":
            body.lines.append((need, pyast.augment(target, "+", value)))
        else:
            body.lines.append((need, pyast.assign(target, value)))

    def _item(self, row: str, place: ast.expr) -> ast.expr:
        """An entry of a row that is kept. A view of the row would be counted at each turn."""
        if row in self._in_place:
            return pyast.item(pyast.name(row), pyast.name(self.letter), place)
        return pyast.item(pyast.name(row), place)

    def _running(self, node: Node, need: int) -> ast.expr | None:
        """A sum over the row that is taken in the loop that computes its entries, if one does."""
        if not _is_sum(node):
            return None
        source = self._plain(node.args[0])
        if self._is_leaf(source) or source.dtype != "real":
            return None
        phase, axis = self._phase[source.uid], self._axis(source)
        for there, local in self._local.get((source.uid, phase, axis), ()):
            if self._is_there(there, need):
                total = self.names.fresh("total")
                start = pyast.call("real", pyast.literal(0))
                self._row_body(phase).lines.append((need, pyast.assign(total, start)))
                more = self._call("_loop_plus", pyast.name(total), pyast.name(local))
                self._inner_body(phase, axis).lines.append((need, pyast.assign(total, more)))
                return pyast.name(total)
        return None

    def _is_there(self, there: int, need: int) -> bool:
        """Whether what is computed for ``there`` is, wherever something is for ``need``."""
        return there in (0, self.own) or bool(need and need & ~there == 0)

    def _is_last(self, node: Map) -> bool:
        """Whether a dear function of a number of the row can wait for those of all rows."""
        return (
            node.uid in self.left
            and node.uid not in self.turns
            and len(node.operands) == 1
            and cost(node.op) > _MOST_AGAIN
            and any(item.rank > 1 for item, _ in self.items)
            and not any(self._reads_now(item, node) for item, _ in self.items)
        )

    def _emit_last(self, node: Map, phase: int, need: int) -> None:
        """The operand of ``node`` stored for each row, and after all rows its function."""
        (operand,) = node.args
        there = self._out_need(node)
        target = pyast.item(pyast.name(self._output(node)), pyast.name(self.letter))
        code = self._scalar(operand, phase, need)
        self._row_body(phase).lines.append((there, pyast.assign(target, code)))
        self._last.append((there, pyast.assign(target, self._operation(node, [target]))))

    def _out_need(self, node: Node) -> int:
        """What the readers after the run are needed for."""
        return self.left[node.uid] or self.need[node.uid]

    def _fresh_local(self, node: Node) -> str:
        word = self._word(node)
        return self.names.fresh(f"{word}_") if word != "t" else self.names.temporary()

    def _row_body(self, phase: int) -> _Body:
        return self._rows.setdefault(phase, _Body())

    def _inner_body(self, phase: int, axis: str) -> _Body:
        return self._inner.setdefault((phase, axis), _Body())

    def _j(self, axis: str) -> str:
        if axis not in self.letters:
            self.letters[axis] = self.names.fresh(self.writer.scope.letters[axis])
            self._size(axis)
        return self.letters[axis]

    def _axis(self, node: Node) -> str:
        (var,) = without(node.dims, (self.row,))
        return var.axis

    def _buffer(self, node: Node) -> None:
        """Room for one row of ``node``."""
        kind = "real"
        if node.dtype != "real":
            kind = self.writer.np("bool_" if node.dtype == "bool" else "intp")
        size = pyast.name(self._size(self._axis(node)))
        call = pyast.call(self.writer.np("empty"), size, pyast.name(kind))
        self._head.append((0, pyast.assign(self._kept[node.uid], call)))

    # --- parameters ---------------------------------------------------------------------------

    def _size(self, axis: str) -> str:
        code = self.writer.size(axis)
        name = layout.flat(code)
        if name not in self.parameters:
            self.names.fresh(name)
            self.parameters[name] = code
        return name

    def _argument(self, node: Node) -> str:
        """The parameter for what is there before the run."""
        if node.uid not in self._args:
            placed = self.writer.ordered(node, self._in_row(node))
            if isinstance(node, Input) and self.writer.scope.arguments[node.name] == self.narrow:
                placed = pyast.call("_narrow", placed)
                self.helpers.add("_loop_at")
            need = self._leaf_need(node)
            if need:
                placed = ast.IfExp(self.tests[need], placed, pyast.literal(None))
            word = self.writer.name_of(node) or "t"
            name = self.names.fresh(word) if word != "t" else self.names.temporary()
            self._args[node.uid] = name
            self.parameters[name] = placed
            if node.rank == 0 and node.dtype == "real":
                converted = pyast.call("real", pyast.name(name))
                self._head.append((need, pyast.assign(name, converted)))
        return self._args[node.uid]

    def _output(self, node: Node) -> str:
        """The parameter for an array that is left."""
        if node.uid not in self._args:
            name = self.writer.name_of(node)
            need = self._out_need(node)
            kind = self.writer.dtype()
            if node.dtype != "real":
                kind = pyast.name(self.writer.np("bool_" if node.dtype == "bool" else "intp"))
            room: ast.expr = pyast.call(self.writer.np("empty"), self.writer.shape(node.dims), kind)
            self.allocations.append(pyast.assign(name, self._if_asked(need, room)))
            own = self.names.fresh(name)
            self._args[node.uid] = own
            array: ast.expr = pyast.name(name)
            if self._in_row(node) != node.dims:
                array = self._if_asked(need, ast.Attribute(array, "T", ast.Load()))
            self.parameters[own] = array
            if need in (0, self.own) and node.dtype == "real":
                self._always.append(own)
        return self._args[node.uid]

    def _find_type(self) -> None:
        """What makes numbers of the type of the arrays: to give it takes longer than all arrays."""
        made: ast.expr = ast.Attribute(self.writer.dtype(), "type", ast.Load())
        if self._always:
            dtype = ast.Attribute(pyast.name(self._always[0]), "dtype", ast.Load())
            made = ast.Attribute(dtype, "type", ast.Load())
            self._head.insert(0, (0, pyast.assign("real", made)))
        else:
            self.parameters["real"] = made

    def _if_asked(self, need: int, code: ast.expr) -> ast.expr:
        """``code``, or None where ``need`` is not asked for."""
        if need in (0, self.own):
            return code
        return ast.IfExp(self.tests[need], code, pyast.literal(None))

    def _flag(self, need: int) -> str:
        """The parameter that is None unless one of the outputs is asked for."""
        if need not in self._flags:
            name = self.names.fresh("asked" if not self._flags else f"asked_{len(self._flags)}")
            self._flags[need] = name
            self.parameters[name] = ast.IfExp(
                self.tests[need], pyast.literal(True), pyast.literal(None)
            )
        return self._flags[need]

    # --- scalars of a row ---------------------------------------------------------------------

    def _scalar(self, node: Node, phase: int, need: int) -> ast.expr:
        """The entry of ``node`` in the row, or its one value, as an expression."""
        node = self._plain(node)
        if self.row not in node.dims:
            return self._free(node)
        if (node.uid, 0) in self._scalars:
            return self._scalars[node.uid, 0]
        if self._is_leaf(node):
            access = self._entry(self._argument(node), pyast.name(self.letter), node)
            name = self.names.fresh(f"{self._args[node.uid]}_{self.letter}")
            self._row_body(0).lines.append((self._leaf_need(node), pyast.assign(name, access)))
            self._scalars[node.uid, 0] = pyast.name(name)
            return pyast.name(name)
        return self._named(self._scalar_code(node, phase, need), self._row_body(phase), need)

    def _leaf_need(self, node: Node) -> int:
        """What has to be asked for, besides what the run is for, so that ``node`` is there."""
        if isinstance(node, Input) or is_static(node):
            return 0
        if node.uid in self.needs:
            need = self.needs[node.uid]
            return 0 if need == self.own else need
        needs = {self._leaf_need(arg) for arg in node.args} - {0}
        # Of several the smallest: a step is needed for no more than what it reads.
        return min(needs, key=lambda need: (need.bit_count(), need), default=0)

    def _scalar_code(self, node: Node, phase: int, need: int) -> ast.expr:
        match node:
            case Map():
                return self._operation(node, [self._scalar(a, phase, need) for a in node.operands])
            case Reduction():
                return self._call(REDUCTIONS[node.kind], self._row_of(node.source))
            case Contraction():
                return self._call("_loop_dot", self._row_of(node.left), self._row_of(node.right))
            case Gather():
                return self._gathered(node, phase, need, None)
            case Broadcast() | Rename():
                return self._scalar(node.source, phase, need)
        raise TypeError(f"no scalar for {node!r}")

    def _gathered(self, node: Gather, phase: int, need: int, axis: str | None) -> ast.expr:
        """An entry of an array at positions that are computed."""
        source = self._plain(node.source)
        given = dict(zip(node.source.dims, node.slots, strict=True))
        slots: list[ast.expr] = []
        for var in self._in_row(node.source):
            slot = given[var]
            if isinstance(slot, Node):
                slots.append(self._scalar(slot, phase, need))
            elif slot == self.row:
                slots.append(pyast.name(self.letter))
            else:
                slots.append(pyast.name(self._j(str(axis))))
        if source.uid in self._kept:
            return self._item(self._kept[source.uid], slots[-1])
        return pyast.item(pyast.name(self._argument(source)), *slots)

    def _row_of(self, node: Node) -> ast.expr:
        """The entries of ``node`` in the row, as an array."""
        node = self._plain(node)
        if node.uid in self._kept:
            row = self._kept[node.uid]
            inside = row in self._in_place
            return (
                pyast.item(pyast.name(row), pyast.name(self.letter)) if inside else pyast.name(row)
            )
        return self._leaf_row(node)

    def _leaf_row(self, node: Node) -> ast.expr:
        if (node.uid, 1) not in self._scalars:
            access = self._entry(self._argument(node), pyast.name(self.letter), node)
            name = self.names.fresh(f"{self._args[node.uid]}_{self.letter}")
            self._row_body(0).lines.insert(0, (self._leaf_need(node), pyast.assign(name, access)))
            self._scalars[node.uid, 1] = pyast.name(name)
        return self._scalars[node.uid, 1]

    def _entry(self, array: str, place: ast.expr, node: Node) -> ast.expr:
        """An entry of a parameter; that of the cotangent may be a number for ones."""
        if self._is_narrow(node):
            return self._call("_loop_at", pyast.name(array), place)
        return pyast.item(pyast.name(array), place)

    def _is_narrow(self, node: Node) -> bool:
        return isinstance(node, Input) and self.writer.scope.arguments[node.name] == self.narrow

    def _free(self, node: Node) -> ast.expr:
        """A value that all rows share."""
        match node:
            case Constant():
                if node.dtype == "bool":
                    return pyast.literal(bool(node.value))
                return pyast.call("real", self.writer.constant(node.value))
            case SizeOf():
                return pyast.call("real", pyast.name(self._size(node.axis)))
            case Map() if node.rank == 0 and node.uid not in self.needs and accepted(node.op):
                return self._operation(node, [self._free(arg) for arg in node.operands])
        return pyast.name(self._argument(node))

    # --- entries of a row ---------------------------------------------------------------------

    def _element(
        self, node: Node, phase: int, axis: str, need: int, *, top: bool = False
    ) -> ast.expr:
        """The entry of ``node`` at the place of the loop over the row."""
        node = self._plain(node)
        inner = without(node.dims, (self.row,))
        if not inner:
            return self._scalar(node, phase, need)
        if self.row not in node.dims:
            if isinstance(node, Iota):
                return pyast.name(self._j(axis))
            return pyast.item(pyast.name(self._argument(node)), pyast.name(self._j(axis)))
        if self._is_leaf(node):
            place = pyast.name(self._j(axis))
            if self._is_narrow(node):
                return self._call("_loop_at", self._leaf_row(node), place)
            return pyast.item(pyast.name(self._argument(node)), pyast.name(self.letter), place)
        if not top:
            for there, local in self._local.get((node.uid, phase, axis), ()):
                if self._is_there(there, need):
                    return pyast.name(local)
            if node.uid in self._kept and self._phase[node.uid] < phase:
                return self._item(self._kept[node.uid], pyast.name(self._j(axis)))
        code = self._entry_code(node, phase, axis, need)
        if top:
            return code
        named = self._named(code, self._inner_body(phase, axis), need)
        if isinstance(named, ast.Name):
            self._remember(node, phase, axis, need, named.id)
        return named

    def _entry_code(self, node: Node, phase: int, axis: str, need: int) -> ast.expr:
        match node:
            case Map():
                parts = [self._element(arg, phase, axis, need) for arg in node.operands]
                return self._operation(node, parts)
            case Put():
                return self._put(node, phase, axis, need)
            case Gather():
                return self._gathered(node, phase, need, axis)
        raise TypeError(f"no entry for {node!r}")

    def _remember(self, node: Node, phase: int, axis: str, need: int, name: str) -> None:
        self._local.setdefault((node.uid, phase, axis), []).append((need, name))

    def _put(self, node: Put, phase: int, axis: str, need: int) -> ast.expr:
        base = self._element(node.base, phase, axis, need)
        value = self._scalar(node.value, phase, need)
        (index,) = node.indices
        there = pyast.operation("==", pyast.name(self._j(axis)), self._scalar(index, phase, need))
        if node.mode == "add":
            base = self._named(base, self._inner_body(phase, axis), need, always=True)
            value = pyast.operation("+", base, value)
        return ast.IfExp(there, value, base)

    # --- operations ---------------------------------------------------------------------------

    def _operation(self, node: Map, codes: list[ast.expr]) -> ast.expr:
        op = OPS[node.op]
        if op.operator == "~":
            return ast.UnaryOp(ast.Not(), codes[0])
        if op.operator:
            return pyast.operation(op.operator, *codes)
        if node.op == "where":
            return ast.IfExp(*codes)
        if node.op == "real":
            return ast.IfExp(
                codes[0],
                pyast.call("real", pyast.literal(1)),
                pyast.call("real", pyast.literal(0)),
            )
        if node.op == "reciprocal":
            return pyast.operation("/", pyast.call("real", pyast.literal(1)), codes[0])
        if node.op == "log1p" and is_share(self._plain(node.operands[0])):
            return self._call("_loop_log1p_share", *codes)
        return self._call(FUNCTIONS[node.op], *codes)

    def _call(self, function: str, *codes: ast.expr) -> ast.expr:
        if function.startswith("_"):
            self.helpers.add(function)
        return pyast.call(function, *codes)

    def _named(self, code: ast.expr, body: _Body, need: int, *, always: bool = False) -> ast.expr:
        """``code``, or the name of a statement for it if it is long or would be repeated."""
        simple = isinstance(code, ast.Name | ast.Subscript | ast.Constant)
        if simple or (not always and len(layout.flat(code)) <= _MOST_CHARACTERS):
            return code
        name = self.names.temporary()
        body.lines.append((need, pyast.assign(name, code)))
        return pyast.name(name)

    # --- text ---------------------------------------------------------------------------------

    def _function(self) -> list[str]:
        bodies: list[str] = []
        for phase in sorted({*self._rows, *(phase for phase, _ in self._inner)}):
            bodies += self._conditional(self._row_body(phase).lines, 2)
            for (turn, axis), body in self._inner.items():
                if turn == phase:
                    head = f"for {self._j(axis)} in range({self._size(axis)}):"
                    bodies += [layout.INDENT * 2 + head, *self._conditional(body.lines, 3)]
            if phase in self._behind:
                bodies += self._conditional(self._behind[phase].lines, 2)
        if self._last:
            bodies.append(f"{layout.INDENT}for {self.letter} in range({self.count}):")
            bodies += self._conditional(self._last, 2)
        first = self._conditional(self._head, 1)  # which may add a parameter
        names = dict.fromkeys(self.writer.name_of(node) for node in self.steps_in_order)
        lines = ["@_compiled", *layout.signature(self.name, [(p, None) for p in self.parameters])]
        lines += layout.docstring(f"Row by row: {', '.join(names)}.")
        lines += first
        lines.append(f"{layout.INDENT}for {self.letter} in range({self.count}):")
        return [*lines, *bodies]

    def _conditional(self, body: Sequence[tuple[int, ast.stmt]], depth: int) -> list[str]:
        lines: list[str] = []
        for need, group in groupby(body, key=lambda line: line[0]):
            inner = depth
            if need not in (0, self.own):
                lines.append(f"{layout.INDENT * depth}if {self._flag(need)} is not None:")
                inner += 1
            for _, statement in group:
                lines += layout.statement(statement, inner)
        return lines
