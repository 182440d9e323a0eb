"""A formula on paper as text for a terminal: Unicode, in one line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from symderive.notation import layout as lay
from symderive.notation.latex import ends_open, stands_for_letter
from symderive.notation.layout import Layout, tightness
from symderive.notation.spelling import BIGS, CALLS, JUNCTIONS, OTHERWISE, RELATIONS


class TextPrinter:
    """Prints layouts as text; ``brace`` says how a term and the value of its brace are written."""

    def __init__(
        self,
        *,
        own_sigma: bool = False,
        brace: Callable[[str, str], str] = lambda body, under: f"{body} [= {under}]",
    ) -> None:
        self.calls = CALLS | OTHERWISE if own_sigma else CALLS
        self.brace = brace
        self._print: dict[type[Layout], Callable[..., str]] = {
            lay.Word: self._word,
            lay.Scripted: self._scripted,
            lay.Call: self._call,
            lay.Sum: self._sum,
            lay.Product: self._product,
            lay.Fraction: self._fraction,
            lay.Power: self._power,
            lay.Exponential: self._exponential,
            lay.Root: self._root,
            lay.Magnitude: self._magnitude,
            lay.Big: self._big,
            lay.Relation: self._relation,
            lay.Junction: self._junction,
            lay.Indicator: self._indicator,
            lay.Cases: self._cases,
            lay.Differential: self._differential,
            lay.Derived: self._derived,
            lay.Underbrace: self._underbrace,
        }

    def text(self, node: Layout) -> str:
        """``node`` in one line."""
        return self._print[type(node)](node)

    def _inside(self, node: Layout, loosest: int) -> str:
        """``node``, in parentheses if it is looser than ``loosest``."""
        text = self.text(node)
        return f"({text})" if tightness(node) < loosest else text

    def _word(self, node: lay.Word) -> str:
        return node.text

    def _scripted(self, node: lay.Scripted) -> str:
        above = ""
        if node.above is not None:
            above = "^" + _grouped(node.above.text)
        slots = [self.text(slot) for slot in node.slots]
        if not slots:
            return node.base.text + above
        plain = all(_is_letter(slot) for slot in slots)
        inner = "".join(slots) if plain else " ".join(slots)
        return f"{node.base.text}{above}_{inner if plain else f'{{{inner}}}'}"

    def _call(self, node: lay.Call) -> str:
        head = self.calls[node.function].text
        args = ", ".join(map(self.text, node.args))
        return f"{head} {args}" if ends_open(node) else f"{head}({args})"

    def _sum(self, node: lay.Sum) -> str:
        text = ""
        for position, (minus, term) in enumerate(node.terms):
            sign = (" - " if minus else " + ") if position else ("-" if minus else "")
            text += sign + self._inside(term, lay.PREFIX)
        return text

    def _product(self, node: lay.Product) -> str:
        text = ""
        last = len(node.factors) - 1
        for position, factor in enumerate(node.factors):
            part = self._inside(factor, lay.PREFIX)
            if position != last and ends_open(factor) and not part.startswith("("):
                part = f"({part})"
            if not position:
                text = part
            elif _needs_dot(node.factors[position - 1], factor, part):
                text += f" · {part}"
            else:
                text += f" {part}"
        return text

    def _fraction(self, node: lay.Fraction) -> str:
        top = self._inside(node.top, lay.POWER if ends_open(node.top) else lay.PREFIX)
        return f"{top}/{self._inside(node.bottom, lay.POWER)}"

    def _power(self, node: lay.Power) -> str:
        base = self.text(node.base)
        above = isinstance(node.base, lay.Scripted) and node.base.above is not None
        if above or tightness(node.base) < lay.ATOM or ends_open(node.base):
            base = f"({base})"
        exponent = self.text(node.exponent)
        if exponent in _SUPERSCRIPTS:
            return base + _SUPERSCRIPTS[exponent]
        return f"{base}^{_grouped(exponent)}"

    def _exponential(self, node: lay.Exponential) -> str:
        return f"e^{_grouped(self.text(node.exponent))}"

    def _root(self, node: lay.Root) -> str:
        return f"√({self.text(node.body)})"

    def _magnitude(self, node: lay.Magnitude) -> str:
        return f"|{self.text(node.body)}|"

    def _big(self, node: lay.Big) -> str:
        letters = [self.text(letter) for letter in node.letters]
        below = ",".join(letters)
        if node.cond is not None:
            cond = self.text(node.cond)
            if isinstance(node.cond, lay.Relation):
                cond = cond.replace(" ", "") if " - " not in cond and " + " not in cond else cond
            below = cond if stands_for_letter(node) else f"{below}: {cond}"
        body = self._inside(node.body, lay.PREFIX)
        return f"{BIGS[node.kind].text}_{_grouped(below)} {body}"

    def _relation(self, node: lay.Relation) -> str:
        return f"{self.text(node.left)} {RELATIONS[node.op][1]} {self.text(node.right)}"

    def _junction(self, node: lay.Junction) -> str:
        parts = (
            f"({self.text(part)})" if isinstance(part, lay.Junction) else self.text(part)
            for part in node.parts
        )
        return f" {JUNCTIONS[node.word][1]} ".join(parts)

    def _indicator(self, node: lay.Indicator) -> str:
        return f"𝕀({self.text(node.cond)})"

    def _cases(self, node: lay.Cases) -> str:
        parts = []
        last: Layout = node
        while isinstance(last, lay.Cases):
            parts.append(f"{self.text(last.yes)} if {self.text(last.cond)}")
            last = last.no
        return f"{{{'; '.join(parts)}; {self.text(last)} otherwise}}"

    def _differential(self, node: lay.Differential) -> str:
        of = "" if node.of is None else self._inside(node.of, lay.POWER)
        return f"∂{of}/∂{self.text(node.wrt)}{'|direct' if node.direct else ''}"

    def _derived(self, node: lay.Derived) -> str:
        mark = "|direct" if node.direct else ""
        return f"∂/∂{self.text(node.wrt)}{mark} {self._inside(node.body, lay.PREFIX)}"

    def _underbrace(self, node: lay.Underbrace) -> str:
        return self.brace(self.text(node.body), self.text(node.under))


_SUPERSCRIPTS = {str(n): mark for n, mark in zip(range(10), "⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True)}


def _is_letter(text: str) -> bool:
    return len(text) == 1


def _grouped(text: str) -> str:
    return text if _is_letter(text) else f"{{{text}}}"


def _needs_dot(before: Layout, factor: Layout, part: str) -> bool:
    kinds: Sequence[type[Layout]] = (lay.Differential, lay.Fraction, lay.Underbrace)
    if isinstance(before, tuple(kinds)) or isinstance(factor, tuple(kinds)):
        return True
    if part[0].isdigit():
        return True
    return isinstance(before, lay.Word) and before.number and before.text == "1"
