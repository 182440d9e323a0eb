"""Reads the edges of a model into the derivation a lecturer writes: paths, braces, cases, result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as replace_fields
from itertools import product
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
    Brace,
    Display,
    Goal,
    Leaf,
    Partial,
    Product,
    Step,
    Sum,
    Total,
    leaves,
    walk,
)
from symderive.derive.explain import alike, explain_link, taken_line
from symderive.derive.links import Links, Term, pin, total
from symderive.derive.local import with_extrema_named
from symderive.errors import CheckError, InputError
from symderive.expr import (
    FALSE,
    TRUE,
    Compare,
    Element,
    Fresh,
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
    iverson,
    mentions,
    negate,
    open_fresh,
    replace,
    subexpressions,
)
from symderive.expr.nodes import Bound
from symderive.model import Equation, Model, adjoint_name, pick_letters
from symderive.rewrite import (
    Facts,
    as_quotients,
    common_bracket,
    is_positional,
    make_sum,
    powers,
    split_brackets,
    weight,
)

#: A path longer than this is broken by naming adjoints on it.
LONGEST_PATH = 4
#: Cases are shown for at most this many independent conditions.
MOST_CONDITIONS = 2
#: More cases than these are not shown apart where one line says them all.
MOST_CASES = 2


def derive(
    model: Model,
    of: str | None = None,
    wrt: str | None = None,
    letters: Sequence[str] | None = None,
) -> Derivation:
    """Derive ``d of / d wrt`` for one entry of each, with every step.

    ``of`` defaults to the last equation before a sum or mean over the sample axis, ``wrt`` to
    the first input that is differentiated by default; ``letters`` are those of the goal.

    Raises :class:`InputError` if ``of`` is no equation, ``wrt`` no real input, or the letters
    do not fit.

    >>> from symderive.catalog import softmax_nll
    >>> derive(softmax_nll(), wrt="w").result
    (p[i, j] - [j == y[i]])*x[i, k]
    """
    (name,) = real_inputs(model, [wrt] if wrt is not None else model.default_wrt()[:1])
    target = sample_equation(model).name if of is None else of
    if model.equation(target) is None:
        near = ", ".join(equation.name for equation in model.equations)
        raise InputError(f"{model.name}: {target!r} is not an equation; expected one of {near}")
    return _Narrator(model, target, name, letters).derivation()


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
    (-p[i, m] + [j == m])*p[i, j]*x[i, a]*x[i, k]
    """
    first = derive(model, of, wrt, letters)
    name = next(n for n in ("g", "G", "grad", "gradient'") if n not in model.names)
    own = tuple(dict.fromkeys((*first.goal.of.slots, *first.goal.wrt.slots)))
    gradient_of = Tensor(name, [letter.axis for letter in own])
    equation = Equation(gradient_of, cast("tuple[Index, ...]", own), first.result)
    before = [e for e in first.working.equations if not _uses(e, first.goal.of.tensor.name)]
    bigger = first.working.with_equations([*before, *first.adjoints, equation])
    second = derive(bigger, name, first.goal.wrt.tensor.name)
    step = Step("gradient", first.goal.partial, Leaf(equation.element))
    start = Block("gradient", (step,), subject=first.goal.partial)
    goal, definitions, *rest = second.blocks
    return replace_fields(second, blocks=(goal, definitions, start, *rest))


def sample_equation(model: Model) -> Equation:
    """The equation of one sample's loss: what the output sums or averages over the sample axis."""
    output = model.output
    for node in subexpressions(output.rhs):
        if (
            isinstance(node, Reduce)
            and node.kind == "sum"
            and len(node.bound) == 1
            and isinstance(node.body, Element)
            and node.body.slots == node.bound
            and (model.sample is None or node.bound[0].axis == model.sample.axis)
        ):
            found = model.equation(node.body.tensor.name)
            if found is not None and not output.indices:
                return found
    return output


@dataclass(frozen=True)
class _Path:
    """One path of the chain rule, solved: what is still summed, and a value for each factor."""

    summed: tuple[Index, ...]
    cond: Basic
    nodes: tuple[Element, ...]
    values: tuple[tuple[Term, ...], ...]
    start: Adjoint | None = None


