r"""Reads printed LaTeX back: what a line says to a reader, found without the printer's help.

A check evaluates what is read, so that a printer that drops a sign, a factor or a condition, or
swaps two subscripts, is caught. Only the table of names is shared with the printer.

What is read is a tree of the classes below. Everything without a derivative in it is one
:class:`Value`, an expression of the kernel; hidden indices are put back in. Fractions, sums and
products become trees of their own only where a derivative or a brace stands below them:

====================================  ==========================================================
``\frac{\partial p_j}{\partial s_m}``  ``Slope(p[i, j], s[i, m])``; ``direct`` if ``direct`` is said
``\frac{\partial}{\partial s_m}\,u``   ``Pending(u, s[i, m])``; also ``\frac{\partial e^{u}}{..}``,
                                       and the derivative of an input, or of a name by itself
``\delta^{h}_{ij}``                    ``Mark(net_h[i, j])``
``\underbrace{u}_{v}``                 ``Braced(u, v)``
``u v``, ``u - v``, ``\frac{u}{v}``    ``Times``, ``Plus`` (of terms with their sign), ``Over``
``u^q``, ``\sum_{j \neq y_i} u``       ``Raised(u, q)``, ``Summed((j,), cond, u)``
``?``                                  ``Asked()``
====================================  ==========================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations
from typing import NoReturn

from sympy import Abs, Add, Mul, Pow, Rational, S, cos, erf, log, pi, sign, sin, sqrt, tanh
from sympy.core.basic import Basic
from sympy.core.expr import Expr
from sympy.core.numbers import Number

from symderive.errors import CheckError
from symderive.expr import (
    TRUE,
    Axis,
    Element,
    Erfc,
    Exp,
    Index,
    Iverson,
    Log2,
    MaxOf,
    MinOf,
    Sigmoid,
    Size,
    Softplus,
    Tensor,
    Where,
    Xlogy,
    all_of,
    any_of,
    close,
    compare,
    iverson,
)
from symderive.expr.conditions import MIRRORED
from symderive.model import Model
from symderive.notation.names import NameTable

# --- what is read ---------------------------------------------------------------------------------


class Reading:
    """A node of what is read."""

    __slots__ = ()


@dataclass(frozen=True)
class Value(Reading):
    """An expression."""

    expr: Expr


@dataclass(frozen=True)
class Slope(Reading):
    """``d of / d wrt``, along all equations, or along that of ``of`` alone if ``direct``."""

    of: Element
    wrt: Element
    direct: bool = False


@dataclass(frozen=True)
class Pending(Reading):
    """``d/d wrt`` of a body."""

    body: Reading
    wrt: Element
    direct: bool = False


@dataclass(frozen=True)
class Mark(Reading):
    """The named adjoint of an element."""

    element: Element


@dataclass(frozen=True)
class Times(Reading):
    """A product."""

    factors: tuple[Reading, ...]


@dataclass(frozen=True)
class Plus(Reading):
    """A sum of terms, each with whether it is subtracted."""

    terms: tuple[tuple[bool, Reading], ...]


@dataclass(frozen=True)
class Over(Reading):
    """A fraction."""

    top: Reading
    bottom: Reading


@dataclass(frozen=True)
class Raised(Reading):
    """A power."""

    base: Reading
    exponent: Expr


@dataclass(frozen=True)
class Summed(Reading):
    """A sum over indices where a condition holds."""

    indices: tuple[Index, ...]
    cond: Basic
    body: Reading


@dataclass(frozen=True)
class Braced(Reading):
    """A term and the value under its brace."""

    body: Reading
    under: Reading


@dataclass(frozen=True)
class Asked(Reading):
    """The question mark of a goal."""


def read(
    latex: str,
    model: Model,
    *,
    letters: Mapping[str, Index] | None = None,
    hidden: bool = True,
) -> list[Reading]:
    r"""The sides of a printed chain of equalities, in order; one side if there is no sign.

    ``letters`` says which index a letter is, where that is not the letter itself on the axis that
    its places tell; ``hidden`` whether indices that the model hides may have been left out.

    Raises :class:`CheckError` on anything that the printer does not print.

    >>> from symderive.catalog import softmax_nll
    >>> model = softmax_nll()
    >>> read(r"\bigl(p_j - \mathbb{I}(j = y_i)\bigr)\,x_{ik}", model)
    [Value(expr=(p[i, j] - [j == y[i]])*x[i, k])]
    >>> read(r"\frac{\partial p_{y_i}}{\partial s_j} = -p_{y_i} p_j", model)
    [Slope(of=p[i, y[i]], wrt=s[i, j], direct=False), Value(expr=-p[i, j]*p[i, y[i]])]
    """
    table = _Names(NameTable(model))
    sides = _Parser(latex, table).sides()
    return _Resolver(table, letters or {}, hidden=hidden).sides(sides)


# --- the text -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Tree:
    """What stands where, before anyone asks what a letter means."""

    head: str
    parts: tuple[_Tree, ...] = ()
    text: str = ""
    found: tuple[Tensor, ...] = ()


_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|[A-Za-z]|\S", re.DOTALL)
#: What only looks good.
_SPACES = frozenset(
    (r"\,", r"\;", r"\:", r"\!", r"\ ", r"\quad", r"\qquad", r"\displaystyle", "&", r"\par")
)
_SIZES = re.compile(r"\\([bB]igg?)([lr]?)")
_WRAPPERS = frozenset(
    rf"\{name}"
    for name in (
        *("mathit", "mathrm", "mathtt", "mathbf", "mathcal", "boldsymbol", "overline"),
        *("hat", "bar", "tilde", "vec", "dot", "ddot", "check", "breve", "acute", "grave"),
        *("widehat", "widetilde"),
    )
)


def _tokens(latex: str) -> list[str]:
    """The tokens that mean something."""
    latex = re.sub(r"\\\\\[[^\]]*\]", " ", latex)  # between rows; plain ones are between cases
    found: list[str] = []
    for here in _TOKEN.findall(latex):
        if here in _SPACES or (_SIZES.fullmatch(here) and here != r"\Big"):
            continue
        if here == "}" and found and found[-1] == "{":
            found.pop()  # an empty group: only there for the space around a sign
        else:
            found.append(here)
    return found


def _canonical(latex: str) -> str:
    return "".join(_TOKEN.findall(latex))


class _Names:
    """The table of names, the other way round."""

    def __init__(self, names: NameTable) -> None:
        self.model = names.model
        self.bases: dict[str, list[tuple[str, str, Tensor]]] = {}
        self.marks: dict[tuple[str, str], Tensor] = {}
        tensors = [names.model.tensor(name) for name in names.model.names]
        for tensor in tensors:
            name = names[tensor]
            above = _canonical(name.above.latex) if name.above else ""
            below = _canonical(name.below.latex) if name.below else ""
            base = _canonical(name.base.latex)
            self.bases.setdefault(base, []).append((above, below, tensor))
            if names.model.equation(tensor.name) is not None:
                mark = names.adjoint(tensor)
                key = (
                    _canonical(mark.base.latex),
                    _canonical(mark.above.latex) if mark.above else "",
                )
                self.marks[key] = tensor
        self.mark_bases = {base for base, _ in self.marks}
        printed = (*self.bases, *self.mark_bases)
        self.lengths = sorted({len(_TOKEN.findall(base)) for base in printed}, reverse=True)
        self.own = names.own
        self.axes = {axis.name: axis for axis in names.model.axes}


_RELATIONS = {
    "=": "==",
    r"\neq": "!=",
    "<": "<",
    r"\leq": "<=",
    ">": ">",
    r"\geq": ">=",
}
_BIGS = {r"\sum": "sum", r"\prod": "prod"}
_CALLS = {
    r"\exp": "exp",
    r"\log": "log",
    r"\tanh": "tanh",
    r"\sin": "sin",
    r"\cos": "cos",
    r"\sigma": "sigmoid",
    r"\max": "max",
    r"\min": "min",
}
_OPERATORS = frozenset(("erf", "erfc", "sign", "softplus", "sigmoid"))
_STOPS = frozenset(
    (
        *("", ")", "}", "]", ",", ":", r"\rvert", r"\wedge", r"\vee", "+", "-", *_RELATIONS),
        *(r"\\", r"\end", r"\text", "_", "^", "/"),
    )
)
#: How tightly each sign binds.
_OR, _AND, _RELATION, _TERM, _FACTOR = 1, 2, 3, 4, 5


class _Parser:
    """A parser by binding power for what the printer prints."""

    def __init__(self, latex: str, names: _Names) -> None:
        self.latex, self.names = latex, names
        self.tokens = _tokens(latex)
        self.at = 0
        self.readers = self._all_readers()

    # Tokens.

    def peek(self, ahead: int = 0) -> str:
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else ""

    def take(self) -> str:
        here = self.peek()
        self.at += 1
        return here

    def expect(self, here: str) -> None:
        if self.peek() != here:
            self.fail(f"{here!r} was expected")
        self.at += 1

    def fail(self, what: str) -> NoReturn:
        rest = " ".join(self.tokens[self.at : self.at + 6]) or "the end"
        raise CheckError(f"printed LaTeX cannot be read back: {what} at {rest!r} in {self.latex!r}")

    def group(self) -> str:
        """The canonical text of a braced group or of one here."""
        if self.peek() != "{":
            return self.take()
        depth, start = 0, self.at
        while True:
            here = self.take()
            depth += {"{": 1, "}": -1}.get(here, 0)
            if depth == 0:
                return "".join(self.tokens[start + 1 : self.at - 1])
            if not here:
                self.fail("a closing brace was expected")

    # Formulas.

    def sides(self) -> list[_Tree]:
        """Sides between signs of equality; nothing else may follow."""
        found = [self.formula(_TERM)]
        while self.peek() == "=":
            self.take()
            found.append(self.formula(_TERM))
        if self.peek():
            self.fail("nothing more was expected")
        return found

    def braced(self) -> _Tree:
        self.expect("{")
        tree = self.formula(_OR)
        self.expect("}")
        return tree

    def formula(self, least: int) -> _Tree:
        tree = self.operand()
        while True:
            here = self.peek()
            if here in ("+", "-") and least <= _TERM:
                self.take()
                right = self.formula(_FACTOR)
                terms = tree.parts if tree.head == "add" else (tree,)
                right = _Tree("minus", (right,)) if here == "-" else right
                tree = _Tree("add", (*terms, right))
            elif here in _RELATIONS and least <= _RELATION:
                self.take()
                tree = _Tree("relation", (tree, self.formula(_TERM)), _RELATIONS[here])
            elif here in (r"\wedge", r"\vee"):
                power = _AND if here == r"\wedge" else _OR
                if least > power:
                    return tree
                self.take()
                head = "and" if power == _AND else "or"
                parts = tree.parts if tree.head == head else (tree,)
                tree = _Tree(head, (*parts, self.formula(power + 1)))
            elif here == "/" and least <= _FACTOR:
                self.take()
                tree = _Tree("over", (tree, self.operand()))
            elif here not in _STOPS and least <= _FACTOR:
                if here == r"\cdot":
                    self.take()
                parts = tree.parts if tree.head == "times" else (tree,)
                tree = _Tree("times", (*parts, self.operand()))
            else:
                return tree

    def operand(self) -> _Tree:
        here = self.peek()
        if here == "-":
            self.take()
            return _Tree("minus", (self.formula(_FACTOR),))
        if here == "?":
            self.take()
            return _Tree("asked")
        reader = self.readers.get(here)
        tree = reader() if reader is not None else self.atom()
        return self.powers(tree)

    def powers(self, tree: _Tree) -> _Tree:
        while self.peek() == "^":
            self.take()
            tree = _Tree("power", (tree, self.script()))
        return tree

    def script(self) -> _Tree:
        """What stands in a superscript that is an exponent."""
        if self.peek() == "{":
            return self.braced()
        if len(self.peek()) > 1 and self.peek().isdigit():
            # x^12 is x to the 1, then 2: TeX takes one digit.
            self.fail("a script of several digits needs braces")
        if self.peek().isdigit():
            return _Tree("number", text=self.take())
        return self.atom()

    def _all_readers(self) -> dict[str, Callable[[], _Tree]]:
        """What reads the operand that starts with a token; names are read by :meth:`atom`."""
        readers: dict[str, Callable[[], _Tree]] = {
            "(": self._parentheses,
            "{": self.braced,
            r"\lvert": self._magnitude,
            r"\frac": self._fraction,
            r"\sqrt": partial(self._after, lambda: _Tree("root", (self.braced(),))),
            r"\mathbb": self._indicator,
            r"\underbrace": self._brace,
            r"\begin": self._cases,
            r"\operatorname": self._operator,
            r"\arg": self._arg,
            r"\infty": partial(self._after, lambda: _Tree("infinity")),
        }
        for command, kind in _BIGS.items():
            readers[command] = partial(self._after, partial(self._big, kind))
        for command, name in _CALLS.items():
            if command not in self.names.own:
                readers[command] = partial(self._after, partial(self._call, name))
        if "e" not in self.names.own:
            readers["e"] = self._exponential
        return readers

    def _after(self, then: Callable[[], _Tree]) -> _Tree:
        self.take()
        return then()

    def _parentheses(self) -> _Tree:
        self.take()
        tree = self.formula(_OR)
        self.expect(")")
        return _Tree("group", (tree,))

    def _magnitude(self) -> _Tree:
        self.take()
        tree = self.formula(_TERM)
        self.expect(r"\rvert")
        return _Tree("magnitude", (tree,))

    def _exponential(self) -> _Tree:
        self.take()
        self.expect("^")
        return _Tree("call", (self.script(),), "exp")

    def _indicator(self) -> _Tree:
        self.take()
        if self.group() != "I":
            self.fail("the indicator was expected")
        self.expect("(")
        cond = self.formula(_OR)
        self.expect(")")
        return _Tree("indicator", (cond,))

    def _brace(self) -> _Tree:
        self.take()
        body = self.braced()
        self.expect("_")
        return _Tree("brace", (body, self.braced()))

    def _cases(self) -> _Tree:
        self.take()
        if self.group() != "cases":
            self.fail("cases were expected")
        tree = self._rows_of_cases()
        self.expect(r"\end")
        self.group()
        return tree

    def _rows_of_cases(self) -> _Tree:
        """A row, and those below it, of which the last is the other case."""
        value = self.formula(_TERM)
        self.expect(r"\text")
        word = self.group()
        if word == "otherwise":
            return value
        if word != "if":
            self.fail("'if' was expected")
        cond = self.formula(_OR)
        self.expect(r"\\")
        return _Tree("cases", (cond, value, self._rows_of_cases()))

    def _fraction(self) -> _Tree:
        self.take()
        self.expect("{")
        if self.peek() == r"\partial":
            return self._derivative()
        top = self.formula(_TERM)
        self.expect("}")
        return _Tree("over", (top, self.braced()))

    def _derivative(self) -> _Tree:
        self.expect(r"\partial")
        of = None if self.peek() == "}" else self.operand()
        self.expect("}")
        self.expect("{")
        self.expect(r"\partial")
        wrt = self.operand()
        self.expect("}")
        text = ""
        if self.peek() == r"\Big":
            self.take()
            self.expect("|")
            self.expect("_")
            if self.group() != r"\mathrm{direct}":
                self.fail("'direct' was expected")
            text = "direct"
        if of is None:
            return _Tree("derived", (self.formula(_FACTOR), wrt), text)
        return _Tree("slope", (of, wrt), text)

    def _operator(self) -> _Tree:
        self.take()
        name = self.group()
        if name not in _OPERATORS:
            self.fail(f"{name} is no function")
        return self._call(name)

    def _arg(self) -> _Tree:
        self.take()
        here = self.take()
        if here not in (r"\max", r"\min"):
            self.fail("arg max or arg min was expected")
        return self._big(f"arg{here[1:]}")

    def _call(self, name: str) -> _Tree:
        if name in ("max", "min") and self.peek() == "_":
            return self._big(name)
        if name == "log" and self.peek() == "_":
            self.take()
            if self.group() != "2":
                self.fail("base 2 was expected")
            name = "log2"
        power = None
        if self.peek() == "^":
            self.take()
            power = self.script()
        if self.peek() == "(":
            self.take()
            args = [self.formula(_TERM)]
            while self.peek() == ",":
                self.take()
                args.append(self.formula(_TERM))
            self.expect(")")
        else:
            args = [self.operand()]
        tree = _Tree("call", tuple(args), name)
        return tree if power is None else _Tree("power", (tree, power))

    def _big(self, kind: str) -> _Tree:
        self.expect("_")
        letters: tuple[_Tree, ...]
        if self.peek() == "{":
            self.take()
            letters, cond = self._below()
            self.expect("}")
        else:
            letters, cond = (_Tree("letter", text=self.take()),), None
        body = self.formula(_FACTOR)
        below = _Tree("below", letters)
        return _Tree("big", (below, body) if cond is None else (below, body, cond), kind)

    def _below(self) -> tuple[tuple[_Tree, ...], _Tree | None]:
        """Letters and condition below a reduction."""
        start = self.at
        letters = [self._bound_letter()]
        while self.peek() == ",":
            self.take()
            letters.append(self._bound_letter())
        if self.peek() == "}":
            return tuple(letters), None
        if self.peek() == ":":
            self.take()
            return tuple(letters), self.formula(_OR)
        self.at = start
        cond = self.formula(_OR)
        if cond.head != "relation" or cond.parts[0].head != "letter":
            self.fail("a letter was expected below the sign")
        return (cond.parts[0],), cond

    def _bound_letter(self) -> _Tree:
        """A letter below a reduction; one that occurs nowhere else says its axis."""
        letter = self.letter()
        if self.peek() != r"\in":
            return letter
        self.take()
        axis = self.take()
        if axis not in self.names.axes:
            self.fail(f"{axis} is no axis")
        return _Tree(letter.head, (_Tree("size", text=axis),), letter.text)

    # Names.

    def atom(self) -> _Tree:
        """A number, or a name with what hangs on it."""
        here = self.peek()
        if here[:1].isdigit():
            return self._number()
        tree = self.name()
        if tree is not None:
            return tree
        if here in self.names.axes and self.peek(1) != "_":
            return _Tree("size", text=self.take())
        if here == r"\pi":
            return self._after(lambda: _Tree("pi"))
        if here in _STOPS or not here:
            self.fail("a term was expected")
        return self.letter()

    def _number(self) -> _Tree:
        """A whole number, a decimal, or a fraction with a slash in an exponent."""
        text = self.take()
        if self.peek() == "/" and self.peek(1).isdigit():
            self.take()
            text += f"/{self.take()}"
        return _Tree("number", text=text)

    def letter(self) -> _Tree:
        """An index letter, with its number if it has one."""
        here = self.take()
        if here in _WRAPPERS:
            text = here + "{" + self.group() + "}"
        elif here.isalpha() or (here.startswith("\\") and here[1:].isalpha()):
            text = here
        else:
            self.at -= 1
            self.fail("a letter was expected")
        if self.peek() == "_" and self.peek(1).isdigit():
            text += f"_{self.peek(1)}"
            self.at += 2
        elif (self.peek(), self.peek(1), self.peek(3)) == ("_", "{", "}") and self.peek(
            2
        ).isdigit():
            text += f"_{self.peek(2)}"
            self.at += 4
        return _Tree("letter", text=text)

    def slot(self) -> _Tree:
        """What may stand in a subscript: a label, or else a letter."""
        start = self.at
        tree = self.name()
        if tree is not None and tree.head == "name":
            labels = tuple(tensor for tensor in tree.found if tensor.label_of is not None)
            if labels:
                return _Tree(tree.head, tree.parts, tree.text, labels)
        self.at = start
        return self.letter()

    def name(self) -> _Tree | None:
        """A tensor of the model, or a named adjoint, with its subscripts."""
        start = self.at
        for length in self.names.lengths:
            base = "".join(self.tokens[start : start + length])
            for bases, then in (
                (self.names.bases, self._scripts),
                (self.names.mark_bases, self._mark),
            ):
                if base in bases:
                    self.at = start + length
                    tree = then(base)
                    if tree is not None:
                        return tree
        self.at = start
        return None

    def _scripts(self, base: str) -> _Tree | None:
        """The scripts of a name tell which of the names with this base it is, if any."""
        options = self.names.bases[base]
        above = ""
        if self.peek() == "^":
            start = self.at
            self.take()
            above = self.group()
            if above not in {option[0] for option in options}:
                self.at, above = start, ""
        found = [(below, tensor) for mark, below, tensor in options if mark == above]
        below, slots = self._subscripts({below for below, _ in found if below})
        tensors = tuple(tensor for mark, tensor in found if mark == below)
        if base == r"\pi" and not slots and all(tensor.axes for tensor in tensors):
            # The number. An element whose indices are all hidden is no such name.
            hidden = {name for _, name in self.names.model.notation.hidden}
            tensors = tuple(tensor for tensor in tensors if tensor.name in hidden)
        return _Tree("name", slots, base, tensors) if tensors else None

    def _subscripts(self, belows: set[str]) -> tuple[str, tuple[_Tree, ...]]:
        """What belongs to the name below it, and the indices."""
        if self.peek() != "_":
            return "", ()
        self.take()
        if self.peek() != "{":
            return (self.take(), ()) if self.peek() in belows else ("", (self.slot(),))
        self.take()
        below = self.take() if self.peek() in belows else ""
        slots = self._slots()
        self.expect("}")
        return below, slots

    def _slots(self) -> tuple[_Tree, ...]:
        slots = []
        while self.peek() != "}":
            if self.peek() == ",":
                self.take()
            slots.append(self.slot())
        return tuple(slots)

    def _mark(self, base: str) -> _Tree | None:
        """A named adjoint: what stands above it tells of which name."""
        above = ""
        if self.peek() == "^":
            self.take()
            above = self.group()
        tensor = self.names.marks.get((base, above))
        if tensor is None:
            return None
        return _Tree("mark", self._subscripts(set())[1], base, (tensor,))


# --- the meaning ----------------------------------------------------------------------------------


@dataclass
class _Scope:
    """What letters mean here: indices, their axes found as they are met."""

    known: dict[str, Axis | None] = field(default_factory=dict)
    outer: _Scope | None = None
    bound: frozenset[str] = frozenset()

    def home(self, letter: str) -> _Scope:
        """The scope that ``letter`` belongs to: of the sum that binds it, else the outermost."""
        scope = self
        while scope.outer is not None and letter not in scope.bound:
            scope = scope.outer
        return scope

    def binds(self, letter: str) -> bool:
        return self.home(letter).outer is not None


#: A tensor, the axes of the slots that are printed, and the places of those that were left out.
_Fit = tuple[Tensor, tuple[Axis, ...], tuple[tuple[int, Index], ...]]


class _Resolver:
    """Gives letters their axes, puts hidden indices back, and builds expressions."""

    def __init__(self, names: _Names, letters: Mapping[str, Index], *, hidden: bool) -> None:
        self.names, self.model = names, names.model
        self.letters, self.hidden = letters, hidden
        self.declared: dict[str, set[Axis]] = {}
        for index in self.model.notation.letters:
            self.declared.setdefault(index.name, set()).add(index.axis)
        self.top = _Scope()
        self.scopes: dict[int, _Scope] = {}

    def sides(self, trees: Sequence[_Tree]) -> list[Reading]:
        """The meaning of the sides of one line, which tell each other what letters are."""
        told = -1
        while told != self._told():
            told = self._told()
            for tree in trees:
                self._learn(tree, self.top)
        return [self._reading(tree, self.top) for tree in trees]

    def fail(self, what: str) -> NoReturn:
        raise CheckError(f"printed LaTeX cannot be read back: {what}")

    def _told(self) -> int:
        scopes = (self.top, *self.scopes.values())
        return sum(axis is not None for scope in scopes for axis in scope.known.values())

    # Axes of letters.

    def _learn(self, tree: _Tree, scope: _Scope) -> None:
        """Find the axes of letters from where they stand."""
        match tree.head:
            case "name" | "mark":
                self._learn_slots(tree, scope)
            case "relation":
                self._learn_relation(tree, scope)
            case "big":
                scope = self._inner(tree, scope)
        parts = self._compared(tree, scope) if tree.head == "relation" else tree.parts
        for part in parts:
            if part.head != "below":
                self._learn(part, scope)

    def _learn_slots(self, tree: _Tree, scope: _Scope) -> None:
        fits = self._fits(tree, scope)
        for position, slot in enumerate(tree.parts):
            axes = {fit[1][position] for fit in fits}
            if len(axes) == 1 and slot.head == "letter":
                self._tell(slot, axes.pop(), scope)

    def _learn_relation(self, tree: _Tree, scope: _Scope) -> None:
        if any(side.head == "relation" for side in tree.parts):
            return  # a range: the relation within has been learnt from
        sides = self._compared(tree, scope)
        axes = {axis for axis in (self._axis(side, scope) for side in sides) if axis is not None}
        if len(axes) == 1:
            (axis,) = axes
            for side in sides:
                if side.head == "letter":
                    self._tell(side, axis, scope)

    def _compared(self, tree: _Tree, scope: _Scope) -> list[_Tree]:
        """The sides of a comparison; an array's name that lacks its subscripts is a letter."""
        return [
            _Tree("letter", text=side.text)
            if side.head == "name" and not side.parts and not self._ways(side, scope)
            else side
            for side in tree.parts
        ]

    def _inner(self, tree: _Tree, scope: _Scope) -> _Scope:
        """The scope below a reduction."""
        if id(tree) not in self.scopes:
            known = {
                _letter_name(part): self.names.axes[part.parts[0].text] if part.parts else None
                for part in tree.parts[0].parts
            }
            self.scopes[id(tree)] = _Scope(known, scope, frozenset(known))
        return self.scopes[id(tree)]

    def _tell(self, tree: _Tree, axis: Axis, scope: _Scope) -> None:
        letter = _letter_name(tree)
        home = scope.home(letter)
        known = home.known.get(letter)
        if known is not None and known != axis:
            self.fail(f"letter {letter} stands for an index over {known} and over {axis}")
        home.known[letter] = axis

    def _axis(self, tree: _Tree, scope: _Scope) -> Axis | None:
        """The axis that a slot or a side of a comparison points into, as far as it is known."""
        if tree.head == "name":
            return tree.found[0].label_of
        if tree.head != "letter":
            return None
        letter = _letter_name(tree)
        if letter in self.letters and not scope.binds(letter):
            return self.letters[letter].axis
        known = scope.home(letter).known.get(letter)
        if known is not None:
            return known
        declared = self.declared.get(letter, set())
        return next(iter(declared)) if len(declared) == 1 else None

    def _fits(self, tree: _Tree, scope: _Scope) -> list[_Fit]:
        """How slots may belong to a tensor; at least one way."""
        fits = self._ways(tree, scope)
        if not fits:
            self.fail(f"{tree.text} has {len(tree.parts)} subscripts, which do not fit its axes")
        return fits

    def _ways(self, tree: _Tree, scope: _Scope) -> list[_Fit]:
        printed = tree.parts
        axes = [self._axis(slot, scope) for slot in printed]
        fits = []
        for tensor in tree.found:
            missing = len(tensor.axes) - len(printed)
            for left_out in self._left_out(tensor, missing, scope):
                places = {place for place, _ in left_out}
                rest = tuple(a for n, a in enumerate(tensor.axes) if n not in places)
                if all(axis in (None, own) for axis, own in zip(axes, rest, strict=True)):
                    fits.append((tensor, rest, left_out))
        return fits

    def _left_out(
        self, tensor: Tensor, missing: int, scope: _Scope
    ) -> Iterable[tuple[tuple[int, Index], ...]]:
        if missing < 0 or (missing and not self.hidden):
            return ()
        candidates = [
            (place, Index(letter, axis))
            for letter, name in sorted(self.model.notation.hidden)
            if name == tensor.name and not scope.binds(letter)
            for place, axis in enumerate(tensor.axes)
            if axis in self.declared.get(letter, set()) and tensor.axes.count(axis) == 1
        ]
        return combinations(candidates, missing)

    # Expressions.

    def _index(self, tree: _Tree, scope: _Scope, axis: Axis | None = None) -> Index:
        letter = _letter_name(tree)
        found = self._axis(tree, scope) or axis
        if found is None:
            self.fail(f"nothing tells what letter {letter} runs over")
        if letter in self.letters and not scope.binds(letter):
            return self.letters[letter]
        return Index(letter, found)

    def _element(self, tree: _Tree, scope: _Scope) -> Element:
        fits = self._fits(tree, scope)
        if len(fits) > 1:
            self.fail(f"the subscripts of {tree.text} can be read in more than one way")
        ((tensor, axes, left_out),) = fits
        slots: list[Expr] = []
        for slot, axis in zip(tree.parts, axes, strict=True):
            value = self._index(slot, scope, axis) if slot.head == "letter" else None
            slots.append(self._element(slot, scope) if value is None else value)
        for place, index in sorted(left_out, key=lambda pair: pair[0]):
            slots.insert(place, self.letters.get(index.name, index))
        return Element(tensor, *slots)

    def _position(self, tree: _Tree, scope: _Scope, axis: Axis | None) -> Expr | None:
        """A side of a comparison if it is a position on an axis."""
        if tree.head == "letter":
            return self._index(tree, scope, axis)
        if tree.head == "name" and tree.found[0].label_of is not None:
            return self._element(tree, scope)
        return None

    def condition(self, tree: _Tree, scope: _Scope) -> Basic:
        """The meaning of a condition."""
        match tree.head:
            case "and":
                return all_of(self.condition(part, scope) for part in tree.parts)
            case "or":
                return any_of(self.condition(part, scope) for part in tree.parts)
            case "group":
                return self.condition(tree.parts[0], scope)
            case "relation" if tree.parts[0].head == "relation":
                start, high = tree.parts
                low, middle = start.parts
                if middle.head == "relation" or low.head == "relation":
                    self.fail("a range has two bounds")
                if {start.text[0], tree.text[0]} != {"<"}:
                    self.fail("a range goes from less to more")
                above = _Tree("relation", (middle, low), MIRRORED[start.text])
                below = _Tree("relation", (middle, high), tree.text)
                return all_of(self.condition(part, scope) for part in (above, below))
            case "relation":
                compared = self._compared(tree, scope)
                axes = [self._axis(side, scope) for side in compared]
                axis = next((found for found in axes if found is not None), None)
                sides = [
                    self._position(side, scope, axis) or self._value(side, scope)
                    for side in compared
                ]
                return compare(tree.text, sides[0], sides[1])
        raise CheckError(f"printed LaTeX cannot be read back: {tree.head} is no condition")

    def _value(self, tree: _Tree, scope: _Scope) -> Expr:
        reading = self._reading(tree, scope)
        if not isinstance(reading, Value):
            self.fail("a derivative stands where a plain value was expected")
        return reading.expr

    def _reading(self, tree: _Tree, scope: _Scope) -> Reading:
        reader = getattr(self, f"_read_{tree.head}", None)
        if reader is None:
            self.fail(f"{tree.head} {tree.text} has no meaning here")
        found: Reading = reader(tree, scope)
        return found

    def _read_asked(self, tree: _Tree, scope: _Scope) -> Reading:  # noqa: ARG002
        return Asked()

    def _read_number(self, tree: _Tree, scope: _Scope) -> Reading:  # noqa: ARG002
        return Value(Rational(tree.text))

    def _read_infinity(self, tree: _Tree, scope: _Scope) -> Reading:  # noqa: ARG002
        return Value(S.Infinity)

    def _read_pi(self, tree: _Tree, scope: _Scope) -> Reading:  # noqa: ARG002
        return Value(pi)

    def _read_size(self, tree: _Tree, scope: _Scope) -> Reading:  # noqa: ARG002
        return Value(Size(self.names.axes[tree.text]))

    def _read_name(self, tree: _Tree, scope: _Scope) -> Reading:
        return Value(self._element(tree, scope))

    def _read_mark(self, tree: _Tree, scope: _Scope) -> Reading:
        return Mark(self._element(tree, scope))

    def _read_group(self, tree: _Tree, scope: _Scope) -> Reading:
        return self._reading(tree.parts[0], scope)

    def _read_minus(self, tree: _Tree, scope: _Scope) -> Reading:
        inner = self._reading(tree.parts[0], scope)
        return Value(-inner.expr) if isinstance(inner, Value) else Plus(((True, inner),))

    def _read_add(self, tree: _Tree, scope: _Scope) -> Reading:
        signed = [
            (part.head == "minus", part.parts[0] if part.head == "minus" else part)
            for part in tree.parts
        ]
        terms = [(minus, self._reading(part, scope)) for minus, part in signed]
        values = [-t.expr if minus else t.expr for minus, t in terms if isinstance(t, Value)]
        return Value(Add(*values)) if len(values) == len(terms) else Plus(tuple(terms))

    def _read_times(self, tree: _Tree, scope: _Scope) -> Reading:
        factors = [self._reading(part, scope) for part in tree.parts]
        values = [factor.expr for factor in factors if isinstance(factor, Value)]
        return Value(_product(values)) if len(values) == len(factors) else Times(tuple(factors))

    def _read_over(self, tree: _Tree, scope: _Scope) -> Reading:
        top, bottom = (self._reading(part, scope) for part in tree.parts)
        if isinstance(top, Value) and isinstance(bottom, Value):
            return Value(top.expr / bottom.expr)
        return Over(top, bottom)

    def _read_power(self, tree: _Tree, scope: _Scope) -> Reading:
        base, exponent = self._reading(tree.parts[0], scope), self._value(tree.parts[1], scope)
        return (
            Value(Pow(base.expr, exponent)) if isinstance(base, Value) else Raised(base, exponent)
        )

    def _read_root(self, tree: _Tree, scope: _Scope) -> Reading:
        return Value(sqrt(self._value(tree.parts[0], scope)))

    def _read_magnitude(self, tree: _Tree, scope: _Scope) -> Reading:
        return Value(Abs(self._value(tree.parts[0], scope)))

    def _read_call(self, tree: _Tree, scope: _Scope) -> Reading:
        args = [self._value(part, scope) for part in tree.parts]
        return Value(_FUNCTIONS[tree.text](*args))

    def _read_indicator(self, tree: _Tree, scope: _Scope) -> Reading:
        return Value(iverson(self.condition(tree.parts[0], scope)))

    def _read_cases(self, tree: _Tree, scope: _Scope) -> Reading:
        cond, yes, no = tree.parts
        branches = self._value(yes, scope), self._value(no, scope)
        return Value(Where(self.condition(cond, scope), *branches))

    def _read_slope(self, tree: _Tree, scope: _Scope) -> Reading:
        of, wrt = (self._reading(part, scope) for part in tree.parts)
        direct = tree.text == "direct"
        target = self._target(wrt)
        if isinstance(of, Value) and isinstance(of.expr, Element):
            tensor = of.expr.tensor
            if tensor != target.tensor and self.model.equation(tensor.name) is not None:
                return Slope(of.expr, target, direct)
        return Pending(of, target, direct)

    def _read_derived(self, tree: _Tree, scope: _Scope) -> Reading:
        body, wrt = (self._reading(part, scope) for part in tree.parts)
        return Pending(body, self._target(wrt), tree.text == "direct")

    def _target(self, wrt: Reading) -> Element:
        if not (isinstance(wrt, Value) and isinstance(wrt.expr, Element)):
            self.fail("a derivative is by an entry of an array")
        return wrt.expr

    def _read_brace(self, tree: _Tree, scope: _Scope) -> Reading:
        return Braced(self._reading(tree.parts[0], scope), self._reading(tree.parts[1], scope))

    def _read_big(self, tree: _Tree, scope: _Scope) -> Reading:
        inner = self._inner(tree, scope)
        below, body_tree, *guard = tree.parts
        indices = tuple(self._index(letter, inner) for letter in below.parts)
        cond = self.condition(guard[0], inner) if guard else TRUE
        body = self._reading(body_tree, inner)
        if isinstance(body, Value):
            return Value(_reduced(tree.text, indices, body.expr, cond))
        if tree.text != "sum":
            self.fail(f"a derivative stands below {tree.text}")
        return Summed(indices, cond, body)


