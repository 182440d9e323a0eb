"""Mutated texts through reading, showing, deriving and generating: nothing runs, nothing leaks."""

from __future__ import annotations

import ast
import builtins
import random
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from symderive.catalog import load, names
from symderive.codegen import generate_source
from symderive.derive import derive, gradient
from symderive.errors import CheckError, NotSupportedError, SymderiveError
from symderive.model import Model
from symderive.notation.sym import read_model
from symderive.notation.text import model_text
from symderive.pipeline import definition
from symderive.stabilise import stabilise, stabilise_gradient
from symderive.typeset import typeset
from tests.fuzz.journey import FoundError

ROOT = Path(__file__).parents[1] / "notation" / "sym"
#: What might run, or get into a page, if a text were believed.
HOSTILE = (
    "param b\nL = __import__('os').system('touch PWNED') + b\n",
    "param b\nL = b.__class__.__mro__\n",
    "param b\nL = eval(b) + exec(b) + open(b)\n",
    "param b\nname b \\write18{touch PWNED}\nL = b**2\n",
    "param b\nname b \\input{/etc/passwd}\nL = b**2\n",
    "param b\nname b {}}\\def\\b{x}{{}\nL = b**2\n",
    "param b\nname b <script>alert(1)</script>\nL = b**2\n",
    "param b # <script>alert(1)</script> {{ 7*7 }} << 7*7 >> <% if 1 %>\nL = b**2\n",
    "param script\nparam alert\nL = script*alert # </script>\n",
    "param lambda\nparam import_\nparam None\nparam grads\nL = lambda*import_*None*grads\n",
    "param np\nparam E\nparam I\nparam wrt\nparam dw\nparam exec\nL = np*E*I*wrt*dw*exec**2\n",
    "param input\nparam write\nparam def\nparam end\nL = input*write*def/end\n",
    "param x_y_z\nparam a__b\nparam q_\nL = x_y_z*a__b*q_\n",
    "data x[N]\nparam __\nL = sum[i](x[i])\n",
    "param b\nL = 9**9**9\n",
    "param b\nL = " + "(" * 300 + "b" + ")" * 300 + "\n",
    'param b\nL = b"""\nimport os\n"""\n',
    "param b\nL = b\\nimport os\n",
    "param b\nL = f'{b}'\n",
    "claim b = b\nparam b\n",
)
SPLIT = re.compile(r"\w+|\*\*|[=!<>]=|->|\s+|.", re.DOTALL)
WORDS = re.split(
    " ",
    "sum [ ] ( ) , if j i k x w 1 0 oo ** - / * == != < = and or not where max log exp abs sqrt in"
    " for with on claim ~ { } \n # pi 1e9 1e-300 N y[i] d dw[j] limit[w->oo]( argmax prod 0.5 \t \0"
    " \x1b \ufeff \u202e \\ name hide index sample : ; tanh (-1) **(1/3) **999 9**99 \ud800 \u221e"
    " <script> $ % & \\input{x} {{7*7}} __import__ lambda ' \" mean min sign erf relu softplus",
)
CHARACTERS = "()[]{}+-*/=<>!,;:.#_\\\"'`~@$%^&| \t\n09azAZ\u00e9\u03b1\u2211\u0000\u200b"

#: What generated code may call or read without defining it.
BUILTINS = frozenset(
    {
        "isinstance",
        "int",
        "float",
        "bool",
        "str",
        "tuple",
        "dict",
        "list",
        "len",
        "range",
        "slice",
        "getattr",
        "hasattr",
        "type",
        "ValueError",
        "OverflowError",
        "TypeError",
        "min",
        "max",
        "abs",
        "sum",
        "zip",
        "enumerate",
        "any",
        "all",
        "repr",
        "sorted",
        "set",
        "super",
    }
)


@cache
def seeds() -> tuple[str, ...]:
    """Valid texts to start from."""
    found = [path.read_text("utf-8") for path in sorted((ROOT / "models").glob("*.sym"))]
    found += [model_text(load(name)) for name in names()[::3]]
    return (*found, *HOSTILE)