@dataclass
class _Narrator:
    model: Model
    of: str
    wrt: str
    letters: Sequence[str] | None = None
    fresh: Fresh = field(default_factory=Fresh)

    def __post_init__(self) -> None:
        active = self.model.depends_on([self.wrt])
        self.plain = self.model
        self.model = with_extrema_named(self.model, active, self.fresh)
        self.active = self.model.depends_on([self.wrt])
        self.links = Links(self.model, self.active, self.fresh)
        equation = self._equation(self.of)
        self.top = equation.element
        self.support: dict[str, dict[int, Expr]] = {}
        self.reached = self._reached()
        self.named = self._named_nodes()
        for name in self.named:
            self._find_support(name)
        self.target = Element(self.model.tensor(self.wrt), *self._goal_letters(equation))

    # The graph between the two ends.

    def _reached(self) -> list[str]:
        """The names on the paths from ``of`` to ``wrt``, ends included, ``of`` first."""
        wanted = {self.of}
        for equation in reversed(self.model.equations):
            if equation.name in wanted:
                wanted.update(self.links.below(equation.name))
        order = [equation.name for equation in reversed(self.model.equations)] + [self.wrt]
        return [name for name in order if name in wanted and self.active[name]]

    def _named_nodes(self) -> list[str]:
        """The intermediates whose adjoint gets a name: where paths meet, and along long paths."""
        inner = self.reached[1:-1]
        arrivals = dict.fromkeys(self.reached, 0)
        longest = {self.of: 0}
        for name in self.reached:
            for below in self.links.below(name):
                if below in arrivals:
                    arrivals[below] += 1
                    longest[below] = max(longest.get(below, 0), longest.get(name, 0) + 1)
        named = {name for name in inner if arrivals[name] > 1}
        if longest.get(self.wrt, 0) > LONGEST_PATH:
            named |= {name for name in inner if self._contracts(name)}
            last = [name for name in inner if self.wrt in self.links.below(name)]
            named |= set(last)
        # Still too long stretches are cut.
        since = {self.of: 0}
        for name in self.reached[:-1]:
            steps = 0 if name in named else since.get(name, 0)
            if steps >= LONGEST_PATH:
                named.add(name)
                steps = 0
            for below in self.links.below(name):
                since[below] = max(since.get(below, 0), steps + 1)
        return [name for name in inner if name in named]

    def _contracts(self, name: str) -> bool:
        """Whether a sum over an index of ``name`` remains below it."""
        equation = self._equation(name)
        return any(
            not set(equation.indices) <= free_indices(*edge.target.slots)
            for below, found in self.links.below(name).items()
            if below in self.reached and below != self.wrt
            for edge in found
        )

    def _goal_letters(self, of: Equation) -> tuple[Index, ...]:
        tensor = self.model.tensor(self.wrt)
        sample = self.model.sample
        if self.letters is not None:
            return self._given_letters(tensor)
        used = {letter.name for letter in of.indices}
        for node in subexpressions(of.rhs):
            if isinstance(node, Reduce):
                used.update(self.model.notation.binders.get(node, ()))
                used.update(i.name for i in pick_letters(self.model, [b.axis for b in node.bound]))
        pinned: dict[int, Expr] = {}
        if sample is not None and sample in of.indices and sample.axis in tensor.axes:
            self._find_support(self.wrt)
            pinned = self.support[self.wrt]
        picked: list[Index] = []
        for place, axis in enumerate(tensor.axes):
            shared = pinned.get(place)
            if isinstance(shared, Index) and shared == sample:
                picked.append(shared)
                continue
            taken = used | {letter.name for letter in picked}
            picked += pick_letters(self.model, [axis], taken)
        return tuple(picked)

    def _given_letters(self, tensor: Tensor) -> tuple[Index, ...]:
        letters = tuple(self.letters or ())
        what = f"{self.wrt}[{', '.join(letters)}]"
        if len(letters) != len(tensor.axes):
            axes = ", ".join(axis.name for axis in tensor.axes)
            raise InputError(
                f"{self.model.name}: wrt {what} has {len(letters)} letters;"
                f" expected {len(tensor.axes)}, for the axes [{axes}]"
            )
        known = {letter.name: letter.axis for letter in self.model.notation.letters}
        for letter, axis in zip(letters, tensor.axes, strict=True):
            if letter in self.model.names or letter in {a.name for a in self.model.axes}:
                raise InputError(
                    f"{self.model.name}: wrt {what}: {letter} has a meaning in the model already;"
                    " expected an index letter"
                )
            if not (letter.isascii() and letter.isidentifier()):
                raise InputError(f"{self.model.name}: wrt {what}: {letter!r} is not a letter")
            if known.get(letter, axis) != axis:
                raise InputError(
                    f"{self.model.name}: wrt {what}: {letter} runs over {known[letter].name};"
                    f" expected an index over {axis.name}"
                )
        if len(set(letters)) != len(letters):
            raise InputError(f"{self.model.name}: wrt {what}: the letters must differ")
        return tuple(Index(letter, axis) for letter, axis in zip(letters, tensor.axes, strict=True))

    # Paths.

    def _routes(self, start: str, end: str) -> list[list[str]]:
        """The routes from ``start`` to ``end`` on which no other adjoint has a name."""
        routes: list[list[str]] = []
        stack = [[start]]
        while stack:
            route = stack.pop()
            for below in reversed(list(self.links.below(route[-1]))):
                if below == end:
                    routes.append([*route, below])
                elif below in self.reached and below not in self.named:
                    stack.append([*route, below])
        return routes

    def _starts(self, end: str) -> list[str]:
        """The ends of stretches that lead to ``end``: ``of``, or names whose adjoint has a name."""
        order = self.reached
        return [
            name
            for name in (self.of, *self.named)
            if order.index(name) < order.index(end) and self._routes(name, end)
        ]

    def _adjoint(self, element: Element) -> Element:
        """The element that stands for the derivative of ``of`` by ``element`` in an expression.

        Its slots are those of ``of``, then those of ``element`` that are not pinned to them.
        """
        name = element.tensor.name
        free = [p for p in range(len(element.slots)) if p not in self.support[name]]
        axes = (*self.top.tensor.axes, *(element.tensor.axes[place] for place in free))
        tensor = Tensor(adjoint_name(name), axes)
        return Element(tensor, *self.top.slots, *(element.slots[place] for place in free))

    def _element_of_adjoint(self, adjoint: Element) -> Element:
        """The element whose adjoint ``adjoint`` stands for."""
        name = adjoint.tensor.name.removeprefix(adjoint_name(""))
        tensor, pinned = self.model.tensor(name), self.support[name]
        free = iter(adjoint.slots[len(self.top.slots) :])
        slots = [pinned[p] if p in pinned else next(free) for p in range(len(tensor.axes))]
        return Element(tensor, *slots)

    def _solve(self, route: Sequence[str], end: Element, facts: Basic) -> _Path | None:
        """Contract one route under ``facts``; None if it contributes nothing there."""
        nodes = [Element(self.model.tensor(name), *self._open(name)) for name in route[:-1]]
        nodes.append(end)
        if route[0] == self.of:
            nodes[0] = self.top
        else:
            nodes[0] = self._supported(nodes[0])
        fixed = set(self.top.slots)
        variables = {slot for node in nodes[:-1] for slot in node.slots} - fixed
        values = [
            tuple(self.links.terms(above, below))
            for above, below in zip(nodes, nodes[1:], strict=False)
        ]
        conds: list[Basic] = []
        while True:
            known = Facts([facts, *conds])
            simpler = [
                tuple(t for t in (term.given(known) for term in terms) if t is not None)
                for terms in values
            ]
            if any(not terms for terms in simpler):
                return None
            shared = [
                cond
                for terms in simpler
                for cond in terms[0].conds
                if all(cond in term.conds for term in terms)
            ]
            pinned = pin(variables, shared)
            if pinned is not None:
                index, value = pinned
                table: dict[Basic, Basic] = {index: value}
                variables.discard(index)
                nodes = [replace(node, table) for node in nodes]
                conds = list(conjuncts(all_of(replace(cond, table) for cond in conds)))
                values = [tuple(t.replaced(table) for t in terms) for terms in values]
                continue
            new = [
                cond
                for cond in shared
                if is_positional(cond) and mentions(cond, *variables) and cond not in conds
            ]
            if not new:
                values = simpler
                break
            conds += new
        summed = tuple(
            slot for node in nodes for slot in dict.fromkeys(node.slots) if slot in variables
        )
        start = None if route[0] == self.of else Adjoint(self.top, nodes[0])
        return _Path(
            tuple(dict.fromkeys(summed)), all_of(conds), tuple(nodes), tuple(values), start
        )

    def _open(self, name: str) -> tuple[Index, ...]:
        return tuple(self.fresh.index(axis) for axis in self.model.tensor(name).axes)

    def _supported(self, element: Element) -> Element:
        """``element`` with the slots at which alone its adjoint is not 0."""
        pinned = self.support.get(element.tensor.name, {})
        slots = [pinned.get(place, slot) for place, slot in enumerate(element.slots)]
        return Element(element.tensor, *slots)

    def _find_support(self, name: str) -> None:
        """Which slots of ``name`` must be those of ``of`` for its adjoint not to vanish."""
        generic = Element(self.model.tensor(name), *self._open(name))
        if name not in self.reached:
            self.support[name] = {}
            return
        conds, _ = split_brackets([self._value(self._paths(generic, TRUE))])
        facts = Facts(conds)
        self.support[name] = {
            place: letter
            for place, slot in enumerate(generic.slots)
            for letter in self.top.slots
            if facts.same(slot, letter)
        }

    def _paths(self, end: Element, facts: Basic) -> list[_Path]:
        found = []
        for start in self._starts(end.tensor.name):
            for route in self._routes(start, end.tensor.name):
                path = self._solve(route, end, facts)
                if path is not None:
                    found.append(path)
        return found

    def _value(self, paths: Sequence[_Path]) -> Expr:
        """The sum over ``paths``, as one expression in normal form."""
        terms = []
        for path in paths:
            body = Mul(*(total(terms) for terms in path.values))
            if path.start is not None:
                body = self._adjoint(path.start.element) * body
            terms.append(make_sum(path.summed, body, path.cond, self.fresh))
        return tidy(as_quotients(common_bracket(Add(*terms))))

    # Blocks.

    def derivation(self) -> Derivation:
        blocks = [
            Block("goal", subject=Partial(self.top, self.target)),
            self._definitions(),
        ]
        if self.wrt not in self.reached:
            zero = Step("result", Leaf(S.Zero), Partial(self.top, self.target), level="result")
            used = self.model.depends_on([self.wrt])[self.of]
            note = (
                f"{self.of} depends on {self.wrt} through conditions and steps alone:"
                " the derivative is 0 wherever it exists, which is of no use for training"
                if used or self._in_conditions()
                else f"{self.of} does not depend on {self.wrt}"
            )
            blocks.append(Block("case", (zero,), text=note, level="result"))
            goal, cases = Goal(self.top, self.target), ((TRUE, S.Zero),)
            return Derivation(self.plain, self.model, goal, tuple(blocks), S.Zero, cases)
        shown: set[tuple[str, str]] = set()
        adjoints = []
        for name in self.named:
            element = self._adjoint_element(name)
            found, value, _ = self._gradient(element, Adjoint(self.top, element), "adjoint", shown)
            blocks += found
            stand_in = self._adjoint(element)
            letters = cast("tuple[Index, ...]", stand_in.slots)
            adjoints.append(Equation(stand_in.tensor, letters, value))
        found, result, cases = self._gradient(self.target, None, "case", shown)
        blocks += found
        closing = self._closing()
        if closing is not None:
            blocks.append(closing)
        goal = Goal(self.top, self.target)
        return Derivation(
            self.plain, self.model, goal, tuple(blocks), result, cases, tuple(adjoints)
        )

    def _adjoint_element(self, name: str) -> Element:
        """The element whose adjoint is derived: the equation's letters, those of ``of`` shared."""
        equation = self._equation(name)
        pinned = self.support[name]
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

    def _equation(self, name: str) -> Equation:
        equation = self.model.equation(name)
        if equation is None:
            raise CheckError(f"{self.model.name}: {name} is not an equation")
        return equation

    def _in_conditions(self) -> bool:
        """Whether ``of`` depends on ``wrt`` through any name, that of a condition included."""
        wanted = {self.of}
        for equation in reversed(self.plain.equations):
            if equation.name in wanted:
                wanted.update(e.tensor.name for e in elements(equation.rhs, equation.where))
        return self.wrt in wanted

    def _definitions(self) -> Block:
        steps = []
        shown = {*self.reached, self.of}
        for equation in self.model.equations:
            attained = equation.name.removesuffix("'at")
            if equation.name in shown or (attained != equation.name and attained in shown):
                steps.append(Step("definition", Leaf(equation.rhs), Leaf(equation.element)))
        return Block("definitions", tuple(steps))

    def _gradient(
        self, end: Element, name: Adjoint | None, kind: str, shown: set[tuple[str, str]]
    ) -> tuple[list[Block], Expr, tuple[tuple[Basic, Expr], ...]]:
        """The blocks for the derivative by ``end``: local rules, cases, merged line."""
        whole = self._paths(end, TRUE)
        result = self._value(whole)
        blocks = self._local_blocks(whole, shown)
        cases = self._cases(result, end)
        case_blocks: list[tuple[int, int, Block, Basic, Expr]] = []
        for position, facts in enumerate(cases):
            paths = self._paths(end, facts) if facts != TRUE else whole
            value = tidy(as_quotients(Facts([facts]).apply(result)))
            block = self._case_block(end, name, kind, facts, paths, value)
            sums = sum(len(path.summed) for path in paths)
            case_blocks.append((sums, position, block, facts, value))
        case_blocks.sort(key=lambda entry: entry[:2])
        values = tuple((entry[3], entry[4]) for entry in case_blocks)
        # Each case repeats the left side; the merged line has it once.
        apart = weight(*(value for _, value in values)) + (len(cases) - 1) * weight(end)
        mergeable = len(cases) > 1 and weight(result) <= apart
        if not (mergeable and len(cases) > MOST_CASES):
            blocks += [entry[2] for entry in case_blocks]
        if mergeable:
            left = name or Partial(self.top, end)
            step = Step("merge", self._ordered(result, whole), left, level="result")
            blocks.append(Block("merged", (step,), subject=left))
        return blocks, result, values

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
        end: Element,
        name: Adjoint | None,
        kind: str,
        facts: Basic,
        paths: Sequence[_Path],
        value: Expr,
    ) -> Block:
        pinned = _substitution(facts, set(end.slots))
        chain = [_chain(path, pinned, self.links) for path in paths]
        plain = [_plain(path, pinned) for path in paths]
        if not paths:
            display: Display = Leaf(S.Zero)
        elif any(_cancels(path) or _shortens(path, value, len(paths)) for path in paths):
            display = self._ordered(value, paths)
        else:
            display = plain[0] if len(plain) == 1 else Sum(tuple(plain))
            if len(plain) > 1 and (
                isinstance(value, Number)
                or weight(value) < weight(*(_meaning(path) for path in paths))
            ):
                display = self._ordered(value, paths)
        shown_end = end
        if pinned and not any(mentions(leaf, *pinned) for leaf in _expressions(display)):
            shown_end = replace(end, pinned)
        left: Display = Partial(self.top, shown_end)
        steps = []
        if name is not None:
            steps.append(Step("adjoint", left, name))
        trivial = len(paths) == 1 and len(paths[0].nodes) == 2 and paths[0].start is None
        if paths and not trivial:
            body = chain[0] if len(chain) == 1 else Sum(tuple(chain))
            steps.append(Step("chain rule", body, None if steps else left))
        elif trivial:
            steps += self._direct(paths[0], facts, display, None if steps else left)
        result_left = None if steps else left
        steps.append(Step("result", display, result_left, level="result"))
        level = "result" if kind == "case" else "slide"
        return Block(kind, tuple(steps), facts, Partial(self.top, end), level=level)

    def _direct(
        self, path: _Path, facts: Basic, display: Display, left: Display | None
    ) -> list[Step]:
        """For a single equation: the derivative before named values are put back."""
        shown = taken_line(self.model, self.links, *path.nodes)
        if shown is None or alike(shown, display) or facts != TRUE:
            return []
        return [Step("rules", shown, left)]

    def _local_blocks(self, paths: Sequence[_Path], shown: set[tuple[str, str]]) -> list[Block]:
        """Why each local derivative is what it is, once each."""
        blocks = []
        for path in paths:
            for above, below in zip(path.nodes, path.nodes[1:], strict=False):
                key = (above.tensor.name, below.tensor.name)
                if key not in shown:
                    shown.add(key)
                    block = explain_link(self.model, self.links, *key)
                    if block is not None:
                        blocks.append(block)
        return blocks

    def _ordered(self, value: Expr, paths: Sequence[_Path]) -> Display:
        """``value`` with its factors in the order of the braces they come from."""
        return to_display(value, self, [total(t) for path in paths for t in path.values])

    def _closing(self) -> Block | None:
        """From the gradient of one sample to the gradient of the output."""
        output = self.plain.output
        users = [e.name for e in self.plain.equations if _uses(e, self.of)]
        if output.name == self.of or users != [output.name]:
            return None
        outer = Links(self.plain, self.plain.depends_on([self.of]), self.fresh)
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
        left = Partial(output.element, self.target)
        return Block("closing", (Step("sum over samples", right, left),), subject=left)


