"""Looking a name up: its definition is put in where it hides an exponential from a rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sympy import Add, Mul, Pow, S, erf, log, tanh
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import (
    Element,
    Erfc,
    Exp,
    Expm1,
    Log2,
    Reduce,
    Sigmoid,
    Tensor,
    Xlogy,
    close,
    elements,
    in_order,
    mentions,
    replace,
)
from symderive.expr.facts import facts
from symderive.model import Equation, adjoint_name
from symderive.rewrite.rule import Rule
from symderive.stabilise.centred import average
from symderive.stabilise.differences import (
    DIFFERENCES,
    absolute,
    is_product,
    one_less_fraction,
    sigmoid_step,
)
from symderive.stabilise.known import Known
from symderive.stabilise.logarithms import softplus_of_square
from symderive.stabilise.matching import (
    at_least_one,
    exponents_of,
    is_other_power,
    paired,
    powers_of,
    without,
)


def definition_rule(equation: Equation) -> Rule[Known]:
    """The rule that puts the definition of one name in."""
    lookup = _Lookup(equation.name)
    return Rule(
        "definition",
        f"{equation.element} as it is defined",
        ("definition of ", equation.element),
        (log, Log2, Xlogy, Pow, Mul, Add),
        lookup.match,
        "its definition is an exponential, or a sum or quotient of such",
    )


@dataclass(frozen=True)
class _Lookup:
    """Puts in the definition of ``name``; what stands where decides whether that helps."""

    name: str

    def match(self, node: Expr, known: Known) -> Expr | None:
        if self.name not in facts(node).names:
            return None
        match node:
            case log() | Log2():
                return node.func(self._logarithm(node.args[0], known))
            case Xlogy():
                a, b = node.args
                return Xlogy(a, self._logarithm(b, known))
            case Pow():
                base, exponent = node.args
                if exponent.is_number and exponent.is_negative:
                    return self._divisor(base, known) ** exponent
                if not exponent.is_Integer:
                    return self._root(base, known) ** exponent
            case Mul():
                return self._product(node, known)
            case Add():
                return self._difference(node, known)
        return None

    def _instance(self, expr: Expr, known: Known) -> Expr | None:
        """The definition, if ``expr`` is an element of this name."""
        if isinstance(expr, Element) and expr.tensor.name == self.name:
            return known.definition(expr)
        return None

    def _logarithm(self, expr: Expr, known: Known) -> Expr:
        """What stands under a logarithm."""
        if known.is_step(expr):
            terms = (term.as_coeff_Mul() for term in Add.make_args(expr))
            return Add(*(t * self._inside(rest, known, lambda part: part) for t, rest in terms))
        if not known.has_logarithm_of_parts(expr):
            return self._beside_one(expr, known)
        return self._inside(expr, known, lambda part: self._logarithm(part, known))

    def _beside_one(self, expr: Expr, known: Known) -> Expr:
        """``1 + p``, where p is a product with a square and an exponential, by name."""
        if not isinstance(expr, Add) or S.One not in expr.args or not known.wild(expr):
            return expr
        parts = [
            self._inside(term, known, lambda part: self._inside(part, known, lambda p: p))
            if isinstance(term, Mul | Element)
            else term
            for term in expr.args
        ]
        opened = Add(*parts)
        return expr if softplus_of_square(log(opened), known) is None else opened

    def _divisor(self, expr: Expr, known: Known) -> Expr:
        """What something is divided by: a sum of exponentials."""
        if isinstance(known.current(expr), Erfc | Mul) and known.vanishes_far_out(expr):
            return self._inside(expr, known, lambda part: part)
        known_form = known.exponential(expr) or known.pivoted(expr) or known.is_scaled(expr)
        if not (known.wild(expr) and known_form):
            return expr
        if isinstance(expr, Element) and not isinstance(known.current(expr), Add | Reduce | Exp):
            return expr
        return self._inside(expr, known, lambda part: self._term(part, known))

    def _root(self, expr: Expr, known: Known) -> Expr:
        """What a root is taken of: its slope divides by an exponential, which may vanish."""
        if isinstance(expr, Mul):
            return Mul(*(self._root(factor, known) for factor in expr.args))
        single = isinstance(known.current(expr), Exp | Sigmoid | Element)
        instance = self._instance(expr, known) if single and known.exponential(expr) else None
        return expr if instance is None else instance

    def _term(self, expr: Expr, known: Known) -> Expr:
        if not known.wild(expr):
            return expr
        return self._inside(expr, known, lambda part: self._term(part, known))

    def _inside(self, expr: Expr, known: Known, change: Callable[[Expr], Expr]) -> Expr:
        """``expr`` with ``change`` made to its factors or terms, or itself looked up."""
        match expr:
            case Element():
                instance = self._instance(expr, known)
                return expr if instance is None else instance
            case Mul() | Add():
                return expr.func(*map(change, expr.args))
            case Pow():
                return change(expr.base) ** expr.exp
            case Reduce():
                letters, cond, body = known.opened(expr)
                changed = change(body)
                return expr if changed == body else close(expr.kind, letters, changed, cond)
        return expr

    def _product(self, node: Mul, known: Known) -> Expr | None:
        """An exponential times what it normalises: they have to be seen together."""
        hazard = self._over_tail(node, known)
        if hazard is not None:
            return hazard
        tensors: set[Tensor] = set()
        for base, exponent in powers_of(node):
            if isinstance(base, Exp) and known.normalising(exponent * base.args[0]):
                tensors |= {element.tensor for element in elements(base)}
        if not tensors or not known.leads_to(self.name, tensors):
            return self._cancelling(node, known)
        return Mul(*(self._term(factor, known) for factor in node.args))

    def _over_tail(self, node: Mul, known: Known) -> Expr | None:
        """``d / erfc(u)`` where d is a product with ``exp(-u**2)``: they vanish together."""
        powers = powers_of(node)
        squares = [b.args[0] ** 2 for b, e in powers if isinstance(b, Erfc) and e.is_negative]
        for factor in node.args if squares else ():
            instance = self._instance(factor, known)
            exponents = exponents_of(instance)[0] if isinstance(instance, Exp | Mul) else []
            if any(
                without(Add.make_args(e), -square) is not None
                for e in exponents
                for square in squares
            ):
                return node / factor * instance
        return None

    def _cancelling(self, node: Mul, known: Known) -> Expr | None:
        """``(a - b*q)**n * exp(u)`` where q is the exponential of -u/n: they are 1 together."""
        exponents, rest = exponents_of(node)
        if len(exponents) != 1:
            return None
        for power in rest:
            total, times = power.as_base_exp()
            if not (isinstance(total, Add) and times.is_Integer and times.is_positive):
                continue
            share = Exp(exponents[0] / times)
            for term in in_order(total.args):
                for factor in Mul.make_args(term):
                    instance = self._instance(factor, known)
                    if isinstance(instance, Exp) and (instance.args[0] + share.args[0]).is_number:
                        terms = [share * t for t in total.args if t != term]
                        joined = Exp(instance.args[0] + share.args[0]) * term / factor
                        others = Mul(*(r for r in rest if r is not power))
                        return others * Add(*terms, joined) ** times
        return None

    def _difference(self, node: Add, known: Known) -> Expr | None:
        """``1 - q`` and its like, where q is a sigmoid, an exponential, a tanh (or its square)."""
        joined = self._one_less(node, known)
        if joined is None:
            joined = self._one_more_tanh(node, known)
        for other in (self._complement, self._step, self._fraction, self._sum):
            joined = other(node, known) if joined is None else joined
        return joined

    def _one_less(self, node: Add, known: Known) -> Expr | None:
        """``1 - q**n``."""

        def find(base: Expr, exponent: Expr) -> tuple[Expr, Expr] | None:
            instance = self._instance(base, known)
            if instance is None or not at_least_one(exponent):
                return None
            current = known.current(base)
            if isinstance(current, Sigmoid | Exp) or is_product(current, known):
                return base, instance
            if isinstance(current, Mul) and known.exponential(base) and known.positive(base):
                return base, instance
            if average(instance, known) is not None:
                return base, instance
            if isinstance(current, tanh) and exponent in (1, 2):
                return base**exponent, instance**exponent
            return None

        def power(base: Expr, exponent: Expr) -> tuple[Expr, Expr] | None:
            instance = self._instance(base, known) if is_other_power(exponent) else None
            hidden = instance is not None and isinstance(known.current(base), Sigmoid | Exp)
            return (base**exponent, instance**exponent) if hidden else None

        for each in (find, power):
            joined = paired(node, each, lambda t, _: -t, lambda t, instance: t * instance - t)
            if joined is not None:
                return joined
        return None

    def _one_more_tanh(self, node: Add, known: Known) -> Expr | None:
        """``1 + tanh(u)``."""

        def find(base: Expr, exponent: Expr) -> tuple[Expr, Expr] | None:
            instance = self._instance(base, known) if at_least_one(exponent) else None
            if instance is None or exponent not in (1, 2) or not isinstance(instance, tanh):
                return None
            return base**exponent, instance**exponent

        return paired(node, find, lambda t, _: t, lambda t, instance: t * instance + t)

    def _complement(self, node: Add, known: Known) -> Expr | None:
        """``1 - p`` where p is 1 less a product itself, or half an erfc."""

        def find(base: Expr, exponent: Expr) -> tuple[Expr, Expr] | None:
            instance = self._instance(base, known) if exponent == S.One else None
            found = None if instance is None else complement(instance)
            return None if found is None else (base, found)

        return paired(node, find, lambda t, _: -t, lambda t, found: -t * found)

    def _step(self, node: Add, known: Known) -> Expr | None:
        """One sigmoid less another, where it is known which is larger."""
        parts = [
            (factor, known.instance(factor))
            for term in in_order(node.args)
            for factor in Mul.make_args(term)
            if isinstance(known.current(factor), Sigmoid)
        ]
        table: dict[Basic, Basic] = dict(parts)
        mine = {part: instance for part, instance in parts if self._instance(part, known)}
        whole = replace(node, table) if mine else node
        if not isinstance(whole, Add) or sigmoid_step(whole, known) is None:
            return None
        changed: Expr = replace(node, dict(mine))
        return changed

    def _sum(self, node: Add, known: Known) -> Expr | None:
        """``1 - p`` where p is a sum of which terms join with the others: ``c + (1 - c)*q``."""
        for term in in_order(node.args):
            for factor in Mul.make_args(term):
                instance = self._instance(factor, known)
                if not isinstance(instance, Add):
                    continue
                others = [arg for arg in node.args if arg != term]
                for terms in (instance.args, Add.make_args(known.instance(factor))):
                    parts = [term / factor * part for part in terms]
                    if _joins(Add(*others, *parts), known) and not _joins(Add(*parts), known):
                        return Add(*others, *parts)
        return None

    def _fraction(self, node: Add, known: Known) -> Expr | None:
        """``1 - y`` where y is a fraction, or a sum of such, that has 1 less it as one, too."""
        for term in in_order(node.args):
            for factor in Mul.make_args(term):
                instance = self._instance(factor, known) or self._summed(factor, known)
                if instance is None or not _is_fraction(instance):
                    continue
                product = term / factor * instance
                others = [arg for arg in node.args if arg != term]
                simpler = absolute(product, known) if isinstance(product, Mul) else None
                trial = Add(*others, product if simpler is None else simpler)
                if isinstance(trial, Add) and one_less_fraction(trial, known) is not None:
                    return Add(*others, product)
        return None

    def _summed(self, node: Expr, known: Known) -> Expr | None:
        """A sum of fractions of one divisor as a fraction of sums."""
        if not isinstance(node, Reduce) or node.kind != "sum" or self.name not in facts(node).names:
            return None
        letters, cond, body = known.opened(node)
        parts = [self._instance(part, known) or part for part in Mul.make_args(body)]
        factors = Mul.make_args(Mul(*parts))
        inside = [factor for factor in factors if mentions(factor, *letters)]
        outside = Mul(*(factor for factor in factors if factor not in inside))
        return outside * close("sum", letters, Mul(*inside), cond)


def complement(expr: Expr) -> Expr | None:
    """``1 - expr`` where that is a product without cancellation; None where it is not."""
    number, factor = expr.as_coeff_Mul()
    if isinstance(factor, Expm1) and number == S.NegativeOne:
        return Exp(factor.args[0])
    if isinstance(factor, Erfc) and number == S.Half:
        return Erfc(-factor.args[0]) / 2
    if not isinstance(expr, Add) or len(expr.args) != 2:
        return None
    number, rest = expr.as_coeff_Add()
    if number == S.One:
        return -rest
    half, factor = rest.as_coeff_Mul()
    if isinstance(factor, erf) and abs(half) == number == S.Half:
        return Erfc(2 * half * factor.args[0]) / 2
    return None


def _joins(expr: Expr, known: Known) -> bool:
    """Whether terms of a sum, in which names were looked up, are one by a row of the table."""
    seen: dict[Basic, Basic] = {
        element: known.instance(element)
        for element in elements(expr)
        if isinstance(known.current(element), Sigmoid | Exp | tanh)
    }
    opened = replace(expr, seen)
    return isinstance(opened, Add) and any(
        rule.match(opened, known) is not None for rule in DIFFERENCES if Add in rule.heads
    )


def _has_squashed(expr: Basic, known: Known) -> bool:
    """Whether ``expr`` has multiples of sigmoids and their like, or of averages, as terms."""
    if not isinstance(expr, Add):
        return average(expr, known) is not None
    return any(
        isinstance(known.current(factor), Sigmoid | tanh | erf)
        or average(factor, known) is not None
        for term in expr.args
        for factor in Mul.make_args(term)
    )


def _is_fraction(expr: Basic) -> bool:
    """Whether ``expr`` is divided by a sum of terms."""
    return any(
        isinstance(factor, Pow) and isinstance(factor.base, Add) and factor.exp == S.NegativeOne
        for factor in Mul.make_args(expr)
    )


def hidden_names(expr: Expr, known: Known) -> list[str]:
    """Names in ``expr`` that are defined by something the rules look for, in order.

    Adjoints are none: what is stable of them is stable without looking.
    """
    found: dict[str, None] = {}
    adjoint = adjoint_name("")
    for element in elements(expr):
        current = known.current(element)
        if element.tensor.name.startswith(adjoint) or current is element:
            continue
        if (
            known.has_logarithm_of_parts(element)
            or known.wild(element)
            or isinstance(current, tanh)
            or is_product(current, known)
            or _is_fraction(current)
            or _has_squashed(current, known)
            or complement(current) is not None
        ):
            found[element.tensor.name] = None
    return list(found)
