"""From equations to the array program, by general rules: one for each kind of expression."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from sympy import Abs, Add, Mul, Pow, Rational, S, cos, erf, log, sign, sin, sqrt, tanh
from sympy.core.basic import Basic
from sympy.core.expr import Expr
from sympy.core.numbers import Number, NumberSymbol

from symderive.codegen.exact import common_divisor, damped, grows, tanh_rests
from symderive.codegen.ir import (
    Dims,
    Graph,
    Kind,
    Node,
    Var,
    is_number,
    is_positive_static,
    is_static,
    opposite,
    union,
    without,
)
from symderive.codegen.ops import OPS
from symderive.codegen.slopes import apart
from symderive.codegen.symmetric import contracted, view_of
from symderive.errors import NotSupportedError
from symderive.expr import (
    FALSE,
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
    Reduce,
    Sigmoid,
    Size,
    Softplus,
    Tensor,
    Where,
    Xdivy,
    Xlogy,
    all_of,
    children,
    conjuncts,
    in_order,
    replace,
    unknown,
)
from symderive.model import Equation
from symderive.model.evaluate import Evaluator, Point, mp_field

#: What an index stands for: a variable, or an integer array (after a delta was contracted).
Position: TypeAlias = Var | Node
Env: TypeAlias = Mapping[Basic, Position]

#: SymPy function -> operation.
FUNCTIONS: dict[type, str] = {
    Exp: "exp",
    Expm1: "expm1",
    log: "log",
    Log2: "log2",
    Log1p: "log1p",
    tanh: "tanh",
    sin: "sin",
    cos: "cos",
    erf: "erf",
    Erfc: "erfc",
    Sigmoid: "sigmoid",
    Softplus: "softplus",
    Xlogy: "xlogy",
    Xdivy: "xdivy",
    Abs: "absolute",
    sign: "sign",
}

#: What a reduction gives over nothing: an entry that a condition excludes counts as this.
NEUTRAL: dict[str, Fraction | float] = {
    "sum": Fraction(0),
    "prod": Fraction(1),
    "max": -math.inf,
    "min": math.inf,
    "lse": -math.inf,
    "argmax": -math.inf,
    "argmin": math.inf,
}

#: Decimal digits with which a number such as sqrt(2) is computed before it is rounded.
_DIGITS = 40

#: Whole exponents up to this are products, not calls of ``power``.
_MOST_FACTORS = 4


@dataclass(frozen=True)
class Lowered:
    """An equation as a node, with the variables that stand for its indices."""

    node: Node
    variables: Dims


@dataclass
class _Conditions:
    """A conjunction, taken apart.

    ``slots`` are variables that equal an index array, ``holes`` those that differ from one,
    ``mask`` is the rest.
    """

    env: dict[Basic, Position]
    slots: list[tuple[Var, Node]] = field(default_factory=list)
    holes: list[tuple[Var, Node]] = field(default_factory=list)
    mask: Node | None = None


class Lowering:
    """Lowers equations one after the other into one graph; later ones may use earlier ones."""

    def __init__(self, graph: Graph, axes: Sequence[Axis]) -> None:
        self.graph = graph
        self.values: dict[str, Lowered] = {}
        self._axes = {axis: position for position, axis in enumerate(axes)}
        self._memo: dict[tuple[object, ...], Node] = {}
        self._free: dict[int, tuple[Basic, ...]] = {}
        self._numeric: dict[int, bool] = {}
        self._keep: list[Basic] = []
        #: Names of exponentials.
        self.exponentials: dict[str, Equation] = {}

    # --- names ------------------------------------------------------------------------------

    def argument(self, tensor: Tensor) -> None:
        """Make an input known."""
        dims = self._variables(tensor.axes)
        dtype = "int" if tensor.label_of is not None else "real"
        node = self.graph.input(tensor.name, dims, dtype)  # type: ignore[arg-type]
        self.values[tensor.name] = Lowered(node, dims)

    def equation(self, equation: Equation) -> Lowered:
        """Lower an equation and make its name known."""
        dims = self._variables(equation.tensor.axes)
        env: Env = dict(zip(equation.indices, dims, strict=True))
        if isinstance(equation.rhs, Exp) and equation.where == TRUE:
            self.exponentials[equation.name] = equation
        guard = None if equation.where == TRUE else self._cond(equation.where, env, None)
        if equation.tensor.label_of is not None:
            node = self._integer(equation.rhs, env, guard)
        else:
            node = self._real(equation.rhs, env, guard)
        self.values[equation.name] = Lowered(node, dims)
        return self.values[equation.name]

    def _variables(self, axes: Iterable[Axis]) -> Dims:
        counts: dict[Axis, int] = {}
        dims = []
        for axis in axes:
            counts[axis] = counts.get(axis, -1) + 1
            dims.append(self._var(axis, counts[axis]))
        return tuple(dims)

    def _var(self, axis: Axis, ordinal: int) -> Var:
        position = self._axes.setdefault(axis, len(self._axes))
        return Var(position, axis.name, ordinal)

    # --- scopes -----------------------------------------------------------------------------

    def _free_in(self, root: Basic) -> tuple[Basic, ...]:
        """The free and open bound indices of ``root``, in order of occurrence."""
        if id(root) not in self._free:
            self._keep.append(root)
            for node in unknown(root, self._free):
                self._numeric[id(node)] = _is_numeric(node) and all(
                    self._numeric[id(child)] for child in children(node)
                )
                found: dict[Basic, None] = {}
                if isinstance(node, Index | Bound):
                    found[node] = None
                for child in children(node):
                    found.update(dict.fromkeys(self._free[id(child)]))
                if isinstance(node, Reduce):
                    for bound in node.bound:
                        found.pop(bound, None)
                self._free[id(node)] = tuple(found)
        return self._free[id(root)]

    def _scope(self, env: Env, *roots: Basic) -> Dims:
        """The variables that ``roots`` depend on."""
        places = [env[index] for root in roots for index in self._free_in(root) if index in env]
        return union(*((p,) if isinstance(p, Var) else p.dims for p in places))

    def _bind(self, node: Reduce, env: Env) -> tuple[dict[Basic, Position], list[Var]]:
        """Variables for the bound indices: the first that the reduction does not use."""
        used = set(self._scope(env, node))
        inner = dict(env)
        bound = []
        for index in node.bound:
            ordinal = 0
            while (var := self._var(index.axis, ordinal)) in used:
                ordinal += 1
            used.add(var)
            inner[index] = var
            bound.append(var)
        return inner, bound

    # --- integers ---------------------------------------------------------------------------

    def _integer(self, expr: Basic, env: Env, guard: Node | None) -> Node:
        """An index, a label, or an arg max."""
        match expr:
            case Index() | Bound():
                place = env[expr]
                return self.graph.iota(place) if isinstance(place, Var) else place
            case Element():
                return self._element(expr, env)
            case Reduce() if expr.kind in ("argmax", "argmin"):
                return self._extremum(expr, env, guard)
        raise NotSupportedError(f"{type(expr).__name__} as a position: {expr}")

    def _element(self, element: Element, env: Env) -> Node:
        found = self.values.get(element.tensor.name)
        if found is None:
            raise NotSupportedError(f"{element}: {element.tensor.name} is not defined before")
        places: dict[Var, Position] = {}
        for var, slot in zip(found.variables, element.slots, strict=True):
            if isinstance(slot, Index | Bound):
                places[var] = env[slot]
            else:
                places[var] = self._integer(slot, env, None)
        return self.graph.substitute(found.node, places)

    # --- conditions -------------------------------------------------------------------------

    def _cond(self, cond: Basic, env: Env, guard: Node | None) -> Node:
        graph = self.graph
        if cond in (TRUE, FALSE):
            return graph.constant(cond == TRUE)
        match cond:
            case AllOf() | AnyOf():
                op = "and" if isinstance(cond, AllOf) else "or"
                parts = [self._cond(part, env, guard) for part in cond.args]
                result = parts[0]
                for part in parts[1:]:
                    result = graph.map(op, result, part)
                return result
            case Compare():
                if _is_position(cond.lhs) and _is_position(cond.rhs):
                    lhs, rhs = (self._integer(side, env, guard) for side in (cond.lhs, cond.rhs))
                    if lhs is rhs:
                        return graph.constant(cond.op in ("==", "<=", ">="))
                else:
                    lhs, rhs = (self._real(side, env, guard) for side in (cond.lhs, cond.rhs))
                return graph.map(cond.op, lhs, rhs)
        raise NotSupportedError(f"{type(cond).__name__} as a condition: {cond}")

    def _take_apart(
        self, cond: Basic, env: Env, guard: Node | None, prefer: Sequence[Var] = ()
    ) -> _Conditions:
        """Split a conjunction into deltas, holes and a mask.

        A variable that equals an index array is replaced by it everywhere; of two variables
        that are equal, one of ``prefer`` goes, else the later one.
        """
        found = _Conditions(dict(env))
        parts = list(conjuncts(cond))
        while True:
            delta = self._delta("==", parts, found.env, prefer)
            if delta is None:
                break
            position, var, index = delta
            del parts[position]
            found.slots = [(v, self.graph.substitute(n, {var: index})) for v, n in found.slots]
            found.slots.append((var, index))
            for key, place in found.env.items():
                if place == var:
                    found.env[key] = index
                elif isinstance(place, Node) and var in place.dims:
                    found.env[key] = self.graph.substitute(place, {var: index})
        while True:
            delta = self._delta("!=", parts, found.env, prefer)
            if delta is None:
                break
            position, var, index = delta
            del parts[position]
            found.holes.append((var, index))
        masks: list[Node | None] = []
        for part in parts:
            inner = self.graph.all_of([guard, *masks])
            masks.append(self._cond(part, found.env, inner))
        found.mask = self.graph.all_of(masks)
        return found

    def _delta(
        self, op: str, parts: Sequence[Basic], env: Env, prefer: Sequence[Var]
    ) -> tuple[int, Var, Node] | None:
        """The first of ``parts`` that compares a variable with an index array without it."""
        for position, part in enumerate(parts):
            if not (isinstance(part, Compare) and part.op == op):
                continue
            candidates = []
            for side, other in ((part.lhs, part.rhs), (part.rhs, part.lhs)):
                if isinstance(side, Index | Bound) and _is_position(other):
                    var, index = env[side], self._integer(other, env, None)
                    if isinstance(var, Var) and var not in index.dims:
                        candidates.append((var in prefer, var, index))
            if candidates:
                _, var, index = max(candidates, key=lambda row: row[:2])
                return position, var, index
        return None

    def _guard(self, guard: Node | None, found: _Conditions) -> Node | None:
        """``guard`` and what ``found`` asks for besides, as a mask."""
        holes = [self.graph.map("!=", self.graph.iota(var), index) for var, index in found.holes]
        if guard is not None and found.slots:
            guard = self.graph.substitute(guard, dict(found.slots))
        return self.graph.all_of([guard, found.mask, *holes])

    def _keep_or_fill(self, value: Node, found: _Conditions, fill: Node) -> Node:
        """``value`` where the conditions hold, else the number ``fill``."""
        graph = self.graph
        if found.mask is not None:
            value = graph.select(found.mask, value, fill)
        for hole in found.holes:
            value = graph.put(value, [hole], fill)
        if found.slots:
            value = graph.put(fill, found.slots, value)
        return value

    # --- reals ------------------------------------------------------------------------------

    def _real(self, expr: Basic, env: Env, guard: Node | None) -> Node:
        key = (
            id(expr),
            guard.uid if guard is not None else None,
            *(
                place if isinstance(place := env[index], Var) else place.uid
                for index in self._free_in(expr)
            ),
        )
        if key not in self._memo:
            self._keep.append(expr)
            self._memo[key] = self._lower(expr, env, guard)
        return self._memo[key]

    def _lower(self, expr: Basic, env: Env, guard: Node | None) -> Node:
        if self._is_number(expr):
            return self.graph.constant(number_of(expr))
        match expr:
            case Size():
                return self.graph.size(expr.axis.name)
            case Element():
                return self._real_element(expr, env)
            case Add():
                return self._sum_of_terms(in_order(expr.args), env, guard)
            case Mul() | Iverson():
                return self._product(expr, env, guard)
            case Pow():
                return self._power(expr, env, guard)
            case Where():
                return self._where(expr, env, guard)
            case MaxOf() | MinOf():
                return self._best(expr, env, guard)
            case Reduce():
                return self._reduction(expr, env, guard)
            case _ if type(expr) in FUNCTIONS:
                return self._function(FUNCTIONS[type(expr)], expr.args, env, guard)
        raise NotSupportedError(f"code for {type(expr).__name__}: {expr}")

    def _real_element(self, element: Element, env: Env) -> Node:
        node = self._element(element, env)
        if node.dtype != "real":
            raise NotSupportedError(f"the label {element} as a real number")
        return node

    def _best(self, expr: MaxOf | MinOf, env: Env, guard: Node | None) -> Node:
        """The largest or smallest argument."""
        op = "maximum" if isinstance(expr, MaxOf) else "minimum"
        parts = [self._real(arg, env, guard) for arg in expr.args]
        parts.sort(key=is_static)  # a bound stands last, as in np.maximum(u, 0)
        result = parts[0]
        for part in parts[1:]:
            result = self.graph.map(op, result, part)
        return result

    def _function(self, op: str, args: Sequence[Basic], env: Env, guard: Node | None) -> Node:
        if op == "erfc":
            return self._erfc(args[0], env, guard)
        if op == "log" and isinstance(args[0], Erfc):
            return self.graph.map("log_erfc", self._real(sqrt(2) * args[0].args[0], env, guard))
        if op == "log" and isinstance(args[0], Softplus):
            return self.graph.map("log_softplus", self._real(args[0].args[0], env, guard))
        if op == "log" and isinstance(args[0], Mul) and isinstance(-args[0], Expm1):
            u = -(-args[0]).args[0]
            if isinstance(u, Exp):
                return self.graph.map("log_gumbel", self._real(u.args[0], env, guard))
            return self._safe("log1mexp", guard, self._real(u, env, guard))
        if op == "xlogy" and isinstance(args[1], Exp | Sigmoid):
            (u,) = args[1].args
            value = u if isinstance(args[1], Exp) else -Softplus(-u)
            parts = (self._real(arg, env, guard) for arg in (args[0], value))
            return self.graph.map("weighted", *parts)
        if op in ("xlogy", "xdivy"):
            x, y = (self._real(arg, env, guard) for arg in args)
            return self._beside_static(op, x, y) if is_static(y) else self._safe(op, guard, x, y)
        square = _square(args[0]) if op == "exp" else None
        if square is not None:
            return self._exp_square(*square, env, guard)
        return self._safe(op, guard, *(self._real(arg, env, guard) for arg in args))

    def _beside_static(self, op: str, x: Node, y: Node) -> Node:
        """``x * log(y)`` or ``x / y`` where y is a number of Python, not an array of a dtype."""
        graph = self.graph
        zero = graph.constant(0)
        inner = ("multiply", x, graph.map("log", y)) if op == "xlogy" else ("divide", x, y)
        found = graph.map(*inner)
        if is_positive_static(y):
            return found
        return graph.select(graph.map("!=", x, zero), found, zero)

    def _exp_square(self, rate: Rational, base: Expr, env: Env, guard: Node | None) -> Node:
        """``exp(rate * base**2)``, in which the rounding of the square would be seen."""
        u = self._real(base, env, guard)
        return self.graph.map("exp_square", u, self.graph.constant(number_of(rate)))

    def _erfc(self, u: Expr, env: Env, guard: Node | None) -> Node:
        """``erfc(u)`` from ``sqrt(2) * u`` and ``exp(-u**2)``, which its derivative has, too.

        Of a root that u may have as a factor, neither has one: ``u = v * sqrt(1/2)`` gives v and
        ``exp(-v**2 / 2)``.
        """
        factors = Mul.make_args(u)
        scale = Mul(*(factor for factor in factors if factor.is_number))
        base = Mul(*(factor for factor in factors if not factor.is_number))
        if not _is_dyadic(scale**2):
            scale, base = S.One, u
        power = self._exp_square(-(scale**2), base, env, guard)
        return self.graph.map("erfc", self._real(sqrt(2) * scale * base, env, guard), power)

    def _safe(self, op: str, guard: Node | None, *operands: Node) -> Node:
        """An operation that sees a harmless operand where ``guard`` excludes an entry."""
        safe = OPS[op].safe
        parts = list(operands)
        if safe is not None and guard is not None:
            place, harmless = safe
            part = parts[place]
            fits = set(guard.dims) <= set(part.dims)
            if not is_positive_static(part) if is_static(part) else fits:
                parts[place] = self.graph.select(guard, part, self.graph.constant(harmless))
        return self.graph.map(op, *parts)

    def _where(self, expr: Where, env: Env, guard: Node | None) -> Node:
        graph = self.graph
        cond, yes, no = expr.args
        for test, inside, outside in ((cond, yes, no), (_other(cond), no, yes)):
            number = number_of(outside) if self._is_number(outside) else None
            if test is None or (number is None and not _is_delta(test)):
                continue
            found = self._take_apart(test, env, guard)
            if number is None and not (found.slots and not found.holes and found.mask is None):
                continue
            value = self._real(inside, found.env, self._guard(guard, found))
            if number is not None:
                return self._keep_or_fill(value, found, graph.constant(number))
            return graph.put(self._real(outside, env, guard), found.slots, value)
        mask = self._cond(cond, env, guard)
        yes_guard = graph.all_of([guard, mask])
        no_guard = graph.all_of([guard, graph.map("not", mask)])
        return graph.select(mask, self._real(yes, env, yes_guard), self._real(no, env, no_guard))

    def _power(self, expr: Pow, env: Env, guard: Node | None) -> Node:
        graph = self.graph
        base_expr, exponent = expr.args
        if exponent.is_Rational and exponent.is_negative:
            inverse = self._inverse(expr, env, guard)
            if inverse is not None:
                return inverse
            below = self._real(Pow(base_expr, -exponent), env, guard)
            return self._safe("divide", guard, graph.constant(1), below)
        base = self._real(base_expr, env, guard)
        if exponent.is_Integer:
            return self._whole_power(base, int(exponent))
        if exponent.is_Rational and exponent.q == 2 and exponent.p < 2 * _MOST_FACTORS:
            root = self._safe("root", guard, base)
            whole = self._whole_power(base, int(exponent.p // 2))
            return graph.map("multiply", whole, root)
        power = self._real(exponent, env, guard)
        return self._safe("power", guard, base, power)

    def _inverse(self, expr: Pow, env: Env, guard: Node | None) -> Node | None:
        """``a**-n`` as ``(1/a)**n``, where ``a**n`` may overflow before the quotient vanishes."""
        base, exponent = expr.args
        if not exponent.is_Integer or exponent >= -1:
            return None
        below = self._real(base, env, guard)
        if not grows(below):
            return None
        inverse = self._safe("divide", guard, self.graph.constant(1), below)
        return self._whole_power(inverse, -int(exponent))

    def _whole_power(self, base: Node, exponent: int) -> Node:
        graph = self.graph
        if exponent == 0:
            return graph.constant(1)
        if exponent > _MOST_FACTORS:
            return graph.map("power", base, graph.constant(exponent))
        if exponent == 1:
            return base
        square = graph.map("multiply", base, base) if is_static(base) else graph.map("square", base)
        if exponent == 2:
            return square
        return graph.map("multiply", square, base if exponent == 3 else square)

    # --- sums of terms and products ---------------------------------------------------------

    def _sum_of_terms(self, terms: Sequence[Expr], env: Env, guard: Node | None) -> Node:
        """Terms with a delta are added to the array of the others, in place of a dense mask."""
        graph = self.graph
        divisor = common_divisor(terms)
        if divisor > 1:
            whole = self._sum_of_terms([term * divisor for term in terms], env, guard)
            return graph.map("divide", whole, graph.constant(divisor))
        dense: list[tuple[Expr, Node]] = []
        deltas: list[tuple[_Conditions, Node]] = []
        for term in terms:
            found, rest = self._bracket(term, env, guard)
            if found is not None and found.slots:
                value = self._real(rest, found.env, self._guard(guard, found))
                inner = _Conditions(found.env, [], found.holes, found.mask)
                deltas.append((found, self._keep_or_fill(value, inner, graph.constant(0))))
            else:
                dense.append((term, self._real(term, env, guard)))
        result = self._added(dense)
        for found, value in deltas:
            result = graph.put(result, found.slots, value, "add")
        return result

    def _added(self, terms: Sequence[tuple[Expr, Node]]) -> Node:
        """The sum; differences of entries of one array first, then from the smallest array up."""
        graph = self.graph
        groups: dict[str | int, Node] = {}
        for term, node in terms:
            _, rest = term.as_coeff_Mul()
            key = rest.tensor.name if isinstance(rest, Element) else node.uid
            groups[key] = graph.map("add", groups[key], node) if key in groups else node
        tanh_rests(graph, groups)
        # A positive term first spares a negation.
        parts = sorted(
            groups.values(), key=lambda part: (part.rank, opposite(graph, part) is not None)
        )
        result = graph.constant(0)
        for part in parts:
            result = graph.map("add", result, part)
        return result

    def _bracket(
        self, term: Basic, env: Env, guard: Node | None
    ) -> tuple[_Conditions | None, Expr]:
        """The conditions of the brackets of a product, taken apart, and the other factors."""
        factors = Mul.make_args(term)
        brackets = [f for f in factors if isinstance(f, Iverson)]
        if not brackets:
            return None, term
        cond = all_of(bracket.cond for bracket in in_order(brackets))
        rest = Mul(*(f for f in factors if not isinstance(f, Iverson)))
        return self._take_apart(cond, env, guard), rest

    def _product(self, expr: Expr, env: Env, guard: Node | None) -> Node:
        graph = self.graph
        found, rest = self._bracket(expr, env, guard)
        if found is not None:
            value = self._real(rest, found.env, self._guard(guard, found))
            return self._keep_or_fill(value, found, graph.constant(0))
        above, below = self._factors(expr, env, guard)
        return self._quotient(above, below, guard)

    def _factors(self, expr: Basic, env: Env, guard: Node | None) -> tuple[list[Node], list[Node]]:
        """Numerator and denominator of a product without brackets."""
        above: list[Node] = []
        below: list[Node] = []
        numbers: list[Basic] = []
        slopes, factors = self._slopes(expr, env, guard)
        above += [self._whole_power(node, times) for node, times in slopes]
        for factor in in_order(factors):
            if self._is_number(factor):
                numbers.append(factor)
            elif isinstance(factor, Pow) and factor.exp.is_Rational and factor.exp.is_negative:
                inverse = self._inverse(factor, env, guard)
                if inverse is not None:
                    above.append(inverse)
                else:
                    below.append(self._real(Pow(factor.base, -factor.exp), env, guard))
            else:
                above.append(self._real(factor, env, guard))
        value = number_of(Mul(*numbers))
        # x / 3 is more exact than x times the float next to 1/3.
        if isinstance(value, Fraction) and abs(value.numerator) == 1:
            divisor = value.denominator
            if divisor & (divisor - 1):  # powers of two are exact either way
                below.append(self.graph.constant(divisor))
                value *= divisor
        return [self.graph.constant(value), *above], below

    def _slopes(
        self, expr: Basic, env: Env, guard: Node | None
    ) -> tuple[list[tuple[Node, int]], list[Expr]]:
        """Slopes of what vanishes far out, each with its power, and the other factors."""
        factors, slopes = apart(self._with_exponentials(Mul.make_args(expr)))
        found = [(op, self._real(argument, env, guard), times) for op, argument, times in slopes]
        return [(self.graph.map(op, node), times) for op, node, times in found], factors

    def _with_exponentials(self, factors: Sequence[Basic]) -> Sequence[Basic]:
        """The factors with ``exp(v)`` for its name where they divide by ``expm1`` of less that."""
        table: dict[Basic, Basic] = {}
        for factor in factors:
            base, exponent = factor.as_base_exp()
            name = -base.args[0] if isinstance(base, Expm1) and exponent.is_negative else None
            if isinstance(name, Element) and name.tensor.name in self.exponentials:
                equation = self.exponentials[name.tensor.name]
                slots = dict(zip(equation.indices, name.slots, strict=True))
                table[name] = replace(equation.rhs, slots)
        return [replace(factor, table) for factor in factors] if table else factors

    def _is_number(self, expr: Basic) -> bool:
        """Whether ``expr`` is made of numbers alone."""
        self._free_in(expr)
        return self._numeric[id(expr)]

    def _multiplied(self, factors: Iterable[Node]) -> Node:
        """The product, from the smallest array up."""
        graph = self.graph
        parts = damped(graph, tuple(factors))
        parts.sort(key=lambda part: (part.rank, not is_static(part)))
        signs = [part for part in parts if is_number(part, -1)]
        parts = [part for part in parts if not is_number(part, -1)]
        result = graph.constant(1)
        for part in parts:
            result = graph.map("multiply", result, part)
        return graph.map("negative", result) if len(signs) % 2 else result

    def _quotient(self, above: list[Node], below: list[Node], guard: Node | None) -> Node:
        if not below:
            return self._multiplied(above)
        divisor = self._multiplied(below)
        # Divide before the array grows: (a / N) * x rather than (a * x) / N.
        inner = [part for part in above if part.rank <= divisor.rank]
        outer = [part for part in above if part.rank > divisor.rank]
        if not any(not is_static(part) for part in inner) and outer:
            smallest = min(outer, key=lambda part: part.rank)
            outer.remove(smallest)
            inner.append(smallest)
        quotient = self._safe("divide", guard, self._multiplied(inner), divisor)
        return self._multiplied([quotient, *outer])

    # --- reductions -------------------------------------------------------------------------

    def _reduction(self, expr: Reduce, env: Env, guard: Node | None) -> Node:
        if expr.kind == "sum":
            return self._sum(expr, env, guard)
        if expr.kind in ("argmax", "argmin"):
            raise NotSupportedError(f"{expr.kind} inside an expression: {expr}")
        inner, bound = self._bind(expr, env)
        if guard is not None and set(guard.dims) & set(bound):
            guard = None  # the variable is bound anew: what guards the outer one says nothing here
        found = self._take_apart(expr.cond, inner, guard, bound)
        kind: Kind = expr.kind  # type: ignore[assignment]
        fill = self.graph.constant(NEUTRAL[kind])
        value = self._real(expr.body, found.env, self._guard(guard, found))
        gone = [var for var, _ in found.slots if var in bound]
        kept = [slot for slot in found.slots if slot[0] not in bound]
        value = self._keep_or_fill(value, _Conditions({}, [], found.holes, found.mask), fill)
        left = [var for var in bound if var not in gone]
        inside = [slot for slot in kept if set(slot[1].dims) & set(left)]
        if inside:
            value = self.graph.put(fill, inside, value)
        value = self.graph.reduce(kind, value, left)
        outside = [slot for slot in kept if slot not in inside]
        return self.graph.put(fill, outside, value) if outside else value

    def _extremum(self, expr: Reduce, env: Env, guard: Node | None) -> Node:
        """The first position that the condition allows and where the extremum is attained."""
        graph = self.graph
        inner, bound = self._bind(expr, env)
        if guard is not None and set(guard.dims) & set(bound):
            guard = None
        allowed = None if expr.cond == TRUE else self._cond(expr.cond, inner, guard)
        value = self._real(expr.body, inner, graph.all_of([guard, allowed]))
        kind: Kind = expr.kind  # type: ignore[assignment]
        if allowed is None:
            return graph.reduce(kind, value, bound)
        value = graph.select(allowed, value, graph.constant(NEUTRAL[kind]))
        value = graph.broadcast(value, bound)
        best = graph.reduce("max" if kind == "argmax" else "min", value, bound)
        attained = graph.map("and", graph.map("==", value, best), allowed)
        return graph.reduce("argmax", attained, bound)

    def _sum(self, expr: Reduce, env: Env, guard: Node | None) -> Node:
        """A sum: a contraction, a masked sum, a gather, or a scatter, as its condition says."""
        inner, bound = self._bind(expr, env)
        if guard is not None and set(guard.dims) & set(bound):
            guard = None
        factors = Mul.make_args(expr.body)
        brackets = [f.cond for f in factors if isinstance(f, Iverson)]
        rest = Mul(*(f for f in factors if not isinstance(f, Iverson)))
        found = self._take_apart(all_of([expr.cond, *brackets]), inner, guard, bound)
        slots = [slot for slot in found.slots if slot[0] not in bound]
        over = without(bound, (var for var, _ in found.slots))
        within = self._guard(guard, found)
        return self._summed(rest, found, over, slots, within)

    def _summed(
        self,
        body: Expr,
        found: _Conditions,
        over: Dims,
        slots: list[tuple[Var, Node]],
        guard: Node | None,
    ) -> Node:
        graph = self.graph
        above, below = self._split_squares(body, found.env, guard)
        numbers = [part for part in above if is_static(part)]
        above = [part for part in above if not is_static(part)]
        divisors = [part for part in below if is_static(part)]
        below = [part for part in below if not is_static(part)]
        # A divisor joins a factor that has all its variables; else it is a factor of its own.
        factors = list(above)
        for part in below:
            hosts = [f for f in factors if set(part.dims) <= set(f.dims)]
            host = min(hosts, key=lambda f: f.rank) if hosts else graph.constant(1)
            if hosts:
                factors.remove(host)
            factors.append(self._safe("divide", guard, host, part))
        targets = union(*(index.dims for _, index in slots))
        scattered = tuple(var for var in over if var in targets)
        plain = tuple(var for var in over if var not in targets)
        if found.mask is None and not found.holes:
            value = self._contracted(factors, plain)
        else:
            value = self._masked(factors, found, plain, keep=bool(scattered))
        if slots:
            if scattered:
                value = graph.scatter(value, slots, scattered)
            else:
                value = graph.put(graph.constant(0), slots, value)
        return self._quotient([value, *numbers], divisors, self._somewhere(guard, value.dims))

    def _somewhere(self, guard: Node | None, dims: Dims) -> Node | None:
        """Whether ``guard`` holds for some value of the variables that are not among ``dims``."""
        gone = without(guard.dims, dims) if guard is not None else ()
        if guard is None or not gone:
            return guard
        count = self.graph.reduce("sum", self.graph.map("real", guard), gone)
        return self.graph.map(">", count, self.graph.constant(0))

    def _split_squares(
        self, body: Expr, env: Env, guard: Node | None
    ) -> tuple[list[Node], list[Node]]:
        """Factors of a summand; ``a**2`` counts as two, for a contraction."""
        above: list[Node] = []
        below: list[Node] = []
        slopes, factors = self._slopes(body, env, guard)
        above += [node for node, times in slopes for _ in range(times)]
        for factor in in_order(factors):
            if isinstance(factor, Pow) and factor.exp == 2:
                node = self._real(factor.base, env, guard)
                above += [node, node]
            else:
                up, down = self._factors(factor, env, guard)
                above += up
                below += down
        return above, below

    def _masked(self, factors: list[Node], found: _Conditions, over: Dims, *, keep: bool) -> Node:
        """The sum of a product over the entries that the conditions allow."""
        graph = self.graph
        zero = graph.constant(0)
        conditions = _Conditions({}, [], found.holes, found.mask)
        holes = [graph.map("!=", graph.iota(var), index) for var, index in found.holes]
        mask = graph.all_of([found.mask, *holes]) or graph.constant(True)
        every = union(mask.dims, *(factor.dims for factor in factors))
        inside = [factor for factor in factors if set(factor.dims) <= set(mask.dims)]
        outside = [factor for factor in factors if not set(factor.dims) <= set(mask.dims)]
        if keep or any(set(factor.dims) == set(every) for factor in (mask, *factors)):
            if not inside and not outside and found.mask is None and len(found.holes) == 1:
                (hole,) = found.holes
                if over == (hole[0],):
                    return graph.map("subtract", graph.size(hole[0].axis), graph.constant(1))
            value = self._keep_or_fill(self._multiplied(factors), conditions, zero)
            return self._contracted([value], over)
        # Mask the factors that the mask covers, then contract. That is the sum if the others are
        # finite where they are excluded; otherwise the generated code notices and starts anew.
        kept = self._keep_or_fill(
            graph.broadcast(self._multiplied(inside), mask.dims), conditions, zero
        )
        counted = [graph.size(var.axis) for var in over if var not in every]
        over = tuple(var for var in over if var in every)
        quick = self._contracted([kept, *outside], over)
        return self._multiplied([*counted, graph.masked_sum(quick, mask, factors, over)])

    def _contracted(self, factors: Sequence[Node], over: Dims) -> Node:
        """The sum over ``over`` of a product, two arrays at a time, smallest result first."""
        graph = self.graph
        outside = [f for f in factors if not set(f.dims) & set(over)]
        inside = [f for f in factors if set(f.dims) & set(over)]
        used = union(*(f.dims for f in inside))
        outside += [graph.size(var.axis) for var in over if var not in used]
        over = tuple(var for var in over if var in used)
        symmetric = contracted(graph, inside, over, self._multiplied) if over else None
        if symmetric is not None:
            return self._multiplied([*outside, symmetric])
        while len(inside) > 1:
            inside = [
                self._reduced(f, [v for v in over if not _shared(v, f, inside)]) for f in inside
            ]
            left, right = min(
                ((a, b) for k, a in enumerate(inside) for b in inside[k + 1 :]),
                key=lambda pair: _cost(pair, inside, over),
            )
            others = list(inside)
            others.remove(left)
            others.remove(right)
            gone = _ready(left, right, others, over)
            joined = graph.contract(left, right, gone) if gone else self._multiplied([left, right])
            inside = [joined, *others]
            over = without(over, gone)
            outside += [f for f in inside if not set(f.dims) & set(over)]
            inside = [f for f in inside if set(f.dims) & set(over)]
        inside = [self._reduced(f, list(over)) for f in inside]
        return self._multiplied([*outside, *inside])

    def _reduced(self, node: Node, over: Sequence[Var]) -> Node:
        return self.graph.reduce("sum", node, [var for var in over if var in node.dims])


def _shared(var: Var, node: Node, factors: Sequence[Node]) -> bool:
    """Whether ``var`` also occurs in a factor other than ``node`` (by position)."""
    return sum(var in factor.dims for factor in factors) > 1 or var not in node.dims


def _ready(left: Node, right: Node, others: Sequence[Node], over: Iterable[Var]) -> Dims:
    """The variables that the product of two factors can be summed over at once."""
    elsewhere = {var for factor in others for var in factor.dims}
    return tuple(
        var for var in over if var in left.dims and var in right.dims and var not in elsewhere
    )


def _cost(pair: tuple[Node, Node], factors: Sequence[Node], over: Dims) -> tuple[int, int, bool]:
    """The axes of a product, those that stay, and whether both factors are of one array."""
    left, right = pair
    others = list(factors)
    others.remove(left)
    others.remove(right)
    every = union(left.dims, right.dims)
    left_over = without(every, _ready(left, right, others, over))
    return len(every), len(left_over), view_of(left)[0] is view_of(right)[0]


def _is_dyadic(number: Expr) -> bool:
    """Whether a float may be multiplied by ``number`` without rounding."""
    return bool(number.is_Rational) and all(
        abs(int(part)).bit_count() == 1 for part in (number.p, number.q)
    )


def _square(exponent: Expr) -> tuple[Rational, Expr] | None:
    """The rate r and the base u of an exponent ``r * u**2``, where r makes no error."""
    rate, rest = exponent.as_coeff_Mul()
    if isinstance(rest, Pow) and rest.exp == 2 and _is_dyadic(rate):
        return rate, rest.base
    return None


def _is_position(expr: Basic) -> bool:
    """Whether ``expr`` is integer valued: an index, a label, an arg max."""
    match expr:
        case Index() | Bound():
            return True
        case Element():
            return expr.tensor.label_of is not None
        case Reduce():
            return expr.kind in ("argmax", "argmin")
    return False


def _is_delta(cond: Basic) -> bool:
    return isinstance(cond, Compare) and cond.op == "==" and _is_position(cond.lhs)


def _other(cond: Basic) -> Basic | None:
    """The negation of a comparison of positions; of reals there is none, because of nan."""
    if isinstance(cond, Compare) and cond.op in ("==", "!=") and _is_position(cond.lhs):
        return Compare("!=" if cond.op == "==" else "==", cond.lhs, cond.rhs)
    return None


def number_of(expr: Basic) -> Fraction | float:
    """The value of an expression made of numbers alone, exact where it is rational."""
    if isinstance(expr, Rational):
        return Fraction(int(expr.p), int(expr.q))
    value = Evaluator((), Point({}), mp_field(_DIGITS)).evaluate(expr, {})
    return float(value)


def _is_numeric(node: Basic) -> bool:
    """Whether the head of ``node`` stands in expressions that are made of numbers alone."""
    if isinstance(node, Number | NumberSymbol | Add | Mul | Pow):
        return True
    return type(node) in FUNCTIONS
