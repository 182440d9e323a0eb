"""From the steps of a program to Python statements, as syntax trees."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial

from symderive.codegen import pyast, thresholds
from symderive.codegen.ir import (
    Broadcast,
    Column,
    Constant,
    Contraction,
    Dims,
    Gather,
    Input,
    Iota,
    Joint,
    Map,
    MaskedSum,
    Node,
    Order,
    Put,
    Reduction,
    Rename,
    Scatter,
    SizeOf,
    Threshold,
    Var,
    is_bracket,
    is_number,
    is_select,
    is_static,
    union,
    without,
)
from symderive.codegen.layout import INDENT, WIDTH, flat
from symderive.codegen.names import Names
from symderive.codegen.ops import OPS, TAKE_MASKS
from symderive.codegen.plan import Level, Step, is_slice
from symderive.codegen.program import Program
from symderive.errors import NotSupportedError

#: Whole numbers beyond this are no floats.
_EXACT = 2**53
#: A number whose shortest decimal form is longer is written as a quotient.
_SHORT = 10
#: A statement that is longer is computed in parts: it may be indented by three steps.
_MOST_CHARACTERS = WIDTH - 3 * len(INDENT)

#: A longer name says no more than a letter.
_LONGEST = 16

#: What a reduction over nothing gives, where NumPy would raise.
_INITIAL = {"max": -math.inf, "min": math.inf}
_SUFFIX = {"sum": "sum", "max": "max", "min": "min", "argmax": "at", "argmin": "at"}


@dataclass(frozen=True)
class Source:
    """Where the size of an axis is read: an input, and which of its axes."""

    argument: str
    position: int


@dataclass(frozen=True)
class Scope:
    """The names that all functions of a module share.

    ``numpy`` and ``dtype`` are the tool's own, ``sizes`` gives the name of the size of each axis,
    ``letters`` that of the array of its positions, ``sources`` where its size is read;
    ``arguments`` gives the name of each input, ``equations`` that of each equation.
    """

    numpy: str
    dtype: str
    sizes: Mapping[str, str]
    letters: Mapping[str, str]
    arguments: Mapping[str, str]
    equations: Mapping[str, str]
    sources: Mapping[str, Source]

    def builtin(self, name: str, instead: str) -> str:
        """A built-in function of Python; ``instead`` of NumPy where its name is the user's."""
        theirs = (self.arguments, self.equations, self.sizes, self.letters)
        taken = any(name in names.values() for names in theirs)
        return f"{self.numpy}.{instead}" if taken else name


@dataclass
class Uses:
    """What the statements of a function need besides: sizes, positions, helpers, the dtype.

    ``searched`` are the axes along which the place of the largest entry is looked for.
    """

    sizes: dict[str, None] = field(default_factory=dict)
    searched: dict[str, None] = field(default_factory=dict)
    positions: dict[str, None] = field(default_factory=dict)
    helpers: dict[str, None] = field(default_factory=dict)
    dtype: bool = False


@dataclass(frozen=True)
class Placed:
    """An expression for an array whose axes are ``layout``, in this order."""

    code: ast.expr
    layout: Dims


def _is_outer(node: Map) -> bool:
    """Whether ``node`` is the products of two vectors: einsum is twice as fast as broadcasting."""
    if node.op != "multiply" or node.rank != 2:
        return False
    return all(part.rank == 1 and part.dtype == "real" for part in node.operands)


