"""Proofs by rewriting: both sides to one rational function of independent atoms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sympy import Add, Dummy, Mul, Pow, S, expand, fraction, log, rem, together
from sympy import tanh as tanh_
from sympy.core.basic import Basic
from sympy.core.expr import Expr
from sympy.core.numbers import NumberSymbol, Rational
from sympy.polys.polyerrors import PolynomialError

from symderive.errors import SymderiveError
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
    Reduce,
    Sigmoid,
    Size,
    Softplus,
    Xdivy,
    Xlogy,
    all_of,
    children,
    close,
    comparisons,
    conjuncts,
    elements,
    free_indices,
    iverson,
    mentions,
    negate,
    open_fresh,
    subexpressions,
    with_children,
)
from symderive.expr import replace as put
from symderive.model.claims import Claim, DerivativeOf
from symderive.model.model import Equation, Model
from symderive.rewrite import Facts, is_positional, normalise, weight
from symderive.verify.claims.corrected import derived

#: Beyond these a proof is not attempted: it would take longer than it is worth.
MOST_WEIGHT, MOST_ATOMS, MOST_CASES = 260, 22, 8


class _GivenUpError(Exception):
    """No proof by these rules."""


@dataclass
class _Proof:
    """One attempt: what is known, and the rules that were used."""

    claim: Claim
    model: Model
    fresh: Fresh = field(default_factory=Fresh)
    rules: dict[str, None] = field(default_factory=dict)

    def use(self, rule: str) -> None:
        self.rules.setdefault(rule)


def prove_claim(claim: Claim, model: Model) -> tuple[str, ...] | None:
    """The rules that turn both sides of ``claim`` into one; None where they do not.

    The rules are identities wherever both sides are defined; where one of them needs more (the
    logarithm of a product), that is read off the declared domain.
    """
    if claim.relation != "=" or claim.point or not isinstance(claim.right, Expr):
        return None
    for unfold in (False, True):
        proof = _Proof(claim, model)
        try:
            sides = [_derivatives_taken(side, proof) for side in (claim.left, claim.right)]
            if unfold:
                sides = [_unfolded(side, proof) for side in sides]
            if all(_zero(part, proof) for part in _cases(sides, proof)):
                return tuple(proof.rules) or ("both sides are the same as written",)
        except (_GivenUpError, SymderiveError, PolynomialError, RecursionError):
            continue
    return None


def _derivatives_taken(root: Expr, proof: _Proof) -> Expr:
    """``root`` with every derivative taken by the engine; binders are opened on the way."""

    def walk(node: Basic) -> Basic:
        if isinstance(node, DerivativeOf):
            found = derived(node, proof.model, proof.claim)
            if found is None:
                raise _GivenUpError
            proof.use("derivative by the chain rule")
            return found
        if not any(isinstance(part, DerivativeOf) for part in subexpressions(node)):
            return node
        if isinstance(node, Reduce):
            letters, cond, body = open_fresh(node, proof.fresh)
            inner = walk(body)
            return close(node.kind, letters, inner, cond)
        return with_children(node, tuple(walk(child) for child in children(node)))

    result: Expr = walk(root)
    return result


def _unfolded(root: Expr, proof: _Proof) -> Expr:
    """``root`` with the definitions of all equations put in, the last ones first."""
    for equation in reversed(proof.model.equations):
        if equation.where != TRUE or equation.tensor.label_of is not None:
            continue
        root = _definition_put(root, equation, proof)
        if weight(root) > MOST_WEIGHT:
            raise _GivenUpError
    return root


def _definition_put(root: Expr, equation: Equation, proof: _Proof) -> Expr:
    def walk(node: Basic) -> Basic:
        if not any(e.tensor == equation.tensor for e in elements(node)):
            return node
        if isinstance(node, Reduce):
            letters, cond, body = open_fresh(node, proof.fresh)
            return close(node.kind, letters, walk(body), walk(cond))
        if isinstance(node, Element) and node.tensor == equation.tensor:
            proof.use("definitions put in")
            return put(equation.rhs, dict(zip(equation.indices, node.slots, strict=True)))
        return with_children(node, tuple(walk(child) for child in children(node)))

    result: Expr = walk(root)
    return result


def _cases(sides: Sequence[Expr], proof: _Proof) -> Iterator[Expr]:
    """The difference of the sides under each case: which positions are equal."""
    difference = normalise(sides[0], proof.fresh) - normalise(sides[1], proof.fresh)
    given = conjuncts(proof.claim.given)
    choices: list[list[Basic]] = [list(given)]
    for pair in _equalities(difference):
        choices = [[*chosen, case] for chosen in choices for case in (pair, negate(pair))]
        choices = [c for c in choices if not Facts(c).contradictory()]
        if len(choices) > MOST_CASES:
            raise _GivenUpError
    if len(choices) > 1:
        proof.use("one case for each pattern of equal indices")
    for chosen in choices:
        facts = Facts(chosen)
        expr: Expr = put(facts.apply(difference), _same(chosen))
        yield normalise(expr, proof.fresh)


def _equalities(difference: Expr) -> list[Basic]:
    """The equalities of free positions that ``difference`` asks about."""
    pairs: dict[Basic, None] = {}
    for node in subexpressions(difference):
        if isinstance(node, Iverson | Reduce):
            for part in comparisons(node.cond):
                cond = part if part.op == "==" else negate(part)
                free = not any(isinstance(n, Bound) for n in subexpressions(part))
                if is_positional(part) and free and part.op in ("==", "!="):
                    pairs[cond] = None
    return list(pairs)


def _same(chosen: Sequence[Basic]) -> dict[Basic, Basic]:
    """For each index that is known to equal another position: that one."""
    same: dict[Basic, Basic] = {}
    for part in chosen:
        if isinstance(part, Compare) and is_positional(part) and part.op == "==":
            one, other = part.lhs, part.rhs
            index, into = (one, other) if isinstance(one, Index) else (other, one)
            if isinstance(index, Index) and not mentions(into, index):
                same[index] = same.get(into, into)
    if len(same) > 1:  # chains of equalities: put them one after the other
        same = {key: put(value, same) for key, value in same.items()}
    return same


def _zero(difference: Expr, proof: _Proof) -> bool:
    """Whether ``difference`` is 0 as a rational function of its atoms."""
    if difference == 0:
        return True
    if weight(difference) > MOST_WEIGHT:
        raise _GivenUpError
    canon = _Canon(proof)
    flat = canon.of(difference)
    if _vanishes(flat, proof):
        return True
    # exp is one to one: the difference is 0 where its exponential is 1.
    has_log = any(isinstance(node, log) for node in subexpressions(flat))
    if has_log and _vanishes(canon.exponential(flat) - 1, proof):
        proof.use("exp(u) = exp(v) only if u = v")
        return True
    return False


def _vanishes(flat: Expr, proof: _Proof) -> bool:
    """Whether a rational function of atoms is 0."""
    if weight(flat) > 3 * MOST_WEIGHT:
        raise _GivenUpError
    atoms: dict[Basic, Basic] = {}
    brackets: list[Basic] = []

    def name(node: Basic) -> Basic:
        if _is_rational_head(node):
            return with_children(node, tuple(name(child) for child in children(node)))
        if isinstance(node, Rational | NumberSymbol):
            return node
        if node not in atoms:
            atoms[node] = Dummy(f"a{len(atoms)}", real=True)
            if isinstance(node, Iverson):
                brackets.append(atoms[node])
        return atoms[node]

    named = name(flat)
    if len(atoms) > MOST_ATOMS:
        raise _GivenUpError
    top, bottom = fraction(together(named))
    numerator = expand(top)
    for bracket in brackets:
        numerator = expand(_idempotent(numerator, bracket))
    for node, dummy in atoms.items():
        numerator = _on_values(numerator, node, dummy, proof)
    if numerator != 0:
        return False
    proof.use("terms collected as a polynomial in independent atoms")
    _note(proof, bool(bottom.free_symbols), bool(brackets))
    return True


def _note(proof: _Proof, fractions: bool, brackets: bool) -> None:
    if fractions:
        proof.use("fractions over a common denominator")
    if brackets:
        proof.use("a bracket is its own square")


def _on_values(expr: Expr, node: Basic, dummy: Basic, proof: _Proof) -> Expr:
    """``expr`` reduced by what the few values of an entry are the roots of."""
    if expr == 0 or not isinstance(node, Element) or not expr.has(dummy):
        return expr
    for declaration in (*proof.model.declarations, *proof.claim.scalars):
        values = declaration.domain.values
        if declaration.tensor == node.tensor and values:
            relation = expand(Mul(*(dummy - value for value in values)))
            proof.use(f"{node.tensor.name} is one of {', '.join(map(str, values))}")
            return expand(rem(expr, relation, dummy))
    return expr


def _idempotent(expr: Expr, bracket: Basic) -> Expr:
    """``expr`` with every power of a bracket replaced by the bracket."""
    powers = {n for n in expr.atoms(Pow) if n.base == bracket and n.exp.is_Integer and n.exp > 0}
    return expr.xreplace(dict.fromkeys(powers, bracket))


def _is_rational_head(node: Basic) -> bool:
    return isinstance(node, Add | Mul) or (isinstance(node, Pow) and bool(node.exp.is_Integer))


class _Canon:
    """Rewrites an expression, from its leaves, into sums of products of independent atoms."""

    def __init__(self, proof: _Proof) -> None:
        self.proof = proof
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

    def _logarithm(self, argument: Expr) -> Expr:
        """``log(a b / c)`` taken apart where the factors are positive."""
        factors = Mul.make_args(argument)
        terms: list[Expr] = []
        apart = len(factors) > 1 or isinstance(argument, Pow | Exp)
        if apart and all(self.positive(f.as_base_exp()[0]) for f in factors):
            for part in factors:
                base, exponent = part.as_base_exp()
                inner = base.args[0] if isinstance(base, Exp) else log(base)
                terms.append(exponent * inner)
            self.proof.use("the logarithm of a product of positive factors is a sum")
            return Add(*terms)
        return log(argument)

    def positive(self, expr: Basic) -> bool:
        """Whether ``expr`` is positive on the declared domains."""
        match expr:
            case Exp() | Size() | Sigmoid() | Softplus():
                return True
            case Rational() | NumberSymbol():
                return bool(expr > 0)
            case Add() | Mul():
                return all(self.positive(arg) for arg in expr.args)
            case Pow():
                return self.positive(expr.base)
            case Element():
                return self._declared_positive(expr)
            case Reduce():
                return expr.kind == "sum" and expr.cond == TRUE and self.positive(expr.body)
        return False

    def _declared_positive(self, element: Element) -> bool:
        declarations = [*self.proof.model.declarations, *self.proof.claim.scalars]
        for declaration in declarations:
            if declaration.tensor == element.tensor:
                domain = declaration.domain
                if domain.values:
                    return all(bool(value > 0) for value in domain.values)
                above = domain.low > 0 or (domain.low == 0 and not domain.low_closed)
                return bool(above) and not domain.simplex
        return False

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
        left, right = self.of(part.lhs), self.of(part.rhs)
        off = expand(left - right)
        if part.op in ("<", ">="):
            off = -off
        if part.op in ("==", "!="):
            bracket = iverson(Compare("==", off, S.Zero))
            return bracket if part.op == "==" else 1 - bracket
        # now off > 0 (strict) or off <= 0 turned round
        strict = Iverson(Compare(">", off, S.Zero))
        return strict if part.op in (">", "<") else 1 - strict

    def _reduction(self, node: Reduce) -> Expr:
        """A sum of sums of products, each with what does not depend on its letters outside."""
        if node.kind != "sum":
            return node
        letters, cond, body = open_fresh(node, self.proof.fresh)
        terms = Add.make_args(expand(self.of(body)))
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
