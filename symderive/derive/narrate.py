"""Reads the edges of a model into the derivation a lecturer writes: paths, cases, result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from functools import cached_property
from itertools import pairwise, product
from typing import cast

from sympy import Add, Mul, S
from sympy.core.basic import Basic
from sympy.core.expr import Expr
from sympy.core.numbers import Number

from symderive.derive.accumulate import real_inputs
from symderive.derive.derivation import Derivation
from symderive.derive.display import (
    Adjoint,
    Block,
    Display,
    Goal,
    Leaf,
    Partial,
    Product,
    Step,
    Sum,
    Total,
    tensors,
)
from symderive.derive.explain import alike, explain_link, multiplied_out, taken_line
from symderive.derive.goals import goal_letters
from symderive.derive.layout import (
    braced_product,
    cancels,
    contracts,
    expressions,
    plain_product,
    shortens,
    substitution,
    to_display,
    uncollected,
)
from symderive.derive.links import Links, Term, total
from symderive.derive.paths import Path, Paths
from symderive.errors import InputError
from symderive.expr import (
    FALSE,
    TRUE,
    Element,
    Index,
    Iverson,
    Reduce,
    Tensor,
    all_of,
    compare,
    conjuncts,
    elements,
    free_indices,
    in_order,
    mentions,
    negate,
    replace,
    subexpressions,
)
from symderive.expr.nodes import Bound
from symderive.model import STEP, Equation, Model, conventions, pick_letters
from symderive.rewrite import (
    Collected,
    Facts,
    Named,
    UnitSum,
    as_quotients,
    collect,
    is_positional,
    named_all,
    normalised,
    tidy,
    turned,
    weight,
)

#: Cases are shown for at most this many independent conditions.
MOST_CONDITIONS = 2
#: More cases than these are not shown apart where one line says them all.
MOST_CASES = 2
#: Why the last line of a case follows from the line before it, by that line's rule.
_LAST_REASONS = {
    "adjoint": ("derivative taken",),
    "chain rule": ("values put in",),
    "rules of differentiation": ("written shorter",),
}


def derive(
    model: Model,
    of: str | None = None,
    wrt: str | None = None,
    letters: Sequence[str] | None = None,
    beside: Sequence[str] = (),
) -> Derivation:
    """Derive ``d of / d wrt`` for one entry of each, with every step.

    ``of`` defaults to the last equation before a sum or mean over the sample axis, ``wrt`` to
    the first input that is differentiated by default; ``letters`` are those of the goal.
    ``beside`` are inputs whose derivation is told beside this one: adjoints that lead to several
    get a name.

    Raises :class:`InputError` if ``of`` is no equation, ``wrt`` no real input, or the letters
    do not fit.

    >>> from symderive.catalog import softmax_nll
    >>> derive(softmax_nll(), wrt="w").result
    (p[i, j] - [j == y[i]])*x[i, k]
    """
    (name,) = real_inputs(model, [wrt] if wrt is not None else model.default_wrt()[:1])
    target = sample_equation(model, [name], beside).name if of is None else of
    if model.equation(target) is None:
        near = ", ".join(equation.name for equation in model.equations)
        raise InputError(f"{model.name}: {target!r} is not an equation; expected one of {near}")
    return _Narrator(model, target, name, letters, tuple(beside)).derivation()


def derive_second(
    model: Model,
    of: str | None = None,
    wrt: str | None = None,
    letters: Sequence[str] | None = None,
) -> Derivation:
    """Derive the second derivative of ``of`` by ``wrt``: the gradient's own gradient.

    The gradient is an equation of its own, called ``g`` (or the next free name), of a model that
    has the named adjoints as equations too; so its derivation is one like any other.

    >>> from symderive.catalog import softmax_nll
    >>> derive_second(softmax_nll()).result
    (-p[i, m] + [j == m])*p[i, j]*x[i, k]*x[i, n]
    """
    if of is None:
        of = sample_equation(model, real_inputs(model, wrt and [wrt])[:1], whole=True).name
    first = derive(model, of, wrt, letters)
    taken = set(first.working.names)
    name = next(n for n in ("g", "G", "grad", "gradient'") if n not in taken)
    own = tuple(dict.fromkeys((*first.goal.of.slots, *first.goal.wrt.slots)))
    table, latex = _adjoints_renamed(first)
    tensor = Tensor(name, [letter.axis for letter in own])
    rhs = replace(first.result, _matching(first.result, table))
    equation = Equation(tensor, cast("tuple[Index, ...]", own), rhs)
    before = [e for e in first.working.equations if not _uses(e, first.goal.of.tensor.name)]
    named = [
        Equation(table[e.tensor], e.indices, replace(e.rhs, _matching(e.rhs, table)))
        for e in first.adjoints
    ]
    notation = replace_fields(
        first.working.notation, latex={**first.working.notation.latex, **latex}
    )
    bigger = first.working.with_equations([*before, *named, equation], notation=notation)
    second = derive(bigger, name, first.goal.wrt.tensor.name)
    step = Step("gradient", first.goal.partial, Leaf(equation.element))
    start = Block("gradient", (step,), subject=first.goal.partial)
    goal, definitions, *rest = second.blocks
    return replace_fields(second, blocks=(goal, definitions, start, *rest))


def _adjoints_renamed(first: Derivation) -> tuple[dict[Tensor, Tensor], dict[str, str]]:
    """Names for the adjoints of a first derivative as quantities of their own, with LaTeX."""
    table: dict[Tensor, Tensor] = {}
    latex: dict[str, str] = {}
    for number, equation in enumerate(first.adjoints, start=1):
        name = f"delta'{number}"
        table[equation.tensor] = Tensor(name, equation.tensor.axes)
        latex[name] = rf"\delta^{{({number})}}" if len(first.adjoints) > 1 else r"\delta"
    return table, latex


def _matching(expr: Expr, table: Mapping[Tensor, Tensor]) -> dict[Basic, Basic]:
    """The elements of ``expr`` with another tensor for theirs."""
    return {
        element: Element(table[element.tensor], *element.slots)
        for element in elements(expr)
        if element.tensor in table
    }


def sample_equation(
    model: Model, wrt: Sequence[str] = (), beside: Sequence[str] = (), whole: bool = False
) -> Equation:
    """The equation of one sample's loss, where it says all of the output; else the output.

    That is where the output sums or averages it over one index (the sample's, if the model has
    one), and what else leads from the output to ``wrt`` or ``beside`` can be told in the line for
    all samples, such as a penalty. ``whole`` asks that there be nothing else.
    """
    output = model.output
    names = tuple(dict.fromkeys((*wrt, *beside))) or model.default_wrt()
    active = model.depends_on(names)
    found = [(term, of) for term in Add.make_args(output.rhs) for of in _averaged(model, term)]
    found = [(term, of) for term, of in found if active[of.name]] or found
    if output.indices or len(found) != 1:
        return output
    ((term, of),) = found
    besides = [e.tensor.name for e in elements(*_rest(output, term))]
    if any(model.depends_on([of.name])[name] for name in besides):
        return output
    for name in names:
        leads = model.depends_on([name])
        if any(leads[other] for other in besides):
            paths = Paths(model, output.name, name)
            told = paths.around(of.name, _generic(model, name)) is not None
            if whole or not told or (name in wrt and of.name not in paths.reached):
                return output
    return of


def _averaged(model: Model, term: Expr) -> Iterator[Equation]:
    """The equation that ``term`` sums over one index, times what is no sum."""
    sums = [factor for factor in Mul.make_args(term) if isinstance(factor, Reduce)]
    for node in sums if len(sums) == 1 else ():
        body = node.body
        if node.kind != "sum" or len(node.bound) > 1 or not isinstance(body, Element):
            continue
        if body.slots == node.bound:
            found = model.equation(body.tensor.name)
            over = None if model.sample is None else model.sample.axis
            if found is not None and over in (None, node.bound[0].axis):
                yield found


def _rest(output: Equation, term: Expr) -> list[Expr]:
    """The other terms of ``output``, and what ``term`` multiplies its sum by."""
    others = [other for other in Add.make_args(output.rhs) if other != term]
    return others + [f for f in Mul.make_args(term) if not isinstance(f, Reduce)]


def _generic(model: Model, name: str) -> Element:
    """An element of ``name``, with letters of the model."""
    tensor = model.tensor(name)
    return Element(tensor, *pick_letters(model, tensor.axes))


@dataclass(frozen=True)
class _Target:
    """What is differentiated by: an input, or an intermediate whose adjoint gets a name."""

    element: Element
    name: Adjoint | None = None


@dataclass(frozen=True)
class _Gradient:
    """The blocks that derive one gradient, and what they come to."""

    blocks: list[Block]
    result: Expr
    cases: tuple[tuple[Basic, Expr], ...]


@dataclass
class _Narrator:
    """Tells one derivation, from the goal to the gradient of the output."""

    plain: Model
    of: str
    wrt: str
    letters: Sequence[str] | None = None
    beside: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.paths = Paths(self.plain, self.of, self.wrt, self.beside)
        self.model, self.top = self.paths.model, self.paths.top
        self.target = Element(self.model.tensor(self.wrt), *goal_letters(self.paths, self.letters))

    def derivation(self) -> Derivation:
        """All blocks, in the order in which they are told."""
        blocks: list[Block] = []
        if self.wrt not in self.paths.reached:
            return self._zero()
        shown: set[tuple[str, str]] = set()
        adjoints = []
        for name in self.paths.named:
            element = self._adjoint_element(name)
            found = self._gradient(_Target(element, Adjoint(self.top, element)), shown)
            blocks += found.blocks
            stand_in = self.paths.adjoint(element)
            letters = cast("tuple[Index, ...]", stand_in.slots)
            adjoints.append(Equation(stand_in.tensor, letters, found.result))
        last = self._gradient(_Target(self.target), shown)
        blocks += last.blocks
        closing = self._closing()
        if closing is not None:
            blocks.append(closing)
        blocks = self._opened(blocks)
        blocks += [Block("note", text=sentence) for sentence in self._conventions(blocks[1])]
        goal = Goal(self.top, self.target)
        return Derivation(
            self.plain, self.model, goal, tuple(blocks), last.result, last.cases, tuple(adjoints)
        )

    def _opened(self, blocks: Sequence[Block]) -> list[Block]:
        """``blocks`` with the goal and the definitions of what they mention in front."""
        goal = Block("goal", subject=Partial(self.top, self.target))
        return [goal, self._definitions(blocks), *blocks]

    def _conventions(self, definitions: Block) -> tuple[str, ...]:
        """What holds at the kinks and steps on the page."""
        shown = {t.name for step in definitions.steps if step.left for t in tensors(step.left)}
        on_the_way = [e for e in self.plain.equations if e.name in self.paths.reached]
        found = conventions(e.rhs for e in on_the_way)
        depends = self.plain.depends_on([self.wrt])
        reductions = [
            node
            for node in subexpressions(*(e.rhs for e in on_the_way))
            if isinstance(node, Reduce)
        ]
        stepped = {e.tensor.name for e in elements(*(node.cond for node in reductions))}
        stepped |= shown - set(self.paths.reached)
        if any(depends.get(name) for name in stepped):
            found = tuple(dict.fromkeys((*found, STEP)))
        return found

    def _zero(self) -> Derivation:
        """The derivation of a derivative that is 0: why it is."""
        goal = Goal(self.top, self.target)
        note = f"{self.of} does not depend on {self.wrt}."
        if self._in_conditions():
            note = (
                f"{self.of} depends on {self.wrt} through conditions and steps alone:"
                " the derivative is 0 wherever it exists, which is of no use for training."
            )
        step = Step("result", Leaf(S.Zero), goal.partial, level="result")
        block = Block("case", (step,), subject=goal.partial, text=note, level="result")
        cases = ((TRUE, S.Zero),)
        told = tuple(self._opened([block]))
        return Derivation(self.plain, self.model, goal, told, S.Zero, cases)

    def _adjoint_element(self, name: str) -> Element:
        """The element whose adjoint is derived: the equation's letters, those of ``of`` shared."""
        equation = self.paths.equation(name)
        pinned = self.paths.support[name]
        taken = {letter.name for letter in self.top.slots}
        letters: list[Expr] = []
        for place, letter in enumerate(equation.indices):
            if place in pinned:
                letters.append(pinned[place])
            elif letter.name not in taken:
                letters.append(letter)
            else:
                used = taken | {index.name for index in equation.indices}
                letters += pick_letters(self.model, [letter.axis], used)
        return Element(equation.tensor, *letters)

    def _in_conditions(self) -> bool:
        """Whether ``of`` depends on ``wrt`` through any name, that of a condition included."""
        return self.wrt in self._below(self.of)

    def _below(self, name: str) -> set[str]:
        """``name`` and every name that it depends on, those of conditions included."""
        wanted = {name}
        for equation in reversed(self.plain.equations):
            if equation.name in wanted:
                wanted.update(e.tensor.name for e in elements(equation.rhs, equation.where))
        return wanted

    def _definitions(self, blocks: Sequence[Block]) -> Block:
        """The definitions of what is on the way or in ``blocks``, and of what these mention."""
        shown = {*self.paths.reached, self.of}
        shown |= {e.tensor.name for e in elements(*_mentioned(blocks))}
        steps = []
        for equation in reversed(self.model.equations):
            attained = equation.name.removesuffix("'at")
            if equation.name in shown or (attained != equation.name and attained in shown):
                steps.append(Step("definition", Leaf(equation.rhs), Leaf(equation.element)))
                shown.update(e.tensor.name for e in elements(equation.rhs, equation.where))
        return Block("definitions", tuple(reversed(steps)))

    def _gradient(self, target: _Target, shown: set[tuple[str, str]]) -> _Gradient:
        """The blocks for the derivative by a target: local rules, cases, merged line."""
        end = target.element
        whole = self.paths.to(end)
        ways = self._collected(self.paths.value(whole))
        result = turned(ways[-1].expr)
        told = []
        for facts in self._cases(result, end):
            paths = self.paths.to(end, facts) if facts != TRUE else whole
            value = tidy(as_quotients(Facts([facts]).apply(result)))
            block = self._case_block(target, facts, paths, value, ways if facts == TRUE else ())
            told.append((sum(len(path.summed) for path in paths), block, value))
        # The case with fewer sums is easier and comes first.
        told.sort(key=lambda entry: entry[0])
        cases = tuple((block.case, value) for _, block, value in told)
        # Each case repeats the left side; the merged line has it once.
        apart = weight(*(value for _, value in cases)) + (len(cases) - 1) * weight(end)
        mergeable = len(cases) > 1 and weight(result) <= apart
        blocks = self._local_blocks(whole, shown)
        if not (mergeable and len(cases) > MOST_CASES):
            blocks += [block for _, block, _ in told]
        if mergeable:
            left = target.name or Partial(self.top, end)
            step = Step("merge", self._ordered(result, whole), left, level="result")
            blocks.append(Block("merged", (step,), subject=left))
        return _Gradient(blocks, result, cases)

    def _collected(self, value: Expr) -> list[Collected]:
        """``value``, and the ways on from it to a shorter one with its sums collected."""
        ways = [Collected("result", value)]
        ways += collect(value, self.sums, self.units, self.paths.fresh)
        joined = tidy(as_quotients(ways[-1].expr, joined=True))
        if weight(joined) < weight(ways[-1].expr):
            ways.append(Collected("collected", joined))
        return ways

    @cached_property
    def sums(self) -> tuple[Named, ...]:
        """The definitions that are told and hold a sum."""
        return named_all(
            (e.element, e.rhs)
            for e in self.model.equations
            if e.name in self.paths.reached and e.where == TRUE
            if any(isinstance(node, Reduce) for node in subexpressions(e.rhs))
        )

    @cached_property
    def units(self) -> tuple[UnitSum, ...]:
        """What is known to add up to one: inputs by declaration, equations by what they are."""
        found = []
        for declaration in self.model.declarations:
            if declaration.domain.simplex:
                letters = [self.paths.fresh.index(axis) for axis in declaration.tensor.axes]
                found.append(UnitSum(Element(declaration.tensor, *letters), letters[-1]))
        for equation in self.model.equations:
            unit = normalised(equation.element, equation.rhs, self.paths.fresh)
            if unit is not None and equation.where == TRUE:
                found.append(unit)
        return tuple(found)

    def _cases(self, result: Expr, end: Element) -> list[Basic]:
        """The cases of index coincidence that ``result`` distinguishes, equalities first."""
        atoms: dict[Basic, None] = {}
        for node in subexpressions(result):
            if isinstance(node, Iverson):
                for cond in conjuncts(node.cond):
                    bound = any(isinstance(part, Bound) for part in subexpressions(cond))
                    if is_positional(cond) and cond.op in ("==", "!=") and not bound:
                        atoms[compare("==", cond.lhs, cond.rhs)] = None
        own = set(end.slots)
        chosen = [atom for atom in in_order(atoms) if free_indices(atom) & own]
        if not chosen or len(chosen) > MOST_CONDITIONS:
            return [TRUE]
        found = []
        for signs in product((True, False), repeat=len(chosen)):
            facts = all_of(
                atom if sign else negate(atom) for atom, sign in zip(chosen, signs, strict=True)
            )
            if facts != FALSE and not Facts([facts]).contradictory():
                found.append(facts)
        return found

    def _case_block(
        self,
        target: _Target,
        facts: Basic,
        paths: Sequence[Path],
        value: Expr,
        ways: Sequence[Collected] = (),
    ) -> Block:
        """The chain of steps under ``facts``: definition of the adjoint, paths, result.

        ``ways`` are those from the product of the values to ``value``.
        """
        end = target.element
        pinned = substitution(facts, set(end.slots))
        signed = bool(value.as_coeff_Mul()[0].is_negative) and any(
            isinstance(factor, Iverson) for factor in Mul.make_args(value)
        )
        if len(ways) > 1 or (self._is_direct(paths) and signed):
            display = self._ordered(value, paths)
        else:
            display = self._result_display(paths, value, pinned)
        shown_end = end
        if pinned and not any(mentions(part, *pinned) for part in expressions(display)):
            shown_end = replace(end, pinned)
        left: Display = Partial(self.top, shown_end)
        lines: list[tuple[str, Display]] = []
        if target.name is not None:
            lines.append(("adjoint", left))
            left = target.name
        if self._is_direct(paths):
            taken = self._direct(paths[0], facts, display)
            if taken and multiplied_out(taken[0][1], display):
                display, taken = taken[0][1], []
            lines += taken
        elif paths:
            chain = [braced_product(path, pinned, self.paths.links) for path in paths]
            lines.append(("chain rule", chain[0] if len(chain) == 1 else Sum(tuple(chain))))
        rule = "product"
        for way in ways[:-1]:
            shown = self._ordered(way.expr, paths)
            if all(shown != line for _, line in lines):
                lines.append((rule, shown))
            rule = way.rule
        steps = [Step(rule, right) for rule, right in lines]
        last = ways[-1].rule if len(ways) > 1 else "result"
        told = lines[-1][0] if lines else ""
        steps.append(Step(last, display, None, _LAST_REASONS.get(told, ()), "result"))
        steps[0] = replace_fields(steps[0], left=left)
        level = "result" if target.name is None else "slide"
        kind = "case" if target.name is None else "adjoint"
        return Block(kind, tuple(steps), facts, Partial(self.top, end), level=level)

    def _result_display(
        self, paths: Sequence[Path], value: Expr, pinned: Mapping[Basic, Basic]
    ) -> Display:
        """The product of the values as they stand, or collected where that says it in less."""
        if not paths:
            return Leaf(S.Zero)
        if any(
            cancels(path) or contracts(path) or shortens(path, value, len(paths)) for path in paths
        ):
            return self._ordered(value, paths)
        plain = [plain_product(path, pinned) for path in paths]
        if len(plain) == 1:
            return plain[0]
        shorter = weight(value) < weight(*(uncollected(path) for path in paths))
        if isinstance(value, Number) or shorter:
            return self._ordered(value, paths)
        return Sum(tuple(plain))

    def _is_direct(self, paths: Sequence[Path]) -> bool:
        """Whether it is the derivative along a single equation."""
        return len(paths) == 1 and len(paths[0].nodes) == 2 and paths[0].start is None

    def _direct(self, path: Path, facts: Basic, display: Display) -> list[tuple[str, Display]]:
        """For a single equation: the derivative before named values are put back."""
        shown = taken_line(self.model, self.paths.links, *path.nodes)
        if shown is None or alike(shown, display) or facts != TRUE:
            return []
        return [("rules of differentiation", shown)]

    def _local_blocks(self, paths: Sequence[Path], shown: set[tuple[str, str]]) -> list[Block]:
        """Why each local derivative is what it is, once each."""
        blocks = []
        for path in paths:
            for above, below in pairwise(path.nodes):
                key = (above.tensor.name, below.tensor.name)
                if key not in shown:
                    shown.add(key)
                    block = explain_link(self.model, self.paths.links, *key)
                    if block is not None:
                        blocks.append(block)
        return blocks

    def _ordered(self, value: Expr, paths: Sequence[Path]) -> Display:
        """``value`` with its factors in the order of the braces they come from."""
        return to_display(value, self.paths, [total(t) for path in paths for t in path.values])

    def _closing(self) -> Block | None:
        """From the gradient of one sample to the gradient of the output."""
        output = self.plain.output
        counted = self._below(output.name)
        users = [e.name for e in self.plain.equations if _uses(e, self.of) and e.name in counted]
        if output.name == self.of or users != [output.name]:
            return None
        outer = Links(self.plain, self.plain.depends_on([self.of]), self.paths.fresh)
        terms = outer.terms(output.element, self.top)
        if len(terms) != 1:
            return None
        (term,) = terms
        summed = tuple(letter for letter in self.top.slots if letter not in self.target.slots)
        partial = Partial(self.top, self.target)
        outside = [f for f in term.factors if not mentions(f, *summed)]
        inside = [f for f in term.factors if f not in outside]
        body: Display = Product((*map(Leaf, inside), partial)) if inside else partial
        if summed:
            body = Total(summed, all_of(term.conds), body)
        right: Display = Product((*map(Leaf, outside), body)) if outside else body
        besides = self._besides(output)
        if besides is None:
            return None
        left = Partial(output.element, self.target)
        right = Sum((right, besides)) if besides != Leaf(S.Zero) else right
        rule = "sum over samples" if self._are_samples(summed, term) else "chain rule"
        return Block("closing", (Step(rule, right, left),), subject=left)

    def _are_samples(self, summed: Sequence[Basic], term: Term) -> bool:
        """Whether what is summed over are samples: as declared, or each with the same weight."""
        if self.plain.sample is not None:
            return self.plain.sample in summed
        return bool(summed) and not any(map(elements, term.factors))

    def _besides(self, output: Equation) -> Display | None:
        """What reaches the output on other ways than through ``of``, such as a penalty."""
        wanted = {output.name}
        for equation in reversed(self.plain.equations):
            if equation.name in wanted and equation.name != self.of:
                wanted.update(element.tensor.name for element in elements(equation.rhs))
        if self.wrt not in wanted:
            return Leaf(S.Zero)
        whole = Paths(self.plain, output.name, self.wrt)
        paths = whole.around(self.of, self.target)
        return None if paths is None else to_display(whole.value(paths), whole)


def _mentioned(blocks: Sequence[Block]) -> Iterator[Basic]:
    """The expressions and conditions in ``blocks``, but not what a closing line begins with."""
    for block in blocks:
        yield block.case
        for step in block.steps:
            yield from expressions(step.right)
            if step.left is not None and block.kind != "closing":
                yield from expressions(step.left)


def _uses(equation: Equation, name: str) -> bool:
    return any(element.tensor.name == name for element in elements(equation.rhs))