class Writer:
    """Writes the statements of one function; ``uses`` collects what they need."""

    def __init__(
        self, scope: Scope, names: Names, program: Program, steps: Sequence[Step], level: Level
    ) -> None:
        self.scope = scope
        self.names = names
        self.fast = level == "fast"
        self.uses = Uses()
        self.steps = {step.node.uid: step for step in steps}
        self.layouts: dict[int, Dims] = {}
        #: In a block: the variable of its rows, their number, and their positions in the block.
        self.block: tuple[Var, str, str] | None = None
        self._named: dict[int, str] = {}
        self._name_steps(program, steps)

    # --- names --------------------------------------------------------------------------------

    def _name_steps(self, program: Program, steps: Sequence[Step]) -> None:
        """Equations keep their names; what takes the memory of a nameless step, its name too."""
        for equation, root in program.equations:
            if root.uid in self.steps:
                self._named.setdefault(root.uid, self.scope.equations[equation])
        rooted = set(self._named)
        for step in reversed(steps):
            name: str | None = self._named.get(step.node.uid)
            before = self.steps[step.reuse.uid] if step.reuse is not None else None
            if name is not None and before is not None and before.equation == step.equation:
                self._named.setdefault(before.node.uid, name)
        reused = {step.reuse.uid for step in steps if step.reuse is not None}
        for step in steps:
            node, reuse = step.node, step.reuse
            if node.uid in self._named:
                continue
            if reuse is not None and (reuse.uid not in rooted or isinstance(node, Put)):
                self._named[node.uid] = self._named[reuse.uid]
            else:
                # What is overwritten by and by has a name that says nothing.
                suggestion = "" if node.uid in reused else self._suggestion(node)
                self._named[node.uid] = suggestion or self.names.temporary()

    def _suggestion(self, node: Node) -> str:
        """A short name that says what ``node`` is, as ``s_y`` for ``s[i, y]``; or none."""
        match node:
            case Gather():
                parts = [self._short(part) for part in node.args]
                text = "_".join(parts) if all(parts) else ""
            case Reduction() if node.kind in _SUFFIX and self._short(node.source):
                text = f"{self._short(node.source)}_{_SUFFIX[node.kind]}"
            case Map(operands=(operand,)) if OPS[node.op].operator == "" and node.op != "real":
                inner = self._short(operand)
                text = f"{OPS[node.op].spelling.lstrip('_')}_{inner}" if inner else ""
            case _:
                text = "mask" if node.dtype == "bool" else ""
        return self.names.fresh(text) if 0 < len(text) <= _LONGEST else ""

    def _short(self, node: Node) -> str:
        if isinstance(node, Rename):
            return self._short(node.source)
        if isinstance(node, Input):
            return self.scope.arguments[node.name]
        return self._named.get(node.uid, "")

    def name_of(self, node: Node) -> str:
        """The name of an input, or of what has a statement of its own; none if it has neither."""
        return self._short(node)

    def layout(self, node: Node) -> Dims:
        """The axes of ``node`` in the order in which they lie in memory."""
        return self.layouts.get(node.uid, node.dims)

    def prefer(self, node: Node, variables: Dims) -> None:
        """Compute ``node`` with its axes in the order ``variables``, if that costs nothing."""
        if isinstance(node, Contraction) and set(variables) == set(node.dims):
            self.layouts.setdefault(node.uid, variables)

    # --- small parts --------------------------------------------------------------------------

    def np(self, function: str) -> str:
        """A name of NumPy."""
        return f"{self.scope.numpy}.{function}"

    def dtype(self) -> ast.expr:
        """The common dtype of the real inputs."""
        self.uses.dtype = True
        return pyast.name(self.scope.dtype)

    def helper(self, name: str) -> str:
        """A function of the module itself."""
        self.uses.helpers[name] = None
        return name

    def size(self, axis: str) -> ast.expr:
        """The size of an axis."""
        if axis not in self.scope.sources:
            raise NotSupportedError(
                f"no array among the inputs has the axis {axis}: nothing tells its size; expected"
                f" one that has, such as 'data of_{axis}[{axis}]'"
            )
        self.uses.sizes[axis] = None
        return pyast.name(self.scope.sizes[axis])

    def shape(self, dims: Iterable[Var]) -> ast.expr:
        """A tuple of sizes."""
        return pyast.tuple_of([self._extent(var) for var in dims])

    def _extent(self, var: Var) -> ast.expr:
        if self.block is not None and var == self.block[0]:
            return pyast.name(self.block[1])
        return self.size(var.axis)

    def positions(self, var: Var) -> Placed:
        """The positions along an axis, as an array."""
        if self.block is not None and var == self.block[0]:
            return Placed(pyast.name(self.block[2]), (var,))
        self.size(var.axis)
        self.uses.positions[var.axis] = None
        return Placed(pyast.name(self.scope.letters[var.axis]), (var,))

    def constant(self, value: Fraction | float | bool) -> ast.expr:
        """A number."""
        if isinstance(value, bool):
            return pyast.literal(value)
        if isinstance(value, Fraction):
            p, q = value.numerator, value.denominator
            if q == 1 and abs(p) <= _EXACT:
                return pyast.literal(p)
            nearest = _nearest(value)
            if len(repr(nearest)) > _SHORT and max(abs(p), q) <= _EXACT and q & (q - 1):
                return pyast.operation("/", pyast.literal(p), pyast.literal(q))
            value = nearest
        if math.isinf(value):
            infinity = pyast.name(self.np("inf"))
            return infinity if value > 0 else pyast.operation("-", infinity)
        if math.isnan(value):
            return pyast.name(self.np("nan"))
        return pyast.literal(value)

    # --- arrays -------------------------------------------------------------------------------

    def place(self, node: Node) -> Placed:
        """``node`` as it lies in memory: by its name, or as an expression."""
        if node.uid in self._named:
            return Placed(pyast.name(self._named[node.uid]), self.layouts.get(node.uid, node.dims))
        match node:
            case Input():
                return Placed(pyast.name(self.scope.arguments[node.name]), node.declared)
            case Iota():
                return self.positions(node.dims[0])
            case Rename():
                inner = self.place(node.source)
                table = dict(zip(node.source.dims, node.variables, strict=True))
                return Placed(inner.code, tuple(table[var] for var in inner.layout))
        return self.compute(node)

    def ordered(self, node: Node, dims: Dims) -> ast.expr:
        """``node`` with its axes in the order ``dims``, which are all of its axes."""
        placed = self.place(node)
        return self._transposed(placed, dims)

    def _transposed(self, placed: Placed, dims: Dims) -> ast.expr:
        if placed.layout == dims:
            return placed.code
        if placed.layout == dims[::-1]:
            return ast.Attribute(placed.code, "T", ast.Load())
        order = [pyast.literal(placed.layout.index(var)) for var in dims]
        return pyast.call(self.np("transpose"), placed.code, pyast.tuple_of(order))

    def aligned(self, node: Node, dims: Dims) -> ast.expr:
        """``node`` so that it broadcasts to ``dims``."""
        if isinstance(node, Broadcast):
            node = node.source
        return self._expanded(self.place(node), dims)

    def complete(self, node: Node, dims: Dims) -> ast.expr:
        """``node`` with an axis for each of ``dims``, of length 1 where it has none."""
        solid = Placed(self.full(node), node.dims)
        own = tuple(var for var in dims if var in node.dims)
        code = self._transposed(solid, own)
        if own == dims:
            return code
        if not own:  # a size or a number has no axes to add to
            code = pyast.call(self.np("asarray"), code)
        slots = [pyast.everything() if var in own else pyast.literal(None) for var in dims]
        return pyast.item(code, *slots)

    def _expanded(self, placed: Placed, dims: Dims) -> ast.expr:
        own = tuple(var for var in dims if var in placed.layout)
        code = self._transposed(placed, own)
        inside = dims[dims.index(own[0]) :] if own else ()
        if inside == own:
            return code
        slots = [
            pyast.everything() if var in placed.layout else pyast.literal(None) for var in inside
        ]
        return pyast.item(code, *slots)

    def full(self, node: Node) -> ast.expr:
        """``node`` with all its axes there in memory, or at least as a view."""
        if isinstance(node, Broadcast):
            if not node.source.dims and node.dtype == "real":
                return self._filled(node.source, node.dims)
            source = self.aligned(node.source, node.dims)
            return pyast.call(self.np("broadcast_to"), source, self.shape(node.dims))
        return self.ordered(node, node.dims)

    # --- expressions --------------------------------------------------------------------------

    def compute(self, node: Node) -> Placed:
        """The expression of a node that has no name (yet)."""
        match node:
            case Constant():
                return Placed(self.constant(node.value), ())
            case SizeOf():
                return Placed(self.size(node.axis), ())
            case Map():
                return Placed(self._map(node), node.dims)
            case Reduction():
                return Placed(self._reduction(node), node.dims)
            case Contraction():
                return self._contraction(node)
            case Gather():
                return self._gather(node)
            case Scatter():
                return Placed(self._scatter(node), node.dims)
            case MaskedSum():
                return Placed(self._masked_sum(node), node.dims)
            case Broadcast():
                return Placed(self.full(node), node.dims)
            case Joint() | Column():
                return self._joint(node)
            case Order() | Threshold():
                return self._ordering(node)
        raise TypeError(f"no expression for {node!r}")

    def _joint(self, node: Joint | Column) -> Placed:
        """Several vectors through one matrix, or one of the results."""
        if isinstance(node, Column):
            place = pyast.literal(node.place)
            return Placed(pyast.item(self.place(node.joint).code, place), node.dims)
        vectors = [self.ordered(vector, node.over) for vector in node.vectors]
        matrix = self.ordered(node.matrix, (*node.dims, *node.over))
        return Placed(pyast.call(self.helper("_through"), matrix, *vectors), node.dims)

    def _ordering(self, node: Order | Threshold) -> Placed:
        if isinstance(node, Order):
            axes = self._axes((node.var,), node.dims)
            return Placed(pyast.call(self.np("argsort"), self.full(node.keys), **axes), node.dims)
        code = thresholds.code(node, self.complete, self.helper)
        made = Placed(code, thresholds.ranked(node).result)
        return Placed(self._transposed(made, node.dims), node.dims)

    def operands(self, node: Map) -> list[ast.expr]:
        """The operands of an operation, aligned."""
        return [self._operand(operand, node) for operand in node.operands]

    def _operand(self, operand: Node, node: Map) -> ast.expr:
        if self.fast and operand.rank == node.rank == 2 and not isinstance(operand, Broadcast):
            placed = self.place(operand)
            if placed.layout == node.dims[::-1]:
                return pyast.call(self.helper("_turned"), placed.code)
            return self._expanded(placed, node.dims)
        return self.aligned(operand, node.dims)

    def _map(self, node: Map) -> ast.expr:
        op = OPS[node.op]
        if node.op == "root" and is_static(node):
            (base,) = self.operands(node)
            if isinstance(base, ast.Name):
                return pyast.operation("**", base, pyast.literal(0.5))
            return pyast.call(self.np("sqrt"), base, dtype=self.dtype())
        if node.op == "real":
            (operand,) = self.operands(node)
            return pyast.call(ast.Attribute(operand, "astype", ast.Load()), self.dtype())
        if node.op == "where":
            return self._where(node)
        if node.op in TAKE_MASKS and self.fast:
            masked = self._with_mask(node)
            if masked is not None:
                return masked
        if self.fast and _is_outer(node):
            return self._einsum(node.operands, node.dims)
        static = all(is_static(operand) for operand in node.operands)
        if static and not is_static(node) and not op.spelling.startswith("_"):
            options = {"dtype": self.dtype()} if op.dtype == "real" else {}
            return pyast.call(self.np(op.spelling), *self.operands(node), **options)
        codes = self.operands(node)
        if op.operator:
            return pyast.operation(op.operator, *codes)
        if op.spelling.startswith("_"):
            if all(is_static(operand) for operand in node.operands):
                codes = [pyast.call(self.np("asarray"), code, dtype=self.dtype()) for code in codes]
            return pyast.call(self.helper(op.spelling), *codes)
        return pyast.call(self.np(op.spelling), *codes)

    def _is_inline(self, node: Node, op: str) -> bool:
        """Whether ``node`` is this operation, written where it is used."""
        return isinstance(node, Map) and node.op == op and node.uid not in self._named

    def _with_mask(self, node: Map) -> ast.expr | None:
        """An operation with a bracket, without an array of 0 and 1 in between."""
        if not any(self._is_inline(operand, "real") for operand in node.operands):
            return None
        function = self.np(OPS[node.op].spelling)
        return pyast.call(function, *self._mask_itself(node), dtype=self.dtype())

    def _mask_itself(self, node: Map) -> list[ast.expr]:
        """The operands, the first mask of them not made real: one bool is enough for a result."""
        inline = [self._is_inline(operand, "real") for operand in node.operands]
        mask = inline.index(True) if any(inline) else None
        return [
            self.aligned(operand.args[0], node.dims)
            if place == mask
            else self._operand(operand, node)
            for place, operand in enumerate(node.operands)
        ]

    def _where(self, node: Map) -> ast.expr:
        _, yes, no = node.operands
        codes = self.operands(node)
        if self.fast and is_bracket(node):
            return pyast.call(self.helper("_bracket"), *codes[:2], self.dtype())
        if self.fast and is_select(node):
            return pyast.call(self.helper("_select"), *codes, self.dtype())
        if node.rank == 0:
            chosen = ast.IfExp(*codes)
            kind = ast.Attribute(self.dtype(), "type", ast.Load())
            return pyast.call(kind, chosen) if node.dtype == "real" else chosen
        if not yes.dims and not no.dims and node.dtype == "real":
            kind = ast.Attribute(self.dtype(), "type", ast.Load())
            codes[1:] = [pyast.call(kind, code) for code in codes[1:]]
        return pyast.call(self.np("where"), *codes)

    def _reduction(self, node: Reduction) -> ast.expr:
        source = node.source
        dims = source.dims
        if node.kind == "sum" and self.fast and len(dims) > 1 and node.over == dims[-1:]:
            ones = pyast.call(self.np("ones"), self.size(dims[-1].axis), dtype=self.dtype())
            return self._product(self.full(source), ones, most=len(dims))
        if node.kind == "sum" and self._is_inline(source, "real"):
            mask = self.full(source.args[0])
            axes = self._axes(node.over, dims)
            return self._method(mask, "sum", **axes, dtype=self.dtype())
        code = self.full(source)
        axes = self._axes(node.over, dims)
        if node.kind == "lse":
            return pyast.call(self.helper("_logsumexp"), code, self._axis(node.over, dims))
        if node.kind in _INITIAL:
            axes["initial"] = self.constant(_INITIAL[node.kind])
        if node.kind in ("argmax", "argmin"):
            for var in node.over:
                self.size(var.axis)
                self.uses.searched[var.axis] = None
        return self._method(code, node.kind, **axes)

    @staticmethod
    def _method(code: ast.expr, name: str, **options: ast.expr) -> ast.expr:
        return pyast.call(ast.Attribute(code, name, ast.Load()), **options)

    def _axes(self, over: Dims, dims: Dims) -> dict[str, ast.expr]:
        return {} if over == dims else {"axis": self._axis(over, dims)}

    def _axis(self, over: Dims, dims: Dims) -> ast.expr:
        axes = [pyast.literal(dims.index(var)) for var in over]
        return axes[0] if len(axes) == 1 else pyast.tuple_of(axes)

    # --- contractions -------------------------------------------------------------------------

    def _contraction(self, node: Contraction) -> Placed:
        left, right, over = node.left, node.right, node.over
        wanted = self.layouts.get(node.uid, node.dims)
        shared = tuple(var for var in node.dims if var in left.dims and var in right.dims)
        ours = without(left.dims, (*over, *shared))
        theirs = without(right.dims, (*over, *shared))
        if not shared and len(over) == 1:
            if len(theirs) > 1 or (ours and theirs and wanted == theirs + ours):
                left, right, ours, theirs = right, left, theirs, ours
            if len(theirs) <= 1:
                a, b = self._solid(left, ours + over), self._solid(right, over + theirs)
                most = max(len(ours), len(theirs)) + 1
                return self._result(self._product(a, b, most), ours + theirs, wanted)
        if shared and len(over) == len(ours) == len(theirs) == 1:
            a = self._solid(left, shared + ours + over)
            b = self._solid(right, shared + over + theirs)
            return self._result(pyast.operation("@", a, b), shared + ours + theirs, wanted)
        if not shared and not ours and not theirs and self.fast:
            a, b = self._solid(left, over), self._solid(right, over)
            return Placed(pyast.call(self.np("vdot"), a, b), ())
        if not shared and self.fast:
            axes = [
                pyast.tuple_of([pyast.literal(part.dims.index(var)) for var in over])
                for part in (left, right)
            ]
            a, b = self._solid(left, left.dims), self._solid(right, right.dims)
            code = pyast.call(self.np("tensordot"), a, b, axes=pyast.tuple_of(axes))
            return self._result(code, ours + theirs, wanted)
        return Placed(self._einsum([left, right], wanted), wanted)

    def _product(self, a: ast.expr, b: ast.expr, most: int) -> ast.expr:
        """The product of arrays, ``most`` axes in one of them.

        The method is called half a microsecond sooner than the operator; for matrices alone.
        """
        if self.fast and most <= 2:
            return pyast.call(ast.Attribute(a, "dot", ast.Load()), b)
        return pyast.operation("@", a, b)

    def _result(self, code: ast.expr, layout: Dims, wanted: Dims) -> Placed:
        return Placed(self._transposed(Placed(code, layout), wanted), wanted)

    def _solid(self, node: Node, dims: Dims) -> ast.expr:
        """``node`` with all its axes, in the order ``dims``."""
        if isinstance(node, Broadcast):
            return self._transposed(Placed(self.full(node), node.dims), dims)
        return self.ordered(node, dims)

    def _einsum(self, factors: Sequence[Node], result: Dims) -> ast.Call:
        placed = [
            Placed(self.full(factor), factor.dims)
            if isinstance(factor, Broadcast)
            else self.place(factor)
            for factor in factors
        ]
        letters = self._letters(union(*(part.layout for part in placed)))
        inputs = ",".join("".join(letters[var] for var in part.layout) for part in placed)
        spec = f"{inputs}->{''.join(letters[var] for var in result)}"
        return pyast.call(self.np("einsum"), pyast.literal(spec), *(p.code for p in placed))

    def _letters(self, dims: Dims) -> dict[Var, str]:
        """One letter for each variable: that of its axis if it is free."""
        found: dict[Var, str] = {}
        alphabet = "ijklmnopqrstuvwxyzabcdefghABCDEFGHIJKLMNOPQRSTUVWXYZ"
        for var in dims:
            first = self.scope.letters[var.axis][0]
            choices = [first, *alphabet]
            found[var] = next(c for c in choices if c not in found.values())
        return found

    # --- indexing -----------------------------------------------------------------------------

    def _indexing(self, slots: Sequence[Var | Node]) -> tuple[list[ast.expr], Dims]:
        """What stands in the brackets for ``slots``, and the axes of the result."""
        arrays = union(*(slot.dims for slot in slots if isinstance(slot, Node)))
        repeated = {v for v in slots if isinstance(v, Var) and slots.count(v) > 1}
        advanced = [isinstance(s, Node) or s in arrays or s in repeated for s in slots]
        first = advanced.index(True) if True in advanced else 0
        if False in advanced[first : first + sum(advanced)]:
            # Index arrays on both sides of a slice: NumPy would move their axes to the front.
            advanced = [True] * len(slots)
            first = 0
        block = union(
            *(
                slot.dims if isinstance(slot, Node) else (slot,)
                for slot, array in zip(slots, advanced, strict=True)
                if array
            )
        )
        codes: list[ast.expr] = []
        layout: list[Var] = []
        for place, (slot, array) in enumerate(zip(slots, advanced, strict=True)):
            if place == first and True in advanced:
                layout += block
            if not array and isinstance(slot, Var):
                codes.append(pyast.everything())
                layout.append(slot)
            elif isinstance(slot, Node):
                codes.append(self.aligned(slot, block))
            else:
                codes.append(self._expanded(self.positions(slot), block))
        while len(codes) > 1 and isinstance(codes[-1], ast.Slice):
            codes.pop()
        return codes, tuple(layout)

    def _gather(self, node: Gather) -> Placed:
        source = node.source
        placed = (
            Placed(self.full(source), source.dims)
            if isinstance(source, Broadcast)
            else self.place(source)
        )
        given = dict(zip(source.dims, node.slots, strict=True))
        codes, layout = self._indexing([given[var] for var in placed.layout])
        code = pyast.item(placed.code, *codes)
        return Placed(self._transposed(Placed(code, layout), node.dims), node.dims)

    def _scatter(self, node: Scatter) -> ast.expr:
        dims = node.value.dims
        given = dict(zip(node.at, node.indices, strict=True))
        codes = [
            self.aligned(given[var], dims)
            if var in given
            else self._expanded(self.positions(var), dims)
            for var in node.dims
        ]
        return pyast.call(
            self.helper("_scatter_add"),
            self.shape(node.dims),
            pyast.tuple_of(codes),
            self.aligned(node.value, dims),
            self.dtype(),
        )

    def _masked_sum(self, node: MaskedSum) -> ast.expr:
        every = union(node.mask.dims, *(factor.dims for factor in node.factors))
        return pyast.call(
            self.helper("_masked_sum"),
            self.aligned(node.quick, node.dims),
            self.aligned(node.mask, every),
            self._axis(node.over, every),
            *(self.aligned(factor, every) for factor in node.factors),
        )

    # --- statements ---------------------------------------------------------------------------

    @property
    def _most(self) -> int:
        """Characters of a statement; blocks are indented once more."""
        return _MOST_CHARACTERS - (len(INDENT) if self.block is not None else 0)

    def call(self, node: Node, name: str | None) -> str | None:
        """Call ``node`` by another name from now on, or by none; the one that it had."""
        before = self._named.get(node.uid)
        if name is None:
            self._named.pop(node.uid, None)
        else:
            self._named[node.uid] = name
        return before

    def takes_room(self, node: Node) -> bool:
        """Whether ``node`` can be computed into memory that is there."""
        if isinstance(node, Contraction):
            product = self.compute(node)
            is_product = bool(_factors(product.code))
            return is_product and bool(node.dims) and product.layout == self.layout(node)
        if not isinstance(node, Map) or is_static(node) or node.dtype != "real":
            return False
        if all(is_static(operand) for operand in node.operands):
            return False
        return OPS[node.op].in_place or is_bracket(node) or is_select(node)

    def statements(self, step: Step, room: ast.expr | None = None) -> list[ast.stmt]:
        """The statements of a step; what does not fit on a line is computed in parts.

        It is computed into ``room`` if that is given: then it :meth:`takes_room`.
        """
        node, name = step.node, self._named.pop(step.node.uid)
        parts: list[Node] = []

        def written() -> list[ast.stmt]:
            if room is not None and isinstance(node, Map):
                return [pyast.assign(name, self._into(node, room))]
            if room is not None and (factors := _factors(self.compute(node).code)):
                return [pyast.assign(name, pyast.call(self.np("matmul"), *factors, out=room))]
            if isinstance(node, Put):
                return self._put(node, name, step.reuse)
            if step.reuse is not None and isinstance(node, Map):
                return [self._in_place(node, name, step.reuse)]
            return [pyast.assign(name, self.compute(node).code)]

        result = self._fitted(node, written, parts)
        for part in parts:
            del self._named[part.uid]
        self._named[node.uid] = name
        return result

    def _fitted(
        self, node: Node, written: Callable[[], list[ast.stmt]], parts: list[Node]
    ) -> list[ast.stmt]:
        """``written()``, after statements for parts of ``node`` if it were too long without."""
        before: list[ast.stmt] = []
        while True:
            result = written()
            part = self._longest_part(node)
            if part is None or all(len(flat(line)) <= self._most for line in result):
                return [*before, *result]
            name = self.names.temporary()
            before += self._fitted(part, partial(self._part, name, part), parts)
            self._named[part.uid] = name
            parts.append(part)

    def _part(self, name: str, node: Node) -> list[ast.stmt]:
        return [pyast.assign(name, self.compute(node).code)]

    def _longest_part(self, node: Node) -> Node | None:
        """Of the operations written inside of ``node``, the one with the longest text."""
        found: dict[int, tuple[int, Node]] = {}
        stack = list(node.args)
        if isinstance(node, Put) and isinstance(node.base, Map | Contraction | Reduction):
            # An array that is written into is computed where it is named.
            stack = [*node.args[1:], *(node.base.args if node.base.uid not in self._named else ())]
        while stack:
            part = stack.pop()
            if part.uid in self._named or is_static(part):
                continue
            if isinstance(part, Rename | Broadcast):
                stack.extend(part.args)
            elif isinstance(part, Map | Reduction | Contraction | Gather):
                found[part.uid] = (len(flat(self.place(part).code)), part)
        return max(found.values(), key=lambda row: (row[0], -row[1].uid))[1] if found else None

    def _in_place(self, node: Map, name: str, reuse: Node) -> ast.stmt:
        op = OPS[node.op]
        buffer = self._named[reuse.uid]
        codes = self.operands(node)
        if name == buffer and op.operator and len(codes) == 2:
            if node.operands[0] is reuse:
                return pyast.augment(name, op.operator, codes[1])
            if node.operands[1] is reuse and node.op in {"add", "multiply"}:
                return pyast.augment(name, op.operator, codes[0])
        value = self._into(node, pyast.name(buffer))
        return ast.Expr(value) if name == buffer else pyast.assign(name, value)

    def _into(self, node: Map, room: ast.expr) -> ast.expr:
        """The call that computes ``node`` into ``room``."""
        if _is_outer(node):
            outer = self._einsum(node.operands, node.dims)
            outer.keywords.append(ast.keyword("out", room))
            return outer
        codes = self._mask_itself(node) if node.op in TAKE_MASKS else self.operands(node)
        if node.op != "where":
            spelling = OPS[node.op].spelling
            function = self.helper(spelling) if spelling.startswith("_") else self.np(spelling)
            return pyast.call(function, *codes, out=room)
        if is_bracket(node):
            return pyast.call(self.helper("_bracket"), *codes[:2], self.dtype(), out=room)
        return pyast.call(self.helper("_select"), *codes, self.dtype(), out=room)

    def _put(self, node: Put, name: str, reuse: Node | None) -> list[ast.stmt]:
        result: list[ast.stmt] = []
        if reuse is not None:
            buffer = self._named[reuse.uid]
            if buffer != name:
                result.append(pyast.assign(name, pyast.name(buffer)))
        else:
            result.append(pyast.assign(name, self._own_copy(node.base)))
        given = dict(zip(node.at, node.indices, strict=True))
        slots = [given.get(var, var) for var in node.dims]
        codes, layout = self._indexing(slots)
        target = pyast.item(pyast.name(name), *codes)
        value = node.value
        operator = "+"
        if node.mode == "add" and self._is_inline(value, "negative"):
            (value,) = value.args
            operator = "-"
        code = self.aligned(value, layout)
        if node.mode == "add":
            result.append(pyast.augment(target, operator, code))
        else:
            result.append(pyast.assign(target, code))
        return result

    def _own_copy(self, node: Node) -> ast.expr:
        """An array of our own with the values of ``node``."""
        if isinstance(node, Broadcast) and not node.source.dims:
            return self._filled(node.source, node.dims)
        if isinstance(node, Map | Contraction | Reduction) and node.uid not in self._named:
            return self.compute(node).code
        return pyast.call(ast.Attribute(self.full(node), "copy", ast.Load()))

    def _filled(self, value: Node, dims: Dims) -> ast.expr:
        """An array of one value."""
        kind = self.dtype() if value.dtype == "real" else pyast.name(self.np("bool_"))
        if is_number(value, 0):
            return pyast.call(self.np("zeros"), self.shape(dims), dtype=kind)
        return pyast.call(self.np("full"), self.shape(dims), self.aligned(value, ()), dtype=kind)

    # --- results ------------------------------------------------------------------------------

    def output(self, node: Node, variables: Dims, returned: set[int]) -> ast.expr:
        """``node`` as a result: all its axes, as declared, in memory that is nobody else's."""
        dims = union(variables)
        if not dims and node.dtype == "real":
            kind = ast.Attribute(self.dtype(), "type", ast.Load())
            return pyast.call(kind, self.aligned(node, ()))
        if node.dims != dims:
            source = node.source if isinstance(node, Broadcast) else node
            if not source.dims:
                return self._filled(source, variables)
            view = pyast.call(self.np("broadcast_to"), self.aligned(source, dims), self.shape(dims))
            code = self._transposed(Placed(view, dims), variables)
            return pyast.call(ast.Attribute(code, "copy", ast.Load()))
        code = self.ordered(node, variables)
        # A masked sum may be the very array it was given, a slice is a part of one.
        shared = node.uid in returned or isinstance(node, MaskedSum) or is_slice(node)
        own = node.uid in self.steps and not shared
        returned.add(node.uid)
        return code if own else pyast.call(ast.Attribute(code, "copy", ast.Load()))


def _factors(code: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    """The two arrays of a product, if ``code`` is one."""
    match code:
        case ast.BinOp(left=a, op=ast.MatMult(), right=b):
            return a, b
        case ast.Call(func=ast.Attribute(value=a, attr="dot"), args=[b], keywords=[]):
            return a, b
    return None


def _nearest(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
