"""What refutes a claim as it stands on a slide: the values, counted from 1, and both sides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isfinite, isnan
from typing import Any

from symderive.expr import Tensor
from symderive.lecture.formulas import Formula
from symderive.model import Claim, Model
from symderive.notation import Layout, Printer
from symderive.notation import layout as lay
from symderive.verify.claims.verdict import Counterexample, Verdict

#: Digits of a number that was computed; more where both sides agree in so many.
DIGITS, MOST = 4, 17
#: What the values of an input that is moved along a line are called.
_MOVED = re.compile(r"(.+)_(before|after)")
_NUMBER = re.compile(r"-?(?:\d[\d.]*(?:e-?\d+)?|inf|nan)|float\(\"-?(?:inf|nan)\"\)")


def counterexample(verdict: Verdict, model: Model, printer: Printer) -> Formula:
    r"""The values at which a claim fails, and what its sides are there.

    >>> from symderive.catalog import load
    >>> from symderive.notation.sym import read_claim
    >>> from symderive.verify.claims import judge
    >>> model = load("hinge")
    >>> verdict = judge(read_claim("L[i] = 0", model), model)
    >>> counterexample(verdict, model, Printer(model)).inline
    'at $x = (0)$, $y = (1)$, $w = ((0),\\, (0))$, $\\Delta = 1$: left $1$, right $0$'
    """
    found = verdict.counterexample
    if found is None:
        return Formula((), printer)
    claim = verdict.claim
    values = dict(found.values)
    moved = {m[1] for name in values if (m := _MOVED.fullmatch(name)) and m[1] in values}
    said: list[str | Layout] = []
    for name, value in values.items():
        match = _MOVED.fullmatch(name)
        if name in moved or (match and match[1] in moved):
            continue
        said += [", " if said else "at ", _is(name, value, claim, model, printer)]
    for letter, place in found.positions:
        known = next((i for i in model.notation.letters if i.name == letter), None)
        if known is not None and dict(found.sizes).get(known.axis.name, 2) > 1:
            head = printer.layout(known)
            said += [", " if said else "at ", lay.Relation("==", head, _digits(str(place + 1)))]
    if moved:
        return Formula((*said, *_along(moved.pop(), found, claim, model, printer)), printer)
    left, right = _apart((found.left, found.right))
    said += [f"{': ' if said else ''}left ", left, ", right ", right]
    return Formula(tuple(said), printer)


def _along(
    name: str, found: Counterexample, claim: Claim, model: Model, printer: Printer
) -> list[str | Layout]:
    """Three points on a line, and the values there."""
    values = dict(found.values)
    ends = _NUMBER.findall(found.right)
    low, middle, high = _apart((ends[0], found.left, ends[-1]))
    tensor = _tensor(name, claim, model)
    points = [_value(values[f"{name}{end}"]) for end in ("_before", "", "_after")]
    said: list[str | Layout] = ["; " if len(values) > 3 else "", printer.layout(tensor), " from "]
    for place, point in enumerate(points):
        said += [("", " through ", " to ")[place], point]
    return [*said, ": ", low, ", ", middle, ", ", high]


def _is(name: str, value: Any, claim: Claim, model: Model, printer: Printer) -> Layout:
    tensor = _tensor(name, claim, model)
    counted = tensor.label_of is not None
    return lay.Relation("==", printer.layout(tensor), _value(value, counted=counted))


def _tensor(name: str, claim: Claim, model: Model) -> Tensor:
    for scalar in claim.scalars:
        if scalar.name == name:
            return scalar.tensor
    return model.tensor(name)


def _value(value: Any, *, counted: bool = False) -> lay.Word:
    """A number, or an array row by row; positions count from 1."""
    if not isinstance(value, list):
        return _digits(str(value + 1)) if counted else _rounded(value, DIGITS)
    parts = [_value(part, counted=counted) for part in value]
    if len(parts) == 1 and parts[0].latex.startswith("("):
        return parts[0]
    latex, text = (sign.join(getattr(p, key) for p in parts)
                   for sign, key in ((r",\, ", "latex"), (", ", "text")))  # fmt: skip
    return lay.Word(f"({latex})", f"({text})")


def _apart(values: Sequence[str]) -> list[lay.Word]:
    """Numbers with as many digits as tell apart those that differ."""
    numbers = [float(re.sub(r'float\("|"\)', "", value)) for value in values]
    for digits in range(DIGITS, MOST):
        shown = [_rounded(number, digits) for number in numbers]
        if len({word.text for word in shown}) == len(set(numbers)):
            break
    return shown


def _rounded(value: Any, digits: int) -> lay.Word:
    number = float(value)
    if isnan(number):
        return lay.Word(r"\mathrm{nan}", "nan")
    if not isfinite(number):
        return lay.Word(*((r"\infty", "∞") if number > 0 else (r"-\infty", "-∞")))
    text = f"{number:.{digits}g}"
    mantissa, e, exponent = text.partition("e")
    if not e:
        return _digits(text)
    return lay.Word(rf"{mantissa} \cdot 10^{{{int(exponent)}}}", text, number=True)


def _digits(text: str) -> lay.Word:
    return lay.Word(text, text, number=True)
