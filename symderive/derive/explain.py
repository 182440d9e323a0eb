"""Why a local derivative is what it is: the rules by name, what survives, what is put back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import truediv

from sympy import Add, Mul, Pow, S, expand, log
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.derive.display import (
    Block,
    Derivative,
    Display,
    Leaf,
    Power,
    Product,
    Quotient,
    Step,
    Sum,
    Total,
    with_parts,
)
from symderive.derive.links import Links, Term, axis_index, edge_term, total
from symderive.derive.local import branches, edges
from symderive.derive.rules import BRANCH_RULES, DERIVATIVES, RULE_NAMES
from symderive.expr import (
    Compare,
    Element,
    Index,
    MaxOf,
    MinOf,
    Reduce,
    Where,
    Xdivy,
    Xlogy,
    all_of,
    elements,
    free_indices,
    in_order,
    iverson,
    open_with,
    replace,
    subexpressions,
)
from symderive.model import Equation, Model, pick_letters
from symderive.rewrite import Facts, weight

#: How a derivative inside a line is shown: still to be taken, or taken.
Show = Callable[[Expr], Display]
#: The weight of a formula that is worth multiplying out.
_SHORT = 40


def taken_line(model: Model, links: Links, of: Element, wrt: Element) -> Display | None:
    """The derivative of one equation with the outermost rule applied and the others taken."""
    equation = model.equation(of.tensor.name)
    if equation is None:
        return None
    table: dict[Basic, Basic] = dict(zip(equation.indices, of.slots, strict=True))
    moved = Equation(equation.tensor, of.slots, replace(equation.rhs, table))
    line = _Writer(model, links, moved, wrt).taken()
    if line is None:
        return None
    whole = plain(line)
    return line if whole is None else Leaf(whole)


def explain_link(model: Model, links: Links, above: str, below: str) -> Block | None:
    """The block that derives one partial derivative between two names, rule by rule."""
    equation = model.equation(above)
    if equation is None:
        return None
    wrt = Element(model.tensor(below), *_letters(model, equation, below))
    of = equation.element
    writer = _Writer(model, links, equation, wrt)
    lines = list(writer.lines())
    if not lines:
        return None
    left = links.partial(of, wrt)
    steps = [
        Step(
            "definition",
            Derivative(Leaf(equation.rhs), wrt, writer.direct),
            left,
            ("definition of ", of),
            "full",
        ),
        *(Step(rule, line, None, (rule,), "full") for rule, line in lines),
    ]
    terms, unfolded = links.terms(of, wrt), links.terms(of, wrt, put_back=False)
    folded, raw = total(terms), total(unfolded)
    reason = writer.survivors()
    taken = writer.taken() if len(lines) == 1 else None
    line = Leaf(_spread(unfolded)) if taken is None else taken
    steps.append(Step("derivatives", line, None, reason, "full"))
    if len(unfolded) == 1:
        steps.append(Step("collect", Leaf(raw), None, ("collected",), "full"))
    if raw != folded:
        put_back = (of.tensor, " put back")
        steps.append(Step("put back", Leaf(_spread(terms)), None, put_back, "full"))
        steps.append(Step("common factor", Leaf(folded), None, ("common factor",), "full"))
    else:
        steps.append(Step("collect", Leaf(folded), None, ("collected",), "full"))
    kept = steps[:1]
    for step in steps[1:]:
        if not alike(kept[-1].right, step.right):
            kept.append(step)
    return Block("local", tuple(kept), subject=left, level="full")


def alike(first: Display, second: Display) -> bool:
    """Whether two displays differ only in how SymPy would multiply them out."""
    if first == second:
        return True
    if isinstance(first, Sum | Quotient):
        return False
    return is_tidy(first) and plain(first) is not None and plain(first) == plain(second)


def multiplied_out(first: Display, second: Display) -> bool:
    """Whether two short displays are the same terms over the same divisor."""
    one, other = plain(first), plain(second)
    if one is None or other is None or weight(one) > min(weight(other), _SHORT):
        return False
    return bool(one != other and expand(one - other) == 0)


def is_tidy(display: Display) -> bool:
    """Whether a product shows no factor 1 and no sign but in front."""
    if not isinstance(display, Product):
        return True
    later = [plain(factor) for factor in display.factors[1:]]
    return not any(
        expr is not None and (expr == S.One or expr.as_coeff_Mul()[0].is_negative)
        for expr in (*later, plain(display.factors[0]) if len(later) > 1 else None)
    )


def plain(display: Display) -> Expr | None:
    """The expression that ``display`` stands for, if it has no derivative and no sum in it."""
    match display:
        case Leaf(expr):
            return expr
        case Product(factors):
            return _joined(Mul, factors)
        case Sum(terms):
            return _joined(Add, terms)
        case Quotient(top, bottom):
            return _joined(truediv, (top, bottom))
        case Power(base, exponent):
            inner = plain(base)
            return None if inner is None else inner**exponent
    return None


def _joined(join: Callable[..., Expr], parts: Sequence[Display]) -> Expr | None:
    """What ``join`` makes of the expressions of ``parts``, if all of them are."""
    found = [plain(part) for part in parts]
    return None if None in found else join(*found)


def _spread(terms: Sequence[Term]) -> Expr:
    """The terms before common factors are taken out."""
    return Add(*(term.expr for term in terms))


def _letters(model: Model, equation: Equation, below: str) -> tuple[Index, ...]:
    """Letters for the element to differentiate by: the equation's own only for the sample."""
    taken = {letter.name for letter in equation.indices}
    for node in subexpressions(equation.rhs):
        if isinstance(node, Reduce):
            taken.update(model.notation.binders.get(node, ()))
    sample = model.sample
    own = sample.axis if sample is not None and sample in equation.indices else None
    picked: list[Index] = []
    for axis in model.tensor(below).axes:
        if axis == own and sample is not None and sample not in picked:
            picked.append(sample)
            continue
        used = taken | {letter.name for letter in picked}
        picked += pick_letters(model, [axis], used)
    return tuple(picked)


