"""A formula goes in; a derivation for a slide, NumPy code, and the evidence for both come out.

>>> import symderive as sd
>>> sd.derive("softmax_nll").result
(p[i, j] - [j == y[i]])*x[i, k]
>>> f = sd.compile("softmax_nll")
>>> value, grads = f.value_and_grad([[1.0, 2.0]], [0], [[0.0, 0.0], [0.0, 0.0]])
>>> float(value), grads["w"].tolist()
(0.6931471805599453, [[-0.5, -1.0], [0.5, 1.0]])

Importing this package is cheap: SymPy comes with the first model, NumPy with the first array.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

from symderive.errors import CheckError, InputError, NotSupportedError, SymderiveError

if TYPE_CHECKING:
    from pathlib import PurePath

    from symderive import catalog
    from symderive.model import (
        Domain,
        Model,
        argmax,
        argmin,
        axes,
        bracket,
        build,
        condition,
        const,
        data,
        define,
        exp,
        indices,
        label,
        largest,
        maximum,
        mean,
        minimum,
        param,
        product,
        smallest,
        tensor,
        total,
    )
    from symderive.model.plain import model_from_sympy
    from symderive.pipeline import Compiled, Explanation
    from symderive.pipeline.compiling import With
    from symderive.verify.claims import Verdict

__all__ = [
    "CheckError",
    "Compiled",
    "Domain",
    "Explanation",
    "InputError",
    "Model",
    "NotSupportedError",
    "SymderiveError",
    "argmax",
    "argmin",
    "axes",
    "bracket",
    "build",
    "catalog",
    "check",
    "compile",
    "condition",
    "const",
    "data",
    "define",
    "derive",
    "exp",
    "generate",
    "indices",
    "label",
    "largest",
    "load",
    "maximum",
    "mean",
    "minimum",
    "model_from_sympy",
    "param",
    "parse",
    "product",
    "smallest",
    "tensor",
    "total",
]


def load(model: str | PurePath) -> Model:
    """The model in a file of the formula language (``model.sym``), or of that name in the catalog.

    Raises :class:`InputError`: for a text that is no model, with line and column.

    >>> import symderive as sd
    >>> sd.load("relu").output
    Equation(tensor=y, indices=(i,), rhs=max(0, x[i]), where=True)
    """
    from symderive.pipeline import resolve

    return resolve(model)


def parse(text: str, name: str = "model") -> Model:
    """The model that a text of the formula language describes; it is never evaluated as code.

    Raises :class:`InputError` with line and column.

    >>> import symderive as sd
    >>> model = sd.parse('''
    ... data  x[N, D]
    ... data  y[N]
    ... param w[D]
    ... L[i] = (sum[k](w[k] * x[i, k]) - y[i])**2   # no axis need be declared: they are inferred
    ... loss = mean[i](L[i])
    ... ''')
    >>> sd.derive(model).result.func.__name__
    'Mul'
    """
    from symderive.pipeline import parse as parse_text

    return parse_text(text, name)


def derive(
    model: Model | str,
    of: str | None = None,
    wrt: str | Sequence[str] | None = None,
) -> Explanation:
    """Derive ``d of / d wrt`` in steps, every line checked.

    ``model`` is a model or the name of one in the catalog; ``of`` defaults to the last equation
    before a sum or mean over the samples, ``wrt`` (one input or several, such as ``"w[m, k]"`` with
    the letters of its entry) to every param. What comes back shows itself in a notebook.

    Raises :class:`InputError` for names that the model does not have.

    >>> import symderive as sd
    >>> sd.derive("sigmoid").result
    (1 - y[i])*y[i]
    """
    from symderive.pipeline import ExplainRequest, explain

    goals = () if wrt is None else (wrt,) if isinstance(wrt, str) else tuple(wrt)
    return explain(ExplainRequest(model, of, goals))


def compile(  # noqa: A001 - what numba, torch and jax users look for
    model: Model | str,
    level: Literal["fast", "readable"] = "fast",
    with_: With | Sequence[With] = (),
    target: Literal["numpy", "numba"] = "numpy",
) -> Compiled:
    """Compile a model to NumPy: value and gradients, stable, with the source to keep.

    ``with_`` adds Hessian-vector products (``"hvp"``), Hessians (``"hessian"``) and products with
    the Gauss-Newton matrix (``"gauss_newton"``) of the output by the inputs of the model's default:
    ``J^T H J v``, where ``H`` is the Hessian of the output by what the network gives, the first
    values on all paths in which the output is seen to be convex. ``"out"`` adds a keyword ``out=``
    with arrays for results, by name. With ``target="numba"`` what works element by element or row
    by row is fused into loops that numba compiles at the first call
    (``pip install 'symderive-gradients[numba]'``).

    >>> import symderive as sd
    >>> sd.compile("relu").value([-1.0, 2.0]).tolist()
    [0.0, 2.0]
    >>> f = sd.compile("margin_square", with_="hvp")
    >>> f.hvp([0.0, 2.0], {"t": [1.0, 3.0]})["t"].tolist()
    [2.0, 6.0]
    """
    from symderive.pipeline import CompileRequest
    from symderive.pipeline import compile as compile_model

    wanted = (with_,) if isinstance(with_, str) else tuple(with_)
    return compile_model(CompileRequest(model, level, wanted, target))


def check(model: Model | str, claims: str | Sequence[str] = ()) -> tuple[Verdict, ...]:
    """Judge the claims of a model, or those in ``claims`` (one, or several): one verdict each.

    Raises :class:`InputError` for a text that is no claim, and where there is none.

    >>> import symderive as sd
    >>> (verdict,) = sd.check("softmax_nll", "dL[i]/ds[i, j] = p[i, j] - [j == y[i]]")
    >>> verdict.holds
    True
    """
    from symderive.pipeline.checking import check as check_claims

    return check_claims(model, claims)


def generate(
    model: Model | str,
    level: Literal["fast", "readable"] = "fast",
    with_: With | Sequence[With] = (),
    target: Literal["numpy", "numba"] = "numpy",
) -> str:
    """The source of the module that :func:`compile` makes; it imports NumPy alone (or numba too).

    >>> import symderive as sd
    >>> "def value_and_grad(" in sd.generate("hinge")
    True
    """
    return compile(model, level, with_, target).source


def __getattr__(name: str) -> Any:
    """Catalog, builders and classes, imported when they are first asked for."""
    if name == "catalog":
        return import_module(f"{__name__}.catalog")
    for room in ("model", "model.plain", "pipeline") if name in __all__ else ():
        found = getattr(import_module(f"{__name__}.{room}"), name, None)
        if found is not None:
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Face(ModuleType):
    """This package, on which the room ``symderive.derive`` does not hide the function ``derive``.

    Importing a submodule sets it as an attribute of its package; ``from symderive.derive import``
    finds the room all the same.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if name == "derive" and isinstance(value, ModuleType):
            return
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Face
