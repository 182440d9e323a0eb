"""Proofs by rewriting: both sides to one rational function of independent atoms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sympy import Abs, Add, Dummy, Mul, Pow, S, expand, fraction, log, rem, sign, together
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
    Index,
    Iverson,
    MaxOf,
    MinOf,
    Reduce,
    Where,
    Xlogy,
    bottom_up,
    children,
    close,
    comparisons,
    conjuncts,
    mentions,
    negate,
    open_fresh,
    subexpressions,
    with_children,
)
from symderive.expr import replace as put
from symderive.model.claims import Claim, DerivativeOf
from symderive.model.model import Model
from symderive.rewrite import Facts, Named, is_positional, normalise, unfold, weight
from symderive.verify.claims.canon import Canon, GivenUpError, Proof
from symderive.verify.claims.corrected import derived

#: What has branches, and what no proof comes out of.
BRANCHING = (Abs, sign, MaxOf, MinOf, Where, Iverson)
GIVEN_UP = (GivenUpError, SymderiveError, PolynomialError, RecursionError)
#: Beyond these a proof is not attempted: it would take longer than it is worth.
MOST_WEIGHT, MOST_ATOMS, MOST_CASES = 260, 22, 8


def prove_claim(claim: Claim, model: Model) -> tuple[str, ...] | None:
    """The rules that turn both sides of ``claim`` into one; None where they do not.

    The rules are identities wherever both sides are defined; where one of them needs more (the
    logarithm of a product), that is read off the declared domain.
    """
    if claim.relation != "=" or claim.point or not isinstance(claim.right, Expr):
        return None
    for whole, branches in ((False, False), (True, False), (False, True), (True, True)):
        proof = Proof(claim, model)
        try:
            sides = [derivatives_taken(side, proof) for side in (claim.left, claim.right)]
            if whole:
                sides = [unfolded(side, proof) for side in sides]
            if branches and not any(isinstance(n, BRANCHING) for n in subexpressions(*sides)):
                continue
            if equal(sides[0], sides[1], proof, branches):
                return tuple(proof.rules) or ("both sides are the same as written",)
        except GIVEN_UP:
            continue
    return None


def equal(one: Expr, other: Expr, proof: Proof, branches: bool = False) -> bool:
    """Whether rewriting turns two expressions into one, in every case of equal indices."""
    return all(_zero(part, proof, branches) for part in _cases((one, other), proof))


def derivatives_taken(root: Expr, proof: Proof) -> Expr:
    """``root`` with every derivative taken by the engine; binders are opened on the way."""

    def walk(node: Basic) -> Basic:
        if isinstance(node, DerivativeOf):
            found = derived(node, proof.model, proof.claim)
            if found is None:
                raise GivenUpError
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


def unfolded(root: Expr, proof: Proof) -> Expr:
    """``root`` with the definitions of all equations put in, the last ones first."""
    for equation in reversed(proof.model.equations):
        if equation.where != TRUE or equation.tensor.label_of is not None:
            continue
        before, root = root, unfold(root, Named(equation.element, equation.rhs), proof.fresh)
        if root is not before:
            proof.use("definitions put in")
        if weight(root) > MOST_WEIGHT:
            raise GivenUpError
    return root


def _cases(sides: Sequence[Expr], proof: Proof) -> Iterator[Expr]:
    """The difference of the sides under each case: which positions are equal."""
    one, other = (normalise(_guards_out(side), proof.fresh) for side in sides)
    difference: Expr = one - other
    given = conjuncts(proof.claim.given)
    choices: list[list[Basic]] = [list(given)]
    for pair in _equalities(difference):
        choices = [[*chosen, case] for chosen in choices for case in (pair, negate(pair))]
        choices = [c for c in choices if not Facts(c).contradictory()]
        if len(choices) > MOST_CASES:
            raise GivenUpError
    if len(choices) > 1:
        proof.use("one case for each pattern of equal indices")
    for chosen in choices:
        facts = Facts(chosen)
        expr: Expr = put(facts.apply(difference), _same(chosen))
        yield normalise(expr, proof.fresh)


def _guards_out(side: Expr) -> Expr:
    """``xlogy([a = b], u)`` as a product, so that a sum over it has one term."""

    def step(node: Basic) -> Basic:
        if isinstance(node, Xlogy) and node.args[0].has(Iverson):
            return node.args[0] * log(node.args[1])
        return node

    out: Expr = bottom_up(side, step)
    return out


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


def _zero(difference: Expr, proof: Proof, branches: bool) -> bool:
    """Whether ``difference`` is 0 as a rational function of its atoms."""
    if difference == 0:
        return True
    if weight(difference) > MOST_WEIGHT:
        raise GivenUpError
    canon = Canon(proof, branches)
    flat = canon.of(difference)
    if _vanishes(flat, proof):
        return True
    # exp is one to one: the difference is 0 where its exponential is 1.
    has_log = any(isinstance(node, log) for node in subexpressions(flat))
    if has_log and _vanishes(canon.exponential(flat) - 1, proof):
        proof.use("exp(u) = exp(v) only if u = v")
        return True
    return False


def _vanishes(flat: Expr, proof: Proof) -> bool:
    """Whether a rational function of atoms is 0."""
    if weight(flat) > 3 * MOST_WEIGHT:
        raise GivenUpError
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
        raise GivenUpError
    top, bottom = fraction(together(named))
    numerator = expand(top)
    for bracket in brackets:
        numerator = expand(_idempotent(numerator, bracket))
    for node, dummy in tuple(atoms.items()):
        numerator = _where_nought(numerator, node, dummy, name, atoms)
        numerator = _on_values(numerator, node, dummy, proof)
    if numerator != 0:
        return False
    proof.use("terms collected as a polynomial in independent atoms")
    _note(proof, bool(bottom.free_symbols), bool(brackets))
    return True


def _where_nought(
    expr: Expr, node: Basic, dummy: Basic, name: Callable[[Basic], Basic], atoms: Any
) -> Expr:
    """``expr`` with ``u`` put as 0 in what is multiplied by the bracket ``[u = 0]``."""
    cond = node.cond if isinstance(node, Iverson) else None
    if not isinstance(cond, Compare) or is_positional(cond) or cond.op != "==":
        return expr
    inside: Any = expr.coeff(dummy, 1)
    if inside == 0:
        return expr
    strict = Iverson(Compare(">", cond.lhs, cond.rhs))
    changed = inside.xreplace({atoms[strict]: S.Zero}) if strict in atoms else inside
    gap = expand(name(cond.lhs))
    for atom in sorted(gap.free_symbols, key=str):
        slope = gap.coeff(atom, 1)
        if slope.is_Rational and slope != 0 and not (gap - slope * atom).has(atom):
            changed = changed.xreplace({atom: -(gap - slope * atom) / slope})
            break
    return expand(expr - inside * dummy + changed * dummy)


def _note(proof: Proof, fractions: bool, brackets: bool) -> None:
    if fractions:
        proof.use("fractions over a common denominator")
    if brackets:
        proof.use("a bracket is its own square")


def _on_values(expr: Expr, node: Basic, dummy: Basic, proof: Proof) -> Expr:
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
