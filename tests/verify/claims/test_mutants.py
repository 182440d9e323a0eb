"""Gradients of the catalog are never refuted; with one thing changed they always are."""

import random
from dataclasses import replace
from itertools import islice

import pytest
from sympy import Add, Integer, Mul, Rational, S

from symderive.catalog import load, names
from symderive.expr import (
    Compare,
    Element,
    Index,
    Iverson,
    Reduce,
    Size,
    free_indices,
    subexpressions,
)
from symderive.expr import replace as put
from symderive.model.evaluate import Compiled, Evaluator
from symderive.model.fields import is_nan
from symderive.model.points import assignments, points
from symderive.notation.sym import read_claim
from symderive.verify.claims import judge, slips
from symderive.verify.claims.corrected import derived

#: Models whose gradient names what the model does not: the layers of a network, an arg max.
WITHOUT = frozenset({"network", "structured_hinge"})


def gradient(name):
    """A claim with the derived gradient on its right; None where there is no such line."""
    model = load(name)
    *inner, output = model.equations
    sample = model.sample is not None and inner and model.sample in inner[-1].indices
    of = (inner[-1] if sample else output).tensor
    wrt = model.tensor(model.default_wrt()[0])
    letters = iter("abcdefghuvz")
    used = {index.name for index in model.notation.letters}
    own = [f"{axis.name.lower()}{next(letters)}" for axis in (*of.axes, *wrt.axes)]
    assert not used & set(own)
    left = [f"[{', '.join(part)}]" if part else "" for part in (
        own[: len(of.axes)], own[len(of.axes) :]
    )]  # fmt: skip
    claim = read_claim(f"d({of.name}{left[0]})/d{wrt.name}{left[1]} = 0", model)
    right = derived(claim.left, model, claim)
    return model, claim, right


def variants(right, claim, model, rng):
    """Right sides with one thing changed, in random order."""
    found = [-right, 2 * right, right * (1 + Rational(1, 10**7)), right + Rational(1, 10**9)]
    found += [right * Size(axis) for axis in model.axes] + [
        right / Size(axis) for axis in model.axes
    ]
    for node in subexpressions(right):
        if isinstance(node, Iverson) and not bound(node):
            found.append(put(right, {node: S.One}))
            if isinstance(node.cond, Compare) and node.cond.op in ("==", "!="):
                found.append(put(right, {node: 1 - node}))
        elif isinstance(node, Add | Mul) and not bound(node):
            dropped = rng.choice(node.args)
            found.append(put(right, {node: node.func(*(a for a in node.args if a != dropped))}))
        elif isinstance(node, Element) and not bound(node):
            for slot in node.slots:
                others = [i for i in claim.free if i.axis == getattr(slot, "axis", None) != slot]
                found += [put(right, {node: put(node, {slot: i})}) for i in others if i != slot]
        elif isinstance(node, Integer) and node not in (0, 1):
            found.append(put(right, {node: node + 1}))
    rng.shuffle(found)
    return found


def bound(node):
    own = {b for n in subexpressions(node) if isinstance(n, Reduce) for b in n.bound}
    return any(type(n).__name__ == "Bound" and n not in own for n in subexpressions(node))


def differ(model, one, other):
    """Whether two expressions differ somewhere, by the reference evaluator."""
    compiled = Compiled(model.equations)
    letters = sorted(free_indices(one) | free_indices(other), key=str)
    for point in islice(points(model, random.Random(5), (1, 2, 3, 4)), 60):  # noqa: S311 - no secret
        evaluator = Evaluator(compiled, point)
        for env in assignments(letters, point.sizes):
            a, b = (evaluator.evaluate(side, env) for side in (one, other))
            if not (is_nan(a) or is_nan(b)) and abs(a - b) > abs(a + b) * 1e-12:
                return True
    return False


CATALOG = [name for name in names() if name not in WITHOUT]
#: Those whose slip is searched for, too: that takes most of the time, and no verdict depends on it.
EXPLAINED = CATALOG[::8]


@pytest.mark.parametrize("name", CATALOG[::3])
def test_a_gradient_with_one_thing_changed_is_refuted(name, monkeypatch):
    if name not in EXPLAINED:
        monkeypatch.setattr(slips, "explain_slip", lambda *_: ("", ""))
    model, claim, right = gradient(name)
    assert right is not None
    rng = random.Random(name)  # noqa: S311 - no secret
    mutants = (v for v in variants(right, claim, model, rng) if differ(model, v, right))
    mutant = next(mutants)
    found = judge(replace(claim, right=mutant, text=f"mutant = {mutant}"), model)
    assert found.kind == "refuted", str(found)
    assert found.counterexample is not None


@pytest.mark.parametrize("name", CATALOG[::4])
def test_the_derived_gradient_is_not_refuted(name):
    model, claim, right = gradient(name)
    found = judge(replace(claim, right=right, text="derived = right"), model)
    assert found.kind in ("proved", "verified"), str(found)
    assert isinstance(found.points, int)
    assert found.points > 0


def test_the_mutants_are_of_many_kinds():
    model, claim, right = gradient("softmax_nll")
    found = variants(right, claim, model, random.Random(0))  # noqa: S311 - no secret
    assert sum(differ(model, mutant, right) for mutant in found) >= 8
    assert not differ(model, right, right)
    assert all(isinstance(i, Index) for i in claim.free)
