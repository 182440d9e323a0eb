"""From the lines of a text to a model: declarations, equations, how it is printed, claims."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sympy.core.expr import Expr

from symderive.errors import InputError, NotSupportedError
from symderive.expr import Axis, Element, Index, Tensor, subexpressions
from symderive.model import (
    REALS,
    Claim,
    Declaration,
    Definition,
    Domain,
    Model,
    Role,
    build,
)
from symderive.notation.names import check_latex, latex_fault
from symderive.notation.sym import syntax as tree
from symderive.notation.sym.claims import read_claim_line
from symderive.notation.sym.expressions import read
from symderive.notation.sym.names import Names, called
from symderive.notation.sym.parser import parse
from symderive.notation.sym.reader import Reader
from symderive.notation.sym.regions import contains, read_domain, read_number
from symderive.notation.sym.source import Source
from symderive.notation.sym.syntax import plain
from symderive.notation.sym.words import SELECTIONS, nearest, reals_hint

MOST_EQUATIONS = 2000
MOST_AXES = 32


@dataclass
class Lines:
    """Reads the lines of a text, top to bottom, into the parts of a model."""

    source: Source
    names: Names = field(init=False)
    declarations: list[Declaration] = field(default_factory=list)
    definitions: list[Definition] = field(default_factory=list)
    letters: dict[Index, None] = field(default_factory=dict)
    sample: Index | None = None
    hidden: dict[Index, list[str]] = field(default_factory=dict)
    latex: dict[str, str] = field(default_factory=dict)
    sums: list[tuple[Expr, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.names = Names(self.source)

    def read(self, name: str, source: str) -> Model:
        """The model."""
        lines = [
            (logical.start, parse(self.source, logical), logical.text.strip())
            for logical in self.source.logical_lines()
        ]
        self._check_count([at for at, line, _ in lines if isinstance(line, tree.EquationLine)])
        self._note_places(lines)
        self._fix_letters(lines)
        for start, line, _ in lines:
            match line:
                case tree.DeclarationLine():
                    self._declare(start, line)
                case tree.EquationLine():
                    self._define(start, line)
                case tree.LettersLine(word="index"):
                    for _, axis in line.groups:
                        self.names.axis(axis.name, start + axis.at)
        letters = self._all_letters()
        for start, line, _ in lines:
            match line:
                case tree.LettersLine(word="sample"):
                    self._set_sample(start, line)
                case tree.HideLine():
                    self._hide(start, line, letters)
                case tree.NameLine():
                    self._name(start, line)
        claims = [
            read_claim_line(self.names, start, line, text)
            for start, line, text in lines
            if isinstance(line, tree.ClaimLine)
        ]
        if not self.definitions and not claims:
            raise self.source.error(
                len(self.source.text.rstrip()),
                "there is no equation; expected at least one, such as 'loss = mean[i](L[i])'",
            )
        return self._build(name, source, claims)

    def _build(self, name: str, source: str, claims: Iterable[Claim]) -> Model:
        try:
            return build(
                name,
                self.declarations,
                self.definitions,
                sample=self.sample,
                letters=self.letters,
                hide=self.hidden,
                latex=self.latex,
                source=source,
                claims=claims,
                sums=self.sums,
            )
        except (InputError, NotSupportedError) as error:
            # What the checks here did not see: told at the equation that the message names.
            named = re.search(r"(?:equation for|definition of) (\w+):", str(error))
            known = self.names.known.get(named.group(1)) if named else None
            raise self.source.error(known.at if known else 0, str(error)) from error

    def _check_count(self, starts: list[int]) -> None:
        if len(starts) > MOST_EQUATIONS:
            raise self.source.error(
                starts[MOST_EQUATIONS],
                f"the model has {len(starts):,} equations; expected at most {MOST_EQUATIONS:,}",
            )

    def _note_places(self, lines: Iterable[tuple[int, tree.Line, str]]) -> None:
        """Where names get their meaning: what is used too early is told from what is nowhere."""
        for start, line, _ in lines:
            match line:
                case tree.DeclarationLine(name=word):
                    self.names.defined_at.setdefault(word.name, start + word.at)
                case tree.EquationLine(left=tree.Name() | tree.Ref() as left):
                    self.names.defined_at.setdefault(left.name, start + left.at)

    # --- declarations -------------------------------------------------------------------------

    def _declare(self, start: int, line: tree.DeclarationLine) -> None:
        at = start + line.name.at
        if len(line.axes) > MOST_AXES:
            raise self.source.error(
                start + line.axes[MOST_AXES].at,
                f"{line.name.name!r} has {len(line.axes)} axes; expected at most {MOST_AXES}",
            )
        self.names.check_new(line.name.name, at)
        axes = tuple(self.names.axis(word.name, start + word.at) for word in line.axes)
        target, domain, default = None, REALS, None
        if line.role == "label":
            assert isinstance(line.region, tree.Word)  # noqa: S101 - by the grammar
            target = self.names.axis(line.region.name, start + line.region.at)
        elif line.region is not None:
            domain = read_domain(self.names, start, line.region, self._hint(line))
            if domain.simplex and not axes:
                raise self.source.error(
                    start + line.region.at,
                    f"{line.name.name!r} is a scalar; expected an interval or a set, for a simplex"
                    " needs an axis",
                )
        if line.default is not None:
            default = self._default(start, line, domain)
        self.names.define(Tensor(line.name.name, axes, target), at)
        tensor = Tensor(line.name.name, axes, target)
        self.declarations.append(Declaration(tensor, _ROLES[line.role], default, domain))
        self.names.domains[tensor.name] = domain

    def _hint(self, line: tree.DeclarationLine) -> str:
        """What is said of a name behind ``in`` that is no domain."""
        region = line.region
        if not isinstance(region, tree.Word):
            return ""
        reals = "" if region.name in self.names.known else reals_hint(region.name)
        return f"{reals}, as without 'in'" if reals else _as_label(line)

    def _default(self, start: int, line: tree.DeclarationLine, domain: Domain) -> Expr:
        assert line.default is not None  # noqa: S101 - asked before
        if line.axes:
            raise self.source.error(
                start + line.axes[0].at,
                "a const is a scalar; expected '=' behind its name, or 'data' for an array",
            )
        value = read_number(self.names, start, line.default)
        if not value.is_finite:
            raise self.source.error(
                start + line.default.at, "the default is not finite; expected a finite number"
            )
        if not contains(domain, value):
            raise self.source.error(
                start + line.default.at,
                "the default does not lie in the domain; expected a number that does",
            )
        return value

    # --- letters ------------------------------------------------------------------------------

    def _fix_letters(self, lines: Iterable[tuple[int, tree.Line, str]]) -> None:
        """Axes of letters that are declared anywhere in the text hold in all of it."""
        for start, line, _ in lines:
            if isinstance(line, tree.LettersLine):
                for words, axis in line.groups:
                    for word in words:
                        self._fix(start + word.at, word.name, Axis(axis.name))

    def _fix(self, at: int, letter: str, axis: Axis) -> None:
        self.names.letter(letter, at)
        fixed = self.names.fixed.setdefault(letter, axis)
        if fixed != axis:
            raise self.source.error(
                at,
                f"index {letter!r} runs over {fixed.name}, as declared before; expected"
                f" {fixed.name} here too",
            )
        self.letters.setdefault(Index(letter, axis))

    def _set_sample(self, start: int, line: tree.LettersLine) -> None:
        (words, axis), *more = line.groups
        if more or len(words) > 1:
            at = words[1].at if len(words) > 1 else more[0][0][0].at
            raise self.source.error(
                start + at, "there is one sample index; expected the end of the line"
            )
        if self.sample is not None:
            raise self.source.error(
                start + line.at, "the sample index is given already; expected one such line"
            )
        self.sample = Index(words[0].name, self.names.known_axis(axis.name, start + axis.at))

    # --- equations ----------------------------------------------------------------------------

    def _define(self, start: int, line: tree.EquationLine) -> None:
        name, at, slots = self._target(start, line.left)
        self.names.check_new(name, at)
        if len(slots) > MOST_AXES:
            raise self.source.error(
                at, f"{name!r} has {len(slots)} axes; expected at most {MOST_AXES}"
            )
        reader = Reader(self.names, start)
        for slot in slots:
            if slot.name in reader.free:
                raise reader.error(
                    slot.at, f"index {slot.name!r} stands twice on the left; expected each once"
                )
            if self.names.tensor(slot.name) is not None:
                known = self.names.known[slot.name]
                raise reader.error(
                    slot.at,
                    f"{slot.name!r} is {called(known)}{self.names.where(known)}; expected an"
                    " index letter on the left",
                )
            reader.free[slot.name] = reader.bind(slot.name, slot.at)
        selects = _selection(line.right)
        self._not_itself(reader, line.right, name)
        reader.selection = selects
        right = read(reader, line.right)
        target = None
        if selects is not None:
            target = right.args[1][0].axis
        indices = tuple(reader.free[slot.name].index for slot in slots)
        tensor = Tensor(name, tuple(index.axis for index in indices), target)
        self.names.define(tensor, at)
        self.definitions.append(Definition(Element(tensor, *indices), right))
        self.sums += reader.sums

    def _target(self, start: int, left: tree.Node) -> tuple[str, int, list[tree.Name]]:
        """The name that an equation defines, and the index letters on its left."""
        slots: list[tree.Name] = []
        if not isinstance(left, tree.Name | tree.Ref):
            raise self.source.error(
                start + left.at,
                "this cannot be defined; expected a name with index letters, such as L[i], before"
                " '='",
            )
        if isinstance(left, tree.Ref):
            if left.condition is not None or left.body is not None:
                raise self.source.error(
                    start + left.at,
                    f"{left.name}[..](..) cannot be defined; expected a name with index letters,"
                    " such as L[i], before '='",
                )
            for item in left.items:
                if not isinstance(plain(item), tree.Name):
                    raise self.source.error(
                        start + item.at,
                        "the left side takes index letters; expected a letter here",
                    )
                slots.append(plain(item))  # type: ignore[arg-type]
        return left.name, start + left.at, slots

    def _not_itself(self, reader: Reader, right: tree.Node, name: str) -> None:
        """A clear word where a definition uses itself."""
        stack = [right]
        while stack:
            node = stack.pop()
            if isinstance(node, tree.Name | tree.Ref) and node.name == name:
                raise reader.error(
                    node.at,
                    f"{name!r} is used in its own definition; expected names from above",
                )
            stack.extend(tree.parts(node))

    # --- how it is printed --------------------------------------------------------------------

    def _hide(self, start: int, line: tree.HideLine, letters: Iterable[Index]) -> None:
        letter, at = line.letter.name, start + line.letter.at
        axes = [index.axis for index in letters if index.name == letter]
        if not axes:
            known = list(dict.fromkeys(index.name for index in letters))
            raise self.source.error(
                at,
                f"{letter!r} is no index letter here; expected"
                f" {'one of ' + ', '.join(known) if known else 'a letter that an equation uses'}"
                f"{nearest(letter, known)}",
            )
        for word in line.names:
            tensor = self.names.tensor(word.name)
            if tensor is None:
                raise self.names.unknown(word.name, start + word.at)
            fitting = [axis for axis in axes if axis in tensor.axes]
            if not fitting:
                raise self.source.error(
                    start + word.at,
                    f"{word.name!r} has no index over {axes[0].name}; expected an array that has",
                )
            self.hidden.setdefault(Index(letter, fitting[0]), []).append(word.name)

    def _all_letters(self) -> list[Index]:
        """Declared letters, then those that equations use."""
        found = dict(self.letters)
        for definition in self.definitions:
            nodes = subexpressions(definition.left, definition.right)
            found.update((node, None) for node in nodes if isinstance(node, Index))
        return list(found)

    def _name(self, start: int, line: tree.NameLine) -> None:
        name, at = line.name.name, start + line.name.at
        if name not in self.names.known:
            raise self.names.unknown(name, at)
        if name in self.latex:
            raise self.source.error(
                at, f"the LaTeX of {name!r} is given already; expected one such line"
            )
        try:
            self.latex[name] = check_latex(name, line.latex.name)
        except InputError as error:
            what = str(error).replace("\\\\", "\\")  # not as Python writes it
            fault = latex_fault(line.latex.name)
            at = start + line.latex.at + (fault[0] if fault else 0)
            raise self.source.error(at, what) from None


_ROLES: Mapping[str, Role] = {"data": "data", "param": "param", "label": "label", "const": "const"}


def _selection(right: tree.Node) -> tree.Ref | None:
    """The arg max that the right side is, if it is one."""
    inner = plain(right)
    return inner if isinstance(inner, tree.Ref) and inner.name in SELECTIONS else None


def model_letters(model: Model) -> dict[str, Axis]:
    """The axis of each letter of a model that has one axis only."""
    found: dict[str, Axis | None] = {}
    for index in model.notation.letters:
        same = found.setdefault(index.name, index.axis)
        found[index.name] = index.axis if same == index.axis else None
    return {name: axis for name, axis in found.items() if axis is not None}


def _as_label(line: tree.DeclarationLine) -> str:
    """How ``line`` declares a label, if it may be meant to be one."""
    if line.role != "data" or not isinstance(line.region, tree.Word):
        return ""
    axes = ", ".join(word.name for word in line.axes)
    array = f"{line.name.name}[{axes}]" if axes else line.name.name
    return (
        f"; a position on axis {line.region.name} is declared 'label {array} in {line.region.name}'"
    )
