"""Random models of every construct of the language, small enough to check by the reference."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from sympy import Abs, Integer, Rational, S, cos, erf, log, sign, sin, sqrt, tanh
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
    Log2,
    MaxOf,
    MinOf,
    Reduce,
    Sigmoid,
    Size,
    Softplus,
    Tensor,
    Where,
    mentions,
    replace,
    subexpressions,
)
from symderive.model import (
    Declaration,
    Definition,
    Domain,
    Model,
    argmax,
    argmin,
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
from symderive.notation.sym.numbers import applied

AXES = tuple(Axis(name) for name in "NCD")
LETTERS = {
    AXES[0]: tuple(Index(name, AXES[0]) for name in ("i", "n", "r", "ii", "i2", "i3")),
    AXES[1]: tuple(Index(name, AXES[1]) for name in ("j", "l", "m", "jj", "j2", "j3")),
    AXES[2]: tuple(Index(name, AXES[2]) for name in ("k", "d", "q", "kk", "k2", "k3")),
}
#: Reductions nest no deeper than letters last.
DEEPEST = 2

#: Names that Python, NumPy, SymPy, LaTeX or the generated code use for themselves.
AWKWARD = (
    *("lambda", "np", "E", "I", "S", "grads", "wrt", "dw", "x_", "None", "cotangent", "given"),
    *("dtype", "value", "len", "Sum", "beta", "w_h", "yhat", "x_bar", "theta12", "dL", "gamma_0"),
    *("O", "zoo", "nan", "print", "is", "out", "t", "s_0", "def_", "alpha_beta", "Q", "self"),
)

DOMAINS: dict[str, Domain] = {
    "interval": Domain(S.Zero, Integer(2)),
    "closed interval": Domain(S.Zero, S.One, low_closed=True, high_closed=True),
    "positive": Domain(low=Rational(1, 4)),
    "set": Domain(values=(S.NegativeOne, S.One)),
    "simplex": Domain(simplex=True),
}
#: Domains whose members are above 0.
POSITIVE = ("positive",)

Scope = tuple[Index, ...]
#: What is said of several equations that belong together, and who writes them.
Template = tuple[str, "Callable[[RandomModel, int], bool]"]


@dataclass
class RandomModel:
    """Writes one random model; ``used`` counts the constructs that occur in it."""

    rng: random.Random
    used: set[str] = field(default_factory=set)
    tensors: list[Tensor] = field(default_factory=list)
    labels: list[Tensor] = field(default_factory=list)
    positive: list[Tensor] = field(default_factory=list)
    definitions: list[Definition] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    computed: set[str] = field(default_factory=set)
    known: list[Axis] = field(default_factory=list)
    constructs: dict[str, tuple[float, Made]] = field(default_factory=lambda: CONSTRUCTS)
    templates: tuple[Template, ...] = field(default_factory=lambda: TEMPLATES)

    def model(self) -> Model:
        """A model of two to seven equations, or more if a template brings several."""
        rng = self.rng
        awkward = rng.random() < 0.3
        self.names = rng.sample(AWKWARD, len(AWKWARD)) if awkward else []
        if awkward:
            self.used.add("awkward names")
        declarations = self._declarations()
        # Most models are of short equations: more of them, and other combinations, in the time.
        depths = (2, 3) if rng.random() < 0.2 else (1, 1, 2)
        for place in range(rng.choice((2, 3, 3, 3, 4, 4))):
            if rng.random() < 0.15:
                name, template = rng.choice(self.templates)
                if template(self, place):
                    self.used.add(name)
                continue
            over = rng.sample(AXES, rng.choice((0, 1, 1, 2, 2)))
            scope = tuple(LETTERS[axis][0] for axis in over)
            if scope and rng.random() < 0.08:
                self._label_equation(place, scope)
                continue
            self.define(f"e{place}", over, self.real(rng.choice(depths), scope))
        self._output()
        known = {axis for tensor in self.tensors for axis in tensor.axes}
        sample = LETTERS[AXES[0]][0] if AXES[0] in known and rng.random() < 0.2 else None
        return build("random", declarations, self.definitions, sample=sample)

    def name(self, usual: str) -> str:
        """``usual``, or an awkward name."""
        return self.names.pop() if self.names and self.rng.random() < 0.6 else usual

    def define(self, name: str, over: Sequence[Axis], right: Expr) -> Tensor:
        """An equation over the first letters of ``over``, to be used by later ones."""
        tensor = Tensor(self.name(name), over)
        self.definitions.append(define(tensor[tuple(LETTERS[a][0] for a in over)], right))
        self.tensors.append(tensor)
        return tensor

    def _declarations(self) -> list[Declaration]:
        rng = self.rng
        found: list[Declaration] = []
        for place in range(rng.randint(2, 4)):
            over = [rng.choice(AXES) for _ in range(rng.choice((0, 1, 1, 2, 2)))]
            domain = Domain()
            if rng.random() < 0.25:
                kind = rng.choice([name for name in DOMAINS if over or name != "simplex"])
                self.used.add(f"{kind} domain")
                domain = DOMAINS[kind]
            name = self.name(f"x{place}")
            found.append(rng.choice((data, param, param))(name, *over, domain=domain))
            if domain in [DOMAINS[kind] for kind in POSITIVE]:
                self.positive.append(found[-1].tensor)
        seen = {axis for declaration in found for axis in declaration.tensor.axes}
        lacking = [axis for axis in AXES if axis not in seen]
        found += [data(f"u{axis.name}", axis) for axis in lacking if rng.random() < 0.98]
        if rng.random() < 0.3:
            self.used.add("const")
            found.append(const(self.name("c0"), Rational(rng.randint(-3, 5), 2)))
        self.tensors = [declaration.tensor for declaration in found]
        self.known = [axis for axis in AXES if any(axis in t.axes for t in self.tensors)]
        for place in range(rng.choice((0, 1, 1, 2))):
            over = rng.sample(AXES, rng.choice((1, 1, 2)))
            found.append(label(self.name(f"y{place}"), *over, into=rng.choice(AXES)))
            self.labels.append(found[-1].tensor)
        return found

    def _label_equation(self, place: int, scope: Scope) -> None:
        function = self.rng.choice((argmax, argmax, argmin))
        self.used.add(function.__name__)
        free = [axis for axis in AXES if axis not in {index.axis for index in scope}]
        over = LETTERS[self.rng.choice(free)][1]
        inner = (*scope, over)
        # Without a condition, or with one that never leaves nothing.
        where = None
        if self.rng.random() < 0.2:
            own = self.position(over.axis, scope)
            where = Compare(">=", over, own) if own is not None else None
        tensor = Tensor(self.name(f"v{place}"), [index.axis for index in scope], over.axis)
        right = function(self.real(2, inner), over, where=where)
        self.definitions.append(define(tensor[scope], right))
        self.labels.append(tensor)
        self.computed.add(tensor.name)

    def _output(self) -> None:
        last = self.tensors[-1]
        scope = tuple(LETTERS[axis][0] for axis in last.axes)
        if len(set(scope)) < len(scope):
            scope = tuple(LETTERS[axis][place] for place, axis in enumerate(last.axes))
        body = last[scope] if scope else last()
        if scope and self.rng.random() < 0.25:
            self.used.add("array output")
            if len(self.definitions) == 0 or self.definitions[-1].left.tensor != last:
                self.definitions.append(define(Tensor("out_", last.axes)[scope], body))
            return
        if self.rng.random() < 0.5:
            body = body * self.real(1, scope) if scope else body + self.real(1, scope)
        over = self.rng.choice((total, mean))
        self.definitions.append(define(Tensor("loss")(), over(body, *scope) if scope else body))

    # Expressions.

    def real(self, depth: int, scope: Scope) -> Expr:
        """A random real expression over the letters of ``scope``."""
        if depth <= 0 or self.rng.random() < 0.12:
            return self.leaf(scope)
        weights = [weight for weight, _ in self.constructs.values()]
        (name,) = self.rng.choices(list(self.constructs), weights)
        made = self.constructs[name][1](self, depth - 1, scope)
        if made is None:
            return self.real(depth - 1, scope)
        self.used.add(name)
        return made

    def leaf(self, scope: Scope) -> Expr:
        """An element whose slots are in scope, or a number."""
        rng = self.rng
        if rng.random() < 0.15:
            if self.known and rng.random() < 0.2:
                self.used.add("size as a number")
                return Size(rng.choice(self.known))
            return Rational(rng.randint(-4, 6), rng.choice((1, 1, 2)))
        return self.element(self.tensors, scope) or Integer(rng.randint(1, 3))

    def element(self, tensors: Sequence[Tensor], scope: Scope) -> Expr | None:
        """An element of one of ``tensors`` whose slots are in scope."""
        for tensor in self.rng.sample(tensors, len(tensors)):
            slots = [self.position(axis, scope) for axis in tensor.axes]
            if all(slot is not None for slot in slots):
                if len(slots) == 2 and slots[0] == slots[1]:
                    self.used.add("diagonal")
                if len({isinstance(slot, Element) for slot in slots}) == 2:
                    self.used.add("row gather")
                return Element(tensor, *slots)
        return None

    def position(self, axis: Axis, scope: Scope, deep: int = 2) -> Expr | None:
        """An index or a label on ``axis``."""
        own = [index for index in scope if index.axis == axis]
        gathers = [tensor for tensor in self.labels if tensor.label_of == axis]
        if gathers and deep and (not own or self.rng.random() < 0.3):
            tensor = self.rng.choice(gathers)
            slots = [self.position(inner, scope, deep - 1) for inner in tensor.axes]
            if all(slot is not None for slot in slots):
                self.used.add("gather")
                if any(isinstance(slot, Element) for slot in slots):
                    self.used.add("nested gather")
                if tensor.name in self.computed:
                    self.used.add("gather of an arg max")
                return Element(tensor, *slots)
        return self.rng.choice(own) if own else None

    def condition(self, depth: int, scope: Scope) -> Basic:
        """A random condition: of positions, of reals, or of both."""
        rng = self.rng
        if depth > 0 and rng.random() < 0.2:
            parts = (self.condition(depth - 1, scope), self.condition(depth - 1, scope))
            kind = rng.choice((AllOf, AnyOf))
            self.used.add("and" if kind is AllOf else "or")
            return kind(*parts)
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
        over = [index]
        if function is total and self.rng.random() < 0.15:
            other = self.bound(inner)
            if other is not None:
                self.used.add("sum over two")
                over.append(other)
                inner = (*inner, other)
        where = None
        if conditional and self.rng.random() < 0.35:
            self.used.add("reduction with a condition")
            where = self.condition(1, inner)
        return function(self.real(depth, inner), *over, where=where)

    return make


def _softmax(self: RandomModel, depth: int, scope: Scope) -> Expr | None:
    """A softmax of bounded scores, or of any scores; or a mean weighted with one."""
    index = self.bound(scope)
    if index is None:
        return None
    inner = (*scope, index)
    own = self.element([t for t in self.tensors if index.axis in t.axes], inner)
    if own is None or not mentions(own, index):
        return None
    score = own + self.real(depth, inner) if self.rng.random() < 0.5 else own * self.leaf(scope)
    if self.rng.random() < 0.5:
        score = tanh(score)
    here = [free for free in scope if free.axis == index.axis]
    if here and not any(isinstance(node, Reduce) for node in subexpressions(score)):
        return Exp(replace(score, {index: self.rng.choice(here)})) / total(Exp(score), index)
    return total(Exp(score) * self.leaf(inner), index) / total(Exp(score), index)


def _log_sum_exp(self: RandomModel, depth: int, scope: Scope) -> Expr | None:
    index = self.bound(scope)
    if index is None:
        return None
    return log(total(Exp(self.real(depth, (*scope, index))), index))


def _where(self: RandomModel, depth: int, scope: Scope) -> Expr:
    return Where(self.condition(1, scope), self.real(depth, scope), self.real(depth, scope))


def _bracket(self: RandomModel, depth: int, scope: Scope) -> Expr:
    return bracket(self.condition(1, scope)) * self.real(depth, scope)


def _three(self: RandomModel, depth: int, scope: Scope) -> Expr:
    kind = self.rng.choice((MaxOf, MinOf))
    return kind(self.real(depth, scope), self.leaf(scope), Integer(self.rng.randint(-1, 1)))


#: What is not defined everywhere, and where it is.
_PARTIAL: tuple[tuple[Callable[[Expr], Expr], str], ...] = (
    (log, ">"),
    (sqrt, ">"),
    (lambda a: 1 / a, "!="),
    (Log2, ">"),
    (lambda a: a ** Rational(3, 2), ">="),
    (lambda a: a ** Rational(-1, 2), ">"),
)


def _guarded(self: RandomModel, depth: int, scope: Scope) -> Expr | None:
    function, op = self.rng.choice(_PARTIAL)
    inner = self.element(self.tensors, scope)
    if inner is None:
        return None
    holds = Compare(op, inner, S.Zero)
    match self.rng.randrange(3):
        case 0:
            return Where(holds, function(inner), self.real(depth, scope))
        case 1:
            return bracket(holds) * function(inner)
    index = self.bound(scope)
    if index is None:
        return None
    inner = self.element(self.tensors, (*scope, index))
    if inner is None:
        return None
    if self.rng.random() < 0.5:
        return total(function(inner), index, where=Compare(op, inner, S.Zero))
    return product(1 + function(inner), index, where=Compare(op, inner, S.Zero))


def _of_positive(function: Callable[[Expr, Expr], Expr]) -> Made:
    def make(self: RandomModel, depth: int, scope: Scope) -> Expr | None:
        base = self.element(self.positive, scope)
        return None if base is None else function(base, self.real(depth, scope))

    return make


def _ratio(self: RandomModel, depth: int, scope: Scope) -> Expr | None:
    """A ratio of reductions over one index."""
    index = self.bound(scope)
    if index is None:
        return None
    inner = (*scope, index)
    weight = 1 + self.real(depth, inner) ** 2
    return total(self.leaf(inner) * weight, index) / total(weight, index)


def _xlogy(self: RandomModel, depth: int, scope: Scope) -> Expr:
    return Abs(self.leaf(scope)) * log(Rational(1, 4) + self.real(depth, scope) ** 2)


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
    "power of a number": (0.2, _unary(lambda a: 2 ** tanh(a))),
    "power of a positive": (0.4, _of_positive(lambda p, a: p ** tanh(a))),
    "log of a positive": (0.5, _of_positive(lambda p, a: log(p) * a)),
    "root of a positive": (0.3, _of_positive(lambda p, a: a / sqrt(p))),
    "exp": (1, _unary(lambda a: Exp(tanh(a)))),
    "bare exp": (0.3, _unary(Exp)),
    "log": (0.7, _unary(lambda a: log(1 + a**2))),
    "log2": (0.2, _unary(lambda a: Log2(2 + a**2))),
    "log of exp": (0.4, _unary(lambda a: log(1 + Exp(a)))),
    "a log b": (0.4, _xlogy),
    "tanh": (0.8, _unary(tanh)),
    "sigmoid": (0.8, _unary(Sigmoid)),
    "logistic": (0.4, _unary(lambda a: 1 / (1 + Exp(-a)))),
    "softplus": (0.5, _unary(Softplus)),
    "sin": (0.3, _unary(sin)),
    "cos": (0.3, _unary(cos)),
    "erf": (0.3, _unary(erf)),
    "abs": (0.5, _unary(lambda part: applied(Abs, [part]))),
    "sign": (0.2, _unary(sign)),
    "relu": (0.8, _unary(lambda a: MaxOf(0, a))),
    "max": (0.4, _binary(MaxOf)),
    "min": (0.4, _binary(MinOf)),
    "max or min of three": (0.3, _three),
    "where": (0.6, _where),
    "bracket": (0.7, _bracket),
    "guarded": (0.6, _guarded),
    "sum": (3, _reduction(total)),
    "mean": (0.8, _reduction(mean, conditional=False)),
    "prod": (0.3, _reduction(product)),
    "max over": (0.5, _reduction(largest, conditional=False)),
    "min over": (0.3, _reduction(smallest, conditional=False)),
    "log sum exp": (0.5, _log_sum_exp),
    "softmax": (0.5, _softmax),
    "ratio of reductions": (0.4, _ratio),
}


def _by_size(self: RandomModel, depth: int, scope: Scope) -> Expr | None:
    """A quotient by a number of which it is not known that it is positive."""
    less = self.rng.choice((Rational(1, 2), 1, 4))
    return self.real(depth, scope) / (Size(self.rng.choice(self.known)) - less)


#: What came later, by the first seed that has it: the seeds before keep their models.
ADDED: dict[int, dict[str, tuple[float, Made]]] = {
    200_000_000: {"quotient by a size": (0.5, _by_size)},
    400_000_000: {"step of erf": (0.2, _binary(lambda a, b: erf(a) - erf(b)))},
}


# Templates: several equations that belong together.


def _matrix(self: RandomModel) -> Tensor | None:
    found = [t for t in self.tensors if len(set(t.axes)) == 2]
    return self.rng.choice(found) if found else None


def _normalised(self: RandomModel, place: int) -> bool:
    """Normalisation over either axis of a matrix: of a batch, of a layer, by the root mean."""
    x = _matrix(self)
    if x is None:
        return False
    over, other = self.rng.sample(x.axes, 2)
    here = {axis: LETTERS[axis][0] for axis in x.axes}
    along = {**here, over: LETTERS[over][1]}
    mid, spread = Tensor(f"mid{place}", [other]), Tensor(f"spread{place}", [other])
    at, then = Element(x, *(here[a] for a in x.axes)), Element(x, *(along[a] for a in x.axes))
    o = here[other]
    small = Rational(1, 100)
    self.definitions += [
        define(mid[o], mean(then, along[over])),
        define(spread[o], sqrt(mean((then - mid[o]) ** 2, along[over]) + small)),
    ]
    self.define(f"z{place}", x.axes, (at - mid[o]) / spread[o])
    return True


def _attention(self: RandomModel, place: int) -> bool:
    """Attention of the rows of a matrix to each other, masked or not."""
    x = _matrix(self)
    if x is None:
        return False
    rows, columns = x.axes
    t, u, v = LETTERS[rows][:3]
    k = LETTERS[columns][0]
    score, weight = Tensor(f"a{place}", [rows, rows]), Tensor(f"att{place}", [rows, rows])
    mask = self.rng.choice((None, "<="))
    where = Compare(mask, v, t) if mask else None
    exps = Exp(score[t, u]) / total(Exp(score[t, v]), v, where=where)
    if mask:
        exps = exps * bracket(Compare(mask, u, t))
    self.definitions += [
        define(score[t, u], total(x[t, k] * x[u, k], k) / sqrt(Size(columns))),
        define(weight[t, u], exps),
    ]
    over = total(weight[t, u] * x[u, k], u)
    self.define(f"o{place}", x.axes, over)
    return True


def _likelihood(self: RandomModel, place: int) -> bool:
    """The negative log-likelihood of a softmax at a label."""
    x = _matrix(self)
    if x is None:
        return False
    rows, columns = self.rng.sample(x.axes, 2)
    i, (j, l) = LETTERS[rows][0], LETTERS[columns][:2]
    labels = [t for t in self.labels if t.axes == (rows,) and t.label_of == columns]
    if not labels:
        return False
    y = self.rng.choice(labels)
    slots = {rows: i, columns: j}
    p = Tensor(f"p{place}", [rows, columns])
    at = Element(x, *(slots[a] for a in x.axes))
    then = Element(x, *({**slots, columns: l}[a] for a in x.axes))
    self.definitions.append(define(p[i, j], Exp(at) / total(Exp(then), l)))
    self.define(f"nll{place}", [rows], -log(p[i, y[i]]))
    return True


def _guard_across(self: RandomModel, place: int) -> bool:
    """An equation that is not defined everywhere, used only where it is."""
    axis = self.rng.choice(AXES)
    i, n = LETTERS[axis][:2]
    function, op = self.rng.choice(_PARTIAL)
    x = self.element(self.tensors, (i,))
    if x is None:
        return False
    u = Tensor(f"g{place}", [axis])
    self.definitions.append(define(u[i], function(x)))
    if self.rng.random() < 0.5:
        there = Compare(op, x, S.Zero)
        self.define(f"h{place}", [axis], Where(there, u[i] * self.leaf((i,)), self.leaf((i,))))
        return True
    at = self.element([t for t in self.tensors if t.axes == (axis,)], (i,))
    if at is None or x != at:
        holds = bracket(Compare(op, x, S.Zero))
        self.define(f"h{place}", [axis], holds * u[i])
        return True
    where = Compare(op, Element(x.tensor, n), S.Zero) if x.slots == (i,) else None
    if where is None:
        return False
    self.define(f"h{place}", [], total(u[n], n, where=where))
    return True


def _tied(self: RandomModel, place: int) -> bool:
    """An autoencoder: one matrix, there and back."""
    w = _matrix(self)
    if w is None:
        return False
    rows, columns = w.axes
    j, l = LETTERS[rows][:2]
    k = LETTERS[columns][0]
    code = Tensor(f"code{place}", [columns])
    self.definitions.append(define(code[k], tanh(total(w[l, k] * self.leaf((l,)), l))))
    self.define(f"back{place}", [rows], total(w[j, k] * code[k], k))
    return True


def _kernel(self: RandomModel, place: int) -> bool:
    """A kernel of the distances of the rows of a matrix, each to itself included."""
    x = _matrix(self)
    if x is None:
        return False
    rows, columns = x.axes
    t, u = LETTERS[rows][:2]
    k = LETTERS[columns][0]
    d = total((x[t, k] - x[u, k]) ** 2, k)
    if self.rng.random() < 0.5:
        named = Tensor(f"dist{place}", [rows, rows])
        self.definitions.append(define(named[t, u], d))
        d = named[t, u]
    scale = Exp(self.leaf(()))
    kernels = (Exp(-d * scale), 1 / (1 + d * scale), (1 + d) ** (-scale), log(1 + d * scale))
    self.define(f"near{place}", [rows], total(self.rng.choice(kernels) * self.leaf((u,)), u))
    return True


TEMPLATES: tuple[Template, ...] = (
    ("normalisation", _normalised),
    ("attention", _attention),
    ("softmax likelihood", _likelihood),
    ("guard across equations", _guard_across),
    ("tied weights", _tied),
)

#: What occurs besides constructs and templates.
BESIDES = (
    *("argmax", "argmin", "gather", "nested gather", "row gather", "gather of an arg max"),
    *("diagonal", "condition of positions", "condition of reals", "and", "or", "sum over two"),
    *("reduction with a condition", "size as a number", "const", "array output", "awkward names"),
    *(f"{kind} domain" for kind in DOMAINS),
)
#: Templates that came later, by the first seed that has them.
ADDED_TEMPLATES: dict[int, tuple[Template, ...]] = {
    400_000_000: (("kernel of distances", _kernel),)
}
#: All that is counted.
EVERY = (
    *CONSTRUCTS,
    *(name for added in ADDED.values() for name in added),
    *(name for name, _ in TEMPLATES),
    *(name for added in ADDED_TEMPLATES.values() for name, _ in added),
    *BESIDES,
)


def random_model(seed: int) -> tuple[Model, frozenset[str]]:
    """The model of a seed, and the constructs that occur in it."""
    constructs, templates = dict(CONSTRUCTS), list(TEMPLATES)
    for first, added in ADDED.items():
        constructs |= added if seed >= first else {}
    for first, more in ADDED_TEMPLATES.items():
        templates += more if seed >= first else ()
    rng = random.Random(seed)  # noqa: S311 - models, not secrets
    writer = RandomModel(rng, constructs=constructs, templates=tuple(templates))
    model = writer.model()
    return model, frozenset(writer.used)


def pairs(used: Iterable[str]) -> set[tuple[str, str]]:
    """The pairs of constructs that occur together."""
    names = sorted(used)
    return {(a, b) for place, a in enumerate(names) for b in names[place + 1 :]}