def _uses(equation: Equation, name: str) -> bool:
    return any(element.tensor.name == name for element in elements(equation.rhs))


def _substitution(facts: Basic, own: set[Expr]) -> dict[Basic, Basic]:
    """Letters of the goal that a case pins to another position."""
    table: dict[Basic, Basic] = {}
    for cond in conjuncts(facts):
        if isinstance(cond, Compare) and cond.op == "==":
            for side, other in ((cond.lhs, cond.rhs), (cond.rhs, cond.lhs)):
                if side in own and side not in table and not mentions(other, side):
                    table[side] = replace(other, table)
                    break
    return table


def _chain(path: _Path, pinned: Mapping[Basic, Basic], links: Links) -> Display:
    """The product of partials, each with its value under a brace."""
    factors: list[Display] = [] if path.start is None else [_moved(path.start, pinned)]
    for above, below, terms in zip(path.nodes, path.nodes[1:], path.values, strict=False):
        partial = links.partial(replace(above, pinned), replace(below, pinned))
        factors.append(Brace(partial, _terms_display(terms, pinned)))
    return _summed(path, pinned, factors)


def _plain(path: _Path, pinned: Mapping[Basic, Basic]) -> Display:
    """The product of the values, factors of 1 left out."""
    factors: list[Display] = [] if path.start is None else [_moved(path.start, pinned)]
    for terms in path.values:
        shown = _terms_display(terms, pinned)
        if shown != Leaf(S.One):
            factors += shown.factors if isinstance(shown, Product) else (shown,)
    if not any(isinstance(f, Leaf) and isinstance(f.expr, Iverson) for f in factors):
        factors = _number_first(factors)
    if not factors:
        factors = [Leaf(S.One)]
    return _summed(path, pinned, factors)


