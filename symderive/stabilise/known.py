"""What the rules may ask: definitions, signs, and which expressions are exponentials at heart."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from enum import IntEnum
from itertools import permutations, product
from typing import NamedTuple, TypeAlias

from sympy import Abs, Add, Mul, Pow, S, erf, log, tanh
from sympy.core.basic import Basic
from sympy.core.expr import Expr
from sympy.core.numbers import Number, NumberSymbol

from symderive.expr import (
    TRUE,
    Bound,
    Compare,
    Element,
    Erfc,
    Exp,
    Expm1,
    Fresh,
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
    all_of,
    children,
    close,
    compare,
    conjuncts,
    elements,
    height,
    in_order,
    mentions,
    open_fresh,
    replace,
    subexpressions,
    unknown,
)
from symderive.model import Declaration, Domain, Equation
from symderive.rewrite.fold import bindings


class Sign(IntEnum):
    """What is known of the sign of a real expression; the order is that of the knowledge."""

    UNKNOWN = 0
    NON_NEGATIVE = 1
    POSITIVE = 2


#: Signs that do not depend on the arguments.
_ALWAYS = {
    Size: Sign.POSITIVE,
    Softplus: Sign.POSITIVE,
    Erfc: Sign.POSITIVE,
    Iverson: Sign.NON_NEGATIVE,
    Abs: Sign.NON_NEGATIVE,
}


#: Functions that are positive, and vanish far out.
FAR_OUT = (Softplus, Erfc)


#: Functions that flatten out on both sides: far out, one less another is nothing.
FLAT = (Sigmoid, tanh, erf, Erfc)


def rise(expr: Basic) -> Expr | None:
    """``w`` where ``expr`` is ``-expm1(-w)``, which is ``1 - exp(-w)``; None where it is not."""
    if not (isinstance(expr, Mul) and len(expr.args) == 2):
        return None
    number, rest = expr.as_coeff_Mul()
    return -rest.args[0] if isinstance(rest, Expm1) and number == S.NegativeOne else None


def is_count(expr: Expr) -> bool:
    """Whether ``expr`` says how many there are: by sizes, or as a sum of ones."""
    if isinstance(expr, Reduce):
        return expr.kind == "sum" and is_count(expr.body)
    return isinstance(expr, Size | Number) or (
        isinstance(expr, Add | Mul) and all(map(is_count, expr.args))
    )


def bundled(expr: Expr) -> Iterator[tuple[Expr, Expr]]:
    """The factors of ``expr`` as (base, exponent), where ``-expm1(u)`` is one.

    >>> from symderive.expr import Tensor
    >>> u = Tensor("u")()
    >>> list(bundled(-2 * Expm1(u)))
    [(-Expm1(u), 1), (2, 1)]
    """
    number, rest = expr.as_coeff_Mul()
    factors = Mul.make_args(rest)
    risen = next((f for f in factors if isinstance(f, Expm1)), None) if number < 0 else None
    if risen is not None:
        yield -risen, S.One
        number = -number
    if number != S.One:
        yield number, S.One
    yield from (factor.as_base_exp() for factor in factors if factor not in (risen, S.One))


#: The letters of a reduction, its condition and its body.
Opened: TypeAlias = tuple[tuple[Index, ...], Basic, Expr]


class Step(NamedTuple):
    """``t * (f(u) - f(v))``, one value of a function that flattens out less another."""

    t: Expr
    function: type
    u: Expr
    v: Expr


def steps(expr: Expr) -> Iterator[Step]:
    """The ways to see a sum of two terms as a step.

    >>> from symderive.expr import Tensor
    >>> u, v = Tensor("u")(), Tensor("v")()
    >>> [(str(step.t), str(step.u), str(step.v)) for step in steps(erf(u) + erf(v))]
    [('1', 'u', '-v'), ('1', 'v', '-u')]
    """
    terms = in_order(expr.args) if isinstance(expr, Add) else ()
    for above, below in permutations(terms) if len(terms) == 2 else ():
        for factor in in_order(Mul.make_args(above)):
            if isinstance(factor, FLAT):
                t, (u,) = above / factor, factor.args
                for side in (-1, 1) if isinstance(factor, erf | tanh) else (-1,):
                    other = side * below / t
                    if type(other) is type(factor):
                        yield Step(t, type(factor), u, -side * other.args[0])


class Known:
    """Facts about the names of a model, as far as its equations have been gone through.

    ``written`` are definitions as they stood, which is what a reader looks up; what is decided
    about a name is decided by its definition as it stands now.
    """

    def __init__(self, declarations: Iterable[Declaration], written: Iterable[Equation]) -> None:
        self.fresh = Fresh()
        self.written = {equation.name: equation for equation in written}
        self.now: dict[str, Expr] = {}
        self._domains = {d.name: d.domain for d in declarations if d.tensor.label_of is None}
        self._name_signs = {name: _declared_sign(d) for name, d in self._domains.items()}
        self._exponential_names: set[str] = set()
        self._wild_names: set[str] = set()
        self._infinite_names: set[str] = set()
        self._signs: dict[int, tuple[Basic, Sign]] = {}
        self._exponentials: dict[int, tuple[Basic, bool]] = {}
        self._wild: dict[int, tuple[Basic, bool]] = {}
        self._infinite: dict[int, tuple[Basic, bool]] = {}
        self._opened: dict[int, tuple[Reduce, Opened]] = {}
        self._instances: dict[Element, tuple[Expr, Expr]] = {}

    def opened(self, node: Reduce) -> Opened:
        """``node`` opened with letters of its own, the same ones each time."""
        found = self._opened.get(id(node))
        if found is None:
            found = self._opened[id(node)] = (node, open_fresh(node, self.fresh))
        return found[1]

    def define(self, equation: Equation) -> None:
        """Take in an equation; those that it uses have been taken in before."""
        self.now[equation.name] = equation.rhs
        self.written.setdefault(equation.name, equation)
        if equation.tensor.label_of is not None:
            return
        self._name_signs[equation.name] = self.sign(equation.rhs)
        if self.may_be_infinite(equation.rhs):
            self._infinite_names.add(equation.name)
        if self.exponential(equation.rhs):
            self._exponential_names.add(equation.name)
        if self.wild(equation.rhs):
            self._wild_names.add(equation.name)

    def definition(self, element: Element) -> Expr | None:
        """The right side that defines ``element``, as it was written, at its indices."""
        equation = self.written.get(element.tensor.name)
        if equation is None:
            return None
        table: dict[Basic, Basic] = dict(zip(equation.indices, element.slots, strict=True))
        instance: Expr = replace(equation.rhs, table)
        return instance

    def current(self, expr: Basic) -> Basic:
        """The definition of an element as it stands now (its indices are not filled in)."""
        if isinstance(expr, Element):
            return self.now.get(expr.tensor.name, expr)
        return expr

    def instance(self, expr: Expr) -> Expr:
        """The definition of an element as it stands now, at its indices; else ``expr`` itself."""
        if not isinstance(expr, Element) or expr.tensor.name not in self.now:
            return expr
        now = self.now[expr.tensor.name]
        found = self._instances.get(expr)
        if found is None or found[0] is not now:
            indices = self.written[expr.tensor.name].indices
            table: dict[Basic, Basic] = dict(zip(indices, expr.slots, strict=True))
            found = self._instances[expr] = (now, replace(now, table))
        return found[1]

    def leads_to(self, name: str, tensors: Collection[Tensor]) -> bool:
        """Whether the definition of ``name``, or one that it uses, mentions one of ``tensors``."""
        seen = {name}
        stack = [name]
        while stack:
            for element in elements(self.now.get(stack.pop(), S.Zero)):
                if element.tensor in tensors:
                    return True
                if element.tensor.name not in seen:
                    seen.add(element.tensor.name)
                    stack.append(element.tensor.name)
        return False

    # --- signs --------------------------------------------------------------------------------

    def sign(self, expr: Expr) -> Sign:
        """The sign of ``expr`` on the declared domains."""
        for node in unknown(expr, self._signs):
            parts = [self._signs[id(child)][1] for child in children(node)]
            self._signs[id(node)] = (node, self._sign(node, parts))
        return self._signs[id(expr)][1]

    def positive(self, expr: Expr) -> bool:
        """Whether ``expr`` is known to be greater than 0."""
        return self.sign(expr) == Sign.POSITIVE

    def non_negative(self, expr: Expr) -> bool:
        """Whether ``expr`` is known not to be less than 0."""
        return self.sign(expr) >= Sign.NON_NEGATIVE

    def _sign(self, node: Basic, parts: list[Sign]) -> Sign:
        match node:
            case Number() | NumberSymbol():
                if not node.is_finite or node.is_negative:
                    return Sign.UNKNOWN
                return Sign.POSITIVE if node.is_positive else Sign.NON_NEGATIVE
            case Exp() | Sigmoid():
                return self._sign_of_exponential(node)
            case Element():
                return self._name_signs.get(node.tensor.name, Sign.UNKNOWN)
            case Add():
                return max(parts) if min(parts) else self._sign_of_least(node)
            case Mul():
                return self._sign_of_product(node, parts)
            case MaxOf() | MinOf():
                return (max if isinstance(node, MaxOf) else min)(parts)
            case Xdivy():
                return min(*parts, Sign.NON_NEGATIVE)
            case Where():
                return min(parts[1:])
            case Pow():
                return _sign_of_power(node, parts[0])
            case Reduce():
                return self._sign_of_reduction(node, parts[-1])
        return _ALWAYS.get(type(node), Sign.UNKNOWN)

    def _sign_of_exponential(self, node: Exp | Sigmoid) -> Sign:
        infinite = self.may_be_infinite(node.args[0])
        if infinite and isinstance(node, Sigmoid):
            infinite = not all(map(self._is_bounded_below, Add.make_args(node.args[0])))
        return Sign.NON_NEGATIVE if infinite else Sign.POSITIVE

    def _is_bounded_below(self, term: Expr) -> bool:
        """Whether ``term`` is a number or oo, as less the log-sum-exp of nothing is."""
        number, rest = term.as_coeff_Mul()
        total = self.current(rest)
        nothing = isinstance(total, Reduce) and total.kind == "lse" and number.is_negative
        return not self.may_be_infinite(total.body if nothing else term)

    def _sign_of_product(self, node: Mul, parts: list[Sign]) -> Sign:
        if any(isinstance(factor, Expm1) for factor in node.args):
            return self._sign_of_risen(node)
        return min(parts) or self._sign_of_logarithm(node)

    def _sign_of_risen(self, node: Mul) -> Sign:
        w = rise(node)
        if w is not None:
            return self.sign(w)
        powers = list(bundled(node))
        if not any(rise(base) for base, _ in powers):
            return Sign.UNKNOWN
        return min(self.sign(Pow(base, exponent)) for base, exponent in powers)

    def _sign_of_logarithm(self, node: Mul) -> Sign:
        """The sign of ``-a*log(u)`` with u no more than 1."""
        number, rest = node.as_coeff_Mul()
        factors = Mul.make_args(rest)
        logs = [factor for factor in factors if isinstance(factor, log)]
        if not number.is_negative or len(logs) != 1:
            return Sign.UNKNOWN
        others = min((self.sign(factor) for factor in factors if factor is not logs[0]), default=2)
        return Sign(min(others, self._sign_of_lack(logs[0].args[0])))

    def _sign_of_lack(self, expr: Expr) -> Sign:
        """The sign of how much the logarithm of ``expr`` is below 0."""
        if isinstance(expr, Sigmoid):
            return Sign.NON_NEGATIVE if self.may_be_infinite(expr.args[0]) else Sign.POSITIVE
        if not isinstance(expr, Element) or self.sign(expr) < Sign.NON_NEGATIVE:
            return Sign.UNKNOWN
        return self._sign_of_least(1 - expr)

    def _sign_of_least(self, node: Add) -> Sign:
        least = self.least(node)
        if least.is_positive or (least.is_zero and self._is_never_least(node)):
            return Sign.POSITIVE
        return Sign.NON_NEGATIVE if least.is_zero else Sign.UNKNOWN

    def _is_never_least(self, node: Add) -> bool:
        """Whether the lower bound of a sum is not reached: an end that it has is open."""
        for term in node.args:
            number, rest = term.as_coeff_Mul()
            if isinstance(rest, Element):
                domain = self._domains[rest.tensor.name]
                closed = domain.low_closed if number > 0 else domain.high_closed
                if not (closed or domain.values or domain.simplex):
                    return True
        return False

    def least(self, expr: Expr) -> Expr:
        """A lower bound of a sum of numbers, sizes, multiples of inputs; -oo if there is none."""
        least: Expr = S.Zero
        for term in Add.make_args(expr):
            number, rest = term.as_coeff_Mul()
            if rest == S.One:
                least += number
                continue
            if isinstance(rest, Size) and number.is_positive:
                least += number
                continue
            domain = self._domains.get(rest.tensor.name) if isinstance(rest, Element) else None
            if domain is None or not number.is_comparable:
                return S.NegativeInfinity
            low, high = domain.bounds
            least += number * (low if number > 0 else high)
        return least

    def _sign_of_reduction(self, node: Reduce, body: Sign) -> Sign:
        """Over nothing, a sum is 0, a product 1, a maximum -oo, a minimum oo."""
        if node.kind in ("prod", "min"):
            return body
        if node.kind == "sum":
            return body if self.has_term(node) else min(body, Sign.NON_NEGATIVE)
        return body if node.kind == "max" and self.has_term(node) else Sign.UNKNOWN

    def has_term(self, node: Reduce, given: Collection[Basic] = ()) -> bool:
        """Whether ``node`` is not over nothing where the conditions ``given`` hold.

        So it is where its own condition holds by its form, or is one that is given, for some
        place that is mentioned: ``t[j] >= t[i]`` holds for ``j = i``.
        """
        if node.cond == TRUE:
            return True
        letters, cond, _ = self.opened(node)
        places = _places((cond, *given), letters, height(node))
        held = set(given)
        return any(
            held.issuperset(conjuncts(replace(cond, dict(zip(letters, chosen, strict=True)))))
            for chosen in product(*([p for p in places if p.axis == x.axis] for x in letters))
        )

    def may_be_infinite(self, expr: Expr) -> bool:
        """Whether ``expr`` may be -oo by its meaning: it has the logarithm of what may be 0.

        So may be a maximum or log-sum-exp over nothing. What is no number is no matter here.
        """
        for node in unknown(expr, self._infinite):
            self._infinite[id(node)] = (node, self._is_infinite(node))
        return self._infinite[id(expr)][1]

    def _is_infinite(self, node: Basic) -> bool:
        match node:
            case Element():
                return node.tensor.name in self._infinite_names
            case log() | Log2() if not self.positive(node.args[0]):
                return True
            case Log1p() if not self.positive(1 + node.args[0]):
                return True
            case Reduce() if node.kind in ("lse", "max", "min") and not self.has_term(node):
                return True
            case Sigmoid() | tanh() | Compare():
                return False
        return any(self._infinite[id(child)][1] for child in children(node))

    # --- exponentials -------------------------------------------------------------------------

    def exponential(self, expr: Expr) -> bool:
        """Whether the logarithm of ``expr`` has a form of its own, without overflow.

        So it is for exponentials, sigmoids, their products and powers (with anything else beside
        them), and for sums and products of terms that are positive throughout.
        """
        for node in unknown(expr, self._exponentials):
            self._exponentials[id(node)] = (node, self._is_exponential(node))
        return self._exponentials[id(expr)][1]

    def _is_exponential(self, node: Basic) -> bool:
        match node:
            case Exp() | Sigmoid():
                return True
            case Element():
                return node.tensor.name in self._exponential_names
            case Pow():
                base, exponent = node.args
                if self.exponential(base) and (self.positive(base) or exponent.is_number):
                    return True
                return self.is_power(base, exponent)
            case Mul():
                return any(self.exponential(factor) for factor in node.args)
            case Add():
                return self._is_exponential_sum(node.args)
            case Reduce() if node.kind == "prod":
                return self.positive(node.body)
            case Reduce() if node.kind == "sum":
                return self.exponential(node.body) and self._is_weighted(node.body)
        return False

    def is_power(self, base: Expr, exponent: Expr) -> bool:
        """Whether a power is an exponential of its exponent: of a positive base, to no number."""
        return not exponent.is_number and self.positive(base)

    def _has_logarithm(self, expr: Expr) -> bool:
        """Whether ``expr`` is positive, or an exponential of -oo, or a sum over nothing.

        A softplus, which vanishes far out, is not: the slope of its logarithm would be 0 / 0.
        """
        match expr:
            case Softplus() | Pow(base=Softplus()):
                return False
            case Mul() if rise(expr) is None:
                return all(self._has_logarithm(Pow(*power)) for power in bundled(expr))
            case _ if self.positive(expr):
                return True
            case Exp():
                return True
            case Pow():
                return self._has_logarithm(expr.base)
            case Element():
                current = self.current(expr)
                return isinstance(current, Reduce) and self._has_logarithm(current)
            case Reduce():
                factors = Mul.make_args(expr.body) if expr.kind == "sum" else ()
                return self.exponential(expr) and all(map(self._has_logarithm, factors))
        return False

    def _is_weighted(self, expr: Expr) -> bool:
        """Whether ``expr`` is a product of what has a logarithm and of weights, by any name.

        A sum of such is 0 where all weights are: then its own logarithm or reciprocal is infinite
        as it is written, but that of a sum with something else is not.
        """
        if self._has_logarithm(expr) or self.is_weight(expr):
            return True
        current = self.current(expr)
        if isinstance(current, Reduce) and current.kind == "sum":
            return self._is_weighted(current.body)
        return isinstance(current, Mul) and all(map(self._is_weighted, current.args))

    def _adds_up(self, expr: Expr) -> bool:
        """Whether ``expr`` has a logarithm, or is a product of such and of weighted sums."""
        parts = map(self.current, Mul.make_args(expr))
        return self._has_logarithm(expr) or all(
            self._has_logarithm(part) or (isinstance(part, Reduce) and self._is_weighted(part))
            for part in parts
        )

    def is_weight(self, expr: Expr) -> bool:
        """Whether ``expr`` is an entry of an input that may be 0, and is never less.

        So may be the square of any entry, and a sum of multiples (``1 - y`` for y up to 1). What
        a sum is divided by to be a mean of all but one counts as such, too: there is none of one.
        """
        if self.sign(expr) != Sign.NON_NEGATIVE:
            return False
        base = expr.base if isinstance(expr, Pow) and expr.exp == 2 else expr
        if isinstance(base, Pow) and base.exp == S.NegativeOne:
            return is_count(base.base)
        parts = [term.as_coeff_Mul()[1] for term in Add.make_args(base)]
        return any(isinstance(part, Element) for part in parts) and all(
            part == S.One or (isinstance(part, Element) and part.tensor.name in self._domains)
            for part in parts
        )

    def _is_exponential_sum(self, terms: Iterable[Expr]) -> bool:
        terms = tuple(terms)
        if not all(map(self._adds_up, terms)) or not any(map(self.positive, terms)):
            return False
        found = [term for term in terms if self.exponential(term)]
        return len(found) == len(terms) or (bool(found) and all(map(self.wild, found)))

    def pivoted(self, expr: Expr) -> tuple[Expr, Expr] | None:
        """``a`` and ``b`` of a sum ``a + b`` whose logarithm is best taken of ``a`` first.

        ``a`` are its terms with a logarithm, exponentials that may overflow; the sign of every
        other term is known. None if there is no such ``a``, or the sum is an exponential as a
        whole. A name stands for its definition.
        """
        expr = self.current(expr)
        if not isinstance(expr, Add) or self.exponential(expr):
            return None
        terms = in_order(expr.args)
        above = [t for t in terms if self.exponential(t) and self._has_logarithm(t)]
        rest = [t for t in terms if t not in above]
        if not any(map(self.positive, above)):
            return None  # over nothing, or of -oo, a would be 0, and b / a no number
        if not all(self.non_negative(t) or self.non_negative(-t) for t in rest):
            return None
        return (Add(*above), Add(*rest)) if all(map(self.wild, above)) else None

    def scaled(self, expr: Expr) -> tuple[Expr, Expr] | None:
        """``t`` and ``b`` of a sum of exponentials of any sign, ``sum(a*exp(u)) = exp(t) * b``.

        ``t`` is the log-sum-exp of ``u`` where ``a`` is not 0, and ``b = sum(a*exp(u - t))``. None
        if there is nothing to scale, or the sum is an exponential as a whole.
        """
        if not isinstance(expr, Reduce) or expr.kind != "sum" or self.exponential(expr):
            return None
        letters, cond, body = self.opened(expr)
        exponents = [factor.args[0] for factor in Mul.make_args(body) if isinstance(factor, Exp)]
        weight = Mul(*(f for f in Mul.make_args(body) if not isinstance(f, Exp)))
        if len(exponents) != 1 or not self.wild(Exp(*exponents)) or self.wild(weight):
            return None
        (u,) = exponents
        if not mentions(u, *letters):
            return None
        total = close("lse", letters, u, all_of((cond, compare("!=", weight, S.Zero))))
        return total, close("sum", letters, weight * Exp(u - total), cond)

    def is_step(self, expr: Expr) -> bool:
        """Whether ``expr`` is one sigmoid less another, or one erf, by any name."""
        current = self.current(expr)
        if not isinstance(current, Add) or len(current.args) != 2:
            return False
        terms = (term.as_coeff_Mul() for term in current.args)
        return self.step(Add(*(number * self.current(rest) for number, rest in terms))) is not None

    def step(self, expr: Expr) -> Step | None:
        """``expr`` as a step with t > 0; None if it is none."""
        return next((step for step in steps(expr) if self.positive(step.t)), None)

    def has_logarithm_of_parts(self, expr: Expr) -> bool:
        """Whether the logarithm of ``expr`` has a form in logarithms of its terms or factors."""
        return (
            self.exponential(expr)
            or self.is_step(expr)
            or self.pivoted(expr) is not None
            or self.is_scaled(expr)
            or self.vanishes_far_out(expr)
            or self.vanishes_throughout(expr)
        )

    def vanishes_far_out(self, expr: Expr) -> bool:
        """Whether a softplus or an erfc is a factor of ``expr``, by any name.

        Far out it is smaller than any number, its logarithm and slopes of that are not.
        """
        current = self.current(expr)
        bases = (factor.as_base_exp()[0] for factor in Mul.make_args(current))
        return any(isinstance(base, FAR_OUT) for base in bases) or any(
            self.is_far_out(base) for base, _ in bundled(current)
        )

    def vanishes_throughout(self, expr: Expr) -> bool:
        """Whether ``expr`` is a sum of terms that are positive and vanish far out, by any name."""
        current = self.current(expr)
        if isinstance(current, Add):
            terms = current.args
        elif isinstance(current, Reduce) and current.kind == "sum":
            terms = (current.body,)
        else:
            return False
        return all(self.positive(term) and self.vanishes_far_out(term) for term in terms)

    def is_far_out(self, expr: Expr) -> bool:
        """Whether ``expr`` is a softplus, an erfc, or ``-expm1(-w)`` of an exponential w > 0."""
        w = rise(expr)
        if w is None:
            return isinstance(expr, FAR_OUT)
        if isinstance(w, Add) and self.vanishes_throughout(w):
            return True
        return self.wild(w) and self.exponential(w) and self.positive(w)

    def may_vanish(self, expr: Expr) -> bool:
        """Whether ``expr`` may be 0, be it for want of smaller numbers only."""
        return not self.positive(expr) or self.is_far_out(expr)

    def scaled_beside(self, expr: Expr) -> tuple[Expr, Expr] | None:
        """``t`` and ``b`` of such a sum plus what cannot overflow, ``exp(t) = 1 + exp(lse)``."""
        if not isinstance(expr, Add) or self.exponential(expr):
            return None
        sums = [term for term in expr.args if self.wild(term)]
        parts = self.scaled(sums[0]) if len(sums) == 1 else None
        if parts is None:
            return None
        total, scaled = parts
        inside: Expr = replace(scaled, {total: Softplus(total)})
        return Softplus(total), Sigmoid(-total) * (expr - sums[0]) + inside

    def is_scaled(self, expr: Expr) -> bool:
        """Whether ``expr`` has a sum of exponentials of any sign as a factor, by any name."""
        return any(
            self.scaled(base) or self.scaled_beside(base)
            for base in (f.as_base_exp()[0] for f in Mul.make_args(self._looked_up(expr)))
        )

    def _looked_up(self, expr: Expr) -> Expr:
        """A sum with the definitions of what is wild in its terms, by whatever names."""
        if isinstance(expr, Element):
            return self._looked_up(self.instance(expr)) if self.wild(expr) else expr
        if isinstance(expr, Mul | Add):
            return expr.func(*map(self._looked_up, expr.args))
        if isinstance(expr, Pow):
            return self._looked_up(expr.base) ** expr.exp
        if isinstance(expr, Reduce) and expr.kind == "sum" and self.wild(expr):
            letters, cond, body = self.opened(expr)
            return close("sum", letters, self._looked_up(body), cond)
        return expr

    def wild(self, expr: Expr) -> bool:
        """Whether ``expr`` holds an exponential as a factor or term that nothing normalises.

        Such a one may overflow, or vanish together with all that it is divided by.
        """
        for node in unknown(expr, self._wild):
            self._wild[id(node)] = (node, self._is_wild(node))
        return self._wild[id(expr)][1]

    def _is_wild(self, node: Basic) -> bool:
        match node:
            case Exp():
                return not self.normalising(node.args[0])
            case Element():
                return node.tensor.name in self._wild_names
            case Pow():
                base, exponent = node.args
                vanishes = bool(exponent.is_negative) and self.exponential(base)
                return vanishes or self.wild(base) or self.is_power(base, exponent)
            case Mul() | Add():
                return any(self.wild(part) for part in node.args)
            case Reduce() if node.kind in ("sum", "prod"):
                return self.wild(node.body)
        return False

    def normalising(self, exponent: Expr) -> bool:
        """Whether an exponent subtracts a log-sum-exp or a softplus, as in a softmax."""
        for term in Add.make_args(exponent):
            coefficient, rest = term.as_coeff_Mul()
            if coefficient.is_negative:
                value = self.current(rest)
                if isinstance(value, Softplus) or (
                    isinstance(value, Reduce) and value.kind == "lse"
                ):
                    return True
        return False

    def at_most_one(self, exponent: Expr) -> bool:
        """Whether ``e**exponent`` cannot exceed 1: one of the terms of a log-sum-exp, less it."""
        if self.non_negative(-exponent):
            return True
        for term in Add.make_args(exponent):
            value = self.current(-term)
            if isinstance(value, Softplus) and isinstance(-term, Softplus):
                return bool(exponent == term)
            if isinstance(value, Reduce) and value.kind == "lse" and value.cond == TRUE:
                return self._is_term(exponent - term, -term, value)
        return False

    def is_share(self, expr: Expr) -> bool:
        """Whether ``expr`` is from 0 to 1: a sigmoid, by name too, or an input that is declared so.

        Or a product of such.
        """
        if isinstance(expr, Mul):
            return all(self.is_share(factor) for factor in expr.args)
        domain = self._domains.get(expr.tensor.name) if isinstance(expr, Element) else None
        if domain is None:
            value = self.current(expr)
            return isinstance(value, Sigmoid) or value in (S.Zero, S.One)
        if domain.values:
            return all(0 <= value <= 1 for value in domain.values)
        return domain.simplex or bool(
            domain.low.is_nonnegative and (1 - domain.high).is_nonnegative
        )

    def is_mask(self, expr: Expr) -> bool:
        """Whether ``expr`` is an input of few values, or 1 less one, and may be 0."""
        number, rest = expr.as_coeff_Add()
        coefficient, element = rest.as_coeff_Mul()
        domain = self._domains.get(element.tensor.name) if isinstance(element, Element) else None
        if domain is None:
            return False
        return any(number + coefficient * value == 0 for value in domain.values)

    def weighs(self, weight: Expr, exponent: Expr) -> bool:
        """Whether ``weight * e**exponent`` is one of the terms that ``exponent`` normalises."""
        for term in Add.make_args(exponent):
            value = self.current(-term)
            if isinstance(value, Reduce) and value.kind == "lse":
                return self._is_term(exponent - term + log(weight), -term, value)
        return False

    def counts(self, exponent: Expr) -> Basic:
        """The condition of the log-sum-exp that ``exponent`` subtracts, for its own term.

        TRUE where there is none, or where ``exponent`` is not one of its terms.
        """
        for term in Add.make_args(exponent):
            number, total = term.as_coeff_Mul()
            if not (number.is_Integer and number.is_negative):
                continue
            value = self.instance(total.args[0] if isinstance(total, Softplus) else total)
            if isinstance(value, Reduce) and value.kind == "lse" and value.cond != TRUE:
                letters, cond, body = open_fresh(value, self.fresh)
                part = exponent - term
                for binding in bindings(body, letters, part):
                    if replace(body, binding) == part:
                        counted: Basic = replace(cond, binding)
                        return counted
        return TRUE

    def is_term(self, part: Expr, total: Expr) -> bool:
        """Whether ``total`` is a log-sum-exp that ``part`` is an operand of, conditions apart."""
        value = self.current(total)
        return (
            isinstance(value, Reduce) and value.kind == "lse" and self._is_term(part, total, value)
        )

    def _is_term(self, part: Expr, total: Expr, value: Reduce) -> bool:
        """Whether ``part`` is one of the operands of the log-sum-exp ``total``."""
        if isinstance(total, Element):
            equation = self.written[total.tensor.name]
            table: dict[Basic, Basic] = dict(zip(equation.indices, total.slots, strict=True))
            value = replace(value, table)
        letters, _, body = open_fresh(value, self.fresh)
        return any(
            replace(body, binding) == part
            for binding in bindings(body, letters, part)
            if not mentions(part, *letters)
        )


def _places(conds: Iterable[Basic], letters: Sequence[Index], level: int) -> list[Expr]:
    """The indices and labels in conditions that neither ``letters`` nor a binder below make."""
    found = {part for cond in conds for part in subexpressions(cond)}
    outside = [part for part in found if isinstance(part, Index) and part not in letters]
    outside += [part for part in found if isinstance(part, Bound) and part.height >= level]
    labels = [part for part in found if isinstance(part, Element) and part.axis is not None]
    return in_order([*outside, *(label for label in labels if set(label.slots) <= set(outside))])


def _declared_sign(domain: Domain) -> Sign:
    if domain.simplex:
        return Sign.NON_NEGATIVE
    if domain.values:
        if all(value.is_positive for value in domain.values):
            return Sign.POSITIVE
        known = all(value.is_nonnegative for value in domain.values)
        return Sign.NON_NEGATIVE if known else Sign.UNKNOWN
    if domain.low.is_positive or (domain.low.is_zero and not domain.low_closed):
        return Sign.POSITIVE
    return Sign.NON_NEGATIVE if domain.low.is_zero else Sign.UNKNOWN


def _sign_of_power(node: Pow, base: Sign) -> Sign:
    exponent = node.exp
    if base == Sign.POSITIVE:
        return Sign.POSITIVE
    if base == Sign.NON_NEGATIVE or (exponent.is_Integer and exponent % 2 == 0):
        return Sign.NON_NEGATIVE
    return Sign.UNKNOWN


def taken_in(declarations: Iterable[Declaration], equations: Sequence[Equation]) -> Known:
    """What is known of declared inputs, and of equations in the form that they have."""
    known = Known(declarations, equations)
    for equation in equations:
        known.define(equation)
    return known
