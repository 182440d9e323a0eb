"""The journey to a slide: derive by each input, check every line, say nothing twice, typeset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.derive import Derivation, derive, derive_second
from symderive.derive.display import Adjoint, Block, Display, Leaf, Partial, Product, Step, Sum
from symderive.errors import InputError, NotSupportedError
from symderive.expr import Element, Index, Tensor
from symderive.model import Model
from symderive.pipeline.goals import Wrt, parse_wrt
from symderive.pipeline.models import resolve

if TYPE_CHECKING:
    from symderive.verify import LineEvidence

To: TypeAlias = Literal["terminal", "latex", "document", "beamer", "markdown", "json"]
Detail: TypeAlias = Literal["result", "slide", "full"]
SampleIndex: TypeAlias = Literal["show", "hide"]
Case: TypeAlias = Literal["all", "merged"]

_TOLD_ONCE = frozenset({"local", "adjoint", "note"})


@dataclass(frozen=True)
class ExplainRequest:
    """What to derive, and what to say besides.

    ``wrt`` holds inputs, each with the letters of its entry if wanted (``w[m, k]``); none means
    those of the model's default. ``order`` 2 derives the gradient's own gradient.
    ``case="merged"`` says in one line what cases say, where that is possible. ``stabilised`` puts
    the stabilising steps in front, ``update`` the rule of gradient descent at the end.
    """

    model: Model | str
    of: str | None = None
    wrt: tuple[str, ...] = ()
    order: int = 1
    case: Case = "all"
    stabilised: bool = False
    update: bool = False


@dataclass(frozen=True)
class Explanation:
    """One derivation for each input, every line checked; typeset only when asked.

    >>> explanation = explain(ExplainRequest("softmax_nll", wrt=("w",)))
    >>> explanation.result
    (p[i, j] - [j == y[i]])*x[i, k]
    >>> [f"{value}  if {case}" for case, value in explanation.cases]
    ['(p[i, j] - 1)*x[i, k]  if j == y[i]', 'p[i, j]*x[i, k]  if j != y[i]']
    """

    model: Model
    derivations: tuple[Derivation, ...]
    evidence: tuple[LineEvidence, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, in the order in which they are shown."""
        return tuple(
            step
            for derivation in self.derivations
            for block in derivation.blocks
            for step in block.steps
        )

    @property
    def results(self) -> dict[str, Expr]:
        """The gradient by each input, in one expression."""
        return {
            derivation.goal.wrt.tensor.name: derivation.result for derivation in self.derivations
        }

    @property
    def result(self) -> Expr:
        """The gradient in one expression; for several inputs see :attr:`results`."""
        return self._only("result", "results").result

    @property
    def cases(self) -> tuple[tuple[Basic, Expr], ...]:
        """Each case with the gradient under it, in the order shown; for one input."""
        return self._only("cases", "derivations").cases

    def _only(self, what: str, instead: str) -> Derivation:
        if len(self.derivations) > 1:
            names = ", ".join(self.results)
            raise InputError(f"this is by {names}: .{what} is for one input, see .{instead}")
        return self.derivations[0]

    def typeset(
        self, to: To = "terminal", detail: Detail = "slide", sample_index: SampleIndex = "hide"
    ) -> str:
        """The derivation on paper, on a slide, on the terminal, or as JSON."""
        return typeset([self], to, detail, sample_index)

    def to_latex(self, detail: Detail = "slide", sample_index: SampleIndex = "hide") -> str:
        """LaTeX to put into a document (with amsmath and amssymb)."""
        return self.typeset("latex", detail, sample_index)

    def to_markdown(self, detail: Detail = "slide", sample_index: SampleIndex = "hide") -> str:
        """Markdown with formulas."""
        return self.typeset("markdown", detail, sample_index)

    def to_json(self, detail: Detail = "slide", sample_index: SampleIndex = "hide") -> str:
        """JSON, stable and documented: what a web page or an editor builds on."""
        return self.typeset("json", detail, sample_index)

    def to_sympy(self) -> dict[str, Basic]:
        """The gradient by each input in plain SymPy."""
        from symderive.model.plain import to_sympy

        letters = self.model.notation.letters
        return {name: to_sympy(expr, letters=letters) for name, expr in self.results.items()}

    def __str__(self) -> str:
        return self.typeset()

    def __repr__(self) -> str:
        goals = ", ".join(f"d{d.goal.of}/d{d.goal.wrt}" for d in self.derivations)
        return f"<derivation of {goals}: {len(self.steps)} steps, checked>"

    def _repr_latex_(self) -> str:
        from symderive.typeset import notebook_latex

        return notebook_latex(self.derivations)

    def _repr_markdown_(self) -> str:
        from symderive.typeset import notebook_markdown

        return notebook_markdown(self.derivations)


