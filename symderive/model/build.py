"""From what a person wrote to a model: validated, reductions closed, ``x log y`` named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from sympy import (
    Abs,
    Add,
    Float,
    I,
    Mul,
    Pow,
    Rational,
    S,
    cos,
    erf,
    log,
    nan,
    sign,
    sin,
    tanh,
    zoo,
)
from sympy import exp as sympy_exp
from sympy.core.basic import Basic
from sympy.core.expr import Expr
from sympy.core.numbers import Number, NumberSymbol

from symderive.errors import InputError, NotSupportedError
from symderive.expr import (
    FALSE,
    TRUE,
    AllOf,
    AnyOf,
    Axis,
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
    Tensor,
    Where,
    Xdivy,
    Xlogy,
    all_of,
    any_of,
    bottom_up,
    close,
    compare,
    is_constant,
    mentions,
    subexpressions,
)
from symderive.expr.conditions import MIRRORED
from symderive.model.claims import Claim
from symderive.model.model import Declaration, Equation, Model, Notation
from symderive.model.surface import Definition

#: Functions of real arguments that a model may use.
FUNCTIONS = (
    Exp,
    Sigmoid,
    Softplus,
    Log2,
    Expm1,
    Log1p,
    Xlogy,
    Xdivy,
    log,
    tanh,
    sin,
    cos,
    erf,
    Erfc,
    Abs,
    sign,
)
#: What a reduction over nothing is, where that is a number.
_OVER_NOTHING = {"sum": S.Zero, "prod": S.One}
_REAL_NODES = (Add, Mul, Pow, MaxOf, MinOf, *FUNCTIONS)


def build(
    name: str,
    declarations: Iterable[Declaration],
    definitions: Iterable[Definition],
    *,
    sample: Index | None = None,
    letters: Iterable[Index] = (),
    hide: Mapping[Index, Iterable[str]] | None = None,
    latex: Mapping[str, str] | None = None,
    title: str = "",
    kind: str = "models",
    source: str = "",
    claims: Iterable[Claim] = (),
    sums: Iterable[Sequence[Expr]] = (),
) -> Model:
    """Build a model, or raise :class:`InputError` saying what is wrong, where, what was expected.

    ``letters`` gives index letters in order of preference; letters that occur only in the
    equations follow in order of appearance. ``hide={i: ["s", "p"]}`` prints these without ``i``.
    With ``claims`` there may be no equation. ``sums`` are the terms of sums, in the order in which
    they are printed.

    >>> from symderive.model import axes, build, data, define, indices, mean, param
    >>> (N,) = axes("N")
    >>> (i,) = indices("i", N)
    >>> w, x = param("w"), data("x", N)
    >>> print(build("line", [x, w], [define(Tensor("loss")(), mean(w.tensor() * x.tensor[i], i))]))
    loss = sum[_0_0](w*x[_0_0])/N
    """
    declared = tuple(declarations)
    checker = _Checker(name)
    for declaration in declared:
        checker.declare(declaration)
    found: dict[Index, None] = dict.fromkeys(letters)
    binders: dict[Reduce, tuple[str, ...]] = {}
    equations = []
    for definition in definitions:
        checker.check(definition)
        lhs = definition.left
        found.update(dict.fromkeys(slot for slot in lhs.slots if isinstance(slot, Index)))
        for node in subexpressions(definition.right):
            if isinstance(node, NamedReduce):
                found.update(dict.fromkeys(node.args[1]))
        rhs = close_all(definition.right, binders)
        checker.decided(lhs.tensor.name, rhs)
        equations.append(Equation(lhs.tensor, lhs.slots, rhs))
        checker.define(lhs.tensor)
    stated = tuple(claims)
    if not equations and not stated:
        raise InputError(f"{name}: a model needs at least one equation; none was given")
    hidden = frozenset(
        (index.name, tensor) for index, tensors in (hide or {}).items() for tensor in tensors
    )
    for letter, tensor in sorted(hidden):
        if tensor not in checker.tensors:
            raise InputError(f"{name}: hide {letter} on {tensor}: no tensor is called {tensor!r}")
    closed = closing({})
    in_order = tuple(tuple(map(closed, terms)) for terms in sums)
    notation = Notation(tuple(found), binders, hidden, dict(latex or {}), sums=in_order)
    return Model(name, declared, tuple(equations), sample, notation, title, kind, source, stated)


def close_all(expr: Expr, binders: dict[Reduce, tuple[str, ...]]) -> Expr:
    """Close every reduction, put conditions in order; ``binders`` collects letters as written."""
    return closing(binders)(expr)


def closing(binders: dict[Reduce, tuple[str, ...]]) -> Callable[[Expr], Expr]:
    """`close_all` of several expressions: what they share is looked at once."""
    closed: dict[int, tuple[Basic, Basic]] = {}
    plain: dict[int, tuple[Basic, Basic]] = {}

    def step(node: Basic) -> Basic:
        match node:
            case NamedReduce():
                return _close(node, binders)
            case Float():
                return Rational(str(node))
            case sympy_exp():
                return Exp(*node.args)
            case Mul():
                return _xlogy(
                    Mul(*(_plain(arg, plain) if isinstance(arg, Abs) else arg for arg in node.args))
                )
            case Pow(args=(Xlogy() as base, exponent)) if exponent.is_Integer:
                return Pow(Mul(base.args[0], log(base.args[1])), exponent)  # as SymPy has it
            case sign(args=(Xlogy() as product,)):
                return _sign_of_product(product)
            case Abs(args=(Mul() | Pow() | Abs(),)):
                return _plain(Abs(*node.args), plain)
            case Compare() | AllOf() | AnyOf():
                return _condition(node)
        return node

    def every(expr: Expr) -> Expr:
        done: Expr = bottom_up(expr, step, closed)
        return done

    return every


def _condition(cond: Basic) -> Basic:
    """A condition in order; its parts are."""
    match cond:
        case Compare():
            return compare(cond.op, cond.lhs, cond.rhs)
        case AllOf():
            return all_of(map(_number_right, cond.args))
    return any_of(cond.args)


def _sign_of_product(product: Xlogy) -> Expr:
    """The sign of ``x log(y)``, of which SymPy leaves out the factors whose sign it knows."""
    whole = sign(Mul(product.args[0], log(product.args[1])))
    left = {s: sign(_xlogy(s.args[0])) for s in whole.atoms(sign) if isinstance(s.args[0], Mul)}
    found: Expr = whole.xreplace(left)
    return found


def _number_right(cond: Basic) -> Basic:
    """A bound by a number, with what is bounded on the left: ``x > -3``."""
    if isinstance(cond, Compare) and isinstance(cond.lhs, Number):
        return Compare(MIRRORED[cond.op], cond.rhs, cond.lhs)
    return cond


def facing(cond: Basic, letters: tuple[Index, ...]) -> Basic:
    """A condition under a reduction, with what is bound on the left of its comparisons."""
    if isinstance(cond, Compare):
        here, there = mentions(cond.lhs, *letters), mentions(cond.rhs, *letters)
        if there and (not here or (cond.rhs in letters and cond.lhs not in letters)):
            return Compare(MIRRORED[cond.op], cond.rhs, cond.lhs)
        return cond
    if isinstance(cond, AllOf | AnyOf):
        return cond.func(*(facing(part, letters) for part in cond.args))
    return cond


def _close(node: NamedReduce, binders: dict[Reduce, tuple[str, ...]]) -> Expr:
    indices: tuple[Index, ...] = tuple(node.args[1])
    cond = facing(node.cond, indices)
    if node.kind == "mean":
        if node.body == S.Zero and cond == TRUE:
            return S.Zero
        body = close("sum", indices, node.body, cond)
        binders.setdefault(body, tuple(index.name for index in indices))
        if cond == TRUE:
            count: Expr = Mul(*(Size(index.axis) for index in indices))
        else:
            count = close("sum", indices, S.One, cond)
        return body / count
    if node.kind in ("max", "min") and len(indices) > 1:
        inner = NamedReduce(node.kind, indices[1:], cond, node.body)
        return _close(NamedReduce(node.kind, indices[:1], TRUE, _close(inner, binders)), binders)
    closed = close(node.kind, indices, node.body, cond)
    if node.kind == "sum" and node.body == S.Zero:
        return S.Zero
    if closed.cond == FALSE and node.kind in _OVER_NOTHING:
        return _OVER_NOTHING[node.kind]
    binders.setdefault(closed, tuple(index.name for index in indices))
    return closed


def _plain(value: Expr, memo: dict[int, tuple[Basic, Basic]]) -> Expr:
    """Without what SymPy leaves in ``|c u|``: ``| |u| |``, and ``-(a - b)`` for ``b - a``."""

    def step(node: Basic) -> Basic:
        match node:
            case Abs(args=(Abs() as inner,)):
                return inner
            case Mul(args=(S.NegativeOne, Add() as terms)):
                return -terms
        return node

    plain: Expr = bottom_up(value, step, memo)
    return plain


def _xlogy(node: Expr) -> Expr:
    """Name ``a log b``, which is 0 where a is 0, unless a is a number.

    Brackets stay outside, and divisors, which are not 0; a product with one is one.
    """
    args = [part for arg in node.args for part in _factors_of_log(arg)]
    rest = [arg for arg in args if isinstance(arg, Iverson) or is_constant(arg) or _divides(arg)]
    logs = [arg for arg in args if isinstance(arg, log | Log2) and arg not in rest]
    others = [arg for arg in args if arg not in logs and arg not in rest]
    if len(logs) != 1 or not others:
        return node
    base = log(S(2)) if isinstance(logs[0], Log2) else S.One
    return Mul(*rest, Xlogy(Mul(*others), *logs[0].args), 1 / base)


def _factors_of_log(factor: Expr) -> tuple[Expr, ...]:
    if isinstance(factor, Xlogy):
        return (*Mul.make_args(factor.args[0]), log(factor.args[1]))
    return (factor,)


def _divides(factor: Expr) -> bool:
    return isinstance(factor, Pow) and factor.exp.could_extract_minus_sign()


class _Checker:
    """Validates definitions in the order they are written."""

    def __init__(self, model: str) -> None:
        self.model = model
        self.tensors: dict[str, Tensor] = {}
        self.letters: set[str] = set()
        self.axes: set[str] = set()

    def fail(self, where: str, what: str) -> InputError:
        return InputError(f"{self.model}: {where}: {what}")

    def declare(self, declaration: Declaration) -> None:
        self.define(declaration.tensor)

    def define(self, tensor: Tensor) -> None:
        where = f"definition of {tensor.name}"
        if tensor.name in self.tensors:
            raise self.fail(where, f"{tensor.name} is defined already; a name is defined once")
        self.tensors[tensor.name] = tensor
        self.axes |= {axis.name for axis in tensor.axes}
        if tensor.label_of is not None:
            self.axes.add(tensor.label_of.name)
        for name in (tensor.name, *self.letters):
            if name in self.axes:
                raise self.fail(where, f"{name} is an axis; a name has one meaning in a model")
        if tensor.name in self.letters:
            raise self.fail(where, f"{tensor.name} is an index; a name has one meaning in a model")

    def check(self, definition: Definition) -> None:
        left = definition.left
        where = f"equation for {left.tensor.name}"
        if left.tensor.name in self.tensors:
            raise self.fail(where, f"{left.tensor.name} is defined already; a name is defined once")
        seen: set[Index] = set()
        for slot in left.slots:
            if not isinstance(slot, Index):
                raise self.fail(where, f"the left side takes index letters, not {slot}")
            if slot in seen:
                raise self.fail(where, f"index {slot.name} stands twice on the left side")
            seen.add(slot)
        self.element(where, left, seen)
        kind = self.expression(where, definition.right, frozenset(seen))
        expected = left.tensor.label_of
        if kind != expected:
            raise self.fail(
                where,
                f"the right side is {_describe(kind)}, the left side {_describe(expected)}",
            )

    def decided(self, name: str, right: Expr) -> None:
        """What is left when conditions are decided and empty reductions are numbers."""
        if any(node in (nan, zoo, I) for node in subexpressions(right)):
            raise self.fail(
                f"equation for {name}",
                "the right side divides by 0 or takes the logarithm of 0 whatever the inputs are;"
                " a real number was expected",
            )

    def index(self, where: str, index: Index) -> None:
        self.letters.add(index.name)
        if index.name in self.tensors:
            raise self.fail(where, f"{index.name} is a tensor; a name has one meaning in a model")

    def one_axis(self, where: str, index: Index, scope: frozenset[Index]) -> None:
        """A letter may run over another axis elsewhere, but not where it is bound."""
        for other in scope:
            if other.name == index.name and other != index:
                raise self.fail(
                    where,
                    f"index {index.name} runs over {other.axis.name} and over {index.axis.name}",
                )

    def element(self, where: str, node: Element, scope: Iterable[Index]) -> None:
        tensor, slots = node.tensor, node.slots
        if len(slots) != len(tensor.axes):
            raise self.fail(
                where,
                f"{node} has {len(slots)} indices; {tensor.name} has {len(tensor.axes)} axes"
                f" [{', '.join(axis.name for axis in tensor.axes)}]",
            )
        for slot, axis in zip(slots, tensor.axes, strict=True):
            if not isinstance(slot, Index | Element):
                raise self.fail(
                    where, f"{node}: {slot} is not an index; an index or a label was expected"
                )
            if isinstance(slot, Element) and slot.tensor.label_of is None:
                raise self.fail(
                    where, f"{node}: {slot} is real; a label of {axis.name} was expected"
                )
            if slot.axis != axis:
                raise self.fail(
                    where, f"{node}: {slot} runs over {slot.axis}, but this slot over {axis.name}"
                )
            self.expression(where, slot, frozenset(scope))

    def expression(self, where: str, node: Basic, scope: frozenset[Index]) -> Axis | None:
        """Check ``node``; returns the axis it points into, None for a real."""
        match node:
            case Index():
                return self.bound_index(where, node, scope)
            case Element():
                return self.known_element(where, node, scope)
            case NamedReduce():
                return self.reduction(where, node, scope)
            case Iverson():
                self.condition(where, node.args[0], scope)
            case Where():
                self.condition(where, node.args[0], scope)
                for part in node.args[1:]:
                    self.real(where, node, part, scope)
            case _ if node in (nan, zoo, I):
                raise self.fail(where, f"{node} is not a real number")
            case Size() | Number() | NumberSymbol():
                pass
            case _ if isinstance(node, (*_REAL_NODES, sympy_exp)):
                for part in node.args:
                    self.real(where, node, part, scope)
            case _:
                raise NotSupportedError(
                    f"{self.model}: {where}: {type(node).__name__} ({node}) is not an expression"
                    " of the language"
                )
        return None

    def bound_index(self, where: str, node: Index, scope: frozenset[Index]) -> Axis:
        self.index(where, node)
        self.one_axis(where, node, scope)
        if node not in scope:
            names = ", ".join(sorted(index.name for index in scope)) or "none"
            raise self.fail(
                where,
                f"index {node.name} is free on the right but not on the left"
                f" (indices at this place: {names})",
            )
        return node.axis

    def known_element(self, where: str, node: Element, scope: frozenset[Index]) -> Axis | None:
        name = node.tensor.name
        known = self.tensors.get(name)
        if known is None and name in where.split():
            raise self.fail(where, f"{name} is used in its own definition")
        if known is None:
            near = self.nearest(name)
            raise self.fail(where, f"{name} is used before it is defined{near}")
        if known != node.tensor:
            raise self.fail(where, f"{node}: {name} was declared with other axes")
        self.element(where, node, scope)
        return known.label_of

    def real(self, where: str, parent: Basic, node: Basic, scope: frozenset[Index]) -> None:
        axis = self.expression(where, node, scope)
        if axis is None:
            return
        if isinstance(node, Index):
            raise self.fail(where, f"index {node.name} is used as a number in {parent}")
        raise self.fail(
            where, f"{node} is a label of {axis.name}, where a real is needed: {parent}"
        )

    def reduction(self, where: str, node: NamedReduce, scope: frozenset[Index]) -> Axis | None:
        indices: tuple[Index, ...] = tuple(node.args[1])
        for index in indices:
            if not isinstance(index, Index):
                raise self.fail(where, f"{node.kind} runs over indices, not over {index}")
            self.index(where, index)
            self.one_axis(where, index, scope)
            if index in scope:
                raise self.fail(where, f"index {index.name} is bound already where {node} binds it")
            scope |= {index}
        self.condition(where, node.cond, scope)
        self.real(where, node, node.body, scope)
        return indices[0].axis if node.kind in ("argmax", "argmin") else None

    def condition(self, where: str, cond: Basic, scope: frozenset[Index]) -> None:
        match cond:
            case Compare():
                sides = [self.expression(where, side, scope) for side in (cond.lhs, cond.rhs)]
                if sides[0] != sides[1]:
                    raise self.fail(
                        where,
                        f"{cond} compares {_describe(sides[0])} with {_describe(sides[1])}",
                    )
            case AllOf() | AnyOf():
                for part in cond.args:
                    self.condition(where, part, scope)
            case _ if cond not in (S.true, S.false):
                raise self.fail(where, f"{cond} is not a condition; a comparison was expected")

    def nearest(self, name: str) -> str:
        from difflib import get_close_matches

        found = get_close_matches(name, list(self.tensors), n=1)
        return f"; did you mean {found[0]}?" if found else ""


def _describe(axis: Axis | None) -> str:
    return "a real" if axis is None else f"a position on axis {axis.name}"
