"""Expressions rewritten into sums of products of independent atoms, each step by a named rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sympy import Abs, Add, Dummy, Mul, Pow, S, expand, factor, log, sign
from sympy import tanh as tanh_
from sympy.core.basic import Basic
from sympy.core.expr import Expr
from sympy.core.numbers import NumberSymbol, Rational

from symderive.expr import (
    TRUE,
    Bound,
    Compare,
    Element,
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
    Where,
    Xdivy,
    Xlogy,
    all_of,
    children,
    close,
    conjuncts,
    free_indices,
    in_order,
    iverson,
    negate,
    open_fresh,
    with_children,
)
from symderive.model.claims import Claim
from symderive.model.model import Domain, Model
from symderive.rewrite import is_positional


class GivenUpError(Exception):
    """No proof by these rules."""


@dataclass
class Proof:
    """One attempt: what is known, and the rules that were used."""

    claim: Claim
    model: Model
    fresh: Fresh = field(default_factory=Fresh)
    rules: dict[str, None] = field(default_factory=dict)

    def use(self, rule: str) -> None:
        self.rules.setdefault(rule)


class Canon:
    """Rewrites an expression, from its leaves, into sums of products of independent atoms."""

    def __init__(self, proof: Proof, branches: bool = False) -> None:
        self.proof, self.branches = proof, branches
        self.memo: dict[Basic, Basic] = {}

    def of(self, node: Basic) -> Expr:
        if node not in self.memo:
            self.memo[node] = self._node(node)
        found: Expr = self.memo[node]
        return found

    def _node(self, node: Basic) -> Basic:  # noqa: C901 - one branch for each function
        use = self.proof.use
        match node:
            case Element() | Index() | Bound() | Size():
                return node
            case Iverson():
                return self._bracket(node.cond)
            case Reduce():
                return self._reduction(node)
            case Compare():
                return node
        if self.branches and isinstance(node, Abs | sign | MaxOf | MinOf | Where):
            return self._branching(node)
        parts = tuple(self.of(child) for child in children(node))
        match node:
            case Sigmoid():
                use("sigmoid(u) = 1 / (1 + exp(-u))")
                return 1 / (1 + self.exponential(-parts[0]))
            case Softplus():
                use("softplus(u) = log(1 + exp(u))")
                return log(1 + self.exponential(parts[0]))
            case tanh_():
                use("tanh(u) = (exp(2u) - 1) / (exp(2u) + 1)")
                power = self.exponential(2 * parts[0])
                return (power - 1) / (power + 1)
            case Exp():
                return self.exponential(parts[0])
            case Expm1():
                return self.exponential(parts[0]) - 1
            case Log1p():
                return self._logarithm(1 + parts[0])
            case Log2():
                use("log2(u) = log(u) / log(2)")
                return self._logarithm(parts[0]) / log(2)
            case log():
                return self._logarithm(parts[0])
            case Xlogy():
                return parts[0] * self._logarithm(parts[1])
            case Xdivy():
                return parts[0] / parts[1]
            case Add() | Mul() | Pow():
                return node.func(*parts)
        return with_children(node, parts)

    def exponential(self, exponent: Expr) -> Expr:
        """``exp(2a - b)`` as ``exp(a)**2 / exp(b)``."""
        factors: list[Expr] = []
        terms = Add.make_args(expand(exponent))
        for term in terms:
            number, rest = term.as_coeff_Mul()
            if isinstance(rest, log):
                factors.append(Pow(rest.args[0], number))
            elif rest != S.One and number.is_Integer:
                factors.append(Pow(Exp(rest), number))
            else:
                factors.append(Exp(term))
        if len(terms) > 1:
            self.proof.use("exp(u + v) = exp(u) exp(v)")
        return Mul(*factors)

    def _branching(self, node: Basic) -> Expr:
        """A function with branches as brackets: ``abs(u)`` as ``u (2 [u > 0] - 1)``."""
        self.proof.use("abs, sign, max, min and where by brackets")
        match node:
            case Where():
                chosen, other = self.of(node.args[1]), self.of(node.args[2])
                return other + self._bracket(node.cond) * (chosen - other)
            case MaxOf() | MinOf():
                found, *others = [self.of(arg) for arg in node.args]
                for other in others:
                    gap = found - other if isinstance(node, MaxOf) else other - found
                    found = other + (found - other) * self.above(gap, weak=True)
                return found
        factors = Mul.make_args(self.of(node.args[0]))
        total: Expr = S.One
        for part in factors:
            base, exponent = part.as_base_exp()
            if isinstance(node, Abs) and exponent.is_Integer and exponent % 2 == 0:
                total = total * part
            elif isinstance(node, Abs):
                total = total * part * (2 * self.above(base, weak=True) - 1)
            else:
                even = exponent.is_Integer and exponent % 2 == 0
                below = self.above(-base)
                total = total * (self.above(base) + (below if even else -below))
        return total

    def above(self, gap: Expr, weak: bool = False) -> Expr:
        """``[gap > 0]``; one sign is an atom: ``[-u > 0]`` is ``1 - [u > 0] - [u = 0]``.

        Positive factors do not count; ``weak`` if ``gap`` is a factor itself, so that factors
        which may be 0 do not count either.
        """
        up, rest = True, S.One
        for part in Mul.make_args(_factored(expand(gap))):
            if self.positive(part, strict=not weak):
                continue
            if self.positive(-part, strict=not weak):
                up = not up
            else:
                rest = rest * part
        gap = expand(rest if up else -rest)
        if gap.is_number:
            return S.One if gap > 0 else S.Zero
        first = in_order([gap, expand(-gap)])[0]
        strict = Iverson(Compare(">", first, S.Zero))
        return strict if first == gap else 1 - strict - self.nought(first)

    def nought(self, gap: Expr) -> Expr:
        """``[gap = 0]``, the same for both signs."""
        return Iverson(Compare("==", in_order([gap, expand(-gap)])[0], S.Zero))

    def _logarithm(self, argument: Expr) -> Expr:
        """``log(a b / c)`` taken apart where no factor is negative.

        A factor that is 0 makes both sides infinite, or both undefined.
        """
        if isinstance(argument, Reduce) and argument.kind == "prod":
            letters, cond, body = open_fresh(argument, self.proof.fresh)
            if self.positive(body, strict=False):
                self.proof.use(
                    "the logarithm of a product of factors that are not negative is a sum"
                )
                return self._summed(letters, cond, self._logarithm(body))
        factors = Mul.make_args(argument)
        terms: list[Expr] = []
        apart = len(factors) > 1 or isinstance(argument, Pow | Exp)
        if apart and all(self.positive(f.as_base_exp()[0], strict=False) for f in factors):
            for part in factors:
                base, exponent = part.as_base_exp()
                inner = base.args[0] if isinstance(base, Exp) else log(base)
                terms.append(exponent * inner)
            self.proof.use(
                "the logarithm of a product of factors none of which is negative is a sum"
            )
            return Add(*terms)
        return log(argument)

    def positive(self, expr: Basic, strict: bool = True) -> bool:
        """Whether ``expr`` is positive on the declared domains; not negative, if not ``strict``."""
        match expr:
            case Exp() | Size() | Sigmoid() | Softplus():
                return True
            case Rational() | NumberSymbol():
                return bool(expr > 0 if strict else expr >= 0)
            case Add():
                least = self.least(expr)
                if least is not None and (least > 0 if strict else least >= 0):
                    return True
                return all(self.positive(arg, False) for arg in expr.args) and (
                    not strict or any(self.positive(arg) for arg in expr.args)
                )
            case Mul():
                return all(self.positive(arg, strict) for arg in expr.args)
            case Pow():
                even = bool(expr.exp.is_Integer and expr.exp % 2 == 0 and expr.exp > 0)
                return (even and not strict) or self.positive(expr.base, strict)
            case Abs():
                return not strict
            case Element():
                return any(
                    above(declaration.domain, strict)
                    for declaration in (*self.proof.model.declarations, *self.proof.claim.scalars)
                    if declaration.tensor == expr.tensor
                )
            case Reduce():
                whole = expr.cond == TRUE or not strict
                return expr.kind == "sum" and whole and self.positive(expr.body, strict)
        return False

    def least(self, expr: Expr) -> Expr | None:
        """A number that no value of a linear expression is below; None where none is known."""
        total: Expr = S.Zero
        for term in Add.make_args(expr):
            number, rest = term.as_coeff_Mul()
            if rest == S.One:
                total = total + number
                continue
            found = [
                declaration.domain
                for declaration in (*self.proof.model.declarations, *self.proof.claim.scalars)
                if isinstance(rest, Element) and declaration.tensor == rest.tensor
            ]
            if not found or found[0].values or found[0].simplex:
                return None
            total = total + number * (found[0].low if number > 0 else found[0].high)
        return total if total.is_finite else None

    def _bracket(self, cond: Basic) -> Expr:
        """A conjunction as a product; ``!=`` as 1 less ``==``; reals compared with 0."""
        found: Expr = S.One
        for part in conjuncts(cond):
            if isinstance(part, Compare) and is_positional(part) and part.op == "!=":
                found = found * (1 - iverson(negate(part)))
            elif isinstance(part, Compare) and not is_positional(part):
                found = found * self._compared(part)
            else:
                found = found * iverson(part)
        return found

    def _compared(self, part: Compare) -> Expr:
        """A comparison of reals with everything on the left; ``<=`` is 1 less ``>``."""
        gap = expand(self.of(part.lhs) - self.of(part.rhs))
        if part.op in ("<", ">="):
            gap = -gap
        if part.op in ("==", "!="):
            bracket = self.nought(gap)
            return bracket if part.op == "==" else 1 - bracket
        # now gap > 0 (strict), or gap <= 0 turned round
        return self.above(gap) if part.op in (">", "<") else 1 - self.above(gap)

    def _reduction(self, node: Reduce) -> Expr:
        """A sum of sums of products, each with what does not depend on its letters outside."""
        if node.kind != "sum":
            letters, cond, body = open_fresh(node, self.proof.fresh)
            return close(node.kind, letters, self.of(body), cond)
        letters, cond, body = open_fresh(node, self.proof.fresh)
        return self._summed(letters, cond, self.of(body))

    def _summed(self, letters: Sequence[Index], cond: Basic, body: Expr) -> Expr:
        terms = Add.make_args(expand(body))
        total: list[Expr] = []
        for term in terms:
            inside = [f for f in Mul.make_args(term) if free_indices(f) & set(letters)]
            outside = [f for f in Mul.make_args(term) if not free_indices(f) & set(letters)]
            if not inside and cond == TRUE:
                total.append(Mul(*outside, *(Size(letter.axis) for letter in letters)))
                continue
            if len(terms) > 1 or outside:
                self.proof.use("sums are linear")
            total.append(Mul(*outside, self._closed(letters, Mul(*inside), cond)))
        return Add(*total)

    def _closed(self, letters: Sequence[Index], body: Expr, cond: Basic) -> Expr:
        if cond == TRUE and isinstance(body, Element) and len(letters) == 1:
            for declaration in self.proof.model.declarations:
                if declaration.tensor == body.tensor and declaration.domain.simplex:
                    others = body.slots[:-1]
                    if body.slots[-1] == letters[0] and letters[0] not in free_indices(*others):
                        self.proof.use(f"the entries of {body.tensor.name} sum to 1")
                        return S.One
        return close("sum", letters, body, all_of([cond]))


def _factored(expr: Expr) -> Expr:
    """``expr`` as a product, where its atoms are taken as they are."""
    atoms: dict[Basic, Dummy] = {}

    def name(node: Basic) -> Basic:
        if isinstance(node, Add | Mul) or (isinstance(node, Pow) and bool(node.exp.is_Integer)):
            return with_children(node, tuple(name(child) for child in children(node)))
        if isinstance(node, Rational):
            return node
        return atoms.setdefault(node, Dummy(f"a{len(atoms)}"))

    product: Expr = factor(name(expr))
    found: Expr = product.xreplace({dummy: node for node, dummy in atoms.items()})
    return found


def above(domain: Domain, strict: bool) -> bool:
    """Whether all of a domain is positive, or not negative."""
    if domain.simplex:
        return not strict
    if domain.values:
        return all(bool(value > 0 if strict else value >= 0) for value in domain.values)
    open_at_0 = domain.low == 0 and not domain.low_closed
    return bool(domain.low > 0 or open_at_0 or (not strict and domain.low == 0))
