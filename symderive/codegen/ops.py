"""The table of elementwise operations: one row each, with its spelling in NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Op:
    """How an elementwise operation is written.

    ``spelling`` is a function of NumPy, or a helper of the module if it starts with ``_``;
    ``operator`` the Python operator, if there is one. ``dtype`` is that of the result; None means
    that of the last operand. ``in_place`` says whether it takes ``out=``. ``safe`` is the operand
    put in where a guard excludes an entry, for a function that is not defined everywhere: the
    operand's position and a value where it is.
    """

    name: str
    spelling: str
    operator: str = ""
    dtype: Literal["real", "int", "bool"] | None = "real"
    in_place: bool = True
    safe: tuple[int, int] | None = None


_ROWS = (
    Op("add", "add", "+"),
    Op("subtract", "subtract", "-"),
    Op("multiply", "multiply", "*"),
    Op("divide", "divide", "/", safe=(1, 1)),
    Op("negative", "negative", "-"),
    Op("reciprocal", "reciprocal"),
    Op("copysign", "copysign"),
    Op("square", "square"),
    Op("power", "power", safe=(0, 1)),
    Op("root", "sqrt", safe=(0, 1)),
    Op("exp", "exp"),
    Op("exp2", "exp2"),
    Op("expm1", "expm1"),
    Op("half_expm1", "_half_expm1", in_place=False),
    Op("log", "log", safe=(0, 1)),
    Op("log2", "log2", safe=(0, 1)),
    Op("log1p", "log1p", safe=(0, 0)),
    Op("tanh", "tanh"),
    Op("sin", "sin"),
    Op("cos", "cos"),
    Op("erf", "_erf", in_place=False),
    Op("erfc", "_tail", in_place=False),
    Op("log_erfc", "_log_tail", in_place=False),
    Op("hazard", "_hazard", in_place=False),
    Op("exp_square", "_exp_square", in_place=False),
    Op("times_exp", "_damped"),
    Op("times_sigmoid", "_damped"),
    Op("times_erfc", "_damped_tail"),
    Op("times_exp_square", "_damped_square"),
    Op("less_tanh", "_less_tanh", in_place=False),
    Op("sigmoid", "_sigmoid", in_place=False),
    Op("softplus", "_softplus", in_place=False),
    Op("log_softplus", "_log_softplus", in_place=False),
    Op("softplus_slope", "_softplus_slope", in_place=False),
    Op("log1mexp", "_log1mexp", in_place=False, safe=(0, 1)),
    Op("log_gumbel", "_log_gumbel", in_place=False),
    Op("gumbel_slope", "_gumbel_slope", in_place=False),
    Op("weighted", "_weighted", in_place=False),
    Op("xlogy", "_xlogy", in_place=False),
    Op("xdivy", "_xdivy", in_place=False),
    Op("absolute", "abs"),
    Op("sign", "sign"),
    Op("maximum", "maximum"),
    Op("minimum", "minimum"),
    Op("isfinite", "isfinite", dtype="bool"),
    Op("signbit", "signbit", dtype="bool"),
    Op("where", "where", dtype=None, in_place=False),
    Op("real", "astype", in_place=False),
    Op("==", "equal", "==", dtype="bool"),
    Op("!=", "not_equal", "!=", dtype="bool"),
    Op("<", "less", "<", dtype="bool"),
    Op("<=", "less_equal", "<=", dtype="bool"),
    Op(">", "greater", ">", dtype="bool"),
    Op(">=", "greater_equal", ">=", dtype="bool"),
    Op("and", "logical_and", "&", dtype="bool"),
    Op("or", "logical_or", "|", dtype="bool"),
    Op("not", "logical_not", "~", dtype="bool"),
)

#: Helpers of the module that other helpers call.
NEEDED: dict[str, tuple[str, ...]] = {
    "_log_softplus": ("_softplus",),
    "_softplus_slope": ("_softplus", "_sigmoid"),
    "_log_gumbel": ("_log1mexp",),
    "_log_tail": ("_far_part", "_polynomial"),
    "_hazard": ("_far_part", "_polynomial", "_exp_square"),
}

#: Operations that take a mask for an array of 0 and 1.
TAKE_MASKS = frozenset({"multiply", "maximum", "subtract"})

#: name -> operation.
OPS: dict[str, Op] = {row.name: row for row in _ROWS}
