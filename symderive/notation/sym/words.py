"""The words of the language, one table each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
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
_ELSEWHERE |= dict.fromkeys(("monotone", "monotonic", "monotonically"), "increasing")


#: Functions of other languages, as they are written here.
_WRITTEN = {
    "softmax": "exp(s[j]) / sum[l](exp(s[l]))",
    "log_softmax": "s[j] - log(sum[l](exp(s[l])))",
    "logsoftmax": "s[j] - log(sum[l](exp(s[l])))",
    "logsumexp": "log(sum[j](exp(s[j])))",
    "norm": "sqrt(sum[k](w[k]**2))",
    "dot": "sum[k](w[k] * x[k])",
    "log10": "log(x)/log(10)",
    "log1p": "log(1 + x)",
    "expm1": "exp(x) - 1",
    "tan": "sin(x)/cos(x)",
    "lim": "limit[t -> oo](..), in a claim",
    **dict.fromkeys(("grad", "gradient", "diff", "derivative"), "dloss/dw[j, k], in a claim"),
}
#: Names of numbers elsewhere, and what is said of them.
_NUMBERS = {
    "e": "; e to a power is written exp(..)",
    **dict.fromkeys(("inf", "infty", "infinity"), "; infinity is written oo"),
}
#: What the real numbers are called elsewhere.
_REALS = ("r", "rr", "real", "reals")
_SUBSCRIPTED = re.compile(rf"({'|'.join(REDUCING)})_([A-Za-z][A-Za-z0-9]*)$")


def written(name: str) -> str | None:
    """How what is called ``name`` elsewhere is written here, if that is no name.

    >>> written("sum_k"), written("logsumexp"), written("exp")
    ('sum[k](..)', 'log(sum[j](exp(s[j])))', None)
    """
    found = _SUBSCRIPTED.match(name)
    return f"{found[1]}[{found[2]}](..)" if found else _WRITTEN.get(name.lower())


def number_hint(name: str) -> str:
    """What is said of a name that is a number elsewhere, or nothing.

    >>> number_hint("inf"), number_hint("x")
    ('; infinity is written oo', '')
    """
    return _NUMBERS.get(name if len(name) == 1 else name.lower(), "")


def reals_hint(name: str) -> str:
    """What is said of a name of the real numbers behind ``in``, or nothing.

    >>> reals_hint("Reals"), reals_hint("C")
    ('; all real numbers are (-oo, oo)', '')
    """
    return "; all real numbers are (-oo, oo)" if name.lower() in _REALS else ""


def subscripted(name: str, axes: Mapping[str, int]) -> str:
    """``x[i, j]`` for ``x_ij``, if ``x`` is an array; ``axes`` counts those of each array.

    >>> subscripted("x_ij", {"x": 2}), subscripted("x_i", {"x": 2}), subscripted("u_i", {"x": 2})
    ('x[i, j]', 'x[i, ..]', '')
    """
    array, _, letters = name.rpartition("_")
    count = axes.get(array, 0)
    if not letters.isalpha() or not 0 < len(letters) <= count:
        return ""
    return f"{array}[{', '.join([*letters, *['..'] * (count - len(letters))])}]"


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


#: Characters that the language has.
_OWN = re.compile(r"[A-Za-z0-9_ +\-*/()\[\]{}<>=!,;:#~]")


def foreign(character: str) -> str:
    """What is wrong with a character that is not of ASCII, and what was expected.

    >>> foreign("\uff0b")
    "FULLWIDTH PLUS SIGN (U+FF0B) is not of the language; expected '+'"
    >>> foreign("\u00a0")
    'NO-BREAK SPACE (U+00A0) is not of the language; expected a blank'
    """
    code = f"U+{ord(character):04X}"
    name = unicodedata.name(character, "")
    called = f"{name} ({code})" if name else f"the character {code}"
    return f"{called} is not of the language; expected {_in_place_of(character, name)}"


def _in_place_of(character: str, name: str) -> str:
    same = unicodedata.normalize("NFKC", character)
    if unicodedata.category(character) == "Zs":
        return "a blank"
    if unicodedata.category(character) in ("Cf", "Zl", "Zp"):
        return "the line without it"
    if not _OWN.fullmatch(same):
        return "names of ASCII letters"
    return f"'**{same}'" if name.startswith("SUPERSCRIPT") else repr(same)


_NAME = r"([A-Za-z][A-Za-z0-9_]*)"
_INDEX = r"\[[^\[\]‸]*(?:\[[^\[\]‸]*\][^\[\]‸]*)*\]"
_FLAT = rf"(?:[^()\[\]‸]|{_INDEX})*"
_ITEM = rf"([A-Za-z][A-Za-z0-9_]*(?:{_INDEX})?)"
_CLAIM = r"^[ \t]*claim[ \t]+"
_ARRAY = r"^[ \t]*(data|param|label)[ \t]+"
_CONST = r"^[ \t]*const[ \t]+"
_FUNCTION = rf"\b({'|'.join(FUNCTIONS)})"
_REDUCTION = rf"\b({'|'.join(REDUCING)})"
_SHAPE = rf"({'|'.join(SHAPES)})\b"
_LIMIT = rf"(?P<at>\blim(?:it)?)[ \t]+‸{_NAME}[ \t]*->[ \t]*([-+\w]+)"
_REGION = r"(?:[ \t]+in[ \t]+(?:\w+|[\[({][^\[\](){}]*[\])}]))?"
_NO_JOINT = rf"(?!(?:{'|'.join(_JOINTS)})\b)"
_MODULE = r"\b(?:np|numpy|jnp|torch|math|tf|scipy|sp|sympy|F)‸\."
_PARTIAL = r"[ \t]*\\partial[ \t]*\\?([A-Za-z]+)_{?([A-Za-z])}?[ \t]*"
_COLON = "':' stands in index and sample lines only"
_CARET = "'^' is not of the language"
_VALUES = "{0} has no value here, for values come with the call"
_POSITIONS = "a label takes the positions on an axis"
_ONE_A_LINE = "one declaration stands on a line"
_FOR_ALL = "a claim holds for all indices as it stands"
_WHERE = "where(c, x, y) for 'x if c else y'"
_LATEX = "LaTeX stands in lines 'name x \\hat{{x}}' only"

#: What people mean by what stands around a place, which ``‸`` marks: what is wrong, and what was
#: expected, with {0}, {1}, .. for the groups. A group ``at`` moves the caret. The first row that
#: matches counts. A claim that stands alone is matched with ``claim`` before it.
MEANT: tuple[tuple[str, str, str], ...] = (
    # comments
    (r"^[ \t]*‸(?:%|//|/\*)", "a comment starts with '#'", "'#'"),
    (r"^[ \t]*(?P<at>--).*‸$", "a comment starts with '#'", "'#'"),
    # declarations
    (rf"^[ \t]*label[ \t]+{_ITEM}[ \t]*‸[=:](?!=)", _POSITIONS, "'in': label {0} in C"),
    (
        rf"{_ARRAY}{_ITEM}[ \t]*‸=[ \t]*(?:in\b|simplex\b|{{|\[[^\[\]]*\)|\([^()]*,)",
        "a domain stands behind 'in'",
        "'in': {0} {1} in ..",
    ),
    (rf"{_ARRAY}{_NAME}[ \t]*‸=[ \t]*\[", _VALUES, "an axis: '{0} {1}[N]'"),
    (rf"{_ARRAY}{_NAME}[ \t]*‸=(?!=)", _VALUES, "'{0} {1}', or 'const {1} = ..' for a number"),
    (rf"{_ARRAY}{_ITEM}[ \t]*‸=(?!=)", _VALUES, "'{0} {1}'"),
    (rf"{_ARRAY}{_NAME}[ \t]*‸:[ \t]*({_INDEX})", "axes stand behind the name", "'{0} {1}{2}'"),
    (rf"{_ARRAY}{_NAME}[ \t]*‸:", _COLON, "axes: '{0} {1}[N]', or a domain behind 'in'"),
    (rf"{_ARRAY}{_ITEM}[ \t]*‸:", _COLON, "a domain behind 'in', or the end of the line"),
    (rf"{_CONST}{_NAME}[ \t]*‸:", _COLON, "'=': const {0} = .."),
    (
        rf"{_ARRAY}{_NAME}[ \t]+in[ \t]+R‸(?:\^|\*\*)[ \t]*{{?[ \t]*([A-Z]\w*)[ \t]*(?:}}|$)",
        "axes stand behind the name",
        "'{0} {1}[{2}]'",
    ),
    (rf"{_ARRAY}.*\bin[ \t]+R‸(?:\^|\*\*)", "axes stand behind the name", "x[N, D], without 'in'"),
    (
        rf"{_ARRAY}{_ITEM}{_REGION}[ \t]*‸,[ \t]*(?!in\b){_ITEM}",
        _ONE_A_LINE,
        "the end of the line here, and '{0} {2}' on the next",
    ),
    (
        rf"{_CONST}[^()\[\]]*‸,[ \t]*{_NAME}",
        _ONE_A_LINE,
        "the end of the line here, and 'const {0} = ..' on the next",
    ),
    (
        r"^[ \t]*label\b.*\bin[ \t]*‸[{\[(0-9]",
        _POSITIONS,
        "the name of an axis, such as C",
    ),
    (
        rf"{_ARRAY}{_NAME}[ \t]*\[[^\[\]]*‸([0-9]\w*)",
        "'{2}' cannot stand here",
        "a name, for sizes are symbolic, such as N",
    ),
    (
        r"\bin[ \t]*{[^{}‸]*[\w)][ \t]+‸([A-Za-z0-9.]+)",
        "'{0}' cannot stand here",
        "',' or '}}'",
    ),
    # equations and marks
    (
        rf"(?P<at>\blambda)[ \t]*‸(?::|{_NAME}[ \t]*[,:])",
        "a lambda of Python is not of the language",
        "the expression alone, in names that are declared",
    ),
    (rf"^[ \t]*(?!claim\b){_ITEM}[ \t]*(?P<at><-).*‸$", "'<-' defines nothing", "'=': {0} = .."),
    (r"‸:=", "':=' is not of the language", "'='"),
    (
        rf"^[ \t]*{_ITEM}[ \t]*(?P<at>[-+*/])‸=(?!=)",
        "'{at}=' is not of the language",
        "'=', behind a new name",
    ),
    (r"(?P<at><)‸>", "'<>' is not of the language", "'!='"),
    (r"(?P<at>~)‸=|‸~=", "'~=' is not of the language", "'!=', or '~' in a claim"),
    # claims
    (r"^[ \t]*claim[ \t]*‸:", "no ':' stands behind 'claim'", "'claim A = B'"),
    (rf"{_CLAIM}(?:(?P<at>for)[ \t]+‸all\b|‸∀)", _FOR_ALL, "'A = B' alone"),
    (rf"{_CLAIM}(?P<at>forall)[ \t]+‸", _FOR_ALL, "'A = B' alone"),
    (
        rf"(?P<at>\bfor)[ \t]+(?:all|every|each|any)[ \t]+‸{_NAME}(?=[ \t]*(?:in\b|[<>]))",
        "'for' introduces one scalar",
        "'for {0} in ..'",
    ),
    (
        rf"{_CLAIM}.*(?P<at>\bfor)[ \t]+(?:all|every|each|any)[ \t]+‸",
        _FOR_ALL,
        "the end of the line",
    ),
    (rf"{_CLAIM}.*‸(?:forall\b|∀)", _FOR_ALL, "the end of the line"),
    *(
        (
            rf"\bfor[ \t]+{_NAME}[ \t]*‸{mark}[ \t]*(-?[0-9][0-9./]*)",
            "a domain stands behind 'in'",
            f"'for {{0}} in {domain}', or 'if {{0}} {mark} {{1}}' for a name of the model",
        )
        for mark, domain in (
            (">=", "[{1}, oo)"),
            ("<=", "(-oo, {1}]"),
            (">", "({1}, oo)"),
            ("<", "(-oo, {1})"),
        )
    ),
    (
        rf"{_CLAIM}(.{{1,60}}?)[ \t]+‸(?:is[ \t]+)?{_SHAPE}(?:[ \t]+in[ \t]+{_NAME})?",
        "'{1}' stands before what it is said of",
        "'{1} {0} in {2}'",
    ),
    (
        rf"{_CLAIM}.*‸is\b",
        "a claim relates two sides",
        "'A = B', with one of = <= >= < > ~, or 'convex A in t'",
    ),
    (
        rf"{_CLAIM}{_SHAPE}.*‸(wrt|over|along|with[ \t]+respect[ \t]+to|w\.r\.t\.?)[ \t]+{_NAME}",
        "'{1}' is not of the language",
        "'in': {0} .. in {2}",
    ),
    (
        rf"{_CLAIM}(.{{1,60}}?)[ \t]+‸implies[ \t]+(.{{1,60}}?)[ \t]*$",
        "a case stands behind its claim",
        "'{1} if {0}'",
    ),
    (
        rf"{_CLAIM}(.{{0,60}}[=<>].{{1,60}}?)[ \t]*(?P<at>=)‸>[ \t]*(.{{1,60}}?)[ \t]*$",
        "a case stands behind its claim",
        "'{1} if {0}'",
    ),
    (
        rf"{_CLAIM}.*‸(when|where(?![ \t]*\()|whenever|provided|assuming)\b",
        "'{0}' does not start a case",
        "'if': .. if C == 1",
    ),
    (
        rf"{_CLAIM}(?!.*\bif\b).*[=<>~].*(?P<at>\band)\b.*‸=",
        "a claim is one relation",
        "two claims",
    ),
    (
        rf"{_CLAIM}(?!.*\b(?:for|with)\b){_FLAT}[=<>~]{_FLAT}‸,.*[=<>~]",
        "one claim stands on a line",
        "two claims",
    ),
    # derivatives and limits
    (
        rf"\b(?P<at>d[ \t]*/[ \t]*d){_ITEM}[ \t]+‸{_ITEM}",
        "a derivative names first what is differentiated",
        "d{1}/d{0}, in a claim",
    ),
    (
        rf"\b(?P<at>partial|(?<=/)d|(?<=/[ ])d|(?<=claim[ ])d)[ \t]+‸{_NAME}",
        "a differential is one word",
        "d{0}, as in dloss/dw[j, k]",
    ),
    (
        r"\bd(?:‸\^[ \t]*2|\*\*2‸)|(?P<at>\bd2)[A-Za-z].{0,200}/[ \t]*d.{0,200}‸2",
        "a second derivative is the derivative of one",
        "d(dL/dt)/dt, in a claim",
    ),
    (
        rf"{_LIMIT}[ \t]*\(([^()]*)\)[ \t]*(?:[=<>~]|$)",
        "a limit is written otherwise",
        "limit[{0} -> {1}]({2})",
    ),
    (
        rf"{_LIMIT}(?:[ \t]+of\b)?[ \t]*([^=<>~]*?)[ \t]*(?:[=<>~]|$)",
        "a limit is written otherwise",
        "limit[{0} -> {1}]({2})",
    ),
    (
        rf"\blim(?:it)?[ \t]*({_INDEX})[ \t]*‸",
        "a limit needs its body in parentheses",
        "limit{0}(..)",
    ),
    # functions and reductions
    (
        rf"{_REDUCTION}[ \t]*\[[ \t]*{_NAME}[ \t]*‸=[ \t]*[0-9]",
        "an index runs over its whole axis",
        "{0}[{1}](..)",
    ),
    (
        rf"{_REDUCTION}[ \t]*\[[ \t]*{_NAME}[ \t]*‸in\b",
        "an index runs over its whole axis",
        "{0}[{1}](..)",
    ),
    (
        rf"{_REDUCTION}[ \t]*\(.*\b(?P<at>axis|dim|keepdims?)[ \t]*‸=",
        "a reduction names the index it runs over",
        "{0}[j](..)",
    ),
    (
        rf"{_FUNCTION}[ \t]+‸{_NO_JOINT}({_ITEM}|[0-9][0-9.]*)(?![\w(.\[])",
        "the argument of a function stands in parentheses",
        "{0}({1})",
    ),
    (
        rf"{_FUNCTION}[ \t]+‸{_NO_JOINT}[A-Za-z0-9]",
        "the argument of a function stands in parentheses",
        "{0}(..)",
    ),
    (
        rf"^[ \t]*(?!claim\b){_ITEM}[ \t]+‸{_REDUCTION}[ \t]*({_INDEX})",
        "'{1}' follows without '='",
        "'=': {0} = {1}{2}(..)",
    ),
    (
        rf"\b{_NO_JOINT}(\w[\w./*]*)(?<![./*])[ \t]*‸{_REDUCTION}[ \t]*({_INDEX})",
        "'{1}' follows without an operator",
        "one: a product is written {0}*{1}{2}(..)",
    ),
    (
        rf"{_REDUCTION}[ \t]*\((.{{1,60}}?)[ \t]*‸for[ \t]+{_NAME}[ \t]+in\b",
        "a reduction names the index it runs over",
        "{0}[{2}]({1})",
    ),
    (r"(?P<at>\bif)[ \t]+‸.*\belse\b", "'else' is not of the language", _WHERE),
    (r"‸if\b.*\belse\b|\bif\b.*‸else\b", "'else' is not of the language", _WHERE),
    (
        r"‸(when|whenever)[ \t]+\w",
        "'{0}' is not of the language",
        "where(c, x, y), which is x where c holds",
    ),
    (r"‸\|\|[^|]+\|\|", "'||' is not of the language", "sqrt(sum[k](w[k]**2)) for a norm"),
    # modules, methods, slices
    (rf"{_MODULE}({'|'.join(FUNCTIONS)})\(", "no module stands before a function", "{0}(..)"),
    (rf"{_MODULE}({'|'.join(REDUCING)})\(", "no module stands before a reduction", "{0}[j](..)"),
    (rf"{_MODULE}pi\b", "no module stands before a number", "pi"),
    (rf"{_MODULE}", "there are no modules", "an expression in indices, such as exp(x[i])"),
    (
        r"[\w)\]]‸\.(?:T|transpose)\b",
        "there are no transposes",
        "indices, as in sum[k](x[i, k] * w[k])",
    ),
    (rf"[\w)\]]‸\.({'|'.join(REDUCING)})\(", "there are no methods", "{0}[j](..)"),
    (r"‸@", "there are no products of matrices", "indices, as in sum[k](x[i, k] * w[k])"),
    (r"\[[^\[\]]*‸:", "there are no slices", "an index letter in each slot, as in x[i, k]"),
    # numbers
    (
        r"[0-9]‸\.\.[ \t]*[A-Z]",
        "there are no ranges",
        "an index letter, which runs over its whole axis",
    ),
    (r"\b([0-9]+)‸\.(?![0-9])", "a number ends with a digit", "{0} or {0}.0"),
    (r"\b1‸_?{", "an indicator is written in brackets", "[cond], such as [i == j]"),
    (r"\b[0-9]+‸_[0-9]", "digits stand together", "a number such as 1000"),
    (
        r"\b[0-9]+(?:\.[0-9]+)?‸[eE](?![A-Za-z0-9_])",
        "an exponent has digits",
        "a number such as 1e3, or an operator",
    ),
    (r"[\w)\]]‸!(?=[ \t]*(?:[-+*/,)\]]|$))", "there is no factorial", "an operator"),
    # braces and powers
    (
        r"[=(,*/+<>-][ \t]*‸{[^{}]*,",
        "'{{' stands behind 'in', around a set of numbers, only",
        "where(c, a, b) for cases",
    ),
    (r"\be‸\^[ \t]*{([^{}]*)}", _CARET, "exp({0}) for e to a power, '**' for another"),
    (rf"\be‸\^[ \t]*{_NAME}(?![\[(])", _CARET, "exp({0}) for e to a power, '**' for another"),
    (r"\be‸\^", _CARET, "exp(..) for e to a power, '**' for another"),
    (
        r"^(?![ \t]*(?:data|param|label|const)\b).*‸\^[ \t]*{([^{}]*)}",
        _CARET,
        "'**' for a power: **({0})",
    ),
    (rf"{_REDUCTION}_‸{{[ \t]*{_NAME}", "an index stands in brackets", "{0}[{1}](..)"),
    (rf"\b{_NAME}_‸{{([A-Za-z]+)}}", "an index stands in brackets", "{0}[..]"),
    # LaTeX
    (
        rf"‸\\[dt]?frac[ \t]*{{{_PARTIAL}}}[ \t]*{{{_PARTIAL}}}",
        _LATEX,
        "d{0}[{1}]/d{2}[{3}], in a claim",
    ),
    (r"‸\\[dt]?frac[ \t]*{[ \t]*(?:\\partial\b|d[A-Za-z])", _LATEX, "dL[i]/dw[j], in a claim"),
    (r"‸\\[dt]?frac\b", _LATEX, "'/' for a quotient: (..)/(..)"),
    (r"‸\\(sum|prod|max|min)_[ \t]*{?[ \t]*([A-Za-z])\b", _LATEX, "{0}[{1}](..)"),
    (r"‸\\(sum|prod|max|min)(?![A-Za-z])", _LATEX, "{0}[k](..)"),
    (r"‸\\(?:cdot|times|ast)\b", _LATEX, "'*' for a product"),
    (r"‸\\leq?\b", _LATEX, "'<='"),
    (r"‸\\geq?\b", _LATEX, "'>='"),
    (r"‸\\neq?\b", _LATEX, "'!='"),
    (r"‸\\infty\b", _LATEX, "oo"),
    (r"‸\\(?:left|right)\b", _LATEX, "the bracket alone"),
    (r"‸\\(?:partial|nabla)\b", _LATEX, "dL[i]/dw[j], in a claim"),
    (rf"‸\\({'|'.join(FUNCTIONS)})(?![A-Za-z])", _LATEX, "{0}(..)"),
    (rf"^(?![ \t]*name).*‸\\{_NAME}", _LATEX, "the name alone: {0}"),
)

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
    (r"%", "'%' is not of the language", "an operator, or '#' before a comment"),
    (r"\$", "dollars are not of the language", "the formula without them"),
    (r"[@?`]", "this character is not of the language", "a name, a number or an operator"),
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
    (r"[→⟶]", "this sign is not of the language", "'->' in a limit"),
    (r"[⇒⟹]", "this sign is not of the language", "'if' behind a claim"),
    (r"≈", "this sign is not of the language", "'~' in a claim"),
    (r"∈", "this sign is not of the language", "'in'"),
    (r"∀", "this sign is not of the language", "a claim alone, which holds for all indices"),
    (r"∇", "this sign is not of the language", "dloss/dw[j, k], in a claim"),
    (r"𝟙", "this sign is not of the language", "[cond], such as [i == j]"),
    (r"ℝ", "this sign is not of the language", "(-oo, oo), or no domain at all"),
    (r"∑|Σ", "this sign is not of the language", "sum[j](..)"),
    (r"∏|Π", "this sign is not of the language", "prod[j](..)"),
    (r"√", "this sign is not of the language", "sqrt(..)"),
    (r"∂", "this sign is not of the language", "dL[i]/dw[j], in a claim"),
    (r"²", "this sign is not of the language", "'**2'"),
    (r"[\u0391-\u03c9]", "names are of ASCII letters", "the name of the letter, such as alpha"),
)
