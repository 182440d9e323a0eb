"""What a person writes in Python: declarations and reductions over lettered indices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sympy import sympify
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.errors import InputError
from symderive.expr import (
    TRUE,
    Axis,
    Compare,
    Element,
    Exp,
    Index,
    Iverson,
    Log2,
    MaxOf,
    MinOf,
    NamedReduce,
    Sigmoid,
    Size,
    Softplus,
    Tensor,
    Where,
)
from symderive.model.model import REALS, Declaration, Domain

exp = Exp
log2 = Log2
sigmoid = Sigmoid
softplus = Softplus
maximum = MaxOf
minimum = MinOf
where = Where
size = Size
tensor = Tensor


def axes(names: str) -> tuple[Axis, ...]:
    """Axes from their names: ``N, C = axes("N C")``."""
    return tuple(Axis(name) for name in names.split())


def indices(letters: str, axis: Axis) -> tuple[Index, ...]:
    """Index letters on one axis: ``j, l = indices("j l", C)``."""
    return tuple(Index(letter, axis) for letter in letters.split())


def data(name: str, *over: Axis, domain: Domain = REALS) -> Declaration:
    """A real array that is not differentiated unless asked for."""
    return Declaration(Tensor(name, over), "data", domain=domain)


def param(name: str, *over: Axis, domain: Domain = REALS) -> Declaration:
    """A real array that is differentiated by default."""
    return Declaration(Tensor(name, over), "param", domain=domain)


def label(name: str, *over: Axis, into: Axis) -> Declaration:
    """An integer array whose values are positions on the axis ``into``."""
    return Declaration(Tensor(name, over, into), "label")


def const(name: str, default: Any, domain: Domain = REALS) -> Declaration:
    """A real scalar with a default."""
    return Declaration(Tensor(name), "const", sympify(default, strict=True), domain)


@dataclass(frozen=True)
class Definition:
    """``left = right``, as written; a model turns it into an equation."""

    left: Element
    right: Expr


def define(left: Element, right: Any) -> Definition:
    """The equation ``left = right``."""
    return Definition(left, sympify(right, strict=True))


def _reduction(kind: str, body: Any, over: tuple[Index, ...], where: Basic | None) -> NamedReduce:
    if not over:
        raise InputError(f"{kind} needs at least one index to run over, such as {kind}(body, j)")
    cond = TRUE if where is None else where
    return NamedReduce(kind, over, cond, sympify(body, strict=True))


def total(body: Any, *over: Index, where: Basic | None = None) -> Expr:
    """``sum[over if where](body)``."""
    return _reduction("sum", body, over, where)


def mean(body: Any, *over: Index, where: Basic | None = None) -> Expr:
    """``mean[over if where](body)``: the sum over the number of terms."""
    return _reduction("mean", body, over, where)


def product(body: Any, *over: Index, where: Basic | None = None) -> Expr:
    """``prod[over if where](body)``."""
    return _reduction("prod", body, over, where)


def largest(body: Any, *over: Index, where: Basic | None = None) -> Expr:
    """``max[over if where](body)``."""
    return _reduction("max", body, over, where)


def smallest(body: Any, *over: Index, where: Basic | None = None) -> Expr:
    """``min[over if where](body)``."""
    return _reduction("min", body, over, where)


def argmax(body: Any, over: Index, where: Basic | None = None) -> Expr:
    """``argmax[over if where](body)``: the first index that attains the maximum."""
    return _reduction("argmax", body, (over,), where)


def argmin(body: Any, over: Index, where: Basic | None = None) -> Expr:
    """``argmin[over if where](body)``: the first index that attains the minimum."""
    return _reduction("argmin", body, (over,), where)


def condition(lhs: Any, op: str, rhs: Any) -> Basic:
    """The comparison ``lhs op rhs``; ``op`` is one of ``== != < <= > >=``."""
    return Compare(op, sympify(lhs, strict=True), sympify(rhs, strict=True))


def bracket(cond: Basic) -> Expr:
    """The Iverson bracket of a condition."""
    return Iverson(cond)


def letters(groups: Iterable[Iterable[Index]]) -> tuple[Index, ...]:
    """Index letters in order of preference, from the groups that :func:`indices` gave."""
    return tuple(index for group in groups for index in group)
