"""From a derivation to what stands on paper: chains of equalities under headings, for one detail.

No target is known here: formulas are layouts, words are words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from sympy import S
from sympy.core.basic import Basic

from symderive.derive.derivation import Derivation
from symderive.derive.display import (
    Adjoint,
    Block,
    Brace,
    Derivative,
    Display,
    Leaf,
    Partial,
    Power,
    Product,
    Quotient,
    Step,
    Sum,
    Total,
    walk,
)
from symderive.errors import CheckError
from symderive.expr import elements
from symderive.model import Model
from symderive.notation import Layout, Printer, Scope, free_letters
from symderive.notation import layout as lay

LEVELS = ("result", "slide", "full")

#: Words and formulas in turn.
Prose = tuple[str | Layout, ...]


@dataclass(frozen=True)
class Link:
    """One ``= right`` and why."""

    right: Layout
    note: Prose = ()
    step: Step | None = None


@dataclass(frozen=True)
class Chain:
    """``left = right = right``, and so on; ``source`` is what ``left`` shows.

    ``op`` is the relation between the sides: ``==``, or ``<-`` for what is assigned.
    """

    left: Layout
    links: tuple[Link, ...]
    source: Display | None = None
    scope: Scope = field(default_factory=Scope)
    op: str = "=="


@dataclass(frozen=True)
class Section:
    """A block on paper: a heading and its chains.

    ``brief`` is the heading where there is no room for it; an ``inline`` one may share its line.
    """

    kind: str
    heading: Prose
    chains: tuple[Chain, ...]
    block: Block
    case: Layout | None = None
    subject: Layout | None = None
    text: str = ""
    brief: Prose = ()
    inline: bool = False


@dataclass(frozen=True)
class Outline:
    """A derivation on paper."""

    derivation: Derivation
    printer: Printer
    of: Layout
    wrt: Layout
    sections: tuple[Section, ...]
    detail: str

    @property
    def goal(self) -> Layout:
        """The derivative that is asked for."""
        return lay.Differential(self.of, self.wrt)

    @property
    def title(self) -> Prose:
        """What the derivation is of."""
        return ("Gradient of ", self.of, " with respect to ", self.wrt)


#: Headings by kind of block; those of cases and of local derivatives are made from formulas.
HEADINGS: dict[str, str] = {
    "merged": "Both in one line:",
    "closing": "For all samples:",
    "stabilise": "Without overflow:",
    "update": "Gradient descent:",
}
#: Kinds of block whose lines assign: ``w <- w - eta dL/dw``.
_ASSIGNING = frozenset({"update"})
#: Rules that say no more than their line does.
_WITHOUT_NOTE = frozenset({"", "result", "definition", "merge"})
#: Kinds whose heading may stand in one line with a short formula.
_INLINE = frozenset({"merged", "closing", "update"})


def outline(
    derivation: Derivation, *, detail: str = "slide", sample_index: str = "hide"
) -> Outline:
    """Lay out what of ``derivation`` is shown at ``detail``."""
    printer = Printer(_of_all_samples(derivation), sample_index)
    arranger = DisplayArranger(printer)
    shown = LEVELS.index(detail)
    sections = [
        section
        for block in derivation.blocks
        if _is_shown(block, shown)
        for section in [_section(block, arranger, shown)]
        if section is not None
    ]
    cases = sum(section.kind == "case" for section in sections)
    if cases != 2:
        sections = [_retitled(section) for section in sections]
    if detail == "result":
        sections = _results(sections)
    ends = derivation.goal.of, derivation.goal.wrt
    scope = printer.scope(*ends)
    of, wrt = (printer.layout(end, scope) for end in ends)
    return Outline(derivation, printer, of, wrt, tuple(sections), detail)


def _of_all_samples(derivation: Derivation) -> Model:
    """The model as it is printed: what is derived of all samples shows the index of each.

    ``delta_i`` and ``delta`` would else be one thing, with its index below a sum and without it
    elsewhere.
    """
    model, sample = derivation.working, derivation.working.sample
    if sample is None or sample in derivation.goal.of.slots:
        return model
    hidden = frozenset(pair for pair in model.notation.hidden if pair[0] != sample.name)
    return replace(model, notation=replace(model.notation, hidden=hidden))


def _is_shown(block: Block, shown: int) -> bool:
    """Whether ``block`` is shown; a result is, whatever the level of its block."""
    if any(step.level == LEVELS[0] for step in block.steps):
        return True
    return LEVELS.index(block.level) <= shown


def _retitled(section: Section) -> Section:
    if section.kind != "merged":
        return section
    return replace(section, heading=("In one line:",))


def _results(sections: Sequence[Section]) -> list[Section]:
    """The merged line alone if there is one, else every case."""
    found = [section for section in sections if section.chains]
    merged = [section for section in found if section.kind == "merged"]
    if not merged:
        return found
    apart = [section for section in found if section.kind not in ("case", "merged")]
    return [*apart, *(replace(section, heading=()) for section in merged)]


def _section(block: Block, arranger: DisplayArranger, shown: int) -> Section | None:
    expressions = [*_expressions(block), block.case]
    letters = arranger.printer.scope(*expressions)
    chains: list[Chain] = []
    left: Display | None = None
    pending: list[Step] = []

    def close() -> None:
        if left is not None and pending:
            chains.append(arranger.chain(left, pending, letters, block.case))

    for step in block.steps:
        if step.left is not None:
            close()
            left, pending = step.left, []
        if LEVELS.index(step.level) <= shown:
            pending = [*pending, step]
    close()
    if block.kind in _ASSIGNING:
        chains = [replace(chain, op="<-") for chain in chains]
    case = None if block.case == S.true else arranger.printer.layout(block.case, letters)
    subject = None if block.subject is None else arranger.display(block.subject, letters)
    if block.kind not in ("goal", "note") and not chains and not block.text:
        return None
    return Section(
        block.kind,
        _heading(block, case, subject, chains),
        tuple(chains),
        block,
        case,
        subject,
        block.text,
        brief=("Step by step: ", subject) if block.kind == "local" and subject else (),
        inline=block.kind in _INLINE,
    )


def _heading(
    block: Block, case: Layout | None, subject: Layout | None, chains: Sequence[Chain]
) -> Prose:
    if case is not None:
        return ("If ", case, ":")
    if block.kind == "local" and subject is not None:
        if chains and chains[-1].links:
            result = chains[-1].links[-1].right
            return ("Why is ", lay.Relation("==", chains[-1].left, result), "?")
        return ("Step by step: ", subject)
    words = HEADINGS.get(block.kind)
    if block.kind == "closing" and block.steps[0].rule == "chain rule":
        factors = [part.expr for part in walk(block.steps[0].right) if isinstance(part, Leaf)]
        if any(map(elements, factors)):  # of more than a sum or a mean
            return ("By the chain rule:",)
    return (words,) if words else ()


def _expressions(block: Block) -> Iterable[Basic]:
    """Everything in a block that holds letters."""
    for step in block.steps:
        for display in (step.left, step.right):
            if display is not None:
                yield from expressions(display)
        yield from (part for part in step.reason if isinstance(part, Basic))
    if block.subject is not None:
        yield from expressions(block.subject)


def expressions(node: Display) -> Iterable[Basic]:
    """Every expression, condition and index below a display."""
    match node:
        case Leaf(expr):
            yield expr
        case Partial(of=of, wrt=wrt):
            yield from (of, wrt)
        case Adjoint(of, element):
            yield from (of, element)
        case Derivative(body, wrt):
            yield wrt
            yield from expressions(body)
        case Total(indices, cond, body):
            yield from (*indices, cond)
            yield from expressions(body)
        case Power(base, exponent):
            yield exponent
            yield from expressions(base)
        case Product(parts) | Sum(parts):
            for part in parts:
                yield from expressions(part)
        case Quotient(top, bottom):
            yield from (*expressions(top), *expressions(bottom))
        case Brace(body, under):
            yield from (*expressions(body), *expressions(under))


class DisplayArranger:
    """Turns displays into layouts: nothing is reordered, nothing dropped."""

    def __init__(self, printer: Printer) -> None:
        self.printer = printer

    def chain(self, left: Display, steps: Sequence[Step], letters: Scope, case: Basic) -> Chain:
        """A chain of equalities; letters that are free anywhere in it are bound nowhere."""
        free = [part for node in (left, *(s.right for s in steps)) for part in _outside(node)]
        scope = self.printer.scope(*free, case, within=replace(letters, taken=frozenset()))
        links = tuple(
            Link(self.display(step.right, scope), self.note(step, scope), step) for step in steps
        )
        return Chain(self.display(left, scope), _without_repeats(links), left, scope)

    def note(self, step: Step, scope: Scope) -> Prose:
        """The reason of a step: words, and expressions as formulas."""
        if not step.reason:
            return () if step.rule in _WITHOUT_NOTE else (step.rule,)
        return tuple(
            part if isinstance(part, str) else self.printer.layout(part, scope)
            for part in step.reason
        )

    def partial(self, node: Partial, scope: Scope) -> Layout:
        """A partial derivative."""
        return lay.Differential(
            self.printer.layout(node.of, scope), self.printer.layout(node.wrt, scope), node.direct
        )

    def display(self, node: Display, scope: Scope) -> Layout:
        """A display on paper."""
        match node:
            case Leaf(expr):
                return self.printer.layout(expr, scope)
            case Partial():
                return self.partial(node, scope)
            case Derivative():
                return self._derivative(node, scope)
            case Adjoint(_, element):
                return self.printer.arranger.adjoint(element, scope)
            case Product(factors):
                return lay.product(tuple(self.display(factor, scope) for factor in factors))
            case Sum(terms):
                return lay.total(tuple(self.display(term, scope) for term in terms))
            case Quotient(top, bottom):
                return lay.Fraction(self.display(top, scope), self.display(bottom, scope))
            case Power(base, exponent):
                return lay.Power(self.display(base, scope), self.printer.layout(exponent, scope))
            case Total(indices, cond, body):
                letters = [scope.letters.get(index, index) for index in indices]
                inner = scope.inside(letters)
                shown = self.display(body, inner)
                return self.printer.arranger.big("sum", letters, cond, shown, inner)
            case Brace(body, under):
                return lay.Underbrace(self.display(body, scope), self.display(under, scope))
        raise CheckError(f"no layout for {type(node).__name__}")

    def _derivative(self, node: Derivative, scope: Scope) -> Layout:
        """``d/d wrt`` of a body: over it where it is short, in front of it otherwise."""
        body, wrt = self.display(node.body, scope), self.printer.layout(node.wrt, scope)
        if isinstance(body, lay.Exponential | lay.Scripted):
            return lay.Differential(body, wrt, node.direct)
        return lay.Derived(wrt, body, node.direct)


def _without_repeats(links: Sequence[Link]) -> tuple[Link, ...]:
    """``links`` without those that say on paper what the one before says."""
    kept: list[Link] = []
    for link in links:
        if not kept or link.right != kept[-1].right:
            kept.append(link)
    return tuple(kept)


def _outside(node: Display) -> Iterable[Basic]:
    """What holds the letters of ``node`` that no sum in it binds."""
    match node:
        case Total(indices, cond, body):
            inside = [cond, *_outside(body)]
            yield from (letter for letter in free_letters(*inside) if letter not in indices)
        case Product(parts) | Sum(parts):
            for part in parts:
                yield from _outside(part)
        case Quotient(top, bottom):
            yield from (*_outside(top), *_outside(bottom))
        case Brace(body, under):
            yield from (*_outside(body), *_outside(under))
        case Derivative(body, wrt):
            yield wrt
            yield from _outside(body)
        case Power(base, exponent):
            yield exponent
            yield from _outside(base)
        case _:
            yield from expressions(node)
