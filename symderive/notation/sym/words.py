"""The words of the language, one table each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from sympy import Abs, S, cos, erf, log, oo, pi, sign, sin, tanh
from sympy.core.expr import Expr

from symderive.expr import Erfc, Exp, Log2, MaxOf, MinOf, Sigmoid, Softplus
from symderive.notation.sym.numbers import power


def _sqrt(argument: Expr, *, evaluate: bool = True) -> Expr:
    return power(argument, S.Half, evaluate=evaluate)


def _relu(argument: Expr, *, evaluate: bool = True) -> Expr:  # noqa: ARG001 - never evaluated
    return MaxOf(S.Zero, argument)


#: Functions of one real argument.
FUNCTIONS = {
    "exp": Exp,
    "log": log,
    "log2": Log2,
    "sqrt": _sqrt,
    "abs": Abs,
    "sign": sign,
    "sin": sin,
    "cos": cos,
    "tanh": tanh,
    "erf": erf,
    "erfc": Erfc,
    "sigmoid": Sigmoid,
    "softplus": Softplus,
    "relu": _relu,
}
#: Functions of two or more real arguments.
EXTREMES = {"max": MaxOf, "min": MinOf}
#: Functions of a condition and two reals.
WHERE = "where"
#: Reductions, with the kind of their node.
REDUCTIONS = ("sum", "mean", "prod", "max", "min")
#: Reductions that define a label.
SELECTIONS = ("argmax", "argmin")
CONSTANTS: dict[str, Expr] = {"pi": pi, "oo": oo}
LIMIT = "limit"
SIMPLEX = "simplex"

#: First words of a line.
LINES = ("data", "param", "label", "const", "index", "sample", "hide", "name", "claim")
SHAPES = ("convex", "concave", "increasing", "decreasing")
_JOINTS = ("and", "or", "not", "if", "in", "on", "for", "with")

CALLABLE = (*FUNCTIONS, *EXTREMES, WHERE)
REDUCING = (*REDUCTIONS, *SELECTIONS)

#: Words that no name may be.
TAKEN = frozenset(
    (*CALLABLE, *REDUCING, *CONSTANTS, LIMIT, SIMPLEX, *LINES, *SHAPES, *_JOINTS)
)  # fmt: skip

#: Longer names are not compared to find the nearest, nor more of them than this.
_LONGEST_COMPARED = 40
_MOST_COMPARED = 500


#: What functions are called elsewhere.
_ELSEWHERE = {"ln": "log", "sgn": "sign", "logistic": "sigmoid"}
_ELSEWHERE |= {"sigma": "sigmoid", "expit": "sigmoid"}
_ELSEWHERE |= {"avg": "mean", "average": "mean", "product": "prod", "ite": "where"}


#: Functions of other languages, as they are written here.
_WRITTEN = {
    "softmax": "exp(s[j]) / sum[l](exp(s[l]))",
    "log_softmax": "s[j] - log(sum[l](exp(s[l])))",
    "logsoftmax": "s[j] - log(sum[l](exp(s[l])))",
    "logsumexp": "log(sum[j](exp(s[j])))",
}
_SUBSCRIPTED = re.compile(rf"({'|'.join(REDUCING)})_([A-Za-z][A-Za-z0-9]*)$")


def written(name: str) -> str | None:
    """How what is called ``name`` elsewhere is written here, if that is no name.

    >>> written("sum_k"), written("logsumexp"), written("exp")
    ('sum[k](..)', 'log(sum[j](exp(s[j])))', None)
    """
    found = _SUBSCRIPTED.match(name)
    return f"{found[1]}[{found[2]}](..)" if found else _WRITTEN.get(name.lower())


def nearest(name: str, known: Iterable[str]) -> str:
    """``; did you mean ..?`` with the nearest of ``known``, or nothing.

    >>> nearest("Dleta", ["Delta", "s"]), nearest("q", ["Delta"]), nearest("ln", ["exp", "log"])
    ('; did you mean Delta?', '', '; did you mean log?')
    """
    if len(name) > _LONGEST_COMPARED:
        return ""
    names = [other for other in known if len(other) <= _LONGEST_COMPARED][:_MOST_COMPARED]
    lower = {other.lower(): other for other in reversed(names)}
    if _ELSEWHERE.get(name.lower()) in names:
        return f"; did you mean {_ELSEWHERE[name.lower()]}?"
    if name.lower() in lower:
        return f"; did you mean {lower[name.lower()]}?"
    found = get_close_matches(name, names, n=1)
    found = found or [o for o in names if len(o) > 1 and sorted(o) == sorted(name)]
    return f"; did you mean {found[0]}?" if found else ""


#: What people write, and what the language has instead; the first row that matches counts.
INSTEAD: tuple[tuple[str, str, str], ...] = (
    (r"\^", "'^' is not of the language", "'**' for a power"),
    (r"['\"`‘’“”]", "quotes are not of the language", "a name or a number"),
    (r"\.[0-9]", "a number starts with a digit", "a number such as 0.5"),
    (r"\.", "'.' is not of the language", "a number such as 0.5, or an operator"),
    (r"=>", "'=>' is not of the language", "'>=' between two sides, '->' in a limit"),
    (r"=<", "'=<' is not of the language", "'<=' between two sides"),
    (r"//", "'//' is not of the language", "'/' for a quotient"),
    (r"&&?", "'&' is not of the language", "'and'"),
    (r"\|\|?", "'|' is not of the language", "'or' between conditions, abs(..) for a magnitude"),
    (r"!(?!=)", "'!' is not of the language", "'not' or '!='"),
    (r"[%@$?`]", "this character is not of the language", "a name, a number or an operator"),
    (r"\\", "'\\' stands in lines 'name x \\hat{x}' only", "a name, a number or an operator"),
    (r"_", "a name starts with a letter", "a letter"),
    (r";", "';' separates the groups of an index line only", "the end of the line"),
    (r":", "':' stands in index and sample lines only", "'=' or an operator"),
    (r"\{", "'{' stands behind 'in', around a set of numbers, only", "'(' or '['"),
    (r"~", "'~' stands in claims only", "an operator"),
    (r"[×·⋅∙•]", "this sign is not of the language", "'*' for a product"),
    (r"[−–—]", "this is not the minus sign of the language", "'-'"),
    (r"÷", "this sign is not of the language", "'/'"),
    (r"≤", "this sign is not of the language", "'<='"),
    (r"≥", "this sign is not of the language", "'>='"),
    (r"≠", "this sign is not of the language", "'!='"),
    (r"∞", "this sign is not of the language", "'oo'"),
    (r"∑", "this sign is not of the language", "sum[j](..)"),
    (r"∏", "this sign is not of the language", "prod[j](..)"),
    (r"√", "this sign is not of the language", "sqrt(..)"),
    (r"∂", "this sign is not of the language", "dL[i]/dw[j], in a claim"),
    (r"²", "this sign is not of the language", "'**2'"),
    (r"[\u0391-\u03c9]", "names are of ASCII letters", "the name of the letter, such as alpha"),
    (r"[^\x00-\x7f]", "this character is not of the language", "names of ASCII letters"),
)
