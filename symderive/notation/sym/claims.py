"""From a claim line to a claim: sides, cases, scalars, the point; clashes are noted, not raised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sympy import Rational
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import Axis, Compare, Index, Reduce, Tensor, all_of, conjuncts, free_indices
from symderive.model import Claim, Declaration
from symderive.model.build import close_all
from symderive.model.claims import Rounded
from symderive.notation.sym import numbers
from symderive.notation.sym import syntax as tree
from symderive.notation.sym.derivatives import source_of
from symderive.notation.sym.elements import count, pattern
from symderive.notation.sym.expressions import visit
from symderive.notation.sym.names import Names
from symderive.notation.sym.numbers import NumberError
from symderive.notation.sym.reader import Reader
from symderive.notation.sym.regions import contains, read_domain, read_number
from symderive.notation.sym.syntax import plain
from symderive.notation.sym.words import LIMIT, SHAPES, TAKEN, nearest

_RELATIONS = ("=", "<=", ">=", "<", ">", "~")


def read_claim_line(
    names: Names,
    start: int,
    line: tree.ClaimLine,
    text: str,
    fallback: Mapping[str, Axis] | None = None,
) -> Claim:
    """The claim on a line; ``fallback`` tells the axes of letters that no use tells."""
    reader = Reader(names, start, open_letters=True, claim=True, fallback=fallback or {})
    scalars = _scalars(reader, line)
    _check_relation(reader, line)
    written = line.right if line.relation.name == "~" else None
    sides = [line.left] if written is not None or line.right is None else [line.left, line.right]
    if written is not None:
        _check_indices(reader, line.left, written)
    _check_limits(reader, line, sides)
    for side in sides:
        visit(reader, side)
    reader.as_declared = True
    for condition in line.conditions:
        visit(reader, condition, "condition")
    reader.settle()
    reader.build()
    left, *others = (_closed(reader.value(side)) for side in sides)
    right: Any = others[0] if others else None
    if written is not None:
        right = _rounded(reader, written)
    given = all_of(_closed(reader.value(condition)) for condition in line.conditions)
    _check_free(reader, line, left, right, given)
    point = tuple((word.name, _given(reader, word, value)) for word, value in line.point)
    sizes = _check_point(reader, line, point)
    if written is not None:
        _check_list(reader, written, right, [index.axis for index in _free(reader)], sizes)
    row, column = names.source.place(start + line.at)
    return Claim(
        text=_text(text),
        relation=line.relation.name,  # type: ignore[arg-type]
        left=left,
        right=right,
        free=_free(reader),
        along=_along(reader, line),
        given=given,
        scalars=scalars,
        point=point,
        clashes=tuple(reader.clashes),
        sums=tuple(tuple(map(_closed, terms)) for terms in reader.sums),
        line=row,
        column=column,
        given_at=next((names.source.place(start + c.at) for c in line.conditions), (row, column)),
    )


def _text(text: str) -> str:
    text = " ".join(text.split())
    return text.removeprefix("claim ").strip()


def _closed(expr: Basic) -> Any:
    binders: dict[Reduce, tuple[str, ...]] = {}
    return close_all(expr, binders)


def _free(reader: Reader) -> tuple[Index, ...]:
    return tuple(letter.index for letter in reader.free.values())


# --- what is introduced ---------------------------------------------------------------------------


def _scalars(reader: Reader, line: tree.ClaimLine) -> tuple[Declaration, ...]:
    found = []
    for word, region in line.scalars:
        known = reader.names.known.get(word.name)
        if isinstance(region, tree.Word) and reader.axis(region.name) is not None:
            raise reader.error(
                word.at,
                "a claim holds for all indices as it stands; expected no 'for' with an index",
            )
        if known is not None and isinstance(known.what, Tensor):
            raise reader.error(
                word.at,
                f"{word.name!r} is a name of the model and needs no 'for'; expected a new name, or"
                f" a case: 'if {_case(known.what, region)}'",
            )
        if word.name in TAKEN or known is not None or word.name in reader.scalars:
            raise reader.error(
                word.at, f"{word.name!r} has a meaning already; expected a new name behind 'for'"
            )
        domain = read_domain(reader.names, reader.start, region)
        if domain.simplex:
            raise reader.error(
                region.at, f"{word.name!r} is a scalar; expected an interval or a set"
            )
        tensor = Tensor(word.name)
        reader.scalars[word.name] = tensor
        found.append(Declaration(tensor, "data", domain=domain))
        reader.domains[word.name] = domain
    return tuple(found)


def _case(tensor: Tensor, region: tree.Region) -> str:
    """How a case says that ``tensor`` lies above the lower end of ``region``."""
    if isinstance(region, tree.Interval) and isinstance(region.low, tree.Number):
        return f"{pattern(tensor)} {'>=' if region.low_closed else '>'} {region.low.text}"
    return f"{pattern(tensor)} > 0"


def _check_relation(reader: Reader, line: tree.ClaimLine) -> None:
    relation = line.relation
    if relation.name in SHAPES:
        return
    if not relation.name and isinstance(line.left, tree.Comparison):
        raise reader.error(
            line.left.places[1], "relations are not chained; expected one here, or two claims"
        )
    if not relation.name and isinstance(line.left, tree.Junction) and line.left.word == "and":
        raise reader.error(line.left.parts[1].at, "a claim is one relation; expected two claims")
    if relation.name == "==":
        raise reader.error(relation.at, "'==' compares inside conditions; expected '=' in a claim")
    if relation.name not in _RELATIONS:
        what = f"{relation.name!r} is no relation of a claim" if relation.name else (
            "a claim relates two sides"
        )  # fmt: skip
        raise reader.error(relation.at, f"{what}; expected 'A = B', with one of = <= >= < > ~")


def _check_limits(reader: Reader, line: tree.ClaimLine, sides: Sequence[tree.Node]) -> None:
    """A limit stands alone on one side, and its value on the other."""
    limits = [
        (node, plain(side))
        for side in sides
        for node in tree.walk(side)
        if isinstance(node, tree.Ref) and node.name == LIMIT
    ]
    for place, (node, side) in enumerate(limits):
        if node is not side or place:
            raise reader.error(
                node.at,
                "a limit stands alone on one side of a claim; expected 'limit[t -> oo](A) = B'",
            )
    if limits and line.relation.name != "=":
        raise reader.error(
            line.relation.at,
            "a limit is claimed by its value; expected '=': limit[t -> oo](A) = B",
        )


def _along(reader: Reader, line: tree.ClaimLine) -> str:
    """The scalar or the input along which a shape is claimed."""
    if line.along is None:
        return ""
    name = line.along.name
    tensor = reader.tensor(name)
    if tensor is None:
        known = (*reader.scalars, *reader.names.tensors())
        raise reader.error(
            line.along.at,
            f"nothing is called {name!r}; expected a scalar or an input{nearest(name, known)}",
        )
    if tensor.label_of is not None:
        raise reader.error(line.along.at, f"{name!r} is a label; expected a real scalar or input")
    return name


def _check_free(reader: Reader, line: tree.ClaimLine, left: Expr, right: Any, given: Basic) -> None:
    """Free indices agree on both sides; a side without any agrees with all.

    An index that the condition sets equal to others of a side may stand for them: ``if j == y[i]``.
    """
    if not isinstance(right, Expr) or line.right is None:
        return
    here, there = ({index.name for index in free_indices(side)} for side in (left, right))
    both = _tied(here, given) & _tied(there, given)
    here, there = here - both, there - both
    if (here or both) and (there or both) and here != there:
        only = [
            f"{', '.join(sorted(names))} on the {side} only"
            for names, side in ((here - there, "left"), (there - here, "right"))
            if names
        ]
        reader.clash(
            line.right.at,
            f"free indices differ: {'; '.join(only)}; expected the same on both sides"
            f"{_reduced(line, here - there, there - here)}",
        )


def _tied(names: set[str], given: Basic) -> set[str]:
    """``names`` with those of the indices that ``given`` sets equal to something on them."""
    pairs = [part.args[1:] for part in conjuncts(given) if isinstance(part, Compare)
             and part.op == "=="]  # fmt: skip
    found, before = set(names), -1
    while len(found) > before:
        before = len(found)
        for one, other in (*pairs, *(pair[::-1] for pair in pairs)):
            known = {index.name for index in free_indices(other)}
            if isinstance(one, Index) and known and known <= found:
                found.add(one.name)
    return found


#: What a side becomes without an index, for each relation: the left side, the right side.
_REDUCED = {"=": ("sum", "sum"), "<": ("max", "min"), ">": ("min", "max")}


def _reduced(line: tree.ClaimLine, here: set[str], there: set[str]) -> str:
    """How the one side that has more indices loses them, for example."""
    if (here and there) or line.right is None or line.relation.name[0] not in _REDUCED:
        return ""
    side = plain(line.left if here else line.right)
    body = ".."
    if isinstance(side, tree.Ref) and side.body is None:
        body = source_of(side)
    kind = _REDUCED[line.relation.name[0]][bool(there)]
    return f", such as {kind}[{', '.join(sorted(here or there))}]({body}) there"


# --- numbers written out --------------------------------------------------------------------------


def _rounded(reader: Reader, node: tree.Node) -> Any:
    """A rounded number, or an array of them."""
    inner = plain(node)
    if isinstance(inner, tree.Bracket):
        return tuple(_rounded(reader, item) for item in inner.items)
    negative = False
    while isinstance(inner, tree.Sign | tree.Group):
        negative ^= isinstance(inner, tree.Sign) and inner.sign == "-"
        inner = inner.body
    if not isinstance(inner, tree.Number):
        raise reader.error(
            inner.at, "'~' takes digits on its right; expected a number such as 0.450, or a list"
        )
    try:
        value = numbers.literal(inner.text)
    except NumberError as error:
        raise reader.error(inner.at, str(error)) from None
    mantissa, _, exponent = inner.text.lower().partition("e")
    places = len(mantissa.partition(".")[2])
    unit = Rational(10) ** (int(exponent or 0) - places)
    return Rounded(-value if negative else value, unit)


def _given(reader: Reader, word: tree.Word, node: tree.Node) -> Any:
    """The value of a name at the point: numbers, nested as deep as the name has axes."""
    tensor = reader.tensor(word.name)
    if reader.axis(word.name) is not None:
        raise reader.error(
            word.at,
            f"{word.name!r} is an axis, whose size follows from the arrays behind 'with'; expected"
            f" an array, or a case: 'if {word.name} == 3'",
        )
    if tensor is None:
        known = (*reader.scalars, *reader.names.tensors())
        raise reader.error(
            word.at,
            f"nothing is called {word.name!r}; expected an input or a scalar behind 'with'"
            f"{nearest(word.name, known)}",
        )
    return _array(reader, tensor, node, len(tensor.axes))


def _array(reader: Reader, tensor: Tensor, node: tree.Node, depth: int) -> Any:
    inner = plain(node)
    if depth == 0:
        if isinstance(inner, tree.Bracket) and not tree.is_condition(inner.items[0]):
            raise reader.error(inner.at, f"{tensor.name!r} has no more axes; expected a number")
        value = read_number(reader.names, reader.start, node)
        if tensor.label_of is not None and not (value.is_Integer and value >= 0):
            raise reader.error(
                node.at, f"{tensor.name!r} is a label; expected a position, counted from 0"
            )
        if not value.is_finite:
            raise reader.error(node.at, "the value is not finite; expected a finite number")
        return value
    if not isinstance(inner, tree.Bracket):
        raise reader.error(
            inner.at, f"{tensor.name!r} has {len(tensor.axes)} axes; expected a list [..] here"
        )
    rows = tuple(_array(reader, tensor, item, depth - 1) for item in inner.items)
    if depth > 1:
        for row, item in zip(rows, inner.items, strict=True):
            if len(row) != len(rows[0]):
                raise reader.error(
                    item.at,
                    f"rows differ in length; expected {len(rows[0])} entries, as in the first",
                )
    return rows


def _check_indices(reader: Reader, left: tree.Node, written: tree.Node) -> None:
    """An array that a list is said of has its indices."""
    inner = plain(left)
    tensor = reader.tensor(inner.name) if isinstance(inner, tree.Name) else None
    if tensor is None or not tensor.axes or not isinstance(plain(written), tree.Bracket):
        return
    letters = ", ".join(
        "ijklmnpqrs"[place : place + 1] or ".." for place in range(len(tensor.axes))
    )
    raise reader.error(
        inner.at,
        f"{tensor.name!r} has {count(len(tensor.axes), 'axis', 'axes')}, no indices are given;"
        f" expected {tensor.name}[{letters}] ~ [..]",
    )


def _check_list(
    reader: Reader,
    node: tree.Node,
    value: Any,
    axes: Sequence[Axis],
    sizes: dict[Axis, tuple[int, str]],
) -> None:
    """A list of rounded numbers has the axes of the left side, of the sizes at the point.

    What the point leaves open, the list tells.
    """
    inner = plain(node)
    if not isinstance(value, tuple) or not isinstance(inner, tree.Bracket):
        return
    if not axes:
        raise reader.error(inner.at, "the left side has no more axes; expected a number")
    size, first = sizes.setdefault(axes[0], (len(value), "the list"))
    if len(value) != size:
        raise reader.error(
            inner.at,
            f"the list has {len(value)} entries along {axes[0].name}, {first!r} has {size};"
            f" expected {size}",
        )
    for part, item in zip(value, inner.items, strict=True):
        _check_list(reader, item, part, axes[1:], sizes)


#: How far from 1 the rounded entries of a row of a simplex may sum to.
_OFF_ONE = Rational(1, 100)


def _check_inside(reader: Reader, node: tree.Node, name: str, value: Any) -> None:
    """The values of an input lie in its domain: there claims are judged."""
    domain = reader.domains.get(name) or reader.names.domains.get(name)
    if domain is None:
        return
    inner = plain(node)
    items = inner.items if isinstance(inner, tree.Bracket) else ()
    if isinstance(value, tuple) and (not domain.simplex or isinstance(value[0], tuple)):
        for part, item in zip(value, items, strict=True):
            _check_inside(reader, item, name, part)
    elif not domain.simplex and not contains(domain, value):
        raise reader.error(
            node.at, f"this lies outside the domain of {name!r}; expected a number in it"
        )
    elif domain.simplex and (min(value) < 0 or abs(sum(value) - 1) > _OFF_ONE):
        raise reader.error(
            node.at, f"{name!r} lies in a simplex; expected numbers >= 0 that sum to 1"
        )


def _check_point(
    reader: Reader, line: tree.ClaimLine, point: tuple[tuple[str, Any], ...]
) -> dict[Axis, tuple[int, str]]:
    """Arrays that share an axis have one size along it; labels point into it; domains hold."""
    sizes: dict[Axis, tuple[int, str]] = {}
    seen: set[str] = set()
    for (word, node), (name, value) in zip(line.point, point, strict=True):
        if name in seen:
            raise reader.error(word.at, f"{name!r} is given twice; expected each name once")
        seen.add(name)
        _check_inside(reader, node, name, value)
        tensor = reader.tensor(name)
        for axis in tensor.axes if tensor is not None else ():
            size, first = sizes.setdefault(axis, (len(value), name))
            if size != len(value):
                raise reader.error(
                    node.at,
                    f"{name!r} has {len(value)} entries along {axis.name}, {first!r} has {size};"
                    f" expected {size}",
                )
            value = value[0] if isinstance(value[0], tuple) else ()  # noqa: PLW2901 - one axis in
    for (_, node), (name, value) in zip(line.point, point, strict=True):
        tensor = reader.tensor(name)
        target = tensor.label_of if tensor is not None else None
        if target in sizes:
            size, first = sizes[target]
            if any(entry >= size for entry in _flat(value)):
                raise reader.error(
                    node.at,
                    f"{name!r} points beyond {first!r}, which has {size} entries along"
                    f" {target}; expected positions from 0 to {size - 1}",
                )
    return sizes


def _flat(value: Any) -> list[Expr]:
    return [e for part in value for e in _flat(part)] if isinstance(value, tuple) else [value]
