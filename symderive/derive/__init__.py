"""Differentiation: edges, adjoints, and the derivation that a person reads."""

from symderive.derive.accumulate import gradient

__all__ = ["gradient"]