def mutated(seed: int) -> str:
    """The text of a seed: one that is valid, with characters, tokens and lines exchanged."""
    rng = random.Random(seed)  # noqa: S311 - texts, not secrets
    text = rng.choice(seeds())
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        text = rng.choice((_character, _token, _token, _line))(text, rng)
    return text


def _character(text: str, rng: random.Random) -> str:
    place = rng.randrange(len(text) + 1)
    match rng.randrange(3):
        case 0:
            return text[:place] + text[place + 1 :]
        case 1:
            return text[:place] + rng.choice(CHARACTERS) + text[place:]
    return text[:place] + rng.choice(CHARACTERS) + text[place + 1 :]


def _token(text: str, rng: random.Random) -> str:
    tokens = SPLIT.findall(text)
    place = rng.randrange(len(tokens) + 1)
    other = rng.randrange(len(tokens) + 1)
    match rng.randrange(5):
        case 0:
            del tokens[place : place + rng.randint(1, 3)]
        case 1:
            tokens.insert(place, rng.choice(WORDS))
        case 2:
            tokens[place : place + 1] = [rng.choice(WORDS)]
        case 3:
            tokens[place : place + 1] = tokens[other : other + 1]
        case _:
            tokens[place:place] = tokens[other : other + 8] * rng.choice((1, 1, 2, 30))
    return "".join(tokens)


def _line(text: str, rng: random.Random) -> str:
    lines = text.split("\n")
    place, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    match rng.randrange(4):
        case 0:
            del lines[place]
        case 1:
            lines.insert(place, lines[other])
        case 2:
            lines[place], lines[other] = lines[other], lines[place]
        case _:
            lines.insert(place, rng.choice(rng.choice(seeds()).split("\n")))
    return "\n".join(lines)


def visit(text: str) -> str:
    """Read ``text``, and if it is a model use it; raises what goes wrong.

    Returns how far it came: ``refused``, ``claims``, ``not supported`` or ``used``.
    """
    sources: list[str] = []
    with watched():
        outcome = _visit(text, sources)
    for source in sources:
        _python(source)
    return outcome


def _visit(text: str, sources: list[str]) -> str:
    try:
        model = read_model(text, "mutated")
    except SymderiveError as error:
        if isinstance(error, CheckError):
            raise
        _plain(str(error), "the message")
        return "refused"
    if not model.equations:
        return "claims"
    _plain(definition(model, "text"), "show --to text")
    _latex(definition(model, "latex"))
    with suppress(NotSupportedError):
        _plain(definition(model, "sympy"), "show --to sympy")
    shown = definition(model, "sym")
    again = read_model(shown, "mutated")
    if (again.declarations, again.equations) != (model.declarations, model.equations):
        raise FoundError(f"shown and read back, the model is another one:\n{shown}")
    return _use(model, sources)


def _use(model: Model, sources: list[str]) -> str:
    try:
        wrt = model.default_wrt()[:1]
        derivations = [derive(model, wrt=name) for name in wrt]
        if derivations:
            _latex(typeset(derivations, to="latex", detail="full"))
            _markdown(typeset(derivations, to="markdown"))
            _plain(typeset(derivations, to="terminal"), "the derivation")
        gradients = gradient(stabilise(model).model, list(wrt))
        sources.append(generate_source(stabilise_gradient(gradients), definition=model))
    except SymderiveError as error:
        if isinstance(error, CheckError):
            raise
        _plain(str(error), "the message")
        return "not supported"
    return "used"


# --- what comes out ---------------------------------------------------------------------------


def _plain(text: str, what: str) -> None:
    """Nothing that a terminal obeys."""
    bad = next((c for c in text if not (c.isprintable() or c == "\n")), None)
    if bad is not None:
        raise FoundError(f"{what} holds {bad!r}")