def typeset(
    explanations: Iterable[Explanation],
    to: To = "terminal",
    detail: Detail = "slide",
    sample_index: SampleIndex = "hide",
) -> str:
    """Explanations, of one model or of several, as one text.

    Raises :class:`CheckError` if a line, read back from its LaTeX, says something else than what
    was derived (our own fault): then nothing is shown.
    """
    from symderive.typeset import printed
    from symderive.typeset import typeset as typeset_derivations
    from symderive.verify.print_check import check_printed

    derivations = [found for explanation in explanations for found in explanation.derivations]
    for derivation in derivations:
        check_printed(derivation, printed(derivation, detail, sample_index))
    return typeset_derivations(derivations, to=to, detail=detail, sample_index=sample_index)


def summary(explanation: Explanation) -> str:
    """The evidence for an explanation, in one line."""
    lines = sum(found.lines for found in explanation.evidence)
    comparisons = sum(found.comparisons for found in explanation.evidence)
    worst = max(found.worst for found in explanation.evidence)
    return f"{lines} lines checked, {comparisons} comparisons, worst error {worst_error(worst)}"


def worst_error(worst: float) -> str:
    """How far a line is off at most; lines that agree to the last digit are off by 0."""
    return f"{worst:.1e}" if worst else "0"


def explain(request: ExplainRequest) -> Explanation:
    """Derive by each input and check every line.

    Raises :class:`InputError` for a request that does not fit the model, and :class:`CheckError`
    for a line that is wrong (our own fault): then nothing is shown.
    """
    from symderive.verify.lines import check_derivations

    model = resolve(request.model)
    goals = goals_of(model, request.wrt)
    found = [_derive(model, request, goal, goals) for goal in goals]
    if request.case == "merged":
        found = [merged(derivation) for derivation in found]
    found = list(once(found))
    evidence = check_derivations(found)
    if request.update:
        last = found[-1]
        found[-1] = replace(last, blocks=(*last.blocks, update_block(model, found)))
    if request.stabilised:
        from symderive.pipeline.stabilising import with_stabilising

        found[0] = with_stabilising(found[0])
    return Explanation(model, tuple(found), tuple(evidence))


def _derive(model: Model, request: ExplainRequest, goal: Wrt, goals: Sequence[Wrt]) -> Derivation:
    if request.order == 1:
        beside = [other.name for other in goals if other is not goal]
        return derive(model, request.of, goal.name, goal.letters, beside)
    if request.order != 2:
        raise NotSupportedError(f"order {request.order} is not supported; expected 1 or 2")
    if request.update:
        raise InputError("an update is made of first derivatives; expected order 1")
    return derive_second(model, request.of, goal.name, goal.letters)


def goals_of(model: Model, wrt: Sequence[str]) -> tuple[Wrt, ...]:
    """The goals as asked, each input once; the model's own if none is asked."""
    if not wrt:
        return tuple(map(Wrt, model.default_wrt()))
    goals = tuple(_in_its_letters(parse_wrt(text), model) for text in wrt)
    names = [goal.name for goal in goals]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{model.name}: wrt {name} is asked for twice; expected it once")
    return goals


