"""What the names of a text mean: axes, tensors, index letters; each name one thing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from symderive.expr import Axis, Tensor
from symderive.model import Domain, Model
from symderive.notation.sym.source import Source, SourceError
from symderive.notation.sym.words import TAKEN, nearest, number_hint, subscripted


@dataclass(frozen=True)
class Known:
    """What a name means, and where it got its meaning (-1: before this text)."""

    what: Axis | Tensor | None  # None: an index letter
    at: int = -1


@dataclass
class Names:
    """The names known so far, and the letters whose axis is fixed in the whole text."""

    source: Source
    known: dict[str, Known] = field(default_factory=dict)
    fixed: dict[str, Axis] = field(default_factory=dict)
    domains: dict[str, Domain] = field(default_factory=dict)
    #: Where each name is declared or defined, be it above or below.
    defined_at: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of_model(cls, model: Model, source: Source) -> Names:
        """The names of a model."""
        names = cls(source)
        names.known |= {axis.name: Known(axis) for axis in model.axes}
        names.known |= {name: Known(model.tensor(name)) for name in model.names}
        names.domains |= {d.name: d.domain for d in model.declarations}
        return names

    def axis(self, name: str, at: int) -> Axis:
        """The axis called ``name``, which may be new."""
        found = self.known.get(name)
        if found is not None and isinstance(found.what, Axis):
            return found.what
        self._check(name, at, "an axis")
        if not name[0].isupper():
            raise self.source.error(
                at, f"{name!r} cannot be an axis; expected a name that starts with a capital"
            )
        axis = Axis(name)
        self.known[name] = Known(axis, at)
        return axis

    def known_axis(self, name: str, at: int) -> Axis:
        """The axis called ``name``, which an array or an index line has."""
        found = self.known.get(name)
        if found is not None and isinstance(found.what, Axis):
            return found.what
        axes = [other for other, known in self.known.items() if isinstance(known.what, Axis)]
        raise self.source.error(
            at,
            f"no array has an axis {name!r}; expected one of"
            f" {', '.join(axes) or 'the axes of declared arrays; there is none'}"
            f"{nearest(name, axes)}",
        )

    def define(self, tensor: Tensor, at: int) -> None:
        """A new tensor."""
        self.check_new(tensor.name, at)
        self.known[tensor.name] = Known(tensor, at)

    def check_new(self, name: str, at: int) -> None:
        """Refuse a name for a tensor that is taken."""
        found = self.known.get(name)
        if found is not None and isinstance(found.what, Tensor):
            raise self.source.error(
                at,
                f"{name!r} is defined already{self.where(found)}; expected a new name, for a name"
                " is defined once",
            )
        self._check(name, at, "an array or a scalar")

    def letter(self, name: str, at: int, *, note: bool = True) -> None:
        """Check that ``name`` can be an index letter, and note it."""
        found = self.known.get(name)
        if found is None or found.what is not None:
            self._check(name, at, "an index letter")
            if note:
                self.known[name] = Known(None, at)

    def _check(self, name: str, at: int, role: str) -> None:
        if name in TAKEN:
            raise self.source.error(
                at, f"{name!r} is a word of the language; expected another name, such as {name}_"
            )
        found = self.known.get(name)
        if found is None:
            return
        other = called(found)
        if found.at > at:  # what was read first stands below: that is the place
            at, found, role, other = found.at, Known(None, at), other, role
        raise self.source.error(
            at,
            f"{name!r} is {other}{self.where(found)} and cannot be {role};"
            " expected another name, for a name has one meaning",
        )

    def where(self, known: Known) -> str:
        """`` (line 3)``, where the name got its meaning."""
        return f" (line {self.source.place(known.at)[0]})" if known.at >= 0 else ""

    def tensor(self, name: str) -> Tensor | None:
        """The tensor called ``name``, if one is."""
        found = self.known.get(name)
        return found.what if found is not None and isinstance(found.what, Tensor) else None

    def tensors(self) -> Iterator[str]:
        """The names of all tensors."""
        return (name for name, known in self.known.items() if isinstance(known.what, Tensor))

    def is_letter(self, name: str) -> bool:
        """Whether ``name`` is used as an index letter."""
        found = self.known.get(name)
        return found is not None and found.what is None

    def subscripted(self, name: str) -> str:
        """``; did you mean x[i]?`` for ``x_i``, or nothing."""
        axes = {other: self.known[other].what for other in self.tensors()}
        counts = {other: len(t.axes) for other, t in axes.items() if isinstance(t, Tensor)}
        meant = subscripted(name, counts)
        return f"; did you mean {meant}?" if meant else ""

    def _below(self, name: str, at: int) -> str:
        """``; it is defined below, in line 6``, or nothing."""
        place = self.defined_at.get(name, -1)
        return f"; it is defined below, in line {self.source.place(place)[0]}" if place > at else ""

    def unknown(self, name: str, at: int) -> SourceError:
        """The error for a name that nothing has, where a number is expected."""
        if name in TAKEN:
            return self.source.error(
                at, f"{name!r} is a word of the language; expected a name or a number here"
            )
        known = (other for other, known in self.known.items() if known.what is not None)
        hint = (
            self._below(name, at)
            or number_hint(name)
            or self.subscripted(name)
            or nearest(name, known)
        )
        return self.source.error(
            at,
            f"nothing above is called {name!r}; expected a name that is declared or defined above"
            f"{hint}",
        )


def called(known: Known) -> str:
    """What a name is, with its article."""
    match known.what:
        case Axis():
            return "an axis"
        case Tensor(axes=axes, label_of=target):
            return "a label" if target is not None else "an array" if axes else "a scalar"
    return "an index letter"
