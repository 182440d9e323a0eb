"""Differentiation: edges, adjoints, and the derivation that a person reads."""

from symderive.derive.accumulate import gradient, real_inputs
from symderive.derive.derivation import Derivation
from symderive.derive.narrate import derive, derive_second, sample_equation
from symderive.derive.seeded import hessian
from symderive.derive.tangents import gauss_newton, hvp

__all__ = [
    "Derivation",
    "derive",
    "derive_second",
    "gauss_newton",
    "gradient",
    "hessian",
    "hvp",
    "real_inputs",
    "sample_equation",
]
