"""Stable forms: a table of identities, each with its condition, its proof and its step in print."""

from symderive.stabilise.stabilise import Stabilised, stabilise, stabilise_gradient

__all__ = ["Stabilised", "stabilise", "stabilise_gradient"]
