"""How the names of a model are printed: Greek, accents, superscripts, what is declared."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from unicodedata import normalize

from sympy import erf, pi

from symderive.errors import InputError
from symderive.expr import Erfc, Tensor, subexpressions
from symderive.model import Model, adjoint_name
from symderive.notation.layout import Word
from symderive.notation.spelling import ACCENTS, GREEK


@dataclass(frozen=True)
class Name:
    """A name on paper: a base, and what its author put above or below it."""

    base: Word
    above: Word | None = None
    below: Word | None = None

    @property
    def latex(self) -> str:
        """The name alone.

        >>> Name(Word("w", "w"), Word("h", "h")).latex
        'w^{h}'
        """
        below = f"_{{{self.below.latex}}}" if self.below else ""
        above = f"^{{{self.above.latex}}}" if self.above else ""
        return f"{self.base.latex}{above}{below}"

    @property
    def text(self) -> str:
        """The name alone, as text."""
        below = f"_{self.below.text}" if self.below else ""
        above = f"^{self.above.text}" if self.above else ""
        return f"{self.base.text}{above}{below}"

    @property
    def flat(self) -> Word:
        """The name as it stands above another one, without a script upon a script."""
        if self.below is not None or self.above is None:
            return Word(self.latex, self.text)
        return Word(f"{self.base.latex}{self.above.latex}", f"{self.base.text}{self.above.text}")


#: Commands that a declared name may use, besides Greek letters.
_COMMANDS = frozenset(
    (
        "hat",
        "bar",
        "tilde",
        "vec",
        "dot",
        "ddot",
        "check",
        "breve",
        "acute",
        "grave",
        "widehat",
        "widetilde",
        "overline",
        "ell",
        "mathbf",
        "boldsymbol",
        "mathit",
        "mathrm",
        "mathcal",
        "prime",
        "star",
        "ast",
    )
)
#: Other commands that a terminal can show.
_SIGNS = {"ell": "ℓ", "star": "*", "ast": "*", "prime": "′"}
#: What stands for a sign that no name may have, or says it.
_FOR_SIGNS = {
    "'": r"; write ^\prime",
    "*": r"; write ^\ast",
    "(": "; a number at the end of a name is printed so: W1",
}
_TOKEN = re.compile(r"\\([A-Za-z]+)|[A-Za-z0-9]+|[\^_{}]|(\s+)|(.)", re.DOTALL)


def check_latex(name: str, latex: str) -> str:
    r"""``latex`` if a name may be printed so, else :class:`InputError` saying what is not allowed.

    >>> check_latex("yhat", r"\hat{y}")
    '\\hat{y}'
    """
    fault = latex_fault(latex)
    if fault is not None:
        raise InputError(
            f"name {name}: {fault[1]} in {latex!r}; letters, digits, ^ _ {{ }}, Greek and accents"
            f" are allowed{_FOR_SIGNS.get(latex[fault[0] : fault[0] + 1], '')}"
        )
    return latex.strip()


def latex_fault(latex: str) -> tuple[int, str] | None:
    r"""The place in ``latex`` of what no name may be printed with, and what it is.

    >>> latex_fault(r"\hat{y}"), latex_fault("a%b")
    (None, (1, "'%' is not allowed"))
    """
    depth, opened = 0, 0
    for match in _TOKEN.finditer(latex):
        command, blank, other = match.groups()
        token = match.group()
        at = match.start()
        if command and command not in _COMMANDS and command not in GREEK:
            return at, f"\\{command} is not allowed"
        if other and not blank:
            return at, f"{token!r} is not allowed"
        step = {"{": 1, "}": -1}.get(token, 0)
        opened = at if step > 0 and depth == 0 else opened
        depth += step
        if depth < 0:
            return at, "a closing brace too many"
    if depth:
        return opened, "an open brace"
    if not split_scripts(latex)[0].strip("{} "):
        return 0, "nothing to stand on the line"
    return None


def split_scripts(latex: str) -> tuple[str, str | None, str | None]:
    r"""Base, superscript and subscript of a declared name.

    >>> split_scripts(r"\mathit{net}^{h}"), split_scripts("t_0")
    (('\\mathit{net}', 'h', None), ('t', None, '0'))
    """
    parts: dict[str, str] = {"": "", "^": "", "_": ""}
    mode, depth = "", 0
    for match in _TOKEN.finditer(latex):
        token = match.group()
        depth += {"{": 1, "}": -1}.get(token, 0)
        if depth == 0 and token in ("^", "_"):
            mode = token
        else:
            parts[mode] += token
    return parts[""].strip(), _bare(parts["^"]), _bare(parts["_"])


def _bare(group: str) -> str | None:
    group = group.strip()
    if group.startswith("{") and group.endswith("}"):
        group = group[1:-1].strip()
    return group or None


def word(text: str) -> Word:
    r"""A plain name: one letter, a Greek letter, or a word set as one.

    >>> word("Delta"), word("net").latex, word("y_hat").latex
    (Word(latex='\\Delta', text='Δ', number=False), '\\mathit{net}', '\\hat{y}')
    """
    if len(text) == 1:
        return Word(text, text)
    if text in GREEK:
        return Word(rf"\{text}", GREEK[text])
    for ending, (command, mark) in ACCENTS.items():
        stem = text.removesuffix(ending).removesuffix("_")
        if text.endswith(ending) and (len(stem) == 1 or stem in GREEK):
            inner = word(stem)
            return Word(rf"{command}{{{inner.latex}}}", normalize("NFC", inner.text + mark))
    spelled = text.replace("_", r"\_")
    return Word(rf"\mathit{{{spelled}}}", text)


def default_name(name: str, *, scalar: bool) -> Name:
    r"""How ``name`` is printed if its author said nothing.

    An underscore at the end, as in ``lambda_``, sets a name apart from a word: it is not printed.

    >>> [default_name(n, scalar=False).latex for n in ("w_h", "w1", "yhat", "net_o", "beta_")]
    ['w^{h}', 'w^{(1)}', '\\hat{y}', '\\mathit{net}^{o}', '\\beta']
    """
    name = name.rstrip("_")
    if len(word(name).latex) == 1 or not word(name).latex.startswith(r"\mathit"):
        return Name(word(name))
    numbered = re.fullmatch(r"([A-Za-z_]*?[A-Za-z])_?(\d+)", name)
    if numbered:
        stem, digits = numbered.groups()
        inner = default_name(stem, scalar=scalar)
        if inner.above is None and inner.below is None:
            if scalar:
                return Name(inner.base, below=Word(digits, digits))
            return Name(inner.base, above=Word(f"({digits})", f"({digits})"))
    stem, _, ending = name.rpartition("_")
    if stem and ending and "_" not in stem and not stem[-1].isdigit():
        above = word(ending)
        if above.latex.startswith(r"\mathit"):
            above = Word(rf"\mathrm{{{ending}}}", ending)
        return Name(word(stem), above=above)
    return Name(word(name))


def _layers(model: Model) -> set[str]:
    """Scalars whose numbers print as those of arrays do: b1 that goes with w1[k] is b^{(1)}.

    Names that differ by their numbers alone print in one way: g0 and g1 do not go with w1[k].
    """
    numbers: dict[str, set[str]] = {}
    arrays: set[str] = set()
    for name in model.names:
        stem, digits = _numbered(name)
        if digits:
            numbers.setdefault(stem, set()).add(digits)
            if model.tensor(name).axes:
                arrays.add(name)
    of_arrays = {_numbered(name)[1] for name in arrays}
    layered = {_numbered(name)[0] for name in arrays}
    layered |= {stem for stem, found in numbers.items() if found <= of_arrays}
    return {name for name in model.names if _numbered(name)[0] in layered}


def _numbered(name: str) -> tuple[str, str]:
    """A name without the digits at its end, and these."""
    stem = name.rstrip("0123456789")
    return stem.rstrip("_"), name[len(stem) :]


def _declared_name(name: str, latex: str) -> Name:
    # A name with a quote is of a derivation's own making, its LaTeX too.
    base, above, below = split_scripts(latex if "'" in name else check_latex(name, latex))
    if re.fullmatch(r"[A-Za-z]{2,}", base):
        base = rf"\mathit{{{base}}}"

    def script(group: str | None) -> Word | None:
        return None if group is None else Word(group, _as_text(group))

    return Name(Word(base, _as_text(base)), script(above), script(below))


def _as_text(latex: str) -> str:
    """A declared name without its LaTeX, for the terminal."""
    text = latex
    for command, mark in ACCENTS.values():
        # The combining character goes behind the letter: \hat{y}, \hat y.
        text = re.sub(rf"\{command}\s*\{{(\\?[A-Za-z]+)\}}", rf"\g<1>{mark}", text)
        text = re.sub(rf"\{command}\s+(\\?[A-Za-z])", rf"\g<1>{mark}", text)
    text = re.sub(r"\\([A-Za-z]+)", lambda m: GREEK.get(m[1], _SIGNS.get(m[1], "")), text)
    return normalize("NFC", re.sub(r"[{}\s]", "", text))


DELTA = Word(r"\delta", GREEK["delta"])


class NameTable:
    """The printed form of every name that can occur in expressions of ``model``.

    No two names are printed alike: a name whose form is taken is written out in full.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self._names: dict[str, Name] = {}
        self._taken: dict[str, str] = {}
        layers = _layers(model)
        for name in model.names:
            self._add(name, scalar=name not in layers and not model.tensor(name).axes)
        signs = {name.base.latex for name in self._names.values()}
        signs |= {word(letter.name).latex for letter in model.notation.letters}
        #: Signs that are names here, and so mean nothing else.
        self.own = frozenset(signs)

    @cached_property
    def _marks(self) -> dict[str, Word]:
        """What tells adjoints apart: what a name has above it, the first that has it; else itself.

        ``net^{(1)}`` gives ``delta^{(1)}``, and then ``a^{(1)}`` gives ``delta^{a(1)}``.
        """
        names = {equation.name: self[equation.tensor] for equation in self.model.equations}
        marks: dict[str, Word] = {}
        for key, name in names.items():
            if name.above is not None and name.above not in marks.values():
                marks[key] = name.above
        taken = {mark.latex for mark in marks.values()}
        for key, name in names.items():
            mark = name.flat
            if key not in marks and mark.latex not in taken:
                taken.add(mark.latex)
                marks[key] = mark
        return marks

    def __getitem__(self, tensor: Tensor) -> Name:
        """How ``tensor`` is printed; also names that a derivation made up, such as adjoints."""
        if tensor.name not in self._names:
            self._add(tensor.name, scalar=not tensor.axes)
        return self._names[tensor.name]

    def _add(self, name: str, *, scalar: bool) -> None:
        printed = self._printed(name, scalar=scalar)
        if self._taken.get(printed.latex, name) != name:
            spelled = re.sub(r"[^A-Za-z0-9]", lambda m: rf"\_{ord(m[0]):x}\_", name)
            spelled = name.replace("_", r"\_") if name.isascii() and "'" not in name else spelled
            printed = Name(Word(rf"\mathtt{{{spelled}}}", name))
        self._taken[printed.latex] = name
        self._names[name] = printed

    def _printed(self, name: str, *, scalar: bool) -> Name:
        declared = self.model.notation.latex.get(name)
        if declared is not None:
            return _declared_name(name, declared)
        if name.startswith("\N{PARTIAL DIFFERENTIAL}"):
            inner = self._printed(name[1:], scalar=scalar)
            base = Word(rf"\bar{{{inner.base.latex}}}", f"{inner.base.text}\N{COMBINING MACRON}")
            return Name(base, inner.above, inner.below)
        if "'" in name:
            stem, _, mark = name.partition("'")
            base = self._printed(stem, scalar=scalar).base
            return Name(
                base, Word(r"\ast", "*") if mark == "at" else Word(f"({mark})", f"({mark})")
            )
        if name.endswith("_") and self._is_taken(name):
            return Name(word(name.rstrip("_")), above=Word(r"\prime", _SIGNS["prime"]))
        return default_name(name, scalar=scalar)

    def _is_taken(self, name: str) -> bool:
        """Whether ``name`` without the underscores at its end is called something else here.

        The number pi is told from a name with indices by these.
        """
        bare = name.rstrip("_")
        letters = {letter.name for letter in self.model.notation.letters}
        if bare in letters.union(self.model.names, (axis.name for axis in self.model.axes)):
            return True
        hidden = {tensor for _, tensor in self.model.notation.hidden}
        if bare != "pi" or (self.model.tensor(name).axes and name not in hidden):
            return False
        sides = (part for e in self.model.equations for part in (e.rhs, e.where))
        return any(node == pi or isinstance(node, erf | Erfc) for node in subexpressions(*sides))

    def adjoint(self, tensor: Tensor) -> Name:
        """How the derivative by an element of ``tensor`` is called: delta, with what tells it."""
        mark = self._marks.get(tensor.name)
        if mark is None or r"\delta" in self.own:
            return self[Tensor(adjoint_name(tensor.name), tensor.axes)]
        return Name(DELTA, mark)

    def items(self) -> Iterable[tuple[str, Name]]:
        """Every name met so far with its printed form."""
        return tuple(self._names.items())


def letter(name: str) -> Word | tuple[Word, Word]:
    """An index letter, or a letter and its number: ``i``, ``alpha``, ``j_1``."""
    numbered = re.fullmatch(r"([A-Za-z]+?)_?(\d+)", name)
    if numbered and (len(numbered[1]) == 1 or numbered[1] in GREEK):
        return word(numbered[1]), Word(numbered[2], numbered[2])
    return word(name)