_COMMAND = re.compile(r"\\([A-Za-z]+|.)", re.DOTALL)
#: What would read, write, define or leave the formula.
_FORBIDDEN = frozenset(
    {
        "input",
        "include",
        "write",
        "openout",
        "openin",
        "read",
        "catcode",
        "def",
        "edef",
        "gdef",
        "xdef",
        "let",
        "futurelet",
        "csname",
        "immediate",
        "special",
        "usepackage",
        "documentclass",
        "newcommand",
        "renewcommand",
        "loop",
        "expandafter",
        "href",
        "url",
        "includegraphics",
        "verb",
        "lstinputlisting",
        "directlua",
        "ShellEscape",
    }
)


def _latex(text: str) -> None:
    """Formulas only: no command that acts, no character that comments or ends a formula."""
    commands = set(_COMMAND.findall(text))
    if commands & _FORBIDDEN:
        raise FoundError(f"LaTeX holds {sorted(commands & _FORBIDDEN)}")
    rest = _COMMAND.sub("", text)
    # Lines of a template may begin with a comment, never end with one.
    rest = re.sub(r"^%.*$", "", rest, flags=re.MULTILINE)
    if re.search(r"[%#~]", rest) or not text.isascii():
        raise FoundError(f"LaTeX holds text that is not escaped:\n{text}")
    depth = 0
    for character in rest:
        depth += (character == "{") - (character == "}")
        if depth < 0:
            break
    if depth:
        raise FoundError(f"the braces of LaTeX do not match:\n{text}")


def _markdown(text: str) -> None:
    if re.search(r"<\s*/?\s*[A-Za-z!]{2}", text):
        raise FoundError(f"Markdown holds what may be HTML:\n{text}")


def _python(source: str) -> None:
    """A module that imports NumPy alone, and uses no name that it does not define."""
    tree = ast.parse(source)
    bound = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=[ast.alias(name="numpy", asname=alias)]):
                bound.add(alias or "numpy")
            case ast.Import() | ast.ImportFrom():
                raise FoundError("generated code imports more than NumPy")
            case ast.FunctionDef(name=name, args=arguments):
                bound.add(name)
                every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
                bound |= {argument.arg for argument in every}
                rest = (arguments.vararg, arguments.kwarg)
                bound |= {argument.arg for argument in rest if argument is not None}
            case ast.ExceptHandler(name=str() as name):
                bound.add(name)
            case ast.Attribute(attr=attribute) if attribute.startswith("__"):
                raise FoundError(f"generated code uses {attribute}")
    free = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} - bound - BUILTINS
    if free:
        raise FoundError(f"generated code uses {sorted(free)}, which it does not define")
    assert set(dir(builtins)) >= BUILTINS


# --- what runs --------------------------------------------------------------------------------


_ACTS = re.compile(
    r"os\.(system|exec|posix_spawn|spawn|fork|remove|rename)|subprocess|socket\.|ctypes"
)
_WATCH: list[list[str]] = []


def _audit(event: str, args: tuple[Any, ...]) -> None:
    if not _WATCH:
        return
    if _ACTS.match(event):
        _WATCH[-1].append(event)
    elif event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        _WATCH[-1].append(f"open {args[0]}")
    elif event == "compile" and not _is_ours(str(args[1])):
        _WATCH[-1].append(f"compile {args[0]!r:.80}")
    elif event == "exec" and not _is_ours(getattr(args[0], "co_filename", "")):
        _WATCH[-1].append(f"exec {args[0]!r:.80}")


def _is_ours(filename: str) -> bool:
    """Whether code is imported, a template, made by SymPy's polynomials, or parsed and not run."""
    if Path(filename).suffix in {".py", ".j2"} or filename == "<template>":
        return True
    return Path(sys._getframe(2).f_code.co_filename).name in {"monomials.py", "ast.py"}


@cache
def _listen() -> None:
    """Listen from now on; what a first use of our libraries compiles is past then."""
    _visit("param b\nL = tanh(b)**2\n", [])
    sys.addaudithook(_audit)


@contextmanager
def watched() -> Iterator[None]:
    """Python itself says what is compiled, run, opened for writing or started meanwhile."""
    _listen()
    _WATCH.append([])
    try:
        yield
    finally:
        events = _WATCH.pop()
    if events:
        raise FoundError(f"something ran: {events[0]}")
