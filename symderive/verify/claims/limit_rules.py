"""Limits by rules: of sums, products, powers and functions whose parts have limits."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Add, Mul, Pow, S, erf, log
from sympy import tanh as tanh_
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import (
    Element,
    Exp,
    Fresh,
    MaxOf,
    MinOf,
    Reduce,
    Sigmoid,
    Softplus,
    bottom_up,
    close,
    elements,
    open_fresh,
    with_children,
)
from symderive.model.claims import Claim, LimitOf
from symderive.model.model import Model
from symderive.verify.claims.canon import Canon, GivenUpError, Proof
from symderive.verify.claims.proofs import GIVEN_UP, derivatives_taken, equal, unfolded

_INFINITE = (S.Infinity, S.NegativeInfinity)
#: The limits of functions at minus infinity and at infinity.
_AT_INFINITY: dict[type, tuple[Expr, Expr]] = {
    Exp: (S.Zero, S.Infinity),
    tanh_: (S.NegativeOne, S.One),
    Sigmoid: (S.Zero, S.One),
    Softplus: (S.Zero, S.Infinity),
    erf: (S.NegativeOne, S.One),
}


def prove_limit(claim: Claim, limit: LimitOf, right: Expr, model: Model) -> tuple[str, ...] | None:
    """The rules by which ``limit`` is ``right``; None where they do not tell."""
    for unfold in (False, True):
        proof = Proof(claim, model)
        try:
            body = derivatives_taken(limit.body, proof)
            if unfold:
                body = unfolded(body, proof)
                right = unfolded(right, proof)
            if _depends(right, limit.scalar) or _hides(body, limit.scalar, model):
                continue
            found = _Limits(proof, limit.scalar, limit.target).of(_plain(body))
            same = found == right if right in _INFINITE else (
                found not in _INFINITE
                and any(equal(found, right, proof, branches) for branches in (False, True))
            )  # fmt: skip
        except GIVEN_UP:
            continue
        if same:
            return tuple(proof.rules)
    return None


def _depends(expr: Basic, scalar: Element) -> bool:
    return scalar in elements(expr)


def _hides(body: Expr, scalar: Element, model: Model) -> bool:
    """Whether a name in ``body`` is an equation, which may depend on the scalar."""
    names = {e.tensor.name for e in elements(body)} - {scalar.tensor.name}
    return any(model.equation(name) is not None for name in names)


def _plain(body: Expr) -> Expr:
    """``exp(u) / exp(v)`` as ``exp(u - v)``: quotients of exponentials have limits that way."""

    def step(node: Basic) -> Basic:
        if not isinstance(node, Mul):
            return node
        powers = [f.as_base_exp() for f in node.args]
        exponents = [b.args[0] * e for b, e in powers if isinstance(b, Exp)]
        others = [f for f, (b, _) in zip(node.args, powers, strict=True) if not isinstance(b, Exp)]
        return Mul(*others, Exp(Add(*exponents))) if len(exponents) > 1 else node

    plain: Expr = bottom_up(body, step)
    return plain


class _Limits:
    """The limits of expressions as one scalar goes to its target."""

    def __init__(self, proof: Proof, scalar: Element, target: Expr) -> None:
        self.proof, self.scalar, self.target = proof, scalar, target
        self.fresh = Fresh()
        self.canon = Canon(proof)

    def of(self, node: Expr) -> Expr:
        """The limit of ``node``; raises GivenUpError where no rule tells."""
        if node == self.scalar:
            return self.target
        if not _depends(node, self.scalar):
            return node
        rules: dict[type, Callable[[Expr], Expr]] = {
            Add: self._sum, Mul: self._product, Pow: self._power, Reduce: self._reduction,
            MaxOf: self._extreme, MinOf: self._extreme,
        }  # fmt: skip
        for kind, rule in rules.items():
            if isinstance(node, kind):
                return rule(node)
        if type(node) in _AT_INFINITY or isinstance(node, log):
            return self._function(node)
        raise GivenUpError

    def _sum(self, node: Expr) -> Expr:
        parts = [self.of(term) for term in node.args]
        infinite = {part for part in parts if part in _INFINITE}
        if len(infinite) > 1:
            raise GivenUpError
        self.proof.use("the limit of a sum is the sum of the limits")
        return infinite.pop() if infinite else Add(*parts)

    def _product(self, node: Expr) -> Expr:
        parts = [self.of(factor) for factor in node.args]
        self.proof.use("the limit of a product is the product of the limits")
        if not any(part in _INFINITE for part in parts):
            return Mul(*parts)
        negative = 0
        for part in parts:
            if part == S.NegativeInfinity or self.canon.positive(-part):
                negative += 1
            elif part != S.Infinity and not self.canon.positive(part):
                raise GivenUpError
        return S.NegativeInfinity if negative % 2 else S.Infinity

    def _power(self, node: Expr) -> Expr:
        base, exponent = self.of(node.args[0]), node.args[1]
        if _depends(exponent, self.scalar) or not exponent.is_Rational:
            raise GivenUpError
        self.proof.use("the limit of a power is the power of the limit")
        if base in _INFINITE:
            if exponent < 0:
                return S.Zero
            if base == S.NegativeInfinity and not exponent.is_Integer:
                raise GivenUpError
            odd = base == S.NegativeInfinity and exponent % 2 == 1
            return S.NegativeInfinity if odd else S.Infinity
        positive = self.canon.positive(base)
        whole = exponent.is_Integer and exponent > 0
        away = base.is_Rational and base != 0 and exponent.is_Integer
        if not (positive or whole or away):
            raise GivenUpError
        return Pow(base, exponent)

    def _reduction(self, node: Expr) -> Expr:
        if not isinstance(node, Reduce) or node.kind not in ("sum", "prod"):
            raise GivenUpError
        letters, cond, body = open_fresh(node, self.fresh)
        if _depends(cond, self.scalar):
            raise GivenUpError
        inner = self.of(body)
        if inner in _INFINITE:
            raise GivenUpError
        self.proof.use("the limit of a finite sum is the sum of the limits")
        return close(node.kind, letters, inner, cond)

    def _extreme(self, node: Expr) -> Expr:
        parts = [self.of(arg) for arg in node.args]
        if any(part in _INFINITE for part in parts):
            raise GivenUpError
        self.proof.use("max and min are continuous")
        found: Expr = with_children(node, tuple(parts))
        return found

    def _function(self, node: Expr) -> Expr:
        inner = self.of(node.args[0])
        if isinstance(node, log):
            if inner == S.Infinity:
                self.proof.use("log at infinity")
                return inner
            if inner in _INFINITE or not self.canon.positive(inner):
                raise GivenUpError
        elif inner in _INFINITE:
            self.proof.use(f"{type(node).__name__.lower()} at infinity")
            return _AT_INFINITY[type(node)][inner == S.Infinity]
        self.proof.use(f"{type(node).__name__.lower()} is continuous")
        found: Expr = with_children(node, (inner,))
        return found
