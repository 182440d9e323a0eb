"""The one constructor of sums: brackets become conditions, deltas are contracted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sympy import Add, Mul, Pow, S
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import (
    FALSE,
    TRUE,
    Compare,
    Fresh,
    Index,
    Iverson,
    Reduce,
    Size,
    all_of,
    bottom_up,
    close,
    conjuncts,
    free_indices,
    in_order,
    iverson,
    mentions,
    open_fresh,
    replace,
)
from symderive.rewrite.algebra import Keep, common_factor
from symderive.rewrite.facts import Facts


def times(*factors: Expr) -> Expr:
    """Product with at most one bracket: ``[a] * [b]`` is ``[a and b]``.

    >>> from symderive.expr import Axis, Index, compare, iverson
    >>> i, j, k = (Index(letter, Axis("C")) for letter in "ijk")
    >>> times(iverson(compare("==", i, j)), iverson(compare("<", j, k)))
    [j < k and i == j]
    """
    conds, rest = split_brackets(factors)
    cond = all_of(conds)
    if cond == FALSE:
        return S.Zero
    return Mul(iverson(Facts(()).decide(cond)), *rest)


def common_bracket(expr: Expr, keep: Keep | None = None) -> Expr:
    """``[a and b] * u + [a] * v`` as ``[a] * ([b] * u + v)``; common factors go in front too.

    What ``keep`` names stays behind the brackets that guard it.
    """
    if not isinstance(expr, Add):
        return expr
    split = [split_brackets([term]) for term in in_order(expr.args)]
    shared = [cond for cond in split[0][0] if all(cond in conds for conds, _ in split)]
    if not shared:
        return common_factor(expr, keep)
    rest = (times(*(iverson(c) for c in conds if c not in shared), *fs) for conds, fs in split)
    return times(iverson(all_of(shared)), common_factor(Add(*rest), keep))


def split_brackets(factors: Iterable[Expr]) -> tuple[list[Basic], list[Expr]]:
    """The conditions of the brackets among ``factors``, and the factors that are no brackets."""
    conds: list[Basic] = []
    rest: list[Expr] = []
    stack = list(factors)[::-1]
    while stack:
        factor = stack.pop()
        base, exponent = factor.as_base_exp()
        if isinstance(factor, Mul):
            stack.extend(reversed(factor.args))
        elif isinstance(base, Iverson) and exponent.is_positive:
            conds.extend(conjuncts(base.cond))
        else:
            rest.append(factor)
    return conds, rest


def make_sum(
    indices: Sequence[Index],
    body: Expr,
    cond: Basic = TRUE,
    fresh: Fresh | None = None,
    keep: Keep | None = None,
) -> Expr:
    """``sum[indices if cond](body)`` in normal form.

    Brackets in ``body`` are absorbed into the condition; ``[j = e]`` contracts ``j``;
    contradictions give 0; a product is distributed only where a delta is; what does not depend
    on an index is pulled out of its sum; an index that nothing depends on becomes a size. What
    ``keep`` names stays in a sum with a condition: a factor that may be infinite must not count
    where the condition leaves no term.

    >>> from symderive.expr import Axis, Index, Tensor, compare, iverson
    >>> C = Axis("C")
    >>> j, m, s = Index("j", C), Index("m", C), Tensor("s", (C,))
    >>> make_sum([j], iverson(compare("==", j, m)) * s[j])
    s[m]
    >>> make_sum([j], s[m], compare("!=", j, m))
    (C - 1)*s[m]
    """
    fresh = fresh or Fresh(_highest(body, cond, *indices))
    return _sum(tuple(indices), list(conjuncts(cond)), [body], fresh, keep)


def _highest(*roots: Basic) -> int:
    """The highest number of a fresh index that occurs."""
    marks = [i.name.rpartition("'")[2] for i in free_indices(*roots) if "'" in i.name]
    return max(map(int, marks), default=0)


def _sum(
    indices: tuple[Index, ...],
    conds: list[Basic],
    factors: list[Expr],
    fresh: Fresh,
    keep: Keep | None,
) -> Expr:
    found, factors = split_brackets(factors)
    conds = [*conds, *found]
    if any(factor == S.Zero for factor in factors):
        return S.Zero
    while True:
        cond = all_of(conds)
        if cond == FALSE:
            return S.Zero
        conds = list(conjuncts(cond))
        pinned = _pin(indices, conds)
        if pinned is None:
            break
        index, value = pinned
        indices = tuple(other for other in indices if other != index)
        table: dict[Basic, Basic] = {index: value}
        conds = [replace(part, table) for part in conds]
        found, factors = split_brackets(replace(factor, table) for factor in factors)
        conds += found
    if not indices:
        return times(iverson(all_of(conds)), *factors)
    for position, factor in enumerate(factors):
        rest = factors[:position] + factors[position + 1 :]
        if isinstance(factor, Add) and _has_delta(factor, indices):
            return Add(*(_sum(indices, conds, [*rest, term], fresh, keep) for term in factor.args))
        if isinstance(factor, Reduce) and factor.kind == "sum" and _binds_delta(factor, indices):
            letters, inner, body = open_fresh(factor, fresh)
            conds = [*conds, *conjuncts(inner)]
            return _sum((*indices, *letters), conds, [*rest, body], fresh, keep)
    return _pull_out(indices, conds, factors, keep)


def _pin(indices: Sequence[Index], conds: Iterable[Basic]) -> tuple[Index, Expr] | None:
    """An index and the value that a condition ``index = value`` pins it to.

    Of two indices that are equal the first one stays, whatever their letters.
    """
    for cond in conds:
        if isinstance(cond, Compare) and cond.op == "==":
            sides = (cond.lhs, cond.rhs)
            if all(side in indices for side in sides):
                sides = tuple(sorted(sides, key=indices.index, reverse=True))
            for side, other in (sides, sides[::-1]):
                if side in indices and not mentions(other, side):
                    return side, other
    return None


def _binds_delta(node: Reduce, indices: Iterable[Index]) -> bool:
    """Whether the condition of ``node`` holds an equality with one of ``indices``."""
    return any(
        isinstance(cond, Compare) and cond.op == "==" and mentions(cond, *indices)
        for cond in conjuncts(node.cond)
    )


def _has_delta(expr: Expr, indices: Iterable[Index]) -> bool:
    """Whether a product below ``expr`` holds a delta of one of ``indices``."""
    indices = tuple(indices)
    stack = [expr]
    while stack:
        node = stack.pop()
        if isinstance(node, Add | Mul):
            stack.extend(node.args)
        elif isinstance(node, Iverson):
            if any(
                isinstance(cond, Compare) and cond.op == "==" and mentions(cond, *indices)
                for cond in conjuncts(node.cond)
            ):
                return True
        elif isinstance(node, Reduce) and node.kind == "sum" and _binds_delta(node, indices):
            return True
    return False


def _pull_out(
    indices: tuple[Index, ...], conds: list[Basic], factors: list[Expr], keep: Keep | None
) -> Expr:
    """Close what remains, one reduction for each group of indices that hang together."""
    parts = [(part, {i for i in indices if mentions(part, i)}) for part in (*conds, *factors)]
    if keep is not None:
        conditional = set().union(*(used for _, used in parts[: len(conds)]))
        parts[len(conds) :] = [
            (factor, used or (conditional if keep(factor) else used))
            for factor, used in parts[len(conds) :]
        ]
    groups: list[set[Index]] = [{index} for index in indices]
    for _, used in parts:
        if used:
            joined = set().union(*(group for group in groups if group & used))
            groups = [group for group in groups if not group & used] + [joined]
    outside = [part for part, used in parts[len(conds) :] if not used]
    guard = all_of(part for part, used in parts[: len(conds)] if not used)
    result = [iverson(guard), *outside]
    for group in sorted(groups, key=lambda group: min(indices.index(i) for i in group)):
        letters = [index for index in indices if index in group]
        cond = all_of(part for part, used in parts[: len(conds)] if used & group)
        body = Mul(*(part for part, used in parts[len(conds) :] if used & group))
        result.append(_close_sum(letters, cond, body))
    return times(*result)


def _close_sum(letters: list[Index], cond: Basic, body: Expr) -> Expr:
    if body == S.One:
        if cond == TRUE:
            return Mul(*(Size(letter.axis) for letter in letters))
        if len(letters) == 1 and isinstance(cond, Compare) and cond.op == "!=":
            (letter,) = letters
            if (cond.lhs == letter) != (cond.rhs == letter) and not (
                mentions(cond.lhs, letter) and mentions(cond.rhs, letter)
            ):
                return Size(letter.axis) - 1
    coefficient, rest = body.as_coeff_Mul()
    closed = close("sum", letters, rest, cond)
    return S.Zero if closed.body == S.Zero else coefficient * closed


def normalise(expr: Expr, fresh: Fresh) -> Expr:
    """``expr`` with every sum in normal form and brackets of a product joined; idempotent."""

    def step(node: Basic) -> Basic:
        if isinstance(node, Mul):
            return times(*node.args)
        if isinstance(node, Pow) and isinstance(node.base, Iverson) and node.exp.is_positive:
            return node.base
        if isinstance(node, Reduce) and node.kind == "sum":
            letters, cond, body = open_fresh(node, fresh)
            return make_sum(letters, body, cond, fresh)
        return node

    result: Expr = bottom_up(expr, step)
    return result
