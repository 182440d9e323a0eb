"""Equations and expressions as nested Python closures: compiled once, run at many points."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from typing import Any, Protocol, TypeAlias

from sympy import Add, Mul, Pow
from sympy.core.basic import Basic
from sympy.core.expr import Expr
from sympy.core.numbers import Integer, NumberSymbol
from sympy.core.numbers import Number as SympyNumber

from symderive.errors import CheckError, InputError, NotSupportedError
from symderive.expr import (
    FALSE,
    TRUE,
    AllOf,
    AnyOf,
    Bound,
    Compare,
    Element,
    Index,
    Iverson,
    MaxOf,
    MinOf,
    NamedReduce,
    Reduce,
    Size,
    Where,
    children,
    elements,
    is_constant,
    subexpressions,
)
from symderive.model.fields import FLOAT, OF_CLASS, Arithmetic, Dual, Field, Number, is_nan, plain
from symderive.model.model import Equation

Key: TypeAlias = tuple[Any, ...]  # the tensor's name, then a position
Frame: TypeAlias = list[int]  # the values of free and bound indices


class Run(Protocol):
    """What closures ask for while they run: element values, and the sizes of axes."""

    memo: dict[Key, Any]
    shared: dict[tuple[int, ...], Any]

    def force(self, key: Key, whole: bool) -> Any: ...
    def range(self, axis: str) -> range: ...


Code: TypeAlias = Callable[[Run, Frame], Any]

#: What a reduction counts in ``work``: it runs its body a few times.
_LOOPS = 8

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Program:
    """An expression as nested closures over a frame of ``size`` index values."""

    code: Code
    size: int
    free: tuple[tuple[Index, int], ...]
    depth: int
    weight: int

    def order(self, indices: Sequence[Index]) -> list[tuple[int, int]]:
        """Which slot takes the position at which place of a key whose positions are ``indices``."""
        for index, _ in self.free:
            if index not in indices:
                raise CheckError(f"an equation over {indices} reads the index {index}")
        return [(slot, 1 + indices.index(index)) for index, slot in self.free]

    def at(self, run: Run, order: Iterable[tuple[int, int]], key: Key) -> Any:
        frame = [0] * self.size
        for slot, place in order:
            frame[slot] = key[place]
        return self.code(run, frame)


@dataclass(frozen=True)
class CompiledEquation:
    """An equation, compiled."""

    indices: tuple[Index, ...]
    program: Program
    order: Sequence[tuple[int, int]]
    where: Program | None
    where_order: Sequence[tuple[int, int]]
    guard: str
    depth: int


class Compiled:
    """Equations and expressions as closures over one field, for evaluators at many points.

    ``work`` counts what all of these did together, about one for each operation.

    >>> from symderive.catalog import hinge
    >>> from symderive.model.closures import Compiled
    >>> sorted(Compiled(hinge().equations).depending_on("s"))
    ['L', 'e', 'loss', 's']
    """

    def __init__(self, equations: Iterable[Equation] = (), field: Field = FLOAT) -> None:
        self.equations = {equation.name: equation for equation in equations}
        self.arithmetic = Arithmetic(field)
        self._programs: dict[int, tuple[Basic, Program]] = {}
        self._rules: dict[str, CompiledEquation] = {}
        self._depending: dict[str, frozenset[str]] = {}
        self._numbers = 0
        self.work = 0
        self.labels: set[str] = set()
        self._users: dict[str, list[str]] = {}
        for name, equation in self.equations.items():
            if equation.tensor.label_of is not None:
                self.labels.add(name)
            for element in elements(equation.rhs, equation.where):
                used = element.tensor
                if used.label_of is not None:
                    self.labels.add(used.name)
                users = self._users.setdefault(used.name, [])
                if name not in users:
                    users.append(name)

    def depending_on(self, name: str) -> frozenset[str]:
        """The names of equations whose values depend on ``name``, and ``name`` itself."""
        if name not in self._depending:
            found = {name}
            todo = [name]
            while todo:
                for user in self._users.get(todo.pop(), ()):
                    if user not in found:
                        found.add(user)
                        todo.append(user)
            self._depending[name] = frozenset(found)
        return self._depending[name]

    def rule(self, name: str) -> CompiledEquation | None:
        """The equation called ``name``, compiled; None if there is none."""
        if name not in self._rules:
            equation = self.equations.get(name)
            if equation is None:
                return None
            program = self.program(equation.rhs)
            where = None if equation.where == TRUE else self.program(equation.where)
            depth = 4 + max(program.depth, where.depth if where else 0)
            guard = str(equation.where)
            order = program.order(equation.indices)
            where_order = where.order(equation.indices) if where else ()
            self._rules[name] = CompiledEquation(
                equation.indices, program, order, where, where_order, guard, depth
            )
        return self._rules[name]

    def program(self, root: Basic) -> Program:
        """``root`` as closures; compiled once for each object."""
        if id(root) not in self._programs:
            self._programs[id(root)] = (root, _Compiler(self).program(root))
        return self._programs[id(root)][1]

    def number(self) -> int:
        """A number that no other shared node has."""
        self._numbers += 1
        return self._numbers


@dataclass(frozen=True)
class _Part:
    """A compiled node: its code, the slots it reads, how deep its closures nest, its weight."""

    code: Code
    reads: frozenset[int]
    depth: int
    weight: int


class _Compiler:
    """Turns one expression into closures, every node once."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.arithmetic = compiled.arithmetic
        self.slots: dict[Basic, int] = {}
        self.parts: dict[int, _Part] = {}

    def program(self, root: Basic) -> Program:
        nodes = list(subexpressions(root))
        uses: dict[int, int] = {}
        for node in nodes:
            for child in children(node):
                uses[id(child)] = uses.get(id(child), 0) + 1
        for node in nodes:
            if isinstance(node, Index | Bound):
                self.slots.setdefault(node, len(self.slots))
        for node in nodes:
            self.parts[id(node)] = self.part(node, uses.get(id(node), 0))
        last = self.parts[id(root)]
        free = tuple((node, slot) for node, slot in self.slots.items() if isinstance(node, Index))
        weight = sum(_LOOPS if isinstance(node, Reduce) else 1 for node in nodes)
        return Program(last.code, len(self.slots), free, last.depth, weight)

    def code(self, node: Basic) -> Code:
        return self.parts[id(node)].code

    def part(self, node: Basic, uses: int) -> _Part:
        below = [self.parts[id(child)] for child in children(node)]
        reads: frozenset[int] = frozenset().union(*(part.reads for part in below))
        depth = 1 + max((part.depth for part in below), default=0)
        weight = 1 + sum(part.weight for part in below)
        if isinstance(node, Reduce):
            reads -= {self.slots[index] for index in node.bound}
        elif isinstance(node, Index | Bound):
            reads = frozenset((self.slots[node],))
        code = self.compile(node)
        # What stands in several places or in a loop of others is computed once for its indices.
        if (uses > 1 and weight > 4) or (uses and isinstance(node, Reduce)):
            code = _shared(code, self.compiled.number(), sorted(reads))
            depth, weight = depth + 1, 2
        return _Part(code, reads, depth, weight)

    def compile(self, node: Basic) -> Code:
        for kind in type(node).__mro__:
            if kind in _COMPILE:
                return _COMPILE[kind](self, node)
        if isinstance(node, Basic) and not isinstance(node, Expr):
            return lambda run, frame: None  # a part that is never asked, such as a kind's name
        raise NotSupportedError(f"{type(node).__name__} ({node}) has no value in a model")

    # Leaves

    def constant(self, node: Basic) -> Code:
        value = self.arithmetic.field.number(node)
        return lambda run, frame: value

    def truth(self, node: Basic) -> Code:
        value = node == TRUE
        return lambda run, frame: value

    def index(self, node: Basic) -> Code:
        slot = self.slots[node]
        return lambda run, frame: frame[slot]

    def size(self, node: Size) -> Code:
        name, number = node.axis.name, self.arithmetic.field.number
        return lambda run, frame: number(len(run.range(name)))

    def element(self, node: Element) -> Code:
        name, whole = node.tensor.name, node.tensor.label_of is not None
        where = [self.slots.get(slot, -1) for slot in node.slots]
        if -1 in where:  # a gather
            codes = [self.code(slot) for slot in node.slots]

            def gather(run: Run, frame: Frame) -> Any:
                key = (name, *[code(run, frame) for code in codes])
                value = run.memo.get(key)
                return run.force(key, whole) if value is None else value

            return gather
        if len(where) == 1:
            (a,) = where

            def vector(run: Run, frame: Frame) -> Any:
                key = (name, frame[a])
                value = run.memo.get(key)
                return run.force(key, whole) if value is None else value

            return vector

        if len(where) == 2:
            a, b = where

            def matrix(run: Run, frame: Frame) -> Any:
                key = (name, frame[a], frame[b])
                value = run.memo.get(key)
                return run.force(key, whole) if value is None else value

            return matrix

        def direct(run: Run, frame: Frame) -> Any:
            key = (name, *[frame[slot] for slot in where])
            value = run.memo.get(key)
            return run.force(key, whole) if value is None else value

        return direct

    # Conditions

    def comparison(self, node: Compare) -> Code:
        decide = _COMPARE[node.op]
        a, b = self.code(node.lhs), self.code(node.rhs)
        if _is_position(node.lhs):
            return lambda run, frame: decide(a(run, frame), b(run, frame))
        return lambda run, frame: decide(plain(a(run, frame)), plain(b(run, frame)))

    def all_hold(self, node: AllOf) -> Code:
        codes = [self.code(part) for part in _cheap_first(node.args)]

        def conjunction(run: Run, frame: Frame) -> bool:
            try:
                return all(code(run, frame) for code in codes)
            except (CheckError, InputError):
                # Where one part is false, a part that means nothing there decides nothing.
                if any(is_false(code, run, frame) for code in codes):
                    return False
                raise

        def is_false(code: Code, run: Run, frame: Frame) -> bool:
            with suppress(CheckError, InputError):
                return not code(run, frame)
            return False

        return conjunction

    def any_holds(self, node: AnyOf) -> Code:
        codes = [self.code(part) for part in _cheap_first(node.args)]

        def disjunction(run: Run, frame: Frame) -> bool:
            return any(code(run, frame) for code in codes)

        return disjunction

    # Arithmetic

    def add(self, node: Basic) -> Code:
        codes = [self.code(arg) for arg in node.args]
        if len(codes) == 2:
            a, b = codes
            return lambda run, frame: a(run, frame) + b(run, frame)

        def terms(run: Run, frame: Frame) -> Number:
            result = codes[0](run, frame)
            for code in codes[1:]:
                result = result + code(run, frame)
            return result

        return terms

    def mul(self, node: Basic) -> Code:
        conditions = [
            self.code(cond) for cond in _cheap_first(bracket.cond for bracket in _brackets(node))
        ]
        factors: list[Code] = []
        divisors: list[Code] = []
        for arg in _factors(node):
            if isinstance(arg, Iverson):
                continue  # it is 1 where the product is computed
            if isinstance(arg, Pow) and isinstance(arg.exp, SympyNumber) and arg.exp.is_negative:
                divisors.append(self.raised(self.code(arg.base), -arg.exp))
            else:
                factors.append(self.code(arg))
        zero, one, divide = self.arithmetic.zero, self.arithmetic.one, self.arithmetic.divide
        if len(factors) == 2 and not divisors and not conditions:
            a, b = factors
            return lambda run, frame: a(run, frame) * b(run, frame)
        first, rest = (factors[0], factors[1:]) if factors else (lambda run, frame: one, [])

        def multiplied(run: Run, frame: Frame) -> Number:
            for condition in conditions:
                if not condition(run, frame):
                    return zero
            result = first(run, frame)
            for code in rest:
                result = result * code(run, frame)
            for code in divisors:
                result = divide(result, code(run, frame))
            return result

        return multiplied

    def pow(self, node: Pow) -> Code:
        base, exponent = self.code(node.base), node.exp
        if isinstance(exponent, SympyNumber):
            return self.raised(base, exponent)
        power, raised_to = self.arithmetic.power, self.code(exponent)
        return lambda run, frame: power(base(run, frame), raised_to(run, frame))

    def raised(self, base: Code, exponent: SympyNumber) -> Code:
        """``base`` to a power that is a number."""
        arithmetic = self.arithmetic
        if exponent == 1:
            return base
        if exponent == -1:
            one, divide = arithmetic.one, arithmetic.divide
            return lambda run, frame: divide(one, base(run, frame))
        power, value = arithmetic.power, arithmetic.field.number(exponent)
        if exponent == 2:

            def square(run: Run, frame: Frame) -> Number:
                x = base(run, frame)
                return x * x

            return square
        return lambda run, frame: power(base(run, frame), value)

    def function(self, node: Basic) -> Code:
        name = OF_CLASS[type(node)]
        call = getattr(self.arithmetic, name)
        if len(node.args) == 1:
            inner = self.code(node.args[0])
            return lambda run, frame: call(inner(run, frame))
        a, b = (self.code(arg) for arg in node.args)
        zero = self.arithmetic.zero

        def guarded(run: Run, frame: Frame) -> Number:
            x = a(run, frame)  # a plain 0 settles xlogy and xdivy
            return zero if type(x) is not Dual and x == 0 else call(x, b(run, frame))

        return guarded

    def iverson(self, node: Iverson) -> Code:
        cond, zero, one = self.code(node.cond), self.arithmetic.zero, self.arithmetic.one
        return lambda run, frame: one if cond(run, frame) else zero

    def where(self, node: Where) -> Code:
        cond, a, b = (self.code(arg) for arg in node.args)
        return lambda run, frame: a(run, frame) if cond(run, frame) else b(run, frame)

    def extreme(self, node: Basic) -> Code:
        better = operator.gt if isinstance(node, MaxOf) else operator.lt
        # A tie goes to the first, and numbers come first.
        codes = [self.code(arg) for arg in sorted(node.args, key=lambda arg: not is_constant(arg))]
        return lambda run, frame: _best([code(run, frame) for code in codes], better)

    # Reductions

    def reduce(self, node: Reduce) -> Code:
        if isinstance(node, NamedReduce):
            raise NotSupportedError(f"{node} is not closed; a model closes its reductions")
        walk = self.walk(node)
        kind, arithmetic = node.kind, self.arithmetic
        if kind in ("sum", "prod"):
            return self.fold(node)
        if kind == "lse":
            return lambda run, frame: arithmetic.logsumexp([v for _, v in walk(run, frame)])
        better = operator.gt if kind in ("max", "argmax") else operator.lt
        if kind in ("max", "min"):
            nothing = -arithmetic.inf if kind == "max" else arithmetic.inf

            def extreme(run: Run, frame: Frame) -> Number:
                values = [value for _, value in walk(run, frame)]
                return _best(values, better) if values else nothing

            return extreme

        def position(run: Run, frame: Frame) -> int:
            found = list(walk(run, frame))
            if not found:
                raise CheckError(f"{kind} over nothing has no position")
            values = [plain(value) for _, value in found]
            best = _best(values, better)
            return next(
                where
                for (where, _), value in zip(found, values, strict=True)
                if value == best or is_nan(value)
            )

        return position

    def walk(self, node: Reduce) -> Callable[[Run, Frame], Iterator[tuple[int, Number]]]:
        """Position of the first index, and value, of each term whose condition holds."""
        names = [index.axis.name for index in node.bound]
        slots = [self.slots[index] for index in node.bound]
        cond, body = self.code(node.cond), self.code(node.body)

        def terms(run: Run, frame: Frame) -> Iterator[tuple[int, Number]]:
            for values in product(*[run.range(name) for name in names]):
                for slot, value in zip(slots, values, strict=True):
                    frame[slot] = value
                if cond(run, frame):
                    yield values[0], body(run, frame)

        return terms

    def fold(self, node: Reduce) -> Code:
        body, cond = self.code(node.body), self.code(node.cond)
        summing = node.kind == "sum"
        start = self.arithmetic.zero if summing else self.arithmetic.one
        if len(node.bound) > 1 or not summing:
            walk = self.walk(node)
            combine = operator.add if summing else operator.mul

            def folded(run: Run, frame: Frame) -> Number:
                result = start
                for _, value in walk(run, frame):
                    result = combine(result, value)
                return result

            return folded
        name, slot, always = node.bound[0].axis.name, self.slots[node.bound[0]], node.cond == TRUE

        def total(run: Run, frame: Frame) -> Number:
            result = start
            for value in run.range(name):
                frame[slot] = value
                if always or cond(run, frame):
                    result = result + body(run, frame)
            return result

        return total


