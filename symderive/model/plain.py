"""Plain SymPy (``Indexed``, ``Idx``, ``Sum``, ``Piecewise``, ...) in both directions."""

from symderive.model.plain_reader import PlainEquation, from_sympy, model_from_sympy
from symderive.model.plain_writer import equations_to_sympy, to_sympy

__all__ = [
    "PlainEquation",
    "equations_to_sympy",
    "from_sympy",
    "model_from_sympy",
    "to_sympy",
]
