"""Rewriting: facts, the constructor of sums, normal form, named intermediates put back."""

from symderive.rewrite.algebra import (
    as_quotients,
    common_factor,
    is_total,
    powers,
    tidy,
    turned,
    weight,
)
from symderive.rewrite.collect import Collected, UnitSum, collect, normalised
from symderive.rewrite.facts import Facts, is_positional
from symderive.rewrite.fold import Named, fold, named_all, through_value, unfold, with_sigmoids
from symderive.rewrite.sums import common_bracket, make_sum, normalise, split_brackets, times

__all__ = [
    "Collected",
    "Facts",
    "Named",
    "UnitSum",
    "as_quotients",
    "collect",
    "common_bracket",
    "common_factor",
    "fold",
    "is_positional",
    "is_total",
    "make_sum",
    "named_all",
    "normalise",
    "normalised",
    "powers",
    "split_brackets",
    "through_value",
    "tidy",
    "times",
    "turned",
    "unfold",
    "weight",
    "with_sigmoids",
]
