"""Where an equation counts: the conditions under which anything uses it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from sympy import Mul, Pow, log
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import (
    FALSE,
    TRUE,
    Element,
    Exp,
    Expm1,
    Fresh,
    Index,
    Iverson,
    Log1p,
    Log2,
    Reduce,
    Size,
    Where,
    Xdivy,
    Xlogy,
    all_of,
    any_of,
    children,
    compare,
    conjuncts,
    disjuncts,
    elements,
    free_indices,
    negate,
    open_fresh,
    replace,
    subexpressions,
)
from symderive.model import Equation
from symderive.stabilise.known import Known

#: Alternatives in a condition beyond which an equation is rather evaluated everywhere.
_MOST_ALTERNATIVES = 4


def guarded(
    equations: Sequence[Equation], roots: Collection[str], known: Known
) -> tuple[Equation, ...]:
    """``equations`` with ``where`` for those that may fail, and are not used everywhere.

    An equation may fail where it takes a logarithm, divides, or can overflow, or uses one that
    may fail. Its condition is the union, over all uses, of what holds there, as far as its own
    indices and what stands above it can say it. ``roots`` are used everywhere.

    >>> from sympy import log
    >>> from symderive.model import axes, build, condition, data, define, indices, tensor, total
    >>> (N,) = axes("N")
    >>> (i,) = indices("i", N)
    >>> x, u, loss = data("x", N), tensor("u", (N,)), tensor("loss")
    >>> positive = condition(x[i], ">", 0)
    >>> logs = [define(u[i], log(x[i])), define(loss(), total(u[i], i, where=positive))]
    >>> model = build("logs", [x], logs)
    >>> print(guarded(model.equations, ["loss"], Known((), ()))[0])
    u[i] = log(x[i]) where x[i] > 0
    """
    fragile = _fragile(equations, known)
    if not fragile:
        return tuple(equations)
    place = {equation.name: position for position, equation in enumerate(equations)}
    uses: dict[str, list[Basic]] = {name: [TRUE] for name in roots}
    result: list[Equation] = []
    fresh = Fresh()
    for equation in reversed(equations):
        where = equation.where
        if equation.name in fragile:  # what was found before may leave out uses that are new
            where = _union(uses.get(equation.name, [TRUE]))
        result.append(Equation(equation.tensor, equation.indices, equation.rhs, where))
        found = [*_uses(equation.rhs, where, fragile, fresh), *_uses(where, TRUE, fragile, fresh)]
        for element, cond in found:
            target = equations[place[element.tensor.name]]
            holds = _in_terms_of(target, element, cond, place)
            uses.setdefault(target.name, []).append(holds)
    return tuple(reversed(result))


def may_fail(expr: Expr, known: Known) -> bool:
    """Whether ``expr`` may be infinite or undefined where its elements are finite."""
    for node in subexpressions(expr):
        match node:
            case Pow():
                base, exponent = node.args
                whole = exponent.is_Integer and exponent.is_positive
                if not whole and not base.is_number and not isinstance(base, Size):
                    return True
            case Exp():
                if not known.at_most_one(node.args[0]):
                    return True
            case log() | Log2():
                if not node.args[0].is_number:
                    return True
            case Expm1() | Log1p() | Xlogy() | Xdivy():
                return True
            case Reduce() if node.kind != "sum":
                if node.cond != TRUE:
                    return True
    return False


def _fragile(equations: Iterable[Equation], known: Known) -> set[str]:
    """The names of equations that may fail, or that use one that may."""
    found: set[str] = set()
    for equation in equations:
        if equation.tensor.label_of is not None:
            continue
        if may_fail(equation.rhs, known) or any(
            element.tensor.name in found for element in elements(equation.rhs)
        ):
            found.add(equation.name)
    return found


def _union(conds: Iterable[Basic]) -> Basic:
    union = any_of(conds)
    return TRUE if union == FALSE or len(disjuncts(union)) > _MOST_ALTERNATIVES else union


def _uses(
    root: Basic, given: Basic, names: Collection[str], fresh: Fresh
) -> Iterator[tuple[Element, Basic]]:
    """The elements of ``names`` below ``root``, and what holds where each is used.

    The parts of a condition may be looked at in any order: none of them guards another.
    """
    stack: list[tuple[Basic, Basic]] = [(root, given)]
    seen: set[tuple[int, Basic]] = set()
    keep: list[Basic] = []
    while stack:
        node, cond = stack.pop()
        if (id(node), cond) in seen or cond == FALSE:
            continue
        seen.add((id(node), cond))
        keep.append(node)
        if isinstance(node, Element):
            if node.tensor.name in names:
                yield node, cond
            continue
        stack.extend(_parts(node, cond, fresh))


def _parts(node: Basic, cond: Basic, fresh: Fresh) -> list[tuple[Basic, Basic]]:
    match node:
        case Reduce():
            _, inner, body = open_fresh(node, fresh)
            return [(inner, cond), (body, all_of([cond, inner]))]
        case Where():
            test, yes, no = node.args
            return [
                (test, cond),
                (yes, all_of([cond, test])),
                (no, all_of([cond, negate(test)])),
            ]
        case Mul():
            brackets = [factor for factor in node.args if isinstance(factor, Iverson)]
            inner = all_of([cond, *(factor.cond for factor in brackets)])
            return [(f, cond if f in brackets else inner) for f in node.args]
    return [(part, cond) for part in children(node)]


def _in_terms_of(
    target: Equation, element: Element, cond: Basic, place: Mapping[str, int]
) -> Basic:
    """What ``cond``, which holds where ``element`` is used, says about the indices of ``target``.

    What it says about anything else is left out: then the condition holds more often.
    """
    here = place[target.name]
    table: dict[Basic, Index] = {}
    said: list[Basic] = []
    gathers: list[tuple[Index, Expr]] = []
    for slot, index in zip(element.slots, target.indices, strict=True):
        if not isinstance(slot, Index):
            gathers.append((index, slot))
        elif slot in table:
            said.append(compare("==", table[slot], index))
        else:
            table[slot] = index

    def known(part: Basic) -> bool:
        above = (place.get(found.tensor.name, -1) < here for found in elements(part))
        return free_indices(part) <= set(table) and all(above)

    for index, slot in gathers:
        if known(slot):
            said.append(compare("==", index, replace(slot, table)))
    said += [replace(part, table) for part in conjuncts(cond) if known(part)]
    return all_of(said)
