"""What is known of a function of one number: range, monotone, convex, each judged as a claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite

from sympy import Rational, nsimplify
from sympy.core.expr import Expr

from symderive.errors import InputError
from symderive.expr import Tensor, elements
from symderive.expr import replace as put
from symderive.model import Equation, Model
from symderive.model.evaluate import Compiled, Evaluator, Point
from symderive.notation.sym import read_claim
from symderive.verify.claims import judge

#: Where the function is looked at before anything is claimed, and how far out its ends are.
REACH, STEPS, FAR = 12.0, 480, (30.0, 200.0)
#: A slope or a bend smaller than this is rounding.
LITTLE = 1e-9


@dataclass(frozen=True)
class Fact:
    """A property, in words or as an interval, and how it is known."""

    name: str
    said: str
    how: str = ""


def of_one_number(model: Model, values: Mapping[str, Expr] | None = None) -> Model | None:
    """``model`` as a function of one number, its constants at their defaults; None if it is none.

    ``values`` are those of constants, and of parameters without indices.

    >>> from symderive.catalog import load
    >>> print(of_one_number(load("elu")).output.rhs)
    where(x >= 0, x, Exp(x) - 1)
    >>> print(of_one_number(load("prelu"), {"alpha": Rational(1, 4)}).output.rhs)
    x*[x < 0]/4 + x*[x >= 0]
    """
    values = values or {}
    inputs = [d for d in model.declarations if d.role != "const" and d.name not in values]
    output = model.output
    if len(model.equations) != 1 or len(inputs) != 1 or inputs[0].role != "data":
        return None
    (declared,) = inputs
    if declared.tensor.axes != output.tensor.axes or len(output.indices) != 1:
        return None
    scalar = Tensor(declared.name)
    fixed = [d for d in model.declarations if d is not declared and not d.tensor.axes]
    table = {declared[output.indices]: scalar()}
    table |= {d(): values.get(d.name, d.default) for d in fixed}
    rhs = put(output.rhs, table)
    if any(node.slots for node in elements(rhs)):
        return None
    return replace(
        model,
        declarations=(replace(declared, tensor=scalar),),
        equations=(Equation(Tensor(output.name), (), rhs),),
        sample=None,
        claims=(),
    )


def facts(model: Model) -> tuple[Fact, ...]:
    """Range, growth and bend of a function of one number; nothing that could not be judged.

    >>> from symderive.catalog import load
    >>> [f"{fact.name}: {fact.said}" for fact in facts(of_one_number(load("sigmoid")))]
    ['range: (0, 1)', 'growth: increasing', 'bend: neither convex nor concave']
    """
    seen = _Seen.of(model)
    return tuple(fact for fact in (seen.range(), seen.growth(), seen.bend()) if fact is not None)


@dataclass(frozen=True)
class _Seen:
    """Values of a function of one number on a grid and far out."""

    model: Model
    values: tuple[float, ...]
    ends: tuple[tuple[float, ...], tuple[float, ...]]

    @classmethod
    def of(cls, model: Model) -> _Seen:
        grid = [REACH * (2 * n / STEPS - 1) for n in range(STEPS + 1)]
        compiled = Compiled(model.equations)
        (declared,) = model.declarations

        def value(x: float) -> float:
            point = Point({}, {declared.name: {(): x}})
            return float(Evaluator(compiled, point).value(model.output.name))

        ends = tuple(value(-far) for far in FAR), tuple(value(far) for far in FAR)
        return cls(model, tuple(map(value, grid)), ends)

    def holds(self, claim: str) -> str:
        """How it is known that a claim holds; empty if it does not, or says nothing anywhere."""
        try:
            verdict = judge(read_claim(claim, self.model), self.model)
        except InputError:
            return ""
        return verdict.kind if verdict.holds else ""

    @property
    def name(self) -> str:
        return str(self.model.output.name)

    @property
    def along(self) -> str:
        return str(self.model.declarations[0].name)

    def range(self) -> Fact | None:
        low, how_low = self._bound(-1)
        high, how_high = self._bound(1)
        if not low or not high:
            return None
        hows = {how_low, how_high} - {""}
        return Fact("range", f"{low}, {high}", "verified" if "verified" in hows else "proved")

    def _bound(self, side: int) -> tuple[str, str]:
        """One end of the range, with its parenthesis."""
        values = [*self.values, *self.ends[0], *self.ends[1]]
        most = max(side * value for value in values)
        grows = any(side * end[1] > side * end[0] + 1.0 for end in self.ends)
        if grows:
            return ("(-oo" if side < 0 else "oo)"), ""
        bound = side * most
        exact = _nice(bound)
        for op, brackets in (("<", "()"), ("<=", "[]")):
            relation = op if side > 0 else op.replace("<", ">")
            how = self.holds(f"{self.name} {relation} {exact}") if exact is not None else ""
            if how:
                return (f"{brackets[0]}{exact}" if side < 0 else f"{exact}{brackets[1]}"), how
        outward = round(bound + side * 5e-4, 3)
        how = self.holds(f"{self.name} {'<' if side > 0 else '>'} {Rational(str(outward))}")
        if how:
            return (f"[{bound:.3f}.." if side < 0 else f"{bound:.3f}..]"), how
        return "", ""

    def growth(self) -> Fact | None:
        slopes = [b - a for a, b in zip(self.values, self.values[1:], strict=False)]
        return self._shape("growth", slopes, "increasing", "decreasing", "not monotone")

    def bend(self) -> Fact | None:
        middle = zip(self.values, self.values[1:], self.values[2:], strict=False)
        bends = [a - 2 * b + c for a, b, c in middle]
        return self._shape("bend", bends, "convex", "concave", "neither convex nor concave")

    def _shape(
        self, name: str, found: Sequence[float], up: str, down: str, neither: str
    ) -> Fact | None:
        rises, falls = any(v > LITTLE for v in found), any(v < -LITTLE for v in found)
        if rises and falls:
            return Fact(name, neither, "refuted both")
        word = down if falls else up
        how = self.holds(f"{word} {self.name} in {self.along}")
        return Fact(name, word, how) if how else None


def _nice(value: float) -> Expr | None:
    """The number with a short name that ``value`` is, if it is one."""
    if not isfinite(value) or abs(value) == inf:
        return None
    if abs(value) < 1e-9:
        return Rational(0)
    exact = nsimplify(value, rational=True, tolerance=1e-12)
    return exact if exact.q <= 12 else None
