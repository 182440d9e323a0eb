"""What overflows beside an exponential that vanishes faster: both exponents are seen together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sympy import Add, Mul, Pow, S, log
from sympy.core.expr import Expr

from symderive.expr import Element, Exp, Iverson, Reduce, Xdivy, Xlogy, close, compare
from symderive.model import adjoint_name
from symderive.rewrite.rule import Rule
from symderive.stabilise.known import Known
from symderive.stabilise.matching import exponents_of, powers_of, powers_opened

_ADJOINT = adjoint_name("")


def _names_beside(node: Mul, known: Known) -> Expr | None:
    """``node`` with the definitions of what vanishes in it and of what overflows beside that."""
    for vanishing in node.args:
        others = [factor for factor in node.args if factor is not vanishing]
        for place, factor in enumerate(others):
            joined = _joined(vanishing, factor, known)
            changed = joined is not None and joined != vanishing * factor
            if changed:
                return Mul(joined, *others[:place], *others[place + 1 :])
    return None


def _joined(vanishing: Expr, factor: Expr, known: Known) -> Expr | None:
    """The product of the two, where the first falls faster than the second grows."""
    if isinstance(vanishing, Reduce) and vanishing.kind == "sum":
        letters, cond, body = known.opened(vanishing)
        for part in Mul.make_args(body):
            joined = _joined(part, factor, known)
            if joined is not None:
                return close("sum", letters, body / part * joined, cond)
        return None
    if isinstance(vanishing, Add | Mul):
        return _joined_to_terms(vanishing, factor, known)
    for name in _names_of_exponentials(vanishing, known):
        beside = _beside_name(name, factor, known)
        if beside is not None:
            return beside * vanishing
    value = _vanishing(vanishing, known)
    if value is None:
        return None
    falling = list(_falling(Add(*exponents_of(value)[0]), known))
    if not falling:
        return None
    terms = Add.make_args(factor)
    opened = [_opened(term, falling, known) for term in terms]
    if all(found is None for found in opened):
        return None
    return Add(
        *(
            vanishing * term if found is None else value * found
            for term, found in zip(terms, opened, strict=True)
        )
    )


def _joined_to_terms(vanishing: Add | Mul, factor: Expr, known: Known) -> Expr | None:
    """A sum of which every term vanishes, or a product with what does, times ``factor``."""
    if isinstance(vanishing, Mul):
        for part in vanishing.args:
            joined = None if part.is_number else _joined(part, factor, known)
            if joined is not None:
                return vanishing / part * joined
        return None
    terms = [_joined(term, factor, known) for term in vanishing.args]
    return Add(*filter(None, terms)) if all(terms) else None


def _names_of_exponentials(factor: Expr, known: Known) -> list[Expr]:
    """``factor``, or the factors of the adjoint that it is, if the model names exponentials so."""
    if not isinstance(factor, Element):
        return []
    parts = Mul.make_args(known.instance(factor)) if _is_adjoint(factor) else (factor,)
    return [
        part
        for part in parts
        if isinstance(part, Element)
        and not part.tensor.name.startswith(_ADJOINT)
        and isinstance(known.instance(part), Exp)
    ]


def _beside_name(name: Expr, factor: Expr, known: Known) -> Expr | None:
    """``factor`` where ``name``, which falls faster than it grows, is not 0 yet."""
    falling = list(_falling(known.instance(name).args[0], known))
    if all(_opened(term, falling, known) is None for term in Add.make_args(factor)):
        return None
    return Iverson(compare("!=", name, S.Zero)) * factor


def _vanishing(factor: Expr, known: Known) -> Expr | None:
    """An exponential, or the adjoint that is a product with one, as it is defined."""
    if isinstance(factor, Exp):
        return factor
    if _is_adjoint(factor):
        value = known.instance(factor)
        if isinstance(value, Exp | Mul) and exponents_of(value)[0]:
            return value
    return None


def _falling(exponent: Expr, known: Known) -> Iterator[Expr]:
    """For each term of ``exponent`` that is ``-a * exp(w)`` with ``a >= 0``: its w."""
    for term in Add.make_args(exponent):
        number, rest = term.as_coeff_Mul()
        if isinstance(rest, Element):
            value = known.instance(rest)
            if value is not rest and isinstance(value, Add | Mul | Xdivy):
                yield from _falling(Add(*(number * part for part in Add.make_args(value))), known)
        elif known.non_negative(-Mul(*(Pow(*power) for power in powers_opened(term)))):
            w = _exponent(term, known)
            if w != S.Zero:
                yield w


def _exponent(factor: Expr, known: Known) -> Expr:
    """What the exponentials in a product have in the exponent together, names looked up."""
    total: Expr = S.Zero
    for base, times in powers_opened(factor):
        if isinstance(base, Exp):
            total += times * base.args[0]
        elif isinstance(base, Element):
            value = known.instance(base)
            if value is not base and isinstance(value, Exp | Mul | Pow | Xdivy):
                total += times * _exponent(value, known)
    return total


def _opened(factor: Expr, falling: list[Expr], known: Known) -> Expr | None:
    """``factor`` with its names looked up, if it grows only as what makes the other one vanish."""
    exponent = _exponent(factor, known)
    if exponent == S.Zero or not any(_grows_with(exponent, w) for w in falling):
        return None
    return _looked_up(factor, known)


def _grows_with(exponent: Expr, w: Expr) -> bool:
    ratio = exponent / w
    return bool(ratio.is_number and ratio.is_positive)


def _looked_up(factor: Expr, known: Known) -> Expr:
    parts = []
    for base, times in powers_opened(factor):
        value = known.instance(base)
        opened = value is not base and isinstance(value, Exp | Mul | Pow | Xdivy)
        parts.append(Pow(_looked_up(value, known) if opened else base, times))
    return Mul(*parts)


def _logarithm_beside(node: Mul, known: Known) -> Expr | None:
    """``b**n * (log(b) + c)`` as two terms, of which the first is 0 where ``b`` is.

    The logarithm may be in the adjoint that a factor names.
    """
    for name in node.args:
        if not isinstance(name, Add) and not _is_adjoint(name):
            continue
        vanishing = [
            (base, power)
            for base, power in powers_of(node / name)
            if power.is_positive and known.may_vanish(base)
        ]
        if not vanishing:
            continue
        value = known.instance(name)
        for total in Mul.make_args(value):
            beside = node / name * (value / total)
            terms = Add.make_args(total)
            found = [_beside_logarithm(term, beside, vanishing) for term in terms]
            if any(part is not None for part in found):
                return Add(
                    *(
                        beside * term if part is None else part
                        for term, part in zip(terms, found, strict=True)
                    )
                )
    return None


def _is_adjoint(factor: Expr) -> bool:
    return isinstance(factor, Element) and factor.tensor.name.startswith(_ADJOINT)


def _beside_logarithm(
    term: Expr, beside: Expr, vanishing: Sequence[tuple[Expr, Expr]]
) -> Expr | None:
    """``term * beside``, if the one has a logarithm of what makes the other one vanish."""
    for factor in Mul.make_args(term):
        if isinstance(factor, log):
            inside = {base for base, power in powers_of(factor.args[0]) if power.is_positive}
            for base, power in vanishing:
                if base in inside:
                    rest = beside / base**power * (term / factor)
                    return Mul(rest, Xlogy(base**power, factor.args[0]))
    return None


#: What is normalised may have parts that are 0, at which the logarithm of a part is infinite.
LOGARITHM_BESIDE: Rule[Known] = Rule(
    "logarithm beside what vanishes",
    "b**n * (log(b) + c) = xlogy(b**n, b) + b**n * c",
    ("nothing where the factor is 0",),
    (Mul,),
    _logarithm_beside,
    "n > 0, and b may be 0: the right side is the limit there",
    frozenset((Mul,)),
)

#: Where ``c = -x**2 * exp(-2*s)``, the product of ``exp(c)`` with ``exp(-s)`` is ``exp(c - s)``: by
#: the name of the first, it would be 0 times infinity.
NAMES_BESIDE: Rule[Known] = Rule(
    "names beside what vanishes",
    "exp(c) * z = exp(c) * x * exp(-s), where c falls faster than exp(-s) grows",
    ("both exponents together",),
    (Mul,),
    _names_beside,
    "c has a term -a * exp(-n*s) with a >= 0",
    frozenset((Mul,)),
)
