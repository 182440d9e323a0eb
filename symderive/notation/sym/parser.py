"""From a line to its tree, through the grammar; what does not fit is said in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.visitors import v_args

from symderive.notation.sym import syntax as tree
from symderive.notation.sym.source import CLOSE, DEEPEST, Logical, Source
from symderive.notation.sym.words import (
    CALLABLE,
    CONSTANTS,
    INSTEAD,
    LINES,
    MEANT,
    REDUCING,
    SHAPES,
    TAKEN,
    foreign,
    nearest,
    written,
)

Start = Literal["line", "lone_expression", "lone_claim"]


def parse(source: Source, logical: Logical, start: Start = "line") -> Any:
    """The tree of a line; offsets in it count from the start of the line."""
    try:
        return _parser().parse(logical.text, start=start)
    except UnexpectedInput as error:
        at, what = _explained(logical.text, error, start)
    except _TooDeepError as error:
        at, what = (
            error.at,
            (
                f"the expression nests deeper than {DEEPEST}; expected at most {DEEPEST},"
                " give an inner part an equation of its own"
            ),
        )
    raise source.error(logical.start + at, what)


class _TooDeepError(Exception):
    def __init__(self, at: int) -> None:
        self.at = at


@cache
def _parser() -> Lark:
    grammar = files("symderive.notation.sym").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(
        grammar,
        start=["line", "lone_expression", "lone_claim"],
        parser="lalr",
        lexer="contextual",
        transformer=_Builder(),
        maybe_placeholders=True,
    )


# --- trees ----------------------------------------------------------------------------------------


def _depth(at: int, parts: Iterable[tree.Node | None], more: int) -> int:
    depth = more + max((part.depth for part in parts if part is not None), default=0)
    if depth > DEEPEST:
        raise _TooDeepError(at)
    return depth


def _start(token: Token) -> int:
    start = token.start_pos
    return 0 if start is None else start


@v_args(inline=True)
class _Builder(Transformer[Token, Any]):
    """A node of the tree for each rule of the grammar."""

    # expressions

    def number(self, token: Token) -> tree.Node:
        return tree.Number(_start(token), 0, str(token))

    def name(self, token: Token) -> tree.Node:
        return tree.Name(_start(token), 0, str(token))

    def arguments(self, *parts: tree.Node | None) -> tuple[tree.Node, ...]:
        return tuple(part for part in parts if part is not None)

    def items(self, *parts: tree.Node) -> tuple[tree.Node, ...]:
        return parts

    def condition(self, part: tree.Node | None) -> tree.Node | None:
        return part

    def call(self, token: Token, arguments: tuple[tree.Node, ...]) -> tree.Node:
        at = _start(token)
        return tree.Call(at, _depth(at, arguments, 1), str(token), arguments)

    def ref(
        self,
        token: Token,
        items: tuple[tree.Node, ...],
        condition: tree.Node | None,
        body: tuple[tree.Node, ...] | None = None,
    ) -> tree.Node:
        at = _start(token)
        depth = _depth(at, (*items, condition, *(body or ())), 1)
        return tree.Ref(at, depth, str(token), items, condition, body)

    def group(self, token: Token, body: tree.Node) -> tree.Node:
        at = _start(token)
        return tree.Group(at, _depth(at, (body,), 1), body)

    def bracket(self, token: Token, items: tuple[tree.Node, ...]) -> tree.Node:
        at = _start(token)
        return tree.Bracket(at, _depth(at, items, 1), items)

    def arrow(self, left: tree.Node, right: tree.Node) -> tree.Node:
        return tree.Arrow(left.at, _depth(left.at, (left, right), 0), left, right)

    def signed(self, token: Token, body: tree.Node) -> tree.Node:
        at, again = _start(token), int(isinstance(body, tree.Sign))
        return tree.Sign(at, _depth(at, (body,), again), str(token), body)

    def negated(self, token: Token, body: tree.Node) -> tree.Node:
        at, again = _start(token), int(isinstance(body, tree.Not))
        return tree.Not(at, _depth(at, (body,), again), body)

    def flat(self, *parts: Any) -> tree.Node:
        """Operands and the marks between them."""
        operands, marks = _powers(parts[::2], parts[1::2])
        for precedence in (_product, _total, _comparison):
            if not marks:
                break
            operands, marks = precedence(operands, marks)
        return operands[0]

    def expr(self, *parts: Any) -> tree.Node:
        operands, words = list(parts[::2]), list(parts[1::2])
        conjunctions = _runs(operands, words, "AND", lambda run, _: _junction("and", run))
        return _junction("or", conjunctions[0])

    # lines

    def word(self, token: Token) -> tree.Word:
        return tree.Word(_start(token), str(token))

    def axes(self, *words: tree.Word | None) -> tuple[tree.Word, ...]:
        return tuple(word for word in words if word is not None)

    def interval(self, left: Token, low: tree.Node, high: tree.Node, right: Token) -> tree.Interval:
        return tree.Interval(_start(left), low, high, left == "[", right == "]")

    def values(self, brace: Token, *members: tree.Node) -> tree.Values:
        return tree.Values(_start(brace), members)

    def array_line(
        self,
        role: Token,
        name: tree.Word,
        axes: tuple[tree.Word, ...],
        region: tree.Region | None,
    ) -> tree.Line:
        return tree.DeclarationLine(_start(role), str(role), name, axes, None, region)

    label_line = array_line

    def const_line(
        self,
        role: Token,
        name: tree.Word,
        axes: tuple[tree.Word, ...],
        default: tree.Node,
        region: tree.Region | None,
    ) -> tree.Line:
        return tree.DeclarationLine(_start(role), str(role), name, axes, default, region)

    def const_line_in(
        self,
        role: Token,
        name: tree.Word,
        axes: tuple[tree.Word, ...],
        region: tree.Region,
        default: tree.Node,
    ) -> tree.Line:
        return tree.DeclarationLine(_start(role), str(role), name, axes, default, region)

    def letters(self, *words: tree.Word) -> tuple[tuple[tree.Word, ...], tree.Word]:
        return words[:-1], words[-1]

    def letters_line(
        self, word: Token, *groups: tuple[tuple[tree.Word, ...], tree.Word]
    ) -> tree.Line:
        return tree.LettersLine(_start(word), str(word), groups)

    def hide_line(self, word: Token, letter: tree.Word, *names: tree.Word) -> tree.Line:
        return tree.HideLine(_start(word), letter, names)

    def name_line(self, word: Token, name: Token, latex: Token) -> tree.Line:
        given = tree.Word(_start(latex), str(latex).rstrip())
        return tree.NameLine(_start(word), tree.Word(_start(name), str(name)), given)

    def equation(self, left: tree.Node, right: tree.Node) -> tree.Line:
        return tree.EquationLine(left.at, left, right)

    # claims

    def scalar(self, name: tree.Word, region: tree.Region) -> tuple[str, Any]:
        return ("for", (name, region))

    def value(self, name: tree.Word, value: tree.Node) -> tuple[str, Any]:
        return ("with", (name, value))

    def case(self, condition: tree.Node) -> tuple[tuple[str, Any], ...]:
        return (("if", condition),)

    def scalars(self, *parts: tuple[str, Any]) -> tuple[tuple[str, Any], ...]:
        return parts

    point = scalars

    def claim(
        self, left: tree.Node, mark: Token | None, right: tree.Node | None, *suffixes: Any
    ) -> tree.Line:
        relation = tree.Word(left.at, "")
        if mark is not None:
            relation = tree.Word(_start(mark), str(mark))
        elif isinstance(left, tree.Comparison) and len(left.marks) == 1:
            relation = tree.Word(left.places[0], left.marks[0])
            left, right = left.parts
        return tree.ClaimLine(left.at, relation, left, right, None, *_suffixes(suffixes))

    def shape(self, word: Token, left: tree.Node, along: tree.Word, *suffixes: Any) -> tree.Line:
        relation = tree.Word(_start(word), str(word))
        return tree.ClaimLine(_start(word), relation, left, None, along, *_suffixes(suffixes))

    def claim_line(self, claim: tree.Line) -> tree.Line:
        return claim


def _suffixes(suffixes: Sequence[tuple[tuple[str, Any], ...]]) -> tuple[Any, Any, Any]:
    """What ``for``, ``if`` and ``with`` bring, each together."""
    parts: dict[str, list[Any]] = {"for": [], "if": [], "with": []}
    for suffix in suffixes:
        for word, part in suffix:
            parts[word].append(part)
    return tuple(parts["for"]), tuple(parts["if"]), tuple(parts["with"])


# --- precedence, from tight to loose; nothing recurses, however long a line is --------------------

_Operands = list[tree.Node]
_Marks = list[Token]


def _powers(given: Sequence[tree.Node], given_marks: Sequence[Token]) -> tuple[_Operands, _Marks]:
    """``-a ** -b ** c`` is ``-(a ** (-(b ** c)))``."""
    operands, marks = [given[-1]], []
    for operand, mark in zip(given[-2::-1], given_marks[::-1], strict=True):
        if mark.type != "POWER":
            operands.append(operand)
            marks.append(mark)
            continue
        signs = []
        base = operand
        while isinstance(base, tree.Sign):
            signs.append(base)
            base = base.body
        exponent = operands[-1]
        depth = _depth(base.at, (base, exponent), int(isinstance(exponent, tree.Power)))
        power: tree.Node = tree.Power(base.at, depth, base, exponent)
        for sign in reversed(signs):
            power = tree.Sign(sign.at, max(sign.depth, depth), sign.sign, power)
        operands[-1] = power
    return operands[::-1], marks[::-1]


def _runs(
    operands: _Operands,
    marks: _Marks,
    kind: str,
    join: Callable[[_Operands, _Marks], tree.Node],
) -> tuple[_Operands, _Marks]:
    """Operands between which marks of one kind stand, joined; and the marks that are left."""
    joined: _Operands = []
    left: _Marks = []
    run, between = [operands[0]], []
    for mark, operand in zip(marks, operands[1:], strict=True):
        if mark.type == kind:
            between.append(mark)
        else:
            joined.append(join(run, between) if between else run[0])
            left.append(mark)
            run, between = [], []
        run.append(operand)
    joined.append(join(run, between) if between else run[0])
    return joined, left


def _chain(operands: _Operands, marks: _Marks) -> tree.Node:
    at = operands[0].at
    return tree.Chain(at, _depth(at, operands, 0), tuple(map(str, marks)), tuple(operands))


def _compared(operands: _Operands, marks: _Marks) -> tree.Node:
    at, places = operands[0].at, tuple(map(_start, marks))
    depth = _depth(at, operands, 0)
    return tree.Comparison(at, depth, tuple(map(str, marks)), tuple(operands), places)


def _junction(word: str, operands: _Operands) -> tree.Node:
    if len(operands) == 1:
        return operands[0]
    at = operands[0].at
    return tree.Junction(at, _depth(at, operands, 0), word, tuple(operands))


def _product(operands: _Operands, marks: _Marks) -> tuple[_Operands, _Marks]:
    return _runs(operands, marks, "TIMES", _chain)


def _total(operands: _Operands, marks: _Marks) -> tuple[_Operands, _Marks]:
    return _runs(operands, marks, "PLUS", _chain)


def _comparison(operands: _Operands, marks: _Marks) -> tuple[_Operands, _Marks]:
    return _runs(operands, marks, "COMPARE", _compared)


# --- what does not fit ----------------------------------------------------------------------------

_BIT = re.compile(r"[A-Za-z0-9_]+|\*\*|[=!<>]=|->|.", re.DOTALL)
_OPERATORS = frozenset({"PLUS", "TIMES", "POWER"})
_JOINTS = frozenset({"AND", "OR", "_IN", "_ON", "_IF", "_FOR", "_WITH"})
_OPERANDS = frozenset({"NAME", "NUMBER", "LPAR", "LSQB"})
#: How the marks that may follow are called, in this order.
_CALLED = {
    "SHAPE": "", "NOT": "", "LETTERS": "", "HIDE": "", "NAMED": "", "CONST": "",
    "_CLAIM": "", "LABEL": "", "ROLE": "",
    "LATEX": r"LaTeX such as \hat{y}",
    "COMPARE": "a comparison", "AND": "'and'", "OR": "'or'",
    "_IN": "'in'", "_ON": "'on'", "_IF": "'if'", "_FOR": "'for'", "_WITH": "'with'",
    "EQ": "'='", "EQUAL": "'='", "TILDE": "'~'", "ARROW": "'->'", "COMMA": "','", "COLON": "':'",
    "SEMICOLON": "';'", "RPAR": "')'", "RSQB": "']'", "RBRACE": "'}'", "LBRACE": "'{'",
    "$END": "the end of the line",
}  # fmt: skip


def _explained(text: str, error: UnexpectedInput, start: Start) -> tuple[int, str]:
    """Where a line does not fit the grammar, and what was expected there."""
    wanted: frozenset[str] = frozenset()
    end = at = len(text.rstrip(" \t"))
    if isinstance(error, UnexpectedToken):
        wanted = frozenset(error.accepts or error.expected)
        at = at if error.token.type == "$END" else _start(error.token)
    elif isinstance(error, UnexpectedCharacters):
        wanted = frozenset(error.allowed or ())
        at = error.pos_in_stream or 0  # type: ignore[redundant-expr]
    if _CONST_NAME.fullmatch(text[:at]):
        wanted -= {"LSQB"}  # a const has no axes
    expected = _expected(wanted, start, at)
    found = _BIT.match(text, at)
    if (meant := _meant(text, at, start)) is not None:
        return meant
    if start == "line" and (wrong := _ASSIGNED.match(text)) and not _EQUALS.search(text):
        return wrong.end() - 2, "'==' compares two sides; expected '=' in an equation"
    if found is None or at >= end:
        return at, f"the line ends here; expected {expected}"
    return _unexpected(text, at, found.group(), wanted, expected, start=start)


#: How much before a place, and behind it, tells what is meant.
_AROUND = 300


def _meant(text: str, at: int, start: Start) -> tuple[int, str] | None:
    """What people mean by what stands around a place, if a row of the table says it."""
    before, behind = text[max(0, at - _AROUND) : at], text[at : at + _AROUND]
    front = "…" if at > _AROUND else ""  # what is not the start of the line
    if start == "lone_claim" and not front and not _CLAIM_WORD.match(text):
        front = "claim "
    marked = f"{front}{before}\0{behind}"
    for pattern, what, instead in _rows():
        found = pattern.search(marked)
        if found is None:
            continue
        groups = {n: part or ".." for n, part in enumerate(found.groups(), 1)}
        moved = pattern.groupindex.get("at", 0)
        mark = groups.pop(moved, "")
        if found.start(moved) >= 0 and moved:
            at += found.start(moved) - len(front) - len(before)
        message = f"{what}; expected {instead}"
        return at, message.format(*(groups[n] for n in sorted(groups)), at=mark)
    return None


@cache
def _rows() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    """The rows, with a character that stands in no text for the place."""
    return tuple(
        (re.compile(pattern.replace("‸", "\0")), what, instead) for pattern, what, instead in MEANT
    )


def _unexpected(
    text: str, at: int, bit: str, wanted: frozenset[str], expected: str, *, start: Start
) -> tuple[int, str]:
    """What people write for what the language has, said for what it is."""
    if bit in CLOSE.values():
        opened = _open_bracket(text, at)
        if opened is not None and CLOSE[text[opened]] != bit:
            return at, f"{bit!r} does not close {text[opened]!r}; expected {CLOSE[text[opened]]!r}"
    if bit[0] in "<>" and text[:at].endswith("="):  # the '=' before it was taken for one
        at -= 1
    for pattern, what, instead in INSTEAD:
        if re.match(pattern, text[at : at + 2]):
            return at, f"{what}; expected {instead}"
    if not bit.isascii():
        return at, foreign(bit)
    if bit == "=" and (wanted & {"TIMES", "$END"} or _open_bracket(text, at) is not None):
        return at, "'=' stands once in a line; expected '==' in a condition, or an operator"
    follows = _is_operand(bit) and "TIMES" in wanted
    if bit in TAKEN and not (follows and bit in (*CALLABLE, *REDUCING, *CONSTANTS)):
        return at, f"{bit!r} is a word of the language and cannot stand here; expected {expected}"
    joints = [called.strip("'") for token, called in _CALLED.items() if token in wanted & _JOINTS]
    near = nearest(bit, joints)
    if follows:
        return _without_operator(text, at, bit, near, start)
    return at, f"{bit!r} cannot stand here; expected {expected}{near}"


def _without_operator(text: str, at: int, bit: str, near: str, start: Start) -> tuple[int, str]:
    """What people mean where one thing follows another."""
    first = _TWO_WORDS.match(text)
    if first and first.end() - 1 == at and (start == "line" or nearest(first.group(1), LINES)):
        word = first.group(1)
        return first.start(1), (
            f"{word!r} does not start a line; expected {_LINE}{nearest(word, LINES)}"
        )
    shape = _CLAIMED.match(text)
    if shape and shape.end() == at and (meant := nearest(shape.group(1), SHAPES)):
        return shape.start(1), (
            f"{shape.group(1)!r} does not start a claim; expected 'A = B', or one of"
            f" {', '.join(SHAPES)}{meant}"
        )
    bound = _BOUND_BEFORE.search(text[:at])
    if bound:
        what = f"{bound.group(1)}[..] needs its body in parentheses"
        return at, f"{what}; expected {bound.group(1)}{bound.group(2)}(..)"
    if bit == "[" and text[:at].rstrip().endswith("]"):
        return at, "indices stand in one pair of brackets; expected ',' between them: x[i, k]"
    before = _WORD_BEFORE.search(text[:at])
    if before and (meant := written(before.group(1)) or ""):
        return before.start(1), f"{before.group(1)!r} is no reduction; expected {meant}"
    what = "follows without an operator; expected one: a product is written 2*x"
    return at, f"{bit!r} {what}{near}"


#: A left side and '==', and what would be a right '='.
_ASSIGNED = re.compile(r"[ \t]*[A-Za-z][A-Za-z0-9_]*[ \t]*(?:\[[^\[\]]*\])?[ \t]*==")
_EQUALS = re.compile(r"(?<![=!<>])=(?!=)")
_TWO_WORDS = re.compile(r"[ \t]*([A-Za-z][A-Za-z0-9_]*)[ \t]+[A-Za-z0-9]")
_WORD_BEFORE = re.compile(r"([A-Za-z][A-Za-z0-9_]*)[ \t]+$")
_BOUND_BEFORE = re.compile(rf"\b({'|'.join(REDUCING)})[ \t]*(\[[^\[\]]*\])[ \t]*$")
_CLAIMED = re.compile(r"[ \t]*(?:claim[ \t]+)?([A-Za-z][A-Za-z0-9_]*)[ \t]+")
_CONST_NAME = re.compile(r"[ \t]*const[ \t]+[A-Za-z][A-Za-z0-9_]*[ \t]*")
_CLAIM_WORD = re.compile(r"[ \t]*claim\b")
_LINE = f"one of {', '.join(LINES)}, or an equation"


def _is_operand(bit: str) -> bool:
    return bit[0].isalnum() or bit in "(["


def _expected(wanted: frozenset[str], start: Start, at: int) -> str:
    """What may stand at a place, in words."""
    if start == "line" and "ROLE" in wanted and at == 0:
        return _LINE
    words: list[str] = []
    rest = wanted
    if wanted >= _OPERANDS:
        words.append("an expression")
        rest -= _OPERANDS | _OPERATORS
    elif wanted & _OPERATORS:
        words.append("an operator")
        rest -= _OPERATORS
    elif "NAME" in wanted:
        words.append("a name")
    words += [called for token, called in _CALLED.items() if token in rest and called]
    if "LSQB" in rest and not wanted >= _OPERANDS:
        words.append("'['")
    if "LPAR" in rest and not wanted >= _OPERANDS:
        words.append("'('")
    words = list(dict.fromkeys(words)) or ["something else"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _open_bracket(text: str, at: int) -> int | None:
    """The bracket that is open at a place."""
    stack: list[int] = []
    for place in range(at):
        if text[place] in CLOSE:
            stack.append(place)
        elif text[place] in CLOSE.values() and stack:
            stack.pop()
    return stack[-1] if stack else None
