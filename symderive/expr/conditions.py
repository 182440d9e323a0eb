"""Conditions, simplified as they are built: comparisons, and, or, not, the bracket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sympy import S
from sympy.core.basic import Basic
from sympy.core.expr import Expr
from sympy.core.numbers import Number

from symderive.expr.nodes import FALSE, TRUE, AllOf, AnyOf, Compare, Iverson, MaxOf, MinOf
from symderive.expr.order import in_order, order_key

NEGATED = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
MIRRORED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_HOLDS_ON_EQUAL = {"==", "<=", ">="}
_DECIDE = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def compare(op: str, lhs: Expr, rhs: Expr) -> Basic:
    """``lhs op rhs``; decided for equal sides and for numbers, ``==`` and ``!=`` in our order.

    >>> from symderive.expr import Axis, Index, compare
    >>> i, j = Index("i", Axis("N")), Index("j", Axis("N"))
    >>> compare("==", j, i), compare("<", i, i)
    (i == j, False)
    """
    if lhs == rhs:
        return TRUE if op in _HOLDS_ON_EQUAL else FALSE
    if isinstance(lhs, Number) and isinstance(rhs, Number):
        return TRUE if bool(_DECIDE[op](lhs, rhs)) else FALSE
    if isinstance(lhs, MaxOf | MinOf) and isinstance(rhs, Number) and op[0] in "<>":
        return _of_extremum(op, lhs, rhs)
    if op in ("==", "!=") and order_key(rhs) < order_key(lhs):
        lhs, rhs = rhs, lhs
    return Compare(op, lhs, rhs)


def _of_extremum(op: str, lhs: MaxOf | MinOf, rhs: Number) -> Basic:
    """``max(0, u) < 6`` is ``u < 6``: numbers in a maximum or minimum are compared at once."""
    numbers = [arg for arg in lhs.args if isinstance(arg, Number)]
    others = [arg for arg in lhs.args if not isinstance(arg, Number)]
    if not numbers or not others:
        return Compare(op, lhs, rhs)
    holds = [bool(_DECIDE[op](number, rhs)) for number in numbers]
    all_count = isinstance(lhs, MaxOf) == (op[0] == "<")
    if all_count and not all(holds):
        return FALSE
    if not all_count and any(holds):
        return TRUE
    return compare(op, others[0] if len(others) == 1 else lhs.func(*others), rhs)


def conjuncts(cond: Basic) -> tuple[Basic, ...]:
    """The conditions whose conjunction ``cond`` is; none for TRUE."""
    if cond == TRUE:
        return ()
    return tuple(cond.args) if isinstance(cond, AllOf) else (cond,)


def disjuncts(cond: Basic) -> tuple[Basic, ...]:
    """The conditions whose disjunction ``cond`` is; none for FALSE."""
    if cond == FALSE:
        return ()
    return tuple(cond.args) if isinstance(cond, AnyOf) else (cond,)


def all_of(conds: Iterable[Basic]) -> Basic:
    """Conjunction: flattened, ordered, without repetition; FALSE on a plain contradiction.

    Of bounds by numbers the strongest stays.

    >>> from symderive.expr import Tensor, all_of, compare
    >>> x = Tensor("x")()
    >>> all_of([compare(">", x, S(-3)), compare(">=", x, S(3))])
    x >= 3
    """
    parts = list(dict.fromkeys(part for cond in conds for part in conjuncts(cond)))
    if len(parts) > 1:
        weaker = {one for one in parts for other in parts if _follows(one, other)}
        parts = [part for part in parts if part not in weaker]
    if not parts:
        return TRUE
    if len(parts) == 1:
        return parts[0]
    if FALSE in parts or any(negate(part) in parts for part in parts):
        return FALSE
    return AllOf(*in_order(parts))


def any_of(conds: Iterable[Basic]) -> Basic:
    """Disjunction: flattened, ordered, without repetition; TRUE where one is another's negation."""
    parts = list(dict.fromkeys(part for cond in conds for part in disjuncts(cond)))
    if TRUE in parts or any(negate(part) in parts for part in parts):
        return TRUE
    # Absorption: a or (a and b) is a.
    sets = [(part, set(conjuncts(part))) for part in parts]
    parts = [p for p, mine in sets if not any(other < mine for _, other in sets)]
    stronger = {one for one in parts for other in parts if _follows(other, one)}
    parts = [part for part in parts if part not in stronger]
    parts = in_order(parts)
    if not parts:
        return FALSE
    return parts[0] if len(parts) == 1 else AnyOf(*parts)


def _follows(one: Basic, other: Basic) -> bool:
    """Whether ``one`` holds wherever ``other`` does, as bounds of one thing by numbers."""
    if one is other or not (isinstance(one, Compare) and isinstance(other, Compare)):
        return False
    if one.lhs != other.lhs or one.op[0] != other.op[0] or one.op[0] not in "<>":
        return False
    if not (isinstance(one.rhs, Number) and isinstance(other.rhs, Number)):
        return False
    if one.rhs == other.rhs:
        return len(one.op) > len(other.op)  # x >= 3 follows from x > 3
    return bool(_DECIDE[one.op[0]](other.rhs, one.rhs))


def negate(cond: Basic) -> Basic:
    """The negation, pushed down to the comparisons."""
    if cond in (TRUE, FALSE):
        return FALSE if cond == TRUE else TRUE
    match cond:
        case Compare():
            return compare(NEGATED[cond.op], cond.lhs, cond.rhs)
        case AllOf():
            return any_of(negate(part) for part in cond.args)
        case AnyOf():
            return all_of(negate(part) for part in cond.args)
    raise TypeError(f"not a condition: {cond!r}")


def iverson(cond: Basic) -> Expr:
    """The bracket of ``cond``: 1 or 0 where it is decided."""
    if cond == TRUE:
        return S.One
    return S.Zero if cond == FALSE else Iverson(cond)


def comparisons(cond: Basic) -> Iterator[Compare]:
    """The comparisons that ``cond`` is made of."""
    if isinstance(cond, Compare):
        yield cond
    elif isinstance(cond, AllOf | AnyOf):
        for part in cond.args:
            yield from comparisons(part)
