"""Models and expressions from plain SymPy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from sympy import (
    Abs,
    Add,
    And,
    Eq,
    Ge,
    Gt,
    Idx,
    Indexed,
    KroneckerDelta,
    Le,
    Lt,
    Max,
    Min,
    Mul,
    Ne,
    Not,
    Or,
    Piecewise,
    Pow,
    Product,
    S,
    Sum,
    Symbol,
    cos,
    erf,
    erfc,
    exp,
    log,
    sign,
    sin,
    sympify,
    tanh,
)
from sympy.core.basic import Basic
from sympy.core.expr import Expr
from sympy.core.numbers import Number, NumberSymbol
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanAtom

from symderive.errors import InputError, NotSupportedError
from symderive.expr import (
    TRUE,
    Axis,
    Element,
    Erfc,
    Exp,
    Iverson,
    MaxOf,
    MinOf,
    Size,
    Where,
    all_of,
    any_of,
    compare,
    is_constant,
    iverson,
    mentions,
    negate,
    order_key,
    with_children,
)
from symderive.model.build import build, close_all
from symderive.model.model import REALS, Declaration, Domain, Model, Role
from symderive.model.plain_axes import PlainAxes, name_of
from symderive.model.surface import Definition, product, total

#: What a plain equation is: ``Eq(left, right)``, or a pair.
PlainEquation: TypeAlias = Eq | tuple[Any, Any]

_RELATIONS: dict[type, str] = {Eq: "==", Ne: "!=", Lt: "<", Le: "<=", Gt: ">", Ge: ">="}


def model_from_sympy(
    name: str,
    equations: Iterable[PlainEquation],
    *,
    data: Sequence[Expr] = (),
    params: Sequence[Expr] = (),
    labels: Mapping[Expr, Expr] | None = None,
    consts: Mapping[Expr, Any] | None = None,
    domains: Mapping[Expr, Domain] | None = None,
    sample: Expr | None = None,
    letters: Iterable[Expr] = (),
    hide: Mapping[Expr, Iterable[Expr]] | None = None,
    title: str = "",
    kind: str = "models",
    source: str = "",
) -> Model:
    """A model from equations between ``Indexed`` objects and symbols of plain SymPy.

    ``data`` and ``params`` are ``IndexedBase`` objects or scalar symbols, ``labels`` maps an
    ``IndexedBase`` to the size of the axis that it points into, ``consts`` a symbol to its default.
    Axes come from the ranges of ``Idx``, from those of ``Sum`` (``0..C-1`` or ``1..C``) and from
    shapes, and spread by use; an axis is called as its size. ``Piecewise((f, cond), (0, True))``
    and ``KroneckerDelta`` factors in a ``Sum`` become its condition. SymPy has sorted the
    arguments of ``Max`` and ``Min``: numbers come first here, so that a tie is theirs, then the
    others in an order of ours.

    Raises :class:`InputError` for what :func:`symderive.model.build` rejects and for an axis that
    nothing tells or that two things tell differently, :class:`NotSupportedError` for what has no
    counterpart.

    >>> from sympy import Eq, Idx, IndexedBase, Sum, Symbol
    >>> from symderive.model.plain import model_from_sympy
    >>> N, w, x, loss = Symbol("N", integer=True), Symbol("w"), IndexedBase("x"), Symbol("loss")
    >>> i = Idx("i", N)
    >>> print(model_from_sympy("line", [Eq(loss, Sum(w * x[i], i) / N)], data=[x], params=[w]))
    loss = sum[_0_0](w*x[_0_0])/N
    """
    labels, consts, domains = labels or {}, consts or {}, domains or {}
    pairs = [_sides(equation) for equation in equations]
    axes = PlainAxes(name)
    for label, size in labels.items():
        axes.declare_label(label, size)
    for declared in (*data, *labels, *params, *consts, *(left for left, _ in pairs)):
        axes.declare(declared)
    for place, sides in enumerate(pairs):
        axes.collect(place, *sides)
    axes.spread()
    domain_of = {name_of(plain): domain for plain, domain in domains.items()}

    def declare(role: Role, plain: Expr) -> Declaration:
        tensor = axes.tensor(name_of(plain))
        default = sympify(consts[plain], strict=True) if role == "const" else None
        return Declaration(tensor, role, default, domain_of.get(tensor.name, REALS))

    roles: tuple[tuple[Role, Iterable[Expr]], ...] = (
        ("data", data),
        ("label", labels),
        ("param", params),
        ("const", consts),
    )
    return build(
        name,
        [declare(role, plain) for role, group in roles for plain in group],
        [_definition(_Reader(axes, place), *sides) for place, sides in enumerate(pairs)],
        sample=None if sample is None else axes.index_anywhere(sample),
        letters=[axes.index_anywhere(letter) for letter in letters],
        hide={
            axes.index_anywhere(letter): [name_of(tensor) for tensor in tensors]
            for letter, tensors in (hide or {}).items()
        },
        title=title,
        kind=kind,
        source=source,
    )


def from_sympy(expr: Any, model: Model) -> Basic:
    """An expression or condition over the names of ``model``, from plain SymPy.

    >>> from sympy import Idx, IndexedBase, Symbol
    >>> from symderive.catalog import hinge
    >>> from symderive.model.plain import from_sympy
    >>> N, s = Symbol("N", integer=True), IndexedBase("s")
    >>> i, y = Idx("i", N), IndexedBase("y")
    >>> from_sympy(s[i, y[i]] / N, hinge())
    s[i, y[i]]/N
    """
    axes = PlainAxes(model.name)
    for name in model.names:
        axes.know(model.tensor(name))
    axes.sizes.update(axis.name for axis in model.axes)
    expr = sympify(expr, strict=True)
    axes.collect(0, expr)
    axes.spread()
    converted = _Reader(axes, 0).read(expr)
    return close_all(converted, {}) if isinstance(converted, Expr) else converted


def _sides(equation: PlainEquation) -> tuple[Expr, Expr]:
    if isinstance(equation, Eq):
        return equation.lhs, equation.rhs
    if isinstance(equation, tuple) and len(equation) == 2:
        left, right = (sympify(side, strict=True) for side in equation)
        return left, right
    raise InputError(f"{equation} is not an equation; Eq(left, right) or a pair was expected")


def _definition(reader: _Reader, left: Expr, right: Expr) -> Definition:
    element = reader.read(left)
    if not isinstance(element, Element):
        raise InputError(f"{reader.axes.model}: {left} cannot be defined; an element was expected")
    return Definition(element, reader.read(right))


class _Reader:
    """Converts one equation to nodes of ours, every node once."""

    def __init__(self, axes: PlainAxes, place: int) -> None:
        self.axes = axes
        self.place = place
        self.memo: dict[int, Any] = {}

    def read(self, node: Basic) -> Any:
        if id(node) not in self.memo:
            self.memo[id(node)] = self._read(node)
        return self.memo[id(node)]

    def _read(self, node: Basic) -> Any:
        for kind in type(node).__mro__:
            if kind in _READ:
                return _READ[kind](self, node)
        raise NotSupportedError(
            f"{self.axes.model}: {type(node).__name__} ({node}) is not supported"
        )

    def parts(self, node: Basic) -> list[Any]:
        return [self.read(arg) for arg in node.args]

    def rebuilt(self, node: Basic) -> Basic:
        return with_children(node, tuple(self.parts(node)))

    def name(self, node: Idx | Symbol) -> Basic:
        if self.axes.is_letter(self.place, node):
            return self.axes.index(self.place, node)
        name = name_of(node)
        return Size(Axis(name)) if name in self.axes.sizes else Element(self.axes.scalar(name))

    def indexed(self, node: Indexed) -> Basic:
        return Element(self.axes.tensor(name_of(node)), *map(self.read, node.indices))

    def add(self, node: Basic) -> Basic:
        """A sum; ``1 - [cond]``, as in ``1 - KroneckerDelta(i, j)``, is the opposite bracket."""
        parts = self.parts(node)
        others = [part for part in parts if part != S.One]
        if len(parts) == 2 and len(others) == 1 and isinstance(-others[0], Iverson):
            return iverson(negate((-others[0]).cond))
        return with_children(node, tuple(parts))

    def extreme(self, node: Max | Min) -> Basic:
        parts = sorted(self.parts(node), key=lambda part: (not is_constant(part), order_key(part)))
        return MaxOf(*parts) if isinstance(node, Max) else MinOf(*parts)

    def cases(self, node: Piecewise) -> Basic:
        *pairs, last = node.args
        if last.cond != TRUE:
            raise InputError(
                f"{node} has no value elsewhere; a last case (value, True) was expected"
            )
        result = self.read(last.expr)
        for pair in reversed(pairs):
            cond, value = self.read(pair.cond), self.read(pair.expr)
            one_or_zero = value == S.One and result == S.Zero
            result = iverson(cond) if one_or_zero else Where(cond, value, result)
        return result

    def reduction(self, node: Sum | Product) -> Expr:
        # SymPy's first range is the innermost one.
        over = [self.axes.index(self.place, limits[0]) for limits in reversed(node.limits)]
        body, conds = self.read(node.function), []
        neutral = S.Zero if isinstance(node, Sum) else S.One
        while isinstance(body, Where) and body.args[2] == neutral and mentions(body.cond, *over):
            conds.append(body.cond)
            body = body.args[1]
        if isinstance(node, Product):
            return product(body, *over, where=all_of(conds))
        factors = Mul.make_args(body)
        filters = [f for f in factors if isinstance(f, Iverson) and mentions(f, *over)]
        if filters:
            conds += [bracket.cond for bracket in filters]
            body = Mul(*(factor for factor in factors if factor not in filters))
        return total(body, *over, where=all_of(conds))


def _relation(reader: _Reader, node: Relational) -> Basic:
    return compare(_RELATIONS[type(node)], *reader.parts(node))


#: One row for each class of plain SymPy; a class stands for those derived from it.
_READ: dict[type, Callable[[_Reader, Any], Any]] = {
    **dict.fromkeys((Number, NumberSymbol, BooleanAtom), lambda reader, node: node),
    **dict.fromkeys((Mul, Pow, log, tanh, sin, cos, erf, Abs, sign), _Reader.rebuilt),
    **dict.fromkeys(_RELATIONS, _relation),
    **dict.fromkeys((Idx, Symbol), _Reader.name),
    **dict.fromkeys((Max, Min), _Reader.extreme),
    **dict.fromkeys((Sum, Product), _Reader.reduction),
    Indexed: _Reader.indexed,
    Add: _Reader.add,
    Piecewise: _Reader.cases,
    exp: lambda reader, node: Exp(*reader.parts(node)),
    erfc: lambda reader, node: Erfc(*reader.parts(node)),
    KroneckerDelta: lambda reader, node: iverson(compare("==", *reader.parts(node)[:2])),
    And: lambda reader, node: all_of(reader.parts(node)),
    Or: lambda reader, node: any_of(reader.parts(node)),
    Not: lambda reader, node: negate(*reader.parts(node)),
}
