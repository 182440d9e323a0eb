"""The axes of a model in plain SymPy: from ranges, shapes and use, for every slot and letter."""

from __future__ import annotations

import re
from itertools import chain, count
from typing import Any, TypeAlias

from sympy import Idx, Indexed, IndexedBase, KroneckerDelta, Product, Sum, Symbol
from sympy.core.basic import Basic
from sympy.core.expr import Expr
from sympy.core.relational import Relational

from symderive.errors import InputError, NotSupportedError
from symderive.expr import Axis, Index, Tensor, subexpressions

Letter: TypeAlias = tuple[str, int]  # a name, and what tells dummies of one name apart
Slot: TypeAlias = tuple[Any, ...]  # what lies on one axis: a slot, a letter, a label

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def name_of(plain: Any) -> str:
    """The name of a base, an element of one, a symbol or an index."""
    if isinstance(plain, Indexed):
        plain = plain.base
    if isinstance(plain, IndexedBase | Idx):
        plain = plain.label
    if not isinstance(plain, Symbol):
        raise InputError(f"{plain} is not a name; an IndexedBase or a Symbol was expected")
    if not _NAME.fullmatch(plain.name):
        raise InputError(f"{plain.name!r} is not a name; names are letters, digits and _")
    return str(plain.name)


def size_name(size: Any) -> str:
    """The name of a size, which is that of its axis."""
    if isinstance(size, Symbol):
        return name_of(size)
    raise NotSupportedError(f"{size} as the size of an axis; sizes are symbols here")


def _axis_of_range(letter: Any, low: Any, high: Any) -> str:
    """The size in ``0..size-1`` or ``1..size``."""
    if low in (0, 1):
        return size_name(high - low + 1)
    raise NotSupportedError(
        f"{letter} from {low} to {high}; indices run over a whole axis, from 0 to C - 1 or 1 to C"
    )


def letter_key(letter: Any) -> Letter:
    """What makes two letters of one equation the same; dummies of one name differ."""
    symbol = letter.label if isinstance(letter, Idx) else letter
    return str(symbol.name), getattr(symbol, "dummy_index", 0)


