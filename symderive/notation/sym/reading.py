"""From the tree of an expression to the expression: names looked up, axes of letters inferred, numbers exact.

Two passes, neither recursive: the first goes down, looks up names and tells letters their axes; the
second goes up and builds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from sympy import S
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.expr import (
    TRUE,
    AllOf,
    AnyOf,
    Axis,
    Compare,
    Element,
    Index,
    Iverson,
    NamedReduce,
    Size,
    Tensor,
    Where,
    negate,
)
from symderive.model.claims import Clash, DerivativeOf, LimitOf
from symderive.notation.sym import numbers
from symderive.notation.sym import syntax as tree
from symderive.notation.sym.names import Names
from symderive.notation.sym.numbers import NumberError
from symderive.notation.sym.source import SourceError
from symderive.notation.sym.syntax import plain
from symderive.notation.sym.words import (
    CALLABLE,
    CONSTANTS,
    EXTREMES,
    FUNCTIONS,
    LIMIT,
    REDUCING,
    SELECTIONS,
    TAKEN,
    WHERE,
    nearest,
)

#: What is wanted of a part: a real number, a condition, or a position on an axis.
Want: TypeAlias = Literal["real", "condition", "position"]


@dataclass(eq=False)
class Letter:
    """An index letter at one binding; letters that are compared share their axis."""

    name: str
    at: int
    axis: Axis | None = None
    told_at: int = -1
    same: Letter | None = None

    def root(self) -> Letter:
        """The letter that stands for all that share this one's axis."""
        letter = self
        while letter.same is not None:
            letter = letter.same
        return letter

    @property
    def index(self) -> Index:
        axis = self.root().axis
        assert axis is not None, self.name  # noqa: S101 - checked by Reader.settle
        return Index(self.name, axis)


Scope: TypeAlias = Mapping[str, Letter]
Task: TypeAlias = tuple[tree.Node, Want, Scope]
Build: TypeAlias = Callable[["Reader"], Any]