def _in_its_letters(goal: Wrt, model: Model) -> Wrt:
    """``goal`` with the letters that ``model`` prints where others were typed for them."""
    if goal.letters is None:
        return goal
    typed = model.notation.typed
    found = tuple(typed.get(letter, letter) for letter in goal.letters)
    return goal if len(set(found)) < len(found) else replace(goal, letters=found)


def once(derivations: Sequence[Derivation]) -> Iterator[Derivation]:
    """The derivations without what an earlier one has shown.

    All definitions stand before the first. Local derivatives, adjoints and notes are told once: a
    network's ``delta`` is derived once, however many weights hang on it.
    """
    definitions = list(_definitions(derivations))
    told: set[tuple[str, Display | None, str]] = set()
    for derivation in derivations:
        blocks = []
        told_here: set[tuple[str, Display | None, str]] = set()
        for block in derivation.blocks:
            if block.kind == "definitions":
                if not definitions:
                    continue
                block = replace(block, steps=tuple(definitions))  # noqa: PLW2901 - all of them
                definitions = []
            elif block.kind in _TOLD_ONCE or isinstance(block.subject, Adjoint):
                key = (block.kind, block.subject, block.text)
                if key in told:
                    continue
                told_here.add(key)  # the cases of one adjoint share their subject
            blocks.append(block)
        told |= told_here
        yield replace(derivation, blocks=tuple(blocks))


def _definitions(derivations: Sequence[Derivation]) -> Iterator[Step]:
    """The definitions that any derivation uses, in the order of the model."""
    steps = {
        step.left: step
        for derivation in derivations
        for block in derivation.blocks
        if block.kind == "definitions"
        for step in block.steps
    }
    for derivation in derivations:
        order = [Leaf(equation.element) for equation in derivation.working.equations]
        for left in (known for known in order if known in steps):
            yield steps.pop(left)
    yield from steps.values()


def merged(derivation: Derivation) -> Derivation:
    """The derivation with one line in the place of its cases, where it has several."""
    if len(derivation.cases) < 2:
        return derivation
    goal = derivation.goal
    left = Partial(goal.of, goal.wrt)
    blocks = [block for block in derivation.blocks if block.kind != "case"]
    if not any(block.kind == "merged" and block.subject == left for block in blocks):
        step = Step("merge", Leaf(derivation.result), left, level="result")
        place = next((n for n, b in enumerate(blocks) if b.kind == "closing"), len(blocks))
        blocks.insert(place, Block("merged", (step,), subject=left))
    return replace(derivation, blocks=tuple(blocks))


def update_block(model: Model, derivations: Sequence[Derivation]) -> Block:
    """Gradient descent on the output, by each input: ``w - eta dL/dw`` is the new ``w``.

    Raises :class:`InputError` if the output is not a scalar.
    """
    output = model.output
    if output.indices:
        raise InputError(
            f"{model.name}: an update needs a scalar output; {output.name} has indices"
            f" [{', '.join(index.name for index in output.indices)}]"
        )
    rate = Element(Tensor(_rate_name(model, derivations)))
    steps = []
    for derivation in derivations:
        wrt = derivation.goal.wrt
        slope = Product((Leaf(-rate), Partial(output.element, wrt)))
        right = Sum((Leaf(wrt), slope))
        steps.append(Step("gradient descent", right, Leaf(wrt), level="result"))
    return Block("update", tuple(steps), level="result")


def _rate_name(model: Model, derivations: Sequence[Derivation]) -> str:
    taken = {*model.names, *(axis.name for axis in model.axes)}
    taken |= {letter.name for letter in model.notation.letters}
    for derivation in derivations:
        taken |= {slot.name for slot in derivation.goal.wrt.slots if isinstance(slot, Index)}
    return next(name for name in ("eta", "rate", "eta'") if name not in taken)
