"""From an expression to a formula on paper: letters for indices, order of terms and factors."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sympy import Abs, Add, Mul, Pow, Rational, S, log
from sympy.core.basic import Basic
from sympy.core.expr import Expr
from sympy.core.numbers import Number, NumberSymbol

from symderive.errors import NotSupportedError
from symderive.expr import (
    FALSE,
    TRUE,
    AllOf,
    AnyOf,
    Axis,
    Compare,
    Element,
    Exp,
    Expm1,
    Index,
    Iverson,
    Kept,
    Log1p,
    Log2,
    Reduce,
    Size,
    Tensor,
    Where,
    Xdivy,
    Xlogy,
    elements,
    free_indices,
    open_with,
    order_key,
    subexpressions,
)
from symderive.expr import replace as put
from symderive.expr.conditions import MIRRORED
from symderive.model import Model, adjoint_name, pick_letters
from symderive.model.build import facing
from symderive.model.claims import DerivativeOf, LimitOf
from symderive.notation import layout as lay
from symderive.notation.layout import Layout, Scripted, Word
from symderive.notation.names import Name, NameTable, letter
from symderive.notation.spelling import FUNCTIONS

_ADJOINT = adjoint_name("")
Kinds = type | tuple[type, ...]


@dataclass(frozen=True)
class Scope:
    """What the letters of a line mean: fresh indices by their letters, and the letters in use.

    ``bound`` are the letters that a printed reduction binds: they are never left out.
    """

    letters: Mapping[Index, Index] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    bound: frozenset[str] = frozenset()

    def inside(self, letters: Iterable[Index]) -> Scope:
        """The scope below a reduction over ``letters``."""
        names = {index.name for index in letters}
        return replace(self, taken=self.taken | names, bound=self.bound | names)

    def also(self, names: Iterable[str]) -> Scope:
        """The scope with more letters in use."""
        return replace(self, taken=self.taken | frozenset(names))


class Arranger:
    """Arranges expressions of one model on paper.

    ``show_hidden`` prints the indices that the model hides. Orders are ours: neither SymPy's nor
    the process's history matters.
    """

    def __init__(self, model: Model, *, show_hidden: bool = False) -> None:
        self.model, self.show_hidden = model, show_hidden
        self.names = NameTable(model)
        #: Single letters that print names: no index is to be called so.
        self._signs = {sign for sign in self.names.own if len(sign) == 1}
        self._signs -= {letter.name for letter in model.notation.letters}
        self._rank = {d.name: d.role for d in model.declarations}
        self._classes = {d.name for d in model.declarations if d.role == "data" and d.domain.values}
        self.has_e = "e" in self.names.own
        self.has_sigma = r"\sigma" in self.names.own
        self._shapes: dict[Basic, tuple[str, ...]] = {}
        for node, letters in model.notation.binders.items():
            self._shapes.setdefault(_shape(node), letters)
        self._typed: dict[Basic, list[Basic]] = {}
        for terms in model.notation.sums:
            self._typed.setdefault(_shape(Add(*terms)), [_shape(term) for term in terms])
        #: The form of each kind of node, the first that fits; other functions are calls.
        self._forms: tuple[tuple[Kinds, Callable[[Any, Scope], Layout]], ...] = (
            (Element, self._element),
            (Index, lambda expr, scope: _letter(expr.name)),
            (Size, lambda expr, scope: _letter(expr.axis.name)),
            ((Number, NumberSymbol), lambda expr, scope: _number(expr)),
            (Add, self._add),
            ((Mul, Pow, Xdivy), self._mul),
            (Reduce, self._reduce),
            (Iverson, self._iverson),
            (Exp, self._exponential),
            (Expm1, self._expm1),
            (Log1p, self._log1p),
            (Abs, self._magnitude),
            (Xlogy, self._xlogy),
            (Where, self._where),
            (DerivativeOf, self._derivative),
            (LimitOf, self._limit),
        )

    # --- scopes -------------------------------------------------------------------------------

    def scope(self, *roots: Basic, avoid: Iterable[str] = (), within: Scope | None = None) -> Scope:
        """The scope of a line that holds ``roots``; it names their fresh indices.

        ``within`` is a scope whose letters are kept, ``avoid`` letters to stay away from.
        """
        outer = within or Scope()
        free = free_indices(*roots)
        letters = dict(outer.letters)
        taken = set(avoid) | outer.taken | self._signs
        taken |= {i.name for i in free if "'" not in i.name} | {i.name for i in letters.values()}
        for index in sorted(free - set(letters), key=lambda i: (len(i.name), i.name)):
            if "'" in index.name:
                (letters[index],) = pick_letters(self.model, [index.axis], taken)
                taken.add(letters[index].name)
        used = {letters.get(index, index).name for index in free}
        return Scope(letters, outer.taken | used | frozenset(avoid), outer.bound)

    # --- expressions --------------------------------------------------------------------------

    def expression(self, expr: Expr, scope: Scope | None = None) -> Layout:
        """``expr`` on paper."""
        scope = self.scope(expr) if scope is None else scope
        return self._node(put(expr, dict(scope.letters)), scope)

    def condition(self, cond: Basic, scope: Scope | None = None) -> Layout:
        """``cond`` on paper."""
        scope = self.scope(cond) if scope is None else scope
        return self._condition(put(cond, dict(scope.letters)), scope)

    def index(self, index: Index, scope: Scope) -> Layout:
        """The letter of an index."""
        return _letter(scope.letters.get(index, index).name)

    def tensor(self, tensor: Tensor) -> Layout:
        """The name of a tensor, without indices."""
        name = self.names[tensor]
        return Scripted(name.base, name.above, () if name.below is None else (name.below,))

    def adjoint(self, element: Element, scope: Scope) -> Layout:
        """The named adjoint of ``element``: delta, with what tells its name above it."""
        element = put(element, dict(scope.letters))
        return self._scripted(self.names.adjoint(element.tensor), element, scope)

    def _node(self, expr: Basic, scope: Scope) -> Layout:
        for kinds, arrange in self._forms:
            if isinstance(expr, kinds):
                return arrange(expr, scope)
        if type(expr) in FUNCTIONS:
            return lay.Call(FUNCTIONS[type(expr)], self._nodes(expr.args, scope))
        raise NotSupportedError(f"no way to print {type(expr).__name__}: {expr}")

    def _nodes(self, exprs: Iterable[Basic], scope: Scope) -> tuple[Layout, ...]:
        return tuple(self._node(expr, scope) for expr in exprs)

    def _element(self, expr: Element, scope: Scope) -> Layout:
        return self._scripted(self.names[expr.tensor], expr, scope)

    def _iverson(self, expr: Iverson, scope: Scope) -> Layout:
        return lay.Indicator(self._condition(expr.cond, scope))

    def _exponential(self, expr: Exp, scope: Scope) -> Layout:
        exponent = self._node(expr.args[0], scope)
        return lay.Call("exp", (exponent,)) if self.has_e else lay.Exponential(exponent)

    def _expm1(self, expr: Expm1, scope: Scope) -> Layout:
        return self._add_terms([Exp(expr.args[0]), S.NegativeOne], scope)

    def _log1p(self, expr: Log1p, scope: Scope) -> Layout:
        return lay.Call("log", (self._add_terms([S.One, expr.args[0]], scope),))

    def _magnitude(self, expr: Abs, scope: Scope) -> Layout:
        return lay.Magnitude(self._node(expr.args[0], scope))

    def _xlogy(self, expr: Xlogy, scope: Scope) -> Layout:
        left, right = self._nodes(expr.args, scope)
        return lay.product((left, lay.Call("log", (right,))))

    def _where(self, expr: Where, scope: Scope) -> Layout:
        yes, no = self._nodes(expr.args[1:], scope)
        return lay.Cases(self._condition(expr.cond, scope), yes, no)

    def _derivative(self, expr: DerivativeOf, scope: Scope) -> Layout:
        of, wrt = self._node(expr.of, scope), self._node(expr.wrt, scope)
        if isinstance(expr.of, Element):
            return lay.Differential(of, wrt)
        return lay.Derived(wrt, of)

    def _limit(self, expr: LimitOf, scope: Scope) -> Layout:
        scalar, target, body = (self._node(part, scope) for part in expr.args)
        return lay.Big("lim", (scalar,), lay.Relation("->", scalar, target), body)

    def _scripted(self, name: Name, element: Element, scope: Scope) -> Layout:
        slots = [
            self._node(slot, scope)
            for slot, axis in zip(element.slots, element.tensor.axes, strict=True)
            if not self._is_hidden(element.tensor, slot, axis, scope)
        ]
        if name.below is not None:
            slots.insert(0, name.below)
        return Scripted(name.base, name.above, tuple(slots))

    def _is_hidden(self, tensor: Tensor, slot: Basic, axis: Axis, scope: Scope) -> bool:
        return (
            not self.show_hidden
            and isinstance(slot, Index)
            and (slot.name, tensor.name) in self.model.notation.hidden
            and slot.name not in scope.bound
            and tensor.axes.count(axis) == 1
        )

    # --- reductions ---------------------------------------------------------------------------

    def open(self, node: Reduce, scope: Scope) -> tuple[tuple[Index, ...], Basic, Expr, Scope]:
        """Letters, condition and body of a reduction, and the scope below it."""
        wanted = self.model.notation.binders.get(node) or self._shapes.get(_shape(node), ())
        taken = set(scope.taken) | {i.name for i in free_indices(node)}
        letters: list[Index] = []
        for position, bound in enumerate(node.bound):
            name = wanted[position] if position < len(wanted) else None
            if name is None or name in taken:
                (index,) = pick_letters(self.model, [bound.axis], taken | self._signs)
            else:
                index = Index(name, bound.axis)
            letters.append(index)
            taken.add(index.name)
        cond, body = open_with(node, letters)
        return tuple(letters), cond, body, scope.also(taken).inside(letters)

    def _reduce(self, node: Reduce, scope: Scope) -> Layout:
        letters, cond, body, inner = self.open(node, scope)
        kind = node.kind
        used = self._told(letters, cond, body)
        if kind == "lse":
            big = self.big("sum", letters, cond, self._node(Exp(body), inner), inner, used=used)
            return lay.Call("log", (big,))
        return self.big(kind, letters, cond, self._node(body, inner), inner, used=used)

    def _told(self, letters: Sequence[Index], cond: Basic, body: Expr) -> set[Index]:
        """Those of ``letters`` whose axis is told: by what is below, or by its declaration."""
        used = free_indices(cond, body) & set(letters)
        told: set[Basic] = {slot for element in elements(cond, body) for slot in element.slots}
        told |= used & set(self.model.notation.letters)
        compared = [n.args[1:] for n in subexpressions(cond, body) if isinstance(n, Compare)]
        for _ in letters:
            for sides in (*compared, *(pair[::-1] for pair in compared)):
                if sides[0] in told or sides[0] not in letters:
                    told.add(sides[1])
        return {index for index in used if index in told}

    def big(
        self,
        kind: str,
        letters: Iterable[Index],
        cond: Basic,
        body: Layout,
        inner: Scope,
        *,
        used: Container[Index] | None = None,
    ) -> Layout:
        """A reduction of ``body`` over ``letters`` where ``cond`` holds; both are open.

        ``used`` are the letters that occur below; all, if it is not given.
        """
        indices = tuple(inner.letters.get(index, index) for index in letters)
        cond = put(cond, dict(inner.letters))
        guard = None if cond == TRUE else self._condition(facing(cond, indices), inner)
        names = tuple(
            _letter(index.name)
            if used is None or index in used
            else lay.Relation("in", _letter(index.name), _letter(index.axis.name))
            for index in indices
        )
        return lay.Big(kind, names, guard, body)

    # --- conditions ---------------------------------------------------------------------------

    def _condition(self, cond: Basic, scope: Scope) -> Layout:
        match cond:
            case Compare():
                cond = number_last(cond)
                sides = self._node(cond.lhs, scope), self._node(cond.rhs, scope)
                return lay.Relation(cond.op, *sides)
            case AllOf():
                parts = self._ranges(cond.args, scope)
                return parts[0] if len(parts) == 1 else lay.Junction("and", tuple(parts))
            case AnyOf():
                return lay.Junction("or", tuple(self._condition(c, scope) for c in cond.args))
        if cond in (TRUE, FALSE):
            sides = Word("0", "0", number=True), Word("0", "0", number=True)
            return lay.Relation("==" if cond == TRUE else "!=", *sides)
        raise NotSupportedError(f"no way to print the condition {cond}")

    def _ranges(self, conds: Sequence[Basic], scope: Scope) -> list[Layout]:
        """Conditions that all hold; ``x > a`` and ``x < b`` are ``a < x < b``."""
        left = list(conds)
        parts: list[Layout] = []
        while left:
            one = left.pop(0)
            other = next((c for c in left if self._is_range(one, c)), None)
            if other is None:
                parts.append(self._condition(one, scope))
                continue
            left.remove(other)
            low, high = (one, other) if one.op in (">", ">=") else (other, one)
            least, most = self._node(low.rhs, scope), self._node(high.rhs, scope)
            start = lay.Relation(MIRRORED[low.op], least, self._node(low.lhs, scope))
            parts.append(lay.Relation(high.op, start, most))
        return parts

    def _is_range(self, one: Basic, other: Basic) -> bool:
        """Whether two conditions are bounds of one thing, on either side."""
        return (
            isinstance(one, Compare)
            and isinstance(other, Compare)
            and one.lhs == other.lhs
            and {one.op[0], other.op[0]} == {"<", ">"}
            and self._is_constant(one.rhs)
            and self._is_constant(other.rhs)
        )

    # --- sums ---------------------------------------------------------------------------------

    def _add(self, expr: Expr, scope: Scope) -> Layout:
        return self._add_terms(self._as_typed(expr) or self.order_terms(expr.args), scope)

    def _as_typed(self, expr: Expr) -> list[Expr]:
        """The terms of a sum in the order in which a sum of that shape was typed, if one was."""
        typed = self._typed.get(_shape(expr), [])
        place = {shape: number for number, shape in enumerate(typed)}
        if len(place) < len(expr.args) or any(_shape(term) not in place for term in expr.args):
            return []
        return sorted(expr.args, key=lambda term: place[_shape(term)])

    def _add_terms(self, terms: Iterable[Expr], scope: Scope) -> Layout:
        return lay.total(tuple(self._node(term, scope) for term in terms))

    def order_terms(self, terms: Iterable[Expr]) -> list[Expr]:
        """Terms as one writes them: ``s_m - s_y + Delta``, ``1 - p_j``, ``1 + e^x``."""
        ordered = sorted(terms, key=lambda term: (*self._term_rank(term), order_key(term)))
        varying = [term for term in ordered if not self._is_constant(term)]
        constant = [term for term in ordered if self._is_constant(term)]
        leading = [term for term in constant if not _is_negative(term)]
        if leading and varying:
            transcendental = all(_is_function(term) for term in varying)
            if all(map(_is_negative, varying)) or (transcendental and leading == constant):
                return leading + varying + [term for term in constant if term not in leading]
        return varying + constant

    def _term_rank(self, term: Expr) -> tuple[Any, ...]:
        degree = 0
        for factor in Mul.make_args(term):
            base, exponent = factor.as_base_exp()
            if isinstance(base, Number | Size | NumberSymbol) or self._is_constant(base):
                continue
            weight = 2 if isinstance(base, Reduce) else 1
            degree += weight * (int(exponent) if exponent.is_Integer and exponent > 0 else 1)
        is_bias = isinstance(term, Element) and self._rank.get(term.tensor.name) == "param"
        return (_is_negative(term), is_bias, -degree)

    def _is_constant(self, expr: Basic) -> bool:
        """Whether ``expr`` is made of numbers, sizes and constants of the model."""
        return all(
            self._rank.get(node.tensor.name) == "const" and not node.slots
            if isinstance(node, Element)
            else not isinstance(node, Index | Reduce | Tensor | Iverson)
            for node in subexpressions(expr)
        )

    # --- products -----------------------------------------------------------------------------

    def _mul(self, expr: Expr, scope: Scope) -> Layout:
        number, top, bottom = self.split_product(expr)
        if bottom == [_LOG_OF_TWO] and len(top) == 1 and isinstance(top[0], Add):
            # (log u + 1) / log 2 is written log_2 u + 1 / log 2.
            return self._add_terms(
                self.order_terms(number * term / _LOG_OF_TWO for term in top[0].args), scope
            )
        sign = number.is_negative
        number = abs(number)
        whole = not isinstance(number, Rational) or _decimal(number)
        above = number if whole else Rational(number.p)
        below = S.One if whole else Rational(number.q)
        node = self._quotient(above, top, below, bottom, scope)
        return lay.negative(node) if sign else node

    def split_product(
        self, expr: Expr, *, base_two: bool = True
    ) -> tuple[Expr, list[Expr], list[Expr]]:
        """The number in front, and in order the factors above and those below the line.

        ``base_two``: a logarithm over that of 2 is one to the base 2.
        """
        number, top, bottom = _split_product(expr, base_two=base_two)
        return number, self._in_order(top), self._in_order(bottom)

    def _in_order(self, factors: list[Expr]) -> list[Expr]:
        """Factors as one writes them; a variable before functions of the data: ``x sigma(x)``."""
        bases = (factor.as_base_exp()[0] for factor in factors)
        plain = {b for b in bases if isinstance(b, Element) and self._is_data(b)}
        found = sorted(
            factors,
            key=lambda factor: (*self._factor_rank(factor, plain), order_key(factor)),
        )
        partials = iter(_chained([f for f in found if isinstance(f, DerivativeOf)]))
        return [next(partials) if isinstance(f, DerivativeOf) else f for f in found]

    def _quotient(
        self, above: Expr, top: list[Expr], below: Expr, bottom: list[Expr], scope: Scope
    ) -> Layout:
        numerator = [] if above == S.One else [_number(above)]
        denominator = [] if below == S.One else [_number(below)]
        if not denominator and not bottom:
            parts = [*numerator, *(self._power(factor, scope) for factor in top)]
            return lay.product(tuple(parts)) if parts else _number(S.One)
        scale = all(self._is_constant(factor) for factor in bottom)
        constant = scale and all(
            self._is_constant(f) or _stands_outside(f, scale=True) for f in top
        )
        before = [] if constant else [f for f in top if isinstance(f, Iverson)]
        rest = [f for f in top if f not in before]
        inside = [f for f in rest if self._is_constant(f) or not _stands_outside(f, scale=scale)]
        if scale and len(inside) < len(rest):
            # A scale such as 1/N in front of a sum takes only constants with it.
            inside = [f for f in inside if self._is_constant(f)]
        if scale and not inside:
            before = []  # a constant is the first of the factors
        after = [f for f in top if f not in before and f not in inside]
        numerator += [self._power(factor, scope) for factor in inside]
        denominator += [self._power(factor, scope) for factor in bottom]
        over = lay.product(tuple(numerator)) if numerator else _number(S.One)
        fraction = lay.Fraction(over, lay.product(tuple(denominator)))
        return lay.product(
            (
                *(self._power(factor, scope) for factor in before),
                fraction,
                *(self._power(factor, scope) for factor in after),
            )
        )

    def _power(self, factor: Expr, scope: Scope) -> Layout:
        """A factor without a denominator."""
        if not isinstance(factor, Pow):
            return self._node(factor, scope)
        base, exponent = factor.args
        inner = self._node(base, scope)
        if exponent == S.Half:
            return lay.Root(inner)
        return lay.Power(inner, self._node(exponent, scope))

    def _factor_rank(self, factor: Expr, plain: Collection[Basic] = ()) -> tuple[int, int]:
        """What comes first in a product with ``plain`` data, and gathers before plain indices."""
        base = factor.as_base_exp()[0]
        match base:
            case Number() | NumberSymbol() | Size():
                rank = 0
            case Iverson():
                rank = 3
            case Element() if base.tensor.name.startswith(_ADJOINT):
                rank = 4
            case Element():
                name = base.tensor.name
                role = self._rank.get(name)
                # What tells classes apart, such as -1 and 1, stands in front: y f(x).
                rank = {"const": 1, "param": 5, None: 7, "data": 10}.get(role, 10)
                rank = 2 if name in self._classes else rank
                gathers = any(isinstance(slot, Element) for slot in base.slots)
                return rank, 0 if gathers else 1
            case Add() if self._is_given(base):
                rank = 12 if plain and _holds(base, plain) else 9
            case Add():
                # (yhat - y) yhat (1 - yhat): what comes from above is a name less its target.
                names = [term.as_coeff_Mul()[1] for term in base.args]
                differs = all(isinstance(name, Element) for name in names)
                rank = 6 if differs and any(map(self._is_data, names)) else 9
            case Reduce():
                rank = 14
            case log() | Log2() | Xlogy():
                rank = 13
            case _ if self._is_constant(base):
                rank = 1
            case _:
                rank = 11 if plain and self._is_given(base) else 8
        return rank, 0

    def _is_data(self, element: Element) -> bool:
        return self._rank.get(element.tensor.name) == "data"

    def _is_given(self, expr: Basic) -> bool:
        """Whether ``expr`` is made of data and constants alone: no upstream factor is."""
        return all(self._rank.get(e.tensor.name) in ("data", "const") for e in elements(expr))


def free_letters(*roots: Basic) -> set[Index]:
    """The free indices of expressions and conditions."""
    return free_indices(*roots)


def _split_product(expr: Expr, *, base_two: bool) -> tuple[Expr, list[Expr], list[Expr]]:
    """The number in front, the factors above and the factors below the line."""
    number: Expr = S.One
    top: list[Expr] = []
    bottom: list[Expr] = []
    stack = list(reversed(Mul.make_args(expr)))
    while stack:
        factor = stack.pop()
        if isinstance(factor, Mul):
            stack.extend(reversed(factor.args))
        elif isinstance(factor, Rational):
            number *= factor
        elif isinstance(factor, Xdivy):
            stack.append(factor.args[0])
            stack.append(Pow(factor.args[1], S.NegativeOne))
        elif isinstance(factor, Pow) and _is_negative(factor.args[1]):
            base, exponent = factor.args
            under = Pow(base, -exponent, evaluate=False) if exponent != S.NegativeOne else base
            bottom.extend(Mul.make_args(under) if isinstance(under, Mul) else (under,))
        else:
            top.append(factor)
    if base_two:
        top, bottom = _in_base_two(top, bottom)
    return _roots_below(number, top, bottom)


def _roots_below(
    number: Expr, top: list[Expr], bottom: list[Expr]
) -> tuple[Expr, list[Expr], list[Expr]]:
    """``sqrt(2) x / 2`` as ``x / sqrt(2)``; roots of numbers below the line as one."""
    for root in [f for f in top if _is_root(f) and f.args[0].is_Integer]:
        if isinstance(number, Rational) and number.q % root.args[0] == 0:
            number *= root.args[0]
            top = [factor for factor in top if factor != root]
            bottom = [root, *bottom]
    roots = [factor for factor in bottom if _is_root(factor)]
    if len(roots) > 1:
        inside = Mul(*(root.args[0] for root in roots))
        bottom = [f for f in bottom if f not in roots]
        bottom = [Pow(inside, S.Half, evaluate=False), *bottom]
    return number, top, bottom


def _is_root(factor: Expr) -> bool:
    """Whether ``factor`` is the root of a number."""
    return isinstance(factor, Pow) and factor.args[1] == S.Half and factor.args[0].is_number


def _in_base_two(top: list[Expr], bottom: list[Expr]) -> tuple[list[Expr], list[Expr]]:
    """``log u / log 2`` as ``log_2 u``."""
    for place, factor in enumerate(top if _LOG_OF_TWO in bottom else ()):
        if isinstance(factor, log | Xlogy):
            *others, inner = factor.args
            top = [*top[:place], *others, Log2(inner), *top[place + 1 :]]
            bottom = [part for part in bottom if part != _LOG_OF_TWO]
            break
    return top, bottom


_LOG_OF_TWO = log(S(2))


def _holds(terms: Add, plain: Collection[Basic]) -> bool:
    """Whether one of ``plain`` is in a sum, or a function is: ``x (1 - sigma(x))``."""
    return any(
        node in plain or not isinstance(node, Element | Add | Mul | Pow | Number | Index)
        for node in subexpressions(terms)
    )


def _chained(partials: list[DerivativeOf]) -> list[DerivativeOf]:
    """Partial derivatives in the order of the chain rule, if they are one chain."""
    above = {partial.wrt: partial for partial in partials}
    starts = [partial for partial in partials if partial.of not in above]
    if len(starts) != 1 or len(above) < len(partials):
        return partials
    below = {partial.of: partial for partial in partials}
    found = [starts[0]]
    while found[-1].wrt in below:
        found.append(below[found[-1].wrt])
    return found if len(found) == len(partials) else partials


def _is_negative(expr: Expr) -> bool:
    number = expr.as_coeff_Mul()[0]
    return bool(number.is_negative)


def _is_function(term: Expr) -> bool:
    """Whether a term is a transcendental function, up to a factor."""
    return all(
        not isinstance(factor, Element | Reduce | Add | Pow | Iverson)
        for factor in Mul.make_args(term)
        if not isinstance(factor, Number)
    )


def _stands_outside(factor: Expr, *, scale: bool) -> bool:
    """Whether a factor stands behind a fraction rather than on it."""
    base = factor.as_base_exp()[0]
    if isinstance(base, Reduce | Xlogy):
        return True
    return (
        scale
        and (isinstance(base, Add) or isinstance(factor, Pow) or not base.is_Atom)
        and (not isinstance(base, Element))
    )


def number_last(cond: Compare) -> Compare:
    """An equation with a number on its right: ``y = 1``."""
    if cond.op in ("==", "!=") and isinstance(cond.lhs, Number):
        return Compare(cond.op, cond.rhs, cond.lhs)
    return cond


def _blank(node: Basic) -> Basic:
    """``node`` without the letters of its free indices."""
    blank: dict[Basic, Basic] = {index: Index("", index.axis) for index in free_indices(node)}
    shape = put(node, blank)
    if isinstance(node, Reduce) and not isinstance(shape, Reduce):
        return node
    return shape


_shape = Kept(_blank, most=5_000)


def _letter(name: str) -> Layout:
    spelled = letter(name)
    return spelled if isinstance(spelled, Word) else Scripted(spelled[0], None, (spelled[1],))


_NUMBERS = {
    S.Pi: Word(r"\pi", "π"),
    S.Exp1: Word("e", "e"),
    S.Infinity: Word(r"\infty", "∞"),
    S.EulerGamma: Word(r"\gamma", "γ"),
}


def _decimal(value: Rational) -> str:
    """A positive fraction as a decimal where that is exact and shorter: 0.01, but 1/2."""
    if value.q < 10:
        return ""
    digits = 0
    while value.q > 1 and digits < _DIGITS and (value * 10**digits).q > 1:
        digits += 1
    scaled = value * 10**digits
    if not digits or scaled.q > 1:
        return ""
    text = str(scaled.p).zfill(digits + 1)
    text = f"{text[:-digits]}.{text[-digits:]}"
    return text if len(text) < len(str(value)) else ""


#: The most digits behind the point.
_DIGITS = 9


def _number(value: Basic) -> Layout:
    """A number; negative ones as a negation, fractions as fractions or short decimals."""
    if isinstance(value, Number) and value.is_extended_negative:
        return lay.negative(_number(-value))
    if value in _NUMBERS:
        return _NUMBERS[value]
    if isinstance(value, Rational):
        decimal = _decimal(value)
        if decimal:
            return Word(decimal, decimal, number=True)
        whole = Word(str(value.p), str(value.p), number=True)
        if value.q == 1:
            return whole
        return lay.Fraction(whole, Word(str(value.q), str(value.q), number=True))
    return Word(str(value), str(value), number=True)