def _number_first(factors: Sequence[Display]) -> list[Display]:
    """The numbers and signs of ``factors`` joined in front."""
    number: Expr = S.One
    rest: list[Display] = []
    for factor in factors:
        if isinstance(factor, Leaf) and not isinstance(factor.expr, Add):
            coefficient, kept = factor.expr.as_coeff_Mul()
            sign = S.NegativeOne if coefficient.is_negative else S.One
            scale = coefficient if kept == S.One else sign
            number *= scale
            factor = Leaf(factor.expr / scale)
            if factor.expr == S.One:
                continue
        rest.append(factor)
    if number == S.NegativeOne and rest and isinstance(rest[0], Leaf):
        if not isinstance(rest[0].expr, Add):
            return [Leaf(-rest[0].expr), *rest[1:]]
    return rest if number == S.One else [Leaf(number), *rest]


def _moved(adjoint: Adjoint, pinned: Mapping[Basic, Basic]) -> Adjoint:
    return Adjoint(adjoint.of, replace(adjoint.element, pinned))


def _summed(path: _Path, pinned: Mapping[Basic, Basic], factors: Sequence[Display]) -> Display:
    """The product below the sums of ``path``.

    From a named adjoint on, the sum reaches as far as its index does.
    """
    reach = len(factors)
    if path.start is not None:
        while reach and not _mentions(factors[reach - 1], path.summed):
            reach -= 1
    inner = _product(factors[:reach])
    if not path.summed:
        return _product(factors)
    summed = Total(path.summed, replace(path.cond, pinned), inner)
    return _product([summed, *factors[reach:]])


