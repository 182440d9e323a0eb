"""Models and expressions to plain SymPy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, count
from typing import Any, TypeAlias

from sympy import (
    And,
    Eq,
    Ge,
    Gt,
    Idx,
    IndexedBase,
    Le,
    Lt,
    Max,
    Min,
    Ne,
    Or,
    Piecewise,
    Product,
    Sum,
    Symbol,
    erfc,
    exp,
    log,
)
from sympy.core.basic import Basic

from symderive.errors import NotSupportedError
from symderive.expr import (
    TRUE,
    AllOf,
    AnyOf,
    Axis,
    Bound,
    Compare,
    Element,
    Erfc,
    Exp,
    Expm1,
    Index,
    Iverson,
    Log1p,
    Log2,
    MaxOf,
    MinOf,
    NamedReduce,
    Reduce,
    Sigmoid,
    Size,
    Softplus,
    Where,
    Xdivy,
    Xlogy,
    children,
    free_indices,
    subexpressions,
    with_children,
)
from symderive.model.model import Model
from symderive.model.plain_axes import name_of

_Walk: TypeAlias = Callable[[Basic], Any]

_RELATION_OF: dict[str, Callable[[Any, Any], Basic]] = {
    "==": Eq,
    "!=": Ne,
    "<": Lt,
    "<=": Le,
    ">": Gt,
    ">=": Ge,
}


def to_sympy(node: Basic, *, letters: Iterable[Index] = (), using: Iterable[Basic] = ()) -> Basic:
    """An expression or condition in plain SymPy.

    Elements become ``Indexed``, scalars symbols, free indices ``Idx``; a bracket becomes
    ``Piecewise((1, cond), (0, True))`` and a condition of a sum a ``Piecewise`` in its body. Bound
    indices are integer symbols (SymPy substitutes wrongly below a ``Sum`` over an ``Idx``), named
    after ``letters`` as far as these are free. Objects in ``using`` (bases, symbols, indices,
    sizes) stand for what has their name; otherwise new ones are made, real or integer.

    Raises :class:`NotSupportedError` for what plain SymPy cannot say: arg max and arg min, and the
    maximum and minimum over an index. The bracket's zero is not strong in SymPy: ``0*oo`` is
    ``nan`` there.

    >>> from symderive.catalog import hinge
    >>> from symderive.model.plain import to_sympy
    >>> to_sympy(hinge().equation("L").rhs)
    Sum(Piecewise((e[i, c], Ne(c, y[i])), (0, True)), (c, 0, C - 1))
    """
    return _Writer([node], letters, using).write(node)


def equations_to_sympy(model: Model, *, using: Iterable[Basic] = ()) -> list[Basic]:
    """The equations of a model as ``Eq``; a guarded one is a ``Piecewise`` without an otherwise.

    >>> from symderive.catalog import softmax_nll
    >>> from symderive.model.plain import equations_to_sympy
    >>> equations_to_sympy(softmax_nll())[0]
    Eq(s[i, j], Sum(w[j, k]*x[i, k], (k, 0, D - 1)))
    """
    found = []
    using = tuple(using)
    for equation in model.equations:
        parts = (equation.element, equation.rhs, equation.where)
        writer = _Writer(parts, model.notation.letters, using)
        left, right, where = (writer.write(part) for part in parts)
        if equation.where != TRUE:
            right = Piecewise((right, where))
        found.append(Eq(left, right, evaluate=False))
    return found


class _Writer:
    """To plain SymPy; every node once for each binder it stands in."""

    def __init__(
        self, roots: Sequence[Basic], letters: Iterable[Index], using: Iterable[Basic]
    ) -> None:
        self.letters = tuple(letters)
        self.using = {name_of(plain): plain for plain in using}
        self.taken: set[str] = set(self.using)
        for node in subexpressions(*roots):
            if isinstance(node, Element):
                self.taken.add(node.tensor.name)
            elif isinstance(node, Index):
                self.taken.add(node.name)
            elif isinstance(node, Bound | Size):
                self.taken.add(node.axis.name)
        free = free_indices(*roots)
        for letter in self.letters:  # an index to use may lend its letter to a bound one
            if isinstance(self.using.get(letter.name), Idx) and letter not in free:
                self.taken.discard(letter.name)

    def write(self, root: Basic, scope: Mapping[Basic, Symbol] | None = None) -> Any:
        memo: dict[int, Basic] = {}

        def walk(node: Basic) -> Any:
            if id(node) not in memo:
                memo[id(node)] = self.node(node, scope or {}, walk)
            return memo[id(node)]

        return walk(root)

    def node(self, node: Basic, scope: Mapping[Basic, Symbol], walk: _Walk) -> Basic:
        match node:
            case Bound():
                return scope[node]
            case Index():
                return self.using.get(node.name, Idx(node.name, self.size(node.axis)))
            case Size():
                return self.size(node.axis)
            case Element():
                return self.element(node, walk)
            case Reduce():
                return self.reduction(node, scope)
            case Compare():
                return _RELATION_OF[node.op](walk(node.lhs), walk(node.rhs))
            case _ if type(node) in _WRITTEN:
                return _WRITTEN[type(node)](*map(walk, node.args))
        return with_children(node, tuple(map(walk, children(node))))

    def size(self, axis: Axis) -> Symbol:
        return self.using.get(axis.name, Symbol(axis.name, integer=True, positive=True))

    def element(self, node: Element, walk: _Walk) -> Basic:
        tensor = node.tensor
        kind = {"integer": True} if tensor.label_of is not None else {"real": True}
        if not node.slots:
            return self.using.get(tensor.name, Symbol(tensor.name, **kind))
        base = self.using.get(tensor.name, IndexedBase(tensor.name, **kind))
        return base[tuple(map(walk, node.slots))]

    def reduction(self, node: Reduce, scope: Mapping[Basic, Symbol]) -> Basic:
        kind = node.kind
        if isinstance(node, NamedReduce) or kind not in ("sum", "prod", "lse"):
            raise NotSupportedError(f"{kind} over an index has no form in plain SymPy: {node}")
        inner = dict(scope)
        for index in node.bound:
            inner[index] = Symbol(self.letter(index, inner), integer=True)
        body = self.write(Exp(node.body) if kind == "lse" else node.body, inner)
        if node.cond != TRUE:
            neutral = 1 if kind == "prod" else 0
            body = Piecewise((body, self.write(node.cond, inner)), (neutral, True))
        ranges = [(inner[index], 0, self.size(index.axis) - 1) for index in reversed(node.bound)]
        if kind == "prod":
            return Product(body, *ranges)
        return Sum(body, *ranges) if kind == "sum" else log(Sum(body, *ranges))

    def letter(self, index: Bound, scope: Mapping[Basic, Symbol]) -> str:
        """A letter for a bound index that nothing around it is called."""
        taken = self.taken | {symbol.name for symbol in scope.values()}
        own = [letter.name for letter in self.letters if letter.axis == index.axis]
        base = index.axis.name.lower()
        names = chain(own, [base], (f"{base}_{number}" for number in count(1)))
        return next(name for name in names if name not in taken)


#: How the nodes of ours that plain SymPy does not have are said there.
_WRITTEN: dict[type, Callable[..., Basic]] = {
    AllOf: And,
    AnyOf: Or,
    Iverson: lambda cond: Piecewise((1, cond), (0, True)),
    Where: lambda cond, value, other: Piecewise((value, cond), (other, True)),
    Exp: exp,
    Expm1: lambda x: exp(x) - 1,
    Log1p: lambda x: log(1 + x),
    Log2: lambda x: log(x) / log(2),
    Sigmoid: lambda x: 1 / (1 + exp(-x)),
    Softplus: lambda x: log(1 + exp(x)),
    Erfc: erfc,
    Xlogy: lambda x, y: x * log(y),
    Xdivy: lambda x, y: Piecewise((x / y, Ne(x, 0)), (0, True)),
    MaxOf: Max,
    MinOf: Min,
}