def _letter_name(tree: _Tree) -> str:
    """The name of the index that a letter is printed for."""
    wrapped = re.fullmatch(r"\\mathit\{(.*)\}", tree.text)
    text = wrapped[1].replace(r"\_", "_") if wrapped else tree.text
    return text.removeprefix("\\")


def _product(factors: Sequence[Expr]) -> Expr:
    """A product; ``a log b`` is 0 where ``a`` is, as everywhere in the language."""
    logs = [f for f in factors if isinstance(f, log | Log2)]
    others = [f for f in factors if not isinstance(f, log | Log2 | Number | Size | Iverson)]
    if len(logs) != 1 or not others:
        return Mul(*factors)
    rest = [f for f in factors if f not in logs and f not in others]
    base = log(S(2)) if isinstance(logs[0], Log2) else S.One
    return Mul(*rest, Xlogy(Mul(*others), logs[0].args[0]), 1 / base)


def _reduced(kind: str, indices: Sequence[Index], body: Expr, cond: Basic) -> Expr:
    if kind in ("max", "min") and len(indices) > 1:
        return close(kind, indices[:1], close(kind, indices[1:], body, cond))
    return close(kind, indices, body, cond)


_FUNCTIONS: dict[str, Callable[..., Expr]] = {
    "exp": Exp,
    "log": log,
    "log2": Log2,
    "tanh": tanh,
    "sin": sin,
    "cos": cos,
    "erf": erf,
    "erfc": Erfc,
    "sign": sign,
    "sigmoid": Sigmoid,
    "softplus": Softplus,
    "max": MaxOf,
    "min": MinOf,
}
