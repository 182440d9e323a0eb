"""Stable forms: a table of identities, each with its condition, its proof and its step in print."""

from symderive.stabilise.computed import COMPUTED, computed
from symderive.stabilise.convex import network_output
from symderive.stabilise.prove import Checker, Proof, agree, prove, prove_gradient
from symderive.stabilise.rules import RULES
from symderive.stabilise.second import slopes_of_logarithms, stabilise_for_second, stabilise_second
from symderive.stabilise.stabilise import Stabilised, stabilise, stabilise_gradient

__all__ = [
    "COMPUTED",
    "RULES",
    "Checker",
    "Proof",
    "Stabilised",
    "agree",
    "computed",
    "network_output",
    "prove",
    "prove_gradient",
    "slopes_of_logarithms",
    "stabilise",
    "stabilise_for_second",
    "stabilise_gradient",
    "stabilise_second",
]
