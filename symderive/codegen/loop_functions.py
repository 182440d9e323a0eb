"""The table of functions that fused loops call: one row each; templates/numba_functions.py.j2."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from symderive.codegen.ops import OPS


@dataclass(frozen=True)
class Function:
    """A function of loops.

    ``op`` is the operation it computes, if it is not just a part of others; ``calls`` are the
    functions that it calls in turn. ``typed`` says whether it is made for each type. ``cost`` is
    what it costs where it is computed again instead of kept.
    """

    name: str
    op: str = ""
    calls: tuple[str, ...] = ()
    typed: bool = True
    cost: int = 9


_ROWS = (
    Function("_loop_power"),
    Function("_loop_exp", "exp", ("_loop_power",)),
    Function("_loop_half_expm1", "half_expm1", ("_loop_power",)),
    Function("_loop_expm1", "expm1", ("_loop_half_expm1",)),
    Function("_loop_log", "log"),
    Function("_loop_log1p", "log1p", ("_loop_log",)),
    Function("_loop_log1p_share"),
    Function("_loop_tanh", "tanh", ("_loop_expm1",)),
    Function("_loop_less_tanh", "less_tanh", ("_loop_tanh",)),
    Function("_loop_sigmoid", "sigmoid", ("_loop_exp",)),
    Function("_loop_softplus", "softplus", ("_loop_log1p_share", "_loop_exp")),
    Function("_loop_log_softplus", "log_softplus", ("_loop_log", "_loop_softplus")),
    Function("_loop_softplus_slope", "softplus_slope", ("_loop_sigmoid", "_loop_softplus")),
    Function(
        "_loop_log1mexp", "log1mexp", ("_loop_log", "_loop_log1p", "_loop_exp", "_loop_expm1")
    ),
    Function("_loop_log_gumbel", "log_gumbel", ("_loop_log1mexp", "_loop_exp")),
    Function("_loop_gumbel_slope", "gumbel_slope", ("_loop_exp", "_loop_expm1")),
    Function("_loop_erf", "erf", ("_loop_expm1",)),
    Function("_loop_square_parts"),
    Function("_loop_exp_square", "exp_square", ("_loop_square_parts", "_loop_exp")),
    Function("_loop_tail_part"),
    Function("_loop_tail", "erfc", ("_loop_tail_part",)),
    Function("_loop_far_tail_part", "", ("_loop_tail_part",)),
    Function("_loop_log_tail", "log_erfc", ("_loop_log", "_loop_far_tail_part", "_loop_exp")),
    Function("_loop_hazard", "hazard", ("_loop_far_tail_part", "_loop_exp_square")),
    Function("_loop_times_exp", "times_exp", ("_loop_power",)),
    Function("_loop_times_sigmoid", "times_sigmoid", ("_loop_times_exp", "_loop_exp")),
    Function("_loop_times_square", "times_exp_square", ("_loop_square_parts", "_loop_times_exp")),
    Function(
        "_loop_times_tail",
        "times_erfc",
        ("_loop_tail_part", "_loop_square_parts", "_loop_times_exp"),
    ),
    Function("_loop_sign", "sign", cost=1),
    Function("_loop_copysign", "copysign", typed=False, cost=1),
    Function("_loop_signbit", "signbit", typed=False, cost=1),
    Function("_loop_maximum", "maximum", typed=False, cost=1),
    Function("_loop_minimum", "minimum", typed=False, cost=1),
    Function("abs", "absolute", typed=False, cost=1),
    Function("_loop_root", "root", typed=False, cost=3),
    Function("_loop_isfinite", "isfinite", typed=False, cost=1),
    Function("_loop_square", "square", typed=False, cost=1),
    Function("_loop_plus", typed=False),
    Function("_loop_near"),
    Function("_loop_largest"),
    Function("_loop_smallest"),
)

_BY_NAME = {row.name: row for row in _ROWS}
_BY_OP = {row.op: row for row in _ROWS if row.op}
#: Operation -> its function in loops; those with an operator of Python need none.
FUNCTIONS: dict[str, str] = {op: row.name for op, row in _BY_OP.items()}
#: Functions that are made for each type.
TYPED = frozenset(row.name for row in _ROWS if row.typed)
#: Reduction -> its function over a row.
REDUCTIONS = {"sum": "_loop_sum", "max": "_loop_largest", "min": "_loop_smallest"}
#: Operations that are written out.
_WRITTEN = frozenset({"where", "real", "reciprocal"})
#: What an operation with an operator costs, if it is more than 1.
_OPERATORS = {"divide": 3, "reciprocal": 3}


def accepted(op: str) -> bool:
    """Whether loops can compute an operation."""
    return bool(OPS[op].operator) or op in FUNCTIONS or op in _WRITTEN


def cost(op: str) -> int:
    """What an operation costs where it is computed again instead of kept."""
    return _BY_OP[op].cost if op in _BY_OP else _OPERATORS.get(op, 1)


def functions_of(found: Iterable[str]) -> frozenset[str]:
    """``found``, and the functions that these call."""
    every: set[str] = set()
    stack = list(found)
    while stack:
        name = stack.pop()
        if name not in every:
            every.add(name)
            stack += _BY_NAME[name].calls if name in _BY_NAME else ()
    return frozenset(every)
