"""Functions of a softplus as quotients of sigmoids: one exponential, and no rounding in between."""

from __future__ import annotations

from sympy import tanh
from sympy.core.expr import Expr

from symderive.expr import Sigmoid, Softplus
from symderive.stabilise.known import Known
from symderive.stabilise.matching import row


def _times_softplus(node: Expr) -> tuple[int, Expr] | None:
    """The number n and u, if the argument of ``node`` is ``n * softplus(u)`` with a whole n."""
    coefficient, rest = node.args[0].as_coeff_Mul()
    if isinstance(rest, Softplus) and coefficient.is_Integer:
        return int(coefficient), rest.args[0]
    return None


def _tanh(node: tanh, _: Known) -> Expr | None:
    found = _times_softplus(node)
    if found is None or found[0] != 1:
        return None
    rest = Sigmoid(-found[1])
    return Sigmoid(found[1]) * (1 + rest) / (1 + rest**2)


def _sigmoid(node: Sigmoid, _: Known) -> Expr | None:
    found = _times_softplus(node)
    if found is None:
        return None
    number, u = found
    power = Sigmoid(-u) ** abs(number)
    return (power if number < 0 else 1) / (1 + power)


SOFTPLUS = (
    row(
        "tanh of softplus",
        "tanh(softplus(u)) = sigmoid(u) * (1 + sigmoid(-u)) / (1 + sigmoid(-u)**2)",
        _tanh,
        tanh,
        words="one exponential",
        needs=(Softplus,),
    ),
    row(
        "sigmoid of softplus",
        "sigmoid(-n * softplus(u)) = sigmoid(-u)**n / (1 + sigmoid(-u)**n)",
        _sigmoid,
        Sigmoid,
        words="one exponential",
        needs=(Softplus,),
    ),
)