class PlainAxes:
    """What the equations tell about axes, and the tensors and indices that follow."""

    def __init__(self, model: str) -> None:
        self.model = model
        self.sizes: set[str] = set()
        self.names: dict[str, int] = {}  # tensors, with their number of axes
        self.labels: set[str] = set()
        self.known: dict[Slot, str] = {}
        self.links: list[tuple[Slot, Slot, str]] = []
        self.letters: dict[int, set[Letter]] = {}
        self.spelled: dict[tuple[Letter, str], str] = {}

    def learn(self, slot: Slot, axis: str, where: str) -> None:
        self.sizes.add(axis)
        known = self.known.setdefault(slot, axis)
        if known != axis:
            raise InputError(f"{self.model}: {where} runs over {known} and over {axis}")

    def declare_label(self, label: Expr, size: Expr) -> None:
        self.labels.add(name_of(label))
        self.learn(("label", name_of(label)), size_name(size), f"label {label}")

    def declare(self, plain: Expr) -> None:
        name = name_of(plain)
        if isinstance(plain, Symbol):
            self.names[name] = 0
        elif isinstance(plain, Indexed):
            self.names.setdefault(name, len(plain.indices))
        elif plain.shape is not None:
            self.names[name] = len(plain.shape)
            for place, size in enumerate(plain.shape):
                self.learn(("slot", name, place), size_name(size), f"slot {place + 1} of {name}")

    def know(self, tensor: Tensor) -> None:
        self.names[tensor.name] = len(tensor.axes)
        for place, axis in enumerate(tensor.axes):
            self.learn(("slot", tensor.name, place), axis.name, tensor.name)
        if tensor.label_of is not None:
            self.labels.add(tensor.name)
            self.learn(("label", tensor.name), tensor.label_of.name, tensor.name)

    def collect(self, place: int, *roots: Basic) -> None:
        """What the ranges, shapes and slots of one equation tell about axes."""
        letters = self.letters.setdefault(place, set())
        nodes = list(subexpressions(*roots))
        for node in nodes:
            match node:
                case Idx():
                    letters.add(letter_key(node))
                    if node.lower is not None and node.upper is not None:
                        self.bind(place, node, node.lower, node.upper)
                case Sum() | Product():
                    for limits in node.limits:
                        letters.add(letter_key(limits[0]))
                        self.bind(place, *limits)
                case Indexed():
                    letters.update(
                        letter_key(slot)
                        for slot in node.indices
                        if isinstance(slot, Symbol) and slot.name not in self.names
                    )
        for node in nodes:
            if isinstance(node, Indexed):
                self.slots(place, node)
            elif isinstance(node, KroneckerDelta | Relational):
                sides = [self.slot_of(place, side) for side in node.args[:2]]
                if sides[0] is not None and sides[1] is not None:
                    self.links.append((sides[0], sides[1], str(node)))

    def bind(self, place: int, letter: Any, low: Any, high: Any) -> None:
        axis = _axis_of_range(letter, low, high)
        self.learn(("letter", place, letter_key(letter)), axis, f"index {letter}")

    def slots(self, place: int, node: Indexed) -> None:
        name = name_of(node)
        self.names.setdefault(name, len(node.indices))
        for number, index in enumerate(node.indices):
            slot = self.slot_of(place, index)
            if slot is not None:
                self.links.append((("slot", name, number), slot, str(node)))

    def slot_of(self, place: int, plain: Basic) -> Slot | None:
        """What tells the axis of a position: its letter or its label."""
        if isinstance(plain, Idx | Symbol) and self.is_letter(place, plain):
            return ("letter", place, letter_key(plain))
        if isinstance(plain, Indexed | Symbol) and name_of(plain) in self.labels:
            return ("label", name_of(plain))
        return None

    def spread(self) -> None:
        """Carry the axes that are known along the links, until nothing is new."""
        before = -1
        while before != len(self.known):
            before = len(self.known)
            for one, other, where in self.links:
                for a, b in ((one, other), (other, one)):
                    if a in self.known:
                        self.learn(b, self.known[a], f"{self.described(b)} in {where}")

    def described(self, slot: Slot) -> str:
        match slot:
            case ("slot", name, number):
                return f"slot {number + 1} of {name}"
            case ("label", name):
                return f"label {name}"
            case _:
                return f"index {slot[-1][0]}"

    def axis(self, slot: Slot) -> Axis:
        found = self.known.get(slot)
        if found is None:
            raise InputError(
                f"{self.model}: nothing tells the axis of {self.described(slot)};"
                " a range of the index, as in Idx('j', C), or a shape was expected"
            )
        return Axis(found)

    def tensor(self, name: str) -> Tensor:
        if name not in self.names:
            raise InputError(
                f"{self.model}: {name} is declared but not used, and has no shape to tell its axes"
            )
        axes = [self.axis(("slot", name, number)) for number in range(self.names[name])]
        return Tensor(name, axes, self.axis(("label", name)) if name in self.labels else None)

    def index(self, place: int, plain: Any) -> Index:
        """The index for a letter; letters that differ are called differently."""
        key = letter_key(plain)
        axis = self.axis(("letter", place, key))
        if (key, axis.name) not in self.spelled:
            taken = {*self.spelled.values(), *self.names, *self.sizes}
            base = re.sub(r"[^A-Za-z0-9_]", "", key[0]).lstrip("_0123456789") or "n"
            names = chain([base], (f"{base}_{number}" for number in count(1)))
            self.spelled[key, axis.name] = next(name for name in names if name not in taken)
        return Index(self.spelled[key, axis.name], axis)

    def index_anywhere(self, plain: Any) -> Index:
        """The index for a letter that stands outside of the equations, such as the sample's."""
        for place in self.letters:
            if self.is_letter(place, plain):
                return self.index(place, plain)
        raise InputError(f"{self.model}: the index {plain} stands in no equation")

    def is_letter(self, place: int, plain: Any) -> bool:
        """Whether a symbol is an index in one of the equations."""
        return letter_key(plain) in self.letters[place]

    def scalar(self, name: str) -> Tensor:
        """The tensor of a symbol that is neither an index nor a size."""
        self.names.setdefault(name, 0)
        return self.tensor(name)