def _product(factors: Sequence[Display]) -> Display:
    return factors[0] if len(factors) == 1 else Product(tuple(factors))


def _mentions(display: Display, letters: Sequence[Index]) -> bool:
    return any(mentions(expr, *letters) for expr in _expressions(display))


def _terms_display(terms: Sequence[Term], pinned: Mapping[Basic, Basic]) -> Display:
    """The value of a partial: the factors of a single term as the rules give them."""
    terms = [term.replaced(pinned) for term in terms]
    if len(terms) > 1:
        expr = tidy(total(terms))
        return Leaf(expr) if not isinstance(expr, Mul) else _own_order(expr, terms)
    (term,) = terms
    bracket = (iverson(all_of(term.conds)),) if term.conds else ()
    number = Mul(*(factor for factor in term.factors if isinstance(factor, Number)))
    rest = tuple(factor for factor in term.factors if not isinstance(factor, Number))
    if number == S.NegativeOne and not bracket and rest and not isinstance(rest[0], Add):
        number, rest = S.One, (-rest[0], *rest[1:])
    factors = (*bracket, *((number,) if number != S.One else ()), *rest)
    if len(factors) <= 1:
        return Leaf(factors[0] if factors else S.One)
    return Product(tuple(map(Leaf, factors)))


def _own_order(expr: Mul, terms: Sequence[Term]) -> Display:
    """The factors of ``expr`` in the order in which the terms have them."""
    first = [factor for term in terms for factor in term.factors]

    def place(factor: Expr) -> int:
        if factor.is_number:
            return -1
        return first.index(factor) if factor in first else len(first)

    factors = sorted(in_order(expr.args), key=place)
    return Product(tuple(map(Leaf, factors)))


