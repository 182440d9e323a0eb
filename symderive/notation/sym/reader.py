"""What reading an expression needs: its letters and their axes, what is wrong, what to build."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from sympy.core.expr import Expr

from symderive.expr import (
    Axis,
    Index,
    Tensor,
)
from symderive.model import Domain
from symderive.model.claims import Clash
from symderive.notation.sym import syntax as tree
from symderive.notation.sym.names import Names
from symderive.notation.sym.numbers import NumberError
from symderive.notation.sym.source import SourceError
from symderive.notation.sym.words import (
    FUNCTIONS,
    REDUCING,
    TAKEN,
    WHERE,
)

#: How a derivative is written.
DERIVATIVE = "dL[i]/dw[j] or d(..)/dt"

#: What is wanted of a part: a real number, a condition, or a position on an axis.
Want: TypeAlias = Literal["real", "condition", "position"]


@dataclass(eq=False)
class Letter:
    """An index letter at one binding; letters that are compared share their axis.

    ``compared_at`` is the place of the mark between this one and ``same``.
    """

    name: str
    at: int
    axis: Axis | None = None
    told_at: int = -1
    told_by: Letter | None = None
    same: Letter | None = None
    compared_at: int = -1

    def root(self) -> Letter:
        """The letter that stands for all that share this one's axis."""
        letter = self
        while letter.same is not None:
            letter = letter.same
        return letter

    def share(self, other: Letter, at: int) -> None:
        """Note that the letters are compared, by the mark at ``at``: they share their axis."""
        mine, others = self.root(), other.root()
        if mine is not others:
            mine.same, mine.compared_at = others, at

    def compared(self, other: Letter) -> int:
        """The place of a mark by which the letters share their axis."""
        return max(letter.compared_at for letter in set(self.links()) ^ set(other.links()))

    def links(self) -> Iterator[Letter]:
        """This letter and those behind it, without the one that stands for all."""
        letter = self
        while letter.same is not None:
            yield letter
            letter = letter.same

    @property
    def index(self) -> Index:
        axis = self.root().axis
        assert axis is not None, self.name  # noqa: S101 - checked by Reader.settle
        return Index(self.name, axis)


