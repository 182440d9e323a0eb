"""The evidence for a model: each row says what was checked, how, and how far off it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, TypeAlias

from symderive.errors import InputError, SymderiveError
from symderive.model import GradientModel, Model, SecondModel
from symderive.verify.tally import Miss, Tally, total

if TYPE_CHECKING:
    from symderive.verify.generated import Case
    from symderive.verify.second import Run

#: Levels and precisions of generated code, with the relative error that is let pass.
TOLERANCES = {"float64": 1e-10, "float32": 1e-3}
LEVELS: tuple[Literal["fast", "readable"], ...] = ("fast", "readable")
#: What code is for.
Target: TypeAlias = Literal["numpy", "numba"]
#: What comparisons in 50 digits may differ by, and differences whose step is 1e-25.
EXACT, DIFFERENCES = 1e-40, 1e-20
#: What lines may differ by: they are evaluated in floats.
LINES = 1e-8


@dataclass(frozen=True)
class Evidence:
    """One check: ``points`` comparisons were made, ``worst`` is the largest relative error.

    ``fault`` says what is wrong: where the worst error is, as Python one can paste, or what was
    raised. A check that compared nothing has not passed, and has found no fault.
    """

    check: str
    how: str
    points: int
    worst: float
    passed: bool
    fault: str = ""

    @property
    def failed(self) -> bool:
        """Whether something is wrong: something was compared and differs, or nothing could be."""
        return not self.passed and (self.points > 0 or bool(self.fault))

    @property
    def verdict(self) -> str:
        """In a word or two."""
        if self.passed:
            return "passed"
        return "FAILED" if self.failed else "not checked"


def verify_model(model: Model, seed: int = 0, target: Target = "numpy") -> tuple[Evidence, ...]:
    """Check everything that can be made of ``model``: the same numbers for the same seed.

    The lines of its derivations, its gradient by every real input, the stabilised equations, the
    generated module at both levels in both precisions, and the same of its second derivatives.
    With ``target`` "numba" the module with loops, too, which takes seconds to compile.

    Raises :class:`InputError` if numba is asked for and not there.

    >>> from symderive.catalog import relu
    >>> all(row.passed for row in verify_model(relu()))
    True
    """
    if target == "numba" and find_spec("numba") is None:
        raise InputError("target 'numba': numba was expected to be installed (the extra 'numba')")
    return tuple(_rows(model, seed, target))


def _rows(model: Model, seed: int, target: Target) -> Iterator[Evidence]:
    from symderive.derive import gradient
    from symderive.stabilise import stabilise, stabilise_gradient
    from symderive.verify.gradients import against_mpmath, against_sympy
    from symderive.verify.stabilised import against_written

    names = [declaration.name for declaration in model.real_inputs]
    row = partial(_row, model)
    yield row(
        "derivation",
        "each line against the one before it: sizes 1 to 3, every coincidence of indices, kinks",
        LINES,
        partial(_lines, model, seed),
    )
    written = gradient(model, names)
    yield row(
        "gradient",
        "SymPy's diff, written out entry by entry: sizes 1 to 3, every pattern of labels",
        EXACT,
        partial(against_sympy, model, written, seed),
    )
    yield row(
        "gradient",
        "differences of the model in 100 digits (mpmath), at random points of the domain",
        DIFFERENCES,
        partial(against_mpmath, model, written, seed),
    )
    stable = stabilise_gradient(gradient(stabilise(model).model, names))
    yield row(
        "stabilised",
        "value and gradient of the model as written in 50 digits, scores up to +-1000 included",
        EXACT,
        partial(against_written, model, written, stable, seed),
    )
    yield from _code_rows(model, written, stable, seed, target)
    yield from _second_rows(model, stable, seed)


def _lines(model: Model, seed: int) -> Tally:
    from symderive.derive import derive
    from symderive.verify.lines import check_derivation

    tally = Tally()
    for name in model.default_wrt():
        found = check_derivation(derive(model, wrt=name), seed)
        tally.points += found.comparisons
        tally.worst = max(tally.worst, found.worst)
    return tally


def _code_rows(
    model: Model, written: GradientModel, stable: GradientModel, seed: int, target: Target
) -> Iterator[Evidence]:
    from symderive.codegen import generate_source, load_module
    from symderive.verify.generated import against_model, cases

    found = cases(model, written, seed)
    sources: dict[str, str] = {level: generate_source(stable, level=level) for level in LEVELS}
    if target == "numba":
        sources["numba"] = generate_source(stable, target="numba")
    for kind, source in sources.items():
        module = load_module(source, model.name)
        for dtype, tolerance in TOLERANCES.items():
            yield _row(
                model,
                f"code, {kind}",
                f"the module in {dtype} against the model: sizes 1 to 61, scores up to +-1000",
                tolerance,
                partial(against_model, model, module, found, dtype, tolerance),
            )


def _second_rows(model: Model, stable: GradientModel, seed: int) -> Iterator[Evidence]:
    """Second derivatives by the inputs of the model's default."""
    from symderive.codegen import Second, generate_source, load_module
    from symderive.derive import gauss_newton, gradient, hessian, hvp
    from symderive.stabilise import (
        slopes_of_logarithms,
        stabilise_for_second,
        stabilise_second,
    )
    from symderive.verify import second
    from symderive.verify.gauss_newton import against_steps, split_of

    row = partial(_row, model)
    written = {"hvp": hvp(model), "hessian": hessian(model)}
    yield row(
        "second order",
        "hvp: differences of the gradient in 100 digits, along random tangents",
        DIFFERENCES,
        partial(second.against_differences, model, gradient(model), written["hvp"], seed),
    )
    yield row(
        "second order",
        "hessian: times tangents it is the hvp, and it is symmetric, in 50 digits",
        EXACT,
        partial(second.hvp_against_hessian, model, written["hvp"], written["hessian"], seed),
    )
    base = stabilise_for_second(model)
    stabilised = {
        "hvp": hvp(base, rewrite=slopes_of_logarithms),
        "hessian": hessian(base, rewrite=slopes_of_logarithms),
    }
    at = split_of(base)
    if at is not None and at in model.names:
        written["gauss_newton"] = gauss_newton(model, at)
        stabilised["gauss_newton"] = gauss_newton(base, at)
        yield row(
            "second order",
            f"gauss_newton at {at}: differences of network and loss in 100 digits, along tangents",
            DIFFERENCES,
            partial(against_steps, model, written["gauss_newton"], at, seed),
        )
    names = _listed(list(written))
    made = {name: stabilise_second(each) for name, each in stabilised.items()}
    yield row(
        "second, stabilised",
        f"{names} of the model as written in 50 digits, scores up to +-1000 included",
        EXACT,
        lambda: total(
            second.against_each_other(model, each, made[name], seed)
            for name, each in written.items()
        ),
    )
    cases = {n: (each, second.second_cases(model, each, seed)) for n, each in written.items()}
    for level in LEVELS:
        module = load_module(
            generate_source(stable, level=level, second=Second(**made)), model.name
        )
        for dtype, tolerance in TOLERANCES.items():
            run = second.Run(module, dtype, tolerance)
            yield row(
                f"second, {level}",
                f"{names} in {dtype} against the model: sizes 1 to 17, scores up to +-1000",
                tolerance,
                partial(_all_runs, run, model, cases),
            )


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]])


