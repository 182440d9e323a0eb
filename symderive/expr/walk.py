"""Memoised traversal: each shared node is visited once, however often it occurs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import is_
from typing import Any

from sympy import Add, Function, Mul, Pow, S
from sympy.core.basic import Basic
from sympy.core.expr import Expr
from sympy.core.numbers import Number, NumberSymbol

from symderive.expr.conditions import all_of, any_of, compare, iverson
from symderive.expr.facts import facts
from symderive.expr.graph import Kept, children, subexpressions, unknown
from symderive.expr.nodes import (
    FALSE,
    TRUE,
    AllOf,
    AnyOf,
    Bound,
    Compare,
    Element,
    Index,
    Iverson,
    NamedReduce,
    Reduce,
    Size,
    Where,
)

_OF_THE_MODEL = (Index, Bound, Element, Iverson, Reduce)


def with_children(node: Basic, parts: tuple[Basic, ...]) -> Basic:
    """The node with other parts; conditions are decided where they can be, binders renumbered."""
    old = children(node)
    if len(old) == len(parts) and all(map(is_, old, parts)):
        return node
    if isinstance(node, Add | Mul | Pow | Function):
        return node.func(*parts)
    match node:
        case Element():
            return Element(node.tensor, *parts)
        case Compare():
            return compare(node.op, parts[1], parts[2])
        case AllOf():
            return all_of(parts)
        case AnyOf():
            return any_of(parts)
        case Iverson():
            return iverson(parts[0])
        case Where() if parts[0] in (TRUE, FALSE):
            return parts[1] if parts[0] == TRUE else parts[2]
        case Reduce():
            kind, bound, cond, body = parts
            if node.kind == "sum" and (cond == FALSE or body == S.Zero):
                return S.Zero
            rebuilt = node.func(kind, bound, cond, body)
            return renumber(rebuilt) if type(rebuilt) is Reduce else rebuilt
    return node.func(*parts)


def bottom_up(
    root: Basic, step: Callable[[Basic], Basic], memo: dict[int, tuple[Basic, Basic]] | None = None
) -> Basic:
    """Rebuild ``root`` from its leaves, applying ``step`` to every rebuilt node.

    Under a binder, ``step`` sees bound indices as constants and must not mention them in what it
    brings in from elsewhere. ``memo`` may be shared between calls with the same ``step``.
    """
    memo = {} if memo is None else memo
    for node in unknown(root, memo):
        parts = tuple([memo[id(child)][1] for child in children(node)])
        memo[id(node)] = (node, step(with_children(node, parts)))
    return _settled(root, memo[id(root)][1])


def replace(root: Basic, table: Mapping[Basic, Basic]) -> Basic:
    """Put other nodes for the keys of ``table``, everywhere, all at once.

    Keys and values may hold free indices, never bound ones: then nothing can be captured.
    What a replacement brings in is not searched again.
    """
    table = {key: value for key, value in table.items() if key is not value}
    touched = _touched(table)
    if not table or not touched(root):
        return root
    memo: dict[int, Basic] = {}
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        if type(node) is tuple:
            node, old = node
            parts = tuple([memo[id(child)] for child in old])
            same = all(map(is_, old, parts))
            memo[id(node)] = node if same else with_children(node, parts)
        elif id(node) not in memo:
            if not touched(node):
                memo[id(node)] = node
            elif (found := table.get(node)) is not None:
                memo[id(node)] = found
            elif old := children(node):
                stack.append((node, old))
                stack.extend(old)
            else:
                memo[id(node)] = node
    done = memo[id(root)]
    return _settled(root, done) if height(*table.values()) else done


def _touched(table: Mapping[Basic, Basic]) -> Callable[[Basic], bool]:
    """Whether a key of ``table`` may occur in a node: only one whose indices all occur there."""
    keys = [facts(key) for key in table]

    def touched(node: Basic) -> bool:
        below = facts(node)
        for key in keys:  # noqa: SIM110 - asked of every node: any() takes twice as long
            if key.indices <= below.indices and key.bounds <= below.bounds:
                return True
        return False

    return touched


def height(*roots: Basic) -> int:
    """How deeply reductions nest below ``roots``, by the numbers of their bound indices."""
    return max([facts(root).height for root in roots], default=0)


def level_above(*parts: Basic, own: Iterable[Basic] = ()) -> int:
    """The number for a binder of ``own`` around ``parts``: their height, unless that is taken.

    It is taken while a binder further out, whose own number is still to grow, has it.
    """
    level = height(*parts)
    found = frozenset().union(*[facts(part).bounds for part in parts])
    # Binders below have smaller numbers: whatever is as high is bound further out.
    taken = {index.height for index in found.difference(own)}
    while level in taken:
        level += 1
    return level


def renumber(node: Reduce) -> Reduce:
    """Number the bound indices of ``node`` by the height that its body and condition have now."""
    own = node.bound
    if isinstance(node, NamedReduce) or own[0].height == height(node.cond, node.body):
        return node
    level = level_above(node.cond, node.body, own=own)
    if own[0].height == level:
        return node
    table: dict[Basic, Basic] = {index: Bound(level, index.slot, index.axis) for index in own}
    return Reduce(
        node.args[0],
        [table[index] for index in own],
        replace(node.cond, table),
        replace(node.body, table),
    )


def _settled(before: Basic, root: Basic) -> Basic:
    """``root`` with every binder numbered by its height.

    A binder may have got another number on the way, while one further out still had that one.
    Each pass gives one more layer, from the outside, its final number.
    """
    while root is not before and not facts(root).numbered:
        before = root
        memo: dict[int, Basic] = {}
        for node in subexpressions(root):
            done = with_children(node, tuple(memo[id(child)] for child in children(node)))
            memo[id(node)] = renumber(done) if type(done) is Reduce else done
        root = memo[id(root)]
    return root


def elements(*roots: Basic) -> list[Element]:
    """The distinct elements below ``roots``, those in slots of others included."""
    if len(roots) == 1:
        return list(_elements(roots[0]))
    return list(dict.fromkeys([element for root in roots for element in _elements(root)]))


_elements = Kept(
    lambda root: tuple(dict.fromkeys([n for n in subexpressions(root) if type(n) is Element])),
    most=20_000,
)


def free_indices(*roots: Basic) -> set[Index]:
    """The free indices below ``roots``."""
    return set().union(*[facts(root).indices for root in roots])


def mentions(root: Basic, *targets: Basic) -> bool:
    """Whether one of ``targets`` occurs in ``root``."""
    wanted = set(targets)
    return any(node in wanted for node in subexpressions(root))


def is_constant(root: Basic) -> bool:
    """Whether ``root`` is made of numbers and sizes alone: it is what counts as a number in ties.

    >>> from sympy import Integer, pi
    >>> from symderive.expr import Axis, Size, Tensor, is_constant
    >>> is_constant(-2 * pi / Size(Axis("N"))), is_constant(Tensor("Delta")())
    (True, False)
    """
    return all(
        isinstance(node, Number | NumberSymbol | Size)
        or (isinstance(node, Expr) and not isinstance(node, _OF_THE_MODEL))
        for node in subexpressions(root)
    )
