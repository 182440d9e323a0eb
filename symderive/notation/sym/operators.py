"""Operators, parentheses, brackets and conditions."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import S
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import (
    AllOf,
    AnyOf,
    Compare,
    Iverson,
    negate,
)
from symderive.notation.sym import numbers
from symderive.notation.sym import syntax as tree
from symderive.notation.sym.derivatives import with_derivatives
from symderive.notation.sym.numbers import DEEP, NumberError
from symderive.notation.sym.reader import (
    Reader,
    Scope,
    Task,
    Want,
    free_on_the_right,
)
from symderive.notation.sym.syntax import plain
from symderive.notation.sym.words import nearest


def visit_group(reader: Reader, node: tree.Group, want: Want, scope: Scope) -> Iterator[Task]:
    """What stands in parentheses."""
    reader.plan(node, lambda: reader.value(node.body))
    yield node.body, want, scope


def visit_sign(reader: Reader, node: tree.Sign, want: Want, scope: Scope) -> Iterator[Task]:
    """A sign."""
    reader.only_real(node, want)

    def build() -> Expr:
        value = reader.value(node.body)
        return value if node.sign == "+" else numbers.product([S.NegativeOne, value])

    reader.plan(node, build)
    yield node.body, "real", scope


def visit_power(reader: Reader, node: tree.Power, want: Want, scope: Scope) -> Iterator[Task]:
    """A power."""
    reader.only_real(node, want)

    def build() -> Expr:
        base, exponent = reader.value(node.base), reader.value(node.exponent)
        return numbers.power(base, exponent, evaluate=node.depth <= DEEP)

    reader.plan(node, build)
    yield node.base, "real", scope
    yield node.exponent, "real", scope


def visit_chain(reader: Reader, node: tree.Chain, want: Want, scope: Scope) -> Iterator[Task]:
    """A sum, or a product with its quotients and derivatives."""
    reader.only_real(node, want)
    visit = _visit_sum if node.marks[0] in "+-" else _visit_product
    yield from ((part, "real", scope) for part in visit(reader, node))


def _visit_sum(reader: Reader, node: tree.Chain) -> tuple[tree.Node, ...]:
    def build() -> Expr:
        terms = [reader.value(node.parts[0])]
        for mark, part in zip(node.marks, node.parts[1:], strict=True):
            term = reader.value(part)
            terms.append(term if mark == "+" else numbers.product([S.NegativeOne, term]))
        found = numbers.total(terms)
        if set(found.args) == set(terms):
            reader.sums.append(tuple(terms))
        return found

    reader.plan(node, build)
    return node.parts


def _visit_product(reader: Reader, node: tree.Chain) -> tuple[tree.Node, ...]:
    marks, parts = node.marks, node.parts
    if reader.claim:
        marks, parts = with_derivatives(reader, marks, parts)
    # A sign in front is a factor -1: what follows is not multiplied out.
    negative = isinstance(parts[0], tree.Sign) and parts[0].sign == "-"
    first = parts[0].body if isinstance(parts[0], tree.Sign) else parts[0]
    parts = (first, *parts[1:])

    def build() -> Expr:
        factors = [S.NegativeOne] if negative else []
        factors.append(reader.value(parts[0]))
        for mark, part in zip(marks, parts[1:], strict=True):
            factor = reader.value(part)
            if mark == "/":
                try:
                    factor = numbers.power(factor, S.NegativeOne, evaluate=node.depth <= DEEP)
                except NumberError as error:
                    raise reader.error(part.at, str(error)) from None
            factors.append(factor)
        return numbers.product(factors)

    reader.plan(node, build)
    return parts


def visit_bracket(reader: Reader, node: tree.Bracket, want: Want, scope: Scope) -> Iterator[Task]:
    """An Iverson bracket."""
    reader.only_real(node, want)
    if len(node.items) != 1 or not tree.is_condition(node.items[0]):
        raise reader.error(
            node.items[0].at,
            "[..] holds a condition; expected one comparison such as [i == j]"
            + (", for an array is written behind '~' or 'with' only" if reader.claim else ""),
        )
    (item,) = node.items
    reader.plan(node, lambda: Iverson(reader.value(item)))
    yield item, "condition", scope


def visit_arrow(reader: Reader, node: tree.Arrow, _want: Want, _scope: Scope) -> Iterator[Task]:
    """An arrow, which a limit would have taken."""
    raise reader.error(node.at, "'->' stands in a limit only; expected limit[t -> oo](..)")


def visit_comparison(
    reader: Reader, node: tree.Comparison, want: Want, scope: Scope
) -> Iterator[Task]:
    """Two positions on one axis, or two real numbers."""
    reader.only_condition(node, want)
    if len(node.marks) > 1:
        raise reader.error(
            node.places[1],
            f"comparisons are not chained; expected 'a {node.marks[0]} b and b {node.marks[1]} c'",
        )
    sides = [plain(part) for part in node.parts]
    kinds = [_kind(reader, side, scope) for side in sides]
    if kinds[0] != kinds[1]:
        _check_bound(reader, node, sides[kinds.index("real")], sides[kinds.index("position")])

    def build() -> Compare:
        return Compare(node.marks[0], *(reader.value(part) for part in node.parts))

    reader.plan(node, build)
    if kinds[0] != kinds[1]:
        position = sides[0] if kinds[0] == "position" else sides[1]
        reader.clash(
            position.at,
            f"{_written(position)} is a position on an axis, the other side of"
            f" {node.marks[0]!r} a real number; expected two of one kind",
        )
    elif kinds[0] == "position":
        tell_same(reader, node, scope)
    yield from ((part, kind, scope) for part, kind in zip(node.parts, kinds, strict=True))


def _check_bound(
    reader: Reader, node: tree.Comparison, real: tree.Node, position: tree.Node
) -> None:
    """Refuse a letter that nothing binds, compared with a position."""
    if not isinstance(real, tree.Name) or not reader.is_free(real.name):
        return
    binding = ""
    if isinstance(position, tree.Name):
        left, right = (side.name for side in map(plain, node.parts) if isinstance(side, tree.Name))
        binding = f"{position.name}, {real.name} if {left} {node.marks[0]} {right}"
    near = nearest(real.name, reader.names.tensors())
    raise reader.error(real.at, f"{free_on_the_right(real.name, binding)}{near}")


def _kind(reader: Reader, node: tree.Node, scope: Scope) -> Want:
    """Whether a side of a comparison is a position or a real number."""
    if isinstance(node, tree.Name) and reader.letter(node.name, node.at, scope, create=True):
        return "position"
    if isinstance(node, tree.Name | tree.Ref):
        tensor = reader.tensor(node.name)
        if tensor is not None and tensor.label_of is not None:
            return "position"
    return "real"


def tell_same(reader: Reader, node: tree.Comparison, scope: Scope) -> None:
    """Two positions that are compared lie on one axis."""
    left, right = map(plain, node.parts)
    (mark,) = node.marks
    letters = [
        reader.letter(side.name, side.at, scope) if isinstance(side, tree.Name) else None
        for side in (left, right)
    ]
    axes = []
    for side, letter in zip((left, right), letters, strict=True):
        tensor = None if letter is not None else reader.tensor(getattr(side, "name", ""))
        axes.append(letter.root().axis if letter is not None else tensor and tensor.label_of)
    if axes[0] is not None and axes[1] is not None:
        if axes[0] != axes[1]:
            reader.clash(
                left.at,
                f"{_written(left)} is a position on axis {axes[0].name}, {_written(right)} one"
                f" on axis {axes[1].name}; expected two of one axis on both sides of {mark!r}",
                letters[0] or letters[1],
                axes[1] if letters[0] else axes[0],
            )
    elif axes[0] is None and axes[1] is None:
        if letters[0] and letters[1]:
            letters[0].share(letters[1], node.places[0])
    else:
        known = axes[0] or axes[1]
        side, letter = (left, letters[0]) if axes[0] is None else (right, letters[1])
        if letter is not None and known is not None:
            reader.tell(letter, known, side.at, "here")


def _written(node: tree.Node) -> str:
    return repr(node.name) if isinstance(node, tree.Name | tree.Ref) else "this"


def visit_junction(reader: Reader, node: tree.Junction, want: Want, scope: Scope) -> Iterator[Task]:
    """Conditions joined."""
    reader.only_condition(node, want)
    join = AllOf if node.word == "and" else AnyOf

    def build() -> Basic:
        return join(*(reader.value(part) for part in node.parts))

    reader.plan(node, build)
    yield from ((part, "condition", scope) for part in node.parts)


def visit_not(reader: Reader, node: tree.Not, want: Want, scope: Scope) -> Iterator[Task]:
    """A negation."""
    reader.only_condition(node, want)
    reader.plan(node, lambda: negate(reader.value(node.body)))
    yield node.body, "condition", scope
