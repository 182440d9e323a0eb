"""An excerpt of the generated module, as it is."""

from __future__ import annotations

import ast
import textwrap

from symderive.codegen.layout import broken
from symderive.lecture.reading import Slide
from symderive.lecture.source import nearest
from symderive.lecture.words import words
from symderive.lecture.workshop import Workshop
from symderive.typeset.escape import latex_text
from symderive.typeset.slides import Frame, Part

#: What stands before the later lines of a comment.
_GOES_ON = "#     "
#: Sizes of type for code: command, characters on a line, height of a line in em.
SIZES = ((r"\footnotesize", 83, 1.0), (r"\scriptsize", 92, 0.86))


def frames(slide: Slide, workshop: Workshop) -> list[Frame]:
    """The lines of one function, on as many frames as they need."""
    source = workshop.source(slide, slide["level"])
    lines = _excerpt(slide, source)
    model = workshop.model(slide)
    title = workshop.title(slide, latex_text(f"{model.name}.py: {slide['function']}"))
    room = workshop.room(slide)
    said = words(slide, workshop, steps=0)
    above = sum(part.height for part in said)
    longest = max(map(len, lines))
    # Small type if that saves a frame, or if lines are long.
    size, columns, height = SIZES[0]
    fits = longest <= columns and len(lines) * height + 1.5 + above <= room.frame
    if not fits:
        size, columns, height = SIZES[-1]
    lines = [piece for line in _unwrapped(lines) for piece in _wrapped(line, columns)]
    foot = latex_text(f"symderive generate {slide['model']}") if slide["evidence"] else ""
    found = []
    first, most = (int((room.frame - free) / height) for free in (above + 1.5, 1.5))
    for piece in _frames(lines, first, most):
        body = f"{size}\n\\begin{{verbatim}}\n" + "\n".join(piece) + "\n\\end{verbatim}"
        part = Part(body, len(piece) * height + 1.5, 0)
        found.append(Frame(title, (*said, part), foot, fragile=True))
        said = []
    return found


def _excerpt(slide: Slide, source: str) -> list[str]:
    """The lines of the function that is asked for, or some of them."""
    tree = ast.parse(source)
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    name = slide["function"]
    if name not in functions:
        public = [known for known in functions if not known.startswith("_")]
        raise slide.where.error(
            f"the module has no function {name!r}; expected one of {', '.join(public)}"
            f"{nearest(name, public)}",
            "function",
        )
    node = functions[name]
    lines = source.splitlines()[node.lineno - 1 : node.end_lineno]
    lines = _without_docstring(node, lines)
    if slide["from"] is not None:
        start = next((n for n, line in enumerate(lines) if slide["from"] in line), None)
        if start is None:
            raise slide.where.error(f"no line of {name} holds {slide['from']!r}", "from")
        lines = lines[start:]
    if slide["lines"] is not None:
        lines = lines[: slide["lines"]]
    return textwrap.dedent("\n".join(lines)).splitlines()


def _without_docstring(node: ast.FunctionDef, lines: list[str]) -> list[str]:
    first = node.body[0]
    if ast.get_docstring(node) is None or first.end_lineno is None:
        return lines
    return lines[: first.lineno - node.lineno] + lines[first.end_lineno - node.lineno + 1 :]


def _unwrapped(lines: list[str]) -> list[str]:
    """Comments that go on over several lines, each on one again."""
    found: list[str] = []
    for line in lines:
        margin, sign, more = line.partition(_GOES_ON)
        if found and sign and not margin.strip() and found[-1].startswith(f"{margin}#"):
            found[-1] += f" {more}"
        else:
            found.append(line)
    return found


def _wrapped(line: str, columns: int) -> list[str]:
    """A line that is too long goes on further in; comments stay comments."""
    text = line.lstrip()
    margin = line[: len(line) - len(text)]
    if text.startswith("#"):
        return broken(text.removeprefix("# "), f"{margin}# ", f"{margin}{_GOES_ON}", columns)
    return broken(text, margin, f"{margin}        ", columns)


def _frames(lines: list[str], first: int, most: int) -> list[list[str]]:
    """Lines in pieces of at most ``first``, then ``most``, about as long as each other.

    A piece starts with a comment, or where less is indented, if it can.
    """
    pieces = []
    room = first
    while len(lines) > room:
        later = max(0, len(lines) - room)
        count = 1 + -(-later // most)
        least = max(1, len(lines) - (count - 1) * most)
        even = max(least, min(room, -(-len(lines) // count)))
        cut = min(
            range(max(least, even - most // 4), room + 1),
            key=lambda n: (_starts_badly(lines, n), abs(n - even)),
        )
        pieces.append(lines[:cut])
        lines, room = lines[cut:], most
    return [*pieces, lines]


def _starts_badly(lines: list[str], place: int) -> int:
    """How bad it is to go on with ``place`` on another frame."""
    here, before = lines[place].lstrip(), lines[place - 1].lstrip()
    if before.startswith("#") or before.endswith(":") or here.startswith(_GOES_ON.lstrip()):
        return 2
    return 0 if here.startswith(("#", "if ", "return ")) else 1
