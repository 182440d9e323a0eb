"""What a judge says of a claim, and the point that refutes it, as Python one can paste."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from mpmath import mag, nstr

from symderive.errors import InputError
from symderive.expr import TRUE, Axis, Index
from symderive.model.claims import Claim
from symderive.model.evaluate import Point, Position

#: Of a number that is written out: Python refuses to write integers of 4300 digits.
_MOST_BITS = 14_000
#: A fraction with more characters is a number of many digits, and written as a float.
_LONG = 400

Kind: TypeAlias = Literal["proved", "verified", "refuted", "ill-typed", "other subgradient"]


@dataclass(frozen=True)
class Counterexample:
    """Sizes, values (by tensor, arrays nested), positions of the free indices, both sides.

    ``text`` is Python: it assigns the values to the names of the model, counted from 0.
    """

    sizes: tuple[tuple[str, int], ...]
    values: tuple[tuple[str, Any], ...]
    positions: tuple[tuple[str, int], ...]
    left: str
    right: str
    apart: str = ""
    names: str = "left, right"

    @property
    def text(self) -> str:
        """The point as Python, one assignment a line."""
        lines = []
        for group in (self.sizes, self.positions):
            if group:
                names, numbers = zip(*group, strict=True)
                lines.append(f"{', '.join(names)} = {', '.join(map(str, numbers))}")
        lines[1:1] = [f"{name} = {_written(value)}" for name, value in self.values]
        apart = f"  # left - right = {self.apart}" if self.apart else ""
        lines.append(f"{self.names} = {self.left}, {self.right}{apart}")
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Verdict:
    """What was found out about ``claim``.

    ``how`` says how it is known. ``points`` counts the comparisons made, at ``digits`` decimal
    digits, with axes of ``sizes``. A refuted claim has a ``counterexample``, where it may be told
    the likely ``slip``, and the ``corrected`` line; an ill-typed one may have a line that fits.
    ``rules`` are those that a proof used.
    """

    claim: Claim
    kind: Kind
    how: str
    points: int = 0
    digits: int = 0
    sizes: tuple[int, ...] = ()
    counterexample: Counterexample | None = None
    slip: str = ""
    corrected: str = ""
    rules: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against the claim."""
        return self.kind not in ("refuted", "ill-typed")

    def __str__(self) -> str:
        lines = [f"{self.kind}: {self.claim.text}", f"  {self.how}"]
        if self.counterexample is not None:
            lines += [f"  {line}" for line in self.counterexample.text.splitlines()]
        if self.slip:
            lines.append(f"  likely slip: {self.slip}")
        if self.corrected:
            lines.append(f"  correct: {self.corrected}")
        return "\n".join(lines)


def nothing_to_judge(claim: Claim, what: str) -> InputError:
    """The error of a claim of which nothing can be said: ``what`` was found nowhere."""
    row, column = (claim.line, claim.column) if claim.given == TRUE else claim.given_at
    return InputError(
        f"{claim.text}: line {row}, column {column}: no {what}; expected a claim that says"
        " something somewhere on the declared domains"
    )


def counterexample(
    point: Point,
    env: Mapping[Index, int],
    axes: Mapping[str, Sequence[Axis]],
    sides: tuple[Any, Any],
) -> Counterexample:
    """``point`` with every array written out; ``axes`` are those of each tensor that counts."""
    values = [
        (name, _array(point.inputs[name], [point.sizes[axis] for axis in over]))
        for name, over in axes.items()
        if name in point.inputs
    ]
    left, right = (shown(side) for side in sides)
    sizes = sorted((axis.name, size) for axis, size in point.sizes.items())
    return Counterexample(
        tuple(sizes),
        tuple(values),
        tuple((index.name, place) for index, place in env.items()),
        left,
        right,
        _apart(*sides),
    )


def _apart(left: Any, right: Any) -> str:
    """The difference of two sides that print alike."""
    if isinstance(left, str) or isinstance(right, str) or _float(left) != _float(right):
        return ""
    if abs(_float(left)) == float("inf"):
        return ""
    if left == right:
        return ""
    apart = left - right
    return f"{float(apart):.2g}" if float(apart) else str(nstr(apart, 2))


def shown(value: Any) -> str:
    """A number as Python writes it, with more digits than a float has only where it has them."""
    if isinstance(value, str):
        return value
    number = _float(value)
    if number != number or number in (float("inf"), float("-inf")):  # noqa: PLR0124 - nan
        return _beyond(value) or f'float("{number}")'
    if number == int(number) and abs(number) < 1e15 and value == int(value):
        return str(int(number))
    return repr(number)


def _float(value: Any) -> float:
    """The nearest float, infinite for what none can hold."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else -float("inf")


def _beyond(value: Any) -> str:
    """A number that no float can hold, as a product with a power of ten; empty if it is none.

    So it is for one with more digits than anyone would have Python write.
    """
    if value != value or abs(value) == float("inf"):  # noqa: PLR0124 - nan
        return ""
    bits = int(value).bit_length() if isinstance(value, int | Fraction) else mag(value)
    if bits > _MOST_BITS:
        return ""
    digits = str(abs(int(value)))
    return f"{'-' if value < 0 else ''}{digits[:17]} * 10**{len(digits) - 17}"


def _array(entries: Mapping[Position, Any], sizes: Sequence[int], prefix: Position = ()) -> Any:
    if not sizes:
        return entries[prefix]
    return [_array(entries, sizes[1:], (*prefix, place)) for place in range(sizes[0])]


def _written(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Fraction):
        if value.denominator == 1:
            return str(value.numerator)
        short = repr(_float(value))
        if "inf" in short:
            return str(round(value))
        return short if Fraction(short) == value or len(str(value)) > _LONG else str(value)
    return repr(float(value))