def _flat_branches(node: MaxOf | MinOf | Where) -> Iterator[tuple[Basic, Expr]]:
    """The branches of ``node``; what stands under "otherwise" may be cases again."""
    found = branches(node)
    while isinstance(node, Where) and isinstance(found[-1][1], Where):
        yield from found[:-1]
        otherwise, node = found[-1]
        found = tuple((all_of([otherwise, cond]), branch) for cond, branch in branches(node))
    yield from found


def _listed(parts: Sequence[Basic]) -> list[str | Basic]:
    """The parts with commas between."""
    return [each for part in parts for each in (", ", part)][1:]


class _Writer:
    """Writes the lines of a local derivative: in each, the outermost rules that are left."""

    def __init__(self, model: Model, links: Links, equation: Equation, wrt: Element) -> None:
        self.model, self.links, self.equation, self.wrt = model, links, equation, wrt
        self.scope = {i.name for i in (*equation.indices, *free_indices(wrt))}
        self.apart = Element(wrt.tensor, *links.fresh.like(axis_index(s) for s in wrt.slots))
        self.opened: set[Index] = set()
        #: For each place below sums: which of their letters are what the derivative is by.
        self.contracted: dict[tuple[Basic, ...], None] = {}
        self.inner: list[Expr] = []
        self.direct = links.detours(equation.name, wrt.tensor.name)
        self.rules: dict[str, None] = {}

    def lines(self) -> Iterator[tuple[str, Display]]:
        """The rules of each line by name, and the line, until derivatives can be read off."""
        line = self.pending(self.equation.rhs)
        first = True
        while True:
            self.rules, self.inner = {}, []
            line = self._further(line, first)
            if not self.rules:
                return
            yield ", ".join(self.rules), line
            first = False

    def taken(self) -> Display | None:
        """The outermost rule applied, and what is inside taken and contracted."""
        self.rules = {}
        line = self._expand(self.equation.rhs, self._value)
        return line if self.rules else None

    def pending(self, expr: Expr) -> Display:
        """The derivative of ``expr``, still to be taken."""
        self.inner.append(expr)
        return Derivative(Leaf(expr), self.wrt, self.direct)

    def _further(self, line: Display, first: bool) -> Display:
        """``line`` with a rule applied to each derivative that is still to be taken."""
        if isinstance(line, Derivative) and isinstance(line.body, Leaf):
            expr = line.body.expr
            if first or not self._is_plain(expr):
                further = self._expand(expr, self.pending)
                if not isinstance(further, Leaf):
                    return further
            self.inner.append(expr)
            return line
        if isinstance(line, Total):
            outside = self.scope
            self.scope = outside | {letter.name for letter in line.indices}
            inner = self._further(line.body, first)
            self.scope = outside
            return Total(line.indices, line.cond, inner)
        return with_parts(line, lambda part: self._further(part, first))

    def _is_plain(self, expr: Expr) -> bool:
        """Whether the derivative of ``expr`` can be read off: one rule, of linear terms."""
        if isinstance(expr, Add) or type(expr) in DERIVATIVES:
            return all(self._is_linear(arg) for arg in expr.args)
        return self._is_linear(expr)

    def _is_linear(self, expr: Expr) -> bool:
        """Whether ``expr`` is an element times what is fixed."""
        moving = [arg for arg in Mul.make_args(expr) if self.depends(arg)]
        return not moving or (len(moving) == 1 and isinstance(moving[0], Element))

    def _value(self, expr: Expr) -> Display:
        """The derivative of ``expr``, taken and contracted."""
        return Leaf(self.value(expr))

    def value(self, expr: Expr) -> Expr:
        inner = Equation(self.equation.tensor, self.equation.indices, expr)
        active = self._active()
        terms = [
            edge_term(edge, self.apart, (), self.links.fresh)
            for edge in edges(inner, active, self.links.fresh)
            if edge.target.tensor == self.wrt.tensor
        ]
        back: dict[Basic, Basic] = dict(zip(self.apart.slots, self.wrt.slots, strict=True))
        moved = [term.replaced(back).given(Facts()) for term in terms if term is not None]
        return total(term for term in moved if term is not None)

    def _active(self) -> dict[str, bool]:
        return {self.wrt.tensor.name: True}

    def depends(self, expr: Expr) -> bool:
        return any(element.tensor == self.wrt.tensor for element in elements(expr))

    def survivors(self) -> tuple[str | Basic, ...]:
        """The reason of a contraction: which term of a sum remains."""
        if self.contracted:
            found = [part for place in self.contracted for part in (" or ", *_listed(place))][1:]
            several = len(found) > 1 and " or " not in found
            return ("only ", *found, " survive" if several else " survives")
        names = dict.fromkeys(self._name(e) for e in self.inner if type(e) in RULE_NAMES)
        return (", ".join(names) or "derivatives taken",)

    def _name(self, expr: Expr) -> str:
        """The rule for a function: a factor that is fixed makes a product less than one."""
        if isinstance(expr, Xlogy | Xdivy):
            moving = [self.depends(arg) for arg in expr.args]
            if moving == [True, False]:
                return "constant factor"
            if moving == [False, True] and isinstance(expr, Xlogy):
                return f"constant factor, {RULE_NAMES[log]}"
        return RULE_NAMES[type(expr)]

    def _contract(self, letters: Sequence[Index], body: Expr) -> None:
        """Take down which letters of sums the derivative puts in, where it is of what it is by."""
        self.opened.update(letters)
        for element in elements(body):
            if element.tensor == self.wrt.tensor:
                pairs = zip(element.slots, self.wrt.slots, strict=True)
                place = [Compare("==", one, by) for one, by in pairs if one in self.opened]
                if place:  # with more letters than before, where it stands in a sum within the sum
                    shorter = [old for old in self.contracted if set(old) < set(place)]
                    for old in shorter:
                        del self.contracted[old]
                    self.contracted[tuple(place)] = None

    def _expand(self, rhs: Expr, show: Show) -> Display:
        """The outermost rule for ``rhs``; where none has a name, ``rhs`` itself."""
        match rhs:
            case Add():
                return self._sum(rhs, show)
            case Mul():
                return self._product(rhs, show)
            case Pow() if not self.depends(rhs.exp):
                return self._power(rhs, show)
            case Reduce() if rhs.kind == "sum":
                return self._reduction(rhs, show)
            case MaxOf() | MinOf() | Where():
                return self._branches(rhs, show)
            case _ if type(rhs) in DERIVATIVES:
                return self._function(rhs, show)
        return Leaf(rhs)

    def _sum(self, rhs: Add, show: Show) -> Display:
        self.rules["sum rule"] = None
        terms = []
        for term in in_order(rhs.args):
            if self.depends(term):
                number, rest = term.as_coeff_Mul()
                inner = show(rest)
                terms.append(inner if number == 1 else Product((Leaf(number), inner)))
        return terms[0] if len(terms) == 1 else Sum(tuple(terms))

    def _product(self, rhs: Mul, show: Show) -> Display:
        fixed = [arg for arg in in_order(rhs.args) if not self.depends(arg)]
        moving = [arg for arg in in_order(rhs.args) if self.depends(arg)]
        below = [arg for arg in moving if isinstance(arg, Pow) and arg.exp.is_negative]
        above = [arg for arg in moving if arg not in below]
        if below and (above or fixed):
            self.rules["quotient rule"] = None
            top = Mul(*fixed, *above)
            bottom = Mul(*(1 / arg for arg in below))
            second = Product(
                (
                    Leaf(S.NegativeOne),
                    Quotient(Leaf(top), Power(Leaf(bottom), S(2))),
                    self._inner_sum(bottom, show),
                )
            )
            if not above:
                return second
            first = Quotient(show(top), Leaf(bottom))
            return Sum((first, second))
        if len(moving) == 1:
            self.rules["constant factor"] = None
            return Product((Leaf(Mul(*fixed)), show(moving[0])))
        self.rules["product rule"] = None
        terms = []
        for position, arg in enumerate(moving):
            rest = Mul(*fixed, *moving[:position], *moving[position + 1 :])
            terms.append(Product((show(arg), Leaf(rest))))
        return Sum(tuple(terms))

    def _inner_sum(self, expr: Expr, show: Show) -> Display:
        """A derivative drawn into a sum, as a lecturer does at once."""
        if isinstance(expr, Reduce) and expr.kind == "sum" and show == self.pending:
            return self._reduction(expr, show, name=False)
        return show(expr)

    def _power(self, rhs: Pow, show: Show) -> Display:
        base, exponent = rhs.args
        if exponent == S.NegativeOne:
            self.rules["derivative of a reciprocal"] = None
            square = Power(Leaf(base), S(2))
            return Product((Leaf(S.NegativeOne), Quotient(Leaf(S.One), square), show(base)))
        self.rules["power rule"] = None
        return Product((Leaf(exponent), Leaf(base ** (exponent - 1)), show(base)))

    def _reduction(self, rhs: Reduce, show: Show, name: bool = True) -> Display:
        if name:
            self.rules["derivative of a sum"] = None
        written = self.model.notation.binders.get(rhs)
        if written is not None and not set(written) & self.scope:
            letters = tuple(Index(n, b.axis) for n, b in zip(written, rhs.bound, strict=True))
        else:
            letters = pick_letters(self.model, [b.axis for b in rhs.bound], self.scope)
        cond, body = open_with(rhs, letters)
        self._contract(letters, body)
        if show == self.pending:
            return Total(letters, cond, show(body))
        return Leaf(self.value(rhs))

    def _branches(self, rhs: MaxOf | MinOf | Where, show: Show) -> Display:
        self.rules[BRANCH_RULES[type(rhs)]] = None
        terms = [
            Product((Leaf(iverson(cond)), show(branch)))
            for cond, branch in _flat_branches(rhs)
            if self.depends(branch)
        ]
        return terms[0] if len(terms) == 1 else Sum(tuple(terms))

    def _function(self, rhs: Expr, show: Show) -> Display:
        self.rules[self._name(rhs)] = None
        terms: list[Display] = []
        for arg, partial in zip(rhs.args, DERIVATIVES[type(rhs)], strict=True):
            if self.depends(arg):
                terms.append(Product((Leaf(partial(*rhs.args)), show(arg))))
        return terms[0] if len(terms) == 1 else Sum(tuple(terms))