@dataclass
class Reader:
    """Reads the expressions of one line, which begins at offset ``start`` of the source.

    ``free`` are the letters that stand free; with ``open_letters`` an unknown name in a slot
    becomes one. ``claim`` allows derivatives and limits, and collects clashes instead of raising.
    """

    names: Names
    start: int = 0
    free: dict[str, Letter] = field(default_factory=dict)
    open_letters: bool = False
    claim: bool = False
    scalars: dict[str, Tensor] = field(default_factory=dict)
    fallback: Mapping[str, Axis] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    _plan: list[tuple[tree.Node, Build]] = field(default_factory=list)
    _values: dict[int, Any] = field(default_factory=dict)
    _selection: tree.Node | None = None

    # --- errors -------------------------------------------------------------------------------

    def error(self, at: int, what: str) -> SourceError:
        """An error at a place of the line."""
        return self.names.source.error(self.start + at, what)

    def clash(
        self, at: int, what: str, index: Letter | None = None, expected: Axis | None = None
    ) -> None:
        """Axes or indices do not fit: an error, or for a claim a note."""
        if not self.claim:
            raise self.error(at, what)
        line, column = self.names.source.place(self.start + at)
        known = index.index if index is not None and index.root().axis is not None else None
        self.clashes.append(Clash(what, line, column, known, expected))

    # --- reading ------------------------------------------------------------------------------

    def visit(self, node: tree.Node, want: Want = "real", *, selects: bool = False) -> None:
        """The first pass; with ``selects``, ``node`` may be an arg max."""
        if selects:
            self._selection = plain(node)
        stack: list[Task] = [(node, want, self.free)]
        while stack:
            part, wanted, scope = stack.pop()
            stack.extend(reversed(list(_VISIT[type(part)](self, part, wanted, scope))))

    def settle(self) -> None:
        """Refuse letters whose axis nothing tells, and those bound where they stand free."""
        for letter in self.letters:
            if self.free.get(letter.name, letter) is not letter:
                raise self.error(
                    letter.at, f"index {letter.name!r} is free in this line; expected another letter"
                )
            root = letter.root()
            if root.axis is None and letter.name in self.fallback:
                root.axis = self.fallback[letter.name]
            if root.axis is None and self.clashes:
                root.axis = Axis(letter.name.upper())  # ill-typed: any will do
            if root.axis is None:
                raise self.error(
                    letter.at,
                    f"nothing tells the axis of {letter.name!r}; expected it as the index of an"
                    f" array, or a line such as 'index {letter.name}: N'",
                )

    def build(self) -> None:
        """The second pass: all that was visited."""
        while self._plan:
            node, build = self._plan.pop()
            try:
                self._values[id(node)] = build(self)
            except NumberError as error:
                raise self.error(_blamed(node), str(error)) from None

    def value(self, node: tree.Node) -> Any:
        """What a node became."""
        return self._values[id(node)]

    def read(self, node: tree.Node, want: Want = "real", *, selects: bool = False) -> Any:
        """Both passes, for an expression that stands alone."""
        self.visit(node, want, selects=selects)
        self.settle()
        self.build()
        return self.value(node)

    def bind(self, name: str, at: int) -> Letter:
        """A new letter."""
        self.names.letter(name, self.start + at, note=not self.claim)
        letter = Letter(name, at, self.names.fixed.get(name))
        self.letters.append(letter)
        return letter

    def tell(self, letter: Letter, axis: Axis, at: int, what: str) -> None:
        """Tell a letter its axis, from a use of it."""
        root = letter.root()
        if root.axis is None:
            root.axis, root.told_at = axis, at
        elif root.axis != axis:
            declared = root.told_at < 0
            where = "as declared" if declared else f"from column {self._column(root.told_at)} on"
            self.clash(
                at,
                f"index {letter.name!r} runs over {root.axis.name} {where}; expected an index over"
                f" {axis.name} {what}",
                letter,
                axis,
            )

    def _column(self, at: int) -> str:
        line, column = self.names.source.place(self.start + at)
        first, _ = self.names.source.place(self.start)
        return str(column) if line == first else f"{column} of line {line}"

    # --- names and numbers --------------------------------------------------------------------

    def _plan_for(self, node: tree.Node, build: Build) -> None:
        self._plan.append((node, build))

    def _constant(self, node: tree.Node, value: Any) -> None:
        self._plan.append((node, lambda _: value))

    def visit_number(self, node: tree.Number, want: Want, scope: Scope) -> Iterator[Task]:
        self._only_real(node, want)
        self._plan_for(node, lambda _: numbers.literal(node.text))
        yield from ()

    def visit_name(self, node: tree.Name, want: Want, scope: Scope) -> Iterator[Task]:
        name = node.name
        letter = self._letter(name, node.at, scope, create=want == "position")
        if letter is not None:
            if want == "condition":
                raise self._no_condition(node)
            if want == "real":
                self._not_a_number(node.at, name)
            self._plan_for(node, lambda _: letter.index)
        elif name in CONSTANTS:
            self._only_real(node, want)
            self._constant(node, CONSTANTS[name])
        elif (tensor := self.tensor(name)) is not None:
            self._element(node, tensor, want)
            self._constant(node, Element(tensor))
        elif (axis := self._axis(name)) is not None:
            if want == "position":
                self.clash(
                    node.at, f"{name!r} is an axis; expected an index letter over it, such as 'i'"
                )
            self._only_real(node, "real" if want == "position" else want)
            self._constant(node, Size(axis))
        else:
            raise self._unknown(node.at, name)
        yield from ()

    def _element(self, node: tree.Name | tree.Ref, tensor: Tensor, want: Want) -> None:
        """Check number of slots, and label or real, of an element."""
        items = node.items if isinstance(node, tree.Ref) else ()
        if len(items) != len(tensor.axes):
            self.clash(
                node.at,
                f"{tensor.name!r} has {_count(len(tensor.axes), 'axis', 'axes')}"
                f"{_listed(tensor.axes)}, {_count(len(items), 'index is', 'indices are')} given;"
                f" expected {_pattern(tensor)}",
            )
        if want == "condition":
            raise self._no_condition(node)
        if tensor.label_of is not None and want == "real":
            self.clash(
                node.at,
                f"{tensor.name!r} is a label, a position on axis {tensor.label_of.name}; expected"
                " a real number",
            )
        if tensor.label_of is None and want == "position":
            self.clash(
                node.at, f"{tensor.name!r} is real; expected an index letter or a label here"
            )

    def _letter(self, name: str, at: int, scope: Scope, *, create: bool = False) -> Letter | None:
        found = scope.get(name) or self.free.get(name)
        if found is None and create and self.open_letters and self._is_free(name):
            found = self.free[name] = self.bind(name, at)
        return found

    def _is_free(self, name: str) -> bool:
        return (
            name not in TAKEN
            and name not in self.scalars
            and (name not in self.names.known or self.names.is_letter(name))
        )

    def tensor(self, name: str) -> Tensor | None:
        """The tensor or the introduced scalar called ``name``."""
        return self.scalars.get(name) or self.names.tensor(name)

    def _axis(self, name: str) -> Axis | None:
        found = self.names.known.get(name)
        return found.what if found is not None and isinstance(found.what, Axis) else None

    def _unknown(self, at: int, name: str) -> SourceError:
        if name in FUNCTIONS or name == WHERE:
            return self.error(at, f"{name!r} is a function; expected {name}(..)")
        if name in REDUCING:
            return self.error(at, f"{name!r} needs an index and a body; expected {name}[j](..)")
        if self.names.is_letter(name):
            return self.error(at, _free_on_the_right(name))
        if self._is_differential(name):
            return self.error(at, "derivatives stand in claims only; expected " + _DERIVATIVE)
        return self.names.unknown(name, self.start + at)

    def _is_differential(self, name: str) -> bool:
        return name.startswith("d") and (self.tensor(name[1:]) is not None)

    def _not_a_number(self, at: int, name: str) -> None:
        self.clash(
            at, f"index {name!r} is used as a number; expected a real number, for indices are none"
        )

    def _only_real(self, node: tree.Node, want: Want) -> None:
        if want == "condition":
            raise self._no_condition(node)
        if want == "position":
            self.clash(node.at, "this is a real number; expected an index letter or a label")

    def _no_condition(self, node: tree.Node) -> SourceError:
        return self.error(node.at, "this is not a condition; expected a comparison such as i != j")

    # --- elements and reductions --------------------------------------------------------------

    def visit_ref(self, node: tree.Ref, want: Want, scope: Scope) -> Iterator[Task]:
        if node.name in REDUCING:
            yield from self._reduction(node, want, scope)
            return
        if node.name == LIMIT:
            yield from self._limit(node, want, scope)
            return
        tensor = self.tensor(node.name)
        if tensor is None:
            raise self._no_array(node, scope)
        if node.body is not None:
            raise self.error(
                node.at, f"{node.name!r} is no reduction; expected an operator behind its index"
            )
        if node.condition is not None:
            raise self.error(
                node.condition.at, "'if' stands in the brackets of a reduction only; expected ']'"
            )
        self._element(node, tensor, want)
        slots = node.items

        def build(reader: Reader) -> Element:
            return Element(tensor, *(reader.value(slot) for slot in slots))

        self._plan_for(node, build)
        for place, slot in enumerate(slots):
            axis = tensor.axes[place] if place < len(tensor.axes) else None
            yield from self._slot(slot, axis, f"in {node.name}[..]", scope)

    def _no_array(self, node: tree.Ref, scope: Scope) -> SourceError:
        name = node.name
        if name in CALLABLE:
            return self.error(node.at, f"{name!r} is a function; expected {name}(..)")
        if name in scope or self.names.is_letter(name):
            return self.error(
                node.at, f"{name!r} is an index letter; expected an array before '['"
            )
        if self._axis(name) is not None:
            return self.error(node.at, f"{name!r} is an axis; expected an array before '['")
        if node.body is not None:
            known = (*REDUCING, *self.names.tensors())
            return self.error(
                node.at,
                f"{name!r} is no reduction; expected one of {', '.join(REDUCING)}"
                f"{nearest(name, known)}",
            )
        if self._is_differential(name):
            return self.error(node.at, "derivatives stand in claims only; expected " + _DERIVATIVE)
        return self.names.unknown(name, self.start + node.at)

    def _slot(
        self, slot: tree.Node, axis: Axis | None, what: str, scope: Scope
    ) -> Iterator[Task]:
        """An index letter or a label, over ``axis``."""
        inner = plain(slot)
        match inner:
            case tree.Number():
                raise self.error(
                    inner.at, "sizes and slots are not literals; expected an index letter or a label"
                )
            case tree.Chain() | tree.Sign() | tree.Power():
                raise self.error(
                    inner.at, "indices are not numbers; expected an index letter or a label"
                )
            case tree.Name() | tree.Ref():
                pass
            case _:
                raise self.error(inner.at, "expected an index letter or a label")
        self._tell_position(inner, axis, what, scope)
        yield slot, "position", scope

    def _tell_position(
        self, node: tree.Name | tree.Ref, axis: Axis | None, what: str, scope: Scope
    ) -> None:
        """``node`` stands where a position on ``axis`` is expected."""
        if isinstance(node, tree.Name):
            letter = self._letter(node.name, node.at, scope, create=True)
            if letter is not None:
                if axis is not None:
                    self.tell(letter, axis, node.at, what)
                return
            if self.tensor(node.name) is None and self._is_free(node.name):
                near = nearest(node.name, (*scope, *self.names.tensors()))
                raise self.error(node.at, f"{_free_on_the_right(node.name)}{near}")
        tensor = self.tensor(node.name)
        target = tensor.label_of if tensor is not None else None
        if target is not None and axis is not None and target != axis:
            self.clash(
                node.at,
                f"{node.name!r} is a position on axis {target.name}; expected one on axis"
                f" {axis.name} {what}",
                None,
                axis,
            )

    def _reduction(self, node: tree.Ref, want: Want, scope: Scope) -> Iterator[Task]:
        kind = node.name
        if want == "condition":
            raise self._no_condition(node)
        if want == "position":
            self.clash(node.at, f"{kind}[..] is a real number; expected an index letter or a label")
        if node.body is None or len(node.body) != 1:
            raise self.error(
                node.at, f"{kind}[..] needs one body in parentheses; expected {kind}[j](..)"
            )
        if kind in SELECTIONS and plain(node) is not self._selection:
            raise self.error(
                node.at,
                f"{kind} stands as the whole right side of an equation only, where it defines a"
                f" label; expected 'v[i] = {kind}[j](..)'",
            )
        inner = dict(scope)
        condition = node.condition
        bound: list[Letter] = []
        items: Sequence[tree.Node] = node.items
        if condition is None and len(items) == 1 and isinstance(items[0], tree.Comparison):
            condition = items[0]
            items = items[0].parts[:1]
        for item in items:
            bound.append(self._bound(item, kind, inner))
            inner[bound[-1].name] = bound[-1]
        if kind in SELECTIONS and len(bound) != 1:
            raise self.error(node.at, f"{kind} runs over one index; expected {kind}[j](..)")
        (body,) = node.body

        def build(reader: Reader) -> NamedReduce:
            cond = TRUE if condition is None else reader.value(condition)
            return NamedReduce(kind, [letter.index for letter in bound], cond, reader.value(body))

        self._plan_for(node, build)
        if condition is not None:
            yield condition, "condition", inner
        yield body, "real", inner

    def _bound(self, item: tree.Node, kind: str, scope: Scope) -> Letter:
        """The letter that a reduction binds."""
        if not isinstance(item, tree.Name):
            raise self.error(
                item.at,
                f"{kind} runs over index letters; expected {kind}[j](..), {kind}[j if ..](..) or"
                f" {kind}[j != ..](..)",
            )
        if item.name in scope or item.name in self.free:
            raise self.error(
                item.at, f"index {item.name!r} is bound already; expected another letter here"
            )
        if item.name in self.scalars:
            raise self.error(
                item.at, f"{item.name!r} is a scalar of this claim; expected an index letter"
            )
        return self.bind(item.name, item.at)

    def _limit(self, node: tree.Ref, want: Want, scope: Scope) -> Iterator[Task]:
        if not self.claim:
            raise self.error(node.at, "limits stand in claims only; expected another expression")
        self._only_real(node, want)
        arrow = node.items[0]
        if (
            len(node.items) != 1
            or node.condition is not None
            or not isinstance(arrow, tree.Arrow)
            or not isinstance(arrow.left, tree.Name)
            or node.body is None
            or len(node.body) != 1
        ):
            raise self.error(node.at, "a limit is written otherwise; expected limit[t -> oo](..)")
        (body,) = node.body
        tensor = self.tensor(arrow.left.name)
        if tensor is None or tensor.axes or tensor.label_of is not None:
            raise self.error(arrow.left.at, f"{arrow.left.name!r} is no real scalar; expected one")
        target = arrow.right

        def build(reader: Reader) -> LimitOf:
            return LimitOf(Element(tensor), reader.value(target), reader.value(body))

        self._plan_for(node, build)
        yield target, "real", scope
        yield body, "real", scope

    def visit_arrow(self, node: tree.Arrow, want: Want, scope: Scope) -> Iterator[Task]:
        raise self.error(node.at, "'->' stands in a limit only; expected limit[t -> oo](..)")

    # --- functions ----------------------------------------------------------------------------

    def visit_call(self, node: tree.Call, want: Want, scope: Scope) -> Iterator[Task]:
        self._only_real(node, want)
        name, arguments = node.name, node.arguments
        if name in FUNCTIONS:
            self._arity(node, 1, len(arguments) == 1)
            function: Any = FUNCTIONS[name]
        elif name in EXTREMES:
            if len(arguments) == 1:
                raise self.error(
                    node.at, f"{name} of one number; expected {name}(a, b) or {name}[j](..)"
                )
            self._arity(node, 2, len(arguments) >= 2)
            function = EXTREMES[name]
        elif name == WHERE:
            self._arity(node, 3, len(arguments) == 3)

            def build_where(reader: Reader) -> Expr:
                return Where(*(reader.value(part) for part in arguments))

            self._plan_for(node, build_where)
            yield arguments[0], "condition", scope
            yield from ((part, "real", scope) for part in arguments[1:])
            return
        else:
            raise self._no_function(node, scope)

        def build(reader: Reader) -> Expr:
            return numbers.applied(function, [reader.value(part) for part in arguments])

        self._plan_for(node, build)
        yield from ((part, "real", scope) for part in arguments)

    def _arity(self, node: tree.Call, count: int, right: bool) -> None:
        if not right:
            more = " or more" if node.name in EXTREMES else ""
            raise self.error(
                node.at,
                f"{node.name} has {_count(len(node.arguments), 'argument', 'arguments')}; expected"
                f" {count}{more}",
            )

    def _no_function(self, node: tree.Call, scope: Scope) -> SourceError:
        name = node.name
        if name in REDUCING:
            return self.error(node.at, f"{name} needs an index to run over; expected {name}[j](..)")
        if name == "d":
            return self.error(
                node.at,
                f"d(..) is no function; expected {_DERIVATIVE}"
                + ("" if self.claim else ", in a claim"),
            )
        tensor = self.tensor(name)
        if tensor is not None:
            return self.error(
                node.at, f"{name!r} is no function; expected {_pattern(tensor)} or an operator"
            )
        if name in scope or self.names.is_letter(name) or self._axis(name) is not None:
            return self.error(node.at, f"{name!r} is no function; expected an operator behind it")
        if name in TAKEN:
            return self.names.unknown(name, self.start + node.at)
        return self.error(
            node.at,
            f"there is no function {name!r}; expected one of {', '.join(CALLABLE)}"
            f"{nearest(name, (*CALLABLE, *REDUCING))}",
        )

    # --- operators ----------------------------------------------------------------------------

    def visit_group(self, node: tree.Group, want: Want, scope: Scope) -> Iterator[Task]:
        self._plan_for(node, lambda reader: reader.value(node.body))
        yield node.body, want, scope

    def visit_sign(self, node: tree.Sign, want: Want, scope: Scope) -> Iterator[Task]:
        self._only_real(node, want)

        def build(reader: Reader) -> Expr:
            value = reader.value(node.body)
            return value if node.sign == "+" else numbers.product([S.NegativeOne, value])

        self._plan_for(node, build)
        yield node.body, "real", scope

    def visit_power(self, node: tree.Power, want: Want, scope: Scope) -> Iterator[Task]:
        self._only_real(node, want)
        self._plan_for(
            node,
            lambda reader: numbers.power(reader.value(node.base), reader.value(node.exponent)),
        )
        yield node.base, "real", scope
        yield node.exponent, "real", scope

    def visit_chain(self, node: tree.Chain, want: Want, scope: Scope) -> Iterator[Task]:
        self._only_real(node, want)
        if node.marks[0] in "+-":

            def build_sum(reader: Reader) -> Expr:
                terms = [reader.value(node.parts[0])]
                for mark, part in zip(node.marks, node.parts[1:], strict=True):
                    term = reader.value(part)
                    terms.append(term if mark == "+" else numbers.product([S.NegativeOne, term]))
                return numbers.total(terms)

            self._plan_for(node, build_sum)
            yield from ((part, "real", scope) for part in node.parts)
            return
        marks, parts = node.marks, node.parts
        if self.claim:
            marks, parts = self._with_derivatives(marks, parts)
        # A sign in front is a factor -1: what follows is not multiplied out.
        negative = isinstance(parts[0], tree.Sign) and parts[0].sign == "-"
        first = parts[0].body if isinstance(parts[0], tree.Sign) else parts[0]
        parts = (first, *parts[1:])

        def build_product(reader: Reader) -> Expr:
            factors = [S.NegativeOne] if negative else []
            factors.append(reader.value(parts[0]))
            for mark, part in zip(marks, parts[1:], strict=True):
                factor = reader.value(part)
                if mark == "/":
                    try:
                        factor = numbers.power(factor, S.NegativeOne)
                    except NumberError as error:
                        raise reader.error(part.at, str(error)) from None
                factors.append(factor)
            return numbers.product(factors)

        self._plan_for(node, build_product)
        yield from ((part, "real", scope) for part in parts)

    def visit_bracket(self, node: tree.Bracket, want: Want, scope: Scope) -> Iterator[Task]:
        self._only_real(node, want)
        if len(node.items) != 1 or not tree.is_condition(node.items[0]):
            raise self.error(
                node.items[0].at,
                "[..] holds a condition; expected one comparison such as [i == j]"
                + (", for an array is written behind '~' or 'with' only" if self.claim else ""),
            )
        (item,) = node.items
        self._plan_for(node, lambda reader: Iverson(reader.value(item)))
        yield item, "condition", scope

    # --- conditions ---------------------------------------------------------------------------

    def _only_condition(self, node: tree.Node, want: Want) -> None:
        if want == "real":
            raise self.error(
                node.at,
                "a condition is not a number; expected it in brackets, [a > b], for 1 or 0",
            )
        if want == "position":
            raise self.error(node.at, "a condition is no index; expected an index letter or a label")

    def visit_comparison(
        self, node: tree.Comparison, want: Want, scope: Scope
    ) -> Iterator[Task]:
        self._only_condition(node, want)
        if len(node.marks) > 1:
            raise self.error(
                node.places[1],
                f"comparisons are not chained; expected 'a {node.marks[0]} b and"
                f" b {node.marks[1]} c'",
            )
        sides = [plain(part) for part in node.parts]
        kinds = [self._kind(side, scope) for side in sides]

        def build(reader: Reader) -> Compare:
            return Compare(node.marks[0], *(reader.value(part) for part in node.parts))

        self._plan_for(node, build)
        if kinds[0] != kinds[1]:
            position = sides[0] if kinds[0] == "position" else sides[1]
            self.clash(
                position.at,
                f"{_written(position)} is a position on an axis, the other side of"
                f" {node.marks[0]!r} a real number; expected two of one kind",
            )
        elif kinds[0] == "position":
            self._tell_same(sides[0], sides[1], node.marks[0], scope)
        yield from (
            (part, kind, scope) for part, kind in zip(node.parts, kinds, strict=True)
        )

    def _kind(self, node: tree.Node, scope: Scope) -> Want:
        """Whether a side of a comparison is a position or a real number."""
        if isinstance(node, tree.Name) and self._letter(node.name, node.at, scope, create=True):
            return "position"
        if isinstance(node, tree.Name | tree.Ref):
            tensor = self.tensor(node.name)
            if tensor is not None and tensor.label_of is not None:
                return "position"
        return "real"

    def _tell_same(self, left: tree.Node, right: tree.Node, mark: str, scope: Scope) -> None:
        """Two positions that are compared lie on one axis."""
        letters = [
            self._letter(side.name, side.at, scope) if isinstance(side, tree.Name) else None
            for side in (left, right)
        ]
        axes = []
        for side, letter in zip((left, right), letters, strict=True):
            tensor = None if letter is not None else self.tensor(getattr(side, "name", ""))
            axes.append(letter.root().axis if letter is not None else tensor and tensor.label_of)
        if axes[0] is not None and axes[1] is not None:
            if axes[0] != axes[1]:
                self.clash(
                    left.at,
                    f"{_written(left)} is a position on axis {axes[0].name}, {_written(right)} one"
                    f" on axis {axes[1].name}; expected two of one axis on both sides of {mark!r}",
                    letters[0] or letters[1],
                    axes[1] if letters[0] else axes[0],
                )
        elif axes[0] is None and axes[1] is None:
            if letters[0] and letters[1] and letters[0].root() is not letters[1].root():
                letters[0].root().same = letters[1].root()
        else:
            known = axes[0] or axes[1]
            side, letter = (left, letters[0]) if axes[0] is None else (right, letters[1])
            if letter is not None and known is not None:
                self.tell(letter, known, side.at, "here")

    def visit_junction(self, node: tree.Junction, want: Want, scope: Scope) -> Iterator[Task]:
        self._only_condition(node, want)
        join = AllOf if node.word == "and" else AnyOf

        def build(reader: Reader) -> Basic:
            return join(*(reader.value(part) for part in node.parts))

        self._plan_for(node, build)
        yield from ((part, "condition", scope) for part in node.parts)

    def visit_not(self, node: tree.Not, want: Want, scope: Scope) -> Iterator[Task]:
        self._only_condition(node, want)
        self._plan_for(node, lambda reader: negate(reader.value(node.body)))
        yield node.body, "condition", scope

    # --- derivatives --------------------------------------------------------------------------

    def _with_derivatives(
        self, marks: Sequence[str], parts: Sequence[tree.Node]
    ) -> tuple[tuple[str, ...], tuple[tree.Node, ...]]:
        """``.. dL[i] / dw[j] ..`` as one factor each."""
        kept_marks: list[str] = []
        kept: list[tree.Node] = [parts[0]]
        for mark, part in zip(marks, parts[1:], strict=True):
            found = self._derivative(kept[-1], part) if mark == "/" else None
            if found is None:
                kept_marks.append(mark)
                kept.append(part)
            else:
                kept[-1] = found
        return tuple(kept_marks), tuple(kept)

    def _derivative(self, above: tree.Node, below: tree.Node) -> tree.Node | None:
        """The derivative that ``above / below`` is, if it is one."""
        if isinstance(above, tree.Sign):
            inner = self._derivative(above.body, below)
            return inner and tree.Sign(above.at, inner.depth, above.sign, inner)
        if not isinstance(below, tree.Name | tree.Ref):
            return None
        wrt = self._without_d(below)
        if isinstance(above, tree.Call) and above.name == "d" and len(above.arguments) == 1:
            if wrt is None:
                raise self.error(
                    below.at,
                    f"{below.name!r} is no differential; expected 'd' and the name of an input,"
                    " an equation or a scalar of the claim",
                )
            return tree.Derivative(above.at, above.depth, above.arguments[0], wrt)
        of = self._without_d(above) if isinstance(above, tree.Name | tree.Ref) else None
        if of is None or wrt is None or not isinstance(above, tree.Name | tree.Ref):
            return None
        if self.tensor(above.name) is not None and self.tensor(below.name) is not None:
            quotient = f"({_source_of(above)})/({_source_of(below)})"
            raise self.error(
                above.at,
                f"'{above.name}/{below.name}' may be a quotient of two names or a derivative;"
                f" expected {quotient} for the quotient,"
                f" d({_source_of(of)})/{_source_of(below)} for the derivative",
            )
        return tree.Derivative(above.at, above.depth, of, wrt)

    def _without_d(self, node: tree.Name | tree.Ref) -> tree.Name | tree.Ref | None:
        """``dw[j]`` as ``w[j]``, if there is a ``w``."""
        name = node.name[1:]
        if not node.name.startswith("d") or self.tensor(name) is None:
            return None
        if isinstance(node, tree.Name):
            return tree.Name(node.at + 1, node.depth, name)
        if node.condition is not None or node.body is not None:
            return None
        return tree.Ref(node.at + 1, node.depth, name, node.items)

    def visit_derivative(
        self, node: tree.Derivative, want: Want, scope: Scope
    ) -> Iterator[Task]:
        def build(reader: Reader) -> DerivativeOf:
            return DerivativeOf(reader.value(node.of), reader.value(node.wrt))

        self._plan_for(node, build)
        yield node.of, "real", scope
        yield node.wrt, "real", scope


