"""Numbers and domains: what stands behind ``=`` of a const and behind ``in``."""

from __future__ import annotations

from sympy import S
from sympy.core.expr import Expr

from symderive.model import Domain
from symderive.notation.sym import numbers
from symderive.notation.sym import syntax as tree
from symderive.notation.sym.expressions import read
from symderive.notation.sym.names import Names, called
from symderive.notation.sym.reader import Reader
from symderive.notation.sym.words import SIMPLEX, TAKEN, nearest, number_hint, reals_hint


def read_number(names: Names, start: int, node: tree.Node) -> Expr:
    """A number written without names: exact, real, possibly infinite."""
    nothing = Names(names.source)
    for part in tree.walk(node):
        if isinstance(part, tree.Name | tree.Ref) and part.name not in TAKEN:
            known = names.known.get(part.name)
            what = f"{part.name!r} is {called(known) if known else 'a name'}"
            raise names.source.error(
                start + part.at,
                f"{what}; expected a number such as 1, 0.01, 1/3 or sqrt(2)"
                f"{'' if known else number_hint(part.name)}",
            )
    value: Expr = read(Reader(nothing, start), node)
    if not (numbers.is_constant(value) and value.is_extended_real):
        raise names.source.error(
            start + node.at, "this is not a number; expected one such as 1, 0.01, 1/3 or sqrt(2)"
        )
    return value


def read_domain(names: Names, start: int, region: tree.Region, hint: str = "") -> Domain:
    """The domain that stands behind ``in``; ``hint`` is said of a name that is none."""
    source = names.source
    match region:
        case tree.Word():
            if region.name != SIMPLEX:
                raise source.error(
                    start + region.at,
                    f"{region.name!r} is no domain; expected (0, 1), [0, oo), {{-1, 1}} or simplex"
                    f"{nearest(region.name, [SIMPLEX]) or hint or reals_hint(region.name)}",
                )
            return Domain(simplex=True)
        case tree.Values():
            values = [read_number(names, start, member) for member in region.members]
            for place, (value, member) in enumerate(zip(values, region.members, strict=True)):
                if not value.is_finite:
                    raise source.error(
                        start + member.at, "a member is not finite; expected a finite number"
                    )
                if value in values[:place]:
                    raise source.error(
                        start + member.at, "this member stands twice; expected each once"
                    )
            return Domain(values=tuple(values))
    low, high = read_number(names, start, region.low), read_number(names, start, region.high)
    for end, node, closed in (
        (low, region.low, region.low_closed),
        (high, region.high, region.high_closed),
    ):
        if closed and not end.is_finite:
            raise source.error(start + node.at, "an end at oo is open; expected '(' or ')' there")
    if low is S.Infinity or high is S.NegativeInfinity or not _nonempty(low, high, region):
        raise source.error(
            start + region.at, "the interval is empty; expected a lower end below the upper one"
        )
    return Domain(low, high, region.low_closed, region.high_closed)


def _nonempty(low: Expr, high: Expr, region: tree.Interval) -> bool:
    if low == high:
        return region.low_closed and region.high_closed
    return bool(low < high)


def contains(domain: Domain, value: Expr) -> bool:
    """Whether an exact number lies in a domain."""
    if domain.values:
        return value in domain.values
    above = bool(value > domain.low) or (domain.low_closed and value == domain.low)
    below = bool(value < domain.high) or (domain.high_closed and value == domain.high)
    return above and below