def _shared(code: Code, number: int, reads: Sequence[int]) -> Code:
    def shared(run: Run, frame: Frame) -> Any:
        key = (number, *[frame[slot] for slot in reads])
        value = run.shared.get(key)
        if value is None:
            value = run.shared[key] = code(run, frame)
        return value

    return shared


def _is_position(node: Basic) -> bool:
    return getattr(node, "axis", None) is not None and not isinstance(node, Size)


def _cheap_first(conds: Iterable[Basic]) -> list[Basic]:
    """Comparisons of positions before those that read real elements."""
    return sorted(conds, key=lambda cond: any(e.axis is None for e in elements(cond)))


def _factors(node: Basic) -> Iterator[Basic]:
    """The factors of a product, those of products within it included."""
    for arg in node.args:
        if isinstance(arg, Mul):
            yield from _factors(arg)
        else:
            yield arg


def _brackets(node: Basic) -> Iterator[Iverson]:
    """The brackets that are factors of ``node``, also those within a positive power."""
    if isinstance(node, Iverson):
        yield node
    elif isinstance(node, Mul):
        for arg in node.args:
            yield from _brackets(arg)
    elif isinstance(node, Pow) and isinstance(node.exp, Integer) and node.exp.is_positive:
        yield from _brackets(node.base)


def _best(values: Sequence[Number], better: Callable[[Any, Any], bool]) -> Number:
    """The first of the best values; ``nan`` if one is."""
    best = values[0]
    most = plain(best)
    for value in values[1:]:
        if is_nan(most):
            break
        this = plain(value)
        if better(this, most) or is_nan(this):
            best, most = value, this
    return best


_COMPILE: dict[type, Callable[[_Compiler, Any], Code]] = {
    SympyNumber: _Compiler.constant,
    NumberSymbol: _Compiler.constant,
    type(TRUE): _Compiler.truth,
    type(FALSE): _Compiler.truth,
    Index: _Compiler.index,
    Bound: _Compiler.index,
    Size: _Compiler.size,
    Element: _Compiler.element,
    Compare: _Compiler.comparison,
    AllOf: _Compiler.all_hold,
    AnyOf: _Compiler.any_holds,
    Add: _Compiler.add,
    Mul: _Compiler.mul,
    Pow: _Compiler.pow,
    Iverson: _Compiler.iverson,
    Where: _Compiler.where,
    MaxOf: _Compiler.extreme,
    MinOf: _Compiler.extreme,
    Reduce: _Compiler.reduce,
    **dict.fromkeys(OF_CLASS, _Compiler.function),
}
