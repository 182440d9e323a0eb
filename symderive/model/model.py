"""A model: declarations and equations in index notation, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from sympy import S
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.errors import InputError
from symderive.expr import (
    TRUE,
    Axis,
    Bound,
    Element,
    Index,
    Reduce,
    Size,
    Tensor,
    elements,
    subexpressions,
)

if TYPE_CHECKING:
    from symderive.model.claims import Claim

Role = Literal["data", "param", "label", "const"]


@dataclass(frozen=True)
class Domain:
    """Where the entries of a real input lie: an interval, a finite set, or the simplex."""

    low: Expr = S.NegativeInfinity
    high: Expr = S.Infinity
    low_closed: bool = False
    high_closed: bool = False
    values: tuple[Expr, ...] = ()
    simplex: bool = False

    def above(self, bound: int) -> bool:
        """Whether every member is larger than ``bound``.

        >>> Domain(low=S.Zero).above(0), Domain(low=S.Zero, low_closed=True).above(0)
        (True, False)
        """
        if self.values:
            return all(bool(value > bound) for value in self.values)
        least = self.low
        return not self.simplex and bool(least >= bound if not self.low_closed else least > bound)

    @property
    def bounds(self) -> tuple[Expr, Expr]:
        """What no member is below, and what none is above.

        >>> Domain(values=(S.One, S.NegativeOne)).bounds
        (-1, 1)
        """
        if self.values:
            return min(self.values), max(self.values)
        return (S.Zero, S.One) if self.simplex else (self.low, self.high)

    def __str__(self) -> str:
        """As the language writes it.

        >>> print(Domain(low=S.Zero, high=S.One, high_closed=True), Domain(simplex=True))
        (0, 1] simplex
        """
        if self.simplex:
            return "simplex"
        if self.values:
            return f"{{{', '.join(map(str, self.values))}}}"
        opening, closing = "[" if self.low_closed else "(", "]" if self.high_closed else ")"
        return f"{opening}{self.low}, {self.high}{closing}"


REALS = Domain()


@dataclass(frozen=True)
class Declaration:
    """An input: its tensor, its role, its domain, and the default value of a ``const``."""

    tensor: Tensor
    role: Role
    default: Expr | None = None
    domain: Domain = REALS

    @property
    def name(self) -> str:
        return self.tensor.name

    def __getitem__(self, slots: object) -> Element:
        """An entry: ``w[j, k]``."""
        return self.tensor[slots]

    def __call__(self) -> Element:
        """The entry of a scalar."""
        return self.tensor()


@dataclass(frozen=True)
class Equation:
    """``tensor[indices] = rhs``, evaluated only where ``where`` holds."""

    tensor: Tensor
    indices: tuple[Index, ...]
    rhs: Expr
    where: Basic = TRUE

    @property
    def name(self) -> str:
        return self.tensor.name

    @property
    def element(self) -> Element:
        """The left side."""
        return Element(self.tensor, *self.indices)

    def __str__(self) -> str:
        guard = "" if self.where == TRUE else f" where {self.where}"
        return f"{self.element} = {self.rhs}{guard}"


@dataclass(frozen=True)
class Notation:
    """How a model is printed; it never changes what a model means.

    ``letters`` are the index letters in order of preference, ``binders`` the letters that a
    reduction was written with, ``hidden`` the (index letter, tensor name) pairs that print
    without that index, ``latex`` the LaTeX of names that were given one. ``typed`` are letters that
    claims and formulas may be typed in, each with the one of ``letters`` that it stands for.
    ``sums`` are the terms of sums in the order in which they were typed.
    """

    letters: tuple[Index, ...] = ()
    binders: Mapping[Reduce, tuple[str, ...]] = field(default_factory=dict, hash=False)
    hidden: frozenset[tuple[str, str]] = frozenset()
    latex: Mapping[str, str] = field(default_factory=dict, hash=False)
    typed: Mapping[str, str] = field(default_factory=dict, hash=False)
    sums: tuple[tuple[Expr, ...], ...] = field(default=(), compare=False)

    def of(self, equations: Iterable[Equation]) -> Notation:
        """The same, with the letters of those reductions only that stand in ``equations``."""
        there = set(subexpressions(*(part for e in equations for part in (e.rhs, e.where))))
        return replace(self, binders={n: w for n, w in self.binders.items() if n in there})


@dataclass(frozen=True)
class Model:
    """Declarations and equations; the last equation is the output.

    Build one with :func:`symderive.model.build.build`, which converts, completes and validates.
    A model of claims alone has no equations. Its claims are statements, not yet judged. Two models
    are equal whatever is said about them: ``title``, ``kind``, ``source`` do not count.
    """

    name: str
    declarations: tuple[Declaration, ...]
    equations: tuple[Equation, ...]
    sample: Index | None = None
    notation: Notation = Notation()
    title: str = field(default="", compare=False)
    kind: str = field(default="models", compare=False)
    source: str = field(default="", compare=False)
    claims: tuple[Claim, ...] = ()

    @cached_property
    def _declared(self) -> dict[str, Declaration]:
        return {declaration.name: declaration for declaration in self.declarations}

    @cached_property
    def _defined(self) -> dict[str, Equation]:
        return {equation.name: equation for equation in self.equations}

    @property
    def output(self) -> Equation:
        """The last equation.

        Raises :class:`InputError` for a model of claims alone.
        """
        if not self.equations:
            raise InputError(f"{self.name}: there is no equation, only claims; expected one")
        return self.equations[-1]

    def declaration(self, name: str) -> Declaration | None:
        """The input called ``name``, if it is one."""
        return self._declared.get(name)

    def equation(self, name: str) -> Equation | None:
        """The equation that defines ``name``, if one does."""
        return self._defined.get(name)

    def tensor(self, name: str) -> Tensor:
        """The tensor called ``name``, an input or defined by an equation."""
        found = self._declared.get(name) or self._defined.get(name)
        if found is None:
            raise InputError(f"{self.name}: nothing is called {name!r}")
        return found.tensor

    @property
    def names(self) -> tuple[str, ...]:
        """All tensor names: inputs, then equations."""
        return (*self._declared, *self._defined)

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """The axes in order of first appearance: the one global order of axes."""
        found: dict[Axis, None] = {}
        for declaration in self.declarations:
            found.update(dict.fromkeys(declaration.tensor.axes))
            if declaration.tensor.label_of is not None:
                found[declaration.tensor.label_of] = None
        for equation in self.equations:
            found.update(dict.fromkeys(equation.tensor.axes))
            for node in subexpressions(equation.rhs, equation.where):
                if isinstance(node, Bound | Size):
                    found[node.axis] = None
        return tuple(found)

    @cached_property
    def letters_by_axis(self) -> dict[Axis, tuple[str, ...]]:
        """The model's own index letters for each axis, in order of preference."""
        found: dict[Axis, tuple[str, ...]] = {}
        for letter in self.notation.letters:
            found[letter.axis] = (*found.get(letter.axis, ()), letter.name)
        return found

    @cached_property
    def taken_names(self) -> frozenset[str]:
        """Every name that has a meaning in the model, or is what another one prints as."""
        letters = {letter.name for letter in self.notation.letters}
        signs = {sign for sign in self.notation.latex.values() if len(sign) == 1}
        return frozenset(letters | signs | set(self.names) | {axis.name for axis in self.axes})

    def is_positive(self, expr: Basic) -> bool:
        """Whether ``expr`` is a positive number, or an input that is declared to be positive."""
        if isinstance(expr, Element):
            declaration = self.declaration(expr.tensor.name)
            if declaration is None:
                return False
            domain = declaration.domain
            if domain.values:
                return all(bool(value.is_positive) for value in domain.values)
            return bool(domain.low.is_positive or (domain.low == 0 and not domain.low_closed))
        return bool(expr.is_number and expr.is_positive)

    @property
    def real_inputs(self) -> tuple[Declaration, ...]:
        """The inputs that can be differentiated by."""
        return tuple(d for d in self.declarations if d.role != "label")

    def default_wrt(self) -> tuple[str, ...]:
        """Every ``param``, or every real ``data`` if there is none."""
        for role in ("param", "data"):
            names = tuple(d.name for d in self.declarations if d.role == role)
            if names:
                return names
        return tuple(d.name for d in self.declarations if d.role == "const")

    def depends_on(self, names: Iterable[str]) -> dict[str, bool]:
        """For every name: whether it is one of ``names`` or an equation that leads back to one."""
        wanted = set(names)
        active = {name: name in wanted for name in self.names}
        for equation in self.equations:
            if not active[equation.name]:
                active[equation.name] = any(
                    active.get(e.tensor.name, False) for e in elements(equation.rhs)
                )
        return active

    def with_equations(self, equations: Iterable[Equation], **changes: object) -> Model:
        """The same model with other equations."""
        return replace(self, equations=tuple(equations), **changes)  # type: ignore[arg-type]

    def __str__(self) -> str:
        return "\n".join(map(str, self.equations))