def _cancels(path: _Path) -> bool:
    """Whether factors of different braces cancel or combine."""
    seen: set[Expr] = set()
    for terms in path.values:
        bases = {
            b for b in powers(total(terms))[1] if not b.is_number and not isinstance(b, Iverson)
        }
        if bases & seen:
            return True
        seen |= bases
    return False


def _shortens(path: _Path, value: Expr, among: int) -> bool:
    """Whether ``value`` says in less what the path's product says, fractions cancelled."""
    if path.summed or among > 1:
        return False
    product = Mul(*(total(terms) for terms in path.values))
    return weight(value) + 1 < weight(product)


def _meaning(path: _Path) -> Expr:
    """The path's product as an expression, not simplified across its factors."""
    parts = [total(terms) for terms in path.values]
    return Mul(*parts, evaluate=False) if len(parts) > 1 else parts[0]


def _expressions(display: Display) -> list[Basic]:
    """The expressions and conditions of a display."""
    found: list[Basic] = list(leaves(display))
    found += [node.cond for node in walk(display) if isinstance(node, Total)]
    return found


def tidy(expr: Expr) -> Expr:
    """``-(a - b) c`` as ``(b - a) c``, where that spares a sign.

    >>> from sympy import symbols
    >>> a, b, c = symbols("a b c")
    >>> tidy(-c * (a - b)) == c * (b - a)
    True
    """
    if not isinstance(expr, Mul):
        return expr
    coefficient, rest = expr.as_coeff_Mul()
    if not coefficient.is_negative:
        return expr
    factors = list(Mul.make_args(rest))
    for position, factor in enumerate(factors):
        if isinstance(factor, Add) and any(t.as_coeff_Mul()[0].is_negative for t in factor.args):
            factors[position] = Add(*(-term for term in factor.args))
            return Mul(-coefficient, *factors)
    return expr


