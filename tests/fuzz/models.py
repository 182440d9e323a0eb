"""Random models of every construct of the language, small enough to check by the reference."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sympy import Abs, Integer, Rational, cos, erf, log, sign, sin, sqrt, tanh
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import (
    AllOf,
    AnyOf,
    Axis,
    Compare,
    Element,
    Exp,
    Index,
    MaxOf,
    MinOf,
    Sigmoid,
    Softplus,
    Tensor,
    Where,
)
from symderive.model import (
    Declaration,
    Definition,
    Model,
    argmax,
    bracket,
    build,
    const,
    data,
    define,
    label,
    largest,
    mean,
    param,
    product,
    smallest,
    total,
)

AXES = tuple(Axis(name) for name in "NCD")
LETTERS = {
    AXES[0]: tuple(Index(name, AXES[0]) for name in ("i", "n", "r", "ii", "i2", "i3")),
    AXES[1]: tuple(Index(name, AXES[1]) for name in ("j", "l", "m", "jj", "j2", "j3")),
    AXES[2]: tuple(Index(name, AXES[2]) for name in ("k", "d", "q", "kk", "k2", "k3")),
}
#: Reductions nest no deeper than letters last.
DEEPEST = 2

Scope = tuple[Index, ...]


@dataclass
class RandomModel:
    """Writes one random model; ``used`` counts the constructs that occur in it."""

    rng: random.Random
    used: set[str] = field(default_factory=set)
    tensors: list[Tensor] = field(default_factory=list)
    labels: list[Tensor] = field(default_factory=list)

    def model(self) -> Model:
        """A model of two to seven equations."""
        rng = self.rng
        declarations = self._declarations()
        definitions: list[Definition] = []
        for place in range(rng.choice((2, 3, 4, 4, 5, 5, 6))):
            over = rng.sample(AXES, rng.choice((0, 1, 1, 2, 2)))
            scope = tuple(LETTERS[axis][0] for axis in over)
            if scope and rng.random() < 0.08:
                definitions.append(self._label_equation(place, scope))
                continue
            tensor = Tensor(f"e{place}", over)
            definitions.append(define(tensor[scope], self.real(3, scope)))
            self.tensors.append(tensor)
        definitions.append(self._output())
        return build("random", declarations, definitions)

    def _declarations(self) -> list[Declaration]:
        rng = self.rng
        found: list[Declaration] = []
        for place in range(rng.randint(2, 4)):
            over = [rng.choice(AXES) for _ in range(rng.choice((0, 1, 1, 2, 2)))]
            found.append(rng.choice((data, param))(f"x{place}", *over))
        if rng.random() < 0.3:
            found.append(const("c0", Rational(rng.randint(-3, 5), 2)))
        self.tensors = [declaration.tensor for declaration in found]
        for place in range(rng.choice((0, 1, 1, 2))):
            over = rng.sample(AXES, rng.choice((1, 1, 2)))
            found.append(label(f"y{place}", *over, into=rng.choice(AXES)))
            self.labels.append(found[-1].tensor)
        return found

    def _label_equation(self, place: int, scope: Scope) -> Definition:
        self.used.add("argmax")
        free = [axis for axis in AXES if axis not in {index.axis for index in scope}]
        over = LETTERS[self.rng.choice(free)][1]
        tensor = Tensor(f"v{place}", [index.axis for index in scope], over.axis)
        definition = define(tensor[scope], argmax(self.real(2, (*scope, over)), over))
        self.labels.append(tensor)
        return definition

    def _output(self) -> Definition:
        last = self.tensors[-1]
        scope = tuple(LETTERS[axis][0] for axis in last.axes)
        if len(set(scope)) < len(scope):
            scope = tuple(LETTERS[axis][place] for place, axis in enumerate(last.axes))
        body = last[scope] if scope else last()
        if self.rng.random() < 0.5:
            body = body * self.real(1, scope) if scope else body + self.real(1, scope)
        return define(Tensor("loss")(), total(body, *scope) if scope else body)

    # Expressions.

    def real(self, depth: int, scope: Scope) -> Expr:
        """A random real expression over the letters of ``scope``."""
        if depth <= 0 or self.rng.random() < 0.12:
            return self.leaf(scope)
        names, weights = zip(
            *((name, weight) for name, (weight, _) in CONSTRUCTS.items()), strict=True
        )
        (name,) = self.rng.choices(names, weights)
        made = CONSTRUCTS[name][1](self, depth - 1, scope)
        if made is None:
            return self.real(depth - 1, scope)
        self.used.add(name)
        return made

    def leaf(self, scope: Scope) -> Expr:
        """An element whose slots are in scope, or a number."""
        rng = self.rng
        if rng.random() < 0.15:
            return Rational(rng.randint(-4, 6), rng.choice((1, 1, 2)))
        for tensor in rng.sample(self.tensors, len(self.tensors)):
            slots = [self.position(axis, scope) for axis in tensor.axes]
            if all(slot is not None for slot in slots):
                if len(slots) == 2 and slots[0] == slots[1]:
                    self.used.add("diagonal")
                return Element(tensor, *slots)
        return Integer(rng.randint(1, 3))

    def position(self, axis: Axis, scope: Scope, deep: int = 1) -> Expr | None:
        """An index or a label on ``axis``."""
        own = [index for index in scope if index.axis == axis]
        gathers = [tensor for tensor in self.labels if tensor.label_of == axis]
        if gathers and deep and (not own or self.rng.random() < 0.3):
            tensor = self.rng.choice(gathers)
            slots = [self.position(inner, scope, deep - 1) for inner in tensor.axes]
            if all(slot is not None for slot in slots):
                self.used.add("gather")
                return Element(tensor, *slots)
        return self.rng.choice(own) if own else None

    def condition(self, depth: int, scope: Scope) -> Basic:
        """A random condition: of positions, of reals, or of both."""
        rng = self.rng
        if depth > 0 and rng.random() < 0.2:
            self.used.add("and/or")
            parts = (self.condition(depth - 1, scope), self.condition(depth - 1, scope))
            return rng.choice((AllOf, AnyOf))(*parts)
        if scope and rng.random() < 0.6:
            left = rng.choice(scope)
            right = self.position(left.axis, tuple(i for i in scope if i != left))
            if right is not None:
                self.used.add("condition of positions")
                return Compare(rng.choice(("==", "!=", "!=", "<", "<=", ">")), left, right)
        self.used.add("condition of reals")
        return Compare(rng.choice(("<", "<=", ">", ">=")), self.leaf(scope), self.leaf(scope))

    def bound(self, scope: Scope) -> Index | None:
        """A letter that is not bound yet."""
        axis = self.rng.choice(AXES)
        taken = {index.name for index in scope}
        depth = sum(1 for index in scope if index not in {LETTERS[a][0] for a in AXES})
        free = [index for index in LETTERS[axis] if index.name not in taken]
        return free[0] if free and depth < DEEPEST else None


Made = Callable[[RandomModel, int, Scope], Expr | None]


def _unary(function: Callable[[Expr], Expr]) -> Made:
    return lambda self, depth, scope: function(self.real(depth, scope))


def _binary(function: Callable[[Expr, Expr], Expr]) -> Made:
    return lambda self, depth, scope: function(self.real(depth, scope), self.real(depth, scope))


def _reduction(function: Callable[..., Expr], conditional: bool = True) -> Made:
    def make(self: RandomModel, depth: int, scope: Scope) -> Expr | None:
        index = self.bound(scope)
        if index is None:
            return None
        inner = (*scope, index)
        where = None
        if conditional and self.rng.random() < 0.35:
            self.used.add("reduction with a condition")
            where = self.condition(1, inner)
        return function(self.real(depth, inner), index, where=where)

    return make


def _softmax(self: RandomModel, depth: int, scope: Scope) -> Expr | None:
    index = self.bound(scope)
    if index is None:
        return None
    body = tanh(self.real(depth, (*scope, index)))
    return self.real(0, scope) * Exp(tanh(self.leaf(scope))) / total(Exp(body), index)


def _where(self: RandomModel, depth: int, scope: Scope) -> Expr:
    return Where(self.condition(1, scope), self.real(depth, scope), self.real(depth, scope))


def _bracket(self: RandomModel, depth: int, scope: Scope) -> Expr:
    return bracket(self.condition(1, scope)) * self.real(depth, scope)


#: construct -> how often, and how it is made.
CONSTRUCTS: dict[str, tuple[float, Made]] = {
    "sum of two": (2, _binary(lambda a, b: a + b)),
    "difference": (1, _binary(lambda a, b: a - b)),
    "product of two": (3, _binary(lambda a, b: a * b)),
    "quotient": (1, _binary(lambda a, b: a / (1 + b**2))),
    "bare quotient": (0.2, _binary(lambda a, b: a / (b + Rational(7, 3)))),
    "square": (1, _unary(lambda a: a**2)),
    "cube": (0.5, _unary(lambda a: a**3)),
    "root": (0.5, _unary(lambda a: sqrt(1 + a**2))),
    "symbolic power": (0.3, _binary(lambda a, b: (1 + a**2) ** tanh(b))),
    "exp": (1, _unary(lambda a: Exp(tanh(a)))),
    "bare exp": (0.4, _unary(Exp)),
    "log": (0.7, _unary(lambda a: log(1 + a**2))),
    "log of exp": (0.4, _unary(lambda a: log(1 + Exp(a)))),
    "tanh": (0.8, _unary(tanh)),
    "sigmoid": (0.8, _unary(Sigmoid)),
    "logistic": (0.4, _unary(lambda a: 1 / (1 + Exp(-a)))),
    "softplus": (0.5, _unary(Softplus)),
    "sin": (0.3, _unary(sin)),
    "cos": (0.3, _unary(cos)),
    "erf": (0.3, _unary(erf)),
    "abs": (0.5, _unary(Abs)),
    "sign": (0.2, _unary(sign)),
    "relu": (0.8, _unary(lambda a: MaxOf(0, a))),
    "max": (0.4, _binary(MaxOf)),
    "min": (0.4, _binary(MinOf)),
    "where": (0.6, _where),
    "bracket": (0.7, _bracket),
    "sum": (3, _reduction(total)),
    "mean": (0.8, _reduction(mean, conditional=False)),
    "prod": (0.3, _reduction(product)),
    "max over": (0.5, _reduction(largest, conditional=False)),
    "min over": (0.3, _reduction(smallest, conditional=False)),
    "log sum exp": (0.4, _reduction(lambda u, i, where: log(total(Exp(tanh(u)), i)), False)),
    "softmax": (0.5, _softmax),
}


def random_model(seed: int) -> tuple[Model, frozenset[str]]:
    """The model of a seed, and the constructs that occur in it."""
    writer = RandomModel(random.Random(seed))  # noqa: S311 - models, not secrets
    model = writer.model()
    return model, frozenset(writer.used)


def pairs(used: Sequence[str] | frozenset[str]) -> set[tuple[str, str]]:
    """The pairs of constructs that occur together."""
    names = sorted(used)
    return {(a, b) for place, a in enumerate(names) for b in names[place + 1 :]}