def _all_runs(
    run: Run, model: Model, cases: Mapping[str, tuple[SecondModel, Sequence[Case]]]
) -> Tally:
    return total(
        run.against_model(model, each, found, name) for name, (each, found) in cases.items()
    )


def _row(
    model: Model, check: str, how: str, tolerance: float, made: Callable[[], Tally]
) -> Evidence:
    try:
        tally = made()
    except (SymderiveError, ArithmeticError) as fault:
        return Evidence(check, how, 0, float("inf"), passed=False, fault=str(fault))
    passed = tally.points > 0 and tally.worst <= tolerance
    where = "" if passed or tally.miss is None else _where(model, tally.miss)
    return Evidence(check, how, tally.points, tally.worst, passed, where)


def _where(model: Model, miss: Miss) -> str:
    """The entry that is off, and the point at which it is, as Python."""
    from symderive.verify.claims.verdict import counterexample

    entry = f"{miss.array}{list(miss.place) if miss.place else ''}"
    what = entry if miss.array == model.output.name else f"derivative by {entry}"
    if miss.point is None:
        return what
    axes = {each.name: each.tensor.axes for each in model.declarations}
    found = counterexample(miss.point, {}, axes, (miss.found, miss.wanted))
    return f"{what}\n{replace(found, names='found, expected', apart='').text}"