Scope: TypeAlias = Mapping[str, Letter]
Task: TypeAlias = tuple[tree.Node, Want, Scope]
Visit: TypeAlias = Callable[["Reader", Any, Want, Scope], Iterable[Task]]
Build: TypeAlias = Callable[[], Any]


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
    domains: dict[str, Domain] = field(default_factory=dict)
    fallback: Mapping[str, Axis] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    _plan: list[tuple[tree.Node, Build]] = field(default_factory=list)
    _values: dict[int, Any] = field(default_factory=dict)
    #: The terms of each sum, as typed.
    sums: list[tuple[Expr, ...]] = field(default_factory=list)
    selection: tree.Node | None = None
    #: Whether letters that are met from here on have the axis of ``fallback`` at once.
    as_declared: bool = False

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

    def settle(self) -> None:
        """Refuse letters whose axis nothing tells, and those bound where they stand free."""
        for letter in self.letters:
            free = self.free.get(letter.name, letter)
            if free is not letter:
                behind = "" if free.at < letter.at else (
                    ", or all that it runs over in the parentheses of its reduction"
                )  # fmt: skip
                raise self.error(
                    letter.at,
                    f"index {letter.name!r} is free in this line; expected another letter{behind}",
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
                self._values[id(node)] = build()
            except NumberError as error:
                raise self.error(_blamed(node), str(error)) from None

    def value(self, node: tree.Node) -> Any:
        """What a node became."""
        return self._values[id(node)]

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
            root.axis, root.told_at, root.told_by = axis, at, letter
        elif root.axis != axis and root.told_by not in (None, letter):
            self._no_comparison(letter, root.told_by, axis)
        elif root.axis != axis:
            declared = root.told_at < 0
            where = "as declared" if declared else f"from column {self.column(root.told_at)} on"
            self.clash(
                at,
                f"index {letter.name!r} runs over {root.axis.name} {where}; expected an index over"
                f" {axis.name} {what}",
                letter,
                axis,
            )

    def _no_comparison(self, letter: Letter, other: Letter, axis: Axis) -> None:
        """Letters that are compared run over different axes: said where they are compared."""
        runs = {letter.at: f"{letter.name!r} runs over {axis.name}"}
        runs[other.at] = f"{other.name!r} runs over {other.index.axis.name}"
        self.clash(
            letter.compared(other),
            "indices of different axes cannot be compared:"
            f" {' and '.join(runs[at] for at in sorted(runs))}; expected two of one axis",
            letter,
            axis,
        )

    def column(self, at: int) -> str:
        line, column = self.names.source.place(self.start + at)
        first, _ = self.names.source.place(self.start)
        return str(column) if line == first else f"{column} of line {line}"

    # --- what names mean -----------------------------------------------------------------------

    def plan(self, node: tree.Node, build: Build) -> None:
        """Note how ``node`` is built once its parts are."""
        self._plan.append((node, build))

    def plan_value(self, node: tree.Node, value: Any) -> None:
        """Note what ``node`` is."""
        self._plan.append((node, lambda: value))

    def letter(self, name: str, at: int, scope: Scope, *, create: bool = False) -> Letter | None:
        """The letter called ``name`` at a place, if one is bound or free there, or may be."""
        found = scope.get(name) or self.free.get(name)
        if found is None and create and self.open_letters and self.is_free(name):
            found = self.free[name] = self.bind(name, at)
            if self.as_declared and found.axis is None:
                found.axis = self.fallback.get(name)
        return found

    def is_free(self, name: str) -> bool:
        """Whether ``name`` has no other meaning than a letter."""
        return (
            name not in TAKEN
            and name not in self.scalars
            and (name not in self.names.known or self.names.is_letter(name))
        )

    def tensor(self, name: str) -> Tensor | None:
        """The tensor or the introduced scalar called ``name``."""
        return self.scalars.get(name) or self.names.tensor(name)

    def axis(self, name: str) -> Axis | None:
        """The axis called ``name``, if one is."""
        found = self.names.known.get(name)
        return found.what if found is not None and isinstance(found.what, Axis) else None

    def unknown(self, at: int, name: str) -> SourceError:
        """The error for a name that is no number here."""
        if name in FUNCTIONS or name == WHERE:
            return self.error(at, f"{name!r} is a function; expected {name}(..)")
        if name in REDUCING:
            return self.error(at, f"{name!r} needs an index and a body; expected {name}[j](..)")
        if self.names.is_letter(name):
            return self.error(at, free_on_the_right(name))
        if self.is_differential(name) or (self.claim and name == "d"):
            return self.no_derivative(at)
        return self.names.unknown(name, self.start + at)

    def no_derivative(self, at: int) -> SourceError:
        """The error for a derivative in a model, or for half of one in a claim."""
        if self.claim:
            return self.error(at, f"this is half of a derivative; expected {DERIVATIVE}")
        return self.error(at, f"derivatives stand in claims only; expected {DERIVATIVE} there")

    def is_differential(self, name: str) -> bool:
        """Whether ``name`` is ``d`` and a name that is known."""
        return name.startswith("d") and (self.tensor(name[1:]) is not None)

    def only_real(self, node: tree.Node, want: Want) -> None:
        """``node`` is a real number: refuse it elsewhere."""
        if want == "condition":
            raise self.no_condition(node)
        if want == "position":
            self.clash(node.at, "this is a real number; expected an index letter or a label")

    def no_condition(self, node: tree.Node) -> SourceError:
        """The error where ``node`` stands for a condition."""
        return self.error(node.at, "this is not a condition; expected a comparison such as i != j")

    def only_condition(self, node: tree.Node, want: Want) -> None:
        """``node`` is a condition: refuse it elsewhere."""
        if want == "real":
            raise self.error(
                node.at,
                "a condition is not a number; expected it in brackets, [a > b], for 1 or 0",
            )
        if want == "position":
            raise self.error(
                node.at, "a condition is no index; expected an index letter or a label"
            )


def free_on_the_right(name: str, binding: str = "") -> str:
    """What is wrong with a letter that nothing binds; ``binding`` is how a reduction would."""
    return (
        f"index {name!r} is free on the right but not on the left; expected it on the left, or"
        f" bound by a reduction such as sum[{binding or name}](..)"
    )


def _blamed(node: tree.Node) -> int:
    """The place that an error of arithmetic points at."""
    return node.exponent.at if isinstance(node, tree.Power) else node.at