def to_display(expr: Expr, narrator: _Narrator, values: Sequence[Expr] = ()) -> Display:
    """``expr`` as a display: factors in the order of ``values``, adjoints by their names."""
    if isinstance(expr, Mul):
        where = [{e.tensor for e in elements(value)} for value in values]

        def place(factor: Expr) -> int:
            if factor.is_number:
                return -1
            mine = {e.tensor for e in elements(factor)}
            found = [k for k, tensors in enumerate(where) if mine and mine <= tensors]
            return found[-1] + 1 if found else 0

        factors = sorted(in_order(expr.args), key=place)
        if factors[0] == S.NegativeOne and len(factors) > 1 and not _has_adjoint(factors[1]):
            factors[:2] = [-factors[1]]
        shown = [to_display(factor, narrator) for factor in factors]
        return shown[0] if len(shown) == 1 else Product(tuple(shown))
    if not _has_adjoint(expr):
        return Leaf(expr)
    if isinstance(expr, Add):
        return Sum(tuple(to_display(term, narrator, values) for term in in_order(expr.args)))
    if isinstance(expr, Reduce) and expr.kind == "sum":
        letters, cond, body = open_fresh(expr, narrator.fresh)
        return Total(letters, cond, to_display(body, narrator))
    if isinstance(expr, Element):
        return Adjoint(narrator.top, narrator._element_of_adjoint(expr))
    return Leaf(expr)


def _has_adjoint(expr: Expr) -> bool:
    prefix = adjoint_name("")
    return any(element.tensor.name.startswith(prefix) for element in elements(expr))
