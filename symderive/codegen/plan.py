"""In what order a program is computed, under which condition, and in whose memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Literal, TypeAlias, TypeGuard

from symderive.codegen.fuse import Accepts, Rows, runs
from symderive.codegen.ir import (
    Broadcast,
    Constant,
    Contraction,
    Gather,
    Input,
    Iota,
    Map,
    MaskedSum,
    Node,
    Put,
    Reduction,
    Rename,
    Scatter,
    SizeOf,
    Var,
    is_bracket,
    is_static,
    reachable,
    users_of,
)
from symderive.codegen.ops import OPS, TAKE_MASKS
from symderive.codegen.program import Program
from symderive.errors import CheckError

Level: TypeAlias = Literal["fast", "readable"]
Target: TypeAlias = Literal["numpy", "numba"]


@dataclass(frozen=True)
class Fusing:
    """Which steps are computed together, row by row: what may be, when it pays.

    With ``in_place``, what is computed inside of a run may take the memory of what it reads.
    """

    accepts: Accepts
    pays: Callable[[Sequence[Node], Var], bool]
    in_place: bool


@dataclass(frozen=True)
class Run:
    """Steps that are computed together, row by row along ``row``.

    ``left`` are those that are read afterwards, each with the outputs that need it then (as in
    :class:`Step`).
    """

    row: Var
    inside: tuple[Node, ...]
    left: tuple[tuple[Node, int], ...]


@dataclass(frozen=True)
class Step:
    """A statement: ``node`` is computed if one of the outputs ``need`` is asked for.

    ``need`` is a set of bits, one for each output on request; 0 means always. ``reuse`` is
    the argument whose memory the result takes. ``equation`` is the equation it belongs to.
    ``run`` is the run it stands in, if any: those of a run follow each other.
    """

    node: Node
    need: int
    reuse: Node | None
    equation: str
    run: Run | None = None


def plan(program: Program, level: Level, fusing: Fusing | None = None) -> tuple[Step, ...]:
    """The statements of a program in order. What gets no step is written inside of others."""
    planner = _Planner(program, level, fusing)
    steps = tuple(planner.steps())
    planner.verify(steps)
    return steps


class _Planner:
    def __init__(self, program: Program, level: Level, fusing: Fusing | None) -> None:
        self.program = program
        self.fusing = fusing
        self.fast = level == "fast"
        named = [node for _, node in program.equations]
        self.live = reachable([*named, *program.roots])
        self.users = users_of(self.live)
        self.named = {node.uid for node in (*named, *program.looks)}
        self.outputs = {_solid(node).uid for node in program.roots}
        self.widest = max((node.rank for node in self.live), default=0)
        self.owner = self._owners()
        self.need = self._needs()
        self._read: dict[int, list[Node]] = {}
        self.stepped = {node.uid for node in self.live if self._is_step(node)}

    # --- what is a statement ------------------------------------------------------------------

    def _is_step(self, node: Node) -> bool:
        if isinstance(node, Constant | SizeOf | Input | Iota | Rename | Broadcast):
            return False
        if is_static(node):
            return False
        if node.uid in self.named or node.uid in self.outputs:
            return True
        if isinstance(node, Put | Scatter | MaskedSum):
            return True
        if self._places(node) != 1:
            return True
        return self.fast and self._is_large(node)

    def _places(self, node: Node) -> int:
        """In how many places the node is written: as an operand, also through its views."""
        count = 0
        for user in self.users[node.uid]:
            places = sum(arg is node for arg in user.args)
            count += places * (self._places(user) if isinstance(user, Rename | Broadcast) else 1)
        return count

    def _is_large(self, node: Node) -> bool:
        """Whether the node has the widest arrays, or reads one and gives a smaller one."""
        if node.rank == self.widest:
            return not self._is_mask_factor(node)
        if isinstance(node, Reduction):
            return node.rank > 0
        return isinstance(node, Contraction | Gather)

    def _is_mask_factor(self, node: Node) -> bool:
        """Whether ``node`` is a bracket that its user takes as it is."""
        users = self.users[node.uid]
        return (
            isinstance(node, Map)
            and node.op == "real"
            and all(
                (isinstance(user, Map) and user.op in TAKE_MASKS)
                or (isinstance(user, Reduction) and user.kind == "sum")
                for user in users
            )
        )

    # --- when it is needed --------------------------------------------------------------------

    def _owners(self) -> dict[int, str]:
        """The first equation that needs each node."""
        owner: dict[int, str] = {}
        for name, root in self.program.equations:
            stack = [root]
            while stack:
                node = stack.pop()
                if node.uid not in owner:
                    owner[node.uid] = name
                    stack.extend(node.args)
        return owner

    def _needs(self) -> dict[int, int]:
        """For each node the outputs that need it, but for those that are always computed."""
        need: dict[int, int] = {node.uid: 0 for node in self.live}
        for bit, root in enumerate(self.program.roots):
            need[root.uid] |= 1 << bit
        for node in reversed(self.live):
            for arg in node.args:
                need[arg.uid] |= need[node.uid]
        always = self.program.always
        return {
            uid: 0 if bits & ((1 << always) - 1) else bits >> always for uid, bits in need.items()
        }

    # --- order --------------------------------------------------------------------------------

    def steps(self) -> Iterator[Step]:
        order = self._order()
        run_of: dict[int, Run] = {}
        if self.fusing is not None:
            order, run_of = self._fused(order, self.fusing)
        last = self._last_uses(order)
        dead: list[Node] = []
        dying: dict[int, list[Node]] = {}
        for node in order:
            dying.setdefault(last.get(node.uid, len(order)), []).append(node)
        for place, node in enumerate(order):
            run = run_of.get(node.uid)
            reuse = None
            if self.fast and (run is None or self.fusing is None or self.fusing.in_place):
                # What is computed in a run is memory of its own, there in that run alone.
                there = [other for other in dead if run_of.get(other.uid) is run]
                reuse = self._reusable(node, place, last, there)
                if reuse is not None and run_of.get(reuse.uid) is not run:
                    reuse = None
            yield Step(node, self.need[node.uid], reuse, self.owner.get(node.uid, ""), run)
            dead = [other for other in dead if other is not reuse]
            dead += [other for other in dying.get(place, ()) if other is not reuse]

    def _fused(self, order: Sequence[Node], fusing: Fusing) -> tuple[list[Node], dict[int, Run]]:
        """The order with its runs gathered, and the run of each node that is in one."""
        rows = Rows(self.stepped, fusing.accepts)
        found: list[Node] = []
        gathered: list[tuple[Var, tuple[Node, ...]]] = []
        for item in runs(order, self._reads, rows, fusing.pays):
            if isinstance(item, Node):
                found.append(item)
            else:
                gathered.append(item)
                found += item[1]
        readers = self._readers()
        wanted: dict[int, list[int]] = {}
        for bit, root in enumerate(self.program.roots):
            for leaf in self._leaves(root):
                wanted.setdefault(leaf.uid, []).append(1 << bit >> self.program.always)
        run_of: dict[int, Run] = {}
        for row, inside in gathered:
            own = {node.uid for node in inside}
            left = []
            for node in inside:
                users = [user for user in readers[node.uid] if user.uid not in own]
                needs = [*wanted.get(node.uid, ()), *(self.need[user.uid] for user in users)]
                if needs:
                    every = 0 if 0 in needs else reduce(or_, needs)
                    left.append((node, every))
            run_of.update(dict.fromkeys(own, Run(row, inside, tuple(left))))
        return found, run_of

    def _leaves(self, root: Node) -> list[Node]:
        """The steps that an output is made of."""
        return [root] if root.uid in self.stepped else self._reads(root)

    def _order(self) -> list[Node]:
        """What is always needed first; small readers of an array before it is overwritten."""
        nodes = [node for node in self.live if node.uid in self.stepped]
        nodes.sort(key=lambda node: self.need[node.uid] != 0)
        if not self.fast:
            return nodes
        readers = self._readers()
        done: set[int] = set()
        order: list[Node] = []

        def emit(node: Node) -> None:
            done.add(node.uid)
            order.append(node)

        for node in nodes:
            if node.uid in done:
                continue
            for arg in _candidates(node):
                if arg.rank != node.rank or arg.uid not in self.stepped:
                    continue
                for reader in readers[arg.uid]:
                    ready = reader.uid not in done and all(
                        leaf.uid in done for leaf in self._reads(reader)
                    )
                    if ready and (reader.rank < node.rank or reader.dtype == "bool"):
                        emit(reader)
            emit(node)
        return order

    def _reads(self, node: Node) -> list[Node]:
        """The steps whose results the statement of ``node`` reads."""
        if node.uid in self._read:
            return self._read[node.uid]
        found: dict[int, Node] = {}
        seen: set[int] = set()
        stack = list(reversed(node.args))
        while stack:
            arg = stack.pop()
            if arg.uid in seen:
                continue
            seen.add(arg.uid)
            if arg.uid in self.stepped:
                found[arg.uid] = arg
                stack.extend(_memory(arg))
            else:
                stack.extend(reversed(arg.args))
        self._read[node.uid] = list(found.values())
        return self._read[node.uid]

    def _readers(self) -> dict[int, list[Node]]:
        readers: dict[int, list[Node]] = {uid: [] for uid in self.stepped}
        for node in self.live:
            if node.uid in self.stepped:
                for leaf in self._reads(node):
                    readers[leaf.uid].append(node)
        return readers

    def verify(self, steps: Sequence[Step]) -> None:
        """Each step reads what was computed before it, and under its own condition."""
        there: dict[int, int] = {}
        for step in steps:
            for leaf in self._reads(step.node):
                if leaf.uid not in there or not implies(step.need, there[leaf.uid]):
                    raise CheckError(
                        f"a step of {step.equation or 'an output'} reads what is not computed yet"
                    )
            there[step.node.uid] = step.need

    # --- memory -------------------------------------------------------------------------------

    def _last_uses(self, order: list[Node]) -> dict[int, int]:
        """The place of the last statement that reads each step; outputs are read at the end."""
        last: dict[int, int] = {}
        for place, node in enumerate(order):
            for leaf in self._reads(node):
                last[leaf.uid] = place
        for root in self.program.roots:
            stack = self._leaves(root)
            while stack:
                leaf = stack.pop()
                last[leaf.uid] = len(order)
                stack.extend(_memory(leaf))
        return last

    def _reusable(
        self, node: Node, place: int, last: dict[int, int], dead: list[Node]
    ) -> Node | None:
        """An array of the same form that no one reads afterwards: an argument, else any."""
        candidates = _candidates(node)
        for arg in candidates:
            if (
                self._is_alike(arg, node)
                and last[arg.uid] == place
                and sum(leaf is arg for leaf in self._reads(node)) == 1
            ):
                return arg
        if isinstance(node, Map) and candidates and node.rank > 1:
            for other in reversed(dead):
                if self._is_alike(other, node) and implies(
                    self.need[node.uid], self.need[other.uid]
                ):
                    return other
        return None

    def _is_alike(self, array: Node, node: Node) -> bool:
        """Whether ``array`` is memory of our own in which ``node`` fits."""
        return (
            array.uid in self.stepped
            and not isinstance(array, MaskedSum)
            and not is_slice(array)
            and array.dims == node.dims
            and array.dtype == node.dtype
        )


def implies(need: int, other: int) -> bool:
    """Whether what ``other`` is needed for is asked for whenever that of ``need`` is."""
    return other == 0 or (need != 0 and need & ~other == 0)


def is_slice(node: Node) -> TypeGuard[Gather]:
    """Whether ``node`` is a part of another array, picked by scalars: NumPy copies nothing."""
    return isinstance(node, Gather) and not any(index.dims for index in node.indices)


def _memory(node: Node) -> tuple[Node, ...]:
    """The array, if any, in whose memory the result of ``node`` may lie."""
    if isinstance(node, MaskedSum):  # it may be the array it was given
        return (node.quick,)
    return (_solid(node.source),) if is_slice(node) else ()


def _solid(node: Node) -> Node:
    """``node`` without the views on it."""
    while isinstance(node, Rename | Broadcast):
        node = node.source
    return node


def _candidates(node: Node) -> tuple[Node, ...]:
    """The arguments in whose memory ``node`` may be computed."""
    match node:
        case Map() if is_bracket(node):
            return node.operands[1:2]
        case Map() if node.dtype == "real" and OPS[node.op].in_place and node.rank:
            return node.operands
        case Put():
            return (node.base,)
    return ()