_DERIVATIVE = "dL[i]/dw[j] or d(..)/dt"

_VISIT: dict[type, Callable[..., Iterable[Task]]] = {
    tree.Number: Reader.visit_number,
    tree.Name: Reader.visit_name,
    tree.Ref: Reader.visit_ref,
    tree.Call: Reader.visit_call,
    tree.Group: Reader.visit_group,
    tree.Sign: Reader.visit_sign,
    tree.Power: Reader.visit_power,
    tree.Chain: Reader.visit_chain,
    tree.Bracket: Reader.visit_bracket,
    tree.Arrow: Reader.visit_arrow,
    tree.Comparison: Reader.visit_comparison,
    tree.Junction: Reader.visit_junction,
    tree.Not: Reader.visit_not,
    tree.Derivative: Reader.visit_derivative,
}


def _blamed(node: tree.Node) -> int:
    """The place that an error of arithmetic points at."""
    return node.exponent.at if isinstance(node, tree.Power) else node.at


def _free_on_the_right(name: str) -> str:
    return (
        f"index {name!r} is free on the right but not on the left; expected it on the left, or"
        f" bound by a reduction such as sum[{name}](..)"
    )


def _count(number: int, one: str, many: str) -> str:
    return f"{number or 'no'} {one if number == 1 else many}"


def _listed(axes: Sequence[Axis]) -> str:
    return f" [{', '.join(axis.name for axis in axes)}]" if axes else ""


def _pattern(tensor: Tensor) -> str:
    """How an element is written: ``w[.., ..]``."""
    slots = ", ".join(".." for _ in tensor.axes)
    return f"{tensor.name}[{slots}]" if slots else tensor.name


def _written(node: tree.Node) -> str:
    return repr(node.name) if isinstance(node, tree.Name | tree.Ref) else "this"


def _source_of(node: tree.Name | tree.Ref) -> str:
    """An element as it is written, as far as names alone go."""
    if isinstance(node, tree.Name):
        return node.name
    items = (plain(item) for item in node.items)
    return f"{node.name}[{', '.join(_source_of(i) if isinstance(i, tree.Name | tree.Ref) else '..' for i in items)}]"
